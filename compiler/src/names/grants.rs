//! `use`: what a playbook may touch, and which grants nothing needs.

use sophia_diagnostics::{Diagnostic, Edit, Fix, Span, codes};
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
            None if self.broken.may_declare(&name.text) => return None,
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
        if name.text.is_empty()
            || self.manifest.tools.contains_key(&name.text)
            || self.broken.may_declare(&name.text)
        {
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
            None if self.broken.may_declare(&name.text) => {}
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
        let file = self.kind_of_file();
        let diagnostic = self
            .diagnostic(
                codes::S203,
                name.span,
                format!("This {file} may not touch the {what} `{}`.", name.text),
            )
            .with_label("not named in `use`")
            .with_edit(format!("add `{}` to `use`", name.text), place, text);
        self.push(diagnostic);
    }

    fn kind_of_file(&self) -> &'static str {
        if self.names.own.is_some() {
            "playbook"
        } else {
            "module"
        }
    }

    /// Hints at grants that nothing needs. Each hint has the fix that leaves what is needed and nothing else.
    pub(crate) fn report_unused_grants(&mut self, file: &'a File) {
        let lines: Vec<&Use> = (file.items.iter())
            .filter_map(|item| match item {
                Item::Use(line) => Some(line),
                _ => None,
            })
            .collect();
        let unused: Vec<&Name> = (lines.iter())
            .flat_map(|line| &line.names)
            .filter(|name| self.is_unneeded(name))
            .collect();
        if unused.is_empty() {
            return;
        }
        let edits: Vec<Edit> = (lines.iter())
            .filter_map(|line| self.tightest(line))
            .collect();
        let names: Vec<String> = (unused.iter())
            .map(|name| format!("`{}`", name.text))
            .collect();
        let fix = Fix {
            message: format!("remove {} from `use`", names.join(", ")),
            edits,
        };
        for name in unused {
            let mut diagnostic = self
                .diagnostic(
                    codes::S205,
                    name.span,
                    format!(
                        "Nothing in this {} needs `{}`.",
                        self.kind_of_file(),
                        name.text
                    ),
                )
                .with_label("granted, and not used");
            diagnostic.fix = Some(fix.clone());
            self.push(diagnostic);
        }
    }

    /// Whether a grant is one that nothing needs.
    fn is_unneeded(&self, name: &Name) -> bool {
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
        granted && !self.names.used.contains(&name.text)
    }

    /// A `use` line with what is needed of it, sorted; nothing where it is that already. A line of which nothing is
    /// needed goes.
    fn tightest(&self, line: &Use) -> Option<Edit> {
        let (first, last) = (line.names.first()?, line.names.last()?);
        let mut needed: Vec<&str> = (line.names.iter())
            .filter(|name| !self.is_unneeded(name))
            .map(|name| name.text.as_str())
            .collect();
        if needed.is_empty() {
            return Some(Edit {
                span: self.whole_line(line.span),
                text: String::new(),
            });
        }
        needed.sort_unstable();
        let span = Span {
            start: first.span.start,
            end: last.span.end,
        };
        let text = needed.join(", ");
        (self.text.get(span.range()) != Some(text.as_str())).then_some(Edit { span, text })
    }

    /// A line with its end, and with the blank line before it where another follows: what `sophia fmt` would leave.
    /// A comment behind it on the line stays.
    fn whole_line(&self, span: Span) -> Span {
        let before = self.text.get(..span.start as usize).unwrap_or("");
        let after = self.text.get(span.end as usize..).unwrap_or("");
        let (rest, below) = after.split_once('\n').unwrap_or((after, ""));
        let length = |bytes: usize| u32::try_from(bytes).unwrap_or(0);
        let comment = rest.trim_start();
        if !comment.is_empty() {
            return Span {
                end: span.end + length(rest.len() - comment.len()),
                ..span
            };
        }
        let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
        let above = before.get(..before.len() - indent).unwrap_or("");
        let blank_above = above.is_empty() || above.ends_with("\n\n");
        let mut end = after.len() - below.len();
        if blank_above && below.starts_with('\n') {
            end += 1;
        }
        Span {
            start: span.start - length(indent),
            end: span.end + length(end),
        }
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
