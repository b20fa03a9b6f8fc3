//! Statements that nobody wrote: joins, conditions, groups, windows and queries in queries, put together by chance
//! from a fixed seed. PostgreSQL and SQLite run all of them.

use fastrand::Rng;

use crate::statements::Statement;

/// How many.
const COUNT: usize = 400;

/// The statements, the same on every run.
pub fn statements() -> Vec<Statement> {
    let mut writer = Writer {
        random: Rng::with_seed(20_261_122),
        aliases: 0,
    };
    (1..=COUNT)
        .map(|number| Statement {
            name: format!("generated {number}"),
            sql: writer.statement().into(),
        })
        .collect()
}

struct Writer {
    random: Rng,
    aliases: usize,
}

/// Something in `from` and what can be read of it.
#[derive(Clone, Default)]
struct Source {
    sql: String,
    numbers: Vec<String>,
    texts: Vec<String>,
}

const TABLES: [(&str, &[&str], &[&str]); 3] = [
    ("people", &["id", "boss"], &["name", "email", "tags"]),
    ("tasks", &["id", "owner", "spent"], &["title", "kind"]),
    ("logs", &["task", "amount"], &["what", "note"]),
];

impl Writer {
    fn one<'t>(&mut self, of: &'t [String]) -> &'t str {
        let at = self.random.usize(..of.len().max(1));
        of.get(at).map_or("1", String::as_str)
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.random.u8(..100) < percent
    }

    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("r{}", self.aliases)
    }

    fn statement(&mut self) -> String {
        match self.random.u8(..6) {
            0 => {
                let (left, right) = (self.select(2), self.select(2));
                let word = ["union", "union all", "intersect", "except"][self.random.usize(..4)];
                format!("{left} {word} {right}")
            }
            1 => {
                let (inner, name) = (self.select(2), self.alias());
                let table = self.table();
                let word = ["join", "left join", "right join"][self.random.usize(..3)];
                let key = self.one(&table.numbers).to_owned();
                format!(
                    "with {name} as ({inner}) select {name}.c1, {name}.c2, {key} as k from {name} {word} {} on {name}.c1 = {key}",
                    table.sql
                )
            }
            _ => self.select(2),
        }
    }

    /// A number `c1`, a text `c2`, and sometimes more behind them only in the outermost query.
    fn select(&mut self, depth: u8) -> String {
        let from = self.from(depth);
        let condition = if self.chance(50) {
            format!(" where {}", self.condition(&from, 2))
        } else {
            String::new()
        };
        match self.random.u8(..4) {
            0 => self.grouped(&from, &condition),
            1 => {
                let (key, by) = (
                    self.one(&from.numbers).to_owned(),
                    self.one(&from.texts).to_owned(),
                );
                let number = self.number(&from, 1);
                let text = self.text(&from, 1);
                let first = match self.random.u8(..5) {
                    0 => format!("row_number() over (order by {key})"),
                    1 => format!("lag({number}) over (partition by {by} order by {key})"),
                    2 => format!("lag({number}, 1, 0) over (order by {key})"),
                    3 => format!("sum({number}) over (partition by {by})"),
                    _ => format!(
                        "sum({number}) over (order by {key} rows between 2 preceding and 1 preceding)"
                    ),
                };
                format!(
                    "select {first} as c1, first_value({text}) over (partition by {by} order by {key}) as c2 from {}{condition}",
                    from.sql
                )
            }
            _ => {
                let (number, text) = (self.number(&from, 3), self.text(&from, 3));
                format!(
                    "select {number} as c1, {text} as c2 from {}{condition}",
                    from.sql
                )
            }
        }
    }

    fn grouped(&mut self, from: &Source, condition: &str) -> String {
        let number = self.number(from, 2);
        let text = self.text(from, 2);
        let filter = self.condition(from, 1);
        let first = match self.random.u8(..7) {
            0 => "count(*)".to_owned(),
            1 => format!("count({number})"),
            2 => format!("sum({number})"),
            3 => format!("coalesce(sum({number}), 0)"),
            4 => format!("max({number}) + count(*)"),
            5 => format!("sum({number}) filter (where {filter})"),
            _ => format!("min({number})"),
        };
        let (group, second) = if self.chance(60) {
            let key = self.one(&from.texts).to_owned();
            let second = if self.chance(50) {
                key.clone()
            } else {
                format!("max({text})")
            };
            (format!(" group by {key}"), second)
        } else {
            (String::new(), format!("min({text})"))
        };
        let having = if self.chance(30) {
            " having count(*) > 1"
        } else {
            ""
        };
        format!(
            "select {first} as c1, {second} as c2 from {}{condition}{group}{having}",
            from.sql
        )
    }

    fn table(&mut self) -> Source {
        let (name, numbers, texts) = TABLES[self.random.usize(..TABLES.len())];
        let alias = self.alias();
        let all = |columns: &[&str]| {
            columns
                .iter()
                .map(|column| format!("{alias}.{column}"))
                .collect()
        };
        Source {
            sql: format!("{name} {alias}"),
            numbers: all(numbers),
            texts: all(texts),
        }
    }

    fn relation(&mut self, depth: u8) -> Source {
        if depth == 0 || self.chance(70) {
            return self.table();
        }
        let (inner, alias) = (self.select(depth - 1), self.alias());
        Source {
            sql: format!("(select * from ({inner}) as i limit 20) as {alias}"),
            numbers: vec![format!("{alias}.c1")],
            texts: vec![format!("{alias}.c2")],
        }
    }

    fn from(&mut self, depth: u8) -> Source {
        let mut from = self.relation(depth);
        for _ in 0..self.random.u8(..3) {
            let next = self.relation(depth.saturating_sub(1));
            let word = ["join", "left join", "right join", "full join"][self.random.usize(..4)];
            let left = self.one(&from.numbers).to_owned();
            let right = self.one(&next.numbers).to_owned();
            from.sql = format!("{} {word} {} on {left} = {right}", from.sql, next.sql);
            from.numbers.extend(next.numbers);
            from.texts.extend(next.texts);
        }
        from
    }

    fn number(&mut self, from: &Source, depth: u8) -> String {
        if depth == 0 || self.chance(35) {
            return self.one(&from.numbers).to_owned();
        }
        let depth = depth - 1;
        match self.random.u8(..10) {
            0 => self.random.u8(..20).to_string(),
            1 => format!(
                "coalesce({}, {})",
                self.number(from, depth),
                self.number(from, depth)
            ),
            2 => format!(
                "nullif({}, {})",
                self.number(from, depth),
                self.number(from, depth)
            ),
            3 => format!(
                "({} + {})",
                self.number(from, depth),
                self.number(from, depth)
            ),
            4 => format!(
                "case when {} then {} else {} end",
                self.condition(from, depth),
                self.number(from, depth),
                self.number(from, depth)
            ),
            5 => format!(
                "case when {} then {} end",
                self.condition(from, depth),
                self.number(from, depth)
            ),
            6 => format!("length({})", self.text(from, depth)),
            7 => format!("abs({})", self.number(from, depth)),
            8 => format!(
                "(select max(z.spent) from tasks z where z.id = {})",
                self.one(&from.numbers)
            ),
            _ => format!(
                "(select count(z.owner) from tasks z where z.owner = {})",
                self.one(&from.numbers)
            ),
        }
    }

    fn text(&mut self, from: &Source, depth: u8) -> String {
        if depth == 0 || self.chance(35) {
            return self.one(&from.texts).to_owned();
        }
        let depth = depth - 1;
        match self.random.u8(..8) {
            0 => "lower('AIR')".to_owned(),
            1 => format!(
                "coalesce({}, {})",
                self.text(from, depth),
                self.text(from, depth)
            ),
            2 => format!(
                "nullif({}, {})",
                self.text(from, depth),
                self.text(from, depth)
            ),
            3 => format!("({} || {})", self.text(from, depth), self.text(from, depth)),
            4 => format!("upper({})", self.text(from, depth)),
            5 => format!(
                "case when {} then {} end",
                self.condition(from, depth),
                self.text(from, depth)
            ),
            6 => format!("substr({}, 1, 2)", self.text(from, depth)),
            _ => format!("cast({} as text)", self.number(from, depth)),
        }
    }

    fn condition(&mut self, from: &Source, depth: u8) -> String {
        let depth = depth.saturating_sub(1);
        match self.random.u8(..if depth == 0 { 7 } else { 11 }) {
            0 => format!("{} is not null", self.one(&from.numbers)),
            1 => format!("{} is null", self.one(&from.texts)),
            2 => format!("{} > 3", self.one(&from.numbers)),
            3 => format!("{} like '%A%'", self.one(&from.texts)),
            4 => format!("{} in (1, 2, 5)", self.one(&from.numbers)),
            5 => format!("{} between 2 and 9", self.one(&from.numbers)),
            6 => format!("{} <> 'AIR'", self.one(&from.texts)),
            7 => format!(
                "({} and {})",
                self.condition(from, depth),
                self.condition(from, depth)
            ),
            8 => format!(
                "({} or {})",
                self.condition(from, depth),
                self.condition(from, depth)
            ),
            9 => format!("not ({})", self.condition(from, depth)),
            _ => format!(
                "{} >= {}",
                self.number(from, depth),
                self.number(from, depth)
            ),
        }
    }
}
