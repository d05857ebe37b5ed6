use super::*;
use crate::config::plan::{BodyKind, CategoryLists};
use proptest::prelude::*;

pub(super) fn reading() -> ArticleReading {
    ArticleReading {
        permalink: None,
        base: "https://example.org/".parse().unwrap(),
        category_lists: CategoryLists::Flat,
        body: BodyKind::Auto,
        map: Default::default(),
        site: None,
    }
}

fn read(path: &str, bytes: &[u8], named: bool) -> Result<Option<Parsed<Entry>>, ParseError> {
    let document = Document { bytes: bytes.to_vec(), path: Some(path.to_owned()), ..Document::default() };
    parse(&document, &reading(), Tz::UTC, named)
}

#[track_caller]
fn entry(path: &str, text: &str) -> Entry {
    read(path, text.as_bytes(), true).unwrap().unwrap().value
}

#[test]
fn titles_where_front_matter_names_none() {
    let check = |path: &str, text: &str, expect: Option<&str>| {
        assert_eq!(entry(path, text).title.map(|title| title.value).as_deref(), expect, "{path} {text:?}");
    };
    check("a.md", "# Heading\ntext", Some("Heading"));
    check("a.md", "text\n\nHeading\n===\n", Some("Heading"));
    check("x/2024-01-02-a-name.md", "text", Some("a-name"));
    check("a.md", "---\ntitle: t\n---\n# Heading", Some("t"));
    check("a.md", "---\nx: y\n---\n\n# Heading", Some("Heading"));
    check("a.md", "---\nx: y\n---\ntext\n# Heading", None);
    check("a.md", "---\ntitle: ''\n---\ntext", None);
    check("a.txt", "<p>x</p>\n# not", Some("a"));
    check("_posts/2024-01-02-hello-new-world.md", "---\nx: y\n---\ntext", Some("Hello New World"));
    check("_posts/2024-01-02-hello.md", "---\ntitle:\n---\ntext", Some("Hello"));
    check("source/_posts/2024-01-02-hello.md", "---\nx: y\n---\ntext", None);
    check("Note one.md", "---\naliases: [First]\n---\ntext", Some("Note one"));
    check("a.md", "---\naliases: [/old/a/]\n---\ntext", None);
}

#[test]
fn only_markdown_is_an_article_without_front_matter() {
    assert!(read("a.md", b"text", false).unwrap().is_some());
    assert!(read("a.txt", b"text", false).unwrap().is_none());
    assert!(read("a.html", b"<p>text", false).unwrap().is_none());
    assert!(read("a.txt", b"text", true).unwrap().is_some());
    assert!(read("a.txt", b"---\ntitle: x\n---\ntext", false).unwrap().is_some());
}

#[test]
fn bodies() {
    let article = entry("a.txt", "\n---\ntitle: x\n---\n\n<div>\n<p>Hi</p></div>\n");
    let content = article.content.unwrap();
    assert_eq!((content.markup, content.value.as_str()), (Markup::Html, "\n<div>\n<p>Hi</p></div>\n"));
    let article = entry("a.md", "---\ntitle: x\n---\nfirst\n<!-- more -->\nrest\n");
    assert_eq!(article.summary.map(|text| (text.markup, text.value)), Some((Markup::Markdown, "first".into())));
    assert_eq!(article.content.map(|text| text.value).as_deref(), Some("first\n\nrest\n"));
    let article = entry("a.md", "---\nsummary: own\n---\nfirst\n<!-- more -->\nrest\n");
    assert_eq!(article.summary.map(|text| text.value).as_deref(), Some("own"));
    let article = entry("a.md", "---\nexcerpt_separator: '***'\n---\nfirst\n***\nrest\n");
    assert_eq!(article.summary.map(|text| text.value).as_deref(), Some("first"));
}

#[test]
fn what_is_no_text_is_an_error() {
    let error = read("a.md", b"\x7fELF\0\0\0", true).unwrap_err();
    assert_eq!(error.class, "encoding");
    let error = read("a.md", b"---\ntitle: x\nno end", true).unwrap_err();
    assert_eq!((error.class, error.line, error.column), ("front-matter", Some(1), Some(1)));
}

#[test]
fn a_mark_before_the_front_matter_is_fine() {
    assert_eq!(entry("a.md", "\u{feff}\n---\ntitle: x\n---\nb").title.map(|title| title.value).as_deref(), Some("x"));
}

#[test]
fn the_file_name_helps() {
    let article = entry("post/index.zh-cn.md", "---\ntitle: x\n---\n");
    assert_eq!((article.slug.as_deref(), article.language.as_deref()), (Some("post"), Some("zh-CN")));
    assert_eq!(article.path.as_deref(), Some("post/index.zh-cn.md"));
    let article = entry("tech/_posts/2024-01-02-a.md", "text");
    assert_eq!((article.categories, article.terms), (vec![vec!["tech".to_owned()]], vec!["tech".to_owned()]));
    assert_eq!(entry("plain.md", "text").slug, None);
}

fn article_text() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "---",
        "----",
        "+++",
        ";;;",
        "...",
        "{",
        "}",
        "title: x",
        "title: a: b",
        "date: 2024-01-02",
        "date: x",
        "tags: [a, b]",
        "tags:",
        "- a",
        "  - b",
        "a = 1",
        "\"a\": 1,",
        "# head",
        "text",
        "",
        " ",
        "<!-- more -->",
        "<p>x</p>",
        "```",
        "draft: true",
        "题：名",
        "\tx",
        "---\t",
    ]);
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), named in any::<bool>()) {
        let _ = read("a.md", &bytes, named);
    }

    #[test]
    fn no_article_panics(text in article_text(), name in "[a-z0-9./_-]{0,20}") {
        let _ = read(&name, text.as_bytes(), false);
    }

    #[test]
    fn line_ends_make_no_difference(text in article_text()) {
        let show = |text: &str| format!("{:?}", read("2024-01-02-a.md", text.as_bytes(), false));
        prop_assert_eq!(show(&text), show(&text.replace('\n', "\r\n")));
    }
}
