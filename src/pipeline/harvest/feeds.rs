//! A source of feeds, from a URL or from local files: what is new is taken in, nothing is ever withdrawn.

use super::{Failure, Found, Look, Stop, all_warnings, gone, guarded, guards, note, scan, seconds, unseen};
use crate::config::plan::{FeedLocation, FeedSource, LocalPath, Source};
use crate::fetch::folder::{self, FileStat, Wanted};
use crate::fetch::http::{FetchError, Request, Response, Validators, redact, without_secrets};
use crate::model::{Document, ParseError, Warning};
use crate::normalize::html::Setting;
use crate::state::{Changes, Extent, Gave, Harvest, Observation, Seen, SourceRow, StateError, Store};
use crate::{normalize, parse};
use chrono::{DateTime, Utc};
use rayon::prelude::*;
use url::Url;

pub(super) type Answer = Result<Response, FetchError>;

impl Look<'_> {
    pub(super) fn at_feed_files(
        &self,
        source: &Source,
        path: &LocalPath,
        row: SourceRow,
        store: &mut dyn Store,
    ) -> Result<Found, Stop> {
        let files_now = scan(path, Wanted::Feeds)?;
        if files_now.files.is_empty() {
            return Err(Failure::new("missing", format!("`{}` matches no feed file", path.written)).into());
        }
        let known = store.documents(row.id)?;
        let reread = self.options.full || row.fingerprint != self.fingerprint(source) || row.succeeded.is_none();
        let told = all_warnings(store, row.id, &row.warnings)?;
        let mut well = SourceRow { warnings: files_now.warnings.clone(), ..self.well(row.clone(), source) };
        let total = files_now.files.len();
        let files: Vec<&FileStat> = files_now
            .files
            .iter()
            .filter(|file| reread || known.get(&file.path).is_none_or(|row| row.stamp != file.stamp))
            .collect();
        let same_files = total == known.len();
        if files.is_empty() && same_files && row.failing_since.is_none() {
            well.warnings.extend(guards::standing(&row.warnings));
            store.save_source(&well)?;
            let warnings = all_warnings(store, row.id, &well.warnings)?;
            return Ok(Found { new_warnings: unseen(&warnings, &told), ..Found::unchanged(warnings) });
        }
        let gone = gone(&files_now, &known);
        let extent = match files.len() == total {
            // Another file is not the feed that was there.
            true if total == 1 && gone.is_empty() && known.len() <= 1 => Extent::OneFeed,
            true => Extent::Whole,
            false => Extent::Part,
        };
        let mut title = None;
        let mut first_failure = None;
        let mut failed = 0;
        // One file at a time: only its items are in memory.
        let mut observations = files.iter().map(|file| match self.read_feed_file(source, file) {
            Ok(read) => {
                // Whichever file changed last: the title is that of the first.
                title = title.take().or_else(|| read.title.clone());
                vec![Observation {
                    document: Some((file.path.clone(), file.stamp)),
                    title: read.title,
                    warnings: read.warnings.into_iter().map(|warning| warning.in_file(&file.path)).collect(),
                    gave: Gave::Items(read.items),
                }]
            }
            Err(error) => {
                failed += 1;
                let mut warning =
                    Warning::new(error.class, format!("{}; its items are kept as they were", error.message));
                (warning.line, warning.column) = (error.line, error.column);
                first_failure.get_or_insert_with(|| Failure {
                    hint: error.hint.clone(),
                    ..Failure::new(error.class, format!("`{}`: {error}", file.path))
                });
                // No stamp: it is tried again next time.
                vec![Observation {
                    document: Some((file.path.clone(), 0)),
                    title: None,
                    warnings: vec![warning.in_file(&file.path)],
                    gave: Gave::Unreadable,
                }]
            }
        });
        let changes = self.take_in(source, &well, gone, &mut observations, extent, store)?;
        drop(observations);
        if let Some(looks) = changes.replaced {
            return Err(guards::replaced(source, row.title.as_deref(), title.as_deref(), looks).into());
        }
        let told_by_guards = guards::warnings(&changes, &row.warnings);
        note(store, &well, &told_by_guards)?;
        well.warnings.extend(told_by_guards);
        if let Some(failure) = first_failure
            && failed == total
        {
            return Err(failure.into());
        }
        if files.len() == total
            && let Some(title) = title
            && well.title.as_ref() != Some(&title)
        {
            let changed = if changes.none() { row.changed } else { Some(self.now.timestamp()) };
            store.save_source(&SourceRow { title: Some(title), changed, ..well.clone() })?;
        }
        let warnings = all_warnings(store, row.id, &well.warnings)?;
        Ok(Found { new_warnings: unseen(&warnings, &told), warnings, ..Found::of(changes) })
    }

    fn read_feed_file(&self, source: &Source, file: &FileStat) -> Result<ReadFeed, ParseError> {
        let bytes = folder::read(file, self.plan.network.max_body)
            .map_err(|error| ParseError::new("unreadable", format!("the file cannot be read: {error}")))?;
        let document = Document { bytes, path: Some(file.path.clone()), ..Document::default() };
        guarded(|| feed(document, source, self.dating))
    }

    pub(super) fn at_feed(
        &self,
        source: &Source,
        settings: &FeedSource,
        row: SourceRow,
        answer: Answer,
        store: &mut dyn Store,
    ) -> Result<Found, Stop> {
        let FeedLocation::Url(url) = &settings.location else {
            return Err(Failure::new("internal-error", "a local feed was asked over the network").into());
        };
        let now = self.now.timestamp();
        let interval = seconds(settings.interval.as_secs());
        let scheduled = |row: SourceRow| SourceRow {
            url: Some(url.to_string()),
            requested: Some(now),
            // A cron run that comes a moment early is not early.
            due: Some(now + interval - (interval / 20).min(300)),
            ..row
        };
        match answer? {
            Response::NotModified { validators, .. } => {
                let mut row = scheduled(self.well(row, source));
                row.etag = validators.etag.or(row.etag);
                row.last_modified = validators.last_modified.or(row.last_modified);
                row.validators_url = validators.url.map(String::from).or(row.validators_url);
                store.save_source(&row)?;
                Ok(Found::unchanged(row.warnings))
            }
            Response::Document { document, validators, moved_to, .. } => {
                let hash = blake3::hash(&document.bytes).as_bytes().to_vec();
                let same = row.body_hash.as_ref() == Some(&hash) && row.fingerprint == self.fingerprint(source);
                let mut well = scheduled(self.well(row.clone(), source));
                well.etag = validators.etag;
                well.last_modified = validators.last_modified;
                well.validators_url = validators.url.map(String::from);
                let moved = moved_to.map(|to| {
                    let to = redact(&to);
                    Warning::new("moved", format!("the feed has moved to `{to}`; put that into the config"))
                });
                if same {
                    // What was wrong with the document still is; where it is may have changed.
                    well.warnings.retain(|warning| warning.code != "moved");
                    well.warnings.extend(moved);
                    store.save_source(&well)?;
                    return Ok(Found {
                        new_warnings: unseen(&well.warnings, &row.warnings),
                        ..Found::unchanged(well.warnings)
                    });
                }
                let read = guarded(|| feed(document, source, self.dating))?;
                let truncated = read.warnings.iter().find(|warning| warning.code == "truncated");
                if let (true, Some(truncated)) = (read.items.is_empty(), truncated) {
                    let error = ParseError::new("parse", "the document ends before its first item does");
                    return Err(ParseError { line: truncated.line, column: truncated.column, ..error }.into());
                }
                well.body_hash = Some(hash);
                let title = read.title;
                well.title = title.clone().or(well.title);
                well.warnings = read.warnings;
                well.warnings.extend(moved);
                let is_empty = read.items.is_empty();
                if well.warnings.iter().any(|warning| warning.code == "truncated") {
                    // Half a feed proves nothing: the next request asks for the whole again.
                    (well.etag, well.last_modified, well.validators_url, well.body_hash) = (None, None, None, None);
                }
                let observation = Observation {
                    document: None,
                    title: title.clone(),
                    warnings: Vec::new(),
                    gave: Gave::Items(read.items),
                };
                let mut observations = std::iter::once(vec![observation]);
                // Where the config names another address, another feed is what is meant.
                let moved_by_config = row.url.as_deref().is_some_and(|known| known != url.as_str());
                let extent = if moved_by_config { Extent::Whole } else { Extent::OneFeed };
                let changes = self.take_in(source, &well, Vec::new(), &mut observations, extent, store)?;
                if let Some(looks) = changes.replaced {
                    return Err(guards::replaced(source, row.title.as_deref(), title.as_deref(), looks).into());
                }
                let mut told_by_guards = guards::warnings(&changes, &row.warnings);
                told_by_guards.extend(guards::emptied(is_empty, &changes));
                note(store, &well, &told_by_guards)?;
                let mut warnings = well.warnings;
                warnings.extend(told_by_guards);
                Ok(Found { new_warnings: unseen(&warnings, &row.warnings), warnings, ..Found::of(changes) })
            }
        }
    }

    /// Hands entries of feeds to the state.
    fn take_in(
        &self,
        source: &Source,
        row: &SourceRow,
        gone: Vec<String>,
        observations: &mut dyn Iterator<Item = Vec<Observation>>,
        extent: Extent,
        store: &mut dyn Store,
    ) -> Result<Changes, StateError> {
        let mut measured = observations.map(|mut portion| {
            let gave = portion.iter_mut().filter_map(|observation| match &mut observation.gave {
                Gave::Items(items) => Some(items),
                _ => None,
            });
            gave.for_each(|items| items.par_iter_mut().for_each(|seen| self.measure(seen)));
            portion
        });
        store.remember(Harvest {
            source: row.id,
            now: self.dating,
            future: source.future,
            observations: &mut measured,
            gone,
            forget_bodies: false,
            extent,
            limits: self.limits(source),
            row: row.clone(),
            terms: &|seen, published| self.membership.terms(seen, published),
        })
    }
}

/// Bytes of an answer that wait in memory.
pub(super) fn size(response: &Response) -> usize {
    match response {
        Response::Document { document, .. } => document.bytes.len(),
        Response::NotModified { .. } => 0,
    }
}

pub(super) fn request(fingerprint: &str, feed: &FeedSource, url: &Url, row: &SourceRow) -> Request {
    // What was stored for another URL or read with other settings proves nothing about this one.
    let ours = row.url.as_deref() == Some(url.as_str()) && row.fingerprint == fingerprint;
    let validators = if ours {
        Validators {
            etag: row.etag.clone(),
            last_modified: row.last_modified.clone(),
            url: row.validators_url.as_deref().and_then(|url| Url::parse(url).ok()),
        }
    } else {
        Validators::default()
    };
    Request { url: url.clone(), validators, allow_private: feed.allow_private }
}

/// A feed document as the state wants it.
struct ReadFeed {
    title: Option<String>,
    items: Vec<Seen>,
    warnings: Vec<Warning>,
}

fn feed(mut document: Document, source: &Source, now: DateTime<Utc>) -> Result<ReadFeed, ParseError> {
    // The URL goes on into links, origins and warnings, where the secrets of a source have no business.
    document.url = document.url.as_ref().map(without_secrets);
    let parsed = parse::feed::parse(&document, source.timezone)?;
    let mut warnings = parsed.warnings;
    let mut feed = parsed.value;
    for own in [&mut feed.self_link, &mut feed.id].into_iter().flatten() {
        // Publishers echo the URL that was asked. What holds no secret stays byte for byte.
        if let Ok(url) = Url::parse(own)
            && let public = without_secrets(&url)
            && public != url
        {
            *own = public.into();
        }
    }
    let title = feed.title.as_ref().map(normalize::text::line).filter(|title| !title.is_empty());
    let mut entries = std::mem::take(&mut feed.entries);
    // A collection of Atom Publishing shows its drafts too.
    entries.retain(|entry| entry.unpublished.is_none());
    for entry in &mut entries {
        // What is all there is of a text is the text, not a summary of it.
        if entry.content.is_none() {
            entry.content = entry.summary.take();
        }
    }
    let bodies: Vec<_> = entries.iter_mut().map(|entry| (entry.content.take(), entry.base.clone())).collect();
    let mut items = Vec::with_capacity(entries.len());
    for entry in entries {
        let normalized = normalize::feed_entry(entry, &feed, source, document.url.as_ref());
        warnings.extend(normalized.warnings);
        items.push(normalized.value);
    }
    warnings.extend(normalize::dates::plausible(&mut items, now));
    normalize::id::disambiguate(&mut items);
    let seen: Vec<Seen> = items
        .into_par_iter()
        .zip(bodies)
        .map(|(item, (body, base))| {
            let base = base
                .or_else(|| item.link.as_deref().and_then(|link| Url::parse(link).ok()))
                .or_else(|| document.url.clone());
            let page = item.link.as_deref().and_then(|link| Url::parse(link).ok());
            let setting = Setting { base: base.as_ref(), page: page.as_ref(), rules: Some(&source.bodies) };
            let content = body.map(|body| normalize::content_in(&body, setting)).unwrap_or_default();
            let hash = normalize::hash::shown_hash(&item, &content.html);
            let text = Some(content.html.clone());
            Seen { item, hash, body: Some(content), text, likeness: None }
        })
        .collect();
    Ok(ReadFeed { title, items: seen, warnings })
}
