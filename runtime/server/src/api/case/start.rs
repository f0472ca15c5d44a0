//! `GET /api/v1/{app}/workflows` and `POST /api/v1/{app}/workflows/{workflow}/cases`.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::{Begin, CaseCommand, Command, query::case::GoneWorkflows};
use model::RecordId;
use serde::Deserialize;
use serde_json::json;

use super::{accounts, answer, installed};
use crate::{
    AppState,
    api::{body, idempotency, parameter::say},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Most cases started at once.
pub(crate) const MOST: usize = 5_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    record: Option<RecordId>,
    #[serde(default)]
    records: Vec<RecordId>,
    #[serde(default)]
    chosen: BTreeMap<String, Vec<String>>,
}

/// The workflows whose cases one may start or manage; those that are gone, where cases of theirs still run.
pub(crate) async fn workflows(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let known = &actor.edition.app;
    let mut items: Vec<_> = known
        .workflows()
        .iter()
        .map(|process| (process, actor.runs(process.name.as_str())))
        .filter(|(_, runs)| runs.start || runs.manage)
        .map(|(process, runs)| {
            json!({
                "name": process.name.as_str(),
                "label": process.label.get(actor.locale),
                "entity": known.entity(process.entity).map(|entity| entity.name.as_str()),
                "start": runs.start,
                "manage": runs.manage,
                "gone": false,
            })
        })
        .collect();
    let gone = state.engine.query(actor, GoneWorkflows).await;
    items.extend(gone.map_err(|error| Problem::of_query(error, actor))?.iter().map(|gone| {
        json!({
            "name": gone.name,
            "label": gone.label.get(actor.locale),
            "entity": gone.entity,
            "start": false,
            "manage": true,
            "gone": true,
        })
    }));
    Ok(answer(StatusCode::OK, &json!({ "items": items })))
}

/// Starts a case about a record, or one about each of several: all or none.
pub(crate) async fn start(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let locale = who.actor.locale;
    let run = async {
        let sent: Body = body::parse(&headers, &content)?;
        let several = sent.record.is_none();
        let records: Vec<RecordId> = sent.record.into_iter().chain(sent.records).collect();
        if records.is_empty() || records.len() > MOST {
            let message = say(locale, "请给出 1 到 5000 条记录", "name 1 to 5,000 records");
            return Err(Problem::new(Kind::Invalid).error("records", "range", message));
        }
        let mut chosen = Vec::new();
        for (step, logins) in &sent.chosen {
            chosen.push((step.clone(), accounts(&state, logins, locale).await?));
        }
        let begin = |record| {
            let begin = Begin { workflow: workflow.clone(), record, chosen: chosen.clone(), id: None };
            Command::Case(CaseCommand::Start(begin))
        };
        let command = Command::Bulk(records.into_iter().map(begin).collect());
        let outcome = state.engine.execute(&who.actor, command).await;
        let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        let body = match outcome.cases.as_slice() {
            [one] if !several => json!({ "id": one }),
            all => json!({"items": all.iter().map(|id| json!({ "id": id })).collect::<Vec<_>>()}),
        };
        Ok(answer(StatusCode::CREATED, &body))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
