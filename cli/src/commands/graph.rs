//! `sophia graph`

use sophia_diagnostics::Problem;
use sophia_plan::graph;

use super::open::open;
use crate::Exit;
use crate::arguments::{Drawing, Graph};

/// Prints the drawing on standard output.
pub(crate) fn run(options: &Graph) -> Result<Exit, Problem> {
    let opened = open(&options.path)?;
    let checked = opened.project.check();
    let Some((_, plan)) = opened.plan(&checked, options.playbook.as_deref())? else {
        return Ok(Exit::Problems);
    };
    let drawing = match options.drawing {
        Drawing::Mermaid => graph::mermaid(&plan),
        Drawing::Dot => graph::dot(&plan),
        Drawing::Svg => graph::svg(&plan),
    };
    anstream::println!("{}", drawing.trim_end());
    Ok(Exit::Well)
}
