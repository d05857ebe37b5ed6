//! MDX: `import` and `export`, components, expressions in braces.

use super::code::head;
use super::tag::MAX_TAG;

/// The length of a statement that starts here: up to the end of the line where its braces and brackets are closed again,
/// or up to a blank line.
pub(super) fn module(rest: &str) -> Option<usize> {
    let word = ["import ", "export ", "import{", "export{"].into_iter().find(|word| rest.starts_with(word))?;
    // Prose may begin with these words too.
    let tail = rest[word.len()..].trim_start();
    let first = tail.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let is_code = tail.starts_with(['{', '*', '"', '\''])
        || word.ends_with('{')
        || matches!(first, "const" | "let" | "var" | "function" | "default" | "async" | "class" | "type")
        || (word.starts_with("import") && rest.lines().next().is_some_and(|line| line.contains(" from ")));
    if !is_code {
        return None;
    }
    let (mut depth, mut at) = (0i32, 0);
    for line in rest.split_inclusive('\n') {
        if line.trim().is_empty() {
            break;
        }
        at += line.len();
        for byte in line.bytes() {
            match byte {
                b'{' | b'[' | b'(' => depth = depth.saturating_add(1),
                b'}' | b']' | b')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth <= 0 {
            break;
        }
    }
    Some(at)
}

/// The name of a component and the length of its tag, if it has an end: `<Name …>`, `<Name …/>`, `</Name>`, `<a.B>`.
pub(super) fn component(rest: &str) -> Option<(&str, Option<usize>)> {
    let text = head(rest, MAX_TAG);
    // Most of what is none shows it soon.
    memchr::memchr(b'>', text.as_bytes())?;
    let start = if text.starts_with("</") { 2 } else { 1 };
    let inside = text.get(start..)?;
    // A fragment has no name.
    if inside.starts_with('>') {
        return Some(("<>", Some(start + 1)));
    }
    let name = &inside
        [..inside.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_'))).unwrap_or(inside.len())];
    if !(name.starts_with(|c: char| c.is_ascii_uppercase()) || (name.contains('.') && !name.starts_with('.'))) {
        return None;
    }
    let (mut depth, mut quote) = (0usize, None);
    for (at, c) in inside.char_indices().skip(name.len()) {
        match (quote, c) {
            (Some(mark), _) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '{') => depth += 1,
            (None, '}') => depth = depth.saturating_sub(1),
            (None, '>') if depth == 0 => return Some((name, Some(start + at + 1))),
            _ => {}
        }
    }
    Some((name, None))
}

/// The length of an expression in braces.
pub(super) fn braces(rest: &str) -> Option<usize> {
    let text = head(rest, MAX_TAG);
    memchr::memchr(b'}', text.as_bytes())?;
    let mut depth = 0usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => return Some(at + 1),
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}
