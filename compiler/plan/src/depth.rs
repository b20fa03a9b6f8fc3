//! How deep a value, an expression or a block may nest.
//!
//! Bytes from a disk can claim any nesting, and reading them is recursive. Counting the levels turns
//! what would exhaust the stack into an error. The count is kept per thread because serde gives no
//! way to hand it down.

use std::cell::Cell;
use std::marker::PhantomData;

/// The levels that are read and evaluated; far more than a playbook can write.
pub(crate) const LIMIT: u32 = 512;

thread_local! {
    static LEVEL: Cell<u32> = const { Cell::new(0) };
}

/// One level of nesting while it is being read; dropping it leaves the level.
pub(crate) struct Level {
    /// Entered and left on one thread.
    _same_thread: PhantomData<*const ()>,
}

impl Level {
    /// Goes one level deeper, or fails at [`LIMIT`].
    pub(crate) fn enter<E: serde::de::Error>() -> Result<Self, E> {
        LEVEL.with(|level| {
            let next = level.get() + 1;
            if next > LIMIT {
                return Err(E::custom("it nests too deeply"));
            }
            level.set(next);
            Ok(Self {
                _same_thread: PhantomData,
            })
        })
    }
}

impl Drop for Level {
    fn drop(&mut self) {
        LEVEL.with(|level| level.set(level.get().saturating_sub(1)));
    }
}

/// Reads and writes a recursive type as derived for it, one counted level for each of its values.
macro_rules! count_levels {
    ($recursive:ty) => {
        impl serde::Serialize for $recursive {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$recursive>::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $recursive {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let _level = $crate::depth::Level::enter::<D::Error>()?;
                <$recursive>::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use count_levels;
