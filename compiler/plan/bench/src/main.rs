//! One engine of the benchmark of expressions: this one, its interpreter alone, or the crate `cel`.
//!
//! `expressions write FILE ROWS` writes the table as an Arrow file for the others. `expressions measure
//! ENGINE ROWS TIMES` prints a line of JSON for each question. `expressions compile` prints what
//! compiling costs. `run` beside this package does it all.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the program talks to the script that starts it"
)]

mod data;
mod questions;

use std::process::ExitCode;
use std::time::Instant;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use questions::{Question, questions};
use sophia_diagnostics::Problem;
use sophia_plan::{Host, Record, Scope, Table, Tier, Value, evaluate_with};

/// A host of expressions that ask nothing of it.
struct Nowhere;

impl Host for Nowhere {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }

    fn predict(&self, _: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        Ok(Value::None)
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().unwrap_or(0);
    let done = match arguments.as_slice() {
        ["write", file, rows] => write(file, number(rows)),
        ["measure", engine, rows, times] => measure(engine, number(rows), number(times)),
        ["compile"] => compile(),
        _ => Err("expressions write FILE ROWS | measure ENGINE ROWS TIMES | compile".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error>;

fn table(rows: usize) -> Result<Table, Failure> {
    data::table(rows).map_err(|problem| problem.message.into())
}

fn write(file: &str, rows: usize) -> Result<(), Failure> {
    let table = table(rows)?;
    let schema = table.batch.schema();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(std::fs::File::create(file)?, &schema)?;
    writer.write(&table.batch)?;
    Ok(writer.finish()?)
}

fn measure(engine: &str, rows: usize, times: usize) -> Result<(), Failure> {
    let table = table(rows)?;
    for question in questions() {
        let (seconds, answer) = match engine {
            "sophia" => ours(&question, &table, times, Tier::Automatic)?,
            "interpreter" => ours(&question, &table, times, Tier::Interpreter)?,
            "cel" => cel(&question, &table, times)?,
            other => return Err(format!("no engine {other}").into()),
        };
        let line = serde_json::json!({
            "engine": engine,
            "question": question.name,
            "rows": rows,
            "seconds": seconds,
            "answer": answer,
        });
        println!("{line}");
    }
    Ok(())
}

/// The seconds of each time after one that is not counted, and the answer.
fn timed(
    times: usize,
    mut once: impl FnMut() -> Result<f64, Failure>,
) -> Result<(Vec<f64>, f64), Failure> {
    let answer = once()?;
    let mut seconds = Vec::with_capacity(times);
    for _ in 0..times {
        let start = Instant::now();
        once()?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    Ok((seconds, answer))
}

fn ours(
    question: &Question,
    table: &Table,
    times: usize,
    tier: Tier,
) -> Result<(Vec<f64>, f64), Failure> {
    let scope = Scope::default().with("rows", Value::Table(table.clone()));
    timed(times, || {
        match evaluate_with(tier, &question.answer, &scope, &Nowhere) {
            #[allow(clippy::cast_precision_loss, reason = "counts of some million rows")]
            Ok(Value::Integer(count)) => Ok(count as f64),
            Ok(Value::Number(sum)) => Ok(sum),
            Ok(other) => Err(format!("{other:?}").into()),
            Err(problem) => Err(problem.message.into()),
        }
    })
}

/// The questions of some thousand rows with and without compiled code, and what compiling takes.
fn compile() -> Result<(), Failure> {
    for question in questions() {
        let mut first = Vec::new();
        let mut again = Vec::new();
        for _ in 0..9 {
            // A new thread has compiled nothing yet.
            let (cold, warm) = std::thread::scope(|scope| {
                let question = &question;
                scope
                    .spawn(move || -> Result<(f64, f64), String> {
                        let table = table(8).map_err(|error| error.to_string())?;
                        let once = |tier| {
                            let start = Instant::now();
                            ours(question, &table, 0, tier)
                                .map(|_| start.elapsed().as_secs_f64())
                                .map_err(|error| error.to_string())
                        };
                        Ok((once(Tier::Native)?, once(Tier::Native)?))
                    })
                    .join()
                    .unwrap_or_else(|_| Err("the thread ended early".into()))
            })?;
            first.push(cold);
            again.push(warm);
        }
        first.sort_by(f64::total_cmp);
        again.sort_by(f64::total_cmp);
        println!(
            "{:<28} first {:>7.0} µs, again {:>5.1} µs",
            question.name,
            first.get(4).copied().unwrap_or_default() * 1e6,
            again.get(4).copied().unwrap_or_default() * 1e6
        );
    }
    Ok(())
}

#[cfg(not(feature = "cel"))]
fn cel(_: &Question, _: &Table, _: usize) -> Result<(Vec<f64>, f64), Failure> {
    Err("build with the feature `cel`".into())
}

/// Row by row, as that crate evaluates: a compiled program, and a context that holds the row.
#[cfg(feature = "cel")]
fn cel(question: &Question, table: &Table, times: usize) -> Result<(Vec<f64>, f64), Failure> {
    let program = cel::Program::compile(question.in_cel)?;
    let columns: Vec<(&str, Vec<Value>)> = table
        .row
        .fields
        .iter()
        .filter(|field| question.in_cel.contains(&*field.name))
        .map(|field| (&*field.name, table.values(&*field.name).unwrap_or_default()))
        .collect();
    let columns: Vec<(&str, Vec<cel::Value>)> = columns
        .into_iter()
        .map(|(name, values)| (name, values.iter().map(cel_value).collect()))
        .collect();
    timed(times, || {
        let mut context = cel::Context::default();
        let mut answer = 0.0;
        for row in 0..table.len() {
            for (name, values) in &columns {
                let value = values.get(row).cloned().unwrap_or(cel::Value::Null);
                context.add_variable_from_value(*name, value);
            }
            match program.execute(&context)? {
                cel::Value::Bool(holds) => answer += f64::from(u8::from(holds)),
                cel::Value::Float(number) => answer += number,
                other => return Err(format!("{other:?}").into()),
            }
        }
        Ok(answer)
    })
}

#[cfg(feature = "cel")]
fn cel_value(value: &Value) -> cel::Value {
    match value {
        Value::Integer(integer) => cel::Value::Int(*integer),
        Value::Number(number) | Value::Percent(number) => cel::Value::Float(*number),
        Value::Text(text) => cel::Value::String(std::sync::Arc::new(text.to_string())),
        Value::Date(date) => cel::Value::Int(
            date.duration_since(jiff::civil::date(1970, 1, 1))
                .as_hours()
                / 24,
        ),
        _ => cel::Value::Null,
    }
}
