//! `sophia stand-in`

use sophia_diagnostics::Problem;

use super::open::open;
use crate::Exit;
use crate::arguments::StandIn;

/// Serves until the other side goes away. Standard output belongs to the protocol.
pub(crate) async fn run(options: StandIn) -> Result<Exit, Problem> {
    let opened = open(&options.project)?;
    sophia_server::stand_in::serve_stand_in(&opened.project, &options.tool, options.record).await?;
    Ok(Exit::Well)
}
