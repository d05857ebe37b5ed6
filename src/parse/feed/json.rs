//! JSON Feed 1.0 and 1.1. A member of the wrong type is left out with a warning, the rest is read.

use super::draft::Draft;
use super::extensions::{image_at, read_date};
use super::newest::Entries;
use super::repair::{Repairs, place};
use super::text;
use crate::model::{Enclosure, FeedDocument, Format, ParseError, Person, Text};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde_json::{Map, Value};
use std::borrow::Cow;
use url::Url;

type Object = Map<String, Value>;

/// Reads a JSON Feed. The parser's own limit of 128 levels keeps hostile depth away.
pub(super) fn read(
    source: &str,
    url: Option<&Url>,
    zone: Tz,
    most: usize,
    repairs: &mut Repairs,
) -> Result<FeedDocument, ParseError> {
    let value = match serde_json::from_str(source) {
        Ok(value) => value,
        Err(error) => mended(source, &error, repairs).ok_or_else(|| parse_error(source, &error))?,
    };
    let Value::Object(feed) = value else {
        return Err(ParseError::new("not-a-feed", "found JSON that is no object, expected a JSON Feed").at(1, 1));
    };
    let version = feed.get("version").and_then(Value::as_str).unwrap_or_default();
    let items = match feed.get("items") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(Value::Null) | None if version.contains("jsonfeed.org") => &[],
        Some(_) if version.contains("jsonfeed.org") => {
            return Err(ParseError::new("parse", "`items` is no list, expected a list of objects"));
        }
        _ => {
            let message = "found JSON without `version` and `items` of a JSON Feed, expected a feed";
            return Err(ParseError::new("not-a-feed", message));
        }
    };
    let format = match version.trim_end_matches('/').ends_with("/version/1") {
        true => Format::JsonFeed10,
        false => Format::JsonFeed11,
    };
    let mut reading = Reading { url, zone, repairs };
    let mut draft = Draft::default();
    reading.feed(&feed, &mut draft);
    let mut entries = Entries::at_most(most);
    for item in items {
        if entries.is_full() {
            break;
        }
        match item {
            Value::Object(item) => {
                let mut draft = Draft { base: url.cloned(), ..Draft::default() };
                reading.item(item, &mut draft);
                entries.push(draft.into_entry());
            }
            _ => reading.repairs.note("json-feed", "an item that is no object", None),
        }
    }
    Ok(draft.into_feed(format, entries.newest(repairs)))
}

/// The document without the fault that was met: an end in the middle, or one of the slips of hand-made JSON.
fn mended(source: &str, error: &serde_json::Error, repairs: &mut Repairs) -> Option<Value> {
    if error.is_eof() {
        repairs.note("truncated", "", source.trim_end().len());
        return whole_items(source);
    }
    let mut slips: Vec<(&'static str, usize)> = Vec::new();
    let value = serde_json::from_str(&without_slips(source, &mut slips)).ok()?;
    for (slip, at) in slips {
        repairs.note("json-syntax", slip, at);
    }
    Some(value)
}

/// Line ends and tabs inside strings, commas before a bracket, escapes that are none, halves of surrogate pairs.
fn without_slips(source: &str, slips: &mut Vec<(&'static str, usize)>) -> String {
    const MAX_SLIPS: usize = 10_000;
    let mut out = String::with_capacity(source.len() + 64);
    let mut in_string = false;
    let mut chars = source.char_indices();
    while let Some((at, c)) = chars.next() {
        let rest = &source[at + c.len_utf8()..];
        let mut slip = |what| {
            if slips.len() < MAX_SLIPS {
                slips.push((what, at));
            }
        };
        match c {
            '"' => in_string = !in_string,
            '\n' | '\r' | '\t' if in_string => {
                slip("a line end or tab inside a string");
                out.push_str(match c {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    _ => "\\t",
                });
                continue;
            }
            ',' if !in_string && rest.trim_start().starts_with([']', '}']) => {
                slip("a comma before a closing bracket");
                continue;
            }
            '\\' if in_string => {
                let Some((_, escape)) = chars.next() else { break };
                if escape == 'u' && is_half(rest) {
                    // A pair passes whole; what is left of one is nothing.
                    if rest.get(5..).is_some_and(|next| next.starts_with("\\u") && is_low(&next[1..])) && !is_low(rest)
                    {
                        out.push_str("\\u");
                        for _ in 0..10 {
                            out.extend(chars.next().map(|(_, c)| c));
                        }
                        continue;
                    }
                    slip("half a surrogate pair");
                    out.push_str("\\ufffd");
                    for _ in 0..4 {
                        chars.next();
                    }
                    continue;
                }
                if "\"\\/bfnrtu".contains(escape) {
                    out.push('\\');
                } else {
                    slip("an escape");
                }
                out.push(escape);
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

/// Whether `uXXXX` is half of a surrogate pair.
fn is_half(escape: &str) -> bool {
    escape
        .get(1..5)
        .and_then(|hex| u16::from_str_radix(hex, 16).ok())
        .is_some_and(|code| (0xd800..0xe000).contains(&code))
}

fn is_low(escape: &str) -> bool {
    escape
        .get(1..5)
        .and_then(|hex| u16::from_str_radix(hex, 16).ok())
        .is_some_and(|code| (0xdc00..0xe000).contains(&code))
}

fn parse_error(source: &str, error: &serde_json::Error) -> ParseError {
    // The parser counts columns in bytes.
    let line = error.line().max(1);
    let start = match line {
        1 => 0,
        _ => source.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').nth(line - 2).map_or(0, |(at, _)| at + 1),
    };
    let (line, column) = place(source, start.saturating_add(error.column().saturating_sub(1)));
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    if message.contains("recursion limit") {
        return ParseError::new("limit:depth", "JSON nested deeper than 128 levels").at(line, column);
    }
    ParseError::new("parse", format!("cannot read the JSON: {message}")).at(line, column)
}

/// Of a document that ends in the middle: the feed with the items that are whole.
fn whole_items(source: &str) -> Option<Value> {
    let mut depth = 0u32;
    let (mut in_string, mut escaped) = (false, false);
    let mut whole = None;
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => depth = depth.saturating_add(1),
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                // An object inside the list of the outermost object.
                if byte == b'}' && depth == 2 {
                    whole = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    let closed = format!("{}]}}", source.get(..whole?)?);
    serde_json::from_str(&closed).ok()
}

struct Reading<'a> {
    url: Option<&'a Url>,
    zone: Tz,
    repairs: &'a mut Repairs,
}

impl Reading<'_> {
    /// A string; numbers and booleans are taken for one where the standard says string (1.1, "Items": `id`).
    fn string<'v>(&mut self, object: &'v Object, name: &str) -> Option<Cow<'v, str>> {
        let text = match object.get(name)? {
            Value::String(text) => Cow::Borrowed(text.trim()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Null => return None,
            _ => {
                self.repairs.note("json-feed", &format!("`{name}` that is no string"), None);
                return None;
            }
        };
        Some(text).filter(|text| !text.is_empty())
    }

    fn owned(&mut self, object: &Object, name: &str) -> Option<String> {
        self.string(object, name).map(Cow::into_owned)
    }

    fn address(&mut self, object: &Object, name: &str) -> Option<String> {
        let address = self.string(object, name)?;
        text::absolute(self.url, &address)
    }

    fn date(&mut self, object: &Object, name: &str) -> Option<DateTime<Utc>> {
        let text = self.string(object, name)?;
        read_date(&text, self.zone, self.repairs, None)
    }

    fn number(&self, object: &Object, name: &str) -> Option<f64> {
        match object.get(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
        .filter(|number| number.is_finite() && *number > 0.0)
    }

    /// `authors` (1.1) or `author` (1.0); a bare string is met as well.
    fn people(&mut self, object: &Object, draft: &mut Draft) {
        let listed = match object.get("authors") {
            Some(Value::Array(authors)) => authors.as_slice(),
            Some(author @ (Value::Object(_) | Value::String(_))) => std::slice::from_ref(author),
            _ => &[],
        };
        let single = object.get("author").into_iter().flat_map(|author| match author {
            Value::Array(authors) => authors.as_slice(),
            author => std::slice::from_ref(author),
        });
        for (rank, author) in listed.iter().map(|author| (0, author)).chain(single.map(|author| (1, author))) {
            let person = match author {
                Value::String(name) => super::person::parse(name),
                Value::Object(author) => {
                    let url = self.address(author, "url");
                    let name = self.owned(author, "name");
                    let email = self.owned(author, "email");
                    let mail = url.as_deref().and_then(|url| url.strip_prefix("mailto:")).map(str::to_owned);
                    let url = url.filter(|_| mail.is_none());
                    Some(Person { name, email: email.or(mail), url }).filter(|person| *person != Person::default())
                }
                _ => None,
            };
            draft.person(rank, person);
        }
    }

    fn feed(&mut self, feed: &Object, draft: &mut Draft) {
        let title = self.owned(feed, "title");
        draft.title.offer(0, title.map(Text::plain));
        let description = self.owned(feed, "description");
        draft.description.offer(0, description.map(Text::plain));
        let link = self.address(feed, "home_page_url");
        draft.link.offer(0, link);
        let self_link = self.address(feed, "feed_url");
        let id = self.owned(feed, "feed_url").filter(|id| text::is_absolute(id));
        draft.id.offer(0, id.or_else(|| self_link.clone()));
        draft.self_link.offer(0, self_link);
        let icon = self.address(feed, "favicon");
        draft.icon.offer(0, icon);
        let image = self.address(feed, "icon").map(image_at);
        draft.image.offer(0, image);
        let language = self.owned(feed, "language");
        draft.language.offer(0, language);
        self.people(feed, draft);
        if let Some(Value::Array(hubs)) = feed.get("hubs") {
            let hub = hubs.iter().filter_map(Value::as_object).find_map(|hub| self.address(hub, "url"));
            draft.hub.offer(0, hub);
        }
    }

    fn item(&mut self, item: &Object, draft: &mut Draft) {
        let id = self.owned(item, "id");
        draft.id.offer(0, id);
        let link = self.address(item, "url");
        draft.link.offer(0, link);
        let external = self.address(item, "external_url");
        draft.external_link.offer(0, external);
        let title = self.owned(item, "title");
        draft.title.offer(0, title.map(Text::plain));
        let html = self.owned(item, "content_html");
        draft.content.offer(0, html.map(Text::html));
        let plain = self.owned(item, "content_text");
        draft.content.offer(1, plain.map(Text::plain));
        let summary = self.owned(item, "summary");
        draft.summary.offer(0, summary.map(Text::plain));
        for (rank, name) in [(0, "image"), (1, "banner_image")] {
            let image = self.address(item, name).map(image_at);
            draft.image.offer(rank, image);
        }
        let published = self.date(item, "date_published");
        draft.published.offer(0, published);
        let updated = self.date(item, "date_modified");
        draft.updated.offer(0, updated);
        let language = self.owned(item, "language");
        draft.language.offer(0, language);
        self.people(item, draft);
        match item.get("tags") {
            Some(Value::Array(tags)) => tags.iter().filter_map(Value::as_str).for_each(|tag| draft.category(tag)),
            Some(Value::String(tags)) => tags.split(',').for_each(|tag| draft.category(tag)),
            _ => {}
        }
        if let Some(Value::Array(attachments)) = item.get("attachments") {
            for attachment in attachments.iter().filter_map(Value::as_object) {
                let Some(url) = self.address(attachment, "url") else { continue };
                let media_type = self.owned(attachment, "mime_type");
                // Negative, fractional and absurd sizes are met: what does not fit is left out.
                let length = self.number(attachment, "size_in_bytes").filter(|size| *size < 9e15);
                let duration = self.number(attachment, "duration_in_seconds").filter(|length| *length < 4e9);
                draft.enclosure(Enclosure {
                    url,
                    media_type,
                    length: length.map(|size| size as u64),
                    duration: duration.map(|length| length as u32),
                    title: self.owned(attachment, "title"),
                });
            }
        }
    }
}
