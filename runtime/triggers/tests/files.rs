//! Which files are whole, and which fit a pattern.

use jiff::Timestamp;
use sophia_triggers::files::{Folder, Seen, fits, folder_of};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_334_400 + second).expect("an instant")
}

fn seen(path: &str, size: u64, changed: i64) -> Seen {
    Seen {
        path: path.into(),
        size,
        changed_at: at(changed),
    }
}

#[test]
fn a_file_that_grows_is_taken_once_it_is_quiet() {
    let mut folder = Folder::default();
    assert!(folder.look(vec![seen("a.csv", 10, 0)], at(0)).is_empty());
    assert!(folder.look(vec![seen("a.csv", 20, 1)], at(1)).is_empty());
    let whole = seen("a.csv", 20, 1);
    assert_eq!(
        folder.look(vec![whole.clone()], at(2)),
        std::slice::from_ref(&whole)
    );
    assert!(folder.look(vec![whole], at(3)).is_empty());
}

#[test]
fn a_file_that_was_written_elsewhere_is_taken_at_the_first_sight() {
    let mut folder = Folder::default();
    let moved = seen("b.csv", 5, -60);
    assert_eq!(folder.look(vec![moved.clone()], at(0)), [moved]);
}

#[test]
fn a_file_that_changes_or_comes_back_is_taken_again() {
    let mut folder = Folder::default();
    assert_eq!(folder.look(vec![seen("a", 1, -9)], at(0)).len(), 1);
    assert_eq!(folder.look(vec![seen("a", 2, 1)], at(9)).len(), 1);
    assert!(folder.look(Vec::new(), at(10)).is_empty());
    assert_eq!(folder.look(vec![seen("a", 2, 1)], at(11)).len(), 1);
    assert_eq!(folder.next(), None);
    folder.put_back("a", at(13));
    assert_eq!(folder.next(), Some(at(13)));
    assert!(folder.look(vec![seen("a", 2, 1)], at(12)).is_empty());
    assert_eq!(folder.look(vec![seen("a", 2, 1)], at(13)).len(), 1);
}

#[test]
fn a_clock_of_the_disk_that_is_ahead_holds_nothing_up_for_ever() {
    let mut folder = Folder::default();
    let ahead = seen("a", 1, 3_600);
    assert!(folder.look(vec![ahead.clone()], at(0)).is_empty());
    assert_eq!(folder.look(vec![ahead.clone()], at(1)), [ahead]);
}

#[test]
fn patterns_fit_names_and_folders() {
    assert!(fits("inbox/*.csv", "inbox/orders.csv"));
    assert!(!fits("inbox/*.csv", "inbox/deep/orders.csv"));
    assert!(!fits("inbox/*.csv", "inbox/orders.csv.part"));
    assert!(fits("inbox/**/*.csv", "inbox/a/b/orders.csv"));
    assert!(fits("inbox/**/*.csv", "inbox/orders.csv"));
    assert!(fits("in?ox/a*b*c.txt", "inbox/aXbbYc.txt"));
    assert_eq!(folder_of("inbox/*.csv"), ("inbox".to_owned(), false));
    assert_eq!(folder_of("a/b/**/*.csv"), ("a/b".to_owned(), true));
    assert_eq!(folder_of("*.csv"), (String::new(), false));
}
