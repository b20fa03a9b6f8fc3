//! Complaints about flows that must not be.
//!
//! Kept true here: a complaint stands at the very value that leaves and shows its whole way; one place is told
//! once for one reason, however many runs lead there.

use std::collections::BTreeSet;
use std::sync::Arc;

use sophia_diagnostics::{Code, Diagnostic, Related, Span, codes};
use sophia_plan::plan::Plan;

use super::Project;
use super::clearance::Clearance;
use super::echo::Echoes;
use super::flow::{Destination, Flow};
use super::label::{Atom, Label, Mark};
use super::trail::Trail;
use crate::sources::{Home, Part, Spot};

/// Where something is said, and for which reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(Arc<str>, Span, Code);

impl Place {
    /// Where a complaint stands.
    pub(crate) fn of(diagnostic: &Diagnostic) -> Self {
        Self(diagnostic.file.clone(), diagnostic.span, diagnostic.code)
    }
}

/// The name of the lock in complaints.
const LOCK: &str = "sophia.lock";

/// The complaints about the flows of a playbook. What comes from a module is told by each that uses it.
pub(crate) fn complaints(project: &Project<'_>, plan: &Plan, flows: &[Flow]) -> Vec<Diagnostic> {
    let report = Report {
        project,
        plan,
        echoes: Echoes::of(project, flows),
    };
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for flow in flows {
        let complaints = [
            report.refused(flow),
            report.decided(flow),
            report.steered(flow),
        ];
        for diagnostic in complaints.into_iter().flatten() {
            if told.insert(Place::of(&diagnostic)) {
                found.push(diagnostic);
            }
        }
    }
    found
}

struct Report<'r> {
    project: &'r Project<'r>,
    plan: &'r Plan,
    echoes: Echoes,
}

impl Report<'_> {
    /// A value that is more secret than its destination is cleared for.
    fn refused(&self, flow: &Flow) -> Option<Diagnostic> {
        let clearance = self.clearance(flow, &flow.label)?;
        let refused = clearance.refused(&flow.label, &names(&flow.to));
        let refused = self.project.still_refused(&flow.to, refused);
        let refused = self.echoes.without(refused, &clearance);
        let worst = *refused.last()?;
        let (code, verb) = match &flow.to {
            Destination::Tool { .. } => (codes::S601, "would leave for"),
            Destination::Column { .. } | Destination::Key { .. } => {
                (codes::S602, "would be kept in")
            }
            Destination::Model { .. } => (codes::S603, "would leave for"),
            Destination::People { .. } | Destination::Whom => (codes::S604, "would be shown to"),
            Destination::Connection { .. } => (codes::S605, "would leave for"),
            Destination::Knowledge { .. } => (codes::S606, "would leave for"),
        };
        let (file, span) = self.place(&flow.spot);
        let value = self.value(&file, span);
        let marks = marks(&refused);
        let mut diagnostic = Diagnostic::new(
            code,
            file,
            span,
            format!(
                "{value} {verb} `{}`, which is not cleared for {marks}.",
                flow.to
            ),
        )
        .with_label(marks.clone());
        self.way(&mut diagnostic, &worst.trail);
        self.end_of_way(&mut diagnostic, flow, &clearance);
        if let Some(to) = refused.iter().find_map(|atom| atom.released.as_ref()) {
            diagnostic = diagnostic.with_note(format!("it is released for `{to}` alone"));
        }
        Some(diagnostic.with_help(self.remedy(flow, &refused, &value)))
    }

    /// What a destination is cleared for, where it is not for everything that a label carries.
    fn clearance(&self, flow: &Flow, label: &Label) -> Option<Clearance> {
        if label.atoms().is_empty() {
            return None;
        }
        let clearance = self.project.clearance(&flow.to);
        let covers = |atom: &Atom| clearance.covers(&atom.mark);
        let is_covered = label.atoms().iter().all(covers);
        (!is_covered).then_some(clearance)
    }

    /// An effect that a secret decides.
    fn decided(&self, flow: &Flow) -> Option<Diagnostic> {
        let clearance = self.clearance(flow, &flow.decided_by)?;
        let refused = clearance.refused(&flow.decided_by, &names(&flow.to));
        let refused = self.project.still_refused(&flow.to, refused);
        let refused = self.echoes.without(refused, &clearance);
        let worst = *refused.last()?;
        let (file, span) = self.place(&Spot {
            parts: Vec::new(),
            ..flow.spot.clone()
        });
        let span = self.first_line(&file, span);
        let marks = marks(&refused);
        let mut diagnostic = Diagnostic::new(
            codes::S607,
            file,
            span,
            format!(
                "Whether this reaches `{}` is decided by something {marks}, for which it is not cleared.",
                flow.to
            ),
        )
        .with_label(format!("decided by something {marks}"));
        self.way(&mut diagnostic, &worst.trail);
        self.end_of_way(&mut diagnostic, flow, &clearance);
        let place = place_of(&flow.to);
        Some(diagnostic.with_help(format!(
            "decide it by something less secret, or clear `{place}` for {marks} in sophia.toml"
        )))
    }

    /// A value that nobody vouches for and that decides what happens.
    fn steered(&self, flow: &Flow) -> Option<Diagnostic> {
        let doubt = flow.label.doubt.as_ref().filter(|_| flow.steers)?;
        let (file, span) = self.place(&flow.spot);
        let value = self.value(&file, span);
        let (code, message, help) = match &flow.to {
            Destination::Tool {
                tool,
                call,
                argument,
            } => (
                codes::S611,
                format!("{value} is untrusted and would decide `{argument}` of `{tool}.{call}`."),
                format!(
                    "let something vouch for it: `known in CONNECTION.TABLE.COLUMN`, an enumerated type, a comparison with a bound, or an `ask` that shows it; if `{argument}` is only shown or stored, mark it as `content` in sophia.toml"
                ),
            ),
            Destination::Key { column, .. } => (
                codes::S612,
                format!("The key `{column}` is untrusted and would choose the row that is written."),
                format!(
                    "check that `{column}` is known in a column, or new in this one, or record the rows without a key"
                ),
            ),
            Destination::Connection { connection } => (
                codes::S612,
                format!("{value} is untrusted and would choose the rows of `{connection}` that are written."),
                "let something vouch for it: `known in CONNECTION.TABLE.COLUMN`, or an `ask` that shows it".to_owned(),
            ),
            _ => (
                codes::S611,
                format!("{value} is untrusted and would choose who is asked."),
                "write a group, or look the person up: `people[…]`".to_owned(),
            ),
        };
        let mut diagnostic = Diagnostic::new(code, file, span, message).with_label("untrusted");
        self.way(&mut diagnostic, &doubt.trail);
        Some(diagnostic.with_help(help))
    }

    /// Where a spot is; the beginning of the file where nobody knows.
    fn place(&self, spot: &Spot) -> (Arc<str>, Span) {
        let file = &self.plan.file;
        self.project
            .sources
            .find(file, spot)
            .unwrap_or_else(|| (file.clone(), Span::default()))
    }

    /// A place, cut at the end of its first line.
    fn first_line(&self, file: &Arc<str>, span: Span) -> Span {
        let length = self.project.sources.first_line(file, span);
        Span {
            start: span.start,
            end: span.start.saturating_add(length).min(span.end),
        }
    }

    /// The value at a place, as a sentence begins with it.
    fn value(&self, file: &Arc<str>, span: Span) -> String {
        let text = self.project.sources.text(file, span);
        if text.is_empty() || text.chars().count() > LONGEST_VALUE {
            "This value".to_owned()
        } else {
            format!("`{text}`")
        }
    }

    /// The stops of a way, one a line.
    fn way(&self, diagnostic: &mut Diagnostic, trail: &Trail) {
        for (number, stop) in trail.stops().into_iter().enumerate() {
            let arrow = if number == 0 { "" } else { "→ " };
            let gap = if stop.note.is_empty() { "" } else { "  " };
            let message = format!("{arrow}{}{gap}{}", stop.what, stop.note);
            self.stop(diagnostic, &stop.spot, message);
        }
    }

    fn stop(&self, diagnostic: &mut Diagnostic, spot: &Spot, message: String) {
        let place = match spot.home {
            Home::Lock => Some((Arc::from(LOCK), Span::default())),
            _ => self.project.sources.find(&self.plan.file, spot),
        };
        let (file, span) = place.unwrap_or_else(|| (diagnostic.file.clone(), diagnostic.span));
        diagnostic.related.push(Related {
            file,
            span,
            message,
        });
    }

    /// The last stop: where it would go, and what that place is cleared for.
    fn end_of_way(&self, diagnostic: &mut Diagnostic, flow: &Flow, clearance: &Clearance) {
        let (what, spot) = match &flow.to {
            Destination::Model { model, route } => (
                format!("model {model}, route `{route}`"),
                Spot {
                    module: flow.spot.module.clone(),
                    home: Home::Declaration(model.clone()),
                    parts: vec![Part::Route(route.clone())],
                },
            ),
            to => (to.to_string(), flow.spot.clone()),
        };
        self.stop(diagnostic, &spot, format!("→ {what}  cleared: {clearance}"));
    }

    fn remedy(&self, flow: &Flow, refused: &[&Atom], value: &str) -> String {
        let mut ways = Vec::new();
        let inner = value.trim_matches('`');
        let named = if value == "This value" { "…" } else { inner };
        let marks = marks(refused);
        if let Destination::Model { model, route } = &flow.to
            && let Some(definition) = self.plan.models.get(model)
        {
            let others: Vec<&str> = definition
                .routes
                .iter()
                .filter(|other| *other != route)
                .filter(|other| {
                    let to = Destination::Model {
                        model: model.clone(),
                        route: (*other).clone(),
                    };
                    let clearance = self.project.clearance(&to);
                    refused.iter().all(|atom| clearance.covers(&atom.mark))
                })
                .map(|other| &**other)
                .collect();
            if !others.is_empty() {
                ways.push(format!("route {} only", others.join(", ")));
            }
        }
        let only_categories = refused
            .iter()
            .all(|atom| matches!(atom.mark, Mark::Category(_)));
        if only_categories {
            ways.push(format!("redact({named})"));
        }
        let place = place_of(&flow.to);
        ways.push(match &flow.to {
            Destination::Column { .. } | Destination::Key { .. } => {
                format!("label `{place}` with {marks} in sophia.toml")
            }
            Destination::People { .. } | Destination::Whom => {
                format!("clear `{place}` for {marks} under `[clearance]` in sophia.toml")
            }
            _ => format!("clear `{place}` for {marks} in sophia.toml"),
        });
        if ways.len() < 3 && matches!(flow.to, Destination::Tool { .. }) {
            ways.push(format!("release({named}, to: {place}, because: \"…\")"));
        }
        ways.join(", or ")
    }
}

/// A longer expression is not repeated in a sentence.
const LONGEST_VALUE: usize = 40;

fn marks(refused: &[&Atom]) -> String {
    let words: BTreeSet<String> = refused.iter().map(|atom| atom.mark.to_string()).collect();
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// The names by which `release` may call a destination.
pub(super) fn names(to: &Destination) -> Vec<Arc<str>> {
    match to {
        Destination::Tool { tool, call, .. } => {
            vec![tool.clone(), Arc::from(format!("{tool}.{call}"))]
        }
        Destination::Column {
            connection, table, ..
        }
        | Destination::Key {
            connection, table, ..
        } => vec![
            connection.clone(),
            Arc::from(format!("{connection}.{table}")),
            Arc::from(to.to_string()),
        ],
        other => vec![Arc::from(place_of(other))],
    }
}

/// What the manifest calls a destination.
fn place_of(to: &Destination) -> String {
    match to {
        Destination::Tool { tool, .. } => tool.to_string(),
        other => other.to_string(),
    }
}

impl Project<'_> {
    /// What a destination is cleared for.
    #[must_use]
    pub fn clearance(&self, to: &Destination) -> Clearance {
        let manifest = self.manifest;
        let written = match to {
            Destination::Tool { tool, .. } => {
                manifest.tools.get(&**tool).map(|tool| &tool.clearance)
            }
            Destination::Model { route, .. } => match manifest.models.get(&**route) {
                Some(model) if matches!(&*model.kind, "gguf" | "embedding") => {
                    return Clearance::Everything;
                }
                model => model.map(|model| &model.clearance),
            },
            Destination::People { whom } => manifest.clearances.get(&**whom),
            Destination::Whom => return Clearance::Everything,
            Destination::Connection { connection } => manifest
                .connections
                .get(&**connection)
                .map(|connection| &connection.clearance),
            Destination::Column {
                connection,
                table,
                column,
            }
            | Destination::Key {
                connection,
                table,
                column,
            } => {
                let words = self.column_words(connection, table, column);
                return Clearance::holding(&words);
            }
            Destination::Knowledge { knowledge } => {
                return Clearance::holding(&self.written_words(knowledge));
            }
        };
        written.map_or_else(Clearance::default, |words| Clearance::parse(words))
    }

    /// What of `refused` a connection does not hold already. What it holds may be asked for.
    fn still_refused<'l>(&self, to: &Destination, refused: Vec<&'l Atom>) -> Vec<&'l Atom> {
        let Destination::Connection { connection } = to else {
            return refused;
        };
        if refused.is_empty() {
            return refused;
        }
        let tables = self.catalogue.connections.get(&**connection);
        let mut held: Vec<String> = Vec::new();
        for (table, content) in tables.into_iter().flat_map(|known| &known.tables) {
            for column in &content.columns {
                held.extend(self.column_words(connection, table, &column.name));
            }
        }
        let clearance = Clearance::holding(&held);
        refused
            .into_iter()
            .filter(|atom| !clearance.covers(&atom.mark))
            .collect()
    }

    /// The words that people wrote about a column.
    pub(super) fn column_words(&self, connection: &str, table: &str, column: &str) -> Vec<String> {
        let pinned = self
            .catalogue
            .connections
            .get(connection)
            .and_then(|connection| connection.tables.get(table))
            .and_then(|table| {
                table
                    .columns
                    .iter()
                    .find(|known| known.name.eq_ignore_ascii_case(column))
            })
            .map(|column| column.labels.clone());
        let mut words = pinned.unwrap_or_default();
        if !self.manifest.labels.is_empty() {
            words.extend(self.written_words(&format!("{connection}.{table}.{column}")));
        }
        words
    }

    /// The words that the manifest writes about a path.
    pub(super) fn written_words(&self, path: &str) -> Vec<String> {
        self.manifest.labels.get(path).cloned().unwrap_or_default()
    }
}
