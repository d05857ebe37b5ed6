//! Whole bodies through the pipeline.

use super::*;
use crate::config::plan::BodyRules;
use crate::model::{Markup, Text};
use crate::normalize::content;
use proptest::prelude::*;

pub(super) fn base() -> Url {
    Url::parse("https://a.example/posts/1/").unwrap()
}

fn clean(html: &str, base: Option<&Url>) -> String {
    super::clean(html, Setting { base, page: None, rules: Some(&BodyRules::default()) })
}

pub(super) fn check(html: &str, expect: &str) {
    let out = clean(html, Some(&base()));
    assert_eq!(out, expect, "{html}");
    assert_eq!(clean(&out, Some(&base())), out, "twice: {html}");
}

#[test]
fn empty_wrappers_go() {
    check("<div><p>a</p><p> &nbsp;</p><div><span> </span></div></div>", "<p>a</p>");
    check("<p>a<span></span>b<span> </span>c</p>", "<p>ab c</p>");
    check("<div><br></div><p><br></p>x", "x");
    check("<p>a</p>\n\n\n\n<!-- x -->\n\n<p>b</p>\n\n", "<p>a</p>\n<p>b</p>");
    check("<div class=\"x\"><div>text</div></div>", "<div>text</div>");
    check("<div>a<p>b</p></div>", "<div>a<p>b</p></div>");
    check("<p><a id=\"x\"></a>t</p>", "<p>t</p>");
    check("<ul><li></li><li>a</li></ul>", "<ul><li>a</li></ul>");
    check("<table><tr><td></td><td>1</td></tr></table>", "<table><tbody><tr><td></td><td>1</td></tr></tbody></table>");
    check("<table><tr><td> </td></tr></table>", "");
    check("<section><h2>a</h2><p>b</p></section>", "<h2>a</h2><p>b</p>");
    check("<p>　　缩进</p>", "<p>　　缩进</p>");
    check("<b>a</b> <i>b</i>", "<b>a</b> <i>b</i>");
    check("a<br>\nb<hr>c", "a<br>\nb<hr>c");
    check("&nbsp;x&nbsp;&amp;&lt;", "\u{a0}x\u{a0}&amp;&lt;");
}

#[test]
fn code_stays_as_it_is() {
    check("<pre>\n\n\ta  b\n\n\n\nc </pre>", "<pre>\n\n\ta  b\n\n\n\nc </pre>");
    check(
        "<pre><code class=\"hljs language-c\">a<span class=w>  </span>b\n\n</code></pre>",
        "<pre><code class=\"language-c\">a  b\n\n</code></pre>",
    );
    check("<pre>\r\n a\r b</pre>", "<pre> a\n b</pre>");
    check("x <pre> </pre> y", "x y");
}

#[test]
fn what_is_not_content_goes() {
    check("<style>a</style><script>b</script><noscript>c</noscript><template>d</template>e", "e");
    check("<form action=x><input name=a><textarea>t</textarea><button>b</button>f</form>", "f");
    check("<p onclick=\"x\" style=\"y\" id=\"z\" class=\"w\" data-a=\"b\">t</p>", "<p>t</p>");
    check("<a href=\"javascript:alert(1)\">x</a>", "x");
    check("<object data=x><embed src=y></object>z", "z");
    check("<svg><script>alert(1)</script><text>t</text></svg>z", "z");

    check("<title>t</title><meta charset=x><link rel=x>z", "z");
    check("<p>a\u{0}\u{8}&#1;&#xFFFE;b</p>", "<p>ab</p>");
}

#[test]
fn media() {
    check(
        "<video src=\"v.mp4\" autoplay>no video? <p>get <a href=x>it</a></p></video>",
        "<video src=\"https://a.example/posts/1/v.mp4\" controls=\"\"></video>",
    );
    check(
        "<video><source src=\"v.webm\" type=\"video/webm\">x</video>",
        "<video controls=\"\"><source src=\"https://a.example/posts/1/v.webm\" type=\"video/webm\"></video>",
    );
    check("<video></video>z", "z");
    check(
        "<picture><source srcset=\"a.webp\"><img src=\"a.png\" alt=\"A\"></picture>",
        "<picture><source srcset=\"https://a.example/posts/1/a.webp\"><img src=\"https://a.example/posts/1/a.png\" alt=\"A\"></picture>",
    );
    check("<picture><source srcset=\"a.webp\"></picture>z", "z");
    check(
        "<img src=\"data:image/gif;base64,R\" data-src=\"/r.jpg\"><noscript><img src=\"/r.jpg\"></noscript>",
        "<img src=\"https://a.example/r.jpg\">",
    );
    check(
        "<iframe src=\"https://www.youtube.com/embed/x\" onload=x><script>alert(1)</script></iframe>",
        "<iframe src=\"https://www.youtube.com/embed/x\"></iframe>",
    );
}

#[test]
fn frames_of_strangers_become_links() {
    check(
        "<p><iframe src=\"//maps.example/e\"></iframe></p>",
        "<p><a href=\"https://maps.example/e\">https://maps.example/e</a></p>",
    );
    check(
        "<iframe src=\"e\" title=\" A &lt;map> \"></iframe>z",
        "<a href=\"https://a.example/posts/1/e\">A &lt;map&gt;</a>z",
    );
    check(
        "<a href=x>y<iframe src=\"https://b.example/\"></iframe></a>",
        "<a href=\"https://a.example/posts/1/x\">y</a>",
    );
    // A serializer writes quotes in a text as they are: cleaning it twice changes nothing.
    check(
        "<iframe src=\"https://b.example/\" title='\"A\" &amp;amp; B'></iframe>",
        "<a href=\"https://b.example/\">\"A\" &amp;amp; B</a>",
    );
    check("<iframe src=\"javascript:x\"></iframe><iframe></iframe><iframe src=\"about:blank\"></iframe>z", "z");
    check(
        "<video src=v><iframe src=\"https://b.example/\"></iframe></video>",
        "<video src=\"https://a.example/posts/1/v\" controls=\"\"></video>",
    );
}

#[test]
fn what_people_write_with_stays() {
    for html in [
        "<dl><dt>a</dt><dd>b</dd></dl>",
        "<details open=\"\"><summary>a</summary><p>b</p></details>",
        "<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp></ruby>",
        "<figure><img src=\"https://a.example/x.png\" alt=\"x\"><figcaption>c</figcaption></figure>",
        "<p>x<sup><a href=\"https://a.example/posts/1/#fn1\">1</a></sup> H<sub>2</sub>O</p>",
        "<table><caption>c</caption><thead><tr><th scope=\"col\">a</th></tr></thead><tbody><tr><td colspan=\"2\">b</td></tr></tbody></table>",
        "<p><kbd>k</kbd> <samp>s</samp> <var>v</var> <mark>m</mark> <abbr title=\"x\">a</abbr> <time datetime=\"2024-01-01\">t</time></p>",
        "<pre><code class=\"language-c++\">a\n\tb</code></pre>",
    ] {
        check(html, html);
    }
}

#[test]
fn addresses_stand_on_the_base() {
    check("<base href=\"https://b.example/x/\"><a href=\"y\">z</a>", "<a href=\"https://b.example/x/y\">z</a>");
    check("<base href=\"../2/\"><a href=\"y\">z</a>", "<a href=\"https://a.example/posts/2/y\">z</a>");
    check("<base href=\"/b/\"><a href=\"#n\">z</a>", "<a href=\"https://a.example/posts/1/#n\">z</a>");
    assert_eq!(clean("<a href=\"y\">z</a><img src=\"i\"><a href=\"#n\">f</a>", None), "zf");
    check("<a href=\"#n\">f</a>", "<a href=\"https://a.example/posts/1/#n\">f</a>");
}

#[test]
fn trees_that_lose_a_wrapper_are_read_again() {
    check("<p>a<button><p>b</p></button></p>", "<p>a</p>");
    check("<h1><span><h2>x</h2></span></h1>", "<h1></h1><h2>x</h2>".trim_start_matches("<h1></h1>"));
    check("<ul><li>a<section><li>b</section></ul>", "<ul><li>a</li><li>b</li></ul>");
    check("<p>x<object><p>y</p></object>z</p>", "<p>x</p><p>y</p>z");
}

#[test]
fn the_seed_article() {
    let seed = "<div>   \n<p cms-style=\"font-L\">　　澎湃新闻</p>\n<p cms-style=\"font-L\">　　发布会。</p><!-- news_keyword_pub,stock, -->\n\n\n\n\
        <!-- 正文下iframe -->\n\n            <style>\n            .appendQr_wrap&#123;border:1px&#125;\n            </style>\n\
        <div class=\"clearfix appendQr_wrap\">\n  <div class=\"appendQr_normal\"><img src=\"https://n.example/a.png\" referrerpolicy=\"no-referrer\"></div>\n\
        <div class=\"appendQr_normal_txt\">海量资讯</div>\n</div>\n<!-- x -->\n<p class=\"article-editor\">责任编辑：李墨轩 </p>\n\n  \n</div>";
    check(
        seed,
        "<p>　　澎湃新闻</p>\n<p>　　发布会。</p>\n<div><img src=\"https://n.example/a.png\"></div>\n<div>海量资讯</div>\n<p>责任编辑：李墨轩</p>",
    );
}

#[test]
fn bombs_are_cheap() {
    let start = std::time::Instant::now();
    for html in [
        "<div>".repeat(200_000),
        "<p><i a=1></p></x>".repeat(60_000),
        "<b>".repeat(100_000) + &"<p>".repeat(100_000),
        format!("<a {}>", (0..200_000).map(|n| format!("a{n} ")).collect::<String>()),
        "<table>".repeat(100_000),
        "<div><table><td></div></table>".repeat(30_000),
        "<!--".repeat(200_000),
        "<".repeat(100_000),
        "&".repeat(100_000),
    ] {
        clean(&html, None);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn bodies_of_every_markup() {
    let base = base();
    let html = |text: &Text| content(text, Some(&base)).html;
    assert_eq!(
        html(&Text::plain("a <b>\nb\n\nsee https://x.example/a).")),
        "<p>a &lt;b&gt;<br>\nb</p>\n<p>see <a href=\"https://x.example/a\">https://x.example/a</a>).</p>"
    );
    assert_eq!(
        html(&Text::plain("看https://x.example/路。好")),
        "<p>看<a href=\"https://x.example/%E8%B7%AF\">https://x.example/路</a>。好</p>"
    );
    let markdown = Text { markup: Markup::Markdown, value: "# A\n\n![x](a.png)\n\n<div>\n\n*b*\n\n</div>".into() };
    assert_eq!(
        html(&markdown),
        "<h1>A</h1>\n<p><img src=\"https://a.example/posts/1/a.png\" alt=\"x\"></p>\n<p><em>b</em></p>"
    );
    // In a feed, tags of generators are what its author shows.
    assert_eq!(html(&Text::html("{% if x %}a{% endif %}")), "{% if x %}a{% endif %}");
}

pub(super) fn markup() -> impl Strategy<Value = String> {
    let tag = prop_oneof![
        "(p|div|span|b|i|a href=x|ul|li|h1|h2|table|tr|td|tbody|pre|code|br|img src=x|dl|dt|dd|ruby|rt|section|button|select|option|object|svg|math|mi|form|font|details|summary|figure|video|source src=x|iframe|textarea|noscript|style|caption|col|colgroup|blockquote|center|strike|nobr|template)"
            .prop_map(|name| format!("<{name}>")),
        "(p|div|span|b|i|a|ul|li|h1|h2|table|tr|td|tbody|pre|code|dl|dt|dd|ruby|rt|section|button|select|object|svg|math|mi|form|font|details|summary|figure|video|iframe|textarea|noscript|style|caption|blockquote|center|strike|template)"
            .prop_map(|name| format!("</{name}>")),
        "( |\n|\n\n|x|y z|&nbsp;|&lt;|&amp;|中|\u{3000}|\u{1})",
    ];
    proptest::collection::vec(tag, 0..30).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn cleaning_twice_changes_nothing(html in markup()) {
        let once = clean(&html, Some(&base()));
        prop_assert_eq!(clean(&once, Some(&base())), once);
    }

    #[test]
    fn any_bytes_become_legal_text(value in "[\\x00-\\x{10FFFF}]{0,60}", markdown: bool) {
        let markup = if markdown { Markup::Markdown } else { Markup::Html };
        let out = content(&Text { markup, value }, None);
        prop_assert_eq!(xml_chars(&out.html).into_owned(), out.html.clone());
        prop_assert_eq!(xml_chars(&out.summary).into_owned(), out.summary.clone());
    }
}

#[test]
fn long_bases_do_not_grow_without_end() {
    let base = format!("<base href=\"https://a.example/{}/\">", "x".repeat(8_000));
    for (short, unit) in [("", "<a href=a>b</a>"), ("", "<img src=a>"), ("<img srcset=\"", "a, ")] {
        let html = format!("{base}{short}{}", unit.repeat(20_000));
        let out = clean(&html, None);
        assert!(out.len() < 8 * html.len() + (2 << 20), "{unit}: {} of {}", out.len(), html.len());
    }
    let few = format!("{base}{}", "<a href=a>b</a>".repeat(50));
    assert_eq!(clean(&few, None).matches("href").count(), 50);
}
