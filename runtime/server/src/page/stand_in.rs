//! Acting in another's place: giving it for an absence, taking it up, and looking at what somebody else sees.
//!
//! Which stand-in is in use is in the cookie [`COOKIE`]; every request asks the engine whether it still holds. Pages of the
//! account itself ([`OWN`]) are always one's own.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::header,
    response::{IntoResponse, Response},
};
use engine::stand_in::{Absence, NotMade};
use jiff::{civil::Date, tz::TimeZone};
use model::{RecordId, Timestamp};
use serde::Serialize;
use store::{Account, StandIn};

use super::{Answer, Visit, filter::Choice, routes::typed, visit::record_id};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::cookie,
    show::time,
};

/// Name of the cookie that says which stand-in is in use.
pub const COOKIE: &str = "loam_for";

/// Beginnings of the addresses where somebody is always themself.
pub const OWN: [&str; 8] =
    ["/stand-ins", "/security", "/me", "/password", "/prove", "/preferences", "/sign-in", "/sign-out"];

/// Whose place is taken, for the frame of every page.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Standing {
    /// What they are called.
    pub name: String,
    /// Whether nothing can be changed.
    pub looks: bool,
    /// Until when.
    pub until: String,
}

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct StandIns {
    /// Why the last act was refused.
    pub fault: Option<String>,
    /// Those given by the reader.
    pub given: Vec<Shown>,
    /// Those the reader takes.
    pub taken: Vec<Shown>,
    /// Whether the reader may look at what others see.
    pub looks: bool,
    /// Whether the reader may give one: administration is not handed on.
    pub gives: bool,
    /// Entities it may be for.
    pub entities: Vec<Choice>,
    /// The present day, for the form.
    pub today: String,
}

/// One stand-in.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// The other one.
    pub who: String,
    /// From when to when.
    pub time: String,
    /// What it allows, and why it is.
    pub about: String,
    /// Whether it is in force now.
    pub now: bool,
}

/// The page.
///
/// # Errors
/// The database failed.
pub async fn show(visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    let store = visit.engine.store();
    let all = store.stand_ins().of(visit.actor.user, visit.actor.now).await.map_err(Problem::internal)?;
    let others: Vec<_> =
        all.iter().map(|one| if one.giver == visit.actor.user { one.taker } else { one.giver }).collect();
    let names = store.accounts().names(&others).await.map_err(Problem::internal)?;
    let shown = |one: &StandIn, other| Shown {
        id: one.id.to_string(),
        who: names.iter().find(|(id, _)| *id == other).map(|(_, name)| name.clone()).unwrap_or_default(),
        time: format!("{} – {}", time::moment(&visit.reader(), one.since), time::moment(&visit.reader(), one.until)),
        about: about(visit, one),
        now: one.holds(visit.actor.now),
    };
    let mine = |one: &&StandIn| one.giver == visit.actor.user;
    let entities =
        visit.app().entities().iter().filter(|one| super::rights::may(&visit.actor, one.id, policy::Action::Read));
    let entities = entities.map(|entity| Choice {
        value: entity.name.to_string(),
        label: entity.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: false,
    });
    let refused = fault.is_some();
    let context = StandIns {
        fault,
        given: all.iter().filter(mine).map(|one| shown(one, one.taker)).collect(),
        taken: all.iter().filter(|one| !mine(one)).map(|one| shown(one, one.giver)).collect(),
        looks: visit.actor.views_as(),
        gives: visit.actor.area().is_none(),
        entities: entities.collect(),
        today: visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date().to_string(),
    };
    let page = visit.page("stand_ins.html", visit.say("stand-ins"), "narrow", context).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

fn about(visit: &Visit, one: &StandIn) -> String {
    let how = visit.say(match (one.looks, one.writes) {
        (true, _) => "stand-in-looks",
        (_, true) => "stand-in-writes",
        (_, false) => "stand-in-reads",
    });
    let label = |name: &String| {
        let entity = visit.app().entity_named(name);
        entity.map_or(name.as_str(), |entity| entity.label.get(visit.locale())).to_owned()
    };
    let mut parts = vec![how.to_owned()];
    if !one.entities.is_empty() {
        parts.push(one.entities.iter().map(label).collect::<Vec<_>>().join(", "));
    }
    if !one.reason.is_empty() {
        parts.push(one.reason.clone());
    }
    parts.join(" · ")
}

async fn named(visit: &Visit, login: &str) -> Result<Option<Account>, Problem> {
    let found = visit.engine.store().accounts().by_login(login.trim()).await.map_err(Problem::internal)?;
    Ok(found.filter(|account| account.active))
}

fn said(visit: &Visit, wrong: NotMade) -> String {
    let key = match wrong {
        NotMade::Oneself => "stand-in-oneself",
        NotMade::Backwards => "stand-in-backwards",
        NotMade::TooLong => "stand-in-long",
        NotMade::NotTheirs => "stand-in-not-yours",
        NotMade::NoReason => "stand-in-reason-needed",
        NotMade::Administrator => "stand-in-administrator",
    };
    visit.say(key).to_owned()
}

/// Gives one for an absence.
pub(super) async fn give(visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    let sent = typed(&body);
    let Some(taker) = named(&visit, sent.get("taker").unwrap_or_default()).await? else {
        return show(&visit, Some(visit.say("stand-in-nobody").to_owned())).await;
    };
    let zone = &visit.actor.edition.zone;
    let day = |name: &str| sent.get(name).and_then(|text| text.parse::<Date>().ok());
    let (Some(since), Some(until)) = (day("since"), day("until").and_then(|day| day.tomorrow().ok())) else {
        return show(&visit, Some(visit.say("stand-in-backwards").to_owned())).await;
    };
    let (Some(since), Some(until)) = (begins(since, zone), begins(until, zone)) else {
        return show(&visit, Some(visit.say("stand-in-backwards").to_owned())).await;
    };
    let absence = Absence {
        taker,
        since,
        until,
        writes: sent.get("writes").is_some(),
        entities: sent
            .all("entities")
            .filter(|name| visit.app().entity_named(name).is_some())
            .map(str::to_owned)
            .collect(),
        reason: sent.get("reason").unwrap_or_default().chars().take(200).collect(),
    };
    match visit.engine.give(&visit.actor, absence).await.map_err(Problem::internal)? {
        Ok(_) => Ok(Answer::To("/stand-ins?saved=1".to_owned())),
        Err(wrong) => show(&visit, Some(said(&visit, wrong))).await,
    }
}

/// The moment a day begins.
fn begins(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

/// Begins to look at what somebody else sees.
pub(super) async fn look(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Response, Problem> {
    let sent = typed(&body);
    if !visit.proven() {
        return Ok(visit.prove_first("/stand-ins").into_response());
    }
    let Some(whom) = named(&visit, sent.get("whom").unwrap_or_default()).await? else {
        return Ok(show(&visit, Some(visit.say("stand-in-nobody").to_owned())).await?.into_response());
    };
    let reason: String = sent.get("reason").unwrap_or_default().chars().take(200).collect();
    match visit.engine.look(&visit.actor, &whom, &reason).await.map_err(Problem::internal)? {
        Ok(one) => Ok(using(&state, Some(one.id), "/")),
        Err(wrong) => Ok(show(&visit, Some(said(&visit, wrong))).await?.into_response()),
    }
}

/// Takes one up.
pub(super) async fn begin(
    State(state): State<AppState>,
    visit: Visit,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Response, Problem> {
    let id = record_id(&id)?;
    let held = visit.engine.standing_in(&visit.session.account, id, visit.locale()).await.map_err(Problem::internal)?;
    if held.is_none() {
        return Err(Problem::new(Kind::NotFound));
    }
    // Whoever takes it up for what waits is led there.
    let sent = typed(&body);
    Ok(using(&state, Some(id), if sent.get("to") == Some("inbox") { "/inbox" } else { "/" }))
}

/// Is oneself again.
pub(super) async fn leave(State(state): State<AppState>, _visit: Visit) -> Response {
    using(&state, None, "/")
}

/// Ends one before its time.
pub(super) async fn end(visit: Visit, Path(id): Path<String>) -> Result<Answer, Problem> {
    if !visit.engine.end_stand_in(&visit.actor, record_id(&id)?).await.map_err(Problem::internal)? {
        return Err(Problem::new(Kind::NotFound));
    }
    Ok(Answer::To("/stand-ins?saved=1".to_owned()))
}

fn using(state: &AppState, id: Option<RecordId>, to: &str) -> Response {
    let mut response = Answer::To(to.to_owned()).into_response();
    let (value, life) = match id {
        Some(id) => (id.to_string(), None),
        None => (String::new(), Some(0)),
    };
    if let Some(set) = cookie::hidden(COOKIE, &value, life, state.options.secure_cookies) {
        response.headers_mut().append(header::SET_COOKIE, set);
    }
    response
}
