//! `GET /api/v1/dictionary/unified`

use axum::{Json, extract::State};
use engine::term::Standings;
use metrics::{Status, Usage, unified::rate};
use serde_json::{Value, json};

use crate::{AppState, page::rights, problem::Problem, session::SignedIn};

/// How much of what pages show means what the dictionary says: `{"rate", "usages", "unified", "offenders": [{"page",
/// "block"}]}`. Counted are the pages the reader opens; `rate` is `null` where none shows a number. A tile counts while the
/// version of its term is approved, and where it calls the term by one of its names.
pub(crate) async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let app = &actor.edition.app;
    let standings = state.engine.query(actor, Standings).await;
    let standings = standings.map_err(|error| Problem::of_query(error, actor))?;
    let opens = |id| app.page(id).is_some_and(|page| rights::opens(actor, page));
    let mut shown: Vec<_> = app.numbers_shown().into_iter().filter(|shown| opens(shown.page)).collect();
    for one in &mut shown {
        one.usage.bound &= one.term.is_some_and(|term| standings.get(&term) == Some(&Status::Approved));
    }
    let usages: Vec<Usage> = shown.iter().map(|shown| shown.usage).collect();
    let offenders = shown
        .iter()
        .filter(|shown| !shown.usage.unified())
        .filter_map(|shown| Some(json!({"page": app.page(shown.page)?.name.as_str(), "block": shown.block})));
    Ok(Json(json!({
        "rate": rate(&usages).map(|rate| rate.to_string().parse::<serde_json::Number>().ok()),
        "usages": usages.len(),
        "unified": usages.iter().filter(|usage| usage.unified()).count(),
        "offenders": offenders.collect::<Vec<_>>(),
    })))
}
