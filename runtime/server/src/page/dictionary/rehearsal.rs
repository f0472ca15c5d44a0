//! What a rule would have raised in some days, as far as the reader sees what it watches. Nothing is written.

use engine::{NoRehearsal, Rehearsal, WouldBe};
use model::{Date, Grain};
use serde::Serialize;

use super::{crumbs, fired};
use crate::{
    api::term::today,
    page::{Answer, Visit, record::Crumb, visit::missing},
    problem::Problem,
    show::{number, time},
};

/// Alerts shown; all are counted.
const SHOWN: usize = 500;

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Rehearsed {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// The first day, as a form has it.
    pub from: String,
    /// The last day.
    pub to: String,
    /// Why there is none.
    pub fault: Option<String>,
    /// How many alerts of how many watched, in a sentence.
    pub count: String,
    /// The alerts.
    pub alerts: Vec<Shown>,
    /// What the rule would have done, where it is one that acts.
    pub firings: Vec<fired::Shown>,
    /// What is to be said of how that is known.
    pub notes: Vec<String>,
    /// Whether it is one that acts: it follows changes, or has a time.
    pub acts: bool,
    /// Whether there are more than are shown.
    pub cut: bool,
}

/// An alert that would have been raised.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Shown {
    /// Whom or what it is about.
    pub about: String,
    /// Its level, as its choice is called.
    pub level: String,
    /// When it would have been opened.
    pub opened: String,
    /// When it would have been over; empty where it was not.
    pub closed: String,
    /// The value that reached the level.
    pub value: String,
    /// The periods that led there, with their values.
    pub because: String,
}

/// The days in the address, the last whole quarter unless said; `None` for what is no day.
pub(super) fn days(visit: &Visit) -> (Option<Date>, Option<Date>) {
    let quarter = visit.app().year_start().period(Grain::Quarter, today(&visit.actor)).previous();
    let day = |name: &str, otherwise: Date| match visit.query.get(name).filter(|text| !text.is_empty()) {
        None => Some(otherwise),
        Some(text) => text.parse::<Date>().ok(),
    };
    (day("from", quarter.first()), day("to", quarter.last()))
}

/// What a rule would have raised or done, by days in the address.
///
/// # Errors
/// There is no such rule, its term may not be seen, or the engine refused.
pub async fn show(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let app = visit.app();
    let rule = app.rules().iter().find(|rule| rule.name.as_str() == name).ok_or_else(missing)?;
    let Some(watching) = rule.watch.as_deref() else { return fired::show(visit, rule).await };
    let term = app.term(watching.term).ok_or_else(missing)?;
    let (from, to) = days(visit);
    let found = match (from, to) {
        (Some(from), Some(to)) => visit.ask(Rehearsal { rule: name.to_owned(), from, to }).await?,
        _ => Err(NoRehearsal::Range),
    };
    let locale = visit.locale();
    let level = |code: &str| {
        let choice = app.field(watching.level).and_then(|field| match &field.kind {
            app::FieldKind::Choice(choices) => choices.iter().find(|choice| choice.code == *code),
            _ => None,
        });
        choice.map_or_else(|| code.to_owned(), |choice| choice.label.get(locale).to_owned())
    };
    let shown = |alert: WouldBe| {
        let value = |value: model::Decimal| number::decimal(&value.into(), term.places);
        let because = alert.evidence.iter().map(|one| &one.seen).map(|seen| {
            let period = time::period(locale, &seen.period.to_string());
            format!("{period} {}", seen.value.map(value).unwrap_or_default())
        });
        Shown {
            because: because.collect::<Vec<_>>().join(visit.say("list-comma")),
            about: alert.name.unwrap_or_else(|| "—".to_owned()),
            level: level(&alert.level),
            opened: time::date(locale, alert.opened),
            closed: alert.closed.map(|day| time::date(locale, day)).unwrap_or_default(),
            value: alert.value.map(value).unwrap_or_default(),
        }
    };
    let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let mut page = Rehearsed { crumbs: crumbs(visit, rule.label.get(locale)), ..Rehearsed::default() };
    (page.from, page.to) = (text(from), text(to));
    match found {
        Err(NoRehearsal::NoRule) => return Err(missing()),
        Err(NoRehearsal::Range) => {
            page.fault = Some(visit.fill("rehearsal-range", &[("n", &engine::MOST_REHEARSED.to_string())]));
        }
        Ok(found) => {
            let (alerts, watched) = (found.alerts.len().to_string(), found.watched.to_string());
            page.count = visit.fill("rehearsal-count", &[("alerts", &alerts), ("watched", &watched)]);
            page.cut = found.alerts.len() > SHOWN;
            page.alerts = found.alerts.into_iter().take(SHOWN).map(shown).collect();
        }
    }
    let refused = page.fault.is_some();
    let html = visit.page("rehearsal.html", rule.label.get(locale), "", page).await?;
    Ok(if refused { Answer::Refused(html) } else { Answer::Page(html) })
}
