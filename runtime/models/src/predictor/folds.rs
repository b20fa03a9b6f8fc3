//! Which rows are held out when.
//!
//! Kept true here: every row is held out exactly once, both classes are spread evenly over the folds,
//! and the same rows give the same folds.

/// How many parts the rows are cut into.
pub const FOLDS: usize = 5;

/// The fold of each row. `class` is the class of each row; rows of one class are dealt out like cards
/// after one shuffle with a fixed seed.
pub fn stratified(class: &[bool]) -> Vec<usize> {
    let mut folds = vec![0; class.len()];
    let mut next = 0;
    for wanted in [false, true] {
        let mut rows: Vec<usize> = (0..class.len())
            .filter(|row| class.get(*row) == Some(&wanted))
            .collect();
        shuffle(&mut rows);
        for row in rows {
            if let Some(fold) = folds.get_mut(row) {
                *fold = next % FOLDS;
            }
            next += 1;
        }
    }
    folds
}

/// Splits the rows into those that a fold trains on and those that it is measured on.
pub fn split(folds: &[usize], fold: usize) -> (Vec<usize>, Vec<usize>) {
    (0..folds.len()).partition(|row| folds.get(*row) != Some(&fold))
}

/// Fisher and Yates with `SplitMix64`, so that the order never depends on a library's version.
fn shuffle(rows: &mut [usize]) {
    let mut state = 0x5eed_u64;
    for last in (1..rows.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let bound = last as u64 + 1;
        let other = usize::try_from(mixed % bound).unwrap_or(0);
        rows.swap(last, other);
    }
}
