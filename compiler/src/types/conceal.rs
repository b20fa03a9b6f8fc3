//! `redact`, `pseudonymize` and `release`: how a value may leave although its labels forbid it.
//!
//! Kept true here: what conceals goes down to every text of a record, a list or a table, and changes
//! nothing else; a release stands in the call that it is for.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::{Call, Expression};
use sophia_plan::expression::{Expression as Code, Function, Stage};
use sophia_plan::types::{RecordType, Type};
use sophia_plan::value::Value;

use super::Typed;
use super::expected::Expected;
use super::scope::Scope;
use crate::checker::Checker;
use crate::names::{nearest, with_nearest};

/// The name of the part that is looked at.
const PART: &str = "part";

impl Checker<'_> {
    /// `redact(x)`, `pseudonymize(x)`
    pub(super) fn conceal(
        &mut self,
        name: &str,
        function: Function,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        if !self.counts_arguments(name, call, 1, 1) {
            return Typed::unknown();
        }
        let Some(argument) = call.arguments.first() else {
            return Typed::unknown();
        };
        let value = self.typed(&argument.value, scope, None);
        if value.is_unknown() {
            return Typed::unknown();
        }
        let Some((code, of)) = concealed(function, value.expression, &value.of) else {
            self.report_wrong_argument(
                name,
                "a text, or a record, list or table that holds texts",
                &value.of,
                &argument.value,
            );
            return Typed::unknown();
        };
        Typed::new(code, of)
    }

    /// Remembers the arguments of a call, in which a release may stand.
    pub(crate) fn note_arguments(&mut self, call: &Call) {
        for argument in &call.arguments {
            self.memory.arguments.insert(argument.value.span());
        }
    }

    /// `release(x, to: WHERE, because: "…")`
    pub(super) fn release(&mut self, call: &Call, scope: &Scope) -> Typed {
        let stands = self.memory.arguments.contains(&call.span);
        let mut value = None;
        let mut place = None;
        let mut reason = None;
        let mut known = true;
        for argument in &call.arguments {
            let slot = match argument.name.as_ref().map(|name| name.text.as_str()) {
                None => &mut value,
                Some("to") => &mut place,
                Some("because") => &mut reason,
                Some(_) => {
                    known = false;
                    continue;
                }
            };
            known &= slot.is_none();
            *slot = Some(&argument.value);
        }
        let (true, Some(value), Some(place), Some(reason)) = (known, value, place, reason) else {
            let diagnostic = self
                .diagnostic(
                    codes::S325,
                    call.span,
                    "`release` takes a value, where it may go, and why.",
                )
                .with_help("write `release(x, to: slack, because: \"…\")`");
            self.push(diagnostic);
            return Typed::unknown();
        };
        let released = self.typed(value, scope, None);
        let because =
            self.check_expression(reason, scope, &Expected::plain(Type::Text, "`because`"));
        if !stands {
            let diagnostic = self
                .diagnostic(
                    codes::S343,
                    call.span,
                    "`release` stands where the value leaves: as an argument of a call.",
                )
                .with_help("write it in the call itself, for that one place");
            self.push(diagnostic);
            return released;
        }
        let Expression::Name(place) = place else {
            if !matches!(place, Expression::Missing(_)) {
                let diagnostic = self
                    .diagnostic(
                        codes::S343,
                        place.span(),
                        "`to` names a tool, a model or a connection of sophia.toml.",
                    )
                    .with_help("write its name alone, for example `to: slack`");
                self.push(diagnostic);
            }
            return released;
        };
        let manifest = self.manifest;
        let places = || {
            manifest
                .tools
                .keys()
                .chain(manifest.models.keys())
                .chain(manifest.connections.keys())
                .map(String::as_str)
        };
        if !places().any(|known| known == place.text) {
            let near = nearest(&place.text, places());
            let diagnostic = self.diagnostic(
                codes::S216,
                place.span,
                format!(
                    "The project has no tool, model or connection named `{}`.",
                    place.text
                ),
            );
            self.push(with_nearest(diagnostic, near, place.span));
            return released;
        }
        if released.is_unknown() {
            return released;
        }
        let code = Code::Release {
            value: Box::new(released.expression),
            to: Arc::from(place.text.as_str()),
            because: Box::new(because),
        };
        Typed::new(code, released.of)
    }
}

/// A value whose texts are concealed, with its type; nothing where it holds no text.
fn concealed(function: Function, value: Code, of: &Type) -> Option<(Code, Type)> {
    let call = |value: Code| Code::Call {
        function,
        arguments: vec![value],
    };
    let part = || Code::Name(Arc::from(PART));
    let named = |value: Code, body: Code| Code::Let {
        name: Arc::from(PART),
        value: Box::new(value),
        body: Box::new(body),
    };
    match of {
        Type::Text => Some((call(value), Type::Text)),
        Type::Optional(inner) if **inner == Type::Text => Some((call(value), of.clone())),
        Type::Optional(inner) => {
            let (code, inner) = concealed(function, part(), inner)?;
            let code = Code::If {
                condition: Box::new(Code::IsPresent(Box::new(part()))),
                then: Box::new(code),
                otherwise: Box::new(Code::Constant(Value::None)),
            };
            Some((named(value, code), inner.optional()))
        }
        Type::List(item) => {
            let (code, item) = concealed(function, Code::Row, item)?;
            let stage = Stage::Map {
                value: code,
                of: item.clone(),
            };
            Some((pipeline(value, stage), Type::List(Arc::new(item))))
        }
        Type::Record(row) => {
            let (_, after) = columns(function, row)?;
            let fields = row
                .fields
                .iter()
                .map(|field| {
                    let own = Code::Field {
                        of: Box::new(part()),
                        name: field.name.clone(),
                        optional: false,
                    };
                    let code =
                        concealed(function, own.clone(), &field.of).map_or(own, |(code, _)| code);
                    (field.name.clone(), code)
                })
                .collect();
            let record = Code::Record {
                fields,
                name: row.name.clone(),
            };
            Some((named(value, record), Type::Record(after)))
        }
        Type::Table(row) => {
            let (columns, row) = columns(function, row)?;
            let stage = Stage::Add {
                columns,
                row: row.clone(),
            };
            Some((pipeline(value, stage), Type::Table(row)))
        }
        _ => None,
    }
}

fn pipeline(source: Code, stage: Stage) -> Code {
    Code::Pipeline {
        source: Box::new(source),
        stages: vec![stage],
    }
}

/// Columns with what becomes of them, and the row after it.
type Concealed = (Vec<(Arc<str>, Code)>, Arc<RecordType>);

/// The columns that hold texts, concealed, and the row after it: their types add no label any more.
fn columns(function: Function, row: &RecordType) -> Option<Concealed> {
    let mut after = row.clone();
    let mut codes = Vec::new();
    for field in &mut after.fields {
        let column = Code::Column(field.name.clone());
        if let Some((code, of)) = concealed(function, column, &field.of) {
            codes.push((field.name.clone(), code));
            field.of = of;
            field.labels.clear();
        }
    }
    (!codes.is_empty()).then(|| (codes, Arc::new(after)))
}
