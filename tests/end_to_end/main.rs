//! End-to-end tests over the built program: what a person types, what they see, what is left on disk.
//!
//! Each test works on its own copy of a project. Nothing here waits for a length of time: a test waits
//! for what it needs to see.

mod bad_input;
mod check;
mod company;
mod control;
mod crash;
mod create;
mod deliveries;
mod door;
mod example;
mod flow;
mod models;
mod peers;
mod plan;
mod project;
mod replay;
mod sample;
mod scaffold;
mod scripted_model;
mod store;
mod sync;
mod told;
mod unsure;
mod waiting;
mod works;
