//! Atom 1.0 (RFC 4287) and 0.3, and Atom's elements wherever they stand.

use super::Ended;
use super::draft::Draft;
use super::extensions::{self, image_at, instant, some};
use super::namespace::Ns;
use super::newest::Entries;
use super::person;
use super::text;
use super::xml::{Element, Event, Inner, Reader, Stop};
use crate::model::{Enclosure, Markup, Text};
use chrono_tz::Tz;
use std::borrow::Cow;

/// Reads the children of `feed`, whose start was just read.
pub(super) fn feed(reader: &mut Reader<'_>, draft: &mut Draft, entries: &mut Entries, zone: Tz) -> Result<(), Stop> {
    draft.language.offer(2, reader.language().map(str::to_owned));
    let outer = reader.depth().saturating_sub(1);
    loop {
        match reader.next()? {
            Event::Start(element) if is_atom(element.ns) && element.name == "entry" => {
                while self::entry(reader, draft, entries, zone)? == Ended::ByTheNext {}
                if entries.is_full() {
                    return Ok(());
                }
            }
            Event::Start(element) => match element.ns {
                Ns::Atom | Ns::Atom03 => self::element(reader, &element, draft, 0, zone)?,
                _ => extensions::read(reader, &element, draft, zone)?,
            },
            Event::End(_) if reader.depth() <= outer => return Ok(()),
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
}

/// Reads the children of an `entry` whose start was just read.
pub(super) fn entry(reader: &mut Reader<'_>, feed: &Draft, entries: &mut Entries, zone: Tz) -> Result<Ended, Stop> {
    let outer = reader.depth().saturating_sub(1);
    let mut draft = Draft { base: reader.base().cloned(), ..Draft::default() };
    let ended = loop {
        match reader.next()? {
            Event::Start(element) if is_atom(element.ns) && element.name == "entry" => {
                reader.close_around(outer, &element);
                break Ended::ByTheNext;
            }
            Event::Start(element) => {
                if draft.language.get().is_none() {
                    let language =
                        reader.language().filter(|language| feed.language.get().is_none_or(|of| of != language));
                    draft.language.offer(2, language.map(str::to_owned));
                }
                match element.ns {
                    Ns::Atom | Ns::Atom03 => self::element(reader, &element, &mut draft, 0, zone)?,
                    _ => extensions::read(reader, &element, &mut draft, zone)?,
                }
            }
            Event::End(_) if reader.depth() <= outer => break Ended::Closed,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    };
    entries.push(draft.into_entry());
    Ok(ended)
}

pub(super) fn is_atom(ns: Ns) -> bool {
    matches!(ns, Ns::Atom | Ns::Atom03)
}

/// Reads one of Atom's elements into a feed, an entry or a source. `rank` is 0 in Atom, 1 where RSS holds it.
pub(super) fn element(
    reader: &mut Reader<'_>,
    element: &Element<'_>,
    draft: &mut Draft,
    rank: u8,
    zone: Tz,
) -> Result<(), Stop> {
    match &*element.name {
        "id" => {
            let id = some(reader.text()?);
            draft.id.offer(rank, id);
        }
        "title" => {
            let title = construct(reader)?;
            draft.title.offer(rank, title);
        }
        "link" => link(reader, draft, rank)?,
        "updated" | "modified" => {
            let date = instant(reader, element.at, zone)?;
            draft.updated.offer(rank, date);
        }
        "published" | "issued" => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(rank, date);
        }
        "created" => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(rank + 1, date);
        }
        "author" => {
            let person = person::read(reader)?;
            draft.person(rank, person);
        }
        "category" => category(reader, draft)?,
        "summary" => {
            let summary = construct(reader)?;
            draft.summary.offer(rank, summary);
        }
        "subtitle" | "tagline" => {
            let subtitle = construct(reader)?;
            draft.description.offer(rank, subtitle);
        }
        "info" => {
            let info = construct(reader)?;
            draft.summary.offer(rank + 1, info);
        }
        "content" => {
            if let Some(address) = reader.attribute("src") {
                // RFC 4287 §4.1.3.2: the body is elsewhere.
                let address = reader.resolve(&address);
                draft.link.offer(rank + 2, address);
                return reader.skip();
            }
            let base = reader.base().cloned();
            let language = reader.language().map(str::to_owned);
            let content = match reader.attribute("type").is_some_and(|kind| kind.trim_start().starts_with("multipart/"))
            {
                true => best_part(reader)?,
                false => construct(reader)?,
            };
            if content.is_some() && draft.content.get().is_none() {
                draft.base = base;
                if draft.language.get().is_some() {
                    draft.language.offer_last(2, language);
                }
            }
            draft.content.offer(2 * rank, content);
        }
        "rights" | "copyright" => {
            let rights = construct(reader)?.map(super::draft::plain);
            draft.rights.offer(rank, rights);
        }
        "generator" => {
            let generator = some(reader.text()?);
            draft.generator.offer(rank, generator);
        }
        "icon" => {
            let icon = reader.text()?;
            draft.icon.offer(rank, reader.resolve(&icon));
        }
        "logo" => {
            let logo = reader.text()?;
            draft.image.offer(rank, reader.resolve(&logo).map(image_at));
        }
        "source" => source(reader, draft, zone)?,
        _ => reader.skip()?,
    }
    Ok(())
}

/// `atom:source` (RFC 4287 §4.2.11).
fn source(reader: &mut Reader<'_>, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    let outer = reader.depth().saturating_sub(1);
    let mut inner = Draft::default();
    inner.language.offer(
        0,
        reader.attribute("lang").map(|language| language.trim().to_owned()).filter(|language| !language.is_empty()),
    );
    loop {
        match reader.next()? {
            // A source inside a source is nonsense, and would be recursion.
            Event::Start(element) if is_atom(element.ns) && !matches!(&*element.name, "source" | "entry") => {
                self::element(reader, &element, &mut inner, 0, zone)?;
            }
            Event::Start(_) => reader.skip()?,
            Event::End(_) if reader.depth() <= outer => break,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
    draft.source.get_or_insert(inner.into_origin());
    Ok(())
}

/// A text construct or content (RFC 4287 §3.1, §4.1.3; Atom 0.3 `type` and `mode`).
fn construct(reader: &mut Reader<'_>) -> Result<Option<Text>, Stop> {
    let kind = reader.attribute("type").map(|kind| kind.trim().to_ascii_lowercase());
    let mode = reader.attribute("mode").map(|mode| mode.trim().to_ascii_lowercase());
    let kind = kind.as_deref().map(|kind| kind.split(';').next().unwrap_or(kind).trim()).unwrap_or("text");
    let is_xhtml = kind == "xhtml" || kind == "application/xhtml+xml";
    let is_html = is_xhtml || kind == "html" || kind == "text/html";
    let is_xml = is_xhtml || kind.ends_with("+xml") || kind.ends_with("/xml");
    // Atom 0.3: `mode` says how the text is held, `type` what it is; the default is XML itself.
    let inner = match mode.as_deref() {
        Some("escaped" | "base64") => Inner::Decoded,
        Some(_) if is_html => Inner::Xhtml,
        _ if is_xml => Inner::Xhtml,
        _ => Inner::Decoded,
    };
    let content = reader.content(inner)?;
    // `type="xhtml"` around HTML that is written as text, and the other way round, are common slips.
    let value: Cow<'_, str> = match inner {
        Inner::Xhtml if is_html && !content.markup && content.value.contains("&lt;") => {
            Cow::Owned(text::unescape(&content.value).into_owned())
        }
        _ => content.value,
    };
    let is_base64 = mode.as_deref() == Some("base64") || !(is_text(kind) || is_xml);
    let value: Cow<'_, str> = match is_base64 {
        true => match text::base64(&value).and_then(|bytes| String::from_utf8(bytes).ok()) {
            Some(decoded) => Cow::Owned(decoded),
            // Pictures and the like are no text to read.
            None if mode.is_none() => return Ok(None),
            None => value,
        },
        false => value,
    };
    let value = value.trim();
    if value.is_empty() {
        return Ok(None);
    }
    let markup = if is_html || content.markup { Markup::Html } else { Markup::Text };
    Ok(Some(Text { markup, value: value.to_owned() }))
}

/// Atom 0.3 knows `multipart/alternative`: the same body several times. HTML is the fullest.
fn best_part(reader: &mut Reader<'_>) -> Result<Option<Text>, Stop> {
    let mut best: Option<Text> = None;
    extensions::children(reader, |reader, _| {
        let part = construct(reader)?;
        let is_better = part.as_ref().is_some_and(|part| {
            best.as_ref().is_none_or(|held| held.markup == Markup::Text && part.markup == Markup::Html)
        });
        if is_better {
            best = part;
        }
        Ok(())
    })?;
    Ok(best)
}

fn is_text(kind: &str) -> bool {
    matches!(kind, "text" | "html" | "xhtml" | "") || kind.starts_with("text/") || !kind.contains('/')
}

/// `link` by its `rel` (RFC 4287 §4.2.7), which may be written as IANA's URI.
fn link(reader: &mut Reader<'_>, draft: &mut Draft, rank: u8) -> Result<(), Stop> {
    let Some(address) = reader.attribute("href").and_then(|href| reader.resolve(&href)) else {
        // Met in the wild: the address as text, as in RSS.
        let has_relation = reader.attribute("rel").is_some();
        let address = reader.text()?;
        let address = reader.resolve(&address).filter(|_| !has_relation);
        draft.link.offer(rank + 2, address);
        return Ok(());
    };
    let relations =
        reader.attribute("rel").map_or_else(|| "alternate".to_owned(), |rel| rel.trim().to_ascii_lowercase());
    let media_type =
        reader.attribute("type").map(|kind| kind.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty());
    let is_page = media_type.as_deref().is_none_or(|kind| kind.contains("html"));
    for relation in relations.split_ascii_whitespace() {
        let relation = relation.rsplit_once("/relation/").map_or(relation, |(_, name)| name);
        match relation {
            "alternate" => draft.link.offer(rank + u8::from(!is_page), Some(address.clone())),
            "self" => draft.self_link.offer(rank, Some(address.clone())),
            "hub" => draft.hub.offer(rank, Some(address.clone())),
            "related" => draft.external_link.offer(rank, Some(address.clone())),
            "replies" => {
                // RFC 4685 §4
                if let Some(count) = reader.attribute("count").and_then(|count| count.trim().parse::<u32>().ok()) {
                    draft.detail("comment_count", count);
                }
                if !is_page {
                    draft.detail("comments_feed", address.clone());
                }
                draft.comments.offer(rank + u8::from(!is_page), Some(address.clone()));
            }
            "license" => {
                draft.detail("license", address.clone());
                draft.rights.offer(rank + 4, Some(address.clone()));
            }
            "copyright" => draft.rights.offer(rank + 4, Some(address.clone())),
            "icon" | "shortcut" => draft.icon.offer(rank + 2, Some(address.clone())),
            "enclosure" => {
                let length = reader
                    .attribute("length")
                    .and_then(|length| length.trim().parse().ok())
                    .filter(|&length| length > 0);
                let title = reader.attribute("title").map(Cow::into_owned).filter(|title| !title.is_empty());
                let url = address.clone();
                draft.enclosure(Enclosure { url, media_type: media_type.clone(), length, duration: None, title });
            }
            _ => {}
        }
    }
    reader.skip()
}

/// `category`, by its label where it has one; RSS's way with the name as text is met as well.
fn category(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let label = reader.attribute("label").filter(|label| !label.trim().is_empty());
    let term = reader.attribute("term").filter(|term| !term.trim().is_empty());
    let term = term.filter(|term| label.is_none() || !text::is_absolute(term));
    let name = term.or(label).map(Cow::into_owned);
    let is_tag = reader.attribute("scheme").is_some_and(|scheme| text::names_tags(&scheme));
    // Blogger and YouTube mark what an entry is, not what it is about.
    let is_kind = reader.attribute("scheme").is_some_and(|scheme| {
        scheme.starts_with("http://schemas.google.com/g/2005#kind") || scheme.contains("gdata.youtube.com/schemas")
    });
    let text = reader.text()?;
    match name.as_deref().unwrap_or(&text) {
        _ if is_kind => {}
        name if is_tag => draft.tag(name),
        name => draft.category(name),
    }
    Ok(())
}
