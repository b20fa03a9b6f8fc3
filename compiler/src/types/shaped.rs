//! Calls of the functions of standard modules that take values of many shapes: pages of anything, figures of any
//! series.
//!
//! Kept true here: a series is rows with one column of time, a column `value`, and what keeps its parts apart, as a
//! metric gives it; what such a function gives has the columns of what it was given.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Argument, Call};
use sophia_plan::expression::{Expression as Code, Function};
use sophia_plan::types::{FieldType, RecordType, Type};
use sophia_plan::value::Value;

use super::expected::Expected;
use super::scope::Scope;
use super::signatures::Shaped;
use super::{Typed, row_type, with_article};
use crate::checker::Checker;

/// What a value is held against where nothing else is said.
const SENSITIVITY: f64 = 0.99;

/// The milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A parameter by its name; a type for those that have one, and whether it may be left out.
struct Parameter {
    name: &'static str,
    of: Option<Type>,
    optional: bool,
}

impl Parameter {
    fn needed(name: &'static str, of: Option<Type>) -> Self {
        Self {
            name,
            of,
            optional: false,
        }
    }

    fn optional(name: &'static str, of: Type) -> Self {
        Self {
            name,
            of: Some(of),
            optional: true,
        }
    }
}

/// A series that was given.
struct Series {
    code: Code,
    row: Arc<RecordType>,
    time: FieldType,
    value: Type,
}

impl Checker<'_> {
    /// A call of such a function; `shown` is its name as it is written.
    pub(super) fn shaped_call(
        &mut self,
        function: Shaped,
        shown: &str,
        call: &Call,
        scope: &Scope,
    ) -> Typed {
        let season = || Parameter::optional("season", Type::Duration);
        let series = || Parameter::needed("series", None);
        let parameters = match function {
            Shaped::Markdown => vec![Parameter::needed("value", None)],
            Shaped::Anomalies | Shaped::Anomaly => vec![
                series(),
                Parameter::optional("sensitivity", Type::Percent),
                season(),
            ],
            Shaped::Forecast => vec![
                series(),
                Parameter::needed("next", Some(Type::Duration)),
                season(),
            ],
        };
        let before = self.errors();
        let Some(given) = self.shaped_arguments(&parameters, shown, call, scope) else {
            return Typed::unknown();
        };
        let mut given = given.into_iter();
        let Some(Some((first, place))) = given.next() else {
            return Typed::unknown();
        };
        let settings: Vec<Option<Code>> = given
            .map(|setting| setting.map(|(value, _)| value.expression))
            .collect();
        if first.is_unknown() || self.errors() > before {
            return Typed::unknown();
        }
        if function == Shaped::Markdown {
            let code = Code::Call {
                function: Function::Markdown,
                arguments: vec![first.expression],
            };
            return Typed::new(code, Type::Text);
        }
        match self.series_given(first, place, shown) {
            Some(series) => self.figures(function, shown, series, settings, place),
            None => Typed::unknown(),
        }
    }

    /// The arguments in the order of the parameters, with their places. `None` where one is wrong or lacking.
    #[allow(
        clippy::type_complexity,
        reason = "an argument that may be left out, and its place"
    )]
    fn shaped_arguments(
        &mut self,
        parameters: &[Parameter],
        shown: &str,
        call: &Call,
        scope: &Scope,
    ) -> Option<Vec<Option<(Typed, Span)>>> {
        let mut written: Vec<Option<&Argument>> = vec![None; parameters.len()];
        let known: Vec<(Arc<str>, Type)> = (parameters.iter())
            .map(|parameter| {
                let of = parameter.of.clone().unwrap_or(Type::Unknown);
                (Arc::from(parameter.name), of)
            })
            .collect();
        let mut position = 0;
        let mut wrong = false;
        for argument in &call.arguments {
            let place = if let Some(name) = &argument.name {
                parameters
                    .iter()
                    .position(|parameter| parameter.name == name.text)
            } else {
                position += 1;
                Some(position - 1)
            };
            match place.and_then(|place| written.get_mut(place)) {
                Some(slot @ None) => *slot = Some(argument),
                Some(Some(_)) => {
                    wrong = true;
                    self.report_argument(
                        argument,
                        format!("This argument of `{shown}` is given twice."),
                        None,
                    );
                }
                None => {
                    wrong = true;
                    self.report_unknown_argument(shown, &known, argument);
                }
            }
        }
        let mut arguments = Vec::with_capacity(parameters.len());
        let mut missing = Vec::new();
        for (parameter, argument) in parameters.iter().zip(written) {
            let Some(argument) = argument else {
                if !parameter.optional {
                    missing.push(format!("`{}`", parameter.name));
                }
                arguments.push(None);
                continue;
            };
            let value = match &parameter.of {
                Some(of) => {
                    let subject = format!("The argument `{}` of `{shown}`", parameter.name);
                    let wanted = Expected::plain(of.clone(), subject);
                    let code = self.check_expression(&argument.value, scope, &wanted);
                    Typed::new(code, of.clone())
                }
                None => self.typed(&argument.value, scope, None),
            };
            arguments.push(Some((value, argument.value.span())));
        }
        if !wrong && !missing.is_empty() {
            let diagnostic = self.diagnostic(
                codes::S325,
                call.span,
                format!("`{shown}` also needs {}.", missing.join(", ")),
            );
            self.push(diagnostic);
        }
        (!wrong && missing.is_empty()).then_some(arguments)
    }

    /// What a function of a series was given, or a complaint that it is none.
    fn series_given(&mut self, given: Typed, place: Span, shown: &str) -> Option<Series> {
        if given.of.is_optional() {
            self.report_may_be_missing(place);
            return None;
        }
        let Some(row) = row_type(&given.of) else {
            let what = format!("this is {}", with_article(&given.of));
            self.report_no_series(shown, &what, place);
            return None;
        };
        let is_time = |field: &&FieldType| matches!(field.of, Type::Date | Type::Timestamp);
        let times: Vec<&FieldType> = row.fields.iter().filter(is_time).collect();
        let time = match times.as_slice() {
            [time] => (*time).clone(),
            [] => {
                self.report_no_series(shown, "these rows have no column of time", place);
                return None;
            }
            several => {
                let names: Vec<String> = (several.iter())
                    .map(|field| format!("`{}`", field.name))
                    .collect();
                let what = format!(
                    "these rows have several columns of time: {}",
                    names.join(", ")
                );
                self.report_no_series(shown, &what, place);
                return None;
            }
        };
        let value = row.field("value").map(|field| field.of.clone());
        let figure = match value {
            Some(
                of @ (Type::Integer
                | Type::Range { .. }
                | Type::Number
                | Type::Decimal
                | Type::Money(_)
                | Type::Percent
                | Type::Duration),
            ) => of,
            Some(Type::Unknown) => return None,
            Some(of) => {
                let what = if of.is_optional() {
                    "their `value` may be missing".to_owned()
                } else {
                    format!("their `value` is {}", with_article(&of))
                };
                self.report_no_series(shown, &what, place);
                return None;
            }
            None => {
                self.report_no_series(shown, "these rows have no column `value`", place);
                return None;
            }
        };
        Some(Series {
            code: given.expression,
            row,
            time,
            value: figure,
        })
    }

    fn report_no_series(&mut self, shown: &str, what: &str, place: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S240,
                place,
                format!("`{shown}` takes a series, and {what}."),
            )
            .with_note("a series: rows with one date or timestamp, and a figure named `value`")
            .with_help("read a metric with `NAME over 90 days`, or name the columns so: `| add value = …`, `| select …`");
        self.push(diagnostic);
    }

    /// What a function of a series gives.
    fn figures(
        &mut self,
        function: Shaped,
        shown: &str,
        series: Series,
        settings: Vec<Option<Code>>,
        place: Span,
    ) -> Typed {
        let beside: Vec<String> = (series.row.fields.iter())
            .filter(|field| field.name != series.time.name && &*field.name != "value")
            .map(|field| format!("`{}`", field.name))
            .collect();
        if function == Shaped::Anomaly && !beside.is_empty() {
            let diagnostic = self
                .diagnostic(
                    codes::S240,
                    place,
                    format!(
                        "`{shown}` judges one series, and {} keeps several apart.",
                        beside.join(" with ")
                    ),
                )
                .with_help(
                    "leave `by …` or the column out, or take `stats.anomalies` for the rows of all of them",
                );
            self.push(diagnostic);
            return Typed::unknown();
        }
        // What is calculated from integers is seldom one.
        let figure = match &series.value {
            Type::Integer | Type::Range { .. } => Type::Number,
            other => other.clone(),
        };
        let season = match series.time.of {
            Type::Date => 7 * DAY,
            _ => DAY,
        };
        let first = match function {
            Shaped::Forecast => None,
            _ => Some(Value::Percent(SENSITIVITY)),
        };
        let defaults = [first, Some(Value::Duration(season))];
        let settings = settings
            .into_iter()
            .zip(defaults)
            .filter_map(|(setting, default)| setting.or_else(|| default.map(Code::Constant)));
        let time = Code::Constant(Value::text(series.time.name.clone()));
        let arguments = [series.code, time].into_iter().chain(settings).collect();
        let direction = |words: &[&str]| {
            let words: Vec<Arc<str>> = words.iter().map(|word| Arc::from(*word)).collect();
            FieldType::new("direction", Type::Literals(words.into()))
        };
        let rows = |fields: Vec<FieldType>| {
            let name = None;
            Type::Table(Arc::new(RecordType { name, fields }))
        };
        let (function, of) = match function {
            Shaped::Anomaly => {
                let fields = vec![
                    FieldType::new("unusual", Type::Boolean),
                    direction(&["up", "down", "level"]),
                    FieldType::new("at", series.time.of.clone()),
                    FieldType::new("expected", figure.clone()),
                    FieldType::new("actual", figure),
                ];
                let name = None;
                let of = Type::Record(Arc::new(RecordType { name, fields }));
                (Function::Anomaly, of)
            }
            Shaped::Forecast => {
                let mut fields = series.row.fields.clone();
                for field in &mut fields {
                    if &*field.name == "value" {
                        field.of = figure.clone();
                    }
                }
                let ends = ["low", "high"].map(|name| FieldType::new(name, figure.clone()));
                (Function::Forecast, rows(with(fields, ends)))
            }
            Shaped::Anomalies | Shaped::Markdown => {
                let more = [
                    FieldType::new("expected", figure),
                    direction(&["up", "down"]),
                ];
                let fields = with(series.row.fields.clone(), more);
                (Function::Anomalies, rows(fields))
            }
        };
        let code = Code::Call {
            function,
            arguments,
        };
        let code = match of {
            Type::Table(_) => Code::Convert {
                value: Box::new(code),
                to: of.clone(),
            },
            _ => code,
        };
        Typed::new(code, of)
    }
}

/// Columns, and two more in place of those of the same name.
fn with(mut fields: Vec<FieldType>, more: [FieldType; 2]) -> Vec<FieldType> {
    fields.retain(|field| more.iter().all(|new| new.name != field.name));
    fields.extend(more);
    fields
}
