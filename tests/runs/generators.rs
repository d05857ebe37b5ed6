//! A tiny site of every generator, as its users write it: what of it stands in the feeds.

use crate::mill::{Mill, SITE};
use serde_json::{Value, json};

/// A mill with one source of articles; `keys` are more lines of its table.
fn mill(path: &str, keys: &str) -> Mill {
    let by = SITE.replace(r#"by = ["category"]"#, r#"by = ["category", "tag"]"#);
    Mill::new(&format!("{by}\n[[source.articles]]\nname = \"site\"\npath = \"{path}\"\n{keys}\n"))
}

/// The facts of an item in its JSON feed: `authors` as names, and what `expect` does not name is not looked at.
#[track_caller]
fn check(mill: &Mill, title: &str, expect: Value) {
    let item = mill.item("all", title);
    for (key, expect) in expect.as_object().unwrap() {
        let got = match key.as_str() {
            "authors" => item["authors"]
                .as_array()
                .map(|all| all.iter().map(|one| one["name"].clone()).collect::<Vec<_>>())
                .into(),
            key => item[key].clone(),
        };
        assert_eq!(&got, expect, "`{key}` of {item:#}");
    }
}

#[test]
fn hexo() {
    let mill = mill("blog/source/_posts", "category_lists = \"path\"");
    mill.write(
        "blog/_config.yml",
        "title: Hexo\nurl: https://blog.example.org\nroot: /\npermalink: :year/:month/:day/:title/\nnew_post_name: :title.md\n\
         timezone: Asia/Shanghai\npost_asset_folder: true\n",
    );
    mill.write(
        "blog/source/_posts/新闻/one.md",
        "title: 一\ndate: 2024-01-02 00:30:00\nupdated: 2024-01-03 08:00:00\ncategories:\n  - 金融\n  - 股市\ntags:\n  - a b\n  - 中文\n\
         thumbnail: /img/t.png\nauthor: 张三\n---\n第一段\n<!-- more -->\n第二段\n",
    );
    mill.write(
        "blog/source/_posts/two.md",
        "---\ntitle: Two\ndate: 2024-01-02T10:00:00Z\npermalink: my/own/\nexcerpt: In short\n---\n{% asset_img pic.png A picture %}\n![](other.png)\n",
    );
    mill.write("blog/source/_posts/draft.md", "---\ntitle: Draft\ndraft: true\n---\nx\n");
    mill.write("blog/source/_drafts/not.md", "---\ntitle: Not\n---\nx\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["Two", "一"]);
    check(
        &mill,
        "一",
        json!({
            "url": "https://blog.example.org/2024/01/02/%E6%96%B0%E9%97%BB/one/", "date_published": "2024-01-01T16:30:00Z",
            "date_modified": "2024-01-03T00:00:00Z", "tags": ["金融/股市", "a b", "中文"], "authors": ["张三"],
            "image": "https://blog.example.org/img/t.png", "summary": "第一段",
        }),
    );
    let two = mill.item("all", "Two");
    assert_eq!(two["url"], "https://blog.example.org/my/own/");
    assert_eq!(two["summary"], "In short");
    let body = two["content_html"].as_str().unwrap();
    assert!(body.contains(r#"src="https://blog.example.org/my/own/pic.png" alt="A picture""#), "{body}");
    assert!(body.contains(r#"src="https://blog.example.org/my/own/other.png""#), "{body}");
}

#[test]
fn jekyll() {
    let mill = mill("site", "");
    mill.write(
        "site/_config.yml",
        "title: Jekyll\nurl: https://j.example.org\nbaseurl: /blog\npermalink: pretty\ntimezone: America/New_York\nmarkdown: kramdown\n\
         defaults:\n  - scope: {path: '', type: posts}\n    values: {author: House, layout: post, image: /assets/default.png}\n",
    );
    mill.write(
        "site/Tech/_posts/2024-01-02-hello-world.md",
        "---\ntitle: Hello\ntags: one two\n---\n![a]({{ site.baseurl }}/assets/a.png) ![b]({{ '/assets/b.png' | relative_url }})\n{: .wide}\n",
    );
    mill.write(
        "site/_posts/2024-01-03-second.markdown",
        "---\ntitle: Second\ndate: 2024-01-03 10:00:00\ncategories: life Travel\nauthor: Ann\nimage: /assets/i.png\nlast_modified_at: 2024-01-05\n\
         permalink: /own/:title.html\n---\n{% highlight rust %}\nfn x() {}\n{% endhighlight %}\n[p]({% post_url 2024-01-02-hello-world %})\n",
    );
    mill.write("site/_posts/2024-01-04-no.md", "---\ntitle: No\npublished: false\n---\n");
    // The address of a post holds its categories, which its name does not tell.
    mill.feedmill(&[]).expect(0, &["13:1: the link to `2024-01-02-hello-world` is left as text"]);
    assert_eq!(mill.titles("all"), ["Second", "Hello"]);
    check(
        &mill,
        "Hello",
        json!({
            "url": "https://j.example.org/blog/tech/2024/01/02/hello-world/", "date_published": "2024-01-02T05:00:00Z",
            "tags": ["Tech", "one", "two"], "authors": ["House"], "image": "https://j.example.org/assets/default.png",
        }),
    );
    check(
        &mill,
        "Second",
        json!({
            "url": "https://j.example.org/blog/own/second.html", "date_published": "2024-01-03T15:00:00Z",
            "date_modified": "2024-01-05T05:00:00Z", "tags": ["life", "Travel"], "authors": ["Ann"],
        }),
    );
    let body = mill.item("all", "Hello")["content_html"].as_str().unwrap().to_owned();
    assert!(
        body.contains("https://j.example.org/blog/assets/a.png")
            && body.contains("https://j.example.org/blog/assets/b.png"),
        "{body}"
    );
    assert!(!body.contains("{:") && !body.contains("{{"), "{body}");
    let body = mill.item("all", "Second")["content_html"].as_str().unwrap().to_owned();
    assert!(body.contains("<pre><code class=\"language-rust\">fn x() {}"), "{body}");
}

#[test]
fn a_changed_site_config_reads_its_articles_again_and_ours_goes_first() {
    let mill = mill("site/_posts", "");
    mill.write("site/_config.yml", "permalink: /:title/\nurl: https://a.example.net\nplugins: []\n");
    mill.write("site/_posts/2024-01-02-x.md", "---\ntitle: X\n---\nx\n");
    mill.run();
    let id = mill.item("all", "X")["id"].clone();
    assert_eq!(mill.item("all", "X")["url"], "https://a.example.net/x/");
    mill.write(
        "site/_config.yml",
        "permalink: /new/:title/\nurl: https://a.example.net\nplugins: []\ntimezone: Asia/Tokyo\n",
    );
    mill.run();
    check(
        &mill,
        "X",
        json!({ "url": "https://a.example.net/new/x/", "id": id, "date_published": "2024-01-01T15:00:00Z" }),
    );
    let config = mill
        .read("config.toml")
        .replace("path =", "permalink = \"/p/:slug\"\nbase = \"https://b.example.net/\"\ntimezone = \"UTC\"\npath =");
    mill.write("config.toml", config);
    mill.run();
    check(
        &mill,
        "X",
        json!({ "url": "https://b.example.net/p/x", "id": id, "date_published": "2024-01-02T00:00:00Z" }),
    );
    // One that cannot be read is a warning, and no reason to lose an article.
    mill.write("site/_config.yml", "permalink: [\n");
    let run = mill.feedmill(&[]).expect(0, &["../_config.yml"]);
    assert!(run.stderr.contains("nothing of it counts"), "{}", run.stderr);
    assert_eq!(mill.titles("all"), ["X"]);
}

#[test]
fn hugo() {
    let mill = mill("content", "permalink = \"/posts/:slug/\"");
    mill.write(
        "content/posts/bundle/index.md",
        "+++\ntitle = \"Bundle\"\ndate = 2024-01-02T10:00:00+08:00\nlastmod = 2024-01-04\ncategories = [\"Code\"]\ntags = [\"go\", \"web\"]\n\
         summary = \"Short\"\nauthors = [\"Ann\", \"Bob\"]\nimages = [\"cover.png\"]\n+++\n{{< figure src=\"pic.png\" alt=\"A\" caption=\"C\" >}}\n",
    );
    mill.write("content/posts/bundle/pic.png", "");
    mill.write("content/posts/yaml.md", "---\ntitle: Yaml\ndate: 2024-01-03\nslug: other\nparams:\n  author: Carl\n---\n{{% mybox %}}\nA **note**\n{{% /mybox %}}\n");
    mill.write(
        "content/posts/json.md",
        "{\n  \"title\": \"Json\",\n  \"date\": \"2024-01-01\",\n  \"url\": \"/own/\"\n}\n\nText\n",
    );
    mill.write("content/posts/hidden.md", "---\ntitle: Hidden\nbuild:\n  list: never\n---\n");
    mill.write("content/posts/draft.md", "+++\ntitle = \"Draft\"\ndraft = true\n+++\n");
    mill.write("content/posts/_index.md", "---\ntitle: Section\n---\n");
    let run = mill.feedmill(&[]).expect(0, &[]);
    assert!(run.stderr.contains("`mybox`"), "{}", run.stderr);
    assert_eq!(mill.titles("all"), ["Yaml", "Bundle", "Json"]);
    check(
        &mill,
        "Bundle",
        json!({
            "url": "https://example.org/posts/bundle/", "date_published": "2024-01-02T02:00:00Z", "date_modified": "2024-01-04T00:00:00Z",
            "tags": ["Code", "go", "web"], "authors": ["Ann", "Bob"], "summary": "Short", "image": "https://example.org/posts/bundle/cover.png",
        }),
    );
    let body = mill.item("all", "Bundle")["content_html"].as_str().unwrap().to_owned();
    assert!(
        body.contains("https://example.org/posts/bundle/pic.png") && body.contains("<figcaption>C</figcaption>"),
        "{body}"
    );
    check(&mill, "Yaml", json!({ "url": "https://example.org/posts/other/", "authors": ["Carl"] }));
    assert!(mill.item("all", "Yaml")["content_html"].as_str().unwrap().contains("<strong>note</strong>"));
    check(&mill, "Json", json!({ "url": "https://example.org/own/" }));
}

#[test]
fn zola() {
    let mill = mill("content", "permalink = \"/:title/\"");
    mill.write(
        "content/blog/2024-01-02-first.md",
        "+++\ntitle = \"First\"\nupdated = 2024-02-02\ndescription = \"D\"\n[taxonomies]\ntags = [\"a\"]\ncategories = [\"C\"]\n[extra]\nauthor = \"Ann\"\nimage = \"/i.png\"\n+++\nText\n",
    );
    mill.write(
        "content/blog/second.md",
        "+++\ntitle = \"Second\"\npath = \"2023/05/06/second\"\n+++\n{{/* note */}}Text {{ youtube(id=\"abc\") }}\n",
    );
    mill.write("content/blog/third.md", "+++\ntitle = \"Third\"\ndraft = true\n+++\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["First", "Second"]);
    check(
        &mill,
        "First",
        json!({ "date_published": "2024-01-02T00:00:00Z", "date_modified": "2024-02-02T00:00:00Z", "tags": ["C", "a"], "authors": ["Ann"], "image": "https://example.org/i.png", "summary": "D" }),
    );
    check(
        &mill,
        "Second",
        json!({ "url": "https://example.org/2023/05/06/second", "date_published": "2023-05-06T00:00:00Z" }),
    );
    assert!(mill.item("all", "Second")["content_html"].as_str().unwrap().contains("https://www.youtube.com/embed/abc"));
}

#[test]
fn eleventy() {
    let mill = mill("src/posts", "permalink = \"/posts/:slug/\"");
    mill.write("src/posts/a.md", "---\ntitle: A\ndate: 2024-01-02\ntags:\n  - post\n  - web\ndescription: D\neleventyComputed:\n  x: y\n---\n{% raw %}{{ x }}{% endraw %} and {{ page.url }}\n");
    mill.write("src/posts/b.md", "---\ntitle: B\ndate: git Last Modified\npermalink: /own/b.html\n---\n{% set x = 1 %}{% if x %}Text{% endif %}\n");
    mill.write("src/posts/c.md", "---\ntitle: C\neleventyExcludeFromCollections: true\n---\n");
    mill.write("src/posts/d.md", "---\ntitle: D\npermalink: false\n---\n");
    let run = mill.feedmill(&[]).expect(0, &[]);
    assert!(!run.stderr.contains("is no date"), "{}", run.stderr);
    assert_eq!(mill.titles("all"), ["A", "B"]);
    check(
        &mill,
        "A",
        json!({ "url": "https://example.org/posts/a/", "tags": ["post", "web"], "summary": "D", "content_html": "<p>{{ x }} and</p>" }),
    );
    check(&mill, "B", json!({ "url": "https://example.org/own/b.html", "content_html": "<p>Text</p>" }));
}

#[test]
fn pelican() {
    let mill = mill("content", "permalink = \"/:slug.html\"");
    mill.write(
        "content/first.md",
        "Title: First: a header\nDate: 2024-01-02 10:20\nModified: 2024-01-05 19:30\nCategory: Python\nTags: pelican, publishing tools\nSlug: my-first\n\
         Authors: Alexis, Conan\nSummary: Short version\n\nThis is the *content*.\n",
    );
    mill.write("content/second.md", "Title: Second\nDate: 2024-01-03\nStatus: draft\n\nx\n");
    // MultiMarkdown's is the same.
    mill.write(
        "content/third.md",
        "Title:   Third\nAuthor:  Fletcher\nDate:    2024-01-01\nBase Header Level: 2\nKeywords: x\n  y\n\n# Text\n",
    );
    mill.write("content/fourth.rst", "Fourth\n######\n\n:date: 2024-01-03\n\nText\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["First: a header", "Third"]);
    check(
        &mill,
        "First: a header",
        json!({
            "url": "https://example.org/my-first.html", "date_published": "2024-01-02T10:20:00Z", "date_modified": "2024-01-05T19:30:00Z",
            "tags": ["Python", "pelican", "publishing tools"], "authors": ["Alexis", "Conan"], "summary": "Short version",
            "content_html": "<p>This is the <em>content</em>.</p>",
        }),
    );
    check(&mill, "Third", json!({ "url": "https://example.org/third.html", "authors": ["Fletcher"] }));
}

#[test]
fn astro() {
    let mill = mill("src/content/blog/*.{md,mdx}", "permalink = \"/blog/:name/\"");
    mill.write(
        "src/content/blog/a.mdx",
        "---\ntitle: 'A'\npubDate: 'Jan 02 2024'\nupdatedDate: 'Jan 05 2024'\nheroImage: '/hero.jpg'\ndescription: 'D'\ntags: ['x']\n---\n\
         import Chart from '../components/Chart.astro';\nexport const year = 2024;\n\nBefore\n\n<Chart data={{ a: [1, 2] }} />\n\nAfter <Note>kept</Note>\n\n```js\nimport x from 'y';\n```\n",
    );
    mill.write("src/content/blog/b.md", "---\ntitle: B\npubDate: 2024-01-01\ndraft: true\n---\n");
    let run = mill.feedmill(&[]).expect(0, &[]);
    assert!(run.stderr.contains("`Chart`"), "{}", run.stderr);
    assert_eq!(mill.titles("all"), ["A"]);
    check(
        &mill,
        "A",
        json!({
            "url": "https://example.org/blog/a/", "date_published": "2024-01-02T00:00:00Z", "date_modified": "2024-01-05T00:00:00Z",
            "image": "https://example.org/hero.jpg", "summary": "D", "tags": ["x"],
            "content_html": "<p>Before</p>\n<p>After kept</p>\n<pre><code class=\"language-js\">import x from 'y';\n</code></pre>",
        }),
    );
}

#[test]
fn vuepress() {
    let mill = mill("docs/posts", "permalink = \"/posts/:name.html\"");
    mill.write("docs/posts/a.md", "---\ndate: 2024-01-02\nlastUpdated: 2024-01-06\ntag:\n  - x\ncategory: Y\n---\n\n# The heading\n\n::: tip Good to know\nA **tip**\n:::\n\n::: details\nmore\n:::\n\n[[toc]]\n");
    mill.write("docs/posts/b.md", "---\ntitle: B\nlastUpdated: false\npublish: false\n---\n");
    mill.run();
    assert_eq!(mill.titles("all"), ["The heading"]);
    check(
        &mill,
        "The heading",
        json!({ "date_published": "2024-01-02T00:00:00Z", "date_modified": "2024-01-06T00:00:00Z", "tags": ["Y", "x"] }),
    );
    let body = mill.item("all", "The heading")["content_html"].as_str().unwrap().to_owned();
    assert!(
        body.contains("<strong>Good to know</strong>")
            && body.contains("<strong>tip</strong>")
            && !body.contains(":::"),
        "{body}"
    );
    assert!(!body.contains("[[toc]]"), "{body}");
}

#[test]
fn obsidian() {
    let mill = mill("vault", "permalink = \"/:name/\"");
    mill.write(
        "vault/Note one.md",
        "---\naliases: [First]\ncreated: 2024-01-02T10:00\nmodified: 2024-01-03T10:00\ntags:\n  - '#project/feed'\n  - reading\n---\n\
         See [[Other note]], [[Other note#Part|that part]] and ![[pic one.png|300]]. `[[code]]`\n\n![[Other note]]\n",
    );
    mill.write("vault/Other note.md", "Text without front matter\n");
    mill.write("vault/.obsidian/app.json", "{}");
    let run = mill.feedmill(&[]).expect(0, &["Note one.md:11:1: `![[Other note]]`"]);
    assert!(run.stderr.contains("the links to `Other note` and 1 more are left as text"), "{}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 2);
    let mut titles = mill.titles("all");
    titles.sort();
    assert_eq!(titles, ["Note one", "Other note"]);
    let feed = mill.json("all");
    let note =
        feed["items"].as_array().unwrap().iter().find(|item| item["date_published"] == "2024-01-02T10:00:00Z").unwrap();
    assert_eq!(
        (&note["tags"], &note["date_modified"]),
        (&json!(["project/feed", "reading"]), &json!("2024-01-03T10:00:00Z"))
    );
    let body = note["content_html"].as_str().unwrap();
    assert!(
        body.contains("See Other note, that part and <img") && body.contains("/Note%20one/pic%20one.png"),
        "{body}"
    );
    assert!(body.contains("<code>[[code]]</code>") && !body.contains("![["), "{body}");
}

#[test]
fn private_remarks_of_a_vault_and_links_of_generators() {
    let mill = mill("site", "");
    mill.write("site/_config.yml", "url: https://j.example.org\npermalink: /:year/:title.html\nplugins: []\n");
    mill.write(
        "site/_posts/2024-01-02-second.md",
        "# Second %%working title%%\n\nShown %%secret one%% ==hi== %%\n\nsecret two\n\n%%\n\n[first]({% post_url 2024-01-01-first %}) and \
         [about]({% link about.md %}) and [pelican]({filename}x.md) ![i]({static}/images/a.png)\n\nbefore {% iframe https://e.example/ %} after\n",
    );
    let run = mill.feedmill(&[]).expect(0, &["the links to `about.md` and 1 more are left as text"]);
    assert!(run.stderr.contains("2024-01-02-second.md:9:"), "{}", run.stderr);
    let item = mill.item("all", "Second");
    assert!(!item.to_string().contains("secret") && !item.to_string().contains("working"), "{item:#}");
    let body = item["content_html"].as_str().unwrap();
    for part in [
        "<mark>hi</mark>",
        "<a href=\"https://j.example.org/2024/first.html\">first</a> and about and pelican <img src=\"https://j.example.org/images/a.png\"",
    ] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert_eq!(body.matches("https://e.example/").count(), 2, "{body}");
}

#[test]
fn code_goes_without_the_numbers_of_its_lines() {
    let mill = mill("site", "");
    mill.write(
        "site/a.html",
        "---\ntitle: A\n---\n<figure class=\"highlight js\"><table><tr><td class=\"gutter\"><pre><span class=\"line\">1</span><br></pre></td>\
         <td class=\"code\"><pre><span class=\"line\">let a;</span><br></pre></td></tr></table></figure>\
         <pre><code><span class=\"ln\">1</span><span class=\"cl\">b</span></code></pre>\n",
    );
    mill.run();
    let body = mill.item("all", "A")["content_html"].as_str().unwrap().to_owned();
    assert!(body.contains("<pre><code class=\"language-js\">let a;\n</code></pre>"), "{body}");
    assert!(body.contains("<pre><code>b</code></pre>"), "{body}");
}

#[test]
fn inspect_reads_an_article_as_a_run_does() {
    let mill = mill("site", "");
    let post = "---\ntitle: First\ncategories: tech rust\n---\n[x](y.html)\n";
    mill.write(
        "site/_config.yml",
        "url: https://j.example.org\npermalink: pretty\ntimezone: Asia/Tokyo\nplugins: []\n",
    );
    mill.write("bare/_posts/2024-01-01-first.md", post);
    mill.write("bare/a.md", "---\ntitle: A\nlink: /a\n---\n");
    mill.write("site/life/_posts/2024-01-01-first.md", post);
    mill.run();
    let expect = mill.item("all", "First");
    let items = |inputs: &[&str]| -> Vec<Value> {
        let run = mill.feedmill(&[&["inspect", "--format", "json"], inputs].concat()).expect(0, &[]);
        run.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["items"][0].clone()).collect()
    };
    for item in items(&["site", "site/life", "site/life/_posts", "site/life/_posts/2024-01-01-first.md"]) {
        for key in ["url", "date_published", "tags", "content_html"] {
            assert_eq!(item[key], expect[key], "{item:#}");
        }
    }
    for item in items(&["bare", "bare/_posts", "bare/_posts/2024-01-01-first.md"]) {
        assert_eq!(item["_feedmill"]["categories"], json!([["tech"], ["rust"]]), "{item:#}");
    }
    let run = mill.feedmill(&["inspect", "bare/a.md"]);
    let told = format!("{}{}", run.stdout, run.stderr);
    assert!(told.contains("`/a` is relative and nothing says of what") && !told.contains("scheme"), "{told}");
}

#[test]
fn an_empty_file_is_no_article() {
    let mill = mill("site", "");
    mill.write("site/empty.md", " \n");
    mill.write("site/name only.md", "---\ntitle: Named\ndescription: A *short* `text`\n---\n");
    mill.feedmill(&[]).expect(0, &["empty.md: the file is empty; it is left out"]);
    assert_eq!(mill.titles("all"), ["Named"]);
    assert_eq!(mill.item("all", "Named")["summary"], "A short text");
}
