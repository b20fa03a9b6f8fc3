//! Whether a value fits a JSON Schema (2020-12), as far as it is known before a run.
//!
//! Kept true here: of a value that is fixed the verdict is the schema's own, held against another
//! validator by a test; of one that is not, nothing is refused that some run could send rightly.

mod choices;
mod complaint;
mod format;
mod list;
mod number;
mod record;
mod scalar;
mod text;

#[cfg(test)]
mod tests;

use std::cell::Cell;

use serde_json::{Map, Value as Json};
use sophia_plan::types::Type;

pub(super) use complaint::{Complaint, Found, Kind, Place, list_of};

use super::schema::resolve;
use super::seen::Seen;

/// A schema whose parts multiply is followed this far.
const MOST_LOOKS: u32 = 20_000;

/// Parts of a schema that stand deeper in each other are not followed.
const DEEPEST: u32 = 96;

/// How a value stands to a schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// Every value that may come fits.
    Holds,
    /// Whether it fits shows when the value is there.
    Later,
    /// It may not fit, and the playbook can show that it does.
    Unproven(Vec<Complaint>),
    /// No value that may come fits.
    Refused(Vec<Complaint>),
}

impl Verdict {
    fn refused(path: &[Place], kind: Kind, found: &Seen) -> Self {
        Self::Refused(vec![Complaint::new(path, kind, found)])
    }

    fn unproven(path: &[Place], kind: Kind, found: &Seen) -> Self {
        Self::Unproven(vec![Complaint::new(path, kind, found)])
    }

    /// Both must hold.
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Refused(mut all), Self::Refused(more) | Self::Unproven(more))
            | (Self::Unproven(more), Self::Refused(mut all)) => {
                all.extend(more.into_iter().filter(|one| !one.is_type()));
                Self::Refused(all)
            }
            (refused @ Self::Refused(_), _) | (_, refused @ Self::Refused(_)) => refused,
            (Self::Unproven(mut all), Self::Unproven(more)) => {
                all.extend(more);
                Self::Unproven(all)
            }
            (unproven @ Self::Unproven(_), _) | (_, unproven @ Self::Unproven(_)) => unproven,
            (Self::Later, _) | (_, Self::Later) => Self::Later,
            (Self::Holds, Self::Holds) => Self::Holds,
        }
    }
}

/// Judges a value by a schema. `root` is the document that `$ref` points into; other documents are never
/// fetched.
pub(super) fn judge(schema: &Json, root: &Json, seen: &Seen) -> Verdict {
    let judge = Judge {
        root,
        looks_left: Cell::new(MOST_LOOKS),
        depth: Cell::new(0),
    };
    let mut verdict = Verdict::Holds;
    for way in seen.ways() {
        let of_way = judge.schema(schema, &way, &mut Vec::new());
        verdict = verdict.and(of_way);
    }
    match verdict {
        Verdict::Refused(all) => Verdict::Refused(complaint::without_repeats(all)),
        Verdict::Unproven(all) => Verdict::Unproven(complaint::without_repeats(all)),
        other => other,
    }
}

/// One judgement.
struct Judge<'s> {
    root: &'s Json,
    looks_left: Cell<u32>,
    depth: Cell<u32>,
}

impl Judge<'_> {
    fn schema(&self, schema: &Json, seen: &Seen, path: &mut Vec<Place>) -> Verdict {
        let (left, depth) = (self.looks_left.get(), self.depth.get());
        if left == 0 || depth > DEEPEST {
            return Verdict::Later;
        }
        self.looks_left.set(left - 1);
        self.depth.set(depth + 1);
        let verdict = self.part(schema, seen, path);
        self.depth.set(depth);
        verdict
    }

    fn part(&self, schema: &Json, seen: &Seen, path: &mut Vec<Place>) -> Verdict {
        let object = match schema {
            Json::Bool(true) => return Verdict::Holds,
            Json::Bool(false) => return Verdict::refused(path, Kind::Nothing, seen),
            Json::Object(object) => object,
            _ => return Verdict::Later,
        };
        if let Seen::Either(parts) = seen {
            let ways = parts.iter().map(|part| self.schema(schema, part, path));
            return ways.fold(Verdict::Holds, Verdict::and);
        }
        if matches!(seen, Seen::Of(Type::Unknown)) {
            return Verdict::Later;
        }
        let own = scalar::kinds(object, seen, path);
        // What is of another kind altogether is one mistake; the rest of the schema speaks of its own kind.
        if matches!(own, Verdict::Refused(_)) {
            return own;
        }
        let own = own
            .and(scalar::allowed(object, seen, path))
            .and(number::bounds(object, seen, path))
            .and(text::rules(object, seen, path))
            .and(self.list(object, seen, path))
            .and(self.record(object, seen, path));
        own.and(self.reference(object, seen, path))
            .and(self.choices(object, seen, path))
            .and(beyond(object, seen))
    }

    fn reference(&self, object: &Map<String, Json>, seen: &Seen, path: &mut Vec<Place>) -> Verdict {
        match object.get("$ref").and_then(Json::as_str) {
            None => Verdict::Holds,
            Some(reference) => match resolve(reference, self.root) {
                Some(target) => self.schema(target, seen, path),
                None => Verdict::Later,
            },
        }
    }
}

/// Words that are not followed here.
fn beyond(object: &Map<String, Json>, seen: &Seen) -> Verdict {
    let words: &[&str] = match seen {
        Seen::Object(_) => &[
            "unevaluatedProperties",
            "$dynamicRef",
            "$recursiveRef",
            "dependencies",
        ],
        Seen::Array(_) | Seen::Many(_) => &["unevaluatedItems", "$dynamicRef", "$recursiveRef"],
        _ => &["$dynamicRef", "$recursiveRef"],
    };
    let open = |word: &&str| {
        object
            .get(*word)
            .is_some_and(|value| *value != Json::Bool(true))
    };
    if words.iter().any(open) {
        Verdict::Later
    } else {
        Verdict::Holds
    }
}
