//! Which tables there are and which keys they take: for unknown keys, hints, and the tests of the reference page.

use crate::model::Axis;

/// One kind of table.
#[derive(Debug)]
pub(super) struct Shape {
    /// For messages, with backticks where it is literal.
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Keys that feedmill will take, but not yet.
    pub(super) later: &'static [&'static str],
    /// How such a table is written.
    pub(super) hint: &'static str,
}

impl Shape {
    /// The name without backticks.
    pub(super) fn header(&self) -> &'static str {
        self.name.trim_matches('`')
    }

    /// A key, as an environment variable has it.
    pub(super) fn example(&self) -> String {
        self.keys.first().map(|key| key.to_uppercase()).unwrap_or_default()
    }
}

pub(super) const ROOT: Shape = Shape {
    name: "the file",
    keys: &["site", "output", "content", "state", "network", "source", "rules"],
    later: &[],
    hint: "",
};

pub(super) const SITE: Shape = Shape {
    name: "`[site]`",
    keys: &["title", "description", "url", "feeds_url", "language", "timezone", "author", "icon", "rights", "use"],
    later: &[],
    hint: "write `[site]`",
};

pub(super) const AUTHOR: Shape =
    Shape {
        name: "`author`", keys: &["name", "email", "url"], later: &[], hint: "write `author = { name = \"…\" }`"
    };

pub(super) const OUTPUT: Shape = Shape {
    name: "`[output]`",
    keys: &[
        "dir",
        "formats",
        "by",
        "limit",
        "max_age",
        "max_bytes",
        "content",
        "duplicates",
        "slugs",
        "category",
        "tag",
        "author",
        "source",
        "language",
        "year",
        "feed",
    ],
    later: &["status", "archive"],
    hint: "write `[output]`",
};

/// The tables of the axes; all take the same keys.
pub(super) static AXES: [(&str, Axis, Shape); 6] = [
    ("category", Axis::Category, axis("`[output.category]`", "write `[output.category]`")),
    ("tag", Axis::Tag, axis("`[output.tag]`", "write `[output.tag]`")),
    ("author", Axis::Author, axis("`[output.author]`", "write `[output.author]`")),
    ("source", Axis::Source, axis("`[output.source]`", "write `[output.source]`")),
    ("language", Axis::Language, axis("`[output.language]`", "write `[output.language]`")),
    ("year", Axis::Year, axis("`[output.year]`", "write `[output.year]`")),
];

const fn axis(name: &'static str, hint: &'static str) -> Shape {
    Shape {
        name,
        keys: &["formats", "limit", "max_age", "max_bytes", "content", "duplicates", "min_items", "title", "slug"],
        later: &["archive"],
        hint,
    }
}

/// Any axis, for hints.
const AXIS: Shape = axis("`[output.<axis>]`", "");

pub(super) const CUSTOM: Shape = Shape {
    name: "`[[output.feed]]`",
    keys: &[
        "name",
        "title",
        "description",
        "formats",
        "limit",
        "max_age",
        "max_bytes",
        "content",
        "duplicates",
        "where",
    ],
    later: &["archive"],
    hint: "write `[[output.feed]]`",
};

pub(super) const WHERE: Shape = Shape {
    name: "`where`",
    keys: &[
        "source",
        "category",
        "tag",
        "author",
        "language",
        "title",
        "text",
        "url",
        "max_age",
        "not_source",
        "not_category",
        "not_tag",
        "not_author",
        "not_language",
        "not_title",
        "not_text",
        "not_url",
    ],
    later: &[],
    hint: "write `where = { category = [\"…\"] }`",
};

pub(super) const CONTENT: Shape =
    Shape { name: "`[content]`", keys: &["remove_tracking", "iframes"], later: &[], hint: "write `[content]`" };

pub(super) const STATE: Shape = Shape { name: "`[state]`", keys: &["path"], later: &[], hint: "write `[state]`" };

pub(super) const NETWORK: Shape = Shape {
    name: "`[network]`",
    keys: &[
        "allow_addresses",
        "contact",
        "timeout",
        "connect_timeout",
        "first_byte_timeout",
        "max_body",
        "concurrency",
        "host_gap",
        "min_interval",
    ],
    later: &["max_interval", "grace", "proxy", "resolver", "ca_file", "per_host"],
    hint: "write `[network]`",
};

pub(super) const SOURCE: Shape = Shape {
    name: "`source`",
    keys: &["articles", "feed"],
    later: &["page"],
    hint: "write `[[source.articles]]` or `[[source.feed]]`",
};

pub(super) const ARTICLES: Shape = Shape {
    name: "`[[source.articles]]`",
    keys: &[
        "name",
        "title",
        "path",
        "exclude",
        "permalink",
        "base",
        "category_lists",
        "body",
        "map",
        "timezone",
        "language",
        "author",
        "add",
        "keep",
        "max_new",
        // Rules; of `exclude` they have the tables.
        "use",
        "include",
        "categories",
        "tags",
        "set",
        "fill",
        "item_title",
        "content",
        "limit",
        "max_age",
        "max_bytes",
        "future",
        "priority",
    ],
    later: &["url", "urls", "sitemap", "git", "ref", "within", "allow_private", "min_interval", "every", "cron"],
    hint: "write `[[source.articles]]`",
};

pub(super) const FEED: Shape = Shape {
    name: "`[[source.feed]]`",
    keys: &[
        "name",
        "title",
        "url",
        "path",
        "add",
        "allow_private",
        "timezone",
        "language",
        "author",
        "min_interval",
        "keep",
        "max_new",
        // Rules.
        "use",
        "include",
        "exclude",
        "categories",
        "tags",
        "set",
        "fill",
        "item_title",
        "content",
        "limit",
        "max_age",
        "max_bytes",
        "future",
        "priority",
    ],
    later: &["opml", "every", "cron"],
    hint: "write `[[source.feed]]`",
};

pub(super) const ADD: Shape =
    Shape {
        name: "`add`", keys: &["categories", "tags"], later: &[], hint: "write `add = { categories = [\"…\"] }`"
    };

pub(super) const RULES: Shape = Shape {
    name: "`[rules.NAME]`",
    keys: &[
        "include",
        "exclude",
        "categories",
        "tags",
        "set",
        "fill",
        "item_title",
        "content",
        "limit",
        "max_age",
        "max_bytes",
    ],
    later: &[],
    hint: "write `[rules.NAME]`",
};

/// What `include` and `exclude` look at: `where` without the calendar.
pub(super) const MATCH: Shape = Shape {
    name: "a filter",
    keys: &[
        "source",
        "category",
        "tag",
        "author",
        "language",
        "title",
        "text",
        "url",
        "not_source",
        "not_category",
        "not_tag",
        "not_author",
        "not_language",
        "not_title",
        "not_text",
        "not_url",
    ],
    later: &[],
    hint: "write `{ title = [\"…\"] }`",
};

pub(super) const CATEGORY_RULES: Shape = Shape {
    name: "`categories`",
    keys: &["from_tags", "split", "rename", "parent", "hide", "only"],
    later: &[],
    hint: "write `categories = { hide = [\"…\"] }`",
};

pub(super) const TAG_RULES: Shape =
    Shape {
        name: "`tags`", keys: &["rename", "hide", "only"], later: &[], hint: "write `tags = { hide = [\"…\"] }`"
    };

/// `set` and `fill`.
pub(super) const GIVEN: Shape = Shape {
    name: "`set` or `fill`",
    keys: &["author", "language", "categories", "tags", "image"],
    later: &[],
    hint: "write `{ language = \"en\" }`",
};

/// Where a key may belong that stands in the wrong table.
pub(super) const SHAPES: &[&Shape] = &[
    &SITE,
    &OUTPUT,
    &AXIS,
    &CUSTOM,
    &WHERE,
    &CONTENT,
    &STATE,
    &NETWORK,
    &SOURCE,
    &ARTICLES,
    &FEED,
    &ADD,
    &RULES,
    &CATEGORY_RULES,
    &TAG_RULES,
    &GIVEN,
];
