//! Events as the store keeps them: small values in the record, large ones beside it by digest.
//!
//! Kept true here: a digest is of the value's bytes, so the same large value is kept once; a record
//! says its format in its first byte; how bytes stand in the file is the sealer's.

use serde::{Deserialize, Serialize};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::{Value, decode, encode};

use super::seal::{HEAD, Sealer};
use crate::kernel::Event;

/// Values up to this many bytes stand in the record.
const INLINE: usize = 16 * 1024;

/// The format of records that this build writes.
const FORMAT: u8 = 1;

/// Most records need no more bytes.
const USUAL: usize = 512;

/// BLAKE3.
pub(super) type Digest = [u8; 32];

/// A value, or where it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Held {
    Inline(#[serde(with = "in_one_piece")] Vec<u8>),
    Beside(Digest),
}

/// A record and the large values that belong to it.
#[derive(Debug, Default)]
pub(super) struct Packed {
    pub(super) body: Vec<u8>,
    pub(super) beside: Vec<(Digest, Vec<u8>)>,
}

/// Packs events into one record.
pub(super) fn pack(events: Vec<Event>, sealer: &Sealer) -> Result<Packed, Problem> {
    let mut beside = Vec::new();
    let events = events
        .into_iter()
        .map(|event| event.try_map(|value| hold(&value, &mut beside, sealer)))
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(Packed {
        body: sealed(&events, sealer)?,
        beside,
    })
}

/// Packs one value.
pub(super) fn pack_value(value: &Value, sealer: &Sealer) -> Result<Packed, Problem> {
    let mut beside = Vec::new();
    let held = hold(value, &mut beside, sealer)?;
    Ok(Packed {
        body: sealed(&held, sealer)?,
        beside,
    })
}

/// Reads a record; `look_up` finds the body of a large value.
pub(super) fn unpack(
    body: &[u8],
    sealer: &Sealer,
    mut look_up: impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Vec<Event>, Problem> {
    let events: Vec<Event<Held>> = opened(body, sealer)?;
    events
        .into_iter()
        .map(|event| event.try_map(|held| found(held, sealer, &mut look_up)))
        .collect()
}

/// Reads one value.
pub(super) fn unpack_value(
    body: &[u8],
    sealer: &Sealer,
    mut look_up: impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Value, Problem> {
    found(opened(body, sealer)?, sealer, &mut look_up)
}

/// The large values that a record needs.
pub(super) fn needs(body: &[u8], sealer: &Sealer) -> Result<Vec<Digest>, Problem> {
    let mut needed = Vec::new();
    let events: Vec<Event<Held>> = opened(body, sealer)?;
    for event in events {
        event.try_map(|held| {
            needed.extend(held.beside());
            Ok::<_, Problem>(())
        })?;
    }
    Ok(needed)
}

/// The large value that one value is, where it is one.
pub(super) fn value_needs(body: &[u8], sealer: &Sealer) -> Result<Option<Digest>, Problem> {
    let held: Held = opened(body, sealer)?;
    Ok(held.beside())
}

/// Reads the body of a large value.
pub(super) fn large(digest: &Digest, body: &[u8], sealer: &Sealer) -> Result<Value, Problem> {
    let bytes = sealer.open(body)?;
    if sealer.fits(digest, &bytes) {
        decode(&bytes)
    } else {
        Err(Problem::new(
            codes::S968,
            "A large value in the journal is not the one that was written.",
        )
        .with_help("restore the store from a backup"))
    }
}

impl Held {
    fn beside(&self) -> Option<Digest> {
        match self {
            Self::Inline(_) => None,
            Self::Beside(digest) => Some(*digest),
        }
    }
}

fn hold(
    value: &Value,
    beside: &mut Vec<(Digest, Vec<u8>)>,
    sealer: &Sealer,
) -> Result<Held, Problem> {
    let bytes = encode(value);
    if bytes.len() <= INLINE {
        return Ok(Held::Inline(bytes));
    }
    let digest = sealer.digest(&bytes);
    beside.push((digest, sealer.large(&bytes)?));
    Ok(Held::Beside(digest))
}

fn found(
    held: Held,
    sealer: &Sealer,
    look_up: &mut impl FnMut(&Digest) -> Result<Vec<u8>, Problem>,
) -> Result<Value, Problem> {
    match held {
        Held::Inline(bytes) => decode(&bytes),
        Held::Beside(digest) => large(&digest, &look_up(&digest)?, sealer),
    }
}

fn sealed(content: &impl Serialize, sealer: &Sealer) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::with_capacity(USUAL);
    bytes.resize(HEAD, 0);
    bytes.push(FORMAT);
    let bytes = postcard::to_extend(content, bytes).map_err(|error| {
        Problem::new(
            codes::S968,
            "A record of the journal cannot be written as bytes.",
        )
        .because(error)
    })?;
    sealer.record(bytes)
}

fn opened<T: for<'a> Deserialize<'a>>(body: &[u8], sealer: &Sealer) -> Result<T, Problem> {
    match sealer.open(body)?.split_first() {
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

/// Bytes as one thing, instead of one after the other. They stand in the file in the same way.
mod in_one_piece {
    use std::fmt;

    use serde::de::{Deserializer, Error, Visitor};
    use serde::ser::Serializer;

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        from.deserialize_byte_buf(Bytes)
    }

    struct Bytes;

    impl Visitor<'_> for Bytes {
        type Value = Vec<u8>;

        fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("bytes")
        }

        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
}
