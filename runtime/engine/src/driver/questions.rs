//! Which question of a run an answer is for, and whether it takes it.
//!
//! Kept true here: nothing changes; what does not fit is refused before anything is written.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};

use super::pilot::Pilot;
use crate::kernel::{Answer, filled};

impl Pilot {
    /// The step whose question an answer is for: the one that is named by its key or label, or the only
    /// one that asks.
    ///
    /// # Errors
    /// S969 when there is none, or several.
    pub fn question_for(&self, step: Option<&str>) -> Result<Arc<str>, Problem> {
        let run = &self.identity.run;
        let layout = &self.identity.layout;
        let named = |key: &Arc<str>| {
            step.is_none_or(|step| {
                **key == *step || layout.label(&self.state, key).as_deref() == Some(step)
            })
        };
        let open: Vec<&Arc<str>> = self.state.questions().map(|(key, _)| key).collect();
        let found: Vec<&&Arc<str>> = open.iter().filter(|key| named(key)).collect();
        match found.as_slice() {
            [only] => Ok((***only).clone()),
            [] => Err(Problem::new(
                codes::S969,
                match step {
                    Some(step) => format!("No step `{step}` of run {run} asks anybody."),
                    None => format!("Run {run} asks nobody anything."),
                },
            )
            .with_help("`sophia runs show` lists what a run waits for")),
            several => {
                let keys: Vec<String> = several.iter().map(|key| format!("`{key}`")).collect();
                Err(Problem::new(
                    codes::S969,
                    format!("Run {run} asks several things: {}.", keys.join(", ")),
                )
                .with_help("name the step that is answered"))
            }
        }
    }

    /// An answer as the question takes it.
    ///
    /// # Errors
    /// S969 when nobody waits for it, or this person has answered; S979 when a form does not fit.
    pub fn takes(&self, key: &str, by: &str, answer: Answer) -> Result<Answer, Problem> {
        let run = &self.identity.run;
        let Some(question) = self.state.question(key) else {
            return Err(Problem::new(
                codes::S969,
                format!("No step `{key}` of run {run} asks anybody."),
            )
            .with_help("`sophia runs show` lists what a run waits for"));
        };
        if question.said.iter().any(|said| &*said.by == by) {
            return Err(Problem::new(
                codes::S969,
                format!("{by} has answered `{key}` of run {run} already, and counts once."),
            )
            .with_help("somebody else of those who were asked answers next"));
        }
        match (&question.form, answer) {
            (Some(form), Answer::Filled { form: value }) => Ok(Answer::Filled {
                form: filled(form, &value)?,
            }),
            (None, Answer::Filled { .. }) => Err(Problem::new(
                codes::S969,
                format!("`{key}` of run {run} asks for a yes or a no, not for a form."),
            )
            .with_help(format!(
                "`sophia runs approve {run}` or `sophia runs refuse {run}`"
            ))),
            (Some(form), Answer::Approved { .. }) => Err(Problem::new(
                codes::S969,
                format!("`{key}` of run {run} asks for a form: {}.", form.of),
            )
            .with_help(format!("`sophia runs answer {run} --field NAME=VALUE`"))),
            (_, answer) => Ok(answer),
        }
    }

    /// Whether a step waits for a person.
    ///
    /// # Errors
    /// S969 when it does not.
    pub fn asks(&self, key: &str) -> Result<(), Problem> {
        if self.state.asking().any(|(asking, _)| &**asking == key) {
            return Ok(());
        }
        Err(Problem::new(
            codes::S969,
            format!(
                "No step `{key}` of run {} waits for a decision.",
                self.identity.run
            ),
        )
        .with_help("`sophia runs show` lists what a run waits for"))
    }
}
