//! A run while it works, on standard error: a line for each step as it ends, and a bar for each loop.
//!
//! On a terminal the lines of what is under way change in place; elsewhere only finished ones are
//! written, so that a log stays readable.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sophia_engine::{Happening, Notice, Progress};
use sophia_plan::StepKind;
use sophia_server::testing::step_name;

use super::numbers::{grouped, instant};

/// What is shown of a run under way.
pub(crate) struct Live {
    area: MultiProgress,
    bars: BTreeMap<Arc<str>, Shown>,
}

struct Shown {
    bar: ProgressBar,
    done: u64,
    began: std::time::Instant,
}

impl Live {
    /// An empty area; hidden where standard error is not a terminal.
    pub(crate) fn new() -> Self {
        let target = if std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr_with_hz(15)
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            area: MultiProgress::with_draw_target(target),
            bars: BTreeMap::new(),
        }
    }

    /// Takes up what happened.
    pub(crate) fn take(&mut self, progress: &Progress) {
        match progress {
            Progress::Step(notice) => self.step(notice),
            Progress::Waiting(wait) => {
                let _ = self.area.println(format!("  {}", wait.reason));
            }
            Progress::Standing(_) => {}
        }
    }

    fn step(&mut self, notice: &Notice) {
        // What only steers the run has no line of its own; what it leads to does.
        if matches!(
            notice.step.kind,
            StepKind::Branch { .. }
                | StepKind::Match { .. }
                | StepKind::Together { .. }
                | StepKind::Try { .. }
                | StepKind::Action { .. }
                | StepKind::Return { .. }
                | StepKind::Yield { .. }
                | StepKind::End { .. }
        ) {
            return;
        }
        let name = step_name(&notice.key);
        match &notice.what {
            Happening::Started { .. } => {
                self.shown(&name, &notice.step.label);
            }
            Happening::Items {
                total,
                done,
                failed,
                skipped,
            } => {
                let shown = self.shown(&name, &notice.step.label);
                shown.bar.set_style(loop_style());
                shown.bar.set_length(*total);
                shown.bar.set_position(done + failed + skipped);
            }
            Happening::Round { number, next } => {
                let shown = self.shown(&name, &notice.step.label);
                shown.bar.set_message(match next {
                    None => format!("round {number}"),
                    Some(next) => format!("round {number} ended, the next begins at {next}"),
                });
            }
            Happening::Chosen { .. } => {}
            Happening::Retries {
                attempt, failure, ..
            } => {
                let shown = self.shown(&name, &notice.step.label);
                shown.bar.set_message(format!(
                    "attempt {attempt} failed, another follows: {}",
                    failure.message
                ));
            }
            Happening::Asks { failure } => {
                let shown = self.shown(&name, &notice.step.label);
                shown
                    .bar
                    .set_message(format!("waits for a person: {}", failure.message));
            }
            Happening::Waits(awaiting) => {
                let until = awaiting
                    .until
                    .map_or_else(String::new, |until| format!(" until {}", instant(until)));
                let text = match awaiting.events.as_slice() {
                    [] => format!("waits{until}"),
                    events => format!("waits for {}{until}", events.join(" or ")),
                };
                self.shown(&name, &notice.step.label).bar.set_message(text);
            }
            Happening::Question(question) => {
                let whom: Vec<_> = question.whom.iter().map(ToString::to_string).collect();
                let text = format!("{} {}", question.stands.as_str(), whom.join(", "));
                self.shown(&name, &notice.step.label).bar.set_message(text);
            }
            Happening::Ended { report, .. } => {
                let note = report.note.clone();
                let rows = report.rows;
                let shown = self.shown(&name, &notice.step.label);
                shown.done += 1;
                let text = match (rows, note) {
                    (_, Some(note)) if note.contains("trained") => note,
                    (Some(rows), Some(note)) => format!("{} {note}", grouped(rows)),
                    (Some(rows), None) => format!("{} rows", grouped(rows)),
                    (None, _) if shown.done > 1 => format!("{} done", grouped(shown.done)),
                    (None, _) => String::new(),
                };
                shown.bar.set_message(text);
                if !matches!(notice.step.kind, StepKind::ForEach { .. }) {
                    let took = super::numbers::duration(shown.began.elapsed());
                    shown.bar.set_prefix(took);
                }
            }
        }
    }

    fn shown(&mut self, name: &Arc<str>, label: &str) -> &mut Shown {
        self.bars.entry(name.clone()).or_insert_with(|| {
            let bar = self.area.add(ProgressBar::new_spinner());
            bar.set_style(step_style(label));
            bar.enable_steady_tick(Duration::from_millis(120));
            Shown {
                bar,
                done: 0,
                began: std::time::Instant::now(),
            }
        })
    }

    /// Takes everything away, for the summary that follows.
    pub(crate) fn end(self) {
        for shown in self.bars.into_values() {
            shown.bar.finish_and_clear();
        }
        let _ = self.area.clear();
    }
}

fn step_style(label: &str) -> ProgressStyle {
    let label = label.replace(['{', '}'], "");
    ProgressStyle::with_template(&format!("  {label:<24} {{msg:60}} {{prefix}}"))
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn loop_style() -> ProgressStyle {
    ProgressStyle::with_template("  items                    {bar:20} {pos}/{len}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("██░")
}
