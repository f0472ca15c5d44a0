//! Ways of looking at a list that a reader keeps for themselves.

use app::PageKind;
use engine::Command;

use super::{Answer, Visit, params::Params, rights, visit::missing};
use crate::problem::Problem;

/// Keeps a view and shows it.
///
/// # Errors
/// What the engine refuses.
pub async fn save(visit: &Visit, sent: &Params) -> Result<Answer, Problem> {
    let page = visit.app().page_named(sent.get("page").unwrap_or_default());
    let lists = |page: &&app::Page| matches!(page.kind, PageKind::List { .. });
    let page = page.filter(lists).filter(|page| rights::opens(&visit.actor, page)).ok_or_else(missing)?;
    let name: String = sent.get("name").unwrap_or_default().trim().chars().take(60).collect();
    let query = Params::parse(sent.get("query").unwrap_or_default()).text();
    let path = format!("/p/{}", page.name);
    if name.is_empty() {
        return Ok(Answer::To(path));
    }
    let to = Params::parse(&query).with("saved", "1").on(&path);
    visit.act(Command::SaveView { page: page.name.to_string(), name, query }).await?;
    Ok(Answer::To(to))
}

/// Forgets a view.
///
/// # Errors
/// What the engine refuses.
pub async fn forget(visit: &Visit, sent: &Params) -> Result<Answer, Problem> {
    let id = sent.get("id").and_then(|id| id.parse().ok()).ok_or_else(missing)?;
    visit.act(Command::ForgetView { id }).await?;
    let page = sent.get("page").and_then(|name| visit.app().page_named(name));
    Ok(Answer::To(page.map_or_else(|| "/".to_owned(), |page| format!("/p/{}?saved=1", page.name))))
}
