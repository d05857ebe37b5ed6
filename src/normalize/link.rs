//! Links: absolute as shown, permalinks out of patterns, and the canonical form that compares.

use super::html::tracking::tracks;
use crate::config::plan::{ArticleReading, Generator};
use crate::model::{Entry, Warning};
use crate::parse::article::site::jekyll_pattern;
use chrono_tz::Tz;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use url::Url;

/// Bytes of an address.
const MAX_URL: usize = 8_192;

/// What a permalink's value may not hold as it is; `/` stays, for `:title` and `:category` are paths.
const PATH_VALUE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}')
    .add(b'\\')
    .add(b'^')
    .add(b'|');

/// ASCII that browsers leave in an address and RFC 3986 does not know.
const NOT_IN_URI: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// An absolute http(s) address in ASCII without credentials, as RFC 3986 allows it, or why there is none.
pub fn absolute(written: &str, base: Option<&Url>) -> Result<String, String> {
    let written = written.trim();
    let parsed = match base {
        Some(base) => base.join(written),
        None => Url::parse(written),
    };
    let mut url = parsed.map_err(|error| format!("`{}` is not an address: {error}", shown(written)))?;
    // What `inspect` stands on where no site is known.
    if url.scheme() == "file" && base.is_some_and(|base| base.scheme() == "file") && Url::parse(written).is_err() {
        let shown = shown(written);
        return Err(format!("`{shown}` is relative and nothing says of what; a config or the site's `url` would"));
    }
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`{}` has the scheme `{}`, expected http or https", shown(written), shown(url.scheme())));
    }
    if url.host_str().is_some_and(|host| host.contains(['"', '`', '{', '}'])) {
        return Err(format!("`{}` has a host that is no name", shown(written)));
    }
    // An address that is published must not carry a password.
    if !url.username().is_empty() || url.password().is_some() {
        let _ = url.set_username("");
        let _ = url.set_password(None);
    }
    let address = utf8_percent_encode(url.as_str(), NOT_IN_URI).to_string();
    if address.len() > MAX_URL {
        return Err(format!("the address is {} bytes long, the limit is {MAX_URL}", address.len()));
    }
    Ok(address)
}

/// `absolute`, with a warning where there is none; empty text is none without a warning.
pub(super) fn checked(
    written: Option<&str>,
    base: Option<&Url>,
    what: &str,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let written = written.map(str::trim).filter(|written| !written.is_empty())?;
    absolute(written, base)
        .map_err(|why| warnings.push(Warning::new("link", format!("{what} was dropped: {why}"))))
        .ok()
}

fn shown(text: &str) -> String {
    super::text::cut_bytes(&super::text::tidy_line(text), 200)
}

/// The link of an article: its own, else by the pattern of its source, else none.
pub(super) fn of_article(
    entry: &Entry,
    reading: &ArticleReading,
    zone: Tz,
    warnings: &mut Vec<Warning>,
) -> Option<String> {
    let own = entry.link.as_deref().map(str::trim).filter(|link| !link.is_empty());
    let pattern = match (own, own_pattern(entry, reading)) {
        (Some(link), _) if link.contains("/:") => Cow::Borrowed(link),
        (Some(link), _) => {
            // Generators publish what begins with `/` below the folder of the site.
            let is_path = reading.site.is_some() && link.starts_with('/') && !link.starts_with("//");
            let link = if is_path { Cow::Owned(below(&reading.base, link)) } else { Cow::Borrowed(link) };
            return checked(Some(&link), Some(&reading.base), "the link", warnings);
        }
        (None, Some(pattern)) => Cow::Owned(pattern),
        (None, None) => Cow::Borrowed(reading.permalink.as_deref()?),
    };
    let path = match expand(&pattern, entry, zone) {
        Ok(path) => path,
        // What is not published needs no link.
        Err(_) if entry.unpublished.is_some() => return None,
        Err(token) => {
            let why = format!("the article has no link: `permalink` wants `:{token}`, which it does not have");
            warnings.push(Warning::new("permalink", why));
            return None;
        }
    };
    checked(Some(&below(&reading.base, &path)), Some(&reading.base), "the link", warnings)
}

/// Jekyll allows patterns in front matter and its defaults.
fn own_pattern(entry: &Entry, reading: &ArticleReading) -> Option<String> {
    reading.site.as_deref().filter(|site| site.generator == Generator::Jekyll)?;
    jekyll_pattern(entry.extra.get("permalink")?.as_str()?).ok()
}

/// A path from the root of the site, which may itself be a folder.
fn below(base: &Url, path: &str) -> String {
    let root = base.path().trim_end_matches('/');
    if !path.starts_with('/') && path.contains("://") || (!root.is_empty() && path.starts_with(&format!("{root}/"))) {
        return path.to_owned();
    }
    format!("{root}/{}", path.trim_start_matches('/'))
}

/// The pattern with its tokens replaced, percent-encoded; the name of the token that has no value.
fn expand(pattern: &str, entry: &Entry, zone: Tz) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 32);
    let mut rest = pattern;
    while let Some(at) = rest.find(':') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
        let token = &after[..length];
        rest = &after[length..];
        if !token.starts_with(|c: char| c.is_ascii_alphabetic()) {
            out.push(':');
            out.push_str(token);
            continue;
        }
        let value = value_of(token, entry, zone).ok_or_else(|| token.to_owned())?;
        out.extend(utf8_percent_encode(&value, PATH_VALUE));
    }
    out.push_str(rest);
    // An empty value leaves two slashes behind.
    let (scheme, path) = out.split_once("://").map_or(("", out.as_str()), |(scheme, path)| (scheme, path));
    let mut path = path.to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    Ok(if scheme.is_empty() { path } else { format!("{scheme}://{path}") })
}

fn value_of(token: &str, entry: &Entry, zone: Tz) -> Option<String> {
    let date = |format: &str| Some(entry.published?.with_timezone(&zone).format(format).to_string());
    let file = || entry.path.as_deref().map(FileName::of);
    let value = match token {
        "year" => date("%Y")?,
        "month" => date("%m")?,
        "day" => date("%d")?,
        "hour" => date("%H")?,
        "minute" => date("%M")?,
        "second" => date("%S")?,
        "i_month" => date("%-m")?,
        "i_day" => date("%-d")?,
        "slug" => match entry.slug.as_deref().map(str::trim).filter(|slug| !slug.is_empty()) {
            Some(slug) => slug.to_owned(),
            None => without_date(file()?.own).to_owned(),
        },
        "title" => file()?.path.to_owned(),
        "name" => file()?.stem.to_owned(),
        "category" => joined(entry.categories.last()?),
        "categories" => entry.categories.iter().map(|path| joined(path)).collect::<Vec<_>>().join("/"),
        // Jekyll's `:categories`, which it writes in lower case and once.
        "lower_categories" => {
            let mut names: Vec<String> = entry
                .categories
                .iter()
                .flatten()
                .map(|name| name.trim().to_lowercase().replace([' ', '/'], "-"))
                .collect();
            let mut seen = HashSet::new();
            names.retain(|name| seen.insert(name.clone()));
            names.join("/")
        }
        // Hexo's `:category`.
        "last_category" => entry.categories.last().map_or_else(|| "uncategorized".to_owned(), |path| joined(path)),
        "id" => entry.id.clone().or_else(|| scalar(entry.extra.get("id")?))?,
        _ => match entry.extra.get(token) {
            Some(value) => scalar(value)?,
            // What Jekyll knows of a date beside the usual.
            None => date(match token {
                "short_year" => "%y",
                "y_day" => "%j",
                "week" => "%V",
                "w_year" => "%G",
                "w_day" => "%u",
                "short_day" => "%a",
                "long_day" => "%A",
                "short_month" => "%b",
                "long_month" => "%B",
                _ => return None,
            })?,
        },
    };
    (token.ends_with("categories") || !value.is_empty()).then_some(value)
}

fn joined(path: &[String]) -> String {
    path.iter().map(|name| name.trim().replace([' ', '/'], "-")).collect::<Vec<_>>().join("/")
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The parts of an article's path.
struct FileName<'a> {
    /// Without extension; a bundle's folder for `folder/index.md`.
    path: &'a str,
    /// The last part of `path`.
    own: &'a str,
    /// The file's own name without extension.
    stem: &'a str,
}

impl<'a> FileName<'a> {
    fn of(path: &'a str) -> Self {
        let start = path.rfind('/').map_or(0, |at| at + 1);
        let stem_end = path[start..].rfind('.').filter(|at| *at > 0).map_or(path.len(), |at| start + at);
        let stem = &path[start..stem_end];
        let bundle = path[..start].trim_end_matches('/');
        let whole = if stem == "index" && !bundle.is_empty() { bundle } else { &path[..stem_end] };
        // Hexo's path begins below `_posts`.
        let whole = match whole.rfind("_posts/") {
            Some(at) if at == 0 || whole[..at].ends_with('/') => &whole[at + "_posts/".len()..],
            _ => whole,
        };
        Self { path: whole, own: whole.rsplit('/').next().unwrap_or(whole), stem }
    }
}

/// `2024-01-02-name` → `name`.
fn without_date(name: &str) -> &str {
    let mut parts = name.splitn(4, '-');
    let numbers = [parts.next(), parts.next(), parts.next()];
    let is_date = numbers.iter().zip([4, 2, 2]).all(|(part, digits)| {
        part.is_some_and(|part| {
            !part.is_empty() && part.len() <= digits && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    });
    parts.next().filter(|rest| is_date && !rest.is_empty()).unwrap_or(name)
}

/// The form under which two links are one: without scheme, default port, fragment, marks of campaigns and a
/// slash at the end. Only for comparison; what is no address stays as it is.
pub fn canonical(link: &str) -> String {
    let Ok(url) = Url::parse(link.trim()) else { return link.trim().to_owned() };
    let Some(host) = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https")) else {
        return link.trim().to_owned();
    };
    let mut out = String::from(host);
    // 80 over https or 443 over http is no place of its own either.
    if let Some(port) = url.port().filter(|port| !matches!(port, 80 | 443)) {
        out.push_str(&format!(":{port}"));
    }
    out.push_str(url.path().trim_end_matches('/'));
    let query: Vec<&str> =
        url.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !tracks(pair)).collect();
    if !query.is_empty() {
        out.push('?');
        out.push_str(&query.join("&"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::plan::{BodyKind, CategoryLists};
    use chrono::{TimeZone, Utc};

    fn link(
        pattern: Option<&str>,
        own: Option<&str>,
        base: &str,
        change: impl FnOnce(&mut Entry),
    ) -> (Option<String>, usize) {
        let reading = ArticleReading {
            permalink: pattern.map(str::to_owned),
            base: Url::parse(base).unwrap(),
            category_lists: CategoryLists::Flat,
            body: BodyKind::Auto,
            map: Default::default(),
            site: None,
        };
        let mut entry = Entry {
            link: own.map(str::to_owned),
            path: Some("tech/2024-01-02-你好 a.md".into()),
            published: Utc.with_ymd_and_hms(2024, 3, 9, 20, 5, 6).single(),
            ..Entry::default()
        };
        change(&mut entry);
        let mut warnings = Vec::new();
        let link = of_article(&entry, &reading, chrono_tz::Asia::Shanghai, &mut warnings);
        (link, warnings.len())
    }

    #[test]
    fn permalinks() {
        let site = "https://a.example/";
        for (pattern, expect) in [
            ("/:year/:month/:day/:slug/", "https://a.example/2024/03/10/%E4%BD%A0%E5%A5%BD%20a/"),
            (":i_month-:i_day-:hour:minute:second.html", "https://a.example/3-10-040506.html"),
            ("/:title/", "https://a.example/tech/2024-01-02-%E4%BD%A0%E5%A5%BD%20a/"),
            ("/:name", "https://a.example/2024-01-02-%E4%BD%A0%E5%A5%BD%20a"),
            ("posts/:abbrlink.html", "https://a.example/posts/a%23b.html"),
            ("/:category/:id", "https://a.example/A/B-c/7"),
            ("/:categories/x", "https://a.example/Z/A/B-c/x"),
            ("https://b.example/:year/", "https://b.example/2024/"),
            ("https://b.example:8080/:year/", "https://b.example:8080/2024/"),
        ] {
            let (got, warnings) = link(Some(pattern), None, site, |entry| {
                entry.extra.insert("abbrlink".into(), "a#b".into());
                entry.extra.insert("id".into(), 7.into());
                entry.categories = vec![vec!["Z".into()], vec!["A".into(), "B c".into()]];
            });
            assert_eq!((got.as_deref(), warnings), (Some(expect), 0), "{pattern}");
        }
    }

    #[test]
    fn other_links() {
        let site = "https://a.example/blog/";
        assert_eq!(link(None, None, site, |_| {}), (None, 0));
        assert_eq!(link(Some("/:nothing/"), None, site, |_| {}), (None, 1));
        assert_eq!(link(Some("/:year/"), None, site, |entry| entry.published = None), (None, 1));
        assert_eq!(link(Some("/:year/"), None, site, |_| {}).0.as_deref(), Some("https://a.example/blog/2024/"));
        assert_eq!(link(Some("/blog/:year/"), None, site, |_| {}).0.as_deref(), Some("https://a.example/blog/2024/"));
        assert_eq!(link(None, Some("x/y"), site, |_| {}).0.as_deref(), Some("https://a.example/blog/x/y"));
        assert_eq!(link(None, Some("/x"), site, |_| {}).0.as_deref(), Some("https://a.example/x"));
        assert_eq!(link(None, Some("/:year/x"), site, |_| {}).0.as_deref(), Some("https://a.example/blog/2024/x"));
        assert_eq!(link(None, Some("javascript:alert(1)"), site, |_| {}), (None, 1));
        let bundle = |entry: &mut Entry| entry.path = Some("a/b/index.md".into());
        assert_eq!(
            link(Some("/:title/"), None, "https://a.example/", bundle).0.as_deref(),
            Some("https://a.example/a/b/")
        );
        assert_eq!(
            link(Some("/:slug/"), None, "https://a.example/", bundle).0.as_deref(),
            Some("https://a.example/b/")
        );
        assert_eq!(
            link(Some("/:name/"), None, "https://a.example/", bundle).0.as_deref(),
            Some("https://a.example/index/")
        );
    }

    #[test]
    fn absolutes() {
        assert_eq!(
            absolute("https://u:p@例子.测试/路 x?a=b", None).unwrap(),
            "https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF%20x?a=b"
        );
        for bad in ["data:text/html,x", "ftp://x/", "relative", "", "https://"] {
            assert!(absolute(bad, None).is_err(), "{bad}");
        }
        assert_eq!(absolute("https://a.example/{x}?a|b#^", None).unwrap(), "https://a.example/%7Bx%7D?a%7Cb#%5E");
        assert!(absolute("https://a}.example/", None).is_err());
        assert!(absolute(&format!("https://a/{}", "x".repeat(9000)), None).is_err());
    }

    #[test]
    fn canonicals() {
        for same in ["https://A.example/x", "http://a.example:80/x/", "https://a.example:443/x?utm_source=f&fbclid=1#c"]
        {
            assert_eq!(canonical(same), "a.example/x", "{same}");
        }
        assert_eq!(canonical("https://a.example/?b=2&a=1"), "a.example?b=2&a=1");
        assert_eq!(canonical("urn:x:y"), "urn:x:y");
        assert_ne!(canonical("https://a.example/X"), canonical("https://a.example/x"));
    }
}
