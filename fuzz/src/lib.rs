//! What the targets share: a plan with one source of each kind.

use feedmill::config::plan::{Plan, Source, SourceKind};
use std::path::Path;
use std::sync::LazyLock;

const CONFIG: &str = r#"
[site]
title = "Fuzz"
url = "https://example.org/"
timezone = "Europe/Berlin"

[[source.articles]]
name = "posts"
path = "posts"
permalink = "/:year/:month/:day/:slug/:category/:abbrlink/"
category_lists = "path"
map = { image = ["cover"] }

[[source.feed]]
name = "there"
url = "https://there.example/feed"
add = { categories = [["A", "B"]], tags = ["t"] }
"#;

static PLAN: LazyLock<Plan> = LazyLock::new(|| {
    feedmill::config::check(CONFIG, Path::new("config.toml"), &Default::default()).expect("the config is sound")
});

/// The source of articles.
pub fn articles() -> (&'static Source, &'static feedmill::config::plan::ArticleReading) {
    match &PLAN.sources[0].kind {
        SourceKind::Articles(articles) => (&PLAN.sources[0], &articles.reading),
        SourceKind::Feed(_) => unreachable!("it is first in the config"),
    }
}

/// The feed.
pub fn feed() -> &'static Source {
    &PLAN.sources[1]
}
