//! How the reference runs the steps with a course of their own.
//!
//! Kept true here: what follows a question, a wait or a failure is decided by what was known there.

use std::collections::BTreeMap;
use std::sync::Arc;

use sophia_plan::expression::Expression;
use sophia_plan::step::{Arm, Ask, EventPattern, Pattern, Question, Until, Wait, WaitBranch};
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
                let (decided, could_end) = (self.decided, self.could_end);
                let ended = self.nested(body, 0);
                self.names = outer;
                let Err(Ended::Given(value)) = ended else {
                    return ended;
                };
                // That it gave its value early decided what else it did, and nothing of the caller.
                (self.decided, self.could_end) = (decided, could_end);
                if let Some(name) = &step.binds {
                    self.names.push((name.to_string(), *value));
                }
                Ok(())
            }
            StepKind::Return { value } => {
                let mut value = self.value(value.as_ref().expect("a value"));
                value.carries = value.carries.with_level(self.decided);
                Err(Ended::Given(Box::new(value)))
            }
            StepKind::Ask(ask) => self.question(step, ask),
            StepKind::Wait(Wait::Event(pattern)) => {
                // Nothing has happened yet that counts: the run waits on.
                let (Some(came), level) = self.event(pattern) else {
                    return Err(Ended::Run);
                };
                self.decides(level);
                if let Some(name) = &step.binds {
                    self.names.push((name.to_string(), came));
                }
                Ok(())
            }
            StepKind::Wait(Wait::First(branches)) => self.first_of(branches),
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

    /// Something that happened and counts, and the level of what that shows; of nothing, the level of what is shown by it.
    fn event(&mut self, pattern: &EventPattern) -> (Option<Labelled>, usize) {
        let mut shown = 0;
        for _ in 0..self.events.len().min(3) {
            let which = self.random.below(self.events.len());
            let came = self.events[which].clone();
            let mut level = came.carries.level;
            let outer = self.names.clone();
            let name = pattern.binding.as_ref().expect("a name");
            self.names.push((name.to_string(), came.clone()));
            let mut counts = true;
            let mut found = came;
            if let Some(condition) = &pattern.condition {
                let held = self.value(condition);
                level = level.max(held.carries.level);
                counts = held.holds();
                self.compared(condition);
                found = self.names.last().expect("the event").1.clone();
            }
            self.names = outer;
            shown = shown.max(level);
            if counts {
                return (Some(found), level);
            }
        }
        (None, shown)
    }

    /// The first event that counts, or the time that passed without one.
    fn first_of(&mut self, branches: &[WaitBranch]) -> Result<(), Ended> {
        let before = self.names.clone();
        let mut shown = 0;
        for branch in branches {
            let level = match &branch.until {
                Until::Event(pattern) => {
                    let (came, level) = self.event(pattern);
                    let Some(came) = came else {
                        shown = shown.max(level);
                        continue;
                    };
                    let name = pattern.binding.as_ref().expect("a name");
                    self.names.push((name.to_string(), came));
                    level
                }
                // That the time passed shows that nothing came which would have counted.
                Until::After(_) => shown,
            };
            let ended = self.nested(&branch.body, level);
            self.names = before;
            return ended;
        }
        unreachable!("the time passes in the end")
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
        let text = match &ask.question {
            Question::Approve { text } => text,
            Question::Form {
                text,
                starting_with,
            } => {
                self.form(step, text, starting_with.as_ref());
                return Ok(());
            }
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

    fn form(&mut self, step: &Step, text: &Expression, starting_with: Option<&Expression>) {
        if self.decided > 1 {
            self.tell(step, "finance", "decided");
        }
        let mut seen = self.value(text).carries;
        if let Some(start) = starting_with {
            let Shown::Record(fields) = self.value(start).shown else {
                panic!("no record");
            };
            for field in fields.into_values() {
                seen = seen.with(&field.carries);
            }
        }
        self.leaves(step, "finance", &seen, 1, &[]);
        let said = Carried {
            untrusted: false,
            ..seen.with_level(1)
        };
        let size = i64::try_from(self.random.below(9)).unwrap_or(0);
        let kind = if self.random.chance(2) { "a" } else { "b" };
        let fields = [
            ("note", Shown::Text("written".to_owned()), said.clone()),
            ("size", Shown::Number(size), said.clone()),
            ("kind", Shown::Text(kind.to_owned()), said.level_of()),
        ]
        .map(|(name, shown, carries)| (name.to_owned(), Labelled { shown, carries }));
        let answer = Labelled {
            shown: Shown::Record(fields.into()),
            carries: Carried::default(),
        };
        let name = step.binds.as_ref().expect("a form has a name");
        self.names.push((name.to_string(), answer));
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
