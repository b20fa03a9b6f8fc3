//! `return` and `yield`: what a run, an action, an item or a block gives.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    Block, ElseBranch, If, Return, Statement, WaitBranch, WaitUntil, Yield,
};
use sophia_plan::step::{Amount, Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::statement::{Around, Ends, Frame, Yields};
use crate::checker::Checker;
use crate::types::{Expected, Scope, join, with_article};

/// What `return`s give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Returning {
    /// What they must give, and the words for it; without it they say themselves.
    wanted: Option<Expected>,
    /// What they gave so far.
    given: Option<Type>,
}

impl Returning {
    /// Every `return` gives this type; none, where it is the type of nothing.
    pub(crate) fn wanting(of: Type, subject: String) -> Self {
        Self {
            wanted: Some(Expected::plain(of, subject)),
            given: None,
        }
    }

    /// Whether something is promised.
    pub(super) fn promises(&self) -> bool {
        (self.wanted.as_ref())
            .is_some_and(|wanted| !matches!(wanted.of, Type::None | Type::Unknown))
    }

    /// What was given, or promised.
    pub(crate) fn of(&self) -> Option<Type> {
        match &self.wanted {
            Some(wanted) => Some(wanted.of.clone()),
            None => self.given.clone(),
        }
    }
}

/// What the `yield`s of a loop or a block give.
#[derive(Clone, Debug, Default)]
pub(crate) struct Yielding {
    wanted: Option<Expected>,
    given: Option<(Type, Span)>,
}

impl Yielding {
    /// Every `yield` stands in for a value of this type.
    pub(super) fn wanting(of: Type) -> Self {
        Self {
            wanted: Some(Expected::plain(of, "This `yield`")),
            given: None,
        }
    }

    /// What was given.
    pub(super) fn of(self) -> Option<Type> {
        self.given.map(|(of, _)| of)
    }
}

impl Checker<'_> {
    /// `return x`
    pub(super) fn return_statement(
        &mut self,
        statement: &Return,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        if around.ends == Ends::Item {
            let place = Span {
                start: statement.span.start,
                end: statement.span.start + 6,
            };
            let diagnostic = self
                .diagnostic(
                    codes::S882,
                    place,
                    "`return` ends the whole run, and a loop's items run on their own.",
                )
                .with_label("inside a loop")
                .with_help("`skip \"…\"` ends this item; `yield` gives its value to the loop");
            self.push(diagnostic);
        }
        let wanted = self.returning.wanted.clone();
        let value = match (&statement.value, wanted) {
            // That it stands in a loop is told, whatever it gives.
            (Some(written), _) if around.ends == Ends::Item => {
                Some(self.typed(written, scope, None).expression)
            }
            (Some(written), Some(wanted)) if wanted.of == Type::None => {
                let value = self.typed(written, scope, None);
                if !value.is_unknown() {
                    let diagnostic = self
                        .diagnostic(
                            codes::S895,
                            written.span(),
                            "This action gives nothing, and a value stands here.",
                        )
                        .with_label(format!("{}", value.of))
                        .with_help(
                            "write the type behind its parameters: `-> …`, or `return` alone",
                        );
                    self.push(diagnostic);
                }
                Some(value.expression)
            }
            (Some(written), Some(wanted)) => Some(self.check_expression(written, scope, &wanted)),
            (None, Some(wanted)) if wanted.of != Type::None && wanted.of != Type::Unknown => {
                let diagnostic = self
                    .diagnostic(
                        codes::S895,
                        statement.span,
                        format!("A value is promised here: {}.", with_article(&wanted.of)),
                    )
                    .with_help("write it behind `return`");
                self.push(diagnostic);
                None
            }
            (Some(written), None) => {
                let value = self.typed(written, scope, None);
                self.note_returned(&value.of, written.span());
                Some(value.expression)
            }
            (None, _) => {
                if self.returning.wanted.is_none() {
                    self.note_returned(&Type::None, statement.span);
                }
                None
            }
        };
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: "return".to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let kind = StepKind::Return { value };
        self.step(&frame, kind, None, Type::None, Policy::default())
    }

    fn note_returned(&mut self, of: &Type, span: Span) {
        let both = match &self.returning.given {
            None => Some(of.clone()),
            Some(known) => join(known, of),
        };
        if both.is_none()
            && let Some(known) = &self.returning.given
        {
            let diagnostic = self
                .diagnostic(
                    codes::S895,
                    span,
                    format!(
                        "Another `return` gives {}, and this gives {}.",
                        with_article(known),
                        with_article(of)
                    ),
                )
                .with_help("give the same at each, or promise a type: `trigger on request -> …`");
            self.push(diagnostic);
            return;
        }
        self.returning.given = both;
    }

    /// `yield x`, `yield each xs`
    pub(super) fn yield_statement(
        &mut self,
        statement: &Yield,
        scope: &Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        let wanted = match around.yields {
            Yields::Alone => {
                let place = Span {
                    start: statement.span.start,
                    end: statement.span.start + 5,
                };
                let diagnostic = self
                    .diagnostic(
                        codes::S883,
                        place,
                        "`yield` gives a value to a loop or a `let`, and there is none around it.",
                    )
                    .with_help("write `let NAME = for each … { … yield … }`");
                self.push(diagnostic);
                None
            }
            Yields::Gathered | Yields::InPlace => {
                (self.yielding.last()).and_then(|yielding| yielding.wanted.clone())
            }
        };
        let value = self.typed(
            &statement.value,
            scope,
            wanted.as_ref().filter(|_| statement.each.is_none()),
        );
        let of = match statement.each {
            None => value.of.clone(),
            Some(_) => self.item_of(&value.of, statement.value.span()),
        };
        let code = match (&wanted, statement.each) {
            (Some(wanted), None) => self.fitted(value, wanted, statement.value.span()),
            (Some(_), Some(place)) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S883,
                        place,
                        "This block gives one value; `yield each` gives several.",
                    )
                    .with_help("leave `each` out");
                self.push(diagnostic);
                value.expression
            }
            (None, _) => value.expression,
        };
        if wanted.is_none() {
            self.note_yielded(&of, statement.value.span());
        }
        self.place_pending(building, &Policy::default());
        let frame = Frame {
            label: "yield".to_owned(),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let kind = StepKind::Yield {
            value: code,
            amount: if statement.each.is_some() {
                Amount::Each
            } else {
                Amount::One
            },
        };
        self.step(&frame, kind, None, Type::None, Policy::default())
    }

    fn note_yielded(&mut self, of: &Type, span: Span) {
        let Some(yielding) = self.yielding.last_mut() else {
            return;
        };
        let Some((known, place)) = yielding.given.clone() else {
            yielding.given = Some((of.clone(), span));
            return;
        };
        if let Some(both) = join(&known, of) {
            yielding.given = Some((both, place));
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S883,
                span,
                format!(
                    "The items of a loop give one type, and this is {}.",
                    with_article(of)
                ),
            )
            .with_related(place, format!("{known} here"))
            .with_help("give the same at each `yield`");
        self.push(diagnostic);
    }

    /// The type of an item of what is gone through.
    pub(super) fn item_of(&mut self, of: &Type, span: Span) -> Type {
        match of {
            Type::Table(row) => Type::Record(row.clone()),
            Type::List(item) => (**item).clone(),
            Type::Unknown => Type::Unknown,
            Type::Optional(inner) if matches!(**inner, Type::Table(_) | Type::List(_)) => {
                self.report_may_be_missing(span);
                Type::Unknown
            }
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S312,
                        span,
                        format!(
                            "`each` goes through a table or a list, and this is {}.",
                            with_article(other)
                        ),
                    )
                    .with_label(format!("{other}"));
                self.push(diagnostic);
                Type::Unknown
            }
        }
    }
}

/// Whether a block surely returns, or ends the run.
pub(crate) fn returns(block: &Block) -> bool {
    block.statements.last().is_some_and(statement_returns)
}

pub(super) fn statement_returns(statement: &Statement) -> bool {
    match statement {
        // What could not be read may have been a `return`.
        Statement::Return(_) | Statement::Error(_) => true,
        Statement::End(end) => end.when.is_none() && end.on.is_none(),
        Statement::If(branch) => branch_returns(branch),
        Statement::Match(choice) => choice
            .arms
            .iter()
            .map(|arm| &arm.body)
            .chain(&choice.otherwise)
            .all(returns),
        Statement::Try(tried) => returns(&tried.body) && returns(&tried.otherwise),
        Statement::Wait(wait) => match &wait.step.until {
            WaitUntil::First(branches) => branches.iter().all(|branch| match branch {
                WaitBranch::Event { body, .. } | WaitBranch::After { body, .. } => returns(body),
                WaitBranch::Error(_) => true,
            }),
            WaitUntil::Passed(_) | WaitUntil::Instant(_) | WaitUntil::Event(_) => false,
        },
        _ => false,
    }
}

fn branch_returns(branch: &If) -> bool {
    returns(&branch.then)
        && match &branch.otherwise {
            Some(ElseBranch::Block(block)) => returns(block),
            Some(ElseBranch::If(inner)) => branch_returns(inner),
            None => false,
        }
}
