use std::{sync::Arc, time::Instant};
fn main() {
    let mut texts = Vec::new();
    for path in std::env::args().skip(1) {
        texts.push(std::fs::read_to_string(&path).unwrap());
    }
    let lines: usize = texts.iter().map(|t| t.lines().count()).sum();
    for _ in 0..3 {
        let start = Instant::now();
        let n = 100;
        for _ in 0..n {
            for t in &texts {
                std::hint::black_box(sophia_language::parse(t, Arc::from("a")));
            }
        }
        let took = start.elapsed();
        println!("parse {:?} per line", took / n / lines as u32);
        let start = Instant::now();
        for _ in 0..n {
            std::hint::black_box(sophia_language::parse("playbook p\n", Arc::from("a")));
        }
        println!("empty {:?} per file", start.elapsed() / n);
        let start = Instant::now();
        for _ in 0..n {
            for t in &texts {
                std::hint::black_box(sophia_language::format(t, Arc::from("a")).unwrap());
            }
        }
        println!("format {:?} per line", start.elapsed() / n / lines as u32);
    }
}
