//! A server for the tests, which start it as a child process: an honest stand-in, and peers that
//! misbehave, one for each way in which real ones do.
//!
//! Start it with the name of a behaviour. Kept true here: it ends when its input ends, except where
//! surviving is the misbehaviour.

use std::cell::Cell;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Value, json};
use sophia_tools::{StandIn, ToolDescription, serve};

/// What the peer with a resource calls it.
const RESOURCE: &str = "desk://prices";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let behaviour = arguments.first().map_or("", String::as_str);
    match behaviour {
        "stand-in" => stand_in(arguments.get(1).map(PathBuf::from)),
        "exits" => exits(),
        "silent" => silent(),
        "survives" => survives(),
        "garbage" => scripted(&Script {
            noise: true,
            ..Script::default()
        }),
        "stateless" => scripted(&Script {
            stateless: true,
            ..Script::default()
        }),
        "refuses" => scripted(&Script {
            refuses: true,
            ..Script::default()
        }),
        "dies-in-calls" => scripted(&Script {
            dies_in_calls: true,
            ..Script::default()
        }),
        "dies-once" => scripted(&Script {
            dies_in_calls: first_time(&arguments),
            ..Script::default()
        }),
        "hangs-in-calls" => scripted(&Script {
            hangs_in_calls: true,
            ..Script::default()
        }),
        "banner" => banner(),
        "huge" => scripted(&Script {
            huge: true,
            ..Script::default()
        }),
        "pages" => scripted(&Script {
            pages: 3,
            ..Script::default()
        }),
        "endless-pages" => scripted(&Script {
            pages: u32::MAX,
            ..Script::default()
        }),
        "deep" => scripted(&Script {
            deep: true,
            ..Script::default()
        }),
        // The second argument is the file of its resource; `quiet` behind it tells nothing.
        "resource" => scripted(&Script {
            resource: arguments.get(1).map(PathBuf::from),
            quiet: arguments.get(2).is_some(),
            ..Script::default()
        }),
        "fails" => scripted(&Script {
            failure: arguments.get(1).cloned(),
            ..Script::default()
        }),
        other => {
            report(&format!("there is no behaviour `{other}`"));
            ExitCode::from(2)
        }
    }
}

fn stand_in(record: Option<PathBuf>) -> ExitCode {
    let post = ToolDescription {
        name: "post_message".to_owned(),
        description: "Posts a message".to_owned(),
        input_schema: json!({
            "type": "object",
            "properties": {
                "channel": { "type": "string" },
                "text": { "type": "string" },
                "urgency": { "type": "integer", "minimum": 1, "maximum": 5 },
            },
            "required": ["channel", "text"],
            "additionalProperties": false,
        }),
        read_only: Some(false),
        ..ToolDescription::default()
    };
    let look_up = ToolDescription {
        name: "look_up".to_owned(),
        input_schema: json!({ "type": "object" }),
        output_schema: Some(json!({
            "type": "object",
            "properties": { "found": { "type": "boolean" }, "day": { "type": "string", "format": "date" } },
            "required": ["found", "day"],
        })),
        read_only: Some(true),
        ..ToolDescription::default()
    };
    let stand_in = StandIn {
        server: "chat".to_owned(),
        version: "1.2.3".to_owned(),
        tools: vec![post, look_up],
        record,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(stand_in)),
        Err(error) => {
            report(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            report(&problem.to_string());
            ExitCode::FAILURE
        }
    }
}

fn exits() -> ExitCode {
    for line in 0..100 {
        report(&format!("line {line}"));
    }
    let token = std::env::var("TOKEN").unwrap_or_default();
    report(&format!("cannot log in with {token}"));
    ExitCode::from(7)
}

/// A program that is no server at all.
fn banner() -> ExitCode {
    say_raw("Usage: program [options]");
    ExitCode::SUCCESS
}

/// Reads everything and says nothing.
fn silent() -> ExitCode {
    report("waiting for a licence");
    for _line in std::io::stdin().lock().lines() {}
    ExitCode::SUCCESS
}

/// Answers, starts a child of its own, and outlives its input; the child would too.
fn survives() -> ExitCode {
    let child = std::process::Command::new("sleep").arg("600").spawn();
    let child = child.map_or(0, |child| child.id());
    let script = Script {
        note: Some(format!("{child}")),
        ..Script::default()
    };
    scripted(&script);
    loop {
        std::thread::sleep(Duration::from_mins(10));
    }
}

/// True where the marker file named by the second argument is not there yet; then it is.
fn first_time(arguments: &[String]) -> bool {
    arguments.get(1).is_some_and(|marker| {
        let fresh = std::fs::File::create_new(marker);
        fresh.is_ok()
    })
}

#[derive(Default)]
struct Script {
    noise: bool,
    stateless: bool,
    refuses: bool,
    dies_in_calls: bool,
    hangs_in_calls: bool,
    huge: bool,
    deep: bool,
    pages: u32,
    failure: Option<String>,
    note: Option<String>,
    resource: Option<PathBuf>,
    quiet: bool,
    followed: Cell<bool>,
}

/// A server by hand, one message after another.
fn scripted(script: &Script) -> ExitCode {
    if script.noise {
        say_raw("Welcome to the server!");
        say_raw("{ \"log\": \"ready\" }");
    }
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let Ok(message) = serde_json::from_str::<Value>(&line) else {
            continue;
        };
        let Some(id) = message.get("id").filter(|id| !id.is_null()) else {
            continue;
        };
        let method = message.get("method").and_then(Value::as_str).unwrap_or("");
        match answer(script, method, &message) {
            Ok(result) => say(&json!({ "jsonrpc": "2.0", "id": id, "result": result })),
            Err(Some(error)) => say(&json!({ "jsonrpc": "2.0", "id": id, "error": error })),
            Err(None) => {}
        }
    }
    ExitCode::SUCCESS
}

fn answer(script: &Script, method: &str, message: &Value) -> Result<Value, Option<Value>> {
    let unknown = || Some(json!({ "code": -32601, "message": "Method not found" }));
    match method {
        "initialize" if script.stateless || script.refuses => Err(unknown()),
        "initialize" => Ok(json!({
            "protocolVersion": "2025-06-18",
            "capabilities": capabilities(script),
            "serverInfo": { "name": "scripted", "version": "0.1" },
        })),
        "server/discover" if script.stateless => Ok(json!({
            "resultType": "complete",
            "supportedVersions": ["2026-07-28"],
            "capabilities": { "tools": {} },
            "ttlMs": 0,
            "cacheScope": "private",
            "_meta": { "io.modelcontextprotocol/serverInfo": { "name": "stateless", "version": "2" } },
        })),
        "tools/list" => Ok(list(script, message)),
        "resources/subscribe" if !script.quiet => {
            script.followed.set(true);
            Ok(json!({}))
        }
        "resources/read" => script.resource.as_ref().map_or_else(
            || Err(unknown()),
            |file| match std::fs::read_to_string(file) {
                Ok(text) => Ok(json!({ "contents": [{ "uri": RESOURCE, "text": text }] })),
                Err(_) => Err(Some(
                    json!({ "code": -32002, "message": "Resource not found" }),
                )),
            },
        ),
        "tools/call" => call(script, message),
        _ => Err(unknown()),
    }
}

fn capabilities(script: &Script) -> Value {
    match &script.resource {
        Some(_) => json!({ "tools": {}, "resources": { "subscribe": !script.quiet } }),
        None => json!({ "tools": {} }),
    }
}

/// The tool of a peer with a resource: writes what it holds, or ends the peer where nothing is given.
fn write(script: &Script, file: &Path, message: &Value) -> Value {
    let text = message.pointer("/params/arguments/text");
    let Some(text) = text.and_then(Value::as_str) else {
        report("out of memory");
        std::process::exit(9);
    };
    let _unwritten = std::fs::write(file, text);
    if script.followed.get() {
        say(&json!({
            "jsonrpc": "2.0",
            "method": "notifications/resources/updated",
            "params": { "uri": RESOURCE },
        }));
    }
    json!({ "content": [{ "type": "text", "text": "written" }] })
}

fn list(script: &Script, message: &Value) -> Value {
    let page = message
        .pointer("/params/cursor")
        .and_then(Value::as_str)
        .and_then(|cursor| cursor.parse::<u32>().ok())
        .unwrap_or(0);
    let mut schema = json!({ "type": "object" });
    if script.deep {
        for _ in 0..100 {
            schema = json!({ "not": schema });
        }
    }
    let mut list = json!({ "tools": [{ "name": format!("tool_{page}"), "inputSchema": schema }] });
    if page + 1 < script.pages
        && let Some(list) = list.as_object_mut()
    {
        list.insert("nextCursor".to_owned(), (page + 1).to_string().into());
    }
    list
}

fn call(script: &Script, message: &Value) -> Result<Value, Option<Value>> {
    if script.dies_in_calls {
        report("out of memory");
        std::process::exit(9);
    }
    if let Some(file) = &script.resource {
        return Ok(write(script, file, message));
    }
    if script.hangs_in_calls {
        return Err(None);
    }
    let text = match (&script.note, script.huge) {
        (_, true) => "x".repeat(17 * 1024 * 1024),
        (Some(note), _) => note.clone(),
        (None, _) => message
            .pointer("/params")
            .cloned()
            .unwrap_or_default()
            .to_string(),
    };
    match &script.failure {
        None => Ok(json!({ "content": [{ "type": "text", "text": text }] })),
        Some(words) if words.starts_with('{') => {
            Ok(json!({ "content": [{ "type": "text", "text": words }] }))
        }
        Some(words) => match words
            .split_once(' ')
            .map(|(code, rest)| (code.parse::<i64>(), rest))
        {
            Some((Ok(code), rest)) => Err(Some(json!({ "code": code, "message": rest }))),
            _ => Ok(json!({ "isError": true, "content": [{ "type": "text", "text": words }] })),
        },
    }
}

fn say(message: &Value) {
    say_raw(&message.to_string());
}

fn say_raw(line: &str) {
    let mut output = std::io::stdout().lock();
    let _reader_gone = writeln!(output, "{line}").and_then(|()| output.flush());
}

fn report(line: &str) {
    let _reader_gone = writeln!(std::io::stderr(), "{line}");
}
