//! What stands for a tag: HTML that the sanitizer goes over, or the text that was meant.

use super::Writer;
use super::tag::{Kind, Tag, named, words};
use crate::model::Markup;
use crate::normalize::html::markup::escape_into;
use std::borrow::Cow;
use url::Url;

/// What a tag opened, to be closed by its end tag.
pub(super) struct Open {
    pub(super) name: Cow<'static, str>,
    /// What is written at its end.
    pub(super) end: String,
    /// `:::`, whose end has no name.
    pub(super) is_container: bool,
}

impl Open {
    fn tag(name: &str, end: impl Into<String>) -> Self {
        Self { name: Cow::Owned(name.to_owned()), end: end.into(), is_container: false }
    }
}

const QUOTE_END: &str = "\n\n</blockquote>\n\n";

impl<'b> Writer<'b, '_> {
    /// Writes what stands for a tag at the beginning of what is left, and goes behind it.
    pub(super) fn tag(&mut self, tag: Tag<'b>) {
        let after = &self.rest[tag.length..];
        self.line_start = false;
        match tag.kind {
            Kind::Comment => {}
            Kind::Expression => self.expression(&tag),
            Kind::Shortcode if tag.inside.trim_start().starts_with("/*") => escaped(&mut self.out, &tag, self.rest),
            Kind::Tag | Kind::Shortcode => {
                if let Some(name) = tag.ended() {
                    self.close(|open| !open.is_container && open.name == name);
                } else if self.takes_inside(&tag) || self.leaf(&tag) || self.opening(&tag) {
                    // Written.
                } else if !matches!(tag.name, "else" | "elsif" | "elseif" | "when" | "") {
                    self.drop(tag.name);
                }
            }
        }
        // Those that take all up to their end tag have gone behind it themselves.
        if self.rest.len() > after.len() {
            self.rest = after;
        }
    }

    /// Tags whose inside is not Markdown.
    fn takes_inside(&mut self, tag: &Tag<'b>) -> bool {
        let is_tag = tag.kind == Kind::Tag;
        match tag.name {
            "raw" | "verbatim" | "rawhtml" | "html" => {
                let inside = self.until_end(tag);
                self.out.push_str(inside);
            }
            "comment" => {
                self.until_end(tag);
            }
            // What is written for each of something has no meaning without it.
            "for" | "capture" | "macro" | "tablerow" if is_tag => {
                self.drop(tag.name);
                self.until_end(tag);
            }
            "highlight" | "codeblock" | "code" => {
                let inside = self.until_end(tag);
                let language = match (tag.name, tag.kind) {
                    ("highlight", _) | (_, Kind::Shortcode) => tag.arguments.split([' ', ',']).next(),
                    _ => tag.arguments.split(' ').find_map(|word| word.strip_prefix("lang:")),
                };
                self.code(language.unwrap_or_default(), inside.trim_matches(['\r', '\n']));
            }
            "mermaid" => {
                let inside = self.until_end(tag);
                self.code("mermaid", inside.trim_matches(['\r', '\n']));
            }
            _ => return false,
        }
        true
    }

    /// Goes behind the end tag of `tag`, with those of its kind inside counted; gives what stands between.
    fn until_end(&mut self, tag: &Tag<'b>) -> &'b str {
        let rest = &self.rest[tag.length..];
        let counts = matches!(tag.name, "for" | "capture" | "macro" | "tablerow");
        let (mut at, mut depth) = (0, 1usize);
        while let Some(found) = rest[at..].find('{') {
            let start = at + found;
            at = start + 1;
            let Some(inner) = Tag::read(&rest[start..], &mut self.closings) else { continue };
            if inner.ends(tag.name) {
                depth -= 1;
            } else if counts && inner.name == tag.name && inner.kind == tag.kind {
                depth += 1;
            }
            if depth == 0 {
                self.rest = &rest[start + inner.length..];
                return &rest[..start];
            }
        }
        self.rest = "";
        rest
    }

    fn code(&mut self, language: &str, code: &str) {
        self.out.push_str("\n\n<pre><code");
        let language = language.trim_matches(['"', '\'']);
        if !language.is_empty() {
            self.out.push_str(" class=\"language-");
            escape_into(&mut self.out, language);
            self.out.push('"');
        }
        self.out.push('>');
        escape_into(&mut self.out, code);
        self.out.push_str("\n</code></pre>\n\n");
        self.line_start = true;
    }

    /// Tags that stand for themselves.
    fn leaf(&mut self, tag: &Tag<'b>) -> bool {
        let arguments = tag.arguments;
        let first = || words(arguments).next().map(|(_, word)| word).unwrap_or_default();
        let id = || named(arguments, "id").unwrap_or_else(first);
        match tag.name {
            "figure" | "img" | "image" | "asset_img" | "gallery_image" => self.image(tag),
            "asset_path" => {
                let address = below(self.on.assets, first());
                escape_into(&mut self.out, &address);
            }
            "asset_link" => {
                let address = below(self.on.assets, first());
                let label: Vec<&str> =
                    words(arguments).skip(1).map(|(_, word)| word).filter(|word| !is_truth(word)).collect();
                self.link(&address, if label.is_empty() { first().to_owned() } else { label.join(" ") }.as_str());
            }
            "link" if tag.kind == Kind::Tag && words(arguments).count() > 1 => {
                // Hexo: `text url [external] [title]`. Jekyll's has one argument, a file.
                let all: Vec<&str> = words(arguments).map(|(_, word)| word).collect();
                let at = all.iter().position(|word| is_address(word)).unwrap_or(all.len() - 1);
                self.link(all[at], &all[..at].join(" "));
            }
            "btn" | "button" if tag.kind == Kind::Tag => {
                let mut parts = arguments.split([',', '，']).map(str::trim);
                let (address, label) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                self.link(address, if label.is_empty() { address } else { label });
            }
            "youtube" | "vimeo" => self.player(tag.name, id()),
            "bilibili" | "bvideo" => self.player("bilibili", id()),
            "gist" => {
                let path: Vec<&str> =
                    words(arguments).map(|(_, word)| word).filter(|word| !word.contains('.')).take(2).collect();
                self.address(&format!("https://gist.github.com/{}", path.join("/")));
            }
            "jsfiddle" => self.address(&format!("https://jsfiddle.net/{}/", first())),
            "codepen" if first().len() > 1 => self.address(&format!("https://codepen.io/{}", first())),
            "tweet" | "x" | "twitter" if tag.kind == Kind::Shortcode => {
                let user = named(arguments, "user").unwrap_or("i");
                self.address(&format!("https://x.com/{user}/status/{}", id()));
            }
            "instagram" => self.address(&format!("https://www.instagram.com/p/{}/", id())),
            "iframe" => {
                let address = named(arguments, "src").unwrap_or_else(first);
                self.out.push_str("<iframe src=\"");
                escape_into(&mut self.out, address);
                // Where the frame may not stand the sanitizer puts its address.
                self.out.push_str("\"></iframe>");
                self.end_block();
            }
            "pdf" | "audio" | "video" | "aplayer" | "dplayer" | "asciinema" => {
                let address = named(arguments, "src").or_else(|| named(arguments, "url")).unwrap_or_else(first);
                if !is_address(address) {
                    return false;
                }
                self.link(address, address);
            }
            "post_link" => {
                // The text behind the name; the address is known to the generator only.
                let (name, text) = arguments.split_once(' ').unwrap_or((arguments, ""));
                let text = text.trim().trim_end_matches(" false").trim_end_matches(" true").trim_matches(['"', '\'']);
                self.link_to(name);
                escape_into(&mut self.out, if text.is_empty() || is_truth(text) { name } else { text });
            }
            "post_url" | "link" | "post_path" | "ref" | "relref" => self.reference(tag),
            "label" | "span" if tag.kind == Kind::Tag => {
                let text = arguments.split_once(['@', ',']).map_or(arguments, |(_, text)| text);
                escape_into(&mut self.out, text.trim());
            }
            "toc" | "more" | "break" => {}
            _ => return false,
        }
        true
    }

    /// Tags that stand around Markdown.
    fn opening(&mut self, tag: &Tag<'b>) -> bool {
        let arguments = tag.arguments;
        let (before, title, end) = match tag.name {
            "blockquote" | "quote" => {
                let mut end = String::new();
                if !arguments.is_empty() && tag.kind == Kind::Tag {
                    end.push_str("\n\n<p>— ");
                    escape_into(&mut end, arguments.trim_matches(['"', '\'']));
                    end.push_str("</p>");
                }
                ("<blockquote>", "", end + QUOTE_END)
            }
            "pullquote" | "cq" | "centerquote" | "note" | "subnote" | "callout" | "hint" | "alert" | "admonition"
            | "notice" | "tip" | "info" | "warning" => {
                let title = named(arguments, "title").unwrap_or_default();
                ("<blockquote>", title, QUOTE_END.to_owned())
            }
            "details" | "expand" | "fold" | "spoiler" | "hideToggle" | "folding" => {
                let title = named(arguments, "summary").or_else(|| named(arguments, "title")).unwrap_or_else(|| {
                    if tag.kind == Kind::Tag { arguments } else { words(arguments).next().map_or("", |(_, word)| word) }
                });
                self.open_block("<details><summary>", if title.is_empty() { "Details" } else { title }, "</summary>");
                self.push(Open::tag(tag.name, "\n\n</details>\n\n"));
                return true;
            }
            "tabs" | "tab" | "raw_html" | "center" | "centerimg" | "grouppicture" | "gp" => ("", "", "\n\n".to_owned()),
            _ => return false,
        };
        self.out.push_str("\n\n");
        self.out.push_str(before);
        self.out.push_str("\n\n");
        if !title.is_empty() {
            self.open_block("<p><strong>", title, "</strong></p>");
        }
        self.line_start = true;
        self.push(Open::tag(tag.name, end));
        true
    }

    /// `{{ … }}`: the addresses that Jekyll and others write this way, Zola's shortcodes; what else there is is dropped.
    fn expression(&mut self, tag: &Tag<'b>) {
        let text = tag.arguments;
        if let Some((name, call)) = text
            .split_once('(')
            .filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
        {
            let call = Tag { kind: Kind::Shortcode, name, arguments: call.trim_end().trim_end_matches(')'), ..*tag };
            if !self.leaf(&call) {
                self.drop(name);
            }
            return;
        }
        let mut parts = text.split('|').map(str::trim);
        let value = parts.next().unwrap_or_default();
        let filters: Vec<&str> = parts.collect();
        let quoted = ['"', '\''].into_iter().find_map(|mark| value.strip_prefix(mark)?.strip_suffix(mark));
        let root = self.on.site.path().trim_end_matches('/');
        let origin = self.on.site.origin().ascii_serialization();
        let is = |name: &str| filters.iter().any(|filter| filter.split(':').next().unwrap_or_default().trim() == name);
        let prepended = |what: &str| filters.iter().any(|filter| filter.replace(' ', "") == format!("prepend:{what}"));
        match (value, quoted) {
            ("site.baseurl" | "site.github.baseurl", _) => self.out.push_str(root),
            ("site.url" | "site.github.url", _) => self.out.push_str(&origin),
            (_, Some(text)) => {
                let absolute = is("absolute_url") || prepended("site.url");
                let rooted = absolute || is("relative_url") || is("url") || prepended("site.baseurl");
                if absolute {
                    self.out.push_str(&origin);
                }
                if rooted && (root.is_empty() || !text.starts_with(&format!("{root}/"))) {
                    self.out.push_str(root);
                    if !text.starts_with('/') {
                        self.out.push('/');
                    }
                }
                escape_into(&mut self.out, text);
            }
            _ => self.drop(if tag.name.is_empty() { "{{ }}" } else { tag.name }),
        }
    }

    /// `src="a.png" alt="x" caption="y" link="z"` or `class /a.png 600 400 "title" "alt"`.
    fn image(&mut self, tag: &Tag<'_>) {
        let arguments = tag.arguments;
        let Some(src) =
            named(arguments, "src").or_else(|| words(arguments).map(|(_, word)| word).find(|word| is_address(word)))
        else {
            self.drop(tag.name);
            return;
        };
        let loose: Vec<&str> = words(arguments)
            .skip_while(|(_, word)| *word != src)
            .skip(1)
            .filter(|(key, word)| key.is_none() && word.parse::<u32>().is_err())
            .map(|(_, word)| word)
            .collect();
        let caption = named(arguments, "caption").or_else(|| named(arguments, "title"));
        let label = named(arguments, "alt").map_or_else(|| loose.join(" "), str::to_owned);
        // What a tag of Hexo names is the article's own, as is what a page bundle holds; a `/` is the root of the site.
        let on = if src.starts_with('/') { self.on.site } else { self.on.assets };
        let link = named(arguments, "link").filter(|_| tag.kind == Kind::Shortcode);
        if let Some(link) = link {
            self.out.push_str("<a href=\"");
            escape_into(&mut self.out, link);
            self.out.push_str("\">");
        }
        self.picture(src, &label, caption, on);
        if link.is_some() {
            self.out.push_str("</a>");
        }
    }

    /// A picture, with a caption as a figure; its address below `folder`.
    pub(super) fn picture(&mut self, src: &str, label: &str, caption: Option<&str>, folder: &Url) {
        let src = below(folder, src);
        let is_markdown = self.markup == Markup::Markdown;
        self.out.push_str(if caption.is_some() { "<figure><img src=\"" } else { "<img src=\"" });
        escape_into(&mut self.out, &src);
        self.out.push_str("\" alt=\"");
        escape_into(&mut self.out, label);
        self.out.push_str("\">");
        match caption {
            Some(caption) => {
                self.out.push_str("<figcaption>");
                escape_into(&mut self.out, caption);
                self.out.push_str("</figcaption></figure>");
                self.end_block();
            }
            // A tag that is alone on its line would make HTML of the lines that follow (CommonMark §4.6, kind 7).
            None if is_markdown => self.out.push_str("<!-- -->"),
            None => {}
        }
    }

    /// What follows a block of HTML is Markdown again behind a blank line.
    fn end_block(&mut self) {
        if self.markup == Markup::Markdown {
            self.out.push_str("\n\n");
            self.line_start = true;
        }
    }

    fn player(&mut self, name: &str, id: &str) {
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            self.drop(name);
            return;
        }
        let player = match name {
            "vimeo" => "player.vimeo.com/video/",
            "bilibili" => "player.bilibili.com/player.html?bvid=",
            _ => "www.youtube.com/embed/",
        };
        self.out.push_str(&format!("<iframe src=\"https://{player}{id}\"></iframe>"));
        self.end_block();
    }

    fn link(&mut self, address: &str, label: &str) {
        self.out.push_str("<a href=\"");
        escape_into(&mut self.out, address);
        self.out.push_str("\">");
        escape_into(&mut self.out, label);
        self.out.push_str("</a>");
    }

    fn address(&mut self, address: &str) {
        self.link(address, address);
    }
}

/// `{{</* name */>}}`: a shortcode that is shown.
fn escaped(out: &mut String, tag: &Tag<'_>, rest: &str) {
    let inside = tag.inside.trim();
    let inside = inside.strip_prefix("/*").unwrap_or(inside);
    let inside = inside.strip_suffix("*/").unwrap_or(inside);
    let (opening, closing) = if rest.starts_with("{{<") { ("{{<", ">}}") } else { ("{{%", "%}}") };
    for part in [opening, inside, closing] {
        escape_into(out, part);
    }
}

/// A container of VuePress: a box with a title, or what folds.
pub(super) fn container(writer: &mut Writer<'_, '_>, name: &str, title: &str) {
    let (before, after, end) = match name {
        "details" => ("<details><summary>", "</summary>", "\n\n</details>\n\n"),
        "tip" | "warning" | "danger" | "info" | "note" | "important" | "caution" | "theorem" | "right" | "center" => {
            ("<blockquote>", "", QUOTE_END)
        }
        _ => ("", "", "\n\n"),
    };
    writer.push(Open { name: Cow::Owned(name.to_owned()), end: end.to_owned(), is_container: true });
    match name {
        "details" => writer.open_block(before, if title.is_empty() { "Details" } else { title }, after),
        _ => {
            writer.open_block(before, "", "");
            if !title.is_empty() && !before.is_empty() {
                writer.open_block("<p><strong>", title, "</strong></p>");
            }
        }
    }
}

/// An address below a folder; a path from the root is one from the root of the site.
fn below(folder: &Url, address: &str) -> String {
    let address = match address.strip_prefix('/').filter(|rest| !rest.starts_with('/')) {
        Some(rest) if !folder.path().trim_end_matches('/').is_empty() && !address.starts_with(folder.path()) => rest,
        _ => address,
    };
    folder.join(address).map_or_else(|_| address.to_owned(), String::from)
}

fn is_address(word: &str) -> bool {
    word.contains(['.', '/'])
}

fn is_truth(word: &str) -> bool {
    matches!(word, "true" | "false")
}
