//! Makes new inputs out of a corpus: bytes flipped, pieces taken out, doubled, moved and joined with
//! those of other inputs, words of the dictionary put in.

use fastrand::Rng;

/// The next input. Some of what is made joins the corpus, so that changes add up.
pub fn next(
    corpus: &mut Vec<Vec<u8>>,
    words: &[Vec<u8>],
    longest: usize,
    random: &mut Rng,
) -> Vec<u8> {
    let mut bytes = window(&corpus[random.usize(..corpus.len())], longest, random);
    for _ in 0..random.usize(1..=4) {
        change(&mut bytes, corpus, words, random);
    }
    bytes.truncate(longest);
    // Grows to a few hundred, so that the first inputs stay in use.
    if random.u8(..) < 16 {
        let room = 400;
        if corpus.len() < room {
            corpus.push(bytes.clone());
        } else {
            let place = random.usize(room / 2..room);
            corpus[place].clone_from(&bytes);
        }
    }
    bytes
}

/// A piece of an input, at line breaks where it is too long.
fn window(bytes: &[u8], longest: usize, random: &mut Rng) -> Vec<u8> {
    if bytes.len() <= longest {
        return bytes.to_vec();
    }
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let first = random.usize(..lines.len());
    let mut piece = Vec::new();
    for line in &lines[first..] {
        if piece.len() + line.len() > longest {
            break;
        }
        piece.extend_from_slice(line);
    }
    piece
}

fn change(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], words: &[Vec<u8>], random: &mut Rng) {
    let place = random.usize(..=bytes.len());
    let piece = piece_of(bytes, random);
    match random.u8(0..9) {
        0 if !bytes.is_empty() => {
            let at = random.usize(..bytes.len());
            bytes[at] ^= 1 << random.u8(0..8);
        }
        1 if !bytes.is_empty() => {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        2 => {
            bytes.drain(piece);
        }
        3 => {
            let doubled = bytes[piece.clone()].to_vec();
            bytes.splice(piece.end..piece.end, doubled);
        }
        4 => {
            let moved: Vec<u8> = bytes.drain(piece).collect();
            let place = random.usize(..=bytes.len());
            bytes.splice(place..place, moved);
        }
        5 | 6 if !words.is_empty() => {
            let word = words[random.usize(..words.len())].clone();
            bytes.splice(place..place, word);
        }
        7 => {
            let other = &corpus[random.usize(..corpus.len())];
            let taken = other[piece_of(other, random)].to_vec();
            bytes.splice(piece, taken);
        }
        _ => {
            let other = &corpus[random.usize(..corpus.len())];
            bytes.truncate(place);
            bytes.extend_from_slice(&other[random.usize(..=other.len())..]);
        }
    }
}

/// A piece: a word, or any bytes.
fn piece_of(bytes: &[u8], random: &mut Rng) -> std::ops::Range<usize> {
    let start = random.usize(..=bytes.len());
    if random.bool() {
        let end = random.usize(start..=bytes.len().min(start + 24));
        return start..end;
    }
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let before = bytes[..start]
        .iter()
        .rev()
        .take_while(|byte| is_word(byte))
        .count();
    let after = bytes[start..]
        .iter()
        .take_while(|byte| is_word(byte))
        .count();
    start - before..start + after
}
