//! What feeds say beyond our model: kept by name in `Entry::extra`, for a look at it and for those who filter.
//!
//! `comment_count` number · `comments_feed` address · `in_reply_to` list of {id, url} · `license` address or text ·
//! `location` {latitude, longitude, name} · `section`, `department` text · `season`, `episode` number ·
//! `episode_type` text · `explicit` bool · `transcripts` list of {url, type, language} · `chapters` {url, type} ·
//! `people` list of {name, role, url} · `credits` list of {name, role} · `player` address · `original_link`
//! address · `doi` text

use super::draft::Draft;
use super::extensions::{ITUNES, children, instant, some};
use super::namespace::Ns;
use super::xml::{Element, Event, Reader, Stop};
use crate::model::{Enclosure, Person};
use chrono_tz::Tz;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Reads an element that says something of the kind; skips every other. Always reads it to its end.
pub(super) fn read(reader: &mut Reader<'_>, element: &Element<'_>, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    match (element.ns, &*element.name) {
        (Ns::Slash, "comments") => number(reader, "comment_count", draft),
        (Ns::Slash, name @ ("section" | "department")) => word(reader, name, draft),
        (Ns::Thr, "total") => number(reader, "comment_count", draft),
        (Ns::Thr, "in-reply-to") => {
            let mut reply = Map::new();
            put(&mut reply, "id", attribute(reader, "ref"));
            put(&mut reply, "url", address(reader, "href"));
            if !reply.is_empty() {
                draft.detail_of_list("in_reply_to", Value::Object(reply));
            }
            reader.skip()
        }
        (Ns::Wfw, "commentrss") => {
            let feed = reader.text()?;
            if let Some(feed) = reader.resolve(&feed) {
                draft.detail("comments_feed", feed);
            }
            Ok(())
        }
        (Ns::License, "license") => license(reader, draft),
        (Ns::Geo, name) => geo(reader, name, draft),
        (Ns::Podcast, name) => podcast(reader, name, draft),
        (Ns::Proxy, "origlink") => {
            let link = reader.text()?;
            if let Some(link) = reader.resolve(&link) {
                draft.detail("original_link", link);
            }
            Ok(())
        }
        (Ns::Prism, "doi") => word(reader, "doi", draft),
        (Ns::Prism, "publicationdate") => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(ITUNES, date);
            Ok(())
        }
        // RFC 5023 §13.1.1
        (Ns::App, "control") => children(reader, |reader, element| {
            if element.name != "draft" {
                return reader.skip();
            }
            if reader.text()?.eq_ignore_ascii_case("yes") {
                draft.unpublished = Some("draft");
            }
            Ok(())
        }),
        (Ns::App, "edited") => {
            let date = instant(reader, element.at, zone)?;
            draft.updated.offer(ITUNES, date);
            Ok(())
        }
        _ => reader.skip(),
    }
}

/// A whole number.
pub(super) fn number(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    if let Ok(number) = reader.text()?.parse::<u32>() {
        draft.detail(name, number);
    }
    Ok(())
}

/// A text.
pub(super) fn word(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    if let Some(text) = some(reader.text()?) {
        draft.detail(name, text);
    }
    Ok(())
}

/// An address as attribute or text, or words; stands for the rights where nothing else does.
pub(super) fn license(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let named = ["resource", "href", "url"].into_iter().find_map(|name| address(reader, name));
    let text = some(reader.text()?);
    if let Some(license) = named.or(text) {
        draft.rights.offer(ITUNES + 2, Some(license.clone()));
        draft.detail("license", license);
    }
    Ok(())
}

/// GeoRSS Simple and GML points, W3C's latitude and longitude. Lines and areas are left out.
fn geo(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    match name {
        "pos" => point(reader, draft),
        // GeoRSS' `point` is a pair of numbers, GML's and W3C's hold elements.
        "point" | "where" => {
            let (mut text, outer) = (String::new(), reader.depth().saturating_sub(1));
            loop {
                match reader.next()? {
                    Event::Start(element) => match &*element.name {
                        "pos" => point(reader, draft)?,
                        part @ ("lat" | "long") => coordinate(reader, part, draft)?,
                        // GML's `Point` inside `where`.
                        "point" => {}
                        _ => reader.skip()?,
                    },
                    Event::Text(piece) if text.len() < 128 => text.push_str(piece),
                    Event::End(_) if reader.depth() <= outer => break,
                    Event::Eof => return Err(Stop::Cut),
                    _ => {}
                }
            }
            place(&text, draft);
            Ok(())
        }
        "lat" | "long" => coordinate(reader, name, draft),
        "featurename" => {
            if let Some(name) = some(reader.text()?) {
                draft.location("name", name);
            }
            Ok(())
        }
        _ => reader.skip(),
    }
}

fn point(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    place(&reader.text()?, draft);
    Ok(())
}

fn coordinate(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    let part = if name == "lat" { "latitude" } else { "longitude" };
    if let Some(degrees) = degrees(&reader.text()?) {
        draft.location(part, degrees);
    }
    Ok(())
}

/// `45.256 -71.92`, latitude first.
fn place(text: &str, draft: &mut Draft) {
    let mut numbers = text.split(|c: char| c.is_whitespace() || c == ',').filter(|part| !part.is_empty()).map(degrees);
    if let (Some(Some(latitude)), Some(Some(longitude))) = (numbers.next(), numbers.next()) {
        draft.location("latitude", latitude);
        draft.location("longitude", longitude);
    }
}

fn degrees(text: &str) -> Option<f64> {
    text.trim().parse::<f64>().ok().filter(|degrees| degrees.abs() <= 360.0)
}

/// The podcast namespace (podcastindex.org): what belongs to an episode.
fn podcast(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    match name {
        "transcript" => {
            if let Some(transcript) = file(reader) {
                draft.detail_of_list("transcripts", transcript);
            }
            reader.skip()
        }
        "chapters" => {
            if let Some(chapters) = file(reader) {
                draft.detail("chapters", chapters);
            }
            reader.skip()
        }
        "season" | "episode" => number(reader, name, draft),
        "license" => license(reader, draft),
        "location" => {
            if let Some(geo) = attribute(reader, "geo") {
                // RFC 5870: `geo:45.256,-71.92;u=10`
                place(geo.trim_start_matches("geo:").split(';').next().unwrap_or_default(), draft);
            }
            if let Some(name) = some(reader.text()?) {
                draft.location("name", name);
            }
            Ok(())
        }
        "person" => {
            let (role, url) = (attribute(reader, "role"), address(reader, "href"));
            let Some(name) = some(reader.text()?) else { return Ok(()) };
            let role = role.unwrap_or_else(|| "host".to_owned()).to_ascii_lowercase();
            let mut person = Map::new();
            put(&mut person, "name", Some(name.clone()));
            put(&mut person, "role", Some(role.clone()));
            put(&mut person, "url", url.clone());
            draft.detail_of_list("people", Value::Object(person));
            if matches!(role.as_str(), "host" | "author") {
                draft.person(ITUNES + 2, Some(Person { name: Some(name), email: None, url }));
            }
            Ok(())
        }
        "socialinteract" => {
            let address = address(reader, "uri");
            draft.comments.offer(ITUNES, address);
            reader.skip()
        }
        "alternateenclosure" => {
            let media_type = attribute(reader, "type");
            let length = attribute(reader, "length").and_then(|length| length.parse().ok());
            let title = attribute(reader, "title");
            let mut url = None;
            children(reader, |reader, element| {
                if element.name == "source" && url.is_none() {
                    url = address(reader, "uri");
                }
                reader.skip()
            })?;
            if let Some(url) = url {
                draft.medium(Enclosure { url, media_type, length, duration: None, title });
            }
            Ok(())
        }
        _ => reader.skip(),
    }
}

/// `url`, `type` and `language` of the element just started.
fn file(reader: &Reader<'_>) -> Option<Value> {
    let mut file = Map::new();
    file.insert("url".to_owned(), json!(address(reader, "url")?));
    put(&mut file, "type", attribute(reader, "type"));
    put(&mut file, "language", attribute(reader, "language"));
    Some(Value::Object(file))
}

fn attribute(reader: &Reader<'_>, name: &str) -> Option<String> {
    let value = reader.attribute(name).map(Cow::into_owned)?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

fn address(reader: &Reader<'_>, name: &str) -> Option<String> {
    reader.attribute(name).and_then(|address| reader.resolve(&address))
}

fn put(object: &mut Map<String, Value>, name: &str, value: Option<String>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), Value::String(value));
    }
}
