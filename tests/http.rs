//! The HTTP client against a scripted server: what it sends, what it accepts, and the class of every fault.

#![allow(clippy::unwrap_used)]

#[path = "support/server.rs"]
mod server;

use chrono::{DateTime, TimeZone, Utc};
use feedmill::config::plan::{Cidr, Network};
use feedmill::fetch::http::{Client, FetchError, Request, Response, Validators};
use feedmill::model::Document;
use flate2::Compression;
use flate2::write::GzEncoder;
use server::{Reply, Seen, Server};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};
use url::Url;

const MIB: u64 = 1024 * 1024;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 5, 1, 12, 0, 0).unwrap()
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Only 127.0.0.1 may be reached, and nothing takes long.
fn network() -> Network {
    Network {
        allow_addresses: vec![Cidr { address: Ipv4Addr::LOCALHOST.into(), prefix: 32 }],
        contact: Some(Url::parse("https://example.org/about").unwrap()),
        timeout: millis(4000),
        connect_timeout: millis(2000),
        first_byte_timeout: millis(3000),
        max_body: 32 * MIB,
        concurrency: 8,
        host_gap: Duration::ZERO,
        min_interval: Duration::ZERO,
    }
}

fn client() -> Client {
    Client::new(&network(), now()).unwrap()
}

fn request(url: &str) -> Request {
    Request { url: Url::parse(url).unwrap(), validators: Validators::default(), allow_private: false }
}

async fn get(url: &str) -> Result<Response, FetchError> {
    client().get(request(url)).await
}

/// The parts of a response that must be a document.
fn document(response: Response) -> (Document, Validators, Option<u64>, Option<Url>) {
    match response {
        Response::Document { document, validators, fresh_for, moved_to } => (document, validators, fresh_for, moved_to),
        Response::NotModified { .. } => panic!("expected a document, got 304"),
    }
}

/// Asks once and expects a failure of the class, with words that name the server.
async fn fails(reply: Reply, class: &str) -> FetchError {
    let server = Server::start(move |_| reply.clone());
    let error = get(&server.url("/feed")).await.expect_err(class);
    assert_eq!(error.class, class, "{error}");
    assert!(error.message.starts_with(&format!("`{}`: ", server.url("/feed"))), "{error}");
    assert!(!error.message.ends_with('.') && !error.message.contains('\n'), "{error}");
    error
}

/// Headers, then whatever follows.
fn head(lines: &str) -> Reply {
    Reply::raw().send(format!("HTTP/1.1 200 OK\r\n{lines}\r\n"))
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

// What is sent.

#[tokio::test]
async fn a_first_request_is_honest_and_unconditional() {
    let server = Server::start(|_| {
        Reply::ok("<rss/>")
            .header("Content-Type", "Application/RSS+xml; charset=\"GBK\"")
            .header("ETag", "W/\"1\"")
            .header("Last-Modified", "yesterday")
            .header("Cache-Control", "max-age=600")
            .header("Set-Cookie", "id=1; Path=/")
    });
    let client = client();
    let (document, validators, fresh_for, moved_to) =
        document(client.get(request(&server.url("/feed?a=1#top"))).await.unwrap());
    assert_eq!(document.bytes, b"<rss/>");
    assert_eq!(document.url.unwrap().as_str(), server.url("/feed?a=1"));
    assert_eq!(document.media_type.as_deref(), Some("application/rss+xml"));
    assert_eq!(document.charset.as_deref(), Some("GBK"));
    assert_eq!(document.path, None);
    assert_eq!((validators.etag.as_deref(), validators.last_modified.as_deref()), (Some("W/\"1\""), Some("yesterday")));
    assert_eq!(validators.url.unwrap().as_str(), server.url("/feed?a=1"));
    assert_eq!((fresh_for, moved_to), (Some(600), None));

    client.get(request(&server.url("/feed"))).await.unwrap();
    let seen = server.seen();
    assert_eq!((seen[0].method.as_str(), seen[0].path.as_str()), ("GET", "/feed?a=1"));
    for seen in &seen {
        let mut names: Vec<_> = seen.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
        names.sort();
        assert_eq!(
            names,
            ["accept", "accept-encoding", "host", "user-agent"],
            "nothing else is told: no cookie, no referer"
        );
        assert_eq!(
            seen.header("user-agent").unwrap(),
            concat!("feedmill/", env!("CARGO_PKG_VERSION"), " (+https://example.org/about)")
        );
        assert_eq!(seen.header("accept-encoding"), Some("gzip, br"));
        assert!(
            seen.header("accept")
                .unwrap()
                .starts_with("application/atom+xml, application/rss+xml, application/feed+json")
        );
    }
}

#[tokio::test]
async fn validators_are_sent_back_byte_for_byte() {
    for (etag, modified) in [
        (&b"\"plain\""[..], &b"Wed, 01 May 2024 00:00:00 GMT"[..]),
        (b"W/\"weak\"", b"Thu, 01 Jan 2041 00:00:00 GMT"),
        (b"unquoted", b"not a date, but theirs"),
        (b"\"caf\xe9\"", b"mer. 1 mai 2024 \xe0 midi"),
    ] {
        let server = Server::start(move |seen: &Seen| match seen.header("if-none-match") {
            Some(_) => Reply::status(304).header("ETag", "\"next\""),
            None => Reply::ok("x").header("ETag", etag).header("Last-Modified", modified),
        });
        let client = client();
        let (_, validators, ..) = document(client.get(request(&server.url("/"))).await.unwrap());
        let again = client.get(Request { validators, ..request(&server.url("/")) }).await.unwrap();
        let Response::NotModified { validators, fresh_for: None } = again else { panic!("{again:?}") };
        assert_eq!((validators.etag.as_deref(), validators.last_modified), (Some("\"next\""), None));
        let head = &server.seen()[1].head;
        let holds = |line: Vec<u8>| head.windows(line.len()).any(|window| window.eq_ignore_ascii_case(&line));
        assert!(holds([b"\r\nif-none-match: ", etag, b"\r\n"].concat()), "{}", head.escape_ascii());
        assert!(holds([b"\r\nif-modified-since: ", modified, b"\r\n"].concat()), "{}", head.escape_ascii());
    }
}

#[tokio::test]
async fn odd_validators_are_dropped_and_the_document_kept() {
    let long = "x".repeat(10_000);
    for etag in ["a\tb".to_owned(), "a\u{1}b".to_owned(), long] {
        let server = Server::start(move |_| Reply::ok("x").header("ETag", &etag));
        let (document, validators, ..) = document(get(&server.url("/")).await.unwrap());
        assert_eq!((document.bytes.as_slice(), validators.etag), (&b"x"[..], None));
    }
    // RFC 9110 §5.5: a NUL may be the edge of two messages.
    fails(Reply::ok("x").header("ETag", "a\0b"), "protocol-error").await;
}

#[tokio::test]
async fn validators_go_only_to_the_url_they_belong_to() {
    let server = Server::start(|seen: &Seen| match seen.path.as_str() {
        "/old" => Reply::redirect(302, "/new"),
        _ if seen.header("if-none-match").is_some() => Reply::status(304),
        _ => Reply::ok("x").header("ETag", "\"new\""),
    });
    let client = client();
    let (_, validators, ..) = document(client.get(request(&server.url("/old"))).await.unwrap());
    let again = client.get(Request { validators: validators.clone(), ..request(&server.url("/old")) }).await.unwrap();
    assert!(matches!(again, Response::NotModified { .. }));
    client.get(Request { validators, ..request(&server.url("/third")) }).await.unwrap();
    let sent: Vec<_> =
        server.seen().into_iter().map(|seen| (seen.path.clone(), seen.header("if-none-match").is_some())).collect();
    let expect = [("/old", false), ("/new", false), ("/old", false), ("/new", true), ("/third", false)];
    assert_eq!(sent, expect.map(|(path, conditional)| (path.to_owned(), conditional)));
}

#[tokio::test]
async fn credentials_stay_with_their_origin() {
    let other = Server::start(|_| Reply::ok("x"));
    let elsewhere = other.url("/there");
    let server = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/here" => Reply::redirect(301, "/next"),
        "/away" => Reply::redirect(301, &elsewhere),
        path if path.starts_with("/401") => Reply::status(401),
        _ => Reply::ok("x"),
    });
    let with_password = |path: &str| server.url(path).replace("http://", "http://me:geheim@");
    let client = client();
    let (document_here, validators, _, moved_to) =
        document(client.get(request(&with_password("/here"))).await.unwrap());
    assert_eq!(document_here.url.unwrap().as_str(), server.url("/next"));
    assert_eq!(validators.url.unwrap().as_str(), server.url("/next"));
    assert_eq!(moved_to.unwrap().as_str(), server.url("/next"));
    client.get(request(&with_password("/away"))).await.unwrap();
    assert!(server.seen().iter().all(|seen| seen.header("authorization") == Some("Basic bWU6Z2VoZWlt")));
    assert_eq!(other.seen().len(), 1);
    assert_eq!(other.seen()[0].header("authorization"), None);
    assert_eq!(other.seen()[0].header("referer"), None);
    let error = client.get(request(&with_password("/401?api_key=s3cret"))).await.unwrap_err();
    assert!(!format!("{error:?}").contains("geheim") && !format!("{error:?}").contains("s3cret"), "{error:?}");
}

// Statuses.

#[tokio::test]
async fn statuses_and_their_classes() {
    for (status, class) in [
        (400, "http-400"),
        (401, "auth"),
        (403, "auth"),
        (404, "http-404"),
        (407, "http-407"),
        (410, "gone"),
        (429, "rate-limited"),
        (500, "http-500"),
        (502, "http-502"),
        (503, "http-503"),
        (599, "http-599"),
        (300, "http-300"),
        (206, "protocol-error"),
        (302, "redirect"),
    ] {
        let error = fails(Reply::status(status), class).await;
        assert!(error.message.contains(&status.to_string()), "{error}");
        assert_eq!(error.retry_after, None);
    }
    assert_eq!(fails(Reply::status(503).header("Retry-After", "120"), "http-503").await.retry_after, Some(120));
    let dated = Reply::status(429)
        .header("Date", "Tue, 01 May 2029 10:00:00 GMT")
        .header("Retry-After", "Tue, 01 May 2029 10:05:00 GMT");
    assert_eq!(fails(dated, "rate-limited").await.retry_after, Some(300));
    assert_eq!(fails(Reply::status(429).header("Retry-After", "-5"), "rate-limited").await.retry_after, None);
    let unasked = fails(Reply::status(304), "protocol-error").await;
    assert!(unasked.message.contains("304"), "{unasked}");
}

#[tokio::test]
async fn a_host_that_answers_429_is_not_asked_again_in_the_run() {
    let server = Server::start(|_| Reply::status(429).header("Retry-After", "60"));
    let client = client();
    for path in ["/a", "/b"] {
        let error = client.get(request(&server.url(path))).await.unwrap_err();
        assert_eq!((error.class, error.retry_after), ("rate-limited", Some(60)));
    }
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn an_empty_body_is_a_document() {
    let server = Server::start(|_| Reply::ok(""));
    assert_eq!(document(get(&server.url("/")).await.unwrap()).0.bytes, b"");
}

// Redirects.

#[tokio::test]
async fn redirects_are_followed_and_only_permanent_ones_move_a_source() {
    let server = Server::start(|seen: &Seen| match seen.path.as_str() {
        "/301" => Reply::redirect(301, "/308"),
        "/308" => Reply::redirect(308, "dir/../feed?x=1#part"),
        "/302" => Reply::redirect(302, "/301"),
        "/303" => Reply::redirect(303, "/feed"),
        "/307" => Reply::redirect(307, "/feed"),
        "/301-307" => Reply::redirect(301, "/307"),
        "/5" => Reply::redirect(302, "/4"),
        "/4" => Reply::redirect(302, "/3"),
        "/3" => Reply::redirect(302, "/2"),
        "/2" => Reply::redirect(302, "/1"),
        "/1" => Reply::redirect(302, "/金融"),
        _ => Reply::ok("x"),
    });
    let client = client();
    for (from, to, moved) in [
        ("/301", "/feed?x=1", true),
        ("/308", "/feed?x=1", true),
        ("/302", "/feed?x=1", false),
        ("/303", "/feed", false),
        ("/307", "/feed", false),
        ("/301-307", "/feed", false),
        ("/5", "/%E9%87%91%E8%9E%8D", false),
        ("/feed", "/feed", false),
    ] {
        let (document, _, _, moved_to) = document(client.get(request(&server.url(from))).await.unwrap());
        assert_eq!(document.url.unwrap().as_str(), server.url(to), "{from}");
        assert_eq!(moved_to.map(String::from), moved.then(|| server.url(to)), "{from}");
    }
}

#[tokio::test]
async fn redirects_that_lead_nowhere() {
    let server = Server::start(|seen: &Seen| match seen.path.as_str() {
        "/a" => Reply::redirect(301, "/b"),
        "/b" => Reply::redirect(301, "/a#again"),
        "/self" => Reply::redirect(302, ""),
        "/bad" => Reply::redirect(302, "http://[::/"),
        "/file" => Reply::redirect(302, "file:///etc/passwd"),
        "/gopher" => Reply::redirect(302, "gopher://127.0.0.1/x"),
        path => {
            let hop: u32 = path.trim_start_matches("/hop").parse().unwrap();
            Reply::redirect(302, format!("/hop{}", hop + 1))
        }
    });
    for (path, class, requests) in [
        ("/a", "redirect", 2),
        ("/self", "redirect", 1),
        ("/bad", "redirect", 1),
        ("/hop1", "redirect", 6),
        ("/file", "blocked-address", 1),
        ("/gopher", "blocked-address", 1),
    ] {
        let before = server.seen().len();
        let error = get(&server.url(path)).await.unwrap_err();
        assert_eq!(error.class, class, "{path} {error}");
        assert_eq!(server.seen().len() - before, requests, "{path}");
    }
}

// Addresses.

#[tokio::test]
async fn private_addresses_are_refused_in_every_spelling() {
    let canary = Server::start_at(SocketAddr::from(([127, 0, 0, 2], 0)), |_| Reply::ok("secret")).unwrap();
    let port = canary.port();
    let canary6 =
        Server::start_at(SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, port)), |_| Reply::ok("secret")).ok();
    let hosts = [
        "127.0.0.2",
        "2130706434",
        "0x7f.2",
        "0x7f000002",
        "0177.0.0.2",
        "127.2",
        "[::1]",
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[::127.0.0.2]",
        "[64:ff9b::7f00:2]",
        "[2002:7f00:2::]",
        "10.0.0.1",
        "169.254.169.254",
        "0.0.0.0",
        "[fe80::1]",
        "[fd00::1]",
        "127.0.0.2.",
    ];
    let redirects = Server::start(move |seen: &Seen| {
        let to = seen.path.trim_start_matches('/');
        if to == "relative" {
            Reply::redirect(302, format!("//127.0.0.2:{port}/x"))
        } else {
            Reply::redirect(302, format!("http://{to}:{port}/"))
        }
    });
    let client = client();
    for host in hosts {
        let direct = client.get(request(&format!("http://{host}:{port}/"))).await.unwrap_err();
        assert_eq!(direct.class, "blocked-address", "{host}");
        assert!(direct.hint.as_deref().unwrap().contains("allow_private = true"), "{direct:?}");
        let redirected = client.get(request(&redirects.url(&format!("/{host}")))).await.unwrap_err();
        assert_eq!(redirected.class, "blocked-address", "by redirect {host}: {redirected}");
    }
    let error = client.get(request(&redirects.url("/relative"))).await.unwrap_err();
    assert_eq!(error.class, "blocked-address");
    assert_eq!(
        error.message,
        format!("`http://127.0.0.2:{port}/x`: 127.0.0.2 is not a public address and was not connected to")
    );
    assert_eq!(client.get(request("file:///etc/passwd")).await.unwrap_err().class, "blocked-address");

    assert_eq!(canary.connections() + canary6.map_or(0, |canary| canary.connections()), 0);
    let allowed = client.get(Request { allow_private: true, ..request(&canary.url("/")) }).await.unwrap();
    assert_eq!(document(allowed).0.bytes, b"secret");
}

#[tokio::test]
async fn names_are_checked_by_what_they_resolve_to() {
    let server = Server::start(|_| Reply::ok("x"));
    let port = server.port();
    let closed = Client::new(&Network { allow_addresses: Vec::new(), ..network() }, now()).unwrap();
    for name in ["localhost", "localhost.", "LOCALHOST"] {
        let error = closed.get(request(&format!("http://{name}:{port}/"))).await.unwrap_err();
        assert_eq!(error.class, "blocked-address", "{name}: {error}");
        assert!(error.message.contains("127.0.0.1") || error.message.contains("::1"), "{error}");
    }
    assert_eq!(server.connections(), 0);
    for name in ["localhost", "localhost.", "2130706433", "[::ffff:127.0.0.1]"] {
        get(&format!("http://{name}:{port}/")).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    let private = closed.get(Request { allow_private: true, ..request(&format!("http://localhost:{port}/")) }).await;
    assert!(private.is_ok());
}

#[tokio::test]
async fn a_connection_of_a_trusted_source_is_not_lent_to_others() {
    let server = Server::start(|_| Reply::ok("x"));
    let closed = Client::new(&Network { allow_addresses: Vec::new(), ..network() }, now()).unwrap();
    let url = format!("http://localhost:{}/", server.port());
    closed.get(Request { allow_private: true, ..request(&url) }).await.unwrap();
    assert_eq!(closed.get(request(&url)).await.unwrap_err().class, "blocked-address");
}

#[tokio::test]
async fn no_name_no_listener() {
    let error = get("http://no-such-host.invalid/").await.unwrap_err();
    assert_eq!(error.class, "dns", "{error}");
    let port = Server::start(|_| Reply::ok("")).port();
    // The listener ends with its server, a moment later.
    tokio::time::sleep(millis(100)).await;
    let error = get(&format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert_eq!(error.class, "connect", "{error}");
}

// Time.

#[tokio::test]
async fn slow_servers_are_given_up_in_time() {
    let hasty =
        Network { timeout: millis(600), connect_timeout: millis(300), first_byte_timeout: millis(300), ..network() };
    let client = Client::new(&hasty, now()).unwrap();
    let drip = millis(50);
    let endless_body = head("Transfer-Encoding: chunked\r\n").send("1\r\n<\r\n").hang();
    let cases = [
        ("silence", Reply::raw().hang(), "first byte", 600),
        ("late", Reply::ok("x").after(millis(2000)), "first byte", 600),
        ("dripping head", Reply::raw().drip("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", drip), "first byte", 600),
        ("silent body", head("Content-Length: 100\r\n").send("<rss").hang(), "body", 900),
        ("dripping body", head("Content-Length: 100\r\n").drip("x".repeat(100), drip), "body", 900),
        ("open end", endless_body, "body", 900),
    ];
    let tasks = cases.map(|(name, reply, phase, at_most)| {
        let client = client.clone();
        tokio::spawn(async move {
            let server = Server::start(move |_| reply.clone());
            let start = Instant::now();
            let error = client.get(request(&server.url("/"))).await.unwrap_err();
            assert_eq!(error.class, "timeout", "{name}: {error}");
            assert!(error.message.contains(phase), "{name}: {error}");
            assert!(start.elapsed() < millis(at_most), "{name} took {:?}", start.elapsed());
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    // Redirects do not start the clock anew.
    let server = Server::start(|seen: &Seen| {
        let hop: u32 = seen.path.trim_start_matches('/').parse().unwrap();
        Reply::redirect(302, format!("/{}", hop + 1)).after(millis(200))
    });
    let start = Instant::now();
    assert_eq!(client.get(request(&server.url("/0"))).await.unwrap_err().class, "timeout");
    assert!(start.elapsed() < millis(900), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_tls_handshake_that_hangs_or_is_none() {
    let hasty = Network { connect_timeout: millis(300), ..network() };
    let client = Client::new(&hasty, now()).unwrap();
    // A listener that accepts and says nothing; the scripted server would wait for a request in the clear.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let error = client.get(request(&format!("https://{}/", silent.local_addr().unwrap()))).await.unwrap_err();
    assert_eq!(error.class, "timeout", "{error}");
    assert!(error.message.contains("connecting"), "{error}");

    let plain = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", plain.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in plain.incoming() {
            let _ = stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let error = client.get(request(&url)).await.unwrap_err();
    assert_eq!(error.class, "tls", "{error}");
}

#[tokio::test]
async fn one_request_at_a_time_and_a_gap_between() {
    let server = Server::start(|_| Reply::ok("x").after(millis(50)));
    let gap = millis(150);
    let client = Client::new(&Network { host_gap: gap, ..network() }, now()).unwrap();
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (client, request) = (client.clone(), request(&server.url(&format!("/{n}"))));
            tokio::spawn(async move { client.get(request).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let times: Vec<_> = server.seen().iter().map(|seen| seen.at).collect();
    for pair in times.windows(2) {
        // The server's clock starts a little after ours.
        assert!(pair[1] - pair[0] >= gap - millis(20), "{:?}", pair[1] - pair[0]);
    }
}

#[tokio::test]
async fn waiting_for_a_turn_does_not_count_for_the_deadline_and_others_are_not_held_up() {
    let hasty = Network { timeout: millis(400), first_byte_timeout: millis(400), ..network() };
    let client = Client::new(&hasty, now()).unwrap();
    let slow = Server::start(|_| Reply::ok("x").after(millis(250)));
    let stuck = Server::start(|_| Reply::raw().hang());
    let (first, second, third, stuck) = tokio::join!(
        client.get(request(&slow.url("/1"))),
        client.get(request(&slow.url("/2"))),
        client.get(request(&slow.url("/3"))),
        client.get(request(&stuck.url("/")))
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(stuck.unwrap_err().class, "timeout");
}

#[tokio::test]
async fn hosts_that_redirect_to_each_other_do_not_wait_for_each_other() {
    let (send, receive) = std::sync::mpsc::channel::<String>();
    let receive = std::sync::Mutex::new(receive);
    let a = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/away" => Reply::redirect(302, receive.lock().unwrap().recv().unwrap()).after(millis(50)),
        _ => Reply::ok("a"),
    });
    let home = a.url("/home");
    let b = Server::start(move |seen: &Seen| match seen.path.as_str() {
        "/away" => Reply::redirect(302, &home).after(millis(50)),
        _ => Reply::ok("b"),
    });
    send.send(b.url("/home")).unwrap();
    let client = client();
    let (from_a, from_b) = tokio::join!(client.get(request(&a.url("/away"))), client.get(request(&b.url("/away"))));
    assert_eq!(document(from_a.unwrap()).0.bytes, b"b");
    assert_eq!(document(from_b.unwrap()).0.bytes, b"a");
}

// Bodies.

#[tokio::test]
async fn bodies_of_every_framing_and_coding() {
    let brotli = b"\x0b\x09\x80<a>hello brotli</a>\x03";
    for (name, reply, expect) in [
        ("length", Reply::ok("<rss/>"), "<rss/>"),
        ("chunked", head("Transfer-Encoding: chunked\r\n").send("3\r\n<rs\r\n3\r\ns/>\r\n0\r\n\r\n"), "<rss/>"),
        ("until close", head("").send("<rss/>").close(), "<rss/>"),
        ("HTTP/1.0", Reply::raw().send("HTTP/1.0 200 OK\r\n\r\n<rss/>").close(), "<rss/>"),
        ("length and junk", head("Content-Length: 6\r\n").send("<rss/>HTTP/1.1 400 junk").close(), "<rss/>"),
        ("gzip", Reply::ok(gzip(b"<rss/>")).header("Content-Encoding", "gzip"), "<rss/>"),
        ("gzip until close", head("Content-Encoding: gzip\r\n").send(gzip(b"<rss/>")).close(), "<rss/>"),
        ("br", Reply::ok(brotli).header("Content-Encoding", "br"), "<a>hello brotli</a>"),
        ("identity", Reply::ok("<rss/>").header("Content-Encoding", "identity"), "<rss/>"),
    ] {
        let server = Server::start(move |_| reply.clone());
        let (document, ..) = document(get(&server.url("/")).await.unwrap_or_else(|error| panic!("{name}: {error}")));
        assert_eq!(String::from_utf8_lossy(&document.bytes), expect, "{name}");
    }
}

#[tokio::test]
async fn bodies_that_are_cut_or_lie() {
    fails(head("Content-Length: 100\r\n").send("<rss").close(), "truncated-body").await;
    fails(head("Transfer-Encoding: chunked\r\n").send("64\r\n<rss").close(), "truncated-body").await;
    fails(head("Transfer-Encoding: chunked\r\n").send("4\r\n<rss\r\n").close(), "truncated-body").await;
    fails(head("Transfer-Encoding: chunked\r\n").send("zz\r\n<rss\r\n").close(), "protocol-error").await;
    fails(head("Content-Length: 4\r\nContent-Length: 5\r\n").send("<rss>").close(), "protocol-error").await;
    fails(
        head("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n").send("4\r\n<rss\r\n0\r\n\r\n").close(),
        "protocol-error",
    )
    .await;
    fails(head("Content-Length: many\r\n").send("<rss>").close(), "protocol-error").await;
    fails(Reply::raw().send("SSH-2.0-OpenSSH_9.6\r\n").close(), "protocol-error").await;
    fails(Reply::raw().close(), "protocol-error").await;
    let gz = gzip(b"<rss/>");
    fails(head("Content-Encoding: gzip\r\n").send(&gz[..gz.len() - 4]).close(), "truncated-body").await;
    fails(Reply::ok(&gz[..gz.len() - 4]).header("Content-Encoding", "gzip"), "encoding").await;
    fails(Reply::ok("<rss/>").header("Content-Encoding", "gzip"), "encoding").await;
    fails(Reply::ok(gzip(&gz)).header("Content-Encoding", "gzip, gzip"), "encoding").await;
    fails(Reply::ok("x").header("Content-Encoding", "zstd"), "encoding").await;
}

#[tokio::test]
async fn a_lost_connection_is_tried_once_more() {
    let body = || head("Content-Length: 100\r\n").send("<rss").wait(millis(50)).reset();
    for (name, fault, class, requests) in [
        ("reset at once", Reply::raw().reset(), "connect", 2),
        ("closed at once", Reply::raw().close(), "protocol-error", 2),
        ("reset in the body", body(), "truncated-body", 2),
        ("closed in the body", head("Content-Length: 100\r\n").send("<rss").close(), "truncated-body", 1),
    ] {
        let again = fault.clone();
        let server = Server::start(move |_| again.clone());
        let error = get(&server.url("/")).await.unwrap_err();
        assert_eq!((error.class, server.seen().len()), (class, requests), "{name}: {error}");

        let first = std::sync::atomic::AtomicBool::new(true);
        let once = Server::start(move |_| {
            if first.swap(false, std::sync::atomic::Ordering::SeqCst) { fault.clone() } else { Reply::ok("x") }
        });
        assert_eq!(get(&once.url("/")).await.is_ok(), requests == 2, "{name}");
    }
}

#[tokio::test]
async fn bodies_that_are_too_large() {
    let small = Client::new(&Network { max_body: 64 * 1024, ..network() }, now()).unwrap();
    for (name, reply, class) in [
        ("announced", head("Content-Length: 99999999\r\n").hang(), "too-large"),
        (
            "endless chunks",
            head("Transfer-Encoding: chunked\r\n").send_forever(format!("400\r\n{}\r\n", "x".repeat(1024))),
            "too-large",
        ),
        ("endless until close", head("").send_forever("x".repeat(1024)), "too-large"),
        ("decoded", Reply::ok(gzip(&[b'x'; 64 * 1024 + 1])).header("Content-Encoding", "gzip"), "too-large"),
        (
            "endless headers",
            Reply::raw().send("HTTP/1.1 200 OK\r\n").send_forever("X-More: yes\r\n"),
            "headers-too-large",
        ),
        (
            "endless header",
            Reply::raw().send("HTTP/1.1 200 OK\r\nX-More: ").send_forever("x".repeat(1024)),
            "headers-too-large",
        ),
        ("large headers", Reply::ok("x").header("X-Long", "x".repeat(70_000)), "headers-too-large"),
    ] {
        let server = Server::start(move |_| reply.clone());
        let error = small.get(request(&server.url("/"))).await.unwrap_err();
        assert_eq!(error.class, class, "{name}: {error}");
    }
    let fits = Server::start(|_| Reply::ok(gzip(&[b'x'; 64 * 1024])).header("Content-Encoding", "gzip"));
    assert_eq!(document(small.get(request(&fits.url("/"))).await.unwrap()).0.bytes.len(), 64 * 1024);
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_early() {
    // 16 MiB of zeros are enough to see that no more than a few are decoded.
    let bomb = gzip(&vec![0; 16 * MIB as usize]);
    let start = Instant::now();
    fails(Reply::ok(bomb).header("Content-Encoding", "gzip"), "expansion-limit").await;
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// Runs the ignored test below in a process whose machine seems to have no CA store.
#[test]
fn a_client_can_be_built_without_a_ca_store() {
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "plain_http_works", "--ignored"])
        .env("SSL_CERT_FILE", "/nonexistent/ca.pem")
        .env("SSL_CERT_DIR", "/nonexistent")
        .output()
        .unwrap();
    assert!(status.status.success(), "{}", String::from_utf8_lossy(&status.stdout));
}

#[tokio::test]
#[ignore = "run by a_client_can_be_built_without_a_ca_store"]
async fn plain_http_works() {
    let server = Server::start(|_| Reply::ok("x"));
    get(&server.url("/")).await.unwrap();
}
