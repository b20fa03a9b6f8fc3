//! How outside names become names of the language: `snake_case`, without the server's own prefix.

/// Our name of a tool's call: `slack_post_message` of the server `slack` is `post_message`.
///
/// `server` is the manifest's name of the server or the server's own; words such as `mcp` and
/// `server` in it do not count. A name that is nothing but the prefix stays.
#[must_use]
pub fn our_name(server: &str, wire_name: &str) -> String {
    let name = snake_case(wire_name);
    let server = snake_case(server);
    let words: Vec<&str> = server
        .split('_')
        .filter(|word| !matches!(*word, "mcp" | "server" | ""))
        .collect();
    let joined = words.join("_");
    for prefix in [server.as_str(), joined.as_str()] {
        let rest = name
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'));
        if let Some(rest) = rest
            && !prefix.is_empty()
            && !rest.is_empty()
            && !rest.starts_with(|first: char| first.is_ascii_digit())
        {
            return rest.to_owned();
        }
    }
    name
}

/// Our name of an argument: `channelId` is `channel_id`.
#[must_use]
pub fn our_argument(wire_name: &str) -> String {
    snake_case(wire_name)
}

/// `camelCase`, `PascalCase`, `kebab-case`, `HTTPServer` → `camel_case`, `pascal_case`, `kebab_case`, `http_server`.
fn snake_case(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (index, character) in characters.iter().copied().enumerate() {
        if !character.is_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|index| characters.get(index));
        let after = characters.get(index + 1);
        if character.is_uppercase() {
            let after_word = before.is_some_and(|c| c.is_lowercase() || c.is_numeric());
            let ends_capitals =
                before.is_some_and(|c| c.is_uppercase()) && after.is_some_and(|c| c.is_lowercase());
            if (after_word || ends_capitals) && !out.ends_with('_') {
                out.push('_');
            }
        }
        out.extend(character.to_lowercase());
    }
    while out.ends_with('_') {
        out.pop();
    }
    out
}
