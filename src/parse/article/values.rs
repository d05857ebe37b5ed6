//! Values of front matter → the parts of an entry: names, people, pictures, media.

use super::node::{Node, Table, lookup};
use crate::config::plan::CategoryLists;
use crate::model::{Enclosure, Image, Person, Text};

/// The first of some names in a table that says something.
fn text<'t>(table: &'t Table<'_>, names: &[&str]) -> Option<&'t str> {
    names.iter().find_map(|name| lookup(table, name)?.as_text())
}

/// A number that fits, also one written as a text.
fn count<T: std::str::FromStr>(table: &Table<'_>, names: &[&str]) -> Option<T> {
    text(table, names)?.parse().ok()
}

/// A text that may be HTML, or hold emphasis, code or links of Markdown.
pub(super) fn markup_text(text: &str) -> Text {
    let end = text.rfind('>').unwrap_or(0);
    let tag = text[..end]
        .match_indices('<')
        .any(|(at, _)| text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')));
    match () {
        () if tag => Text::html(text),
        () if is_inline_markdown(text) => Text { markup: crate::model::Markup::Markdown, value: text.to_owned() },
        () => Text::plain(text),
    }
}

/// Whether a pair of marks stands around a word, or a link, in a text that is no list, heading or other block of Markdown.
fn is_inline_markdown(text: &str) -> bool {
    let begins_block = text.trim_start().starts_with(['#', '>', '-', '+', '|', '=', ':', '~'])
        || text.trim_start().starts_with("* ")
        || text.trim_start().starts_with(|c: char| c.is_ascii_digit());
    let link = || text.split_once("](").is_some_and(|(before, after)| before.contains('[') && after.contains(')'));
    let pair = |mark: char| {
        let mut parts = text.split(mark);
        let (Some(before), Some(inside), Some(_)) = (parts.next(), parts.find(|part| !part.is_empty()), parts.next())
        else {
            return false;
        };
        !before.ends_with(|c: char| c.is_ascii_alphanumeric()) && inside.trim() == inside
    };
    !begins_block && (link() || pair('*') || pair('`'))
}

/// Names of a text or a list: a text with commas is a list, lists in lists are one list.
pub(super) fn names(node: &Node<'_>) -> Vec<String> {
    let mut out = Vec::new();
    collect_names(node, &mut out);
    out
}

fn collect_names(node: &Node<'_>, out: &mut Vec<String>) {
    match node {
        Node::List(nodes) => nodes.iter().for_each(|node| match node {
            Node::List(_) => collect_names(node, out),
            _ => out.extend(name(node)),
        }),
        Node::Scalar(..) => out.extend(split(node)),
        Node::Table(_) => out.extend(name(node)),
    }
}

/// The names in a text: what commas part, else the whole of it. A comma without a space behind it is part of a name, as
/// Hexo has it (`tags: 读书,HTTP` is one); those of Chinese never have one.
fn split(node: &Node<'_>) -> impl Iterator<Item = String> {
    let text = node.as_text().unwrap_or_default();
    let parts = text.split(['，', '、']).flat_map(|part| part.split(", ").flat_map(|part| part.split(",\t")));
    parts.map(|part| part.trim_matches([' ', ',', '\t']).to_owned()).filter(|part| !part.is_empty())
}

/// The words of a text without commas, as Jekyll reads `tags: a b`; none where that is no list of words.
pub(super) fn words(node: &Node<'_>) -> Option<Vec<String>> {
    let text = node.as_text().filter(|text| node.is_text() && !text.contains([',', '，', '、']))?;
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    (words.len() > 1).then_some(words)
}

/// Obsidian writes tags as in its notes: `#tag`.
pub(super) fn without_hash(tag: String) -> String {
    match tag.strip_prefix('#') {
        Some(rest) if rest.starts_with(|c: char| !c.is_whitespace() && c != '#') => rest.to_owned(),
        _ => tag,
    }
}

/// One name: a scalar as it is written; of a table its name; `C: basics`, which YAML reads as a table, as it was meant.
fn name(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Scalar(..) => node.as_text().map(str::to_owned),
        Node::Table(table) => match text(table, &["name", "title", "label", "slug"]) {
            Some(name) => Some(name.to_owned()),
            None => match table.as_slice() {
                [(key, value)] => Some(value.as_text().map_or(key.to_string(), |value| format!("{key}: {value}"))),
                _ => None,
            },
        },
        Node::List(_) => None,
    }
}

/// Categories as paths. A list in a list is a path; a flat one is a path or as many paths as it has names.
pub(super) fn paths(node: &Node<'_>, lists: CategoryLists) -> Vec<Vec<String>> {
    let single = |name: String| vec![name];
    match node {
        Node::List(nodes) if nodes.iter().any(|node| matches!(node, Node::List(_))) => nodes
            .iter()
            .map(|node| if let Node::List(_) = node { names(node) } else { name(node).into_iter().collect() })
            .filter(|path: &Vec<_>| !path.is_empty())
            .collect(),
        _ => {
            let names = names(node);
            match lists {
                CategoryLists::Path if matches!(node, Node::List(_)) && !names.is_empty() => vec![names],
                _ => names.into_iter().map(single).collect(),
            }
        }
    }
}

/// Authors: a text, a list, or tables; a text of `authors` may be a list with commas.
pub(super) fn people(node: &Node<'_>, plural: bool) -> Option<Vec<Person>> {
    let people: Vec<Person> = match node {
        Node::List(nodes) => nodes.iter().filter_map(person).collect(),
        Node::Scalar(..) if plural => {
            node.as_text()?.split([',', ';', '，', '、']).filter_map(|name| person(&Node::text(name))).collect()
        }
        _ => person(node).into_iter().collect(),
    };
    (!people.is_empty()).then_some(people)
}

/// `Name`, `Name <mail>`, `mail (Name)`, or a table.
fn person(node: &Node<'_>) -> Option<Person> {
    let owned = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let person = match node {
        Node::Scalar(..) if !node.is_text() => return None,
        Node::Scalar(..) => {
            let text = node.as_text()?;
            if let Some((name, mail)) =
                text.strip_suffix('>').and_then(|rest| rest.split_once('<')).filter(|(_, mail)| is_mail(mail))
            {
                Person { name: owned(name), email: owned(mail), url: None }
            } else if let Some((mail, name)) =
                text.strip_suffix(')').and_then(|rest| rest.split_once('(')).filter(|(mail, _)| is_mail(mail))
            {
                Person { name: owned(name), email: owned(mail), url: None }
            } else if is_mail(text) {
                Person { name: None, email: owned(text), url: None }
            } else {
                Person { name: owned(text), email: None, url: None }
            }
        }
        Node::Table(table) => Person {
            name: text(table, &["name", "nick", "nickname", "title"]).and_then(owned),
            email: text(table, &["email", "mail"]).and_then(owned),
            url: text(table, &["url", "link", "website", "homepage", "uri", "href"]).and_then(owned),
        },
        Node::List(_) => return None,
    };
    (person != Person::default()).then_some(person)
}

fn is_mail(text: &str) -> bool {
    let text = text.trim();
    !text.contains(char::is_whitespace)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// A picture: its address, a table with one, or the first of a list. Colors and `true` are none.
pub(super) fn image(node: &Node<'_>) -> Option<Image> {
    match node {
        Node::Scalar(..) => {
            let url = node.as_text().filter(|_| node.is_text())?;
            let extension = url.rsplit_once('.').map_or("", |(_, extension)| extension);
            let is_file =
                (2..=5).contains(&extension.len()) && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
            let is_address = (url.contains('/') || is_file) && !url.contains("gradient(");
            is_address.then(|| Image { url: url.to_owned(), ..Image::default() })
        }
        Node::List(nodes) => nodes.iter().find_map(|node| if let Node::List(_) = node { None } else { image(node) }),
        Node::Table(table) => {
            let names = [
                "url",
                "src",
                "image",
                "path",
                "feature",
                "file",
                "relative",
                "href",
                "teaser",
                "overlay_image",
                "og_image",
            ];
            let found = names.iter().filter_map(|name| lookup(table, name)).find_map(|node| match node {
                Node::Scalar(..) => image(node),
                _ => None,
            })?;
            Some(Image {
                alt: text(table, &["alt", "caption", "title"]).map(str::to_owned),
                width: count(table, &["width"]),
                height: count(table, &["height"]),
                media_type: text(table, &["type", "mime_type"]).map(str::to_owned).filter(|kind| kind.contains('/')),
                ..found
            })
        }
    }
}

/// Media: addresses or tables, one or a list.
pub(super) fn enclosures(node: &Node<'_>) -> Option<Vec<Enclosure>> {
    let media: Vec<Enclosure> = match node {
        Node::List(nodes) => nodes.iter().filter_map(enclosure).collect(),
        _ => enclosure(node).into_iter().collect(),
    };
    (!media.is_empty()).then_some(media)
}

fn enclosure(node: &Node<'_>) -> Option<Enclosure> {
    match node {
        Node::Scalar(..) => {
            let url = node.as_text().filter(|url| node.is_text() && url.contains(['/', '.']))?;
            Some(Enclosure { url: url.to_owned(), ..Enclosure::default() })
        }
        Node::Table(table) => Some(Enclosure {
            url: text(table, &["url", "src", "href", "file", "audio", "path", "mp3"])?.to_owned(),
            media_type: text(table, &["type", "mime_type", "mimetype", "mime"]).map(str::to_owned),
            length: count(table, &["length", "size_in_bytes", "size", "bytes", "filesize"]),
            duration: text(table, &["duration_in_seconds", "duration"]).and_then(seconds),
            title: text(table, &["title", "name"]).map(str::to_owned),
        }),
        Node::List(_) => None,
    }
}

/// `3723`, `62:03`, `1:02:03` → seconds.
fn seconds(text: &str) -> Option<u32> {
    if text.split(':').count() > 3 {
        return None;
    }
    text.split(':').try_fold(0u32, |sum, part| {
        let whole = part.split_once('.').map_or(part, |(whole, _)| whole);
        sum.checked_mul(60)?.checked_add(whole.trim().parse().ok()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expect) in [
            ("3723", Some(3723)),
            ("62:03", Some(3723)),
            ("1:02:03", Some(3723)),
            ("12.5", Some(12)),
            ("1:2:3:4", None),
            ("x", None),
            ("99999999:00:00", None),
        ] {
            assert_eq!(seconds(text), expect, "{text}");
        }
    }

    #[test]
    fn authors_as_texts() {
        let check = |text: &str, name: Option<&str>, mail: Option<&str>| {
            let person = person(&Node::text(text)).unwrap();
            assert_eq!((person.name.as_deref(), person.email.as_deref()), (name, mail), "{text}");
        };
        check("Ann", Some("Ann"), None);
        check("Ann B <a@b.org>", Some("Ann B"), Some("a@b.org"));
        check("a@b.org (Ann)", Some("Ann"), Some("a@b.org"));
        check("a@b.org", None, Some("a@b.org"));
        check("Ann <3", Some("Ann <3"), None);
    }

    #[test]
    fn colors_are_no_pictures() {
        for text in ["#fff", "transparent", "linear-gradient(#a, #b.c)", "true", "Hello."] {
            assert_eq!(image(&Node::text(text)), None, "{text}");
        }
        assert_eq!(image(&Node::text("/a.png")).map(|image| image.url).as_deref(), Some("/a.png"));
    }
}
