//! A mistake for screen readers and plain logs: miette's narrated form, without drawings.

use std::fmt;

use miette::{LabeledSpan, NamedSource, NarratableReportHandler, SourceCode};
use sophia_diagnostics::{Diagnostic, Severity};

use super::diagnostic::Texts;

/// The narration of one mistake.
pub(crate) fn narration(diagnostic: &Diagnostic, texts: &Texts) -> String {
    let text = texts
        .get(&diagnostic.file)
        .map_or_else(String::new, ToString::to_string);
    let told = Told {
        diagnostic,
        source: NamedSource::new(&*diagnostic.file, text),
    };
    let mut narration = String::new();
    match NarratableReportHandler::new().render_report(&mut narration, &told) {
        Ok(()) => narration,
        // A text that cannot be quoted still leaves the sentence.
        Err(fmt::Error) => format!("{}: {}\n", diagnostic.code, diagnostic.message),
    }
}

/// A diagnostic in the terms of miette.
struct Told<'a> {
    diagnostic: &'a Diagnostic,
    source: NamedSource<String>,
}

impl fmt::Debug for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.diagnostic, formatter)
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.diagnostic.message)?;
        for note in &self.diagnostic.notes {
            write!(formatter, "\n{note}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Told<'_> {}

impl miette::Diagnostic for Told<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity() {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Hint => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.diagnostic
            .fix
            .as_ref()
            .map(|fix| Box::new(&fix.message) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = LabeledSpan::new_with_span(
            Some(
                self.diagnostic
                    .label
                    .clone()
                    .unwrap_or_else(|| "here".to_owned()),
            ),
            self.diagnostic.span.range(),
        );
        let others = self
            .diagnostic
            .related
            .iter()
            .filter(|related| related.file == self.diagnostic.file)
            .map(|related| {
                LabeledSpan::new_with_span(Some(related.message.clone()), related.span.range())
            });
        Some(Box::new(std::iter::once(here).chain(others)))
    }
}
