//! Reads of metrics: `net_revenue over 90 days by region`, `open_tickets.latest`.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{Expression, Name};
use sophia_plan::step::{MetricReading, Work};
use sophia_plan::types::Type;

use super::Typed;
use super::expected::Expected;
use super::scope::Scope;
use crate::checker::Checker;
use crate::declared::{MetricFacts, Shared};
use crate::names::{Declared, nearest, with_nearest};

/// A metric that an expression names.
pub(super) struct Named {
    shown: String,
    planned: Arc<str>,
    /// Nothing where its declaration has a mistake.
    facts: Option<Arc<MetricFacts>>,
}

impl Checker<'_> {
    /// The metric that `NAME` or `MODULE.NAME` stands for, if it stands for one.
    pub(super) fn metric_named(&mut self, written: &Expression, scope: &Scope) -> Option<Named> {
        let hidden = |name: &Name| scope.names().contains(&name.text.as_str());
        match written {
            Expression::Name(name) if !hidden(name) => match self.names.get(&name.text) {
                Some(Declared::Metric(_)) => Some(Named {
                    shown: name.text.clone(),
                    planned: self.planned(&name.text),
                    facts: self.metric(&name.text),
                }),
                _ => None,
            },
            Expression::Field { of, name, .. } => match &**of {
                Expression::Name(module)
                    if !hidden(module)
                        && matches!(self.names.get(&module.text), Some(Declared::Module(_))) =>
                {
                    match self.shared(module, name) {
                        Some(Shared::Metric(facts)) => Some(Named {
                            shown: format!("{}.{}", module.text, name.text),
                            planned: crate::declared::planned_of(module, name),
                            facts,
                        }),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// `METRIC over WINDOW by DIMENSIONS`
    pub(super) fn series(
        &mut self,
        metric: &Expression,
        window: &Expression,
        by: &[Name],
        span: Span,
        scope: &Scope,
    ) -> Typed {
        let wanted = Expected::plain(Type::Duration, "The time behind `over`");
        let window = self.check_expression(window, scope, &wanted);
        let Some(named) = self.metric_named(metric, scope) else {
            let before = self.diagnostics.len();
            let value = self.typed(metric, scope, None);
            if self.diagnostics.len() == before && !value.is_unknown() {
                let diagnostic = self
                    .diagnostic(
                        codes::S345,
                        metric.span(),
                        "`over` reads a metric over time, and this is none.",
                    )
                    .with_label(format!("{}", value.of))
                    .with_help("declare it: `metric NAME: T from CONNECTION { … }`");
                self.push(diagnostic);
            }
            return Typed::unknown();
        };
        let Some(facts) = named.facts else {
            return Typed::unknown();
        };
        let mut dimensions = Vec::with_capacity(by.len());
        for name in by {
            let known = &facts.definition.dimensions;
            if let Some(dimension) = known.iter().find(|known| ***known == *name.text) {
                dimensions.push(dimension.clone());
                continue;
            }
            let near = nearest(&name.text, known.iter().map(|known| &**known));
            let diagnostic = self
                .diagnostic(
                    codes::S303,
                    name.span,
                    format!(
                        "The metric `{}` has no dimension `{}`.",
                        named.shown, name.text
                    ),
                )
                .with_label("not one of its dimensions");
            self.push(with_nearest(diagnostic, near, name.span));
            return Typed::unknown();
        }
        if scope.place != super::scope::Place::Lazy
            && self.refuses_call(&format!("The read of `{}`", named.shown), span, scope)
        {
            return Typed::unknown();
        }
        let of = Type::Table(Arc::new(facts.series(&dimensions)));
        let work = Work::Metric {
            metric: named.planned,
            reading: MetricReading::Over {
                window,
                by: dimensions,
            },
        };
        let code = self.hoist(&named.shown, work, of.clone(), span);
        Typed::new(code, of)
    }

    /// `METRIC.latest`
    pub(super) fn latest(
        &mut self,
        metric: &Named,
        field: &Name,
        span: Span,
        scope: &Scope,
    ) -> Typed {
        if field.text != "latest" {
            let near = nearest(&field.text, ["latest"]);
            let diagnostic = self
                .diagnostic(
                    codes::S303,
                    field.span,
                    format!(
                        "The metric `{}` has no field `{}`.",
                        metric.shown, field.text
                    ),
                )
                .with_note("its fields: `latest`");
            self.push(with_nearest(diagnostic, near, field.span));
            return Typed::unknown();
        }
        let Some(facts) = &metric.facts else {
            return Typed::unknown();
        };
        if scope.place != super::scope::Place::Lazy
            && self.refuses_call(&format!("The read of `{}`", metric.shown), span, scope)
        {
            return Typed::unknown();
        }
        let of = facts.definition.of.clone();
        let work = Work::Metric {
            metric: metric.planned.clone(),
            reading: MetricReading::Latest,
        };
        let code = self.hoist(&metric.shown, work, of.clone(), span);
        Typed::new(code, of)
    }
}
