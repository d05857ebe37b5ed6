//! What the name of a file says: Jekyll's and Zola's date, Hugo's bundle and language.

use chrono::NaiveDate;

/// What a path says about its article.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct FileName<'a> {
    /// `2024-01-02-title.md`, `2024-01-02_title.md`, `2024-01-02-title/index.md`, `2024/01/02/title.md`.
    pub(super) date: Option<NaiveDate>,
    /// The name without date and language, where it has one of them, or the folder of an `index` file.
    pub(super) slug: Option<&'a str>,
    /// `title.zh-cn.md` → `zh-CN`.
    pub(super) language: Option<String>,
    /// The name, or that of the folder, without extension, date and language: a title where there is no other.
    pub(super) name: &'a str,
    /// The last extension, as it is written; empty where there is none.
    pub(super) extension: &'a str,
    /// Folders above Jekyll's `_posts`.
    pub(super) folders: Vec<&'a str>,
    /// A dated name in `_posts`, which is not below Hexo's `source`.
    pub(super) is_jekyll: bool,
}

/// Reads a path below the root of a source.
pub(super) fn read(path: &str) -> FileName<'_> {
    let mut folders: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
    let file = folders.pop().unwrap_or_default();
    let (stem, extension) = file.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).unwrap_or((file, ""));
    let (stem, language) = match stem.rsplit_once('.').and_then(|(stem, tag)| Some((stem, language(tag)?))) {
        Some((stem, language)) => (stem, Some(language)),
        None => (stem, None),
    };
    let bundle = stem.eq_ignore_ascii_case("index") && !folders.is_empty();
    let stem = if bundle { folders.pop().unwrap_or_default() } else { stem };
    let (date, name) = match dated(stem) {
        Some((date, "")) => (Some(date), stem),
        Some((date, name)) => (Some(date), name),
        None => (None, stem),
    };
    let says_slug = (date.is_some() && name != stem) || bundle || language.is_some();
    let below_posts = folders.iter().position(|folder| *folder == "_posts");
    let slug = Some(name).filter(|name| says_slug && !name.is_empty());
    let own_date = date.is_some();
    let date = date.or_else(|| dated_folders(&folders));
    let above = if date.is_some() { &folders[..below_posts.unwrap_or(0)] } else { &[] };
    let is_jekyll = own_date
        && below_posts.is_some_and(|at| at == 0 || folders.get(at - 1).is_some_and(|above| *above != "source"));
    FileName { date, slug, language, name, extension, folders: above.to_vec(), is_jekyll }
}

/// `2024-01-02-title` → its day and `title`; `_` and a space may stand behind the day too, or nothing.
pub(super) fn dated(name: &str) -> Option<(NaiveDate, &str)> {
    let (year, rest) = name.split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let length = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (day, rest) = rest.split_at(length);
    let number = |text: &str, most: usize| {
        let digits = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u32>().ok()).flatten()
    };
    let date = NaiveDate::from_ymd_opt(
        number(year, 4).filter(|_| year.len() == 4)? as i32,
        number(month, 2)?,
        number(day, 2)?,
    )?;
    // `2024-01-02T10-00-title`: the day counts.
    let rest = match rest.strip_prefix(['-', '_', ' ']) {
        Some(rest) => rest,
        None if rest.is_empty() => rest,
        None => rest.strip_prefix('T')?.split_once(['_', ' '])?.1,
    };
    Some((date, rest))
}

/// `…/2024/01/02`: the folders an article is in.
fn dated_folders(folders: &[&str]) -> Option<NaiveDate> {
    let [.., year, month, day] = folders else { return None };
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    dated(&format!("{year}-{month}-{day}")).filter(|(_, rest)| rest.is_empty()).map(|(date, _)| date)
}

/// The day in a path such as Zola's `path = "2024/01/02/title"`.
pub(super) fn date_in_path(path: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let name = parts.last().and_then(|name| dated(name)).map(|(date, _)| date);
    name.or_else(|| parts.windows(3).find_map(dated_folders))
}

/// A language tag at the end of a name, in the usual case: `zh-cn` → `zh-CN`, `zh-hans` → `zh-Hans`. Names have other
/// parts behind dots too (`node.js.md`), so only languages that people write blogs in count.
fn language(tag: &str) -> Option<String> {
    const LANGUAGES: &str = " ar bg bn ca cs da de el en es et eu fa fi fr gl he hi hr hu id is it ja ka ko lt lv ms nb nl no \
                             pl pt ro ru sk sl sr sv ta te th tr uk ur vi zh ";
    let mut parts = tag.split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    if primary.len() != 2 || !LANGUAGES.contains(&format!(" {primary} ")) {
        return None;
    }
    let mut out = primary;
    for part in parts {
        out.push('-');
        match part.len() {
            2 if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => out.push_str(&part.to_ascii_uppercase()),
            3 if part.bytes().all(|byte| byte.is_ascii_digit()) => out.push_str(part),
            4 if part.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                out.push_str(&part[..1].to_ascii_uppercase());
                out.push_str(&part[1..].to_ascii_lowercase());
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, date: &str, slug: &str, language: &str, name: &str) {
        let read = read(path);
        let got = (
            read.date.map(|date| date.to_string()).unwrap_or_default(),
            read.slug.unwrap_or_default(),
            read.language.as_deref().unwrap_or_default(),
            read.name,
        );
        assert_eq!((got.0.as_str(), got.1, got.2, got.3), (date, slug, language, name), "{path}");
    }

    #[test]
    fn names() {
        check("2024-01-02-hello-world.md", "2024-01-02", "hello-world", "", "hello-world");
        check("blog/_posts/2024-1-2-a.markdown", "2024-01-02", "a", "", "a");
        check("2024-01-02_slug.md", "2024-01-02", "slug", "", "slug");
        check("2024-01-02.md", "2024-01-02", "", "", "2024-01-02");
        check("2024-02-30-no-day.md", "", "", "", "2024-02-30-no-day");
        check("2024-01-02slug.md", "", "", "", "2024-01-02slug");
        check("2024-01-02T10-30-00Z_slug.md", "2024-01-02", "slug", "", "slug");
        check("2024/01/02/slug.md", "2024-01-02", "", "", "slug");
        check("post/index.md", "", "post", "", "post");
        check("2024-01-02-post/index.zh-cn.md", "2024-01-02", "post", "zh-CN", "post");
        check("post.zh-hant-TW.md", "", "post", "zh-Hant-TW", "post");
        check("post.en.md", "", "post", "en", "post");
        check("node.js.md", "", "", "", "node.js");
        check("v1.2.md", "", "", "", "v1.2");
        check("index.md", "", "", "", "index");
        check("金融/新闻.md", "", "", "", "新闻");
        check("", "", "", "", "");
        check(".md", "", "", "", ".md");
    }

    #[test]
    fn folders_above_posts() {
        assert_eq!(read("a/b/_posts/2024-01-02-x.md").folders, ["a", "b"]);
        assert!(read("a/b/_posts/x.md").folders.is_empty());
    }

    #[test]
    fn days_in_paths() {
        assert_eq!(date_in_path("/2024/01/02/x/"), NaiveDate::from_ymd_opt(2024, 1, 2));
        assert_eq!(date_in_path("blog/2024-01-02-x"), NaiveDate::from_ymd_opt(2024, 1, 2));
        assert_eq!(date_in_path("about/me"), None);
    }
}
