//! How long reading takes, and how much memory, beside what it may take.
//!
//! `cargo bench -p sophia-language --bench reading` prints one line for each figure. The texts are
//! made of the example playbooks, always the same. Times are the median of many rounds on one core,
//! with the fastest beside it; the allocator that counts memory is on throughout.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a benchmark looks at the clock and prints"
)]

mod texts;

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use peak_alloc::PeakAlloc;
use sophia_language::{format, parse};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// How often each thing is done: at least so many times, and for at least so long.
const ROUNDS: usize = 11;
const AT_LEAST: Duration = Duration::from_millis(700);

/// The lines of a playbook that an analyst would call long.
const LINES: usize = 200;
/// A whole project.
const FILES: usize = 1_000;
const LINES_A_FILE: usize = 60;

struct Time {
    median: Duration,
    fastest: Duration,
}

fn time(mut work: impl FnMut()) -> Time {
    let mut rounds = Vec::new();
    let start = Instant::now();
    while rounds.len() < ROUNDS || start.elapsed() < AT_LEAST {
        let begin = Instant::now();
        work();
        rounds.push(begin.elapsed());
    }
    rounds.sort_unstable();
    Time {
        median: rounds[rounds.len() / 2],
        fastest: rounds[0],
    }
}

fn mistakes(text: &str) -> usize {
    parse(text, Arc::from("bench.sophia")).diagnostics.len()
}

/// The most memory that reading a text holds at once, in bytes for each byte of the text. The name
/// of the file is made before.
fn memory(text: &str) -> f64 {
    let name: Arc<str> = Arc::from("bench.sophia");
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let parsed = parse(text, name);
    let peak = MEMORY.peak_usage();
    black_box(&parsed);
    #[allow(clippy::cast_precision_loss, reason = "a figure to be looked at")]
    let share = peak.saturating_sub(before) as f64 / text.len() as f64;
    share
}

fn line(what: &str, measured: &str, goal: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    println!("{what:<58} {measured:>26}   {goal:<10} {verdict}");
}

fn milliseconds(time: &Time) -> String {
    let of = |time: Duration| time.as_secs_f64() * 1_000.0;
    format!("{:.2} ms (best {:.2})", of(time.median), of(time.fastest))
}

fn main() {
    let name: Arc<str> = Arc::from("bench.sophia");
    let read = |text: &str| drop(black_box(parse(black_box(text), Arc::clone(&name))));
    println!("{:<58} {:>26}   {:<10}", "what", "measured", "goal");

    let plain = texts::playbook(0, LINES);
    let broken = texts::with_mistakes(&plain);
    for (kind, text) in [("as written", &plain), ("with mistakes", &broken)] {
        let found = mistakes(text);
        let took = time(|| read(text));
        line(
            &format!("{LINES} lines {kind}, {found} diagnostics"),
            &milliseconds(&took),
            "< 1 ms",
            took.median < Duration::from_millis(1),
        );
    }

    let project: Vec<String> = (0..FILES)
        .map(|index| texts::playbook(index, LINES_A_FILE))
        .collect();
    let lines: usize = project.iter().map(|text| text.lines().count()).sum();
    let took = time(|| project.iter().for_each(|text| read(text)));
    line(
        &format!("{lines} lines in {FILES} files"),
        &milliseconds(&took),
        "< 400 ms",
        took.median < Duration::from_millis(400),
    );

    let sound = texts::sound(LINES);
    assert_eq!(mistakes(&sound), 0, "what is formatted has no mistakes");
    let parsing = time(|| read(&sound));
    let formatting = time(|| drop(black_box(format(black_box(&sound), Arc::clone(&name)))));
    let ratio = formatting.median.as_secs_f64() / parsing.median.as_secs_f64();
    line(
        &format!(
            "formatting ÷ parsing of {} lines without a mistake",
            sound.lines().count()
        ),
        &format!("{ratio:.2}"),
        "≤ 3",
        ratio <= 3.0,
    );

    let shares: Vec<(usize, f64)> = [1, 10, 100]
        .into_iter()
        .map(|times| {
            let text = texts::playbook(0, LINES * times);
            (text.len(), memory(&text))
        })
        .collect();
    let least = shares[0].1;
    for (bytes, share) in &shares {
        line(
            &format!("memory for each byte of {bytes} bytes"),
            &format!("{share:.1} bytes"),
            "linear",
            *share <= least * 1.5,
        );
    }
}
