//! From the text of a model's reply to a value of the declared type, or the reason why not.
//!
//! Kept true here: a value is accepted only if it fits the schema and could be read in one way only.

mod lenient;
mod strict;

use std::fmt::Write as _;

use jsonschema::Validator;
use serde_json::Value;

pub use lenient::Repair;
use lenient::{Broken, Found};
use strict::{Strict, WRAPPER, drop_empty, strict};

/// Longer replies are not read.
const LONGEST: usize = 1 << 20;
/// A reply with more places where JSON might begin is not searched to its end.
const MOST_PLACES: usize = 64;

/// Reads replies for one schema.
#[derive(Debug)]
pub struct ReplyReader {
    original: Value,
    strict: Strict,
    fits: Validator,
    complete: Option<Validator>,
}

/// A reply that fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The value, of the original schema.
    pub value: Value,
    /// The liberties that the text took with JSON.
    pub repairs: Vec<Repair>,
}

impl ReplyReader {
    /// Prepares for a JSON Schema.
    ///
    /// # Errors
    /// The schema is not one; the text says why.
    pub fn new(schema: &Value) -> Result<Self, String> {
        let fits = jsonschema::validator_for(schema).map_err(|error| error.to_string())?;
        let strict = strict(schema);
        let complete = if strict.closed {
            jsonschema::validator_for(&strict.schema).ok()
        } else {
            None
        };
        Ok(Self {
            original: schema.clone(),
            strict,
            fits,
            complete,
        })
    }

    /// The schema to send with a request.
    #[must_use]
    pub fn strict_schema(&self) -> &Value {
        &self.strict.schema
    }

    /// Reads a reply.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub fn read(&self, text: &str) -> Result<Reply, String> {
        if text.len() > LONGEST {
            return Err("the reply is longer than a million characters".to_owned());
        }
        // What a model thinks aloud is not its answer.
        let answer = text.rfind("</think>").map_or(0, |at| at + "</think>".len());
        // Blanks at the end stay: they show that a number before them is whole.
        let text = text.get(answer..).unwrap_or("").trim_start();
        if text.is_empty() {
            return Err("the reply is empty".to_owned());
        }
        let mut fitting: Option<Reply> = None;
        let mut reason = None;
        for found in candidates(text)? {
            match self.fit(found) {
                Ok(reply) => match &fitting {
                    Some(other) if other.value != reply.value => {
                        return Err("the reply holds two different answers".to_owned());
                    }
                    _ => fitting = Some(reply),
                },
                Err(misfit) => reason = reason.or(Some(misfit)),
            }
        }
        fitting.ok_or_else(|| reason.unwrap_or_else(|| "the reply holds no JSON".to_owned()))
    }

    fn fit(&self, found: Found) -> Result<Reply, String> {
        let Found {
            mut value, repairs, ..
        } = found;
        if repairs.contains(&Repair::CutOff)
            && !self
                .complete
                .as_ref()
                .is_some_and(|complete| complete.is_valid(&value))
        {
            return Err("the reply breaks off before its end".to_owned());
        }
        if self.strict.wrapped
            && let Value::Object(members) = &mut value
            && members.len() == 1
            && let Some(inner) = members.remove(WRAPPER)
        {
            value = inner;
        }
        drop_empty(&mut value, &self.original, &self.original);
        let misfits = misfits(&self.fits, &value);
        if misfits.is_empty() {
            Ok(Reply {
                value,
                repairs: repairs.into_iter().collect(),
            })
        } else {
            Err(misfits)
        }
    }
}

/// Every value that stands in a text outside other values.
fn candidates(text: &str) -> Result<Vec<Found>, String> {
    match lenient::read(text, 0) {
        Ok(found)
            if text
                .get(found.end..)
                .is_some_and(|rest| rest.trim().is_empty()) =>
        {
            return Ok(vec![found]);
        }
        Err(broken) if broken.begun => return Err(in_words(&broken)),
        _ => {}
    }
    let mut values = Vec::new();
    let mut first_broken = None;
    let mut from = 0;
    for _ in 0..MOST_PLACES {
        let Some(at) = text.get(from..).and_then(|rest| rest.find(['{', '['])) else {
            return match first_broken {
                Some(broken) if values.is_empty() => Err(in_words(&broken)),
                _ => Ok(values),
            };
        };
        match lenient::read(text, from + at) {
            Ok(mut found) => {
                from = found.end;
                found.repairs.insert(Repair::Surroundings);
                values.push(found);
            }
            // A value that broke in its middle must not lend its inner parts as answers.
            Err(broken) if broken.begun => return Err(in_words(&broken)),
            Err(broken) => {
                from = broken.at.max(from + at + 1);
                first_broken = first_broken.or(Some(broken));
            }
        }
    }
    Err("the reply holds no single JSON value".to_owned())
}

/// Whether a text that is still being written holds a whole record already.
pub(crate) fn holds_whole_value(text: &str) -> bool {
    let answer = match (text.find("<think>"), text.rfind("</think>")) {
        (Some(_), None) => return false,
        (_, end) => text.get(end.unwrap_or(0)..).unwrap_or(""),
    };
    answer.find('{').is_some_and(|at| {
        lenient::read(answer, at).is_ok_and(|found| !found.repairs.contains(&Repair::CutOff))
    })
}

fn in_words(broken: &Broken) -> String {
    format!("the reply is not whole JSON: {}", broken.reason)
}

/// The first misfits in words, or an empty text.
fn misfits(validator: &Validator, value: &Value) -> String {
    const SHOWN: usize = 3;
    let mut words = String::new();
    for (index, error) in validator.iter_errors(value).take(SHOWN).enumerate() {
        if index > 0 {
            words.push_str("; ");
        }
        let path = error.instance_path().to_string();
        let path = path.trim_start_matches('/').replace('/', ".");
        if !path.is_empty() {
            let _ = write!(words, "`{path}`: ");
        }
        words.extend(error.to_string().chars().take(200));
    }
    words
}
