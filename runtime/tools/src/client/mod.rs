//! The client half: settings, processes, the wire, and the fleet that keeps them.
//!
//! Only `over_rmcp`, `listed`, `reported`, `resources` and `wire` know `rmcp`; everything else here sees [`connection::Connection`].

mod backoff;
mod connection;
mod fleet;
mod following;
mod last_words;
mod listed;
mod over_rmcp;
mod process;
mod reported;
mod resources;
mod secret;
mod settings;
mod wire;

pub use fleet::Fleet;
pub use following::Following;
pub(crate) use secret::shorten;
pub use settings::ServerSettings;
