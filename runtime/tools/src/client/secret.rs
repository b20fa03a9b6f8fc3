//! Keeping secrets, and what else should not be seen, out of every message.

use sophia_guard::Secret;

use crate::limits;

/// Takes a server's secrets out of a text.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    hidden: Vec<String>,
}

impl Mask {
    /// Hides each secret, as it is and as it stands inside a JSON text, and each line of a secret
    /// of many lines, because outside text is shown line by line.
    pub(crate) fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let mut hidden = Vec::new();
        for secret in secrets {
            let value = secret.reveal();
            hidden.push(value.to_owned());
            let quoted = serde_json::Value::from(value).to_string();
            hidden.push(quoted.trim_matches('"').to_owned());
            hidden.extend(
                value
                    .lines()
                    .map(str::trim)
                    .filter(|line| line.chars().count() >= 8)
                    .map(str::to_owned),
            );
        }
        hidden.retain(|value| !value.is_empty());
        // The longest first, so that a secret inside another leaves no remains.
        hidden.sort_by_key(|value| std::cmp::Reverse(value.len()));
        hidden.dedup();
        Self { hidden }
    }

    /// The text without secrets and control characters, cut to a length that can be shown.
    pub(crate) fn shown(&self, text: &str) -> String {
        let mut masked = text.to_owned();
        for secret in &self.hidden {
            if masked.contains(secret.as_str()) {
                masked = masked.replace(secret.as_str(), "…");
            }
        }
        shorten(&masked)
    }
}

/// One line of outside text as it may be shown: no control or invisible characters, not too long.
pub(crate) fn shorten(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .map(|character| {
            if character.is_whitespace() {
                ' '
            } else {
                character
            }
        })
        .filter(|character| !is_invisible(*character))
        .take(limits::LINE_CHARACTERS)
        .collect();
    if text.chars().count() > limits::LINE_CHARACTERS {
        shown.push('…');
    }
    shown.trim().to_owned()
}

/// Characters that could forge or hide parts of a message: controls, zero widths, text direction.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}'
            | '\u{E0000}'..='\u{E007F}')
}
