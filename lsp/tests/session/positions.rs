//! Places go over and back, however a client counts.

use proptest::prelude::*;
use serde_json::json;
use sophia_lsp::protocol::{Position, Range, TextDocumentContentChangePartial};
use sophia_lsp::text::{Encoding, Text, apply};

use crate::client::Client;
use crate::project::{LOCK, MANIFEST, SOUND};

fn written() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        Just('a'),
        Just('é'),
        Just('→'),
        Just('𝄞'),
        Just('\n'),
        Just('\r'),
        Just(' '),
    ];
    proptest::collection::vec(letters, 0..40).prop_map(|letters| letters.into_iter().collect())
}

fn encoding() -> impl Strategy<Value = Encoding> {
    prop_oneof![
        Just(Encoding::Utf8),
        Just(Encoding::Utf16),
        Just(Encoding::Utf32)
    ]
}

/// Lines and columns by walking over the text, letter by letter.
fn walked(text: &str, offset: usize, encoding: Encoding) -> Position {
    let (mut line, mut column, mut at) = (0, 0, 0);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if at >= offset {
            break;
        }
        at += letter.len_utf8();
        let ends = letter == '\n' || (letter == '\r' && letters.peek() != Some(&'\n'));
        if ends {
            (line, column) = (line + 1, 0);
        } else if letter != '\r' {
            column += match encoding {
                Encoding::Utf8 => letter.len_utf8(),
                Encoding::Utf16 => letter.len_utf16(),
                Encoding::Utf32 => 1,
            };
        }
    }
    Position {
        line,
        character: u32::try_from(column).unwrap(),
    }
}

proptest! {
    #[test]
    fn a_place_is_where_a_walk_ends(text in written(), encoding in encoding()) {
        let lines = Text::new(text.as_str());
        for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let place = lines.position(offset, encoding);
            prop_assert_eq!(place, walked(&text, offset, encoding), "{} of {:?}", offset, &text);
            let back = lines.offset(place, encoding);
            // Between the two letters of one line break lies no place of its own.
            let inside_break = text[..offset].ends_with('\r') && text[offset..].starts_with('\n');
            prop_assert_eq!(back, if inside_break { offset - 1 } else { offset });
        }
    }

    #[test]
    fn any_place_of_a_client_is_one_of_the_text(
        text in written(), line in 0u32..50, character in 0u32..50, encoding in encoding(),
    ) {
        let lines = Text::new(text.as_str());
        let offset = lines.offset(Position { line, character }, encoding);
        prop_assert!(text.is_char_boundary(offset));
    }

    #[test]
    fn a_change_is_what_it_replaces(
        text in written(), put in written(), from in 0usize..50, to in 0usize..50, encoding in encoding(),
    ) {
        let lines = Text::new(text.as_str());
        let place = |number: usize| {
            let mut at = number.min(text.len());
            while !text.is_char_boundary(at) || (text[..at].ends_with('\r') && text[at..].starts_with('\n')) {
                at -= 1;
            }
            at
        };
        let (from, to) = (place(from.min(to)), place(from.max(to)));
        #[allow(deprecated)]
        let change = TextDocumentContentChangePartial {
            range: Range { start: lines.position(from, encoding), end: lines.position(to, encoding) },
            range_length: None,
            text: put.clone(),
        };
        let now = apply(&lines, &[change.into()], encoding);
        prop_assert_eq!(now.as_str(), format!("{}{}{}", &text[..from], put, &text[to..]));
        prop_assert_eq!(now.clone(), Text::new(now.as_str()));
    }
}

#[test]
fn changes_that_come_out_of_their_order_leave_the_text_of_the_client() {
    let mut client = Client::new(&[("sophia.toml", MANIFEST), ("sophia.lock", LOCK)]);
    client.open("hello.sophia", SOUND);
    let typed = |version: i32, character: u32, text: &str| {
        let place = json!({ "line": 0, "character": character });
        json!({
            "textDocument": { "uri": Client::uri("hello.sophia"), "version": version },
            "contentChanges": [{ "range": { "start": place, "end": place }, "text": text }],
        })
    };
    // `abcd` is typed at the beginning.
    for (version, character, text) in [(4, 2, "c"), (5, 3, "d"), (3, 1, "b"), (2, 0, "a")] {
        client.tell("textDocument/didChange", typed(version, character, text));
    }
    let params = json!({ "textDocument": { "uri": Client::uri("hello.sophia") } });
    let held = client.ask("sophia/text", params.clone());
    assert_eq!(held["text"], format!("abcd{SOUND}"));
    assert_eq!(held["version"], 5);
    // What is typed afterwards is typed in that text, however much it is.
    for number in 0..100 {
        client.tell("textDocument/didChange", typed(6 + number, 4, "e"));
    }
    let held = client.ask("sophia/text", params);
    assert_eq!(held["text"], format!("abcd{}{SOUND}", "e".repeat(100)));
}
