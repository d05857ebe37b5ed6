use super::*;
use proptest::prelude::*;

/// The JSON that the fast reader makes of a text; none where it leaves that to the crate.
pub(in crate::parse::article) fn by_the_fast_reader(text: &str) -> Option<String> {
    fast::read(text).map(json)
}

/// The JSON that the crate makes of it.
pub(in crate::parse::article) fn by_the_crate(text: &str) -> String {
    general(&clean(text)).map(|node| node.into_json().to_string()).unwrap_or_else(|fault| fault.message)
}

fn json(table: Table<'_>) -> String {
    Node::Table(table).into_json().to_string()
}

/// What the whole reader makes of a text: JSON and the number of warnings, or the place of the error.
fn outcome(text: &str) -> String {
    let mut warnings = Vec::new();
    match read(text, 2, &mut warnings) {
        Ok(Some(table)) if warnings.is_empty() => json(table),
        Ok(Some(table)) => {
            let places: Vec<String> =
                warnings.iter().map(|warning| format!("{}", warning.line.unwrap_or_default())).collect();
            format!("{} warned {}", json(table), places.join(","))
        }
        Ok(None) => "no table".to_owned(),
        Err(error) => {
            assert_eq!(error.class, "front-matter");
            format!("error {}:{}", error.line.unwrap_or_default(), error.column.unwrap_or_default())
        }
    }
}

#[track_caller]
fn check(text: &str, expect: &str) {
    assert_eq!(outcome(text), expect, "{text:?}");
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(outcome(&crlf), expect, "{crlf:?}");
}

#[test]
fn scalars_keep_their_text() {
    let mut warnings = Vec::new();
    let text = "a: 007\nb: 1.10\nc: yes\nd: True\ne: ~\nf: 0x1F\ng: 2016-01-02\nh: [1.0, null, on, 0o7]\ni: 12345678901234567890123\n2024: x";
    let table = read(text, 1, &mut warnings).unwrap().unwrap();
    let texts: Vec<String> = table
        .iter()
        .map(|(key, node)| match node {
            Node::Scalar(_, text) => format!("{key}={text}"),
            Node::List(nodes) => {
                let texts = nodes.iter().map(|node| if let Node::Scalar(_, text) = node { text.as_ref() } else { "?" });
                format!("{key}={}", texts.collect::<Vec<_>>().join("|"))
            }
            Node::Table(_) => "?".to_owned(),
        })
        .collect();
    assert_eq!(
        texts.join(" "),
        "a=007 b=1.10 c=yes d=True e=~ f=0x1F g=2016-01-02 h=1.0|null|on|0o7 i=12345678901234567890123 2024=x"
    );
}

#[test]
fn what_is_yaml_is_read() {
    check("", "{}");
    check("# nothing\n", "{}");
    check("a: b\n", r#"{"a":"b"}"#);
    check("a: 'it''s'\nb: \"x\"\nc:\n - 1\n - two\n", r#"{"a":"it's","b":"x","c":[1,"two"]}"#);
    check("a: >\n  folded\n  text\nb: |\n  lines\n", r#"{"a":"folded text\n","b":"lines\n"}"#);
    check("a:\n  b: {c: [d]}\n", r#"{"a":{"b":{"c":["d"]}}}"#);
    check("a: !ruby/object:Date 2024\nb: !x [1]\n", r#"{"a":2024,"b":[1]}"#);
    check("base: &b {x: 1, y: 2}\nuse:\n  <<: *b\n  y: 3\n", r#"{"base":{"x":1,"y":2},"use":{"y":3,"x":1}}"#);
    check("a: \"\\u00e9\"\n", r#"{"a":"é"}"#);
    check("a: x\u{8}y\u{2028}z\n", r#"{"a":"xy z"}"#);
    check("a: 1\na: 2\n", r#"{"a":2}"#);
    check("- a\n- b\n", "no table");
    check("just text\n", "no table");
    check("a http://x.org b\n", "no table");
}

#[test]
fn slips_are_mended() {
    check("title: Foo: Bar\ndate: 2024-01-02\n", r#"{"title":"Foo: Bar","date":"2024-01-02"} warned 2"#);
    check("a: 1\ntitle: @x\n", r#"{"a":1,"title":"@x"} warned 3"#);
    check("title: %x\n", r#"{"title":"%x"} warned 2"#);
    check("title: `x` y\n", r#"{"title":"`x` y"} warned 2"#);
    check("title:foo\ndate: 2024-01-02\n", r#"{"title":"foo","date":"2024-01-02"} warned 2"#);
    check("title：foo\ndate: 2024-01-02\n", r#"{"title":"foo","date":"2024-01-02"} warned 2"#);
    check("tags:\n\t- a\n\t- b\n", r#"{"tags":["a","b"]} warned 3,4"#);
    check("title: \"a\" b\nx: y\n", r#"{"title":"\"a\" b","x":"y"} warned 2"#);
    check("title: 'it's'\nx: y\n", r#"{"title":"it's","x":"y"} warned 2"#);
    check("title: \"C:\\windows\"\n", r#"{"title":"C:\\windows"} warned 2"#);
    check("title: \"\\ud83d\\ude00\"\n", r#"{"title":"😀"} warned 2"#);
    check("title: [Note] abc\nx: y\n", r#"{"title":"[Note] abc","x":"y"} warned 2"#);
    check("tags: [a, @b, c: d]\n", r#"{"tags":["a","@b","c: d"]} warned 2"#);
    check("title:foo\n", r#"{"title":"foo"} warned 2"#);
    check("title: *star*\n", r#"{"title":"*star*"} warned 2"#);
    check("a: b: c\nd: e: f\n", r#"{"a":"b: c","d":"e: f"} warned 2,3"#);
}

#[test]
fn what_cannot_be_mended_is_an_error_with_its_place() {
    check("a: 1\nb: [1, 2\n", "error 4:1");
    check("a: b\n  c: d: [\n", "error 3:4");
    let deep = format!("a: {}1{}", "[".repeat(40), "]".repeat(40));
    assert!(outcome(&deep).starts_with("error 2:"), "{}", outcome(&deep));
}

#[test]
fn aliases_are_paid_for_as_often_as_they_are_used() {
    let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(40_000), vec!["*a"; 500].join(", "));
    assert!(outcome(&long).starts_with("error "));
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
    }
    assert!(outcome(&laughs).starts_with("error "));
    check("a: &a x\nb: [*a, *a]\n", r#"{"a":"x","b":["x","x"]}"#);
}

#[test]
fn the_fast_reader_takes_what_nearly_all_files_hold() {
    let text = "title: '标题 with ''quotes'''\ncategories: \n - 金融\n - 新浪财经\nheadimg: 'https://example.org/a.png'\nauthor: Ann\n\
                comments: false\ndate: Tue, 02 Jan 2024 10:00:00 GMT\ntags: [a, \"b c\", 'd']\nweight: 12\nlayout: post\n\n# done\n";
    assert!(fast::read(text).is_some());
    assert!(fast::read("date: 2024-01-02 10:00:00 +0800\nlastmod: 2024-01-02T10:00:00Z\n").is_some());
}

/// Front matter out of parts that a YAML reader may stumble over.
fn front_matter() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        "[a-zA-Z0-9]{1,4}",
        Just("标题".to_owned()),
        "[-#:,'\"\\[\\]{}&*!|>%@`~?+.=<_/()$é　]{1,2}",
        prop::sample::select(vec![
            "true",
            "null",
            "~",
            "1.5",
            "1e3",
            "007",
            "0x1f",
            "2024-01-02",
            "1e-5",
            "1-e",
            "20-52-00",
            "0o17",
            "1_000",
            "12e",
            "10:00",
            ".inf",
            "nan",
            "No",
            "\t",
            "\\"
        ])
        .prop_map(str::to_owned),
    ];
    let text = prop::collection::vec(word, 0..4).prop_map(|words| words.join(" "));
    let glued = prop::collection::vec("[a-z0-9:#'\",-]{0,3}", 0..3).prop_map(|words| words.concat());
    let value = prop_oneof![
        4 => text.clone(),
        1 => glued,
        2 => text.clone().prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        1 => text.clone().prop_map(|text| format!("'{text}'")),
        2 => text.clone().prop_map(|text| format!("\"{text}\"")),
        2 => prop::collection::vec(text.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
        1 => prop::collection::vec("[a-z0-9é]{0,3}", 0..4).prop_map(|items| format!("[{}]", items.join(","))),
    ];
    let line = prop_oneof![
        6 => ("[a-zA-Z][a-z_-]{0,3}", ": | : |:|:  ", value.clone()).prop_map(|(key, colon, value)| format!("{key}{colon}{value}")),
        3 => ("[ ]{0,2}- ", value.clone()).prop_map(|(dash, value)| format!("{dash}{value}")),
        1 => "[ ]{0,3}#? ?[a-z]{0,3}",
        2 => "[a-z]{1,3}: ?",
    ];
    (prop::collection::vec((line, "[ ]{0,2}\r?"), 0..6))
        .prop_map(|lines| lines.into_iter().map(|(line, end)| format!("{line}{end}\n")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_fast_reader_agrees_with_the_crate(text in front_matter()) {
        if let Some(table) = fast::read(&text) {
            let slow = match general(&clean(&text)) {
                Ok(Node::Table(table)) => table,
                Ok(Node::Scalar(Kind::Null, _)) => Table::new(),
                other => return Err(TestCaseError::fail(format!("{text:?}: fast {table:?}, crate {other:?}"))),
            };
            prop_assert_eq!(table, slow, "{:?}", text);
        }
    }

    #[test]
    fn no_text_panics(text in prop_oneof![front_matter(), "[ -~\n\t:：\\[\\]{}&*!'\"é\u{85}\u{2028}]{0,80}", ".{0,80}"]) {
        let mut warnings = Vec::new();
        let _ = read(&text, u32::MAX, &mut warnings);
    }
}
