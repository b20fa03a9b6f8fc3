//! Triggers and instants to try with.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sophia_phrases::schedule;
use sophia_triggers::ScheduledTrigger;

pub fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn trigger(playbook: &str, phrase: &str) -> ScheduledTrigger {
    let schedule = schedule(phrase).expect(phrase);
    ScheduledTrigger::new(playbook, 0, schedule, TimeZone::UTC)
}
