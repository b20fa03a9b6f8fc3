//! `sophia sync --sample`: calls a tool that only reads, to propose a type for its answer.
//!
//! Kept true here: nothing is called of which the lock and the live server do not both say that it only reads; of an
//! answer nothing is shown or kept but its type.

use std::time::Duration;

use serde_json::{Map, Value};
use sophia_compiler::catalogue::{ToolCall, theirs};
use sophia_compiler::project::{Environment as Settings, ToolSettings};
use sophia_compiler::{changes_world, sampled_type, stated_type};
use sophia_diagnostics::{Problem, codes};
use sophia_plan::json::{Border, from_json};
use sophia_tools::{Fleet, ToolDescription};

use crate::environment::{Secrets, server_settings};
use crate::project::{Project, set_returns};
use crate::steps::answer_json;

/// How long a call may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A proposal.
#[derive(Clone, Debug)]
pub struct Sampled {
    /// The tool, by the manifest's name.
    pub tool: String,
    /// The call, by our name.
    pub call: String,
    /// How many answers were seen.
    pub answers: usize,
    /// Their type, as text of the language.
    pub of: String,
    /// What the manifest stated before.
    pub before: Option<String>,
}

/// A call whose answer nobody has described.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untyped {
    /// `TOOL.CALL`
    pub name: String,
    /// Whether it only reads, and so can be sampled.
    pub reads: bool,
}

/// The calls of the lock whose answers have no type.
#[must_use]
pub fn untyped(project: &Project) -> Vec<Untyped> {
    let manifest = &project.snapshot.manifest;
    let mut found = Vec::new();
    for (tool, server) in &project.snapshot.catalogue.tools {
        let settings = manifest.tools.get(tool);
        for (call, pinned) in &server.calls {
            let stated = settings.is_some_and(|settings| settings.returns.contains_key(call));
            if pinned.output_schema.is_none() && pinned.sampled.is_none() && !stated {
                found.push(Untyped {
                    name: format!("{tool}.{call}"),
                    reads: !changes_world(settings, call, pinned),
                });
            }
        }
    }
    found
}

/// Calls a tool and infers the type of its answers. `with` holds arguments as `NAME=VALUE`, which are one call together,
/// and JSON objects, each of which is a call.
///
/// # Errors
/// S590 for a call that may change the world, S591 for arguments that it does not take, S592 where its server states what
/// it gives, S950 to S957 where it cannot be called.
pub async fn sample(
    project: &Project,
    settings: &Settings,
    secrets: &Secrets,
    (tool, call): (&str, &str),
    with: &[String],
) -> Result<Sampled, Problem> {
    let server = settings.tools.get(tool).ok_or_else(|| {
        let known: Vec<&str> = settings.tools.keys().map(String::as_str).collect();
        Problem::new(
            codes::S957,
            format!("There is no tool server `{tool}` in this environment."),
        )
        .with_help(one_of(&known, "describe it in sophia.toml"))
    })?;
    let pinned = pinned(project, tool, call)?;
    if pinned.output_schema.is_some() {
        return Err(Problem::new(
            codes::S592,
            format!("The server of `{tool}` states itself what `{call}` gives."),
        )
        .with_help("call it: its answers have a type already"));
    }
    if changes_world(Some(server), call, pinned) {
        return Err(changes(&format!("`{tool}.{call}` may change the world")));
    }
    let calls = calls((tool, call), server, pinned, with)?;

    let root = &project.root;
    let fleet = Fleet::new(vec![server_settings(tool, server, root, secrets)?]);
    let answers = ask(&fleet, (tool, call), server, pinned, calls).await;
    fleet.shut_down().await;
    let answers = answers?;
    Ok(Sampled {
        tool: tool.to_owned(),
        call: call.to_owned(),
        answers: answers.len(),
        of: proposal(project, &answers),
        before: server.returns.get(call).cloned(),
    })
}

/// Writes what was proposed into the manifest.
///
/// # Errors
/// S594 where it is laid out so that nothing can be added, S926 and S929 where it cannot be read or written.
pub fn confirm(project: &Project, sampled: &Sampled) -> Result<(), Problem> {
    set_returns(&project.root, &sampled.tool, &sampled.call, &sampled.of)
}

fn pinned<'p>(project: &'p Project, tool: &str, call: &str) -> Result<&'p ToolCall, Problem> {
    let server = project.snapshot.catalogue.tools.get(tool).ok_or_else(|| {
        Problem::new(
            codes::S953,
            format!("sophia.lock holds no server `{tool}`."),
        )
        .with_help(format!("run `sophia sync --only {tool}` first"))
    })?;
    server.calls.get(call).ok_or_else(|| {
        let known: Vec<&str> = server.calls.keys().map(String::as_str).collect();
        Problem::new(
            codes::S954,
            format!("The tool `{tool}` has no call `{call}`."),
        )
        .with_help(one_of(&known, "run `sophia sync`"))
    })
}

/// Calls the tool, once the live server has said again that it only reads.
async fn ask(
    fleet: &Fleet,
    (tool, call): (&str, &str),
    settings: &ToolSettings,
    pinned: &ToolCall,
    calls: Vec<Map<String, Value>>,
) -> Result<Vec<Value>, Problem> {
    let described = fleet.describe(tool).await?;
    let now = (described.tools.iter()).find(|known| known.name == pinned.wire_name);
    let Some(now) = now else {
        return Err(Problem::new(
            codes::S954,
            format!("The server of `{tool}` has no call `{call}` any more."),
        )
        .with_help("run `sophia sync`"));
    };
    if changes_world(Some(settings), call, &as_now(now)) {
        return Err(changes(&format!(
            "The server of `{tool}` does not say any more that `{call}` only reads"
        )));
    }
    let mut answers = Vec::with_capacity(calls.len());
    for arguments in calls {
        let answer = fleet
            .call(tool, &pinned.wire_name, arguments, "", Some(PATIENCE))
            .await
            .map_err(|failure| failure.problem)?;
        answers.push(answer_json(answer, false));
    }
    Ok(answers)
}

/// A call with the hints that its server gives now.
fn as_now(now: &ToolDescription) -> ToolCall {
    ToolCall {
        read_only: now.read_only == Some(true),
        destructive: now.destructive == Some(true),
        ..ToolCall::default()
    }
}

/// The type of the answers; `json` where the language cannot write one that they all fit.
fn proposal(project: &Project, answers: &[Value]) -> String {
    let written = sampled_type(answers);
    let fits = stated_type(&project.snapshot, &written).is_some_and(|of| {
        answers.iter().all(|answer| {
            let ours = sophia_compiler::catalogue::ours_by_type(answer.clone(), &of);
            from_json(&ours, &of, Border::Plain).is_ok()
        })
    });
    if fits { written } else { "json".to_owned() }
}

/// The calls that `--with` asks for, with the server's own names.
fn calls(
    (tool, call): (&str, &str),
    settings: &ToolSettings,
    pinned: &ToolCall,
    with: &[String],
) -> Result<Vec<Map<String, Value>>, Problem> {
    let taken = Taken {
        label: format!("{tool}.{call}"),
        schema: serde_json::from_str(&pinned.input_schema).unwrap_or_default(),
        renamed: (settings.rename.get(call).into_iter().flatten())
            .chain(&pinned.arguments)
            .collect(),
    };
    let mut calls = Vec::new();
    let mut single = Map::new();
    for written in with {
        if written.trim_start().starts_with('{') {
            let given: Map<String, Value> = serde_json::from_str(written).map_err(|error| {
                Problem::new(
                    codes::S591,
                    "What stands behind `--with` is no JSON object.",
                )
                .because(error)
            })?;
            let mut sent = Map::new();
            for (name, value) in given {
                sent.insert(taken.wire_name(&name)?, value);
            }
            calls.push(sent);
            continue;
        }
        let Some((name, value)) = written.split_once('=') else {
            return Err(Problem::new(
                codes::S591,
                format!("`--with {written}` gives no argument a value."),
            )
            .with_help("write `--with NAME=VALUE`, or a JSON object"));
        };
        let wire_name = taken.wire_name(name)?;
        let value = taken.value(name, &wire_name, value)?;
        single.insert(wire_name, value);
    }
    if !single.is_empty() || calls.is_empty() {
        calls.push(single);
    }
    for sent in &mut calls {
        taken.complete(sent)?;
        if let Value::Object(named) = theirs(Value::Object(std::mem::take(sent)), &taken.schema) {
            *sent = named;
        }
    }
    Ok(calls)
}

/// What a call takes.
struct Taken<'a> {
    /// `TOOL.CALL`
    label: String,
    schema: Value,
    /// Our names of arguments with the server's; the manifest's come first.
    renamed: Vec<(&'a String, &'a String)>,
}

impl Taken<'_> {
    fn properties(&self) -> Option<&Map<String, Value>> {
        self.schema.get("properties")?.as_object()
    }

    /// Our name of an argument.
    fn our_name<'n>(&'n self, wire_name: &'n str) -> &'n str {
        let mut renamed = self.renamed.iter();
        renamed
            .find(|(_, theirs)| *theirs == wire_name)
            .map_or(wire_name, |(ours, _)| ours.as_str())
    }

    fn wire_name(&self, name: &str) -> Result<String, Problem> {
        let mut renamed = self.renamed.iter();
        let wire_name = renamed
            .find(|(ours, _)| *ours == name)
            .map_or(name, |(_, theirs)| theirs.as_str());
        let Some(properties) = self.properties() else {
            return Ok(wire_name.to_owned());
        };
        let open = (self.schema.get("additionalProperties"))
            .is_some_and(|more| more != &Value::Bool(false));
        if properties.contains_key(wire_name) || open {
            return Ok(wire_name.to_owned());
        }
        let known: Vec<&str> = properties.keys().map(|wire| self.our_name(wire)).collect();
        Err(Problem::new(
            codes::S591,
            format!("`{}` takes no argument `{name}`.", self.label),
        )
        .with_help(one_of(&known, "leave it out")))
    }

    /// A value as the schema wants it: a text as it stands, anything else as JSON.
    fn value(&self, name: &str, wire_name: &str, written: &str) -> Result<Value, Problem> {
        let kind = (self.properties())
            .and_then(|properties| properties.get(wire_name)?.get("type")?.as_str());
        if kind == Some("string") {
            return Ok(Value::from(written));
        }
        match (serde_json::from_str(written), kind) {
            (Ok(value), _) => Ok(value),
            (Err(_), None) => Ok(Value::from(written)),
            (Err(error), Some(kind)) => Err(Problem::new(
                codes::S591,
                format!("`{name}` of `{}` is of the type {kind}.", self.label),
            )
            .because(error)
            .with_help(format!("write its value as JSON behind `{name}=`"))),
        }
    }

    /// Whether everything that the call needs is given.
    fn complete(&self, sent: &Map<String, Value>) -> Result<(), Problem> {
        let needed = self.schema.get("required").and_then(Value::as_array);
        let missing: Vec<String> = (needed.into_iter().flatten())
            .filter_map(Value::as_str)
            .filter(|name| !sent.contains_key(*name))
            .map(|name| format!("`{}`", self.our_name(name)))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Problem::new(
            codes::S591,
            format!("`{}` also needs {}.", self.label, missing.join(", ")),
        )
        .with_help("give it with `--with NAME=VALUE`"))
    }
}

fn changes(what: &str) -> Problem {
    Problem::new(
        codes::S590,
        format!("{what}, so it is not called for a sample."),
    )
    .with_help("state what it gives under `returns` in sophia.toml")
}

/// `write one of a, b, c`, or something else where there is none.
fn one_of(known: &[&str], otherwise: &str) -> String {
    if known.is_empty() {
        return otherwise.to_owned();
    }
    let shown: Vec<String> = known
        .iter()
        .take(12)
        .map(|name| format!("`{name}`"))
        .collect();
    let more = if known.len() > 12 { ", …" } else { "" };
    format!("write one of {}{more}", shown.join(", "))
}
