//! The engine in one thread under a seed: random plans, outcomes, delays and crashes at every point.
//!
//! `SOPHIA_SIMULATION_SEEDS` sets the number of seeds, `SOPHIA_SIMULATION_FIRST` the first one; a failure
//! prints its seed. Seeds run side by side, each in a thread of its own.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the counts, and the seed that failed, are for whoever runs the test"
)]

mod author;
mod checks;
mod dice;
mod happenings;
mod interpreter;
mod meaning;
mod observer;
mod places;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use sophia_engine::kernel::{Layout, start};
use sophia_plan::Record;

use crate::plans::{each, plan, sequence};
use author::{Order, random_plan};
pub use checks::repeats;
pub use dice::Dice;
use happenings::Simulation;
use interpreter::End;
pub use observer::{Outside, is_effect};

pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|value| value.parse().ok())
        .unwrap_or(default)
}

/// Does something for each seed and adds up what is counted; a seed that fails is named.
fn for_each_seed<const COUNTS: usize>(
    seeds: u64,
    check: impl Fn(u64) -> [u64; COUNTS] + Sync,
) -> (u64, [u64; COUNTS]) {
    let first = setting("SOPHIA_SIMULATION_FIRST", 0);
    let seeds = setting("SOPHIA_SIMULATION_SEEDS", seeds);
    let next = AtomicU64::new(first);
    let counts = [const { AtomicU64::new(0) }; COUNTS];
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    let result =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(seed)));
                    match result {
                        Ok(counted) => {
                            for (sum, counted) in counts.iter().zip(counted) {
                                sum.fetch_add(counted, Ordering::Relaxed);
                            }
                        }
                        Err(broken) => {
                            eprintln!(
                                "seed {seed} failed: SOPHIA_SIMULATION_FIRST={seed} SOPHIA_SIMULATION_SEEDS=1"
                            );
                            std::panic::resume_unwind(broken)
                        }
                    }
                }
            });
        }
    });
    (seeds, counts.map(AtomicU64::into_inner))
}

#[test]
fn whatever_happens_nothing_is_lost_and_nothing_happens_twice() {
    let (seeds, [crashes, put_downs, retries, effects, undone]) = for_each_seed(4_000, |seed| {
        let mut simulation = Simulation::new(seed);
        simulation.run();
        let [effects, undone] = simulation.world.happened();
        let retries = simulation.world.around.retries;
        let [crashes, put_downs] = [simulation.crashes, simulation.put_downs];
        [crashes, put_downs, retries, effects, undone]
    });
    println!(
        "{seeds} seeds, {crashes} crash points, {put_downs} runs put down, {retries} gone on after their end; {effects} effects, {undone} taken back"
    );
}

#[test]
fn the_kernel_does_what_a_plan_says_in_the_order_in_which_it_says_it() {
    let (seeds, [began, undone, done, stopped, failed]) = for_each_seed(4_000, |seed| {
        let plan = Arc::new(random_plan(&mut Dice(seed), Order::AsWritten));
        let meant = interpreter::read(&plan, seed);
        let carried_out = meaning::carried_out(&plan, seed);
        assert_eq!(carried_out.began, meant.began, "what began");
        assert_eq!(carried_out.end, meant.end, "how it ended");
        let undone = meant.began.iter().filter(|key| key.contains("/undo #"));
        let [done, stopped, failed] = match meant.end {
            End::Done(_) => [1, 0, 0],
            End::Stopped(_) => [0, 1, 0],
            End::Failed(_) => [0, 0, 1],
        };
        let undone = undone.count() as u64;
        [meant.began.len() as u64, undone, done, stopped, failed]
    });
    println!(
        "{seeds} seeds: {done} done, {stopped} stopped, {failed} failed; {began} attempts, {undone} to take back"
    );
}

#[test]
fn a_seed_means_the_same_every_time() {
    for seed in 0..50 {
        let journal = |seed| {
            let mut simulation = Simulation::new(seed);
            simulation.run();
            let world = simulation.world;
            (world.runs.iter())
                .map(|run| world.durable(run))
                .collect::<Vec<_>>()
        };
        assert_eq!(journal(seed), journal(seed), "seed {seed}");
    }
}

#[test]
fn a_loop_without_steps_needs_no_more_stack_than_a_short_one() {
    let layout = Layout::of(&Arc::new(plan(
        "long",
        sequence([each("each", 100_000, 1, sequence([]))]),
    )))
    .unwrap();
    let (state, _) = start(&layout, &Record::default(), Timestamp::UNIX_EPOCH);
    assert!(state.outcome().is_some());
}
