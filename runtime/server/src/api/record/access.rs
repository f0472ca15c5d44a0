//! `GET /api/v1/{app}/{entity}/{id}/access?action=read&field=phone&about=login`; `field` may be `comments` or `attachments` too.

use app::Area;
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::{Explain, Gives, Stated};
use policy::{Action, Aside};
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{
        self,
        parameter::{Parameters, say},
    },
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Why somebody may do something with a record, or may not: `{"verdict", "reasons": […], "kept_back_by": […]}`. About
/// oneself unless `about` names somebody else, which is for the security administrator.
pub(crate) async fn explain(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["action", "field", "about"], actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    if actor.rights.access(entity.id, Action::Read).is_none() && !actor.administers(Area::Security) {
        return Err(Problem::new(Kind::Denied));
    }
    let word = parameters.get("action").unwrap_or("read");
    let action = Action::ALL.into_iter().find(|action| action.word() == word).ok_or_else(|| {
        let message = say(actor.locale, "没有这个操作", "there is no such action");
        Problem::parameter("action", "unknown", message)
    })?;
    // What lies beside a record is read, or not, as a whole; a field of that name goes before.
    let named = |word: &str| actor.edition.app.field_named(entity.id, word).is_some();
    let aside = parameters.get("field").filter(|word| action == Action::Read && !named(word));
    let beside = Aside::ALL.into_iter().find(|one| entity.takes(*one) && aside == Some(one.word()));
    let field = match parameters.get("field") {
        None => None,
        Some(_) if beside.is_some() => None,
        Some(name) => Some(actor.edition.app.field_named(entity.id, name).map(|field| field.id).ok_or_else(|| {
            let message = say(actor.locale, "没有这个字段", "there is no such field");
            Problem::parameter("field", "unknown", message)
        })?),
    };
    let login = parameters.get("about").unwrap_or(&actor.login);
    let about = state.engine.store().accounts().by_login(login).await.map_err(Problem::internal)?;
    let about = about.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let ask = Explain { about, entity: entity.id, id: api::record_id(&id)?, action, field, beside };
    let told = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let told = told.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let reasons = told.reasons.iter().map(|reason| {
        json!({
            "role": reason.role,
            "grant": reason.number,
            "where": reason.condition,
            "holds": reason.holds,
            "parts": reason.parts,
            "gives": match reason.gives {
                Gives::Whole => "whole",
                Gives::Part => "part",
                Gives::Nothing => "nothing",
            },
        })
    });
    Ok(Json(json!({
        "verdict": match told.verdict {
            Stated::Allowed => "allowed",
            Stated::Partly => "partly",
            Stated::Refused => "refused",
        },
        "reasons": reasons.collect::<Vec<_>>(),
        "kept_back_by": told.kept_back_by,
    })))
}
