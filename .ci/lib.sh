# Functions of .ci/run and .ci/full: sections with their time, what the checks need, and the checks.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$root/target/ci
bin=$root/target/release/feedmill
venv=$work/venv
cases=${FEEDMILL_CASES:-$root/../shared}
section_name=
section_start=0

# section NAME: closes the section before it with its time.
section() {
    section_end
    section_name=$1
    section_start=$SECONDS
    printf '\n=== %s\n' "$1"
}

section_end() {
    [[ -z $section_name ]] || printf -- '--- %s: %d s\n' "$section_name" $((SECONDS - section_start))
    section_name=
}

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

left_out() {
    printf '\n!!! LEFT OUT: %s\n' "$*"
}

# --- What the checks need ---------------------------------------------------------------------------

# need_commands COMMAND:PACKAGE…: installs the Debian packages of those that are missing.
need_commands() {
    local pair missing=()
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
    done
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
    ((${#missing[@]})) || return 0
    local as_root=()
    if [[ $(id -u) != 0 ]]; then
        command -v sudo >/dev/null || die "missing packages, and no root to install them: ${missing[*]}"
        as_root=(sudo)
    fi
    command -v apt-get >/dev/null || die "missing, install them by hand: ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

need_python() {
    [[ -x $venv/bin/python ]] || python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$root/.ci/requirements.txt"
}

need_feedsmith() {
    [[ -d $work/npm/node_modules/feedsmith ]] && return
    mkdir -p "$work/npm"
    npm install --silent --no-audit --no-fund --prefix "$work/npm" feedsmith@3.0.1
}

need_cargo_deny() {
    command -v cargo-deny >/dev/null || cargo install --quiet --locked cargo-deny --version 0.20.2
}

# Sets cargo_fuzz; needs what only nightly compilers allow otherwise.
need_cargo_fuzz() {
    cargo_fuzz=$work/cargo-fuzz/bin/cargo-fuzz
    [[ -x $cargo_fuzz ]] || cargo install --quiet --locked --root "$work/cargo-fuzz" cargo-fuzz --version 0.13.1
    [[ $(rustc --version) == *nightly* ]] || export RUSTC_BOOTSTRAP=1
}

have_cases() {
    [[ -f $cases/tools/score_cases.py ]]
}

# --- Checks -----------------------------------------------------------------------------------------

# same_tree WHAT: nothing in the clone may differ from what is committed.
same_tree() {
    local changed
    changed=$(git -C "$work/clone" status --porcelain --untracked-files=all)
    [[ -z $changed ]] || die "$1 changed committed files:"$'\n'"$(head -20 <<<"$changed")"$'\n'"$(git -C "$work/clone" diff | head -40)"
    echo "$1: nothing changed"
}

# The committed feeds/ are what the committed examples give, from whatever state and surroundings.
check_examples() {
    rm -rf "$work/clone"
    git clone --quiet "$root" "$work/clone"
    [[ -z $(git -C "$root" status --porcelain) ]] || echo "note: uncommitted changes are not in the clone"
    (
        cd "$work/clone" || exit
        "$bin"
        same_tree "first run"
        "$bin"
        same_tree "second run"
        rm -rf feeds
        "$bin"
        same_tree "run after feeds/ was emptied"
        rm -rf .feedmill
        "$bin"
        same_tree "run after the state was lost"
        rm -rf .feedmill feeds
        "$bin" run --full
        same_tree "full run from nothing"
        rm -rf .feedmill feeds
        cd /
        TZ=Pacific/Chatham LC_ALL=tr_TR.UTF-8 RAYON_NUM_THREADS=1 "$bin" run --config "$work/clone/config.toml"
        same_tree "run with another zone, locale, folder and one thread"
    )
}

# check_outputs DIR: the checker, then the foreign readers.
check_outputs() {
    local schemas=()
    [[ -d $cases/schemas ]] && schemas=(--schemas "$cases/schemas")
    "$venv/bin/python" "$root/.ci/check_outputs.py" "$1" "${schemas[@]}"
    "$venv/bin/python" "$root/tests/readers/read_feeds.py" "$1" --node "$work/npm" --sample "${2:-8}"
}

# posts_config FILE CORPUS…: a config that reads these corpora of posts and asks for every format and axis.
posts_config() {
    local file=$1 corpus zone
    shift
    cat >"$file" <<'TOML'
[site]
title = "Posts & <feeds>"
url = "https://example.org/"
feeds_url = "https://example.org/feeds/"
language = "zh-CN"
author = { name = "Someone" }
[output]
by = ["category", "tag", "author", "source", "language", "year"]
limit = 50
TOML
    for corpus in "$@"; do
        case $corpus in hugo-*) zone=Asia/Tokyo ;; *) zone=Asia/Shanghai ;; esac
        printf '[[source.articles]]\nname = "%s"\npath = "%s"\npermalink = "/%s/:year/:month/:day/:title/"\ntimezone = "%s"\n' \
            "$corpus" "$cases/cases/posts/$corpus" "$corpus" "$zone" >>"$file"
    done
}

# check_posts CORPUS…: real posts to feeds, twice; the second run writes nothing.
check_posts() {
    local dir=$work/posts
    rm -rf "$dir"
    mkdir -p "$dir"
    posts_config "$dir/config.toml" "$@"
    "$bin" run -q --config "$dir/config.toml" 2>"$dir/log" || die "exit $? of the run over $*: $(tail -5 "$dir/log")"
    printf '%d warnings, %d files, %s\n' "$(grep -c . "$dir/log" || true)" "$(find "$dir/feeds" -type f | wc -l)" "$(du -sh "$dir/feeds" | cut -f1)"
    touch "$dir/before"
    "$bin" run -q --config "$dir/config.toml" 2>>"$dir/log"
    [[ -z $(find "$dir/feeds" -newer "$dir/before") ]] || die "a run with nothing new wrote files: $(find "$dir/feeds" -newer "$dir/before" | head -3)"
    check_outputs "$dir/feeds" "${FULL:+40}"
}

score() {
    python3 "$cases/tools/score_cases.py" "$1" --bin "$bin" --fail 20 "${@:2}"
}
