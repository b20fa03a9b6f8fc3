//! `expect waits for`: whether the run waits for what a line names.
//!
//! Kept true here: a line that is met names what is waited for and nothing else: who is asked, the event, the whole
//! sentence, or a part of it that fits one wait alone.

use std::sync::Arc;

use sophia_engine::{RunDetail, StepDetail, StepState, Wait};
use sophia_plan::{StepKind, Work};

/// What the waits of a run say to a text.
pub(super) enum Named {
    /// It is what is waited for.
    Met,
    /// Several are waited for that it may mean, in words.
    Several(Vec<String>),
    /// None of them is it.
    Other,
}

/// What a text names among the waits.
pub(super) fn named(wanted: &str, waits: &[Wait], detail: &RunDetail) -> Named {
    let is_named = |wait: &Wait| {
        wait.reason == wanted
            || steps_of(wait, detail).any(|step| asks(step, wanted) || decides(step, wanted))
    };
    if waits.iter().any(is_named) {
        return Named::Met;
    }
    let fitting: Vec<&Wait> = (waits.iter())
        .filter(|wait| holds(&wait.reason, wanted))
        .collect();
    match fitting.as_slice() {
        [] => Named::Other,
        [_] => Named::Met,
        several => {
            let mut reasons: Vec<String> = several.iter().map(|wait| wait.reason.clone()).collect();
            reasons.dedup();
            Named::Several(reasons)
        }
    }
}

fn steps_of<'d>(wait: &Wait, detail: &'d RunDetail) -> impl Iterator<Item = &'d StepDetail> {
    let key: Arc<str> = wait.key.clone();
    detail.steps.iter().filter(move |step| step.key == key)
}

/// Whether a step asks these people, or waits for this event.
fn asks(step: &StepDetail, wanted: &str) -> bool {
    let StepState::Waiting(awaiting) = &step.state else {
        return false;
    };
    let people = step.question.iter().flat_map(|question| &question.whom);
    let mut people = people.map(ToString::to_string);
    people.any(|whom| whom.trim_matches('"') == wanted)
        || awaiting.events.iter().any(|event| **event == *wanted)
}

/// `"a person to say whether stripe.create_refund happened"` names the call that nobody is sure of.
fn decides(step: &StepDetail, wanted: &str) -> bool {
    let called = wanted
        .strip_prefix("a person to say whether ")
        .and_then(|rest| rest.strip_suffix(" happened"));
    let (Some(called), StepState::Asking(_)) = (called, &step.state) else {
        return false;
    };
    match &step.step.kind {
        StepKind::Work(Work::Tool { tool, call, .. }) => format!("{tool}.{call}") == called,
        _ => *step.step.label == *called,
    }
}

/// Whether whole words of a sentence are these: `lead` is not in `"leads"`.
fn holds(sentence: &str, wanted: &str) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
    let continues = |inner: Option<char>, outer: Option<char>| {
        inner.is_some_and(is_word) && outer.is_some_and(is_word)
    };
    !wanted.trim().is_empty()
        && sentence.match_indices(wanted).any(|(at, found)| {
            let before = sentence
                .get(..at)
                .and_then(|before| before.chars().next_back());
            let after = sentence
                .get(at + found.len()..)
                .and_then(|after| after.chars().next());
            !continues(wanted.chars().next(), before)
                && !continues(wanted.chars().next_back(), after)
        })
}
