//! Writing and reading tables: the row type beside an Arrow IPC stream.
//!
//! The stream stands behind a digest of itself: Arrow's reader trusts offsets inside the stream, so
//! damaged bytes must not reach it.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::ArrowError;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Table, arrow_schema};
use crate::types::RecordType;

#[derive(Serialize, Deserialize)]
#[serde(rename = "Table")]
struct Written {
    row: RecordType,
    digest: [u8; 32],
    stream: Bytes,
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let stream = write_stream(&self.batch).map_err(S::Error::custom)?;
        Written {
            row: (*self.row).clone(),
            digest: *blake3::hash(&stream).as_bytes(),
            stream: Bytes(stream),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        if blake3::hash(&written.stream.0) != written.digest {
            return Err(D::Error::custom("the rows of a table are damaged"));
        }
        let row = Arc::new(written.row);
        let batch = read_stream(&written.stream.0, &row).map_err(D::Error::custom)?;
        Self::from_batch(row, batch).map_err(|problem| D::Error::custom(problem.message))
    }
}

fn write_stream(batch: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
    writer.write(batch)?;
    writer.into_inner()
}

fn read_stream(stream: &[u8], row: &RecordType) -> Result<RecordBatch, ArrowError> {
    let mut batches = StreamReader::try_new(stream, None)?;
    match batches.next() {
        Some(batch) => batch,
        None => Ok(RecordBatch::new_empty(arrow_schema(row))),
    }
}

/// Bytes that are written as bytes, not as a list of numbers.
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(BytesVisitor)
    }
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("bytes")
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
        Ok(Bytes(bytes.to_vec()))
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
        Ok(Bytes(bytes))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Bytes, A::Error> {
        let mut bytes = Vec::new();
        while let Some(byte) = sequence.next_element()? {
            bytes.push(byte);
        }
        Ok(Bytes(bytes))
    }
}
