use std::sync::Arc;
fn main() {
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = sophia_language::parse(&text, Arc::from("a"));
        println!("== {path}");
        for d in &parsed.diagnostics {
            let line = text[..d.span.start as usize].matches('\n').count() + 1;
            println!(
                "{line}: {} {} {:?}",
                d.code.as_str(),
                d.message,
                text.get(d.span.range())
            );
        }
        if parsed.diagnostics.is_empty() {
            let f = sophia_language::format(&text, Arc::from("a")).unwrap();
            if f != text {
                for diff in text.lines().zip(f.lines()).filter(|(a, b)| a != b).take(8) {
                    println!("- {}\n+ {}", diff.0, diff.1);
                }
            }
        }
        if std::env::var("TREE").is_ok() {
            println!("{:#?}", parsed.file);
        }
    }
}
