//! How much goes on at once, and how often, in the manifest.
//!
//! Kept true here: a limit is a whole number of at least one; what is not written is not limited.

use std::collections::BTreeMap;

use sophia_diagnostics::codes;
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, field, place};
use crate::query::nearest;

/// What a connection, a tool or a model has room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomSettings {
    /// `at_once = 4`
    pub at_once: Option<u32>,
    /// `limit = "10 per second"`: so many in so many seconds.
    pub limit: Option<(u32, u32)>,
}

/// `[limits]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitSettings {
    /// `runs_in_memory = 20000`
    pub runs_in_memory: Option<u32>,
    /// `steps_at_once = 64`
    pub steps_at_once: Option<u32>,
    /// `[limits.playbooks.NAME]`
    pub playbooks: BTreeMap<String, PlaybookLimitSettings>,
}

/// `[limits.playbooks.deal_hygiene]`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaybookLimitSettings {
    /// `at_once = 8`: runs.
    pub at_once: Option<u32>,
    /// `at_once_per = { deal_id = 1 }`: runs with one value of an input.
    pub at_once_per: BTreeMap<String, u32>,
    /// `priority = "high"`
    pub priority: PrioritySetting,
}

/// Who goes first where several playbooks wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrioritySetting {
    /// After the others.
    Low,
    /// As most do.
    #[default]
    Normal,
    /// Before the others.
    High,
}

/// The keys of a connection, a tool or a model that say what it has room for.
pub(super) const ROOM_KEYS: [&str; 2] = ["at_once", "limit"];

const PRIORITIES: [(&str, PrioritySetting); 3] = [
    ("low", PrioritySetting::Low),
    ("normal", PrioritySetting::Normal),
    ("high", PrioritySetting::High),
];

const UNITS: [(&str, u32); 4] = [
    ("second", 1),
    ("minute", 60),
    ("hour", 60 * 60),
    ("day", 24 * 60 * 60),
];

impl Reader<'_> {
    /// `at_once = 4` and `limit = "10 per second"`
    pub(super) fn room(&mut self, table: &DeTable<'_>) -> RoomSettings {
        RoomSettings {
            at_once: self.at_least_one(table, "at_once"),
            limit: self.rate(table),
        }
    }

    /// `[limits]`
    pub(super) fn limits(&mut self, root: &DeTable<'_>) -> LimitSettings {
        let Some(table) = field(root, "limits").and_then(|value| self.table(value, "limits"))
        else {
            return LimitSettings::default();
        };
        self.known(table, &["runs_in_memory", "steps_at_once", "playbooks"]);
        let mut playbooks = BTreeMap::new();
        for (name, _, inner) in self.tables(table, "playbooks") {
            self.known(inner, &["at_once", "at_once_per", "priority"]);
            let per = field(inner, "at_once_per")
                .and_then(|value| self.table(value, "at_once_per"))
                .map(|inputs| {
                    let names: Vec<String> =
                        inputs.keys().map(|key| key.get_ref().to_string()).collect();
                    let most = |name: String| {
                        let most = self.at_least_one(inputs, &name)?;
                        Some((name, most))
                    };
                    names.into_iter().filter_map(most).collect()
                });
            let settings = PlaybookLimitSettings {
                at_once: self.at_least_one(inner, "at_once"),
                at_once_per: per.unwrap_or_default(),
                priority: self.priority(inner),
            };
            playbooks.insert(name, settings);
        }
        LimitSettings {
            runs_in_memory: self.at_least_one(table, "runs_in_memory"),
            steps_at_once: self.at_least_one(table, "steps_at_once"),
            playbooks,
        }
    }

    fn at_least_one(&mut self, table: &DeTable<'_>, name: &str) -> Option<u32> {
        let value = field(table, name)?;
        let number = match value.get_ref() {
            DeValue::Integer(integer) => {
                u32::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            _ => None,
        };
        let number = number.filter(|number| *number > 0);
        if number.is_none() {
            self.report(
                codes::S912,
                place(value),
                format!("`{name}` must be a whole number of at least 1."),
            );
        }
        number
    }

    fn rate(&mut self, table: &DeTable<'_>) -> Option<(u32, u32)> {
        let value = field(table, "limit")?;
        let written = self.text(table, "limit")?;
        let rate = read_rate(&written);
        if rate.is_none() {
            self.report(
                codes::S915,
                place(value),
                format!("`{written}` is no limit."),
            )
            .notes
            .push(
                "known: `10 per second`, `100 per minute`, `1000 per day`, `20 per 10 seconds`"
                    .to_owned(),
            );
        }
        rate
    }

    fn priority(&mut self, table: &DeTable<'_>) -> PrioritySetting {
        let Some(value) = field(table, "priority") else {
            return PrioritySetting::default();
        };
        let Some(written) = self.text(table, "priority") else {
            return PrioritySetting::default();
        };
        if let Some((_, priority)) = PRIORITIES.iter().find(|(name, _)| *name == written) {
            return *priority;
        }
        let names = PRIORITIES.iter().map(|(name, _)| *name);
        let near = nearest(&written, names).map(ToOwned::to_owned);
        let note = match near {
            Some(near) => format!("write `{near}`"),
            None => "one of low, normal, high".to_owned(),
        };
        self.report(
            codes::S915,
            place(value),
            format!("There is no priority `{written}`."),
        )
        .notes
        .push(note);
        PrioritySetting::default()
    }
}

/// `10 per second`, `20 per 10 seconds`
fn read_rate(written: &str) -> Option<(u32, u32)> {
    let mut words = written.split_whitespace();
    let most: u32 = words.next()?.parse().ok().filter(|most| *most > 0)?;
    if words.next()? != "per" {
        return None;
    }
    let next = words.next()?;
    let (count, unit) = match next.parse::<u32>() {
        Ok(count) => (count, words.next()?),
        Err(_) => (1, next),
    };
    if words.next().is_some() || count == 0 {
        return None;
    }
    let one = unit.strip_suffix('s').unwrap_or(unit);
    let (_, seconds) = UNITS.iter().find(|(name, _)| *name == one)?;
    Some((most, seconds.checked_mul(count)?))
}
