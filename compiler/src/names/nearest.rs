//! The name that was probably meant.

/// The nearest of some names to a misspelt one, if one is near enough to be worth saying.
///
/// Near enough is: the same letters in another case, or at most a third of the letters different.
pub(crate) fn nearest<'n>(
    written: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    let lower = written.to_lowercase();
    let limit = written.chars().count().div_ceil(3).max(1);
    known
        .into_iter()
        .filter(|name| !name.is_empty())
        .map(|name| {
            (
                strsim::damerau_levenshtein(&lower, &name.to_lowercase()),
                name,
            )
        })
        .filter(|(distance, name)| *distance <= limit && *distance < name.chars().count())
        .min()
        .map(|(_, name)| name)
}
