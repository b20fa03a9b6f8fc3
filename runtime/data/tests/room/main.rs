//! What this room promises, in one program.

mod describing;
mod querying;
mod seeding;
mod support;
mod writing;
