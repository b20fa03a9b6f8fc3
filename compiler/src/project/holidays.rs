//! Holidays that stand in files of the project, whose texts whoever reads its folder hands over.

use std::sync::Arc;

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::phrases::Holidays;

use super::Manifest;

impl Manifest {
    /// Adds the holidays of the files that the manifest names. `text_of` gives the text of a file, where it can be
    /// read; `file` is the manifest's own name. What a file does not say is a diagnostic.
    pub fn take_holidays<'t>(
        &mut self,
        text_of: impl Fn(&str) -> Option<&'t str>,
        file: &Arc<str>,
    ) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (calendar, named) in &self.holiday_files {
            let wrong = match text_of(named).map(Holidays::from_ics) {
                Some(Ok(holidays)) => {
                    self.holidays.insert(calendar.clone(), holidays);
                    continue;
                }
                Some(Err(line)) => format!(
                    "Line {line} of {named} names no day, or repeats in a way that cannot be read."
                ),
                None => format!("The file {named} of the calendar `{calendar}` is not there."),
            };
            let diagnostic = Diagnostic::new(codes::S915, file.clone(), Span::new(0, 0), wrong)
                .with_help("an iCalendar file names each holiday by its date, or repeats it by the year (RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH); or list days in sophia.toml: holidays = [\"2026-12-25\"]");
            diagnostics.push(diagnostic);
        }
        diagnostics
    }
}
