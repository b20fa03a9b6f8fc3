//! Names that would coincide are numbered: `mail`, `mail 2`, `mail 3`.

use std::sync::Arc;

/// This name, or the first with a number that is free.
pub(super) fn free_name(plain: &str, mut is_free: impl FnMut(&Arc<str>) -> bool) -> Arc<str> {
    let mut name: Arc<str> = Arc::from(plain);
    let mut number = 2_u32;
    while !is_free(&name) {
        name = Arc::from(format!("{plain} {number}"));
        number += 1;
    }
    name
}
