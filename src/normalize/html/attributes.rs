//! The attributes of one tag: which are kept, and every address in them absolute and of a harmless scheme.

use super::element::{Element, LAZY_SRC, LAZY_SRCSET, Role};
use super::markup::{attributes, escape_into, unescape};
use std::borrow::Cow;
use url::Url;

/// What relative addresses stand on, and how addresses that lack a scheme are read.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::normalize) struct Base<'a>(pub(in crate::normalize) Option<&'a Url>);

/// What addresses an attribute may hold.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// Something to load: http and https.
    Media,
    /// Somewhere to go: also mailto and tel.
    Link,
}

/// Longest address that is kept, in bytes.
const MAX_URL: usize = 8_192;

impl Base<'_> {
    fn resolve(self, value: &str, target: Target) -> Option<String> {
        let value = value.trim_matches(|c: char| c.is_ascii_whitespace() || c.is_ascii_control());
        if value.is_empty() || value.len() > MAX_URL {
            return None;
        }
        let url = match Url::parse(value) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => match self.0 {
                Some(base) => base.join(value).ok()?,
                None if value.starts_with("//") => Url::parse(&format!("https:{value}")).ok()?,
                None => return None,
            },
            Err(_) => return None,
        };
        let allowed = match url.scheme() {
            "http" | "https" => true,
            "mailto" | "tel" => target == Target::Link,
            _ => false,
        };
        (allowed && url.as_str().len() <= MAX_URL).then(|| url.into())
    }

    /// The candidates of a `srcset` (§4.8.4.2.1), each absolute; those that cannot be are left out.
    fn srcset(self, value: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = value;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
            if rest.is_empty() {
                break;
            }
            let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
            let (written, after) = rest.split_at(end);
            let url = written.trim_end_matches(',');
            let descriptor = if url.len() < written.len() {
                rest = after;
                ""
            } else {
                let (descriptor, next) = after.split_once(',').unwrap_or((after, ""));
                rest = next;
                descriptor.trim()
            };
            let plain = descriptor.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
            if let Some(url) = self.resolve(url, Target::Media).filter(|_| plain && descriptor.len() <= 20) {
                if !out.is_empty() {
                    out.push_str(", ");
                }
                out.push_str(&url);
                if !descriptor.is_empty() {
                    out.push(' ');
                    out.push_str(descriptor);
                }
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

/// What the written attributes say about the element.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    /// At least one attribute was written.
    pub(super) any: bool,
    /// `href` of a link, `src` of an image, a frame, a media file or a source was written.
    pub(super) has_target: bool,
}

/// Writes what is kept of `raw` to `out`, each with a space before it.
pub(super) fn write(element: &Element, raw: &str, base: Base<'_>, out: &mut String) -> Written {
    let start = out.len();
    let mut has_target = false;
    if element.role == Role::Image {
        has_target = write_image_source(raw, base, out);
    }
    for (name, value) in attributes(raw) {
        let generic = matches!(name, "title" | "lang" | "dir");
        if !generic && !element.attributes.contains(&name) {
            continue;
        }
        let value = unescape(value);
        let kept: Option<Cow<'_, str>> = match name {
            "src" | "srcset" if element.role == Role::Image => None,
            "href" => base.resolve(&value, Target::Link).map(Cow::Owned),
            "src" if element.role == Role::Frame => frame(&value, base).map(Cow::Owned),
            "src" | "poster" | "cite" => base.resolve(&value, Target::Media).map(Cow::Owned),
            "srcset" => base.srcset(&value).map(Cow::Owned),
            "class" => language_class(&value),
            "width" | "height" | "colspan" | "rowspan" | "span" | "start" | "value" => number(&value),
            "lang" | "dir" | "kind" | "srclang" | "preload" | "scope" => word(&value),
            "loop" | "muted" | "open" | "reversed" | "allowfullscreen" => Some(Cow::Borrowed("")),
            // Which list marker it is depends on the case (`a` or `A`); anything else is not a marker.
            "type" if element.name == "ol" => {
                Some(value).filter(|value| matches!(&**value, "1" | "a" | "A" | "i" | "I"))
            }
            "title" | "alt" | "label" | "datetime" | "type" | "media" | "sizes" => Some(value),
            _ => None,
        };
        if let Some(kept) = kept {
            has_target |= matches!(name, "href" | "src") || (name == "srcset" && element.role == Role::Resource);
            write_one(out, name, &kept);
        }
    }
    if element.role == Role::Media {
        // Without controls nobody could start it: scripts and autoplay are gone.
        write_one(out, "controls", "");
    }
    Written { any: out.len() > start, has_target }
}

fn write_one(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape_into(out, value);
    out.push('"');
}

/// `src` and `srcset` of an image; those of a script that loads it later where the real ones are missing.
fn write_image_source(raw: &str, base: Base<'_>, out: &mut String) -> bool {
    let find = |wanted: &str| {
        attributes(raw)
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| unescape(value))
            .filter(|value| !value.is_empty())
    };
    let written = find("src");
    let lazy = || LAZY_SRC.iter().find_map(|name| base.resolve(&find(name)?, Target::Media));
    let own = written.as_deref().and_then(|value| base.resolve(value, Target::Media));
    let src = match own {
        Some(own) if is_placeholder(&own) => lazy().or(Some(own)),
        Some(own) => Some(own),
        None => lazy(),
    };
    let srcset = find("srcset")
        .and_then(|value| base.srcset(&value))
        .or_else(|| LAZY_SRCSET.iter().find_map(|name| base.srcset(&find(name)?)));
    // A picture that is only in the set is still one; readers that know no sets need a `src`.
    let src = src.or_else(|| srcset.as_deref()?.split([' ', ',']).next().map(str::to_owned));
    if let Some(src) = &src {
        write_one(out, "src", src);
    }
    if let Some(srcset) = &srcset {
        write_one(out, "srcset", srcset);
    }
    src.is_some()
}

/// Whether the last part of the path is a usual name for a picture that stands for another one.
fn is_placeholder(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or_default();
    ["placeholder", "loading", "lazyload", "lazy-load"].iter().any(|word| stem.contains(word))
        || matches!(
            stem,
            "blank"
                | "spacer"
                | "lazy"
                | "grey"
                | "gray"
                | "transparent"
                | "pixel"
                | "1x1"
                | "load"
                | "dot"
                | "white"
                | "empty"
        )
}

/// `language-*` of a code block: what syntax highlighters go by.
fn language_class(value: &str) -> Option<Cow<'_, str>> {
    value.split_ascii_whitespace().find(|class| is_language_class(class)).map(|class| Cow::Owned(class.to_owned()))
}

fn is_language_class(class: &str) -> bool {
    class.strip_prefix("language-").is_some_and(|name| {
        !name.is_empty() && name.len() <= 40 && name.chars().all(|c| c.is_alphanumeric() || "+-#._".contains(c))
    })
}

fn number(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    let digits = value.strip_suffix('%').or_else(|| value.strip_suffix("px")).unwrap_or(value);
    let is_number = !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Cow::Owned(if value.ends_with('%') { format!("{digits}%") } else { digits.to_owned() }))
}

fn word(value: &str) -> Option<Cow<'_, str>> {
    let value = value.trim();
    let is_word = !value.is_empty()
        && value.len() <= 35
        && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    is_word.then(|| Cow::Owned(value.to_owned()))
}

/// The address of a player that may be framed; always https.
fn frame(value: &str, base: Base<'_>) -> Option<String> {
    let mut url = Url::parse(&base.resolve(value, Target::Media)?).ok()?;
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    let plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let path = url.path();
    let allowed = match url.host_str()? {
        "www.youtube.com" | "youtube.com" | "www.youtube-nocookie.com" | "youtube-nocookie.com" => {
            path.starts_with("/embed/")
        }
        "player.vimeo.com" => path.starts_with("/video/"),
        "player.bilibili.com" => true,
        "open.spotify.com" => path.starts_with("/embed"),
        "w.soundcloud.com" => path.starts_with("/player"),
        "codepen.io" => path.contains("/embed/"),
        _ => false,
    };
    (plain && allowed).then(|| url.into())
}

#[cfg(test)]
mod tests {
    use super::super::element::element;
    use super::*;

    fn check(tag: &str, raw: &str, base: Option<&str>, expect: &str) {
        let base = base.map(|base| Url::parse(base).unwrap());
        let mut out = String::new();
        write(element(tag).unwrap(), raw, Base(base.as_ref()), &mut out);
        assert_eq!(out, expect, "{tag} {raw}");
    }

    const BASE: Option<&str> = Some("https://a.example/b/c?q#f");

    #[test]
    fn addresses() {
        for (raw, base, expect) in [
            ("href=\"d e\"", BASE, r#" href="https://a.example/b/d%20e""#),
            ("href=\"/d\"", BASE, r#" href="https://a.example/d""#),
            ("href=\"//x.example\"", BASE, r#" href="https://x.example/""#),
            ("href=\"//x.example\"", None, r#" href="https://x.example/""#),
            ("href=\"#n\"", BASE, r##" href="https://a.example/b/c?q#n""##),
            ("href=\"?x\"", BASE, r#" href="https://a.example/b/c?x""#),
            ("href=\"d\"", None, ""),
            ("href=\"mailto:a@b.c\"", None, r#" href="mailto:a@b.c""#),
            ("href=\"tel:+1\"", None, r#" href="tel:+1""#),
            ("href=\" java\tscript:alert(1)\"", BASE, ""),
            ("href=\"&amp;#106;avascript:x\"", None, ""),
            ("href=\"vbscript:x\"", BASE, ""),
            ("href=\"data:text/html,x\"", BASE, ""),
            ("href=\"ftp://x/\"", BASE, ""),
            ("href=\"https://例子.测试/路\"", None, r#" href="https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF""#),
            ("href=\"https://a/?b=1&amp;c=2\"", None, r#" href="https://a/?b=1&amp;c=2""#),
            (
                "href=\"https://a/\" onclick=\"x\" style=\"x\" id=\"x\" title=\"t &lt;\"",
                None,
                r#" href="https://a/" title="t &lt;""#,
            ),
        ] {
            check("a", &format!(" {raw}"), base, expect);
        }
    }

    #[test]
    fn images() {
        for (raw, expect) in [
            (
                r#"src="x.png" alt="a" width="10px" height="1e9""#,
                r#" src="https://a.example/b/x.png" alt="a" width="10""#,
            ),
            (r#"src="data:image/gif;base64,R0" data-src="/r.jpg""#, r#" src="https://a.example/r.jpg""#),
            (r#"data-original="r.jpg""#, r#" src="https://a.example/b/r.jpg""#),
            (r#"src="/img/loading.gif" data-lazy-src="r.jpg""#, r#" src="https://a.example/b/r.jpg""#),
            (r#"src="/img/loading.gif""#, r#" src="https://a.example/img/loading.gif""#),
            (r#"src="real.jpg" data-src="other.jpg""#, r#" src="https://a.example/b/real.jpg""#),
            (
                r#"srcset="a.png 1x, data:x 3x,b,c.png, /d.png 2x""#,
                r#" src="https://a.example/b/a.png" srcset="https://a.example/b/a.png 1x, https://a.example/b/b,c.png, https://a.example/d.png 2x""#,
            ),
            (r#"src="x" srcset="javascript:alert(1) 1x""#, r#" src="https://a.example/b/x""#),
            (r#"alt="only""#, r#" alt="only""#),
        ] {
            check("img", &format!(" {raw}"), BASE, expect);
        }
    }

    #[test]
    fn frames_and_media() {
        check(
            "iframe",
            r#" src="//www.youtube.com/embed/x" width="1""#,
            None,
            r#" src="https://www.youtube.com/embed/x" width="1""#,
        );
        check(
            "iframe",
            r#" src="http://player.bilibili.com/p.html?a=1""#,
            None,
            r#" src="https://player.bilibili.com/p.html?a=1""#,
        );
        check("iframe", r#" src="https://www.youtube.com.evil.example/embed/x""#, None, "");
        check("iframe", r#" src="https://www.youtube.com@evil.example/embed/x""#, None, "");
        check("iframe", r#" src="https://www.youtube.com:8443/embed/x""#, None, "");
        check("iframe", r#" srcdoc="x" src="javascript:x""#, BASE, "");
        check(
            "video",
            r#" src="v.mp4" poster="data:x" autoplay="""#,
            BASE,
            r#" src="https://a.example/b/v.mp4" controls="""#,
        );
        check("code", r#" class="x language-c++ y" id="z""#, None, r#" class="language-c++""#);
        check("ol", r#" type="a" start="3""#, None, r#" type="a" start="3""#);
    }
}
