//! Media RSS: files, pictures and texts, alone or in groups.

use super::draft::{Draft, plain};
use super::extensions::{MEDIA, children, duration, short, some};
use super::namespace::Ns;
use super::person;
use super::xml::{Reader, Stop};
use crate::model::{Enclosure, Image, Markup, Text};
use serde_json::json;
use std::borrow::Cow;

/// Media RSS 1.5.1.
pub(super) fn read(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    match name {
        "group" => {
            let mut first = None;
            children(reader, |reader, element| {
                let before = draft.media.len();
                media_leaf(reader, &element.name, draft)?;
                // A group is one thing in several qualities: its default, else its first, is enough.
                if draft.media.len() > before {
                    match first {
                        None => first = Some(before),
                        Some(_) => draft.media.truncate(before),
                    }
                }
                Ok(())
            })
        }
        _ => media_leaf(reader, name, draft),
    }
}

fn media_leaf(reader: &mut Reader<'_>, name: &str, draft: &mut Draft) -> Result<(), Stop> {
    match name {
        "content" => {
            let url = media_content(reader, draft);
            let mut told = None;
            // Title, description and thumbnail may stand inside.
            children(reader, |reader, element| match (element.ns, &*element.name) {
                (Ns::Media, "thumbnail") => {
                    thumbnail(reader, draft);
                    reader.skip()
                }
                (Ns::Media, "description" | "title") => {
                    let text = media_text(reader)?;
                    if told.is_none() || element.name == "description" {
                        told = text.clone().map(plain);
                    }
                    if element.name == "description" {
                        draft.description.offer(MEDIA + 1, text);
                    }
                    Ok(())
                }
                _ => reader.skip(),
            })?;
            // What is said of a picture is what stands for it where it cannot be seen.
            if let (Some(url), Some(told)) = (url, told) {
                if let Some(image) = draft.image.get_mut().filter(|image| image.url == url) {
                    image.alt.get_or_insert(told);
                } else if let Some(medium) = draft.media.iter_mut().find(|medium| medium.url == url) {
                    medium.title.get_or_insert(told);
                }
            }
        }
        "thumbnail" => {
            thumbnail(reader, draft);
            reader.skip()?;
        }
        "title" => {
            let title = media_text(reader)?;
            draft.title.offer(MEDIA, title);
        }
        "description" => {
            let text = media_text(reader)?;
            draft.description.offer(MEDIA, text);
        }
        "copyright" => {
            let rights = some(reader.text()?);
            draft.rights.offer(MEDIA, rights);
        }
        "category" => {
            let label = reader.attribute("label").map(Cow::into_owned);
            // The usual schemes are numbers of a service's own tables.
            let text = reader.text()?;
            if let Some(label) = label {
                draft.tag(&label);
            } else if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                draft.tag(&text);
            }
        }
        "keywords" => {
            for keyword in reader.text()?.split(',') {
                draft.tag(keyword);
            }
        }
        "credit" => {
            let role = reader.attribute("role").map(|role| role.trim().to_ascii_lowercase());
            let person = person::read(reader)?;
            match role.as_deref() {
                Some("author") => draft.person(MEDIA, person),
                role => {
                    if let Some(name) = person.and_then(|person| person.name) {
                        draft.detail_of_list("credits", json!({ "name": name, "role": role }));
                    }
                }
            }
        }
        "player" => {
            if let Some(url) = reader.attribute("url").and_then(|url| reader.resolve(&url)) {
                draft.detail("player", url);
            }
            reader.skip()?;
        }
        "license" => super::details::license(reader, draft)?,
        _ => reader.skip()?,
    }
    Ok(())
}

fn media_text(reader: &mut Reader<'_>) -> Result<Option<Text>, Stop> {
    let declared = reader.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    let text = short(reader)?;
    Ok(text.map(|text| Text { markup: if declared { Markup::Html } else { text.markup }, ..text }))
}

/// Reads the attributes of `content`; gives its address.
fn media_content(reader: &mut Reader<'_>, draft: &mut Draft) -> Option<String> {
    let url = reader.attribute("url").and_then(|url| reader.resolve(&url))?;
    let address = url.clone();
    let media_type =
        reader.attribute("type").map(|kind| kind.trim().to_ascii_lowercase()).filter(|kind| !kind.is_empty());
    let medium = reader.attribute("medium").map(|medium| medium.trim().to_ascii_lowercase());
    let kind = kind_of(&url, media_type.as_deref(), medium.as_deref());
    match kind {
        Kind::Image => offer_image(reader, draft, url, media_type, 1),
        Kind::Unknown => offer_image(reader, draft, url, media_type, 3),
        Kind::Other if media_type.as_deref() == Some("application/x-shockwave-flash") => {}
        Kind::Other => {
            let number = |name: &str| reader.attribute(name).and_then(|value| value.trim().parse::<u64>().ok());
            let length = number("filesize").filter(|&length| length > 0);
            let duration = reader.attribute("duration").and_then(|value| duration(&value));
            let enclosure = Enclosure { url, media_type, length, duration, title: None };
            let is_default = reader.attribute("isdefault").is_some_and(|value| value.trim() == "true");
            match is_default {
                true => draft.default_medium(enclosure),
                false => draft.medium(enclosure),
            }
        }
    }
    Some(address)
}

enum Kind {
    Image,
    /// Audio, video, documents.
    Other,
    Unknown,
}

fn kind_of(url: &str, media_type: Option<&str>, medium: Option<&str>) -> Kind {
    match (medium, media_type) {
        (Some("image"), _) => Kind::Image,
        (Some("audio" | "video" | "document" | "executable"), _) => Kind::Other,
        (_, Some(kind)) if kind.starts_with("image") => Kind::Image,
        (_, Some(kind)) if kind.contains('/') => Kind::Other,
        _ => {
            let path = url.split(['?', '#']).next().unwrap_or(url);
            match mime_guess::from_path(path).first() {
                Some(kind) if kind.type_() == "image" => Kind::Image,
                Some(kind) if kind.type_() == "audio" || kind.type_() == "video" => Kind::Other,
                _ => Kind::Unknown,
            }
        }
    }
}

fn thumbnail(reader: &Reader<'_>, draft: &mut Draft) {
    if let Some(url) = reader.attribute("url").and_then(|url| reader.resolve(&url)) {
        offer_image(reader, draft, url, None, 2);
    }
}

/// Of several sizes of one rank the widest is kept. Portraits of authors, which blogs add to every item,
/// come after everything else.
fn offer_image(reader: &Reader<'_>, draft: &mut Draft, url: String, media_type: Option<String>, rank: u8) {
    let number = |name: &str| reader.attribute(name).and_then(|value| value.trim().parse::<u32>().ok());
    let rank = if url.contains("gravatar.com/avatar/") { MEDIA + 2 } else { rank };
    let image = Image { url, media_type, width: number("width"), height: number("height"), alt: None };
    let wider = draft.image.get().is_some_and(|held| image.width > held.width && rank < MEDIA);
    match wider {
        true => draft.image.offer_last(rank, Some(image)),
        false => draft.image.offer(rank, Some(image)),
    }
}
