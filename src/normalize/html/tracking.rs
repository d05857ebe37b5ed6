//! What counts readers instead of telling them something: pictures of one pixel, and parameters of links that say
//! which newsletter a click came from. Only what is known for certain; an address must lead where it led.

use super::markup::{attributes, unescape};
use url::Url;

/// Parameters whose whole family does nothing else.
const PREFIXES: &[&str] = &["utm_", "hsa_", "mtm_", "_bta_", "oly_"];

/// Parameters that no site needs to find a page.
const PARAMETERS: &[&str] = &[
    "_branch_match_id",
    "_ga",
    "_gl",
    "_hsenc",
    "_hsmi",
    "_kx",
    "_openstat",
    "cvid",
    "dclid",
    "dm_i",
    "ef_id",
    "epik",
    "fbclid",
    "fb_action_ids",
    "fb_action_types",
    "fb_ref",
    "fb_source",
    "gad_source",
    "gbraid",
    "gclid",
    "gclsrc",
    "guccounter",
    "guce_referrer",
    "guce_referrer_sig",
    "hmsr",
    "hmpl",
    "hmcu",
    "hmkw",
    "hmci",
    "igsh",
    "igshid",
    "irclickid",
    "li_fat_id",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "ml_subscriber",
    "ml_subscriber_hash",
    "msclkid",
    "pk_campaign",
    "pk_cid",
    "pk_content",
    "pk_keyword",
    "pk_kwd",
    "pk_medium",
    "pk_source",
    "rb_clickid",
    "s_cid",
    "s_kwcid",
    "sc_cid",
    "share_from",
    "spm",
    "spm_id_from",
    "srsltid",
    "trk_contact",
    "trk_module",
    "trk_msg",
    "trk_sid",
    "ttclid",
    "twclid",
    "vd_source",
    "vero_conv",
    "vero_id",
    "wbraid",
    "wickedid",
    "xtor",
    "yclid",
    "ysclid",
];

/// Hosts, themselves or above, and the paths below which they only count.
const PIXELS: &[(&str, &str)] = &[
    ("2o7.net", "/"),
    ("analytics.twitter.com", "/"),
    ("api.follow.it", "/track"),
    ("bat.bing.com", "/"),
    ("c.statcounter.com", "/"),
    ("counter.theconversation.com", "/"),
    ("counter.yadro.ru", "/"),
    ("doubleclick.net", "/"),
    ("eulerian.net", "/"),
    ("facebook.com", "/tr"),
    ("feedsportal.com", "/"),
    ("feeds.feedburner.com", "/~"),
    ("feedblitz.com", "/~"),
    ("google-analytics.com", "/"),
    ("googletagmanager.com", "/"),
    ("hits.blogsoft.org", "/"),
    ("hm.baidu.com", "/"),
    ("ioam.de", "/"),
    ("ivwbox.de", "/"),
    ("list-manage.com", "/track/open"),
    ("mc.yandex.ru", "/watch"),
    ("medium.com", "/_/stat"),
    ("met.vgwort.de", "/"),
    ("mf.feeds.reuters.com", "/"),
    ("omtrdc.net", "/"),
    ("pheedo.com", "/"),
    ("piwik.pro", "/"),
    ("pixel.wp.com", "/"),
    ("quantserve.com", "/"),
    ("rss.buysellads.com", "/"),
    ("scorecardresearch.com", "/"),
    ("sitemeter.com", "/"),
    ("stats.wordpress.com", "/"),
    ("tracking.feedpress.it", "/"),
    ("tracking.feedpress.com", "/"),
];

/// Takes the parameters of trackers out of an address; the others stay byte for byte.
pub(in crate::normalize) fn strip_parameters(url: &mut Url) {
    if let Some(query) = url.query()
        && let Some(rest) = without_tracking(query)
    {
        url.set_query(Some(rest.as_str()).filter(|rest| !rest.is_empty()));
    }
    // `#xtor=RSS-16`, `#utm_source=rss`
    if let Some(fragment) = url.fragment()
        && without_tracking(fragment).is_some_and(|rest| rest.is_empty())
    {
        url.set_fragment(None);
    }
}

/// None where nothing was to be taken out.
fn without_tracking(query: &str) -> Option<String> {
    let pairs = || query.split('&');
    pairs().any(tracks).then(|| pairs().filter(|pair| !tracks(pair)).collect::<Vec<_>>().join("&"))
}

/// Whether a pair of a query is one of a tracker's.
pub(in crate::normalize) fn tracks(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default();
    let name = name.strip_prefix("amp;").unwrap_or(name).to_ascii_lowercase();
    PARAMETERS.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether an image is one that nobody is meant to see: by its size, by how it is hidden, or by who serves it.
/// `raw` are its attributes as a serializer wrote them.
pub(super) fn is_pixel(raw: &str, src: &str) -> bool {
    attributes(raw).any(|(name, value)| match name {
        "width" | "height" => matches!(value.trim().trim_end_matches("px"), "0" | "1"),
        "style" => hides(&unescape(value)),
        _ => false,
    }) || Url::parse(src).is_ok_and(|url| is_counter(&url))
}

/// Whether what this address serves only counts.
pub(super) fn is_counter(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    PIXELS.iter().any(|(known, path)| {
        let above = host.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        // `/tr` is not the start of `/travel`.
        let ends = |rest: &str| path.ends_with(['/', '~']) || !rest.starts_with(|c: char| c.is_ascii_alphanumeric());
        above && url.path().strip_prefix(path).is_some_and(ends)
    })
}

fn hides(style: &str) -> bool {
    style.split(';').any(|declaration| {
        let Some((name, value)) = declaration.split_once(':') else { return false };
        let value = value.trim().to_ascii_lowercase();
        let value = value.trim_end_matches("!important").trim_end();
        match name.trim().to_ascii_lowercase().as_str() {
            "display" => value == "none",
            "visibility" => value == "hidden",
            "width" | "height" => matches!(value, "0" | "0px" | "1px"),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters() {
        for (written, expect) in [
            ("https://a.example/p?utm_source=rss&id=3&UTM_Medium=x", "https://a.example/p?id=3"),
            ("https://a.example/p?fbclid=x", "https://a.example/p"),
            ("https://a.example/p?a=1&amp;utm_source=x", "https://a.example/p?a=1"),
            ("https://a.example/p?a=b%20c&&d", "https://a.example/p?a=b%20c&&d"),
            ("https://a.example/p?from=x&ref=y&source=z", "https://a.example/p?from=x&ref=y&source=z"),
            ("https://a.example/p#utm_source=rss", "https://a.example/p"),
            ("https://a.example/p#xtor=RSS-3", "https://a.example/p"),
            ("https://a.example/p#part-2", "https://a.example/p#part-2"),
            ("https://a.example/p?q=utm_source", "https://a.example/p?q=utm_source"),
        ] {
            let mut url = Url::parse(written).unwrap();
            strip_parameters(&mut url);
            assert_eq!(url.as_str(), expect, "{written}");
        }
    }

    #[test]
    fn pixels() {
        for (raw, src, expect) in [
            (" width=\"1\" height=\"1\"", "https://a.example/x", true),
            (" height=\"1px\"", "https://a.example/x", true),
            (" width=\"100\" height=\"100\"", "https://a.example/x", false),
            (" style=\"border:0; DISPLAY : none\"", "https://a.example/x", true),
            (" style=\"width:100%\"", "https://a.example/x", false),
            ("", "https://pixel.wp.com/g.gif?x", true),
            ("", "https://www.facebook.com/tr?id=1", true),
            ("", "https://www.facebook.com/travel.jpg", false),
            ("", "https://x.us1.list-manage.com/track/open.php?u=1", true),
            ("", "https://feeds.feedburner.com/~r/x", true),
            ("", "https://notpixel.wp.com.example/x", false),
            ("", "https://xdoubleclick.net/x", false),
        ] {
            assert_eq!(is_pixel(raw, src), expect, "{raw} {src}");
        }
    }
}
