//! Opening a page by its name, and the page after sign-in.

use app::{Page, PageKind};
use policy::{Aggregate, List};

use super::{Answer, Visit, board, dashboard, home, list, rights, tree, visit::missing};
use crate::problem::{Kind, Problem};

/// The page after sign-in.
///
/// # Errors
/// What the engine refuses.
pub async fn first(visit: &Visit) -> Result<Answer, Problem> {
    match visit.app().home().filter(|page| rights::opens(&visit.actor, page)) {
        Some(page) => show(visit, page).await,
        None => home::show(visit, None, &app::Home::default()).await,
    }
}

/// A page by name.
///
/// # Errors
/// Not found, not for this reader, or what the engine refuses.
pub async fn named(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let page = visit.app().page_named(name).ok_or_else(missing)?;
    if !rights::opens(&visit.actor, page) {
        return Err(Problem::new(Kind::Denied));
    }
    show(visit, page).await
}

/// What a page of records asks for, by which a stream of live updates knows whether it would show something else: its rows, and
/// how many there are where it says so.
///
/// # Errors
/// Not found, not for this reader, or what the engine refuses.
pub async fn watched(visit: &Visit, name: &str) -> Result<(List, Option<Aggregate>), Problem> {
    let page = visit.app().page_named(name).ok_or_else(missing)?;
    if !rights::opens(&visit.actor, page) {
        return Err(Problem::new(Kind::Denied));
    }
    match &page.kind {
        PageKind::List { .. } => list::watched(visit, page).await,
        PageKind::Board { .. } => Ok((board::watched(visit, page).await?, None)),
        _ => Err(missing()),
    }
}

async fn show(visit: &Visit, page: &Page) -> Result<Answer, Problem> {
    match &page.kind {
        PageKind::List { .. } => list::show(visit, page).await,
        PageKind::Board { .. } => board::show(visit, page).await,
        PageKind::Tree { .. } => tree::show(visit, page).await,
        PageKind::Home(home) => home::show(visit, Some(page), home).await,
        PageKind::Dashboard(dashboard) => dashboard::show(visit, page, dashboard).await,
        // A detail page needs a record; it is reached by `/r/{entity}/{id}`.
        PageKind::Detail { .. } => Err(missing()),
    }
}
