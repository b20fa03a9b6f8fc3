//! Time zones by their IANA names, from the database that is built in: the same on every machine.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use sophia_diagnostics::{Diagnostic, Span, codes};

use crate::checker::Checker;
use crate::names::{nearest, with_nearest};

/// The zone of a name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

impl Checker<'_> {
    /// Takes the playbook's own zone.
    pub(crate) fn set_zone(&mut self, name: &str, span: Span) {
        if zone(name).is_some() {
            name.clone_into(&mut self.zone);
        } else {
            let diagnostic = self.unknown_zone(name, span);
            self.push(diagnostic);
        }
    }

    /// The complaint about a zone that does not exist.
    pub(crate) fn unknown_zone(&self, name: &str, span: Span) -> Diagnostic {
        let database = TimeZoneDatabase::bundled();
        let known: Vec<String> = database.available().map(|zone| zone.to_string()).collect();
        let near = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
        let diagnostic = self
            .diagnostic(
                codes::S813,
                span,
                format!("There is no time zone \"{name}\"."),
            )
            .with_note("zones are named as in \"America/Chicago\" or \"Europe/Berlin\"");
        match near {
            Some(near) => diagnostic
                .with_note(format!("nearest: \"{near}\""))
                .with_help(format!("write \"{near}\"")),
            None => with_nearest(diagnostic, None, span),
        }
    }
}
