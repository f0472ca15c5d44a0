//! `GET /api/v1/dictionary/unified`

use app::{Page, Rule, lineage::Place};
use axum::{Json, extract::State};
use engine::{Actor, Engine, UnitBoards, series::visible, term::Standings, unified::UnifiedDays};
use metrics::{
    Status, Usage,
    unified::{rate, share},
};
use model::{Decimal, TermId};
use policy::Action;
use serde_json::{Value, json};

use crate::{AppState, page::rights, problem::Problem, session::SignedIn};

/// Where a number is shown or used.
pub(crate) enum At<'a> {
    /// On a page, in this block or tile.
    Page(&'a Page, String),
    /// In a rule.
    Rule(&'a Rule),
    /// On the board of a unit: its id, what it is called, and the term by name.
    Board(String, String, String),
}

/// A number that is shown or used, as the dictionary counts it.
pub(crate) struct Counted<'a> {
    /// Where.
    pub(crate) at: At<'a>,
    /// The term; `None` where it is measured there, and where the term is gone.
    pub(crate) term: Option<TermId>,
    /// What the dictionary has to do with it.
    pub(crate) usage: Usage,
}

/// How much of what pages show and rules use means what the dictionary says: `{"rate", "usages", "unified", "offenders":
/// [{"page", "block"}, {"rule"}, {"board", "name", "term"}], "days": [{"day", "owner", "usages", "unified", "rate"}]}`; `rate` is
/// `null` where there is no number. The days are those that were counted in the last year, over everything there is, by the unit
/// that answers for the terms.
pub(crate) async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let counted = counted(&state.engine, &who.actor).await?;
    let usages: Vec<Usage> = counted.iter().map(|one| one.usage).collect();
    let offenders = counted.iter().filter(|one| !one.usage.unified()).map(|one| match &one.at {
        At::Page(page, block) => json!({"page": page.name.as_str(), "block": block}),
        At::Rule(rule) => json!({"rule": rule.name.as_str()}),
        At::Board(id, name, term) => json!({"board": id, "name": name, "term": term}),
    });
    let days = state.engine.query(&who.actor, UnifiedDays).await;
    let days = days.map_err(|error| Problem::of_query(error, &who.actor))?;
    let number = |rate: Decimal| rate.to_string().parse::<serde_json::Number>().ok();
    let days = days.iter().map(|one| {
        json!({
            "day": one.day.to_string(), "owner": one.owner, "usages": one.usages, "unified": one.unified,
            "rate": share(one.unified, one.usages).map(number),
        })
    });
    Ok(Json(json!({
        "rate": rate(&usages).map(number),
        "usages": usages.len(),
        "unified": usages.iter().filter(|usage| usage.unified()).count(),
        "offenders": offenders.collect::<Vec<_>>(),
        "days": days.collect::<Vec<_>>(),
    })))
}

/// The numbers that count: those of the pages the reader opens, of the rules about what they see, and of the boards of units
/// they see, each term once. A tile counts while the version of its term is approved, and where it calls the term by one of its
/// names; a rule, where it watches such a term; a board, for each term that is approved. One that adds up by itself is an
/// offender, and so is a term of one's own board that is in the dictionary no more.
///
/// # Errors
/// What the engine refuses.
pub(crate) async fn counted<'a>(engine: &Engine, actor: &'a Actor) -> Result<Vec<Counted<'a>>, Problem> {
    let app = &actor.edition.app;
    let standings = engine.query(actor, Standings).await;
    let standings = standings.map_err(|error| Problem::of_query(error, actor))?;
    let approved = |term: TermId| standings.get(&term) == Some(&Status::Approved);
    let shown = app.numbers_shown().into_iter().filter_map(|shown| {
        let sees_term = shown.term.map(|id| app.term(id).is_some_and(|term| visible(actor, term)));
        let at = match shown.place {
            // What a page shows of a term stands there only for those who see the term.
            Place::Page(id, block) => {
                let opens = |page: &&Page| sees_term != Some(false) && rights::opens(actor, page);
                At::Page(app.page(id).filter(opens)?, block)
            }
            Place::Rule(at) => {
                let sees = |rule: &&Rule| sees_term.unwrap_or_else(|| rights::may(actor, rule.entity, Action::Read));
                At::Rule(app.rules().get(at).filter(sees)?)
            }
        };
        let bound = shown.usage.bound && shown.term.is_some_and(approved);
        Some(Counted { at, term: shown.term, usage: Usage { bound, ..shown.usage } })
    });
    let mut found: Vec<Counted<'a>> = shown.collect();
    let boards = engine.query(actor, UnitBoards::default()).await;
    for board in boards.map_err(|error| Problem::of_query(error, actor))? {
        for name in &board.terms {
            // A board calls a term what the dictionary calls it, and adds nothing to it.
            let term = app.term_named(name);
            if !term.map_or(board.account == actor.user, |term| visible(actor, term)) {
                continue;
            }
            let term = term.map(|term| term.id);
            let usage = Usage { bound: term.is_some_and(approved), local: false, named: true };
            found.push(Counted { at: At::Board(board.id.to_string(), board.name.clone(), name.clone()), term, usage });
        }
    }
    Ok(found)
}
