//! How a client counts the characters of a line.

use crate::protocol::PositionEncodingKind;

/// The unit of a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes.
    Utf8,
    /// What a client counts in that says nothing.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The best of what a client offers: bytes, which need no counting, before anything else.
    #[must_use]
    pub fn choose(offered: &[PositionEncodingKind]) -> Self {
        if offered.contains(&PositionEncodingKind::UTF8) {
            Self::Utf8
        } else {
            Self::Utf16
        }
    }

    /// Its name in the protocol.
    #[must_use]
    pub fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
            Self::Utf32 => PositionEncodingKind::UTF32,
        }
    }

    /// How many units a text is long.
    #[must_use]
    pub fn units(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            _ if text.is_ascii() => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::Utf32 => text.chars().count(),
        }
    }

    /// The byte before which so many units stand: the last one of the text where it is shorter, the beginning of a
    /// character where they end inside one.
    #[must_use]
    pub fn bytes(self, text: &str, units: usize) -> usize {
        if self == Self::Utf8 || text.is_ascii() {
            let mut at = units.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            return at;
        }
        let mut left = units;
        for (at, letter) in text.char_indices() {
            let wide = match self {
                Self::Utf16 => letter.len_utf16(),
                _ => 1,
            };
            if wide > left {
                return at;
            }
            left -= wide;
        }
        text.len()
    }
}
