//! Redis as a source of messages: its streams, read from one message on.
//!
//! Kept true here: nothing is written there and nothing is taken away; who reads says from where on.

mod streams;

pub use streams::{Encryption, Message, Position, RedisSettings, Streams};
