//! Sleeps until the next instant of any schedule and hands over what is due.
//!
//! Kept true here: what was once planned is handed over under the same key until the sink takes it;
//! a trigger's instants are handed over in order; a sink that refuses one trigger does not hold up
//! the others.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use sophia_diagnostics::{Problem, codes};

use crate::planner::{Due, due, next};
use crate::{Clock, Delivery, ScheduledTrigger, Sink};

/// The most triggers that are looked at side by side.
const TOGETHER: usize = 1_024;
/// The longest sleep: a clock that was set, or a machine that slept, is noticed within this time.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// How long to wait after the first refusal of the sink; doubled with each further one …
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(1);
/// … up to this.
const LAST_RETRY: SignedDuration = SignedDuration::from_secs(60);

/// Hands over every instant of these triggers, for as long as one of them fires again.
///
/// It has no state that matters: dropping the future at any point and calling again with the same
/// triggers goes on where the sink's cursors stand. What the sink refuses is logged and tried again.
pub async fn run_schedules(
    triggers: Vec<ScheduledTrigger>,
    clock: Arc<dyn Clock>,
    sink: Arc<dyn Sink>,
) {
    let mut now = clock.now();
    let mut lines: Vec<Option<Line>> = triggers.into_iter().map(Line::new).map(Some).collect();
    ask_for_all(&mut lines, now, &*sink).await;
    let mut wakes: Wakes = (0..lines.len())
        .map(|index| Reverse((now, index)))
        .collect();

    while let Some(Reverse((wake, _))) = wakes.peek() {
        let before = now;
        if *wake > now {
            let look_again = now.checked_add(LOOK_AGAIN).unwrap_or(Timestamp::MAX);
            clock.sleep_until((*wake).min(look_again)).await;
        }
        now = clock.now();
        if now < before {
            // The clock was set back: what waits for an instant of it is looked at afresh.
            wakes = wakes
                .into_iter()
                .map(|Reverse((_, index))| Reverse((now, index)))
                .collect();
        }
        // What is due at one instant is handed over side by side, so that it shares its waits for the disk.
        let mut due = Vec::new();
        while let Some(Reverse((wake, index))) = wakes.peek().copied()
            && wake <= now
            && due.len() < TOGETHER
        {
            wakes.pop();
            due.extend(
                lines
                    .get_mut(index)
                    .and_then(Option::take)
                    .map(|line| (index, line)),
            );
        }
        let looks = due.into_iter().map(|(index, mut line)| {
            let sink = &*sink;
            async move { (index, line.look(now, sink).await, line) }
        });
        for (index, wake, line) in join_all(looks).await {
            wakes.extend(wake.map(|wake| Reverse((wake, index))));
            if let Some(place) = lines.get_mut(index) {
                *place = Some(line);
            }
        }
    }
}

/// Asks for all cursors at once. Where that fails each trigger asks for its own.
async fn ask_for_all(lines: &mut [Option<Line>], now: Timestamp, sink: &dyn Sink) {
    let ids: Vec<Arc<str>> = (lines.iter().flatten())
        .map(|line| line.trigger.id.clone())
        .collect();
    let Ok(cursors) = sink.cursors(&ids).await else {
        return;
    };
    for (line, cursor) in lines.iter_mut().flatten().zip(cursors) {
        line.stands_at(cursor, now);
    }
}

/// When to look at which trigger, the earliest first; at one instant in the order they were given.
type Wakes = BinaryHeap<Reverse<(Timestamp, usize)>>;

/// One trigger and how far it has come.
struct Line {
    trigger: ScheduledTrigger,
    /// The cursor that the sink has, once it was asked.
    stored: Stored,
    /// Planned, not yet taken by the sink.
    pending: VecDeque<Delivery>,
    refusals: u32,
}

/// What is known of a cursor in the sink.
enum Stored {
    NotAsked,
    Nothing,
    At(Timestamp),
}

impl Line {
    fn new(trigger: ScheduledTrigger) -> Self {
        Self {
            trigger,
            stored: Stored::NotAsked,
            pending: VecDeque::new(),
            refusals: 0,
        }
    }

    /// Hands over what is due and gives the instant at which to look again.
    async fn look(&mut self, now: Timestamp, sink: &dyn Sink) -> Option<Timestamp> {
        match self.hand_over(now, sink).await {
            Ok(cursor) => {
                self.refusals = 0;
                next(&self.trigger, cursor)
            }
            Err(problem) => {
                let refusal = Problem::new(
                    codes::S990,
                    format!("The schedule `{}` waits for its store.", self.trigger.id),
                )
                .because(&problem);
                tracing::warn!(trigger = %self.trigger.id, refusals = self.refusals, "{refusal}");
                let wait = FIRST_RETRY
                    .saturating_mul(1 << self.refusals.min(10))
                    .min(LAST_RETRY);
                self.refusals = self.refusals.saturating_add(1);
                now.checked_add(wait).ok()
            }
        }
    }

    /// Everything due is handed over when this succeeds; it gives the cursor.
    async fn hand_over(&mut self, now: Timestamp, sink: &dyn Sink) -> Result<Timestamp, Problem> {
        let id = Arc::clone(&self.trigger.id);
        let mut stored = match self.stored {
            Stored::NotAsked => self.first_look(now, sink).await?,
            Stored::Nothing => None,
            Stored::At(cursor) => Some(cursor),
        };
        loop {
            while let Some(delivery) = self.pending.front() {
                sink.fire(delivery.clone()).await?;
                stored = Some(delivery.instant);
                self.stored = Stored::At(delivery.instant);
                self.pending.pop_front();
            }
            let Due { fire, cursor } = due(&self.trigger, stored, now);
            let cursor = cursor.unwrap_or(now);
            if fire.is_empty() {
                if stored != Some(cursor) {
                    sink.pass(&id, cursor).await?;
                    self.stored = Stored::At(cursor);
                }
                return Ok(cursor);
            }
            self.pending = fire
                .into_iter()
                .map(|firing| Delivery::new(&id, firing.instant, firing.caught_up))
                .collect();
        }
    }

    async fn first_look(
        &mut self,
        now: Timestamp,
        sink: &dyn Sink,
    ) -> Result<Option<Timestamp>, Problem> {
        let stored = sink.cursor(&self.trigger.id).await?;
        self.stands_at(stored, now);
        Ok(stored)
    }

    /// This is what the sink has.
    fn stands_at(&mut self, stored: Option<Timestamp>, now: Timestamp) {
        self.stored = stored.map_or(Stored::Nothing, Stored::At);
        if let Some(cursor) = stored
            && cursor > now
        {
            let ahead = Problem::new(
                codes::S991,
                format!(
                    "The schedule `{}` has already run for {cursor}, and the clock shows {now}.",
                    self.trigger.id
                ),
            );
            tracing::warn!(trigger = %self.trigger.id, "{ahead}");
        }
    }
}
