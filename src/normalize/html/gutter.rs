//! Numbers that highlighters put beside the lines of code: the code stays, without them.
//!
//! They are text like any other to a reader of feeds, and stuck to the code. Known are the spans of Chroma, Pygments and
//! highlight.js within a line, and the tables of Hexo, Hugo, Rouge and highlight.js with a column of numbers and one of code,
//! which become `<pre><code class="language-x">`. Works on the source, before anything is parsed, in linear time.

use memchr::memmem;
use std::borrow::Cow;

/// Classes of a number, or of a column of them.
const NUMBERS: [&str; 10] = [
    "ln",
    "lnt",
    "lineno",
    "linenos",
    "linenumber",
    "line-number",
    "hljs-ln-numbers",
    "gutter",
    "rouge-gutter",
    "react-syntax-highlighter-line-number",
];
/// Classes of a column of code.
const CODE: [&str; 3] = ["code", "rouge-code", "hljs-ln-code"];
/// Words in a class that are no language.
const NO_LANGUAGE: [&str; 6] = ["highlight", "hljs", "line-numbers", "plain", "plaintext", "text"];
/// Longest number with what is around it, in bytes.
const MAX_NUMBER: usize = 300;
/// Longest tag, in bytes.
const MAX_TAG: usize = 1_000;
/// Cells of a table that are looked at: two for each line.
const MAX_CELLS: usize = 40_000;
/// As far before a table as its language may be named, in bytes.
const MAX_BEFORE: usize = 400;

/// HTML without the numbers of lines of code.
pub(super) fn without(html: &str) -> Cow<'_, str> {
    let holds = |mark: &str| memmem::find(html.as_bytes(), mark.as_bytes()).is_some();
    let marks = ["\"ln", "=ln", "lineno", "linenumber", "line-number", "gutter", "hljs-ln", "user-select"];
    if !holds("<pre") || !marks.into_iter().any(holds) {
        return Cow::Borrowed(html);
    }
    let mut out = String::with_capacity(html.len());
    let (mut rest, mut within_pre) = (html, false);
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let tag = tag(rest);
        let name = name(tag);
        if name.eq_ignore_ascii_case("pre") {
            within_pre = true;
        } else if name.eq_ignore_ascii_case("/pre") {
            within_pre = false;
        } else if within_pre && name.eq_ignore_ascii_case("span") && is_of_numbers(tag) {
            if let Some(length) = number(&rest[tag.len()..]) {
                rest = &rest[tag.len() + length..];
                continue;
            }
        } else if name.eq_ignore_ascii_case("table") {
            // Up to the next table at most: lines of code hold none, and so nothing is looked at twice.
            let inside = &rest[tag.len()..];
            if let Some(end) = end_of_table(inside)
                && let Some(code) = code_of(&inside[..end])
            {
                let end = tag.len() + end;
                write(&mut out, &code, &rest[..end], within_pre);
                rest = &rest[end..];
                continue;
            }
        }
        out.push_str(tag);
        rest = &rest[tag.len()..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Behind the end tag of a table that holds no other; `inside` starts behind its start tag.
fn end_of_table(inside: &str) -> Option<usize> {
    const END: &str = "</table>";
    let is = |at: usize, tag: &str| inside.get(at..at + tag.len()).is_some_and(|text| text.eq_ignore_ascii_case(tag));
    let mut tags = memchr::memchr_iter(b'<', inside.as_bytes()).filter(|at| is(*at, END) || is(*at, "<table"));
    tags.next().filter(|at| is(*at, END)).map(|at| at + END.len())
}

/// The tag at the beginning of a text, up to its `>`; a `<` alone where there is none.
fn tag(text: &str) -> &str {
    let named = text.as_bytes().get(1).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'/');
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(1).take_while(|(at, _)| named && *at < MAX_TAG) {
        match (byte, quote) {
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if byte == open => quote = None,
            (b'>', None) => return &text[..=at],
            // The tag was never finished.
            (b'<', None) => break,
            _ => {}
        }
    }
    &text[..1]
}

/// `/td` of `</td>`.
fn name(tag: &str) -> &str {
    let inside = tag.get(1..).unwrap_or_default();
    &inside[..inside.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(inside.len())]
}

/// The value of an attribute, as it is written.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let value = tag.match_indices(name).find_map(|(at, _)| {
        tag[..at].ends_with(char::is_whitespace).then(|| tag[at + name.len()..].trim_start().strip_prefix('='))?
    });
    let value = value.unwrap_or_default().trim_start();
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => value[1..].split(quote).next().unwrap_or_default(),
        _ => value.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or_default(),
    }
}

fn has_class(tag: &str, known: &[&str]) -> bool {
    attribute(tag, "class").split_whitespace().any(|class| known.contains(&class))
}

/// Hugo without classes says it in the style: nobody may select it.
fn is_of_numbers(tag: &str) -> bool {
    has_class(tag, &NUMBERS) || attribute(tag, "style").replace(' ', "").contains("user-select:none")
}

/// The length of a number and the end tag behind it.
fn number(rest: &str) -> Option<usize> {
    let end = rest.bytes().take(MAX_NUMBER).enumerate().find_map(|(at, byte)| {
        (byte == b'<' && rest.get(at..at + 7).is_some_and(|end| end.eq_ignore_ascii_case("</span>"))).then_some(at)
    })?;
    is_number(&text(&rest[..end])).then_some(end + "</span>".len())
}

fn is_number(text: &str) -> bool {
    text.replace("&nbsp;", " ").chars().all(|c| c.is_ascii_digit() || c.is_whitespace())
}

/// HTML without its tags, `<br>` as a line end; character references stay.
fn text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let tag = tag(&rest[at..]);
        match name(tag) {
            "" => out.push_str("&lt;"),
            name if name.eq_ignore_ascii_case("br") => out.push('\n'),
            _ => {}
        }
        rest = &rest[at + tag.len()..];
    }
    out.push_str(rest);
    out
}

/// The code of a table that holds nothing but columns of numbers and of code.
fn code_of(table: &str) -> Option<String> {
    let (mut code, mut numbers) = (String::new(), 0);
    let mut rest = table;
    for _ in 0..MAX_CELLS {
        let Some(at) = memmem::find(rest.as_bytes(), b"<td") else {
            return (numbers > 0 && !code.trim().is_empty()).then_some(code);
        };
        let tag = tag(&rest[at..]);
        let inside = &rest[at + tag.len()..];
        let end = memmem::find(inside.as_bytes(), b"</td").or_else(|| memmem::find(inside.as_bytes(), b"<td"));
        let cell = &inside[..end.unwrap_or(inside.len())];
        rest = &inside[cell.len()..];
        let text = text(cell);
        let of_code = has_class(tag, &CODE);
        if !of_code && is_number(&text) && (has_class(tag, &NUMBERS) || cell.contains("<pre")) {
            numbers += 1;
        } else if of_code || cell.contains("<pre") {
            // What stands between tags for the eye of who reads the source is no code.
            let text = if cell.contains("<pre") { text.trim_matches('\n') } else { text.trim_end_matches('\n') };
            code.push_str(text);
            code.push('\n');
        } else {
            return None;
        }
    }
    None
}

/// `table`: as it was; its end may name the language.
fn write(out: &mut String, code: &str, table: &str, within_pre: bool) {
    let language = language(table, out);
    // Rouge and highlight.js put the table into the code.
    let named = within_pre && !out.ends_with("<code>");
    if !within_pre {
        out.push_str("<pre>");
    } else if !named {
        out.truncate(out.len() - "<code>".len());
    }
    match language {
        _ if named => {}
        Some(language) => out.push_str(&format!("<code class=\"language-{language}\">")),
        None => out.push_str("<code>"),
    }
    out.push_str(code);
    if !within_pre {
        out.push_str("</code></pre>");
    }
}

/// The language of code: `class="language-x"` or `data-lang="x"` of the table's own, what stands around it, or
/// Hexo's `<figure class="highlight x">`.
fn language(table: &str, before: &str) -> Option<String> {
    let mut from = before.len().saturating_sub(MAX_BEFORE);
    while !before.is_char_boundary(from) {
        from += 1;
    }
    let before = &before[from..];
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '#' | '-' | '_' | '.'));
        let word = &text[..end.unwrap_or(text.len())];
        (!word.is_empty() && word.len() < 40 && !NO_LANGUAGE.contains(&word)).then(|| word.to_owned())
    };
    let own = ["language-", "data-lang=\""].into_iter().find_map(|mark| word(table.split_once(mark)?.1));
    let around = || word(before.rsplit_once("language-").filter(|(_, rest)| !rest.contains("</"))?.1);
    let of_figure = || {
        let figure = &before[before.rfind("<figure")?..];
        let classes = attribute(tag(figure), "class").split_whitespace();
        classes.filter(|class| !figure.contains("</") && !NO_LANGUAGE.contains(class)).find_map(word)
    };
    own.or_else(around).or_else(of_figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expect: &str) {
        assert_eq!(without(html), expect, "{html}");
    }

    #[test]
    fn tables_in_tables_are_looked_at_once() {
        // Quadratic, this would take hours.
        for inside in ["", "<tr><td class=\"gutter\">1"] {
            let html = format!("<pre class=\"gutter\">x</pre>{}</table>", format!("<table>{inside}").repeat(200_000));
            assert_eq!(without(&html), html);
        }
    }

    #[test]
    fn numbers_within_a_line() {
        check(
            "<pre><code class=\"language-go\"><span class=\"line\"><span class=\"ln\">1</span><span class=\"cl\">a\n</span></span></code></pre>",
            "<pre><code class=\"language-go\"><span class=\"line\"><span class=\"cl\">a\n</span></span></code></pre>",
        );
        check("<pre><span class=\"ln\" id=\"x\"><a class=\"lnlinks\" href=\"#x\">12</a></span>a</pre>", "<pre>a</pre>");
        check("<pre><span class=\"linenos\"> 1 </span>a</pre>", "<pre>a</pre>");
        check("<pre><span style=\"user-select: none;color:#777\">1\n</span>a</pre>", "<pre>a</pre>");
        check("<pre><span class=lineno>1</span>a</pre>", "<pre>a</pre>");
        // A word is no number, and outside of code nothing is looked for.
        for html in [
            "<pre><span class=\"ln\">x1</span></pre>",
            "<pre>x</pre><span class=\"ln\">1</span>",
            "<pre><span class=\"mi\">1</span> <span class=\"ln\">",
            "<p class=\"ln\">1</p>",
        ] {
            check(html, html);
        }
    }

    #[test]
    fn tables_of_numbers_and_code() {
        check(
            "<figure class=\"highlight js\"><table><tr><td class=\"gutter\"><pre><span class=\"line\">1</span><br><span class=\"line\">2</span><br></pre></td>\
             <td class=\"code\"><pre><span class=\"line\"><span class=\"k\">let</span> a &lt; 1;</span><br><span class=\"line\">  b</span><br></pre></td></tr></table></figure>z",
            "<figure class=\"highlight js\"><pre><code class=\"language-js\">let a &lt; 1;\n  b\n</code></pre></figure>z",
        );
        check(
            "<div class=\"chroma\">\n<table class=\"lntable\"><tr><td class=\"lntd\">\n<pre class=\"chroma\"><code><span class=\"lnt\">1\n</span><span class=\"lnt\">2\n</span></code></pre></td>\n\
             <td class=\"lntd\">\n<pre class=\"chroma\"><code class=\"language-go\" data-lang=\"go\"><span class=\"line\">a\n</span><span class=\"line\">b\n</span></code></pre></td></tr></table>\n</div>",
            "<div class=\"chroma\">\n<pre><code class=\"language-go\">a\nb\n</code></pre>\n</div>",
        );
        check(
            "<div class=\"language-ruby highlighter-rouge\"><pre class=\"highlight\"><code><table class=\"rouge-table\"><tbody><tr><td class=\"rouge-gutter gl\"><pre class=\"lineno\">1\n2\n</pre></td>\
             <td class=\"rouge-code\"><pre>a\nb\n</pre></td></tr></tbody></table></code></pre></div>",
            "<div class=\"language-ruby highlighter-rouge\"><pre class=\"highlight\"><code class=\"language-ruby\">a\nb\n</code></pre></div>",
        );
        check(
            "<pre><code class=\"hljs js\"><table class=\"hljs-ln\"><tr><td class=\"hljs-ln-numbers\" data-line-number=\"1\"></td><td class=\"hljs-ln-code\">  a</td></tr>\
             <tr><td class=\"hljs-ln-numbers\"></td><td class=\"hljs-ln-code\">b</td></tr></table></code></pre>",
            "<pre><code class=\"hljs js\">  a\nb\n</code></pre>",
        );
        for html in [
            "<table><tr><td class=\"gutter\">1</td><td>a</td></tr></table><pre>x</pre>",
            "<table><tr><td class=\"gutter\"><pre>1</pre></td><td><pre>a</pre>",
            "<table><tr><td class=\"code\"><pre>gutter</pre></td></tr></table>",
        ] {
            check(html, html);
        }
    }

    #[test]
    fn hostile_source_takes_linear_time() {
        for piece in [
            "<table>",
            "<span class=\"ln\">",
            "<td class=\"gutter\">",
            "<pre ",
            "<",
            "<table class=\"gutter\"><td></table>",
        ] {
            let html = format!("<pre>gutter{}", piece.repeat(400_000 / piece.len()));
            let begun = std::time::Instant::now();
            without(&html);
            assert!(begun.elapsed().as_secs() < 10, "{piece}: {:?}", begun.elapsed());
        }
    }
}
