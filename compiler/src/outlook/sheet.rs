//! An outlook in words: the lines that people read before a deployment, and what has changed in them.
//!
//! Kept true here: whoever shows a plan, a terminal or an editor, shows these words; how they are set and coloured
//! is theirs.

use super::{EffectOutlook, Outlook, Share};
use crate::facts::cost::{Polynomial, at_most, grouped};

/// What a playbook does, sends and costs, in the order in which it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlanSheet {
    /// Those that have a line.
    pub sections: Vec<PlanSection>,
}

/// Lines of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSection {
    /// `effects`, `data`, `cost`, `at most`
    pub title: &'static str,
    /// At least one.
    pub lines: Vec<PlanLine>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLine {
    /// How it stands to what was.
    pub mark: PlanMark,
    /// What it is about: `slack.post_message`.
    pub what: String,
    /// How often at most: `≤ 50 a run`; empty where there is nothing to count.
    pub bound: String,
    /// What else is known: `to #cs-alerts; undo: yes`; may be empty.
    pub detail: String,
}

/// How a line stands to what was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanMark {
    /// It was there before, or nothing is compared.
    Stays,
    /// It was not there before.
    New,
    /// It is there no more.
    Gone,
    /// A remark on the line above it.
    Remark,
}

impl PlanSheet {
    /// The sheet of a playbook, with what it was where that is compared.
    #[must_use]
    pub fn of(now: &Outlook, before: Option<&Outlook>) -> Self {
        let sections = [
            ("effects", effects(now, before)),
            ("data", data(now, before)),
            ("cost", costs(now, before)),
            ("at most", vec![envelopes(now, before)]),
        ];
        Self {
            sections: (sections.into_iter())
                .filter(|(_, lines)| !lines.is_empty())
                .map(|(title, lines)| PlanSection { title, lines })
                .collect(),
        }
    }
}

impl PlanLine {
    fn new(mark: PlanMark, what: impl Into<String>) -> Self {
        Self {
            mark,
            what: what.into(),
            bound: String::new(),
            detail: String::new(),
        }
    }

    fn bounded(mut self, bound: String, detail: impl Into<String>) -> Self {
        self.bound = bound;
        self.detail = detail.into();
        self
    }

    fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

fn mark(is_new: bool) -> PlanMark {
    if is_new {
        PlanMark::New
    } else {
        PlanMark::Stays
    }
}

fn effects(now: &Outlook, before: Option<&Outlook>) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    for (name, effect) in &now.effects {
        let old = before.and_then(|before| before.effects.get(name));
        let is_new = before.is_some() && old.is_none();
        let bound = bound(&effect.most, old.map(|old| &old.most));
        lines.push(
            PlanLine::new(mark(is_new), &**name).bounded(bound, details(effect, old, is_new)),
        );
    }
    for (name, effect) in before.iter().flat_map(|before| &before.effects) {
        if !now.effects.contains_key(name) {
            lines.push(removed(name, &effect.most));
        }
    }
    for (name, most) in &now.effects_of_others {
        let old = before.and_then(|before| before.effects_of_others.get(name));
        let mark = mark(before.is_some() && old.is_none());
        lines.push(
            PlanLine::new(mark, &**name).bounded(bound(most, old), "in playbooks that it runs"),
        );
    }
    for (name, most) in before.iter().flat_map(|before| &before.effects_of_others) {
        if !now.effects_of_others.contains_key(name) {
            lines.push(removed(name, most));
        }
    }
    lines
}

fn removed(name: &str, most: &Polynomial) -> PlanLine {
    PlanLine::new(PlanMark::Gone, name).bounded(format!("was {}", a_run(most)), "removed")
}

fn data(now: &Outlook, before: Option<&Outlook>) -> Vec<PlanLine> {
    let mut lines = Vec::new();
    for flow in &now.data {
        let mark = mark(before.is_some_and(|before| !before.data.contains(flow)));
        lines.push(PlanLine::new(mark, format!("→ {}", flow.0)).with(&*flow.1));
    }
    for flow in before.iter().flat_map(|before| &before.data) {
        if !now.data.contains(flow) {
            let carried = format!("{}; removed", flow.1);
            lines.push(PlanLine::new(PlanMark::Gone, format!("→ {}", flow.0)).with(carried));
        }
    }
    lines
}

fn costs(now: &Outlook, before: Option<&Outlook>) -> Vec<PlanLine> {
    let was = before
        .filter(|before| before.cost != now.cost || before.runs_a_month != now.runs_a_month)
        .map(|before| format!("was {}", cost(before)))
        .unwrap_or_default();
    let mut lines = vec![PlanLine::new(PlanMark::Stays, cost(now)).with(was)];
    lines.extend((now.unpriced.iter()).map(|model| {
        PlanLine::new(
            PlanMark::Stays,
            format!("and `{model}`, which has no price"),
        )
    }));
    lines.extend((now.assumptions.iter()).map(|words| PlanLine::new(PlanMark::Remark, words)));
    lines.extend((now.playbooks.iter()).map(|(playbook, times)| {
        PlanLine::new(
            PlanMark::Stays,
            if *times == Polynomial::known(1) {
                format!("with `{playbook}`, once")
            } else {
                format!("with `{playbook}`, {} times", count(times))
            },
        )
    }));
    lines
}

fn envelopes(now: &Outlook, before: Option<&Outlook>) -> PlanLine {
    let is = envelope(now);
    let was = before
        .map(envelope)
        .filter(|was| *was != is)
        .map(|was| format!("was {was}"))
        .unwrap_or_default();
    PlanLine::new(PlanMark::Stays, is).with(was)
}

/// The bounds of a run: attempts, model calls, effects, waits.
fn envelope(of: &Outlook) -> String {
    let sum = |bounds: &mut dyn Iterator<Item = &Polynomial>| {
        bounds.fold(Polynomial::zero(), |all, bound| all.plus(bound))
    };
    let calls = sum(&mut of.calls.values().chain(of.calls_of_others.values()));
    let own = of.effects.values().map(|effect| &effect.most);
    let effects = sum(&mut own.chain(of.effects_of_others.values()));
    let told = |of: &Polynomial, what: &str| {
        let plural = if *of == Polynomial::known(1) { "" } else { "s" };
        format!("{} {what}{plural}", count(of))
    };
    let mut parts = vec![
        told(&of.attempts, "attempt"),
        told(&calls, "model call"),
        told(&effects, "effect"),
    ];
    if of.waits != Polynomial::zero() {
        parts.push(told(&of.waits, "wait"));
    }
    parts.join(" · ")
}

/// A fact of an effect in words, where there is one.
type Told = fn(&EffectOutlook) -> Option<String>;

/// What else is known of an effect, with what it was where that differs.
fn details(effect: &EffectOutlook, old: Option<&EffectOutlook>, is_new: bool) -> String {
    let mut parts = Vec::new();
    if is_new {
        parts.push("new".to_owned());
    }
    let facts: [(&str, &str, Told); 3] = [
        ("to", "somewhere", destinations),
        ("undo:", "no", undo),
        ("approval:", "none", approval),
    ];
    for (title, without, told) in facts {
        let shown = |told: Option<String>| told.unwrap_or_else(|| without.to_owned());
        let is = told(effect);
        let was = old.map(told).filter(|was| *was != is);
        if let Some(was) = was {
            parts.push(format!("{title} {} (was {})", shown(is), shown(was)));
        } else if is.is_some() || is_new && title != "to" {
            parts.push(format!("{title} {}", shown(is)));
        }
    }
    parts.join("; ")
}

/// Where it goes, as far as the playbook says it.
fn destinations(of: &EffectOutlook) -> Option<String> {
    let mut to: Vec<&str> = of.destinations.iter().map(|to| &**to).collect();
    if of.elsewhere && !to.is_empty() {
        to.push("others");
    }
    (!to.is_empty()).then(|| to.join(", "))
}

fn undo(of: &EffectOutlook) -> Option<String> {
    match of.undo {
        Share::All => Some("yes".to_owned()),
        Share::Some => Some("some".to_owned()),
        Share::None => None,
    }
}

/// Who says yes to it before.
fn approval(of: &EffectOutlook) -> Option<String> {
    let groups = of.approval.as_ref()?;
    let groups: Vec<&str> = groups.iter().map(|group| &**group).collect();
    Some(if groups.is_empty() {
        "a person".to_owned()
    } else {
        groups.join(", ")
    })
}

fn cost(of: &Outlook) -> String {
    let mut text = format!("≤ {} a run", dollars(&of.cost));
    if let Some(runs) = of.runs_a_month {
        let month = of.cost.times(&Polynomial::known(runs));
        text.push_str(&format!(", ≤ {} a month", dollars(&month)));
        if of.starts_otherwise {
            text.push_str(" on its schedule alone");
        }
    }
    text
}

/// `≤ 50 a run`, with what it was where that differs.
fn bound(most: &Polynomial, old: Option<&Polynomial>) -> String {
    match old {
        Some(old) if old != most => format!("{} (was {})", a_run(most), count(old)),
        _ => a_run(most),
    }
}

fn a_run(of: &Polynomial) -> String {
    format!("≤ {} a run", count(of))
}

fn dollars(of: &Polynomial) -> String {
    of.shown(&at_most)
}

fn count(of: &Polynomial) -> String {
    of.shown(&|number| grouped(&number.normalize().to_string()))
}
