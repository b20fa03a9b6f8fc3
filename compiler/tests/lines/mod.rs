//! Random changes of a text, of any kind: of its words, of its lines, and of what stands between empty lines.

use super::random::Random;

/// A text with one to three changes.
pub fn rewritten(random: &mut Random, text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..=random.below(3) {
        text = match random.below(12) {
            0 => with_another_word(random, &text),
            1 => with_a_name_everywhere(random, &text),
            2 => with_another_number(random, &text),
            3 => with_a_remark(random, &text),
            4..=8 => with_other_pieces(random, &text),
            9 => with_a_let(random, &text),
            10 => with_a_place_of_one_letter(random, &text),
            _ => with_other_lines(random, &text),
        };
    }
    text
}

/// The names in a text, by their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(|letter: char| !is_part(letter));
    let begins = |word: &&str| word.starts_with(|first: char| first.is_ascii_alphabetic());
    let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    words
        .filter(begins)
        .map(|word| (place(word), word))
        .collect()
}

/// A word becomes another one of the text.
fn with_another_word(random: &mut Random, text: &str) -> String {
    let words = words(text);
    if words.is_empty() {
        return text.to_owned();
    }
    let (place, word) = words[random.below(words.len())];
    let (_, other) = words[random.below(words.len())];
    let mut text = text.to_owned();
    text.replace_range(place..place + word.len(), other);
    text
}

/// A word is another wherever it stands from some place on.
fn with_a_name_everywhere(random: &mut Random, text: &str) -> String {
    let words = words(text);
    if words.is_empty() {
        return text.to_owned();
    }
    let (_, word) = words[random.below(words.len())];
    let (from, _) = words[random.below(words.len())];
    let mut changed = text.to_owned();
    for (place, _) in words
        .iter()
        .rev()
        .filter(|(at, one)| *one == word && *at >= from)
    {
        changed.insert(place + word.len(), 's');
    }
    changed
}

fn with_another_number(random: &mut Random, text: &str) -> String {
    let digits: Vec<usize> = (text.bytes().enumerate())
        .filter(|(_, letter)| letter.is_ascii_digit())
        .map(|(place, _)| place)
        .collect();
    if digits.is_empty() {
        return text.to_owned();
    }
    let place = digits[random.below(digits.len())];
    let mut text = text.to_owned();
    let put = random.of(&["1", "7", "12", "2.5", "0"]);
    text.replace_range(place..=place, put);
    text
}

fn with_a_remark(random: &mut Random, text: &str) -> String {
    let put = random.of(&["# A remark.", "## What it is for.", ""]);
    let mut lines: Vec<&str> = text.lines().collect();
    let place = random.below(lines.len() + 1);
    lines.insert(place, put);
    lines.join("\n") + "\n"
}

/// A piece between empty lines goes, comes twice, or stands elsewhere.
fn with_other_pieces(random: &mut Random, text: &str) -> String {
    let mut pieces: Vec<&str> = text.trim_end().split("\n\n").collect();
    let one = random.below(pieces.len());
    let other = random.below(pieces.len());
    match random.below(5) {
        0 => drop(pieces.remove(one)),
        1 => pieces.insert(other, pieces[one]),
        2 => {
            let piece = pieces.remove(one);
            pieces.insert(other.min(pieces.len()), piece);
        }
        3 => pieces.rotate_left(one),
        _ => pieces.swap(one, other),
    }
    pieces.join("\n\n") + "\n"
}

/// A local that is new, or has the name of another.
fn with_a_let(random: &mut Random, text: &str) -> String {
    let all = words(text);
    let mut pieces: Vec<String> = text.trim_end().split("\n\n").map(str::to_owned).collect();
    let name = match random.below(3) {
        0 => format!("new_{}", text.len()),
        _ if all.is_empty() => "new".to_owned(),
        _ => all[random.below(all.len())].1.to_owned(),
    };
    let value = match random.below(4) {
        0 => "1".to_owned(),
        1 => "\"a\"".to_owned(),
        2 if !all.is_empty() => all[random.below(all.len())].1.to_owned(),
        _ => "count([1, 2])".to_owned(),
    };
    let place = random.below(pieces.len()) + 1;
    pieces.insert(place, format!("let {name} = {value}"));
    pieces.join("\n\n") + "\n"
}

/// A letter goes.
fn with_a_place_of_one_letter(random: &mut Random, text: &str) -> String {
    let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
    let mut text = text.to_owned();
    if !places.is_empty() {
        text.remove(places[random.below(places.len())]);
    }
    text
}

fn with_other_lines(random: &mut Random, text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (one, other) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(3) {
        0 => drop(lines.remove(one)),
        1 => lines.insert(other, lines[one]),
        _ => lines.swap(one, other),
    }
    lines.join("\n") + "\n"
}
