//! The attributes of a tag: namespaces, bases and languages come into force, the others are kept; what is wrong with
//! them is noted.

use super::{MAX_ATTRIBUTES, MAX_BASE_BYTES, MAX_DECLARATIONS, Reader, Stop};
use crate::parse::feed::namespace::Ns;
use crate::parse::feed::text::{self, Reference};
use quick_xml::events::attributes::Attributes;
use std::borrow::Cow;
use url::Url;

impl<'a> Reader<'a> {
    pub(super) fn read_attributes(&mut self, tag: &'a str, name: usize, at: usize) -> Result<(), Stop> {
        let mut declarations = 0;
        for attribute in Attributes::html(tag, name).with_checks(false) {
            let Ok(attribute) = attribute else {
                self.repairs.note("attribute", tag.get(..name).unwrap_or_default(), at);
                break;
            };
            let key = attribute.key.into_inner();
            let Cow::Borrowed(value) = attribute.value else { continue };
            if let Some(prefix) = key.strip_prefix("xmlns").filter(|rest| rest.is_empty() || rest.starts_with(':')) {
                declarations += 1;
                if declarations > MAX_DECLARATIONS {
                    let message = format!("a tag with more than {MAX_DECLARATIONS} namespace declarations");
                    return Err(self.fail("limit:attributes", message, at));
                }
                if self.open.len() == 1 {
                    self.root_declarations.push(value);
                    if prefix.is_empty() {
                        self.root_default = Some(value);
                    }
                }
                let uri = text::unescape(value);
                let ns = Ns::from_uri(&uri);
                if ns.is_misspelt(&uri) {
                    self.repairs.note("namespace", &uri, at);
                }
                match prefix.strip_prefix(':') {
                    Some(prefix) => self.bindings.push((prefix, ns)),
                    None => {
                        if let Some(open) = self.open.last_mut() {
                            open.default = ns;
                        }
                    }
                }
                continue;
            }
            match key {
                "xml:base" => {
                    let base = text::unescape(value);
                    let base = match self.base() {
                        Some(outer) => outer.join(base.trim()),
                        None => Url::parse(base.trim()),
                    };
                    if let Ok(base) = base
                        && base.as_str().len() <= MAX_BASE_BYTES
                    {
                        self.bases.push((self.open.len(), base));
                    }
                }
                "xml:lang" => self.languages.push((self.open.len(), text::unescape(value).trim().to_owned())),
                _ => {}
            }
            if self.attributes.len() >= MAX_ATTRIBUTES {
                let message = format!("a tag with more than {MAX_ATTRIBUTES} attributes");
                return Err(self.fail("limit:attributes", message, at));
            }
            let before = (value.as_ptr() as usize).checked_sub(tag.as_ptr() as usize + 1);
            let opening = before.and_then(|before| tag.as_bytes().get(before));
            if !value.is_empty() && opening.is_some_and(|byte| !matches!(byte, b'"' | b'\'')) {
                self.repairs.note("unquoted-attribute", key, at);
            }
            if value.contains('&') {
                self.check_references(value, at);
            }
            self.attributes.push((key, value));
        }
        Ok(())
    }

    /// Notes what is wrong with the references of a text that is decoded elsewhere.
    fn check_references(&mut self, text: &str, at: usize) {
        for piece in text.split('&').skip(1) {
            match piece.split_once(';') {
                Some((name, _)) if name.len() <= 32 => self.check_reference(name, at),
                _ => self.repairs.note("bare-ampersand", "", at),
            }
        }
    }

    /// Notes what is wrong with a reference.
    pub(in crate::parse::feed) fn check_reference(&mut self, name: &str, at: usize) {
        match text::resolve(name) {
            Reference::Char(_) => {}
            Reference::Named(_) if matches!(name, "lt" | "gt" | "amp" | "quot" | "apos") => {}
            Reference::Named(_) => self.repairs.note("entity", name, at),
            Reference::Illegal => self.repairs.note("control-characters", "", at),
            Reference::Unknown => {
                let is_name = !name.is_empty() && name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric());
                match is_name {
                    true => self.repairs.note_first("entity-unknown", name, at),
                    false => self.repairs.note("bare-ampersand", "", at),
                }
            }
        }
    }
}
