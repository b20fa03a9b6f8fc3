//! What this room promises, in one program.

mod describing;
mod postgres;
mod querying;
mod seeding;
mod support;
mod writing;
