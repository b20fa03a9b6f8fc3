//! `sophia sync --sample`

use sophia_diagnostics::{Problem, codes};
use sophia_server::sync::{Sampled, Untyped, confirm, sample, untyped};

use super::open::{Opened, secrets};
use crate::Exit;
use crate::arguments::{Format, Sync};
use crate::render::numbers::counted;

/// Proposes a type for the answers of a call; without one, lists the calls whose answers have none.
pub(crate) async fn run(
    opened: &Opened,
    options: &Sync,
    call: Option<&str>,
) -> Result<Exit, Problem> {
    let Some(name) = call else {
        list(&untyped(&opened.project), options.format);
        return Ok(Exit::Well);
    };
    let (tool, call) = name.split_once('.').filter(|(tool, call)| !tool.is_empty() && !call.is_empty()).ok_or_else(|| {
        Problem::new(codes::S957, format!("`{name}` names no call of a tool."))
            .with_help("write `--sample TOOL.CALL`, or `--sample` alone behind the project's folder for a list")
    })?;
    let settings = opened.settings(&options.env)?;
    let sampled = Box::pin(sample(
        &opened.project,
        &settings,
        &secrets(),
        (tool, call),
        &options.with,
    ))
    .await?;
    if options.confirm {
        confirm(&opened.project, &sampled)?;
    }
    show(&sampled, options);
    Ok(Exit::Well)
}

fn list(found: &[Untyped], format: Format) {
    if format == Format::Json {
        let calls = found.iter();
        let calls: Vec<_> = calls
            .map(|call| serde_json::json!({ "call": call.name, "reads": call.reads }))
            .collect();
        anstream::println!("{:#}", serde_json::json!({ "untyped": calls }));
        return;
    }
    if found.is_empty() {
        anstream::println!("Every call in sophia.lock says what it gives.");
        return;
    }
    let calls = counted(found.len() as u64, "call gives", "calls give");
    anstream::println!("{calls} plain `json`:");
    for call in found {
        let what = if call.reads {
            "only reads: it can be sampled"
        } else {
            "may change the world: state it under `returns`"
        };
        anstream::println!("  {:<40} {what}", call.name);
    }
}

fn show(sampled: &Sampled, options: &Sync) {
    let Sampled {
        tool,
        call,
        answers,
        of,
        before,
    } = sampled;
    if options.format == Format::Json {
        anstream::println!(
            "{:#}",
            serde_json::json!({
                "call": format!("{tool}.{call}"), "answers": answers, "type": of, "before": before,
                "confirmed": options.confirm,
            })
        );
        return;
    }
    let seen = counted(*answers as u64, "answer", "answers");
    anstream::println!("{tool}.{call} · {seen}, nothing of which was kept\n");
    for line in of.lines() {
        anstream::println!("  {line}");
    }
    anstream::println!();
    match before {
        Some(before) if before == of => {
            anstream::println!("sophia.toml says so already.");
            return;
        }
        Some(before) if options.confirm => {
            anstream::println!("sophia.toml said:");
            for line in before.lines() {
                anstream::println!("  {line}");
            }
        }
        _ => {}
    }
    if options.confirm {
        anstream::println!("Written into sophia.toml, `[tools.{tool}]`, `returns.{call}`.");
        anstream::println!(
            "Each answer is held against it. A field that was there every time is taken to be there always."
        );
        return;
    }
    anstream::println!(
        "To state it, put this under `[tools.{tool}]` of sophia.toml, or say it again with `--confirm`:\n"
    );
    let quotes = if of.contains('\n') { "\"\"\"" } else { "\"" };
    anstream::println!("  returns.{call} = {quotes}{of}{quotes}");
}
