//! The engine at its boundary: what runs do, what survives, what people are told.

mod again;
mod beginning;
mod calling;
mod conformance;
mod control;
mod flow;
mod keeping;
mod kernel;
mod kill;
mod laying_by;
mod limited;
mod limits;
mod lines;
mod listening;
mod plans;
mod playbooks;
mod runs;
mod scripted;
mod sealed;
mod simulation;
mod simulation_waiting;
mod store;
mod undo;
mod upkeep;
mod waiting;
mod world;
