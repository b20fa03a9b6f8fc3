//! A run at its end: what a manager reads, and then where every detail is.

use std::path::Path;
use std::time::Duration;

use sophia_server::sheet::{RunSheet, StepLine};

use super::numbers::{counted, duration, grouped, instant};
use super::style::{ERROR, QUIET, STRONG, WARNING, WELL, paint};

/// The head of a run: `churn_watch · run 01JD… · environment dev (slack is a stand-in)`.
pub(crate) fn head(playbook: &str, run: &str, environment: &str, stand_ins: &[String]) -> String {
    let stand_ins = match stand_ins {
        [] => String::new(),
        [only] => format!(" ({only} is a stand-in)"),
        several => format!(" ({} are stand-ins)", several.join(", ")),
    };
    format!(
        "{} · run {run} · environment {environment}{stand_ins}",
        paint(STRONG, playbook)
    )
}

/// The last word on a run, in parts with an empty line between them. `project` is how the folder was named, so that what is proposed can be typed.
pub(crate) fn summary(sheet: &RunSheet, project: &Path) -> String {
    let mut parts = vec![outcome(sheet)];
    if let Some(result) = sheet.result.as_ref().filter(|result| !result.is_null()) {
        let result = result
            .as_str()
            .map_or_else(|| result.to_string(), ToOwned::to_owned);
        parts.push(format!("  {}  {result}", paint(STRONG, "result")));
    }
    let of_kind = |kind: &'static str| sheet.steps.iter().filter(move |line| line.kind == kind);
    let effects = of_kind("effect").map(|line| format!("  {}\n", effect(line, sheet, project)));
    let models = of_kind("model").map(|line| model(line, sheet));
    parts.push(effects.chain(models).collect());
    let waits = (sheet.waits.iter())
        .map(|wait| format!("  {}  {}\n", paint(WARNING, "waits"), wait.reason));
    parts.push(waits.collect());
    let unsure = match sheet.unsure {
        0 => "nothing unsure".to_owned(),
        number => paint(WARNING, format_args!("{number} unsure")),
    };
    let cost = dollars(&sheet.cost_usd);
    let steps = counted(sheet.durable_steps, "step", "steps");
    parts.push(format!("  cost {cost} · {steps} durable · {unsure}"));
    parts.push(format!("Next: {}", next(sheet, project).join(" · ")));
    let parts = parts.iter().map(|part| part.trim_end());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("\n\n")
}

/// How it ended and what came of it, in one or two lines.
fn outcome(sheet: &RunSheet) -> String {
    let took = sheet.ended.map_or_else(String::new, |ended| {
        let micros = ended.as_microsecond() - sheet.created.as_microsecond();
        format!(
            " in {}",
            duration(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
        )
    });
    match sheet.status {
        "done" => format!("{}{took}. {}", paint(WELL, "Done"), gist(sheet)),
        "stopped" => {
            format!(
                "{}{took}: {}",
                paint(WELL, "Stopped"),
                sheet.reason.as_deref().unwrap_or_default()
            )
        }
        "failed" => failed(sheet, &took),
        "cancelled" => format!("{}{took}.", paint(WARNING, "Cancelled")),
        "waiting" => {
            let people = sheet.waits.iter().any(|wait| wait.for_a_person);
            let what = if people { " for a person" } else { "" };
            format!("{}{what}.", paint(WARNING, "Waits"))
        }
        "queued" => format!("{} for its turn.", paint(WARNING, "Waits")),
        _ => format!(
            "{}. The same command goes on with it.",
            paint(WARNING, "Interrupted")
        ),
    }
}

/// ``50 in `at_risk`, 50 × slack.post_message, 0 model calls.``
fn gist(sheet: &RunSheet) -> String {
    let mut parts = Vec::new();
    for line in sheet.steps.iter().filter(|line| line.kind == "loop") {
        let Some(items) = line.items else { continue };
        let mut part = format!(
            "{} in `{}`",
            grouped(items.total),
            line.source.as_ref().unwrap_or(&line.label)
        );
        if items.skipped > 0 {
            part.push_str(&format!(" ({} skipped)", grouped(items.skipped)));
        }
        if items.failed > 0 {
            part.push_str(&format!(" ({} failed)", grouped(items.failed)));
        }
        parts.push(part);
    }
    // One call may stand at several places of a playbook.
    let mut effects: Vec<(&str, u64)> = Vec::new();
    for line in sheet.steps.iter().filter(|line| line.kind == "effect") {
        let call = line.call.as_deref().unwrap_or(&line.label);
        match effects.iter_mut().find(|(known, _)| *known == call) {
            Some((_, times)) => *times += line.done,
            None => effects.push((call, line.done)),
        }
    }
    parts.extend(
        effects
            .iter()
            .map(|(call, times)| format!("{} × {call}", grouped(*times))),
    );
    if sheet.steps.iter().any(|line| line.kind == "model") {
        let answers = sheet.steps.iter().flat_map(|line| &line.answered_by);
        let by_models = answers
            .filter(|(who, _)| *who != "otherwise")
            .map(|(_, times)| times)
            .sum();
        parts.push(counted(
            by_models,
            "answer of a model",
            "answers of a model",
        ));
    }
    if parts.is_empty() {
        "Nothing left the machine.".to_owned()
    } else {
        format!("{}.", parts.join(", "))
    }
}

fn failed(sheet: &RunSheet, took: &str) -> String {
    let Some(failure) = &sheet.failure else {
        return format!(
            "{}{took}: {}",
            paint(ERROR, "Failed"),
            sheet.reason.as_deref().unwrap_or_default()
        );
    };
    let code = failure.code.as_deref().unwrap_or("fail");
    let mut text = format!("{}  {}\n", paint(ERROR, code), failure.message);
    for cause in &failure.causes {
        text.push_str(&format!("     {} {cause}\n", paint(QUIET, "=")));
    }
    text.push_str(&format!(
        "\n  {}:{}  in `{}`\n",
        sheet.file, failure.line, failure.step
    ));
    if let Some(help) = &failure.help {
        text.push_str(&format!("\n  Next: {help}\n"));
    }
    text.push_str(&format!("\n{}{took}.", paint(ERROR, "Failed")));
    text
}

/// `50 × slack.post_message, channel #cs-alerts (stand-in: see runs/01JD…/slack.jsonl)`
fn effect(line: &StepLine, sheet: &RunSheet, project: &Path) -> String {
    let call = line.call.as_deref().unwrap_or(&line.label);
    let to = line
        .note
        .as_ref()
        .map(|note| format!(", {note}"))
        .unwrap_or_default();
    let mut text = format!("{} × {call}{to}", grouped(line.done));
    if line.stand_in && line.done > 0 {
        let tool = call.split('.').next().unwrap_or(call);
        let folder = if project == Path::new(".") {
            String::new()
        } else {
            format!("{}/", project.display())
        };
        text.push_str(&format!(
            " (stand-in: see {folder}runs/{}/{tool}.jsonl)",
            sheet.run
        ));
    }
    if line.suppressed > 0 {
        text.push_str(&format!(
            "; {} left out, since the playbook allows them only once",
            grouped(line.suppressed)
        ));
    }
    if line.failed > 0 {
        text.push_str(&paint(
            ERROR,
            format_args!("; {} failed", grouped(line.failed)),
        ));
        for failure in line.failures.iter().take(3) {
            text.push_str(&format!("\n      {failure}"));
        }
    }
    text
}

/// Who answered a model call, and why the others did not.
fn model(line: &StepLine, sheet: &RunSheet) -> String {
    let mut text = String::new();
    for (who, times) in &line.answered_by {
        let times = counted(*times, "time", "times");
        if who == "otherwise" {
            let at = line
                .otherwise_line
                .map(|line| format!(" (line {line})"))
                .unwrap_or_default();
            text.push_str(&format!(
                "  {} answered {times} from the playbook's `otherwise`{at}:\n",
                line.label
            ));
        } else {
            let cost = dollars(&line.cost_usd);
            text.push_str(&format!(
                "  {} answered {times} by {who}, {cost}\n",
                line.label
            ));
        }
    }
    for (route, why) in &line.passed_over {
        text.push_str(&format!("    {route:<8} {why}\n"));
    }
    if text.is_empty() && line.failed > 0 {
        text.push_str(&format!(
            "  {} failed {} (line {} of {})\n",
            line.label,
            counted(line.failed, "time", "times"),
            line.line,
            sheet.file
        ));
    }
    text
}

fn next(sheet: &RunSheet, project: &Path) -> Vec<String> {
    let run = &sheet.run;
    let here = project == Path::new(".");
    let (option, argument) = if here {
        (String::new(), String::new())
    } else {
        (
            format!(" --project {}", project.display()),
            format!(" {}", project.display()),
        )
    };
    let option = if sheet.environment.as_ref() == "dev" {
        option
    } else {
        format!("{option} --env {}", sheet.environment)
    };
    let mut next = match sheet.status {
        "waiting" => answers(sheet, &option),
        "running" => vec![format!("sophia resume {run}{option}")],
        _ => Vec::new(),
    };
    next.push(format!("sophia runs show {run}{option}"));
    if sheet.status == "done" {
        next.push(format!("sophia test{argument}"));
        next.push(format!(
            "sophia graph {} {}",
            project.display(),
            sheet.playbook
        ));
    }
    next
}

/// How many questions it is said of how they are answered; `sophia runs show` names all.
const QUESTIONS: usize = 2;

/// What can be typed so that a run that waits goes on.
fn answers(sheet: &RunSheet, option: &str) -> Vec<String> {
    let run = &sheet.run;
    let mut next = Vec::new();
    if sheet.unsure > 0 {
        next.push(format!("sophia resume {run}{option} --unsure retry"));
        next.push(format!("sophia resume {run}{option} --unsure skip"));
    }
    for question in sheet.questions.iter().take(QUESTIONS) {
        let step = if sheet.questions.len() > 1 {
            format!(" \"{}\"", question.key)
        } else {
            String::new()
        };
        if let Some(fields) = &question.fields {
            let fields: Vec<_> = fields
                .iter()
                .map(|field| format!(" --field {field}=…"))
                .collect();
            next.push(format!(
                "sophia runs answer {run}{step}{option}{}",
                fields.concat()
            ));
        } else {
            next.push(format!("sophia runs approve {run}{step}{option}"));
            next.push(format!("sophia runs refuse {run}{step}{option}"));
        }
    }
    next
}

/// `$0.00`, `$0.00225`: at least two decimals, and all that matter.
pub(crate) fn dollars(amount: &str) -> String {
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    format!("${whole}.{fraction:0<2}")
}

/// One run in a list.
pub(crate) fn listed(run: &sophia_engine::RunSummary) -> String {
    let status = run.status.as_str();
    let style = match status {
        "done" | "stopped" => WELL,
        "failed" => ERROR,
        _ => WARNING,
    };
    let why = if run.summary.is_empty() {
        String::new()
    } else {
        format!("  {}", run.summary)
    };
    let by = (run.parent.as_ref())
        .map(|parent| format!("  started by run {parent}"))
        .unwrap_or_default();
    format!(
        "{}  {:<17}  {:<9}  {}{why}{by}",
        run.run,
        instant(run.created),
        paint(style, format_args!("{status:<9}")),
        run.playbook
    )
}
