//! `test` blocks: what stands in for the outside is held against the types of what it replaces.

mod asked;
mod expect;
mod given;
mod spoken;
mod then;

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, File, Item, Test as Written, TestLine};
use sophia_plan::expression::Expression as Code;
use sophia_plan::plan::Plan;
use sophia_plan::test::{Line, Test};

use asked::Asked;

use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Expected, Place, Purpose, Scope};

impl<'a> Checker<'a> {
    /// Checks every test of a file. Conditions see the inputs and the results of top-level steps.
    pub(crate) fn tests(&mut self, file: &'a File, plan: &Plan, expectations: &Scope) -> Vec<Test> {
        let asked = Asked::by(file);
        let mut tests = Vec::new();
        let mut titles: BTreeSet<&str> = BTreeSet::new();
        for item in &file.items {
            let Item::Test(written) = item else { continue };
            if !titles.insert(&written.title) {
                let diagnostic = self
                    .diagnostic(
                        codes::S862,
                        written.title_span,
                        format!("Two tests are titled \"{}\".", written.title),
                    )
                    .with_help("give one of them another title");
                self.push(diagnostic);
            }
            tests.push(self.test(written, plan, expectations, &asked));
        }
        tests
    }

    fn test(
        &mut self,
        written: &'a Written,
        plan: &Plan,
        expectations: &Scope,
        asked: &Asked<'a>,
    ) -> Test {
        let mut test = Test {
            title: Arc::from(written.title.as_str()),
            origin: self.origin(written.title_span),
            given: Vec::new(),
            inputs: Vec::new(),
            lines: Vec::new(),
        };
        let runs = written
            .lines
            .iter()
            .any(|line| matches!(line, TestLine::Run { .. }));
        let mut ran: Option<Span> = None;
        let mut broken = false;
        for line in &written.lines {
            match line {
                TestLine::Given(given) => {
                    if ran.is_some() {
                        self.report_order(given.span, "`given` stands before `run`.");
                    }
                    if let Some(given) = self.given(given, &test, asked) {
                        test.given.push(given);
                    }
                }
                TestLine::Run { with, span } => {
                    if let Some(first) = ran {
                        let diagnostic = self
                            .diagnostic(codes::S859, *span, "A test runs its playbook once.")
                            .with_related(first, "the first `run`")
                            .with_help("write a second test");
                        self.push(diagnostic);
                        continue;
                    }
                    ran = Some(*span);
                    test.inputs = self.run_inputs(with.as_ref(), *span, plan);
                }
                TestLine::Expect { what, span } => {
                    if runs && ran.is_none() {
                        self.report_order(*span, "`expect` stands after `run`.");
                    }
                    if let Some(expectation) = self.expectation(what, *span, expectations, asked) {
                        let line = Line::Expect(expectation);
                        test.lines.push((line, self.origin(*span)));
                    }
                }
                TestLine::Then { what, span } => {
                    if runs && ran.is_none() {
                        self.report_order(*span, "`then` stands after `run`.");
                    }
                    if let Some(happening) = self.happening(what, asked) {
                        let line = Line::Then(happening);
                        test.lines.push((line, self.origin(*span)));
                    }
                }
                TestLine::Error(_) => broken = true,
            }
        }
        if ran.is_none() && !broken {
            let diagnostic = self
                .diagnostic(
                    codes::S859,
                    written.title_span,
                    "This test never runs its playbook.",
                )
                .with_help("add a line with `run`");
            self.push(diagnostic);
        }
        test
    }

    /// A value for what a trigger brings.
    fn given_arriving(&mut self, name: &str, what: Declared<'a>, value: &Expression) -> Code {
        let purpose = Purpose {
            mismatch: codes::S853,
            ..Purpose::plain(format!("What the trigger brings as `{name}`"))
        };
        let expected = Expected::new(self.brought_type(what), purpose);
        self.check_expression(value, &Scope::new(Place::Constant), &expected)
    }

    fn report_order(&mut self, span: Span, message: &str) {
        let diagnostic = self
            .diagnostic(codes::S859, span, message)
            .with_help("move the line");
        self.push(diagnostic);
    }

    /// `run with { threshold: 80% }`
    fn run_inputs(
        &mut self,
        with: Option<&Expression>,
        span: Span,
        plan: &Plan,
    ) -> Vec<(Arc<str>, Code)> {
        let mut inputs: Vec<(Arc<str>, Code)> = Vec::new();
        if let Some(with) = with {
            self.note_inputs(with.span(), &plan.inputs);
        }
        if let Some(Expression::Record { fields, .. }) = with {
            for field in fields {
                let Some(input) = plan
                    .inputs
                    .iter()
                    .find(|input| *input.name == *field.name.text)
                else {
                    if self.broken.may_declare(&field.name.text) {
                        continue;
                    }
                    if let Some(what @ (Declared::Arriving(_) | Declared::Asked(_))) =
                        self.names.get(&field.name.text)
                    {
                        let code = self.given_arriving(&field.name.text, what, &field.value);
                        inputs.push((Arc::from(field.name.text.as_str()), code));
                        continue;
                    }
                    let near = nearest(
                        &field.name.text,
                        plan.inputs.iter().map(|input| &*input.name),
                    );
                    let diagnostic = self.diagnostic(
                        codes::S858,
                        field.name.span,
                        format!("This playbook has no input `{}`.", field.name.text),
                    );
                    self.push(with_nearest(diagnostic, near, field.name.span));
                    continue;
                };
                let purpose = Purpose {
                    mismatch: codes::S853,
                    ..Purpose::plain(format!("The input `{}`", input.name))
                };
                let code = self.check_expression(
                    &field.value,
                    &Scope::new(Place::Constant),
                    &Expected::new(input.of.clone(), purpose),
                );
                inputs.push((input.name.clone(), code));
            }
        } else if let Some(other) = with
            && !matches!(other, Expression::Missing(_))
        {
            let diagnostic = self
                .diagnostic(
                    codes::S858,
                    other.span(),
                    "`run with` takes the inputs in a record.",
                )
                .with_help("write `run with { name: value }`");
            self.push(diagnostic);
            return inputs;
        }
        let missing: Vec<String> = plan
            .inputs
            .iter()
            .filter(|input| input.default.is_none())
            .filter(|input| !inputs.iter().any(|(name, _)| *name == input.name))
            .map(|input| format!("`{}`", input.name))
            .collect();
        if !missing.is_empty() && !self.has_errors() {
            let diagnostic = self
                .diagnostic(
                    codes::S860,
                    with.map_or(span, Expression::span),
                    format!("The playbook needs {} to run.", missing.join(", ")),
                )
                .with_help("write `run with { name: value }`");
            self.push(diagnostic);
        }
        inputs
    }
}
