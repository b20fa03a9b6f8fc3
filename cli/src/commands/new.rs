//! `sophia new`

use sophia_diagnostics::Problem;

use crate::Exit;
use crate::arguments::New;

/// Makes the project and says what to do with it.
pub(crate) fn run(options: &New) -> Result<Exit, Problem> {
    let files = sophia_server::scaffold::create(&options.path)?;
    let shown = options.path.display();
    anstream::println!("Made {shown}:");
    for (file, what) in files {
        anstream::println!("  {file:<24} {what}");
    }
    anstream::println!("\nNext: sophia run {shown} · sophia test {shown} · sophia check {shown}");
    Ok(Exit::Well)
}
