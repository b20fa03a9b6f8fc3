//! `allOf`, `anyOf`, `oneOf`, `not`, and `if … then … else`.

use serde_json::{Map, Value as Json};

use super::complaint::{Complaint, Kind, Place};
use super::{Judge, Verdict};
use crate::tools::seen::Seen;

impl Judge<'_> {
    pub(super) fn choices(
        &self,
        object: &Map<String, Json>,
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let list = |word: &str| object.get(word).and_then(Json::as_array);
        let mut verdict = Verdict::Holds;
        for schema in list("allOf").into_iter().flatten() {
            verdict = verdict.and(self.schema(schema, seen, path));
        }
        if let Some(schemas) = list("anyOf") {
            verdict = verdict.and(self.any_of(schemas, seen, path));
        }
        if let Some(schemas) = list("oneOf") {
            verdict = verdict.and(self.one_of(schemas, seen, path));
        }
        if let Some(schema) = object.get("not") {
            verdict = verdict.and(match self.schema(schema, seen, path) {
                Verdict::Holds => Verdict::refused(path, Kind::Excluded, seen),
                Verdict::Refused(_) if seen.constant().is_some() => Verdict::Holds,
                _ => Verdict::Later,
            });
        }
        if let Some(condition) = object.get("if") {
            verdict = verdict.and(self.conditional(condition, object, seen, path));
        }
        verdict
    }

    fn any_of(&self, schemas: &[Json], seen: &Seen, path: &mut Vec<Place>) -> Verdict {
        let verdicts = schemas
            .iter()
            .map(|schema| self.schema(schema, seen, path))
            .collect();
        best(verdicts, seen, path)
    }

    fn one_of(&self, schemas: &[Json], seen: &Seen, path: &mut Vec<Place>) -> Verdict {
        let verdicts: Vec<Verdict> = schemas
            .iter()
            .map(|schema| self.schema(schema, seen, path))
            .collect();
        let sure = verdicts
            .iter()
            .filter(|verdict| **verdict == Verdict::Holds)
            .count();
        let refused = verdicts
            .iter()
            .filter(|verdict| matches!(verdict, Verdict::Refused(_)))
            .count();
        match sure {
            0 => best(verdicts, seen, path),
            1 if refused + 1 == verdicts.len() => Verdict::Holds,
            1 => Verdict::Later,
            _ => Verdict::refused(path, Kind::Excluded, seen),
        }
    }

    fn conditional(
        &self,
        condition: &Json,
        object: &Map<String, Json>,
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let mut branch = |word: &str| {
            object
                .get(word)
                .map_or(Verdict::Holds, |schema| self.schema(schema, seen, path))
        };
        let (then, otherwise) = (branch("then"), branch("else"));
        match self.schema(condition, seen, path) {
            Verdict::Holds => then,
            Verdict::Refused(_) if seen.constant().is_some() => otherwise,
            _ => match (then, otherwise) {
                (Verdict::Holds, Verdict::Holds) => Verdict::Holds,
                (Verdict::Refused(all), Verdict::Refused(_)) => Verdict::Refused(all),
                _ => Verdict::Later,
            },
        }
    }
}

/// The verdict of several of which one must hold.
fn best(verdicts: Vec<Verdict>, seen: &Seen, path: &[Place]) -> Verdict {
    if verdicts.contains(&Verdict::Holds) {
        return Verdict::Holds;
    }
    if verdicts.is_empty() || verdicts.contains(&Verdict::Later) {
        return Verdict::Later;
    }
    let mut unproven = Vec::new();
    let mut refused = Vec::new();
    for verdict in verdicts {
        match verdict {
            Verdict::Unproven(all) => unproven.push(all),
            Verdict::Refused(all) => refused.push(all),
            Verdict::Holds | Verdict::Later => {}
        }
    }
    if unproven.is_empty() {
        Verdict::Refused(nearest(refused, seen, path))
    } else {
        Verdict::Unproven(nearest(unproven, seen, path))
    }
}

/// Of what several alternatives say: choices together, else the one that got the furthest.
fn nearest(mut all: Vec<Vec<Complaint>>, seen: &Seen, path: &[Place]) -> Vec<Complaint> {
    let is_type_here = |complaints: &Vec<Complaint>| {
        complaints
            .iter()
            .any(|one| one.is_type() && one.path == path)
    };
    if all.iter().any(|complaints| !is_type_here(complaints)) {
        all.retain(|complaints| !is_type_here(complaints));
    } else {
        let wanted: Vec<String> = all
            .iter()
            .flatten()
            .filter_map(|complaint| match &complaint.kind {
                Kind::Type(wanted) => Some(wanted.clone()),
                _ => None,
            })
            .fold(Vec::new(), |mut kept, wanted| {
                if !kept.contains(&wanted) && wanted != "`none`" {
                    kept.push(wanted);
                }
                kept
            });
        return vec![Complaint::new(path, Kind::Type(wanted.join(" or ")), seen)];
    }
    // A missing value is taken by none of them: that is what to say.
    if let Some(missing) = all
        .iter()
        .flatten()
        .find(|complaint| complaint.kind == Kind::Missing)
    {
        return vec![missing.clone()];
    }
    let choices: Option<Vec<Json>> = all
        .iter()
        .map(|complaints| match complaints.as_slice() {
            [
                Complaint {
                    kind: Kind::Choice(values),
                    path: at,
                    ..
                },
            ] if at == path => Some(values.clone()),
            _ => None,
        })
        .collect::<Option<Vec<_>>>()
        .map(|lists| lists.into_iter().flatten().collect());
    if let Some(values) = choices {
        return vec![Complaint::new(path, Kind::Choice(values), seen)];
    }
    // What decides between the alternatives is a fixed field: where it fits, that one is meant.
    all.sort_by_key(|complaints| {
        let wrong_choice = complaints
            .iter()
            .any(|one| matches!(one.kind, Kind::Choice(_)));
        (wrong_choice, complaints.len())
    });
    all.into_iter().next().unwrap_or_default()
}
