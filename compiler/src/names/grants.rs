//! `use`: what a playbook may touch, and which grants nothing needs.

use sophia_diagnostics::{Diagnostic, Span, codes};
use sophia_language::syntax::{File, Item, Name, Use};

use super::{Declared, nearest};
use crate::catalogue::Connection;
use crate::checker::Checker;

impl<'a> Checker<'a> {
    /// The pinned connection of a name, if the playbook may use it; otherwise what is wrong is
    /// reported and the answer is `None`.
    pub(crate) fn granted_connection(&mut self, name: &Name) -> Option<&'a Connection> {
        if name.text.is_empty() {
            return None;
        }
        self.names.used.insert(name.text.clone());
        match self.names.get(&name.text) {
            Some(Declared::Connection) => {}
            Some(other) => {
                let diagnostic = self.diagnostic(
                    codes::S209,
                    name.span,
                    format!("`{}` is {}, not a connection.", name.text, other.noun()),
                );
                self.push(diagnostic);
                return None;
            }
            None if self.manifest.connections.contains_key(&name.text) => {
                self.report_missing_grant(name, "connection");
                return None;
            }
            None => {
                let near = nearest(
                    &name.text,
                    self.manifest.connections.keys().map(String::as_str),
                );
                let diagnostic = self.diagnostic(
                    codes::S201,
                    name.span,
                    format!("The project has no connection named `{}`.", name.text),
                );
                self.push(with_nearest(diagnostic, near, name.span));
                return None;
            }
        }
        let pinned = self.catalogue.connections.get(&name.text);
        if pinned.is_none() {
            self.report_unpinned(name, "connection");
        }
        pinned
    }

    /// Whether a name is a stream or another connection that the playbook may use; otherwise what is
    /// wrong is reported.
    pub(crate) fn granted_stream(&mut self, name: &Name) -> Option<()> {
        self.names.used.insert(name.text.clone());
        if let Some(Declared::Connection) = self.names.get(&name.text) {
            return Some(());
        }
        self.granted_connection(name);
        None
    }

    /// A name that should be a tool, and is none.
    pub(crate) fn report_no_tool(&mut self, name: &Name) {
        if name.text.is_empty() || self.manifest.tools.contains_key(&name.text) {
            return;
        }
        let near = nearest(&name.text, self.manifest.tools.keys().map(String::as_str));
        let diagnostic = self
            .diagnostic(
                codes::S201,
                name.span,
                format!("The project has no tool named `{}`.", name.text),
            )
            .with_label("not known");
        self.push(with_nearest(diagnostic, near, name.span));
    }

    /// Whether a name is a tool that the playbook may use. A tool of the manifest that `use` does not
    /// name is reported.
    pub(crate) fn granted_tool(&mut self, name: &Name) -> bool {
        self.names.used.insert(name.text.clone());
        match self.names.get(&name.text) {
            Some(Declared::Tool) => true,
            None if self.manifest.tools.contains_key(&name.text) => {
                self.report_missing_grant(name, "tool");
                false
            }
            _ => false,
        }
    }

    /// Whether a name is knowledge that the playbook may search; otherwise what is wrong is reported.
    pub(crate) fn granted_knowledge(&mut self, name: &Name) -> bool {
        self.names.used.insert(name.text.clone());
        match self.names.get(&name.text) {
            Some(Declared::Knowledge) => return true,
            _ if name.text.is_empty() => {}
            Some(other) => {
                let diagnostic = self.diagnostic(
                    codes::S209,
                    name.span,
                    format!("`{}` is {}, not knowledge.", name.text, other.noun()),
                );
                self.push(diagnostic);
            }
            None if self.manifest.knowledge.contains(&name.text) => {
                self.report_missing_grant(name, "knowledge");
            }
            None => {
                let near = nearest(
                    &name.text,
                    self.manifest.knowledge.iter().map(String::as_str),
                );
                let diagnostic = self.diagnostic(
                    codes::S201,
                    name.span,
                    format!("The project has no knowledge named `{}`.", name.text),
                );
                self.push(with_nearest(diagnostic, near, name.span));
            }
        }
        false
    }

    /// Whether the playbook may look for the project's metrics; otherwise that is reported.
    pub(crate) fn granted_metrics(&mut self, span: Span) -> bool {
        self.names.used.insert("metrics".to_owned());
        let granted = matches!(self.names.get("metrics"), Some(Declared::Metrics));
        if !granted {
            let name = Name {
                text: "metrics".to_owned(),
                span,
            };
            self.report_missing_grant(&name, "project's");
        }
        granted
    }

    pub(crate) fn report_unpinned(&mut self, name: &Name, what: &str) {
        let diagnostic = self
            .diagnostic(
                codes::S215,
                name.span,
                format!(
                    "The {what} `{}` is in sophia.toml but not in sophia.lock.",
                    name.text
                ),
            )
            .with_label("nothing is known about it yet")
            .with_help("run `sophia sync`");
        self.push(diagnostic);
    }

    /// Says once that something is not granted.
    pub(crate) fn report_missing_grant(&mut self, name: &Name, what: &str) {
        if self.broken.may_grant(&name.text) || !self.names.refused.insert(name.text.clone()) {
            return;
        }
        let (place, has_use) = self.names.grant_place();
        let text = if has_use {
            format!(", {}", name.text)
        } else {
            format!("\n\nuse {}", name.text)
        };
        let diagnostic = self
            .diagnostic(
                codes::S203,
                name.span,
                format!("This playbook may not touch the {what} `{}`.", name.text),
            )
            .with_label("not named in `use`")
            .with_edit(format!("add `{}` to `use`", name.text), place, text);
        self.push(diagnostic);
    }

    /// Hints at grants that nothing needs.
    pub(crate) fn report_unused_grants(&mut self, file: &'a File) {
        for item in &file.items {
            let Item::Use(line) = item else { continue };
            for (index, name) in line.names.iter().enumerate() {
                let last = name.text.rsplit('.').next().unwrap_or(&name.text);
                let granted = matches!(
                    self.names.get(last),
                    Some(
                        Declared::Connection
                            | Declared::Tool
                            | Declared::Module(_)
                            | Declared::Playbook
                            | Declared::Knowledge
                            | Declared::Metrics
                    )
                );
                if !granted || self.names.used.contains(&name.text) {
                    continue;
                }
                let diagnostic = self
                    .diagnostic(
                        codes::S205,
                        name.span,
                        format!("Nothing in this playbook needs `{}`.", name.text),
                    )
                    .with_label("granted, and not used")
                    .with_edit(
                        format!("remove `{}` from `use`", name.text),
                        removal(line, index),
                        "",
                    );
                self.push(diagnostic);
            }
        }
    }
}

/// What to cut so that one name of a `use` line goes, with its comma.
fn removal(line: &Use, index: usize) -> Span {
    let own = line.names.get(index).map_or(line.span, |name| name.span);
    let before = index.checked_sub(1).and_then(|at| line.names.get(at));
    match (before, line.names.get(index + 1)) {
        (Some(before), _) => Span {
            start: before.span.end,
            end: own.end,
        },
        (None, Some(after)) => Span {
            start: own.start,
            end: after.span.start,
        },
        (None, None) => line.span,
    }
}

/// Adds the nearest name, and writing it as the fix.
pub(crate) fn with_nearest(diagnostic: Diagnostic, near: Option<&str>, span: Span) -> Diagnostic {
    match near {
        Some(near) => diagnostic
            .with_note(format!("nearest: `{near}`"))
            .with_edit(format!("write `{near}`"), span, near),
        None => diagnostic,
    }
}
