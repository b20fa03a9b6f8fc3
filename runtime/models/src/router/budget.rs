//! What runs have spent on declared models, in USD.
//!
//! Kept true here: money is set aside before a call and settled after it, so calls at the same time cannot
//! spend the same money; a call that is dropped half-way stays counted at what was set aside.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;

/// The books of all runs.
#[derive(Debug, Default)]
pub struct Ledger {
    spent: Mutex<HashMap<(String, String), Decimal>>,
}

/// Money set aside for one attempt.
#[derive(Debug)]
#[must_use = "an amount that is not settled stays counted in full"]
pub struct Reservation<'a> {
    ledger: &'a Ledger,
    run: &'a str,
    model: &'a str,
    /// How much.
    pub amount: Decimal,
}

impl Ledger {
    /// Counts an amount as spent.
    pub fn charge(&self, run: &str, model: &str, amount: Decimal) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        *spent.entry((run.to_owned(), model.to_owned())).or_default() += amount;
    }

    /// What is spent or set aside.
    pub fn spent(&self, run: &str, model: &str) -> Decimal {
        let spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (run.to_owned(), model.to_owned());
        spent.get(&key).copied().unwrap_or_default()
    }

    /// Closes the books of a run.
    pub fn forget(&self, run: &str) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.retain(|(other, _), _| other != run);
    }

    /// Sets money aside: `largest` if the limit leaves so much, less if it leaves less, nothing if it leaves
    /// less than `smallest`. The error is what is spent already.
    pub fn reserve<'a>(
        &'a self,
        run: &'a str,
        model: &'a str,
        limit: Option<Decimal>,
        smallest: Decimal,
        largest: Decimal,
    ) -> Result<Reservation<'a>, Decimal> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let so_far = spent.entry((run.to_owned(), model.to_owned())).or_default();
        let amount = match limit {
            Some(limit) => largest.min(limit - *so_far),
            None => largest,
        };
        if amount < smallest {
            return Err(*so_far);
        }
        *so_far += amount;
        Ok(Reservation {
            ledger: self,
            run,
            model,
            amount,
        })
    }
}

impl Reservation<'_> {
    /// Counts what was really spent in place of what was set aside.
    pub fn settle(self, spent: Decimal) {
        self.ledger
            .charge(self.run, self.model, spent - self.amount);
    }
}
