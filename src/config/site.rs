//! `[site]`, `[state]` and `[network]`: single tables → their part of the plan.

use super::fault::{Place, Problem};
use super::local::{self, is_within};
use super::plan::{Network, Site};
use super::read::Table;
use super::rules::Sets;
use super::shape::{AUTHOR, NETWORK, SITE, STATE};
use super::{language, value};
use crate::model::Person;
use chrono_tz::Tz;
use std::path::{Path, PathBuf};
use std::time::Duration;

const EXAMPLE: &str = "write `[site]`, `title = \"…\"` and `url = \"https://…/\"`";

const DEFAULT_STATE: &str = ".feedmill/state.db";
const MAX_CONCURRENCY: usize = 1024;

/// `[site]`; the `sets` learn which of them every source uses. None if what every feed needs is missing or wrong; that is then a fault already.
pub(super) fn site(root: &mut Table<'_>, sets: &mut Sets) -> Option<Site> {
    if !root.has("site") {
        let problem = Problem::new("`[site]` is missing, which says who publishes the feeds").hint(EXAMPLE);
        root.faults().push_absent(&Place::File(0), problem);
    }
    let mut table = root.table("site", &SITE)?;
    table.need("title", "add `title = \"…\"`");
    table.need("url", "add `url = \"https://…/\"`, the home page");
    let title = table.text("title");
    let description = table.text("description");
    let url = table.parse("url", value::base_url);
    let feeds_url = table.parse("feeds_url", value::base_url);
    let language = table.parse("language", language::language);
    let timezone = table.parse("timezone", value::timezone).unwrap_or(Tz::UTC);
    let author = author(&mut table);
    let icon = table.parse("icon", value::http_url);
    let rights = table.text("rights");
    sets.use_everywhere(&mut table);
    table.finish();

    let (title, url) = (title?, url?);
    let feeds_url = feeds_url.or_else(|| url.join("feeds/").ok())?;
    Some(Site {
        description: description.unwrap_or_else(|| title.clone()),
        title,
        url,
        feeds_url,
        language,
        timezone,
        author,
        icon: icon.map(String::from),
        rights,
    })
}

/// `author = { name = "…", email = "…", url = "…" }`.
pub(super) fn author(table: &mut Table<'_>) -> Option<Person> {
    let mut author = table.table("author", &AUTHOR)?;
    // RFC 4287 §3.2.1: a person has a name.
    author.need("name", "add `name = \"…\"`");
    let name = author.text("name");
    let email = author.parse("email", value::email);
    let url = author.parse("url", value::http_url).map(String::from);
    author.finish();
    Some(Person { name, email, url })
}

/// `[state]`: where the state file is. What lies in the output folder would be published with it.
pub(super) fn state(root: &mut Table<'_>, folder: &Path, output: &(PathBuf, Place)) -> PathBuf {
    let (dir, dir_place) = output;
    let default = || folder.join(DEFAULT_STATE);
    let (path, place) = match root.table("state", &STATE) {
        Some(mut table) => {
            let place = if table.has("path") { table.place_of("path") } else { dir_place.clone() };
            let path = table.parse("path", |text| local::path(text, folder));
            table.finish();
            (path.unwrap_or_else(default), place)
        }
        None => (default(), dir_place.clone()),
    };
    if is_within(&path, dir) {
        let problem = Problem::new(format!(
            "the state file `{}` is in the output folder `{}`, which is published as a whole",
            value::shown(&path.display().to_string()),
            value::shown(&dir.display().to_string())
        ));
        root.faults().push(&place, problem.hint("choose another `[state] path` or `[output] dir`"));
    }
    path
}

/// `[network]`, with defaults for all that is missing.
pub(super) fn network(root: &mut Table<'_>) -> Network {
    let mut network = Network {
        allow_addresses: Vec::new(),
        contact: None,
        timeout: Duration::from_secs(60),
        connect_timeout: Duration::from_secs(10),
        first_byte_timeout: Duration::from_secs(20),
        max_body: 32 << 20,
        concurrency: 32,
        host_gap: Duration::from_secs(1),
        min_interval: Duration::from_secs(3600),
    };
    let Some(mut table) = root.table("network", &NETWORK) else { return network };
    if let Some(blocks) = table.parse_each("allow_addresses", value::cidr) {
        network.allow_addresses = blocks;
    }
    network.contact = table.parse("contact", value::contact);
    for (key, field) in [
        ("timeout", &mut network.timeout),
        ("connect_timeout", &mut network.connect_timeout),
        ("first_byte_timeout", &mut network.first_byte_timeout),
    ] {
        if let Some(duration) = table.positive_duration(key) {
            *field = duration;
        }
    }
    if let Some(bytes) = table.size("max_body") {
        network.max_body = bytes;
    }
    if let Some(number) = table.number("concurrency", 1, MAX_CONCURRENCY) {
        network.concurrency = number;
    }
    for (key, field) in [("host_gap", &mut network.host_gap), ("min_interval", &mut network.min_interval)] {
        if let Some(duration) = table.duration(key) {
            *field = duration;
        }
    }
    table.finish();
    network
}
