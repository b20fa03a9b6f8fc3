//! How the reference runs the steps with a course of their own.
//!
//! Kept true here: what follows a question, a wait or a failure is decided by what was known there.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Arm, Ask, Pattern, Question, Wait};
use sophia_plan::{Block, Step, StepKind, Value, Work};

use super::reference::{Carried, Ended, Labelled, Run, Shown};

impl Run<'_> {
    /// Runs a step that has a course of its own.
    pub(super) fn course(&mut self, step: &Step) -> Result<(), Ended> {
        match &step.kind {
            StepKind::Match {
                value,
                arms,
                otherwise,
            } => self.choice(value, arms, otherwise.as_ref()),
            StepKind::Repeat { until, body, .. } => self.rounds(until.as_ref(), body),
            StepKind::Together { body } => self.block(body),
            StepKind::Try {
                body, otherwise, ..
            } => {
                let before = self.names.clone();
                self.tries += 1;
                let mut ended = self.nested(body, 0);
                self.tries -= 1;
                self.names.clone_from(&before);
                if let Err(Ended::Failed(level)) = ended {
                    ended = self.nested(otherwise, level);
                    self.names = before;
                }
                ended
            }
            StepKind::Action {
                arguments, body, ..
            } => {
                let given = arguments
                    .iter()
                    .map(|(name, value)| (name.to_string(), self.value(value)))
                    .collect();
                let outer = std::mem::replace(&mut self.names, given);
                let ended = self.nested(body, 0);
                self.names = outer;
                ended
            }
            StepKind::Ask(ask) => self.question(step, ask),
            StepKind::Wait(Wait::Event(_)) => {
                // Nothing has happened yet: the run waits on.
                if self.events.is_empty() {
                    return Err(Ended::Run);
                }
                let which = self.random.below(self.events.len());
                let came = self.events[which].clone();
                self.decides(came.carries.level);
                if let Some(name) = &step.binds {
                    self.names.push((name.to_string(), came));
                }
                Ok(())
            }
            other => panic!("no such step is made: {other:?}"),
        }
    }

    /// What is kept between runs, and what is told to others. `None` for other work.
    pub(super) fn keeping(&mut self, step: &Step, work: &Work) -> Option<()> {
        match work {
            Work::Set { value, .. } => {
                let mut value = self.value(value);
                value.carries = value.carries.with_level(self.decided);
                self.kept = value;
            }
            Work::State { .. } => {
                let mut kept = self.kept.clone();
                kept.carries = kept.carries.with_level(1);
                if let Some(name) = &step.binds {
                    self.names.push((name.to_string(), kept));
                }
            }
            Work::Emit { value, .. } => {
                let mut value = self.value(value.as_ref().expect("a record"));
                value.carries = value.carries.with_level(self.decided);
                self.events.push(value);
            }
            _ => return None,
        }
        Some(())
    }

    /// From here on the run is where it is because of something of this level.
    fn decides(&mut self, level: usize) {
        self.decided = self.decided.max(level);
        self.could_end = self.could_end.max(self.decided);
    }

    fn choice(
        &mut self,
        value: &Expression,
        arms: &[Arm],
        otherwise: Option<&Block>,
    ) -> Result<(), Ended> {
        let found = self.value(value);
        let words = found.text();
        let fits = |pattern: &Pattern| match pattern {
            Pattern::Value(Value::Text(text)) => **text == *words,
            _ => false,
        };
        let taken = arms.iter().find(|arm| arm.patterns.iter().any(fits));
        let before = self.names.clone();
        if taken.is_some() {
            self.vouch(value);
        }
        let body = taken.map(|arm| &arm.body).or(otherwise);
        let ended = body.map_or(Ok(()), |body| self.nested(body, found.carries.level));
        self.names = before;
        ended
    }

    fn rounds(&mut self, until: Option<&Expression>, body: &Block) -> Result<(), Ended> {
        let (before, decided) = (self.names.clone(), self.decided);
        let mut ended = Ok(());
        for _ in 0..3 {
            ended = self.block(body);
            let enough = (ended.is_ok())
                .then(|| until.map(|until| self.value(until)))
                .flatten();
            self.names.clone_from(&before);
            match enough {
                Some(enough) if !enough.holds() => {
                    self.decided = self.decided.max(enough.carries.level);
                }
                _ => break,
            }
        }
        self.decided = decided.max(self.could_end);
        ended
    }

    fn question(&mut self, step: &Step, ask: &Ask) -> Result<(), Ended> {
        let Question::Approve { text } = &ask.question else {
            panic!("no form is made");
        };
        let shown = self.value(text);
        if self.decided > 1 {
            self.tell(step, "finance", "decided");
        }
        self.leaves(step, "finance", &shown.carries, 1, &[]);
        let approved = self.random.chance(2);
        let said = Carried {
            untrusted: false,
            ..shown.carries.clone().with_level(1)
        };
        let parts = match text {
            Expression::Text(parts) => parts.clone(),
            _ => Vec::new(),
        };
        let Some(name) = &step.binds else {
            self.decides(said.level);
            if !approved {
                return Err(Ended::Run);
            }
            self.vouch_all(&parts);
            return Ok(());
        };
        let fields = BTreeMap::from([
            (
                "approved".to_owned(),
                Labelled {
                    shown: Shown::Flag(approved),
                    carries: said.level_of(),
                },
            ),
            (
                "comment".to_owned(),
                Labelled {
                    shown: Shown::Text("because".to_owned()),
                    carries: said,
                },
            ),
        ]);
        let answer = Labelled {
            shown: Shown::Record(fields),
            carries: Carried::default(),
        };
        self.names.push((name.to_string(), answer));
        self.asked.push((name.clone(), parts));
        Ok(())
    }

    /// Somebody has said yes to what was shown under this name.
    pub(super) fn approved(&mut self, answer: &Arc<str>) {
        let asked = self.asked.iter().rev().find(|(name, _)| name == answer);
        if let Some((_, parts)) = asked.cloned() {
            self.vouch_all(&parts);
        }
    }

    fn vouch_all(&mut self, parts: &[Expression]) {
        for part in parts {
            self.vouch(part);
        }
    }
}
