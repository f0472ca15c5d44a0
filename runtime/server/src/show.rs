//! Values as people read them, per locale: in, a value and the kind of its field; out, a [`Shown`] that a view prints.
//!
//! Pure: no clock (the present moment is handed in), no I/O. Names of referenced records are handed in too.
//! INVARIANT: a [`Shown`] holds plain text only, escaped where it is printed; `html` is made by [`markdown`] alone.

pub mod number;
pub mod time;

use app::{Choice, Colour, Field, FieldKind};
use jiff::tz::TimeZone;
use model::{Locale, Timestamp, Value};
use serde::Serialize;

use crate::words::say;

/// What stands where nothing is known.
pub const NOTHING: &str = "—";

/// A value ready to be printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Shown {
    /// `none`, `text`, `number`, `badge`, `lamp`, `link`, `list`, `meter`, `html`, `time`, `file`, `image`, `stars`, `code`.
    pub kind: &'static str,
    /// The words; for a list those of its items, joined.
    pub text: String,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
    /// Tone of a badge or bar, or the colour of a lamp; the machine's form of a moment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// Items of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<Shown>,
    /// Markup from [`markdown`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

impl Shown {
    /// Nothing known.
    pub fn nothing() -> Self {
        Self { kind: "none", text: NOTHING.to_owned(), ..Self::default() }
    }

    /// Plain words.
    pub fn text(text: impl Into<String>) -> Self {
        Self { kind: "text", text: text.into(), ..Self::default() }
    }

    /// A number, set in tabular figures.
    pub fn number(text: impl Into<String>) -> Self {
        Self { kind: "number", text: text.into(), ..Self::default() }
    }

    /// Words that lead somewhere.
    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self { kind: "link", text: text.into(), href: Some(href.into()), ..Self::default() }
    }

    fn list(items: Vec<Self>) -> Self {
        if items.is_empty() {
            return Self::nothing();
        }
        let text = items.iter().map(|item| item.text.as_str()).collect::<Vec<_>>().join(", ");
        Self { kind: "list", text, items, ..Self::default() }
    }
}

/// Everything showing needs to know besides the value.
#[derive(Debug, Clone)]
pub struct Reader {
    /// Their language.
    pub locale: Locale,
    /// The zone in which moments are read.
    pub zone: TimeZone,
    /// The present.
    pub now: Timestamp,
}

/// Names of records and files by id, with the address of each; what is absent is shown as nothing.
pub type Names = std::collections::HashMap<model::Uuid, (String, String)>;

/// Shows a value of a field.
pub fn value(reader: &Reader, field: &Field, value: &Value, names: &Names) -> Shown {
    let locale = reader.locale;
    match (value, &field.kind) {
        (Value::Null, _) => Shown::nothing(),
        (Value::Sealed(_), _) => Shown {
            kind: "badge",
            text: say(locale, "unreadable").to_owned(),
            tone: Some("bad".to_owned()),
            ..Shown::default()
        },
        (Value::List(items), FieldKind::Choices(choices)) => {
            Shown::list(items.iter().map(|item| choice(locale, choices, item)).collect())
        }
        (Value::List(items), _) => Shown::list(items.iter().map(|item| named(item, names)).collect()),
        (_, FieldKind::Choice(choices) | FieldKind::Choices(choices)) => choice(locale, choices, value),
        (Value::Bool(flag), _) => Shown::text(say(locale, if *flag { "yes" } else { "no" })),
        (_, FieldKind::Percent { places }) => percent(field, value, *places),
        (Value::Int(seconds), FieldKind::Duration) => Shown::number(time::duration(locale, *seconds)),
        (Value::Int(stars), FieldKind::Rating { steps }) => {
            Shown { kind: "stars", text: format!("{stars} / {steps}"), ..Shown::default() }
        }
        (Value::Int(_) | Value::Decimal(_), FieldKind::Money { places, currency }) => {
            Shown::number(number::money(value, *places, currency))
        }
        (Value::Int(_) | Value::Decimal(_), _) => {
            let places = field.places().unwrap_or(0);
            Shown::number(with_unit(number::decimal(value, places), field.unit.get(locale), locale))
        }
        (Value::Date(day), _) => {
            Shown { kind: "time", text: time::date(locale, *day), tone: Some(day.to_string()), ..Shown::default() }
        }
        (Value::DateTime(at), _) => {
            Shown { kind: "time", text: time::moment(reader, *at), tone: Some(at.to_string()), ..Shown::default() }
        }
        (Value::Text(text), FieldKind::Markdown) => {
            Shown { kind: "html", text: text.clone(), html: Some(markdown(text)), ..Shown::default() }
        }
        (Value::Text(text), FieldKind::LongText) => Shown { kind: "long", text: text.clone(), ..Shown::default() },
        (Value::Text(text), FieldKind::Period { .. }) => Shown::text(time::period(locale, text)),
        (Value::Text(text), FieldKind::Location) => Shown { kind: "code", text: text.clone(), ..Shown::default() },
        (Value::Text(text), _) => Shown::text(text),
        (Value::Json(_), FieldKind::Signature) => signature(locale, value),
        (Value::Json(json), _) => Shown { kind: "code", text: json.to_string(), ..Shown::default() },
        (Value::Id(id), FieldKind::File | FieldKind::Image) => {
            let kind = if matches!(field.kind, FieldKind::Image) { "image" } else { "file" };
            // A file is fetched from its record, which is not known here: without a name it is a word that leads nowhere.
            let (text, href) = names.get(id).cloned().unzip();
            let text = text.unwrap_or_else(|| say(locale, "file").to_owned());
            Shown { kind, text, href, ..Shown::default() }
        }
        (Value::Id(_), _) => named(value, names),
    }
}

fn signature(locale: Locale, value: &Value) -> Shown {
    let Some(signature) = engine::Signature::of(value) else { return Shown::nothing() };
    match signature.picture() {
        Some(html) => {
            Shown { kind: "signature", text: say(locale, "signed").to_owned(), html: Some(html), ..Shown::default() }
        }
        None => Shown::text(signature.name().unwrap_or_default()),
    }
}

fn named(value: &Value, names: &Names) -> Shown {
    match value.as_id().and_then(|id| names.get(&id)) {
        Some((text, href)) if href.is_empty() => Shown::text(text),
        Some((text, href)) => Shown::link(text, href),
        None => match value {
            Value::Text(text) => Shown::text(text),
            _ => Shown::nothing(),
        },
    }
}

/// A number with its unit, as the reader's language writes it.
pub fn with_unit(number: String, unit: &str, locale: Locale) -> String {
    match (unit, locale) {
        ("", _) => number,
        (unit, Locale::ZhCn) if unit.chars().all(|c| !c.is_ascii()) => format!("{number}{unit}"),
        (unit, _) => format!("{number} {unit}"),
    }
}

/// A computed share is progress and gets a bar; one that people enter is a plain number.
fn percent(field: &Field, value: &Value, places: u32) -> Shown {
    let text = format!("{}%", number::shortest(value, places));
    let bar = value.as_decimal().filter(|_| field.is_computed()).map(|n| n.max(0.into()).min(100.into()));
    match bar {
        Some(bar) => Shown { kind: "meter", text, tone: Some(bar.normalize().to_string()), ..Shown::default() },
        None => Shown::number(text),
    }
}

/// The codes of a traffic light; a choice of only these is shown as a lamp.
const LAMPS: [&str; 4] = ["green", "yellow", "red", "grey"];

fn choice(locale: Locale, choices: &[Choice], value: &Value) -> Shown {
    let Some(code) = value.as_text() else { return Shown::nothing() };
    let Some(found) = choices.iter().find(|choice| choice.code == code) else { return Shown::text(code) };
    let text = found.label.get(locale).to_owned();
    if choices.iter().all(|choice| LAMPS.contains(&choice.code.as_str())) {
        return Shown { kind: "lamp", text, tone: Some(code.to_owned()), ..Shown::default() };
    }
    Shown { kind: "badge", text, tone: Some(tone(found.colour).to_owned()), ..Shown::default() }
}

/// The tone of a badge of that colour.
pub fn tone(colour: Colour) -> &'static str {
    match colour {
        Colour::Grey => "neutral",
        Colour::Blue => "info",
        Colour::Green => "ok",
        Colour::Yellow => "warn",
        Colour::Red => "bad",
        Colour::Purple => "accent",
    }
}

/// The hue of somebody's avatar: the same for the same name, 1 to 8.
pub fn hue(name: &str) -> u32 {
    name.chars().fold(7_u32, |sum, c| sum.wrapping_mul(31).wrapping_add(u32::from(c))) % 8 + 1
}

/// One or two characters for an avatar: the given name of a Chinese name, initials of others.
pub fn initials(name: &str) -> String {
    let name = name.trim();
    if name.chars().next().is_some_and(|c| c > '\u{2e7f}') {
        let count = name.chars().count();
        return name.chars().skip(count.saturating_sub(2).min(count)).collect();
    }
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.filter_map(|word| word.chars().next()).take(2).flat_map(char::to_uppercase).collect()
}

/// Whether an address is that of a file of a record: `/r/{entity}/{id}/attachments/{file}`.
fn is_attached(url: &str) -> bool {
    let id = |text: Option<&str>| text.is_some_and(|text| text.parse::<model::Uuid>().is_ok());
    let mut parts = url.strip_prefix("/r/").unwrap_or_default().split('/');
    parts.next().is_some_and(|entity| !entity.is_empty())
        && id(parts.next())
        && parts.next() == Some("attachments")
        && id(parts.next())
        && parts.next().is_none()
}

/// Markdown as markup. Raw markup in it is shown as text, and links lead to the web or this server only.
pub fn markdown(text: &str) -> String {
    use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};
    let safe = |url: &CowStr<'_>| {
        ["https://", "http://", "mailto:", "/", "#"].iter().any(|start| url.starts_with(start))
            && !url.starts_with("//")
    };
    let events =
        Parser::new_ext(text, Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES).map(|event| match event {
            Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) if !safe(&dest_url) => Event::Start(Tag::Link {
                link_type,
                dest_url: CowStr::from("#"),
                title,
                id: {
                    let _ = dest_url;
                    id
                },
            }),
            // A picture from elsewhere would tell that place who reads; the policy of the page refuses it anyway.
            Event::Start(Tag::Image { dest_url, title, id, link_type }) => {
                let dest_url = if is_attached(&dest_url) { dest_url } else { CowStr::from("#") };
                Event::Start(Tag::Image { link_type, dest_url, title, id })
            }
            other => other,
        });
    let mut out = String::new();
    html::push_html(&mut out, events);
    out
}

/// A comment: plain text with line breaks, `@login` marked. The result is markup.
pub fn comment(text: &str) -> String {
    let mut out = String::new();
    for (n, line) in text.lines().enumerate() {
        if n > 0 {
            out.push_str("<br>");
        }
        let mut first = true;
        for word in line.split(' ') {
            if !first {
                out.push(' ');
            }
            first = false;
            match word.strip_prefix('@').filter(|name| !name.is_empty()) {
                Some(_) => {
                    out.push_str("<span class=\"mention\">");
                    escape(word, &mut out);
                    out.push_str("</span>");
                }
                None => escape(word, &mut out),
            }
        }
    }
    out
}

/// Text as it stands in HTML or SVG.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape(text, &mut out);
    out
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_lets_no_markup_through() {
        let html = markdown("a <script>x</script> **b** [c](javascript:alert(1)) [d](https://e.org)");
        assert!(!html.contains("<script>"), "{html}");
        assert!(!html.contains("javascript:"), "{html}");
        assert!(html.contains("<strong>b</strong>") && html.contains("https://e.org"), "{html}");
    }

    #[test]
    fn markdown_shows_pictures_of_records_only() {
        let id = "01890000-0000-7000-8000-000000000001";
        let own = format!("/r/goal/{id}/attachments/{id}");
        assert!(markdown(&format!("![a]({own})")).contains(&format!("src=\"{own}\"")));
        let further = format!("{own}/../../delete");
        for url in ["https://e.org/a.png", "//e.org/a.png", "/sign-out", "/r/goal/x/attachments/y", &further] {
            assert!(markdown(&format!("![a]({url})")).contains("src=\"#\""), "{url}");
        }
    }

    #[test]
    fn comments_are_text_with_marked_mentions() {
        assert_eq!(comment("hi @wang <b>\nbye"), "hi <span class=\"mention\">@wang</span> &lt;b&gt;<br>bye");
    }

    #[test]
    fn avatars_take_the_given_name_or_initials() {
        assert_eq!(initials("王小明"), "小明");
        assert_eq!(initials("王伟"), "王伟");
        assert_eq!(initials("Ada Lovelace"), "AL");
        assert_eq!(initials(""), "");
        assert!((1..=8).contains(&hue("王伟")));
    }
}
