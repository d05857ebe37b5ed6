//! Bodies that a program writes anew for every answer: what is an edit of them, and what the config makes of them.

use crate::mill::{DAY, Mill, NOW};
use crate::server::Reply;
use crate::web::{HOUR, Web, config, item_with, line, mill, outcome, rss, run};

fn feed(title: &str, body: &str) -> String {
    rss("There", &[item_with("https://there.example/one", "one", title, 1, body)])
}

fn first(mill: &Mill) -> serde_json::Value {
    mill.json("all")["items"][0].clone()
}

/// What readers would not call a change is none: nothing is written, no date moves.
#[test]
fn counters_and_other_noise_are_no_edits() {
    let body = |views: &str, seen: &str, ago: &str| {
        format!(
            "<p>Text with <a href=\"https://there.example/more\">a link</a>.</p><p>{views} views · 阅读 {seen} · updated {ago}</p>"
        )
    };
    let web = Web::start();
    web.put("/feed", Reply::ok(feed("A talk (3 comments)", &body("1,234", "56", "just now"))));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let before = mill.snapshot();
    let others = [
        feed("A talk (3 comments)", &body("1,235", "57", "3 minutes ago")),
        feed("A talk (4 comments)", &body("2 k", "1.2万", "2 hours ago")),
        feed("A talk (4 comments)", &body("2 k", "1.2万", "2 hours ago").replace("<p>", "<p class=\"x\" data-n='7'>")),
        feed("A talk (4 comments)", &format!("<div id=\"c9\">\n{}</div>", body("9", "9", "5 days ago"))),
    ];
    for (other, hours) in others.iter().zip(1..) {
        web.put("/feed", Reply::ok(other.clone()));
        mill.at(NOW + hours * HOUR);
        let (_, report) = run(&mill, &[], 0);
        assert_eq!(outcome(&report, "there"), "unchanged", "{other}");
        mill.assert_untouched(&before);
    }
    web.put("/feed", Reply::ok(feed("A talk (4 comments)", &body("9", "9", "now").replace("Text with", "Words with"))));
    mill.at(NOW + DAY);
    let (_, report) = run(&mill, &[], 0);
    assert_eq!(line(&report, "there")["items"]["changed"], 1);
    assert_eq!(first(&mill)["date_modified"], "2024-03-02T00:00:00Z");
    assert!(first(&mill)["content_html"].as_str().unwrap().contains("Words with"));
    assert_eq!(first(&mill)["title"], "A talk (4 comments)");
}

/// Small edits that a reader would want to know of.
#[test]
fn real_edits_move_the_date() {
    let image = |query: &str| format!("<p>3 dead</p><img src=\"https://there.example/a.png{query}\">");
    let web = Web::start();
    web.put("/feed", Reply::ok(feed("one", &image("?v=1"))));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.run();
    let before = mill.snapshot();
    web.put("/feed", Reply::ok(feed("one", &image("?v=2"))));
    mill.at(NOW + HOUR).run();
    mill.assert_untouched(&before);
    let edits = [
        image("?v=2").replace('3', "5"),
        image("?v=2").replace("a.png", "b.png"),
        image("").replace("3 dead", "<a href=\"https://there.example/x\">3 dead</a>"),
    ];
    for (edit, days) in edits.into_iter().zip(1..) {
        web.put("/feed", Reply::ok(feed("one", &edit)));
        mill.at(NOW + days * DAY).run();
        assert_eq!(first(&mill)["date_modified"], format!("2024-03-0{}T00:00:00Z", days + 1), "{edit}");
    }
}

/// `[content]` reaches what is already there as soon as it is read again, and is no edit.
#[test]
fn rules_of_content() {
    let body = "<p>See <a href=\"https://shop.example/p?utm_source=rss&amp;id=3&amp;fbclid=x#a\">this</a>\
        <img src=\"https://there.example/1.gif\" width=\"1\" height=\"1\"><img src=\"https://pixel.wp.com/b.gif?x=1\">\
        <img src=\"https://there.example/p.png\"></p>\
        <iframe src=\"https://player.vimeo.com/video/1\"></iframe><iframe src=\"https://maps.example/e?q=1\" title=\"Map\"></iframe>";
    let web = Web::start();
    web.put("/feed", Reply::ok(feed("one", body)));
    let mut mill = mill(&web.source("there", "/feed"));
    mill.write("posts/a.md", format!("---\ntitle: post\ndate: 2024-02-28\n---\n{body}\n"));
    let articles = "\n[[source.articles]]\nname = \"posts\"\npath = \"posts\"\npermalink = \"/:title/\"\n";
    let with = |content: &str| format!("{}{articles}{content}", config(&web.source("there", "/feed")));
    mill.write("config.toml", with(""));
    mill.run();
    let bodies = |mill: &Mill| {
        let feed = mill.json("all");
        let items = feed["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), 2);
        items.into_iter().map(|item| item["content_html"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let ids = mill.ids("all");
    for html in bodies(&mill) {
        assert!(html.contains("p?utm_source=rss&amp;id=3&amp;fbclid=x#a") && html.contains("1.gif"), "{html}");
        assert!(html.contains("<iframe src=\"https://player.vimeo.com/video/1\">"), "{html}");
        assert!(html.contains("<a href=\"https://maps.example/e?q=1\">Map</a>"), "{html}");
    }
    mill.write("config.toml", with("\n[content]\nremove_tracking = true\niframes = [\"maps.example\"]\n"));
    mill.at(NOW + HOUR).run();
    for html in bodies(&mill) {
        assert!(html.contains("<a href=\"https://shop.example/p?id=3#a\">this</a>"), "{html}");
        assert!(!html.contains("1.gif") && !html.contains("pixel.wp.com") && html.contains("p.png"), "{html}");
        assert!(html.contains("<a href=\"https://player.vimeo.com/video/1\">"), "{html}");
        assert!(html.contains("<iframe src=\"https://maps.example/e?q=1\""), "{html}");
    }
    assert_eq!(mill.ids("all"), ids);
    for item in mill.json("all")["items"].as_array().unwrap() {
        assert!(!item["date_modified"].as_str().unwrap_or_default().starts_with("2024-03-01T01"), "{item}");
    }
}

/// `xml:base`, the page, and `<base>`: each address stands on its own ground.
#[test]
fn addresses_in_bodies_are_absolute() {
    let entry = |id: &str, base: &str, body: &str| {
        format!(
            "<entry xml:base=\"{base}\"><id>urn:x:{id}</id><title>{id}</title><updated>2024-01-01T00:00:00Z</updated>\
             <link href=\"https://there.example/{id}/\"/><content type=\"html\">{}</content></entry>",
            body.replace('&', "&amp;").replace('<', "&lt;")
        )
    };
    let body = "<a href=\"x\">a</a><a href=\"#note\">b</a><a href=\"//cdn.example/y\">c</a><img src=\"/i.png\" srcset=\"i.png 1x, j.png 2x\">\
        <video poster=\"p.jpg\" data-src=\"v.mp4\"></video><blockquote cite=\"c\">q</blockquote>";
    let web = Web::start();
    web.put(
        "/feed",
        Reply::ok(format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://base.example/\"><id>urn:x</id><title>t</title><updated>2024-01-01T00:00:00Z</updated>{}{}</feed>",
            entry("one", "deep/", body),
            entry("two", "deep/", &format!("<base href=\"../other/\">{body}"))
        )),
    );
    let mill = mill(&web.source("there", "/feed"));
    mill.feedmill(&["--quiet"]).expect(0, &[]);
    for (title, ground) in [("one", "https://base.example/deep/"), ("two", "https://base.example/other/")] {
        let html = mill.item("all", title)["content_html"].as_str().unwrap().to_owned();
        for expect in [
            format!("<a href=\"{ground}x\">a</a>"),
            format!("<a href=\"https://there.example/{title}/#note\">b</a>"),
            "<a href=\"https://cdn.example/y\">c</a>".to_owned(),
            format!("<img src=\"https://base.example/i.png\" srcset=\"{ground}i.png 1x, {ground}j.png 2x\">"),
            format!("poster=\"{ground}p.jpg\" src=\"{ground}v.mp4\""),
            format!("<blockquote cite=\"{ground}c\">"),
        ] {
            assert!(html.contains(&expect), "{expect} in {html}");
        }
    }
}
