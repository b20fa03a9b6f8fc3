//! What every driver must pass: the same scenarios over the port to a journal, on the simulator's and on
//! `SQLite`.
//!
//! A crash at every edge between a command and its event; everything twice; completions in every order;
//! cancellations, timers and answers that race; and after each of them a record that repeats. Another
//! driver joins by a [`Ground`] of its own and a line at the end.

mod scenarios;
mod script;

/// Holds one ground to every scenario.
macro_rules! conforms {
    ($name:ident, $ground:expr) => {
        mod $name {
            use crate::conformance::scenarios;

            #[test]
            fn a_crash_at_every_edge_loses_nothing_and_doubles_nothing() {
                scenarios::crash_at_every_edge(|| $ground);
            }

            #[test]
            fn what_is_told_twice_counts_once() {
                scenarios::everything_twice(|| $ground);
            }

            #[test]
            fn completions_in_any_order_come_to_the_same() {
                scenarios::every_order(|| $ground);
            }

            #[test]
            fn of_two_that_race_the_first_wins() {
                scenarios::races(|| $ground);
            }

            #[test]
            fn a_claim_is_granted_to_one_across_a_crash() {
                scenarios::one_claim(|| $ground);
            }

            #[test]
            fn what_comes_in_is_taken_once_across_a_crash() {
                scenarios::one_arrival(|| $ground);
            }
        }
    };
}

conforms!(in_memory, crate::world::InMemory::new());
conforms!(in_file, crate::world::InFile::new());
