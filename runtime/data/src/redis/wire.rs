//! What is sent to Redis, and what it answers: RESP, the second version of its protocol.
//!
//! Kept true here: an answer takes no more memory than it is allowed, whatever the other side sends.

use std::io::{Error, ErrorKind};

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// The most bytes of one text. Redis itself allows 512 MB.
const LARGEST: usize = 16 * 1024 * 1024;

/// The most items of one list.
const MOST: usize = 1024 * 1024;

/// How deep lists stand in lists.
const DEEPEST: usize = 8;

/// The longest line.
const LONGEST: u64 = 64 * 1024;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Text(Vec<u8>),
    Number(i64),
    List(Vec<Self>),
    /// There is nothing.
    Nothing,
    /// It refused, in its own words.
    Refused(String),
}

impl Answer {
    /// The text, where it is one. What is no UTF-8 is shown as such.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// The items, where it is a list.
    pub(super) fn items(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }
}

/// Sends a command.
pub(super) async fn send(
    writer: &mut (impl AsyncWrite + Unpin),
    words: &[&str],
) -> Result<(), Error> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n{word}\r\n", word.len()).into_bytes());
    }
    writer.write_all(&bytes).await?;
    writer.flush().await
}

/// Reads an answer.
pub(super) async fn answer(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<Answer, Error> {
    /// A list of which items are still to come.
    struct Open {
        items: Vec<Answer>,
        left: usize,
    }
    let mut open: Vec<Open> = Vec::new();
    loop {
        let line = line(reader).await?;
        let (kind, rest) = line.split_at_checked(1).ok_or_else(nonsense)?;
        let mut read = match kind {
            "+" => Answer::Text(rest.as_bytes().to_vec()),
            "-" => Answer::Refused(rest.to_owned()),
            ":" => Answer::Number(number(rest)?),
            "$" => match length(rest, LARGEST)? {
                None => Answer::Nothing,
                Some(length) => Answer::Text(bytes(reader, length).await?),
            },
            "*" => match length(rest, MOST)? {
                None => Answer::Nothing,
                Some(0) => Answer::List(Vec::new()),
                Some(left) if open.len() < DEEPEST => {
                    let items = Vec::new();
                    open.push(Open { items, left });
                    continue;
                }
                Some(_) => return Err(nonsense()),
            },
            _ => return Err(nonsense()),
        };
        loop {
            let Some(mut around) = open.pop() else {
                return Ok(read);
            };
            around.items.push(read);
            around.left -= 1;
            if around.left > 0 {
                open.push(around);
                break;
            }
            read = Answer::List(around.items);
        }
    }
}

async fn line(reader: &mut (impl AsyncBufRead + Unpin)) -> Result<String, Error> {
    let mut line = Vec::new();
    let mut bounded = reader.take(LONGEST);
    bounded.read_until(b'\n', &mut line).await?;
    if line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let line = line.strip_suffix(b"\r\n").ok_or_else(nonsense)?;
    Ok(String::from_utf8_lossy(line).into_owned())
}

async fn bytes(reader: &mut (impl AsyncBufRead + Unpin), length: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes).await?;
    if !bytes.ends_with(b"\r\n") {
        return Err(nonsense());
    }
    bytes.truncate(length);
    Ok(bytes)
}

fn number(text: &str) -> Result<i64, Error> {
    text.parse().map_err(|_| nonsense())
}

/// A length; nothing for what is not there.
fn length(text: &str, most: usize) -> Result<Option<usize>, Error> {
    let length = number(text)?;
    if length < 0 {
        return Ok(None);
    }
    let length = usize::try_from(length)
        .ok()
        .filter(|length| *length <= most);
    length
        .map(Some)
        .ok_or_else(|| Error::new(ErrorKind::InvalidData, format!("more than {most} at once")))
}

fn nonsense() -> Error {
    Error::new(ErrorKind::InvalidData, "it does not speak as Redis does")
}
