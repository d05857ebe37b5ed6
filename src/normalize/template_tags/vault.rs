//! What Obsidian writes into a note and shows to nobody, or shows as something else: `%%comments%%`, `==marks==` and the
//! `^names` of blocks.

use super::Writer;
use super::code::head;

/// Longest text between `==` and `==`, in bytes.
const MAX_MARKED: usize = 1_000;
/// Longest name of a block, in bytes.
const MAX_NAME: usize = 100;

/// The length of the comment that starts here, which may go over many lines. An address may hold `%%` (`a%%20b`), so the
/// first must stand at the beginning of a line or behind white space; and one that is never closed is text.
fn comment(rest: &str, before: Option<char>) -> Option<usize> {
    let inside = rest.strip_prefix("%%").filter(|_| before.is_none_or(char::is_whitespace))?;
    Some("%%".len() + inside.find("%%")? + "%%".len())
}

/// The text of the mark that starts here: within one line, without air at its ends. `a==b` is code that nobody marked as such.
fn marked(rest: &str, before: Option<char>) -> Option<&str> {
    let is_code = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '=' | '_' | ')' | ']'));
    let inside = rest.strip_prefix("==").filter(|inside| !is_code(before) && !inside.starts_with(['=', ' ', '\t']))?;
    let line = head(inside, MAX_MARKED).split('\n').next()?;
    let text = &line[..line.find("==")?];
    let after = inside[text.len() + "==".len()..].chars().next();
    let is_open = after.is_some_and(|c| c.is_ascii_alphanumeric() || c == '=');
    (!text.is_empty() && !text.ends_with(char::is_whitespace) && !text.contains('`') && !is_open).then_some(text)
}

/// The length of the name of a block that starts here: behind a space, or alone on its line, at the end of a paragraph or of
/// an item of a list. A power, as in `x ^2`, has no name's length or no letter.
fn name(rest: &str, before: Option<char>) -> Option<usize> {
    let inside = head(rest, MAX_NAME).strip_prefix('^').filter(|_| before.is_none_or(char::is_whitespace))?;
    let name = inside.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next().unwrap_or_default();
    let after = rest[1 + name.len()..].trim_start_matches([' ', '\t']);
    let next = after.strip_prefix('\n').map(|next| next.trim_start_matches([' ', '\t']));
    let ends = after.is_empty()
        || next.is_some_and(|next| {
            next.is_empty()
                || ["\n", "- ", "* ", "+ ", ">"].iter().any(|mark| next.starts_with(mark))
                || next.starts_with(|c: char| c.is_ascii_digit())
        });
    let is_name = name.len() > 2 && name.bytes().any(|byte| byte.is_ascii_alphabetic());
    (is_name && ends).then_some(1 + name.len())
}

impl Writer<'_, '_> {
    /// A comment, a mark or the name of a block, whichever starts here.
    pub(super) fn of_a_vault(&mut self) -> bool {
        let before = self.body[..self.body.len() - self.rest.len()].chars().next_back();
        if let Some(length) = comment(self.rest, before).or_else(|| name(self.rest, before)) {
            self.skip(length);
            return true;
        }
        let Some(text) = marked(self.rest, before) else { return false };
        self.out.push_str("<mark>");
        self.out.push_str(text);
        self.out.push_str("</mark>");
        self.line_start = false;
        self.skip(text.len() + "====".len());
        true
    }
}
