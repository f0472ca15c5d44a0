//! How much of what is shown means what the dictionary says, and what every part of that is: the numbers of pages, rules and
//! boards, with the term each uses, or that it measures by itself.

use app::{BlockKind, PageKind};
use metrics::{Usage, unified::rate};
use serde::Serialize;

use crate::{
    api::term::unified::{At, Counted, counted},
    page::Visit,
    problem::Problem,
    show::number,
};

/// The share of numbers that mean what the dictionary says.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Unified {
    /// The share, in percent.
    pub rate: String,
    /// How many there are, in words.
    pub count: String,
    /// Every number, those first that are not as the dictionary says.
    pub parts: Vec<Part>,
}

/// A number that is shown or used.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Part {
    /// What kind of thing it stands in.
    pub kind: &'static str,
    /// What that is called.
    pub label: String,
    /// Its page, where it has one.
    pub href: Option<String>,
    /// What the number is called there.
    pub number: String,
    /// The page of its term.
    pub term: Option<String>,
    /// What the dictionary says of it.
    pub status: &'static str,
    /// The colour of that.
    pub tone: &'static str,
}

/// The share and its parts, of what the reader sees; `None` where there is no number.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn shown(visit: &Visit) -> Result<Option<Unified>, Problem> {
    let mut found = counted(&visit.engine, &visit.actor).await?;
    let usages: Vec<Usage> = found.iter().map(|one| one.usage).collect();
    let Some(rate) = rate(&usages) else { return Ok(None) };
    let unified = usages.iter().filter(|usage| usage.unified()).count();
    found.sort_by_key(|one| one.usage.unified());
    Ok(Some(Unified {
        rate: format!("{}%", number::shortest(&rate.into(), 2)),
        count: visit.fill("unified-count", &[("n", &unified.to_string()), ("all", &usages.len().to_string())]),
        parts: found.iter().map(|one| part(visit, one)).collect(),
    }))
}

/// The numbers that are not as the dictionary says, of those the reader sees.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn offenders(visit: &Visit) -> Result<Vec<Part>, Problem> {
    let found = counted(&visit.engine, &visit.actor).await?;
    Ok(found.iter().filter(|one| !one.usage.unified()).map(|one| part(visit, one)).collect())
}

fn part(visit: &Visit, one: &Counted<'_>) -> Part {
    let locale = visit.locale();
    let term = one.term.and_then(|id| visit.app().term(id));
    let called = term.map(|term| term.label.get(locale).to_owned());
    let (kind, label, href, number) = match &one.at {
        At::Page(page, block) => {
            let heading = match &page.kind {
                // A list is no number, so that only the other blocks have a heading here.
                PageKind::Home(home) => home
                    .blocks
                    .iter()
                    .find(|known| known.name == *block && !matches!(known.kind, BlockKind::List { .. }))
                    .map(|block| &block.label),
                PageKind::Detail { tabs, .. } => tabs.iter().find(|tab| tab.name == *block).map(|tab| &tab.label),
                _ => None,
            };
            let heading = heading.map(|label| label.get(locale).to_owned());
            let number = called.or(heading).unwrap_or_else(|| block.clone());
            // The page of a record is opened from the record.
            let href = (!matches!(page.kind, PageKind::Detail { .. })).then(|| format!("/p/{}", page.name));
            ("unified-page", page.label.get(locale).to_owned(), href, number)
        }
        At::Rule(rule) => {
            let seen = engine::rehearsable(&visit.actor, rule);
            let href = seen.then(|| format!("/dictionary/rehearse/{}", rule.name));
            ("term-rule", rule.label.get(locale).to_owned(), href, called.unwrap_or_default())
        }
        At::Board(id, name, term) => {
            ("term-unit-board", name.clone(), Some(format!("/boards/{id}")), called.unwrap_or_else(|| term.clone()))
        }
    };
    let (status, tone) = match one.usage {
        usage if usage.unified() => ("unified-yes", "ok"),
        Usage { local: true, .. } => ("unified-own", "bad"),
        Usage { bound: false, .. } => ("unified-loose", "warn"),
        _ => ("unified-called", "warn"),
    };
    Part {
        kind: visit.say(kind),
        label,
        href,
        number,
        term: term.map(|term| format!("/dictionary/{}", term.name)),
        status: visit.say(status),
        tone,
    }
}
