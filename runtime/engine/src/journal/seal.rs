//! What stands between a value and its bytes in the store: compression, a checksum, and encryption where
//! there is a key.
//!
//! Kept true here: with a key nothing that a run holds stands in the file as text, names made of values
//! included; a record says with which key it was written; one that cannot be opened is a clear error, and
//! never taken for something else.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, AeadCore, KeyInit, OsRng};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sophia_diagnostics::{Problem, codes};
use xxhash_rust::xxh3::xxh3_64;

use super::SeenRow;
use super::record::Digest;

/// As it is.
const PLAIN: u8 = 1;
/// Compressed.
const SMALL: u8 = 2;
/// Encrypted: the key's name, the nonce, and another of these within.
const SEALED: u8 = 3;
/// With a checksum as former versions made it: eight bytes, and another of these behind them.
const SUMMED_FORMERLY: u8 = 4;
/// With a checksum: eight bytes, and another of these behind them.
const SUMMED: u8 = 5;

const SUM: usize = 8;
/// What stands before a record with a checksum.
pub(super) const HEAD: usize = 1 + SUM;
const NONCE: usize = 24;

/// What is shorter is not worth compressing.
const SHORT: usize = 512;

/// The fewest letters of a key.
const LETTERS: usize = 32;

/// What a name begins with that was made of a name.
const HIDDEN: char = '\u{1}';

/// The name of a key, made of the key.
pub(super) type KeyName = [u8; 8];

/// The keys of a store: the one that is written with, and those that can still be read.
#[derive(Clone, Default)]
pub struct Keys {
    current: Option<Key>,
    former: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    name: KeyName,
    secret: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

impl PartialEq for Keys {
    fn eq(&self, other: &Self) -> bool {
        let names = |keys: &Self| keys.all().map(|key| key.name).collect::<Vec<_>>();
        names(self) == names(other)
    }
}

impl Eq for Keys {}

impl Keys {
    /// The keys of these texts. Without a current one what is written is not encrypted.
    ///
    /// # Errors
    /// S909 when one is too short to be a key.
    pub fn of<'a>(
        current: Option<&str>,
        former: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            current: current.map(Key::of).transpose()?,
            former: former.into_iter().map(Key::of).collect::<Result<_, _>>()?,
        })
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        self.current.iter().chain(&self.former)
    }
}

impl Key {
    fn of(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        if text.chars().count() < LETTERS {
            return Err(Problem::new(
                codes::S909,
                format!("The key of the store has fewer than {LETTERS} letters."),
            )
            .with_help("make one with `openssl rand -base64 32`"));
        }
        let secret = blake3::derive_key("sophia 2026 store payloads", text.as_bytes());
        let name = blake3::derive_key("sophia 2026 store key name", text.as_bytes());
        let mut short = KeyName::default();
        short.copy_from_slice(&name[..8]);
        Ok(Self {
            name: short,
            secret,
        })
    }

    fn seal(&self, inner: &[u8]) -> Result<Vec<u8>, Problem> {
        let nonce = XChaCha20Poly1305::generate_nonce(&mut OsRng);
        let cipher = XChaCha20Poly1305::new(&self.secret.into());
        let sealed = cipher.encrypt(&nonce, inner).map_err(|_| {
            Problem::new(codes::S962, "A record of the store cannot be encrypted.")
                .with_help("this is a mistake in Sophia; please report it")
        })?;
        Ok([&[SEALED], &self.name[..], &nonce[..], &sealed].concat())
    }

    fn open(&self, nonce: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Problem> {
        let cipher = XChaCha20Poly1305::new(&self.secret.into());
        cipher
            .decrypt(XNonce::from_slice(nonce), sealed)
            .map_err(|_| damaged("it does not fit its seal"))
    }
}

/// Seals and opens what one store holds.
#[derive(Clone, Default)]
pub(super) struct Sealer {
    keys: Keys,
    /// What names are made with; the same for all keys of a store.
    naming: Option<[u8; 32]>,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("…")
    }
}

/// What names are made with, as a store keeps it: for each key that may open it.
pub(super) type Wrapped = Vec<(KeyName, Vec<u8>)>;

impl Sealer {
    /// The sealer of a store that keeps this. What the store does not have yet and should keep comes with it.
    ///
    /// # Errors
    /// S909 when the store is encrypted and none of the keys opens it.
    pub(super) fn of(keys: &Keys, kept: &Wrapped) -> Result<(Self, Wrapped), Problem> {
        let naming = match kept.first() {
            None => None,
            Some((wanted, _)) => Some(unwrapped(keys, kept)?.ok_or_else(|| missing(*wanted))?),
        };
        let mut further = Wrapped::new();
        let naming = match (naming, &keys.current) {
            (Some(naming), None) => Some(naming),
            (None, None) => None,
            (naming, Some(current)) => {
                let naming = naming.unwrap_or_else(|| {
                    let fresh = XChaCha20Poly1305::generate_key(&mut OsRng);
                    fresh.into()
                });
                if kept.iter().all(|(name, _)| *name != current.name) {
                    further.push((current.name, current.seal(&naming)?));
                }
                Some(naming)
            }
        };
        let sealer = Self {
            keys: keys.clone(),
            naming,
        };
        Ok((sealer, further))
    }

    /// Whether what is written from now on is encrypted.
    pub(super) fn is_on(&self) -> bool {
        self.keys.current.is_some()
    }

    /// A record as the store holds it. Its bytes stand behind room for a [`HEAD`].
    pub(super) fn record(&self, mut bytes: Vec<u8>) -> Result<Vec<u8>, Problem> {
        let Some((_, content)) = bytes.split_at_checked(HEAD) else {
            return Err(cut());
        };
        match (&self.keys.current, compressed(content)) {
            (Some(key), Some(small)) => key.seal(&small),
            (Some(key), None) => key.seal(content),
            (None, Some(small)) => Ok([&head(&small)[..], &small].concat()),
            (None, None) => {
                let head = head(content);
                bytes[..HEAD].copy_from_slice(&head);
                Ok(bytes)
            }
        }
    }

    /// A large value as the store holds it. Its digest is its checksum.
    pub(super) fn large(&self, bytes: &[u8]) -> Result<Vec<u8>, Problem> {
        let inner = compressed(bytes).map_or(Cow::Borrowed(bytes), Cow::Owned);
        match &self.keys.current {
            Some(key) => key.seal(&inner),
            None => Ok(inner.into_owned()),
        }
    }

    /// What stood in the store as these bytes.
    ///
    /// # Errors
    /// S909 when its key is not given; S968 when it is damaged.
    pub(super) fn open(&self, body: &[u8]) -> Result<Vec<u8>, Problem> {
        match body.split_first() {
            Some((&PLAIN, _)) => Ok(body.to_vec()),
            Some((&SMALL, rest)) => lz4_flex::decompress_size_prepended(rest).map_err(damaged),
            Some((kind @ (&SUMMED | &SUMMED_FORMERLY), rest)) => {
                let sum = if *kind == SUMMED { sum } else { former_sum };
                match rest.split_at_checked(SUM) {
                    Some((sum_of, inner)) if sum(inner) == sum_of => self.open(inner),
                    _ => Err(damaged("its checksum does not fit")),
                }
            }
            Some((&SEALED, rest)) => {
                let (name, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
                let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(cut)?;
                let mut keys = self.keys.all();
                let key = keys.find(|key| key.name == *name);
                let inner = key.ok_or_else(|| missing(*name))?.open(nonce, sealed)?;
                self.open(&inner)
            }
            Some(_) => Err(Problem::new(
                codes::S968,
                "A record of the journal has another format than this program reads.",
            )
            .with_help("finish the run with the version that began it")),
            None => Err(damaged("it is empty")),
        }
    }

    /// A name that may be made of values, as the store holds it: the same for the same name, and with a key
    /// not to be read. A name that was made so stays as it is.
    pub(super) fn name(&self, name: &str) -> Arc<str> {
        match &self.naming {
            Some(key) if !name.starts_with(HIDDEN) => {
                let made = blake3::keyed_hash(key, name.as_bytes());
                format!("{HIDDEN}{}", made.to_hex()).into()
            }
            _ => name.into(),
        }
    }

    /// A text for people, as the store holds it.
    pub(super) fn text(&self, text: &str) -> Result<rusqlite::types::Value, Problem> {
        match &self.keys.current {
            Some(key) if !text.is_empty() => {
                let inner = [&[PLAIN], text.as_bytes()].concat();
                Ok(rusqlite::types::Value::Blob(key.seal(&inner)?))
            }
            _ => Ok(rusqlite::types::Value::Text(text.to_owned())),
        }
    }

    /// A text for people that stood in the store so.
    pub(super) fn read_text(&self, held: rusqlite::types::Value) -> Result<String, Problem> {
        match held {
            rusqlite::types::Value::Blob(body) => {
                let bytes = self.open(&body)?;
                let text = bytes.split_first().map(|(_, text)| text.to_vec());
                String::from_utf8(text.unwrap_or_default()).map_err(damaged)
            }
            rusqlite::types::Value::Text(text) => Ok(text),
            _ => Ok(String::new()),
        }
    }

    /// What a watched row is found by.
    pub(super) fn seen_key(&self, key: &[u8]) -> Vec<u8> {
        match &self.naming {
            Some(naming) => blake3::keyed_hash(naming, key).as_bytes().to_vec(),
            None => key.to_vec(),
        }
    }

    /// A watched row as the store holds it: with a key of the store, what it is known by stands inside.
    pub(super) fn seen(&self, seen: SeenRow) -> Result<SeenRow, Problem> {
        let row = match (&self.keys.current, seen.row) {
            (Some(key), Some(row)) => {
                let length = (seen.key.len() as u64).to_le_bytes();
                Some(key.seal(&[&[PLAIN], &length[..], &seen.key, &row].concat())?)
            }
            (_, row) => row,
        };
        Ok(SeenRow {
            key: self.seen_key(&seen.key),
            row,
        })
    }

    /// A watched row that stood in the store so, with what it is known by.
    pub(super) fn read_seen(
        &self,
        key: Vec<u8>,
        row: Vec<u8>,
    ) -> Result<(Vec<u8>, Vec<u8>), Problem> {
        if self.naming.is_none() {
            return Ok((key, row));
        }
        let opened = self.open(&row)?;
        let rest = opened.get(1..).ok_or_else(cut)?;
        let (length, rest) = rest.split_first_chunk::<8>().ok_or_else(cut)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(damaged)?;
        let (key, row) = rest.split_at_checked(length).ok_or_else(cut)?;
        Ok((key.to_vec(), row.to_vec()))
    }

    /// The digest under which a large value is found.
    pub(super) fn digest(&self, bytes: &[u8]) -> Digest {
        match &self.naming {
            Some(key) if self.is_on() => *blake3::keyed_hash(key, bytes).as_bytes(),
            _ => *blake3::hash(bytes).as_bytes(),
        }
    }

    /// Whether a digest is of these bytes, whether or not they were encrypted when it was made.
    pub(super) fn fits(&self, digest: &Digest, bytes: &[u8]) -> bool {
        let keyed = |key| *blake3::keyed_hash(key, bytes).as_bytes() == *digest;
        *blake3::hash(bytes).as_bytes() == *digest || self.naming.as_ref().is_some_and(keyed)
    }
}

/// What names are made with, where a key opens it.
fn unwrapped(keys: &Keys, kept: &Wrapped) -> Result<Option<[u8; 32]>, Problem> {
    for (name, sealed) in kept {
        let Some(key) = keys.all().find(|key| key.name == *name) else {
            continue;
        };
        let rest = sealed.get(1 + name.len()..).ok_or_else(cut)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE).ok_or_else(cut)?;
        let opened = key.open(nonce, sealed)?;
        return opened.try_into().map(Some).map_err(|_| cut());
    }
    Ok(None)
}

/// Compressed, where that helps.
fn compressed(bytes: &[u8]) -> Option<Vec<u8>> {
    if bytes.len() < SHORT {
        return None;
    }
    let small = lz4_flex::compress_prepend_size(bytes);
    let helps = small.len() < bytes.len() - bytes.len() / 8;
    helps.then(|| [&[SMALL], &small[..]].concat())
}

/// What stands before a record that is not encrypted.
fn head(inner: &[u8]) -> [u8; HEAD] {
    let mut head = [SUMMED; HEAD];
    head[1..].copy_from_slice(&sum(inner));
    head
}

/// XXH3: it is to find damage, not to keep anybody from forging a record, and every record needs one.
fn sum(inner: &[u8]) -> [u8; SUM] {
    xxh3_64(inner).to_le_bytes()
}

fn former_sum(inner: &[u8]) -> [u8; SUM] {
    let mut sum = [0; SUM];
    sum.copy_from_slice(&blake3::hash(inner).as_bytes()[..SUM]);
    sum
}

fn missing(name: KeyName) -> Problem {
    let name = u64::from_be_bytes(name);
    Problem::new(
        codes::S909,
        format!("What runs hold is encrypted with the key {name:016x}, which is not given."),
    )
    .with_help("set SOPHIA_SECRET_STORE_KEY, or SOPHIA_SECRET_STORE_KEY_BEFORE for a former key")
}

fn cut() -> Problem {
    damaged("it is cut off")
}

fn damaged(cause: impl fmt::Display) -> Problem {
    Problem::new(codes::S968, "A record of the journal cannot be read.")
        .because(cause)
        .with_help("restore the store from a backup")
}
