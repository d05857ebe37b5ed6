//! Articles that break their readers or mean to. The number is that of the kind of fault.

use crate::mill::{DAY, Mill, NOW};
use serde_json::Value;

/// What is told of a file: code and place of each warning.
fn told<'a>(report: &'a Value, path: &str) -> Vec<(&'a str, Option<u64>, Option<u64>)> {
    let warnings = report["sources"][0]["warnings"].as_array().unwrap().iter();
    warnings
        .filter(|warning| warning["path"] == path)
        .map(|warning| (warning["code"].as_str().unwrap(), warning["line"].as_u64(), warning["column"].as_u64()))
        .collect()
}

/// An article that each level of lists makes nine times as large.
fn alias_bomb() -> String {
    let mut text = "---\ntitle: bomb\na0: &a0 [lol]\n".to_owned();
    for level in 1..=12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    text + "tags: *a12\n---\ntext\n"
}

#[test]
fn f58_articles_that_cannot_be_read_are_told_and_the_others_kept() {
    let mut mill = Mill::of_posts();
    mill.post("good", "2024-01-01", &["x"], "one");
    mill.run();
    let before = mill.ids("all");
    let nested =
        format!("{}x", (0..10_000).map(|depth| format!("{}a:\n", " ".repeat(depth % 500))).collect::<String>());
    for (name, text) in [
        ("alias-bomb", alias_bomb()),
        ("deep-flow", format!("---\ntitle: deep\na: {}{}\n---\ntext\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("deep-block", format!("---\ntitle: deep\n{nested}\n---\ntext\n")),
        ("deep-json", format!("{{\"title\":\"x\",\"a\":{}{}}}\n\ntext\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("deep-toml", format!("+++\ntitle = \"x\"\na = {}{}\n+++\ntext\n", "[".repeat(10_000), "]".repeat(10_000))),
        ("never-closed", "---\ntitle: [never closed\ndate: 2024-01-05\n---\ntext\n".to_owned()),
        ("large-scalar", format!("---\ntitle: \"{}\n---\ntext\n", "x".repeat(5 << 20))),
    ] {
        mill.write(&format!("posts/{name}.md"), text);
        let (run, report) = mill.at(NOW + DAY).report(&[]);
        assert_eq!(run.code, 0, "{name}: {}", run.stderr);
        let warnings = told(&report, &format!("{name}.md"));
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert!(warnings[0].1 >= Some(1) && warnings[0].2 >= Some(1), "{name}: {warnings:?}");
        assert_eq!(run.stderr.matches(&format!("{name}.md:")).count(), 1, "{name}: {}", run.stderr);
        assert!(run.stderr.len() < 2_000, "{name}: {} bytes are told", run.stderr.len());
        assert_eq!(mill.ids("all"), before, "{name}");
        // What is wrong is told once.
        let untouched = mill.snapshot();
        let run = mill.run();
        assert!(run.stdout.contains("1 warning"), "{name}: {}", run.stdout);
        mill.assert_untouched(&untouched);
        mill.remove(&format!("posts/{name}.md"));
    }
}

#[test]
fn f58_articles_with_a_blemish_are_published() {
    let mut mill = Mill::of_posts();
    mill.post("good", "2024-01-01", &["x"], "one");
    let body = format!("---\ntitle: large\ndate: 2024-01-02\n---\n{}\n", "Five megabytes of text. ".repeat(5 << 16));
    let cases: [(&str, String, &[&str]); 7] = [
        ("bad-date", "---\ntitle: bad date\ndate: the day after\n---\ntext\n".into(), &["date", "permalink"]),
        ("no-such-day", "---\ntitle: no such day\ndate: 2024-02-30\n---\ntext\n".into(), &["date", "permalink"]),
        ("crlf", "---\r\ntitle: crlf\r\ndate: 2024-01-02\r\n---\r\ntext\r\n".into(), &[]),
        ("bom", "\u{feff}---\ntitle: bom\ndate: 2024-01-02\n---\ntext\n".into(), &[]),
        ("blank-lines", "\n\n---\ntitle: blank-lines\ndate: 2024-01-02\n---\ntext\n".into(), &[]),
        ("last-line", "---\ntitle: last-line\ndate: 2024-01-02\n---".into(), &[]),
        ("large", body, &[]),
    ];
    for (name, text, _) in &cases {
        mill.write(&format!("posts/{name}.md"), text);
    }
    let (run, report) = mill.report(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let titles = mill.titles("all");
    for (name, _, codes) in &cases {
        let found = told(&report, &format!("{name}.md"));
        assert_eq!(found.iter().map(|(code, ..)| *code).collect::<Vec<_>>(), *codes, "{name}");
        assert!(found.iter().all(|(code, line, _)| *code != "date" || *line == Some(3)), "{name}: {found:?}");
        assert!(
            titles.contains(&name.replace("bad-date", "bad date").replace("no-such-day", "no such day")),
            "{titles:?}"
        );
    }
    let before = mill.snapshot();
    mill.at(NOW + DAY).run();
    mill.assert_untouched(&before);
}

#[test]
fn f58_front_matter_without_an_end() {
    let mut mill = Mill::of_posts();
    mill.post("good", "2024-01-01", &["x"], "one");
    mill.write("posts/open.md", "---\ntitle: open\ndate: 2024-01-02\n\nIs this text?\n");
    let (run, report) = mill.report(&[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(mill.titles("all").contains(&"good".to_owned()));
    let found = told(&report, "open.md");
    assert!(found.len() == 1 && found[0].1 >= Some(1), "{found:?}: {}", run.stderr);
    let before = mill.snapshot();
    mill.at(NOW + DAY).run();
    mill.assert_untouched(&before);
}
