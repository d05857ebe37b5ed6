//! Files a second of front matter on one core: our reader beside the YAML crate (`toml` for TOML), both to JSON values.
//!
//! `cargo bench --bench front_matter [-- SECONDS]`. The files are generated in the shapes that generators write; both
//! readers must read the same out of every one of them, or the bench fails. The best of the rounds counts.

#![allow(clippy::unwrap_used)]

use feedmill::config::plan::{ArticleReading, BodyKind, CategoryLists};
use feedmill::model::Document;
use feedmill::parse::article;
use serde_json::{Map, Value};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Files of one shape; more than the processor's caches hold of them.
const FILES: usize = 2_000;

const TITLES: [&str; 4] = [
    "央行今日开展逆回购操作 市场流动性保持合理充裕",
    "Shipping a static site in one afternoon",
    "''What is a feed'', and who reads it",
    "新浪财经早报：三大指数集体高开",
];

fn hexo(n: usize) -> String {
    format!(
        "---\ntitle: '{}'\nauthor: 财经网\ncategories: \n - 金融\n - 新浪财经\n - 股市{}\nheadimg: 'https://img.example.org/2024/{n}.jpg'\n\
         thumbnail: https://img.example.org/t/{n}.jpg\ndate: 2024-01-{:02} 10:{:02}:00\ncomments: false\n---\n<div><p>{n}</p></div>\n",
        TITLES[n % 4],
        n % 9,
        n % 28 + 1,
        n % 60
    )
}

fn jekyll(n: usize) -> String {
    format!(
        "---\nlayout: post\ntitle:  \"Notes on release {n}\"\ndate:   2024-02-{:02} 08:{:02}:00 +0100\ncategories: [releases, notes]\n\
         tags:\n  - rust\n  - feeds\npermalink: /notes/{n}/\nexcerpt: What is new, and why it took so long\n---\n\nText {n}\n",
        n % 28 + 1,
        n % 60
    )
}

fn hugo(n: usize) -> String {
    format!(
        "---\ntitle: \"A post with number {n}\"\ndate: 2024-03-{:02}T09:{:02}:00Z\nlastmod: 2024-04-01T00:00:00Z\ndraft: false\nweight: {n}\n\
         description: One sentence that says what it is about\nslug: post-{n}\ntags: [\"go\", \"web\"]\ncategories: [\"Code\"]\nimages: [\"/img/{n}.png\"]\n---\nText {n}\n",
        n % 28 + 1,
        n % 60
    )
}

fn hugo_toml(n: usize) -> String {
    format!(
        "+++\ntitle = \"A post with number {n}\"\ndate = 2024-03-{:02}T09:{:02}:00Z\ndraft = false\nweight = {n}\n\
         description = \"One sentence that says what it is about\"\nslug = \"post-{n}\"\ntags = [\"go\", \"web\"]\ncategories = [\"Code\"]\n+++\nText {n}\n",
        n % 28 + 1,
        n % 60
    )
}

type Read = fn(&str) -> Value;
/// Name, the n-th file, the crate's name, and its reader.
type Shape = (&'static str, fn(usize) -> String, &'static str, Read);

fn ours(text: &str) -> Value {
    Value::Object(article::front_matter(text).unwrap().unwrap().0)
}

/// What stands between the fences, as any program would cut it out.
fn block<'a>(text: &'a str, fence: &str) -> &'a str {
    text[4..].split_once(fence).unwrap().0
}

fn yaml_crate(text: &str) -> Value {
    serde_yaml::from_str(block(text, "\n---\n")).unwrap()
}

fn toml_crate(text: &str) -> Value {
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(truth) => truth.into(),
            toml::Value::Datetime(time) => time.to_string().into(),
            toml::Value::Array(values) => values.into_iter().map(json).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, json(value))).collect::<Map<_, _>>())
            }
        }
    }
    json(toml::Value::Table(toml::from_str(block(text, "\n+++\n")).unwrap()))
}

/// The whole way of a file: bytes to an entry, with dates, names and body.
fn whole(text: &str) -> Value {
    let reading = ArticleReading {
        permalink: None,
        base: "https://example.org/".parse().unwrap(),
        category_lists: CategoryLists::Flat,
        body: BodyKind::Auto,
        map: Default::default(),
        site: None,
    };
    let document = Document { bytes: text.as_bytes().to_vec(), path: Some("a.md".to_owned()), ..Document::default() };
    black_box(article::parse(&document, &reading, chrono_tz::Tz::Asia__Shanghai, true).unwrap());
    Value::Null
}

/// Files a second, the best round of as many as fit into `time`.
fn rate(files: &[String], read: Read, time: Duration) -> f64 {
    let (begun, mut best) = (Instant::now(), Duration::MAX);
    while begun.elapsed() < time {
        let round = Instant::now();
        for file in files {
            black_box(read(black_box(file)));
        }
        best = best.min(round.elapsed());
    }
    files.len() as f64 / best.as_secs_f64()
}

fn main() {
    let seconds = std::env::args().skip(1).find_map(|word| word.parse::<f64>().ok()).unwrap_or(1.0);
    let time = Duration::from_secs_f64(seconds.clamp(0.05, 60.0));
    let shapes: [Shape; 4] = [
        ("Hexo, Chinese news", hexo, "yaml_serde", yaml_crate),
        ("Jekyll", jekyll, "yaml_serde", yaml_crate),
        ("Hugo", hugo, "yaml_serde", yaml_crate),
        ("Hugo, TOML", hugo_toml, "toml", toml_crate),
    ];
    println!("| shape | front matter, files/s | the crate | | to an entry, files/s |\n|---|---|---|---|---|");
    for (name, file, of, theirs) in shapes {
        let files: Vec<String> = (0..FILES).map(file).collect();
        for file in &files {
            assert_eq!(ours(file), theirs(file), "{file}");
        }
        let [own, other, entry] = [ours, theirs, whole].map(|read| rate(&files, read, time));
        println!("| {name} | {own:.0} | {other:.0} ({of}) | {:.1}× | {entry:.0} |", own / other);
    }
}
