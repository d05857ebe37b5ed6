//! Other readers' cases, out of the folder that `FEEDMILL_CASES` names: what they read and we read otherwise is listed
//! here with its reason. A listed case that passes is a failure as well as one that is not listed and does not.

use super::yaml::tests::{by_the_crate, by_the_fast_reader};
use super::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// A file of the cases; none, and a loud line, where there is no such folder.
fn case_file(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("FEEDMILL_CASES") else {
        // Past the test harness, which keeps what a test prints to itself.
        let _ = writeln!(
            std::io::stderr(),
            "LEFT OUT: FEEDMILL_CASES is not set, so `{name}` of other readers was not tried"
        );
        return None;
    };
    let path = PathBuf::from(folder).join("cases").join(name);
    assert!(path.exists(), "FEEDMILL_CASES names a folder without `cases/{name}`");
    Some(path)
}

/// Holds what went wrong against what is known to; `known` says why.
#[track_caller]
fn settle(failed: &BTreeMap<String, String>, known: &[(&str, &[&str])]) {
    let listed: BTreeSet<&str> = known.iter().flat_map(|(_, names)| names.iter().copied()).collect();
    let new: Vec<_> = failed.iter().filter(|(name, _)| !listed.contains(name.as_str())).collect();
    let gone: Vec<_> = listed.iter().filter(|name| !failed.contains_key(**name)).collect();
    let shown: Vec<String> = new.iter().map(|(name, what)| format!("{name}: {what}")).collect();
    assert!(new.is_empty(), "{} cases are read otherwise and not listed:\n{}", new.len(), shown.join("\n"));
    assert!(gone.is_empty(), "listed, but they pass: {gone:?}");
}

/// Front matter of hexo-front-matter, python-frontmatter and gray-matter.
#[test]
fn front_matter_of_other_readers() {
    const KNOWN: &[(&str, &[&str])] = &[
        ("without its end there is no telling what is body: an error that names the place", &["gray-matter all.yaml"]),
        ("Hexo's JSON fences are read, which gray-matter knows only when told", &["gray-matter delims-semi-colons.md"]),
        (
            "`------` above and `---` below are front matter where keys stand between",
            &["hexo-front-matter unbalanced separator"],
        ),
        (
            "`yes` keeps its text, as YAML 1.2 has it; where a truth value is asked for it is one",
            &["python-frontmatter yaml/unpretty.result.json"],
        ),
    ];
    let Some(path) = case_file("frontmatter_cases.jsonl") else { return };
    let mut failed = BTreeMap::new();
    let text = std::fs::read_to_string(path).unwrap();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| case[key].as_str().unwrap().to_owned();
        let (expect, got) = match (word("suite").as_str(), word("fn").as_str()) {
            (_, "split") => split(&word("input"), case["expect"].clone()),
            ("hexo-front-matter", _) => {
                hexo(&word("input"), case["expect"].clone(), case["options"]["defaultTimeZone"].as_str())
            }
            ("python-frontmatter", _) => python(&word("input"), case["expect"].clone()),
            (_, _) => gray(&word("input"), case["expect"].clone()),
        };
        if expect != got {
            failed.insert(format!("{} {}", word("suite"), word("name")), format!("{got}, expected {expect}"));
        }
    }
    settle(&failed, KNOWN);
}

/// Hexo's cases of where front matter begins and ends hold the word `foo` in its place, which is prose to us: a key
/// stands for it, so that the same fences are tried.
fn split(input: &str, expect: Value) -> (Value, Value) {
    let key = if input.contains(";;;") { "\"title\": \"foo\"" } else { "title: foo" };
    let whole = expect.get("data").is_some();
    let expect =
        json!({ "title": whole.then_some("foo"), "content": expect["content"].as_str().unwrap().replace("foo", key) });
    let input = input.replacen("foo", key, 1);
    let read = front_matter(&input).unwrap();
    let got = match &read {
        Some((fields, body)) => json!({ "title": fields.get("title"), "content": body }),
        None => json!({ "title": null, "content": input }),
    };
    (expect, got)
}

/// All fields and the body; dates as instants.
fn hexo(input: &str, expect: Value, zone: Option<&str>) -> (Value, Value) {
    let (mut fields, body) = front_matter(input).unwrap().unwrap_or((Map::new(), input));
    if fields.contains_key("date") {
        let instant = read_in(zone.map_or(Tz::UTC, |zone| zone.parse().unwrap()), input);
        fields.insert("date".to_owned(), json!(instant));
    }
    fields.insert("_content".to_owned(), json!(body));
    (expect, Value::Object(fields))
}

fn read_in(zone: Tz, text: &str) -> Option<String> {
    let reading = super::tests::reading();
    let document = Document { bytes: text.as_bytes().to_vec(), path: Some("a.md".to_owned()), ..Document::default() };
    let entry = parse(&document, &reading, zone, true).unwrap().unwrap().value;
    entry.published.map(|instant| instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

/// All fields and the body without the blank lines around it.
fn python(input: &str, expect: Value) -> (Value, Value) {
    let (mut fields, body) = front_matter(input).unwrap().unwrap_or((Map::new(), input));
    fields.insert("content".to_owned(), json!(body.trim()));
    (expect, Value::Object(fields))
}

/// All fields and the body.
fn gray(input: &str, expect: Value) -> (Value, Value) {
    let expect = json!({ "data": expect["data"], "content": expect["content"] });
    let got = match front_matter(input) {
        Ok(read) => {
            let (fields, body) = read.unwrap_or((Map::new(), input));
            json!({ "data": fields, "content": body })
        }
        Err(error) => json!(error.message),
    };
    (expect, got)
}

/// The documents of the YAML test suite.
#[test]
fn the_yaml_test_suite() {
    const KNOWN: &[(&str, &[&str])] = &[
        (
            "libyaml, below the crate, knows YAML 1.1: it refuses a colon far from its key, `:x` in braces, tabs behind a dash",
            &["2SXE", "4MUZ/0", "4MUZ/2", "58MP", "5MUD", "A2M4", "K3WX", "VJP3/1"],
        ),
        (
            "libyaml reads `?` and `&an:chor` otherwise, and ends a text without its last line end",
            &["652Z", "L24T/1", "Y2GN"],
        ),
        (
            "libyaml takes what YAML 1.2 refuses; what is meant is plain",
            &["9C9N", "DFF7", "DK95/1", "QB6E", "S98Z", "SU5Z", "X4QW"],
        ),
        ("`450.00` is a number with a fraction, whole or not", &["UGM3"]),
        (
            "a slip that is mended, with a warning: tabs, texts that need quotes",
            &[
                "4EJS", "62EZ", "96NN/0", "96NN/1", "CQ3W", "HRE5", "JY7Z", "Q4CL", "SR86", "W5VH", "Y79Y/0", "Y79Y/1",
                "ZCZ6", "ZL4Z",
            ],
        ),
    ];
    let Some(path) = case_file("yaml_suite_cases.json") else { return };
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut failed = BTreeMap::new();
    for case in &cases {
        let text = case["yaml"].as_str().unwrap();
        let values = case["json"].as_str().map(|json| serde_json::Deserializer::from_str(json).into_iter::<Value>());
        let values: Option<Vec<Value>> = values.map(|values| values.map(Result::unwrap).collect());
        // Front matter is one table; what else a document can be is as much none as what is no YAML.
        let expect = match values.as_deref() {
            Some([Value::Object(fields)]) if case["fail"] != true && !fields.is_empty() => json!(fields),
            _ => Value::Null,
        };
        let mut warnings = Vec::new();
        let got = match yaml::read(text, 1, &mut warnings) {
            Ok(Some(table)) if !table.is_empty() => super::node::Node::Table(table).into_json(),
            Ok(_) | Err(_) => Value::Null,
        };
        if got != expect {
            let told = if warnings.is_empty() { "" } else { " (mended)" };
            failed.insert(case["id"].as_str().unwrap().to_owned(), format!("{got}{told}, expected {expect}\n{text:?}"));
        }
    }
    settle(&failed, KNOWN);
}

/// The fast reader of YAML against the crate, over every real post at hand.
#[test]
fn the_fast_reader_agrees_with_the_crate_on_posts() {
    let Some(folder) = case_file("posts") else { return };
    let (mut fast, mut all) = (0, 0);
    for file in ignore::Walk::new(folder)
        .filter_map(Result::ok)
        .filter(|file| file.path().extension().is_some_and(|one| one == "md"))
    {
        let text = String::from_utf8_lossy(&std::fs::read(file.path()).unwrap()).into_owned();
        let Some(block) = text.strip_prefix("---").and_then(|rest| rest.split_once('\n')?.1.split_once("\n---")) else {
            continue;
        };
        all += 1;
        let Some(table) = by_the_fast_reader(block.0) else { continue };
        fast += 1;
        assert_eq!(table, by_the_crate(block.0), "{}", file.path().display());
    }
    assert!(all > 2000 && fast * 10 >= all * 9, "the fast reader took {fast} of {all} posts");
}
