//! Plans as the store holds them: hash and bytes, made once for each plan in memory.
//!
//! Kept true here: a plan is known by where it lies, and nothing else comes to lie there while it is known.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use sophia_plan::Plan;

/// A plan as the store holds it.
#[derive(Clone, Debug)]
pub(super) struct PackedPlan {
    pub(super) hash: Arc<str>,
    pub(super) body: Arc<[u8]>,
}

/// The plans that runs were begun with lately.
#[derive(Debug, Default)]
pub(super) struct PackedPlans(Mutex<Vec<(Weak<Plan>, PackedPlan)>>);

impl PackedPlans {
    pub(super) fn of(&self, plan: &Arc<Plan>) -> PackedPlan {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let here = known
            .iter()
            .find(|(of, _)| std::ptr::eq(of.as_ptr(), Arc::as_ptr(plan)));
        if let Some((_, packed)) = here {
            return packed.clone();
        }
        // What nobody has any more is let go.
        known.retain(|(of, _)| of.strong_count() > 0);
        let packed = PackedPlan {
            hash: plan.hash().0,
            body: plan.to_bytes().into(),
        };
        known.push((Arc::downgrade(plan), packed.clone()));
        packed
    }
}
