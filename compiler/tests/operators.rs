//! Every pair of types with every operator: accepted with its type, or refused with its code. What is
//! accepted is worked out as well, and the value is of the type that the checker said.

mod fixture;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use sophia_diagnostics::{LineIndex, Problem};
use sophia_plan::step::{StepKind, Work};
use sophia_plan::{Currency, Host, Record, Scope, Type, Value, evaluate};

/// A name for an input of each type, and the type.
const TYPES: [(&str, &str); 13] = [
    ("text", "text"),
    ("boolean", "boolean"),
    ("integer", "integer"),
    ("number", "number"),
    ("decimal", "decimal"),
    ("dollars", "money USD"),
    ("euros", "money EUR"),
    ("percent", "percent"),
    ("date", "date"),
    ("time", "time"),
    ("timestamp", "timestamp"),
    ("duration", "duration"),
    ("json", "json"),
];

const OPERATORS: [&str; 12] = [
    "+", "-", "*", "/", "mod", "=", "!=", "<", "<=", ">", ">=", "like",
];

/// What calculates: left, operator, right, result.
const CALCULATES: &str = "
integer  + - *   integer  integer
integer  /       integer  number
integer  mod     integer  integer
integer  + - * / mod  number   number
number   + - * / mod  integer  number
number   + - * / mod  number   number
integer  + - * / mod  decimal  decimal
decimal  + - * / mod  integer  decimal
decimal  + - * / mod  decimal  decimal
dollars  + -     dollars  money USD
euros    + -     euros    money EUR
dollars  /       dollars  number
euros    /       euros    number
dollars  * /     integer  money USD
dollars  * /     number   money USD
dollars  * /     decimal  money USD
dollars  * /     percent  money USD
integer  *       dollars  money USD
number   *       dollars  money USD
decimal  *       dollars  money USD
percent  *       dollars  money USD
euros    * /     integer  money EUR
euros    * /     number   money EUR
euros    * /     decimal  money EUR
euros    * /     percent  money EUR
integer  *       euros    money EUR
number   *       euros    money EUR
decimal  *       euros    money EUR
percent  *       euros    money EUR
percent  + - *   percent  percent
percent  /       percent  number
percent  * /     integer  number
percent  * /     number   number
percent  * /     decimal  decimal
integer  * /     percent  number
number   * /     percent  number
decimal  * /     percent  decimal
date     -       date     duration
time     -       time     duration
timestamp -      timestamp duration
date     + -     duration date
time     + -     duration time
timestamp + -    duration timestamp
duration +       date     date
duration +       time     time
duration +       timestamp timestamp
duration + -     duration duration
duration /       duration number
duration * /     integer  duration
duration * /     number   duration
duration * /     decimal  duration
duration * /     percent  duration
integer  *       duration duration
number   *       duration duration
decimal  *       duration duration
percent  *       duration duration
";

/// Types whose values are compared with each other; each with itself is.
const MIXED: [(&str, &str); 2] = [("integer", "number"), ("integer", "decimal")];

fn calculations() -> BTreeMap<(String, String, String), String> {
    let mut found = BTreeMap::new();
    for line in CALCULATES.lines().filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let signs = words[1..]
            .iter()
            .take_while(|word| OPERATORS.contains(word))
            .count();
        let right = words[1 + signs];
        let result = words[2 + signs..].join(" ");
        for sign in &words[1..=signs] {
            let key = (words[0].to_owned(), (*sign).to_owned(), right.to_owned());
            assert!(found.insert(key, result.clone()).is_none(), "{line}");
        }
    }
    found
}

/// The type of a result, or the code that refuses it.
fn expected(
    calculations: &BTreeMap<(String, String, String), String>,
    left: &str,
    operator: &str,
    right: &str,
) -> Result<String, &'static str> {
    let money = |name: &str| matches!(name, "dollars" | "euros");
    let two_currencies = money(left) && money(right) && left != right;
    let boolean = Ok("boolean".to_owned());
    match operator {
        "+" | "-" | "*" | "/" | "mod" => {
            let key = (left.to_owned(), operator.to_owned(), right.to_owned());
            if let Some(result) = calculations.get(&key) {
                return Ok(result.clone());
            }
            let quantity = money(left) || matches!(left, "integer" | "number" | "decimal");
            Err(
                if matches!(operator, "+" | "-") && quantity && right == "percent" {
                    "S323"
                } else if two_currencies {
                    "S326"
                } else {
                    "S307"
                },
            )
        }
        "like" if left == "text" && right == "text" => boolean,
        "like" if two_currencies => Err("S326"),
        "like" => Err("S308"),
        sign => {
            let mixes = MIXED.contains(&(left, right)) || MIXED.contains(&(right, left));
            let alike = left == right || mixes;
            let equal = matches!(sign, "=" | "!=");
            if alike && left != "json" && (equal || left != "boolean") {
                boolean
            } else if two_currencies {
                Err("S326")
            } else {
                Err("S308")
            }
        }
    }
}

/// A playbook with a line for each pair, and the first line of these.
fn playbook(lines: &[(&str, &str, &str)]) -> (String, u32) {
    let mut text = "playbook pairs\n\n".to_owned();
    for (name, of) in TYPES {
        let _ = writeln!(text, "input a_{name}: {of}");
    }
    text.push('\n');
    let first = u32::try_from(text.lines().count()).expect("few lines") + 1;
    for (index, (left, operator, right)) in lines.iter().enumerate() {
        let _ = writeln!(text, "let r{index} = a_{left} {operator} a_{right}");
    }
    (text, first)
}

#[test]
fn every_pair_is_accepted_with_its_type_or_refused_with_its_code() {
    let calculations = calculations();
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for (left, _) in TYPES {
        for (right, _) in TYPES {
            for operator in OPERATORS {
                match expected(&calculations, left, operator, right) {
                    Ok(of) => accepted.push(((left, operator, right), of)),
                    Err(code) => refused.push(((left, operator, right), code)),
                }
            }
        }
    }
    assert_eq!(accepted.len() + refused.len(), 13 * 13 * 12);
    let mut report = String::new();
    refused_pairs(&refused, &mut report);
    accepted_pairs(&accepted, &mut report);
    assert!(report.is_empty(), "\n{report}");
}

fn refused_pairs(pairs: &[((&str, &str, &str), &'static str)], report: &mut String) {
    let lines: Vec<_> = pairs.iter().map(|(pair, _)| *pair).collect();
    let (text, first) = playbook(&lines);
    let checked = fixture::check_files(&[("pairs.sophia", &text)]);
    let index = LineIndex::new(&text);
    let mut came: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for diagnostic in &checked.diagnostics {
        let line = index.position(diagnostic.span.start as usize).line;
        came.entry(line).or_default().push(diagnostic.code.as_str());
    }
    for ((pair, code), line) in pairs.iter().zip(first..) {
        let came = came.remove(&line).unwrap_or_default();
        if came != [*code] {
            let _ = writeln!(report, "{pair:?}: expected {code}, came {came:?}");
        }
    }
    for (line, codes) in came {
        let _ = writeln!(report, "line {line}: {codes:?}");
    }
}

fn accepted_pairs(pairs: &[((&str, &str, &str), String)], report: &mut String) {
    let lines: Vec<_> = pairs.iter().map(|(pair, _)| *pair).collect();
    let (text, _) = playbook(&lines);
    let checked = fixture::check_files(&[("pairs.sophia", &text)]);
    for diagnostic in &checked.diagnostics {
        let _ = writeln!(report, "{diagnostic:?}");
    }
    let Some(plan) = checked
        .playbooks
        .first()
        .and_then(|found| found.plan.clone())
    else {
        report.push_str("there is no plan\n");
        return;
    };
    let scope = scope();
    for ((pair, of), step) in pairs.iter().zip(plan.steps()) {
        if step.result.to_string() != *of {
            let _ = writeln!(report, "{pair:?}: expected {of}, came {}", step.result);
        }
        let StepKind::Work(Work::Compute { expression }) = &step.kind else {
            let _ = writeln!(report, "{pair:?} is no calculation");
            continue;
        };
        // A time of day stays within its day.
        let scope = match pair {
            ("time", _, _) | (_, _, "time") => scope.with("a_duration", Value::Duration(3_600_000)),
            _ => scope.clone(),
        };
        match evaluate(expression, &scope, &Nowhere) {
            Ok(value) if value.kind() == *of => {}
            Ok(value) => {
                let _ = writeln!(report, "{pair:?} should be {of} and is {}", value.kind());
            }
            Err(problem) => {
                let _ = writeln!(report, "{pair:?} fails: {}", problem.message);
            }
        }
    }
}

/// A value for each input; their sums and quotients stay in range.
fn scope() -> Scope {
    let exact = |digits: &str| digits.parse().expect("digits");
    let money = |currency: &str| Value::Money(exact("12.5"), Currency(Arc::from(currency)));
    [
        ("a_text", Value::text("a")),
        ("a_boolean", Value::Boolean(true)),
        ("a_integer", Value::Integer(2)),
        ("a_number", Value::Number(1.5)),
        ("a_decimal", Value::Decimal(exact("2.5"))),
        ("a_dollars", money("USD")),
        ("a_euros", money("EUR")),
        ("a_percent", Value::Percent(0.5)),
        ("a_date", Value::Date("2026-11-22".parse().expect("a date"))),
        ("a_time", Value::Time("08:00:00".parse().expect("a time"))),
        (
            "a_timestamp",
            Value::Timestamp("2026-11-22T08:00:00Z".parse().expect("an instant")),
        ),
        // A date moves by whole days.
        ("a_duration", Value::Duration(86_400_000)),
        ("a_json", Value::Json(Arc::from("1"))),
    ]
    .into_iter()
    .fold(Scope::default(), |scope, (name, value)| {
        scope.with(name, value)
    })
}

struct Nowhere;

impl Host for Nowhere {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        jiff::tz::TimeZone::UTC
    }

    fn predict(&self, _: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        unreachable!("nothing is predicted here")
    }
}

#[test]
fn a_number_written_beside_a_decimal_is_exact() {
    let text = "playbook exact\n\ninput rate: decimal\n\nlet raised = rate * 1.5 + 0.1\n";
    let checked = fixture::check_files(&[("exact.sophia", text)]);
    assert_eq!(checked.diagnostics, []);
    let plan = checked.playbooks[0].plan.clone().expect("a plan");
    assert_eq!(plan.steps()[0].result, Type::Decimal);
}
