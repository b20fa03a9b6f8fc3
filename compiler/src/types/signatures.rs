//! The built-in functions as data: what each is named, takes and gives.

use sophia_plan::expression::{Function, WindowCall};
use sophia_plan::types::Type;

/// What a function takes at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Text,
    /// A list of values that can stand in a text.
    Texts,
    /// Anything that can stand in a text.
    Shown,
    Integer,
    /// Any plain number, as a number.
    Number,
    /// An integer, a number or a decimal.
    Plain,
    /// A plain number, money or a percent.
    Rounded,
    /// A plain number, money, a percent or a duration.
    Quantity,
    Date,
    /// A date or a timestamp.
    Day,
    Timestamp,
    /// A time or a timestamp.
    Clock,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gives {
    Text,
    Texts,
    Boolean,
    Integer,
    Number,
    Percent,
    Date,
    Timestamp,
    Duration,
    /// `"monday" | … | "sunday"`
    Weekday,
    /// What its first argument is.
    Same,
}

/// One function of single values.
#[derive(Debug)]
pub(super) struct Signature {
    pub(super) name: &'static str,
    pub(super) function: Function,
    pub(super) takes: &'static [Takes],
    /// How many of them may be left out at the end.
    pub(super) optional: usize,
    pub(super) gives: Gives,
}

const fn signature(
    name: &'static str,
    function: Function,
    takes: &'static [Takes],
    gives: Gives,
) -> Signature {
    Signature {
        name,
        function,
        takes,
        optional: 0,
        gives,
    }
}

use Takes::{Clock, Date, Day, Integer, Number, Plain, Quantity, Rounded, Shown, Text, Texts};

/// The functions of single values.
pub(super) const SIGNATURES: &[Signature] = &[
    signature("today", Function::Today, &[], Gives::Date),
    signature("now", Function::Now, &[], Gives::Timestamp),
    Signature {
        optional: 1,
        ..signature("round", Function::Round, &[Rounded, Integer], Gives::Same)
    },
    signature("abs", Function::Abs, &[Quantity], Gives::Same),
    signature("floor", Function::Floor, &[Plain], Gives::Integer),
    signature("ceiling", Function::Ceiling, &[Plain], Gives::Integer),
    signature("percent", Function::Percent, &[Number], Gives::Percent),
    signature(
        "square_root",
        Function::SquareRoot,
        &[Number],
        Gives::Number,
    ),
    signature("lower", Function::Lower, &[Text], Gives::Text),
    signature("upper", Function::Upper, &[Text], Gives::Text),
    signature("trim", Function::Trim, &[Text], Gives::Text),
    signature("length", Function::Length, &[Text], Gives::Integer),
    signature(
        "contains",
        Function::Contains,
        &[Text, Text],
        Gives::Boolean,
    ),
    signature(
        "starts_with",
        Function::StartsWith,
        &[Text, Text],
        Gives::Boolean,
    ),
    signature(
        "ends_with",
        Function::EndsWith,
        &[Text, Text],
        Gives::Boolean,
    ),
    signature(
        "replace",
        Function::Replace,
        &[Text, Text, Text],
        Gives::Text,
    ),
    signature("left", Function::Left, &[Text, Integer], Gives::Text),
    signature("right", Function::Right, &[Text, Integer], Gives::Text),
    signature("split", Function::Split, &[Text, Text], Gives::Texts),
    signature("join_text", Function::JoinText, &[Texts, Text], Gives::Text),
    signature("text", Function::Text, &[Shown], Gives::Text),
    signature("days", Function::Days, &[Number], Gives::Duration),
    signature("hours", Function::Hours, &[Number], Gives::Duration),
    signature("minutes", Function::Minutes, &[Number], Gives::Duration),
    signature(
        "date_of",
        Function::DateOf,
        &[Takes::Timestamp],
        Gives::Date,
    ),
    signature("hour_of", Function::HourOf, &[Clock], Gives::Integer),
    signature("day_of", Function::DayOf, &[Day], Gives::Integer),
    signature("month_of", Function::MonthOf, &[Day], Gives::Integer),
    signature("quarter_of", Function::QuarterOf, &[Day], Gives::Integer),
    signature("year_of", Function::YearOf, &[Day], Gives::Integer),
    signature("weekday_of", Function::WeekdayOf, &[Day], Gives::Weekday),
    signature(
        "add_months",
        Function::AddMonths,
        &[Date, Integer],
        Gives::Date,
    ),
    signature(
        "days_between",
        Function::DaysBetween,
        &[Date, Date],
        Gives::Integer,
    ),
];

/// The functions that make one value of many.
pub(super) const AGGREGATES: &[(&str, Function, WindowCall)] = &[
    ("count", Function::Count, WindowCall::Count),
    ("sum", Function::Sum, WindowCall::Sum),
    ("average", Function::Average, WindowCall::Average),
    ("min", Function::Min, WindowCall::Min),
    ("max", Function::Max, WindowCall::Max),
    ("first", Function::First, WindowCall::First),
    ("last", Function::Last, WindowCall::Last),
];

/// The functions that look at the rows around a row, and nowhere else.
pub(super) const WINDOWS: &[(&str, WindowCall)] = &[
    ("rank", WindowCall::Rank),
    ("row_number", WindowCall::RowNumber),
    ("previous", WindowCall::Previous),
    ("next", WindowCall::Next),
];

/// The functions that decide where data may go.
pub(super) const LABELLED: &[&str] = &["redact", "pseudonymize", "release"];

/// A function of a standard module that takes values of many shapes, and so is none of the language's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shaped {
    /// `documents.markdown(x)`
    Markdown,
    /// `stats.anomalies(series, sensitivity: …, season: …)`
    Anomalies,
    /// `stats.anomaly(series, sensitivity: …, season: …)`
    Anomaly,
    /// `stats.forecast(series, next: …, season: …)`
    Forecast,
}

/// Those functions, with their modules.
const SHAPED: &[(&str, &str, Shaped)] = &[
    ("std.documents", "markdown", Shaped::Markdown),
    ("std.stats", "anomalies", Shaped::Anomalies),
    ("std.stats", "anomaly", Shaped::Anomaly),
    ("std.stats", "forecast", Shaped::Forecast),
];

/// The functions of many shapes of a standard module, by their names.
pub(crate) fn shaped(module: &str) -> impl Iterator<Item = (&'static str, Shaped)> {
    SHAPED
        .iter()
        .filter(move |(of, ..)| *of == module)
        .map(|(_, name, function)| (*name, *function))
}

/// What a name stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum BuiltIn {
    Plain(&'static Signature),
    Aggregate(Function, WindowCall),
    Window(WindowCall),
    Redact,
    Pseudonymize,
    Release,
}

/// The built-in function of a name.
pub(super) fn built_in(name: &str) -> Option<BuiltIn> {
    let plain = || SIGNATURES.iter().find(|known| known.name == name);
    let aggregate = || AGGREGATES.iter().find(|(known, ..)| *known == name);
    let window = || WINDOWS.iter().find(|(known, _)| *known == name);
    match name {
        "redact" => return Some(BuiltIn::Redact),
        "pseudonymize" => return Some(BuiltIn::Pseudonymize),
        "release" => return Some(BuiltIn::Release),
        _ => {}
    }
    plain()
        .map(BuiltIn::Plain)
        .or_else(|| aggregate().map(|(_, of, over)| BuiltIn::Aggregate(*of, *over)))
        .or_else(|| window().map(|(_, call)| BuiltIn::Window(*call)))
}

/// Every name that a built-in function has.
pub(super) fn names<'n>() -> impl Iterator<Item = &'n str> {
    let plain = SIGNATURES.iter().map(|known| known.name);
    let aggregates = AGGREGATES.iter().map(|(name, ..)| *name);
    let windows = WINDOWS.iter().map(|(name, _)| *name);
    plain
        .chain(aggregates)
        .chain(windows)
        .chain(LABELLED.iter().copied())
}

/// Every built-in function, as people see it.
pub(crate) fn built_in_signatures() -> Vec<crate::found::BuiltIn> {
    let takes = |name: &str| {
        let known = SIGNATURES.iter().find(|known| known.name == name)?;
        let words = known.takes.iter().map(|takes| takes.words());
        Some((words.collect(), known.optional))
    };
    let all = names().map(|name| crate::found::BuiltIn {
        name,
        takes: takes(name),
    });
    all.collect()
}

impl Takes {
    /// Whether a value of this type may stand here; a missing one never may.
    pub(super) fn accepts(self, of: &Type) -> bool {
        use Type::{Decimal, Duration, Money, Percent, Range, Time, Timestamp};
        let plain = matches!(of, Type::Integer | Range { .. } | Type::Number | Decimal);
        match self {
            Self::Text => matches!(of, Type::Text | Type::Literals(_)),
            Self::Texts => match of {
                Type::List(item) => Self::Shown.accepts(item),
                _ => false,
            },
            Self::Shown => super::expected::is_showable(of),
            Self::Integer => matches!(of, Type::Integer | Range { .. }),
            Self::Number => matches!(of, Type::Integer | Range { .. } | Type::Number),
            Self::Plain => plain,
            Self::Rounded => plain || matches!(of, Money(_) | Percent),
            Self::Quantity => plain || matches!(of, Money(_) | Percent | Duration),
            Self::Date => *of == Type::Date,
            Self::Day => matches!(of, Type::Date | Timestamp),
            Self::Timestamp => *of == Timestamp,
            Self::Clock => matches!(of, Time | Timestamp),
        }
    }

    /// The one type that is wanted, where it is one; then literals are read by it.
    pub(super) fn exact(self) -> Option<Type> {
        Some(match self {
            Self::Text => Type::Text,
            Self::Integer => Type::Integer,
            Self::Number => Type::Number,
            Self::Date => Type::Date,
            Self::Timestamp => Type::Timestamp,
            _ => return None,
        })
    }

    /// In words, with the article.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Texts => "a list of texts",
            Self::Shown => "a plain value",
            Self::Integer => "an integer",
            Self::Number | Self::Plain => "a number",
            Self::Rounded => "a number, money or a percent",
            Self::Quantity => "a number, money, a percent or a duration",
            Self::Date => "a date",
            Self::Day => "a date or a timestamp",
            Self::Timestamp => "a timestamp",
            Self::Clock => "a time or a timestamp",
        }
    }
}

impl Gives {
    /// The type, where the first argument is of this type.
    pub(super) fn of(self, first: &Type) -> Type {
        match self {
            Self::Text => Type::Text,
            Self::Texts => Type::List(std::sync::Arc::new(Type::Text)),
            Self::Boolean => Type::Boolean,
            Self::Integer => Type::Integer,
            Self::Number => Type::Number,
            Self::Percent => Type::Percent,
            Self::Date => Type::Date,
            Self::Timestamp => Type::Timestamp,
            Self::Duration => Type::Duration,
            Self::Weekday => Type::Literals(
                [
                    "monday",
                    "tuesday",
                    "wednesday",
                    "thursday",
                    "friday",
                    "saturday",
                    "sunday",
                ]
                .map(std::sync::Arc::from)
                .into(),
            ),
            Self::Same => match first {
                Type::Range { .. } => Type::Integer,
                other => other.clone(),
            },
        }
    }
}
