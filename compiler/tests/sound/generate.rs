//! Random plans: queries, calculations, branches, loops, models, tools and records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sophia_compiler::catalogue::{Catalogue, Column, Connection, Table};
use sophia_compiler::facts::{ReadShape, Shapes};
use sophia_compiler::project::{Manifest, ModelSettings, ToolSettings};
use sophia_compiler::query::{ColumnSource, QueryShape, Way};
use sophia_plan::expression::{Expression, Function, Operator};
use sophia_plan::step::{
    Asking, ModelDefinition, QueryDefinition, Role, StateDefinition, ToolArgument, Unsure,
};
use sophia_plan::{
    Block, EndKind, FORMAT, FieldType, Origin, Plan, Policy, RecordType, Step, StepKind, Type,
    Value, Work,
};

use super::Random;

/// A plan, and what its SQL is made of.
pub struct Made {
    pub plan: Plan,
    pub shapes: Shapes,
}

/// Column, type, labels.
pub const COLUMNS: [(&str, &str, &[&str]); 5] = [
    ("email", "TEXT", &["pii.email"]),
    ("secret", "TEXT", &["restricted", "trusted"]),
    ("plan", "TEXT", &["trusted"]),
    ("size", "INTEGER", &["confidential", "trusted"]),
    ("vip", "BOOLEAN", &["confidential"]),
];

pub fn catalogue(more: &[(&str, &str)]) -> Catalogue {
    let columns = COLUMNS.iter().map(|(name, declared, labels)| Column {
        name: (*name).to_owned(),
        declared: (*declared).to_owned(),
        nullable: false,
        labels: labels
            .iter()
            .chain(
                more.iter()
                    .filter(|(column, _)| column == name)
                    .map(|(_, label)| label),
            )
            .map(|label| (*label).to_owned())
            .collect(),
    });
    let plain = |name: &str, labels: &[&str]| Column {
        name: name.to_owned(),
        declared: "TEXT".to_owned(),
        nullable: false,
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
    };
    let table = |columns| Table {
        columns,
        ..Table::default()
    };
    let tables = BTreeMap::from([
        ("people".to_owned(), table(columns.collect())),
        (
            "kept".to_owned(),
            table(vec![
                plain("open", &[]),
                plain("personal", &["pii", "confidential"]),
            ]),
        ),
    ]);
    let kind = "sqlite".to_owned();
    Catalogue {
        format: 1,
        connections: BTreeMap::from([("warehouse".to_owned(), Connection { kind, tables })]),
        ..Catalogue::default()
    }
}

pub fn manifest() -> Manifest {
    let tool = |clearance: &[&str]| ToolSettings {
        clearance: clearance.iter().map(|word| (*word).to_owned()).collect(),
        ..ToolSettings::default()
    };
    let model = |kind: &str| ModelSettings {
        kind: kind.to_owned(),
        ..ModelSettings::default()
    };
    Manifest {
        tools: BTreeMap::from([
            ("open".to_owned(), tool(&[])),
            ("closed".to_owned(), tool(&["confidential", "pii"])),
        ]),
        models: BTreeMap::from([
            ("local".to_owned(), model("gguf")),
            ("openai".to_owned(), model("openai")),
        ]),
        ..Manifest::default()
    }
}

/// What a name in sight holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Flag,
    Row,
    Rows,
    Reply,
    Answer,
    Form,
    Happening,
}

pub(super) struct Generator<'r> {
    pub(super) random: &'r mut Random,
    steps: usize,
    pub(super) names: Vec<(Arc<str>, Kind)>,
}

/// A random plan.
pub fn plan(random: &mut Random) -> Made {
    let mut shapes = Shapes::default();
    let row = row();
    let mut shape = QueryShape {
        row: row.clone(),
        lineage: COLUMNS
            .iter()
            .map(|(name, ..)| BTreeMap::from([(source(name), Way::Value)]))
            .collect(),
        holes: vec![BTreeSet::new(); COLUMNS.len()],
        indirect: BTreeSet::new(),
        indirect_holes: BTreeSet::new(),
        adding: BTreeSet::new(),
        limit: None,
        kept: Vec::new(),
        keys: Vec::new(),
        sql: "people".to_owned(),
        hole_types: Vec::new(),
        tables: BTreeSet::new(),
        warnings: Vec::new(),
    };
    shapes.read("warehouse", &shape.sql, Arc::new(ReadShape::of(&shape)));
    "filtered".clone_into(&mut shape.sql);
    shape.indirect.insert(source("secret"));
    shapes.read("warehouse", &shape.sql, Arc::new(ReadShape::of(&shape)));
    let query = |sql: &str| QueryDefinition {
        connection: "warehouse".into(),
        sql: sql.into(),
        holes: Vec::new(),
        parameters: Vec::new(),
        row: row.clone(),
        at_most: None,
        origin: Origin::default(),
    };
    let mut generator = Generator {
        random,
        steps: 0,
        names: Vec::new(),
    };
    let mut body = Block::default();
    for name in ["people", "filtered"] {
        body.add(step(
            name.into(),
            StepKind::Work(Work::Query {
                query: name.into(),
                arguments: Vec::new(),
            }),
            Some(name.into()),
            Type::Table(row.clone()),
        ));
        generator.names.push((name.into(), Kind::Rows));
    }
    generator.statements(&mut body, 6, 3);
    let queries = ["people", "filtered"].map(|name| (Arc::from(name), query(name)));
    let models = ["inside", "outside"].map(|name| (Arc::from(name), model(name)));
    let plan = Plan {
        format: FORMAT,
        playbook: "random".into(),
        documentation: None,
        file: "random.sophia".into(),
        zone: "UTC".into(),
        currency: "USD".into(),
        inputs: Vec::new(),
        triggers: Vec::new(),
        one_run: None,
        result: Type::None,
        queries: queries.into(),
        commands: BTreeMap::new(),
        metrics: BTreeMap::new(),
        states: BTreeMap::from([(Arc::from("kept"), kept())]),
        predictors: BTreeMap::new(),
        models: models.into(),
        body,
        on_failure: None,
    };
    Made { plan, shapes }
}

fn source(column: &str) -> ColumnSource {
    ColumnSource {
        table: "people".into(),
        column: column.into(),
    }
}

fn field(name: &str, of: Type) -> FieldType {
    FieldType::new(name, of)
}

pub(super) fn row() -> Arc<RecordType> {
    let fields = COLUMNS.iter().map(|(name, declared, _)| {
        let of = match *declared {
            "INTEGER" => Type::Integer,
            "BOOLEAN" => Type::Boolean,
            _ => Type::Text,
        };
        field(name, of)
    });
    Arc::new(RecordType {
        name: None,
        fields: fields.collect(),
    })
}

fn reply() -> Type {
    Type::Record(Arc::new(RecordType {
        name: None,
        fields: vec![
            field("text", Type::Text),
            field("size", Type::Integer),
            field(
                "kind",
                Type::Literals(Arc::from([Arc::from("a"), Arc::from("b")])),
            ),
        ],
    }))
}

fn kept() -> StateDefinition {
    StateDefinition {
        of: Type::Text,
        value: Value::text(""),
        per: None,
        origin: Origin::default(),
    }
}

fn model(name: &str) -> ModelDefinition {
    let routes = match name {
        "inside" => vec!["local".into()],
        _ => vec!["local".into(), "openai".into()],
    };
    ModelDefinition {
        parameters: vec![("given".into(), Type::Text)],
        result: reply(),
        schema: "".into(),
        routes,
        prompt: Expression::Text(vec![text("About "), name_of("given")]),
        ensure: vec![binary(Operator::LessOrEqual, name_of("size"), number(50))],
        otherwise: None,
        budget_per_call: None,
        budget_per_run: None,
        temperature: None,
        asking: Asking::default(),
        kept: None,
        origin: Origin::default(),
    }
}

pub(super) fn step(name: Arc<str>, kind: StepKind, binds: Option<Arc<str>>, result: Type) -> Step {
    Step {
        label: name.clone(),
        name,
        documentation: None,
        origin: Origin::default(),
        kind,
        binds,
        result,
        policy: Policy {
            unsure: Unsure::Ask,
            ..Policy::default()
        },
    }
}

pub(super) fn text(text: &str) -> Expression {
    Expression::Constant(Value::text(text))
}

pub(super) fn number(number: i64) -> Expression {
    Expression::Constant(Value::Integer(number))
}

pub(super) fn name_of(name: &str) -> Expression {
    Expression::Name(name.into())
}

pub(super) fn field_of(of: Expression, name: &str) -> Expression {
    Expression::Field {
        of: Box::new(of),
        name: name.into(),
        optional: false,
    }
}

pub(super) fn binary(operator: Operator, left: Expression, right: Expression) -> Expression {
    Expression::Binary {
        operator,
        left: Box::new(left),
        right: Box::new(right),
    }
}

pub(super) fn call(function: Function, argument: Expression) -> Expression {
    Expression::Call {
        function,
        arguments: vec![argument],
    }
}

impl Generator<'_> {
    pub(super) fn next(&mut self) -> Arc<str> {
        self.steps += 1;
        Arc::from(format!("s{}", self.steps))
    }

    pub(super) fn statements(&mut self, block: &mut Block, most: usize, depth: usize) {
        for _ in 0..=self.random.below(most) {
            let step = self.statement(depth);
            block.add(step);
        }
    }

    pub(super) fn nested(&mut self, depth: usize) -> Block {
        let names = self.names.len();
        let mut block = Block::default();
        self.statements(&mut block, 3, depth - 1);
        self.names.truncate(names);
        block
    }

    fn statement(&mut self, depth: usize) -> Step {
        let name = self.next();
        if self.random.chance(3) {
            return self.course(name, depth);
        }
        match self.random.below(if depth > 0 { 10 } else { 7 }) {
            0 | 1 => self.calculation(name),
            2 | 3 => self.effect(name),
            4 => {
                let given = self.text(2);
                let model = if self.random.chance(2) {
                    "inside"
                } else {
                    "outside"
                };
                self.names.push((name.clone(), Kind::Reply));
                let kind = StepKind::Work(Work::Model {
                    model: model.into(),
                    arguments: vec![("given".into(), given)],
                });
                step(name.clone(), kind, Some(name), reply())
            }
            5 => {
                let fields = vec![
                    ("open".into(), self.text(1)),
                    ("personal".into(), self.text(1)),
                ];
                let rows = Expression::List(vec![Expression::Record { fields, name: None }]);
                let kind = StepKind::Work(Work::Record {
                    connection: "warehouse".into(),
                    table: "kept".into(),
                    rows,
                    columns: vec!["open".into(), "personal".into()],
                    key: Vec::new(),
                });
                step(name, kind, None, Type::None)
            }
            6 => {
                let kind = StepKind::End {
                    kind: if depth < 3 {
                        EndKind::Skip
                    } else {
                        EndKind::Stop
                    },
                    reason: text("enough"),
                    when: Some(self.flag(1)),
                };
                // Outside loops an item cannot be left out; the run stops there instead.
                step(name, kind, None, Type::None)
            }
            7 | 8 => {
                let condition = self.flag(2);
                let then = self.nested(depth);
                let otherwise = self.nested(depth);
                let kind = StepKind::Branch {
                    condition,
                    then,
                    otherwise,
                };
                step(name, kind, None, Type::None)
            }
            _ => {
                let source = self.rows();
                let item: Arc<str> = Arc::from(format!("item_{name}"));
                self.names.push((item.clone(), Kind::Row));
                let body = self.nested(depth);
                self.names.pop();
                let kind = StepKind::ForEach {
                    item,
                    source,
                    at_a_time: 1,
                    keep_going: false,
                    body,
                };
                step(name, kind, None, Type::None)
            }
        }
    }

    fn calculation(&mut self, name: Arc<str>) -> Step {
        let (expression, kind, of) = match self.random.below(4) {
            0 => (self.text(3), Kind::Text, Type::Text),
            1 => (self.number(2), Kind::Number, Type::Integer),
            2 => (self.flag(2), Kind::Flag, Type::Boolean),
            _ => (self.rows(), Kind::Rows, Type::Table(row())),
        };
        self.names.push((name.clone(), kind));
        let work = StepKind::Work(Work::Compute { expression });
        step(name.clone(), work, Some(name), of)
    }

    pub(super) fn effect(&mut self, name: Arc<str>) -> Step {
        let tool = if self.random.chance(2) {
            "open"
        } else {
            "closed"
        };
        let target = if self.random.chance(3) {
            self.number(1)
        } else {
            self.text(1)
        };
        let argument = |name: &str, value, role| ToolArgument {
            name: name.into(),
            wire_name: name.into(),
            value,
            role,
        };
        let arguments = vec![
            argument("target", target, Role::Steers),
            argument("body", self.text(2), Role::Content),
        ];
        let kind = StepKind::Work(Work::Tool {
            tool: tool.into(),
            call: "send".into(),
            wire_name: "send".into(),
            arguments,
            effect: true,
        });
        step(name, kind, None, Type::Json)
    }
}
