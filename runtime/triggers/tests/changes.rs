//! Changes in a table: none is lost and none is told twice, however it is looked at.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use sophia_triggers::changes::{Batches, Digest, Gathering, Key, Kind, Watched};

fn digest(value: u8) -> Digest {
    [value; 32]
}

fn rows(rows: &[(u8, u8)]) -> Vec<(Key, Digest)> {
    let row = |(key, value): &(u8, u8)| (vec![*key], digest(*value));
    rows.iter().map(row).collect()
}

#[test]
fn rows_are_added_changed_and_removed() {
    let watched = Watched::new(rows(&[(1, 1), (2, 1), (3, 1)]));
    let found = rows(&[(4, 1), (2, 2), (1, 1)]);
    let told: Vec<_> = watched
        .differences(&found)
        .unwrap()
        .into_iter()
        .map(|difference| (difference.kind, difference.key, difference.place))
        .collect();
    assert_eq!(
        told,
        [
            (Kind::Added, vec![4], Some(0)),
            (Kind::Changed, vec![2], Some(1)),
            (Kind::Removed, vec![3], None),
        ]
    );
}

#[test]
fn two_rows_of_one_key_are_told() {
    let watched = Watched::default();
    assert_eq!(watched.differences(&rows(&[(1, 1), (1, 2)])), Err(vec![1]));
}

#[test]
fn a_batch_is_whole_or_has_waited_long_enough() {
    let start: Timestamp = "2026-11-22T08:00:00Z".parse().unwrap();
    let batches = Batches {
        most: 3,
        every: Some(SignedDuration::from_secs(2)),
    };
    let mut gathering = Gathering::default();
    assert_eq!(gathering.due(0, batches, start), 0);
    assert_eq!(gathering.due(2, batches, start), 0);
    assert_eq!(
        gathering.next(batches),
        Some(start + SignedDuration::from_secs(2))
    );
    let later = start + SignedDuration::from_secs(1);
    assert_eq!(gathering.due(7, batches, later), 6);
    // The one that is left waits from here.
    assert_eq!(
        gathering.due(1, batches, start + SignedDuration::from_secs(2)),
        0
    );
    assert_eq!(
        gathering.due(1, batches, start + SignedDuration::from_secs(3)),
        1
    );
    assert_eq!(gathering.next(batches), None);
    let without_end = Batches {
        most: 3,
        every: None,
    };
    let days = start + SignedDuration::from_hours(72);
    assert_eq!(gathering.due(2, without_end, start), 0);
    assert_eq!(gathering.due(2, without_end, days), 0);
    assert_eq!(gathering.due(3, without_end, days), 3);
}

proptest! {
    /// A table changes at random; each look hands over as much as it happens to. In the end what was told
    /// leads from the first table to the last, each step of it once.
    #[test]
    fn what_is_told_leads_from_one_table_to_the_other(
        tables in prop::collection::vec(prop::collection::btree_map(0..8_u8, 0..3_u8, 0..8), 1..12),
        taken in prop::collection::vec(0..6_usize, 12),
    ) {
        let mut watched = Watched::default();
        let mut told: BTreeMap<Key, Digest> = BTreeMap::new();
        for (table, taken) in tables.iter().zip(taken).chain(tables.last().map(|last| (last, usize::MAX))) {
            let found: Vec<(Key, Digest)> =
                table.iter().map(|(key, value)| (vec![*key], digest(*value))).collect();
            for difference in watched.differences(&found).unwrap().into_iter().take(taken) {
                let now = difference.place.map(|place| found[place].1);
                let before = told.get(&difference.key).copied();
                match difference.kind {
                    Kind::Added => prop_assert!(before.is_none() && now.is_some()),
                    Kind::Changed => prop_assert!(before.is_some() && now.is_some() && before != now),
                    Kind::Removed => prop_assert!(before.is_some() && now.is_none()),
                }
                match now {
                    Some(now) => told.insert(difference.key.clone(), now),
                    None => told.remove(&difference.key),
                };
                watched.hand_over(difference.key, now);
            }
        }
        let last = tables.last().unwrap();
        let expected: BTreeMap<Key, Digest> =
            last.iter().map(|(key, value)| (vec![*key], digest(*value))).collect();
        prop_assert_eq!(told, expected);
    }
}
