//! `sophia runs approve`, `refuse`, `answer`, `cancel`, `pause`, `resume`, `retry`, `skip`: what people do with
//! a run.

use std::sync::Arc;

use sophia_diagnostics::{Problem, codes};
use sophia_engine::Form;
use sophia_plan::{Type, to_json};
use sophia_server::control::{Desk as _, Door, Request, What};
use sophia_server::inputs::read_input;
use sophia_server::run::Session;

use super::open::secrets;
use super::place::Found;
use super::run::{exit, finish_one, follow, show};
use crate::Exit;
use crate::arguments::{RunsAct, RunsAnswer, RunsReply, RunsRetry, RunsSkip};

/// The variable that says who types.
const PERSON: &str = "SOPHIA_PERSON";

/// Says yes or no to a question.
pub(crate) async fn reply(options: RunsReply, approves: bool) -> Result<Exit, Problem> {
    let comment = options.comment.map(Arc::from);
    let step = options.step;
    let what = if approves {
        What::Approve { step, comment }
    } else {
        What::Refuse { step, comment }
    };
    take(&options.act, what).await
}

/// Fills in a form.
pub(crate) async fn answer(options: RunsAnswer) -> Result<Exit, Problem> {
    let form = match &options.json {
        Some(json) => serde_json::from_str(json).map_err(|error| {
            Problem::new(codes::S988, "The form is not JSON.")
                .because(error)
                .with_help(r#"write --json '{"cause": "price"}', or --field cause=price"#)
        })?,
        None => fields(&options)?,
    };
    let what = What::Fill {
        step: options.step,
        form,
    };
    take(&options.act, what).await
}

/// Does something with a run as a whole.
pub(crate) async fn act(options: RunsAct, what: What) -> Result<Exit, Problem> {
    take(&options, what).await
}

/// Has what failed run again, or a step with everything that rests on it.
pub(crate) async fn retry(options: RunsRetry) -> Result<Exit, Problem> {
    let what = What::Retry {
        from: options.from.map(Arc::from),
        again: options.again.into_iter().map(Arc::from).collect(),
        because: options.because.map(Arc::from),
    };
    take(&options.act, what).await
}

/// Has a value stand in for what a step would have come to.
pub(crate) async fn skip(options: RunsSkip) -> Result<Exit, Problem> {
    let value = match &options.with {
        Some(json) => serde_json::from_str(json).map_err(|error| {
            Problem::new(codes::S988, "The value is not JSON.")
                .because(error)
                .with_help(r#"write --with '"a text"', --with 12 or --with '{"id": "d1"}'"#)
        })?,
        None => serde_json::Value::Null,
    };
    let what = What::Skip {
        step: options.step.into(),
        value,
        because: options.because.map(Arc::from),
    };
    take(&options.act, what).await
}

/// Asks whoever carries the runs on; where nobody does, this process does, until the run rests again.
async fn take(options: &RunsAct, what: What) -> Result<Exit, Problem> {
    let request = Request {
        run: options.run.clone(),
        by: person(options.by.as_deref())?,
        what,
    };
    let Found {
        opened,
        settings,
        store,
    } = options.place.find()?;
    if let Some(door) = Door::of(&store).await {
        return ask_at(&door, request).await;
    }
    let session = match Session::open(&opened.project, &settings, &secrets()).await {
        // Whoever took the store over meanwhile opens its door next.
        Err(problem) if problem.code == codes::S960 => {
            return match Door::opening(&store).await {
                Some(door) => ask_at(&door, request).await,
                None => Err(problem),
            };
        }
        opened => opened?,
    };
    let taken = session.engine.take(request).await;
    let rested = match taken {
        Ok(run) => follow(&session, &run, true)
            .await
            .map(|rested| (run, rested)),
        Err(problem) => Err(problem),
    };
    let outcome = match rested {
        Ok((run, _)) => finish_one(&session, &run).await,
        Err(problem) => Err(problem),
    };
    session.close().await;
    let sheet = outcome?;
    show(&sheet, &options.place.project);
    Ok(exit(&sheet))
}

/// Asks the process that carries the runs on.
async fn ask_at(door: &Door, request: Request) -> Result<Exit, Problem> {
    let run = door.take(request).await?;
    anstream::println!("Done; it stands in the record of run {run}.");
    Ok(Exit::Well)
}

/// Who types: as it is said, or as the variable says, or as git knows.
pub(super) fn person(said: Option<&str>) -> Result<Arc<str>, Problem> {
    let by_git = || {
        let told = std::process::Command::new("git")
            .args(["config", "user.email"])
            .output()
            .ok()?;
        let address = String::from_utf8(told.stdout).ok()?;
        Some(address.trim().to_owned()).filter(|address| !address.is_empty())
    };
    said.map(str::to_owned)
        .or_else(|| std::env::var(PERSON).ok().filter(|name| !name.is_empty()))
        .or_else(by_git)
        .map(Arc::from)
        .ok_or_else(|| {
            Problem::new(codes::S988, "Nobody is named who does this.")
                .with_help(format!("add --as NAME@EXAMPLE.COM, or set {PERSON}"))
        })
}

/// A form from texts such as `cause=price`, read as the form's type says.
fn fields(options: &RunsAnswer) -> Result<serde_json::Value, Problem> {
    let form = form(&options.act, options.step.as_deref())?;
    let Type::Record(row) = &form.of else {
        return Err(Problem::new(codes::S988, "This form has no fields."));
    };
    let mut filled = serde_json::Map::new();
    for text in &options.fields {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Problem::new(codes::S988, format!("`--field {text}` has no `=`."))
                .with_help("write --field NAME=VALUE")
        })?;
        let field = row.field(name).ok_or_else(|| {
            let known: Vec<&str> = row.fields.iter().map(|field| &*field.name).collect();
            Problem::new(codes::S988, format!("The form has no field `{name}`."))
                .with_help(format!("its fields are {}", known.join(", ")))
        })?;
        let value = read_input(value, &field.of).ok_or_else(|| {
            Problem::new(
                codes::S988,
                format!("The field `{name}` cannot be `{value}`."),
            )
            .because(format!("it is of the type {}", field.of))
        })?;
        filled.insert(name.to_owned(), to_json(&value));
    }
    if let Some(start) = &form.starting_with
        && let serde_json::Value::Object(start) = to_json(start)
    {
        for (name, value) in start {
            filled.entry(name).or_insert(value);
        }
    }
    Ok(serde_json::Value::Object(filled))
}

fn form(options: &RunsAct, step: Option<&str>) -> Result<Form, Problem> {
    let detail = options.place.find_store()?.reader()?.run(&options.run)?;
    let mut forms = detail.steps.into_iter().filter_map(|taken| {
        let waits = matches!(taken.state, sophia_engine::StepState::Waiting(_));
        let named = step.is_none_or(|step| step == &*taken.key || step == &**taken.label());
        taken.question.filter(|_| waits && named)?.form
    });
    forms.next().ok_or_else(|| {
        Problem::new(
            codes::S969,
            format!("Run {} asks for no form.", options.run),
        )
        .with_help("`sophia runs show` lists what a run waits for")
    })
}
