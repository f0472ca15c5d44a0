//! `GET /api/v1/rules/{name}/rehearsal?from=2025-10-01&to=2025-12-31`

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::{MOST_REHEARSED, NoRehearsal, Rehearsal, WouldBe};
use model::{Date, Grain, Locale};
use serde_json::{Value, json};

use crate::{
    AppState,
    api::parameter::{Parameters, say},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Decimal places of values.
const PLACES: u32 = 4;

/// Which alerts a rule would have raised, as far as the reader sees what it watches; the last whole quarter unless days are
/// said: `{"rule", "from", "to", "watched", "items": […]}`.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["from", "to"], actor.locale)?;
    let quarter = actor.edition.app.year_start().period(Grain::Quarter, super::today(actor)).previous();
    let day = |name: &str, otherwise: Date| match parameters.get(name) {
        None => Ok(otherwise),
        Some(text) => text.parse::<Date>().map_err(|_| {
            let message = say(actor.locale, "应是日期，例如 `2025-10-01`", "should be a day, such as `2025-10-01`");
            Problem::parameter(name, "format", message)
        }),
    };
    let (from, to) = (day("from", quarter.first())?, day("to", quarter.last())?);
    let found = state.engine.query(actor, Rehearsal { rule: name.clone(), from, to }).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?.map_err(|none| match none {
        NoRehearsal::NoRule => Problem::new(Kind::NotFound),
        NoRehearsal::Range => {
            let message = match actor.locale {
                Locale::ZhCn => format!("起止日期须先后有序，最多 {MOST_REHEARSED} 个周期"),
                Locale::En => format!("`from` comes before `to`, with at most {MOST_REHEARSED} periods"),
            };
            Problem::parameter("to", "range", message)
        }
    })?;
    Ok(Json(json!({
        "rule": name,
        "from": from.to_string(),
        "to": to.to_string(),
        "watched": found.watched,
        "items": found.alerts.iter().map(shown).collect::<Vec<_>>(),
    })))
}

fn shown(alert: &WouldBe) -> Value {
    json!({
        "subject": alert.subject.to_string(),
        "name": alert.name,
        "level": alert.level,
        "opened": alert.opened.to_string(),
        "closed": alert.closed.map(|day| day.to_string()),
        "value": alert.value.and_then(|value| super::number(value, PLACES)),
        "periods": alert.evidence.iter().map(|one| one.seen.period.to_string()).collect::<Vec<_>>(),
    })
}
