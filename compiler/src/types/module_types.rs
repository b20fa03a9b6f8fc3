//! Types of modules by their names: `sales.Deal`, `row of shared.customers`.
//!
//! Kept true here: a module is called by the last word of its name; what it does not hold is told where it is asked
//! for, with the nearest type that it does hold.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::Name;
use sophia_plan::types::Type;

use crate::checker::Checker;
use crate::declared::Shared;
use crate::names::{Declared, nearest, with_nearest};

impl Checker<'_> {
    /// `sales.Deal`
    pub(super) fn type_of_module(&mut self, name: &Name) -> Type {
        let Some((module, own)) = self.parts_of(name) else {
            return Type::Unknown;
        };
        let Some(Declared::Module(whole)) = self.names.get(&module.text) else {
            self.report_no_module(name, &module);
            return Type::Unknown;
        };
        self.names.note_used(whole);
        // Where the module is not there, `use` has told it.
        let Some(facts) = self.neighbours.module(whole) else {
            return Type::Unknown;
        };
        if let Some(of) = facts.types.get(&own.text) {
            return of.clone();
        }
        if own.text.is_empty() {
            return Type::Unknown;
        }
        if let Some(other) = facts.get(&own.text) {
            let diagnostic = self
                .diagnostic(
                    codes::S210,
                    name.span,
                    format!("`{}` is {}, not a type.", name.text, other.noun()),
                )
                .with_help(format!(
                    "write `type of {0}` for the type of what it gives",
                    name.text
                ));
            self.push(diagnostic);
            return Type::Unknown;
        }
        let near = nearest(&own.text, facts.types.keys().map(String::as_str)).map(str::to_owned);
        let held: Vec<String> = facts.types.keys().map(|name| format!("`{name}`")).collect();
        let diagnostic = self
            .diagnostic(
                codes::S210,
                own.span,
                format!("The module `{whole}` has no type named `{}`.", own.text),
            )
            .with_label("not a type of the module");
        let diagnostic = if held.is_empty() {
            diagnostic.with_note("it holds no types")
        } else {
            diagnostic.with_note(format!("its types: {}", held.join(", ")))
        };
        self.push(with_nearest(diagnostic, near.as_deref(), own.span));
        Type::Unknown
    }

    /// What `row of` and `type of` reuse of a module.
    pub(super) fn source_of_module(&mut self, name: &Name) -> Type {
        let Some((module, own)) = self.parts_of(name) else {
            return Type::Unknown;
        };
        if !matches!(self.names.get(&module.text), Some(Declared::Module(_))) {
            self.report_no_module(name, &module);
            return Type::Unknown;
        }
        match self.shared(&module, &own) {
            Some(Shared::Type) => self.type_of_module(name),
            Some(Shared::Query(facts)) => facts.map_or(Type::Unknown, |facts| {
                Type::Table(facts.definition.row.clone())
            }),
            Some(Shared::Model(facts)) => {
                facts.map_or(Type::Unknown, |facts| facts.definition.result.clone())
            }
            Some(Shared::Function(facts)) => {
                facts.map_or(Type::Unknown, |facts| facts.result.clone())
            }
            Some(Shared::Metric(facts)) => {
                facts.map_or(Type::Unknown, |facts| facts.definition.of.clone())
            }
            Some(
                other @ (Shared::Shaped(_)
                | Shared::Action(_)
                | Shared::Command(_)
                | Shared::Predictor),
            ) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S210,
                        name.span,
                        format!(
                            "`{}` is {}, whose type has no name.",
                            name.text,
                            other.noun()
                        ),
                    )
                    .with_help("write the type out");
                self.push(diagnostic);
                Type::Unknown
            }
            None => Type::Unknown,
        }
    }

    /// The module and the name behind it. Where more words stand in front, the first of them are too many.
    fn parts_of(&mut self, name: &Name) -> Option<(Name, Name)> {
        let (before, own) = name.text.rsplit_once('.')?;
        let last = before.rsplit('.').next().unwrap_or(before);
        if last != before {
            let meant = format!("{last}.{own}");
            let diagnostic = self
                .diagnostic(
                    codes::S210,
                    name.span,
                    format!("There is no type named `{}`.", name.text),
                )
                .with_note("a module is called by the last word of its name")
                .with_edit(format!("write `{meant}`"), name.span, meant);
            self.push(diagnostic);
            return None;
        }
        let end = name
            .span
            .start
            .saturating_add(u32::try_from(before.len()).ok()?);
        let start = name.span.end.saturating_sub(u32::try_from(own.len()).ok()?);
        let module = Name {
            text: before.to_owned(),
            span: Span {
                start: name.span.start,
                end,
            },
        };
        let own = Name {
            text: own.to_owned(),
            span: Span {
                start,
                end: name.span.end,
            },
        };
        Some((module, own))
    }

    /// A path whose first word is no module of this file.
    fn report_no_module(&mut self, name: &Name, module: &Name) {
        if self.broken.may_declare(&module.text) || self.broken.may_grant(&module.text) {
            return;
        }
        if let Some(other) = self.names.get(&module.text) {
            let diagnostic = self.diagnostic(
                codes::S210,
                module.span,
                format!("`{}` is {}, and holds no types.", module.text, other.noun()),
            );
            self.push(diagnostic);
            return;
        }
        let whole = self.neighbours.module_ending_in(&module.text);
        let granted = (self.names.all())
            .filter(|(_, what)| matches!(what, Declared::Module(_)))
            .map(|(name, _)| name);
        let near = nearest(&module.text, granted).map(str::to_owned);
        let diagnostic = self
            .diagnostic(
                codes::S210,
                name.span,
                format!(
                    "There is no type named `{}`: `use` names no module `{}`.",
                    name.text, module.text
                ),
            )
            .with_label("not a type");
        let diagnostic = match whole {
            Some(whole) => diagnostic.with_help(format!("write `use {whole}`")),
            None => with_nearest(diagnostic, near.as_deref(), module.span),
        };
        self.push(diagnostic);
    }
}
