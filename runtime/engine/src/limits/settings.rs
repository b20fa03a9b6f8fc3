//! What is limited, as a project says it.
//!
//! Kept true here: what no limit names costs nothing, and waits for nobody.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::SignedDuration;
use sophia_plan::{Plan, Scope, Work, show};

/// The limits of one environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// By connection or tool, and by [`model_place`] for a model of the manifest.
    pub places: BTreeMap<Arc<str>, Room>,
    /// By playbook.
    pub playbooks: BTreeMap<Arc<str>, PlaybookLimits>,
    /// How many steps with a limit of their own are under way at once, over all runs.
    pub steps_at_once: Option<u32>,
    /// How many runs are carried on at once before new ones are refused for a while.
    pub runs_in_memory: usize,
}

/// No limits but that on the runs in memory.
pub static UNLIMITED: Limits = Limits {
    places: BTreeMap::new(),
    playbooks: BTreeMap::new(),
    steps_at_once: None,
    runs_in_memory: 20_000,
};

impl Default for Limits {
    fn default() -> Self {
        UNLIMITED.clone()
    }
}

/// What one place has room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// So many at once.
    pub at_once: Option<u32>,
    /// So many in a time.
    pub rate: Option<Rate>,
}

/// `10 per second`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The most that begin …
    pub most: u32,
    /// … in any stretch of this length.
    pub within: SignedDuration,
}

/// The limits of one playbook.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaybookLimits {
    /// How many of its runs do something at once.
    pub at_once: Option<u32>,
    /// The same for runs that have one value of an input, by the input.
    pub at_once_per: BTreeMap<Arc<str>, u32>,
    /// Who goes first where others wait, too.
    pub priority: Priority,
}

/// Who goes first where several playbooks wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// After the others.
    Low,
    /// As most do.
    #[default]
    Normal,
    /// Before the others.
    High,
}

/// What a place in the queue is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A connection, a tool or a model of the manifest.
    At(Arc<str>),
    /// The runs of a playbook.
    Runs(Arc<str>),
    /// The runs of a playbook with one value of an input.
    RunsWith {
        /// The playbook.
        playbook: Arc<str>,
        /// The input and its value: `deal_id 7`.
        key: Arc<str>,
    },
    /// All steps that have a limit of their own.
    Steps,
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(name) => write!(formatter, "at {name}"),
            Self::Runs(playbook) => write!(formatter, "among the runs of {playbook}"),
            Self::RunsWith { playbook, key } => {
                write!(formatter, "among the runs of {playbook} with {key}")
            }
            Self::Steps => formatter.write_str("among the steps of all runs"),
        }
    }
}

impl Limits {
    /// Whether anything is limited besides the number of runs.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.places.is_empty() || !self.playbooks.is_empty()
    }

    /// The priority of a playbook.
    #[must_use]
    pub fn priority(&self, playbook: &str) -> Priority {
        let limits = self.playbooks.get(playbook);
        limits.map_or_else(Priority::default, |limits| limits.priority)
    }

    /// What a run of a playbook needs before it does anything. Nothing where its playbook has no limit.
    #[must_use]
    pub fn of_run(&self, plan: &Plan, inputs: &Scope) -> Vec<(Place, Room)> {
        let Some(limits) = self.playbooks.get(&plan.playbook) else {
            return Vec::new();
        };
        let room = |at_once: u32| Room {
            at_once: Some(at_once),
            rate: None,
        };
        let zone = jiff::tz::TimeZone::get(&plan.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let whole = limits
            .at_once
            .map(|most| (Place::Runs(plan.playbook.clone()), room(most)));
        let keyed = limits.at_once_per.iter().filter_map(|(input, most)| {
            let value = inputs.get(input)?;
            let place = Place::RunsWith {
                playbook: plan.playbook.clone(),
                key: format!("{input} {}", show(value, &zone)).into(),
            };
            Some((place, room(*most)))
        });
        whole.into_iter().chain(keyed).collect()
    }

    /// What an attempt at work needs before it begins. Nothing where it goes to no place with a limit.
    #[must_use]
    pub fn of_work(&self, plan: &Plan, work: &Work) -> Vec<(Place, Room)> {
        if self.places.is_empty() {
            return Vec::new();
        }
        let mut places: Vec<(Place, Room)> = Vec::new();
        for name in goes_to(plan, work) {
            let own = Place::At(name.clone());
            // A model may stand twice among those that are asked.
            if let Some(room) = self.places.get(&name)
                && !places.iter().any(|(place, _)| *place == own)
            {
                places.push((own, *room));
            }
        }
        if let Some(most) = self.steps_at_once.filter(|_| !places.is_empty()) {
            let room = Room {
                at_once: Some(most),
                rate: None,
            };
            places.push((Place::Steps, room));
        }
        places
    }
}

/// What the place of a model of the manifest is called: as it stands there.
#[must_use]
pub fn model_place(model: &str) -> Arc<str> {
    format!("models.{model}").into()
}

/// The connection or the tool that work goes to, or every model that may be asked: which of them answers is
/// known only afterwards.
fn goes_to(plan: &Plan, work: &Work) -> Vec<Arc<str>> {
    let one = match work {
        Work::Tool { tool, .. } => Some(tool),
        Work::Record { connection, .. } | Work::Distinct { connection, .. } => Some(connection),
        Work::Query { query, .. } => plan.queries.get(query).map(|query| &query.connection),
        Work::Command { command, .. } => plan
            .commands
            .get(command)
            .map(|command| &command.connection),
        Work::Metric { metric, .. } => plan
            .metrics
            .get(metric)
            .map(|metric| &metric.source.connection),
        Work::Model { model, .. } => {
            let routes = plan.models.get(model).map(|definition| &definition.routes);
            return routes
                .into_iter()
                .flatten()
                .map(|route| model_place(route))
                .collect();
        }
        Work::Predictor { .. }
        | Work::Compute { .. }
        | Work::Emit { .. }
        | Work::Set { .. }
        | Work::State { .. }
        | Work::Playbook { .. }
        | Work::Search { .. }
        | Work::FindMetrics { .. }
        | Work::ReadFile { .. } => None,
    };
    one.cloned().into_iter().collect()
}
