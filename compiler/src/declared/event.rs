//! Events: what they carry.
//!
//! Kept true here: an event of a tool has the type that the manifest gives it; an event of the project has the type
//! that its `emit`s agree on.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::Name;
use sophia_plan::types::Type;

use crate::checker::Checker;
use crate::names::nearest;
use crate::types::join;

/// What the `emit`s of one file say of an event.
#[derive(Clone, Debug)]
pub(crate) struct Emitted {
    pub(crate) of: Type,
    pub(crate) span: sophia_diagnostics::Span,
}

impl Checker<'_> {
    /// What an event carries, or a complaint that there is none of this name.
    pub(crate) fn event_type(&mut self, event: &[Name]) -> Type {
        match event {
            [name] if !name.text.is_empty() => self.own_event(name),
            [source, name] if !name.text.is_empty() => self.outside_event(source, name),
            _ => Type::Unknown,
        }
    }

    /// What an event is known to carry, for an editor; no complaint where nobody knows it.
    pub(crate) fn carried(&mut self, event: &[Name]) -> Type {
        if !self.notes.are_asked() {
            return Type::Unknown;
        }
        let before = self.diagnostics.len();
        let of = self.event_type(event);
        self.diagnostics.truncate(before);
        of
    }

    fn own_event(&mut self, name: &Name) -> Type {
        if let Some(facts) = self.neighbours.event(&name.text) {
            return facts.of.clone();
        }
        if let Some(emitted) = self.emitted.get(&name.text) {
            return emitted.of.clone();
        }
        if self.broken.may_declare(&name.text) || !self.neighbours_known {
            return Type::Unknown;
        }
        let near = self.neighbours.nearest_event(&name.text);
        let diagnostic = self
            .diagnostic(
                codes::S228,
                name.span,
                format!("No playbook of the project emits `{}`.", name.text),
            )
            .with_label("not emitted anywhere");
        let diagnostic = match near {
            Some(near) => diagnostic
                .with_note(format!("nearest: `{near}`"))
                .with_edit(format!("write `{near}`"), name.span, near),
            None => diagnostic.with_help(format!(
                "another playbook tells it with `emit {} {{ … }}`",
                name.text
            )),
        };
        self.push(diagnostic);
        Type::Unknown
    }

    fn outside_event(&mut self, source: &Name, name: &Name) -> Type {
        let whole = format!("{}.{}", source.text, name.text);
        let manifest = self.manifest;
        let Some(written) = manifest.webhooks.get(&whole) else {
            let near = nearest(&whole, self.manifest.webhooks.keys().map(String::as_str));
            let span = source.span.to(name.span);
            let diagnostic = self
                .diagnostic(
                    codes::S229,
                    span,
                    format!("The project knows no event `{whole}`."),
                )
                .with_label("not in sophia.toml");
            let diagnostic = match near {
                Some(near) => diagnostic
                    .with_note(format!("nearest: `{near}`"))
                    .with_edit(format!("write `{near}`"), span, near),
                None => diagnostic.with_help(format!(
                    "describe it under `[webhooks.{whole}]` with its `type`"
                )),
            };
            self.push(diagnostic);
            return Type::Unknown;
        };
        self.read_type(&written.of).unwrap_or(Type::Unknown)
    }

    /// Remembers what an `emit` carries, and complains where two of them do not agree.
    pub(crate) fn note_event(&mut self, name: &Name, of: &Type, span: sophia_diagnostics::Span) {
        if name.text.is_empty() {
            return;
        }
        let elsewhere = self.neighbours.event(&name.text);
        let known = match (&elsewhere, self.emitted.get(&name.text)) {
            (_, Some(emitted)) => Some((emitted.of.clone(), self.file.clone(), Some(emitted.span))),
            (Some(facts), None) => Some((facts.of.clone(), facts.file.clone(), None)),
            (None, None) => None,
        };
        let Some((known, file, place)) = known else {
            let emitted = Emitted {
                of: of.clone(),
                span,
            };
            self.emitted.insert(name.text.clone(), emitted);
            return;
        };
        if let Some(both) = join(&known, of) {
            self.report_uneven(name, span, (&known, of, &both));
            let emitted = Emitted { of: both, span };
            self.emitted.insert(name.text.clone(), emitted);
            return;
        }
        let mut diagnostic = self
            .diagnostic(
                codes::S230,
                span,
                format!(
                    "The event `{}` carries something else elsewhere.",
                    name.text
                ),
            )
            .with_note(format!("there: {}", shown(&known)))
            .with_note(format!("here:  {}", shown(of)))
            .with_help("give the event of the other kind another name");
        if let Some(place) = place {
            diagnostic = diagnostic.with_related(place, "the other one");
        } else {
            diagnostic = diagnostic.with_note(format!("the other one stands in {file}"));
        }
        self.push(diagnostic);
    }

    /// Warns about fields that one `emit` carries and another does not: who listens sees neither.
    fn report_uneven(
        &mut self,
        name: &Name,
        span: sophia_diagnostics::Span,
        (known, of, both): (&Type, &Type, &Type),
    ) {
        let (more, fewer) = (beyond(of, both), beyond(known, both));
        let (fields, place) = match (more.as_slice(), fewer.as_slice()) {
            ([], []) => return,
            ([], _) => (fewer, "elsewhere and not here"),
            _ => (more, "here and not elsewhere"),
        };
        let diagnostic = self
            .diagnostic(
                codes::S242,
                span,
                format!(
                    "The event `{}` carries {} {place}, so nobody who listens sees it.",
                    name.text,
                    fields.join(", ")
                ),
            )
            .with_note(format!("seen: {}", shown(both)))
            .with_help("carry the same fields in every `emit` of the event");
        self.push(diagnostic);
    }
}

/// The fields of a record that another lacks.
fn beyond(of: &Type, other: &Type) -> Vec<String> {
    let (Type::Record(of), Type::Record(other)) = (of, other) else {
        return Vec::new();
    };
    (of.fields.iter())
        .filter(|field| other.field(&field.name).is_none())
        .map(|field| format!("`{}`", field.name))
        .collect()
}

fn shown(of: &Type) -> Arc<str> {
    match of {
        Type::None => Arc::from("nothing"),
        other => Arc::from(other.to_string()),
    }
}
