//! `GET /api/v1/dictionary/unified`

use app::lineage::{Place, Shown};
use axum::{Json, extract::State};
use engine::{UnitBoards, series::visible, term::Standings};
use metrics::{Status, Usage, unified::rate};
use policy::Action;
use serde_json::{Value, json};

use crate::{AppState, page::rights, problem::Problem, session::SignedIn};

/// How much of what pages show and rules use means what the dictionary says: `{"rate", "usages", "unified", "offenders":
/// [{"page", "block"}, {"rule"}, {"board", "name", "term"}]}`. Counted are the pages the reader opens, the rules about what they
/// see, and the boards of units they see, each term once; `rate` is `null` where there is no number. A tile counts while the
/// version of its term is approved, and where it calls the term by one of its names; a rule, where it watches such a term; a
/// board, for each term that is approved. One that adds up by itself is an offender, and so is a term of one's own board that is
/// in the dictionary no more.
pub(crate) async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let app = &actor.edition.app;
    let standings = state.engine.query(actor, Standings).await;
    let standings = standings.map_err(|error| Problem::of_query(error, actor))?;
    let opens = |shown: &Shown| match &shown.place {
        Place::Page(id, _) => app.page(*id).is_some_and(|page| rights::opens(actor, page)),
        Place::Rule(at) => match shown.term {
            Some(term) => app.term(term).is_some_and(|term| visible(actor, term)),
            None => app.rules().get(*at).is_some_and(|rule| rights::may(actor, rule.entity, Action::Read)),
        },
    };
    let mut shown: Vec<_> = app.numbers_shown().into_iter().filter(opens).collect();
    for one in &mut shown {
        one.usage.bound &= one.term.is_some_and(|term| standings.get(&term) == Some(&Status::Approved));
    }
    let boards = state.engine.query(actor, UnitBoards::default()).await;
    let boards = boards.map_err(|error| Problem::of_query(error, actor))?;
    let mut usages: Vec<Usage> = shown.iter().map(|shown| shown.usage).collect();
    let mut loose = Vec::new();
    for board in &boards {
        for name in &board.terms {
            // A board calls a term what the dictionary calls it, and adds nothing to it.
            let term = app.term_named(name);
            if !term.map_or(board.account == actor.user, |term| visible(actor, term)) {
                continue;
            }
            let bound = term.is_some_and(|term| standings.get(&term.id) == Some(&Status::Approved));
            usages.push(Usage { bound, local: false, named: true });
            if !bound {
                loose.push(json!({"board": board.id.to_string(), "name": board.name, "term": name}));
            }
        }
    }
    let offenders = shown.iter().filter(|shown| !shown.usage.unified()).filter_map(|shown| match &shown.place {
        Place::Page(id, block) => Some(json!({"page": app.page(*id)?.name.as_str(), "block": block})),
        Place::Rule(at) => Some(json!({"rule": app.rules().get(*at)?.name.as_str()})),
    });
    Ok(Json(json!({
        "rate": rate(&usages).map(|rate| rate.to_string().parse::<serde_json::Number>().ok()),
        "usages": usages.len(),
        "unified": usages.iter().filter(|usage| usage.unified()).count(),
        "offenders": offenders.chain(loose).collect::<Vec<_>>(),
    })))
}
