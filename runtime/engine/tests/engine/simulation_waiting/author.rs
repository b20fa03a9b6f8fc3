//! Plans of steps that wait, made by dice.

use sophia_plan::step::{Otherwise, Until, Wait, WaitBranch};
use sophia_plan::{Block, EndKind};

use crate::plans::{
    Draft, armed, ask_of, each, effect, emit, event, hours, number, repeat, sequence, text, wait,
};
use crate::simulation::Dice;

/// Random plans of steps that wait.
pub(super) struct Author<'a> {
    pub(super) dice: &'a mut Dice,
    pub(super) steps: usize,
}

impl Author<'_> {
    pub(super) fn block(&mut self, path: &str, depth: usize) -> Block {
        let steps = 1 + self.dice.below(3);
        let drafts: Vec<Draft> = (0..steps).map(|_| self.step(path, depth)).collect();
        sequence(drafts)
    }

    fn step(&mut self, path: &str, depth: usize) -> Draft {
        self.steps += 1;
        let label = |kind: &str, number: usize| format!("{path}{kind} {number}");
        let steps = self.steps;
        let which = i64::try_from(self.dice.below(3)).unwrap();
        match self.dice.below(if depth == 0 { 6 } else { 9 }) {
            0 => effect(&label("effect", steps)),
            1 => {
                let quorum = 1 + self.dice.roll() % 2;
                let mut draft = ask_of(&label("ask", steps), quorum, text("leads"));
                if self.dice.chance(50) {
                    draft = draft.binds(&format!("verdict_{steps}"));
                }
                if self.dice.chance(60) {
                    draft = draft.within(hours(1), &[("managers", None)]);
                }
                if self.dice.chance(30) {
                    draft = draft.remind(1_200_000);
                }
                draft
            }
            2 => wait(&label("wait", steps), Wait::Passed(hours(which))),
            3 => {
                let mut draft = wait(
                    &label("event", steps),
                    Wait::Event(event("came", Some(which))),
                );
                if self.dice.chance(50) {
                    let instead = match self.dice.below(3) {
                        0 => Otherwise::Value(number(0)),
                        1 => Otherwise::Block(self.block(path, 0)),
                        _ => Otherwise::End {
                            kind: EndKind::Skip,
                            reason: text("late"),
                        },
                    };
                    draft = draft.within(hours(2), &[]).otherwise(instead);
                }
                draft
            }
            4 => emit(&label("emit", steps), "came", number(which)),
            5 => {
                let own = label("stop", steps);
                armed(&own, event("end", Some(which)))
            }
            6 => {
                let own = label("first", steps);
                wait(
                    &own,
                    Wait::First(vec![
                        WaitBranch {
                            until: Until::Event(event("came", Some(which))),
                            body: self.block(path, depth - 1),
                        },
                        WaitBranch {
                            until: Until::After(hours(3)),
                            body: self.block(path, depth - 1),
                        },
                    ]),
                )
            }
            7 => {
                let own = label("repeat", steps);
                let rounds = 1 + self.dice.roll() % 3;
                let body = self.block(&format!("{own}/"), depth - 1);
                repeat(&own, Some(rounds), None, body)
            }
            _ => {
                let own = label("each", steps);
                let at_a_time = u32::try_from(1 + self.dice.below(2)).unwrap();
                let items = i64::try_from(self.dice.below(4)).unwrap();
                let body = self.block(&format!("{own}/"), depth - 1);
                each(&own, items, at_a_time, body)
            }
        }
    }
}
