//! What one call of a model can cost at most.
//!
//! Kept true here: every route that may be tried and every repair is counted; a limit that is only assumed is
//! named; a model without a price has no cost here rather than a cost of nothing.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use sophia_plan::step::ModelDefinition;

use super::tokens;
use crate::project::ModelSettings;

/// Tokens that stand around the prompt: instructions, the schema's frame, the turns' own marks.
const AROUND: u64 = 512;
/// The context of a model whose manifest does not state it.
const ASSUMED_CONTEXT: u64 = 128_000;
/// The longest reply that a run asks a paid model for.
const LONGEST_REPLY: u64 = 2_048;
/// A first try and one repair.
const ATTEMPTS_PER_ROUTE: u64 = 2;

/// What a call can cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallCost {
    /// The most, in USD. `None` where a route has no price.
    pub most: Option<Decimal>,
    /// Requests to models at most: every route, each with one repair.
    pub attempts: u64,
    /// What was assumed where nothing bounds a length, a sentence each.
    pub assumptions: Vec<String>,
    /// The routes without a price.
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
    let reply = match tokens::width(&model.result) {
        Some(width) => width.min(LONGEST_REPLY),
        None => LONGEST_REPLY,
    };
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
                unpriced.push(route.to_string());
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
                assumptions.push(format!(
                    "`{unbounded}` has no longest length: {stated} of {context} tokens of `{route}` counts"
                ));
                context
            }
        };
        // The repair is asked with the first reply in front of it.
        let again = sent
            .saturating_add(reply)
            .saturating_add(AROUND)
            .min(context);
        sum = add(sum, price_of(price, sent, reply));
        sum = add(sum, price_of(price, again, reply));
    }
    assumptions.dedup();
    let attempts = ATTEMPTS_PER_ROUTE.saturating_mul(model.routes.len() as u64);
    let most = match model.budget_per_call {
        Some(budget) => Some(if unpriced.is_empty() {
            sum.min(budget)
        } else {
            budget
        }),
        None => unpriced.is_empty().then_some(sum),
    };
    if model.budget_per_call.is_some_and(|budget| budget <= sum) {
        assumptions.clear();
    }
    CallCost {
        most,
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
