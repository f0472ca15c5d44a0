//! `GET /api/v1/{app}/{entity}/aggregate?group=department&measures=count,avg(level)`

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::Actor;
use model::{EntityId, Type};
use policy::{Aggregate, Measure};

use super::{filter, json};
use crate::{
    AppState,
    api::{
        self,
        parameter::{Parameters, say},
        shape, write,
    },
    problem::Problem,
    session::SignedIn,
};

const KNOWN: [&str; 6] = ["group", "measures", "filter", "search", "limit", "anonymous"];
const MOST_NAMES: usize = 10;

/// Numbers per group: `{"items": [{"department": …, "count": 3, "avg(level)": 2.5}]}`, each number under the text that asked
/// for it. Without `group` there is one item. With `anonymous=true` the numbers are those over enough people, of records
/// that need not be seen (the entity's `anonymity`). Where there are more groups than asked for, `more` says so.
pub(crate) async fn aggregate(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &KNOWN, actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    let group_names = names(parameters.get("group").unwrap_or_default());
    let measure_names = names(parameters.get("measures").unwrap_or("count"));
    for (parameter, given) in [("group", &group_names), ("measures", &measure_names)] {
        if given.len() > MOST_NAMES {
            let message = say(actor.locale, "最多 10 个", "at most 10 can be named");
            return Err(Problem::parameter(parameter, "range", message));
        }
    }
    let group = group_names.iter().map(|name| shape::path(&actor.edition.app, actor, entity.id, "group", name));
    let measures = measure_names.iter().map(|name| measure(actor, entity.id, name));
    let most = state.engine.bounds().groups;
    let limit = parameters.number("limit", most, most)?;
    let aggregate = Aggregate {
        entity: entity.id,
        period: None,
        group: group.collect::<Result<_, _>>()?,
        measures: measures.collect::<Result<_, _>>()?,
        filter: filter::parse(&state, actor, entity, parameters.get("filter"))?,
        within: formula::Predicate::always(),
        search: parameters.get("search").map(str::to_owned),
        limit: limit.saturating_add(1),
        anonymous: parameters.flag("anonymous")?,
    };
    if aggregate.anonymous && aggregate.search.is_some() {
        let message = say(actor.locale, "匿名汇总不能用搜索", "numbers without names are not searched");
        return Err(Problem::parameter("search", "anonymous", message));
    }
    let mut groups = state.engine.query(actor, aggregate).await.map_err(|error| Problem::of_query(error, actor))?;
    let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = groups.len() > wanted;
    groups.truncate(wanted);
    let keys: Vec<Vec<u8>> = group_names.iter().chain(&measure_names).map(|name| key(name)).collect();
    let mut body = b"{\"items\":".to_vec();
    write::list(&mut body, &groups, |body, group| {
        body.push(b'{');
        for (at, (key, value)) in keys.iter().zip(group.keys.iter().chain(&group.numbers)).enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.extend_from_slice(key);
            write::value(body, value);
        }
        body.push(b'}');
    });
    if more {
        body.extend_from_slice(b",\"more\":true");
    }
    body.push(b'}');
    Ok(json(StatusCode::OK, body))
}

fn names(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::new();
    write::text(&mut key, name);
    key.push(b':');
    key
}

/// Reads `count` or `avg(level)`.
fn measure(actor: &Actor, entity: EntityId, text: &str) -> Result<Measure, Problem> {
    if text == "count" {
        return Ok(Measure::Count);
    }
    let refused = |zh: &'static str, en: &'static str| {
        Problem::parameter("measures", "format", format!("{}: `{text}`", say(actor.locale, zh, en)))
    };
    let inside = text.split_once('(').and_then(|(word, rest)| Some((word.trim(), rest.strip_suffix(')')?.trim())));
    let unknown = || {
        refused("应是 count、sum、avg、min、max 或 distinct", "write count, or sum, avg, min, max, distinct of a field")
    };
    let (word, name) = inside.ok_or_else(unknown)?;
    let path = shape::path(&actor.edition.app, actor, entity, "measures", name)?;
    let numeric = path.ty.is_number();
    let ordered = !matches!(path.ty, Type::List(_) | Type::Json | Type::Secret);
    match word {
        "sum" if numeric => Ok(Measure::Sum(path)),
        "avg" if numeric => Ok(Measure::Avg(path)),
        "sum" | "avg" => Err(refused("只有数字可以求和或平均", "only numbers have a sum or a mean")),
        "min" if ordered => Ok(Measure::Min(path)),
        "max" if ordered => Ok(Measure::Max(path)),
        "distinct" if ordered => Ok(Measure::Distinct(path)),
        "min" | "max" | "distinct" => Err(refused("不能用于这个字段", "this field cannot be measured")),
        _ => Err(unknown()),
    }
}
