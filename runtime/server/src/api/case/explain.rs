//! `GET /api/v1/{app}/{entity}/{id}/access/{workflow}?about=login`

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::{CaseDeed, CaseFault, ExplainWorkflow, Hindrance};
use serde_json::{Value, json};
use workflow::{Deed, Operation};

use crate::{
    AppState,
    api::{self, parameter::Parameters},
    problem::{Kind, Problem, case::code},
    session::SignedIn,
};

/// What somebody may do with cases of a workflow about a record, and why: `{"reasons", "start", "manage", "case"}`. About
/// oneself unless `about` names somebody else, which is for the security administrator.
pub(crate) async fn explain(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id, workflow)): Path<(String, String, String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["about"], actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    let login = parameters.get("about").unwrap_or(&actor.login);
    let about = state.engine.store().accounts().by_login(login).await.map_err(Problem::internal)?;
    let about = about.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let ask = ExplainWorkflow { about, entity: entity.id, id: api::record_id(&id)?, workflow };
    let told = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let told = told.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let reasons = told.reasons.iter().map(|reason| {
        json!({
            "role": reason.role,
            "start": reason.start,
            "manage": reason.manage,
            "where": reason.condition,
            "holds": reason.holds,
        })
    });
    let case = told.case.as_ref().map(|case| {
        let deeds: Vec<Value> = case.deeds.iter().map(deed).collect();
        json!({ "id": case.id, "state": case.state, "may": deeds })
    });
    Ok(Json(json!({
        "reasons": reasons.collect::<Vec<_>>(),
        "start": may(told.start.as_ref()),
        "manage": may(told.manage.as_ref()),
        "case": case,
    })))
}

fn may(hindrance: Option<&Hindrance>) -> Value {
    json!({ "allowed": hindrance.is_none(), "refused": hindrance.map(word) })
}

fn deed(deed: &CaseDeed) -> Value {
    let step = Some(&deed.step).filter(|step| !step.is_empty());
    json!({
        "do": verb(deed.deed),
        "step": step,
        "task": deed.task,
        "allowed": deed.hindrance.is_none(),
        "refused": deed.hindrance.as_ref().map(word),
    })
}

/// The word by which the act is sent.
fn verb(deed: Deed) -> &'static str {
    match deed {
        Deed::Answer => "decide",
        Deed::Claim => "claim",
        Deed::Besides(Operation::Return) => "return",
        Deed::Besides(Operation::Transfer) => "transfer",
        Deed::Besides(Operation::Delegate) => "delegate",
        Deed::Besides(Operation::AddSigner) => "add-signer",
        Deed::Besides(Operation::TakeBack) => "take-back",
        Deed::Withdraw => "withdraw",
        Deed::Urge => "urge",
    }
}

/// Why somebody may not, as the act itself is refused.
fn word(hindrance: &Hindrance) -> &'static str {
    match hindrance {
        Hindrance::Looks => "looks",
        Hindrance::Unseen => "not-found",
        Hindrance::Fault(fault) => match fault {
            CaseFault::Refused(refusal, _) => code(refusal),
            CaseFault::NotAllowed => "denied",
            CaseFault::Unknown | CaseFault::Gone => "not-found",
            CaseFault::Running => "running",
            CaseFault::Blocked(_) => "blocked",
            CaseFault::Unfit => "unfit",
            CaseFault::TooMany => "too-many",
        },
    }
}
