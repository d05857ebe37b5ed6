//! A feed or an entry while it is read. Many elements say the same thing; each fact keeps the best of them.

use super::text;
use crate::model::{DateSource, Enclosure, Entry, FeedDocument, Format, Image, Markup, Origin, Person, Text};
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

/// Terms, people, enclosures of one entry: nobody means more.
const MAX_OF_A_KIND: usize = 1_000;

/// A fact and the rank of the element it came from; 0 is the format's own.
#[derive(Debug)]
pub(super) struct Best<T>(Option<(u8, T)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Takes a value that ranks better than what is there; of equals the first stays.
    pub(super) fn offer(&mut self, rank: u8, value: Option<T>) {
        if let Some(value) = value
            && self.0.as_ref().is_none_or(|(held, _)| rank < *held)
        {
            self.0 = Some((rank, value));
        }
    }

    /// The same, but of equals the last stays.
    pub(super) fn offer_last(&mut self, rank: u8, value: Option<T>) {
        if let Some(value) = value
            && self.0.as_ref().is_none_or(|(held, _)| rank <= *held)
        {
            self.0 = Some((rank, value));
        }
    }

    pub(super) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_mut().map(|(_, value)| value)
    }

    fn rank(&self) -> u8 {
        self.0.as_ref().map_or(u8::MAX, |(rank, _)| *rank)
    }

    pub(super) fn take(&mut self) -> Option<T> {
        self.0.take().map(|(_, value)| value)
    }
}

/// What is known so far.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) id: Best<String>,
    pub(super) link: Best<String>,
    pub(super) self_link: Best<String>,
    pub(super) external_link: Best<String>,
    pub(super) hub: Best<String>,
    pub(super) title: Best<Text>,
    /// What RSS calls description: the body where there is no other.
    pub(super) description: Best<Text>,
    pub(super) summary: Best<Text>,
    pub(super) content: Best<Text>,
    pub(super) published: Best<DateTime<Utc>>,
    pub(super) updated: Best<DateTime<Utc>>,
    pub(super) language: Best<String>,
    pub(super) rights: Best<String>,
    pub(super) generator: Best<String>,
    pub(super) icon: Best<String>,
    pub(super) image: Best<Image>,
    pub(super) comments: Best<String>,
    pub(super) people: Vec<(u8, Person)>,
    pub(super) categories: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) terms: Vec<String>,
    pub(super) enclosures: Vec<Enclosure>,
    /// `media:content` that is no image: enclosures where the format's own are missing.
    pub(super) media: Vec<Enclosure>,
    /// Seconds.
    pub(super) duration: Option<u32>,
    pub(super) source: Option<Origin>,
    pub(super) base: Option<Url>,
    /// Seconds.
    pub(super) ttl: Option<u64>,
    /// Seconds.
    pub(super) update_period: Option<u64>,
    pub(super) update_frequency: Option<u64>,
    pub(super) expires: Option<DateTime<Utc>>,
    /// `draft`: why a reader should not see it.
    pub(super) unpublished: Option<&'static str>,
    /// What is said beyond the model, by name.
    pub(super) extra: serde_json::Map<String, Value>,
}

impl Draft {
    /// Notes something the model has no field for; the first of a name stays.
    pub(super) fn detail(&mut self, name: &str, value: impl Into<Value>) {
        if !self.extra.contains_key(name) {
            self.extra.insert(name.to_owned(), value.into());
        }
    }

    /// The same for what there may be several of.
    pub(super) fn detail_of_list(&mut self, name: &str, value: Value) {
        let list = self.extra.entry(name).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list
            && list.len() < MAX_OF_A_KIND
        {
            list.push(value);
        }
    }

    /// A part of `location`.
    pub(super) fn location(&mut self, part: &str, value: impl Into<Value>) {
        let location = self.extra.entry("location").or_insert_with(|| Value::Object(serde_json::Map::new()));
        if let Value::Object(location) = location
            && !location.contains_key(part)
        {
            location.insert(part.to_owned(), value.into());
        }
    }

    pub(super) fn person(&mut self, rank: u8, person: Option<Person>) {
        if let Some(person) = person
            && self.people.len() < MAX_OF_A_KIND
        {
            self.people.push((rank, person));
        }
    }

    pub(super) fn category(&mut self, name: &str) {
        Self::term(&mut self.terms, &mut self.categories, name);
    }

    pub(super) fn tag(&mut self, name: &str) {
        Self::term(&mut self.terms, &mut self.tags, name);
    }

    /// `terms` shows what the source says, once more where it says it twice.
    fn term(terms: &mut Vec<String>, names: &mut Vec<String>, name: &str) {
        let name = name.trim();
        if name.is_empty() || terms.len() >= MAX_OF_A_KIND {
            return;
        }
        terms.push(name.to_owned());
        if !names.iter().any(|held| held == name) {
            names.push(name.to_owned());
        }
    }

    pub(super) fn enclosure(&mut self, enclosure: Enclosure) {
        if self.enclosures.len() < MAX_OF_A_KIND && !self.enclosures.iter().any(|held| held.url == enclosure.url) {
            self.enclosures.push(enclosure);
        }
    }

    pub(super) fn medium(&mut self, enclosure: Enclosure) {
        if self.media.len() < MAX_OF_A_KIND {
            self.media.push(enclosure);
        }
    }

    /// The same for the one that stands for the others.
    pub(super) fn default_medium(&mut self, enclosure: Enclosure) {
        if self.media.len() < MAX_OF_A_KIND {
            self.media.insert(0, enclosure);
        }
    }

    /// The people of the best rank. Where a rank has one person with an address only, and the next one
    /// with a name only, both are the same person: `author` and `dc:creator` of one RSS item.
    fn authors(&mut self) -> Vec<Person> {
        let mut people = std::mem::take(&mut self.people);
        people.sort_by_key(|(rank, _)| *rank);
        let best = people.first().map_or(0, |(rank, _)| *rank);
        let mut authors: Vec<Person> = Vec::new();
        for (_, person) in people.iter().filter(|(rank, _)| *rank == best) {
            if !authors.contains(person) {
                authors.push(person.clone());
            }
        }
        let next = people.iter().find(|(rank, _)| *rank > best);
        if let ([author], Some((_, other))) = (&mut authors[..], next) {
            let agrees = |a: &Option<String>, b: &Option<String>| a.is_none() || b.is_none() || a == b;
            if agrees(&author.name, &other.name) && agrees(&author.email, &other.email) {
                author.name = author.name.take().or_else(|| other.name.clone());
                author.email = author.email.take().or_else(|| other.email.clone());
                author.url = author.url.take().or_else(|| other.url.clone());
            }
        }
        authors
    }

    pub(super) fn into_entry(mut self) -> Entry {
        let own = self.description.rank() <= self.summary.rank();
        let described = self.description.take();
        let mut content = self.content.take();
        let mut summary = self.summary.take();
        match &content {
            None if summary.is_none() || described.is_some() => content = described,
            None => {}
            Some(_) if own => summary = described.or(summary),
            Some(_) => {}
        }
        if let (Some(body), Some(short)) = (&content, &summary)
            && body.value.trim() == short.value.trim()
        {
            summary = None;
        }
        let updated = self.updated.take();
        let published = self.published.take();
        let date_source = match (published, updated) {
            (Some(_), _) => Some(DateSource::Feed),
            (None, Some(_)) => Some(DateSource::Updated),
            (None, None) => None,
        };
        let published = published.or(updated);
        let mut enclosures = std::mem::take(&mut self.enclosures);
        // Beside a file the same file is told once more; beside a picture it is the film.
        let is_picture =
            |enclosure: &Enclosure| enclosure.media_type.as_deref().is_some_and(|kind| kind.starts_with("image/"));
        if enclosures.iter().all(is_picture) {
            for medium in std::mem::take(&mut self.media) {
                if !enclosures.iter().any(|held| held.url == medium.url) {
                    enclosures.push(medium);
                }
            }
        }
        if let Some(first) = enclosures.first_mut() {
            first.duration = first.duration.or(self.duration);
        }
        let mut authors = self.authors();
        if authors.is_empty()
            && let Some(source) = &self.source
        {
            authors.clone_from(&source.authors);
        }
        Entry {
            id: self.id.take(),
            link: self.link.take(),
            external_link: self.external_link.take(),
            title: self.title.take(),
            authors,
            published,
            updated,
            date_source,
            categories: self.categories.into_iter().map(|name| vec![name]).collect(),
            tags: self.tags,
            terms: self.terms,
            language: self.language.take(),
            summary,
            content,
            image: self.image.take(),
            enclosures,
            comments: self.comments.take(),
            rights: self.rights.take(),
            source: self.source,
            base: self.base,
            expires: self.expires,
            unpublished: self.unpublished.map(str::to_owned),
            extra: self.extra,
            ..Entry::default()
        }
    }

    pub(super) fn into_feed(mut self, format: Format, entries: Vec<Entry>) -> FeedDocument {
        let refresh = self.update_period.map(|period| period / self.update_frequency.unwrap_or(1).max(1));
        let published = self.published.take();
        let updated = self.updated.take().or(published);
        FeedDocument {
            format,
            id: self.id.take(),
            title: self.title.take(),
            description: self.description.take().or_else(|| self.summary.take()),
            link: self.link.take(),
            self_link: self.self_link.take(),
            language: self.language.take(),
            authors: self.authors(),
            rights: self.rights.take(),
            generator: self.generator.take(),
            icon: self.icon.take(),
            image: self.image.take(),
            published,
            updated,
            categories: self.terms,
            ttl: self.ttl.or(refresh).filter(|&seconds| seconds > 0),
            hub: self.hub.take(),
            entries,
        }
    }

    pub(super) fn into_origin(mut self) -> Origin {
        Origin {
            id: self.id.take(),
            title: self.title.take().map(plain),
            link: self.link.take(),
            self_link: self.self_link.take(),
            updated: self.updated.take(),
            rights: self.rights.take(),
            language: self.language.take(),
            authors: self.authors(),
        }
    }
}

/// A short text without its markup.
pub(super) fn plain(text: Text) -> String {
    if text.markup == Markup::Text {
        return text.value;
    }
    let mut out = String::with_capacity(text.value.len());
    let mut rest = text.value.as_str();
    // What is left when the last `>` has gone by: nothing after it is a tag.
    let beyond = rest.rfind('>').map_or(rest.len(), |last| rest.len() - last - 1);
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if rest.len() <= beyond {
            break;
        }
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match rest.find('>').filter(|_| is_tag) {
            Some(end) => rest = &rest[end + 1..],
            None => {
                out.push('<');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    let decoded = text::unescape(&out);
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_rank_wins() {
        let mut best = Best::default();
        best.offer(2, Some("dc"));
        best.offer(0, None);
        best.offer(0, Some("own"));
        best.offer(0, Some("second"));
        best.offer(1, Some("other"));
        assert_eq!(best.get(), Some(&"own"));
        best.offer_last(0, Some("last"));
        assert_eq!(best.take(), Some("last"));
    }

    #[test]
    fn markup_is_taken_off_titles() {
        let check = |html: &str, expect: &str| assert_eq!(plain(Text::html(html)), expect, "{html}");
        check("a <b>bold</b> &amp; plain", "a bold & plain");
        check("1 &lt; 2", "1 < 2");
        check("5 < 6 <3", "5 < 6 <3");
        check("<!-- x -->y\n z", "y z");
        assert_eq!(plain(Text::plain("a <b>")), "a <b>");
    }

    #[test]
    fn one_person_of_two_elements() {
        let mut draft = Draft::default();
        draft.person(2, Some(Person { name: Some("Ann".into()), ..Person::default() }));
        draft.person(0, Some(Person { email: Some("a@b.example".into()), ..Person::default() }));
        assert_eq!(
            draft.authors(),
            [Person { name: Some("Ann".into()), email: Some("a@b.example".into()), url: None }]
        );
    }
}
