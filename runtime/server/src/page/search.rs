//! The search over everything a reader may see: by name, by part of it, by pinyin initials.

use engine::query::Search;
use serde::Serialize;

use super::{Answer, Visit, shell, shell::Person, view};
use crate::problem::Problem;

/// Records of each entity at most.
const MOST: u32 = 10;

/// What the view of a search shows.
#[derive(Debug, Default, Serialize)]
pub struct Searched {
    /// What was searched for.
    pub q: String,
    /// What was found.
    pub found: Vec<Hit>,
}

/// A record found.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Hit {
    /// Its name, with what its avatar needs.
    pub who: Person,
    /// What it is called.
    pub label: String,
    /// What tells it apart.
    pub hint: String,
    /// Its page.
    pub href: String,
    /// What it is.
    pub noun: String,
}

/// Searches; a script gets the list only.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit) -> Result<Answer, Problem> {
    let text = visit.query.get("q").unwrap_or_default().trim().to_owned();
    let found = match text.is_empty() {
        true => Vec::new(),
        false => visit.ask(Search { text: text.clone(), limit: MOST }).await?,
    };
    let hits = found.into_iter().filter_map(|found| {
        let entity = visit.app().entity(found.entity)?;
        Some(Hit {
            who: Person::new(&found.label),
            href: format!("/r/{}/{}", entity.name, found.id),
            noun: entity.label.get(visit.locale()).to_owned(),
            label: found.label,
            hint: found.hint,
        })
    });
    let searched = Searched { q: text.clone(), found: hits.collect() };
    if visit.partial {
        return view::render(visit.locale(), "search_found.html", searched).map(Answer::Page);
    }
    let mut shell = shell::of(visit).await?;
    shell.title = visit.say("search-results").to_owned();
    shell.search = text;
    visit.page_in("search.html", &shell, searched).map(Answer::Page)
}
