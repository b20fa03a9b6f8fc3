//! Native functions: making them, calling them, and giving their memory back. Beside the call in `text/block.rs` the only
//! unsafe code of the crate.
//!
//! Kept true here: a function is called only with inputs, parameters and outputs that are as long
//! as its formula makes it read and write, and never after its memory is gone.
#![allow(
    unsafe_code,
    reason = "native code cannot be called otherwise; each block says why it is sound"
)]

use std::sync::{Arc, OnceLock};

use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{Module, default_libcall_names};

use super::emit::{BLOCK, emit, signature};
use super::lanes::{Lane, Results, Verdict};
use super::node::{Form, Formula, Output};

/// As [`signature`] describes it.
type Entry = unsafe extern "C" fn(*const Address, *const [i64; 2], usize, *mut u8, *mut u8) -> u8;

/// Where one slot's values and validity begin.
#[repr(C)]
struct Address {
    values: *const u8,
    validity: *const u8,
}

/// A compiled formula.
pub(super) struct Code {
    formula: Formula,
    entry: Entry,
    /// Whether the function says which rows have a result; otherwise all of them have.
    writes_validity: bool,
    /// Holds the memory of `entry`. There until the code is dropped.
    module: Option<JITModule>,
}

impl Code {
    /// Compiles a formula; `None` where this machine has no native tier.
    pub(super) fn compile(formula: Formula) -> Option<Self> {
        let isa = machine()?;
        let mut module = JITModule::new(JITBuilder::with_isa(
            Arc::clone(isa),
            default_libcall_names(),
        ));
        let mut context = module.make_context();
        let target = isa.frontend_config();
        context.func.signature = signature(target.default_call_conv);
        let mut builder = FunctionBuilderContext::new();
        let writes_validity = emit(&formula, &mut context.func, &mut builder, target);
        let function = module
            .declare_anonymous_function(&context.func.signature)
            .ok();
        let address = function.and_then(|function| {
            module.define_function(function, &mut context).ok()?;
            module.finalize_definitions().ok()?;
            Some(module.get_finalized_function(function))
        });
        let Some(address) = address else {
            // SAFETY: no address of this module's memory was handed out.
            unsafe { module.free_memory() };
            return None;
        };
        // SAFETY: the address is that of a finished function which was declared with `signature`,
        // whose parameters and result are those of `Entry` in the machine's C convention.
        let entry = unsafe { std::mem::transmute::<*const u8, Entry>(address) };
        Some(Self {
            formula,
            entry,
            writes_validity,
            module: Some(module),
        })
    }

    pub(super) fn formula(&self) -> &Formula {
        &self.formula
    }

    /// Computes `blocks` blocks of eight rows. `validity` takes a bit for each row that has a result.
    pub(super) fn run(
        &self,
        lanes: &[Lane<'_>],
        parameters: &[[i64; 2]],
        blocks: usize,
        results: Results<'_>,
        validity: &mut [u8],
    ) -> Verdict {
        let slots = &self.formula.slots;
        let inputs_fit = lanes.len() == slots.len()
            && slots.iter().zip(lanes).all(|(slot, lane)| {
                let validity = lane.validity.map_or(0, <[u8]>::len);
                fits(lane.values.len(), slot.layout.block_bytes(), blocks)
                    && (!slot.nullable || fits(validity, 1, blocks))
            });
        let by_rows = self.formula.output == Output::Rows;
        let (results, results_fit) = match results {
            Results::Bits(bits) => (
                bits.as_mut_ptr(),
                by_rows && self.formula.form == Form::Truth && fits(bits.len(), 1, blocks),
            ),
            Results::Words(words) => (
                words.as_mut_ptr().cast(),
                by_rows && self.formula.form != Form::Truth && fits(words.len(), BLOCK, blocks),
            ),
            Results::Sums(sums) => (
                sums.as_mut_ptr().cast(),
                !by_rows && self.formula.form == Form::Float,
            ),
        };
        if !inputs_fit
            || !results_fit
            || parameters.len() != self.formula.parameters
            || !fits(validity.len(), 1, blocks)
        {
            return Verdict::Unfit;
        }
        if !self.writes_validity {
            validity.fill(u8::MAX);
        }
        let addresses: Vec<Address> = lanes
            .iter()
            .map(|lane| Address {
                values: lane.values.as_ptr(),
                validity: lane.validity.map_or(std::ptr::null(), <[u8]>::as_ptr),
            })
            .collect();
        // SAFETY: the memory of `entry` lives as long as `self.module`. The function reads one address
        // pair a slot, two words a parameter, and for each block of eight rows the bytes of its slots'
        // layouts and validity; it writes 8 words or one byte of results a block, or eight doubles in
        // all, which it reads before, and at most one byte of validity a block. All of it was just held against the lengths of the slices, which are borrowed, the
        // written ones exclusively, for the time of the call. It calls only functions of this room
        // that do not unwind.
        let doubtful = unsafe {
            (self.entry)(
                addresses.as_ptr(),
                parameters.as_ptr(),
                blocks,
                results,
                validity.as_mut_ptr(),
            )
        };
        if doubtful == 0 {
            Verdict::Sure
        } else {
            Verdict::Doubtful
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: the only address of the module's memory is `entry` of this value, which is
            // going away and is not running, because running borrows it.
            unsafe { module.free_memory() };
        }
    }
}

fn fits(length: usize, of_block: usize, blocks: usize) -> bool {
    of_block
        .checked_mul(blocks)
        .is_some_and(|needed| needed <= length)
}

/// The processor that the program runs on, as the code generator knows it.
fn machine() -> Option<&'static OwnedTargetIsa> {
    static MACHINE: OnceLock<Option<OwnedTargetIsa>> = OnceLock::new();
    MACHINE
        .get_or_init(|| {
            let mut flags = settings::builder();
            for (name, value) in [
                ("opt_level", "speed"),
                ("enable_verifier", "false"),
                ("is_pic", "false"),
                ("unwind_info", "false"),
            ] {
                flags.set(name, value).ok()?;
            }
            cranelift_native::builder()
                .ok()?
                .finish(settings::Flags::new(flags))
                .ok()
        })
        .as_ref()
}
