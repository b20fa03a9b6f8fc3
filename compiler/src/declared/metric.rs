//! Declared metrics: verified series over time.
//!
//! Kept true here: a metric's SQL gives one column of time (none where snapshots are kept), a column `value`, and
//! dimensions; what it adds up to across its dimensions is known before it runs.

use std::sync::Arc;

use sophia_diagnostics::codes;
use sophia_language::syntax::Metric;
use sophia_plan::step::{MetricDefinition, QueryDefinition};
use sophia_plan::types::{FieldType, RecordType, Type};

use crate::checker::{Checker, Known};
use crate::names::Declared;
use crate::types::{Place, Scope, fit, with_article};

/// How often a snapshot may be kept.
const OFTEN: [&str; 4] = ["hourly", "daily", "weekly", "monthly"];

/// How the values of several dimensions may become one.
const COMBINATIONS: [&str; 4] = ["sum", "average", "min", "max"];

/// What is known about a metric.
#[derive(Debug)]
pub(crate) struct MetricFacts {
    pub(crate) definition: MetricDefinition,
}

impl MetricFacts {
    /// A row of a series by some of the dimensions: the time, these dimensions, the value.
    pub(crate) fn series(&self, by: &[Arc<str>]) -> RecordType {
        let row = &self.definition.source.row;
        let time = match &self.definition.time {
            Some(time) => row.field(time).cloned(),
            None => Some(FieldType::new("at", Type::Timestamp)),
        };
        let dimensions = by.iter().filter_map(|name| row.field(name).cloned());
        RecordType {
            name: None,
            fields: time
                .into_iter()
                .chain(dimensions)
                .chain([FieldType::new("value", self.definition.of.clone())])
                .collect(),
        }
    }
}

impl Checker<'_> {
    /// The facts of a declared metric. `None` where it has a mistake.
    pub(crate) fn metric(&mut self, name: &str) -> Option<Arc<MetricFacts>> {
        if let Some(Known::Done(facts)) = self.memory.metrics.get(name) {
            return facts.clone();
        }
        let Some(Declared::Metric(metric)) = self.names.get(name) else {
            return None;
        };
        let outer = self.pending.take_inputs();
        let facts = self.metric_facts(metric).map(Arc::new);
        self.pending.restore_inputs(outer);
        self.memory
            .metrics
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    fn metric_facts(&mut self, metric: &Metric) -> Option<MetricFacts> {
        let of = self.resolve_type(&metric.of);
        let (judgement, holes) = self.sql(
            &metric.connection,
            &metric.sql,
            &Scope::new(Place::Declaration),
        )?;
        let shape = &judgement.shape;
        let adds = shape.adding.contains("value");
        let row = shape.row.clone();
        let before = self.errors();
        let Some(value) = row.field("value") else {
            let diagnostic = self
                .diagnostic(
                    codes::S223,
                    metric.sql.span,
                    format!("The metric `{}` has no column `value`.", metric.name.text),
                )
                .with_help("name the figure: `… as value`");
            self.push(diagnostic);
            return None;
        };
        if of != Type::Unknown && value.of != Type::Unknown && !measures(&value.of, &of) {
            let diagnostic = self
                .diagnostic(
                    codes::S224,
                    metric.of.span(),
                    format!(
                        "The metric `{}` is {}, and its SQL gives {}.",
                        metric.name.text,
                        with_article(&of),
                        with_article(&value.of)
                    ),
                )
                .with_help(
                    "change the type, or give the column its unit under `[units]` in sophia.toml",
                );
            self.push(diagnostic);
        }
        let times: Vec<&FieldType> = row
            .fields
            .iter()
            .filter(|field| matches!(field.of.present(), Type::Date | Type::Timestamp))
            .collect();
        let snapshot = metric
            .snapshot
            .as_ref()
            .filter(|word| !word.text.is_empty());
        self.word_of(snapshot, &OFTEN, "snapshot");
        self.word_of(metric.combine.as_ref(), &COMBINATIONS, "combine");
        let time = match (snapshot, times.as_slice()) {
            (None, [time]) => Some(time.name.clone()),
            (Some(_), []) => None,
            (None, []) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S225,
                        metric.sql.span,
                        format!("The metric `{}` has no column of time.", metric.name.text),
                    )
                    .with_help("select a date or an instant, or keep the figure: `metric …, snapshot daily from …`");
                self.push(diagnostic);
                None
            }
            (None, several) => {
                let names: Vec<String> = several
                    .iter()
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                let diagnostic = self
                    .diagnostic(
                        codes::S225,
                        metric.sql.span,
                        format!(
                            "The metric `{}` has several columns of time: {}.",
                            metric.name.text,
                            names.join(", ")
                        ),
                    )
                    .with_help("keep the one that the figure belongs to");
                self.push(diagnostic);
                None
            }
            (Some(word), _) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S225,
                        word.span,
                        format!(
                            "The metric `{}` keeps snapshots, so its time is when it was read.",
                            metric.name.text
                        ),
                    )
                    .with_help("leave the column of time out of the SQL, or `snapshot` out of the declaration");
                self.push(diagnostic);
                None
            }
        };
        let dimensions: Vec<Arc<str>> = row
            .fields
            .iter()
            .filter(|field| &*field.name != "value" && Some(&field.name) != time.as_ref())
            .map(|field| field.name.clone())
            .collect();
        let counted = time.is_some() || snapshot.is_some();
        if counted && !dimensions.is_empty() && !adds && metric.combine.is_none() {
            self.report_no_combination(metric, &dimensions);
        }
        (self.errors() == before).then(|| MetricFacts {
            definition: MetricDefinition {
                source: QueryDefinition {
                    connection: Arc::from(metric.connection.text.as_str()),
                    sql: Arc::from(shape.sql.as_str()),
                    holes,
                    parameters: Vec::new(),
                    row,
                    at_most: None,
                    origin: self.origin(metric.span),
                },
                of,
                time,
                dimensions,
                snapshot: snapshot.map(|word| Arc::from(word.text.as_str())),
                combine: metric
                    .combine
                    .as_ref()
                    .map(|word| Arc::from(word.text.as_str())),
                documentation: (!metric.documentation.text.is_empty())
                    .then(|| Arc::from(metric.documentation.text.as_str())),
            },
        })
    }

    /// A figure that does not add up, over dimensions of which several may be asked for together.
    fn report_no_combination(&mut self, metric: &Metric, dimensions: &[Arc<str>]) {
        let shown: Vec<String> = dimensions.iter().map(|name| format!("`{name}`")).collect();
        let end = metric.of.span().end;
        let place = sophia_diagnostics::Span { start: end, end };
        let diagnostic = self
            .diagnostic(
                codes::S245,
                metric.name.span,
                format!(
                    "The metric `{}` does not say how its values become one across {}.",
                    metric.name.text,
                    shown.join(", ")
                ),
            )
            .with_label("neither a sum nor a count")
            .with_note(format!(
                "one of: {}",
                COMBINATIONS
                    .map(|word| format!("`combine {word}`"))
                    .join(", ")
            ))
            .with_edit("write `combine average`", place, ", combine average");
        self.push(diagnostic);
    }

    /// A word of a closed list.
    fn word_of(
        &mut self,
        word: Option<&sophia_language::syntax::Name>,
        known: &[&'static str],
        before: &str,
    ) {
        let Some(word) = word.filter(|word| !word.text.is_empty()) else {
            return;
        };
        if known.contains(&word.text.as_str()) {
            return;
        }
        let near = crate::names::nearest(&word.text, known.iter().copied());
        let diagnostic = self
            .diagnostic(
                codes::S226,
                word.span,
                format!("`{before} {}` is not known.", word.text),
            )
            .with_note(format!("one of: {}", known.join(", ")));
        self.push(crate::names::with_nearest(diagnostic, near, word.span));
    }
}

/// Whether a column of SQL may be the values of a metric. A sum over nothing is missing, and is not kept.
fn measures(found: &Type, wanted: &Type) -> bool {
    let found = found.present();
    fit(found, wanted).fits()
        || matches!(
            (found, wanted),
            (Type::Decimal | Type::Number, Type::Number | Type::Decimal)
        )
}
