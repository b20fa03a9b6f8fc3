//! Names of files and headers as names of tables and columns.

/// A name in `snake_case`: `customerID` → `customer_id`, `Total Charges ($)` → `total_charges`,
/// `StreamingTV` → `streaming_tv`. One that would begin with a digit gets `_` in front; one without a
/// letter or digit is empty.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut result = String::with_capacity(name.len());
    for (index, letter) in letters.iter().copied().enumerate() {
        if !letter.is_alphanumeric() {
            if !result.is_empty() && !result.ends_with('_') {
                result.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|at| letters.get(at)).copied();
        let after = letters.get(index + 1).copied();
        let begins_a_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
            });
        if begins_a_word && !result.ends_with('_') {
            result.push('_');
        }
        result.extend(letter.to_lowercase());
    }
    let result = result.trim_end_matches('_');
    if result.starts_with(|first: char| first.is_numeric()) {
        format!("_{result}")
    } else {
        result.to_owned()
    }
}
