//! Compiles the committed parser, so that the tests read with what other people install.

use std::path::Path;

fn main() {
    let source = Path::new("tree-sitter/src");
    println!("cargo::rerun-if-changed={}", source.display());
    let files = ["parser.c", "scanner.c"].map(|file| source.join(file));
    // `sophia-grammars write` is what makes them, so it has to be built where they are missing.
    if !files.iter().all(|file| file.exists()) {
        return;
    }
    let compiled = cc::Build::new()
        .files(&files)
        .include(source)
        // A table of tables: optimising takes long and gains nothing.
        .opt_level(0)
        .std("c11")
        .warnings(false)
        .try_compile("sophia_tree_sitter");
    if let Err(error) = compiled {
        println!("cargo::warning=the committed parser does not compile: {error}");
    }
}
