//! `sophia run`

use std::collections::BTreeMap;
use std::path::Path;

use sophia_diagnostics::{Problem, codes};
use sophia_engine::RunId;
use sophia_server::inputs::inputs;
use sophia_server::run::Session;
use sophia_server::sheet::RunSheet;

use super::control::person;
use super::open::{open, secrets};
use crate::Exit;
use crate::arguments::{Format, Run};
use crate::render::{live::Live, run as render, steps};

/// Runs a playbook to its end and tells what came of it.
pub(crate) async fn run(options: Run) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    let Some((playbook, plan)) = opened.plan(&checked, options.playbook.as_deref())? else {
        return Ok(Exit::Problems);
    };
    let settings = opened.settings(&options.env)?;
    let given = given(&options.inputs)?;
    let inputs = inputs(playbook, &plan, &given, &opened.target.root)?;
    // Whoever types; nobody has to be known for a run.
    let by = person(None).ok();
    let session = Session::open(&opened.project, &settings, &secrets()).await?;
    let started = session
        .run(&plan, inputs, !options.new, by.as_deref())
        .await?;
    if options.format == Format::Text {
        let stand_ins = stand_ins(&session);
        anstream::eprintln!(
            "{}\n",
            render::head(&plan.playbook, &started.run.0, &options.env, &stand_ins)
        );
        if started.resumed {
            anstream::eprintln!(
                "  It was interrupted and goes on where it was. (`--new` starts another.)\n"
            );
        }
    }
    let followed = follow(&session, &started.run, options.format == Format::Text).await;
    let sheet = finish_one(&session, &started.run).await;
    session.close().await;
    if !followed? {
        let run = &started.run;
        anstream::eprintln!(
            "Interrupted. What was done is on disk; the same command goes on with it, or `sophia resume {run}`."
        );
        return Ok(Exit::Interrupted);
    }
    let sheet = sheet?;
    match options.format {
        Format::Json => {
            let mut json = serde_json::to_value(&sheet).unwrap_or_default();
            if let Some(fields) = json.as_object_mut() {
                fields.insert("resumed".to_owned(), started.resumed.into());
            }
            anstream::println!("{json:#}");
        }
        Format::Text => show(&sheet, &opened.named()),
    }
    Ok(exit(&sheet))
}

/// The steps and the summary of a run, on standard output.
pub(crate) fn show(sheet: &RunSheet, project: &Path) {
    let shown = sheet.steps.iter().filter(|line| steps::is_shown(line));
    for line in steps::lines(shown) {
        anstream::println!("{line}");
    }
    anstream::println!("\n{}", render::summary(sheet, project).trim_end());
}

/// How a run's end becomes an exit code.
pub(crate) fn exit(sheet: &RunSheet) -> Exit {
    match sheet.status {
        "done" | "stopped" => Exit::Well,
        "waiting" => Exit::Waits,
        "running" => Exit::Interrupted,
        _ => Exit::Problems,
    }
}

/// Shows a run while it works, until it rests; false when the keyboard interrupted it.
pub(crate) async fn follow(session: &Session, run: &RunId, visible: bool) -> Result<bool, Problem> {
    let mut progress = session.engine.watch(run);
    let mut live = visible.then(Live::new);
    let shown = async {
        while let Some(happened) = progress.recv().await {
            if let Some(live) = &mut live {
                live.take(&happened);
            }
        }
    };
    let outcome = {
        let rested = session.engine.wait(run);
        tokio::pin!(rested);
        tokio::pin!(shown);
        let mut watching = true;
        loop {
            tokio::select! {
                outcome = &mut rested => break outcome.map(|_| true),
                () = &mut shown, if watching => watching = false,
                _ = tokio::signal::ctrl_c() => break Ok(false),
            }
        }
    };
    if let Some(live) = live {
        live.end();
    }
    outcome
}

/// What became of a run.
pub(crate) async fn finish_one(session: &Session, run: &RunId) -> Result<RunSheet, Problem> {
    Ok(RunSheet::of(&session.engine.run(&run.0).await?))
}

/// The tools that are stand-ins.
pub(crate) fn stand_ins(session: &Session) -> Vec<String> {
    let names = session.environment.servers.stand_ins();
    names.map(str::to_owned).collect()
}

fn given(texts: &[String]) -> Result<BTreeMap<String, String>, Problem> {
    texts
        .iter()
        .map(|text| {
            let (name, value) = text.split_once('=').ok_or_else(|| {
                Problem::new(codes::S988, format!("`--input {text}` has no `=`."))
                    .with_help("write --input NAME=VALUE, for example --input threshold=80%")
            })?;
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}
