//! The engine at its boundary: what runs do, what survives, what people are told.

mod flow;
mod keeping;
mod kill;
mod plans;
mod runs;
mod scripted;
mod simulation;
mod simulation_waiting;
mod store;
mod undo;
mod waiting;
