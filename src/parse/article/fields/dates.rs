//! The dates of an article: in whose zone they are read, and what is said about those that are none or could be two.

use super::super::front_matter::Front;
use super::super::node::{Kind, Node, Table};
use super::{Field, Keys};
use crate::model::Warning;
use crate::parse::date::{self, Doubt, Reading};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// Characters of a value that a warning shows.
const MAX_SHOWN: usize = 60;

/// The zone of an article's dates: its own `timezone`, else that of its source.
pub(super) fn own_zone(table: &Table<'_>, front: &Front<'_>, zone: Tz, warnings: &mut Vec<Warning>) -> Tz {
    let own = table.iter().find(|(key, _)| key.eq_ignore_ascii_case("timezone"));
    let Some((key, name)) = own.and_then(|(key, node)| Some((key, node.as_text()?.trim()))) else { return zone };
    name.parse().unwrap_or_else(|_| {
        let (line, column) = front.place(key);
        let shown: String = name.chars().take(MAX_SHOWN).collect();
        let message = format!("`{key}: {shown}` is no time zone such as `Asia/Shanghai`; dates are read in `{zone}`");
        warnings.push(Warning::new("date", message).at(line, column));
        zone
    })
}

/// How the dates of an article are read.
pub(super) struct Dates<'f, 'a> {
    pub(super) front: &'f Front<'a>,
    pub(super) zone: Tz,
}

impl Dates<'_, '_> {
    /// The first key of a field that holds a date. `without`: what follows from there being none.
    pub(super) fn read(
        &self,
        keys: &mut Keys<'_, '_>,
        field: Field,
        without: &str,
        warnings: &mut Vec<Warning>,
    ) -> Option<DateTime<Utc>> {
        let mut bad = Vec::new();
        let found = keys.first(field, |key, node| {
            let text = node.as_text()?;
            // `published: true` and VuePress's `lastUpdated: false` are no dates.
            if matches!(node, Node::Scalar(Kind::Bool(_), _)) {
                return None;
            }
            let reading = date::read(text, self.zone);
            match reading {
                Some(reading) => warnings.extend(self.doubt(key, text, reading)),
                None if key != "published" => bad.push((key, text)),
                None => {}
            }
            reading.map(|reading| reading.instant)
        });
        for (key, text) in bad {
            let then = if found.is_some() { "another key has one" } else { without };
            warnings.push(self.warning(key, text, &format!("is no date; {then}")));
        }
        found
    }

    /// What had to be guessed. Articles are read in the zone that the config names for them: that is no guess.
    fn doubt(&self, key: &str, text: &str, reading: Reading) -> Option<Warning> {
        let doubt = reading.doubt.filter(|doubt| !matches!(doubt, Doubt::NoZone(_)))?;
        Some(self.warning(key, text, &doubt.to_string()))
    }

    fn warning(&self, key: &str, text: &str, what: &str) -> Warning {
        let (line, column) = self.front.place(key);
        let shown: String = text.chars().take(MAX_SHOWN).collect();
        Warning::new("date", format!("`{key}: {shown}` {what}")).at(line, column)
    }
}
