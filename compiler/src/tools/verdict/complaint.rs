//! What a schema has against a value, in an analyst's words.

use serde_json::Value as Json;
use sophia_plan::types::Type;

use crate::tools::seen::Seen;

/// A part of a value: a field by the schema's name, an item by its index, any item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tools) enum Place {
    Field(String),
    Item(usize),
    Items,
}

/// One complaint, and the part that it is about.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tools) struct Complaint {
    pub(in crate::tools) path: Vec<Place>,
    pub(in crate::tools) kind: Kind,
    pub(in crate::tools) found: Found,
}

/// What stood there.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tools) enum Found {
    /// This value, as it is written.
    Written(Json, Type),
    /// This value may come, since the type allows it.
    Possible(Json, Type),
    /// A value of this type.
    Of(Type),
    List,
    Record,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::tools) enum Kind {
    /// Another kind of value is wanted, in words: `a text`, `a date`.
    Type(String),
    /// One of these is wanted.
    Choice(Vec<Json>),
    /// A number between these, both in words and both included.
    Between(String, String),
    /// A rule in words that continue `takes …`.
    Rule(String),
    /// These fields are missing.
    Lacks(Vec<String>),
    /// A field that is not taken, and those that are.
    Extra(String, Vec<String>),
    /// One field calls for others that are missing.
    Depends(String, Vec<String>),
    /// Nothing may stand here.
    Nothing,
    /// It fits what is excluded, or several of what only one may fit.
    Excluded,
    /// It may be missing, and a value is wanted.
    Missing,
}

impl Complaint {
    pub(super) fn new(path: &[Place], kind: Kind, found: &Seen) -> Self {
        let found = match found {
            Seen::Value(json, of @ (Type::Literals(_) | Type::Optional(_))) => {
                Found::Possible(json.clone(), of.clone())
            }
            Seen::Value(json, of) => Found::Written(json.clone(), of.clone()),
            Seen::Of(of) => Found::Of(of.clone()),
            Seen::Object(_) => Found::Record,
            Seen::Array(_) | Seen::Many(_) => Found::List,
            Seen::Either(_) => Found::Of(Type::Unknown),
        };
        Self {
            path: path.to_vec(),
            kind,
            found,
        }
    }

    /// The field of the whole that this is about, and the complaint seen from there. `None` where it is
    /// about the whole.
    pub(in crate::tools) fn within(&self) -> Option<(String, Self)> {
        match self.path.split_first() {
            Some((Place::Field(name), rest)) => Some((
                name.clone(),
                Self {
                    path: rest.to_vec(),
                    ..self.clone()
                },
            )),
            _ => None,
        }
    }

    /// Whether another kind of value is wanted altogether.
    pub(super) fn is_type(&self) -> bool {
        matches!(self.kind, Kind::Type(_))
    }
}

/// The same complaint about the same part is told once. A misspelt field is one mistake: the one that it
/// stands for is not missing as well.
pub(super) fn without_repeats(all: Vec<Complaint>) -> Vec<Complaint> {
    let mut kept: Vec<Complaint> = Vec::with_capacity(all.len());
    for complaint in all {
        let again = kept
            .iter()
            .any(|known| known.path == complaint.path && known.kind == complaint.kind);
        if !again {
            kept.push(complaint);
        }
    }
    let misspelt: Vec<Vec<Place>> = kept
        .iter()
        .filter(|complaint| matches!(complaint.kind, Kind::Extra(..)))
        .map(|complaint| complaint.path.clone())
        .collect();
    kept.retain(|complaint| {
        !matches!(complaint.kind, Kind::Lacks(_)) || !misspelt.contains(&complaint.path)
    });
    kept
}

/// Values as people list them: `"open", "won" or "lost"`.
pub(in crate::tools) fn list_of(values: &[Json]) -> String {
    const MOST: usize = 12;
    let shown: Vec<String> = values.iter().take(MOST).map(ToString::to_string).collect();
    if values.len() > MOST {
        return format!("{} and {} more", shown.join(", "), values.len() - MOST);
    }
    match shown.split_last() {
        None => "nothing".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}
