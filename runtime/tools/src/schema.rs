//! Reading JSON Schemas: does a value fit, in words for an analyst; where does a reference lead; how
//! deep does it go.
//!
//! Kept true here: a reference outside the schema is never followed, and no word about a value
//! repeats the value, which may be somebody's data.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{ValidationError, Validator};
use serde_json::Value;
use sophia_diagnostics::{Problem, codes};

use crate::limits;
use crate::nearest::nearest;

/// A schema, made ready for many values.
#[derive(Clone, Debug)]
pub struct Checker {
    validator: Validator,
    names: Vec<String>,
}

impl Checker {
    /// Reads a schema, of any draft; 2020-12 where it does not say. `owner` is what the schema
    /// belongs to, for the problem: `` the arguments of `post_message` ``.
    ///
    /// # Errors
    /// S959 where it is not valid, nested too deeply, or refers to a place outside itself.
    pub fn new(schema: &Value, owner: &str) -> Result<Self, Problem> {
        if is_deeper_than(schema, limits::SCHEMA_DEPTH) {
            return Err(too_deep(owner));
        }
        let validator = jsonschema::options()
            .offline()
            .build(schema)
            .map_err(|error| {
                Problem::new(
                    codes::S959,
                    format!("The schema for {owner} is not a valid JSON Schema."),
                )
                .because(crate::client::shorten(&error.to_string()))
            })?;
        let names = schema
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default();
        Ok(Self { validator, names })
    }

    /// Everything about `value` that does not fit, one remark each without a full stop; empty where
    /// it fits. A part is named as a person would write it: `` `filter.tags[2]` ``.
    #[must_use]
    pub fn mismatches(&self, value: &Value) -> Vec<String> {
        self.validator
            .iter_errors(value)
            .take(limits::CAUSES)
            .map(|error| self.remark(&error))
            .collect()
    }

    /// Whether `value` fits.
    #[must_use]
    pub fn fits(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    fn remark(&self, error: &ValidationError<'_>) -> String {
        let path = error.instance_path().to_string();
        let place = place(&path);
        match error.kind() {
            ValidationErrorKind::Required { property } => {
                let name = property.as_str().unwrap_or_default();
                format!("`{}` is missing", join(&place, name))
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected
                .iter()
                .map(|name| {
                    let known = self.names.iter().map(String::as_str);
                    let hint = nearest(name, known)
                        .filter(|_| place.is_empty())
                        .map(|near| format!("; nearest: `{near}`"))
                        .unwrap_or_default();
                    format!("`{}` is not known here{hint}", join(&place, name))
                })
                .collect::<Vec<_>>()
                .join("; "),
            kind => format!("{} {}", subject(&place), demand(kind, error)),
        }
    }
}

/// What a schema demands of a value, after the words `` `x` `` or "the whole".
fn demand(kind: &ValidationErrorKind, error: &ValidationError<'_>) -> String {
    match kind {
        ValidationErrorKind::Type { kind } => {
            format!("must be {}, not {}", expected(kind), noun(error.instance()))
        }
        ValidationErrorKind::Enum { options } => format!("must be one of {}", listed(options)),
        ValidationErrorKind::Constant { expected_value } => format!("must be {expected_value}"),
        ValidationErrorKind::Minimum { limit } => format!("must be at least {limit}"),
        ValidationErrorKind::Maximum { limit } => format!("must be at most {limit}"),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        ValidationErrorKind::MultipleOf { multiple_of } => {
            format!("must be a multiple of {multiple_of}")
        }
        ValidationErrorKind::MinLength { limit } => {
            format!("must have at least {limit} characters")
        }
        ValidationErrorKind::MaxLength { limit } => format!("must have at most {limit} characters"),
        ValidationErrorKind::MinItems { limit } => format!("must have at least {limit} items"),
        ValidationErrorKind::MaxItems { limit } => format!("must have at most {limit} items"),
        ValidationErrorKind::MinProperties { limit } => {
            format!("must have at least {limit} fields")
        }
        ValidationErrorKind::MaxProperties { limit } => format!("must have at most {limit} fields"),
        ValidationErrorKind::UniqueItems => "must not hold the same item twice".to_owned(),
        ValidationErrorKind::Format { format } => format!("must be written as {format}"),
        ValidationErrorKind::Pattern { pattern } => {
            format!("must match {}", crate::client::shorten(pattern))
        }
        ValidationErrorKind::AnyOf { .. }
        | ValidationErrorKind::OneOfNotValid { .. }
        | ValidationErrorKind::OneOfMultipleValid { .. } => {
            "fits none of the shapes that are allowed here".to_owned()
        }
        ValidationErrorKind::FalseSchema => "is not allowed here".to_owned(),
        other => format!("does not hold to `{}`", other.keyword()),
    }
}

/// What a local reference (`#`, `#/$defs/row`) points to; `None` for every other reference.
#[must_use]
pub fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let pointer = reference.strip_prefix('#')?;
    root.pointer(pointer)
}

/// Whether a schema, or any JSON, is nested in more than `levels` levels.
#[must_use]
pub fn is_deeper_than(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else {
        return true;
    };
    match value {
        Value::Array(items) => items.iter().any(|item| is_deeper_than(item, below)),
        Value::Object(fields) => fields.values().any(|field| is_deeper_than(field, below)),
        _ => false,
    }
}

pub(crate) fn too_deep(owner: &str) -> Problem {
    Problem::new(
        codes::S959,
        format!(
            "The schema for {owner} is nested in more than {} levels.",
            limits::SCHEMA_DEPTH
        ),
    )
}

/// A JSON Pointer as a person writes a path: `/rows/0/id` is `rows[0].id`.
fn place(pointer: &str) -> String {
    let mut written = String::new();
    for part in pointer.split('/').skip(1) {
        let part = part.replace("~1", "/").replace("~0", "~");
        if part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            written.push('[');
            written.push_str(&part);
            written.push(']');
        } else {
            written = join(&written, &part);
        }
    }
    written
}

fn join(place: &str, name: &str) -> String {
    if place.is_empty() {
        name.to_owned()
    } else {
        format!("{place}.{name}")
    }
}

fn subject(place: &str) -> String {
    if place.is_empty() {
        "the whole".to_owned()
    } else {
        format!("`{place}`")
    }
}

fn expected(kind: &TypeKind) -> String {
    let names: Vec<&str> = match kind {
        TypeKind::Single(one) => vec![article(one.as_str())],
        TypeKind::Multiple(several) => several.iter().map(|one| article(one.as_str())).collect(),
    };
    names.join(" or ")
}

fn article(json_type: &str) -> &str {
    match json_type {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "a record",
        "null" => "nothing",
        other => other,
    }
}

fn noun(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(number) if number.is_f64() => "a number",
        Value::Number(_) => "a whole number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a record",
    }
}

fn listed(options: &Value) -> String {
    let shown: Vec<String> = options
        .as_array()
        .into_iter()
        .flatten()
        .take(12)
        .map(Value::to_string)
        .collect();
    crate::client::shorten(&shown.join(", "))
}
