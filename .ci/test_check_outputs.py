#!/usr/bin/env python3
"""Tests the checker: a folder without fault must pass, and each planted fault must be found.

test_check_outputs.py [--schemas DIR]; closes with the line `N passed, M failed`.
"""
import hashlib
import json
import os
import pathlib
import sys
import tempfile

import check_outputs

URL = "https://example.org/feeds/"

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/"><channel>
<title>%(title)s</title><link>https://example.org/</link><description>About</description>
<atom:link rel="self" type="application/rss+xml" href="%(url)srss.xml"/>
<lastBuildDate>Sat, 18 May 2024 02:00:00 GMT</lastBuildDate>
<item><title>A &#x3C; B &#x26; 馒头</title><link>https://example.org/2/</link><guid>https://example.org/2/</guid><pubDate>Sat, 18 May 2024 02:00:00 GMT</pubDate><dc:creator>林小满</dc:creator><category>x</category><description>Short &#x26;amp; good</description><content:encoded><![CDATA[<p>Two <a href="https://example.org/x">x</a> <img src="https://example.org/i.png" srcset="https://example.org/i.png 1x, https://example.org/j.png 2x"></p>]]></content:encoded><enclosure url="https://example.org/a.mp3" type="audio/mpeg" length="12"/></item>
<item><title>One</title><link>https://example.org/1/</link><guid isPermaLink="false">urn:uuid:1a1a1a1a-0000-5000-8000-000000000001</guid><pubDate>Sat, 11 May 2024 01:30:00 GMT</pubDate><dcterms:modified>2024-05-12T01:30:00Z</dcterms:modified><dc:creator>Ida</dc:creator><description>&#x3C;p>One&#x3C;/p></description></item>
</channel></rss>
"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>%(title)s</title><id>%(url)s</id><updated>2024-05-18T02:00:00Z</updated>
<link rel="self" type="application/atom+xml" href="%(url)satom.xml"/><link rel="alternate" href="https://example.org/"/>
<entry><title>A &#x3C; B &#x26; 馒头</title><id>https://example.org/2/</id><link href="https://example.org/2/"/><link rel="enclosure" href="https://example.org/a.mp3" type="audio/mpeg" length="12"/><published>2024-05-18T02:00:00Z</published><updated>2024-05-18T02:00:00Z</updated><author><name>林小满</name></author><category term="x"/><summary>Short &#x26; good</summary><content type="html">&#x3C;p>Two &#x3C;a href="https://example.org/x">x&#x3C;/a> &#x3C;img src="https://example.org/i.png" srcset="https://example.org/i.png 1x, https://example.org/j.png 2x">&#x3C;/p></content></entry>
<entry><title>One</title><id>urn:uuid:1a1a1a1a-0000-5000-8000-000000000001</id><link href="https://example.org/1/"/><published>2024-05-11T01:30:00Z</published><updated>2024-05-12T01:30:00Z</updated><author><name>Ida</name></author><content type="html">&#x3C;p>One&#x3C;/p></content></entry>
</feed>
"""
JSON = """{"version": "https://jsonfeed.org/version/1.1", "title": "%(title)s", "home_page_url": "https://example.org/", "feed_url": "%(url)sfeed.json", "items": [
{"id": "https://example.org/2/", "url": "https://example.org/2/", "title": "A < B & 馒头", "summary": "Short & good", "content_html": "<p>Two <a href=\\"https://example.org/x\\">x</a> <img src=\\"https://example.org/i.png\\" srcset=\\"https://example.org/i.png 1x, https://example.org/j.png 2x\\"></p>", "date_published": "2024-05-18T02:00:00Z", "authors": [{"name": "林小满"}], "tags": ["x"], "attachments": [{"url": "https://example.org/a.mp3", "mime_type": "audio/mpeg", "size_in_bytes": 12}]},
{"id": "urn:uuid:1a1a1a1a-0000-5000-8000-000000000001", "url": "https://example.org/1/", "title": "One", "content_html": "<p>One</p>", "date_published": "2024-05-11T01:30:00Z", "date_modified": "2024-05-12T01:30:00Z", "authors": [{"name": "Ida"}]}]}
"""
OPML = """<?xml version="1.0" encoding="utf-8"?>
<opml version="2.0"><head><title>Feeds</title></head><body><outline text="All" type="rss" xmlUrl="https://example.org/feeds/rss.xml"/><outline text="Category"><outline text="馒头" type="rss" xmlUrl="https://example.org/feeds/category/%E9%A6%92%E5%A4%B4/rss.xml"/></outline></body></opml>
"""
HTML = '<!doctype html><html lang="en"><head><title>Feeds</title><link rel="alternate" type="application/rss+xml" title="All" href="rss.xml"></head><body><a href="rss.xml">All</a></body></html>\n'
FOLDERS = {"all": "", "category/馒头": "category/馒头/"}
NAMES = {"rss": ("rss.xml", RSS), "atom": ("atom.xml", ATOM), "json": ("feed.json", JSON)}


def good():
    """Path → text of a folder without fault."""
    files = {"index.opml": OPML, "index.html": HTML}
    for folder in FOLDERS.values():
        encoded = URL + folder.replace("馒头", "%E9%A6%92%E5%A4%B4")
        for name, template in NAMES.values():
            files[folder + name] = template % {"title": "Feeds", "url": encoded}
    return files


def write(root, files):
    """Writes the folder with a manifest that fits it."""
    entries = []
    for key, folder in FOLDERS.items():
        names = {kind: folder + name for kind, (name, _) in NAMES.items()}
        sums = {kind: hashlib.sha256(files[name].encode("utf-8", "surrogateescape")).hexdigest() for kind, name in names.items()}
        entries.append({"key": key, "axis": key.split("/")[0], "term": "", "title": "Feeds", "items": 2, "updated": "2024-05-18T02:00:00Z", "files": names, "sha256": sums})
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    (root / "manifest.json").write_text(json.dumps({"version": 1, "feeds": entries}), encoding="utf-8")


# (file, what to replace, by what, a part of the error that must come)
FAULTS = [
    ("rss.xml", "</channel>", "", "parser error"),
    ("rss.xml", "<?xml", "\n<?xml", "XML declaration"),
    ("rss.xml", "<rss ", '<!DOCTYPE rss [<!ENTITY a "b">]><rss ', "document type"),
    ("rss.xml", "One</title>", "One &nbsp;</title>", "not well-formed"),
    ("rss.xml", "One</title>", "One \x08</title>", "not well-formed"),
    ("rss.xml", "One</title>", "One \udcff</title>", "not well-formed"),
    ("rss.xml", "<dc:creator>Ida", "<dcx:creator>Ida", "not well-formed"),
    ("rss.xml", "Sat, 11 May", "Fri, 11 May", "was a Sat"),
    ("rss.xml", "Sat, 11 May 2024", "Sat, 11 May 24", "no RFC 822"),
    ("rss.xml", "01:30:00 GMT", "03:30:00 +0200", "no RFC 822"),
    ("rss.xml", "01:30:00 GMT", "01:30:01 GMT", "published of"),
    ("rss.xml", "2024-05-12T01:30:00Z", "2024-05-12T01:30:01Z", "updated of"),
    ("rss.xml", "/feeds/rss.xml", "/feeds/atom.xml", "self link is"),
    ("rss.xml", "application/rss+xml", "application/xml", "self link has type"),
    ("rss.xml", '<guid isPermaLink="false">', "<guid>", "is called a permalink"),
    ("rss.xml", '<guid isPermaLink="false">urn:uuid:1a1a1a1a-0000-5000-8000-000000000001', "<guid>https://example.org/2/", "stands twice"),
    ("rss.xml", "<guid>https://example.org/2/</guid>", "", "<guid> must stand once"),
    ("rss.xml", "<description>About</description>", "", "<description> must stand once"),
    ("rss.xml", "<description>About", "<language>en</language><language>en</language><description>About", "channel has <language>"),
    ("rss.xml", "<dc:creator>Ida</dc:creator>", "", "authors of"),
    ("rss.xml", "<dc:creator>Ida</dc:creator>", "<author>Ida</author>", "without an e-mail"),
    ("rss.xml", 'length="12"', 'length=""', "no count of bytes"),
    ("rss.xml", "One</title>", "Uno</title>", "title of"),
    ("rss.xml", "One</title>", "&#x26;#79;ne</title>", "title of"),
    ("rss.xml", 'href="https://example.org/x"', 'href="/x"', "relative URL `/x`"),
    ("rss.xml", "https://example.org/j.png 2x", "j.png 2x", "relative URL `j.png`"),
    ("rss.xml", "<link>https://example.org/1/", "<link>https://example.org/馒", "in ASCII"),
    ("rss.xml", "&#x3C;p>One", "&#x3C;p>Ono", "body of"),
    ("rss.xml", "&#x3C;p>One", "&#x3C;script>x&#x3C;/script>&#x3C;p>One", "<script> in a body"),
    ("rss.xml", "&#x3C;p>One", '&#x3C;p onclick="x">One', "event handler"),
    ("rss.xml", "<title>Feeds", "<title>Food", "the manifest says"),
    ("rss.xml", "Short &#x26;amp; good", "Short &#x26;amp; bad", "summary of"),
    ("category/馒头/rss.xml", "%E9%A6%92", "%E9%A6%93", "self link is"),
    ("atom.xml", "2024-05-11T01:30:00Z", "2024-05-11T03:30:00+02:00", "with `Z`"),
    ("atom.xml", "2024-05-12T01:30:00Z", "2024-05-12", "with `Z`"),
    ("atom.xml", "<updated>2024-05-12T01:30:00Z</updated>", "", "<updated> must stand once"),
    ("atom.xml", "2024-05-12T01:30:00Z", "2024-05-19T01:30:00Z", "newer than the feed"),
    ("atom.xml", "2024-05-12T01:30:00Z", "2024-05-10T01:30:00Z", "published after updated"),
    ("atom.xml", "<author><name>Ida</name></author>", "", "has no author"),
    ("atom.xml", "<name>Ida</name>", "<name></name>", "<name> must stand once"),
    ("atom.xml", "<id>urn:uuid:1a1a1a1a-0000-5000-8000-000000000001", "<id>one", "no absolute IRI"),
    ("atom.xml", "<id>urn:uuid:1a1a1a1a-0000-5000-8000-000000000001", "<id>urn:uuid:1a1a1a1a-0000-5000-8000-000000000002", "other ids"),
    ("atom.xml", 'type="html">&#x3C;p>One', 'type="text">&#x3C;p>One', "body of"),
    ("atom.xml", '<link href="https://example.org/1/"/>', '<link href="/1/"/>', "no absolute URL"),
    ("atom.xml", "<updated>2024-05-18T02:00:00Z</updated>\n", "<updated>2024-05-18T02:00:01Z</updated>\n", "not the manifest's `updated`"),
    ("feed.json", '"title": "One"', '"title": "One",', "not JSON"),
    ("feed.json", '"title": "One"', '"title": "One", "title": "Two"', "stands twice"),
    ("feed.json", "version/1.1", "version/1", "version is"),
    ("feed.json", '"content_html": "<p>One</p>",', "", "neither content_html"),
    ("feed.json", '"size_in_bytes"', '"size_in_bytes": "x", "sizes"', "no count of bytes"),
    ("feed.json", '"authors": [{"name": "Ida"}]', '"author": {"name": "Ida"}', "of JSON Feed 1.0"),
    ("feed.json", '"url": "https://example.org/1/"', '"url": "1/"', "no absolute URL"),
    ("feed.json", '"id": "urn:uuid:1a1a1a1a-0000-5000-8000-000000000001"', '"id": 1', "must be a text"),
    ("index.opml", 'text="馒头"', "", "without text"),
    ("index.opml", 'version="2.0"><head>', 'version="1.0"><head>', "must be OPML 2.0"),
    ("index.opml", "feeds/rss.xml", "feeds/rsss.xml", "which is not there"),
    ("index.html", 'a href="rss.xml"', 'a href="gone.xml"', "leads nowhere"),
    ("index.html", "<title>Feeds</title>", "", "has no title"),
]
# Faults that only the schemas find.
SCHEMA_FAULTS = [
    ("atom.xml", "<title>One</title>", "<title>One</title><title>Two</title>", "fails to validate"),
    ("atom.xml", '<category term="x"/>', "<category/>", "fails to validate"),
    ("feed.json", '"tags": ["x"]', '"tags": "x"', "schema:"),
    ("feed.json", '"title": "One"', '"titel": "x", "title": "One"', "schema:"),
]


def swap_items(text):
    first, second = text.split("\n<item>")[1:]
    second, rest = second.split("</item>\n", 1)
    return text.split("\n<item>")[0] + "\n<item>" + second + "</item>\n<item>" + first.rstrip("\n") + "\n" + rest


def main():
    schemas = None
    if len(sys.argv) == 3 and sys.argv[1] == "--schemas":
        schemas = pathlib.Path(sys.argv[2]).resolve()
    elif os.environ.get("FEEDMILL_CASES"):
        schemas = pathlib.Path(os.environ["FEEDMILL_CASES"]).resolve() / "schemas"
    passed, failed = 0, []

    def expect(name, change, part, after=lambda root: None):
        """Runs the checker on the good folder with one change; `part` None: there must be no error."""
        nonlocal passed
        files = good()
        change(files)
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder) / "feeds"
            write(root, files)
            after(root)
            _, errors = check_outputs.check(root, schemas, jobs=1)
        if any(part in error for error in errors) if part else not errors:
            passed += 1
        else:
            failed.append(name)
            print(f"FAILED {name}: expected {part or 'no error'}, got {errors[:5]}")

    expect("no fault", lambda files: None, None)
    for name, old, new, part in FAULTS + (SCHEMA_FAULTS if schemas else []):

        def plant(files):
            assert old in files[name], f"`{old}` is not in {name}"
            files[name] = files[name].replace(old, new, 1)

        expect(f"{name}: {old} -> {new}", plant, part)
    expect("order", lambda files: files.update({"rss.xml": swap_items(files["rss.xml"])}), "other order")
    nothing = lambda files: None  # noqa: E731
    expect("file gone", nothing, "not on the disk", lambda root: (root / "feed.json").unlink())
    expect("file edited", nothing, "sha256", lambda root: (root / "rss.xml").write_bytes((root / "rss.xml").read_bytes() + b"\n"))
    expect("stray feed", nothing, "not in the manifest", lambda root: (root / "category" / "rss.xml").write_text("x"))
    expect("temporary file", nothing, "left behind", lambda root: (root / ".rss.xml.tmp").write_text("x"))
    expect("no manifest", nothing, "cannot be used", lambda root: (root / "manifest.json").unlink())
    expect("no feeds", nothing, "nothing was checked", lambda root: (root / "manifest.json").write_text('{"version":1,"feeds":[]}'))
    expect("no OPML", nothing, "index.opml: is missing", lambda root: (root / "index.opml").unlink())
    print(f"{passed} passed, {len(failed)} failed")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
