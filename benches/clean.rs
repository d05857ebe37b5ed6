//! Times how bodies are made safe: `cargo bench --bench clean [-- FOLDER]`.
//!
//! FOLDER holds articles with front matter, as HTML or Markdown; without one, bodies of three kinds are made up.
//! Prints microseconds for one body and megabytes in a second, on one core; the best of five rounds.

use feedmill::model::{Markup, Text};
use std::path::Path;
use std::time::Instant;
use url::Url;

const ROUNDS: usize = 5;
const BODIES: usize = 400;

fn main() {
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let kinds = match &folder {
        Some(folder) => {
            let mut bodies = Vec::new();
            read(Path::new(folder), &mut bodies);
            vec![("folder", bodies)]
        }
        None => vec![
            ("news", (0..BODIES).map(news).collect()),
            ("loose", (0..BODIES).map(loose).collect()),
            ("markdown", (0..BODIES).map(markdown).collect()),
        ],
    };
    println!("| bodies | number | bytes each | µs each | MB/s |\n|---|---|---|---|---|");
    let base = Url::parse("https://a.example/2024/1/").ok();
    for (kind, bodies) in kinds {
        let bytes: usize = bodies.iter().map(|body: &Text| body.value.len()).sum();
        let mut best = f64::INFINITY;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let mut out = 0;
            for body in &bodies {
                out += feedmill::normalize::content(body, base.as_ref()).html.len();
            }
            assert!(out > 0 || bodies.is_empty());
            best = best.min(start.elapsed().as_secs_f64());
        }
        let (number, micros) = (bodies.len().max(1), best * 1e6);
        println!(
            "| {kind} | {} | {} | {:.1} | {:.0} |",
            bodies.len(),
            bytes / number,
            micros / number as f64,
            bytes as f64 / micros
        );
    }
}

/// The bodies of all articles below a folder.
fn read(folder: &Path, bodies: &mut Vec<Text>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            read(&path, bodies);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            let markup =
                if path.extension().is_some_and(|kind| kind == "md") { Markup::Markdown } else { Markup::Html };
            let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
            bodies.push(Text { markup, value: body.to_owned() });
        }
    }
}

/// Tidy HTML of a newsroom: every element closed, comments, a style, links and pictures.
fn news(n: usize) -> Text {
    let mut html = String::from("<div>   \n");
    for k in 0..12 {
        if k % 4 == 1 {
            html += &format!(
                "<div class=\"img\"><img src=\"https://img.example/{n}/{k}.png\" alt=\"\" data-link=\"\" referrerpolicy=\"no-referrer\"><span>图 {k}</span></div>\n"
            );
        }
        html += &format!("<p style=\"x\">　　{}", "浦东新区的工作人员说，今天的情况比昨天好。".repeat(4));
        html += &format!(
            "<a href=\"https://example.org/{n}/{k}?a=1&amp;b=2\" target=\"_blank\"><strong>AT&amp;T</strong></a> and the rest of the news.</p>\n"
        );
    }
    html += "<!-- end -->\n\n\n<style>.a{color:red}</style></div>\n";
    Text::html(html)
}

/// HTML that leaves end tags out, as much of the web does.
fn loose(n: usize) -> Text {
    let mut html = String::new();
    for k in 0..12 {
        html += &format!(
            "<p>paragraph {n} {k} <b>with <i>words</i></b> {}<ul><li>a<li>b</ul>\n",
            "and more words ".repeat(12)
        );
    }
    Text::html(html)
}

fn markdown(n: usize) -> Text {
    let mut text = String::new();
    for k in 0..10 {
        text += &format!(
            "## Part {k} of {n}\n\n{}[link](https://example.org/{n}?a=1&b=2) **bold** and *more*.\n\n- one\n- two\n\n```rust\nlet x = {k};\n```\n\n",
            "some words of a paragraph ".repeat(10)
        );
    }
    Text { markup: Markup::Markdown, value: text }
}
