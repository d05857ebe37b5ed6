use super::*;
use proptest::prelude::*;

/// The body of an article at `https://s.example/blog/2024/p/` of a site at `https://s.example/blog/`, and the names that went.
fn run(body: &str, markup: Markup, is_mdx: bool) -> (String, String) {
    let (site, assets) =
        ("https://s.example/blog/".parse().unwrap(), "https://s.example/blog/2024/p/".parse().unwrap());
    let posts = Posts::new("/blog/", "/:year/:slug/");
    let on = Surroundings { site: &site, assets: &assets, is_mdx, posts: posts.as_ref() };
    let (out, dropped) = replace_all(body, markup, on);
    let dropped: Vec<String> = dropped
        .iter()
        .map(|dropped| {
            format!("{}:{}", dropped.name, dropped.line)
                + &if dropped.links > 1 { format!("+{}", dropped.links - 1) } else { String::new() }
        })
        .collect();
    (out.into_owned(), dropped.join(" "))
}

#[track_caller]
fn check(body: &str, expect: &str) {
    assert_eq!(run(body, Markup::Markdown, false), (expect.to_owned(), String::new()), "{body}");
}

#[track_caller]
fn dropping(body: &str, expect: &str, dropped: &str) {
    assert_eq!(run(body, Markup::Markdown, false), (expect.to_owned(), dropped.to_owned()), "{body}");
}

#[test]
fn tags_of_hexo() {
    check("{% raw %}{{ x }}{% endraw %}", "{{ x }}");
    check(
        "{% codeblock T lang:js %}\n{{ a.b }}\n\nx\n{% endcodeblock %}",
        "\n\n<pre><code class=\"language-js\">{{ a.b }}\n\nx\n</code></pre>\n\n",
    );
    check("{% asset_img a.png 图一 %}", "<img src=\"https://s.example/blog/2024/p/a.png\" alt=\"图一\"><!-- -->");
    check("![]({% asset_path a.png %})", "![](https://s.example/blog/2024/p/a.png)");
    check("{% asset_link a.pdf The paper %}", "<a href=\"https://s.example/blog/2024/p/a.pdf\">The paper</a>");
    check(
        "{% img left /a.png 600 400 'A title' %}",
        "<img src=\"https://s.example/blog/a.png\" alt=\"A title\"><!-- -->",
    );
    check("{% link Hexo https://hexo.io true %}", "<a href=\"https://hexo.io\">Hexo</a>");
    check("{% youtube dQw4 %}", "<iframe src=\"https://www.youtube.com/embed/dQw4\"></iframe>\n\n");
    check("a {% iframe https://e.example/ %} b", "a <iframe src=\"https://e.example/\"></iframe>\n\n b");
    dropping("{% post_link slug 标题 %} {% post_link other %}", "标题 other", "slug:1+1");
    check(
        "{% blockquote Ann, A book %}\nx\n{% endblockquote %}",
        "\n\n<blockquote>\n\n\nx\n\n\n<p>— Ann, A book</p>\n\n</blockquote>\n\n",
    );
    check("{% note info %}\n**x**\n{% endnote %}y", "\n\n<blockquote>\n\n\n**x**\n\n\n</blockquote>\n\ny");
    check(
        "{% tabs a %}\n<!-- tab One@icon -->\nx\n<!-- endtab -->\n{% endtabs %}",
        "\n\n\n\n\n\n\n<p><strong>One</strong></p>\n\n\nx\n\n\n\n",
    );
    check("<!-- tab x -->{% raw %}{% endraw %}", "<!-- tab x -->");
    check("{% gist abc %}", "<a href=\"https://gist.github.com/abc\">https://gist.github.com/abc</a>");
    check("{% jsfiddle u/x result %}", "<a href=\"https://jsfiddle.net/u/x/\">https://jsfiddle.net/u/x/</a>");
    check("{% btn /a, Go, home %}", "<a href=\"/a\">Go</a>");
    check("{% endnote %}{% else %}", "");
    dropping("a\n{% include_code x.js %}b\n{% include_code y.js %}", "a\nb\n", "include_code:2");
}

#[test]
fn tags_of_jekyll() {
    dropping("a {% include x.html %}b", "a b", "include:1");
    check("{%- comment -%}x{%- endcomment -%}y", "y");
    check(
        "{% highlight rust linenos %}\na < b\n{% endhighlight %}",
        "\n\n<pre><code class=\"language-rust\">a &lt; b\n</code></pre>\n\n",
    );
    check("![]({{ site.baseurl }}/a.png) {{site.url}}", "![](/blog/a.png) https://s.example");
    check("{{ '/a.png' | relative_url }} {{ \"a.png\" | absolute_url }}", "/blog/a.png https://s.example/blog/a.png");
    check("{{ '/a.png' | prepend: site.baseurl | prepend: site.url }}", "https://s.example/blog/a.png");
    check("[x]({% post_url 2024-01-02-x %}#a) {% link _posts/2024-01-02-y.md %}", "[x](/blog/2024/x/#a) /blog/2024/y/");
    check("[x]({{ site.baseurl }}{% post_url 2024-01-02-x %})", "[x](/blog/2024/x/)");
    dropping("[x]({{ site.baseurl }}{% link a/y.md %}#b) z", "[x]() z", "a/y.md:1");
    dropping("See {% link a/y.md %}\n\n[x]: {% link z.md %}", "See y\n\n[x]: <>", "a/y.md:1+1");
    check("Text\n{: .note #id}\n\n* toc\n{:toc}\n\n*a*{:.b} {: .no", "Text\n\n\n* toc\n\n\n*a* {: .no");
    dropping("{% for p in site.posts %}{% for x in p %}{{ x.y }}{% endfor %}<li>{% endfor %}z", "z", "for:1");
    dropping("{% if a %}x{% else %}y{% endif %}{{ page.title }}", "xy", "if:1 page.title:1");
}

#[test]
fn html_that_holds_markdown_or_a_formula() {
    check("<div class=\"a\" markdown=\"1\">\n*x*\n</div>", "<div class=\"a\">\n\n\n*x*\n</div>");
    check("<div markdown=1>*x*</div> y", "<div>\n\n*x*\n\n</div> y");
    for body in
        ["<div markdown=\"0\">x</div>", "<div data=\"math/tex\">", "<span markdown=\"1\">", "`<div markdown=\"1\">`"]
    {
        check(body, body);
    }
    let math = |open, close| format!("a &#92;&#{open}; x&#95;1&#60;y &#92;&#{close};b");
    check("a <script type=\"math/tex\">x_1<y</script>b", &math(40, 41));
    check("a <script type=\"math/tex; mode=display\">% <![CDATA[\nx_1<y %]]></script>b", &math(91, 93));
    assert_eq!(run("a <script type=\"math/tex\">x_1<y</script>b", Markup::Html, false).0, math(40, 41));
    check("<script type=\"math/tex\">x", "<script type=\"math/tex\">x");
}

#[test]
fn shortcodes_of_hugo_and_zola() {
    check("{{< highlight go >}}x{{< /highlight >}}", "\n\n<pre><code class=\"language-go\">x\n</code></pre>\n\n");
    check(
        "{{< figure src=\"/a b.png\" alt=\"x\" caption='y' >}}",
        "<figure><img src=\"https://s.example/blog/a%20b.png\" alt=\"x\"><figcaption>y</figcaption></figure>\n\n",
    );
    check(
        "{{< figure src=\"p.png\" link=\"https://x.example/\" >}}",
        "<a href=\"https://x.example/\"><img src=\"https://s.example/blog/2024/p/p.png\" alt=\"\"><!-- --></a>",
    );
    dropping("[x]({{< ref \"a.md\" >}})", "[x]()", "a.md:1");
    dropping("a\n<a href=\"{{< relref \"/b/c.md#d\" >}}\">x</a>", "a\n<a href=\"\">x</a>", "/b/c.md#d:2");
    dropping("[x](@/blog/other.md#y) a@/b [x]: @/c", "[x]() a@/b [x]: <>", "blog/other.md#y:1+1");
    check("{{< tweet user=\"A\" id=\"1\" >}}", "<a href=\"https://x.com/A/status/1\">https://x.com/A/status/1</a>");
    check("{{< vimeo 12 >}}", "<iframe src=\"https://player.vimeo.com/video/12\"></iframe>\n\n");
    check("a{{/* note */}}b", "ab");
    check("{{</* figure src=\"x\" */>}}", "{{&lt; figure src=&quot;x&quot; &gt;}}");
    check(
        "{{< details summary=\"More\" >}}x{{< /details >}}",
        "\n\n<details><summary>More</summary>\n\nx\n\n</details>\n\n",
    );
    check("{{ youtube(id=\"abc\") }}", "<iframe src=\"https://www.youtube.com/embed/abc\"></iframe>\n\n");
    dropping("{{% box %}}\n**x**\n{{% /box %}}", "\n**x**\n", "box:1");
    dropping("{{ gallery(x=1) }}", "", "gallery:1");
}

#[test]
fn containers_and_callouts() {
    check(
        "::: tip Know\nx\n:::\ny",
        "\n\n<blockquote>\n\n\n\n<p><strong>Know</strong></p>\n\n\nx\n\n\n</blockquote>\n\n\ny",
    );
    check(
        ":::: details\n::: warning\nx\n:::\n::::\n",
        "\n\n<details><summary>Details</summary>\n\n\n\n\n<blockquote>\n\n\nx\n\n\n</blockquote>\n\n\n\n\n</details>\n\n\n",
    );
    dropping("[[x1]]\n:::\n", "x1\n:::\n", "x1:1");
    check("> [!note] A title\n> x\n> [!tip]-\n", "> **A title**  \n> x\n> **Tip**  \n");
    check("[TOC]\n\n[[toc]]\ntext [toc]", "\n\n\ntext [toc]");
}

#[test]
fn links_of_wikis() {
    dropping("[[Page]] [[Page#Part]] [[#Part]] [[Page|label, more]]", "Page Page Part label, more", "Page:1+2");
    check("[[#Part]]", "Part");
    check("![[a b.png|300]]", "<img src=\"https://s.example/blog/2024/p/a%20b.png\" alt=\"\"><!-- -->");
    check("![[a.png|A view]]", "<img src=\"https://s.example/blog/2024/p/a.png\" alt=\"A view\"><!-- -->");
    dropping("![[Other note#x]]", "", "![[Other note]]:1");
    check("x[[i]] y()[[k]] [[1]]", "x[[i]] y()[[k]] [[1]]");
    dropping("见[[页]]", "见页", "页:1");
    check("[[1]](u) [[a, b], [c]] [[ -f x ]] [[1, 2]] [[x]: y", "[[1]](u) [[a, b], [c]] [[ -f x ]] [[1, 2]] [[x]: y");
}

#[test]
fn what_only_the_author_of_a_note_sees() {
    check("%%a%% b %%c %% d%%", " b  d%%");
    check("a\n%%\nprivate\n\n# too\n%%\nb", "a\n\nb");
    check("> %%x%%\n> y", "> \n> y");
    check("中文 %%x%%。", "中文 。");
    for body in ["`%%x%%`", "```\n%%x%%\n```\n", "a%%20b%%20c", "50 %% of", "    %%x%%\n", "100%% and 200%%"] {
        check(body, body);
    }
    assert_eq!(run("<p>%%x%%</p>", Markup::Html, false).0, "<p>%%x%%</p>");
    check("==hi== 中==文==字 ==*a* b==.", "<mark>hi</mark> 中<mark>文</mark>字 <mark>*a* b</mark>.");
    for body in ["a==b and c==d", "a == b == c", "Title\n=====\n", "====", "`==x==`", "==x\n==y", "== x==", "f(==)"] {
        check(body, body);
    }
    check("Text ^a1b2c3\n\n- x ^an-id\n- y\n\n^table1\n", "Text \n\n- x \n- y\n\n\n");
    for body in ["x ^2\n", "x ^10\n", "a ^note b", "[^abc]\n", "a^abc\n", "x ^abc\nmore"] {
        check(body, body);
    }
}

#[test]
fn addresses_of_pelican() {
    check("![a]({static}/images/a.png) [b]({attach}b.pdf)", "![a](https://s.example/blog/images/a.png) [b](b.pdf)");
    check(
        "![a](|static|/a.png)\n<img src=\"{static}/a.png\">",
        "![a](https://s.example/blog/a.png)\n<img src=\"https://s.example/blog/a.png\">",
    );
    dropping("[x]({filename}../o.md#a) [y](|filename|p.md \"t\")", "[x]() [y](<> \"t\")", "../o.md#a:1+1");
    dropping("[x]: {filename}o.md\n", "[x]: <>\n", "o.md:1");
    check("| a | {static} | @/x | {filename}x.md", "| a | {static} | @/x | {filename}x.md");
    assert_eq!(
        run("<a href='{filename}/o.md'>x</a>", Markup::Html, false),
        ("<a href=''>x</a>".into(), "o.md:1".into())
    );
}

#[test]
fn components_of_mdx() {
    let check = |body: &str, expect: &str, dropped: &str| {
        assert_eq!(run(body, Markup::Markdown, true), (expect.to_owned(), dropped.to_owned()), "{body}");
    };
    check("import A from './a';\nexport const x = {\n  a: 1,\n};\n\nText {x.a}\n", "\nText \n", "{…}:6");
    check("import duties rose.\n", "import duties rose.\n", "");
    check("<A b={{ c: '>' }} d=\">\" /> <B>in</B> <b>bold</b>", " in <b>bold</b>", "A:1 B:1");
    check("<A\n  b={1}\n>x</A>{/* no */}", "x", "A:1");
    check("`<A />` a < B", "`<A />` a < B", "");
    assert_eq!(run("<A /> {x}", Markup::Markdown, false).0, "<A /> {x}");
}

#[test]
fn what_is_no_tag_stays() {
    for body in [
        "$x^{{2}}$",
        "`{% raw %}` and ``{{ a }}``",
        "<pre>{% if %}</pre>",
        "<pre class=\"x\">{{ a.b }} [[x]]</pre>",
        "~~~\n{% x %}\n~~~\n",
        "```liquid\n{% if %}\n::: tip\n{{< x >}}\n```\n",
        "    {% x %}\n\n    {{ a.b }}\n",
        "text\n\n\t{% x %}\n\t{% y %}",
        "- item\n\ntext\n\n    {% x %}",
        "{% never ends",
        "a ::: b",
        "![x](y) [z] {a}",
        "{",
        "{{",
        "[[",
    ] {
        check(body, body);
    }
    check(
        "- item\n\n    {% raw %}x{% endraw %}\n\n  more\n\n    {% raw %}y{% endraw %}",
        "- item\n\n    x\n\n  more\n\n    y",
    );
    check("text\n    {% raw %}x{% endraw %}", "text\n    x");
    check("a ` b {% raw %}{% endraw %}", "a ` b ");
    check("~~a~~ {{ site.url }}", "~~a~~ https://s.example");
    let long = format!("{{% {} %}}", "x".repeat(3000));
    check(&long, &long);
    // In HTML there is no Markdown to look for.
    assert_eq!(
        run("<p>[[x]] {: .a} {{ site.url }}</p>", Markup::Html, false).0,
        "<p>[[x]] {: .a} https://s.example</p>"
    );
    assert_eq!(run("{% x %}", Markup::Text, false).0, "{% x %}");
}

#[test]
fn lines_are_counted_and_kinds_are_told_once() {
    dropping(
        "\n\n{% a %}\n{% b %}\n{% a %}\n```\n{% c %}\n```\n{% d %}",
        "\n\n\n\n\n```\n{% c %}\n```\n",
        "a:3 b:4 d:9",
    );
    let many: String = (0..100).map(|n| format!("{{% tag{n} %}}")).collect();
    assert_eq!(run(&many, Markup::Markdown, false).1.split(' ').count(), MAX_TOLD);
}

#[test]
fn hostile_bodies_take_linear_time() {
    for piece in [
        "{%",
        "{{",
        "{{<",
        "{% raw %}",
        "{% note %}",
        "[[",
        "![[",
        "{:",
        "<A ",
        "{",
        "`",
        "::: x\n",
        "{% for %}",
        "> [!",
        "<!--",
        " %%a",
        " ==a",
        " ^abc",
        "](@/",
        "](",
        "[x]({% link a %}",
        "<div markdown=1>",
        "<script type=math/tex>",
    ] {
        let body = piece.repeat(60_000 / piece.len());
        let begun = std::time::Instant::now();
        let body = format!("{{% tabs %}}{body}");
        run(&body, Markup::Markdown, true);
        run(&body, Markup::Html, false);
        // A debug build on a busy machine.
        assert!(begun.elapsed().as_secs() < 10, "{piece}: {:?}", begun.elapsed());
    }
}

proptest! {
    #[test]
    fn never_panics(body in "(\\{%|%\\}|\\{\\{<|>\\}\\}|\\{\\{|\\{\\{%|/\\*|\\*/| |\\}\\}|raw|endraw|img|note|for|endfor|tabs|figure|=|\"|'|`|```|~~~|\n|中|<pre>|</pre>|a\\.b|\\[\\[|\\]\\]|!|:::|\\{:|\\}|> \\[!|<A|>|import \\{|\\(|%%|==|\\^ab|@/|\\]\\(|\\{static\\}|\\{filename\\}|\\{% link |post_url 2024-01-02-x){0,40}") {
        for is_mdx in [false, true] {
            run(&body, Markup::Markdown, is_mdx);
            run(&body, Markup::Html, is_mdx);
        }
    }
}

#[test]
fn components_without_an_end_are_text() {
    let body = "<A{>".repeat(20_000);
    assert_eq!(run(&body, Markup::Markdown, true), (body.clone(), String::new()));
    assert_eq!(run("<A{>}>x</A><b>", Markup::Markdown, true).0, "x<b>");
}
