//! Texts with a cursor in them.

/// A text without its `‸`, and the place (line, byte of the line) where it stood.
pub fn cursor(marked: &str) -> (String, (u32, u32)) {
    let at = marked.find('‸').expect("a cursor stands in the text");
    let before = &marked[..at];
    let line = before.matches('\n').count();
    let column = at - before.rfind('\n').map_or(0, |end| end + 1);
    let text = marked.replacen('‸', "", 1);
    let narrow = |number: usize| u32::try_from(number).unwrap();
    (text, (narrow(line), narrow(column)))
}
