//! `GET /api/v1/terms/{name}/series?grain=month&from=2025-10&to=2025-12&subject=…&group=person.unit`

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::series::{Cell, Filter, Freshness, Series};
use metrics::{Measure, Term};
use model::{Grain, Value};

use crate::{
    AppState,
    api::{
        parameter::{Parameters, say},
        record::{filter, json},
        write,
    },
    problem::Problem,
    session::SignedIn,
};

const KNOWN: [&str; 6] = ["grain", "from", "to", "subject", "group", "filter"];
/// Periods before the present one that are answered when no beginning is given.
const BEFORE: i32 = -11;

/// The values of a term: `{"term", "version", "unit", "grain", "items": [{"period", "value", "numerator", "denominator",
/// "target", "score", "grade", "factor", "version", "as_of", "peers"}], "fresh"}`. Numbers are exact; `value` is rounded as it is shown, and `null` is no
/// data. With `group` every item says its group.
pub(crate) async fn series(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &KNOWN, actor.locale)?;
    let term = super::term(actor, &name)?;
    let usual = actor.edition.app.usual_grain(term);
    let grain = parameters.get("grain").map_or(Some(usual), Grain::parse).ok_or_else(|| {
        let message = say(
            actor.locale,
            "应是 `day`、`week`、`month`、`quarter`、`half` 或 `year`",
            "should be `day`, `week`, `month`, `quarter`, `half` or `year`",
        );
        Problem::parameter("grain", "type", message)
    })?;
    let to = super::period(actor, &parameters, "to")?.map(|period| period.within(grain));
    let to = to.unwrap_or_else(|| actor.edition.app.year_start().period(grain, super::today(actor)));
    let from = super::period(actor, &parameters, "from")?.map(|period| period.beside(grain, period.first()));
    let from = from.unwrap_or_else(|| to.later(BEFORE));
    let group = super::group(actor, term, &parameters);
    let filter = match (&term.measure, parameters.get("filter")) {
        (_, None) => None,
        (Measure::Base(base), Some(text)) => {
            let entity = actor.edition.app.entity(base.over).ok_or(Problem::new(crate::problem::Kind::NotFound))?;
            Some(Filter::Rows(base.over, filter::parse(&state, actor, entity, Some(text))?))
        }
        (Measure::Derived(derived), Some(_)) => {
            let parts = derived.reads().to_vec();
            return Err(super::none(actor, &engine::series::NoSeries::SeveralKinds { term: term.id, parts }));
        }
    };
    let ask = Series {
        terms: vec![term.id],
        from,
        to,
        subject: super::subject(actor, &parameters)?,
        group: group.clone(),
        filter,
    };
    let answer = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let found = answer.map_err(|none| super::none(actor, &none))?;
    let ask = Freshness { terms: vec![term.id] };
    let fresh = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let mut body = b"{\"term\":".to_vec();
    write::text(&mut body, term.name.as_str());
    body.extend_from_slice(format!(",\"version\":{},\"unit\":", term.version).as_bytes());
    write::text(&mut body, term.unit.get(actor.locale));
    body.extend_from_slice(format!(",\"grain\":\"{}\",\"items\":", grain.word()).as_bytes());
    let cells = found.first().map(|series| series.cells.as_slice()).unwrap_or_default();
    write::list(&mut body, cells, |body, cell| item(body, term, cell, group.is_some()));
    let fresh = super::list::freshness(fresh.first().copied().unwrap_or_default());
    body.extend_from_slice(format!(",\"fresh\":{fresh}}}").as_bytes());
    Ok(json(StatusCode::OK, body))
}

fn item(body: &mut Vec<u8>, term: &Term, cell: &Cell, grouped: bool) {
    body.extend_from_slice(format!("{{\"period\":\"{}\"", cell.period).as_bytes());
    if grouped {
        body.extend_from_slice(b",\"group\":");
        write::value(body, &cell.group);
    }
    let score = cell.score.as_ref();
    let grade = score.and_then(|score| score.grade.as_ref());
    let members = [
        ("value", cell.shown(term).into()),
        ("numerator", cell.parts.numerator.into()),
        ("denominator", cell.parts.divisor().into()),
        ("target", cell.target.into()),
        ("score", score.map(|score| score.score).into()),
        ("grade", grade.map(|grade| grade.grade.clone()).into()),
        ("factor", grade.and_then(|grade| grade.factor).into()),
    ];
    for (name, value) in members {
        let value: Value = value;
        body.extend_from_slice(format!(",\"{name}\":").as_bytes());
        write::value(body, &value);
    }
    body.extend_from_slice(format!(",\"version\":{},\"as_of\":", cell.version).as_bytes());
    write::value(body, &cell.as_of.into());
    body.extend_from_slice(b",\"peers\":");
    match &cell.peers {
        None => body.extend_from_slice(b"null"),
        Some(peers) => {
            let figures = &peers.figures;
            body.extend_from_slice(format!("{{\"count\":{}", figures.count).as_bytes());
            for (name, number) in [
                ("percentile", peers.percentile),
                ("mean", figures.mean),
                ("median", figures.median),
                ("lower", figures.lower),
                ("upper", figures.upper),
            ] {
                body.extend_from_slice(format!(",\"{name}\":{number}").as_bytes());
            }
            body.push(b'}');
        }
    }
    body.push(b'}');
}
