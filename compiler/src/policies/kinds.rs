//! Whether everything of a kind in a playbook has what a rule asks of that kind: `every model has budget`.

use std::sync::Arc;

use sophia_plan::step::Origin;

use super::judge::{Analysed, listed};
use crate::facts::{Stand, WaitsFor};

/// What a playbook has of a kind.
#[derive(Default)]
pub(super) struct Found {
    /// Whether it has any.
    pub(super) any: bool,
    /// Those that lack what is asked: where each stands, what is said of it, and what to do.
    pub(super) lacking: Vec<(Stand, String, String)>,
}

/// All of a kind, and those that lack something.
pub(super) fn found(playbook: &Analysed<'_>, kind: &str, what: &str) -> Found {
    let plan = playbook.plan;
    let Found {
        mut any,
        mut lacking,
    } = Found::default();
    match (kind, what) {
        ("model", _) => {
            for (name, model) in &plan.models {
                any = true;
                let has = match what {
                    "budget" => model.budget_per_call.is_some() || model.budget_per_run.is_some(),
                    _ => model.otherwise.is_some(),
                };
                if !has {
                    lacking.push((
                        declared_at(playbook, name, model.origin),
                        format!("The model `{name}` has no `{what}`."),
                        match what {
                            "budget" => "add `budget $0.02 per call, $5 per run`".to_owned(),
                            _ => "add `otherwise …`".to_owned(),
                        },
                    ));
                }
            }
        }
        ("query" | "command", _) => {
            let queries = (plan.queries.iter()).map(|(name, query)| (name, query.origin));
            let commands = (plan.commands.iter()).map(|(name, command)| (name, command.origin));
            let declared: Vec<_> = match kind {
                "query" => queries.collect(),
                _ => commands.collect(),
            };
            for (name, origin) in declared {
                any = true;
                if !playbook.facts.run.said.bounded.contains(name) {
                    lacking.push((
                        declared_at(playbook, name, origin),
                        format!("The {kind} `{name}` has no bound on its rows."),
                        "add `at most N rows`".to_owned(),
                    ));
                }
            }
        }
        ("loop", _) => {
            any = playbook.facts.run.loops > 0;
            for open in &playbook.facts.run.open {
                let sizes: Vec<Arc<str>> = open.sizes.iter().cloned().collect();
                lacking.push((
                    open.stand.clone(),
                    "This loop has no upper bound.".to_owned(),
                    format!("bound {} with `| take N` or `at most N`", listed(&sizes)),
                ));
            }
        }
        _ => {
            for wait in &playbook.facts.run.waits {
                let help = match wait.waits_for {
                    WaitsFor::Answer if kind == "ask" => "add `within …`",
                    WaitsFor::Event if kind == "wait" => "add `within …`",
                    WaitsFor::First if kind == "wait" => {
                        "add `after 2 days { }` with what happens then"
                    }
                    _ => continue,
                };
                any = true;
                if !wait.ends_in_time {
                    lacking.push((
                        wait.stand.clone(),
                        format!("This `{kind}` can wait for ever."),
                        help.to_owned(),
                    ));
                }
            }
        }
    }
    Found { any, lacking }
}

/// Where something that is declared stands: in this playbook, or, where a module declares it, at its first use.
fn declared_at(playbook: &Analysed<'_>, name: &str, origin: Origin) -> Stand {
    let used = playbook.facts.run.lent.first_use(name);
    used.cloned().unwrap_or(Stand {
        origin,
        lender: None,
    })
}
