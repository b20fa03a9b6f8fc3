//! Secrets that someone wrote into the manifest instead of naming them.

/// How the keys of well-known services begin.
const BEGINNINGS: &[&str] = &[
    "sk-",
    "sk_live_",
    "rk_live_",
    "xoxb-",
    "xoxp-",
    "xapp-",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "AKIA",
    "lin_api_",
    "hf_",
    "ntn_",
    "pat-na",
    "pat-eu",
    "AIza",
    "-----BEGIN",
];

/// Keys whose value is a secret wherever they stand in a connection, a tool or a model.
const SECRET_KEYS: &[&str] = &[
    "key",
    "password",
    "token",
    "secret",
    "api_key",
    "access_key",
    "private_key",
    "passphrase",
];

/// Whether a text is a secret by its looks.
pub(super) fn looks_secret(text: &str) -> bool {
    BEGINNINGS
        .iter()
        .any(|beginning| text.starts_with(beginning) && text.len() > beginning.len() + 3)
}

/// Whether the value of a key is a secret.
pub(super) fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}
