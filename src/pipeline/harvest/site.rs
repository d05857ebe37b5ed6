//! What the sites around folders of articles say, taken into the plan before anything is read by it: a source's config
//! always goes first, the generator's own fills in what it leaves open.

use crate::config::Plan;
use crate::config::plan::{Articles, Generator, GeneratorSite, Source, SourceKind};
use crate::fetch::folder::{self, SiteFile};
use crate::model::Warning;
use crate::parse::article::site::{self, Site};
use crate::parse::charset::{self, Declared};
use std::borrow::Cow;
use std::sync::Arc;

/// The plan with the sites of its sources. A site's config is part of the source's fingerprint: when it changes, the
/// articles are read again.
pub(in crate::pipeline) fn with_sites(plan: &Plan) -> Cow<'_, Plan> {
    let mut plan = Cow::Borrowed(plan);
    for index in 0..plan.sources.len() {
        let SourceKind::Articles(articles) = &plan.sources[index].kind else { continue };
        if let Some(file) = folder::site(&articles.path) {
            let source = &mut plan.to_mut().sources[index];
            fill(source, file);
        }
    }
    plan
}

/// A source of articles with the site around it; any other as it is.
pub(crate) fn with_site(mut source: Source) -> Source {
    if let SourceKind::Articles(articles) = &source.kind
        && let Some(file) = folder::site(&articles.path)
    {
        fill(&mut source, file);
    }
    source
}

/// Takes over what the source leaves open.
fn fill(source: &mut Source, file: SiteFile) {
    let SourceKind::Articles(Articles { reading, leaves_open, .. }) = &mut source.kind else { return };
    let read = file.bytes.map_err(|error| error.to_string()).and_then(|bytes| {
        let hash = blake3::hash(&bytes);
        let text = charset::decode(&bytes, Declared::Unknown).map_err(|error| error.message)?.0.into_owned();
        Ok((text, hash))
    });
    let (text, hash) = match read {
        Ok(read) => read,
        Err(why) => {
            let message = format!("it cannot be read: {why}; nothing of it counts");
            let warnings = vec![Warning::new("site-config", message).in_file(&file.name)];
            reading.site =
                Some(Arc::new(GeneratorSite { warnings, ..GeneratorSite::new(Generator::Jekyll, &file.root) }));
            return;
        }
    };
    let Some(Site { mut site, permalink, base, timezone }) = site::site(&text, &file.name, &file.root) else { return };
    if reading.permalink.is_some() {
        // Links by the config's pattern, whatever the site says; an article's own link still goes first.
        site.defaults.iter_mut().for_each(|defaults| drop(defaults.values.shift_remove("permalink")));
    }
    reading.permalink = reading.permalink.take().or(permalink);
    if let Some(base) = base.filter(|_| leaves_open.base) {
        reading.base = base;
    }
    if let Some(timezone) = timezone.filter(|_| leaves_open.timezone) {
        source.timezone = timezone;
    }
    reading.site = Some(Arc::new(site));
    source.fingerprint = format!("{} {}", source.fingerprint, &hash.to_hex()[..16]);
}
