"""The rules one feed file must hold, format by format.

Each `read_*` takes the bytes of a file and gives a `FeedFile`: what a reader would see of it, in
one shape for all formats, and what was wrong. Rules name their source in the message where it helps.
Written against the specifications, with foreign parsers only; knows nothing of feedmill.
"""
import dataclasses
import datetime as dt
import json
import re
import urllib.parse

import feedparser
from lxml import etree, html

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
JSON_FEED = "https://jsonfeed.org/version/1.1"
SELF_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml"}

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
RFC822 = re.compile(
    rf"({'|'.join(DAYS)}), (\d\d) ({'|'.join(MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) (GMT|[+-]0000)"
)
UTC_Z = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
MIME = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+")
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
URL_ATTRIBUTES = ("href", "src", "poster", "data", "action", "formaction", "cite", "background", "longdesc")
SCHEMES = {"http", "https", "mailto", "tel", "sms", "magnet", "xmpp", "geo", "ftp", "data"}
DANGEROUS = ("script", "object", "embed", "applet", "form", "input", "button", "meta", "base", "link", "style", "noscript")


@dataclasses.dataclass
class Row:
    """One item, as far as all formats can say it."""

    id: str = ""
    title: str = ""
    link: str = ""
    published: int | None = None
    updated: int | None = None
    body: str = ""
    body_kind: str = "html"
    summary: str = ""
    summary_kind: str = "html"
    authors: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class FeedFile:
    title: str = ""
    self_url: str = ""
    updated: int | None = None
    rows: list = dataclasses.field(default_factory=list)
    errors: list = dataclasses.field(default_factory=list)

    def fault(self, message):
        self.errors.append(message)


# --- texts, dates, URLs ---------------------------------------------------------------------------


def text_of(element):
    return "".join(element.itertext()) if element is not None else ""


def squeeze(text):
    return re.sub(r"\s+", " ", text or "").strip()


def rfc822(value, feed, where):
    """Instant of an RSS date (RFC 822 with a four-digit year and the right day of the week)."""
    match = RFC822.fullmatch(value)
    if not match:
        feed.fault(f"{where}: `{value}` is no RFC 822 date in GMT")
        return None
    day, d, month, y, h, m, s, _ = match.groups()
    try:
        at = dt.datetime(int(y), MONTHS.index(month) + 1, int(d), int(h), int(m), int(s), tzinfo=dt.timezone.utc)
    except ValueError as error:
        feed.fault(f"{where}: `{value}`: {error}")
        return None
    if DAYS[at.weekday()] != day:
        feed.fault(f"{where}: `{value}` was a {DAYS[at.weekday()]}")
    return int(at.timestamp())


def rfc3339(value, feed, where):
    """Instant of an RFC 3339 date; UTC with `Z`, since readers exist that drop an offset."""
    if not isinstance(value, str) or not UTC_Z.fullmatch(value):
        feed.fault(f"{where}: `{value}` is no RFC 3339 date with `Z`")
        return None
    try:
        return int(dt.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp())
    except ValueError as error:
        feed.fault(f"{where}: `{value}`: {error}")
        return None


def absolute(value, feed, where):
    """An absolute URL of ASCII characters (RFC 3986), the only kind that every reader takes."""
    value = value if isinstance(value, str) else ""
    parts = urllib.parse.urlsplit(value)
    if not value.isascii() or not IRI.fullmatch(value):
        feed.fault(f"{where}: `{value}` is no absolute URL in ASCII")
    elif parts.scheme in ("http", "https") and not parts.netloc:
        feed.fault(f"{where}: `{value}` names no host")
    return value


def stable_id(value, seen, feed, where):
    if not IRI.fullmatch(value):
        feed.fault(f"{where}: id `{value}` is no absolute IRI")
    if value in seen:
        feed.fault(f"{where}: id `{value}` stands twice in the file")
    seen.add(value)


def body_faults(body):
    """Relative references and active content in an HTML body."""
    if not body.strip() or "<" not in body:
        return
    for element in html.fragment_fromstring(body, create_parent="div").iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in DANGEROUS:
            yield f"<{element.tag}> in a body"
        for name, value in element.attrib.items():
            if name.startswith("on"):
                yield f"event handler `{name}` in a body"
            if name in URL_ATTRIBUTES:
                yield from relative(value, f"<{element.tag} {name}>")
            elif name in ("srcset", "imagesrcset"):
                for candidate in re.split(r",\s+|,$", value):
                    if candidate.strip():
                        yield from relative(candidate.split()[0], f"<{element.tag} {name}>")
            elif name == "style":
                for target in re.findall(r"url\(\s*['\"]?([^'\")]*)", value):
                    yield from relative(target, f"style of <{element.tag}>")


def relative(value, where):
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", value.strip())
    if not scheme:
        yield f"relative URL `{value}` in {where}"
    elif scheme[1].lower() not in SCHEMES:
        yield f"URL `{value}` in {where} has a scheme that is not allowed"


def enclosure(url, kind, length, feed, where):
    absolute(url, feed, f"{where}: enclosure")
    if not MIME.fullmatch(kind or ""):
        feed.fault(f"{where}: enclosure has no media type, found `{kind}`")
    if not re.fullmatch(r"\d+", str(length)):
        feed.fault(f"{where}: enclosure length `{length}` is no count of bytes")


# --- XML ------------------------------------------------------------------------------------------


def xml_root(data, feed):
    """The root, or None: strict parser, no recovery, no DTD."""
    if not data.startswith(b"<?xml "):
        feed.fault("does not begin with an XML declaration")
    if b"<!DOCTYPE" in data[:1000]:
        feed.fault("has a document type declaration")
    try:
        data.decode("utf-8")
        return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        feed.fault(f"not well-formed: {error}")
        return None


def one(parent, tag, feed, where):
    """The text of a child that must be there exactly once and not be empty."""
    found = parent.findall(tag)
    if len(found) != 1 or not text_of(found[0]).strip():
        feed.fault(f"{where}: <{etree.QName(tag).localname}> must stand once and not be empty, found {len(found)}")
    return text_of(found[0]).strip() if found else ""


def read_rss(data):
    """RSS 2.0 with the RSS Advisory Board's profile."""
    feed = FeedFile()
    root = xml_root(data, feed)
    if root is None:
        return feed
    channels = root.findall("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or len(channels) != 1:
        feed.fault("root must be <rss version=\"2.0\"> with one <channel>")
        return feed
    channel = channels[0]
    feed.title = one(channel, "title", feed, "channel")
    absolute(one(channel, "link", feed, "channel"), feed, "channel link")
    one(channel, "description", feed, "channel")
    names = [child.tag for child in channel if isinstance(child.tag, str)]
    if "item" in names and any(name != "item" for name in names[names.index("item"):]):
        feed.fault("channel elements after the first <item>")
    for name in sorted({name for name in names if names.count(name) > 1}):
        if "{" not in name and name not in ("item", "category"):
            feed.fault(f"channel has <{name}> {names.count(name)} times")
    take_self(channel, "rss", feed)
    for name in ("lastBuildDate", "pubDate"):
        if (found := channel.find(name)) is not None:
            at = rfc822(text_of(found), feed, name)
            feed.updated = at if name == "lastBuildDate" else feed.updated
    if (image := channel.find("image")) is not None:
        absolute(one(image, "url", feed, "image"), feed, "image url")
        one(image, "title", feed, "image")
        one(image, "link", feed, "image")
    seen = set()
    for number, item in enumerate(channel.findall("item"), 1):
        feed.rows.append(rss_item(item, f"item {number}", seen, feed))
    check_with_feedparser(data, "rss", feed)
    return feed


def rss_item(item, where, seen, feed):
    row = Row(title=text_of(item.find("title")), link=text_of(item.find("link")))
    names = [child.tag for child in item if isinstance(child.tag, str)]
    for name in sorted({name for name in names if "{" not in name and name != "category" and names.count(name) > 1}):
        feed.fault(f"{where}: <{name}> stands {names.count(name)} times")
    if "title" not in names and "description" not in names:
        feed.fault(f"{where}: has neither title nor description")
    if row.link:
        absolute(row.link, feed, f"{where}: link")
    row.id = one(item, "guid", feed, where)
    stable_id(row.id, seen, feed, where)
    guid = item.find("guid")
    if guid is not None and guid.get("isPermaLink", "true") == "true":
        absolute(row.id, feed, f"{where}: guid that is a permalink")
        if not row.id.startswith(("http://", "https://")):
            feed.fault(f"{where}: guid `{row.id}` is called a permalink")
    if (date := item.find("pubDate")) is not None:
        row.published = rfc822(text_of(date), feed, f"{where}: pubDate")
    if (date := item.find(DCTERMS + "modified")) is not None:
        row.updated = rfc3339(text_of(date), feed, f"{where}: dcterms:modified")
    row.authors = [squeeze(text_of(a)) for a in item.findall(DC + "creator") + item.findall("author")]
    if item.find(DC + "creator") is not None and item.find("author") is not None:
        feed.fault(f"{where}: has both author and dc:creator")
    if (author := item.find("author")) is not None and "@" not in text_of(author):
        feed.fault(f"{where}: <author> without an e-mail address")
    for found in item.findall("enclosure"):
        enclosure(found.get("url"), found.get("type"), found.get("length"), feed, where)
    if (source := item.find("source")) is not None:
        absolute(source.get("url"), feed, f"{where}: source url")
    if any(not text_of(c).strip() for c in item.findall("category")):
        feed.fault(f"{where}: empty category")
    description, encoded = item.find("description"), item.find(CONTENT + "encoded")
    for found in (description, encoded):
        if found is not None and len(found):
            feed.fault(f"{where}: <{etree.QName(found).localname}> has child elements")
    if description is not None and encoded is not None and item.index(encoded) < item.index(description):
        feed.fault(f"{where}: content:encoded before description")
    row.body = text_of(encoded if encoded is not None else description)
    row.summary = text_of(description) if encoded is not None else ""
    return row


def take_self(parent, kind, feed):
    links = [link for link in parent.findall(ATOM + "link") if link.get("rel") == "self"]
    if len(links) != 1:
        feed.fault(f"must have one self link, found {len(links)}")
        return
    feed.self_url = absolute(links[0].get("href"), feed, "self link")
    if links[0].get("type") != SELF_TYPES[kind]:
        feed.fault(f"self link has type `{links[0].get('type')}`, expected `{SELF_TYPES[kind]}`")


def read_atom(data):
    """Atom 1.0 (RFC 4287), the rules its RELAX NG cannot say."""
    feed = FeedFile()
    root = xml_root(data, feed)
    if root is None:
        return feed
    if root.tag != ATOM + "feed":
        feed.fault(f"root is <{root.tag}>, expected an Atom <feed>")
        return feed
    feed.title = one(root, ATOM + "title", feed, "feed")
    if not IRI.fullmatch(one(root, ATOM + "id", feed, "feed")):
        feed.fault("feed id is no absolute IRI")
    feed.updated = rfc3339(one(root, ATOM + "updated", feed, "feed"), feed, "feed updated")
    take_self(root, "atom", feed)
    seen = set()
    for number, entry in enumerate(root.findall(ATOM + "entry"), 1):
        row = atom_entry(entry, f"entry {number}", seen, feed)
        feed.rows.append(row)
        if None not in (feed.updated, row.updated) and row.updated > feed.updated:
            feed.fault(f"entry {number} is newer than the feed's updated")
    check_with_feedparser(data, "atom", feed)
    return feed


def atom_entry(entry, where, seen, feed):
    row = Row(title=atom_text(entry.find(ATOM + "title")), id=one(entry, ATOM + "id", feed, where))
    stable_id(row.id, seen, feed, where)
    row.updated = rfc3339(one(entry, ATOM + "updated", feed, where), feed, f"{where}: updated")
    if (published := entry.find(ATOM + "published")) is not None:
        row.published = rfc3339(text_of(published), feed, f"{where}: published")
        if None not in (row.published, row.updated) and row.published > row.updated:
            feed.fault(f"{where}: published after updated")
    for author in entry.findall(ATOM + "author"):
        row.authors.append(squeeze(one(author, ATOM + "name", feed, f"{where}: author")))
    alternates = []
    for link in entry.findall(ATOM + "link"):
        absolute(link.get("href"), feed, f"{where}: link")
        if link.get("rel", "alternate") == "alternate":
            alternates.append(link)
        if link.get("rel") == "enclosure":
            enclosure(link.get("href"), link.get("type"), link.get("length", "0"), feed, where)
    if len({(link.get("type"), link.get("hreflang")) for link in alternates}) < len(alternates):
        feed.fault(f"{where}: two alternate links of one type")
    row.link = alternates[0].get("href") if alternates else ""
    content, summary = entry.find(ATOM + "content"), entry.find(ATOM + "summary")
    if content is None and not alternates:
        feed.fault(f"{where}: has neither content nor an alternate link")
    # Empty content only says that there is none to be had (RFC 4287 §4.1.2 wants it where there is no link).
    has_body = bool(text_of(content).strip()) or summary is None
    shown = content if has_body else summary
    row.body, row.body_kind = text_of(shown), kind_of(shown)
    if has_body:
        row.summary, row.summary_kind = text_of(summary), kind_of(summary)
    return row


def kind_of(element):
    """Whether a text construct or content is text or HTML."""
    return "text" if element is None or element.get("type", "text") == "text" else "html"


def as_text(value, kind):
    """What a person reads of it, white space squeezed."""
    if kind == "html" and value.strip():
        value = html.fragment_fromstring(value, create_parent="div").text_content()
    return squeeze(value)


def atom_text(element):
    """A text construct as text (RFC 4287 §3.1)."""
    return as_text(text_of(element), kind_of(element))


def check_with_feedparser(data, kind, feed):
    """A second parser must be content, and see the same ids, links and dates in the same order."""
    headers = {"content-type": f"{SELF_TYPES[kind]}; charset=utf-8"}
    seen = feedparser.parse(data, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)
    if seen.bozo:
        feed.fault(f"feedparser: {seen.get('bozo_exception')}")
    if len(seen.entries) != len(feed.rows):
        feed.fault(f"feedparser sees {len(seen.entries)} items, there are {len(feed.rows)}")
        return
    for number, (entry, row) in enumerate(zip(seen.entries, feed.rows), 1):
        for name, got, want in (
            ("id", entry.get("id"), row.id),
            ("link", entry.get("link") or "", row.link or (row.id if entry.get("guidislink") else "")),
            ("published", stamp(entry.get("published_parsed")), row.published),
        ):
            if got != want:
                feed.fault(f"item {number}: feedparser reads {name} `{got}`, expected `{want}`")
        if row.authors and not entry.get("author"):
            feed.fault(f"item {number}: feedparser sees no author")


def stamp(parsed):
    return int(dt.datetime(*parsed[:6], tzinfo=dt.timezone.utc).timestamp()) if parsed else None


# --- JSON -----------------------------------------------------------------------------------------


def no_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError(f"a key stands twice in {sorted(keys)}")
    return dict(pairs)


def read_json(data, validator=None):
    """JSON Feed 1.1; `validator` is a compiled JSON schema, if there is one."""
    feed = FeedFile()
    try:
        doc = json.loads(data.decode("utf-8"), object_pairs_hook=no_duplicates)
    except ValueError as error:
        feed.fault(f"not JSON: {error}")
        return feed
    for error in validator.iter_errors(doc) if validator else ():
        feed.fault(f"schema: {error.json_path}: {error.message[:160]}")
    if not isinstance(doc, dict) or not isinstance(doc.get("items"), list):
        feed.fault("no JSON Feed: must be an object with a list `items`")
        return feed
    if doc.get("version") != JSON_FEED:
        feed.fault(f"version is `{doc.get('version')}`, expected `{JSON_FEED}`")
    feed.title = doc.get("title") or feed.fault("has no title") or ""
    feed.self_url = absolute(doc.get("feed_url"), feed, "feed_url")
    absolute(doc.get("home_page_url"), feed, "home_page_url")
    seen = set()
    for number, item in enumerate(doc["items"], 1):
        feed.rows.append(json_item(item, f"item {number}", seen, feed))
    return feed


def json_item(item, where, seen, feed):
    row = Row(id=item.get("id"), title=item.get("title", ""), link=item.get("url", ""), summary=item.get("summary", ""), summary_kind="text")
    if not isinstance(row.id, str) or not row.id:
        feed.fault(f"{where}: id must be a text that is not empty, found `{row.id}`")
        row.id = str(row.id)
    stable_id(row.id, seen, feed, where)
    for name in ("url", "external_url", "image", "banner_image"):
        if name in item:
            absolute(item[name], feed, f"{where}: {name}")
    if "date_published" in item:
        row.published = rfc3339(item["date_published"], feed, f"{where}: date_published")
    row.updated = row.published
    if "date_modified" in item:
        row.updated = rfc3339(item["date_modified"], feed, f"{where}: date_modified")
    if "content_html" not in item and "content_text" not in item:
        feed.fault(f"{where}: has neither content_html nor content_text")
    row.body_kind = "html" if "content_html" in item else "text"
    row.body = item.get("content_html", item.get("content_text", ""))
    if "author" in item:
        feed.fault(f"{where}: `author` is of JSON Feed 1.0")
    for author in item.get("authors", []):
        if not any(author.get(key) for key in ("name", "url", "avatar")):
            feed.fault(f"{where}: author without name, url and avatar")
        row.authors.append(squeeze(author.get("name", "")))
    for found in item.get("attachments", []):
        enclosure(found.get("url"), found.get("mime_type"), found.get("size_in_bytes", 0), feed, where)
    if any(not isinstance(tag, str) or not tag.strip() for tag in item.get("tags", [])):
        feed.fault(f"{where}: tags must be texts that are not empty")
    return row


# --- the formats together -------------------------------------------------------------------------


def disagreements(files):
    """Where the formats of one feed tell different things; `files` maps format → FeedFile."""
    names = [name for name in ("json", "atom", "rss") if name in files]
    for other in names[1:]:
        a, b, pair = files[names[0]], files[other], f"{names[0]} and {other}"
        if a.title != b.title:
            yield f"{pair}: title `{a.title}` and `{b.title}`"
        ids = [row.id for row in a.rows], [row.id for row in b.rows]
        if ids[0] != ids[1]:
            yield f"{pair}: other ids" if set(ids[0]) != set(ids[1]) else f"{pair}: other order"
            continue
        for x, y in zip(a.rows, b.rows):
            for name in ("title", "link", "published", "authors"):
                left, right = getattr(x, name), getattr(y, name)
                if name == "title":
                    left, right = squeeze(left), squeeze(right)
                if name == "authors":
                    left, right = set(filter(None, left)), set(filter(None, right))
                    # RSS shows `mail (name)` where it shows a mail, and one author in <author>; Atom names
                    # somebody even where nobody is known (RFC 4287 §4.1.2), the others do not.
                    if any("@" in author for author in right) or not left and "atom" in (names[0], other):
                        continue
                if left != right:
                    yield f"{pair}: {name} of `{x.id}`: `{left}` and `{right}`"
            if None not in (x.updated, y.updated) and x.updated != y.updated:
                yield f"{pair}: updated of `{x.id}`: {x.updated} and {y.updated}"
            left, right = x.body.strip(), y.body.strip()
            if x.body_kind != y.body_kind:
                left, right = as_text(left, x.body_kind), as_text(right, y.body_kind)
            if left != right:
                yield f"{pair}: body of `{x.id}` differs{first_difference(left, right)}"
            left, right = as_text(x.summary, x.summary_kind), as_text(y.summary, y.summary_kind)
            if left != right and left and right:
                yield f"{pair}: summary of `{x.id}` differs{first_difference(left, right)}"


def first_difference(a, b):
    at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    return f" at {at}: `{a[max(0, at - 15):at + 25]}` and `{b[max(0, at - 15):at + 25]}`"


def authorless(feed):
    """Atom entries without an author of their own: readers do not take the feed's."""
    return [f"entry {number}: has no author" for number, row in enumerate(feed.rows, 1) if not any(row.authors)]
