//! What response headers say: validators, freshness, `Retry-After`, media type. Pure; the run's instant is an argument.

use chrono::{DateTime, NaiveDateTime, Utc};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};

/// Longest header value that is kept as a validator.
const MAX_VALIDATOR_BYTES: usize = 8 * 1024;
/// No server can ask to be left alone, or be trusted to stay fresh, for longer: seven days in seconds.
const MAX_SECONDS: u64 = 7 * 24 * 60 * 60;

/// A header value as text, one `char` for each byte, so that `to_header` gives back the very bytes.
///
/// Validators are opaque (RFC 9110 §8.8): quotes, case, character set, even a nonsense date are the server's business.
/// None if it is missing, empty, longer than 8 KiB or holds control bytes.
pub(super) fn validator(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(&name)?.as_bytes();
    if value.len() > MAX_VALIDATOR_BYTES {
        tracing::warn!(header = %name, bytes = value.len(), "ignoring a validator over 8 KiB");
        return None;
    }
    if value.is_empty() || value.iter().any(|byte| byte.is_ascii_control()) {
        return None;
    }
    Some(value.iter().map(|&byte| char::from(byte)).collect())
}

/// The bytes that `validator` read; none for text that no header can hold.
pub(super) fn to_header(validator: &str) -> Option<HeaderValue> {
    let bytes: Vec<u8> = validator.chars().map(|c| u8::try_from(u32::from(c))).collect::<Result<_, _>>().ok()?;
    if bytes.is_empty() || bytes.len() > MAX_VALIDATOR_BYTES || bytes.iter().any(u8::is_ascii_control) {
        return None;
    }
    HeaderValue::from_bytes(&bytes).ok()
}

/// Seconds the response stays fresh (RFC 9111 §4.2), at most seven days; none if the server does not say.
///
/// `s-maxage` is for shared caches; `no-store` and `no-cache` promise nothing.
pub(super) fn fresh_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u64> {
    let control: Vec<String> = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if control.iter().any(|directive| directive == "no-store" || directive == "no-cache") {
        return None;
    }
    let max_age = control.iter().find_map(|directive| directive.strip_prefix("max-age=").map(|v| v.trim_matches('"')));
    if let Some(max_age) = max_age {
        let age = text(headers, header::AGE).and_then(seconds).unwrap_or(0);
        return seconds(max_age).map(|max_age| max_age.saturating_sub(age).min(MAX_SECONDS));
    }
    let expires = text(headers, header::EXPIRES).and_then(http_date)?;
    let left = expires.signed_duration_since(date(headers, now)).num_seconds();
    Some(u64::try_from(left).unwrap_or(0).min(MAX_SECONDS))
}

/// Seconds of `Retry-After`, at most seven days: a number, or a date less the response's own `Date`. Garbage and the past are none.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<u64> {
    let value = text(headers, header::RETRY_AFTER)?.trim();
    let wait = match seconds(value) {
        Some(wait) => wait,
        None => {
            let until = http_date(value)?;
            u64::try_from(until.signed_duration_since(date(headers, now)).num_seconds()).ok()?
        }
    };
    if wait > MAX_SECONDS {
        tracing::warn!(seconds = wait, "`Retry-After` is over seven days, waiting seven days");
    }
    Some(wait.min(MAX_SECONDS))
}

/// `Content-Type` without parameters in lower case, and its `charset`.
pub(super) fn content_type(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let Some(value) = headers.get(header::CONTENT_TYPE).map(|value| String::from_utf8_lossy(value.as_bytes())) else {
        return (None, None);
    };
    let mut parts = value.split(';');
    let media_type = parts.next().map(|part| part.trim().to_ascii_lowercase()).filter(|part| !part.is_empty());
    let charset = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).trim().to_owned())
        .filter(|value| !value.is_empty());
    (media_type, charset)
}

/// When the server sent the response, by its own clock.
fn date(headers: &HeaderMap, now: DateTime<Utc>) -> DateTime<Utc> {
    text(headers, header::DATE).and_then(http_date).unwrap_or(now)
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// A count of seconds; fractions and exponents are rounded up, as some servers send them, and what is too large saturates.
fn seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(u64::MAX));
    }
    // The cast saturates.
    text.parse::<f64>().ok().map(|value| value.ceil() as u64)
}

/// The three date forms of RFC 9110 §5.6.7.
fn http_date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(date) = DateTime::parse_from_rfc2822(text) {
        return Some(date.with_timezone(&Utc));
    }
    ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
            .collect()
    }

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2024, 5, 1, 12, 0, 0).unwrap()
    }

    #[test]
    fn validators_come_back_byte_for_byte() {
        let round = |bytes: &[u8], kept: bool| {
            let map: HeaderMap = [(header::ETAG, HeaderValue::from_bytes(bytes).unwrap())].into_iter().collect();
            let read = validator(&map, header::ETAG);
            assert_eq!(read.is_some(), kept, "{bytes:?}");
            if let Some(read) = read {
                assert_eq!(to_header(&read).unwrap().as_bytes(), bytes);
            }
        };
        round(br#""abc""#, true);
        round(br#"W/"abc""#, true);
        round(b"unquoted; and 'odd'", true);
        round(b"\"caf\xe9 \xff\"", true);
        round("\"金融\"".as_bytes(), true);
        round(b"Thu, 01 Jan 2041 00:00:00 GMT", true);
        round(b"", false);
        round(b"\"tab\there\"", false);
        round(&[b'x'; 8 * 1024], true);
        round(&[b'x'; 8 * 1024 + 1], false);
        assert_eq!(to_header("new\r\nline"), None);
        assert_eq!(to_header("beyond latin: 金"), None);
    }

    #[test]
    fn freshness() {
        let check = |lines: &[(&'static str, &str)], expect: Option<u64>| {
            assert_eq!(fresh_for(&headers(lines), now()), expect, "{lines:?}")
        };
        check(&[], None);
        check(&[("cache-control", "public, max-age=3600")], Some(3600));
        check(&[("cache-control", "Max-Age=\"60\"")], Some(60));
        check(&[("cache-control", "max-age=3600"), ("age", "600")], Some(3000));
        check(&[("cache-control", "max-age=60"), ("age", "600")], Some(0));
        check(&[("cache-control", "max-age=60"), ("expires", "Thu, 02 May 2024 12:00:00 GMT")], Some(60));
        check(&[("cache-control", "s-maxage=60")], None);
        check(&[("cache-control", "no-cache, max-age=60")], None);
        check(&[("cache-control", "no-store"), ("expires", "Thu, 02 May 2024 12:00:00 GMT")], None);
        check(&[("cache-control", "max-age=99999999999999999999")], Some(MAX_SECONDS));
        check(&[("cache-control", "max-age=-1")], None);
        check(&[("expires", "Wed, 01 May 2024 13:00:00 GMT")], Some(3600));
        check(&[("expires", "Wed, 01 May 2024 13:00:00 GMT"), ("date", "Wed, 01 May 2024 12:59:00 GMT")], Some(60));
        check(&[("expires", "Wed, 01 May 2019 13:00:00 GMT")], Some(0));
        check(&[("expires", "0")], None);
    }

    #[test]
    fn retry_after_values() {
        let check = |lines: &[(&'static str, &str)], expect: Option<u64>| {
            assert_eq!(retry_after(&headers(lines), now()), expect, "{lines:?}")
        };
        check(&[], None);
        check(&[("retry-after", "120")], Some(120));
        check(&[("retry-after", " 1.5 ")], Some(2));
        check(&[("retry-after", "-5")], None);
        check(&[("retry-after", "soon")], None);
        check(&[("retry-after", "9000000000")], Some(MAX_SECONDS));
        check(&[("retry-after", "9e9")], Some(MAX_SECONDS));
        check(&[("retry-after", "99999999999999999999999")], Some(MAX_SECONDS));
        check(&[("retry-after", "Wed, 01 May 2024 12:10:00 GMT")], Some(600));
        check(&[("retry-after", "Wednesday, 01-May-24 12:10:00 GMT")], Some(600));
        check(&[("retry-after", "Wed May  1 12:10:00 2024")], Some(600));
        check(
            &[("retry-after", "Wed, 01 May 2030 12:10:00 GMT"), ("date", "Wed, 01 May 2030 12:00:00 GMT")],
            Some(600),
        );
        check(&[("retry-after", "Wed, 01 May 2019 12:10:00 GMT")], None);
    }

    #[test]
    fn media_types() {
        let check = |value: &str, media_type: Option<&str>, charset: Option<&str>| {
            let (found_type, found_charset) = content_type(&headers(&[("content-type", value)]));
            assert_eq!((found_type.as_deref(), found_charset.as_deref()), (media_type, charset), "{value}");
        };
        check("Application/RSS+XML; charset=\"GB2312\"", Some("application/rss+xml"), Some("GB2312"));
        check("text/xml;CHARSET = utf-8 ; x=y", Some("text/xml"), Some("utf-8"));
        check("text/xml; charset=", Some("text/xml"), None);
        check("; charset=utf-8", None, Some("utf-8"));
        check("", None, None);
        assert_eq!(content_type(&HeaderMap::new()), (None, None));
    }
}
