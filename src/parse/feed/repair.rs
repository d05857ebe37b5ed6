//! What was wrong with a document and how it was read all the same: one warning for each kind of fault.

use super::namespace::Ns;
use crate::model::Warning;
use std::borrow::Cow;

/// Different faults that are told of one by one; what comes after is counted in none.
const MAX_KINDS: usize = 100;

/// Faults met so far, in the order of their first place.
#[derive(Debug, Default)]
pub(super) struct Repairs {
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    code: &'static str,
    subject: String,
    /// Byte offset of the first.
    at: Option<usize>,
    count: u32,
}

impl Repairs {
    /// Notes a fault at a byte of the text. `subject` is the name it is about; faults of one code and
    /// subject are counted together.
    pub(super) fn note(&mut self, code: &'static str, subject: &str, at: impl Into<Option<usize>>) {
        // A document can be wrong in a million places: the last note is the likeliest to match.
        if let Some(note) = self.notes.iter_mut().rev().find(|note| note.code == code && note.subject == subject) {
            note.count = note.count.saturating_add(1);
        } else if self.notes.len() < MAX_KINDS {
            let subject = subject.to_owned();
            self.notes.push(Note { code, subject, at: at.into(), count: 1 });
        }
    }

    /// The same for faults whose subject differs each time and only the first is shown.
    pub(super) fn note_first(&mut self, code: &'static str, subject: &str, at: impl Into<Option<usize>>) {
        if let Some(note) = self.notes.iter_mut().find(|note| note.code == code) {
            note.count = note.count.saturating_add(1);
        } else {
            self.note(code, subject, at);
        }
    }

    /// How many kinds were noted; `forget_after` goes back to it.
    pub(super) fn len(&self) -> usize {
        self.notes.len()
    }

    /// Forgets the kinds that came after the first `len`.
    pub(super) fn forget_after(&mut self, len: usize) {
        self.notes.truncate(len);
    }

    pub(super) fn into_warnings(self, text: &str) -> Vec<Warning> {
        self.notes
            .into_iter()
            .map(|note| {
                let mut message = wording(note.code, &note.subject);
                if note.count > 1 {
                    message.push_str(&format!(" ({} times)", note.count));
                }
                let warning = Warning::new(note.code, message);
                match note.at {
                    Some(at) => {
                        let (line, column) = place(text, at);
                        warning.at(line, column)
                    }
                    None => warning,
                }
            })
            .collect()
    }
}

fn wording(code: &str, subject: &str) -> String {
    match code {
        "attribute" => format!("cannot read the attributes of `{subject}` to their end, kept those before"),
        "bare-ampersand" => "found `&` that begins no reference, expected `&amp;`, kept it as text".to_owned(),
        "bare-less-than" => "found `<` that begins no tag, expected `&lt;`, kept it as text".to_owned(),
        "control-characters" => "dropped control characters that XML and JSON do not allow".to_owned(),
        "date" => format!("cannot read the date `{subject}`, left it out"),
        "dtd" => "ignored an internal subset of the DOCTYPE".to_owned(),
        "entity" => format!("found `&{subject};` that XML does not know, read it as HTML"),
        "entity-unknown" => format!("found unknown entity `&{subject};`, kept it as text"),
        "junk-after" => "ignored what stands after the end of the feed".to_owned(),
        "junk-before" if subject == "space" => {
            "found white space before the XML declaration, which must come first, skipped it".to_owned()
        }
        "junk-before" => "skipped what stands before the feed begins".to_owned(),
        "json-feed" => format!("found {subject}, left it out"),
        "json-syntax" => format!("found {subject} that JSON does not allow, read it as meant"),
        "limit:items" => format!("kept the newest {subject} items, left out the rest"),
        "name-case" => format!("found element `{subject}`, expected another case, read it as meant"),
        "namespace" => format!("namespace `{subject}` is spelled in another case than its own, read it as meant"),
        "root-namespace" if subject.is_empty() => "the root names no namespace, took it for Atom's".to_owned(),
        "root-namespace" => format!("the root is in namespace `{subject}`, took it for the one its name goes with"),
        "root-version" if subject.is_empty() => "the root names no version, read it as RSS 2.0".to_owned(),
        "root-version" => format!("found RSS version `{subject}`, read it as the nearest there is"),
        "root" => format!("found root element `{subject}`, read it as the feed it holds"),
        "structure" => subject.to_owned(),
        "tag-case" => format!("`</{subject}>` is spelled unlike its start tag, took it for the end all the same"),
        "truncated" => "the document ends in the middle, kept the items that are whole".to_owned(),
        "unclosed-tag" => format!("`{subject}` is not closed, closed it with the element around it"),
        "undeclared-prefix" if Ns::from_prefix(&subject.to_ascii_lowercase()) == Ns::Other => {
            format!("prefix `{subject}` is not declared and not known, left its elements out")
        }
        "undeclared-prefix" => format!("prefix `{subject}` is not declared, took it for the usual one"),
        "unquoted-attribute" => format!("the value of attribute `{subject}` is not in quotes, read it all the same"),
        "unmatched-end-tag" => format!("`</{subject}>` closes nothing, ignored it"),
        _ => subject.to_owned(),
    }
}

/// Line and column, both counted from 1, the column in characters.
pub(super) fn place(text: &str, at: usize) -> (u32, u32) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before[start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Control characters other than tab and line ends, which neither XML 1.0 (§2.2) nor JSON allow.
fn is_control(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
}

/// Drops control characters; a text without any is only looked at.
pub(super) fn without_controls<'a>(text: Cow<'a, str>, repairs: &mut Repairs) -> Cow<'a, str> {
    // Whole blocks are folded without a branch, which the compiler turns into vector code.
    let found = text.as_bytes().chunks(4096).any(|block| block.iter().fold(false, |any, &byte| any | is_control(byte)));
    if !found {
        return text;
    }
    let at = text.bytes().position(is_control);
    repairs.note("control-characters", "", at);
    Cow::Owned(text.chars().filter(|&c| !(c.is_ascii() && is_control(c as u8))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters() {
        assert_eq!(place("ab\n金融x", 3 + 6), (2, 3));
        assert_eq!(place("", 10), (1, 1));
        assert_eq!(place("金", 1), (1, 1));
    }

    #[test]
    fn controls_are_dropped_and_told() {
        let mut repairs = Repairs::default();
        assert!(matches!(without_controls(Cow::Borrowed("a\tb\r\n"), &mut repairs), Cow::Borrowed(_)));
        assert_eq!(without_controls(Cow::Borrowed("a\u{8}金\u{0}b"), &mut repairs), "a金b");
        let warnings = repairs.into_warnings("a金b");
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].code, "control-characters");
    }

    #[test]
    fn same_faults_are_one_warning() {
        let mut repairs = Repairs::default();
        for at in [5, 6, 7] {
            repairs.note("entity", "nbsp", at);
        }
        let warnings = repairs.into_warnings("\n\n\n\n\n\n\n\n");
        assert_eq!(warnings.len(), 1);
        assert_eq!(warnings[0].line, Some(6));
        assert!(warnings[0].message.ends_with("(3 times)"), "{}", warnings[0].message);
    }
}
