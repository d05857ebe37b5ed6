//! How deep lists and tables lie within each other, before the TOML parser sees the text: it builds, and drops, one
//! frame of the stack for each level, and dotted keys multiply them.

/// Brackets within brackets; ours need four.
pub(super) const MAX_NESTING: usize = 8;

/// The byte where the nesting becomes too deep. Strings and comments do not count (TOML 1.1 §Comment, §String).
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'#' => at = line_end(bytes, at),
            b'"' | b'\'' => {
                at = string_end(bytes, at, byte);
                continue;
            }
            b'[' | b'{' => {
                depth += 1;
                if depth > MAX_NESTING {
                    return Some(at);
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes.iter().skip(from).position(|&b| b == b'\n').map_or(bytes.len(), |n| from + n)
}

/// The byte after a string that begins at `from`. One that is not closed ends with its line, as the parser has it.
fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let long = bytes[from..].starts_with(&[quote; 3]);
    let mut at = if long { from + 3 } else { from + 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !long => return at,
            _ if byte == quote && !long => return at + 1,
            _ if byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_outside_strings_count() {
        let deep = "[".repeat(9);
        for (text, expect) in [
            (format!("a = {deep}"), Some(12)),
            (format!("a = \"{deep}\""), None),
            (format!("a = '{deep}'"), None),
            (format!("a = \"\"\"\n{deep}\"\"\""), None),
            (format!("# {deep}"), None),
            (format!("a = \"\\\"{deep}\""), None),
            (format!("a = \"x\n{deep}"), Some(15)),
            ("[[a]]\n".repeat(100), None),
            ("a = \"".to_owned(), None),
            ("a = \"\\".to_owned(), None),
        ] {
            assert_eq!(too_deep(&text), expect, "{text}");
        }
    }
}
