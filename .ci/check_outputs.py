#!/usr/bin/env python3
"""Checks a published folder, file by file, by its manifest: check_outputs.py DIR [--schemas DIR] [--url URL]

Well-formedness (xmllint), Atom against its RELAX NG and JSON Feed against its schema (where --schemas or
$FEEDMILL_CASES/schemas stands), the rules of feed_rules.py, the formats of a feed against each other,
sizes and sha256 of the manifest, self links, OPML and the HTML pages. Prints the first 40 errors and the
line `N files, M errors`; exit 1 if there are any.
"""
import argparse
import collections
import hashlib
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

from lxml import etree, html

import feed_rules as rules

FORMATS = ("rss", "atom", "json")
SHOWN = 40
BATCH = 40
CONTEXT = {}


def json_schema(schemas):
    """The JSON Feed 1.1 schema as a validator. Its `hubs` says object where the specification says array."""
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    parts = {name: json.loads((schemas / "jsonfeed-schema" / f"{name}.json").read_text()) for name in ("feed", "feed-1")}
    parts["feed-1"]["properties"]["hubs"]["type"] = "array"
    # References are written without `.json`, relative to the id of the schema they stand in.
    base = "https://json.schemastore.org/"
    resources = []
    for name, part in parts.items():
        for address in (name, f"{name}.json", base + name, f"{base}{name}.json"):
            resources.append((address, Resource.from_contents(part, default_specification=DRAFT7)))
    return Draft7Validator(parts["feed"], registry=Registry().with_resources(resources))


def xmllint(paths, *options):
    """One line for each file that is not as it should be; many files in one call."""
    if not paths:
        return []
    command = ["xmllint", "--noout", "--nonet", "--huge", *options, *map(str, paths)]
    result = subprocess.run(command, capture_output=True, text=True, errors="replace")
    lines = [line for line in result.stderr.splitlines() if re.search(r": (parser|validity|namespace) error|validity error|fails to validate", line)]
    if result.returncode and not lines:
        return [f"xmllint: exit {result.returncode}: {result.stderr[:200]}"]
    return [line.replace(f"{CONTEXT['root']}/", "")[:300] for line in lines]


def setup(root, schemas):
    CONTEXT["root"] = root
    CONTEXT["rng"] = schemas / "atom-rfc4287.rng" if schemas else None
    CONTEXT["json"] = json_schema(schemas) if schemas else None


def check_feed(entry):
    """Errors of all files of one feed of the manifest, and the self URL of each."""
    root, errors, files = CONTEXT["root"], [], {}
    for kind, name in entry.get("files", {}).items():
        path = root / name
        if not path.is_file():
            errors.append(f"{name}: is in the manifest and not on the disk")
            continue
        data = path.read_bytes()
        want = entry.get("sha256", {}).get(kind)
        if kind in FORMATS and want is None:
            errors.append(f"{name}: the manifest has no sha256 of it")
        elif want is not None and hashlib.sha256(data).hexdigest() != want:
            errors.append(f"{name}: sha256 is not the manifest's")
        if kind not in FORMATS:
            continue
        feed = rules.read_json(data, CONTEXT["json"]) if kind == "json" else getattr(rules, f"read_{kind}")(data)
        files[kind] = feed
        for row in feed.rows:
            feed.errors += [f"`{row.id}`: {fault}" for fault in rules.body_faults(row.body)]
        feed.errors += rules.authorless(feed) if kind == "atom" else []
        if len(feed.rows) != entry.get("items"):
            feed.fault(f"has {len(feed.rows)} items, the manifest says {entry.get('items')}")
        if feed.title and feed.title != entry.get("title"):
            feed.fault(f"title is `{feed.title}`, the manifest says `{entry.get('title')}`")
        errors += [f"{name}: {error}" for error in feed.errors]
    scratch = rules.FeedFile()
    updated = rules.rfc3339(entry.get("updated"), scratch, "updated")
    errors += [f"manifest: {entry.get('key')}: {error}" for error in scratch.errors]
    for kind, feed in files.items():
        if None not in (feed.updated, updated) and feed.updated != updated:
            errors.append(f"{entry['files'][kind]}: feed date is not the manifest's `updated`")
    errors += [f"{entry.get('key')}: {fault}" for fault in rules.disagreements(files)]
    return errors, {entry["files"][kind]: feed.self_url for kind, feed in files.items()}


def check_batch(entries):
    root = CONTEXT["root"]
    kinds = collections.defaultdict(list)
    for entry in entries:
        for kind, name in entry.get("files", {}).items():
            if (root / name).is_file():
                kinds[kind].append(root / name)
    errors = xmllint(kinds["rss"] + kinds["atom"])
    if CONTEXT["rng"]:
        errors += xmllint(kinds["atom"], "--relaxng", str(CONTEXT["rng"]))
    urls = {}
    for entry in entries:
        try:
            found, own = check_feed(entry)
        except Exception as error:  # a fault of the checker must not pass for a clean file
            found, own = [f"{entry.get('key')}: checker failed: {error!r}"], {}
        errors += found
        urls.update(own)
    return errors, urls


def check_self_urls(urls, base):
    """Every file must name its own address: base plus its path, percent-encoded."""
    for name, url in urls.items():
        if urllib.parse.unquote(url) != urllib.parse.unquote(base) + name:
            yield f"{name}: self link is `{url}`, expected `{base}{urllib.parse.quote(name)}`"


def check_opml(root, base):
    path = root / "index.opml"
    if not path.is_file():
        return ["index.opml: is missing"]
    feed = rules.FeedFile()
    doc = rules.xml_root(path.read_bytes(), feed)
    if doc is not None:
        if doc.tag != "opml" or doc.get("version") != "2.0" or not doc.findtext("head/title", "").strip():
            feed.fault("must be OPML 2.0 with a head/title")
        for name in ("dateCreated", "dateModified"):
            if (found := doc.findtext(f"head/{name}")) is not None:
                rules.rfc822(found, feed, name)
        for outline in doc.iter("outline"):
            text = outline.get("text", "").strip()
            if not text:
                feed.fault("outline without text")
            if outline.get("type") == "rss":
                url = rules.absolute(outline.get("xmlUrl"), feed, f"outline `{text}`")
                local = urllib.parse.unquote(url.removeprefix(base))
                if url.startswith(base) and not (root / local).is_file():
                    feed.fault(f"outline `{text}` leads to `{local}`, which is not there")
                if "htmlUrl" in outline.attrib:
                    rules.absolute(outline.get("htmlUrl"), feed, f"outline `{text}`: htmlUrl")
            elif not len(outline):
                feed.fault(f"outline `{text}` is no group and has no type")
        if not any(outline.get("type") == "rss" for outline in doc.iter("outline")):
            feed.fault("lists no feed")
    return [f"index.opml: {error}" for error in feed.errors]


def check_html(root, path, base):
    name, data = path.relative_to(root).as_posix(), path.read_bytes()
    try:
        doc = html.document_fromstring(data.decode("utf-8"))
    except (UnicodeDecodeError, etree.LxmlError) as error:
        return [f"{name}: not HTML: {error}"]
    errors = []
    if not data[:15].lower().startswith(b"<!doctype html>"):
        errors.append("does not begin with <!doctype html>")
    if not doc.findtext("head/title", "").strip():
        errors.append("has no title")
    for link in doc.iterfind(".//link[@rel='alternate']"):
        if not link.get("href") or not link.get("type"):
            errors.append("alternate link without href or type")
    here = base + urllib.parse.quote(name)
    for element in doc.iterfind(".//*[@href]"):
        target = urllib.parse.urljoin(here, element.get("href")).split("#")[0].split("?")[0]
        if target.startswith(base):
            local = root / urllib.parse.unquote(target.removeprefix(base))
            if not (local.is_file() or (local / "index.html").is_file()):
                errors.append(f"link `{element.get('href')}` leads nowhere")
    return [f"{name}: {error}" for error in errors]


def check_strays(root, entries):
    """Feeds on the disk that the manifest does not know, and what a run left behind."""
    known = {name for entry in entries for name in entry.get("files", {}).values()}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and path.name in ("rss.xml", "atom.xml", "feed.json") and name not in known:
            yield f"{name}: is not in the manifest"
        if path.is_file() and (path.name.startswith(".") or path.suffix in (".tmp", ".part")):
            yield f"{name}: a temporary file was left behind"
        if path.is_file() and path.stat().st_size == 0:
            yield f"{name}: is empty"


def check(root, schemas=None, url=None, jobs=2):
    """(number of files, errors in order)."""
    root = root.resolve()
    try:
        manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"), object_pairs_hook=rules.no_duplicates)
        entries = manifest["feeds"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return 1, [f"manifest.json: cannot be used: {error!r}"]
    errors = [] if manifest.get("version") == 1 else [f"manifest.json: version is `{manifest.get('version')}`"]
    keys = [entry.get("key") for entry in entries]
    errors += [f"manifest.json: key `{key}` stands twice" for key, n in collections.Counter(keys).items() if n > 1]
    if "all" not in keys:
        errors.append("manifest.json: has no feed of everything, key `all`")
    batches = [entries[i : i + BATCH] for i in range(0, len(entries), BATCH)]
    urls = {}
    with multiprocessing.Pool(jobs, setup, (root, schemas)) as pool:
        for found, own in pool.imap(check_batch, batches):
            errors += found
            urls.update(own)
    base = url or next((address.rpartition("/")[0] + "/" for name, address in urls.items() if "/" not in name and address), "")
    errors += check_self_urls(urls, base)
    errors += check_opml(root, base)
    pages = sorted(root.rglob("index.html"))
    if root / "index.html" not in pages:
        errors.append("index.html: is missing")
    for page in pages:
        errors += check_html(root, page, base)
    errors += check_strays(root, entries)
    if not urls:
        errors.append("no feed was read: nothing was checked")
    return len(urls) + len(pages) + 2, errors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--schemas", type=pathlib.Path, help="folder with atom-rfc4287.rng and jsonfeed-schema/")
    parser.add_argument("--url", help="where the folder is published; default: what its own first feed says")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    schemas = args.schemas
    if schemas is None and os.environ.get("FEEDMILL_CASES"):
        schemas = pathlib.Path(os.environ["FEEDMILL_CASES"]) / "schemas"
    if schemas is None or not schemas.is_dir():
        print("LEFT OUT: no schemas at hand, so neither RELAX NG nor JSON schema were checked")
        schemas = None
    files, errors = check(args.dir, schemas and schemas.resolve(), args.url, args.jobs)
    for error in errors[:SHOWN]:
        print(error)
    if len(errors) > SHOWN:
        print(f"… and {len(errors) - SHOWN} more")
    print(f"{files} files, {len(errors)} errors")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
