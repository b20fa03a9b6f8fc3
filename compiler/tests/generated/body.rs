//! The declarations and statements of a generated playbook.

use super::tables::Table;
use crate::rewriting::Seed;

pub struct Body {
    pub seed: Seed,
    pub connections: Vec<String>,
    pub declarations: Vec<String>,
    pub statements: Vec<String>,
    /// So many names were given.
    names: usize,
    /// Whether the one mistake of the playbook may still be made.
    mistaken: bool,
}

impl Body {
    pub fn new(mut seed: Seed) -> Self {
        Self {
            mistaken: seed.one_in(4),
            seed,
            connections: Vec::new(),
            declarations: Vec::new(),
            statements: Vec::new(),
            names: 0,
        }
    }

    fn name(&mut self, first: &str) -> String {
        self.names += 1;
        format!("{first}_{}", self.names)
    }

    fn one_of<'s>(&mut self, some: &[&'s str]) -> &'s str {
        some.get(self.seed.below(some.len())).expect("some")
    }

    /// A query, what belongs to it, and what is done with it.
    pub fn over(&mut self, table: &Table) {
        if !self
            .connections
            .iter()
            .any(|known| known == table.connection)
        {
            self.connections.push(table.connection.to_owned());
        }
        let bound = match self.seed.below(3) {
            0 => String::new(),
            1 => ", at most 200 rows".to_owned(),
            _ => ", at most 40 rows".to_owned(),
        };
        let mut sql = table.sql.to_owned();
        if self.mistaken && self.seed.one_in(4) {
            self.mistaken = false;
            sql = sql.replace(table.key, &format!("{}s", table.key));
        }
        self.declarations.push(format!(
            "query {} from {}{bound} {{\n  {sql}\n}}",
            table.query, table.connection
        ));
        let picked = self.name("picked");
        let stages = self.stages(table);
        self.statements
            .push(format!("let {picked} = {}{stages}", table.query));
        if self.seed.one_in(3) {
            let many = self.name("many");
            self.statements
                .push(format!("let {many} = count({picked})"));
            self.statements
                .push(format!("stop \"Too many.\" when {many} > 5000"));
        }
        let width = self.one_of(&["", ", 4 at a time"]);
        let mut lines = Vec::new();
        for _ in 0..=self.seed.below(2) {
            self.lines(table, 2, &mut lines);
        }
        let lines = lines.join("\n  ");
        self.statements.push(format!(
            "for each {} in {picked}{width} {{\n  {lines}\n}}",
            table.item
        ));
    }

    fn stages(&mut self, table: &Table) -> String {
        let mut stages = String::new();
        if self.seed.one_in(2) {
            let amount = self.one_of(&table.amounts);
            stages.push_str(&format!("\n  | where {} > {amount}", table.number));
        }
        if self.seed.one_in(2) {
            stages.push_str(&format!("\n  | sort by {} descending", table.number));
        }
        if self.seed.one_in(4) {
            let amount = self.one_of(&table.amounts);
            stages.push_str(&format!("\n  | where {} < {amount}", table.number));
        }
        match self.seed.below(3) {
            0 => {}
            1 => stages.push_str("\n  | take 50"),
            _ => stages.push_str("\n  | take 8"),
        }
        stages
    }

    /// Lines of a loop over a table.
    fn lines(&mut self, table: &Table, depth: usize, lines: &mut Vec<String>) {
        let item = table.item;
        let amount = self.one_of(&table.amounts);
        match self.seed.below(if depth > 0 { 6 } else { 4 }) {
            0 => {
                let told = self.told(table);
                lines.push(self.effect(table, &told));
            }
            1 => {
                let function = self.name("wording");
                self.declarations.push(format!(
                    "function {function}(given: text, again: text) -> text = \"{{given}}, {{again}}\""
                ));
                let (value, key) = (self.told(table), table.key);
                let written = self.name("written");
                lines.push(format!(
                    "let {written} = {function}({value}, \"No. {{{item}.{key}}}\")"
                ));
                lines.push(self.effect(table, &written));
            }
            2 => {
                let (model, reply) = (self.name("advise"), self.name("Advice"));
                self.declarations.push(format!(
                    "type {reply} {{\n  reason: text\n  step: \"call\" | \"write\"\n}}"
                ));
                let budget = self.one_of(&["", "\n  budget $0.02 per call, $5 per run"]);
                let route = self.one_of(&["openai", "local, mini", "mini, openai"]);
                self.declarations.push(format!(
                    "model {model}(given: text) -> {reply} {{\n  route {route}{budget}\n  prompt \"What about {{given}}?\"\n  otherwise {{ reason: \"Nobody knows.\", step: \"call\" }}\n}}"
                ));
                let value = self.told(table);
                let answer = self.name("answer");
                lines.push(format!("let {answer} = {model}({value})"));
                lines.push(self.effect(table, &format!("{answer}.reason")));
            }
            3 => {
                let action = self.name("tell");
                let effect = self.effect(table, "given");
                let effect = effect.replace(&format!("{item}.{}", table.key), "given");
                self.declarations
                    .push(format!("action {action}(given: text) {{\n  {effect}\n}}"));
                let told = self.told(table);
                lines.push(format!("do {action}({told})"));
            }
            4 => {
                let mut inner = Vec::new();
                self.lines(table, depth - 1, &mut inner);
                let mut other = Vec::new();
                self.lines(table, 0, &mut other);
                let (inner, other) = (inner.join("\n    "), other.join("\n    "));
                lines.push(format!(
                    "if {item}.{} >= {amount} {{\n    {inner}\n  }} else {{\n    {other}\n  }}",
                    table.number
                ));
            }
            _ => {
                lines.push(format!(
                    "skip \"Small.\" when {item}.{} < {amount}",
                    table.number
                ));
                self.lines(table, depth - 1, lines);
            }
        }
    }

    /// Something to tell of a row; where the playbook has a mistake, perhaps with it.
    fn told(&mut self, table: &Table) -> String {
        let (item, key, text) = (table.item, table.key, table.text);
        if self.mistaken && self.seed.one_in(2) {
            self.mistaken = false;
            return match self.seed.below(3) {
                0 => format!("{item}.{text}s"),
                1 => format!("{item}.{key} + 3"),
                _ => "nobody".to_owned(),
            };
        }
        match self.seed.below(3) {
            0 => format!("{item}.{text}"),
            1 => format!("\"About {{{item}.{key}}}: {{{item}.{text}}}\""),
            _ => format!("\"Look at {{{item}.{key}}}.\""),
        }
    }

    fn effect(&mut self, table: &Table, told: &str) -> String {
        let (item, key) = (table.item, table.key);
        match self.seed.below(4) {
            0 | 1 => format!("do slack.post_message(channel: \"#news\", text: {told})"),
            2 => {
                format!("do mailer.send(to: \"desk@example.com\", subject: \"News\", body: {told})")
            }
            _ => format!("do vault.store(id: {item}.{key}, text: {told})"),
        }
    }
}
