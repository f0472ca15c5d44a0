//! Filters as parameters: parsed once per edition and text.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use app::Entity;
use engine::Actor;
use formula::Predicate;
use model::EntityId;

use crate::{
    AppState,
    api::{parameter::say, shape::is_kept_version},
    problem::Problem,
};

const MOST_KEPT: usize = 1_000;

/// Filters read before, as far as they speak of `actor` and of today without saying who and when, and so serve everybody.
/// One that was worked out for somebody at some time is not kept.
#[derive(Default)]
pub(crate) struct Filters(RwLock<HashMap<(i64, EntityId, String), Predicate>>);

/// The condition a parameter asks for; every row when there is none.
pub(crate) fn parse(
    state: &AppState,
    actor: &Actor,
    entity: &Entity,
    text: Option<&str>,
) -> Result<Predicate, Problem> {
    let Some(text) = text else { return Ok(Predicate::always()) };
    let found = read(state, actor, entity, text)?;
    if found.paths().into_iter().any(|path| is_kept_version(actor, path)) {
        let message = say(actor.locale, "没有字段", "there is no field");
        return Err(Problem::parameter("filter", "unknown", format!("{message} `version`")));
    }
    Ok(found)
}

/// What a text says, whoever asks.
fn read(state: &AppState, actor: &Actor, entity: &Entity, text: &str) -> Result<Predicate, Problem> {
    let key = (actor.edition.version, entity.id, text.to_owned());
    let Filters(filters) = &state.api.filters;
    if let Some(known) = filters.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(known.clone());
    }
    let parsed = state.engine.read_filter(actor, entity.id, text);
    let (parsed, lasting) = parsed.map_err(|faults| Problem::of_filter("filter", text, &faults, actor.locale))?;
    if !lasting {
        return Ok(parsed);
    }
    let mut known = filters.write().unwrap_or_else(PoisonError::into_inner);
    if known.len() >= MOST_KEPT {
        known.clear();
    }
    known.insert(key, parsed.clone());
    Ok(parsed)
}
