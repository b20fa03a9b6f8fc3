//! A replay: every step with what it was given, what it gave, when and why; and what another version would
//! have done otherwise.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};
use sophia_engine::StepDetail;
use sophia_engine::replay::{
    Comparison, Difference, Otherwise, Replay, ReplayedStep, Unanswered, rests,
};
use sophia_plan::{Record, StepKind, Value, Work, to_json};

use super::numbers::{counted, duration, grouped, instant};
use super::style::{ERROR, QUIET, STRONG, WARNING, paint};
use crate::commands::runs::state;

/// How much of a value stands in a line.
const SHOWN: usize = 76;
/// How many places of one kind are named.
const NAMED: usize = 5;

/// A replay as people read it.
pub(crate) fn replay_text(replay: &Replay) -> String {
    let mut text = head(&replay.detail, "replay");
    for step in &replay.steps {
        step_text(&mut text, step, replay.detail.summary.created);
    }
    if !replay.not_reached.is_empty() {
        text.push_str("\n  not reached\n");
        for step in &replay.not_reached {
            let line = paint(QUIET, format_args!("line {}", step.origin.line));
            let _ = writeln!(text, "    {:<60} {line}", step.name);
        }
    }
    let outcome = match &replay.detail.outcome {
        Some(outcome) => rests(Some(outcome)),
        None => replay.detail.summary.status.as_str().to_owned(),
    };
    let events = counted(replay.events as u64, "event", "events");
    let _ = writeln!(
        text,
        "\nRepeats as recorded: {events}, {outcome}. Nothing outside was touched.\n"
    );
    let _ = writeln!(
        text,
        "Next: sophia replay {} --playbook FILE shows what another version would have done",
        replay.detail.summary.run
    );
    text
}

fn head(detail: &sophia_engine::RunDetail, what: &str) -> String {
    let summary = &detail.summary;
    let ended = summary
        .ended
        .map(|ended| format!(" · ended {}", instant(ended)))
        .unwrap_or_default();
    let began = format!("began {}{ended}", instant(summary.created));
    format!(
        "{} · {what} of run {} · environment {}\n{}\n\n",
        paint(STRONG, &summary.playbook),
        summary.run,
        summary.environment,
        paint(QUIET, began)
    )
}

fn step_text(text: &mut String, step: &ReplayedStep, began: Timestamp) {
    let detail = &step.detail;
    let took = match (detail.began, detail.ended) {
        (Some(began), Some(ended)) => between(began, ended),
        _ => String::new(),
    };
    let at = detail
        .began
        .or(step.reasons.first().map(|reason| reason.at));
    let after = at.map_or_else(String::new, |at| format!("+{}", between(began, at)));
    let _ = writeln!(
        text,
        "  {:<50} {:<10} {:>14}  {}",
        detail.key,
        state(detail),
        after,
        paint(QUIET, took)
    );
    for reason in &step.reasons {
        let _ = writeln!(text, "      {}", paint(QUIET, &reason.what));
    }
    if let Some(intake) = &step.intake
        && !intake.values.fields.is_empty()
    {
        let _ = writeln!(text, "      in   {}", record(&intake.values));
    }
    if let Some(value) = &detail.value {
        let _ = writeln!(text, "      out  {}", short(value));
    }
}

fn between(from: Timestamp, to: Timestamp) -> String {
    let micros = to.as_microsecond() - from.as_microsecond();
    duration(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}

/// A value in one line.
fn short(value: &Value) -> String {
    if let Value::Table(table) = value {
        return counted(table.len() as u64, "row", "rows");
    }
    cut(&to_json(value).to_string())
}

fn cut(text: &str) -> String {
    let short: String = text.chars().take(SHOWN).collect();
    if short.len() < text.len() {
        format!("{short} …")
    } else {
        short
    }
}

fn record(record: &Record) -> String {
    let fields: Vec<String> = (record.fields.iter())
        .map(|(name, value)| match value {
            Value::Table(_) => format!("{name}: {}", short(value)),
            _ => format!("{name}: {}", to_json(value)),
        })
        .collect();
    cut(&fields.join(", "))
}

/// A replay for programs.
pub(crate) fn replay_json(replay: &Replay) -> Json {
    let summary = &replay.detail.summary;
    json!({
        "run": summary.run,
        "playbook": summary.playbook,
        "environment": summary.environment,
        "status": summary.status,
        "created": summary.created,
        "ended": summary.ended,
        "repeats": true,
        "events": replay.events,
        "steps": replay.steps.iter().map(step_json).collect::<Vec<_>>(),
        "not_reached": replay.not_reached.iter().map(|step| json!({
            "name": step.name,
            "line": step.origin.line,
        })).collect::<Vec<_>>(),
        "result": replay.detail.result.as_ref().map(to_json),
    })
}

fn step_json(step: &ReplayedStep) -> Json {
    let StepDetail {
        key,
        attempts,
        began,
        ended,
        value,
        report,
        chosen,
        ..
    } = &step.detail;
    json!({
        "key": key,
        "label": step.detail.label(),
        "line": step.detail.origin().line,
        "state": state(&step.detail),
        "attempts": attempts,
        "began": began,
        "ended": ended,
        "input": step.intake.as_ref().map(|intake| given(&intake.values)),
        "output": value.as_ref().map(to_json),
        "chosen": chosen,
        "report": report,
        "reasons": step.reasons.iter().map(|reason| json!({
            "at": reason.at,
            "what": reason.what,
        })).collect::<Vec<_>>(),
    })
}

fn given(values: &Record) -> Json {
    (values.fields.iter())
        .map(|(name, value)| (name.to_string(), to_json(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// What another version would have done, as people read it.
pub(crate) fn comparison_text(compared: &Comparison, named: &str) -> String {
    let mut text = head(&compared.detail, "record");
    let _ = writeln!(text, "  by {named}, asking nothing but the record\n");
    for section in [
        Section::Effects,
        Section::Ways,
        Section::Inputs,
        Section::Values,
    ] {
        let found: Vec<&Difference> = (compared.differences.iter())
            .filter(|found| section.holds(found))
            .collect();
        if found.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {}", section.title());
        for line in lines(&found) {
            let _ = writeln!(text, "    {line}");
        }
        text.push('\n');
    }
    if !compared.unanswered.is_empty() {
        let _ = writeln!(text, "  {}", paint(WARNING, "the record has no answer"));
        for (place, open) in compared.unanswered.iter().enumerate() {
            if place == NAMED {
                let left = (compared.unanswered.len() - NAMED) as u64;
                let _ = writeln!(text, "    … and {} more", grouped(left));
                break;
            }
            let _ = writeln!(text, "    {}", unanswered_text(open));
        }
        text.push_str("    what rests on these is not known\n\n");
    }
    if !compared.assumed.is_empty() {
        let effects = counted(compared.assumed.len() as u64, "effect", "effects");
        let _ = writeln!(
            text,
            "  {effects} with other values: taken to end as recorded, since nothing uses the results\n"
        );
    }
    let was = rests(compared.detail.outcome.as_ref());
    let now = ending(compared);
    if compared.differences.is_empty() && compared.unanswered.is_empty() && was == now {
        text.push_str("Nothing would have been otherwise.\n");
    } else if was == now {
        let _ = writeln!(text, "It would have ended as it did: {was}.");
    } else {
        let _ = writeln!(text, "It ended: {was}. It would have: {now}.");
    }
    text
}

fn ending(compared: &Comparison) -> String {
    match &compared.outcome {
        Some(outcome) => rests(Some(outcome)),
        None if compared.unanswered.is_empty() => rests(compared.detail.outcome.as_ref()),
        None => "not known beyond the record".to_owned(),
    }
}

fn unanswered_text(open: &Unanswered) -> String {
    format!(
        "{} (line {})  {}",
        open.key, open.step.origin.line, open.why
    )
}

/// What kind of difference.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Effects,
    Ways,
    Inputs,
    Values,
}

impl Section {
    fn title(self) -> String {
        match self {
            Self::Effects => paint(STRONG, "effects"),
            Self::Ways => paint(STRONG, "branches and loops"),
            Self::Inputs => paint(STRONG, "reads, models and questions"),
            Self::Values => paint(STRONG, "values and ends"),
        }
    }

    fn holds(self, found: &Difference) -> bool {
        let effect = matches!(&found.step.kind, StepKind::Work(work) if work.is_effect());
        self == match &found.what {
            Otherwise::Way { .. } | Otherwise::Items { .. } => Self::Ways,
            Otherwise::Gives | Otherwise::Ends { .. } => Self::Values,
            Otherwise::Given { .. }
            | Otherwise::More { .. }
            | Otherwise::Less { .. }
            | Otherwise::Unknown { .. }
                if effect =>
            {
                Self::Effects
            }
            _ => Self::Inputs,
        }
    }
}

/// The differences of a section, those of one step and kind together.
fn lines(found: &[&Difference]) -> Vec<String> {
    let mut groups: BTreeMap<(u32, String, &'static str), Vec<&Difference>> = BTreeMap::new();
    for one in found {
        let group = (one.step.origin.line, call(one), kind(&one.what));
        groups.entry(group).or_default().push(one);
    }
    let mut lines = Vec::new();
    for ((line, call, kind), group) in groups {
        let times = if group.len() == 1 {
            String::new()
        } else {
            format!("{} × ", grouped(group.len() as u64))
        };
        let mark = match kind {
            "more" => paint(WARNING, "+"),
            "less" => paint(ERROR, "-"),
            _ => "~".to_owned(),
        };
        let what = match kind {
            "more" => "would be done, and was not",
            "less" => "was done, and would not be",
            "unknown" => "was done; whether it would be is not known",
            "given" => "with other values",
            "way" => "would go another way",
            "items" => "would have another number of items",
            "gives" => "would give something else",
            _ => "would end otherwise",
        };
        let place = paint(QUIET, format_args!("line {line}"));
        lines.push(format!("{mark} {times}{call}  {what}  {place}"));
        for one in group.iter().take(NAMED) {
            lines.extend(detail(one, group.len() > 1));
        }
        if group.len() > NAMED {
            let left = (group.len() - NAMED) as u64;
            lines.push(format!("      … and {} more", grouped(left)));
        }
    }
    lines
}

fn detail(found: &Difference, with_key: bool) -> Vec<String> {
    let key = if with_key {
        format!("{}  ", found.key)
    } else {
        String::new()
    };
    match &found.what {
        Otherwise::Given { was, now } => {
            let mut lines = vec![format!("      {key}")];
            for (name, value) in &now.fields {
                if was.get(name) != Some(value) {
                    let before = was.get(name).map_or_else(|| "nothing".to_owned(), short);
                    lines.push(format!("        {name}  was  {before}"));
                    lines.push(format!(
                        "        {:<1$}  now  {2}",
                        "",
                        name.len(),
                        short(value)
                    ));
                }
            }
            if lines.len() == 1 {
                lines.push("        what it is asked is written otherwise".to_owned());
            }
            if key.is_empty() {
                lines.remove(0);
            }
            lines
        }
        Otherwise::More { given } | Otherwise::Less { given } | Otherwise::Unknown { given } => {
            vec![format!("      {key}{}", record(given))]
        }
        Otherwise::Way { was, now } => vec![format!("      {key}was `{was}`, would be `{now}`")],
        Otherwise::Items { was, now } => vec![format!(
            "      {key}were {}, would be {}",
            grouped(*was),
            grouped(*now)
        )],
        Otherwise::Ends { was, now } => vec![format!("      {key}was {was}; would be {now}")],
        Otherwise::Gives => {
            if with_key {
                vec![format!("      {key}")]
            } else {
                Vec::new()
            }
        }
    }
}

fn kind(what: &Otherwise) -> &'static str {
    match what {
        Otherwise::Given { .. } => "given",
        Otherwise::More { .. } => "more",
        Otherwise::Less { .. } => "less",
        Otherwise::Unknown { .. } => "unknown",
        Otherwise::Way { .. } => "way",
        Otherwise::Gives => "gives",
        Otherwise::Items { .. } => "items",
        Otherwise::Ends { .. } => "ends",
    }
}

/// What a step calls, as its playbook writes it.
fn call(found: &Difference) -> String {
    match &found.step.kind {
        StepKind::Work(Work::Tool { tool, call, .. }) => format!("{tool}.{call}"),
        _ => found.step.label.to_string(),
    }
}

/// What another version would have done, for programs.
pub(crate) fn comparison_json(compared: &Comparison, named: &str) -> Json {
    let summary = &compared.detail.summary;
    json!({
        "run": summary.run,
        "playbook": summary.playbook,
        "environment": summary.environment,
        "version": named,
        "was": rests(compared.detail.outcome.as_ref()),
        "would": ending(compared),
        "result": compared.result.as_ref().map(to_json),
        "differences": compared.differences.iter().map(difference_json).collect::<Vec<_>>(),
        "unanswered": compared.unanswered.iter().map(|open| json!({
            "key": open.key,
            "line": open.step.origin.line,
            "why": open.why,
        })).collect::<Vec<_>>(),
        "assumed": compared.assumed,
        "steps": compared.steps.iter().map(step_json).collect::<Vec<_>>(),
    })
}

fn difference_json(found: &Difference) -> Json {
    let effect = matches!(&found.step.kind, StepKind::Work(work) if work.is_effect());
    let (was, now) = match &found.what {
        Otherwise::Given { was, now } => (given(was), given(now)),
        Otherwise::More { given: now } => (Json::Null, given(now)),
        Otherwise::Less { given: was } | Otherwise::Unknown { given: was } => {
            (given(was), Json::Null)
        }
        Otherwise::Way { was, now } => (json!(was), json!(now)),
        Otherwise::Items { was, now } => (json!(was), json!(now)),
        Otherwise::Ends { was, now } => (json!(was), json!(now)),
        Otherwise::Gives => (Json::Null, Json::Null),
    };
    json!({
        "key": found.key,
        "call": call(found),
        "line": found.step.origin.line,
        "effect": effect,
        "kind": kind(&found.what),
        "was": was,
        "now": now,
    })
}
