//! The rules that all others are made of: one word, one token, a name, a list between brackets, and
//! what is passed over.

use std::cell::OnceCell;

use chumsky::error::{Error, LabelError};
use chumsky::extra::{self, SimpleState};
use chumsky::input::{InputRef, MapExtra};
use chumsky::prelude::*;
use chumsky::util::MaybeRef;
use sophia_diagnostics::{Span, codes};

use super::source::{Source, shortened};
use crate::layout::Lexeme;
use crate::mistake::{Mistake, Weight};
use crate::syntax::Name;
use crate::tokens::TokenKind;

/// What the rules read.
pub(super) type Lexemes<'a> = &'a [Lexeme<'a>];
/// What goes along with reading.
pub(super) type Along<'a> = extra::Full<Fault, SimpleState<Source<'a>>, ()>;
/// A rule for a `T`.
pub(super) type Rule<'a, T> = Boxed<'a, 'a, Lexemes<'a>, T, Along<'a>>;
/// The place and the state of a rule that just succeeded.
pub(super) type Here<'a, 'b> = MapExtra<'a, 'b, Lexemes<'a>, Along<'a>>;

/// What a rule that decides by the next lexeme reads from.
pub(super) type Reading<'a, 'b> = InputRef<'a, 'b, Lexemes<'a>, Along<'a>>;

/// Why a rule did not go on.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// Another rule may fit; nothing to tell.
    Unexpected,
    /// A mistake to tell.
    Told(Box<Mistake>),
}

impl From<Mistake> for Fault {
    fn from(mistake: Mistake) -> Self {
        Self::Told(Box::new(mistake))
    }
}

impl From<Box<Mistake>> for Fault {
    fn from(mistake: Box<Mistake>) -> Self {
        Self::Told(mistake)
    }
}

impl<'a, I: chumsky::input::Input<'a>> Error<'a, I> for Fault {}

impl<'a, I: chumsky::input::Input<'a>, L> LabelError<'a, I, L> for Fault {
    fn expected_found<E: IntoIterator<Item = L>>(
        _: E,
        _: Option<MaybeRef<'a, I::Token>>,
        _: I::Span,
    ) -> Self {
        Self::Unexpected
    }
}

/// The bytes that a rule read.
pub(super) fn place(here: &mut Here<'_, '_>) -> Span {
    let run = here.span();
    here.state().span(run)
}

/// One lexeme of a kind.
pub(super) fn token<'a>(kind: TokenKind) -> Rule<'a, Lexeme<'a>> {
    any()
        .filter(move |lexeme: &Lexeme<'a>| lexeme.kind == kind)
        .boxed()
}

/// A word with this text.
pub(super) fn word<'a>(text: &'static str) -> Rule<'a, Lexeme<'a>> {
    any()
        .filter(move |lexeme: &Lexeme<'a>| lexeme.is_word(text))
        .boxed()
}

/// One of these words.
pub(super) fn one_word<'a>(words: &'static [&'static str]) -> Rule<'a, Lexeme<'a>> {
    any()
        .filter(move |lexeme: &Lexeme<'a>| {
            lexeme.kind == TokenKind::Word && words.contains(&lexeme.text)
        })
        .boxed()
}

/// A rule that is made when it is first needed: a file pays only for the rules that it uses.
pub(super) fn lazy<'a, T: 'a>(make: impl Fn() -> Rule<'a, T> + 'a) -> Rule<'a, T> {
    let made = OnceCell::new();
    custom(move |input: &mut Reading<'a, '_>| input.parse(made.get_or_init(&make))).boxed()
}

/// The rule whose word stands next; fails where none of them does. As the rules of a choice, but
/// without trying one after the other: most of a file is read through here.
pub(super) fn by_first_word<'a, T: 'a>(
    rules: Vec<(&'static [&'static str], Rule<'a, T>)>,
) -> Rule<'a, T> {
    custom(move |input: &mut Reading<'a, '_>| {
        let next = input
            .peek_ref()
            .filter(|next| next.kind == TokenKind::Word)
            .ok_or(Fault::Unexpected)?;
        let (_, rule) = rules
            .iter()
            .find(|(words, _)| words.contains(&next.text))
            .ok_or(Fault::Unexpected)?;
        input.parse(rule)
    })
    .boxed()
}

/// Reads nothing and tells that something is missing.
pub(super) fn absent<'a>(what: &'static str) -> Rule<'a, Span> {
    empty()
        .validate(move |(), here: &mut Here<'a, '_>, emitter| {
            let at = here.span().start;
            emitter.emit(here.state().expected(at, what).into());
            here.state().gap(at)
        })
        .boxed()
}

/// A word that must stand here. One that is nearly it is read as it, and told.
pub(super) fn needed_word<'a>(text: &'static str, what: &'static str) -> Rule<'a, ()> {
    custom(move |input: &mut Reading<'a, '_>| {
        let next = input.peek_ref();
        if next.is_some_and(|next| next.is_word(text)) {
            input.skip();
            return Ok(());
        }
        if let Some(near) = next.filter(|next| is_nearly(next, text)) {
            input.emit(misspelt(near, text).into());
            input.skip();
            return Ok(());
        }
        let at = input.span_since(&input.cursor()).start;
        let source = **input.state();
        let gap = source.gap(at);
        let mistake =
            source
                .expected(at, what)
                .fix(format!("write `{text}`"), gap, format!(" {text}"));
        input.emit(mistake.into());
        Ok(())
    })
    .boxed()
}

/// A word that is nearly a keyword, where that keyword stands.
pub(super) fn misspelt(near: &Lexeme<'_>, text: &str) -> Mistake {
    Mistake::new(
        codes::S116,
        Weight::Cause,
        near.span,
        format!("`{}` stands where `{text}` is expected.", near.text),
    )
    .labelled(format!("nearest: `{text}`"))
    .fix(format!("write `{text}`"), near.span, text)
    .within(near.region)
}

/// Whether a word is probably a misspelt keyword.
pub(super) fn is_nearly(lexeme: &Lexeme<'_>, text: &str) -> bool {
    if lexeme.kind != TokenKind::Word {
        return false;
    }
    let allowed = if text.len() <= 3 { 1 } else { 2 };
    let distance = strsim::damerau_levenshtein(&lexeme.text.to_lowercase(), text);
    distance <= allowed && distance < text.len() && lexeme.text.len() + 1 >= text.len()
}

/// Words that a missing name is not mistaken for.
const NOT_NAMES: &[&str] = &["from", "in", "with", "on"];

fn name_of(lexeme: Lexeme<'_>) -> Name {
    Name {
        text: lexeme.text.to_owned(),
        span: lexeme.span,
    }
}

/// Any word.
pub(super) fn any_name<'a>() -> Rule<'a, Name> {
    token(TokenKind::Word).map(name_of).boxed()
}

/// A name; where none stands, an empty one.
pub(super) fn name<'a>(what: &'static str) -> Rule<'a, Name> {
    any()
        .filter(|lexeme: &Lexeme<'a>| {
            lexeme.kind == TokenKind::Word && !NOT_NAMES.contains(&lexeme.text)
        })
        .map(name_of)
        .or(absent(what).map(|span| Name {
            text: String::new(),
            span,
        }))
        .boxed()
}

/// A name with dots, such as `std.sales`, as one name.
pub(super) fn path_name<'a>(what: &'static str) -> Rule<'a, Name> {
    path()
        .map_with(|names, here| Name {
            text: names
                .iter()
                .map(|name| name.text.as_str())
                .collect::<Vec<_>>()
                .join("."),
            span: place(here),
        })
        .or(absent(what).map(|span| Name {
            text: String::new(),
            span,
        }))
        .boxed()
}

/// Names with dots between them.
pub(super) fn path<'a>() -> Rule<'a, Vec<Name>> {
    any_name()
        .separated_by(token(TokenKind::Dot))
        .at_least(1)
        .collect()
        .boxed()
}

/// A whole number that must stand here; 0 where none does.
pub(super) fn count<'a>(what: &'static str) -> Rule<'a, u64> {
    token(TokenKind::Integer)
        .validate(|lexeme, here: &mut Here<'a, '_>, emitter| {
            lexeme.text.parse::<u64>().unwrap_or_else(|_| {
                let region = lexeme.region;
                let _ = here;
                emitter.emit(
                    Mistake::new(
                        codes::S119,
                        Weight::Cause,
                        lexeme.span,
                        format!("`{}` is too large for a whole number.", lexeme.text),
                    )
                    .labelled("too large")
                    .within(region)
                    .into(),
                );
                0
            })
        })
        .or(absent(what).map(|_| 0))
        .boxed()
}

/// The words that a modifier begins with, and `most`, which has lost its `at`.
const MODIFIERS: &[&str] = &[
    "retry",
    "timeout",
    "at",
    "most",
    "otherwise",
    "undo",
    "within",
    "remind",
    "unsure",
    "named",
];

/// Whether a modifier of a step begins here.
pub(super) fn begins_modifier(lexeme: &Lexeme<'_>) -> bool {
    lexeme.kind == TokenKind::Word && MODIFIERS.contains(&lexeme.text)
}

/// Where a run of words that nothing understood ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// A comma, a line end, a closing bracket.
    Item,
    /// A line end, a closing bracket.
    Line,
    /// The brace of a block, a line end, a closing bracket.
    Block,
    /// The next `|`, a line end, a closing bracket.
    Stage,
    /// The next `|`, a comma, a line end, a closing bracket.
    StageItem,
    /// A closing bracket.
    Close,
    /// The next modifier, a line end, a closing bracket.
    Modifier,
    /// The word `as` or `with`, a line end, a closing bracket.
    Binding,
}

impl Until {
    fn stops(self, lexeme: &Lexeme<'_>) -> bool {
        use TokenKind::{Comma, LineEnd, OpenBrace, Pipe};
        if lexeme.kind.is_closing() || (lexeme.kind == LineEnd && self != Self::Close) {
            return true;
        }
        match self {
            Self::Close | Self::Line => false,
            Self::Item => lexeme.kind == Comma,
            Self::Block => lexeme.kind == OpenBrace,
            Self::Stage => lexeme.kind == Pipe,
            Self::StageItem => matches!(lexeme.kind, Comma | Pipe),
            Self::Modifier => begins_modifier(lexeme),
            Self::Binding => lexeme.is_word("as") || lexeme.is_word("with"),
        }
    }
}

/// Passes over everything up to an end, whole brackets at a time. Reads nothing where nothing stands.
pub(super) fn skip<'a>(until: Until) -> Rule<'a, ()> {
    custom(move |input: &mut Reading<'a, '_>| {
        let mut depth = 0_usize;
        loop {
            let Some(next) = input.peek_ref() else {
                return Ok(());
            };
            if depth == 0 && until.stops(next) {
                return Ok(());
            }
            if next.kind.closed_by().is_some() {
                depth += 1;
            } else if next.kind.is_closing() {
                depth = depth.saturating_sub(1);
            }
            input.skip();
        }
    })
    .boxed()
}

/// Passes over what is left and tells the first of it.
pub(super) fn leftover<'a>(until: Until) -> Rule<'a, ()> {
    let told = skip(until).validate(|(), here: &mut Here<'a, '_>, emitter| {
        let run = here.span();
        if run.start == run.end {
            return;
        }
        let source = here.state();
        let Some(first) = source.lexeme(run.start) else {
            return;
        };
        if first.kind == TokenKind::Question {
            emitter.emit(question_mark(first).into());
            return;
        }
        let after_number = (run.start.checked_sub(1))
            .and_then(|before| source.lexeme(before))
            .is_some_and(|before| before.kind == TokenKind::Integer);
        if first.is_word("business") && after_number {
            emitter.emit(business_days(first).into());
            return;
        }
        let found = if first.kind == TokenKind::TextStart {
            "This text".to_owned()
        } else {
            format!("`{}`", shortened(first.text))
        };
        emitter.emit(
            Mistake::new(
                codes::S101,
                Weight::Leftover,
                first.span,
                format!("{found} is not expected here: the statement could end before it."),
            )
            .labelled("not expected")
            .within(first.region)
            .into(),
        );
    });
    let told = told.boxed();
    custom(move |input: &mut Reading<'a, '_>| {
        if input.peek_ref().is_none_or(|next| until.stops(next)) {
            return Ok(());
        }
        input.parse(&told)
    })
    .boxed()
}

/// Items between brackets, a comma or a line end between two. An item may read nothing; what it
/// leaves is passed over and told.
pub(super) fn between<'a, T: 'a>(
    open: TokenKind,
    item: Rule<'a, T>,
    until: Until,
) -> Rule<'a, Vec<T>> {
    let close = open.closed_by().unwrap_or(TokenKind::CloseBrace);
    token(open)
        .ignore_then(items(item, until))
        .then_ignore(token(close).or_not())
        .boxed()
}

/// Items up to a closing bracket or the end.
pub(super) fn items<'a, T: 'a>(item: Rule<'a, T>, until: Until) -> Rule<'a, Vec<T>> {
    let rest = leftover(until);
    custom(move |input: &mut Reading<'a, '_>| {
        let mut found = Vec::new();
        let mut separable = false;
        while let Some(next) = input.peek_ref() {
            match next.kind {
                TokenKind::LineEnd => input.skip(),
                TokenKind::Comma => {
                    if !separable {
                        input.emit(lonely_comma(next).into());
                    }
                    separable = false;
                    input.skip();
                }
                kind if kind.is_closing() => break,
                _ => {
                    found.push(input.parse(&item)?);
                    input.parse(&rest)?;
                    separable = true;
                }
            }
        }
        Ok(found)
    })
    .boxed()
}

/// `C ? a : b`, as other languages choose between two values.
fn question_mark(mark: &Lexeme<'_>) -> Mistake {
    Mistake::new(
        codes::S123,
        Weight::Cause,
        mark.span,
        "A choice between two values is written `if … then … else …`.",
    )
    .labelled("from another language")
    .help("write `if CONDITION then VALUE else VALUE`")
    .within(mark.region)
}

/// `today + 3 business days`
fn business_days(word: &Lexeme<'_>) -> Mistake {
    Mistake::new(
        codes::S101,
        Weight::Cause,
        word.span,
        "Business days stand behind `wait` and `within` only.",
    )
    .labelled("not counted here")
    .help("count days, as in `today + 5 days`, or let the run wait: `wait 3 business days`")
    .within(word.region)
}

fn lonely_comma(comma: &Lexeme<'_>) -> Mistake {
    Mistake::new(
        codes::S101,
        Weight::Leftover,
        comma.span,
        "Nothing stands before this comma.",
    )
    .labelled("separates nothing")
    .fix("remove it", comma.span, "")
    .within(comma.region)
}

/// Succeeds, reading nothing, where the next lexeme is as asked.
pub(super) fn ahead<'a>(asked: impl Fn(&Lexeme<'a>) -> bool + 'a) -> Rule<'a, ()> {
    custom(
        move |input: &mut Reading<'a, '_>| match input.peek_ref().filter(|next| asked(next)) {
            Some(_) => Ok(()),
            None => Err(Fault::Unexpected),
        },
    )
    .boxed()
}

/// `as NAME`, where it stands.
pub(super) fn binding<'a>(what: &'static str) -> Rule<'a, Option<Name>> {
    word("as").ignore_then(name(what)).or_not().boxed()
}

/// A comma that must stand before one of these words.
pub(super) fn comma_before<'a>(words: &'static [&'static str]) -> Rule<'a, ()> {
    let absent = ahead(|lexeme| lexeme.kind == TokenKind::Word && words.contains(&lexeme.text))
        .ignore_then(absent("A comma"))
        .ignored();
    token(TokenKind::Comma).ignored().or(absent).boxed()
}

/// Passes over a comma, where one stands.
pub(super) fn comma<'a>() -> Rule<'a, ()> {
    token(TokenKind::Comma).or_not().ignored().boxed()
}

/// The lexeme at the cursor and the one after it, reading nothing.
pub(super) fn ahead_two<'a>(asked: impl Fn(&Lexeme<'a>, &Lexeme<'a>) -> bool + 'a) -> Rule<'a, ()> {
    custom(move |input: &mut Reading<'a, '_>| {
        let at = input.span_since(&input.cursor()).start;
        let source = **input.state();
        match (source.lexeme(at), source.lexeme(at + 1)) {
            (Some(first), Some(second)) if asked(first, second) => Ok(()),
            _ => Err(Fault::Unexpected),
        }
    })
    .boxed()
}
