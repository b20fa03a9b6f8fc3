//! A complaint that has no place in a text: what happened while reading, calling or storing.

use std::fmt;

use crate::Code;

/// What went wrong, why, and what to do next.
///
/// This is the error type of every room that touches the world. It holds words for a person, never a
/// secret and never a stack trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// Which problem.
    pub code: Code,
    /// One sentence, with its full stop, that names the thing: the file, the server, the column.
    pub message: String,
    /// What the system below said, one a line, shortened to what helps.
    pub causes: Vec<String>,
    /// The next step, without a full stop.
    pub help: Option<String>,
}

impl Problem {
    /// A problem with nothing but its sentence.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            causes: Vec::new(),
            help: None,
        }
    }

    /// Adds what the system below said.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds the next step.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.message)?;
        for cause in &self.causes {
            write!(formatter, " ({cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problem {}
