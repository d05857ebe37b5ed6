//! The attributes of one tag: which are kept, and every address in them absolute and of a harmless scheme.

use super::element::{Element, GENERIC, LAZY_SRC, LAZY_SRCSET, Role};
use super::markup::{attributes, escape_into, unescape};
use super::tracking;
use crate::config::plan::BodyRules;
use std::borrow::Cow;
use url::Url;

/// Where a body stands, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// What relative addresses stand on.
    pub base: Option<&'a Url>,
    /// The page of the item: `#note` leads there, whatever the base. Default: the base.
    pub page: Option<&'a Url>,
    /// None: only the text is wanted.
    pub rules: Option<&'a BodyRules>,
}

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
/// Candidates of one `srcset`.
const MAX_CANDIDATES: usize = 64;

impl Setting<'_> {
    fn removes_tracking(self) -> bool {
        self.rules.is_some_and(|rules| rules.remove_tracking)
    }

    fn resolve(self, value: &str, target: Target) -> Option<String> {
        self.resolved(value, target).map(String::from)
    }

    fn resolved(self, value: &str, target: Target) -> Option<Url> {
        let value = value.trim_matches(|c: char| c.is_ascii_whitespace() || c.is_ascii_control());
        if value.is_empty() || value.len() > MAX_URL {
            return None;
        }
        let mut url = match Url::parse(value) {
            Ok(url) => url,
            Err(url::ParseError::RelativeUrlWithoutBase) => {
                let fragment = value.starts_with('#');
                match self.page.filter(|_| fragment).or(self.base) {
                    Some(base) => base.join(value).ok()?,
                    None if value.starts_with("//") => Url::parse(&format!("https:{value}")).ok()?,
                    None => return None,
                }
            }
            Err(_) => return None,
        };
        let allowed = match url.scheme() {
            "http" | "https" => true,
            "mailto" | "tel" => target == Target::Link,
            _ => false,
        };
        if self.removes_tracking() && target == Target::Link {
            tracking::strip_parameters(&mut url);
        }
        (allowed && url.as_str().len() <= MAX_URL).then_some(url)
    }

    /// The candidates of a `srcset` (§4.8.4.2.1), each absolute; those that cannot be are left out.
    fn srcset(self, value: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = value;
        for _ in 0..MAX_CANDIDATES {
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
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// At least one attribute was written.
    pub(super) any: bool,
    /// `href` of a link, `src` of an image, a frame, a media file or a source was written.
    pub(super) has_target: bool,
    /// Where a frame leads that may not be shown.
    pub(super) elsewhere: Option<Url>,
}

/// Writes what is kept of `raw` to `out`, each with a space before it.
pub(super) fn write(element: &Element, raw: &str, setting: Setting<'_>, out: &mut String) -> Written {
    let start = out.len();
    let mut has_target = false;
    let mut elsewhere = None;
    match element.role {
        Role::Image => has_target = write_image_source(raw, setting, out),
        Role::Frame => match frame(raw, setting) {
            Some(Framed::Here(url)) => {
                write_one(out, "src", &url);
                has_target = true;
            }
            Some(Framed::Elsewhere(url)) => elsewhere = Some(url),
            None => {}
        },
        _ => {}
    }
    for (name, value) in attributes(raw) {
        if !GENERIC.contains(&name) && !element.attributes.contains(&name) {
            continue;
        }
        let value = unescape(value);
        let kept: Option<Cow<'_, str>> = match name {
            "src" | "srcset" if matches!(element.role, Role::Image | Role::Frame) => None,
            "href" => setting.resolve(&value, Target::Link).map(Cow::Owned),
            "src" | "poster" | "cite" => setting.resolve(&value, Target::Media).map(Cow::Owned),
            "srcset" => setting.srcset(&value).map(Cow::Owned),
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
    if matches!(element.role, Role::Resource | Role::Media) {
        has_target |= write_lazy(element, raw, setting, out, start);
    }
    if element.role == Role::Media {
        // Without controls nobody could start it: scripts and autoplay are gone.
        write_one(out, "controls", "");
    }
    Written { any: out.len() > start, has_target, elsewhere }
}

/// `src`, `srcset` and `poster` of what a script loads later, where the real ones are missing.
fn write_lazy(element: &Element, raw: &str, setting: Setting<'_>, out: &mut String, start: usize) -> bool {
    let mut has_target = false;
    for (lazy, name) in
        [("data-src", "src"), ("data-srcset", "srcset"), ("data-lazy-srcset", "srcset"), ("data-poster", "poster")]
    {
        let known = element.attributes.contains(&name) && element.read_attributes().contains(&lazy);
        if !known || attributes(&out[start..]).any(|(written, _)| written == name) {
            continue;
        }
        let Some((_, value)) = attributes(raw).find(|(written, _)| *written == lazy) else { continue };
        let value = unescape(value);
        let url = if name == "srcset" { setting.srcset(&value) } else { setting.resolve(&value, Target::Media) };
        if let Some(url) = url {
            has_target |= name != "poster";
            write_one(out, name, &url);
        }
    }
    has_target
}

fn write_one(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    escape_into(out, value);
    out.push('"');
}

/// `src` and `srcset` of an image; those of a script that loads it later where the real ones are missing.
fn write_image_source(raw: &str, setting: Setting<'_>, out: &mut String) -> bool {
    let find = |wanted: &str| {
        attributes(raw)
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| unescape(value))
            .filter(|value| !value.is_empty())
    };
    let written = find("src");
    let lazy = || LAZY_SRC.iter().find_map(|name| setting.resolve(&find(name)?, Target::Media));
    let own = written.as_deref().and_then(|value| setting.resolve(value, Target::Media));
    let src = match own {
        Some(own) if is_placeholder(&own) => lazy().or(Some(own)),
        Some(own) => Some(own),
        None => lazy(),
    };
    let srcset = find("srcset")
        .and_then(|value| setting.srcset(&value))
        .or_else(|| LAZY_SRCSET.iter().find_map(|name| setting.srcset(&find(name)?)));
    // A picture that is only in the set is still one; readers that know no sets need a `src`.
    let src = src.or_else(|| srcset.as_deref()?.split([' ', ',']).next().map(str::to_owned));
    if setting.removes_tracking() && src.as_ref().is_some_and(|src| tracking::is_pixel(raw, src)) {
        return false;
    }
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

/// What becomes of a frame.
enum Framed {
    Here(String),
    Elsewhere(Url),
}

/// The address of a player that may be framed, always https; of another page where it leads.
fn frame(raw: &str, setting: Setting<'_>) -> Option<Framed> {
    let find = |wanted: &str| attributes(raw).find(|(name, _)| *name == wanted).map(|(_, value)| unescape(value));
    let resolve = |name: &str| setting.resolved(&find(name)?, Target::Media);
    let mut url = resolve("src").or_else(|| resolve("data-src")).or_else(|| resolve("data-lazy-src"))?;
    if setting.removes_tracking() && tracking::is_counter(&url) {
        return None;
    }
    let plain = url.port().is_none() && url.username().is_empty() && url.password().is_none();
    let host = url.host_str()?;
    let allowed = setting.rules?.iframes.iter().any(|rule| {
        let (known, path) = rule.find('/').map_or((rule.as_str(), ""), |at| rule.split_at(at));
        known == host && url.path().starts_with(path)
    });
    if !(plain && allowed) {
        return Some(Framed::Elsewhere(url));
    }
    if url.scheme() == "http" {
        url.set_scheme("https").ok()?;
    }
    Some(Framed::Here(url.into()))
}

#[cfg(test)]
mod tests {
    use super::super::element::element;
    use super::*;

    fn check(tag: &str, raw: &str, base: Option<&str>, expect: &str) {
        let base = base.map(|base| Url::parse(base).unwrap());
        let mut out = String::new();
        let setting = Setting { base: base.as_ref(), page: None, rules: Some(&BodyRules::default()) };
        write(element(tag).unwrap(), raw, setting, &mut out);
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

    #[test]
    fn media_that_scripts_load_later() {
        check("source", r#" data-srcset="a.webp 1x""#, BASE, r#" srcset="https://a.example/b/a.webp 1x""#);
        check("source", r#" srcset="r.webp" data-srcset="a.webp""#, BASE, r#" srcset="https://a.example/b/r.webp""#);
        let video = r#" src="https://a.example/b/v.mp4" poster="https://a.example/b/p.jpg" controls="""#;
        check("video", r#" data-src="v.mp4" data-poster="p.jpg""#, BASE, video);
        let frame = r#" src="https://player.vimeo.com/video/1""#;
        check("iframe", r#" src="about:blank" data-src="//player.vimeo.com/video/1""#, BASE, frame);
        check(
            "img",
            r#" src="data:image/svg+xml,x" data-srcset="a.png 480w, b.png 2x" sizes="50vw" loading="lazy""#,
            BASE,
            r#" src="https://a.example/b/a.png" srcset="https://a.example/b/a.png 480w, https://a.example/b/b.png 2x" sizes="50vw""#,
        );
    }

    #[test]
    fn fragments_lead_to_the_page() {
        let (base, page) =
            (Url::parse("https://base.example/x/").unwrap(), Url::parse("https://a.example/p/").unwrap());
        let rules = BodyRules { remove_tracking: true, iframes: Vec::new() };
        let setting = Setting { base: Some(&base), page: Some(&page), rules: Some(&rules) };
        for (tag, raw, expect) in [
            ("a", " href=\"#n\"", " href=\"https://a.example/p/#n\""),
            ("a", " href=\"y?utm_source=x&amp;a=1\"", " href=\"https://base.example/x/y?a=1\""),
            ("img", " src=\"y?utm_source=x\"", " src=\"https://base.example/x/y?utm_source=x\""),
            ("img", " src=\"y\" width=\"1\" height=\"1\"", " width=\"1\" height=\"1\""),
        ] {
            let mut out = String::new();
            write(element(tag).unwrap(), raw, setting, &mut out);
            assert_eq!(out, expect, "{raw}");
        }
    }
}
