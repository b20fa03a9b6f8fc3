//! The outline of a playbook is the same in both parsers: each declaration and statement with its
//! kind, its name and its lines, nested as written.

use std::fmt::Write as _;
use std::sync::Arc;

use sophia_diagnostics::Span;
use sophia_language::syntax::{
    Block, Call, ElseBranch, End, EndKind, File, ForEach, FunctionBody, Header, If, Item, LetValue,
    Modifier, Name, Otherwise, Statement, Wait, WaitBranch, WaitUntil,
};
use tree_sitter::Node;

use crate::agreement::WHOLE;
use crate::{corpus, parser};

/// A declaration or a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outline {
    /// The name of its node in the tree-sitter grammar.
    kind: &'static str,
    /// What it is called, as written; empty where it has no name.
    name: String,
    /// Its lines, from 1.
    lines: (usize, usize),
    /// What stands in it.
    inside: Vec<Outline>,
}

/// Kinds of nodes that belong to an outline.
const KINDS: &[&str] = &[
    "playbook_header",
    "module_header",
    "use_declaration",
    "zone_declaration",
    "calendar_declaration",
    "trigger_declaration",
    "input_declaration",
    "one_run_declaration",
    "type_declaration",
    "query_declaration",
    "command_declaration",
    "model_declaration",
    "predictor_declaration",
    "metric_declaration",
    "state_declaration",
    "function_declaration",
    "action_declaration",
    "policy_declaration",
    "on_failure_declaration",
    "test_declaration",
    "let_statement",
    "do_statement",
    "record_statement",
    "emit_statement",
    "set_statement",
    "ask_statement",
    "wait_statement",
    "if_statement",
    "match_statement",
    "for_statement",
    "repeat_statement",
    "together_statement",
    "try_statement",
    "run_statement",
    "start_statement",
    "stop_statement",
    "fail_statement",
    "skip_statement",
    "return_statement",
    "yield_statement",
];

/// The outline that tree-sitter sees.
fn theirs(node: Node<'_>, text: &str) -> Vec<Outline> {
    let mut found = Vec::new();
    let mut cursor = node.walk();
    for child in node.named_children(&mut cursor) {
        let inside = theirs(child, text);
        let kind = KINDS.iter().find(|kind| **kind == child.kind());
        // The step under a `let` is the `let`'s value, not a statement beside it.
        match kind {
            Some(kind) if node.kind() != "let_statement" => {
                found.push(Outline {
                    kind,
                    name: their_name(child, text),
                    lines: (child.start_position().row + 1, child.end_position().row + 1),
                    inside,
                });
            }
            _ => found.extend(inside),
        }
    }
    found
}

fn their_name(node: Node<'_>, text: &str) -> String {
    let written = |node: Node<'_>| text[node.byte_range()].to_owned();
    match node.kind() {
        "use_declaration" => {
            let mut cursor = node.walk();
            let names = node.children_by_field_name("name", &mut cursor);
            names.map(written).collect::<Vec<_>>().join(", ")
        }
        "do_statement" | "run_statement" | "start_statement" => node
            .child_by_field_name("call")
            .and_then(|call| call.child_by_field_name("callee"))
            .map(written)
            .unwrap_or_default(),
        "zone_declaration" | "test_declaration" => node
            .child_by_field_name("name")
            .or_else(|| node.child_by_field_name("title"))
            .map(|text| written(text).trim_matches('"').to_owned())
            .unwrap_or_default(),
        kind => {
            let field = match kind {
                "for_statement" => "item",
                "record_statement" => "table",
                "emit_statement" => "event",
                _ => "name",
            };
            node.child_by_field_name(field)
                .map(written)
                .unwrap_or_default()
        }
    }
}

/// The outline that the language's own parser sees.
fn ours(file: &File, text: &str) -> Vec<Outline> {
    let mut reader = Ours { text };
    let mut outline = Vec::new();
    match &file.header {
        Header::Playbook(name) => outline.push(reader.header("playbook_header", name)),
        Header::Module(name) => outline.push(reader.header("module_header", name)),
        Header::Missing(_) => {}
    }
    outline.extend(file.items.iter().filter_map(|item| reader.item(item)));
    outline
}

/// Where the last block of a branch ends.
fn last_end(branch: &If) -> u32 {
    match &branch.otherwise {
        Some(ElseBranch::Block(block)) => block.span.end,
        Some(ElseBranch::If(branch)) => last_end(branch),
        None => branch.then.span.end,
    }
}

struct Ours<'a> {
    text: &'a str,
}

impl Ours<'_> {
    fn line(&self, at: u32) -> usize {
        self.text[..at as usize].matches('\n').count() + 1
    }

    fn at(&self, kind: &'static str, name: &str, span: Span, inside: Vec<Outline>) -> Outline {
        Outline {
            kind,
            name: name.to_owned(),
            lines: (self.line(span.start), self.line(span.end)),
            inside,
        }
    }

    fn header(&mut self, kind: &'static str, name: &Name) -> Outline {
        self.at(kind, &name.text, name.span, Vec::new())
    }

    fn written(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    fn callee(&self, call: &Call) -> String {
        self.written(call.callee.span()).to_owned()
    }

    fn path(names: &[Name]) -> String {
        names
            .iter()
            .map(|name| name.text.as_str())
            .collect::<Vec<_>>()
            .join(".")
    }

    fn item(&mut self, item: &Item) -> Option<Outline> {
        let (kind, name, span, inside) = match item {
            Item::Use(used) => {
                let names: Vec<_> = used.names.iter().map(|name| name.text.as_str()).collect();
                ("use_declaration", names.join(", "), used.span, Vec::new())
            }
            Item::Zone { name, span } => ("zone_declaration", name.clone(), *span, Vec::new()),
            Item::Calendar { name, span } => {
                ("calendar_declaration", name.text.clone(), *span, Vec::new())
            }
            Item::Trigger(trigger) => (
                "trigger_declaration",
                String::new(),
                trigger.span,
                Vec::new(),
            ),
            Item::Input(input) => (
                "input_declaration",
                input.name.text.clone(),
                input.span,
                Vec::new(),
            ),
            Item::OneRun(one) => ("one_run_declaration", String::new(), one.span, Vec::new()),
            Item::Type(of) => (
                "type_declaration",
                of.name.text.clone(),
                of.span,
                Vec::new(),
            ),
            Item::Query(query) => (
                "query_declaration",
                query.name.text.clone(),
                query.span,
                Vec::new(),
            ),
            Item::Command(command) => (
                "command_declaration",
                command.name.text.clone(),
                command.span,
                Vec::new(),
            ),
            Item::Metric(metric) => (
                "metric_declaration",
                metric.name.text.clone(),
                metric.span,
                Vec::new(),
            ),
            Item::State(state) => (
                "state_declaration",
                state.name.text.clone(),
                state.span,
                Vec::new(),
            ),
            Item::Predictor(predictor) => (
                "predictor_declaration",
                predictor.name.text.clone(),
                predictor.span,
                Vec::new(),
            ),
            Item::Model(model) => (
                "model_declaration",
                model.name.text.clone(),
                model.span,
                Vec::new(),
            ),
            Item::Policy(policy) => (
                "policy_declaration",
                policy.name.text.clone(),
                policy.span,
                Vec::new(),
            ),
            Item::Function(function) => {
                let inside = match &function.body {
                    FunctionBody::Value(_) => Vec::new(),
                    FunctionBody::Block(block) => self.block(block),
                };
                (
                    "function_declaration",
                    function.name.text.clone(),
                    function.span,
                    inside,
                )
            }
            Item::Action(action) => {
                let inside = self.block(&action.body);
                (
                    "action_declaration",
                    action.name.text.clone(),
                    action.span,
                    inside,
                )
            }
            Item::OnFailure(failure) => {
                let inside = self.block(&failure.body);
                (
                    "on_failure_declaration",
                    String::new(),
                    failure.span,
                    inside,
                )
            }
            Item::Test(test) => (
                "test_declaration",
                test.title.clone(),
                test.span,
                Vec::new(),
            ),
            Item::Statement(statement) => return self.statement(statement),
            Item::Error(_) => return None,
        };
        Some(self.at(kind, &name, span, inside))
    }

    fn block(&mut self, block: &Block) -> Vec<Outline> {
        block
            .statements
            .iter()
            .filter_map(|statement| self.statement(statement))
            .collect()
    }

    fn statement(&mut self, statement: &Statement) -> Option<Outline> {
        let none: &[Modifier] = &[];
        let (kind, name, mut inside, modifiers) = match statement {
            Statement::Let(binding) => {
                let inside = match &binding.value {
                    LetValue::ForEach(each) => self.block(&each.body),
                    LetValue::Wait(wait) => self.wait(wait),
                    LetValue::Value(_)
                    | LetValue::Do { .. }
                    | LetValue::Ask(_)
                    | LetValue::Run(_) => Vec::new(),
                };
                (
                    "let_statement",
                    binding.name.text.clone(),
                    inside,
                    binding.modifiers.as_slice(),
                )
            }
            Statement::Do(effect) => (
                "do_statement",
                self.callee(&effect.call),
                Vec::new(),
                effect.modifiers.as_slice(),
            ),
            Statement::If(branch) => return Some(self.branch(branch)),
            Statement::ForEach(each) => return Some(self.each(each)),
            Statement::Match(choice) => {
                let mut inside = Vec::new();
                for arm in &choice.arms {
                    inside.extend(self.block(&arm.body));
                }
                if let Some(block) = &choice.otherwise {
                    inside.extend(self.block(block));
                }
                ("match_statement", String::new(), inside, none)
            }
            Statement::Repeat(repeat) => (
                "repeat_statement",
                String::new(),
                self.block(&repeat.body),
                none,
            ),
            Statement::Together(together) => (
                "together_statement",
                String::new(),
                self.block(&together.body),
                none,
            ),
            Statement::Try(attempt) => {
                let mut inside = self.block(&attempt.body);
                inside.extend(self.block(&attempt.otherwise));
                ("try_statement", String::new(), inside, none)
            }
            Statement::End(end) => return Some(self.end(end)),
            Statement::Return(_) => ("return_statement", String::new(), Vec::new(), none),
            Statement::Yield(_) => ("yield_statement", String::new(), Vec::new(), none),
            Statement::Record(record) => {
                let table = Self::path(&record.step.table);
                (
                    "record_statement",
                    table,
                    Vec::new(),
                    record.modifiers.as_slice(),
                )
            }
            Statement::Emit(emit) => {
                let event = emit.step.event.text.clone();
                (
                    "emit_statement",
                    event,
                    Vec::new(),
                    emit.modifiers.as_slice(),
                )
            }
            Statement::Set(set) => {
                let state = set.step.state.text.clone();
                ("set_statement", state, Vec::new(), set.modifiers.as_slice())
            }
            Statement::Ask(ask) => (
                "ask_statement",
                String::new(),
                Vec::new(),
                ask.modifiers.as_slice(),
            ),
            Statement::Wait(wait) => {
                let inside = self.wait(&wait.step);
                (
                    "wait_statement",
                    String::new(),
                    inside,
                    wait.modifiers.as_slice(),
                )
            }
            Statement::Run(run) => {
                let kind = if run.step.waits {
                    "run_statement"
                } else {
                    "start_statement"
                };
                (
                    kind,
                    self.callee(&run.step.call),
                    Vec::new(),
                    run.modifiers.as_slice(),
                )
            }
            Statement::Error(_) => return None,
        };
        inside.extend(self.modifiers(modifiers));
        Some(self.at(kind, &name, statement.span(), inside))
    }

    fn modifiers(&mut self, modifiers: &[Modifier]) -> Vec<Outline> {
        let mut inside = Vec::new();
        for modifier in modifiers {
            if let Modifier::Otherwise { what, .. } = modifier {
                match what {
                    Otherwise::Value(_) => {}
                    Otherwise::Block(block) => inside.extend(self.block(block)),
                    Otherwise::End(end) => inside.push(self.end(end)),
                }
            }
        }
        inside
    }

    fn branch(&mut self, branch: &If) -> Outline {
        let mut inside = self.block(&branch.then);
        match &branch.otherwise {
            Some(ElseBranch::Block(block)) => inside.extend(self.block(block)),
            Some(ElseBranch::If(branch)) => inside.push(self.branch(branch)),
            None => {}
        }
        // An `else if` ends with its own `else`.
        let span = Span {
            end: last_end(branch),
            ..branch.span
        };
        self.at("if_statement", "", span, inside)
    }

    fn each(&mut self, each: &ForEach) -> Outline {
        let inside = self.block(&each.body);
        self.at("for_statement", &each.item.text, each.span, inside)
    }

    fn end(&mut self, end: &End) -> Outline {
        let kind = match end.kind {
            EndKind::Stop => "stop_statement",
            EndKind::Fail => "fail_statement",
            EndKind::Skip => "skip_statement",
        };
        self.at(kind, "", end.span, Vec::new())
    }

    fn wait(&mut self, wait: &Wait) -> Vec<Outline> {
        let mut inside = Vec::new();
        if let WaitUntil::First(branches) = &wait.until {
            for branch in branches {
                match branch {
                    WaitBranch::Event { body, .. } | WaitBranch::After { body, .. } => {
                        inside.extend(self.block(body));
                    }
                    WaitBranch::Error(_) => {}
                }
            }
        }
        inside
    }
}

fn shown(outline: &[Outline], depth: usize, into: &mut String) {
    for one in outline {
        let (first, last) = one.lines;
        let _ = writeln!(
            into,
            "{:depth$}{} {} {first}-{last}",
            "", one.kind, one.name
        );
        shown(&one.inside, depth + 2, into);
    }
}

/// The outlines as text: a difference is then one line.
fn both(text: &str) -> (String, String) {
    let parsed = sophia_language::parse(text, Arc::from("playbook.sophia"));
    let (mut own, mut other) = (String::new(), String::new());
    shown(&ours(&parsed.file, text), 0, &mut own);
    shown(&theirs(parser::read(text).root_node(), text), 0, &mut other);
    (own, other)
}

#[test]
fn the_outlines_of_every_playbook_agree() {
    for playbook in corpus::playbooks() {
        let (own, other) = both(&playbook.text);
        assert!(own.lines().count() > 1, "{}", playbook.name);
        assert_eq!(own, other, "{}", playbook.name);
    }
}

#[test]
fn the_outlines_of_every_construct_agree() {
    for text in WHOLE {
        let (own, other) = both(text);
        assert!(own.lines().count() > 1, "{text}");
        assert_eq!(own, other, "{text}");
    }
}

#[test]
fn an_outline_nests_as_written() {
    let text = "playbook nested\n\nlet x = for each y in ys, 2 at a time {\n  if y.a > 1 {\n    skip \"no\"\n  } \
                else if y.b {\n    fail \"b\"\n  }\n  yield y\n}\n\nlet z = f(x)\n  retry 2 times\n  \
                otherwise {\n    stop \"none\"\n  }\n";
    let (own, other) = both(text);
    assert_eq!(own, other);
    assert_eq!(
        own,
        "playbook_header nested 1-1\nlet_statement x 3-10\n  if_statement  4-8\n    skip_statement  5-5\n    \
         if_statement  6-8\n      fail_statement  7-7\n  yield_statement  9-9\nlet_statement z 12-16\n  \
         stop_statement  15-15\n"
    );
}
