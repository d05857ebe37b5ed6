//! The whole way from text to plan or faults.

use super::*;

const GOOD: &str = r#"[site]
title = "Mill"
url = "https://example.org"

[[source.articles]]
name = "posts"
path = "content/posts"
"#;

fn read(text: &str) -> Result<Plan, ConfigError> {
    check(text, Path::new("config.toml"), &Overrides::new())
}

#[test]
fn explore() {
    let dir = std::env::var("CFG").unwrap();
    for entry in std::fs::read_dir(dir).unwrap() {
        let p = entry.unwrap().path();
        let text = std::fs::read_to_string(&p).unwrap();
        println!("=== {}", p.display());
        match read(&text) { Ok(p) => println!("{p:#?}"), Err(e) => println!("{e}") }
    }
}
