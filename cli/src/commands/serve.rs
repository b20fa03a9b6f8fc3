//! `sophia serve`

use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_server::run::Session;
use sophia_server::serve::{Happening, SystemClock, serve};

use super::open::{open, secrets};
use crate::Exit;
use crate::arguments::Serve;
use crate::render::numbers::instant;
use crate::render::problem;

/// Stays until it is interrupted.
pub(crate) async fn run(options: Serve) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    if opened.show_errors(&opened.relevant(&checked)) {
        return Ok(Exit::Problems);
    }
    let settings = opened.settings(&options.env)?;
    let session = Session::open(&opened.project, &settings, &secrets()).await?;
    let environment = session.environment.clone();
    anstream::eprintln!(
        "Serving {} in the environment {}. Ctrl-C ends it.",
        opened.project.root.display(),
        environment.name
    );
    let engine = session.engine.clone();
    let served = tokio::select! {
        served = serve(engine, environment, &checked.playbooks, Arc::new(SystemClock), Arc::new(tell)) => served,
        () = interrupted() => Ok(()),
    };
    session.close().await;
    served?;
    anstream::eprintln!("Ended. Runs that were under way go on at the next start.");
    Ok(Exit::Well)
}

async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

fn tell(happening: Happening) {
    match happening {
        Happening::Armed {
            playbook,
            schedule,
            next,
        } => {
            let next = next
                .map(|next| format!(" · next {}", instant(next)))
                .unwrap_or_default();
            anstream::eprintln!("  {playbook:<20} {schedule}{next}");
        }
        Happening::Fired {
            playbook,
            run,
            instant: at,
            caught_up,
            already_known,
        } => {
            let caught_up = if caught_up { ", caught up" } else { "" };
            let known = if already_known { ", known already" } else { "" };
            anstream::eprintln!(
                "  {playbook:<20} run {run} for {}{caught_up}{known}",
                instant(at)
            );
        }
        Happening::Resumed { run } => anstream::eprintln!("  run {run} goes on where it was"),
        Happening::Ended {
            playbook,
            run,
            outcome,
        } => anstream::eprintln!("  {playbook:<20} run {run} {outcome}"),
        Happening::Trouble { problem: trouble } => problem::show(&trouble),
    }
}
