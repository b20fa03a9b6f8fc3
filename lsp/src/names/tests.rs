//! The walk over the tests of a playbook: what is given, what happens, what is expected.

use sophia_language::syntax::{Expectation, GivenAnswer, GivenSubject, Happening, Test, TestLine};

use super::walk::Walk;

impl Walk {
    pub(super) fn test(&mut self, test: &Test) {
        for line in &test.lines {
            match line {
                TestLine::Given(given) => {
                    match &given.subject {
                        GivenSubject::Path(path) => self.path(path),
                        GivenSubject::Ask(group) => self.group(group),
                        GivenSubject::File(_) => {}
                    }
                    match &given.answer {
                        GivenAnswer::Value(value) => self.expression(value),
                        GivenAnswer::Fails { message, .. } => self.expression(message),
                    }
                }
                TestLine::Run {
                    with: Some(with), ..
                } => self.filled(with),
                TestLine::Then { what, .. } => match what {
                    Happening::Arrives { event, value } => {
                        self.event_path(event);
                        if let Some(value) = value {
                            self.expression(value);
                        }
                    }
                    Happening::Answers { whom, with, .. } => {
                        self.whom(whom);
                        if let Some(with) = with {
                            self.expression(with);
                        }
                    }
                    Happening::Passes(_) => {}
                },
                TestLine::Expect { what, .. } => match what {
                    Expectation::Called { path, with, .. } => {
                        self.path(path);
                        if let Some(with) = with {
                            self.expression(with);
                        }
                    }
                    Expectation::Before { first, second } => {
                        self.path(first);
                        self.path(second);
                    }
                    Expectation::Holds(value) => self.expression(value),
                    Expectation::WaitsFor(whom) => self.whom(whom),
                    Expectation::Fails { .. } => {}
                },
                TestLine::Run { with: None, .. } | TestLine::Error(_) => {}
            }
        }
    }
}
