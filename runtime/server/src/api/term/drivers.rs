//! `GET /api/v1/terms/{name}/drivers?period=2025-Q4&subject=…`

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::series::{Driven, Drivers};
use model::Decimal;
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{parameter::Parameters, write},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Decimal places of the numbers answered.
const PLACES: u32 = 6;

/// What goes together with a term's last change: `{"term", "values": [{"period", "value"}], "falls", "split": {"change", "mix",
/// "groups": [{"group", "rate", "mix"}]}, "causes": [{"name", "label", "fails", "failing", "all", "value", "others", "loss"}],
/// "note"}`. Causes come with the largest loss first; it is association, and what overlaps does not add up.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["period", "subject"], actor.locale)?;
    let term = super::term(actor, &name)?;
    let drivers = term.drivers.as_ref().ok_or_else(|| Problem::new(Kind::NotFound))?;
    let period = super::period(actor, &parameters, "period")?.unwrap_or_else(|| {
        let app = &actor.edition.app;
        app.year_start().period(app.usual_grain(term), super::today(actor))
    });
    let ask = Drivers { term: term.id, period, subject: super::subject(actor, &parameters)?, filter: None };
    let answer = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let Driven { values, falls, groups, split, causes } = answer.map_err(|none| super::none(actor, &none))?;
    let split = split.map(|split| {
        let each = groups.iter().zip(&split.effects);
        let each = each.map(|(part, effect)| {
            json!({"group": json_of(&part.group), "rate": number(effect.rate), "mix": number(effect.mix)})
        });
        json!({"change": number(split.change()), "mix": number(split.mix()), "groups": each.collect::<Vec<_>>()})
    });
    let causes = causes.iter().filter_map(|ranked| {
        let cause = drivers.cause(&ranked.name)?;
        let loss = &ranked.loss;
        Some(json!({
            "name": cause.name, "label": cause.label.get(actor.locale), "fails": cause.written,
            "failing": number(loss.failing), "all": number(loss.all),
            "value": number(loss.fails), "others": number(loss.passes), "loss": number(loss.loss),
        }))
    });
    let values = values.iter().map(|(period, value)| json!({"period": period.to_string(), "value": value.map(number)}));
    Ok(Json(json!({
        "term": term.name.as_str(),
        "values": values.collect::<Vec<_>>(),
        "falls": falls,
        "split": split,
        "causes": causes.collect::<Vec<_>>(),
        "note": crate::words::say(actor.locale, "association"),
    })))
}

fn number(value: Decimal) -> Option<serde_json::Number> {
    super::number(value, PLACES)
}

fn json_of(value: &model::Value) -> Value {
    let mut body = Vec::new();
    write::value(&mut body, value);
    serde_json::from_slice(&body).unwrap_or_default()
}
