//! Tests: `given`, `run`, `then` and `expect`, a line each.

use chumsky::prelude::*;

use super::expression::Values;
use super::flow::delay;
use super::parts::{
    Here, Rule, Until, absent, ahead, ahead_two, between, count, leftover, needed_word, one_word,
    path, place, skip, token, word,
};
use super::trigger::event_path;
use crate::syntax::{
    Answer, Expectation, Expression, Given, GivenAnswer, GivenSubject, Happening, Item, Name, Test,
    TestLine, TextPart,
};
use crate::tokens::TokenKind;

/// `test "…" { … }`
pub(super) fn test<'a>(values: &Values<'a>) -> Rule<'a, Item> {
    let title = values
        .text
        .clone()
        .map(|text| {
            let title = text
                .parts
                .iter()
                .filter_map(|part| match part {
                    TextPart::Plain(plain) => Some(plain.as_str()),
                    TextPart::Hole(_) => None,
                })
                .collect::<String>();
            (title, text.span)
        })
        .or(absent("A title between quotes").map(|span| (String::new(), span)));
    let lines = between(TokenKind::OpenBrace, line(values), Until::Line)
        .or(absent("A body between `{` and `}`").map(|_| Vec::new()));
    word("test")
        .ignore_then(title)
        .then_ignore(leftover(Until::Block))
        .then(lines)
        .map_with(|((title, title_span), lines), here| {
            Item::Test(Test {
                title,
                title_span,
                lines,
                span: place(here),
            })
        })
        .boxed()
}

fn line<'a>(values: &Values<'a>) -> Rule<'a, TestLine> {
    choice((
        given(values),
        run(values),
        expect(values),
        then(values),
        skip(Until::Line)
            .validate(|(), here: &mut Here<'a, '_>, emitter| {
                let at = here.span().start;
                emitter.emit(
                    here.state()
                        .expected(
                            at,
                            "A line that begins with `given`, `run`, `then` or `expect`",
                        )
                        .into(),
                );
                TestLine::Error(place(here))
            })
            .boxed(),
    ))
    .boxed()
}

fn given<'a>(values: &Values<'a>) -> Rule<'a, TestLine> {
    let times = token(TokenKind::Integer)
        .rewind()
        .ignore_then(count("How often"))
        .then_ignore(
            one_word(&["time", "times"])
                .ignored()
                .or(absent("`times`").ignored()),
        )
        .map(|times| u32::try_from(times).unwrap_or(u32::MAX));
    let message = values
        .text
        .clone()
        .map(Expression::Text)
        .or(absent("A message between quotes").map(Expression::Missing));
    let fails = word("fails")
        .ignore_then(message)
        .then(times.or_not())
        .map(|(message, times)| GivenAnswer::Fails { message, times });
    let value = token(TokenKind::Equal)
        .ignored()
        .or(absent("`=` with a value, or `fails`").ignored())
        .ignore_then(values.whole.clone())
        .map(GivenAnswer::Value);
    let names = path()
        .or(absent("What is given, such as `customers`,").map(|span| {
            vec![Name {
                text: String::new(),
                span,
            }]
        }))
        .map(GivenSubject::Path);
    let spoken = |first: &'static str| {
        ahead_two(move |begin, text| begin.is_word(first) && text.kind == TokenKind::TextStart)
            .ignore_then(word(first))
            .ignore_then(values.text.clone())
    };
    let subject = choice((
        spoken("ask").map(GivenSubject::Ask).boxed(),
        spoken("file").map(GivenSubject::File).boxed(),
        names.boxed(),
    ));
    word("given")
        .ignore_then(subject)
        .then(fails.or(value))
        .map_with(|(subject, answer), here| {
            TestLine::Given(Given {
                subject,
                answer,
                span: place(here),
            })
        })
        .boxed()
}

fn run<'a>(values: &Values<'a>) -> Rule<'a, TestLine> {
    let with = word("with").ignore_then(values.item.clone());
    let bare = ahead(|lexeme| lexeme.kind == TokenKind::OpenBrace)
        .ignore_then(absent("`with`"))
        .ignore_then(values.item.clone());
    word("run")
        .ignore_then(with.or(bare).or_not())
        .map_with(|with, here| TestLine::Run {
            with,
            span: place(here),
        })
        .boxed()
}

fn expect<'a>(values: &Values<'a>) -> Rule<'a, TestLine> {
    let waits = ahead_two(|first, second| first.is_word("waits") && second.is_word("for"))
        .ignore_then(word("waits"))
        .ignore_then(word("for"))
        .ignore_then(values.plain.clone())
        .map(Expectation::WaitsFor);
    let before = skip_path(&["before"])
        .then(word("before"))
        .rewind()
        .ignore_then(effect())
        .then_ignore(word("before"))
        .then(effect())
        .map(|(first, second)| Expectation::Before { first, second });
    let what = choice((
        waits.boxed(),
        before.boxed(),
        called(values),
        fails(values),
        values.plain.clone().map(Expectation::Holds).boxed(),
    ));
    word("expect")
        .ignore_then(what)
        .map_with(|what, here| TestLine::Expect {
            what,
            span: place(here),
        })
        .boxed()
}

/// The path of an effect, as it stands after `do`.
fn effect<'a>() -> Rule<'a, Vec<Name>> {
    event_path("A call such as `slack.post_message`")
}

/// `then 3 days pass`, `then zendesk.ticket_closed arrives { … }`, `then "cs-leads" approves`
fn then<'a>(values: &Values<'a>) -> Rule<'a, TestLine> {
    let passes = ahead(|lexeme| matches!(lexeme.kind, TokenKind::Integer | TokenKind::Number))
        .ignore_then(delay(values))
        .then_ignore(
            one_word(&["pass", "passes"])
                .ignored()
                .or(absent("`pass`").ignored()),
        )
        .map(Happening::Passes);
    let record = ahead(|lexeme| lexeme.kind == TokenKind::OpenBrace)
        .ignore_then(values.item.clone())
        .boxed();
    let with = word("with").or_not().ignore_then(record.clone());
    let answer = one_word(&["approves", "refuses", "answers"])
        .map(|found| match found.text {
            "approves" => Answer::Approves,
            "refuses" => Answer::Refuses,
            _ => Answer::Fills,
        })
        .or(absent("`approves`, `refuses` or `answers`").to(Answer::Approves));
    let answers = ahead(|lexeme| lexeme.kind == TokenKind::TextStart)
        .ignore_then(values.postfix.clone())
        .then(answer)
        .then(with.or_not())
        .map(|((whom, answer), with)| Happening::Answers { whom, answer, with });
    let arrives = event_path("What happens, such as `3 days pass` or `\"cs-leads\" approves`,")
        .then_ignore(needed_word("arrives", "`arrives`"))
        .then(record.or_not())
        .map(|(event, value)| Happening::Arrives { event, value });
    word("then")
        .ignore_then(choice((passes.boxed(), answers.boxed(), arrives.boxed())))
        .map_with(|what, here| TestLine::Then {
            what,
            span: place(here),
        })
        .boxed()
}

fn fails<'a>(values: &Values<'a>) -> Rule<'a, Expectation> {
    word("fails")
        .ignore_then(values.text.clone().map(Expression::Text).or_not())
        .map(|message| Expectation::Fails { message })
        .boxed()
}

/// `slack.post_message called once with { … }`
fn called<'a>(values: &Values<'a>) -> Rule<'a, Expectation> {
    let never = word("never")
        .ignore_then(needed_word("called", "`called`"))
        .to(0_u64);
    let number = token(TokenKind::Integer)
        .rewind()
        .ignore_then(count("A number"))
        .then_ignore(
            one_word(&["time", "times"])
                .ignored()
                .or(absent("`times`").ignored()),
        );
    let often = word("once")
        .to(1_u64)
        .or(word("never").to(0))
        .or(number)
        .or(absent("`once`, `never` or a number of times").to(1));
    let called = word("called").ignore_then(often.clone());
    let bare = ahead(|lexeme| lexeme.is_word("once"))
        .ignore_then(absent("`called`"))
        .ignore_then(often);
    let with = word("with")
        .ignored()
        .or(ahead(|lexeme| lexeme.kind == TokenKind::OpenBrace)
            .ignore_then(absent("`with`"))
            .ignored())
        .ignore_then(values.item.clone());
    let names = path().or(
        ahead(|lexeme| lexeme.is_word("called") || lexeme.is_word("never"))
            .ignore_then(absent("A call such as `slack.post_message`"))
            .map(|_| Vec::new()),
    );
    let names_a_call = skip_path(&["called", "never", "once"])
        .then(one_word(&["called", "never", "once"]))
        .rewind();
    names_a_call
        .ignore_then(names)
        .then(never.or(called).or(bare))
        .then(with.or_not())
        .map(|((path, times), with)| Expectation::Called {
            path,
            times: u32::try_from(times).unwrap_or(u32::MAX),
            with,
        })
        .boxed()
}

/// Names and dots in any order, up to one of these words: a path that may have lost one.
fn skip_path<'a>(ends: &'static [&'static str]) -> Rule<'a, ()> {
    any()
        .filter(|lexeme: &crate::layout::Lexeme<'a>| {
            lexeme.kind == TokenKind::Dot
                || (lexeme.kind == TokenKind::Word && !ends.contains(&lexeme.text))
        })
        .repeated()
        .boxed()
}
