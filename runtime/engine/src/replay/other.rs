//! Another version of a playbook, carried out on the record of a run.
//!
//! Kept true here: nothing is asked but the record, and nothing is invented. A call for which the record
//! has no answer stays open, and with it whatever rests on it; time passes by itself only as far as it is
//! known that nothing else came.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use sophia_plan::{Record, Step, StepKind, Value, Work};

use super::answers::Answer;
use super::known::{Known, kept_name};
use super::trace::Trace;
use crate::driver::claim_name;
use crate::journal::StoredRun;
use crate::kernel::{Command, Event, Layout, RunState, Start, apply, fits, start};

/// So many events more than the record holds, and a replay is taken to go on without an end.
const MORE: usize = 100_000;

/// Something for which the record has no answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Unanswered {
    /// The step.
    pub key: Arc<str>,
    /// The step of the plan.
    pub step: Arc<Step>,
    /// The attempt, from 1; for a wait, 0.
    pub attempt: u32,
    /// Why, in words, with a full stop.
    pub why: String,
}

/// A run of the other version.
pub(super) struct Other<'a> {
    pub(super) layout: &'a Layout,
    pub(super) stored: &'a StoredRun,
    pub(super) known: &'a Known,
    pub(super) state: RunState,
    pub(super) trace: Trace<'a>,
    /// What it would write.
    pub(super) events: Vec<Event>,
    pub(super) unanswered: BTreeMap<Arc<str>, Unanswered>,
    /// Effects with other arguments that are taken to end as the recorded ones did.
    pub(super) assumed: HashSet<Arc<str>>,
    pub(super) now: Timestamp,
    /// What comes next: by its instant, its place in the record, and the order in which it was found.
    pub(super) due: BTreeMap<(Timestamp, usize, usize), Due>,
    found: usize,
    queue: VecDeque<Event>,
    /// States that it set.
    pub(super) set: HashMap<Arc<str>, Value>,
    /// The names of states that are being set, by the key of the step.
    setting: HashMap<Arc<str>, Arc<str>>,
    /// Claims that its effects hold or keep.
    claims: HashMap<Arc<str>, Claim>,
    claimless: BTreeMap<Arc<str>, Start>,
    /// Recorded effects whose answers were given.
    pub(super) used: HashSet<Arc<str>>,
    /// What people said that was said here.
    pub(super) said: HashSet<usize>,
}

#[derive(Debug)]
pub(super) enum Due {
    /// An attempt ends as one of the record did.
    End(Box<Event>),
    Timer(Arc<str>, u32),
    Grace,
    /// An event of the record comes from outside.
    Outside(usize),
    /// An effect is begun that waited for a claim.
    Claim(Box<Start>),
}

#[derive(Debug)]
enum Claim {
    /// By this step.
    Held(Arc<str>),
    /// With this result, until an instant.
    Kept(Value, Option<Timestamp>),
}

impl<'a> Other<'a> {
    pub(super) fn run(
        layout: &'a Layout,
        stored: &'a StoredRun,
        inputs: &Record,
        known: &'a Known,
    ) -> Self {
        let created = stored.summary.created;
        let (state, commands) = start(layout, inputs, created);
        let mut other = Self {
            layout,
            stored,
            known,
            state,
            trace: Trace::of(layout),
            events: Vec::new(),
            unanswered: BTreeMap::new(),
            assumed: HashSet::new(),
            now: created,
            due: BTreeMap::new(),
            found: 0,
            queue: VecDeque::new(),
            set: HashMap::new(),
            setting: HashMap::new(),
            claims: HashMap::new(),
            claimless: BTreeMap::new(),
            used: HashSet::new(),
            said: HashSet::new(),
        };
        for place in &known.outside {
            other.later(known.at[*place], *place, Due::Outside(*place));
        }
        other.trace.take(None, created, &commands);
        other.perform(commands);
        other.drain();
        other.work();
        other.close();
        other
    }

    fn work(&mut self) {
        while let Some((&place, _)) = self.due.iter().next() {
            // What comes after the end of the record of a run that goes on is not known.
            if !self.known.has_ended && place.0 > self.known.last {
                break;
            }
            if self.state.outcome().is_some() || self.events.len() > self.stored.events.len() + MORE
            {
                break;
            }
            let Some(due) = self.due.remove(&place) else {
                break;
            };
            self.now = self.now.max(place.0);
            self.take(due);
            self.drain();
        }
    }

    pub(super) fn later(&mut self, at: Timestamp, place: usize, due: Due) {
        self.found += 1;
        self.due.insert((at.max(self.now), place, self.found), due);
    }

    fn take(&mut self, due: Due) {
        let at = self.now;
        match due {
            Due::End(event) => self.queue.push_back(at_instant(*event, at)),
            Due::Timer(key, attempt) => {
                if self.state.expects(&key, attempt) {
                    self.queue.push_back(Event::Fired { key, attempt, at });
                }
            }
            Due::Grace => self.queue.push_back(Event::GraceOver { at }),
            Due::Outside(place) => {
                let event = at_instant(self.stored.events[place].clone(), at);
                let takes = match &event {
                    Event::Arrived { arrival, .. } => fits(self.layout, &self.state, arrival, at),
                    _ => true,
                };
                if takes {
                    self.queue.push_back(event);
                }
            }
            Due::Claim(start) => self.begin(&start),
        }
    }

    fn drain(&mut self) {
        while let Some(event) = self.queue.pop_front() {
            self.event(event);
        }
    }

    fn event(&mut self, event: Event) {
        if let Event::Done { key, value, .. } = &event
            && let Some(name) = self.setting.remove(key)
        {
            self.set.insert(name, value.clone());
        }
        let commands = apply(self.layout, &mut self.state, &event);
        self.trace.take(Some(&event), event.at(), &commands);
        self.events.push(event);
        self.perform(commands);
    }

    fn perform(&mut self, commands: Vec<Command>) {
        let mut freed = false;
        for command in commands {
            match command {
                Command::Start(start) => self.begin(&start),
                Command::Sleep {
                    key,
                    attempt,
                    until,
                } => self.sleep(key, attempt, until),
                Command::Grace { until } => match self.known.grace {
                    Some(place) => self.later(self.known.at[place], place, Due::Grace),
                    // Everything under way ended first, however long that took.
                    None => self.later(until.max(self.known.last), usize::MAX, Due::Grace),
                },
                Command::Abandon { key } => {
                    self.claimless.remove(&key);
                    self.due.retain(|_, due| match due {
                        Due::Timer(of, _) => *of != key,
                        Due::Claim(start) => start.key != key,
                        Due::End(event) => !ends(event, &key),
                        Due::Grace | Due::Outside(_) => true,
                    });
                }
                Command::Keep { claim, value } => {
                    let until = self.until(&claim);
                    self.claims.insert(claim, Claim::Kept(value, until));
                    freed = true;
                }
                Command::Free { claim, step } => {
                    if matches!(self.claims.get(&claim), Some(Claim::Held(by)) if *by == step)
                        || matches!(self.claims.get(&claim), Some(Claim::Kept(..)))
                    {
                        self.claims.remove(&claim);
                    }
                    freed = true;
                }
                Command::Tell(notice) => self.told(&notice),
                Command::Finish(_) | Command::Remember(_) => {}
            }
        }
        if freed {
            for (_, start) in std::mem::take(&mut self.claimless) {
                self.later(self.now, usize::MAX, Due::Claim(Box::new(start)));
            }
        }
    }

    /// Until when a claim that is kept from now on holds.
    fn until(&self, claim: &Arc<str>) -> Option<Timestamp> {
        let within = (self.layout.plan().steps().into_iter()).find_map(|step| {
            let once = step.policy.at_most_once.as_ref()?;
            claim
                .contains(&format!(" / {} per ", step.name))
                .then_some(once.within_ms)
        })?;
        let within = jiff::SignedDuration::from_millis(within?);
        self.now.checked_add(within).ok()
    }

    /// Begins an attempt, as the engine would.
    fn begin(&mut self, start: &Start) {
        if !self.state.expects(&start.key, start.attempt) {
            return;
        }
        let StepKind::Work(work) = &start.step.kind else {
            return;
        };
        let work = work.clone();
        if matches!(work, Work::Set { .. }) {
            let environment = &self.stored.summary.environment;
            let name = kept_name(self.layout, environment, start);
            self.setting
                .extend(name.map(|name| (start.key.clone(), name)));
        }
        if work.is_effect() {
            if self.is_held(start) {
                return;
            }
            let claim = start.claim.as_ref().map(|request| {
                let summary = &self.stored.summary;
                claim_name(&summary.environment, &self.layout.plan().playbook, request)
            });
            if let Some(claim) = &claim {
                if self.is_taken(claim, start) {
                    return;
                }
                let held = Claim::Held(start.key.clone());
                self.claims.insert(claim.clone(), held);
            }
            let answer = self.answer(start, &work);
            if let Answer::Ends(at, place, event) = &answer
                && let Event::Suppressed { .. } = **event
            {
                // Another run had done it.
                self.give_back(start);
                return self.soon(*at, *place, Due::End(event.clone()));
            }
            self.event(Event::Started {
                key: start.key.clone(),
                attempt: start.attempt,
                claim,
                at: start.at,
            });
            self.answered(start, answer);
        } else {
            let answer = self.answer(start, &work);
            self.answered(start, answer);
        }
    }

    /// Whether an effect cannot take its claim now: it is left out, or waits.
    fn is_taken(&mut self, claim: &Arc<str>, start: &Start) -> bool {
        match self.claims.get(claim) {
            Some(Claim::Kept(value, until)) if until.is_none_or(|until| until > self.now) => {
                self.queue.push_back(Event::Suppressed {
                    key: start.key.clone(),
                    value: value.clone(),
                    by: self.stored.summary.run.0.clone(),
                    at: self.now,
                });
                return true;
            }
            Some(Claim::Held(by)) if *by != start.key => {
                self.claimless.insert(start.key.clone(), start.clone());
                return true;
            }
            _ => {}
        }
        false
    }

    /// Whether the record says that an effect began later, or never: it waited for a claim or a place.
    fn is_held(&mut self, start: &Start) -> bool {
        let Some(attempt) = self.recorded(start) else {
            return false;
        };
        match (attempt.intent, attempt.end) {
            (None, None) => {
                let why = "It waited for its turn until it was let go, or the record ends.";
                self.answered(start, Answer::None(why.to_owned()));
                true
            }
            // Its beginning, or that it was left out.
            (Some(place), _) | (None, Some(place))
                if self.known.at[place] > self.now || self.is_before(place) =>
            {
                let due = Due::Claim(Box::new(start.clone()));
                self.later(self.known.at[place], place, due);
                true
            }
            _ => false,
        }
    }

    fn give_back(&mut self, start: &Start) {
        self.claims
            .retain(|_, claim| !matches!(claim, Claim::Held(by) if *by == start.key));
    }

    /// Whether something is due that stands before a place of the record.
    fn is_before(&self, place: usize) -> bool {
        let at = self.known.at[place];
        self.due
            .keys()
            .next()
            .is_some_and(|(due, of, _)| (*due, *of) < (at, place))
    }

    /// Takes what ends an attempt, at its instant and its place in the record.
    fn soon(&mut self, at: Timestamp, place: usize, due: Due) {
        if at > self.now || self.is_before(place) {
            self.later(at, place, due);
        } else {
            self.take(due);
        }
    }

    fn answered(&mut self, start: &Start, answer: Answer) {
        let key = start.key.clone();
        match answer {
            Answer::Now(event) => self.queue.push_back(*event),
            Answer::Ends(at, place, event) => self.later(at, place, Due::End(event)),
            Answer::None(why) => {
                let step = start.step.clone();
                let unanswered = Unanswered {
                    key,
                    step,
                    attempt: start.attempt,
                    why,
                };
                self.unanswered.insert(start.key.clone(), unanswered);
            }
        }
    }
}

fn ends(event: &Event, of: &Arc<str>) -> bool {
    matches!(event, Event::Done { key, .. } | Event::Failed { key, .. } | Event::Suppressed { key, .. }
        if key == of)
}

/// An event at another instant.
fn at_instant(mut event: Event, now: Timestamp) -> Event {
    match &mut event {
        Event::Started { at, .. }
        | Event::Done { at, .. }
        | Event::Failed { at, .. }
        | Event::Suppressed { at, .. }
        | Event::Fired { at, .. }
        | Event::Settled { at, .. }
        | Event::Answered { at, .. }
        | Event::Arrived { at, .. }
        | Event::Acted { at, .. }
        | Event::Cancelled { at }
        | Event::GraceOver { at } => *at = now,
    }
    event
}
