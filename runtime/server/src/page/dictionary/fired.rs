//! What a rule that follows changes, or has a time, would have done in some days, as far as the reader sees what it goes by.
//! Nothing is written and nobody is told.

use app::{Entity, Rule};
use engine::{Fired, Firing, Firings, NoRehearsal, Would};
use model::{Date, EntityId};
use serde::Serialize;

use super::{
    crumbs,
    rehearsal::{Rehearsed, days},
};
use crate::{
    page::{Answer, Visit, visit::missing},
    problem::Problem,
    show::time,
};

/// Something that would have been done for a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Shown {
    /// The record, as it is called today.
    pub about: String,
    /// Its page.
    pub href: String,
    /// When, or between which moments.
    pub when: String,
    /// What would have been done, and who told.
    pub does: Vec<String>,
    /// What is to be said of how that is known.
    pub notes: Vec<String>,
}

/// The page of a rule that watches nothing.
///
/// # Errors
/// There is no such rule for the reader, or the engine refused.
pub(super) async fn show(visit: &Visit, rule: &Rule) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let entity = visit.app().entity(rule.entity).ok_or_else(missing)?;
    let (from, to) = days(visit);
    let found = match (from, to) {
        (Some(from), Some(to)) => visit.ask(Firings { rule: rule.name.to_string(), from, to }).await?,
        _ => Err(NoRehearsal::Range),
    };
    let mut page = Rehearsed { crumbs: crumbs(visit, rule.label.get(locale)), acts: true, ..Rehearsed::default() };
    let text = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    (page.from, page.to) = (text(from), text(to));
    match found {
        Err(NoRehearsal::NoRule) => return Err(missing()),
        Err(NoRehearsal::Range) => {
            page.fault = Some(visit.fill("rehearsal-days", &[("n", &engine::MOST_REHEARSED.to_string())]));
        }
        Ok(found) => {
            page.count = visit.fill("rehearsal-acts", &[("n", &found.total.to_string())]);
            page.notes = notes(visit, entity, &found);
            page.cut = found.total > found.firings.len();
            page.firings = found.firings.iter().map(|one| shown(visit, entity, one)).collect();
        }
    }
    let refused = page.fault.is_some();
    let html = visit.page("rehearsal.html", rule.label.get(locale), "", page).await?;
    Ok(if refused { Answer::Refused(html) } else { Answer::Page(html) })
}

/// What is to be said of all of it.
fn notes(visit: &Visit, entity: &Entity, found: &Fired) -> Vec<String> {
    let reader = visit.reader();
    let mut notes: Vec<String> = Vec::new();
    notes.extend(found.occasions.iter().map(|one| {
        let (at, n) = (time::moment(&reader, one.at), one.matched.to_string());
        visit.fill("rehearsal-time", &[("at", &at), ("n", &n)])
    }));
    if !found.today.is_empty() {
        notes.push(visit.fill("rehearsal-today", &[("what", &called(visit, entity, &found.today))]));
    }
    if found.by_day {
        notes.push(visit.say("rehearsal-by-day").to_owned());
    }
    if found.unclear > 0 {
        notes.push(visit.fill("rehearsal-unclear", &[("n", &found.unclear.to_string())]));
    }
    if found.cut {
        notes.push(visit.say("rehearsal-cut").to_owned());
    }
    notes
}

fn shown(visit: &Visit, entity: &Entity, one: &Firing) -> Shown {
    let reader = visit.reader();
    let at = time::moment(&reader, one.at);
    let mut notes: Vec<String> = Vec::new();
    if !one.today.is_empty() {
        notes.push(visit.fill("rehearsal-today", &[("what", &called(visit, entity, &one.today))]));
    }
    if !one.unknown.is_empty() {
        notes.push(visit.fill("rehearsal-unknown", &[("what", &called(visit, entity, &one.unknown))]));
    }
    if one.platform {
        notes.push(visit.say("rehearsal-platform").to_owned());
    }
    if one.since.is_some() {
        notes.push(visit.say("rehearsal-silent").to_owned());
    }
    Shown {
        about: one.name.clone().unwrap_or_else(|| "—".to_owned()),
        href: format!("/r/{}/{}", entity.name, one.record),
        when: match one.since {
            None => at,
            Some(since) => visit.fill("rehearsal-between", &[("from", &time::moment(&reader, since)), ("to", &at)]),
        },
        does: one.would.iter().map(|would| does(visit, would)).collect(),
        notes,
    }
}

fn does(visit: &Visit, would: &Would) -> String {
    let (app, locale) = (visit.app(), visit.locale());
    let label = |id: EntityId| app.entity(id).map(|entity| entity.label.get(locale).to_owned()).unwrap_or_default();
    match would {
        Would::Tell(people) if people.is_empty() => visit.say("rehearsal-nobody").to_owned(),
        Would::Tell(people) => {
            let names: Vec<&str> = people.iter().map(|(_, name)| name.as_deref().unwrap_or("—")).collect();
            visit.fill("rehearsal-tell", &[("who", &names.join(visit.say("list-comma")))])
        }
        Would::Make(entity, None) => visit.fill("rehearsal-make", &[("what", &label(*entity))]),
        Would::Make(entity, Some(each)) => {
            visit.fill("rehearsal-make-each", &[("what", &label(*entity)), ("each", &label(*each))])
        }
        Would::Begin(name) => {
            let label = app.workflow_named(name.as_str()).map(|process| process.label.get(locale));
            visit.fill("rehearsal-begin", &[("what", label.unwrap_or(name.as_str()))])
        }
        Would::Call(name) => {
            let label = app.plugin_named(name.as_str()).map(|plugin| plugin.label.get(locale));
            visit.fill("rehearsal-call", &[("what", label.unwrap_or(name.as_str()))])
        }
    }
}

/// Fields, paths and entities as people call them.
fn called(visit: &Visit, entity: &Entity, names: &[String]) -> String {
    let (app, locale) = (visit.app(), visit.locale());
    let called = |name: &String| match app.path(entity.id, name) {
        Ok(path) => {
            let fields = path.hops.iter().chain([&path.field]).filter_map(|id| app.field(*id));
            fields.map(|field| field.label.get(locale)).collect::<Vec<_>>().join(" · ")
        }
        Err(_) => app.entity_named(name).map_or_else(|| name.clone(), |entity| entity.label.get(locale).to_owned()),
    };
    names.iter().map(called).collect::<Vec<_>>().join(visit.say("list-comma"))
}
