//! Element names without their case.

use std::borrow::Cow;

/// Element names are told apart without their case; the usual ones cost nothing.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    if !name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Cow::Borrowed(name);
    }
    Cow::Borrowed(match name {
        "pubDate" => "pubdate",
        "lastBuildDate" => "lastbuilddate",
        "managingEditor" => "managingeditor",
        "webMaster" => "webmaster",
        "updatePeriod" => "updateperiod",
        "updateFrequency" => "updatefrequency",
        "commentRss" => "commentrss",
        "origLink" => "origlink",
        "skipHours" => "skiphours",
        "skipDays" => "skipdays",
        "textInput" => "textinput",
        "expirationDate" => "expirationdate",
        _ => return Cow::Owned(name.to_ascii_lowercase()),
    })
}

/// Elements that RSS and Atom share or need, in lower case.
pub(super) fn is_common(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "author",
        "category",
        "channel",
        "comments",
        "content",
        "copyright",
        "description",
        "enclosure",
        "entry",
        "guid",
        "id",
        "image",
        "item",
        "language",
        "link",
        "managingeditor",
        "pubdate",
        "published",
        "source",
        "summary",
        "title",
        "updated",
    ];
    NAMES.contains(&name)
}
