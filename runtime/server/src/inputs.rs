//! The inputs of a run, as a person types them.
//!
//! Kept true here: what does not fit its type is refused before anything runs, with an example of what would.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sophia_compiler::Playbook;
use sophia_diagnostics::{Problem, codes};
use sophia_plan::json::{Border, from_json};
use sophia_plan::step::{Trigger, TriggerKind};
use sophia_plan::{Plan, Record, Type, Value};

use crate::serve::files::{brings, seen};

/// The inputs of a run from texts such as `threshold=80%`, with the playbook's defaults for the rest. `folder` is the
/// project's, in which a file is looked for that stands for what a trigger brings.
///
/// # Errors
/// When an input is unknown, does not fit its type, or is required and missing.
pub fn inputs(
    playbook: &Playbook,
    plan: &Plan,
    given: &BTreeMap<String, String>,
    folder: &Path,
) -> Result<Record, Problem> {
    let brought = brought(plan);
    for name in given.keys() {
        if brought.is_some_and(|(binding, _)| **binding == **name) {
            continue;
        }
        if !plan.inputs.iter().any(|input| &*input.name == name) {
            let known: Vec<_> = plan.inputs.iter().map(|input| &*input.name).collect();
            return Err(Problem::new(
                codes::S988,
                format!("`{}` has no input `{name}`.", playbook.name),
            )
            .with_help(if known.is_empty() {
                "it has no inputs at all".to_owned()
            } else {
                format!("its inputs are {}", known.join(", "))
            }));
        }
    }
    let mut fields = Vec::new();
    let by_hand = brought.is_some_and(|(binding, _)| given.contains_key(&**binding));
    for input in &plan.inputs {
        let mut filled = plan.triggers.iter().flat_map(|trigger| &trigger.with);
        if by_hand
            && !given.contains_key(&*input.name)
            && filled.any(|(name, _)| *name == input.name)
        {
            // The trigger fills it from what it brings.
            continue;
        }
        let value = match given.get(&*input.name) {
            Some(text) => read_input(text, &input.of).ok_or_else(|| {
                Problem::new(
                    codes::S988,
                    format!("The input `{}` cannot be `{text}`.", input.name),
                )
                .because(format!("it is of the type {}", input.of))
                .with_help(format!(
                    "for example --input {}={}",
                    input.name,
                    example(&input.of)
                ))
            })?,
            None => input.default.clone().ok_or_else(|| {
                Problem::new(
                    codes::S988,
                    format!("The input `{}` is required.", input.name),
                )
                .with_help(format!(
                    "add --input {}={}",
                    input.name,
                    example(&input.of)
                ))
            })?,
        };
        fields.push((input.name.clone(), value));
    }
    if let Some((binding, trigger)) = brought
        && let Some(text) = given.get(&**binding)
    {
        let value = match &trigger.kind {
            TriggerKind::File { .. } if !text.trim_start().starts_with('{') => {
                file(binding, text, folder)?
            }
            _ => read_brought(binding, text, &trigger.of)?,
        };
        fields.push((binding.clone(), value));
    }
    Ok(Record { fields })
}

/// The name under which the only trigger of a playbook brings something.
fn brought(plan: &Plan) -> Option<(&Arc<str>, &Trigger)> {
    match plan.triggers.as_slice() {
        [trigger] => Some((trigger.binding.as_ref()?, trigger)),
        _ => None,
    }
}

/// What a trigger brings, as JSON by hand.
fn read_brought(binding: &str, text: &str, of: &Type) -> Result<Value, Problem> {
    let value = serde_json::from_str(text)
        .map_err(|error| error.to_string())
        .and_then(|json| {
            from_json(&json, of, Border::Plain).map_err(|mismatch| mismatch.to_string())
        });
    value.map_err(|reason| {
        Problem::new(
            codes::S988,
            format!("What the trigger brings, `{binding}`, cannot be `{text}`."),
        )
        .because(reason)
        .with_help(format!(
            "write JSON, for example --input {binding}='{}'",
            example_json(of)
        ))
    })
}

/// A file of the project that is named by hand, as if it had just come.
fn file(binding: &str, path: &str, folder: &Path) -> Result<Value, Problem> {
    let unfit = |reason: String| {
        Problem::new(
            codes::S988,
            format!("What the trigger brings, `{binding}`, cannot be `{path}`."),
        )
        .because(reason)
        .with_help(format!(
            "name a file of the project, for example --input {binding}=inbox/a.csv"
        ))
    };
    let about = folder.join(path).metadata();
    let about = about.map_err(|error| unfit(error.to_string()))?;
    if !about.is_file() {
        return Err(unfit("it is no file".to_owned()));
    }
    Ok(brings(&seen(path.into(), &about)))
}

/// Reads an input as a person types it: a literal of the language, or a bare text.
#[must_use]
pub fn read_input(text: &str, of: &Type) -> Option<Value> {
    use sophia_language::phrases;
    let json = match of.present() {
        Type::Text | Type::Literals(_) | Type::Date | Type::Time | Type::Timestamp => {
            serde_json::Value::String(text.to_owned())
        }
        Type::Percent => {
            let phrases::Literal::Percent(digits) = phrases::percent(text).ok()? else {
                return None;
            };
            let share: f64 = digits.parse().ok()?;
            return Some(Value::Percent(share / 100.0));
        }
        Type::Money(currency) => {
            let phrases::Literal::Money {
                amount,
                currency: written,
            } = phrases::money(text).ok()?
            else {
                return None;
            };
            let amount = amount.parse().ok()?;
            return (written == *currency.0).then(|| Value::Money(amount, currency.clone()));
        }
        Type::Duration => {
            let phrases::Literal::Duration { milliseconds } = phrases::duration(text).ok()? else {
                return None;
            };
            return Some(Value::Duration(milliseconds));
        }
        _ => serde_json::from_str(text).ok()?,
    };
    from_json(&json, of, Border::Plain).ok()
}

fn example(of: &Type) -> String {
    match of.present() {
        Type::Percent => "70%".to_owned(),
        Type::Money(currency) => format!("\"5.00 {}\"", currency.0),
        Type::Duration => "\"30 days\"".to_owned(),
        Type::Date => "2026-11-22".to_owned(),
        Type::Boolean => "true".to_owned(),
        Type::Range { from, .. } => from.to_string(),
        Type::Integer => "5".to_owned(),
        Type::Number | Type::Decimal => "0.5".to_owned(),
        Type::Literals(texts) => texts.first().map(ToString::to_string).unwrap_or_default(),
        _ => "…".to_owned(),
    }
}

/// What a value of a type looks like in JSON.
fn example_json(of: &Type) -> serde_json::Value {
    use serde_json::json;
    match of.present() {
        Type::Record(record) => {
            let fields = record.fields.iter();
            let fields = fields.map(|field| (field.name.to_string(), example_json(&field.of)));
            serde_json::Value::Object(fields.collect())
        }
        Type::List(of) => json!([example_json(of)]),
        Type::Table(row) => json!([example_json(&Type::Record(row.clone()))]),
        Type::Percent | Type::Number | Type::Decimal => json!(0.5),
        Type::Money(_) => json!(5.00),
        Type::Boolean => json!(true),
        Type::Integer => json!(5),
        Type::Range { from, .. } => json!(from),
        Type::Timestamp => json!("2026-11-22T08:00:00Z"),
        Type::Time => json!("08:00"),
        of => json!(example(of)),
    }
}
