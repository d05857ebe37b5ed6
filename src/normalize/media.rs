//! The image that stands for an item, and its enclosures: absolute addresses, types where they can be known.

use super::link;
use super::text::plain_line;
use crate::model::{Enclosure, Image, Warning};
use std::collections::HashSet;
use url::Url;

/// Enclosures of one item.
const MAX_ENCLOSURES: usize = 50;

/// The image with an absolute address; none, with a warning, where it has none.
pub(super) fn image(image: Image, base: Option<&Url>, warnings: &mut Vec<Warning>) -> Option<Image> {
    let url = link::checked(Some(&image.url), base, "the image", warnings)?;
    let media_type = media_type(image.media_type.as_deref(), &url);
    let alt = image.alt.map(|alt| plain_line(&alt)).filter(|alt| !alt.is_empty());
    Some(Image { media_type, alt, url, width: image.width, height: image.height })
}

/// The enclosures with absolute addresses, each once, in their order.
pub(super) fn enclosures(all: Vec<Enclosure>, base: Option<&Url>, warnings: &mut Vec<Warning>) -> Vec<Enclosure> {
    let mut seen = HashSet::new();
    let mut out = Vec::new();
    for enclosure in all {
        if out.len() == MAX_ENCLOSURES {
            warnings.push(Warning::new("enclosure", format!("only the first {MAX_ENCLOSURES} enclosures were kept")));
            break;
        }
        let Some(url) = link::checked(Some(&enclosure.url), base, "the enclosure", warnings) else { continue };
        if !seen.insert(url.clone()) {
            continue;
        }
        let media_type = media_type(enclosure.media_type.as_deref(), &url);
        let title = enclosure.title.map(|title| plain_line(&title)).filter(|title| !title.is_empty());
        out.push(Enclosure { media_type, title, url, ..enclosure });
    }
    out
}

/// The declared media type if it is one (RFC 9110 §8.3.1, without parameters), else the usual one of the extension.
fn media_type(declared: Option<&str>, url: &str) -> Option<String> {
    let declared =
        declared.and_then(|declared| declared.split(';').next()).map(|declared| declared.trim().to_ascii_lowercase());
    let is_token = |text: &str| {
        (1..=100).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte))
    };
    if let Some(declared) =
        declared.filter(|text| text.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub)))
    {
        // Not in the registry, but common.
        return Some(if declared == "image/jpg" { "image/jpeg".to_owned() } else { declared });
    }
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let (_, extension) = path.rsplit('/').next().unwrap_or_default().rsplit_once('.')?;
    mime_guess::from_ext(extension).first_raw().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types() {
        for (declared, url, expect) in [
            (None, "https://a/x.JPG?y=.png", Some("image/jpeg")),
            (None, "https://a/x.mp3", Some("audio/mpeg")),
            (None, "https://a.mp3/x", None),
            (Some("image/jpg"), "https://a/x", Some("image/jpeg")),
            (Some("Audio/MPEG; x=y"), "https://a/x", Some("audio/mpeg")),
            (Some("nonsense"), "https://a/x.png", Some("image/png")),
            (Some(""), "https://a/x", None),
        ] {
            assert_eq!(media_type(declared, url).as_deref(), expect, "{url}");
        }
    }

    #[test]
    fn addresses() {
        let base = Url::parse("https://a.example/p/").unwrap();
        let mut warnings = Vec::new();
        let one = |url: &str| Enclosure { url: url.into(), length: Some(7), ..Enclosure::default() };
        let got = enclosures(
            vec![one("x.mp3"), one("data:x"), one("https://a.example/p/x.mp3"), one("/y.bin")],
            Some(&base),
            &mut warnings,
        );
        let urls: Vec<_> = got.iter().map(|enclosure| (enclosure.url.as_str(), enclosure.length)).collect();
        assert_eq!(urls, [("https://a.example/p/x.mp3", Some(7)), ("https://a.example/y.bin", Some(7))]);
        assert_eq!(warnings.len(), 1);
        let many = (0..60).map(|n| one(&n.to_string())).collect();
        assert_eq!(enclosures(many, Some(&base), &mut warnings).len(), MAX_ENCLOSURES);
        assert!(image(Image { url: "javascript:x".into(), ..Image::default() }, Some(&base), &mut warnings).is_none());
    }
}
