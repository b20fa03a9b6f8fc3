//! The client half: settings, processes, the wire, and the fleet that keeps them.
//!
//! Only `over_rmcp`, `listed`, `reported` and `wire` know `rmcp`; everything else here sees [`connection::Connection`].

mod backoff;
mod connection;
mod fleet;
mod last_words;
mod listed;
mod over_rmcp;
mod process;
mod reported;
mod secret;
mod settings;
mod wire;

pub use fleet::Fleet;
pub(crate) use secret::shorten;
pub use settings::ServerSettings;
