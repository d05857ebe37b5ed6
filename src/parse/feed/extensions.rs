//! Elements of the common vocabularies, which may stand in RSS and Atom alike, in feeds and entries.

use super::atom;
use super::details;
use super::draft::Draft;
use super::media;
use super::namespace::Ns;
use super::person;
use super::repair::Repairs;
use super::text;
use super::xml::{Content, Element, Event, Inner, Reader, Stop};
use crate::model::{Image, Text};
use crate::parse::date;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::borrow::Cow;

/// Ranks of what the vocabularies say, below the format's own 0. Atom's own elements inside RSS are 1.
const DC: u8 = 3;
pub(super) const MEDIA: u8 = 5;
pub(super) const ITUNES: u8 = 6;

/// Reads an element that the format itself does not know. Always reads it to its end.
pub(super) fn read(reader: &mut Reader<'_>, element: &Element<'_>, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    match (element.ns, &*element.name) {
        (Ns::Atom | Ns::Atom03, _) => atom::element(reader, element, draft, 1, zone),
        (Ns::Content, "encoded") => {
            let body = body(reader)?;
            draft.content.offer(0, body);
            Ok(())
        }
        (Ns::Xhtml, "body" | "div") => {
            let html = reader.content(Inner::Xhtml)?.value;
            draft.content.offer(1, some_html(&html));
            Ok(())
        }
        (Ns::Dc | Ns::DcTerms, name) => dublin_core(reader, name, element.at, draft, zone),
        (Ns::Media, name) => media::read(reader, name, draft),
        (Ns::Itunes, name) => itunes(reader, name, draft),
        (Ns::Sy, "updateperiod") => {
            let seconds = match &*reader.text()?.to_ascii_lowercase() {
                "hourly" => Some(3_600),
                "daily" => Some(86_400),
                "weekly" => Some(604_800),
                "monthly" => Some(2_592_000),
                "yearly" => Some(31_536_000),
                _ => None,
            };
            draft.update_period = draft.update_period.or(seconds);
            Ok(())
        }
        (Ns::Sy, "updatefrequency") => {
            let frequency = reader.text()?.parse().ok();
            draft.update_frequency = draft.update_frequency.or(frequency);
            Ok(())
        }
        _ => details::read(reader, element, draft, zone),
    }
}

/// A body, HTML as the vocabularies and RSS's `description` mean it.
pub(super) fn body(reader: &mut Reader<'_>) -> Result<Option<Text>, Stop> {
    let content = reader.content(Inner::Html)?;
    Ok(some_html(&content.value))
}

fn some_html(html: &str) -> Option<Text> {
    let html = html.trim();
    (!html.is_empty()).then(|| Text::html(html))
}

/// A short text that may be HTML.
pub(super) fn short(reader: &mut Reader<'_>) -> Result<Option<Text>, Stop> {
    Ok(titled(&reader.content(Inner::Decoded)?))
}

/// The short text that an element holds.
pub(super) fn titled(content: &Content<'_>) -> Option<Text> {
    match content.markup {
        true => some_html(&content.value),
        false => text::guess(&content.value),
    }
}

/// A date; one that cannot be read is left out with a warning, and what had to be guessed is told.
pub(super) fn instant(reader: &mut Reader<'_>, at: usize, zone: Tz) -> Result<Option<DateTime<Utc>>, Stop> {
    let text = reader.text()?;
    Ok(read_date(&text, zone, &mut reader.repairs, Some(at)))
}

/// The instant of a text of a feed.
pub(super) fn read_date(text: &str, zone: Tz, repairs: &mut Repairs, at: Option<usize>) -> Option<DateTime<Utc>> {
    const MAX_SHOWN: usize = 60;
    if text.is_empty() {
        return None;
    }
    let shown = || text.chars().take(MAX_SHOWN).collect::<String>();
    // Dates are short: what is longer is an attack on date parsers.
    let reading = (text.len() <= date::MAX_BYTES).then(|| date::read(text, zone)).flatten();
    match reading.map(|reading| reading.doubt) {
        None => repairs.note_first("date", &shown(), at),
        Some(Some(doubt)) => repairs.note_first(doubt.code(), &format!("the date `{}` {doubt}", shown()), at),
        Some(None) => {}
    }
    reading.map(|reading| reading.instant)
}

/// The text of an element, none where there is none.
pub(super) fn some(text: Cow<'_, str>) -> Option<String> {
    (!text.is_empty()).then(|| text.into_owned())
}

/// Dublin Core elements and terms (RSS 1.0 module; DCMI Metadata Terms).
fn dublin_core(reader: &mut Reader<'_>, name: &str, at: usize, draft: &mut Draft, zone: Tz) -> Result<(), Stop> {
    match name {
        "title" => {
            let title = short(reader)?;
            draft.title.offer(DC, title);
        }
        "description" | "abstract" => {
            let text = short(reader)?;
            draft.description.offer(DC, text);
        }
        "creator" | "author" => {
            let person = person::read(reader)?;
            draft.person(DC, person);
        }
        "publisher" => {
            let person = person::read(reader)?;
            draft.person(DC + 6, person);
        }
        "subject" => {
            let subject = reader.text()?;
            draft.category(&subject);
        }
        "language" => {
            let language = some(reader.text()?);
            draft.language.offer(DC, language);
        }
        "rights" => {
            let rights = some(reader.text()?);
            draft.rights.offer(DC, rights);
        }
        "license" => details::license(reader, draft)?,
        "identifier" => {
            let id = some(reader.text()?);
            draft.id.offer(DC + 1, id);
        }
        "date" | "issued" | "created" | "available" => {
            let date = instant(reader, at, zone)?;
            let rank = if name == "issued" { DC } else { DC + 1 };
            draft.published.offer(rank, date);
        }
        "modified" => {
            let date = instant(reader, at, zone)?;
            draft.updated.offer(DC, date);
        }
        "valid" => {
            // A period (DCMI Period) as a rule; of one date, the end.
            let text = reader.text()?;
            let end = text.split(';').find_map(|part| part.trim().strip_prefix("end="));
            let end = read_date(end.unwrap_or(&text).trim(), zone, &mut reader.repairs, Some(at));
            draft.expires = draft.expires.or(end);
        }
        _ => reader.skip()?,
    }
    Ok(())
}

/// Podcast elements of Apple.
fn itunes(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    match name {
        "title" => {
            let title = short(reader)?;
            draft.title.offer(ITUNES, title);
        }
        "author" => {
            let person = person::read(reader)?;
            draft.person(ITUNES, person);
        }
        "owner" => {
            let person = person::read(reader)?;
            draft.person(ITUNES + 1, person);
        }
        "image" => {
            let address = reader.attribute("href").or_else(|| reader.attribute("url"));
            let image = address.and_then(|address| reader.resolve(&address)).map(image_at);
            draft.image.offer(ITUNES, image);
            reader.skip()?;
        }
        "duration" => {
            let duration = duration(&reader.text()?);
            draft.duration = draft.duration.or(duration);
        }
        "summary" => {
            let summary = short(reader)?;
            draft.summary.offer(ITUNES, summary);
        }
        "subtitle" => {
            let summary = short(reader)?;
            draft.summary.offer(ITUNES + 1, summary);
        }
        "keywords" => {
            for keyword in reader.text()?.split(',') {
                draft.tag(keyword);
            }
        }
        "category" => itunes_category(reader, draft)?,
        // Google's name for a summary.
        "description" => {
            let summary = short(reader)?;
            draft.summary.offer(ITUNES + 2, summary);
        }
        "season" | "episode" => details::number(reader, name, draft)?,
        "episodetype" => details::word(reader, "episode_type", draft)?,
        "explicit" => {
            let explicit = match &*reader.text()?.to_ascii_lowercase() {
                "yes" | "true" | "explicit" => Some(true),
                "no" | "false" | "clean" => Some(false),
                _ => None,
            };
            if let Some(explicit) = explicit {
                draft.detail("explicit", explicit);
            }
        }
        _ => reader.skip()?,
    }
    Ok(())
}

/// `<itunes:category text="A"><itunes:category text="B"/></itunes:category>`
fn itunes_category(reader: &mut Reader<'_>, draft: &mut Draft) -> Result<(), Stop> {
    let outer = reader.depth().saturating_sub(1);
    // An element without children is told as start and end, so the depth is that of its own children.
    let mut name = reader.attribute("text").map(Cow::into_owned);
    loop {
        if let Some(name) = name.take() {
            draft.category(&name);
        }
        match reader.next()? {
            Event::Start(_) => name = reader.attribute("text").map(Cow::into_owned),
            Event::Text(text) => draft.category(&text::unescape(text)),
            Event::End(_) if reader.depth() <= outer => return Ok(()),
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
}

/// `1:02:03`, `2:03`, `123` → seconds.
pub(super) fn duration(text: &str) -> Option<u32> {
    let mut seconds: u32 = 0;
    for part in text.trim().split(':') {
        let part = part.split('.').next().unwrap_or(part).trim();
        seconds = seconds.checked_mul(60)?.checked_add(part.parse().ok()?)?;
    }
    Some(seconds).filter(|&seconds| seconds > 0)
}

/// Calls for each child element, and for those inside it, until the end of the element just started.
/// The callback reads what it is given to its end.
pub(super) fn children<'a>(
    reader: &mut Reader<'a>,
    mut each: impl FnMut(&mut Reader<'a>, &Element<'a>) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let outer = reader.depth().saturating_sub(1);
    loop {
        match reader.next()? {
            Event::Start(element) => each(reader, &element)?,
            Event::End(_) if reader.depth() <= outer => return Ok(()),
            Event::Eof => return Err(Stop::Cut),
            _ => {}
        }
    }
}

pub(super) fn image_at(url: String) -> Image {
    Image { url, ..Image::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |input: &str, expect: Option<u32>| assert_eq!(duration(input), expect, "{input}");
        check("1:02:03", Some(3_723));
        check("02:03", Some(123));
        check("123", Some(123));
        check("59.8", Some(59));
        check("", None);
        check("long", None);
        check("99999999:99999999:1", None);
    }
}
