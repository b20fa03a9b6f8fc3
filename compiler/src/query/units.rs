//! What arithmetic and choice do to types: promotion of numbers, money and percent, dates.

use std::sync::Arc;

use sophia_plan::types::Type;
use sqlparser::ast::BinaryOperator;

use super::dialect::Dialect;
use super::typed::{Literal, Typed, is_number};

#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
/// The type of `left operator right` for `+ - * / %`.
pub(super) fn arithmetic(
    dialect: Dialect,
    operator: &BinaryOperator,
    left: &Type,
    right: &Type,
) -> Type {
    use Type::{
        Boolean, Date, Decimal, Duration, Integer, Json, None, Number, Text, Time, Timestamp,
        Unknown,
    };
    match (left, right) {
        (Unknown | Json, _) | (_, Unknown | Json) => return Unknown,
        (None, other) | (other, None) => return other.clone(),
        _ => {}
    }
    let adds = matches!(operator, BinaryOperator::Plus | BinaryOperator::Minus);
    let minus = matches!(operator, BinaryOperator::Minus);
    match (left, right) {
        // SQLite keeps dates as texts and adds the numbers that they begin with.
        (Date | Timestamp | Time, _) | (_, Date | Timestamp | Time)
            if dialect == Dialect::Sqlite =>
        {
            Number
        }
        (Date, Date) if minus => Integer,
        (Timestamp | Date, Timestamp | Date) | (Time, Time) if minus => Duration,
        (Date, Integer | Number | Decimal) | (Integer, Date) if adds => Date,
        (Date, Duration) | (Duration, Date) if adds => {
            if dialect == Dialect::Postgres {
                Timestamp
            } else {
                Date
            }
        }
        (Timestamp, Duration) | (Duration, Timestamp) | (Date, Time) | (Time, Date) if adds => {
            Timestamp
        }
        (Time, Duration) | (Duration, Time) if adds => Time,
        (Duration, Duration) if adds => Duration,
        (Duration, other) | (other, Duration) if is_number(other) => Duration,
        _ => {
            let plain = |of: &Type| match of {
                Boolean => Integer,
                Text => Number,
                other => other.clone(),
            };
            let (left, right) = (plain(left), plain(right));
            if is_number(&left) && is_number(&right) {
                numbers(dialect, operator, &left, &right)
            } else {
                Unknown
            }
        }
    }
}

#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
fn numbers(dialect: Dialect, operator: &BinaryOperator, left: &Type, right: &Type) -> Type {
    use Type::{Decimal, Integer, Money, Number, Percent};
    let adds = matches!(operator, BinaryOperator::Plus | BinaryOperator::Minus);
    let divides = matches!(operator, BinaryOperator::Divide);
    match (left, right) {
        (Money(_), Money(_)) if divides => Number,
        (Money(currency), _) if !matches!(right, Money(_)) => Money(currency.clone()),
        (_, Money(currency)) if !divides => Money(currency.clone()),
        (Percent, Percent) if !divides => Percent,
        (Percent, _) | (_, Percent) if adds => Percent,
        (Percent | Money(_), _) | (_, Percent | Money(_)) => Number,
        (Integer, Integer) if divides && dialect == Dialect::Snowflake => Decimal,
        (Integer, Integer) => Integer,
        (Number, _) | (_, Number) => Number,
        _ => Decimal,
    }
}

#[allow(clippy::match_same_arms, reason = "a rule each; their order decides")]
/// The one type that holds the values of both, as `case`, `coalesce` and `union` give it.
pub(super) fn common(left: &Typed, right: &Typed) -> Type {
    use Type::{Boolean, Date, Decimal, Integer, Json, None, Text, Timestamp, Unknown};
    if left.of == right.of {
        return left.of.clone();
    }
    // A literal takes the unit or the kind of what stands beside it: `coalesce(amount, 0)`.
    for (literal, other) in [(left, right), (right, left)] {
        match (&literal.literal, &other.of) {
            (Some(Literal::Number(_)), Type::Money(_) | Type::Percent) => return other.of.clone(),
            (Some(Literal::Number(digits)), Boolean) if matches!(&**digits, "0" | "1") => {
                return Boolean;
            }
            (Some(Literal::Text(text)), Date | Timestamp | Type::Time)
                if may_be_read(text, &other.of) =>
            {
                return other.of.clone();
            }
            _ => {}
        }
        if literal.hole.is_some() && literal.of == Unknown {
            return other.of.clone();
        }
    }
    match (&left.of, &right.of) {
        (None, other) | (other, None) => other.clone(),
        (Unknown, _) | (_, Unknown) => Unknown,
        (Json, _) | (_, Json) => Json,
        (Date, Timestamp) | (Timestamp, Date) => Timestamp,
        (Type::List(left), Type::List(right)) if left.present() == right.present() => {
            Type::List(Arc::new(left.present().clone().optional()))
        }
        (Text, Type::Literals(_)) | (Type::Literals(_), Text) => Text,
        (Boolean, Integer) | (Integer, Boolean) => Integer,
        (Type::Money(_), Type::Money(_)) => Unknown,
        (money @ Type::Money(_), other) | (other, money @ Type::Money(_)) if is_number(other) => {
            money.clone()
        }
        (Type::Percent, other) | (other, Type::Percent) if is_number(other) => Type::Number,
        (Type::Number, other) | (other, Type::Number) if is_number(other) => Type::Number,
        (Decimal, other) | (other, Decimal) if is_number(other) => Decimal,
        _ => Unknown,
    }
}

/// Whether a source may read a text that is written out as a value of this type. Words such as `now` it reads, too.
pub(super) fn may_be_read(text: &str, of: &Type) -> bool {
    const WORDS: [&str; 10] = [
        "epoch",
        "infinity",
        "-infinity",
        "now",
        "today",
        "tomorrow",
        "yesterday",
        "allballs",
        "nan",
        "",
    ];
    let text = text.trim().to_lowercase();
    match of {
        Type::Date | Type::Time | Type::Timestamp | Type::Duration => {
            text.contains(|letter: char| letter.is_ascii_digit()) || WORDS.contains(&text.as_str())
        }
        Type::Boolean => "true yes on false no off 1 0"
            .split(' ')
            .any(|word| word.starts_with(&text)),
        of if is_number(of) => {
            text.contains(|letter: char| letter.is_ascii_digit()) || WORDS.contains(&text.as_str())
        }
        _ => true,
    }
}

/// `common` over several, with their sources; missing if one of them may be.
pub(super) fn common_of(parts: &[&Typed]) -> Typed {
    let mut parts_iter = parts.iter();
    let Some(first) = parts_iter.next() else {
        return Typed::unknown();
    };
    let mut so_far = (*first).clone();
    so_far.column = false;
    for part in parts_iter {
        let of = common(&so_far, part);
        let literal = match (&so_far.literal, &part.literal) {
            (Some(literal), Some(_)) => Some(literal.clone()),
            _ => None,
        };
        let hole = so_far.hole.filter(|_| of == Type::Unknown);
        let nullable = so_far.nullable || part.nullable || part.of == Type::None;
        let known = |typed: &Typed| !matches!(typed.of, Type::Unknown | Type::None);
        let clash = if of != Type::Unknown {
            None
        } else if known(&so_far) && known(part) {
            Some(Box::new((so_far.of.clone(), part.of.clone())))
        } else {
            so_far.clash.clone().or_else(|| part.clash.clone())
        };
        so_far = Typed {
            reported: of == Type::Unknown && (so_far.reported || part.reported),
            clash,
            literal,
            hole,
            nullable,
            ..Typed::made_of(of, [&so_far, *part])
        };
    }
    so_far.hole = None;
    so_far.literal = None;
    so_far
}

/// The type of `sum` over values; `wide` where PostgreSQL keeps them in eight bytes.
pub(super) fn sum(of: &Type, wide: bool) -> Type {
    match of {
        Type::Integer if wide => Type::Decimal,
        Type::Boolean => Type::Integer,
        Type::Text => Type::Number,
        other => other.clone(),
    }
}

/// The type of the left side of a comparison in PostgreSQL: a number becomes the wider of both.
pub(super) fn promoted(left: &Type, right: &Type) -> Type {
    match (left, right) {
        (Type::Integer | Type::Decimal, Type::Number) => Type::Number,
        (Type::Integer, Type::Decimal) => Type::Decimal,
        _ => left.clone(),
    }
}

/// The type of `round`, `ceil` and their like: PostgreSQL makes a double of a whole number.
pub(super) fn rounded(dialect: Dialect, of: &Type) -> Type {
    match of {
        Type::Integer if dialect == Dialect::Postgres => Type::Number,
        Type::Boolean => Type::Integer,
        Type::Text => Type::Number,
        other => other.clone(),
    }
}

/// The type of `sqrt`, `power` and their like: exact where one argument is exact and none is a double.
pub(super) fn root(parts: &[Typed]) -> Type {
    let any = |of: &Type| parts.iter().any(|part| part.of == *of);
    if any(&Type::Decimal) && !any(&Type::Number) {
        Type::Decimal
    } else {
        Type::Number
    }
}

/// The type of `avg` over a type.
pub(super) fn average(dialect: Dialect, of: &Type) -> Type {
    match of {
        Type::Money(_) | Type::Percent | Type::Duration | Type::Unknown | Type::Number => {
            of.clone()
        }
        Type::Integer | Type::Decimal | Type::Boolean if dialect != Dialect::Sqlite => {
            Type::Decimal
        }
        Type::Json => Type::Unknown,
        _ => Type::Number,
    }
}
