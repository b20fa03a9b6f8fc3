//! `given`: what stands in for a query, a predictor, a model, a tool, or the clock.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{
    Expression, Given as Written, GivenAnswer, GivenSubject, Name, TextTemplate,
};
use sophia_plan::test::{Answer, Given, Subject, Test};
use sophia_plan::types::{FieldType, RecordType, Type};

use super::asked::{Asked, fixed_text};
use super::then::{fitting, verdict};
use crate::checker::Checker;
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Expected, Place, Purpose, Scope, found_metric_type, passage_type};

impl<'a> Checker<'a> {
    pub(super) fn given(
        &mut self,
        written: &'a Written,
        test: &Test,
        asked: &Asked<'a>,
    ) -> Option<Given> {
        let (named, path) = match &written.subject {
            GivenSubject::Path(path) => {
                let names: Vec<&str> = path.iter().map(|name| name.text.as_str()).collect();
                (self.subject(path), names.join("."))
            }
            GivenSubject::Ask(whom) => {
                let path = format!("ask {}", self.written(whom.span));
                (self.asked_subject(whom, &written.answer, asked), path)
            }
            GivenSubject::File(path) => {
                let shown = format!("file {}", self.written(path.span));
                (self.file_subject(path), shown)
            }
        };
        let (subject, of) = match named {
            Some((subject, of)) => (Some(subject), of),
            None => (None, Type::Unknown),
        };
        if let Some(subject) = &subject
            && test.given.iter().any(|given| given.subject == *subject)
        {
            let diagnostic = self
                .diagnostic(
                    codes::S852,
                    written.span,
                    format!("`{path}` is given twice."),
                )
                .with_help("keep one of the lines");
            self.push(diagnostic);
            return None;
        }
        let scope = Scope::new(Place::Constant);
        let answer = match &written.answer {
            GivenAnswer::Value(value) => {
                let purpose = Purpose {
                    mismatch: codes::S853,
                    missing: codes::S854,
                    extra: codes::S855,
                    ..Purpose::plain(format!("`{path}`"))
                };
                Answer::Value(self.check_expression(value, &scope, &Expected::new(of, purpose)))
            }
            GivenAnswer::Fails { message, times } => {
                self.check_fault(subject.as_ref(), *times, written.span);
                let expected = Expected::plain(Type::Text, "The message of a failure");
                Answer::Fails {
                    message: self.check_expression(message, &scope, &expected),
                    times: *times,
                }
            }
        };
        subject.map(|subject| Given { subject, answer })
    }

    /// Whether a fault can happen at all.
    fn check_fault(&mut self, subject: Option<&Subject>, times: Option<u32>, span: Span) {
        let (code, message, help) = match (subject, times) {
            (_, Some(0)) => (
                codes::S867,
                "A fault that comes 0 times never comes.",
                "write how often it comes, or take the line out",
            ),
            (Some(Subject::Now), _) => (
                codes::S868,
                "The clock cannot fail.",
                "write `given now = …`",
            ),
            (Some(Subject::Ask { .. }), _) => (
                codes::S868,
                "People do not fail; they answer, or they are silent.",
                "take the line out, and let time pass with `then 3 days pass`",
            ),
            _ => return,
        };
        let diagnostic = self.diagnostic(code, span, message).with_help(help);
        self.push(diagnostic);
    }

    /// `given ask "finance" = { approved: true }`. Whoever is asked several things is given an answer to each; what an
    /// answer says tells which of them it is for.
    fn asked_subject(
        &mut self,
        whom: &TextTemplate,
        answer: &GivenAnswer,
        asked: &Asked<'a>,
    ) -> Option<(Subject, Type)> {
        let name = fixed_text(&Expression::Text(whom.clone()))?;
        let forms = self.forms_of(&name, whom.span, asked)?;
        let kinds = forms.into_iter();
        let kinds: Vec<Option<Type>> = kinds
            .map(|form| form.map(|form| self.resolve_type(form)))
            .collect();
        let said = match answer {
            GivenAnswer::Value(said) => Some(said),
            GivenAnswer::Fails { .. } => None,
        };
        let of = |kind: &Option<Type>| kind.clone().unwrap_or_else(verdict);
        let form = fitting(&kinds, said, of)?.clone();
        let of = of(&form);
        let whom = Arc::from(name);
        Some((Subject::Ask { whom, form }, of))
    }

    /// `given file "inbox/a.csv" = """…"""`
    fn file_subject(&mut self, path: &TextTemplate) -> Option<(Subject, Type)> {
        let Some(text) = fixed_text(&Expression::Text(path.clone())) else {
            let diagnostic = self
                .diagnostic(
                    codes::S869,
                    path.span,
                    "The path of a given file is written out.",
                )
                .with_help("write it without `{…}`");
            self.push(diagnostic);
            return None;
        };
        Some((Subject::File(Arc::from(text)), Type::Text))
    }

    /// What a `given` replaces, and the type of what it must give.
    fn subject(&mut self, path: &[Name]) -> Option<(Subject, Type)> {
        match path {
            [name] if name.text == "now" && self.names.get("now").is_none() => {
                Some((Subject::Now, Type::Timestamp))
            }
            [name] => self.declared_subject(name),
            [connection, table]
                if matches!(self.names.get(&connection.text), Some(Declared::Connection)) =>
            {
                let span = connection.span.to(table.span);
                let diagnostic = self
                    .diagnostic(
                        codes::S851,
                        span,
                        format!(
                            "`{}.{}` is a table, and nothing stands in for a table.",
                            connection.text, table.text
                        ),
                    )
                    .with_help("give what a query of it gives: `given QUERY = [ … ]`");
                self.push(diagnostic);
                None
            }
            [tool, call] => {
                let facts = self.granted_call(tool, call, &Scope::new(Place::Constant))?;
                let subject = Subject::Tool {
                    tool: Arc::from(tool.text.as_str()),
                    call: Arc::from(call.text.as_str()),
                };
                Some((subject, facts.result.clone()))
            }
            [connection, table, column] => {
                let scope = Scope::new(Place::Constant);
                let (table_name, column_name, of) =
                    self.column_given(connection, table, column, &scope)?;
                let subject = Subject::Column {
                    connection: Arc::from(connection.text.as_str()),
                    table: table_name,
                    column: column_name,
                };
                Some((subject, of))
            }
            _ => None,
        }
    }

    /// What a state gives in a test: its value, or a table of its keys and values.
    fn state_subject(&mut self, name: &Name) -> Option<(Subject, Type)> {
        let facts = self.state(&name.text)?;
        let of = facts.definition.of.clone();
        let of = if facts.definition.per.is_some() {
            let known = self.memory.state_keys.get(&name.text).cloned();
            Type::Table(Arc::new(RecordType {
                name: None,
                fields: vec![
                    FieldType::new("key", known.unwrap_or(Type::Text)),
                    FieldType::new("value", of),
                ],
            }))
        } else {
            of
        };
        Some((Subject::State(Arc::from(name.text.as_str())), of))
    }

    pub(super) fn declared_subject(&mut self, name: &Name) -> Option<(Subject, Type)> {
        if name.text.is_empty() {
            return None;
        }
        let text: Arc<str> = Arc::from(name.text.as_str());
        match self.names.get(&name.text) {
            Some(Declared::Query(_)) => {
                let of = self.query(&name.text).map_or(Type::Unknown, |facts| {
                    Type::Table(facts.definition.row.clone())
                });
                Some((Subject::Query(text), of))
            }
            Some(Declared::Predictor(_)) => {
                let of = self
                    .predictor(&name.text)
                    .map_or(Type::Unknown, |facts| facts.definition.result.clone());
                Some((Subject::Predictor(text), of))
            }
            Some(Declared::Model(_)) => {
                let of = self
                    .model(name)
                    .map_or(Type::Unknown, |facts| facts.definition.result.clone());
                Some((Subject::Model(text), of))
            }
            Some(Declared::Metric(_)) => {
                let of = self.metric(&name.text).map_or(Type::Unknown, |facts| {
                    let all = facts.definition.dimensions.clone();
                    Type::Table(Arc::new(facts.series(&all)))
                });
                Some((Subject::Metric(text), of))
            }
            Some(Declared::State(_)) => self.state_subject(name),
            Some(Declared::Command(_)) => {
                let of = self.command(&name.text).map_or(Type::Unknown, |facts| {
                    crate::lower::changed(facts.definition.row.as_ref())
                });
                Some((Subject::Command(text), of))
            }
            Some(Declared::Knowledge) => {
                Some((Subject::Knowledge(text), Type::Table(passage_type())))
            }
            Some(Declared::Metrics) => Some((Subject::Metrics, Type::Table(found_metric_type()))),
            Some(what) => {
                let help = match what {
                    Declared::Input(_) => format!("write `run with {{ {}: … }}`", name.text),
                    Declared::Tool => format!("name one of its calls: `{}.…`", name.text),
                    _ => "stand in for a query, a predictor, a model or a tool".to_owned(),
                };
                let diagnostic = self
                    .diagnostic(
                        codes::S851,
                        name.span,
                        format!(
                            "`{}` is {}; nothing stands in for it.",
                            name.text,
                            what.noun()
                        ),
                    )
                    .with_help(help);
                self.push(diagnostic);
                None
            }
            None if self.broken.may_declare(&name.text) => None,
            None => {
                let known = self
                    .names
                    .all()
                    .filter(|(_, what)| {
                        matches!(
                            what,
                            Declared::Query(_) | Declared::Predictor(_) | Declared::Model(_)
                        )
                    })
                    .map(|(name, _)| name);
                let near = nearest(&name.text, known);
                let diagnostic = self.diagnostic(
                    codes::S851,
                    name.span,
                    format!("This playbook asks nothing named `{}`.", name.text),
                );
                self.push(with_nearest(diagnostic, near, name.span));
                None
            }
        }
    }
}
