//! The many ways a feed names a person → name, e-mail, address.

use super::draft::plain;
use super::text;
use super::xml::{Event, Inner, Reader, Stop, trimmed};
use crate::model::{Person, Text};

/// Reads a person written in one line: `a@b.example (Name)` (RSS 2.0), `Name <a@b.example>`,
/// `Name (a@b.example)`, an address alone, a name alone.
pub(super) fn parse(text: &str) -> Option<Person> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let mut person = Person::default();
    let mut rest = text;
    if let Some((before, inside)) = bracketed(text, '(', ')').or_else(|| bracketed(text, '<', '>')) {
        place(&mut person, inside);
        rest = before;
    }
    place(&mut person, rest);
    // `Name a@b.example`, with nothing around the address.
    if person.email.is_none()
        && let Some(name) = person.name.take()
    {
        match name.rsplit_once(char::is_whitespace) {
            Some((before, last)) if is_email(email_of(last)) => {
                person.email = Some(email_of(last).to_owned());
                person.name = clean(before);
            }
            _ => person.name = Some(name),
        }
    }
    (person != Person::default()).then_some(person)
}

/// `before (inside)`; what follows the bracket is dropped.
fn bracketed(text: &str, open: char, close: char) -> Option<(&str, &str)> {
    let start = text.find(open)?;
    let end = text.rfind(close).filter(|&end| end > start)?;
    let (before, inside) = (&text[..start], &text[start + open.len_utf8()..end]);
    // `Name (the younger)` is a name.
    let told_apart = is_email(email_of(inside.trim())) || is_email(email_of(before.trim())) || is_web(inside.trim());
    told_apart.then_some((before, inside))
}

/// Puts a piece where it belongs, if nothing is there yet.
fn place(person: &mut Person, piece: &str) {
    let piece = piece.trim().trim_matches(['"', ',', ';']).trim();
    if piece.is_empty() {
        return;
    }
    let email = email_of(piece);
    if is_email(email) {
        person.email.get_or_insert_with(|| email.to_owned());
    } else if is_web(piece) {
        person.url.get_or_insert_with(|| piece.to_owned());
    } else {
        person.name.get_or_insert_with(|| piece.to_owned());
    }
}

fn clean(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', ',', ';', '-']).trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn email_of(text: &str) -> &str {
    let text = text.trim_matches(['<', '>']);
    match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => text[7..].trim(),
        _ => text,
    }
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.split_once('@') else { return false };
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | '(' | ')' | ',' | ';' | '/' | '@');
    !user.is_empty() && !host.is_empty() && user.chars().all(plain) && host.chars().all(plain)
}

fn is_web(text: &str) -> bool {
    (text.starts_with("http://") || text.starts_with("https://")) && !text.contains(char::is_whitespace)
}

/// Reads an element that names a person: Atom's children (RFC 4287 §3.2), iTunes' `owner`, or a line of text.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Option<Person>, Stop> {
    let outer = reader.depth().saturating_sub(1);
    let mut person = Person::default();
    let mut line = String::new();
    let at = reader.position();
    loop {
        match reader.next()? {
            Event::Start(element) => match &*element.name {
                "name" => set(&mut person.name, &reader.text()?),
                "email" => set(&mut person.email, email_of(&reader.text()?)),
                "uri" | "url" | "homepage" | "href" => {
                    let address = reader.text()?;
                    person.url = person.url.take().or_else(|| reader.resolve(&address));
                }
                // RDF containers and the like hold the text one level down.
                _ => {
                    line.push(' ');
                    line.push_str(&trimmed(reader.content(Inner::Decoded)?.value));
                }
            },
            Event::Text(text) | Event::Cdata(text) => line.push_str(text),
            Event::Reference(name) => {
                reader.check_reference(name, at);
                line.push('&');
                line.push_str(name);
                line.push(';');
            }
            Event::End(_) if reader.depth() <= outer => break,
            Event::End(_) => {}
            Event::Eof => return Err(Stop::Cut),
        }
    }
    if person != Person::default() {
        // `<name>a@b.example (Name)</name>` is met as well.
        if person.email.is_none()
            && let Some(parsed) = person.name.as_deref().and_then(parse).filter(|parsed| parsed.email.is_some())
        {
            (person.name, person.email) = (parsed.name, parsed.email);
        }
        return Ok(Some(person));
    }
    let line = text::unescape(&line);
    // Names in links, as preprint servers write them.
    if line.contains("</") && text::looks_like_html(&line) {
        return Ok(parse(&plain(Text::html(line))));
    }
    Ok(parse(&line))
}

fn set(field: &mut Option<String>, value: &str) {
    if field.is_none() && !value.is_empty() {
        *field = Some(value.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let check = |input: &str, name: &str, email: &str, url: &str| {
            let person = parse(input).unwrap_or_default();
            let got =
                (person.name.unwrap_or_default(), person.email.unwrap_or_default(), person.url.unwrap_or_default());
            assert_eq!((got.0.as_str(), got.1.as_str(), got.2.as_str()), (name, email, url), "{input}");
        };
        check("a@b.example (Ann Bee)", "Ann Bee", "a@b.example", "");
        check("Ann Bee <a@b.example>", "Ann Bee", "a@b.example", "");
        check("\"Ann Bee\" <a@b.example>", "Ann Bee", "a@b.example", "");
        check("Ann Bee (a@b.example)", "Ann Bee", "a@b.example", "");
        check("Ann Bee a@b.example", "Ann Bee", "a@b.example", "");
        check("mailto:a@b.example", "", "a@b.example", "");
        check("a@b.example", "", "a@b.example", "");
        check("Ann Bee", "Ann Bee", "", "");
        check("王小明", "王小明", "", "");
        check("Ann Bee (the younger)", "Ann Bee (the younger)", "", "");
        check("Ann (https://ann.example/)", "Ann", "", "https://ann.example/");
        check("a@b.example ()", "", "a@b.example", "");
        check("@ann", "@ann", "", "");
        check("  ", "", "", "");
    }
}
