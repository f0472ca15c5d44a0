//! `GET /api/v1/terms`, `GET /api/v1/terms/{name}`

use std::collections::HashMap;

use app::App;
use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::{
    Actor,
    dictionary::Meaning,
    series::{Fresh, Freshness, visible},
    term::Standings,
};
use metrics::{Measure, Number, Status, Term};
use model::{Locale, TermId};
use serde_json::{Map, Value, json};

use crate::{
    AppState,
    api::parameter::{Parameters, say},
    problem::Problem,
    session::SignedIn,
};

/// The terms the reader may see: `{"items": [{"name", "code", "label", "definition", …}]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["q", "status", "owner", "name"], actor.locale)?;
    let status = match parameters.get("status") {
        None => None,
        Some(word) => Some(Status::parse(word).ok_or_else(|| {
            let message = say(
                actor.locale,
                "应是 `proposed`、`reviewed`、`approved` 或 `deprecated`",
                "should be `proposed`, `reviewed`, `approved` or `deprecated`",
            );
            Problem::parameter("status", "type", message)
        })?),
    };
    let words = parameters.get("q").unwrap_or_default().to_lowercase();
    let owner = parameters.get("owner");
    let standings = standings(&state, actor).await?;
    let stands = |term: &Term| standings.get(&term.id).copied().unwrap_or(term.status);
    let wanted = |term: &&Term| {
        visible(actor, term)
            && status.is_none_or(|status| stands(term) == status)
            && owner.is_none_or(|owner| term.owner == owner)
            && found(term, &words)
    };
    // A name has one meaning for its reader, whatever it means elsewhere.
    let meant = match parameters.get("name") {
        None => None,
        Some(name) => {
            let ask = Meaning { name: name.to_owned() };
            Some(state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?)
        }
    };
    let is_meant = |term: &&Term| meant.is_none_or(|meant| meant == Some(term.id));
    let terms: Vec<&Term> = actor.edition.app.terms().iter().filter(wanted).filter(is_meant).collect();
    let ask = Freshness { terms: terms.iter().map(|term| term.id).collect() };
    let fresh = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let items: Vec<Value> =
        terms.iter().zip(&fresh).map(|(term, fresh)| shown(actor, term, stands(term), *fresh)).collect();
    Ok(Json(json!({"items": items})))
}

/// One term.
pub(crate) async fn one(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let term = super::term(actor, &name)?;
    let ask = Freshness { terms: vec![term.id] };
    let fresh = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let status = standings(&state, actor).await?.get(&term.id).copied().unwrap_or(term.status);
    Ok(Json(shown(actor, term, status, fresh.first().copied().unwrap_or_default())))
}

/// Where the terms stand by what people did.
async fn standings(state: &AppState, actor: &Actor) -> Result<HashMap<TermId, Status>, Problem> {
    state.engine.query(actor, Standings).await.map_err(|error| Problem::of_query(error, actor))
}

/// Whether a term has these words in its code, name, labels or aliases.
pub(crate) fn found(term: &Term, words: &str) -> bool {
    let names = Locale::ALL.into_iter().flat_map(|locale| term.names(locale));
    let mut all = names.chain([term.code.as_str(), term.name.as_str()]);
    words.is_empty() || all.any(|name| name.to_lowercase().contains(words))
}

/// How new the data is.
pub(super) fn freshness(fresh: Fresh) -> Value {
    json!({
        "latest": fresh.latest.map(|day| day.to_string()),
        "changed": fresh.changed.map(|moment| moment.to_string()),
        "stale_since": fresh.stale_since.map(|day| day.to_string()),
    })
}

fn shown(actor: &Actor, term: &Term, status: Status, fresh: Fresh) -> Value {
    let (app, locale) = (&actor.edition.app, actor.locale);
    let aliases: Vec<&str> = term.names(locale).skip(1).collect();
    json!({
        "name": term.name.as_str(),
        "code": term.code,
        "label": term.label.get(locale),
        "aliases": aliases,
        "definition": term.definition.get(locale),
        "unit": term.unit.get(locale),
        "direction": term.direction.word(),
        "frequency": term.frequency.word(),
        "source": term.source.get(locale),
        "owner": term.owner,
        "status": status.word(),
        "version": term.version,
        "scope": term.scope,
        "places": term.places,
        "baseline": term.baseline.as_ref().map(|then| {
            json!({"value": then.value.to_string(), "on": then.on.to_string(), "words": then.words.get(locale)})
        }),
        "measure": measure(app, term),
        "fresh": freshness(fresh),
    })
}

/// How a term is measured, in the words of its definition.
fn measure(app: &App, term: &Term) -> Value {
    let base = match &term.measure {
        Measure::Base(base) => base,
        Measure::Derived(derived) => {
            let names = derived.reads().iter().filter_map(|id| app.term(*id)).map(|term| term.name.as_str());
            return json!({"derived": derived.source(), "terms": names.collect::<Vec<_>>()});
        }
    };
    let mut said = Map::new();
    said.insert("over".into(), app.entity(base.over).map(|entity| entity.name.as_str()).into());
    said.insert("time".into(), app.path_text(&base.time).into());
    if let Some((path, _)) = &base.subject {
        said.insert("subject".into(), app.path_text(path).into());
    }
    if !base.written.is_empty() {
        said.insert("where".into(), base.written.as_str().into());
    }
    let (name, number) = match &base.number {
        Number::Simple(part) => ("simple", json!(part.written)),
        Number::Ratio(ratio) => (
            "ratio",
            json!({
                "numerator": ratio.numerator.written, "denominator": ratio.denominator.written,
                "times": ratio.times.to_string(),
            }),
        ),
        Number::Weighted { value, weight } => {
            ("weighted", json!({"value": app.path_text(value), "weight": app.path_text(weight)}))
        }
        Number::Cumulative { of, since } => ("cumulative", json!({"of": of.written, "since": since.word()})),
    };
    said.insert(name.into(), number);
    Value::Object(said)
}
