//! Reads HTML that a serializer wrote (§13.3 of the HTML standard): lower-case names, quoted values, few entities.

use std::borrow::Cow;

/// A piece of serialized HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::normalize) enum Token<'a> {
    /// Escaped.
    Text(&'a str),
    /// `attributes` starts with a space or is empty.
    Open {
        name: &'a str,
        attributes: &'a str,
    },
    Close {
        name: &'a str,
    },
}

/// The pieces of serialized HTML in order. On anything else it gives pieces too, only not meaningful ones.
pub(in crate::normalize) struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    pub(in crate::normalize) fn new(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Jumps behind `</name>`; for elements whose inside is of no interest.
    pub(in crate::normalize) fn skip_past_end_of(&mut self, name: &str) {
        let end = format!("</{name}>");
        self.rest = self.rest.find(&end).map_or("", |found| &self.rest[found + end.len()..]);
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(tag) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Token::Text(text));
        };
        // A serializer escapes `>` in values, so the first one ends the tag.
        let (inside, rest) = tag.split_once('>').unwrap_or((tag, ""));
        self.rest = rest;
        Some(match inside.strip_prefix('/') {
            Some(name) => Token::Close { name },
            None => {
                let end = inside.find(' ').unwrap_or(inside.len());
                let (name, attributes) = inside.split_at(end);
                Token::Open { name, attributes }
            }
        })
    }
}

/// Name and still escaped value of each attribute.
pub(in crate::normalize) fn attributes(mut rest: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let (name, after) = rest.trim_start().split_once("=\"")?;
        let (value, after) = after.split_once('"')?;
        rest = after;
        Some((name, value))
    })
}

/// Undoes the entities a serializer writes.
pub(in crate::normalize) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];
        let (len, c) =
            known.iter().find(|(name, _)| rest.starts_with(name)).map_or((1, '&'), |(name, c)| (name.len(), *c));
        out.push(c);
        rest = &rest[len..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Writes a text so that it is text, inside and outside of quotes.
pub(in crate::normalize) fn escape_into(out: &mut String, text: &str) {
    escape(out, text, &['&', '<', '>', '"']);
}

/// The same as a serializer does outside of quotes, where `"` stands for itself.
pub(super) fn escape_text_into(out: &mut String, text: &str) {
    escape(out, text, &['&', '<', '>']);
}

fn escape(out: &mut String, text: &str, marks: &[char]) {
    let mut rest = text;
    while let Some(at) = rest.find(marks) {
        out.push_str(&rest[..at]);
        out.push_str(match rest.as_bytes()[at] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            _ => "&quot;",
        });
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_a_serializer_wrote() {
        let tokens: Vec<_> = Tokens::new(r#"a<p class="x &quot;"><br></p>b"#).collect();
        assert_eq!(
            tokens,
            [
                Token::Text("a"),
                Token::Open { name: "p", attributes: r#" class="x &quot;""# },
                Token::Open { name: "br", attributes: "" },
                Token::Close { name: "p" },
                Token::Text("b"),
            ]
        );
        let pairs: Vec<_> = attributes(r#" a="1" b="" c="x y""#).collect();
        assert_eq!(pairs, [("a", "1"), ("b", ""), ("c", "x y")]);
    }

    #[test]
    fn entities_both_ways() {
        assert_eq!(unescape("&amp;lt; &lt;b&gt; &quot;&nbsp;& &x;"), "&lt; <b> \"\u{a0}& &x;");
        let mut out = String::new();
        escape_into(&mut out, "a<b>&\"c");
        assert_eq!(out, "a&lt;b&gt;&amp;&quot;c");
    }
}
