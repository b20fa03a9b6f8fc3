//! What the text itself shows: `'{name}'` in SQL, where quotes make it a text, so the value that was meant never arrives; and
//! `==`, which the parser takes and most sources do not.

use sophia_diagnostics::{Diagnostic, Span, codes};

use super::dialect::Dialect;
use super::typer::Typer;

impl Typer<'_> {
    /// Reports every name in braces that stands in quotes though it has a value here.
    pub fn find_quoted_holes(&mut self) {
        let texts: Vec<Span> = self.source.quoted_texts().collect();
        for text in texts {
            let written = self.source.written(text);
            let Some(inner) = written
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
            else {
                continue;
            };
            let parts = parts(inner);
            let name = parts.iter().find_map(|part| match part {
                Part::Name(name) if (self.request.in_scope)(first(name)) => Some(*name),
                _ => None,
            });
            if let Some(name) = name {
                let instead = self.without_quotes(&parts);
                self.report_quoted_hole(text, name, instead);
            }
        }
    }

    /// Reports the first `==`, which only SQLite takes for `=`.
    pub fn find_doubled_equals(&mut self) {
        let first = self.source.doubled_equals().next();
        let Some(place) = first.filter(|_| self.dialect != Dialect::Sqlite) else {
            return;
        };
        let spoken = self.dialect.spoken();
        let diagnostic = self
            .diagnostic(
                codes::S404,
                place,
                format!("Equality is written `=` in {spoken}."),
            )
            .with_label("from another language")
            .with_edit("write `=`", place, "=");
        self.error(diagnostic);
    }

    /// `'%{name}%'` as `'%' || {name} || '%'`.
    fn without_quotes(&self, parts: &[Part<'_>]) -> String {
        let mut out: Vec<String> = Vec::new();
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Name(name) if (self.request.in_scope)(first(name)) => {
                    if !text.is_empty() {
                        out.push(format!("'{text}'"));
                        text.clear();
                    }
                    out.push(format!("{{{name}}}"));
                }
                Part::Name(name) => text.push_str(&format!("{{{name}}}")),
                Part::Text(more) => text.push_str(more),
            }
        }
        if !text.is_empty() {
            out.push(format!("'{text}'"));
        }
        out.join(" || ")
    }

    /// S417
    fn report_quoted_hole(&mut self, span: Span, name: &str, instead: String) {
        let diagnostic = Diagnostic::new(
            codes::S417,
            self.request.file.clone(),
            span,
            format!("In quotes `{{{name}}}` is only these letters, not the value."),
        )
        .with_label("a text, not a value")
        .with_edit(format!("write `{instead}`"), span, instead);
        self.error(diagnostic);
    }
}

/// A piece of a quoted text.
enum Part<'t> {
    Text(&'t str),
    /// A name or a path that stands in single braces.
    Name(&'t str),
}

fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    let mut searched = 0;
    while let Some(at) = rest
        .get(searched..)
        .and_then(|part| part.find('{'))
        .map(|at| at + searched)
    {
        let after = rest.get(at + 1..).unwrap_or("");
        let doubled = after.starts_with('{');
        let name = after
            .split_once('}')
            .map(|(name, _)| name)
            .filter(|name| is_path(name));
        match name {
            Some(name) if !doubled => {
                parts.push(Part::Text(rest.get(..at).unwrap_or("")));
                parts.push(Part::Name(name));
                rest = after.get(name.len() + 1..).unwrap_or("");
                searched = 0;
            }
            _ => searched = at + if doubled { 2 } else { 1 },
        }
    }
    parts.push(Part::Text(rest));
    parts
}

/// `name` or `name.field`
fn is_path(text: &str) -> bool {
    text.split('.').all(|word| {
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}
