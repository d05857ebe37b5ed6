//! The vocabularies feeds are written in, told apart by URI whatever the prefix.

/// A namespace the readers know by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ns {
    /// None at all, or one of the many URIs that RSS 0.9x, 1.0 and 2.0 elements were put in.
    Rss,
    Atom,
    /// Atom 0.3, whose elements are read like Atom's.
    Atom03,
    Content,
    Dc,
    DcTerms,
    Media,
    Itunes,
    Slash,
    Sy,
    Thr,
    Xhtml,
    Rdf,
    /// podcastindex.org's.
    Podcast,
    /// Atom Publishing (RFC 5023).
    App,
    /// The addresses of comments (Well-Formed Web).
    Wfw,
    /// GeoRSS, GML inside it, and W3C's latitude and longitude.
    Geo,
    /// Creative Commons, in its RSS module and in RDF.
    License,
    /// FeedBurner's, and Pheedo's like it.
    Proxy,
    /// PRISM, of scientific journals.
    Prism,
    /// Anything else.
    Other,
}

impl Ns {
    /// Scheme, case and a slash or hash at the end are often mistyped and decide nothing.
    pub(super) fn from_uri(uri: &str) -> Ns {
        let uri = uri.trim().trim_end_matches(['/', '#']);
        let rest = uri.split_once("://").map_or(uri, |(_, rest)| rest);
        let rest = rest.strip_prefix("www.").unwrap_or(rest);
        match rest.to_ascii_lowercase().as_str() {
            "w3.org/2005/atom" => Ns::Atom,
            "purl.org/atom/ns" => Ns::Atom03,
            "purl.org/rss/1.0/modules/content" => Ns::Content,
            "purl.org/dc/elements/1.1" | "purl.org/dc/elements/1.0" | "purl.org/metadata/dublin_core" => Ns::Dc,
            "purl.org/dc/terms" => Ns::DcTerms,
            "search.yahoo.com/mrss" | "search.yahoo.com/rss" | "tools.search.yahoo.com/mrss" => Ns::Media,
            // Google's has the same names.
            "itunes.com/dtds/podcast-1.0.dtd"
            | "example.com/dtds/podcast-1.0.dtd"
            | "google.com/schemas/play-podcasts/1.0" => Ns::Itunes,
            "podcastindex.org/namespace/1.0"
            | "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md" => Ns::Podcast,
            "w3.org/2007/app" | "purl.org/atom/app" => Ns::App,
            "wellformedweb.org/commentapi" => Ns::Wfw,
            "georss.org/georss" | "georss.org/georss/10" | "opengis.net/gml" | "w3.org/2003/01/geo/wgs84_pos" => {
                Ns::Geo
            }
            "web.resource.org/cc" | "creativecommons.org/ns" => Ns::License,
            rest if rest.contains("/creativecommonsrssmodule") => Ns::License,
            "rssnamespace.org/feedburner/ext/1.0" | "pheedo.com/namespace/pheedo" => Ns::Proxy,
            "purl.org/rss/1.0/modules/prism" => Ns::Prism,
            rest if rest.starts_with("prismstandard.org/namespaces/") => Ns::Prism,
            "purl.org/rss/1.0/modules/slash" => Ns::Slash,
            "purl.org/rss/1.0/modules/syndication" => Ns::Sy,
            "purl.org/syndication/thread/1.0" => Ns::Thr,
            "w3.org/1999/xhtml" => Ns::Xhtml,
            "w3.org/1999/02/22-rdf-syntax-ns" => Ns::Rdf,
            ""
            | "purl.org/rss/1.0"
            | "my.netscape.com/rdf/simple/0.9"
            | "channel.netscape.com/rdf/simple/0.9"
            | "purl.org/net/rss1.1"
            | "purl.org/rss/1.0/modules/rss091" => Ns::Rss,
            rest if rest.starts_with("backend.userland.com/rss")
                || rest.starts_with("blogs.law.harvard.edu/tech/rss")
                || rest.starts_with("cyber.law.harvard.edu/rss")
                || rest.starts_with("my.netscape.com/publish/formats/rss")
                || rest.starts_with("rssboard.org/rss") =>
            {
                Ns::Rss
            }
            _ => Ns::Other,
        }
    }

    /// Whether a URI that `from_uri` knows is written in another case than its own: strict readers take it for another.
    pub(super) fn is_misspelt(self, uri: &str) -> bool {
        let has_capitals = uri.bytes().any(|byte| byte.is_ascii_uppercase());
        match self {
            // Their URIs were published in several cases.
            Ns::Rss | Ns::Itunes | Ns::License | Ns::Podcast | Ns::Wfw | Ns::Other => false,
            Ns::Atom => !uri.contains("2005/Atom"),
            Ns::Dc => has_capitals && !uri.contains("/metadata/"),
            _ => has_capitals,
        }
    }

    /// What a prefix that nobody declared is taken for.
    pub(super) fn from_prefix(prefix: &str) -> Ns {
        match prefix {
            "atom" | "atom10" | "a10" => Ns::Atom,
            "content" => Ns::Content,
            "dc" => Ns::Dc,
            "dcterms" => Ns::DcTerms,
            "media" => Ns::Media,
            "itunes" | "googleplay" => Ns::Itunes,
            "podcast" => Ns::Podcast,
            "app" => Ns::App,
            "wfw" => Ns::Wfw,
            "geo" | "georss" | "gml" => Ns::Geo,
            "cc" | "creativecommons" => Ns::License,
            "feedburner" | "pheedo" => Ns::Proxy,
            "prism" => Ns::Prism,
            "slash" => Ns::Slash,
            "sy" => Ns::Sy,
            "thr" => Ns::Thr,
            "xhtml" => Ns::Xhtml,
            "rdf" => Ns::Rdf,
            "rss" => Ns::Rss,
            _ => Ns::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_known_in_their_usual_spellings() {
        let check = |uri: &str, ns: Ns| assert_eq!(Ns::from_uri(uri), ns, "{uri}");
        check("http://www.w3.org/2005/Atom", Ns::Atom);
        check("https://www.w3.org/2005/Atom/", Ns::Atom);
        check("http://purl.org/atom/ns#", Ns::Atom03);
        check("http://search.yahoo.com/mrss", Ns::Media);
        check("http://www.itunes.com/DTDs/PodCast-1.0.dtd", Ns::Itunes);
        check("http://purl.org/rss/1.0/", Ns::Rss);
        check("", Ns::Rss);
        check("http://backend.userland.com/RSS2", Ns::Rss);
        check("http://example.org/own", Ns::Other);
        check("http://www.georss.org/georss", Ns::Geo);
        check("http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html", Ns::License);
        check("http://backend.userland.com/creativeCommonsRssModule", Ns::License);
    }

    #[test]
    fn wrong_case_is_seen() {
        let check = |uri: &str, expect: bool| assert_eq!(Ns::from_uri(uri).is_misspelt(uri), expect, "{uri}");
        check("http://www.w3.org/2005/Atom", false);
        check("http://www.w3.org/2005/atom", true);
        check("http://purl.org/DC/elements/1.1/", true);
        check("http://www.itunes.com/DTDs/PodCast-1.0.dtd", false);
        check("http://search.yahoo.com/mrss", false);
        check("http://search.yahoo.com/MRSS/", true);
        check("urn:Own", false);
    }
}
