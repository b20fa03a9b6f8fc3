//! The table of codes. It is generated from `docs/diagnostics/`; see `build.rs`.

use std::fmt;

/// How much a complaint weighs. Only errors make a check fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The playbook cannot be deployed, or the command could not do its work.
    Error,
    /// Nothing is wrong yet, but a person should look.
    Warning,
    /// A remark that an editor shows quietly.
    Hint,
}

/// A code such as `S402`. It can only be taken from [`codes`], so it always has a page.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static str);

impl Code {
    /// The code as people see it, for example `S402`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The code of this name, where there is a page for it.
    #[must_use]
    pub fn known(name: &str) -> Option<Self> {
        page(name).map(|page| Self(page.code))
    }

    /// The page that explains this code.
    ///
    /// A code that was built from anything but the table has no page; then this is `None`.
    #[must_use]
    pub fn page(self) -> Option<&'static Page> {
        let at = PAGES.binary_search_by(|page| page.code.cmp(self.0)).ok()?;
        PAGES.get(at)
    }

    /// The severity that the page declares; an error where there is no page.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.page().map_or(Severity::Error, |page| page.severity)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl serde::Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// One page of `docs/diagnostics/`.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The code, for example `S402`.
    pub code: &'static str,
    /// A title that stands alone, without a full stop.
    pub title: &'static str,
    /// What a complaint with this code weighs.
    pub severity: Severity,
    /// The whole page as Markdown.
    pub text: &'static str,
}

impl Page {
    /// The code that this page explains.
    #[must_use]
    pub const fn code(&self) -> Code {
        Code(self.code)
    }
}

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Every page, ordered by code.
#[must_use]
pub fn pages() -> &'static [Page] {
    PAGES
}

/// The page of a code, written in any case (`s402` finds `S402`).
#[must_use]
pub fn page(code: &str) -> Option<&'static Page> {
    PAGES
        .iter()
        .find(|page| page.code.eq_ignore_ascii_case(code))
}
