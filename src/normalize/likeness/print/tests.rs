//! What a print sees of a text, and which prints are near.

use super::*;
use crate::model::Text;
use crate::normalize::content;
use proptest::prelude::*;

/// All that a print is made of: how often each bit is set, in how many shingles, and the length.
fn measure(body: &str) -> ([u32; 64], u32, u32) {
    let mut reader = Reader::new(body);
    reader.read();
    reader.words.tally.settle();
    (reader.words.tally.ones, reader.words.tally.total, reader.words.length)
}

#[test]
fn markup_does_not_count() {
    for (markdown, html) in [
        ("# One two three", "<h1>One two three</h1>"),
        ("One **two** thr*ee* f_o_ur", "<p>One <strong>two</strong> thr<em>ee</em> f<em>o</em>ur</p>"),
        ("One [two](https://a.example/x_y \"t\") three", "<p>One <a href=\"https://a.example/\">two</a> three</p>"),
        ("One ![alt text](a.png) two three", "<p>One <img src=\"a.png\" alt=\"alt text\"> two three</p>"),
        ("1. One\n2. Two\n3. Three", "<ol><li>One</li><li>Two</li><li>Three</li></ol>"),
        ("- One\n- Two\n- Three", "<ul><li>One</li><li>Two</li><li>Three</li></ul>"),
        ("> One\n> 1. Two three", "<blockquote><p>One</p><ol><li>Two three</li></ol></blockquote>"),
        ("```rust\none two three\n```", "<pre><code>one two three\n</code></pre>"),
        ("One two\n[ref]: https://a.example/ \"Title\"\nthree", "<p>One two</p><p>three</p>"),
        ("One <!-- more --> two three", "<p>One</p><p>two three</p>"),
        ("One two {% raw %} three {{ four }}", "<p>One two three</p>"),
        ("One don't caf&eacute; &amp; three", "<p>One don’t café &amp; three</p>"),
        ("One&nbsp;two&#x20;thr\u{ad}ee", "one two three"),
        (
            "|One|two|\n|--|--|\n|three|four|",
            "<table><tr><td>One</td><td>two</td></tr><tr><td>three</td><td>four</td></tr></table>",
        ),
        (
            "One <https://a.example/x> two three",
            "<p>One <a href=\"https://a.example/x\">https://a.example/x</a> two three</p>",
        ),
        ("One two<script>x y z</script> three", "one two three"),
        ("<ruby>漢<rt>かん</rt>字</ruby>だ", "漢字だ"),
        ("如何**做好**服务", "<p>如何做好<br>服务</p>"),
        ("a < b & c > d e", "a b c d e"),
    ] {
        assert_eq!(measure(markdown), measure(html), "{markdown:?} {html:?}");
    }
    assert_ne!(measure("one two three four"), measure("one two three five"));
}

const STORY: &str = "The mill on the hill has turned for **three hundred years**, and [the miller](https://a.example/m) \
    knows each of its stones by name. When the wind comes from the sea she opens the sails; when it turns, she \
    waits.\n\n## How it grinds\n\n1. Grain is poured into the hopper.\n2. The stones turn it to flour.\n3. Sacks go \
    down by the chute.\n\nAt night the wheel stands still, `rust` and oil smell of summer, and nobody is there but \
    the cat. It has a name that the children gave it, and it comes when they call, mostly.";

const CHINESE: &str = "如何做好居民服务保障？浦东新区介绍了相关情况。一是加强服务力量保障，各街镇安排专人，\
    对居民的用药、就医、物资等需求逐一登记。**二是**畅通渠道，热线电话二十四小时有人值守。三是做好垃圾清运和消毒工作，\
    确保居住环境整洁，并及时回应居民关心的问题。静安区也表示，将继续完善相关机制。";

fn print_of(body: &str) -> Print {
    print(body).unwrap_or_else(|| panic!("too short: {body}"))
}

#[test]
fn a_story_in_markdown_and_in_html_is_one() {
    for story in [STORY, CHINESE] {
        let html = content(&Text { markup: crate::model::Markup::Markdown, value: story.into() }, None).html;
        let (markdown, html) = (print_of(story), print_of(&html));
        assert!(markdown.is_near(&html), "{markdown:?} {html:?}");
        assert_eq!(markdown.wide, story == CHINESE);
    }
    let (english, chinese) = (print_of(STORY), print_of(CHINESE));
    assert!(english.is_far(&chinese) && !english.is_near(&chinese));
}

#[test]
fn short_texts_have_none() {
    assert_eq!(print(&"word ".repeat(49)), None);
    assert!(print(&"word ".repeat(50)).is_some());
    assert_eq!(print(&"字".repeat(79)), None);
    assert!(print(&"字".repeat(80)).is_some());
    assert_eq!(print(""), None);
}

#[test]
fn one_is_no_piece_of_the_other() {
    let long = print_of(&STORY.repeat(2));
    assert!(!print_of(STORY).is_near(&long), "the lengths differ");
}

#[test]
fn hostile_bodies_take_linear_time() {
    let start = std::time::Instant::now();
    for piece in [
        "<", "<a", "<!--", "![", "](", "[", "[]:", "{%", "{{", "&#", "<script>", "```\n", "1. ", "http://", "<rt>",
        "\n[", "字",
    ] {
        print(&piece.repeat((2 << 20) / piece.len()));
    }
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

/// Pseudo-random words, so that each seed is another text.
fn words(seed: u64, count: usize) -> Vec<String> {
    let number = |index: usize| mix(seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
    (0..count).map(|index| format!("w{}", number(index) % 2_000)).collect()
}

proptest! {
    #[test]
    fn near_texts_are_told_from_others(seed in 0u64..1_000_000, count in 150usize..2_000, at in 0usize..150) {
        let text = words(seed, count);
        let mut edited = text.clone();
        edited[at] = "edited".into();
        let (text, edited) = (print_of(&text.join(" ")), print_of(&edited.join(" ")));
        prop_assert!(text.distance(&edited) <= 16, "{} bits", text.distance(&edited));
        let shared = text.bands().iter().zip(edited.bands()).any(|(a, b)| *a == b);
        prop_assert!(shared || !text.is_near(&edited), "near texts are found by a band");
        let other = print_of(&words(seed + 1_000_001, count).join(" "));
        prop_assert!(!text.is_near(&other) && text.distance(&other) > 10, "{} bits", text.distance(&other));
    }

    #[test]
    fn letters_and_layout_do_not_count(seed in 0u64..1_000_000, count in 70usize..500) {
        let text = words(seed, count);
        let shouted = text.join(",\n\n * ").to_uppercase();
        prop_assert_eq!(print(&text.join(" ")), print(&shouted));
    }

    #[test]
    fn any_text_is_read_to_its_end(body in "([<>!\\[\\](){}%&#;`~*_/\\\\ \\n\"'=-]|<!--|-->|</?(a|p|script|rt|br)>|!\\[|\\]\\(|http://|&amp;|字|wörd|1\\. ){0,60}") {
        let (ones, shingles, length) = measure(&body);
        prop_assert!(ones.iter().all(|ones| *ones <= shingles));
        prop_assert!(shingles <= length && length as usize <= body.len());
    }
}
