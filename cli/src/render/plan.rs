//! What a playbook would do, cost and send, and what has changed since a revision.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};
use sophia_compiler::facts::cost::{Polynomial, at_most, grouped};
use sophia_compiler::{Checked, EffectOutlook, Outlook, Playbook, Share, Verdict};

use super::style::{QUIET, STRONG, WELL, paint};

/// What is shown.
pub(crate) struct Shown<'a> {
    pub(crate) now: &'a Checked,
    /// The project at the revision that it is compared with.
    pub(crate) before: Option<&'a Checked>,
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
                continue;
            }
            if let Some(now) = pair.now.and_then(|playbook| playbook.outlook.as_deref()) {
                let before = pair.before.and_then(|playbook| playbook.outlook.as_deref());
                sheet(&mut text, now, before, change == Some(Change::Changed));
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

/// The lines of one playbook. `compared` says whether what is new and gone is marked.
fn sheet(text: &mut String, now: &Outlook, before: Option<&Outlook>, compared: bool) {
    let before = before.filter(|_| compared);
    let mut label = "effects";
    for (name, effect) in &now.effects {
        let old = before.and_then(|before| before.effects.get(name));
        let is_new = before.is_some() && old.is_none();
        let mut bound = a_run(&effect.most);
        if let Some(old) = old
            && old.most != effect.most
        {
            bound.push_str(&format!(" (was {})", count(&old.most)));
        }
        let mark = if is_new { '+' } else { ' ' };
        row(text, label, mark, name, &bound, &details(effect, is_new));
        label = "";
    }
    for (name, effect) in before.iter().flat_map(|before| &before.effects) {
        if !now.effects.contains_key(name) {
            let bound = format!("was {}", a_run(&effect.most));
            row(text, label, '-', name, &bound, "removed");
            label = "";
        }
    }
    for (name, most) in &now.effects_of_others {
        let old = before.and_then(|before| before.effects_of_others.get(name));
        let mut bound = a_run(most);
        if let Some(old) = old
            && old != most
        {
            bound.push_str(&format!(" (was {})", count(old)));
        }
        let mark = if before.is_some() && old.is_none() {
            '+'
        } else {
            ' '
        };
        row(text, label, mark, name, &bound, "in playbooks that it runs");
        label = "";
    }
    for (name, most) in before.iter().flat_map(|before| &before.effects_of_others) {
        if !now.effects_of_others.contains_key(name) {
            let bound = format!("was {}", a_run(most));
            row(text, label, '-', name, &bound, "removed");
            label = "";
        }
    }
    let mut label = "data";
    for (to, carried) in &now.data {
        let is_new = before.is_some_and(|before| {
            let same = (to.clone(), carried.clone());
            !before.data.contains(&same)
        });
        let mark = if is_new { '+' } else { ' ' };
        wide(text, label, mark, &format!("→ {to}"), carried);
        label = "";
    }
    for (to, carried) in before.iter().flat_map(|before| &before.data) {
        if !now.data.contains(&(to.clone(), carried.clone())) {
            wide(
                text,
                label,
                '-',
                &format!("→ {to}"),
                &format!("{carried}; removed"),
            );
            label = "";
        }
    }
    let was = before
        .filter(|before| before.cost != now.cost || before.runs_a_month != now.runs_a_month)
        .map(|before| format!("was {}", cost(before)))
        .unwrap_or_default();
    wide(text, "cost", ' ', &cost(now), &was);
    for model in &now.unpriced {
        wide(
            text,
            "",
            ' ',
            &format!("and `{model}`, which has no price"),
            "",
        );
    }
    for assumption in &now.assumptions {
        text.push_str(&format!("{:14}{}\n", "", paint(QUIET, assumption)));
    }
    for (playbook, times) in &now.playbooks {
        let what = format!("with `{playbook}`, {} times", count(times));
        wide(text, "", ' ', &what, "");
    }
    wide(
        text,
        "at most",
        ' ',
        &envelope(now),
        &before.map_or(String::new(), |before| {
            if envelope(before) == envelope(now) {
                String::new()
            } else {
                format!("was {}", envelope(before))
            }
        }),
    );
}

/// The bounds of a run: attempts, model calls, effects, waits.
fn envelope(of: &Outlook) -> String {
    let sum = |bounds: &mut dyn Iterator<Item = &Polynomial>| {
        bounds.fold(Polynomial::zero(), |all, bound| all.plus(bound))
    };
    let calls = sum(&mut of.calls.values().chain(of.calls_of_others.values()));
    let own = of.effects.values().map(|effect| &effect.most);
    let effects = sum(&mut own.chain(of.effects_of_others.values()));
    let mut parts = vec![
        format!("{} attempts", count(&of.attempts)),
        format!("{} model calls", count(&calls)),
        format!("{} effects", count(&effects)),
    ];
    if of.waits != Polynomial::zero() {
        parts.push(format!("{} waits", count(&of.waits)));
    }
    parts.join(" · ")
}

fn details(effect: &EffectOutlook, is_new: bool) -> String {
    let mut parts = Vec::new();
    if is_new {
        parts.push("new".to_owned());
    }
    let mut to: Vec<&str> = effect.destinations.iter().map(|to| &**to).collect();
    if effect.elsewhere && !to.is_empty() {
        to.push("others");
    }
    if !to.is_empty() {
        parts.push(format!("to {}", to.join(", ")));
    }
    match effect.undo {
        Share::All => parts.push("undo: yes".to_owned()),
        Share::Some => parts.push("undo: some".to_owned()),
        Share::None if is_new => parts.push("undo: no".to_owned()),
        Share::None => {}
    }
    match &effect.approval {
        Some(groups) if groups.is_empty() => parts.push("approval: a person".to_owned()),
        Some(groups) => {
            let groups: Vec<&str> = groups.iter().map(|group| &**group).collect();
            parts.push(format!("approval: {}", groups.join(", ")));
        }
        None if is_new => parts.push("approval: none".to_owned()),
        None => {}
    }
    parts.join("; ")
}

fn cost(of: &Outlook) -> String {
    let mut text = format!("≤ {} a run", dollars(&of.cost));
    if let Some(runs) = of.runs_a_month {
        let month = of.cost.times(&Polynomial::known(runs));
        text.push_str(&format!(", ≤ {} a month", dollars(&month)));
    }
    text
}

fn dollars(of: &Polynomial) -> String {
    of.shown(&at_most)
}

fn count(of: &Polynomial) -> String {
    of.shown(&|number| grouped(&number.normalize().to_string()))
}

fn a_run(of: &Polynomial) -> String {
    format!("≤ {} a run", count(of))
}

fn row(text: &mut String, label: &str, mark: char, name: &Arc<str>, bound: &str, detail: &str) {
    let line = format!("{name:<21} {bound:<25} {detail}");
    push(text, label, mark, &line);
}

fn wide(text: &mut String, label: &str, mark: char, what: &str, detail: &str) {
    let line = format!("{what:<47} {detail}");
    push(text, label, mark, &line);
}

fn push(text: &mut String, label: &str, mark: char, line: &str) {
    let mark = match mark {
        '+' => paint(WELL, '+'),
        other => other.to_string(),
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
