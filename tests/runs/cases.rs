//! The cases that authors of other readers wrote down: what they expect, and where we mean to differ.
//!
//! `FEEDMILL_CASES` names the folder with `cases/`; without it these tests say that they are left out.
//! Each table holds every case that fails, with the reason. A listed case that passes fails the test as well.

use chrono::DateTime;
use chrono_tz::Tz;
use feedmill::model::Document;
use feedmill::{inspect, parse};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Feeds we read otherwise than the author of the case.
const FEEDS: [(&str, &str); 7] = [
    (
        "gofeed/atom/feed_categories_-_atom_feed_categories",
        "a category is known by its term; labels change, and differ by language",
    ),
    ("feedrs/atom/atom_example_1.xml", "the `div` of an xhtml construct is no part of the content (RFC 4287 §3.1.1.3)"),
    ("feedrs/atom/atom_example_7.xml", "the `div` of an xhtml construct is no part of the content (RFC 4287 §3.1.1.3)"),
    (
        "feedrs/jsonfeed/jsonfeed_elastic_1.1.json",
        "where `authors` stands, `author` is for old readers and not one more (JSON Feed 1.1)",
    ),
    ("feedrs/rss1/rss_1.0_spec_2.xml", "`Name (mailto:address)` is a name and an address"),
    ("feedrs/rss2/rss_2.0_ilgiornale.xml", "the author's name is the one written there, not the word `author`"),
    ("feedrs/rss2/rss_2.0_relurl_1.xml", "the author's name is the one written there, not the word `author`"),
];

/// Dates we read otherwise than the author of the case.
const DATES: [(&str, &str); 0] = [];

/// A file of the cases; none, loudly, where they are not at hand.
fn cases(path: &str) -> Option<(PathBuf, Vec<Value>)> {
    let Some(folder) = std::env::var_os("FEEDMILL_CASES") else {
        eprintln!("!!! LEFT OUT: FEEDMILL_CASES is not set, `cases/{path}` is not read");
        return None;
    };
    let path = PathBuf::from(folder).join("cases").join(path);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let cases = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    Some((path.parent().unwrap().to_owned(), cases))
}

/// Holds what fails against the table.
fn compare(failed: &[(String, String)], table: &[(&str, &str)]) {
    let unlisted: Vec<_> = failed.iter().filter(|(id, _)| !table.iter().any(|(listed, _)| listed == id)).collect();
    let passing: Vec<_> = table.iter().filter(|(listed, _)| !failed.iter().any(|(id, _)| id == listed)).collect();
    assert!(unlisted.is_empty(), "these fail and are not listed: {unlisted:#?}");
    assert!(passing.is_empty(), "these are listed and pass: {passing:#?}");
}

#[test]
fn feeds_are_read_as_other_readers_expect() {
    let Some((folder, cases)) = cases("feeds/cases.jsonl") else { return };
    assert!(cases.len() >= 158, "{} cases", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let path = case["path"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(path)).unwrap();
        let document = Document { bytes, path: Some(path.to_owned()), ..Document::default() };
        let feed = match parse::feed::parse_as_written(&document, Tz::UTC) {
            Ok(parsed) => inspect::raw_feed(&document, &parsed),
            Err(error) => json!({ "error": error.to_string() }),
        };
        let missed = case["checks"].as_array().unwrap().iter().find(|check| !holds(&feed, check));
        if let Some(check) = missed {
            failed.push((case["id"].as_str().unwrap().to_owned(), check.to_string()));
        }
    }
    compare(&failed, &FEEDS);
}

/// `[scope, item, field, index, expected]` of a case.
fn holds(feed: &Value, check: &Value) -> bool {
    let (field, want) = (check[2].as_str().unwrap(), &check[4]);
    let got = values(feed, check);
    let number = |value: &Value| value.as_str().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    match field {
        "published" | "updated" | "any_date" => {
            got.iter().filter_map(number).any(|instant| Some(instant.timestamp()) == want.as_i64())
        }
        "count" | "n_categories" | "n_enclosures" => got.contains(want),
        _ if want.is_null() || want == "" => got.iter().all(|value| value.is_null() || value == ""),
        _ => got.iter().any(|value| !value.is_null() && shown(value, field) == shown(want, field)),
    }
}

/// A value as it is compared: white space collapsed, languages without their case.
fn shown(value: &Value, field: &str) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if field == "language" { text.to_lowercase() } else { text }
}

/// What a check may be met by: JSON Feed has one key where the formats have several.
fn values(feed: &Value, check: &Value) -> Vec<Value> {
    let items = feed["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    if check[0] == "count" {
        return vec![json!(items.len())];
    }
    let of_feed = check[0] == "feed";
    let index = |at: &Value, length: usize| match at.as_i64() {
        Some(at) if at < 0 => length.checked_sub(at.unsigned_abs() as usize),
        at => at.map(|at| at as usize),
    };
    let nothing = Value::Null;
    let object = match of_feed {
        true => feed,
        false => index(&check[1], items.len()).and_then(|at| items.get(at)).unwrap_or(&nothing),
    };
    let (own, nth) = (&object["_feedmill"], check[3].as_u64().unwrap_or_default() as usize);
    let tags = if object["tags"].is_array() { &object["tags"] } else { &own["tags"] };
    let count = |list: &Value| json!(list.as_array().map_or(0, Vec::len));
    let (name, email) = (&object["authors"][nth]["name"], &own["author_emails"][nth]);
    let enclosure = &object["attachments"][nth];
    let one = |value: &Value| vec![value.clone()];
    match check[2].as_str().unwrap() {
        "url" => vec![object[if of_feed { "home_page_url" } else { "url" }].clone(), object["external_url"].clone()],
        "id" => one(if of_feed { &own["id"] } else { &object["id"] }),
        "published" => one(&object["date_published"]),
        "updated" | "any_date" => {
            vec![object["date_modified"].clone(), own["updated"].clone(), object["date_published"].clone()]
        }
        "body" => vec![object["summary"].clone(), object["content_html"].clone(), object["content_text"].clone()],
        "author_name" => one(name),
        "author_email" => one(email),
        "author_url" => one(&object["authors"][nth]["url"]),
        "author" => {
            let mut all = vec![name.clone(), email.clone()];
            if let (Some(name), Some(email)) = (name.as_str(), email.as_str()) {
                all.extend([json!(format!("{name} ({email})")), json!(format!("{email} ({name})"))]);
                all.push(json!(format!("{name} <{email}>")));
            }
            all
        }
        "category" => one(&tags[nth]),
        "n_categories" => vec![count(tags)],
        "n_enclosures" => vec![count(&object["attachments"])],
        "enc_url" => one(&enclosure["url"]),
        "enc_type" => one(&enclosure["mime_type"]),
        "enc_length" => one(&enclosure["size_in_bytes"]),
        field => one(&object[field]),
    }
}

#[test]
fn dates_are_read_as_other_readers_expect() {
    let Some((_, cases)) = cases("date_cases.jsonl") else { return };
    assert!(cases.len() >= 126, "{} cases", cases.len());
    let mut failed = Vec::new();
    for case in &cases {
        let input = case["input"].as_str().unwrap();
        let got = parse::date::parse(input, Tz::UTC).map(|instant| instant.timestamp());
        let passes = match &case["epoch"] {
            // Its author only says that it can be read.
            Value::String(any) => any == "any" && got.is_some(),
            epoch => got == epoch.as_i64(),
        };
        if !passes {
            failed.push((input.to_owned(), format!("got {got:?}, expected {}", case["epoch"])));
        }
    }
    compare(&failed, &DATES);
}
