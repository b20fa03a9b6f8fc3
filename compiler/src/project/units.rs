//! `[units]`: what the plain numbers of outside systems mean.

use sophia_plan::types::{Currency, Type};

use super::Manifest;

/// A unit of a column or an argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    /// The type that the playbook sees.
    pub of: Type,
    /// `percent as 15`: outside, 15 % is written 15 and not 0.15.
    pub as_whole_number: bool,
    /// As the manifest writes it.
    pub written: String,
}

impl Unit {
    /// Reads `money`, `money USD`, `percent`, `percent as 15`. `money in COLUMN` is known but has no
    /// type of its own: its currency stands in each row. `None` for anything else.
    #[must_use]
    pub fn parse(text: &str, currency: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let money = |code: &str| Type::Money(Currency(code.into()));
        let (of, as_whole_number) = match words.as_slice() {
            ["money"] => (money(currency), false),
            ["money", code] if is_currency(code) => (money(code), false),
            ["money", "in", _] => (Type::Decimal, false),
            ["percent"] | ["percent", "as", "0.15"] => (Type::Percent, false),
            ["percent", "as", "15"] => (Type::Percent, true),
            _ => return None,
        };
        Some(Self {
            of,
            as_whole_number,
            written: words.join(" "),
        })
    }

    /// Whether values cross the border with this unit. The others would change the number on its way;
    /// that is not there yet, so they stay plain numbers, and the checker warns where one is used.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !self.as_whole_number && matches!(self.of, Type::Money(_) | Type::Percent)
    }
}

/// Three capital letters.
pub(super) fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.chars().all(|c| c.is_ascii_uppercase())
}

impl Manifest {
    /// The unit of a column, where the manifest gives one. `table` may carry a schema that the manifest
    /// leaves out.
    #[must_use]
    pub fn column_unit(&self, connection: &str, table: &str, column: &str) -> Option<Unit> {
        if self.units.is_empty() {
            return None;
        }
        let short = table.rsplit('.').next().unwrap_or(table);
        [table, short]
            .into_iter()
            .find_map(|table| self.unit(&format!("{connection}.{table}.{column}")))
    }

    /// The unit of a tool's argument, where the manifest gives one.
    #[must_use]
    pub fn argument_unit(&self, tool: &str, call: &str, argument: &str) -> Option<Unit> {
        self.unit(&format!("{tool}.{call}.{argument}"))
    }

    fn unit(&self, path: &str) -> Option<Unit> {
        self.units
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(path))
            .and_then(|(_, text)| Unit::parse(text, &self.currency))
    }
}
