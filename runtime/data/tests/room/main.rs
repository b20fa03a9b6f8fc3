//! What this room promises, in one program.

mod describing;
mod encrypted;
mod postgres;
mod querying;
mod seeding;
mod streams;
mod support;
mod writing;
