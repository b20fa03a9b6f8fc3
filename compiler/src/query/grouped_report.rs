//! The words of the complaint about a column beside a group.

use sophia_diagnostics::codes;

use super::grouped::Ungrouped;
use super::typer::Typer;

impl Typer<'_> {
    /// S425
    pub fn report_ungrouped(&mut self, lost: &Ungrouped) {
        let Ungrouped { column, .. } = lost;
        let group = if lost.whole {
            "all rows together"
        } else {
            "a group of rows"
        };
        // What a hole was is not to be seen any more.
        let inside = (lost.inside.as_deref()).filter(|key| !key.contains(['$', '?']));
        let label = match inside {
            Some(key) => format!("`group by` has it only inside `{key}`"),
            None => "neither a key of `group by` nor inside an aggregate".to_owned(),
        };
        let mut ways = Vec::new();
        if let Some(key) = inside {
            ways.push(format!("write `{key}` as in `group by`"));
        }
        if lost.key.is_empty() {
            ways.push(format!("add `{column}` to `group by`"));
        } else {
            let key = lost.key.join(", ");
            ways.push(format!(
                "add `{column}` to `group by`, or the key of its table, `{key}`"
            ));
        }
        ways.push(format!(
            "say which one: `max({column})`, `count(distinct {column})`"
        ));
        let help = ways.join(", or ");
        let diagnostic = self
            .diagnostic(
                codes::S425,
                self.place(lost.span),
                format!("`{column}` has no one value for {group}."),
            )
            .with_label(label)
            .with_help(help);
        self.error(diagnostic);
    }
}
