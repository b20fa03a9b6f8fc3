//! What one call of a model can cost at most.
//!
//! Kept true here: every route that may be tried and every repair is counted, each with the longest reply that a run asks
//! for: what a model thinks, or writes around the value, is paid too. A limit that is only assumed is named; a model
//! without a price has no cost here rather than a cost of nothing.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sophia_plan::step::ModelDefinition;

use super::money::grouped;
use super::tokens;
use crate::project::ModelSettings;

/// Tokens that stand around the prompt: instructions, the schema's frame, the turns' own marks.
const AROUND: u64 = 512;
/// The context of a model whose manifest does not state it.
const ASSUMED_CONTEXT: u64 = 128_000;
/// The longest reply that a run asks a paid model for.
const LONGEST_REPLY: u64 = 2_048;
/// The most of what did not fit that a repair is asked with.
const LONGEST_MISFIT: u64 = 1_024;
/// A first try and one repair.
const ATTEMPTS_PER_ROUTE: u64 = 2;

/// What a call can cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCost {
    /// The most, in USD. `None` where a route that may be asked has no price.
    pub most: Option<Decimal>,
    /// The most of the routes that have a price, in USD.
    pub priced: Decimal,
    /// Requests to models at most: every route, each with one repair.
    pub attempts: u64,
    /// What was assumed where nothing bounds a length, a sentence each.
    pub assumptions: Vec<String>,
    /// The routes without a price. Beside a budget there is none: a run does not ask what it cannot hold to it.
    pub unpriced: Vec<String>,
}

/// The cost of one call of a declared model.
#[must_use]
pub(crate) fn of_model(
    model: &ModelDefinition,
    settings: &BTreeMap<String, ModelSettings>,
) -> CallCost {
    let mut assumptions = Vec::new();
    let mut unpriced = Vec::new();
    let mut sum = Decimal::ZERO;
    let prompt = tokens::prompt(&model.prompt, &model.parameters);
    let is_held = model.budget_per_call.is_some() || model.budget_per_run.is_some();
    let schema = model.schema.len() as u64;
    for route in &model.routes {
        let Some(known) = settings.get(&**route) else {
            continue;
        };
        let price = match known.price {
            Some(price) => price,
            // A model in this process costs nothing.
            None if known.kind == "gguf" => continue,
            None => {
                if !is_held {
                    unpriced.push(route.to_string());
                }
                continue;
            }
        };
        let context = known.context.map_or(ASSUMED_CONTEXT, u64::from);
        let sent = match &prompt {
            Ok(length) => length
                .saturating_add(schema.saturating_mul(2))
                .saturating_add(AROUND)
                .min(context),
            Err(unbounded) => {
                let stated = if known.context.is_some() {
                    "the context"
                } else {
                    "a context"
                };
                let tokens = grouped(&context.to_string());
                assumptions.push(format!(
                    "`{unbounded}` has no longest length: {stated} of {tokens} tokens of `{route}` counts"
                ));
                context
            }
        };
        // The repair is asked with the first reply in front of it, and with what did not fit.
        let again = sent
            .saturating_add(LONGEST_REPLY + LONGEST_MISFIT + AROUND)
            .min(context);
        sum = add(sum, price_of(price, sent, LONGEST_REPLY));
        sum = add(sum, price_of(price, again, LONGEST_REPLY));
    }
    assumptions.dedup();
    let attempts = ATTEMPTS_PER_ROUTE.saturating_mul(model.routes.len() as u64);
    let priced = match model.budget_per_call {
        Some(budget) => sum.min(budget),
        None => sum,
    };
    if model.budget_per_call.is_some_and(|budget| budget <= sum) {
        assumptions.clear();
    }
    CallCost {
        most: unpriced.is_empty().then_some(priced),
        priced,
        attempts,
        assumptions,
        unpriced,
    }
}

fn price_of(price: (Decimal, Decimal), input: u64, output: u64) -> Decimal {
    let part = |tokens: u64, per_million: Decimal| {
        Decimal::from(tokens)
            .checked_mul(per_million)
            .and_then(|cost| cost.checked_div(Decimal::from(1_000_000)))
            .unwrap_or(Decimal::MAX)
    };
    add(part(input, price.0), part(output, price.1))
}

fn add(one: Decimal, other: Decimal) -> Decimal {
    one.checked_add(other).unwrap_or(Decimal::MAX)
}
