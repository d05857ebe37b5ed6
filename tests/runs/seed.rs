//! An article as a scraper wrote it: three categories in Chinese, an RFC 2822 date, and rests of the page it came from.

use crate::mill::Mill;

const CATEGORIES: [(&str, &str); 3] = [("金融", "金融"), ("新浪财经", "新浪财经"), ("新浪财经－国內", "新浪财经-国內")];

const ARTICLE: &str = r#"
---
title: '如何做好居民服务保障？浦东、静安回应'
categories: 
 - 金融
 - 新浪财经
 - 新浪财经－国內
headimg: 'https://n.sinaimg.example/finance/343233024.png'
author: 新浪财经
comments: false
date: Thu, 02 Jun 2022 10:01:35 GMT
thumbnail: 'https://n.sinaimg.example/finance/343233024.png'
---

<div>   
<p cms-style="font-L">　　记者 李佳蔚</p>
<p cms-style="font-L">　　晏波介绍了浦东新区相关情况。</p>
<p cms-style="font-L">　　一是加强服务力量保障。</p><!-- news_keyword_pub,stock, -->




<!-- 正文下iframe -->

            <style>
            .appendQr_wrap&#123;border:1px solid #E6E6E6;padding:8px;&#125;
            </style>
            <div class="clearfix appendQr_wrap">
                <div class="appendQr_normal"><img src="https://n.sinaimg.example/finance/343233024.png" referrerpolicy="no-referrer"></div>
                <div class="appendQr_normal_txt">海量资讯、精准解读</div>
                <div class="empty"></div><p> </p>
            </div>
<p class="article-editor">责任编辑：李墨轩 </p>

  
</div>
"#;

const CONFIG: &str = r#"
[site]
title = "Mill"
url = "https://example.org/"
language = "zh-CN"
timezone = "Asia/Shanghai"

[[source.articles]]
name = "posts"
path = "posts"
permalink = "/:year/:slug/"
map = { image = ["headimg", "thumbnail"] }
"#;

fn mill() -> Mill {
    let mill = Mill::new(CONFIG);
    mill.write("posts/000_e7389a3d25576e8f.txt", ARTICLE);
    mill.run();
    mill
}

#[test]
fn each_category_has_its_feed_in_each_format() {
    let mill = mill();
    for (term, folder) in CATEGORIES {
        let key = format!("category/{folder}");
        let feed = mill.json(&key);
        assert_eq!(feed["title"], format!("{term} – Mill"));
        let items = feed["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{term}");
        let item = &items[0];
        assert_eq!(item["title"], "如何做好居民服务保障？浦东、静安回应");
        assert_eq!(item["authors"][0]["name"], "新浪财经");
        assert_eq!(item["date_published"], "2022-06-02T10:01:35Z");
        assert_eq!(item["image"], "https://n.sinaimg.example/finance/343233024.png");
        assert_eq!(item["url"], "https://example.org/2022/000_e7389a3d25576e8f/");
        assert_eq!(item["tags"], serde_json::json!(["金融", "新浪财经", "新浪财经－国內"]));

        let channel = mill.rss(&key);
        let entry = &channel.items()[0];
        assert_eq!(entry.title(), item["title"].as_str());
        assert_eq!(entry.link(), item["url"].as_str());
        let date = chrono::DateTime::parse_from_rfc2822(entry.pub_date().unwrap()).unwrap();
        assert_eq!(date.timestamp(), 1_654_164_095);
        let names: Vec<&str> = entry.categories().iter().map(|category| category.name()).collect();
        assert_eq!(names, ["金融", "新浪财经", "新浪财经－国內"]);

        let atom = mill.atom(&key);
        let entry = &atom.entries()[0];
        assert_eq!(entry.title().as_str(), item["title"].as_str().unwrap());
        assert_eq!(entry.published().unwrap().to_utc().to_rfc3339(), "2022-06-02T10:01:35+00:00");
        assert_eq!(entry.authors()[0].name(), "新浪财经");
        assert_eq!(entry.links()[0].href(), item["url"].as_str().unwrap());
    }
}

#[test]
fn the_body_has_all_paragraphs_and_no_rests_of_the_page() {
    let mill = mill();
    let body = mill.json("category/金融")["items"][0]["content_html"].as_str().unwrap().to_owned();
    for text in [
        "记者 李佳蔚",
        "晏波介绍了浦东新区相关情况。",
        "一是加强服务力量保障。",
        "海量资讯、精准解读",
        "责任编辑：李墨轩",
    ] {
        assert!(body.contains(text), "`{text}` is not in {body}");
    }
    assert!(body.contains(r#"src="https://n.sinaimg.example/finance/343233024.png""#), "{body}");
    for rest in [
        "<style",
        "appendQr_wrap&#123;",
        "border:1px",
        "<!--",
        "news_keyword_pub",
        "正文下iframe",
        "cms-style",
        r#"class="empty""#,
    ] {
        assert!(!body.contains(rest), "`{rest}` is in {body}");
    }
    // Wrappers of nothing are gone; what wraps a text or a picture may stay.
    let squeezed: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    assert!(!squeezed.contains("<div></div>") && !squeezed.contains("<p></p>"), "{body}");
    // The three formats show the same body.
    assert_eq!(mill.rss("category/金融").items()[0].content(), Some(body.as_str()));
    assert_eq!(mill.atom("category/金融").entries()[0].content().unwrap().value(), Some(body.as_str()));
}

#[test]
fn the_manifest_lists_the_feeds_by_their_names() {
    let mill = mill();
    assert_eq!(mill.keys(), ["all", "category/新浪财经", "category/新浪财经－国內", "category/金融"]);
    for (term, folder) in CATEGORIES {
        let record = mill.record(&format!("category/{term}"));
        assert_eq!(record["axis"], "category");
        assert_eq!(record["term"], term);
        assert_eq!(record["items"], 1);
        assert_eq!(record["updated"], mill.json(&format!("category/{folder}"))["_feedmill"]["updated"]);
        for (format, name) in [("rss", "rss.xml"), ("atom", "atom.xml"), ("json", "feed.json")] {
            assert_eq!(record["files"][format], format!("category/{folder}/{name}"));
            let bytes = std::fs::read(mill.path(&format!("feeds/category/{folder}/{name}"))).unwrap();
            use sha2::Digest;
            let hex: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(record["sha256"][format], hex);
        }
    }
}

#[test]
fn urls_in_feeds_are_percent_encoded() {
    let mill = mill();
    let encoded = "https://example.org/feeds/category/%E9%87%91%E8%9E%8D/";
    assert_eq!(mill.json("category/金融")["feed_url"], format!("{encoded}feed.json"));
    assert!(mill.read("feeds/category/金融/rss.xml").contains(&format!("{encoded}rss.xml")));
    let atom = mill.atom("category/金融");
    assert!(atom.links().iter().any(|link| link.rel() == "self" && link.href() == format!("{encoded}atom.xml")));
    let opml = mill.read("feeds/index.opml");
    assert!(opml.contains(encoded), "{opml}");
    for file in ["rss.xml", "atom.xml", "feed.json"] {
        assert!(!mill.read(&format!("feeds/category/金融/{file}")).contains("feeds/category/金融"), "{file}");
    }
}
