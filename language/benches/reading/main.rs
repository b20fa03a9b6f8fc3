//! How long reading takes, and how much memory, beside what it may take.
//!
//! `cargo bench -p sophia-language --bench reading` prints one line for each figure. The texts are
//! made of the example playbooks, always the same. Times are processor time on one core, the mean of
//! many rounds, so that other work on the machine counts little; beside them stands the fastest round
//! by the clock. The allocator that counts memory is on throughout.
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
const ROUNDS: u32 = 5;
const AT_LEAST: Duration = Duration::from_secs(1);

/// The lines of a playbook that an analyst would call long.
const LINES: usize = 200;
/// A whole project.
const FILES: usize = 1_000;
const LINES_A_FILE: usize = 60;

struct Time {
    mean: Duration,
    fastest: Duration,
}

/// The time that this thread has had a processor; elsewhere than on Linux, the time on the clock.
fn processor_time(start: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|counts| counts.split(' ').next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

fn time(mut work: impl FnMut()) -> Time {
    let mut rounds = 0;
    let mut fastest = Duration::MAX;
    let start = Instant::now();
    let spent = processor_time(start);
    while rounds < ROUNDS || start.elapsed() < AT_LEAST {
        let begin = Instant::now();
        work();
        fastest = fastest.min(begin.elapsed());
        rounds += 1;
    }
    Time {
        mean: processor_time(start).saturating_sub(spent) / rounds,
        fastest,
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
    let verdict = match (goal, met) {
        ("", _) => "",
        (_, true) => "met",
        (_, false) => "MISSED",
    };
    println!("{what:<58} {measured:>26}   {goal:<10} {verdict}");
}

fn milliseconds(time: &Time) -> String {
    let of = |time: Duration| time.as_secs_f64() * 1_000.0;
    format!("{:.2} ms (best {:.2})", of(time.mean), of(time.fastest))
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
            took.mean < Duration::from_millis(1),
        );
    }

    // What each file costs before its first line is looked at.
    let took = time(|| read("playbook empty\n"));
    line("a header alone", &milliseconds(&took), "", true);

    let project: Vec<String> = (0..FILES)
        .map(|index| texts::playbook(index, LINES_A_FILE))
        .collect();
    let lines: usize = project.iter().map(|text| text.lines().count()).sum();
    let took = time(|| project.iter().for_each(|text| read(text)));
    line(
        &format!("{lines} lines in {FILES} files"),
        &milliseconds(&took),
        "< 400 ms",
        took.mean < Duration::from_millis(400),
    );

    let sound = texts::sound(LINES);
    assert_eq!(mistakes(&sound), 0, "what is formatted has no mistakes");
    let parsing = time(|| read(&sound));
    let formatting = time(|| drop(black_box(format(black_box(&sound), Arc::clone(&name)))));
    let ratio = formatting.mean.as_secs_f64() / parsing.mean.as_secs_f64();
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
