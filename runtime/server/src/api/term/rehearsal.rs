//! `GET /api/v1/rules/{name}/rehearsal?from=2025-10-01&to=2025-12-31`

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::{Actor, Firing, Firings, MOST_REHEARSED, NoRehearsal, Rehearsal, Would, WouldBe};
use model::{Date, EntityId, Grain, Locale};
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
/// said: `{"rule", "from", "to", "watched", "items": […]}`. Of a rule that watches nothing, what it would have done:
/// `{"rule", "from", "to", "fired", "unclear", "cut", "by_day", "today", "occasions", "items": […]}`.
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
    if actor.edition.app.rule_named(&name).is_some_and(|rule| rule.watch.is_none()) {
        let found = state.engine.query(actor, Firings { rule: name.clone(), from, to }).await;
        let found = found.map_err(|error| Problem::of_query(error, actor))?;
        let found = found.map_err(|none| refused(actor, none, ("天", "days")))?;
        let occasions = found.occasions.iter().map(|one| json!({"at": one.at.to_string(), "matched": one.matched}));
        return Ok(Json(json!({
            "rule": name,
            "from": from.to_string(),
            "to": to.to_string(),
            "fired": found.total,
            "unclear": found.unclear,
            "cut": found.cut || found.total > found.firings.len(),
            "by_day": found.by_day,
            "today": found.today,
            "occasions": occasions.collect::<Vec<_>>(),
            "items": found.firings.iter().map(|one| firing(actor, one)).collect::<Vec<_>>(),
        })));
    }
    let found = state.engine.query(actor, Rehearsal { rule: name.clone(), from, to }).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?;
    let found = found.map_err(|none| refused(actor, none, ("个周期", "periods")))?;
    Ok(Json(json!({
        "rule": name,
        "from": from.to_string(),
        "to": to.to_string(),
        "watched": found.watched,
        "items": found.alerts.iter().map(shown).collect::<Vec<_>>(),
    })))
}

/// Why there is none, with what is counted at most in both languages.
fn refused(actor: &Actor, none: NoRehearsal, (zh, en): (&str, &str)) -> Problem {
    match none {
        NoRehearsal::NoRule => Problem::new(Kind::NotFound),
        NoRehearsal::Range => {
            let message = match actor.locale {
                Locale::ZhCn => format!("起止日期须先后有序，最多 {MOST_REHEARSED} {zh}"),
                Locale::En => format!("`from` comes before `to`, with at most {MOST_REHEARSED} {en}"),
            };
            Problem::parameter("to", "range", message)
        }
    }
}

fn firing(actor: &Actor, one: &Firing) -> Value {
    let name = |id: EntityId| actor.edition.app.entity(id).map(|entity| entity.name.to_string());
    let would = one.would.iter().map(|would| match would {
        Would::Tell(people) => {
            let people = people.iter().map(|(id, name)| json!({"id": id.to_string(), "name": name}));
            json!({"notify": people.collect::<Vec<_>>()})
        }
        Would::Make(entity, each) => json!({"create": name(*entity), "each": each.and_then(name)}),
        Would::Begin(workflow) => json!({"start": workflow.as_str()}),
        Would::Call(plugin) => json!({"call": plugin.as_str()}),
    });
    json!({
        "record": one.record.to_string(),
        "name": one.name,
        "at": one.at.to_string(),
        "since": one.since.map(|since| since.to_string()),
        "platform": one.platform,
        "would": would.collect::<Vec<_>>(),
        "today": one.today,
        "unknown": one.unknown,
    })
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
