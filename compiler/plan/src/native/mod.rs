//! The native tier: an expression over whole columns as one loop of machine code.
//!
//! The interpreter is the meaning. An expression is lowered to a formula that holds no values, the
//! formula is compiled for this processor, and the loop runs over the columns where they lie. What
//! is not lowered is interpreted, and so is every stretch of rows in which the loop meets something
//! that it does not decide: mistakes, and results that its words cannot hold.
//!
//! Kept true here: the results and the mistakes are the interpreter's; where the machine has no native
//! tier, everything is interpreted.

mod bits;
mod cache;
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    path = "without_code.rs"
)]
mod code;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod emit;
mod kind;
mod lanes;
mod lower;
mod node;
mod output;
mod run;
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
mod scalar;
mod text;

pub(crate) use lower::Surroundings;
pub(crate) use run::Run;

use crate::expression::Expression;

/// Which tier evaluates expressions over whole columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tier {
    /// The native one where it pays.
    #[default]
    Automatic,
    /// The interpreter alone.
    Interpreter,
    /// The native one wherever it can, however few the rows.
    Native,
}

/// Fewer rows are interpreted sooner than a formula is made.
const FEWEST_ROWS: usize = 64;

/// An expression made ready for the rows of a table, where the tier allows it and it pays.
pub(crate) fn prepare(
    expression: &Expression,
    surroundings: &Surroundings<'_>,
    rows: usize,
    tier: Tier,
) -> Option<Run> {
    let wanted = match tier {
        Tier::Automatic => rows >= FEWEST_ROWS,
        Tier::Interpreter => false,
        Tier::Native => rows > 0,
    };
    if !wanted {
        return None;
    }
    let lowered = lower::lower(expression, surroundings)?;
    if tier == Tier::Automatic && !pays(&lowered, rows) {
        return None;
    }
    Run::new(lowered)
}

/// Whether compiling costs less than it saves. In nanoseconds, as `compiler/plan/bench` has seen them.
fn pays(lowered: &lower::Lowered, rows: usize) -> bool {
    /// One node for one row.
    const INTERPRETED: usize = 80;
    const COMPILED: usize = 150_000;
    const COMPILED_NODE: usize = 13_000;
    let nodes = lowered.nodes();
    cache::is_compiled(&lowered.formula)
        || rows.saturating_mul(nodes * INTERPRETED) > COMPILED + nodes * COMPILED_NODE
}
