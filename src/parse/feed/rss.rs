//! RSS 0.90, 0.91, 0.92–0.94, 1.0 and 2.0. Where elements stand hardly differs and is often wrong: items are
//! taken from wherever they are, what stands beside them is the channel's.

use super::draft::Draft;
use super::extensions::{self, body, instant, short, some};
use super::namespace::Ns;
use super::newest::Entries;
use super::person;
use super::text;
use super::xml::{Element, Event, Inner, Reader, Stop};
use crate::model::{Enclosure, Image, Origin};
use chrono_tz::Tz;
use std::borrow::Cow;

/// Reads what the root holds. `rdf`: RSS 0.90 and 1.0, where items stand beside the channel.
pub(super) fn feed(
    reader: &mut Reader<'_>,
    draft: &mut Draft,
    entries: &mut Entries,
    rdf: bool,
    zone: Tz,
) -> Result<(), Stop> {
    draft.language.offer(4, reader.language().map(str::to_owned));
    let root = reader.depth();
    let mut channels = 0;
    loop {
        match reader.next()? {
            Event::Start(element) if element.ns == Ns::Rss => match &*element.name {
                "channel" => {
                    channels += 1;
                    if channels > 1 {
                        let message = "more than one `channel`, read the items of all as one feed's";
                        reader.repairs.note("structure", message, element.at);
                    }
                    about(reader, draft);
                }
                "item" | "entry" => {
                    if !rdf && reader.depth() == root + 1 {
                        let message = "items stand outside `channel`, read them all the same";
                        reader.repairs.note("structure", message, element.at);
                    }
                    let mut start = element;
                    while let Some(next) = item(reader, &start, draft, entries, zone)? {
                        start = next;
                    }
                    if entries.is_full() {
                        return Ok(());
                    }
                }
                _ => channel_element(reader, &element, draft, zone)?,
            },
            Event::Start(element) => extensions::read(reader, &element, draft, zone)?,
            Event::End(_) if reader.depth() < root => return Ok(()),
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
}

/// RDF's way to say what something is the description of (RSS 1.0 §5.3).
fn about(reader: &Reader<'_>, draft: &mut Draft) {
    if let Some(about) = reader.attribute("about").filter(|about| !about.trim().is_empty()) {
        draft.id.offer(2, Some(about.trim().to_owned()));
    }
}

fn channel_element(reader: &mut Reader<'_>, element: &Element<'_>, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    match &*element.name {
        "title" => {
            let title = short(reader)?;
            draft.title.offer(0, title);
        }
        "link" => link(reader, draft)?,
        "description" => {
            let text = short(reader)?;
            draft.description.offer(0, text);
        }
        "language" => {
            let language = some(reader.text()?);
            draft.language.offer(0, language);
        }
        "copyright" | "rights" => {
            let rights = some(reader.text()?);
            draft.rights.offer(0, rights);
        }
        "managingeditor" | "editor" => {
            let person = person::read(reader)?;
            draft.person(0, person);
        }
        "author" => {
            let person = person::read(reader)?;
            draft.person(1, person);
        }
        "webmaster" => {
            let person = person::read(reader)?;
            draft.person(8, person);
        }
        "pubdate" => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(0, date);
        }
        "lastbuilddate" => {
            let date = instant(reader, element.at, zone)?;
            draft.updated.offer(0, date);
        }
        "category" => category(reader, draft)?,
        "keywords" => {
            for keyword in reader.text()?.split(',') {
                draft.tag(keyword);
            }
        }
        "generator" => {
            let generator = some(reader.text()?);
            draft.generator.offer(0, generator);
        }
        "ttl" => {
            let minutes = reader.text()?.parse::<u64>().ok();
            draft.ttl = draft.ttl.or(minutes.and_then(|minutes| minutes.checked_mul(60)));
        }
        "image" => image(reader, draft)?,
        "icon" => {
            let icon = reader.text()?;
            draft.icon.offer(0, reader.resolve(&icon));
        }
        // The order of items, skip hours, the cloud, the text box: nothing a reader shows.
        _ => reader.skip()?,
    }
    Ok(())
}

/// An address as text, or as Atom and RDF write it. Of several the last is meant.
fn link(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let attribute = reader.attribute("href").or_else(|| reader.attribute("resource")).map(Cow::into_owned);
    let relation = reader.attribute("rel").map(|relation| relation.trim().to_ascii_lowercase());
    let text = reader.text()?;
    let address = if text.is_empty() { attribute.unwrap_or_default() } else { text.into_owned() };
    let address = reader.resolve(&address);
    match relation.as_deref() {
        None | Some("alternate" | "") => draft.link.offer_last(0, address),
        Some("self") => draft.self_link.offer(1, address),
        Some("hub") => draft.hub.offer(1, address),
        _ => {}
    }
    Ok(())
}

/// `category`; names between slashes (`A/B`) stay as they are written.
fn category(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let attribute = reader.attribute("label").or_else(|| reader.attribute("term")).map(Cow::into_owned);
    let is_tag = reader.attribute("domain").is_some_and(|domain| text::names_tags(&domain));
    let text = reader.text()?;
    let name = attribute.as_deref().filter(|_| text.is_empty()).unwrap_or(&text);
    match is_tag {
        true => draft.tag(name),
        false => draft.category(name),
    }
    Ok(())
}

/// `image`: children `url`, `title`, `link`, sizes; or an address in an attribute.
fn image(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let outer = reader.depth().saturating_sub(1);
    let attribute = ["href", "url", "resource"].into_iter().find_map(|name| reader.attribute(name));
    let mut url = attribute.and_then(|address| reader.resolve(&address));
    let mut image = Image::default();
    loop {
        match reader.next()? {
            Event::Start(element) => match &*element.name {
                "url" => {
                    let address = reader.text()?;
                    url = reader.resolve(&address).or(url);
                }
                "title" => image.alt = some(reader.text()?),
                "width" => image.width = reader.text()?.parse().ok(),
                "height" => image.height = reader.text()?.parse().ok(),
                _ => reader.skip()?,
            },
            Event::Text(text) | Event::Cdata(text) if url.is_none() && text::is_absolute(text.trim()) => {
                url = reader.resolve(&text::unescape(text));
            }
            Event::End(_) if reader.depth() <= outer => break,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
    if let Some(url) = url {
        draft.image.offer(0, Some(Image { url, ..image }));
    }
    Ok(())
}

/// Reads the children of an `item` whose start was just read. Gives the start of the next one where that
/// stands in the way of the end.
fn item<'a>(
    reader: &mut Reader<'a>,
    start: &Element<'a>,
    feed: &Draft,
    entries: &mut Entries,
    zone: Tz,
) -> Result<Option<Element<'a>>, Stop> {
    let outer = reader.depth().saturating_sub(1);
    let mut draft = Draft { base: reader.base().cloned(), ..Draft::default() };
    about(reader, &mut draft);
    // An item is what its `rdf:about` names, which is a page as a rule.
    let page = draft.id.get().filter(|id| text::is_absolute(id) && id.starts_with("http"));
    let page = page.and_then(|page| reader.resolve(page));
    draft.link.offer(3, page);
    let next = loop {
        match reader.next()? {
            Event::Start(element) if element.ns == Ns::Rss && element.name == start.name => {
                reader.close_around(outer, &element);
                break Some(element);
            }
            Event::Start(element) => {
                if draft.language.get().is_none() {
                    let language =
                        reader.language().filter(|language| feed.language.get().is_none_or(|of| of != language));
                    draft.language.offer(4, language.map(str::to_owned));
                }
                match element.ns {
                    Ns::Rss => item_element(reader, &element, &mut draft, zone)?,
                    _ => extensions::read(reader, &element, &mut draft, zone)?,
                }
            }
            Event::End(_) if reader.depth() <= outer => break None,
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    };
    entries.push(draft.into_entry());
    Ok(next)
}

fn item_element(reader: &mut Reader<'_>, element: &Element<'_>, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    match &*element.name {
        "title" => item_title(reader, draft)?,
        "link" => link(reader, draft)?,
        "guid" | "id" => guid(reader, draft)?,
        "description" => {
            let text = body(reader)?;
            draft.description.offer(0, text);
        }
        "summary" => {
            let text = short(reader)?;
            draft.summary.offer(0, text);
        }
        "content" | "body" | "fullitem" | "fulltext" => {
            let text = body(reader)?;
            draft.content.offer(3, text);
        }
        "author" => {
            let person = person::read(reader)?;
            draft.person(0, person);
        }
        "pubdate" | "published" => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(0, date);
        }
        "date" => {
            let date = instant(reader, element.at, zone)?;
            draft.published.offer(2, date);
        }
        "updated" | "lastbuilddate" | "modified" => {
            let date = instant(reader, element.at, zone)?;
            draft.updated.offer(2, date);
        }
        // RSS 0.93
        "expirationdate" => {
            let date = instant(reader, element.at, zone)?;
            draft.expires = draft.expires.or(date);
        }
        "category" => category(reader, draft)?,
        "keywords" | "tags" => {
            for keyword in reader.text()?.split(',') {
                draft.tag(keyword);
            }
        }
        "comments" => {
            let address = reader.text()?;
            draft.comments.offer(0, reader.resolve(&address));
        }
        "enclosure" => enclosure(reader, draft)?,
        "source" => source(reader, draft)?,
        "copyright" | "rights" => {
            let rights = some(reader.text()?);
            draft.rights.offer(0, rights);
        }
        "image" => image(reader, draft)?,
        "language" => {
            let language = some(reader.text()?);
            draft.language.offer(1, language);
        }
        _ => reader.skip()?,
    }
    Ok(())
}

/// A title that nobody closed has swallowed the link behind it: what stands before is the title.
fn item_title(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let content = reader.content(Inner::Decoded)?;
    let swallowed = content.value.split_once("<link>").filter(|_| content.markup);
    let swallowed = swallowed.map(|(title, rest)| (title, rest.split('<').next().unwrap_or_default().trim()));
    match swallowed.filter(|(_, address)| text::is_absolute(address)) {
        Some((title, address)) => {
            draft.title.offer(0, text::guess(title));
            draft.link.offer(0, reader.resolve(address));
        }
        None => draft.title.offer(0, extensions::titled(&content)),
    }
    Ok(())
}

/// `guid`: a permalink unless it says otherwise (RSS 2.0, "guid").
fn guid(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let says = reader.attribute("ispermalink").map(|value| value.trim().eq_ignore_ascii_case("true"));
    let id = reader.text()?;
    if id.is_empty() {
        return Ok(());
    }
    let is_web = id.starts_with("http://") || id.starts_with("https://");
    let is_path = id.starts_with('/') || id.starts_with("./") || id.starts_with("../");
    // Many a guid is neither an address nor says that it is none.
    let id = match !text::is_absolute(&id) && (is_path && says != Some(false) || says == Some(true)) {
        true => reader.resolve(&id).unwrap_or_else(|| id.into_owned()),
        // An id is compared byte for byte: only what follows from it may look different.
        false => id.into_owned(),
    };
    if says == Some(true) && text::is_absolute(&id) || says.is_none() && (is_web || is_path) {
        draft.link.offer(2, reader.resolve(&id));
    }
    draft.id.offer(0, Some(id));
    Ok(())
}

/// `enclosure` (RSS 2.0); several are common, so is the address as text.
fn enclosure(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let attribute =
        reader.attribute("url").or_else(|| reader.attribute("href")).or_else(|| reader.attribute("resource"));
    let attribute = attribute.map(Cow::into_owned);
    let media_type = reader.attribute("type").map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty());
    let length = reader.attribute("length").and_then(|length| length.trim().parse().ok()).filter(|&length| length > 0);
    let text = reader.text()?;
    if let Some(url) = reader.resolve(attribute.as_deref().unwrap_or(&text)) {
        draft.enclosure(Enclosure { url, media_type, length, duration: None, title: None });
    }
    Ok(())
}

/// `source`: the feed an item was taken from (RSS 2.0).
fn source(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let self_link = reader.attribute("url").and_then(|url| reader.resolve(&url));
    let title = some(reader.text()?);
    if draft.source.is_none() && (self_link.is_some() || title.is_some()) {
        draft.source = Some(Origin { title, self_link, ..Origin::default() });
    }
    Ok(())
}
