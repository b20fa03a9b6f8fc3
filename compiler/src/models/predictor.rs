//! Declared predictors: what they learn from, what they predict, and which versions are good enough.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use sophia_diagnostics::{Span, codes};
use sophia_language::phrases::{Literal, Repeat, Schedule};
use sophia_language::syntax::{Accept, Expression, Predictor};
use sophia_plan::step::{Accept as Bound, PredictorDefinition, QueryDefinition};
use sophia_plan::types::{RecordType, Type};

use crate::checker::{Checker, Known};
use crate::names::{Declared, nearest, with_nearest};
use crate::types::{Place, Scope, with_article};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What is known about a predictor.
#[derive(Debug)]
pub(crate) struct PredictorFacts {
    pub(crate) definition: PredictorDefinition,
}

/// What a measure says about which kind of column, and the values that it can have.
struct Measure {
    name: &'static str,
    yes_or_no: bool,
    /// Whether larger is better.
    at_least: bool,
    highest: Option<f64>,
}

const MEASURES: [Measure; 6] = [
    Measure {
        name: "auc",
        yes_or_no: true,
        at_least: true,
        highest: Some(1.0),
    },
    Measure {
        name: "accuracy",
        yes_or_no: true,
        at_least: true,
        highest: Some(1.0),
    },
    Measure {
        name: "log_loss",
        yes_or_no: true,
        at_least: false,
        highest: None,
    },
    Measure {
        name: "rmse",
        yes_or_no: false,
        at_least: false,
        highest: None,
    },
    Measure {
        name: "mae",
        yes_or_no: false,
        at_least: false,
        highest: None,
    },
    Measure {
        name: "r2",
        yes_or_no: false,
        at_least: true,
        highest: Some(1.0),
    },
];

impl Checker<'_> {
    /// The facts of a declared predictor. `None` where it has a mistake.
    pub(crate) fn predictor(&mut self, name: &str) -> Option<Arc<PredictorFacts>> {
        match self.memory.predictors.get(name) {
            Some(Known::Done(facts)) => return facts.clone(),
            Some(Known::Underway) => return None,
            None => {}
        }
        let Some(Declared::Predictor(predictor)) = self.names.get(name) else {
            return None;
        };
        self.memory
            .predictors
            .insert(name.to_owned(), Known::Underway);
        let outer = self.pending.take_inputs();
        let facts = self.read_predictor(predictor).map(Arc::new);
        self.pending.restore_inputs(outer);
        self.memory
            .predictors
            .insert(name.to_owned(), Known::Done(facts.clone()));
        facts
    }

    fn read_predictor(&mut self, predictor: &Predictor) -> Option<PredictorFacts> {
        let scope = Scope::new(Place::Declaration);
        let learned = self.sql(&predictor.connection, &predictor.sql, &scope);
        let retrain_after_ms = predictor
            .retrain
            .as_ref()
            .and_then(|(schedule, span)| self.retrain(schedule, *span));
        let (judgement, holes) = learned?;
        let shape = &judgement.shape;
        let target = &predictor.target;
        if target.text.is_empty() {
            return None;
        }
        let Some(column) = shape.row.field(&target.text) else {
            let near = nearest(
                &target.text,
                shape.row.fields.iter().map(|field| &*field.name),
            );
            let diagnostic = self
                .diagnostic(
                    codes::S549,
                    target.span,
                    format!(
                        "`{}` learns from no column named `{}`.",
                        predictor.name.text, target.text
                    ),
                )
                .with_label("not a column of its query")
                .with_related(predictor.sql.span, "the query");
            self.push(with_nearest(diagnostic, near, target.span));
            return None;
        };
        let yes_or_no = match column.of.present() {
            Type::Boolean => true,
            Type::Integer | Type::Number | Type::Decimal | Type::Range { .. } => false,
            Type::Unknown => return None,
            other => {
                let diagnostic = self
                    .diagnostic(
                        codes::S550,
                        target.span,
                        format!(
                            "A predictor learns a yes or no, or a number; `{}` is {}.",
                            target.text,
                            with_article(other)
                        ),
                    )
                    .with_label(format!("{other}"))
                    .with_help("compare it in the SQL, such as `churn = 'Yes' as churned`");
                self.push(diagnostic);
                return None;
            }
        };
        let accept = match &predictor.accept {
            Some(accept) => Some(self.accept(accept, yes_or_no)?),
            None => None,
        };
        let features = RecordType {
            name: None,
            fields: shape
                .row
                .fields
                .iter()
                .filter(|field| *field.name != *target.text)
                .cloned()
                .collect(),
        };
        if features.fields.is_empty() {
            let diagnostic = self
                .diagnostic(
                    codes::S557,
                    predictor.sql.span,
                    format!("`{}` has no column to predict from.", predictor.name.text),
                )
                .with_label("only the predicted column")
                .with_help("select the columns that may say something about it");
            self.push(diagnostic);
            return None;
        }
        let origin = self.origin(predictor.span);
        Some(PredictorFacts {
            definition: PredictorDefinition {
                learn: QueryDefinition {
                    connection: Arc::from(predictor.connection.text.as_str()),
                    sql: Arc::from(shape.sql.as_str()),
                    holes,
                    parameters: Vec::new(),
                    row: shape.row.clone(),
                    at_most: None,
                    origin,
                },
                target: Arc::from(target.text.as_str()),
                features: Arc::new(features),
                result: if yes_or_no {
                    Type::Percent
                } else {
                    Type::Number
                },
                accept,
                retrain_after_ms,
                origin,
            },
        })
    }

    fn accept(&mut self, accept: &Accept, yes_or_no: bool) -> Option<Bound> {
        let name = accept.metric.text.as_str();
        if name.is_empty() {
            return None;
        }
        let fitting = MEASURES
            .iter()
            .filter(|measure| measure.yes_or_no == yes_or_no);
        let Some(measure) = fitting.clone().find(|measure| measure.name == name) else {
            let names: Vec<String> = fitting
                .clone()
                .map(|measure| format!("`{}`", measure.name))
                .collect();
            let kind = if yes_or_no { "a yes or no" } else { "a number" };
            let near = nearest(name, fitting.map(|measure| measure.name));
            let diagnostic = self
                .diagnostic(
                    codes::S551,
                    accept.metric.span,
                    format!("`{name}` does not measure predictions of {kind}."),
                )
                .with_note(format!("measures of {kind}: {}", names.join(", ")));
            self.push(with_nearest(diagnostic, near, accept.metric.span));
            return None;
        };
        let bound = bound(&accept.bound);
        let possible = bound.is_some_and(|bound| {
            bound >= 0.0 && measure.highest.is_none_or(|highest| bound <= highest)
        });
        if !possible || accept.at_least != measure.at_least {
            let sign = if measure.at_least { ">=" } else { "<=" };
            let (message, help) = if possible {
                (
                    format!(
                        "A better version has {} `{name}`.",
                        if measure.at_least {
                            "a larger"
                        } else {
                            "a smaller"
                        }
                    ),
                    format!("write `{name} {sign} …`"),
                )
            } else {
                let range = match measure.highest {
                    Some(highest) => format!("from 0 to {highest}"),
                    None => "of 0 or more".to_owned(),
                };
                (
                    format!("`{name}` is compared with a number {range}."),
                    format!("write `{name} {sign} …` with such a number"),
                )
            };
            let diagnostic = self
                .diagnostic(codes::S552, accept.span, message)
                .with_help(help);
            self.push(diagnostic);
            return None;
        }
        Some(Bound {
            metric: Arc::from(name),
            at_least: accept.at_least,
            bound: bound?,
        })
    }

    /// How old a version may grow.
    fn retrain(&mut self, schedule: &Schedule, span: Span) -> Option<i64> {
        match &schedule.repeat {
            Repeat::Day | Repeat::Weekday => Some(DAY_MS),
            Repeat::DaysOfWeek(_) | Repeat::Week => Some(7 * DAY_MS),
            Repeat::Interval { milliseconds } => Some(*milliseconds),
            Repeat::Month
            | Repeat::DayOfMonth(_)
            | Repeat::LastDayOfMonth
            | Repeat::WeekdayOfMonth { .. }
            | Repeat::BusinessDayOfMonth(_)
            | Repeat::BusinessDayOfMonthBy { .. } => Some(30 * DAY_MS),
            Repeat::Quarter => Some(91 * DAY_MS),
            Repeat::Year => Some(365 * DAY_MS),
            Repeat::Cron(_) => {
                let diagnostic = self
                    .diagnostic(codes::S555, span, "`retrain` with `cron` is not there yet.")
                    .with_help("write `retrain every day` or `retrain every month`");
                self.push(diagnostic);
                None
            }
        }
    }
}

fn bound(written: &Expression) -> Option<f64> {
    let Expression::Literal { value, .. } = written else {
        return None;
    };
    match value {
        Literal::Integer(value) => value.to_f64(),
        Literal::Number(digits) => digits.parse().ok(),
        Literal::Percent(digits) => {
            let share = digits.parse::<Decimal>().ok()? / Decimal::ONE_HUNDRED;
            share.to_string().parse().ok()
        }
        _ => None,
    }
}
