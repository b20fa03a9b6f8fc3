//! Triggers: when runs start, and how what comes in fills the inputs.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::phrases::{Literal, Repeat};
use sophia_language::syntax::{
    Change, Expression, File, Item, Name, OneRun as WrittenOneRun, Overlap as WrittenOverlap,
    TextTemplate, Trigger as Written, TriggerKind as WrittenKind,
};
use sophia_plan::expression::Expression as Code;
use sophia_plan::step::{Input, OneRun, Overlap, Trigger, TriggerKind};
use sophia_plan::types::Type;

use crate::checker::Checker;
use crate::names::Declared;
use crate::types::{Expected, Place, Scope, fixed_text};

impl<'a> Checker<'a> {
    /// The triggers of a playbook, and what its requests promise to give back.
    pub(crate) fn triggers(&mut self, file: &'a File, inputs: &[Input]) -> Vec<Trigger> {
        let mut triggers = Vec::new();
        for item in &file.items {
            if let Item::Trigger(trigger) = item
                && !matches!(trigger.kind, WrittenKind::Error(_))
            {
                triggers.extend(self.trigger(trigger, inputs));
            }
        }
        triggers
    }

    /// The type that the requests of a playbook promise.
    pub(crate) fn promised(&mut self, file: &'a File) -> Option<Type> {
        let mut promised: Option<(Type, sophia_diagnostics::Span)> = None;
        for item in &file.items {
            let Item::Trigger(Written {
                kind:
                    WrittenKind::Request {
                        result: Some(result),
                        ..
                    },
                ..
            }) = item
            else {
                continue;
            };
            let of = self.resolve_type(result);
            match &promised {
                None => promised = Some((of, result.span())),
                Some((first, place)) if *first != of && of != Type::Unknown => {
                    let diagnostic = self
                        .diagnostic(
                            codes::S233,
                            result.span(),
                            format!(
                                "A run gives back one type, and another request promises {first}."
                            ),
                        )
                        .with_related(*place, "the other promise")
                        .with_help("promise the same type at both");
                    self.push(diagnostic);
                }
                Some(_) => {}
            }
        }
        promised.map(|(of, _)| of)
    }

    fn trigger(&mut self, written: &'a Written, inputs: &[Input]) -> Option<Trigger> {
        let of = self.brought_by(&written.kind);
        let kind = self.trigger_kind(&written.kind)?;
        let before = self.errors();
        let with = self.filled_inputs(written, &of, inputs);
        // An input that stays empty may be the one that a wrong field was meant for.
        if self.errors() == before {
            self.report_unfilled(written, &with, inputs);
        }
        Some(Trigger {
            kind,
            binding: written
                .binding
                .as_ref()
                .filter(|name| !name.text.is_empty())
                .map(|name| Arc::from(name.text.as_str())),
            of,
            with,
            origin: self.origin(written.span),
        })
    }

    fn trigger_kind(&mut self, kind: &'a WrittenKind) -> Option<TriggerKind> {
        Some(match kind {
            WrittenKind::Schedule { schedule, phrase } => {
                let mut schedule = schedule.clone();
                match &schedule.zone {
                    Some(zone) => {
                        if crate::zones::zone(zone).is_none() {
                            let diagnostic = self.unknown_zone(zone, *phrase);
                            self.push(diagnostic);
                        }
                    }
                    // An interval counts from one fixed instant, so no zone belongs to it.
                    None if matches!(schedule.repeat, Repeat::Interval { .. }) => {}
                    None => schedule.zone = Some(self.zone.clone()),
                }
                TriggerKind::Schedule(schedule.by(&self.holidays))
            }
            WrittenKind::Request { parameters, .. } => {
                let mut known = Vec::with_capacity(parameters.len());
                for parameter in parameters {
                    let of = self.resolve_type(&parameter.of);
                    known.push((Arc::from(parameter.name.text.as_str()), of));
                }
                TriggerKind::Request { parameters: known }
            }
            WrittenKind::Webhook { event } => TriggerKind::Webhook {
                event: dotted(event),
            },
            WrittenKind::Event { name } => TriggerKind::Event {
                event: Arc::from(name.text.as_str()),
            },
            WrittenKind::File { glob } => TriggerKind::File {
                glob: self.fixed(glob)?,
            },
            WrittenKind::Change(change) => self.change(change)?,
            WrittenKind::Message { connection, topic } => {
                self.granted_stream(connection)?;
                TriggerKind::Message {
                    connection: Arc::from(connection.text.as_str()),
                    topic: self.fixed(topic)?,
                }
            }
            WrittenKind::Resource { tool, uri } => {
                if !self.granted_tool(tool) {
                    self.report_no_tool(tool);
                    return None;
                }
                TriggerKind::Resource {
                    tool: Arc::from(tool.text.as_str()),
                    uri: self.fixed(uri)?,
                }
            }
            WrittenKind::Error(_) => return None,
        })
    }

    fn change(&mut self, change: &Change) -> Option<TriggerKind> {
        let key = self.change_key(change);
        let [connection, table] = change.table.as_slice() else {
            return None;
        };
        let every = change
            .batches
            .as_ref()
            .and_then(|batches| batches.every.as_ref())
            .and_then(|every| match every {
                Expression::Literal {
                    value: Literal::Duration { milliseconds },
                    ..
                } => Some(*milliseconds),
                _ => None,
            });
        Some(TriggerKind::Change {
            connection: Arc::from(connection.text.as_str()),
            table: Arc::from(table.text.as_str()),
            key,
            except_our_own: change.except_our_own.is_some(),
            batches: change.batches.as_ref().map(|batches| (batches.size, every)),
        })
    }

    /// A text without places in it.
    fn fixed(&mut self, template: &TextTemplate) -> Option<Arc<str>> {
        let text = fixed_text(template);
        if text.is_none() {
            let diagnostic = self
                .diagnostic(
                    codes::S329,
                    template.span,
                    "A fixed text stands here, without places in it.",
                )
                .with_help("a trigger is known before anything runs");
            self.push(diagnostic);
        }
        text.map(Arc::from)
    }

    /// `with { ticket_id: ticket.id }`
    fn filled_inputs(
        &mut self,
        written: &Written,
        of: &Type,
        inputs: &[Input],
    ) -> Vec<(Arc<str>, Code)> {
        let Some(with) = &written.with else {
            return Vec::new();
        };
        self.note_inputs(with.span(), inputs);
        let Expression::Record { fields, .. } = with else {
            if !matches!(with, Expression::Missing(_)) {
                let diagnostic = self
                    .diagnostic(
                        codes::S234,
                        with.span(),
                        "The inputs that a trigger fills stand between braces.",
                    )
                    .with_help("write `with { NAME: … }`");
                self.push(diagnostic);
            }
            return Vec::new();
        };
        let mut scope = Scope::new(Place::Arriving);
        if let Some(name) = &written.binding {
            scope.add(name.text.as_str(), of.clone(), name.span);
        }
        let mut filled: Vec<(Arc<str>, Code)> = Vec::with_capacity(fields.len());
        for field in fields {
            let Some(input) = inputs.iter().find(|input| *input.name == *field.name.text) else {
                let near = crate::names::nearest(
                    &field.name.text,
                    inputs.iter().map(|input| &*input.name),
                );
                let diagnostic = self
                    .diagnostic(
                        codes::S234,
                        field.name.span,
                        format!("The playbook has no input `{}`.", field.name.text),
                    )
                    .with_label("not an input");
                self.push(crate::names::with_nearest(
                    diagnostic,
                    near,
                    field.name.span,
                ));
                self.typed(&field.value, &scope, None);
                continue;
            };
            let expected = Expected::plain(input.of.clone(), format!("`{}`", input.name));
            let code = self.check_expression(&field.value, &scope, &expected);
            filled.push((input.name.clone(), code));
        }
        filled
    }

    /// An input without a default that a trigger leaves empty stops its runs from starting.
    fn report_unfilled(&mut self, written: &Written, with: &[(Arc<str>, Code)], inputs: &[Input]) {
        let asked: BTreeSet<&str> = match &written.kind {
            WrittenKind::Request { parameters, .. } => parameters
                .iter()
                .map(|parameter| parameter.name.text.as_str())
                .collect(),
            _ => BTreeSet::new(),
        };
        // A request without parameters is a person, who sets the inputs.
        if matches!(written.kind, WrittenKind::Request { .. }) && asked.is_empty() {
            return;
        }
        let own = self.asked_elsewhere(&asked);
        let empty: Vec<String> = inputs
            .iter()
            .filter(|input| {
                input.default.is_none()
                    && !own.contains(&*input.name)
                    && !asked.contains(&*input.name)
                    && !with.iter().any(|(name, _)| *name == input.name)
            })
            .map(|input| format!("`{}`", input.name))
            .collect();
        if empty.is_empty() {
            return;
        }
        let diagnostic = self
            .diagnostic(
                codes::S235,
                written.span,
                format!(
                    "This trigger starts runs without a value for {}.",
                    empty.join(", ")
                ),
            )
            .with_label("starts a run")
            .with_help("fill it: `… as x with { NAME: x.… }`, or give the input a default");
        self.push(diagnostic);
    }

    /// Parameters of other requests: another trigger does not fill them, and says so where it is used.
    fn asked_elsewhere(&self, asked: &BTreeSet<&str>) -> BTreeSet<String> {
        self.names
            .all()
            .filter(|(name, what)| matches!(what, Declared::Asked(_)) && !asked.contains(name))
            .filter(|_| self.triggers < 2)
            .map(|(name, _)| name.to_owned())
            .collect()
    }

    /// `one run at a time per KEY, newest wins`
    pub(crate) fn one_run(&mut self, file: &'a File) -> Option<OneRun> {
        let mut first: Option<&WrittenOneRun> = None;
        for item in &file.items {
            let Item::OneRun(rule) = item else { continue };
            if let Some(first) = first {
                let diagnostic = self
                    .diagnostic(
                        codes::S214,
                        rule.span,
                        "`one run at a time` may stand once in a playbook.",
                    )
                    .with_label("the second one")
                    .with_related(first.span, "the first one")
                    .with_help("keep one of them");
                self.push(diagnostic);
                continue;
            }
            first = Some(rule);
        }
        let rule = first?;
        let per = match &rule.per {
            Some(key) => Some(self.key(key, &Scope::new(Place::Declaration))?),
            None => None,
        };
        Some(OneRun {
            per,
            overlap: match rule.rule {
                WrittenOverlap::Wait => Overlap::Wait,
                WrittenOverlap::NewestWins => Overlap::NewestWins,
                WrittenOverlap::Join => Overlap::Join,
                WrittenOverlap::Skip => Overlap::Skip,
            },
        })
    }
}

/// The words of a path with dots between.
pub(crate) fn dotted(path: &[Name]) -> Arc<str> {
    let words: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
    Arc::from(words.join("."))
}
