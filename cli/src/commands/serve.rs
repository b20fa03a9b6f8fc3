//! `sophia serve`

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use sophia_diagnostics::Problem;
use sophia_engine::Admission;
use sophia_server::http::{Door, listens};
use sophia_server::run::Session;
use sophia_server::serve::{Clock as _, Happening, SystemClock, armed, serve};

use super::open::{open, secrets};
use crate::Exit;
use crate::arguments::Serve;
use crate::render::numbers::instant;
use crate::render::problem;

/// Where playbooks that start by something that comes in are reached.
const USUAL_ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7474);

/// Stays until it is interrupted.
pub(crate) async fn run(options: Serve) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    if opened.show_errors(&opened.relevant(&checked)) {
        return Ok(Exit::Problems);
    }
    let settings = opened.settings(&options.env)?;
    if options.check {
        for happening in armed(&checked.playbooks, SystemClock.now()) {
            tell(happening);
        }
        return Ok(Exit::Well);
    }
    let manifest = &opened.project.snapshot.manifest;
    let usual = || listens(&checked.playbooks, &manifest.webhooks).then_some(USUAL_ADDRESS);
    let door = match options.listen.or_else(usual) {
        Some(address) => {
            let public = options.public_url.clone();
            Some(Door::open(address, manifest, secrets(), public).await?)
        }
        None => None,
    };
    let session = Session::open(&opened.project, &settings, &secrets()).await?;
    let environment = session.environment.clone();
    anstream::eprintln!(
        "Serving {} in the environment {}. Ctrl-C ends it.",
        opened.project.root.display(),
        environment.name
    );
    let engine = session.engine.clone();
    let served = tokio::select! {
        served = serve(engine, environment, &checked.playbooks, Arc::new(SystemClock), Arc::new(tell), door) => served,
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
        Happening::Armed { playbook, on, next } => {
            let next = next
                .map(|next| format!(" · next {}", instant(next)))
                .unwrap_or_default();
            anstream::eprintln!("  {playbook:<20} {on}{next}");
        }
        Happening::Listening { address } => anstream::eprintln!("  Listening at http://{address}"),
        Happening::Arrived {
            playbook,
            event,
            run,
            admission,
        } => {
            let what = match admission {
                Admission::Began => "began",
                Admission::Queued => "waits in line",
                Admission::Known => "was there already",
                Admission::Joined => "took it",
                Admission::Skipped => "is under way, so it was left out",
            };
            anstream::eprintln!("  {playbook:<20} {event}: run {run} {what}");
        }
        Happening::Refused { event, reason } => {
            anstream::eprintln!("  {event}: refused. {reason}");
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
