//! The shapes of TextMate's patterns.

use serde_json::{Value, json};

/// What a pattern matches has one scope.
pub(super) fn scoped(scope: &str, pattern: &str) -> Value {
    json!({ "name": format!("{scope}.sophia"), "match": pattern })
}

/// Each group that a pattern captures has its scope, in order.
pub(super) fn captured(pattern: &str, scopes: &[&str]) -> Value {
    json!({ "match": pattern, "captures": captures(scopes) })
}

/// Something from a beginning to an end, with patterns between.
pub(super) struct Between<'a> {
    /// Where it begins.
    pub(super) begin: &'a str,
    /// The scopes of the groups that the beginning captures, in order; a single one is for all of it.
    pub(super) begins: &'a [&'a str],
    /// Where it ends.
    pub(super) end: &'a str,
    /// The scope of the end.
    pub(super) ends: &'a str,
    /// The scope of everything, its ends included.
    pub(super) scope: &'a str,
    /// The scope of what stands between.
    pub(super) content: &'a str,
    /// The names of the rooms whose patterns stand between.
    pub(super) rooms: &'a [&'a str],
}

impl Between<'_> {
    /// As the grammar holds it.
    pub(super) fn json(&self) -> Value {
        let mut rule = json!({ "begin": self.begin, "end": self.end });
        let whole = |scope: &str| json!({ "0": { "name": format!("{scope}.sophia") } });
        if let [scope] = self.begins {
            rule["beginCaptures"] = whole(scope);
        } else if !self.begins.is_empty() {
            rule["beginCaptures"] = captures(self.begins);
        }
        if !self.ends.is_empty() {
            rule["endCaptures"] = whole(self.ends);
        }
        if !self.scope.is_empty() {
            rule["name"] = json!(format!("{}.sophia", self.scope));
        }
        if !self.content.is_empty() {
            rule["contentName"] = json!(self.content);
        }
        rule["patterns"] = self.rooms.iter().map(|room| include(room)).collect();
        rule
    }
}

/// The patterns of a room, or of another grammar.
pub(super) fn include(room: &str) -> Value {
    if room.contains('.') {
        json!({ "include": room })
    } else {
        json!({ "include": format!("#{room}") })
    }
}

fn captures(scopes: &[&str]) -> Value {
    scopes
        .iter()
        .enumerate()
        .filter(|(_, scope)| !scope.is_empty())
        .map(|(at, scope)| {
            let name = json!({ "name": format!("{scope}.sophia") });
            ((at + 1).to_string(), name)
        })
        .collect::<serde_json::Map<String, Value>>()
        .into()
}
