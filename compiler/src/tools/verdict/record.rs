//! What a schema says about records: which fields there are, which must be, and what stands in them.

use serde_json::{Map, Value as Json};

use super::complaint::{Kind, Place};
use super::text::{count, matches, whole};
use super::{Judge, Verdict};
use crate::tools::seen::{Field, Presence, Seen};

impl Judge<'_> {
    pub(super) fn record(
        &self,
        object: &Map<String, Json>,
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let Seen::Object(fields) = seen else {
            return Verdict::Holds;
        };
        let mut verdict = Verdict::Holds;
        for field in fields {
            verdict = verdict.and(self.field(object, field, seen, path));
        }
        verdict
            .and(required(object, fields, seen, path))
            .and(size(object, fields, seen, path))
            .and(self.dependents(object, fields, seen, path))
    }

    fn field(
        &self,
        object: &Map<String, Json>,
        field: &Field,
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let part = |word: &str| object.get(word).and_then(Json::as_object);
        let mut verdict = Verdict::Holds;
        let mut known = false;
        let judge = |schema: &Json, path: &mut Vec<Place>| {
            path.push(Place::Field(field.name.clone()));
            let verdict = self.schema(schema, &field.value, path);
            path.pop();
            verdict
        };
        if let Some(schema) = part("properties").and_then(|all| all.get(&field.name)) {
            known = true;
            verdict = verdict.and(judge(schema, path));
        }
        for (pattern, schema) in part("patternProperties").into_iter().flatten() {
            match matches(pattern, &field.name) {
                Some(true) => {
                    known = true;
                    verdict = verdict.and(judge(schema, path));
                }
                Some(false) => {}
                None => {
                    known = true;
                    verdict = verdict.and(Verdict::Later);
                }
            }
        }
        if !known {
            match object.get("additionalProperties") {
                None | Some(Json::Bool(true)) => {}
                Some(Json::Bool(false)) => {
                    let names = part("properties")
                        .into_iter()
                        .flat_map(|all| all.keys().cloned())
                        .collect();
                    let kind = Kind::Extra(field.name.clone(), names);
                    let refused = Verdict::refused(path, kind, seen);
                    verdict = verdict.and(match field.presence {
                        Presence::Sure => refused,
                        Presence::Maybe => Verdict::Later,
                    });
                }
                Some(schema) => verdict = verdict.and(judge(schema, path)),
            }
        }
        if let Some(names) = object.get("propertyNames") {
            let name = Seen::of_json(&Json::from(field.name.clone()));
            path.push(Place::Field(field.name.clone()));
            verdict = verdict.and(self.schema(names, &name, path));
            path.pop();
        }
        verdict
    }

    /// `dependentRequired` and `dependentSchemas`
    fn dependents(
        &self,
        object: &Map<String, Json>,
        fields: &[Field],
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let part = |word: &str| object.get(word).and_then(Json::as_object);
        let mut verdict = Verdict::Holds;
        for field in fields {
            if let Some(needed) = part("dependentRequired")
                .and_then(|all| all.get(&field.name))
                .and_then(Json::as_array)
            {
                let (missing, maybe) = absent(needed, fields);
                let kind = Kind::Depends(field.name.clone(), missing.clone());
                verdict = verdict.and(match (missing.is_empty(), maybe, field.presence) {
                    (true, false, _) => Verdict::Holds,
                    (false, _, Presence::Sure) => Verdict::refused(path, kind, seen),
                    _ => Verdict::Later,
                });
            }
            if let Some(schema) = part("dependentSchemas").and_then(|all| all.get(&field.name)) {
                let of_all = self.schema(schema, seen, path);
                verdict = verdict.and(match field.presence {
                    Presence::Sure => of_all,
                    Presence::Maybe => Verdict::Later,
                });
            }
        }
        verdict
    }
}

/// Which of some names are no fields, and whether some may turn out to be none.
fn absent(needed: &[Json], fields: &[Field]) -> (Vec<String>, bool) {
    let mut missing = Vec::new();
    let mut maybe = false;
    for name in needed.iter().filter_map(Json::as_str) {
        match fields.iter().find(|field| field.name == name) {
            None => missing.push(name.to_owned()),
            Some(field) => maybe |= field.presence == Presence::Maybe,
        }
    }
    (missing, maybe)
}

fn required(object: &Map<String, Json>, fields: &[Field], seen: &Seen, path: &[Place]) -> Verdict {
    let Some(needed) = object.get("required").and_then(Json::as_array) else {
        return Verdict::Holds;
    };
    let (missing, maybe) = absent(needed, fields);
    if !missing.is_empty() {
        return Verdict::refused(path, Kind::Lacks(missing), seen);
    }
    if maybe {
        Verdict::Later
    } else {
        Verdict::Holds
    }
}

fn size(object: &Map<String, Json>, fields: &[Field], seen: &Seen, path: &[Place]) -> Verdict {
    let most = fields.len() as u64;
    let least = fields
        .iter()
        .filter(|field| field.presence == Presence::Sure)
        .count() as u64;
    let upper = whole(object.get("maxProperties")).unwrap_or(u64::MAX);
    let lower = whole(object.get("minProperties")).unwrap_or(0);
    if least > upper {
        let rule = format!("at most {}, and these are {least}", count(upper, "field"));
        return Verdict::refused(path, Kind::Rule(rule), seen);
    }
    if most < lower {
        let rule = format!("at least {}, and these are {most}", count(lower, "field"));
        return Verdict::refused(path, Kind::Rule(rule), seen);
    }
    if most > upper || least < lower {
        return Verdict::Later;
    }
    Verdict::Holds
}
