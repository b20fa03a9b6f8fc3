//! The tests of this room, at its boundary. One program, because linking it takes longer than running.

mod common;

mod aggregates;
mod encoding;
mod expressions;
mod graphs;
mod json_border;
mod neighbours;
mod pipelines;
mod plans;
mod readings;
mod shown;
mod tables;
mod texts;
mod tiers;
