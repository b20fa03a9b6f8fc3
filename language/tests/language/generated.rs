//! Programs made at random of every construct of the language: each is read without a diagnostic and
//! has one form, whatever white space it is written with.

use crate::common::{outline, read};
use crate::formatting::{check, mangled};
use proptest::prelude::*;

/// Takes decisions from bytes; where they end, always the first.
struct Writer<'a> {
    choices: std::slice::Iter<'a, u8>,
    text: String,
    depth: usize,
}

impl<'a> Writer<'a> {
    fn program(bytes: &'a [u8]) -> String {
        let mut writer = Self {
            choices: bytes.iter(),
            text: "playbook made\n\n".to_owned(),
            depth: 0,
        };
        for _ in 0..=writer.below(12) {
            if writer.chance() {
                let item = writer.declaration();
                writer.text.push_str(&item);
            } else {
                let statement = writer.statement();
                writer.line(&statement);
            }
            if writer.chance() {
                writer.text.push('\n');
            }
        }
        writer.text
    }

    fn below(&mut self, limit: usize) -> usize {
        self.choices.next().map_or(0, |byte| usize::from(*byte)) % limit
    }

    fn chance(&mut self) -> bool {
        self.below(2) == 1
    }

    fn one(&mut self, of: &[&str]) -> String {
        let at = self.below(of.len());
        of[at].to_owned()
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn name(&mut self) -> String {
        self.one(&["deal", "amount", "region", "owner_email", "risk", "rows"])
    }

    fn path(&mut self) -> String {
        self.one(&["warehouse.payments", "hubspot.deals", "slack.post_message"])
    }

    fn literal(&mut self) -> String {
        self.one(&[
            "5",
            "0.75",
            "70%",
            "$12,000",
            "5.00 EUR",
            "30 days",
            "2026-11-22",
            "08:00",
            "2026-11-22 08:00",
            "true",
            "none",
            "\"a text\"",
            "\"{deal.name}: {amount}\"",
            "1..5",
        ])
    }

    fn duration(&mut self) -> String {
        self.one(&["1 day", "10 minutes", "2 weeks", "90 seconds"])
    }

    fn value(&mut self) -> String {
        self.depth += 1;
        let kind = if self.depth > 4 {
            self.below(3)
        } else {
            self.below(22)
        };
        let value = match kind {
            0 => self.literal(),
            1 => self.name(),
            2 => format!("{}.{}", self.name(), self.name()),
            3 => format!("{}({})", self.name(), self.arguments()),
            4 => format!("[{}, {}]", self.value(), self.value()),
            5 => format!(
                "{{ {}: {}, \"X-Key\": {} }}",
                self.name(),
                self.value(),
                self.value()
            ),
            6 => format!("({})", self.value()),
            7 => {
                let operator = self.one(&["+", "-", "*", "/", "mod", "??", "and", "or"]);
                format!("{} {operator} {}", self.value(), self.value())
            }
            8 => {
                let sign = self.one(&["=", "!=", "<", ">=", "like", "in", "not in", "known in"]);
                format!("({} {sign} {})", self.name(), self.value())
            }
            9 => format!("(not ({}))", self.value()),
            10 => format!("-{}", self.name()),
            11 => format!("({} is {})", self.name(), self.one(&["present", "missing"])),
            12 => format!(
                "({} between {} and {})",
                self.name(),
                self.literal(),
                self.name()
            ),
            13 => format!(
                "(if {} then {} else {})",
                self.value(),
                self.value(),
                self.value()
            ),
            14 => format!("{}[{}]", self.name(), self.value()),
            15 => format!("{}?.{}", self.name(), self.name()),
            16 => format!("({} as list of text)", self.name()),
            17 => format!("({})", self.pipeline()),
            18 => format!("({} over 90 days by (region, product))", self.name()),
            19 => self.one(&[
                "start of quarter",
                "end of last month",
                "start of next week",
            ]),
            20 => format!("(search handbook for {} take 6)", self.name()),
            _ => format!(
                "(sum(amount) over at least 10 rows {} 1)",
                self.one(&["+", "-"])
            ),
        };
        self.depth -= 1;
        value
    }

    fn arguments(&mut self) -> String {
        match self.below(3) {
            0 => String::new(),
            1 => self.value(),
            _ => format!("{}: {}, limit: {}", self.name(), self.value(), self.value()),
        }
    }

    fn pipeline(&mut self) -> String {
        let mut text = self.name();
        for _ in 0..=self.below(3) {
            let stage = match self.below(12) {
                0 => format!("where {}", self.value()),
                1 => format!("add a = {}, b = {}", self.value(), self.value()),
                2 => "select region, amount".to_owned(),
                3 => "sort by amount descending, region".to_owned(),
                4 => "take 5 per region".to_owned(),
                5 => "first".to_owned(),
                6 => "only".to_owned(),
                7 => format!("map {}", self.value()),
                8 => "group by region { n: count(), total: sum(amount) }".to_owned(),
                9 => "join optional usual as u on account_id, region".to_owned(),
                10 => "add place = rank() by amount descending per (region, product)".to_owned(),
                _ => format!("check \"holds\" {}", self.value()),
            };
            let gap = self.one(&[" ", "\n  "]);
            text.push_str(&format!("{gap}| {stage}"));
        }
        text
    }

    fn modifiers(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..self.below(3) {
            let modifier = match self.below(8) {
                0 => "retry 3 times over 10 minutes".to_owned(),
                1 => format!("timeout {}", self.duration()),
                2 => format!("at most once per {}.id in 7 days", self.name()),
                3 => "undo with hubspot.update_deal(id: deal.id)".to_owned(),
                4 => "unsure ask".to_owned(),
                5 => "within 1 business day, then \"managers\" within 2 hours".to_owned(),
                6 => "named step".to_owned(),
                _ => format!("otherwise {}", self.value()),
            };
            let gap = self.one(&[" ", "\n  "]);
            text.push_str(&format!("{gap}{modifier}"));
        }
        text
    }

    fn block(&mut self) -> String {
        self.depth += 1;
        let mut text = "{\n".to_owned();
        for _ in 0..=self.below(2) {
            let statement = self.statement();
            for line in statement.lines() {
                text.push_str(&format!("  {line}\n"));
            }
            if self.chance() {
                text.push_str("  # why\n");
            }
        }
        text.push('}');
        self.depth -= 1;
        text
    }

    fn statement(&mut self) -> String {
        let kind = if self.depth > 2 {
            self.below(9)
        } else {
            self.below(20)
        };
        match kind {
            0 => format!("let x = {}{}", self.value(), self.modifiers()),
            1 => format!("do slack.post({}){}", self.arguments(), self.modifiers()),
            2 => format!("stop \"why\" when {}", self.value()),
            3 => format!("record rows into {} key id, region", self.path()),
            4 => format!("emit dip {{ at: {} }}", self.value()),
            5 => format!("set seen[deal.id] = {}", self.value()),
            6 => format!("ask 2 of \"desk\" to approve \"now?\"{}", self.modifiers()),
            7 => "wait 3 business days".to_owned(),
            8 => format!("return {}", self.value()),
            9 => format!("if {} {} else {}", self.value(), self.block(), self.block()),
            10 => format!(
                "for each x in {}, 8 at a time, keep going {}",
                self.name(),
                self.block()
            ),
            11 => format!(
                "match reason {{\n  \"a\" | \"b\" {}\n  else {}\n}}",
                self.block(),
                self.block()
            ),
            12 => format!(
                "repeat every 1 hour, at most 3 times, until {} {}",
                self.value(),
                self.block()
            ),
            13 => format!("together {}", self.block()),
            14 => format!("try {} otherwise as f {}", self.block(), self.block()),
            15 => format!(
                "wait for first {{\n  gong.call as c where c.id = 1 {}\n  after 30 days {}\n}}",
                self.block(),
                self.block()
            ),
            16 => format!("let found = for each x in rows {}", self.block()),
            17 => format!(
                "let v = ask owner for Cause \"Why?\" starting with {}",
                self.value()
            ),
            18 => format!(
                "let s = wait for a.b as r where r.id = {}\n  within 10 days",
                self.value()
            ),
            _ => format!("let o = run other({})", self.arguments()),
        }
    }

    fn of(&mut self) -> String {
        self.one(&[
            "text",
            "money EUR",
            "list of text",
            "\"a\" | \"b\"",
            "1..5",
            "row of customers",
            "date?",
            "table of { id: text, amount: money? }",
        ])
    }

    fn declaration(&mut self) -> String {
        let of = self.of();
        let item = match self.below(16) {
            0 => format!("input limit: {of}"),
            1 => format!("type Made {{\n  a: {of}  ## the first\n  b: text @pii.email\n}}"),
            2 => "query q(a: text) from w, at most 2 rows {\n  select a from t where a = {a}\n}".to_owned(),
            3 => "command c(a: text) on w, at most 1 row {\n  update t set a = {a}\n}".to_owned(),
            4 => format!("metric m: {of}, snapshot daily from w {{\n  select 1 as value\n}}"),
            5 => format!("state s: {of} = {} per deal_id", self.literal()),
            6 => format!("function f(a: {of}) -> text = {}", self.value()),
            7 => format!("action act(a: {of}) {}", self.block()),
            8 => "policy p {\n  every do stripe.refund where amount > $500 follows ask \"finance\"\n  no @pii reaches openai\n  at most 100 of do slack per run\n}".to_owned(),
            9 => format!("on failure as f {}", self.block()),
            10 => "trigger every weekday at 08:00 in \"Europe/Berlin\"".to_owned(),
            11 => "trigger on webhook gong.call as c with { id: c.id }".to_owned(),
            12 => format!("trigger on request (a: {of}) -> Made"),
            13 => "trigger on change in w.t by id as t except our own in batches of 5 or every 2 seconds".to_owned(),
            14 => "model m(a: text) -> text {\n  route  best of local, openai\n  cache  1 day when a is alike above 97%\n  prompt \"\"\"\n    Say {a}.\n      Twice.\n    \"\"\"\n  example {\n    given   { a: \"b\" }\n    returns \"c\"\n  }\n}".to_owned(),
            _ => format!("test \"holds\" {{\n  given q = {}\n  given ask \"desk\" = {{ approved: true }}\n  run with {{ a: 1 }}\n  then 3 days pass\n  then \"desk\" approves\n  expect slack.post called 2 times with {{ a: {} }}\n  expect a.b before c.d\n}}", self.value(), self.literal()),
        };
        let documentation = if self.chance() {
            "## What it is for.\n"
        } else {
            ""
        };
        format!("{documentation}{item}\n")
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn has_one_form(
        choices in prop::collection::vec(any::<u8>(), 0..300),
        space in prop::collection::vec(any::<u8>(), 1..100),
    ) {
        let text = Writer::program(&choices);
        let parsed = read(&text);
        prop_assert_eq!(&parsed.diagnostics, &vec![], "{}", text);
        check(&text);
        let other = mangled(&text, &space);
        let parsed_other = read(&other);
        prop_assert_eq!(&parsed_other.diagnostics, &vec![], "{}", other);
        prop_assert_eq!(outline(&parsed_other), outline(&parsed), "{}", other);
        check(&other);
    }
}
