//! A document of `inspect` → lines for people.

use crate::cli::terminal::{escape, print_line};
use crate::report::plural;
use serde_json::Value;

/// A few lines for each item, and the warnings.
pub(super) fn print(input: &str, document: &Value) {
    let own = &document["_feedmill"];
    // On one line, whatever is in it.
    let words = |value: &Value| {
        value.as_str().map(|text| escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))).unwrap_or_default()
    };
    let items = document["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    print_line(&format!("{input}: {}, {}", words(&own["format"]), plural(items.len(), "item")));
    // An article alone is its own title.
    let title = Some(&document["title"]).filter(|title| items.len() != 1 || items[0]["title"] != **title);
    for (label, value) in [
        ("title", title.unwrap_or(&Value::Null)),
        ("home", &document["home_page_url"]),
        ("self", &document["feed_url"]),
        ("about", &document["description"]),
        ("language", &document["language"]),
        ("updated", &own["updated"]),
    ] {
        if value.as_str().is_some_and(|text| !text.is_empty()) {
            print_line(&format!("  {label:<9} {}", words(value)));
        }
    }
    for item in items {
        let own = &item["_feedmill"];
        print_line("");
        print_line(&format!("  {}", item["title"].as_str().map_or_else(|| "(no title)".into(), escape)));
        let people: Vec<String> =
            item["authors"].as_array().into_iter().flatten().map(|author| words(&author["name"])).collect();
        let list = |value: &Value| {
            let words = value.as_array().into_iter().flatten().map(|name| match name {
                Value::Array(path) => path.iter().map(&words).collect::<Vec<_>>().join(" / "),
                other => words(other),
            });
            words.collect::<Vec<_>>().join(", ")
        };
        let dated = match own["date_source"].as_str() {
            Some(source) => format!("{} (from {source})", words(&item["date_published"])),
            None => words(&item["date_published"]),
        };
        let lines = [
            ("path", words(&own["path"])),
            ("id", words(&item["id"])),
            ("link", words(&item["url"])),
            ("published", dated),
            ("updated", words(&item["date_modified"])),
            ("authors", people.join(", ")),
            ("category", list(&own["categories"])),
            ("tags", list(&own["tags"])),
            ("language", words(&item["language"])),
            ("image", words(&item["image"])),
            ("external", words(&item["external_url"])),
            ("comments", words(&own["comments"])),
            ("rights", words(&own["rights"])),
            ("summary", words(&item["summary"])),
            ("body", body(item)),
            ("extra", extra(&own["extra"])),
            ("left out", words(&own["unpublished"])),
        ];
        for (label, line) in lines.into_iter().filter(|(_, line)| !line.is_empty()) {
            print_line(&format!("    {label:<9} {line}"));
        }
        for attachment in item["attachments"].as_array().into_iter().flatten() {
            let kind = Some(words(&attachment["mime_type"])).filter(|kind| !kind.is_empty());
            let kind = kind.map(|kind| format!(" ({kind})")).unwrap_or_default();
            print_line(&format!("    enclosure {}{kind}", words(&attachment["url"])));
        }
    }
    for warning in own["warnings"].as_array().into_iter().flatten() {
        let place: Vec<String> = [&warning["path"], &warning["line"], &warning["column"]]
            .into_iter()
            .filter(|part| !part.is_null())
            .map(|part| part.as_str().map_or_else(|| part.to_string(), escape))
            .collect();
        let place = if place.is_empty() { String::new() } else { format!("{}: ", place.join(":")) };
        print_line(&format!("  warning: {place}{}", words(&warning["message"])));
    }
}

/// How the body begins, and how long it is.
fn body(item: &Value) -> String {
    const SHOWN: usize = 80;
    let (kind, body) = match (item["content_html"].as_str(), item["content_text"].as_str()) {
        (Some(html), _) => ("html", html),
        (None, Some(text)) => ("text", text),
        (None, None) => return String::new(),
    };
    let start: String = body.chars().take(SHOWN).collect();
    let start = escape(&start.split_whitespace().collect::<Vec<_>>().join(" "));
    match body.chars().count() {
        0 => String::new(),
        length if length <= SHOWN => format!("{start} ({kind})"),
        length => format!("{start}… ({kind}, {length} characters)"),
    }
}

/// `name: value` of what no field took.
fn extra(extra: &Value) -> String {
    let pairs = extra.as_object().into_iter().flatten();
    let shown = pairs.map(|(name, value)| match value {
        Value::String(text) => format!("{name}: {}", text.split_whitespace().collect::<Vec<_>>().join(" ")),
        value => format!("{name}: {value}"),
    });
    escape(&shown.collect::<Vec<_>>().join(", "))
}
