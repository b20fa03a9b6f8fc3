//! What a playbook would do, cost and send, and what has changed since a revision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use sophia_compiler::facts::cost::Polynomial;
use sophia_compiler::{Checked, Outlook, PlanLine, PlanMark, PlanSheet, Playbook, Share, Verdict};
use sophia_server::control::Flight;

use super::style::{QUIET, STRONG, WELL, paint};

/// What is shown.
pub(crate) struct Shown<'a> {
    pub(crate) now: &'a Checked,
    /// The project at the revision that it is compared with.
    pub(crate) before: Option<&'a Checked>,
    /// The runs that have not ended, where it is compared and anything has run.
    pub(crate) flight: Option<&'a Flight>,
    /// One playbook alone.
    pub(crate) only: Option<&'a str>,
}

/// A playbook now and before.
struct Pair<'a> {
    name: &'a str,
    now: Option<&'a Playbook>,
    before: Option<&'a Playbook>,
}

/// How a playbook stands to what it was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    New,
    Removed,
    Changed,
    Unchanged,
    HasErrors,
}

impl Change {
    fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::HasErrors => "has errors: see sophia check",
        }
    }
}

impl Shown<'_> {
    fn pairs(&self) -> Vec<Pair<'_>> {
        let names: BTreeSet<&str> = (self.now.playbooks.iter())
            .chain(self.before.iter().flat_map(|before| &before.playbooks))
            .map(|playbook| &*playbook.name)
            .filter(|name| self.only.is_none_or(|only| only == *name))
            .collect();
        let find = |checked: &'_ Checked, name: &str| -> Option<usize> {
            (checked.playbooks.iter()).position(|playbook| &*playbook.name == name)
        };
        names
            .into_iter()
            .map(|name| Pair {
                name,
                now: find(self.now, name).and_then(|at| self.now.playbooks.get(at)),
                before: self
                    .before
                    .and_then(|before| before.playbooks.get(find(before, name)?)),
            })
            .collect()
    }

    fn change(&self, pair: &Pair<'_>) -> Option<Change> {
        let errors = |playbook: &Playbook| playbook.outlook.is_none();
        if pair.now.is_some_and(errors) {
            return Some(Change::HasErrors);
        }
        self.before?;
        Some(match (pair.now, pair.before) {
            (Some(_), None) => Change::New,
            (None, _) => Change::Removed,
            (Some(now), Some(before)) => {
                if now.plan == before.plan && now.outlook == before.outlook {
                    Change::Unchanged
                } else {
                    Change::Changed
                }
            }
        })
    }

    /// How many runs in flight would stay on an older version. Of a playbook that is new, and where nothing
    /// has run, nothing is said.
    fn staying(&self, pair: &Pair<'_>) -> Option<usize> {
        let plan = pair.now.and_then(|playbook| playbook.plan.as_deref());
        pair.before?;
        Some(self.flight?.on_others(pair.name, plan))
    }

    fn waits(&self, pair: &Pair<'_>) -> Option<PlanLine> {
        let what = match self.staying(pair)? {
            1 => "1 run in flight would stay on the old version".to_owned(),
            runs => format!("{runs} runs in flight would stay on the old version"),
        };
        Some(PlanLine {
            what,
            bound: String::new(),
            detail: String::new(),
            mark: PlanMark::Stays,
        })
    }

    /// For people.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        for pair in self.pairs() {
            let change = self.change(&pair);
            let word = change.map_or("", Change::word);
            let title = format!("{:<13} {word}", pair.name);
            text.push_str(&paint(STRONG, title.trim_end()));
            text.push('\n');
            if matches!(change, Some(Change::Unchanged | Change::Removed)) {
                if let Some(line) = self.waits(&pair).filter(|_| self.staying(&pair) != Some(0)) {
                    push(&mut text, "waits", &line);
                }
                continue;
            }
            if let Some(now) = pair.now.and_then(|playbook| playbook.outlook.as_deref()) {
                let before = pair.before.and_then(|playbook| playbook.outlook.as_deref());
                let before = before.filter(|_| change == Some(Change::Changed));
                sheet(&mut text, &PlanSheet::of(now, before));
            }
            if let Some(line) = self.waits(&pair) {
                push(&mut text, "waits", &line);
            }
        }
        text.push_str(&self.policies());
        text
    }

    fn policies(&self) -> String {
        let count = |wanted: Verdict| {
            (self.now.policies.iter())
                .filter(|standing| standing.verdict == wanted)
                .count()
        };
        let (idle, broken) = (count(Verdict::Idle), count(Verdict::Broken));
        let holds = count(Verdict::Holds) + idle;
        let mut text = format!("{:<13} {holds} hold, {broken} broken", "Policies");
        if idle > 0 {
            text.push_str(&format!(" ({idle} about nothing that is there)"));
        }
        text.push('\n');
        text
    }

    /// For programs.
    pub(crate) fn json(&self) -> Value {
        let playbooks: Vec<Value> = (self.pairs().iter())
            .map(|pair| {
                let mut entry = json!({ "playbook": pair.name });
                if let Some(change) = self.change(pair) {
                    entry["change"] = json!(match change {
                        Change::HasErrors => "has errors",
                        other => other.word(),
                    });
                }
                let outlook = |playbook: Option<&Playbook>| {
                    playbook
                        .and_then(|playbook| playbook.outlook.as_deref())
                        .map_or(Value::Null, outlook_json)
                };
                entry["now"] = outlook(pair.now);
                if self.before.is_some() {
                    entry["before"] = outlook(pair.before);
                }
                if let Some(runs) = self.staying(pair) {
                    entry["runs_on_older_versions"] = json!(runs);
                }
                entry
            })
            .collect();
        let policies: Vec<Value> = (self.now.policies.iter())
            .map(|standing| {
                let verdict = match standing.verdict {
                    Verdict::Holds => "holds",
                    Verdict::Idle => "idle",
                    Verdict::Broken => "broken",
                };
                json!({
                    "policy": &*standing.policy,
                    "file": &*standing.file,
                    "verdict": verdict,
                })
            })
            .collect();
        json!({ "playbooks": playbooks, "policies": policies })
    }
}

/// The lines of one playbook.
fn sheet(text: &mut String, sheet: &PlanSheet) {
    for section in &sheet.sections {
        let mut label = section.title;
        for line in &section.lines {
            push(text, label, line);
            label = "";
        }
    }
}

fn push(text: &mut String, label: &str, line: &PlanLine) {
    let PlanLine {
        what,
        bound,
        detail,
        mark,
    } = line;
    let mark = match mark {
        PlanMark::Remark => {
            text.push_str(&format!("{:14}{}\n", "", paint(QUIET, what)));
            return;
        }
        PlanMark::New => paint(WELL, '+'),
        PlanMark::Gone => "-".to_owned(),
        PlanMark::Stays => " ".to_owned(),
    };
    let line = if bound.is_empty() {
        format!("{what:<47} {detail}")
    } else {
        format!("{what:<21} {bound:<25} {detail}")
    };
    text.push_str(format!("  {label:<10}{mark} {line}").trim_end());
    text.push('\n');
}

fn outlook_json(of: &Outlook) -> Value {
    let effects: Vec<Value> = (of.effects.iter())
        .map(|(name, effect)| {
            json!({
                "effect": &**name,
                "most": bound(&effect.most),
                "to": effect.destinations.iter().map(|to| &**to).collect::<Vec<_>>(),
                "elsewhere": effect.elsewhere,
                "undo": match effect.undo { Share::All => "yes", Share::Some => "some", Share::None => "no" },
                "approval": effect.approval.as_ref().map(|groups| groups.iter().map(|group| &**group).collect::<Vec<_>>()),
            })
        })
        .collect();
    let data: Vec<Value> = (of.data.iter())
        .map(|(to, carried)| json!({ "to": &**to, "carries": &**carried }))
        .collect();
    let calls: Vec<Value> = (of.calls.iter())
        .map(|(model, calls)| json!({ "model": &**model, "most": bound(calls) }))
        .collect();
    let others = |bounds: &BTreeMap<Arc<str>, Polynomial>, what: &str| -> Vec<Value> {
        (bounds.iter())
            .map(|(name, most)| json!({ what: &**name, "most": bound(most) }))
            .collect()
    };
    json!({
        "effects": effects,
        "effects_of_others": others(&of.effects_of_others, "effect"),
        "data": data,
        "calls": calls,
        "calls_of_others": others(&of.calls_of_others, "model"),
        "attempts": bound(&of.attempts),
        "waits": bound(&of.waits),
        "cost": {
            "most": bound(&of.cost),
            "runs_a_month": of.runs_a_month,
            "starts_otherwise": of.starts_otherwise,
            "unpriced": of.unpriced,
            "assumptions": of.assumptions,
            "playbooks": of.playbooks.keys().map(|name| &**name).collect::<Vec<_>>(),
        },
    })
}

/// A number as text where it is known, and the whole bound either way.
fn bound(of: &Polynomial) -> Value {
    json!({
        "number": of.number().map(|number| number.normalize().to_string()),
        "bound": of.to_string(),
    })
}
