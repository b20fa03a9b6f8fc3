//! Events as the store keeps them: small values in the record, large ones beside it by digest.
//!
//! Kept true here: a digest is of the value's bytes, so the same large value is kept once; a record
//! says its format in its first byte.

use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Value, decode, encode};

use crate::kernel::Event;

/// Values up to this many bytes stand in the record.
const INLINE: usize = 16 * 1024;

/// The format of records that this build writes.
const FORMAT: u8 = 1;

/// BLAKE3.
pub(super) type Digest = [u8; 32];

/// A value, or where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Held {
    Inline(Vec<u8>),
    Beside(Digest),
}

/// A record and the large values that belong to it.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) body: Vec<u8>,
    pub(super) beside: Vec<(Digest, Vec<u8>)>,
}

/// Packs events into one record.
pub(super) fn pack(events: Vec<Event>) -> Result<Packed, Problem> {
    let mut beside = Vec::new();
    let events = events
        .into_iter()
        .map(|event| event.try_map(|value| Ok(hold(&value, &mut beside))))
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(Packed {
        body: sealed(&events)?,
        beside,
    })
}

/// Packs one value.
pub(super) fn pack_value(value: &Value) -> Result<Packed, Problem> {
    let mut beside = Vec::new();
    let held = hold(value, &mut beside);
    Ok(Packed {
        body: sealed(&held)?,
        beside,
    })
}

/// Reads a record; `look_up` finds a large value.
pub(super) fn unpack(
    body: &[u8],
    mut look_up: impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Vec<Event>, Problem> {
    let events: Vec<Event<Held>> = opened(body)?;
    events
        .into_iter()
        .map(|event| event.try_map(|held| found(held, &mut look_up)))
        .collect()
}

/// Reads one value.
pub(super) fn unpack_value(
    body: &[u8],
    mut look_up: impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Value, Problem> {
    found(opened(body)?, &mut look_up)
}

fn hold(value: &Value, beside: &mut Vec<(Digest, Vec<u8>)>) -> Held {
    let bytes = encode(value);
    if bytes.len() <= INLINE {
        return Held::Inline(bytes);
    }
    let digest = *blake3::hash(&bytes).as_bytes();
    beside.push((digest, bytes));
    Held::Beside(digest)
}

fn found(
    held: Held,
    look_up: &mut impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Value, Problem> {
    match held {
        Held::Inline(bytes) => decode(&bytes),
        Held::Beside(digest) => {
            let bytes = look_up(&digest)?;
            if *blake3::hash(&bytes).as_bytes() == digest {
                decode(&bytes)
            } else {
                Err(Problem::new(
                    codes::S968,
                    "A large value in the journal is not the one that was written.",
                )
                .with_help("restore the store from a backup"))
            }
        }
    }
}

fn sealed(content: &impl Serialize) -> Result<Vec<u8>, Problem> {
    postcard::to_extend(content, vec![FORMAT]).map_err(|error| {
        Problem::new(
            codes::S968,
            "A record of the journal cannot be written as bytes.",
        )
        .because(error)
    })
}

fn opened<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Problem> {
    match body.split_first() {
        Some((&FORMAT, content)) => postcard::from_bytes(content).map_err(|error| {
            Problem::new(codes::S968, "A record of the journal cannot be read.")
                .because(error)
                .with_help("restore the store from a backup")
        }),
        _ => Err(Problem::new(
            codes::S968,
            "A record of the journal has another format than this program reads.",
        )
        .with_help("finish the run with the version that began it")),
    }
}
