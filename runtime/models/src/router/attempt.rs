//! One route: its budget, its call, the checks of its reply, and one repair turn.

use rust_decimal::Decimal;
use tokio::time::Instant;

use super::Model;
use super::budget::Ledger;
use super::instructions;
use super::request::ModelRequest;
use crate::exchange::{Answer, Conversation, Failure};
use crate::openai::{OpenAi, Price};
use crate::reply::{Reply, ReplyReader};

/// The longest reply that a priced model is asked for, in tokens.
const LONGEST_REPLY: u64 = 2_048;
/// A budget that leaves fewer tokens than this for the reply leaves too few.
const SHORTEST_REPLY: u64 = 128;
/// Tokens that a server adds around each message, at most.
const AROUND_A_MESSAGE: u64 = 16;

/// One try at one route.
pub struct Attempt<'a> {
    pub request: &'a ModelRequest,
    pub reader: &'a ReplyReader,
    pub model: &'a Model,
    pub ledger: &'a Ledger,
    pub until: Option<Instant>,
}

/// What a call has used so far.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tokens in and out, where they were counted.
    pub tokens: Option<(u64, u64)>,
    /// In USD.
    pub cost: Decimal,
}

impl Tally {
    fn count(&mut self, tokens: Option<(u64, u64)>) {
        if let Some((input, output)) = tokens {
            let (before, after) = self.tokens.unwrap_or_default();
            self.tokens = Some((before + input, after + output));
        }
    }
}

impl Attempt<'_> {
    /// Asks, and asks once more if the reply does not fit.
    pub async fn make(&self, tally: &mut Tally) -> Result<Reply, Failure> {
        match self.model {
            Model::Gguf(model) => model.ready(),
            Model::OpenAi(model) => model.ready(),
        }?;
        let mut conversation = instructions::conversation(
            &self.request.prompt,
            self.reader.strict_schema(),
            &self.request.schema_name,
            self.request.temperature,
        );
        let first = self.ask(&mut conversation, tally).await?;
        let misfit = match self.check(&first) {
            Ok(reply) => return Ok(reply),
            Err(misfit) => misfit,
        };
        instructions::ask_for_repair(&mut conversation, &first.text, &misfit);
        let second = self
            .ask(&mut conversation, tally)
            .await
            .map_err(|failure| Failure {
                reason: format!(
                    "its reply did not fit ({misfit}), and asked again: {}",
                    failure.reason
                ),
                ..failure
            })?;
        self.check(&second).map_err(|misfit| {
            Failure::lasting(format!(
                "its reply did not fit, also when asked again: {misfit}"
            ))
        })
    }

    fn check(&self, answer: &Answer) -> Result<Reply, String> {
        let reply = self.reader.read(&answer.text)?;
        (self.request.accept)(&reply.value)?;
        Ok(reply)
    }

    /// Asks once, within budget and time.
    async fn ask(
        &self,
        conversation: &mut Conversation,
        tally: &mut Tally,
    ) -> Result<Answer, Failure> {
        match self.model {
            Model::Gguf(model) => {
                let answer = self.in_time(model.ask(conversation)).await?;
                tally.count(answer.tokens);
                Ok(answer)
            }
            Model::OpenAi(model) => self.ask_for_money(model, conversation, tally).await,
        }
    }

    async fn ask_for_money(
        &self,
        model: &OpenAi,
        conversation: &mut Conversation,
        tally: &mut Tally,
    ) -> Result<Answer, Failure> {
        let ModelRequest {
            budget_per_call,
            budget_per_run,
            ..
        } = self.request;
        conversation.longest_reply = Some(LONGEST_REPLY);
        let Some(price) = model.price() else {
            if budget_per_call.is_some() || budget_per_run.is_some() {
                return Err(Failure::lasting(
                    "no price is known, so the budget cannot be kept: state its `price`",
                ));
            }
            let answer = self.in_time(model.ask(conversation)).await?;
            tally.count(answer.tokens);
            return Ok(answer);
        };

        let input = most_tokens(conversation);
        let smallest = price.of(input, SHORTEST_REPLY);
        let mut largest = price.of(input, LONGEST_REPLY);
        if let Some(budget) = budget_per_call {
            let left = *budget - tally.cost;
            if left < smallest {
                return Err(Failure::lasting(format!(
                    "the call could cost ${}, and the budget leaves ${} of ${} per call",
                    cents(smallest),
                    cents(left.max(Decimal::ZERO)),
                    cents(*budget)
                )));
            }
            largest = largest.min(left);
        }
        let reserved = self
            .ledger
            .reserve(
                &self.request.run,
                &self.request.model,
                *budget_per_run,
                smallest,
                largest,
            )
            .map_err(|spent| {
                Failure::lasting(format!(
                    "the call could cost ${}, and the run has spent ${} of its budget of ${}",
                    cents(smallest),
                    cents(spent),
                    cents(budget_per_run.unwrap_or_default())
                ))
            })?;
        conversation.longest_reply = Some(affordable(&price, input, reserved.amount));

        let outcome = self.in_time(model.ask(conversation)).await;
        let cost = match &outcome {
            // A server that does not count is believed to have used everything.
            Ok(answer) => answer
                .tokens
                .map_or(reserved.amount, |(input, output)| price.of(input, output)),
            Err(failure) if failure.charged => reserved.amount,
            Err(_) => Decimal::ZERO,
        };
        reserved.settle(cost);
        tally.cost += cost;
        let answer = outcome?;
        tally.count(answer.tokens);
        Ok(answer)
    }

    async fn in_time(
        &self,
        call: impl Future<Output = Result<Answer, Failure>>,
    ) -> Result<Answer, Failure> {
        let Some(until) = self.until else {
            return call.await;
        };
        if until <= Instant::now() {
            return Err(Failure::passing("no time was left to ask it"));
        }
        match tokio::time::timeout_at(until, call).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::passing(format!(
                "no answer within {}",
                in_words(self.request.deadline.unwrap_or_default())
            ))
            .charged()),
        }
    }
}

/// More tokens than a conversation can have: a token is at least one byte.
fn most_tokens(conversation: &Conversation) -> u64 {
    let turns = conversation.turns.iter().map(|turn| turn.text().len());
    let texts = conversation.system.len() + turns.sum::<usize>();
    // The schema is sent beside the instructions once more.
    let schema = conversation.schema.to_string().len();
    (texts + schema) as u64 + AROUND_A_MESSAGE * (conversation.turns.len() as u64 + 1)
}

/// The longest reply that an amount pays for.
fn affordable(price: &Price, input: u64, amount: Decimal) -> u64 {
    if price.output_per_million <= Decimal::ZERO {
        return LONGEST_REPLY;
    }
    let left = amount - price.of(input, 0);
    let tokens = left * Decimal::from(1_000_000) / price.output_per_million;
    u64::try_from(tokens.floor())
        .unwrap_or(SHORTEST_REPLY)
        .clamp(1, LONGEST_REPLY)
}

/// An amount in USD without needless digits: `0.02`, `0.0004`.
fn cents(amount: Decimal) -> Decimal {
    let mut rounded = amount.round_dp(4).normalize();
    if rounded.scale() < 2 {
        rounded.rescale(2);
    }
    rounded
}

fn in_words(duration: std::time::Duration) -> String {
    if duration.as_millis() < 1_000 {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_secs())
    }
}
