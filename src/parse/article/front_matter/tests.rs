use super::*;

/// Front matter as JSON, and the body; `-` where there is none; the place of an error.
#[track_caller]
fn check(text: &str, expect: &str, body: &str) {
    let mut warnings = Vec::new();
    let (got, rest) = match read(text, &mut warnings) {
        Ok(Some(front)) => (Node::Table(front.table).into_json().to_string(), front.body),
        Ok(None) => ("-".to_owned(), text),
        Err(error) => (format!("error {}:{}", error.line.unwrap_or_default(), error.column.unwrap_or_default()), ""),
    };
    assert_eq!((got.as_str(), rest), (expect, body), "{text:?}");
}

#[test]
fn yaml_between_fences() {
    check("---\na: b\n---\nbody", r#"{"a":"b"}"#, "body");
    check("\n \n---\na: b\n---\n\nbody\n---\nrest", r#"{"a":"b"}"#, "\nbody\n---\nrest");
    check("---\r\na: b\r\n---\r\nbody\r\n", r#"{"a":"b"}"#, "body\r\n");
    check("--- \na: b\n---  \nbody", r#"{"a":"b"}"#, "body");
    check("---\na: b\n...\nbody", r#"{"a":"b"}"#, "body");
    check("---yaml\na: b\n---\n", r#"{"a":"b"}"#, "");
    check("---\n---\nbody", "{}", "body");
    check("---\na: b\n---", r#"{"a":"b"}"#, "");
    check("----\na: b\n----\nbody", r#"{"a":"b"}"#, "body");
    check("------\na: b\n---\nbody", r#"{"a":"b"}"#, "body");
    check("---\na: |\n  x\n  ---\n  y\n---\nbody", r#"{"a":"x\n---\ny\n"}"#, "body");
}

#[test]
fn the_opening_fence_may_be_missing() {
    check("title: a\ndate: 2024-01-02\n---\nbody", r#"{"title":"a","date":"2024-01-02"}"#, "body");
    check("\ntitle：a\n---\nbody", r#"{"title":"a"}"#, "body");
    check("\"title\": \"a\",\n\"n\": 1\n;;;\nbody", r#"{"title":"a","n":1}"#, "body");
    check("Note: this is a heading\n---\nbody", "-", "Note: this is a heading\n---\nbody");
    check("Author: Bob wrote: this\nand more\n---\nbody", "-", "Author: Bob wrote: this\nand more\n---\nbody");
    check("title: a\nno fence", "-", "title: a\nno fence");
    // Pelican's header, and a rule in the body.
    check("Title: a\n\n- x\n\n---\nbody", "-", "Title: a\n\n- x\n\n---\nbody");
    check("title: [a\nx: y\n---\nbody\n\n", "error 2:2", "");
    check("A heading\n---\nbody", "-", "A heading\n---\nbody");
}

#[test]
fn json_and_toml() {
    check("{\n  \"a\": \"b\",\n  \"c\": [1, 2]\n}\n\nbody", r#"{"a":"b","c":[1,2]}"#, "\nbody");
    check(";;;\n\"a\": \"b\"\n;;;\nbody", r#"{"a":"b"}"#, "body");
    check(";;;\n{\"a\": \"b\"}\n;;;\nbody", r#"{"a":"b"}"#, "body");
    check("---json\n{\"a\": 1}\n---\nbody", r#"{"a":1}"#, "body");
    check("---\n{\"a\": 1}\n---\nbody", r#"{"a":1}"#, "body");
    check(
        "+++\nz = \"b\"\na = 1979-05-27T07:32:00Z\n[t]\nx = 1.50\n+++\nbody",
        r#"{"z":"b","a":"1979-05-27T07:32:00Z","t":{"x":1.5}}"#,
        "body",
    );
    check("{% include x %}\nbody", "-", "{% include x %}\nbody");
    check("{{< x >}}", "-", "{{< x >}}");
    check("{:toc}", "-", "{:toc}");
}

#[test]
fn prose_is_no_front_matter() {
    check("", "-", "");
    check("---", "-", "---");
    check("---\n\nA rule, then text\n", "-", "---\n\nA rule, then text\n");
    check("---\nfoo @ bar\n---\nx", "-", "---\nfoo @ bar\n---\nx");
    check("---foo\n---\nbar", "-", "---foo\n---\nbar");
    check("------\nfoo\n---\nbar", "-", "------\nfoo\n---\nbar");
}

#[test]
fn errors_have_their_place_in_the_file() {
    check("---\ntitle: x\n\nbody", "error 1:1", "");
    check("\n\n---\ntitle: x\nbody", "error 3:1", "");
    check("+++\na = 1\nbody", "error 1:1", "");
    check("+++\na = 1\nb = \n+++\n", "error 3:5", "");
    check("\n---\na: 1\nb: {x\n---\n", "error 5:1", "");
    check("{\n  \"a\": x\n}\n", "error 2:8", "");
    let large = format!("---\na: {}\n---\n", "x".repeat(70_000));
    check(&large, "error 2:1", "");
    let deep = format!("{{\"a\": {}{}}}\n", "[".repeat(60), "]".repeat(60));
    check(&deep, "error 1:1", "");
}

#[test]
fn errors_say_what_to_do() {
    let check = |text: &str, expect: &str| {
        let error = read(text, &mut Vec::new()).unwrap_err();
        assert!(error.message.contains(expect), "{text:?}: {}", error.message);
    };
    check("---\ntitle: a\nthe author said: hello: there\n---\n", "a value with `: ` in it needs quotes");
    check("---\ntitle: a\n\ttags: [x]\n---\n", "indented with a tab");
    check("---\ntitle: [open\n---\n", "not closed with `]`");
    check("+++\ntitle = “x”\n+++\n", "curly quotes");
}

#[test]
fn mended_lines_say_how_they_are_read() {
    let check = |text: &str, expect: &str| {
        let mut warnings = Vec::new();
        read(text, &mut warnings).unwrap().unwrap();
        assert_eq!(warnings[0].message, expect, "{text:?}");
    };
    check(
        "---\ntitle: a: b\n---\n",
        "`title: a: b` is no YAML: a value with `: ` in it needs quotes; it is read as text",
    );
    check(
        "---\ntags:\n\t- x\n---\n",
        "`- x` is indented with a tab, which YAML does not allow; it is read as two spaces",
    );
    check(
        "---\ntitle: @x\n---\n",
        "`title: @x` is no YAML: a value that begins with `@`, `%` or another mark of YAML needs quotes; it is read as text",
    );
}

#[test]
fn keys_have_their_place() {
    let mut warnings = Vec::new();
    let front = read("\n---\n# x\ntitle: a\n  date : b\n---\n", &mut warnings);
    assert!(front.is_err());
    let front = read("\n---\n# x\ntitle: a\n\"date\" : b\n---\n", &mut warnings).unwrap().unwrap();
    assert_eq!((front.place("title"), front.place("date"), front.place("none")), ((4, 1), (5, 2), (3, 1)));
}

#[test]
fn headers_without_fences() {
    let check = |text: &str, expect: &str, body: &str| {
        let got = header(text).map(|front| (Node::Table(front.table).into_json().to_string(), front.body));
        let expect = (expect != "-").then(|| (expect.to_owned(), body));
        assert_eq!(got, expect, "{text:?}");
    };
    check("Title: My post\nDate: 2010-12-03 10:20\n\nBody", r#"{"Title":"My post","Date":"2010-12-03 10:20"}"#, "Body");
    check("title:   a: b\r\nTags: x, y\r\n\r\nBody\r\n", r#"{"title":"a: b","Tags":["x","y"]}"#, "Body\r\n");
    check(
        "Title: a\nSummary: one\n    two\nBase Header Level: 2\n\n",
        r#"{"Title":"a","Summary":"one\ntwo","Base Header Level":"2"}"#,
        "",
    );
    check("Title: a", r#"{"Title":"a"}"#, "");
    check("Note: prose\n\nBody", "-", "");
    check("Title: a\nprose goes on\n\nBody", "-", "");
    check("  Title: a\n\n", "-", "");
    check("", "-", "");
    check("http://a.example\nTitle: a\n\n", "-", "");
}
