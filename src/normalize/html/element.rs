//! Which elements a body may hold, what becomes of them, and how they behave.

use std::sync::LazyLock;

/// How an element is tidied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Removed where it holds nothing.
    Inline,
    /// As `Inline`; gone where it says nothing, its inside stays.
    Span,
    /// As `Span`, for want of `href`.
    Anchor,
    /// Removed where it holds nothing or line breaks only.
    Block,
    /// As `Block`; gone where it says nothing and holds blocks only, its inside stays.
    Division,
    Preformatted,
    /// Keeps its place though it be empty: cells, rows, terms.
    Fixed,
    /// `source` or `track`.
    Resource,
    Picture,
    /// `audio`, `video`.
    Media,
    Image,
    Frame,
    /// A formula; `math` keeps what it is.
    Math,
    Break,
    Rule,
}

/// An element that may be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element {
    /// The name it is written under.
    pub(super) name: &'static str,
    pub(super) role: Role,
    /// Attributes beside `title`, `lang` and `dir`.
    pub(super) attributes: &'static [&'static str],
}

impl Element {
    pub(super) fn is_void(&self) -> bool {
        matches!(self.role, Role::Image | Role::Break | Role::Rule | Role::Resource) || self.name == "col"
    }

    /// Attributes that are read, beside those that may be written.
    pub(super) fn read_attributes(&self) -> &'static [&'static str] {
        match self.role {
            Role::Image => LAZY_IMAGE,
            Role::Resource => LAZY_RESOURCE,
            Role::Media => LAZY_MEDIA,
            Role::Frame => LAZY_FRAME,
            _ => &[],
        }
    }

    /// All attributes that have a meaning for what becomes of the element.
    pub(super) fn names_read(&self) -> impl Iterator<Item = &'static str> {
        self.attributes.iter().chain(GENERIC).chain(self.read_attributes()).copied()
    }

    /// Stands on lines of its own.
    pub(super) fn is_block(&self) -> bool {
        matches!(self.role, Role::Block | Role::Division | Role::Preformatted | Role::Fixed | Role::Rule)
            && !matches!(self.name, "rt" | "rp")
    }
}

/// Every allowed element: the name it has in the source, and what becomes of it.
pub(super) const ELEMENTS: &[(&str, Element)] = &{
    const fn is(name: &'static str, role: Role) -> Element {
        Element { name, role, attributes: &[] }
    }
    const fn with(name: &'static str, role: Role, attributes: &'static [&'static str]) -> Element {
        Element { name, role, attributes }
    }
    const CELL: &[&str] = &["colspan", "rowspan", "scope"];
    [
        ("p", is("p", Role::Block)),
        ("span", is("span", Role::Span)),
        ("div", is("div", Role::Division)),
        ("a", with("a", Role::Anchor, &["href"])),
        ("img", with("img", Role::Image, &["src", "srcset", "sizes", "alt", "width", "height"])),
        ("br", is("br", Role::Break)),
        ("strong", is("strong", Role::Inline)),
        ("b", is("b", Role::Inline)),
        ("em", is("em", Role::Inline)),
        ("i", is("i", Role::Inline)),
        ("code", with("code", Role::Inline, &["class"])),
        ("pre", with("pre", Role::Preformatted, &["class"])),
        ("ul", is("ul", Role::Block)),
        ("ol", with("ol", Role::Block, &["start", "type", "reversed"])),
        ("li", with("li", Role::Block, &["value"])),
        ("h1", is("h1", Role::Block)),
        ("h2", is("h2", Role::Block)),
        ("h3", is("h3", Role::Block)),
        ("h4", is("h4", Role::Block)),
        ("h5", is("h5", Role::Block)),
        ("h6", is("h6", Role::Block)),
        ("blockquote", with("blockquote", Role::Block, &["cite"])),
        ("hr", is("hr", Role::Rule)),
        ("table", is("table", Role::Block)),
        ("thead", is("thead", Role::Fixed)),
        ("tbody", is("tbody", Role::Fixed)),
        ("tfoot", is("tfoot", Role::Fixed)),
        ("tr", is("tr", Role::Fixed)),
        ("td", with("td", Role::Fixed, CELL)),
        ("th", with("th", Role::Fixed, CELL)),
        ("caption", is("caption", Role::Fixed)),
        ("colgroup", with("colgroup", Role::Fixed, &["span"])),
        ("col", with("col", Role::Fixed, &["span"])),
        ("figure", is("figure", Role::Block)),
        ("figcaption", is("figcaption", Role::Block)),
        ("picture", is("picture", Role::Picture)),
        ("source", with("source", Role::Resource, &["src", "srcset", "type", "media", "sizes"])),
        ("track", with("track", Role::Resource, &["src", "kind", "srclang", "label"])),
        ("video", with("video", Role::Media, &["src", "poster", "width", "height", "preload", "loop", "muted"])),
        ("audio", with("audio", Role::Media, &["src", "preload", "loop", "muted"])),
        ("iframe", with("iframe", Role::Frame, &["src", "width", "height", "allowfullscreen"])),
        ("dl", is("dl", Role::Block)),
        ("dt", is("dt", Role::Fixed)),
        ("dd", is("dd", Role::Fixed)),
        ("details", with("details", Role::Block, &["open"])),
        ("summary", is("summary", Role::Block)),
        ("u", is("u", Role::Inline)),
        ("s", is("s", Role::Inline)),
        ("strike", is("s", Role::Inline)),
        ("del", with("del", Role::Inline, &["cite", "datetime"])),
        ("ins", with("ins", Role::Inline, &["cite", "datetime"])),
        ("sub", is("sub", Role::Inline)),
        ("sup", is("sup", Role::Inline)),
        ("small", is("small", Role::Inline)),
        ("mark", is("mark", Role::Inline)),
        ("kbd", is("kbd", Role::Inline)),
        ("samp", is("samp", Role::Inline)),
        ("var", is("var", Role::Inline)),
        ("tt", is("code", Role::Inline)),
        ("abbr", is("abbr", Role::Inline)),
        ("acronym", is("abbr", Role::Inline)),
        ("cite", is("cite", Role::Inline)),
        ("q", with("q", Role::Inline, &["cite"])),
        ("time", with("time", Role::Inline, &["datetime"])),
        ("dfn", is("dfn", Role::Inline)),
        ("bdi", is("bdi", Role::Inline)),
        ("bdo", is("bdo", Role::Inline)),
        ("wbr", is("wbr", Role::Break)),
        ("ruby", is("ruby", Role::Inline)),
        ("rt", is("rt", Role::Fixed)),
        ("rp", is("rp", Role::Fixed)),
        ("address", is("div", Role::Division)),
        ("article", is("div", Role::Division)),
        ("aside", is("div", Role::Division)),
        ("center", is("div", Role::Division)),
        ("dir", is("ul", Role::Block)),
        ("footer", is("div", Role::Division)),
        ("header", is("div", Role::Division)),
        ("hgroup", is("div", Role::Division)),
        ("main", is("div", Role::Division)),
        ("menu", is("ul", Role::Block)),
        ("nav", is("div", Role::Division)),
        ("section", is("div", Role::Division)),
        (PLACEHOLDER, with(PLACEHOLDER, Role::Math, &[PLACEHOLDER_NUMBER])),
    ]
};

/// Attributes of every element.
pub(super) const GENERIC: &[&str] = &["title", "lang", "dir"];

/// Stands for a formula while the rest is made safe; never written in the end.
pub(super) const PLACEHOLDER: &str = "x-math";
pub(super) const PLACEHOLDER_NUMBER: &str = "data-n";

/// Where pages keep the address of an image that a script loads later, best first.
pub(super) const LAZY_SRC: &[&str] = &[
    "data-original",
    "data-src",
    "data-lazy-src",
    "data-actualsrc",
    "data-original-src",
    "data-lazy",
    "data-lazyload",
    "data-echo",
    "data-url",
    "data-img-src",
    "data-cfsrc",
    "data-hi-res-src",
    "data-full-src",
    "data-large-file",
    "data-orig-file",
];
pub(super) const LAZY_SRCSET: &[&str] = &["data-srcset", "data-lazy-srcset", "data-original-set"];
const LAZY_IMAGE: &[&str] = &{
    let mut all = [""; LAZY_SRC.len() + LAZY_SRCSET.len() + 1];
    let mut at = 0;
    while at < LAZY_SRC.len() {
        all[at] = LAZY_SRC[at];
        at += 1;
    }
    while at < LAZY_SRC.len() + LAZY_SRCSET.len() {
        all[at] = LAZY_SRCSET[at - LAZY_SRC.len()];
        at += 1;
    }
    // Tells a picture that nobody is meant to see.
    all[at] = "style";
    all
};
const LAZY_RESOURCE: &[&str] = &["data-src", "data-srcset", "data-lazy-srcset"];
const LAZY_MEDIA: &[&str] = &["data-src", "data-poster"];
const LAZY_FRAME: &[&str] = &["data-src", "data-lazy-src"];

/// Elements that go with everything inside them.
pub(super) const DROPPED: &[&str] = &[
    "script",
    "style",
    "noscript",
    "template",
    "title",
    "textarea",
    "select",
    "datalist",
    "button",
    "svg",
    "annotation",
    "annotation-xml",
    "noembed",
    "noframes",
    "plaintext",
    "embed",
    "applet",
    "canvas",
    "frameset",
];

/// The allowed element of that name.
pub(super) fn element(name: &str) -> Option<&'static Element> {
    entry(name).map(|(_, element)| element)
}

/// The same name, with a life of its own.
pub(super) fn name_of(name: &str) -> Option<&'static str> {
    entry(name).map(|(name, _)| *name)
}

fn entry(name: &str) -> Option<&'static (&'static str, Element)> {
    let bucket = &INDEX[bucket(name.as_bytes())?];
    bucket.iter().map(|at| &ELEMENTS[*at]).find(|(known, _)| *known == name)
}

/// By first letter and length; asked for every tag, twice.
static INDEX: LazyLock<Vec<Vec<usize>>> = LazyLock::new(|| {
    let mut index = vec![Vec::new(); 26 * LENGTHS];
    for (at, (name, _)) in ELEMENTS.iter().enumerate() {
        if let Some(bucket) = bucket(name.as_bytes()) {
            index[bucket].push(at);
        }
    }
    index
});

/// The longest name is `blockquote` or `figcaption`.
const LENGTHS: usize = 11;

fn bucket(name: &[u8]) -> Option<usize> {
    let letter = name.first().filter(|first| first.is_ascii_lowercase())? - b'a';
    (name.len() < LENGTHS).then(|| usize::from(letter) * LENGTHS + name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_is_found_by_its_name() {
        for (name, expect) in ELEMENTS {
            let places = ELEMENTS.iter().filter(|(other, _)| other == name).count();
            assert_eq!(places, 1, "{name}");
            assert!(
                element(name).is_some_and(|found| found.name == expect.name && found.role == expect.role),
                "{name}"
            );
        }
        for name in ["", "script", "P", "é", "blockquotes", "a b"] {
            assert!(element(name).is_none(), "{name}");
        }
    }
}
