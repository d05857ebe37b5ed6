//! Numbers that count readers, and ages like `3 minutes ago`: they change with every answer, and are no edit.
//!
//! A number counts readers when a word that says so stands beside it. Words that a sentence may use as well (`votes`,
//! `shares`) count only as labels, `Votes: 12`. What is taken for a counter can hide an edit of that one number; what is
//! not taken for one makes an item look edited with every fetch. Both lists are kept short for the first reason.

use std::borrow::Cow;

/// Behind a number, in lower case: English; French, German, Dutch; Spanish, Portuguese, Italian; Russian, Ukrainian,
/// Polish, Turkish, Swedish, Indonesian, Arabic.
const BEHIND: &str = "view|views|pageviews|impressions|reads|like|likes|comment|comments|replies|retweets|reposts|upvotes|\
    reactions|claps|favorites|favourites|boosts|\
    vue|vues|commentaire|commentaires|lectures|aufruf|aufrufe|ansichten|kommentar|kommentare|weergaven|reacties|\
    vistas|visitas|visualizaciones|comentario|comentarios|lecturas|visualizações|comentário|comentários|curtidas|leituras|\
    visualizzazioni|commento|commenti|letture|\
    просмотр|просмотра|просмотров|просмотры|комментарий|комментария|комментариев|лайк|лайка|лайков|переглядів|перегляди|\
    коментарів|wyświetleń|odsłon|komentarzy|görüntülenme|yorum|beğeni|visningar|kommentarer|tayangan|komentar|مشاهدة|\
    تعليق|تعليقات";

/// Before a number, with a colon or a bracket between, in lower case.
const LABELS: &str = "votes|points|score|shares|hits|visits|visitors|downloads|plays|read|followers|subscribers|bookmarks|\
    klicks|zugriffe|partages|visite|visites|просмотрено|lượt xem";

/// In scripts without spaces: behind a number and its counting word, or before a number.
const UNSPACED: &str = "阅读|浏览|播放|观看|看过|点赞|赞|评论|留言|收藏|转发|回复|点击|访问|人气|\
    閱讀|瀏覽|觀看|讚|評論|轉發|回覆|回應|點擊|訪問|人氣|閲覧|再生|視聴|コメント|いいね|ビュー|アクセス|\
    조회|댓글|추천|좋아요|공감";

/// Counting words and powers of ten between a number and what is counted.
const COUNTING: &str = "次人个個条條则則件回名位万萬千亿億の만천회건명";
/// What may follow such a word before the number.
const AMOUNT: &str = "量数數次人수率";

/// Units of an age, in lower case; what stands before (`vor`) or behind (`ago`) number and unit tells that they are one.
const UNITS: &str = "second|seconds|sec|secs|minute|minutes|min|mins|hour|hours|hr|hrs|day|days|week|weeks|month|months|year|\
    years|sekunde|sekunden|minuten|stunde|stunden|tag|tagen|woche|wochen|monat|monaten|jahr|jahren|\
    seconde|secondes|heure|heures|jour|jours|semaine|semaines|mois|an|ans|\
    segundo|segundos|minuto|minutos|hora|horas|día|días|dia|dias|semana|semanas|mes|meses|mês|año|años|ano|anos|\
    minuti|ora|ore|giorno|giorni|settimana|settimane|\
    секунд|секунды|секунду|минут|минуты|минуту|час|часа|часов|день|дня|дней|неделю|недели|недель";
const AGO: &str = "ago|назад|fa|geleden|temu";
const SINCE: &str = "vor|il y a|hace|há";
const UNSPACED_AGES: &str = "秒前|秒钟前|秒鐘前|分钟前|分鐘前|分前|小时前|小時前|時間前|个小时前|天前|日前|周前|週前|星期前|\
    週間前|个月前|個月前|か月前|ヶ月前|年前|초 전|분 전|시간 전|일 전|주 전";
const NOW: &str = "just now|Just now|刚刚|剛剛|たった今|방금 전|à l'instant|gerade eben|только что";

/// Bytes looked at on either side of a number.
const WINDOW: usize = 48;

/// The text without numbers that count readers and without ages.
pub(super) fn without_counters(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    let now = words(NOW).any(|now| text.contains(now));
    while let Some(found) = text[at..].bytes().position(|byte| byte.is_ascii_digit()) {
        let start = at + found;
        at = number_end(text, start);
        let before = tail(&text[copied..start]);
        if let Some((from, behind)) = counted(before, &text[at..]).filter(|_| !is_date_part(before)) {
            out.push_str(&text[copied..start - from]);
            at += behind;
            copied = at;
        }
    }
    if copied == 0 && !now {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    if now {
        for phrase in words(NOW) {
            out = out.replace(phrase, "");
        }
    }
    Cow::Owned(out)
}

/// Behind a number with its groups: `1,234`, `1 234`, `12.5k`.
fn number_end(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = start;
    loop {
        end += bytes[end..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let rest = &text[end..];
        let Some(separator) =
            rest.chars().next().filter(|c| matches!(c, ',' | '.' | '\'' | ' ' | '\u{a0}' | '\u{202f}'))
        else {
            break;
        };
        let next = &rest[separator.len_utf8()..];
        let digits = next.bytes().take_while(u8::is_ascii_digit).count();
        let spaced = !matches!(separator, ',' | '.' | '\'');
        if digits == 0 || (spaced && digits != 3) {
            break;
        }
        end += separator.len_utf8();
    }
    let rest = &text[end..];
    let power = rest.strip_prefix([' ', '\u{a0}']).unwrap_or(rest);
    let mut chars = power.chars();
    let letter = chars.next().is_some_and(|c| matches!(c, 'k' | 'K' | 'm' | 'M' | 'w' | 'W'));
    if letter && !chars.next().is_some_and(char::is_alphanumeric) {
        return text.len() - power.len() + 1;
    }
    let sign = rest.chars().next().filter(|c| matches!(c, '万' | '萬' | '千' | '亿' | '億' | '만' | '천'));
    end + sign.map_or(0, char::len_utf8)
}

/// `2024-05-01`, `12:30`, `v1`: parts of something else.
fn is_date_part(before: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_' | '#'))
        || before.strip_suffix(':').is_some_and(|hour| hour.ends_with(|c: char| c.is_ascii_digit()))
}

/// How many bytes before and behind the number go with it, if it counts readers or tells an age.
fn counted(before: &str, behind: &str) -> Option<(usize, usize)> {
    let behind = head(behind);
    let after = behind.trim_start_matches([' ', '\u{a0}', '+']);
    let skipped = behind.len() - after.len();
    let (word, rest) = first_word(after);
    let lower = word.to_lowercase();
    let spaced = skipped > 0;
    if spaced && words(BEHIND).any(|word| word == lower) {
        return Some((0, 0));
    }
    if words(UNITS).any(|word| word == lower) {
        let (ago, _) = first_word(rest.trim_start());
        if words(AGO).any(|word| word == ago.to_lowercase()) {
            let whole = skipped + word.len() + (rest.len() - rest.trim_start().len()) + ago.len();
            return Some((0, whole));
        }
        let said = before.trim_end();
        let since = words(SINCE).find(|since| ends_with_word(said, since));
        if let Some(since) = since {
            return Some((before.len() - said.len() + since.len(), skipped + word.len()));
        }
    }
    if let Some(age) = words(UNSPACED_AGES).find(|age| after.starts_with(age)) {
        return Some((0, skipped + age.len()));
    }
    let thing = after.trim_start_matches(|c| COUNTING.contains(c)).trim_start();
    if words(UNSPACED).any(|word| thing.starts_with(word)) {
        return Some((0, 0));
    }
    label(before, after).then_some((0, 0))
}

/// `Views: 12`, `Comments (3)`, `阅读 123`, `浏览量：5`.
fn label(before: &str, after: &str) -> bool {
    let said = before.trim_end();
    let named = said.trim_end_matches([':', '：', '(', '（', '[']).trim_end();
    let marked = named.len() < said.trim_end().len();
    let lower = named.to_lowercase();
    if marked && words(BEHIND).chain(words(LABELS)).any(|word| ends_with_word(&lower, word)) {
        return true;
    }
    let thing = named.trim_end_matches(|c| AMOUNT.contains(c));
    let amount = thing.len() < named.len();
    let follows_on = after.trim_start_matches(|c| COUNTING.contains(c)).starts_with(char::is_alphabetic);
    words(UNSPACED).any(|word| thing.ends_with(word)) && (marked || amount || !follows_on)
}

fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split('|')
}

fn ends_with_word(text: &str, word: &str) -> bool {
    let ends = |text: &str| text.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric));
    ends(text) || ends(&text.to_lowercase())
}

fn first_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len()))
}

fn head(text: &str) -> &str {
    let mut end = text.len().min(WINDOW);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

fn tail(text: &str) -> &str {
    let mut start = text.len().saturating_sub(WINDOW);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counters_and_ages_are_left_out() {
        for (a, b) in [
            ("1,234 views so far", "9 views so far"),
            ("Views: 12", "Views: 13"),
            ("12.5k views", "13k views"),
            ("1 234 vues", "12 vues"),
            ("Comments (12)", "Comments (3)"),
            ("Points: 65 # Comments: 12", "Points: 66 # Comments: 13"),
            ("阅读 123", "阅读 124"),
            ("浏览量:5 点赞 6", "浏览量:50 点赞 7"),
            ("123次阅读", "4次阅读"),
            ("3.4万次播放 12条评论", "3.5万次播放 13条评论"),
            ("阅读 9999 次", "阅读 1万 次"),
            ("999 views", "1 k views"),
            ("評論 5", "評論 6"),
            ("閲覧数：5", "閲覧数：6"),
            ("조회수 12 댓글 3", "조회수 13 댓글 4"),
            ("1.024 Aufrufe", "1.025 Aufrufe"),
            ("25 просмотров", "26 просмотров"),
            ("Updated 3 minutes ago", "Updated 2 hours ago"),
            ("Updated just now.", "Updated 3 minutes ago."),
            ("vor 3 Minuten", "vor 2 Stunden"),
            ("il y a 3 minutes", "il y a 1 heure"),
            ("hace 5 días", "hace 2 semanas"),
            ("3分钟前 发布", "2小时前 发布"),
            ("3 минуты назад", "5 минут назад"),
        ] {
            assert_eq!(without_counters(a), without_counters(b));
        }
    }

    #[test]
    fn other_numbers_stay() {
        for (a, b) in [
            ("3 dead", "5 dead"),
            ("won 51 votes", "won 49 votes"),
            ("阅读3本书", "阅读4本书"),
            ("in 2023 views changed", "in 2024, views changed"),
            ("2024-05-01", "2024-05-02"),
            ("3 days", "4 days"),
            ("he likes 5 dogs", "he likes 6 dogs"),
            ("共5人", "共6人"),
            ("at 12:30", "at 12:31"),
            ("$1,000", "$2,000"),
        ] {
            assert_ne!(without_counters(a), without_counters(b));
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "(1|23|,|\\.| |k|views|Views:|阅读|次|分钟前|ago|days|vor |é|just now|\\(|：|\u{a0}){0,30}") {
            let once = without_counters(&text).into_owned();
            prop_assert!(once.len() <= text.len());
        }
    }
}
