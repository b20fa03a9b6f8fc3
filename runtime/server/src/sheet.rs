//! A run as a manager reads it: one line for each step of the playbook, loop items counted together.
//!
//! Kept true here: it is derived from what the journal holds and nothing else, so `run`, `resume` and
//! `runs show` tell the same; who answered a model call and why others did not is never left out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Serialize;
use sophia_engine::{Failure, RunDetail, RunOutcome, StepDetail, StepEnd, StepState};
use sophia_plan::{Expression, StepKind, Type, Work, to_json};

use crate::testing::step_name;

/// A run, step by step.
#[derive(Clone, Debug, Serialize)]
pub struct RunSheet {
    /// The run.
    pub run: Arc<str>,
    /// The playbook.
    pub playbook: Arc<str>,
    /// The playbook's file.
    pub file: Arc<str>,
    /// The environment.
    pub environment: Arc<str>,
    /// `running`, `waiting`, `done`, `stopped`, `failed`, `cancelled`.
    pub status: &'static str,
    /// When it was started.
    pub created: jiff::Timestamp,
    /// When it ended.
    pub ended: Option<jiff::Timestamp>,
    /// Why it stopped or failed, in words.
    pub reason: Option<String>,
    /// The failure, where it failed.
    pub failure: Option<FailureSheet>,
    /// One line for each step that was reached, in the order in which they were.
    pub steps: Vec<StepLine>,
    /// What it waits for.
    pub waits: Vec<WaitSheet>,
    /// What it asks people.
    pub questions: Vec<QuestionSheet>,
    /// How many step results are on disk.
    pub durable_steps: u64,
    /// How many effects nobody is sure of.
    pub unsure: u64,
    /// What model calls cost, in USD.
    pub cost_usd: String,
    /// The run that started it, if one did.
    pub parent: Option<Arc<str>>,
    /// What the run gave back, where it ended with a `return`.
    pub result: Option<serde_json::Value>,
}

/// Why a run failed.
#[derive(Clone, Debug, Serialize)]
pub struct FailureSheet {
    /// The code of the problem; a `fail` statement has none.
    pub code: Option<Arc<str>>,
    /// One sentence.
    pub message: Arc<str>,
    /// What the system below said.
    pub causes: Vec<String>,
    /// The next step.
    pub help: Option<String>,
    /// The step.
    pub step: Arc<str>,
    /// Its line.
    pub line: u32,
}

/// Something that a run waits for.
#[derive(Clone, Debug, Serialize)]
pub struct WaitSheet {
    /// The step's key.
    pub key: Arc<str>,
    /// Its line.
    pub line: u32,
    /// In words.
    pub reason: String,
    /// Whether a person decides.
    pub for_a_person: bool,
}

/// A question to people that is open.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionSheet {
    /// The step's key.
    pub key: Arc<str>,
    /// What is asked.
    pub text: Arc<str>,
    /// Who is asked: groups between quotes, people by address.
    pub whom: Vec<String>,
    /// How many must agree.
    pub quorum: u64,
    /// Who has agreed.
    pub agreed: Vec<Arc<str>>,
    /// Until when, where there is an end.
    pub until: Option<jiff::Timestamp>,
    /// The fields of the form, where one is asked for.
    pub fields: Option<Vec<Arc<str>>>,
}

/// One step of the playbook, over all loop items.
#[derive(Clone, Debug, Serialize)]
pub struct StepLine {
    /// Its name in the plan.
    pub name: Arc<str>,
    /// Its label.
    pub label: Arc<str>,
    /// `query`, `predictor`, `compute`, `model`, `read`, `effect`, `loop`, `branch`, `end`.
    pub kind: &'static str,
    /// The tool's call, for a tool: `slack.post_message`.
    pub call: Option<String>,
    /// What a loop goes through, where that has a name: `at_risk`.
    pub source: Option<Arc<str>>,
    /// The line of the playbook.
    pub line: u32,
    /// How often it was reached.
    pub reached: u64,
    /// How many of these ended well.
    pub done: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were left out because they had happened before, under `at most once`.
    pub suppressed: u64,
    /// How many are under way or wait.
    pub open: u64,
    /// How many items of a loop there are, ended well, failed, were skipped.
    pub items: Option<ItemCounts>,
    /// How many rounds of a `repeat` began.
    pub rounds: Option<u64>,
    /// Which ways a `match` or an `if` went, and how often.
    pub ways: BTreeMap<Arc<str>, u64>,
    /// Rows that it gave, or learned from; of the last time it was reached.
    pub rows: Option<u64>,
    /// One more fact in words.
    pub note: Option<String>,
    /// Who answered a model call, and how often.
    pub answered_by: BTreeMap<String, u64>,
    /// The routes that did not answer, and the last reason of each.
    pub passed_over: BTreeMap<String, String>,
    /// The line of the playbook's own answer, where that answered.
    pub otherwise_line: Option<u32>,
    /// Whether a stand-in answered.
    pub stand_in: bool,
    /// What it cost, in USD.
    pub cost_usd: String,
    /// From its first beginning to its last end, in microseconds.
    pub micros: u64,
    /// Why it failed, each reason once.
    pub failures: Vec<String>,
}

/// How far a loop is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ItemCounts {
    /// How many there are.
    pub total: u64,
    /// How many ended well.
    pub done: u64,
    /// How many failed.
    pub failed: u64,
    /// How many were skipped.
    pub skipped: u64,
}

impl RunSheet {
    /// The sheet of a run.
    #[must_use]
    pub fn of(detail: &RunDetail) -> Self {
        let mut lines: Vec<StepLine> = Vec::new();
        let mut places: BTreeMap<Arc<str>, usize> = BTreeMap::new();
        let mut spans: Vec<(Option<jiff::Timestamp>, Option<jiff::Timestamp>)> = Vec::new();
        let mut cost = Decimal::ZERO;
        let (mut durable_steps, mut unsure) = (0, 0);
        for step in &detail.steps {
            let name = step_name(&step.key);
            let place = *places.entry(name.clone()).or_insert_with(|| {
                lines.push(StepLine::new(name, step));
                spans.push((None, None));
                lines.len() - 1
            });
            if let (Some(line), Some(span)) = (lines.get_mut(place), spans.get_mut(place)) {
                line.add(step);
                span.0 = earliest(span.0, step.began);
                span.1 = span.1.max(step.ended);
            }
            cost += step_cost(step);
            if matches!(step.state, StepState::Ended(_)) {
                durable_steps += 1;
            }
            if matches!(
                step.state,
                StepState::Asking(_) | StepState::Ended(StepEnd::Unsure(_))
            ) {
                unsure += 1;
            }
        }
        for (line, span) in lines.iter_mut().zip(&spans) {
            if let (Some(began), Some(ended)) = span {
                line.micros =
                    u64::try_from(ended.as_microsecond() - began.as_microsecond()).unwrap_or(0);
            }
        }
        let (reason, failure) = match &detail.outcome {
            Some(RunOutcome::Stopped(reason)) => (Some(reason.to_string()), None),
            Some(RunOutcome::Failed(failure)) => {
                (Some(failure.message.to_string()), Some(failure.into()))
            }
            _ => (None, None),
        };
        Self {
            run: detail.summary.run.0.clone(),
            playbook: detail.summary.playbook.clone(),
            file: detail.file.clone(),
            environment: detail.summary.environment.clone(),
            status: detail.summary.status.as_str(),
            created: detail.summary.created,
            ended: detail.summary.ended,
            reason,
            failure,
            steps: lines,
            waits: detail
                .waits
                .iter()
                .map(|wait| WaitSheet {
                    key: wait.key.clone(),
                    line: wait.line,
                    reason: wait.reason.clone(),
                    for_a_person: wait.for_a_person,
                })
                .collect(),
            questions: detail.steps.iter().filter_map(question).collect(),
            durable_steps,
            unsure,
            cost_usd: cost.normalize().to_string(),
            parent: detail
                .summary
                .parent
                .as_ref()
                .map(|parent| parent.0.clone()),
            result: detail.result.as_ref().map(to_json),
        }
    }
}

fn question(step: &StepDetail) -> Option<QuestionSheet> {
    let waits = matches!(step.state, StepState::Waiting(_));
    let question = step.question.as_ref().filter(|_| waits)?;
    Some(QuestionSheet {
        key: step.key.clone(),
        text: question.text.clone(),
        whom: question.whom.iter().map(ToString::to_string).collect(),
        quorum: question.quorum,
        agreed: question.said.iter().map(|said| said.by.clone()).collect(),
        until: question.until,
        fields: question.form.as_ref().map(|form| match &form.of {
            Type::Record(row) => row.fields.iter().map(|field| field.name.clone()).collect(),
            _ => Vec::new(),
        }),
    })
}

impl From<&Failure> for FailureSheet {
    fn from(failure: &Failure) -> Self {
        Self {
            code: failure.code.clone(),
            message: failure.message.clone(),
            causes: failure.causes.clone(),
            help: failure.help.clone(),
            step: failure.step.clone(),
            line: failure.line,
        }
    }
}

impl StepLine {
    fn new(name: Arc<str>, detail: &StepDetail) -> Self {
        let (kind, call) = match &detail.step.kind {
            StepKind::Work(Work::Query { .. }) => ("query", None),
            StepKind::Work(Work::Predictor { .. }) => ("predictor", None),
            StepKind::Work(Work::Compute { .. }) | StepKind::Yield { .. } => ("compute", None),
            StepKind::Work(Work::Model { .. }) => ("model", None),
            StepKind::Work(Work::Tool {
                tool, call, effect, ..
            }) => (
                if *effect { "effect" } else { "read" },
                Some(format!("{tool}.{call}")),
            ),
            StepKind::ForEach { .. } | StepKind::Repeat { .. } => ("loop", None),
            StepKind::Branch { .. } | StepKind::Match { .. } => ("branch", None),
            StepKind::End { .. } | StepKind::Return { .. } | StepKind::Armed { .. } => {
                ("end", None)
            }
            StepKind::Together { .. } | StepKind::Try { .. } | StepKind::Action { .. } => {
                ("block", None)
            }
            StepKind::Ask(_) => ("ask", None),
            StepKind::Wait(_) => ("wait", None),
            StepKind::Work(work) if work.is_effect() => ("effect", None),
            StepKind::Work(_) => ("read", None),
        };
        let source = match &detail.step.kind {
            StepKind::ForEach {
                source: Expression::Name(source),
                ..
            } => Some(source.clone()),
            _ => None,
        };
        Self {
            name,
            source,
            label: detail.step.label.clone(),
            kind,
            call,
            line: detail.step.origin.line,
            reached: 0,
            done: 0,
            failed: 0,
            suppressed: 0,
            open: 0,
            items: None,
            rounds: None,
            ways: BTreeMap::new(),
            rows: None,
            note: None,
            answered_by: BTreeMap::new(),
            passed_over: BTreeMap::new(),
            otherwise_line: None,
            stand_in: false,
            cost_usd: "0".to_owned(),
            micros: 0,
            failures: Vec::new(),
        }
    }

    fn add(&mut self, detail: &StepDetail) {
        self.reached += 1;
        match &detail.state {
            StepState::Ended(
                StepEnd::Done | StepEnd::Otherwise(_) | StepEnd::Ended(_) | StepEnd::Skipped { .. },
            ) => {
                self.done += 1;
            }
            StepState::Ended(StepEnd::Suppressed { .. }) => self.suppressed += 1,
            StepState::Ended(StepEnd::Failed(_) | StepEnd::Unsure(_)) => self.failed += 1,
            StepState::Ended(StepEnd::LetGo) => {}
            StepState::Running
            | StepState::Retrying { .. }
            | StepState::Asking(_)
            | StepState::Waiting(_) => self.open += 1,
        }
        let report = &detail.report;
        self.rows = report.rows.or(self.rows);
        self.note = report.note.clone().or(self.note.take());
        self.stand_in |= report.stand_in;
        if let Some(who) = &report.answered_by {
            *self.answered_by.entry(who.clone()).or_default() += 1;
        }
        self.passed_over.extend(report.passed_over.iter().cloned());
        self.otherwise_line = report.otherwise_line.or(self.otherwise_line);
        let cost = self.cost_usd.parse::<Decimal>().unwrap_or_default() + step_cost(detail);
        self.cost_usd = cost.normalize().to_string();
        if let Some(items) = detail.items {
            let sum = self.items.get_or_insert_default();
            sum.total += items.total;
            sum.done += items.done;
            sum.failed += items.failed;
            sum.skipped += items.skipped;
        }
        if let Some(rounds) = detail.rounds {
            *self.rounds.get_or_insert_default() += u64::from(rounds.number);
        }
        if let Some(way) = &detail.chosen {
            *self.ways.entry(way.clone()).or_default() += 1;
        }
        if let Some(failure) = detail.failure() {
            let text = in_full(failure);
            if !self.failures.contains(&text) {
                self.failures.push(text);
            }
        }
    }
}

/// A failure's sentence, and what the system below said.
fn in_full(failure: &Failure) -> String {
    if failure.causes.is_empty() {
        return failure.message.to_string();
    }
    format!("{} ({})", failure.message, failure.causes.join("; "))
}

fn step_cost(detail: &StepDetail) -> Decimal {
    detail
        .report
        .cost_usd
        .as_deref()
        .and_then(|cost| cost.parse().ok())
        .unwrap_or_default()
}

fn earliest(
    one: Option<jiff::Timestamp>,
    other: Option<jiff::Timestamp>,
) -> Option<jiff::Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

/// A whole number with commas: `7,043`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}
