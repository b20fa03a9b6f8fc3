//! Finds what a name means where it stands, and says what it might have meant.

use sophia_diagnostics::{Span, codes};
use sophia_language::is_no_name;
use sophia_language::syntax::Name;

use super::{Declared, nearest, with_nearest};
use crate::checker::Checker;
use crate::types::{Place, Scope};

impl Checker<'_> {
    /// Complains about a name that stands for nothing here.
    pub(crate) fn report_unknown_name(&mut self, name: &Name, scope: &Scope) {
        if name.text.is_empty() || self.broken.may_declare(&name.text) {
            return;
        }
        if let Some(place) = self.names.let_place(&name.text) {
            self.report_unseen_let(name, place, scope);
            return;
        }
        if self.manifest.tools.contains_key(&name.text) {
            self.granted_tool(name);
            return;
        }
        // Where the mistake is in the declaration of a name, every use would be told.
        if !self.names.note_unknown(name) {
            return;
        }
        if let Some((_, place)) = self.memory.lets.get(&name.text) {
            let diagnostic = self
                .diagnostic(
                    codes::S201,
                    name.span,
                    format!(
                        "`{}` is named inside a block, and can be seen in there only.",
                        name.text
                    ),
                )
                .with_label("not seen here")
                .with_related(*place, "the `let`")
                .with_help(
                    "move what needs it into the block; what a loop finds is given by `let NAME = for each … { … yield … }`",
                );
            self.push(diagnostic);
            return;
        }
        let known: Vec<&str> = scope
            .names()
            .into_iter()
            .chain(
                self.names
                    .all()
                    .filter(|(_, what)| {
                        matches!(
                            what,
                            Declared::Input(_)
                                | Declared::Query(_)
                                | Declared::State(_)
                                | Declared::Metric(_)
                                | Declared::Arriving(_)
                                | Declared::Asked(_)
                        )
                    })
                    .map(|(name, _)| name),
            )
            .chain(["today", "now"])
            .collect();
        let near = nearest(&name.text, known).map(str::to_owned);
        let message = match scope.row_name() {
            Some(_) => format!(
                "There is no column and no other value named `{}` here.",
                name.text
            ),
            None => format!("Nothing here is named `{}`.", name.text),
        };
        let diagnostic = self
            .diagnostic(codes::S201, name.span, message)
            .with_label("not known");
        if let Some(meant) = answer_meant(&name.text).filter(|_| near.is_none()) {
            self.push(diagnostic.with_edit(format!("write `{meant}`"), name.span, meant));
            return;
        }
        self.push(with_nearest(diagnostic, near.as_deref(), name.span));
    }

    fn report_unseen_let(&mut self, name: &Name, place: Span, scope: &Scope) {
        let diagnostic = if scope.place == Place::Declaration {
            self.diagnostic(
                codes::S208,
                name.span,
                format!(
                    "A declaration does not see `{}`, which is a `let`.",
                    name.text
                ),
            )
            .with_related(place, "the `let`")
            .with_help(format!(
                "give the declaration a parameter, and pass `{}` in the call",
                name.text
            ))
        } else if self.names.is_in_failure(name.span) {
            self.diagnostic(
                codes::S201,
                name.span,
                format!("`on failure` does not see `{}`.", name.text),
            )
            .with_label("the run may have failed before it")
            .with_related(place, "the `let`")
            .with_help("`on failure` sees the inputs and what the trigger brings: read it there again from these")
        } else if place.start > name.span.start {
            self.diagnostic(
                codes::S213,
                name.span,
                format!("`{}` is used before its `let`.", name.text),
            )
            .with_related(place, "it gets its value here")
            .with_help(format!("move `let {}` up", name.text))
        } else {
            self.diagnostic(
                codes::S201,
                name.span,
                format!("`{}` cannot be seen from here.", name.text),
            )
            .with_related(place, "the `let`")
        };
        self.push(diagnostic);
    }

    /// Complains about a name that stands for something which is not a value.
    pub(crate) fn report_not_a_value(&mut self, name: &Name, what: Declared<'_>) {
        let help = match what {
            Declared::Tool => format!("name one of its calls: `{}.…(…)`", name.text),
            Declared::Connection => "read it through a `query`".to_owned(),
            Declared::Model(_) | Declared::Predictor(_) | Declared::Query(_) => {
                format!("call it: `{}(…)`", name.text)
            }
            Declared::Metric(_) => format!(
                "write `{0}.latest`, or a series such as `{0} over 90 days`",
                name.text
            ),
            _ => "write a value here".to_owned(),
        };
        let diagnostic = self
            .diagnostic(
                codes::S209,
                name.span,
                format!("`{}` is {}, not a value.", name.text, what.noun()),
            )
            .with_help(help);
        self.push(diagnostic);
    }

    /// Complains about a new name that is a word of the language where a value stands: nothing could use it.
    pub(crate) fn check_usable(&mut self, name: &Name) {
        if !is_no_name(&name.text) {
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S247,
                name.span,
                format!(
                    "`{0}` is a word of the language, so nothing named `{0}` can be used.",
                    name.text
                ),
            )
            .with_label("a word of the language")
            .with_help("choose another name");
        self.push(diagnostic);
    }

    /// Complains if a new name would hide one that can be seen.
    pub(crate) fn check_new_name(&mut self, name: &Name, scope: &Scope) {
        self.check_usable(name);
        let hidden = scope.local(&name.text).map(|local| local.span).or_else(|| {
            match self.names.get(&name.text) {
                Some(Declared::Arriving(_) | Declared::Asked(_)) => None,
                _ => self.names.place(&name.text),
            }
        });
        if let Some(place) = hidden {
            let diagnostic = self
                .diagnostic(
                    codes::S207,
                    name.span,
                    format!("`{}` already means something here.", name.text),
                )
                .with_label("would hide the first")
                .with_related(place, "the first")
                .with_help("choose another name");
            self.push(diagnostic);
        }
    }
}

/// What a word for yes or no of a spreadsheet or another language is called here.
fn answer_meant(word: &str) -> Option<&'static str> {
    match word.to_lowercase().as_str() {
        "yes" | "true" | "on" => Some("true"),
        "no" | "false" | "off" => Some("false"),
        _ => None,
    }
}
