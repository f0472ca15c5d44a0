//! What somebody may change about themselves, and what they were told.

use axum::extract::State;
use engine::{Command, query::Notifications};
use model::RecordId;
use serde::Serialize;

use super::{Answer, Visit, names};
use crate::{AppState, problem::Problem, show::time};

/// Notices shown at most.
const MOST: u32 = 50;

/// What the view of the preferences shows.
#[derive(Debug, Default, Serialize)]
pub struct Me {
    /// What they sign in with.
    pub login: String,
    /// Their roles.
    pub roles: Vec<String>,
    /// Why the password was not changed.
    pub fault: Option<String>,
    /// That it was.
    pub done: Option<&'static str>,
    /// What a new password must be.
    pub rules: String,
    /// Whether there is a password to change.
    pub password: bool,
}

/// Something somebody was told.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Notice {
    /// What.
    pub text: String,
    /// The rule it comes from; empty for what a person did.
    pub why: String,
    /// About what.
    pub href: Option<String>,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
    /// Whether it was read.
    pub read: bool,
}

/// What the view of notifications shows.
#[derive(Debug, Default, Serialize)]
pub struct Notices {
    /// The newest first.
    pub items: Vec<Notice>,
}

/// The preferences; `fault` when a password was refused.
///
/// # Errors
/// What the engine refuses.
pub async fn show(state: &AppState, visit: &Visit, fault: Option<String>) -> Result<Answer, Problem> {
    let app = visit.app();
    let roles = visit.actor.roles.iter().filter_map(|id| app.role(*id));
    let refused = fault.is_some();
    let me = Me {
        login: visit.actor.login.clone(),
        roles: roles.map(|role| role.label.get(visit.locale()).to_owned()).collect(),
        rules: super::proof::rules(state, visit).await?,
        password: visit.session.has_password,
        done: visit.query.has("changed").then(|| visit.say("password-changed")).filter(|_| !refused),
        fault,
    };
    let page = visit.page("me.html", visit.say("preferences"), "narrow", me).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The preferences.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    show(&state, &visit, None).await
}

/// What somebody was told.
///
/// # Errors
/// What the engine refuses.
pub async fn notifications(visit: &Visit) -> Result<Answer, Problem> {
    let reader = visit.reader();
    let notices = visit.ask(Notifications { limit: MOST }).await?;
    let text = |notice: &store::Notification, name: &str| {
        notice.payload.get(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned()
    };
    let by: Vec<model::UserId> = notices.iter().filter_map(|notice| text(notice, "by").parse().ok()).collect();
    let people = visit.engine.store().accounts().names(&by).await.map_err(Problem::internal)?;
    let about = |notice: &store::Notification| {
        Some((visit.app().entity_named(&text(notice, "entity"))?, text(notice, "record").parse::<RecordId>().ok()?))
    };
    let records: Vec<_> = notices.iter().filter_map(about).map(|(entity, id)| (entity.id, id)).collect();
    let names = names::load(visit, &records).await?;
    let items = notices.iter().map(|notice| {
        let about = about(notice);
        let noun = about.map_or("", |(entity, _)| entity.label.get(visit.locale()));
        let what = about.and_then(|(_, id)| names.get(&id)).map_or(noun, |(name, _)| name.as_str());
        let who = people.iter().find(|(id, _)| id.to_string() == text(notice, "by"));
        let who = who.map_or(crate::show::NOTHING, |(_, name)| name.as_str());
        let of_case = notice.kind == "case";
        let by_rule = notice.kind == "rule" || of_case;
        let said = notice.payload.get("text").and_then(|text| text.get(visit.locale().tag()));
        let rule = visit.app().rule_named(&text(notice, "rule")).filter(|_| by_rule);
        let place = if by_rule { "" } else { "#comments" };
        Notice {
            text: match said.and_then(|said| said.as_str()).filter(|_| by_rule) {
                Some(said) => said.to_owned(),
                None => visit.fill("mentioned-you", &[("who", who), ("what", what)]),
            },
            why: rule.map(|rule| rule.label.get(visit.locale()).to_owned()).unwrap_or_default(),
            href: if of_case {
                Some(format!("/cases/{}", text(notice, "case")))
            } else {
                about.map(|(entity, id)| format!("/r/{}/{id}{place}", entity.name))
            },
            when: time::ago(&reader, notice.at),
            moment: notice.at.to_string(),
            read: notice.read_at.is_some(),
        }
    });
    let notices = Notices { items: items.collect() };
    visit.page("notifications.html", visit.say("notifications"), "narrow", notices).await.map(Answer::Page)
}

/// Marks everything as read.
///
/// # Errors
/// What the engine refuses.
pub async fn read(visit: &Visit) -> Result<Answer, Problem> {
    visit.act(Command::ReadNotifications).await?;
    Ok(Answer::To("/notifications".to_owned()))
}
