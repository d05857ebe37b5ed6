//! Articles that cannot be read: each is a warning with its file and line, and costs nobody else anything.

use crate::mill::Mill;
use std::time::Instant;

#[test]
fn front_matter_that_cannot_be_read_is_a_warning_with_its_place() {
    let mill = Mill::of_posts();
    mill.post("Good", "2024-01-02", &["A"], "text");
    let mut laughs = "---\ntitle: Bomb\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        laughs.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", ")));
    }
    mill.write("posts/bomb.md", laughs + "---\nx\n");
    mill.write("posts/deep.md", format!("---\ntitle: Deep\nx: {}{}\n---\n", "[".repeat(10_000), "]".repeat(10_000)));
    let indented: String = (0..100).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    mill.write("posts/indented.md", format!("---\n{indented}---\nx\n"));
    mill.write(
        "posts/deep-json.md",
        format!("{{\"title\": \"x\",\n\"a\": {}{}}}\n", "[".repeat(10_000), "]".repeat(10_000)),
    );
    mill.write(
        "posts/deep-toml.md",
        format!("+++\ntitle = \"x\"\na = {}{}\n+++\n", "[".repeat(10_000), "]".repeat(10_000)),
    );
    mill.write("posts/open.md", "---\ntitle: Open\n\nNo end\n");
    mill.write("posts/long.md", format!("---\ntitle: Long\nx: {}\n---\nx\n", "y".repeat(5 << 20)));
    mill.write("posts/date.md", "---\ntitle: Date\ndate: someday\nlink: /d/\n---\nx\n");
    mill.write("posts/crlf.md", "---\r\ntitle: Crlf\r\ndate: 2024-01-03\r\n---\r\nx\r\n");
    mill.write("posts/bom.md", "\u{feff}---\ntitle: Bom\ndate: 2024-01-04\n---\nx\n");
    let begun = Instant::now();
    let run = mill.feedmill(&[]).expect(
        0,
        &[
            "bomb.md:",
            "deep.md:3:",
            "indented.md:",
            "deep-json.md:2:",
            "deep-toml.md:",
            "open.md:1:1:",
            "long.md:2:1:",
            "date.md:3:1:",
        ],
    );
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert_eq!(run.stderr.lines().filter(|line| line.starts_with("warning: ")).count(), 8, "{}", run.stderr);
    let mut titles = mill.titles("all");
    titles.sort();
    assert_eq!(titles, ["Bom", "Crlf", "Date", "Good"]);
    // The next run tells nothing anew, and a mended file comes back.
    mill.run();
    mill.write("posts/open.md", "---\ntitle: Open\ndate: 2024-01-05\n---\nAn end\n");
    mill.run();
    assert!(mill.titles("all").contains(&"Open".to_owned()));
}

#[test]
fn a_tag_that_goes_is_a_warning_with_its_line_and_counted_later() {
    let mill = Mill::of_posts();
    mill.write(
        "posts/a.md",
        "---\ntitle: A\ndate: 2024-01-02\n---\n\nText\n\n{% odd thing %}\n\n```\n{% shown %}\n```\n",
    );
    mill.feedmill(&[])
        .expect(0, &["warning: posts: a.md:8:1: `odd` is known to the site's generator only; it is left out"]);
    let body = mill.item("all", "A")["content_html"].as_str().unwrap().to_owned();
    assert_eq!(body, "<p>Text</p>\n<pre><code>{% shown %}\n</code></pre>");
    mill.run();
}
