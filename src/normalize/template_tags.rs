//! Site generators' tags in bodies (Liquid and Nunjucks `{% … %}` and `{{ … }}`, Hugo's shortcodes): code blocks
//! and pictures become HTML, the rest goes. Code is left as it is, for there they are what the author shows.

use super::html::markup::escape_into;
use crate::model::Markup;

/// Longest tag, in bytes; what has no end within it is text.
const MAX_TAG: usize = 2_000;
/// Longest code span, in bytes; as far as its end is searched.
const MAX_SPAN: usize = 10_000;

/// The body without tags, still in its markup.
pub(super) fn strip(body: &str, markup: Markup) -> String {
    if !body.contains("{%") && !body.contains("{{") {
        return body.to_owned();
    }
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    let mut line_start = true;
    while let Some(c) = rest.chars().next() {
        if let Some(code) = code_length(rest, line_start, markup) {
            out.push_str(&rest[..code]);
            rest = &rest[code..];
            line_start = out.ends_with('\n');
            continue;
        }
        if c == '{'
            && let Some(tag) = Tag::read(rest)
        {
            rest = &rest[tag.length..];
            rest = replace(&mut out, &tag, rest);
            continue;
        }
        // Plain text up to the next character that may start something.
        let next = rest[c.len_utf8()..].find(['{', '`', '~', '<', '\n']).map_or(rest.len(), |at| at + c.len_utf8());
        out.push_str(&rest[..next]);
        line_start = c == '\n' || (line_start && rest[..next].trim_matches(' ').is_empty());
        rest = &rest[next..];
    }
    out
}

/// The length of the code that starts here: a fence, a code span, `<pre>`, `<code>`.
fn code_length(rest: &str, line_start: bool, markup: Markup) -> Option<usize> {
    let mark = rest.chars().next().filter(|c| matches!(c, '`' | '~' | '<'))?;
    if mark == '<' {
        let name = ["pre", "code"].into_iter().find(|name| {
            let end = name.len() + 1;
            rest.get(1..end).is_some_and(|seen| seen.eq_ignore_ascii_case(name))
                && matches!(rest.as_bytes().get(end), Some(b'>' | b' '))
        })?;
        let end = format!("</{name}>");
        // What is never closed holds all the rest.
        return Some(rest.find(&end).map_or(rest.len(), |at| at + end.len()));
    }
    if markup != Markup::Markdown {
        return None;
    }
    let run = rest.len() - rest.trim_start_matches(mark).len();
    if line_start && run >= 3 {
        let fence = &rest[..run];
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            at += line.len();
            let trimmed = line.trim();
            if at > line.len() && trimmed.starts_with(fence) && trimmed.trim_matches(mark).is_empty() {
                break;
            }
        }
        return Some(at);
    }
    if mark == '~' {
        return Some(run);
    }
    // A span ends at a run of the same length, within its paragraph; else the run is text.
    let span = head(rest, MAX_SPAN);
    let paragraph = span.find("\n\n").unwrap_or(span.len());
    let mut at = run;
    while let Some(found) = rest[at..paragraph.max(at)].find('`') {
        let start = at + found;
        let length = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        at = start + length;
        if length == run {
            return Some(at);
        }
    }
    Some(run)
}

/// At most `max` bytes from the start.
fn head(text: &str, max: usize) -> &str {
    let mut end = max.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// `{% name arguments %}`, `{{< name arguments >}}`, `{{ expression }}`.
struct Tag<'a> {
    name: &'a str,
    arguments: &'a str,
    length: usize,
}

impl<'a> Tag<'a> {
    fn read(rest: &'a str) -> Option<Self> {
        let kinds = [("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}"), ("{{", "}}")];
        let (opening, closing) = kinds.into_iter().find(|(opening, _)| rest.starts_with(opening))?;
        let end = head(rest, MAX_TAG).find(closing).filter(|end| *end >= opening.len())?;
        let inside = &rest[opening.len()..end];
        let length = end + closing.len();
        let trimmed = inside.trim_matches(|c: char| c == '-' || c == '~' || c.is_whitespace());
        if opening == "{{" {
            // Formulas hold double braces too; an expression has air around it, a path or a filter.
            let is_expression =
                !inside.contains(['\n', '\\', '{']) && (inside.starts_with([' ', '-']) || inside.contains(['.', '|']));
            return is_expression.then_some(Tag { name: "", arguments: trimmed, length });
        }
        let (name, arguments) = trimmed.split_once(char::is_whitespace).unwrap_or((trimmed, ""));
        Some(Tag { name, arguments, length })
    }
}

/// Writes what stands for `tag`; gives what is left of the body behind it and its end tag, if that was used up.
fn replace<'a>(out: &mut String, tag: &Tag<'_>, rest: &'a str) -> &'a str {
    match tag.name {
        "raw" | "verbatim" => {
            let (inside, rest) = until_end(rest, tag.name);
            out.push_str(inside);
            rest
        }
        "comment" => until_end(rest, tag.name).1,
        "highlight" | "codeblock" | "code" => {
            let (inside, rest) = until_end(rest, tag.name);
            let language = match tag.name {
                "highlight" => tag.arguments.split([' ', ',']).next(),
                _ => tag.arguments.split(' ').find_map(|word| word.strip_prefix("lang:")),
            };
            write_code(out, language.unwrap_or_default(), inside.trim_matches(['\r', '\n']));
            rest
        }
        "blockquote" | "quote" => {
            out.push_str("\n<blockquote>\n\n");
            rest
        }
        "endblockquote" | "endquote" => {
            out.push_str("\n\n</blockquote>\n\n");
            rest
        }
        "figure" | "img" | "asset_img" | "image" => {
            write_image(out, tag.arguments);
            rest
        }
        "youtube" | "vimeo" => {
            let id = words(tag.arguments).next().map(|(_, word)| word).unwrap_or_default();
            if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
                let player = if tag.name == "vimeo" { "player.vimeo.com/video" } else { "www.youtube.com/embed" };
                out.push_str(&format!("<iframe src=\"https://{player}/{id}\"></iframe>"));
            }
            rest
        }
        "post_link" => {
            // The text behind the name; the address is known to the generator only.
            let text = tag.arguments.split_once(' ').map_or("", |(_, text)| text.trim());
            escape_into(out, text.trim_end_matches(" false").trim_end_matches(" true").trim_matches(['"', '\'']));
            rest
        }
        _ => rest,
    }
}

/// What stands before the end tag of `name`, and what behind it; all of it where there is no end tag.
fn until_end<'a>(rest: &'a str, name: &str) -> (&'a str, &'a str) {
    let mut at = 0;
    while let Some(found) = rest[at..].find('{') {
        let start = at + found;
        if let Some(tag) = Tag::read(&rest[start..])
            && (tag.name.strip_prefix("end") == Some(name)
                || tag.name.strip_prefix('/') == Some(name)
                || (tag.name == "/" && tag.arguments == name))
        {
            return (&rest[..start], &rest[start + tag.length..]);
        }
        at = start + 1;
    }
    (rest, "")
}

fn write_code(out: &mut String, language: &str, code: &str) {
    out.push_str("\n\n<pre><code");
    let language = language.trim_matches(['"', '\'']);
    if !language.is_empty() {
        out.push_str(" class=\"language-");
        escape_into(out, language);
        out.push('"');
    }
    out.push('>');
    escape_into(out, code);
    out.push_str("\n</code></pre>\n\n");
}

/// `src="a.png" alt="x" caption="y"` or `class /a.png 600 400 "title" "alt"`.
fn write_image(out: &mut String, arguments: &str) {
    let named = |wanted: &str| words(arguments).find(|(key, _)| *key == Some(wanted)).map(|(_, value)| value);
    let is_address = |word: &str| word.contains(['.', '/']);
    let src = named("src").or_else(|| words(arguments).map(|(_, word)| word).find(|word| is_address(word)));
    let Some(src) = src else { return };
    let loose: Vec<&str> = words(arguments)
        .skip_while(|(_, word)| *word != src)
        .skip(1)
        .filter(|(key, word)| key.is_none() && word.parse::<u32>().is_err())
        .map(|(_, word)| word)
        .collect();
    let caption = named("caption").or_else(|| named("title")).map(str::to_owned);
    let alt = named("alt").map_or_else(|| loose.join(" "), str::to_owned);
    out.push_str(if caption.is_some() { "<figure><img src=\"" } else { "<img src=\"" });
    escape_into(out, src);
    out.push_str("\" alt=\"");
    escape_into(out, &alt);
    out.push_str("\">");
    if let Some(caption) = caption {
        out.push_str("<figcaption>");
        escape_into(out, &caption);
        out.push_str("</figcaption></figure>");
    }
}

/// Arguments: words or quoted texts, each with its `key=` if it has one.
fn words(arguments: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    let mut rest = arguments;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let key_end = rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').filter(|end| *end > 0);
        let key = key_end.and_then(|end| rest[end..].starts_with('=').then(|| &rest[..end]));
        if let Some(key) = key {
            rest = rest[key.len() + 1..].trim_start();
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        rest = after;
        (key.is_some() || quote.is_some() || !word.is_empty()).then_some((key, word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_of_generators() {
        for (body, expect) in [
            ("a {% include x.html %}b", "a b"),
            ("{% raw %}{{ x }}{% endraw %}", "{{ x }}"),
            ("{%- comment -%}x{%- endcomment -%}y", "y"),
            (
                "{% highlight rust linenos %}\na < b\n{% endhighlight %}",
                "\n\n<pre><code class=\"language-rust\">a &lt; b\n</code></pre>\n\n",
            ),
            (
                "{% codeblock T lang:js %}\n{{ a.b }}\n{% endcodeblock %}",
                "\n\n<pre><code class=\"language-js\">{{ a.b }}\n</code></pre>\n\n",
            ),
            ("{{< highlight go >}}x{{< /highlight >}}", "\n\n<pre><code class=\"language-go\">x\n</code></pre>\n\n"),
            (
                "{{< figure src=\"/a b.png\" alt=\"x\" caption='y' >}}",
                "<figure><img src=\"/a b.png\" alt=\"x\"><figcaption>y</figcaption></figure>",
            ),
            ("{% asset_img a.png 图一 %}", "<img src=\"a.png\" alt=\"图一\">"),
            ("{% img left /a.png 600 400 'A title' %}", "<img src=\"/a.png\" alt=\"A title\">"),
            ("{% youtube dQw4 %}", "<iframe src=\"https://www.youtube.com/embed/dQw4\"></iframe>"),
            ("{% post_link slug 标题 %}", "标题"),
            ("[x]({{< ref \"a.md\" >}})", "[x]()"),
            ("![]({{ site.baseurl }}/a.png)", "![](/a.png)"),
            ("$x^{{2}}$", "$x^{{2}}$"),
            ("`{% raw %}` and ``{{ a }}``", "`{% raw %}` and ``{{ a }}``"),
            ("```liquid\n{% if %}\n```\n{% if %}", "```liquid\n{% if %}\n```\n"),
            ("<pre>{% if %}</pre>{% if %}", "<pre>{% if %}</pre>"),
            ("{% never ends", "{% never ends"),
            ("a ` b {% x %}", "a ` b "),
            ("~~a~~ {% x %}", "~~a~~ "),
            ("~~~\n{% x %}\n~~~\n", "~~~\n{% x %}\n~~~\n"),
        ] {
            assert_eq!(strip(body, Markup::Markdown), expect, "{body}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(body in "(\\{%|%\\}|\\{\\{<|>\\}\\}|\\{\\{| |\\}\\}|raw|endraw|img|figure|=|\"|'|`|```|~~~|\n|中|<pre>|</pre>|a\\.b){0,40}") {
            strip(&body, Markup::Markdown);
            strip(&body, Markup::Html);
        }
    }
}
