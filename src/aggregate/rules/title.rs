//! A template of `item_title` and the values of its places → a title. What is not known leaves no trace: an empty value
//! takes the punctuation, brackets and spaces around it along, so that `[{author}] {title}` is `{title}` where nobody is
//! named.

/// Brackets and quotes that belong together.
const PAIRS: [(char, char); 14] = [
    ('(', ')'),
    ('[', ']'),
    ('{', '}'),
    ('<', '>'),
    ('«', '»'),
    ('‹', '›'),
    ('“', '”'),
    ('‘', '’'),
    ('（', '）'),
    ('【', '】'),
    ('《', '》'),
    ('「', '」'),
    ('『', '』'),
    ('〔', '〕'),
];
/// Quotes that open and close with one mark.
const QUOTES: [char; 3] = ['"', '\'', '`'];

/// What stands between two pieces of a title.
#[derive(Default)]
struct Gap<'a> {
    /// Up to the first empty value, with brackets that open between it and the last; all there is where none is empty.
    left: String,
    /// Behind the last empty value.
    right: &'a str,
    is_torn: bool,
}

impl<'a> Gap<'a> {
    fn add(&mut self, marks: &'a str) {
        if self.is_torn { self.right = marks } else { self.left.push_str(marks) }
    }

    fn tear(&mut self) {
        if self.is_torn {
            let (left, between) = without_pairs(&self.left, self.right);
            let between = if opens(between) { between } else { "" };
            self.left = format!("{left}{between}");
        }
        self.is_torn = true;
        self.right = "";
    }

    /// What remains; `inner` where something stands on both sides.
    fn close(self, inner: bool, out: &mut String) {
        let Gap { left, right, is_torn } = self;
        if !is_torn {
            out.push_str(&left);
            return;
        }
        let (left, right) = without_pairs(&left, right);
        let closes = right.trim_start().starts_with(|c| PAIRS.iter().any(|(_, close)| *close == c));
        // A bracket whose other half stays, stays.
        match (opens(left), closes) {
            (true, true) => out.extend([left, right]),
            (true, false) => out.push_str(left),
            (false, true) => out.push_str(right),
            // One of two separators is enough.
            (false, false) if inner && left.trim().is_empty() && !right.is_empty() => out.push_str(right),
            (false, false) if inner => out.push_str(left),
            (false, false) => {}
        }
    }
}

fn opens(marks: &str) -> bool {
    marks.trim_end().ends_with(|c| PAIRS.iter().any(|(open, _)| *open == c))
}

/// Takes away the brackets that held nothing but the empty value.
fn without_pairs<'a>(mut left: &'a str, mut right: &'a str) -> (&'a str, &'a str) {
    loop {
        let (mut before, mut after) = (left.trim_end().chars(), right.trim_start().chars());
        match (before.next_back(), after.next()) {
            (Some(open), Some(close))
                if PAIRS.contains(&(open, close)) || (open == close && QUOTES.contains(&open)) =>
            {
                (left, right) = (before.as_str(), after.as_str());
            }
            _ => return (left, right),
        }
    }
}

/// The template with its places replaced, each once: what stands in a value is no place.
pub(super) fn filled<'a>(template: &'a str, value: impl Fn(&str) -> &'a str) -> String {
    let mut out = String::with_capacity(template.len());
    let mut gap = Gap::default();
    let mut inner = false;
    let mut solid = |gap: &mut Gap<'a>, text: &str| {
        std::mem::take(gap).close(inner, &mut out);
        out.push_str(text);
        inner = true;
    };
    let mut rest = template;
    while !rest.is_empty() {
        let place = rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
        let (text, name) = place.map_or((rest, None), |(before, (name, _))| (before, Some(name)));
        rest = place.map_or("", |(_, (_, after))| after);
        let core = text.trim_matches(|c: char| !c.is_alphanumeric());
        if core.is_empty() {
            gap.add(text);
        } else if let Some((before, after)) = text.split_once(core) {
            gap.add(before);
            solid(&mut gap, core);
            gap.add(after);
        }
        match name.map(&value) {
            Some(value) if !value.trim().is_empty() => solid(&mut gap, value),
            Some(_) => gap.tear(),
            None => {}
        }
    }
    gap.close(false, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_leaves_no_trace() {
        let check = |template: &str, expect: &str| {
            let value = |name: &str| match name {
                "t" => "Title {a}",
                "b" => "Bee",
                _ => "",
            };
            assert_eq!(filled(template, value), expect, "{template}");
        };
        // Nothing is empty: not a byte is another.
        check("[{b}] {t}!", "[Bee] Title {a}!");
        check(" – {t}: ", " – Title {a}: ");
        check("plain", "plain");
        check("", "");
        check("{a}", "");
        // In front, behind, between.
        check("[{a}] {t}", "Title {a}");
        check("{a}: {t}", "Title {a}");
        check("{t} – {a}", "Title {a}");
        check("{t} ({a})", "Title {a}");
        check("【{a}】{t}", "Title {a}");
        check("{t} \"{a}\" {b}", "Title {a} Bee");
        check("{t} – {a} – {b}", "Title {a} – Bee");
        check("{t} [{a}] {b}", "Title {a} Bee");
        check("{t} ({a}): {b}", "Title {a}: Bee");
        check("{b}{a}{t}", "BeeTitle {a}");
        check("{b} {a}: {t}", "Bee: Title {a}");
        // Brackets that hold something else, too, stay.
        check("{t} ({a}, {b})", "Title {a} (Bee)");
        check("{t} ({b}, {a})", "Title {a} (Bee)");
        check("({b}, {a}) {t}", "(Bee) Title {a}");
        check("{t} ({b}, {a}, {b})", "Title {a} (Bee, Bee)");
        // Several at once.
        check("{t} ({a}, {a})", "Title {a}");
        check("[{a}] ({a}) {t}", "Title {a}");
        check("({a} [{a}]) {t}", "Title {a}");
        check("{a} / {a} / {b}: {t}", "Bee: Title {a}");
        check("{t} – {a} – {a}", "Title {a}");
        // Up to the next text.
        check("by {a}: {t}", "by: Title {a}");
        check("{a}, of {b}: {t}", "of Bee: Title {a}");
        check("{t} ({a} in print)", "Title {a} (in print)");
        check("[{a}] news", "news");
    }
}
