#!/usr/bin/env python3
"""Reads a published folder with programs that people really use, and compares what they see with what is in it.

  read_feeds.py DIR [--readers feedsmith,sfeed,newsboat] [--node FOLDER] [--sample N]

feedsmith reads RSS, Atom and JSON Feed; sfeed RSS and Atom; newsboat RSS and Atom over HTTP on the loopback
address, a sample of --sample feeds (each its own cache, since newsboat keeps one id in one feed of a cache).
Compared are the ids in their order, the dates to the second, and for newsboat titles and authors.
A reader that is not installed is an error; name those you have. Closes with `N readings, M errors`.
"""
import argparse
import datetime as dt
import functools
import http.server
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / ".ci"))
import feed_rules as rules  # noqa: E402

READ = {"rss": rules.read_rss, "atom": rules.read_atom, "json": rules.read_json}
SHOWN = 40


def feeds_of(root, kinds):
    """(format, path) of every feed file that the manifest lists."""
    manifest = json.loads((root / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["feeds"]:
        for kind, name in entry["files"].items():
            if kind in kinds:
                yield kind, root / name


def difference(path, reader, got, want):
    """One line, or nothing: lists of (id, instant or None)."""
    if [g[0] for g in got] != [w[0] for w in want]:
        return f"{path}: {reader} reads {len(got)} ids `{[g[0] for g in got][:3]}…`, there are {len(want)} `{[w[0] for w in want][:3]}…`"
    for g, w in zip(got, want):
        if g[1] not in w[1:]:
            return f"{path}: {reader} dates `{g[0]}` {g[1]}, expected {w[1]}"
    return None


def expected(kind, path):
    """(id, published, updated) of each item; a reader may show either date of an Atom entry."""
    rows = READ[kind](path.read_bytes()).rows
    return [(row.id, row.published, row.updated if row.published is None else row.published) for row in rows]


def feedsmith(root, args):
    files = list(feeds_of(root, ("rss", "atom", "json")))
    command = ["node", str(HERE / "feedsmith.mjs"), args.node]
    paths = "".join(f"{path}\n" for _, path in files)
    result = subprocess.run(command, input=paths, capture_output=True, text=True, check=True)
    lines = result.stdout.split("\n")[:-1]
    if len(lines) != len(files):
        yield f"feedsmith: {len(lines)} answers for {len(files)} files: {result.stderr[:200]}"
    for (kind, path), line in zip(files, lines):
        answer = json.loads(line)
        if "error" in answer or answer["format"] != kind:
            yield f"{path}: feedsmith: {answer.get('error') or answer['format']}"
        else:
            yield difference(path, "feedsmith", answer["items"], expected(kind, path))


def sfeed(root, args):
    for kind, path in feeds_of(root, ("rss", "atom")):
        result = subprocess.run(["sfeed"], stdin=path.open("rb"), capture_output=True, check=True)
        got = []
        # Not splitlines: titles may hold U+2028 and U+0085.
        for line in result.stdout.decode("utf-8").split("\n")[:-1]:
            fields = line.split("\t")
            got.append((fields[5] or fields[2], int(fields[0]) if fields[0] else None))
        yield difference(path, "sfeed", got, expected(kind, path))


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def newsboat(root, args):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    files = list(feeds_of(root, ("rss", "atom")))
    step = max(1, len(files) // args.sample)
    # An odd step, so that both formats come up.
    for kind, path in files[:: step | 1][: args.sample]:
        url = f"http://127.0.0.1:{server.server_port}/{urllib.parse.quote(path.relative_to(root).as_posix())}"
        with tempfile.TemporaryDirectory() as scratch:
            home = pathlib.Path(scratch)
            (home / "urls").write_text(url + "\n")
            (home / "config").write_text("max-items 0\nuse-proxy no\n")
            command = ["newsboat", "-u", home / "urls", "-c", home / "cache.db", "-C", home / "config", "-q", "-x", "reload"]
            environment = {**os.environ, "HOME": scratch, "LC_ALL": "C.UTF-8", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
            subprocess.run(command, env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)
            with sqlite3.connect(home / "cache.db") as cache:
                got = cache.execute("select guid, title, author from rss_item order by guid").fetchall()
        rows = READ[kind](path.read_bytes()).rows
        # Where an item has no author, newsboat shows the channel's editor.
        nobody = {row.id for row in rows if not row.authors}
        want = sorted((row.id, rules.squeeze(row.title), True) for row in rows)
        # newsboat makes a title of the link where an item has none.
        untitled = {guid for guid, title, _ in want if not title}
        got = [
            (guid, "" if guid in untitled else rules.squeeze(title), bool(author) or guid in nobody)
            for guid, title, author in got
        ]
        yield next((f"{path}: newsboat reads {g}, expected {w}" for g, w in zip(got, want) if g != w), None) or (
            f"{path}: newsboat reads {len(got)} items, there are {len(want)}" if len(got) != len(want) else None
        )
    server.shutdown()


READERS = {"feedsmith": feedsmith, "sfeed": sfeed, "newsboat": newsboat}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--readers", default=",".join(READERS))
    parser.add_argument("--node", default=".", help="folder whose node_modules holds feedsmith")
    parser.add_argument("--sample", type=int, default=12)
    args = parser.parse_args()
    readings, errors = 0, []
    for name in args.readers.split(","):
        started, before = dt.datetime.now(), readings
        for error in READERS[name](args.dir.resolve(), args):
            readings += 1
            if error:
                errors.append(error)
        print(f"{name}: {readings - before} files in {(dt.datetime.now() - started).total_seconds():.1f} s")
        if readings == before:
            errors.append(f"{name}: read nothing")
    for error in errors[:SHOWN]:
        print(error)
    print(f"{readings} readings, {len(errors)} errors")
    sys.exit(bool(errors))


if __name__ == "__main__":
    main()
