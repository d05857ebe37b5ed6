//! Reads one tag: its name, its arguments, its length.

/// Longest tag, in bytes; what has no end within it is text.
pub(super) const MAX_TAG: usize = 2_000;

/// Opening, closing and kind, the longer ones first.
const KINDS: [(&str, &str, Kind); 5] = [
    ("{{/*", "*/}}", Kind::Comment),
    ("{{<", ">}}", Kind::Shortcode),
    ("{{%", "%}}", Kind::Shortcode),
    ("{%", "%}", Kind::Tag),
    ("{{", "}}", Kind::Expression),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Comment,
    Shortcode,
    Tag,
    Expression,
}

/// `{% name arguments %}`, `{{< name arguments >}}`, `{{ expression }}`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'a str,
    /// Of an expression all of it.
    pub(super) arguments: &'a str,
    /// As it stands between the marks.
    pub(super) inside: &'a str,
    pub(super) length: usize,
}

/// Where the next closing mark of each kind is, so that tags that never close do not make every search long.
pub(super) struct Closings<'a> {
    body: &'a str,
    /// The first at or behind the last place asked for; the length of the body where there is none.
    next: [usize; KINDS.len()],
}

impl<'a> Closings<'a> {
    pub(super) fn new(body: &'a str) -> Self {
        Self { body, next: [0; KINDS.len()] }
    }

    /// The place of the closing mark of a kind at or behind `from`, in the body. Places only go forward.
    fn find(&mut self, kind: usize, from: usize) -> Option<usize> {
        let (_, closing, _) = KINDS[kind];
        if self.next[kind] < from || from == 0 {
            let rest = self.body.as_bytes().get(from..)?;
            self.next[kind] = memchr::memmem::find(rest, closing.as_bytes()).map_or(self.body.len(), |at| from + at);
        }
        (self.next[kind] < self.body.len()).then_some(self.next[kind])
    }
}

impl<'a> Tag<'a> {
    /// The tag that `rest`, an end of the body, begins with.
    pub(super) fn read(rest: &'a str, closings: &mut Closings<'a>) -> Option<Self> {
        let at = closings.body.len() - rest.len();
        let (index, (opening, closing, kind)) = KINDS
            .iter()
            .enumerate()
            .find(|(_, (opening, ..))| rest.starts_with(opening))
            .map(|(index, kind)| (index, *kind))?;
        let end = closings.find(index, at + opening.len())?.checked_sub(at)?;
        let inside = rest.get(opening.len()..end).filter(|inside| inside.len() <= MAX_TAG)?;
        let length = end + closing.len();
        let trimmed = inside.trim_matches(|c: char| c == '-' || c == '~' || c.is_whitespace());
        if kind == Kind::Expression {
            // Formulas hold double braces too; an expression has air around it, a path, a filter or a call.
            let is_expression = !inside.contains(['\n', '\\', '{'])
                && (inside.starts_with([' ', '-']) || inside.contains(['.', '|']) || is_call(inside));
            let name = trimmed.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))).next();
            return is_expression.then_some(Tag {
                kind,
                name: name.unwrap_or_default(),
                arguments: trimmed,
                inside,
                length,
            });
        }
        let end = trimmed.find(char::is_whitespace).unwrap_or(trimmed.len());
        let (name, arguments) = (&trimmed[..end], trimmed[end..].trim_start());
        Some(Tag { kind, name, arguments, inside, length })
    }

    /// Whether this ends what `name` began: `endname`, `/name`.
    pub(super) fn ends(&self, name: &str) -> bool {
        let own = self.ended();
        own.is_some_and(|own| own == name)
    }

    /// The name of what this ends.
    pub(super) fn ended(&self) -> Option<&'a str> {
        match self.name {
            "/" => self.arguments.split_whitespace().next(),
            name if self.kind == Kind::Shortcode => name.strip_prefix('/'),
            name => name.strip_prefix("end").filter(|name| !name.is_empty()).or_else(|| name.strip_prefix('/')),
        }
    }
}

/// Zola's `youtube(id="x")`.
fn is_call(inside: &str) -> bool {
    let name = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    name > 1 && inside[name..].starts_with('(') && inside.trim_end().ends_with(')')
}

/// Arguments: words or quoted texts, each with its `key=` if it has one.
pub(super) fn words(arguments: &str) -> impl Iterator<Item = (Option<&str>, &str)> {
    let mut rest = arguments;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let key_end = rest.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_').filter(|end| *end > 0);
        let key = key_end.and_then(|end| rest[end..].starts_with('=').then(|| &rest[..end]));
        if let Some(key) = key {
            rest = rest[key.len() + 1..].trim_start();
        }
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
        let (word, after) = match quote {
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        rest = after.strip_prefix(',').unwrap_or(after);
        (key.is_some() || quote.is_some() || !word.is_empty()).then_some((key, word))
    })
}

/// The value of `key=`.
pub(super) fn named<'a>(arguments: &'a str, wanted: &str) -> Option<&'a str> {
    words(arguments).find(|(key, _)| *key == Some(wanted)).map(|(_, value)| value)
}
