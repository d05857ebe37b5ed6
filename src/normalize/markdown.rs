//! Markdown → HTML, not yet sanitized: CommonMark with the extensions of GitHub and emphasis that Chinese,
//! Japanese and Korean text can use.

use comrak::Options;
use std::sync::LazyLock;

static OPTIONS: LazyLock<Options<'static>> = LazyLock::new(|| {
    let mut options = Options::default();
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.description_lists = true;
    options.extension.cjk_friendly_emphasis = true;
    // Raw HTML passes: what comes out is sanitized as a whole.
    options.render.r#unsafe = true;
    options
});

/// HTML of a Markdown text. Checkboxes become signs, for forms are not allowed in feeds.
pub(super) fn to_html(markdown: &str) -> String {
    let html = comrak::markdown_to_html(markdown, &OPTIONS);
    if !html.contains("<input type=\"checkbox\"") {
        return html;
    }
    html.replace("<input type=\"checkbox\" checked=\"\" disabled=\"\" />", "☑")
        .replace("<input type=\"checkbox\" disabled=\"\" />", "☐")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(markdown: &str, expect: &str) {
        assert_eq!(to_html(markdown).trim_end(), expect, "{markdown}");
    }

    #[test]
    fn dialect() {
        check("**这是中文。**后文", "<p><strong>这是中文。</strong>后文</p>");
        check("~~a~~", "<p><del>a</del></p>");
        check("# a", "<h1>a</h1>");
        check("```rust\nx\n```", "<pre><code class=\"language-rust\">x\n</code></pre>");
        check("https://a.example", "<p><a href=\"https://a.example\">https://a.example</a></p>");
        check("<div>x</div>", "<div>x</div>");
        check("- [ ] a\n- [x] b", "<ul>\n<li>☐ a</li>\n<li>☑ b</li>\n</ul>");
        check("term\n: what it is", "<dl>\n<dt>term</dt>\n<dd>what it is</dd>\n</dl>");
        assert!(to_html("|a|\n|-|\n|b|").contains("<td>b</td>"));
        assert!(to_html("a[^1]\n\n[^1]: note").contains("note"));
    }

    #[test]
    fn hostile_nesting_ends() {
        for markdown in [
            ">".repeat(5_000),
            ": ".repeat(2_000),
            "a\n: ".repeat(2_000),
            "[".repeat(5_000),
            "*a ".repeat(5_000),
            "- ".repeat(2_000),
            "`".repeat(5_000),
        ] {
            to_html(&markdown);
        }
    }
}
