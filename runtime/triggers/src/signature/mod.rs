//! Who sent a webhook: signatures, checked by tables of how each provider signs.
//!
//! Kept true here: a provider is a row of data, and one piece of code checks them all; signatures are
//! compared in constant time; nothing secret stands in a refusal.

mod scheme;
mod verify;

pub use scheme::{
    DeliveryId, Encoding, KeyForm, Part, SCHEMES, Scheme, SignatureForm, Stamp, Unit, scheme,
};
pub use verify::{Refusal, Signed, verify};
