//! The values of keys: text → duration, size, URL, address block, title template, pattern. Pure; each says what it expected.

use super::fault::{Problem, nearest};
use super::plan::Cidr;
use chrono_tz::{TZ_VARIANTS, Tz};
use regex::{Regex, RegexBuilder};
use std::net::IpAddr;
use std::time::Duration;
use url::Url;

/// A hundred years: what is longer is a slip, and would not fit every calendar.
const MAX_DURATION: u64 = 36_500 * 86_400;
/// 1 TiB.
const MAX_SIZE: u64 = 1 << 40;
/// Bytes that a compiled pattern may take.
const MAX_REGEX: usize = 1 << 20;
/// A value in a message is cut here, in characters.
const MAX_SHOWN: usize = 60;

/// A value as a message may show it: one line, and not long.
pub(super) fn shown(text: &str) -> String {
    let mut out: String =
        text.chars().take(MAX_SHOWN).map(|c| if c.is_control() || c == '`' { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        out.push('…');
    }
    out
}

/// A text without the white space around it, if anything is left.
pub(super) fn text(text: &str) -> Result<String, Problem> {
    match text.trim() {
        "" => Err(Problem::new("is empty, expected some text")),
        trimmed => Ok(trimmed.to_owned()),
    }
}

/// `90s`, `15m`, `1h`, `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    let wrong = || {
        let problem =
            Problem::new(format!("is `{}`, expected a duration such as `90s`, `15m`, `1h` or `7d`", shown(text)));
        if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
            problem.hint(format!("`{}s` if seconds are meant", shown(text)))
        } else {
            problem
        }
    };
    let digits = text.strip_suffix(['s', 'm', 'h', 'd']).ok_or_else(wrong)?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        _ => 86_400,
    };
    match digits.parse::<u64>().ok().and_then(|n| n.checked_mul(unit)).filter(|&n| n <= MAX_DURATION) {
        Some(seconds) => Ok(Duration::from_secs(seconds)),
        None => Err(Problem::new(format!("is `{}`, expected at most `36500d`", shown(text)))),
    }
}

/// A duration as the config would have it, in its largest whole unit.
pub(super) fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (unit, name) = [(86_400, 'd'), (3600, 'h'), (60, 'm')]
        .into_iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))
        .unwrap_or((1, 's'));
    format!("{}{name}", seconds / unit)
}

/// Bytes: `512KiB`, `32MiB`, `1GiB`, `1048576`.
pub(super) fn size(text: &str) -> Result<u64, Problem> {
    let wrong = || Problem::new(format!("is `{}`, expected a size such as `512KiB`, `32MiB` or `1GiB`", shown(text)));
    let end = text.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = (&text[..end], &text[end..]);
    let shift = match unit {
        "" => 0,
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => {
            let near = ["KiB", "MiB", "GiB"]
                .into_iter()
                .find(|known| !digits.is_empty() && unit.to_ascii_lowercase().starts_with(&known.to_lowercase()[..1]));
            return Err(match near {
                Some(near) => wrong().hint(format!("did you mean `{}{near}`?", shown(digits))),
                None => wrong(),
            });
        }
    };
    if digits.is_empty() {
        return Err(wrong());
    }
    let most = MAX_SIZE >> shift;
    match digits.parse::<u64>() {
        Ok(0) => Err(Problem::new("is `0`, expected at least one byte")),
        Ok(number) if number <= most => Ok(number << shift),
        _ => Err(Problem::new(format!("is `{}`, expected at most `1024GiB`", shown(text)))),
    }
}

/// An absolute `http:` or `https:` URL without user and password.
pub(super) fn http_url(text: &str) -> Result<Url, Problem> {
    let wrong = |found: &str| Problem::new(format!("is {found}, expected an absolute `http://` or `https://` URL"));
    // What holds an `@` may hold a password, and is not repeated.
    let quoted = if text.contains('@') { "not such a URL".to_owned() } else { format!("`{}`", shown(text)) };
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong(&quoted).hint("it holds white space or a control character"));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let host = text.split('/').next().unwrap_or_default();
        let problem = wrong(&quoted);
        let bare = host.contains('.') && !text.contains(['@', ':']);
        return Err(if bare { problem.hint(format!("did you mean `https://{}`?", shown(text))) } else { problem });
    };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        let problem = wrong(&quoted);
        let feed = scheme.eq_ignore_ascii_case("feed") && !text.contains('@');
        return Err(if feed { problem.hint(format!("did you mean `https://{}`?", shown(rest))) } else { problem });
    }
    let url = Url::parse(text).map_err(|error| wrong(&format!("{quoted} ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Problem::new("holds a user name or password, expected a URL without them")
            .hint("secrets do not belong in the config; take out what stands before `@`"));
    }
    Ok(url)
}

/// A URL that others are built upon: it ends with `/`.
pub(super) fn base_url(text: &str) -> Result<Url, Problem> {
    let mut url = http_url(text)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Problem::new(format!("is `{}`, expected a URL without `?` and `#`", shown(text))));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// The URL of a document: a fragment is never sent, and dropped.
pub(super) fn document_url(text: &str) -> Result<Url, Problem> {
    let mut url = http_url(text)?;
    url.set_fragment(None);
    Ok(url)
}

/// Where a publisher can be asked about our requests: a web page or a `mailto:` address.
pub(super) fn contact(text: &str) -> Result<Url, Problem> {
    if !text.to_ascii_lowercase().starts_with("mailto:") {
        return http_url(text).map_err(|problem| {
            let message = problem.message.replace("`https://` URL", "`https://` URL, or `mailto:` and an address");
            let address = text.contains('@') && !text.contains("://");
            if address {
                Problem::new(message).hint("write `mailto:` before the address")
            } else {
                Problem { message, ..problem }
            }
        });
    }
    let wrong = || Problem::new(format!("is `{}`, expected `mailto:` and an address", shown(text)));
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(wrong());
    }
    let url = Url::parse(text).map_err(|_| wrong())?;
    match url.path().split_once('@') {
        Some((user, host)) if !user.is_empty() && !host.is_empty() => Ok(url),
        _ => Err(wrong()),
    }
}

/// An e-mail address, as far as a typing slip shows.
pub(super) fn email(text: &str) -> Result<String, Problem> {
    let ok = text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty());
    if ok && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("is `{}`, expected an e-mail address such as `me@example.org`", shown(text))))
}

/// An IANA time zone.
pub(super) fn timezone(text: &str) -> Result<Tz, Problem> {
    if let Ok(zone) = text.parse::<Tz>() {
        return Ok(zone);
    }
    let problem = Problem::new(format!("is `{}`, expected an IANA time zone such as `Europe/Berlin`", shown(text)));
    if text.starts_with(['+', '-']) {
        return Err(problem.hint("an offset is no zone; `Etc/GMT-8` is eight hours ahead of UTC"));
    }
    let wanted = text.trim().replace(' ', "_");
    let city = |name: &'static str| name.rsplit('/').next().unwrap_or(name);
    let names = || TZ_VARIANTS.iter().map(|zone| zone.name());
    let near = names()
        .find(|name| name.eq_ignore_ascii_case(&wanted) || city(name).eq_ignore_ascii_case(&wanted))
        .or_else(|| nearest(&wanted, names()))
        .or_else(|| {
            let last = wanted.rsplit('/').next().unwrap_or_default();
            let cities = nearest(last, names().filter(|name| name.contains('/')).map(city))?;
            names().find(|name| city(name) == cities)
        });
    Err(match near {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem,
    })
}

/// An address block, `10.0.0.0/8` or `::1`.
pub(super) fn cidr(text: &str) -> Result<Cidr, Problem> {
    let wrong = || {
        Problem::new(format!(
            "holds `{}`, expected an address or block such as `127.0.0.1` or `10.0.0.0/8`",
            shown(text)
        ))
    };
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let bits: u8 = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => bits,
        Some(prefix) if !prefix.is_empty() && prefix.bytes().all(|b| b.is_ascii_digit()) => prefix
            .parse::<u8>()
            .ok()
            .filter(|&prefix| prefix <= bits)
            .ok_or_else(|| Problem::new(format!("holds `{}`, expected at most `/{bits}`", shown(text))))?,
        Some(_) => return Err(wrong()),
    };
    let network = first_address(address, prefix);
    if network != address {
        return Err(Problem::new(format!("holds `{}`, expected a block whose host bits are zero", shown(text)))
            .hint(format!("did you mean `{network}/{prefix}`?")));
    }
    Ok(Cidr { address, prefix })
}

/// The address with all bits after the prefix cleared.
fn first_address(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32u32.saturating_sub(prefix.into())).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128u32.saturating_sub(prefix.into())).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

/// The name of a source or a feed: `[A-Za-z0-9_-]+`, and no more than a folder's name may be long.
pub(super) fn name(text: &str) -> Result<String, Problem> {
    let ok = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !ok {
        return Err(Problem::new(format!("is `{}`, expected only `A-Z a-z 0-9 _ -`", shown(text)))
            .hint("what people see is `title`, which may be any text"));
    }
    if text.len() > super::segment::MAX_SEGMENT {
        return Err(Problem::new(format!("is {} characters long, expected at most 120", text.len())));
    }
    Ok(text.to_owned())
}

/// A title template: `{term}` and `{site.title}` are replaced.
pub(super) fn title_template(text: &str) -> Result<String, Problem> {
    template(text, &["term", "site.title"])
}

/// A template in which the names of `places` are replaced where they stand in braces.
pub(super) fn template(template: &str, places: &[&str]) -> Result<String, Problem> {
    let template = text(template)?;
    let expected = || {
        let known: Vec<String> = places.iter().map(|place| format!("{{{place}}}")).collect();
        super::fault::any_of(known.iter().map(String::as_str))
    };
    let mut rest = template.as_str();
    while let Some((_, after)) = rest.split_once('{') {
        let Some((name, after)) = after.split_once('}') else {
            return Err(Problem::new(format!("has a `{{` without `}}`, expected {}", expected())));
        };
        if !places.contains(&name) {
            return Err(Problem::new(format!("has `{{{}}}`, expected {}", shown(name), expected())));
        }
        rest = after;
    }
    Ok(template)
}

/// How links of articles are built: a path or an absolute URL with tokens such as `:slug`.
pub(super) fn permalink(template: &str) -> Result<String, Problem> {
    let template = text(template)?;
    if template.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Problem::new(format!("is `{}`, expected no white space", shown(&template))));
    }
    // The colons of `https://host:8080/` are no tokens.
    let path = match template.split_once("://") {
        Some((scheme, rest)) => {
            http_url(&format!("{scheme}://{}", rest.split('/').next().unwrap_or_default())).map_err(|_| {
                Problem::new(format!("is `{}`, expected a path or an `http(s)://` URL", shown_safe(&template)))
            })?;
            rest.split_once('/').map_or("", |(_, path)| path)
        }
        None => template.as_str(),
    };
    let mut tokens = 0;
    let mut pieces = path.split(':');
    pieces.next();
    for piece in pieces {
        if !piece.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(Problem::new(format!("is `{}`, expected a name after each `:`", shown_safe(&template))));
        }
        tokens += 1;
    }
    if tokens == 0 {
        return Err(Problem::new(format!("is `{}`, expected at least one token", shown_safe(&template))).hint(
            "tokens are written `:year`, `:month`, `:day`, `:slug`, `:title`; for example `/:year/:month/:slug/`",
        ));
    }
    Ok(template)
}

/// As `shown`, but nothing that may hold a password.
fn shown_safe(text: &str) -> String {
    if text.contains('@') { "…".to_owned() } else { shown(text) }
}

/// `/…/` is a pattern; anything else is none.
pub(super) fn regex(text: &str) -> Option<Result<Regex, Problem>> {
    let pattern = text.strip_prefix('/')?.strip_suffix('/')?;
    if pattern.is_empty() {
        return Some(Err(Problem::new("has an empty pattern `//`, expected something between the slashes")));
    }
    let built = RegexBuilder::new(pattern).size_limit(MAX_REGEX).build();
    Some(built.map_err(|error| {
        let why = match error {
            regex::Error::CompiledTooBig(_) => "it compiles to more than 1 MiB".to_owned(),
            // The last line says what is wrong; those before draw the pattern.
            error => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.strip_prefix("error: ").unwrap_or(last).to_owned()
            }
        };
        Problem::new(format!("has `{}`, which is no pattern: {why}", shown(text)))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, expect) in [
            ("90s", Some(90)),
            ("15m", Some(900)),
            ("1h", Some(3600)),
            ("7d", Some(604_800)),
            ("0s", Some(0)),
            ("36500d", Some(MAX_DURATION)),
            ("36501d", None),
            ("18446744073709551616s", None),
            ("1.5h", None),
            ("+1h", None),
            (" 1h", None),
            ("1H", None),
            ("1h30m", None),
            ("h", None),
            ("", None),
            ("１h", None),
            ("金", None),
        ] {
            assert_eq!(duration(text).ok().map(|d| d.as_secs()), expect, "{text}");
        }
        for text in ["90s", "15m", "1h", "7d", "0s", "25h"] {
            assert_eq!(duration(text).map(duration_text), Ok(text.to_owned()));
        }
    }

    #[test]
    fn sizes() {
        for (text, expect) in [
            ("512KiB", Some(524_288)),
            ("32MiB", Some(33_554_432)),
            ("1GiB", Some(1_073_741_824)),
            ("1024GiB", Some(MAX_SIZE)),
            ("17", Some(17)),
            ("1025GiB", None),
            ("99999999999999999999", None),
            ("0KiB", None),
            ("MiB", None),
            ("1 MiB", None),
            ("1金", None),
            ("", None),
        ] {
            assert_eq!(size(text).ok(), expect, "{text}");
        }
    }

    #[test]
    fn blocks() {
        for (text, expect) in [
            ("127.0.0.1", Ok(32)),
            ("0.0.0.0/0", Ok(0)),
            ("::/0", Ok(0)),
            ("::1", Ok(128)),
            ("fe80::/10", Ok(10)),
            ("1.2.3.4/0", Err(Some("did you mean `0.0.0.0/0`?"))),
            ("fd00::1/64", Err(Some("did you mean `fd00::/64`?"))),
            ("10.0.0.0/+8", Err(None)),
            ("10.0.0.0/256", Err(None)),
            ("10.0.0/8", Err(None)),
            ("", Err(None)),
        ] {
            let found = cidr(text).map(|block| block.prefix);
            assert_eq!(found.as_ref().map_err(|p| p.hint.as_deref()), expect.as_ref().map_err(|h| *h), "{text}");
        }
    }

    #[test]
    fn zones() {
        for (text, expect) in [
            ("shanghai", Some("did you mean `Asia/Shanghai`?")),
            ("asia/shanghai", Some("did you mean `Asia/Shanghai`?")),
            ("New York", Some("did you mean `America/New_York`?")),
            ("Europe/Berln", Some("did you mean `Europe/Berlin`?")),
            ("+08:00", Some("an offset is no zone; `Etc/GMT-8` is eight hours ahead of UTC")),
            ("nowhere in the world", None),
        ] {
            assert_eq!(timezone(text).unwrap_err().hint.as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn links() {
        for good in ["/:year/:slug/", ":title.html", "https://a.org:8080/:slug", "/:年/", "/a:slug"] {
            assert!(permalink(good).is_ok(), "{good}");
        }
        for bad in
            ["", "/x/", "https://a.org/x", "ftp://a.org/:slug", "https://:x@a.org/:slug", "/:1/", "/:slug:", "/ :slug"]
        {
            assert!(permalink(bad).is_err(), "{bad}");
        }
    }
}
