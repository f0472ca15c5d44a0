//! What somebody may change about themselves, and what they were told.

use axum::{body::Bytes, extract::State};
use engine::{Command, query::Notifications};
use model::RecordId;
use serde::Serialize;

use super::{Answer, Visit, decline, evidence, names, params::Params, routes::typed};
use crate::{
    AppState,
    problem::{Kind, Problem},
    quiet::{self, Times},
    show::{number, time},
};

/// Notices shown at most.
pub(super) const MOST: u32 = 50;

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
    /// When they are told of things.
    pub quiet: Times,
    /// Why that was not kept.
    pub quiet_fault: Option<String>,
    /// Whether it was.
    pub quiet_kept: bool,
    /// Whether a record stands for them, at which others may look.
    pub looks: bool,
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
    /// How many were told together, where this is the first of them; else empty.
    pub together: String,
    /// What led to it, where it is about an alert or a number that got worse.
    pub drawn: Option<evidence::Drawn>,
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
    let quiet = quiet::of(state, &visit.actor).await?;
    shown(state, visit, fault, (quiet, None)).await
}

async fn shown(
    state: &AppState,
    visit: &Visit,
    fault: Option<String>,
    (quiet, quiet_fault): (Times, Option<String>),
) -> Result<Answer, Problem> {
    let app = visit.app();
    let roles = visit.actor.roles.iter().filter_map(|id| app.role(*id));
    let refused = fault.is_some() || quiet_fault.is_some();
    let me = Me {
        login: visit.actor.login.clone(),
        roles: roles.map(|role| role.label.get(visit.locale()).to_owned()).collect(),
        rules: super::proof::rules(state, visit).await?,
        password: visit.session.has_password,
        done: visit.query.has("changed").then(|| visit.say("password-changed")).filter(|_| !refused),
        fault,
        quiet_kept: visit.query.has("kept") && quiet_fault.is_none(),
        quiet,
        quiet_fault,
        looks: visit.actor.person.is_some(),
    };
    let page = visit.page("me.html", visit.say("preferences"), "narrow", me).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// The preferences.
pub(super) async fn page(State(state): State<AppState>, visit: Visit) -> Result<Answer, Problem> {
    show(&state, &visit, None).await
}

/// Says when one is told of things.
pub(super) async fn keep_quiet(State(state): State<AppState>, visit: Visit, body: Bytes) -> Result<Answer, Problem> {
    let sent = typed(&body);
    let text = |name: &str| sent.get(name).unwrap_or_default().to_owned();
    let times = Times { from: text("from"), to: text("to"), rest_days: sent.has("rest_days"), digest: text("digest") };
    match quiet::keep(&state, &visit.actor, &times).await {
        Ok(()) => Ok(Answer::To("/me?kept=1#quiet".to_owned())),
        Err(problem) if problem.kind == Kind::Invalid => {
            let why = super::case::told(visit.locale(), &problem);
            shown(&state, &visit, None, (times, Some(why))).await
        }
        Err(problem) => Err(problem),
    }
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
    let drawn = evidence::drawn(visit, &records).await?;
    let declined =
        |notice: &store::Notification| (text(notice, "term"), text(notice, "period"), text(notice, "subject"));
    let declines = notices.iter().filter(|notice| notice.kind == "drivers").map(declined).collect();
    let declines = decline::drawn(visit, declines).await?;
    let items = notices.iter().map(|notice| {
        let about = about(notice);
        let noun = about.map_or("", |(entity, _)| entity.label.get(visit.locale()));
        let what = about.and_then(|(_, id)| names.get(&id)).map_or(noun, |(name, _)| name.as_str());
        let who = people.iter().find(|(id, _)| id.to_string() == text(notice, "by"));
        let who = who.map_or(crate::show::NOTHING, |(_, name)| name.as_str());
        let of_case = notice.kind == "case";
        let of_decline = notice.kind == "drivers";
        let alarm = notice.kind == "alarm";
        let of_term = notice.kind == "term";
        let behind = notice.kind == "behind";
        let by_rule = notice.kind == "rule" || of_case || of_decline || of_term || alarm || behind;
        let said = notice.payload.get("text").and_then(|text| text.get(visit.locale().tag()));
        let rule = visit.app().rule_named(&text(notice, "rule")).filter(|_| by_rule);
        let place = if by_rule { "" } else { "#comments" };
        Notice {
            text: match said.and_then(|said| said.as_str()).filter(|_| by_rule) {
                Some(said) => said.to_owned(),
                None => visit.fill("mentioned-you", &[("who", who), ("what", what)]),
            },
            why: rule.map(|rule| rule.label.get(visit.locale()).to_owned()).unwrap_or_default(),
            href: if alarm {
                Some("/rules".to_owned())
            } else if of_term {
                Some(format!("/dictionary/{}#life", text(notice, "term")))
            } else if of_case && notice.payload.get("for").is_some() {
                // By themself they have nothing to do with it; there they take up the place of whom it waits for.
                Some("/inbox".to_owned())
            } else if of_case {
                Some(format!("/cases/{}", text(notice, "case")))
            } else if of_decline {
                let address = Params::default().with("period", text(notice, "period"));
                let address = match text(notice, "subject") {
                    all if all.is_empty() => address,
                    one => address.with("of", one),
                };
                Some(address.on(&format!("/dictionary/{}/drivers", text(notice, "term"))))
            } else if behind && about.is_none() {
                Some("/outbox".to_owned())
            } else {
                about.map(|(entity, id)| format!("/r/{}/{id}{place}", entity.name))
            },
            when: time::ago(&reader, notice.at),
            moment: notice.at.to_string(),
            read: notice.read_at.is_some(),
            together: String::new(),
            drawn: match of_decline {
                true => declines.get(&declined(notice)).cloned(),
                false => about.and_then(|(_, id)| drawn.get(&id)).filter(|_| by_rule).cloned(),
            },
        }
    });
    let mut items: Vec<Notice> = items.collect();
    // What was held back and told at the same moment stands under one line.
    let mut before = None;
    for (item, notice) in items.iter_mut().zip(&notices) {
        if let Some(due) = notice.due.filter(|due| before != Some(*due)) {
            let many = notices.iter().filter(|other| other.due == Some(due)).count();
            let (n, when) = (number::count(i64::try_from(many).unwrap_or(i64::MAX)), time::ago(&reader, due));
            item.together = visit.fill("notices-together", &[("n", &n), ("when", &when)]);
        }
        before = notice.due;
    }
    let notices = Notices { items };
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
