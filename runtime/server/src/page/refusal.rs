//! Refusals as people read them.

use axum::response::{IntoResponse, Response};
use model::Locale;
use serde::Serialize;

use super::{shell, view};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::Theme,
    words::say,
};

/// What the view of a refusal shows.
#[derive(Debug, Default, Serialize)]
pub struct Refusal {
    /// The frame.
    pub shell: shell::Shell,
    /// What was refused.
    pub title: String,
    /// What happened this time.
    pub detail: String,
    /// Under which number it is in the log.
    pub id: Option<String>,
}

/// A refusal as a page, with its status.
pub fn problem(state: &AppState, problem: &Problem, locale: Locale) -> Response {
    let edition = state.engine.edition();
    let mut shell = shell::bare(locale, Theme::Auto.word(), "", shell::brand(&edition.app, locale), "/");
    problem.kind.title(locale).clone_into(&mut shell.title);
    let mut detail = problem.detail.clone().unwrap_or_default();
    for error in &problem.errors {
        if !detail.is_empty() {
            detail.push_str("; ");
        }
        detail.push_str(&error.message);
    }
    // Whom to ask, where nothing more may be told.
    if problem.kind == Kind::Denied && detail.is_empty() {
        say(locale, "denied-help").clone_into(&mut detail);
    }
    let id = problem.more.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.as_str()).map(str::to_owned);
    let refusal = Refusal { title: shell.title.clone(), shell, detail, id };
    let status = problem.kind.status();
    match view::render(locale, "error.html", refusal) {
        Ok(page) => {
            let kind = [(axum::http::header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (status, kind, page).into_response()
        }
        // The view of refusals itself failed, which was logged; the words are still worth saying.
        Err(_) => (status, problem.kind.title(locale)).into_response(),
    }
}
