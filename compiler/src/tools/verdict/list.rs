//! What a schema says about lists.

use serde_json::{Map, Value as Json};

use super::complaint::{Kind, Place};
use super::scalar::same;
use super::text::{count, whole};
use super::{Judge, Verdict};
use crate::tools::seen::Seen;

impl Judge<'_> {
    pub(super) fn list(
        &self,
        object: &Map<String, Json>,
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        match seen {
            Seen::Array(items) => self.written_list(object, items, seen, path),
            Seen::Many(item) => self.any_list(object, item, path),
            _ => Verdict::Holds,
        }
    }

    fn written_list(
        &self,
        object: &Map<String, Json>,
        items: &[Seen],
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let before = object.get("prefixItems").and_then(Json::as_array);
        let mut verdict = Verdict::Holds;
        for (index, item) in items.iter().enumerate() {
            let of = before
                .and_then(|schemas| schemas.get(index))
                .or_else(|| object.get("items"));
            let Some(of) = of else { continue };
            path.push(Place::Item(index));
            verdict = verdict.and(self.schema(of, item, path));
            path.pop();
        }
        let length = items.len() as u64;
        if let Some(most) = whole(object.get("maxItems"))
            && length > most
        {
            let rule = format!("at most {}, and these are {length}", count(most, "item"));
            verdict = verdict.and(Verdict::refused(path, Kind::Rule(rule), seen));
        }
        if let Some(least) = whole(object.get("minItems"))
            && length < least
        {
            let rule = format!("at least {}, and these are {length}", count(least, "item"));
            verdict = verdict.and(Verdict::refused(path, Kind::Rule(rule), seen));
        }
        verdict
            .and(unique(object, items, seen, path))
            .and(self.contains(object, items, seen, path))
    }

    /// A list of which only the items' kind is known.
    fn any_list(&self, object: &Map<String, Json>, item: &Seen, path: &mut Vec<Place>) -> Verdict {
        let counted = [
            "maxItems",
            "minItems",
            "uniqueItems",
            "contains",
            "prefixItems",
        ]
        .iter()
        .any(|word| object.contains_key(*word));
        let verdict = match object.get("items") {
            Some(of) => {
                path.push(Place::Items);
                let verdict = item
                    .ways()
                    .iter()
                    .map(|way| self.schema(of, way, path))
                    .fold(Verdict::Holds, Verdict::and);
                path.pop();
                verdict
            }
            None => Verdict::Holds,
        };
        if counted {
            verdict.and(Verdict::Later)
        } else {
            verdict
        }
    }

    fn contains(
        &self,
        object: &Map<String, Json>,
        items: &[Seen],
        seen: &Seen,
        path: &mut Vec<Place>,
    ) -> Verdict {
        let Some(wanted) = object.get("contains") else {
            return Verdict::Holds;
        };
        let (mut sure, mut possible) = (0_u64, 0_u64);
        for item in items {
            match self.schema(wanted, item, path) {
                Verdict::Holds => {
                    sure += 1;
                    possible += 1;
                }
                Verdict::Refused(_) => {}
                Verdict::Later | Verdict::Unproven(_) => possible += 1,
            }
        }
        let least = whole(object.get("minContains")).unwrap_or(1);
        let most = whole(object.get("maxContains")).unwrap_or(u64::MAX);
        if possible < least || sure > most {
            let rule = "a list with other items among them".to_owned();
            return Verdict::refused(path, Kind::Rule(rule), seen);
        }
        if sure >= least && possible <= most {
            Verdict::Holds
        } else {
            Verdict::Later
        }
    }
}

fn unique(object: &Map<String, Json>, items: &[Seen], seen: &Seen, path: &[Place]) -> Verdict {
    if object.get("uniqueItems") != Some(&Json::Bool(true)) || items.len() < 2 {
        return Verdict::Holds;
    }
    let known: Vec<Option<Json>> = items.iter().map(Seen::constant).collect();
    for (index, item) in known.iter().enumerate() {
        let Some(item) = item else { continue };
        let again = known
            .iter()
            .take(index)
            .flatten()
            .any(|earlier| same(earlier, item));
        if again {
            let rule = format!("no item twice, and {item} is there again");
            return Verdict::refused(path, Kind::Rule(rule), seen);
        }
    }
    if known.iter().all(Option::is_some) {
        Verdict::Holds
    } else {
        Verdict::Later
    }
}
