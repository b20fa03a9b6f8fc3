//! What a server holds under a URI.

/// What a server holds under a URI, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its texts, one after another with a line end between; nothing where it holds other content alone.
    pub text: Option<String>,
    /// A digest of all of its content: another one says that it changed.
    pub digest: [u8; 32],
}
