//! `sophia explain`

use sophia_diagnostics::{Problem, codes, page, pages};

use crate::Exit;
use crate::arguments::Explain;
use crate::render::style::{QUIET, paint};

/// Prints the page of a code, or the list of all codes.
pub(crate) fn run(options: &Explain) -> Result<Exit, Problem> {
    let Some(code) = &options.code else {
        for page in pages() {
            anstream::println!("{}  {}", page.code, page.title);
        }
        return Ok(Exit::Well);
    };
    let page = page(code).ok_or_else(|| {
        Problem::new(codes::S986, format!("There is no code `{code}`."))
            .with_help("`sophia explain` lists all codes")
    })?;
    // The second line of a page is for the build, not for the reader.
    for line in page
        .text
        .lines()
        .enumerate()
        .filter(|(index, _)| *index != 1)
        .map(|(_, line)| line)
    {
        if line.starts_with('#') {
            anstream::println!(
                "{}",
                paint(
                    crate::render::style::STRONG,
                    line.trim_start_matches(['#', ' '])
                )
            );
        } else if line.starts_with("```") {
            anstream::println!("{}", paint(QUIET, "─────"));
        } else {
            anstream::println!("{line}");
        }
    }
    Ok(Exit::Well)
}
