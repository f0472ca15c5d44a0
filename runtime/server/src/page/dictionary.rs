//! The data dictionary: what numbers mean, who answers for them, where they come from, and which names have two meanings.

mod drawn;
pub mod fired;
mod formula;
pub mod life;
pub mod namesakes;
pub mod over_time;
pub mod rehearsal;
pub mod unified;

use app::App;
use engine::{
    dictionary::{Conflicts, Meaning, Quality, Shared, SharedNames},
    series::{Fresh, Freshness, Series, Then, visible},
    term::Standings,
};
use metrics::{Direction, Status, Term};
use model::{Grain, Locale};
use serde::Serialize;

use self::drawn::Drawn;
use super::{Answer, Visit, filter::Choice, record::Crumb, visit::missing};
use crate::{
    api::term::{life::touches, list::found, today},
    problem::Problem,
    show::{number, time},
};

/// Periods of which a term's page shows the value.
const RECENT: i32 = 6;
/// Units to choose from at most.
const UNITS: u32 = 1_000;

/// What the view of the dictionary shows.
#[derive(Debug, Default, Serialize)]
pub struct Dictionary {
    /// What was searched for.
    pub q: String,
    /// The statuses to choose from.
    pub statuses: Vec<Choice>,
    /// The units that answer for a term.
    pub owners: Vec<Choice>,
    /// The terms.
    pub terms: Vec<TermLine>,
    /// How many names have two meanings.
    pub conflicts: usize,
    /// How much of what is shown means what the dictionary says.
    pub unified: Option<unified::Unified>,
}

/// A term in a list.
#[derive(Debug, Default, Clone, Serialize)]
pub struct TermLine {
    /// Its page.
    pub href: String,
    /// Its code.
    pub code: String,
    /// What it is called.
    pub label: String,
    /// What it means.
    pub definition: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is in its life.
    pub status: &'static str,
    /// The colour of that.
    pub tone: &'static str,
    /// Where its meaning holds.
    pub scope: String,
    /// How it is measured.
    pub formula: String,
    /// Said where newer data is overdue.
    pub stale: Option<String>,
    /// Which version it is, where another may have counted in the period that is looked at.
    pub version: Option<String>,
    /// Said where it is what is meant in the unit that is looked at.
    pub meant: Option<String>,
    /// The terms that are called the same.
    pub others: Vec<namesakes::Namesake>,
}

/// What the view of a term shows.
#[derive(Debug, Default, Serialize)]
pub struct TermShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// The term as in a list.
    pub term: TermLine,
    /// Its other names.
    pub aliases: String,
    /// Facts about it: what they are, and their value.
    pub facts: Vec<(&'static str, String)>,
    /// Only these rows: the condition as written.
    pub condition: String,
    /// Its last values: period, value, score.
    pub values: Vec<(String, String, String)>,
    /// Rows that break what is said of them: what is said, and how many.
    pub checks: Vec<(String, String)>,
    /// How many rows were checked.
    pub checked: String,
    /// What goes together with its changes.
    pub drivers: Option<String>,
    /// What it comes from.
    pub drawn: Drawn,
    /// The terms made from it: what they are called, and their pages.
    pub used: Vec<(String, String)>,
    /// What a change of it touches: the kind of thing, what it is called, and its page.
    pub touches: Vec<(&'static str, String, String)>,
    /// What people do with it, where they decide about terms.
    pub life: Option<life::Life>,
}

/// What the view of conflicts shows.
#[derive(Debug, Default, Serialize)]
pub struct ConflictsShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// The units to choose from.
    pub units: Vec<Choice>,
    /// The period that is looked at.
    pub period: String,
    /// Names, and the terms that have them.
    pub conflicts: Vec<(String, Vec<TermLine>)>,
    /// How much of what is shown means what the dictionary says, over time.
    pub over_time: Option<over_time::OverTime>,
    /// What does not, of what the reader sees now.
    pub offenders: Vec<unified::Part>,
}

/// Whether somebody sees a term, and so the dictionary.
pub(crate) fn opens(visit: &Visit) -> bool {
    visit.app().terms().iter().any(|term| visible(&visit.actor, term))
}

/// The dictionary, as filtered by the address.
///
/// # Errors
/// Nothing of it may be seen, or the engine refused.
pub async fn show(visit: &Visit) -> Result<Answer, Problem> {
    if !opens(visit) {
        return Err(missing());
    }
    let q = visit.query.get("q").unwrap_or_default().trim().to_owned();
    let (status, owner) = (visit.query.get("status").unwrap_or_default(), visit.query.get("owner").unwrap_or_default());
    let seen: Vec<&Term> = visit.app().terms().iter().filter(|term| visible(&visit.actor, term)).collect();
    let names = owners(visit, &seen).await?;
    let words = q.to_lowercase();
    let standings = visit.ask(Standings).await?;
    let stands = |term: &Term| standings.get(&term.id).copied().unwrap_or(term.status);
    let wanted = |term: &&&Term| {
        (status.is_empty() || stands(term).word() == status)
            && (owner.is_empty() || term.owner == owner)
            && found(term, &words)
    };
    let mut terms: Vec<&Term> = seen.iter().filter(wanted).copied().collect();
    let shared = visit.ask(SharedNames).await?;
    // Of those that share the name that is searched for, the one that is meant where the reader works comes first.
    let sought = metrics::conflict::folded(&q);
    let first = |term: &Term| {
        let meant = |one: &Shared| one.meant && one.name.contains(&sought) && one.terms.first() == Some(&term.id);
        !sought.is_empty() && shared.iter().any(meant)
    };
    terms.sort_by_key(|term| !first(term));
    let fresh = visit.ask(Freshness { terms: terms.iter().map(|term| term.id).collect() }).await?;
    let lines = terms.iter().zip(fresh);
    let lines = lines.map(|(term, fresh)| among(visit, &shared, term, line(visit, term, stands(term), fresh, &names)));
    let choice = |value: &str, label: &str, chosen: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        selected: value == chosen,
        ..Choice::default()
    };
    let dictionary = Dictionary {
        statuses: Status::ALL.into_iter().map(|one| choice(one.word(), word(visit, one), status)).collect(),
        owners: names.iter().map(|(key, name)| choice(key, name, owner)).collect(),
        terms: lines.collect(),
        conflicts: visit.ask(Conflicts::default()).await?.len(),
        unified: unified::shown(visit).await?,
        q,
    };
    visit.page("dictionary.html", visit.say("dictionary"), "wide", dictionary).await.map(Answer::Page)
}

/// One term.
///
/// # Errors
/// It may not be seen, or the engine refused.
pub async fn term(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    one(visit, name, None).await
}

/// The page of a term, perhaps with why an act was refused and what was said with it.
async fn one(visit: &Visit, name: &str, refused: Option<(String, String)>) -> Result<Answer, Problem> {
    let app = visit.app();
    let known = app.term_named(name).filter(|term| visible(&visit.actor, term));
    let term = match known {
        Some(term) => term,
        // By what people call it, it is what is meant where they work.
        None => {
            let meant = visit.ask(Meaning { name: name.to_owned() }).await?;
            meant.and_then(|id| app.term(id)).ok_or_else(missing)?
        }
    };
    let shared = visit.ask(SharedNames).await?;
    let names = owners(visit, &[term]).await?;
    let fresh = visit.ask(Freshness { terms: vec![term.id] }).await?.first().copied().unwrap_or_default();
    let grain = app.usual_grain(term).max(Grain::Month);
    let to = app.year_start().period(grain, today(&visit.actor));
    let from = to.later(1 - RECENT);
    let ask = Series { terms: vec![term.id], from, to, subject: None, group: None, filter: None };
    let cells = visit.ask(ask).await?.ok().and_then(|mut found| found.pop()).map(|series| series.cells);
    let values = cells.unwrap_or_default().into_iter().rev().map(|cell| {
        let value = cell.value.map(|value| number::decimal(&value.into(), term.places));
        let value = value.unwrap_or_else(|| visit.say("term-no-data").to_owned());
        let score = cell.score.as_ref().map(|score| number::decimal(&score.score.into(), metrics::scale::PLACES));
        let score = score.unwrap_or_default();
        let grade = cell.score.and_then(|score| score.grade).map(|grade| grade.grade).unwrap_or_default();
        (period(visit, term, cell.period, cell.version), value, format!("{score} {grade}").trim().to_owned())
    });
    let (checks, checked) = match term.checks.is_empty() {
        true => (Vec::new(), String::new()),
        false => {
            let found = visit.ask(Quality { term: term.id, from, to }).await?;
            let broken = term.checks.iter().zip(&found.failed);
            let broken =
                broken.map(|(check, failed)| (check.message.get(visit.locale()).to_owned(), failed.to_string()));
            (broken.collect(), visit.fill("term-checked", &[("n", &found.rows.to_string())]))
        }
    };
    let used = app.terms().iter().filter(|other| other.measure.terms().contains(&term.id));
    let used = used.filter(|other| visible(&visit.actor, other));
    let lived = life::lived(visit, term).await?;
    let status = lived.status;
    let mut life = life::shown(visit, term, lived);
    let touches = touches(&visit.engine, &visit.actor, term).await?;
    let was_refused = refused.is_some();
    if let (Some(life), Some((fault, said))) = (&mut life, refused) {
        (life.fault, life.said) = (Some(fault), said);
    }
    let shown = TermShown {
        crumbs: crumbs(visit, term.label.get(visit.locale())),
        aliases: term.names(visit.locale()).skip(1).collect::<Vec<_>>().join(separator(visit.locale())),
        facts: facts(visit, term, fresh, &names),
        condition: term.base().map(|base| base.written.clone()).unwrap_or_default(),
        values: values.collect(),
        checks,
        checked,
        drawn: drawn::draw(visit, term, &touches),
        touches: touches.iter().map(|one| drawn::used(visit, one)).collect(),
        drivers: term.drivers.as_ref().map(|_| format!("/dictionary/{}/drivers", term.name)),
        used: used
            .map(|other| (other.label.get(visit.locale()).to_owned(), format!("/dictionary/{}", other.name)))
            .collect(),
        life,
        term: among(visit, &shared, term, line(visit, term, status, fresh, &names)),
    };
    let page = visit.page("term.html", term.label.get(visit.locale()), "", shown).await?;
    Ok(if was_refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// Names with two meanings, in the unit and period that were chosen.
///
/// # Errors
/// Nothing of the dictionary may be seen, or the engine refused.
pub async fn conflicts(visit: &Visit) -> Result<Answer, Problem> {
    if !opens(visit) {
        return Err(missing());
    }
    let units = units(visit).await?;
    let chosen = visit.query.get("unit").and_then(|key| units.iter().find(|(known, _)| known == key));
    // A month is what browsers let choose; an address may name any period.
    let period = visit.query.get("period").and_then(|text| visit.app().year_start().parse(text));
    let ask = Conflicts { unit: chosen.map(|(key, _)| key.clone()), period };
    let found = visit.ask(ask).await?;
    let terms: Vec<&Term> = found.iter().flat_map(|one| &one.terms).filter_map(|id| visit.app().term(*id)).collect();
    let names = owners(visit, &terms).await?;
    let mut each = Vec::with_capacity(found.len());
    for conflict in found {
        let mut lines = Vec::with_capacity(conflict.terms.len());
        for id in &conflict.terms {
            let then = match period {
                Some(period) => Some(visit.ask(Then { term: *id, period }).await?),
                None => None,
            };
            let was = then.as_ref().and_then(|then| then.edition.app.term(*id));
            let Some(term) = was.or_else(|| visit.app().term(*id)) else { continue };
            let line = line(visit, term, term.status, Fresh::default(), &names);
            let version = visit.fill("term-version-n", &[("n", &term.version.to_string())]);
            lines.push(TermLine { version: Some(version).filter(|_| period.is_some()), ..line });
        }
        // Of those that meet in a unit the first is what is meant there.
        if let (Some((_, unit)), Some(first)) = (chosen, lines.first_mut()) {
            first.meant = Some(visit.fill("conflicts-at", &[("unit", unit)]));
        }
        each.push((conflict.names.join(separator(visit.locale())), lines));
    }
    let title = visit.say("dictionary-conflicts");
    let choice = |(key, name): &(String, String)| Choice {
        value: key.clone(),
        label: name.clone(),
        selected: chosen.is_some_and(|(known, _)| known == key),
        ..Choice::default()
    };
    let shown = ConflictsShown {
        crumbs: crumbs(visit, title),
        units: units.iter().map(choice).collect(),
        period: period.map(|period| period.to_string()).unwrap_or_default(),
        conflicts: each,
        over_time: over_time::shown(visit).await?,
        offenders: unified::offenders(visit).await?,
    };
    visit.page("conflicts.html", title, "", shown).await.map(Answer::Page)
}

/// The units the reader sees, by key and name.
async fn units(visit: &Visit) -> Result<Vec<(String, String)>, Problem> {
    let app = visit.app();
    let unit = app.organisation().unit.and_then(|unit| app.entity(unit));
    let paths = unit.and_then(|unit| Some((unit, app.own_path(unit.key?)?, app.own_path(unit.display)?)));
    let Some((unit, key, display)) = paths else { return Ok(Vec::new()) };
    if [&key, &display].into_iter().any(|path| !super::rights::readable(&visit.actor, path)) {
        return Ok(Vec::new());
    }
    let list = policy::List { columns: vec![key, display], ..policy::List::all(unit.id, UNITS) };
    let rows = visit.ask(list).await?.rows;
    let text = |value: Option<&model::Value>| value.and_then(model::Value::as_text).map(str::to_owned);
    Ok(rows.iter().filter_map(|row| Some((text(row.values.first())?, text(row.values.get(1))?))).collect())
}

fn crumbs(visit: &Visit, here: &str) -> Vec<Crumb> {
    let up = Crumb { label: visit.say("dictionary").to_owned(), href: Some("/dictionary".to_owned()) };
    vec![up, Crumb { label: here.to_owned(), href: None }]
}

/// A period, with the version that measures it where that is not the present one.
pub(super) fn period(visit: &Visit, term: &Term, period: model::Period, version: u32) -> String {
    let said = time::period(visit.locale(), &period.to_string());
    match version == term.version {
        true => said,
        false => format!("{said} · {}", visit.fill("term-version-n", &[("n", &version.to_string())])),
    }
}

fn separator(locale: Locale) -> &'static str {
    match locale {
        Locale::ZhCn => "、",
        Locale::En => ", ",
    }
}

fn word(visit: &Visit, status: Status) -> &'static str {
    visit.say(match status {
        Status::Proposed => "term-proposed",
        Status::Reviewed => "term-reviewed",
        Status::Approved => "term-approved",
        Status::Deprecated => "term-deprecated",
    })
}

fn line(visit: &Visit, term: &Term, status: Status, fresh: Fresh, owners: &[(String, String)]) -> TermLine {
    let locale = visit.locale();
    let owner = owners.iter().find(|(key, _)| *key == term.owner).map_or(&term.owner, |(_, name)| name);
    TermLine {
        href: format!("/dictionary/{}", term.name),
        code: term.code.clone(),
        label: term.label.get(locale).to_owned(),
        definition: term.definition.get(locale).to_owned(),
        owner: owner.clone(),
        status: word(visit, status),
        tone: match status {
            Status::Proposed => "neutral",
            Status::Reviewed => "info",
            Status::Approved => "ok",
            Status::Deprecated => "bad",
        },
        scope: term.scope.join(separator(locale)),
        formula: formula::words(visit.app(), term, locale),
        stale: fresh.stale_since.map(|day| visit.fill("term-stale", &[("day", &time::date(locale, day))])),
        version: None,
        meant: None,
        others: Vec::new(),
    }
}

/// The same line beside the terms that are called the same.
fn among(visit: &Visit, shared: &[Shared], term: &Term, line: TermLine) -> TermLine {
    TermLine {
        meant: namesakes::meant(visit, shared, term.id).map(str::to_owned),
        others: namesakes::namesakes(visit, shared, term.id),
        ..line
    }
}

fn facts(visit: &Visit, term: &Term, fresh: Fresh, owners: &[(String, String)]) -> Vec<(&'static str, String)> {
    let locale = visit.locale();
    let owner = owners.iter().find(|(key, _)| *key == term.owner).map_or(&term.owner, |(_, name)| name);
    let text = |key: &str| visit.say(key).to_owned();
    let scope = match term.scope.is_empty() {
        true => text("term-everywhere"),
        false => term.scope.join(separator(locale)),
    };
    let latest = fresh.latest.map_or_else(|| text("term-no-data"), |day| time::date(locale, day));
    let target = formula::target(visit, term);
    let baseline = term.baseline.as_ref().map(|then| {
        let value = super::dashboard::written(visit, term, Some(then.value));
        let said = visit.fill("baseline-on", &[("value", &value), ("day", &time::date(locale, then.on))]);
        match then.words.get(locale) {
            "" => said,
            words => format!("{said} · {words}"),
        }
    });
    let baseline = baseline.unwrap_or_default();
    let facts = [
        ("term-owner", owner.clone()),
        ("term-version", term.version.to_string()),
        ("term-unit", term.unit.get(locale).to_owned()),
        (
            "term-direction",
            text(match term.direction {
                Direction::Higher => "term-higher",
                Direction::Lower => "term-lower",
                Direction::None => "term-neither",
            }),
        ),
        (
            "term-frequency",
            text(match term.frequency {
                Grain::Day => "term-daily",
                Grain::Week => "term-weekly",
                Grain::Month => "term-monthly",
                Grain::Quarter | Grain::Half => "term-quarterly",
                Grain::Year => "term-yearly",
            }),
        ),
        ("term-source", term.source.get(locale).to_owned()),
        ("term-scope", scope),
        ("term-target", target),
        ("baseline", baseline),
        ("term-latest", latest),
    ];
    let known = facts.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(key, value)| (visit.say(key), value)).collect()
}

/// The units that answer for terms: their keys and names; a key that is no unit's, or none the reader sees, is its own name.
async fn owners(visit: &Visit, terms: &[&Term]) -> Result<Vec<(String, String)>, Problem> {
    let mut keys: Vec<String> = terms.iter().map(|term| term.owner.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    let named = names_of(visit, visit.app(), &keys).await?;
    Ok(keys
        .into_iter()
        .map(|key| {
            let name =
                named.iter().find(|(known, _)| *known == key).map_or_else(|| key.clone(), |(_, name)| name.clone());
            (key, name)
        })
        .collect())
}

/// What a unit is called; its key where the reader does not see it.
pub(super) async fn unit_name(visit: &Visit, key: &str) -> Result<String, Problem> {
    let named = names_of(visit, visit.app(), &[key.to_owned()]).await?;
    Ok(named.into_iter().next().map_or_else(|| key.to_owned(), |(_, name)| name))
}

async fn names_of(visit: &Visit, app: &App, keys: &[String]) -> Result<Vec<(String, String)>, Problem> {
    let unit = app.organisation().unit.and_then(|unit| app.entity(unit));
    let Some((unit, key)) = unit.and_then(|unit| Some((unit, app.own_path(unit.key?)?))) else { return Ok(Vec::new()) };
    let Some(display) = app.own_path(unit.display) else { return Ok(Vec::new()) };
    if [&key, &display].into_iter().any(|path| !super::rights::readable(&visit.actor, path)) {
        return Ok(Vec::new());
    }
    let among = keys.iter().map(|key| ::formula::Term::Literal(key.as_str().into(), model::Type::Text)).collect();
    let list = policy::List {
        columns: vec![key.clone(), display],
        filter: ::formula::Predicate::In { item: ::formula::Term::Field(key), list: among },
        within: ::formula::Predicate::always(),
        ..policy::List::all(unit.id, u32::try_from(keys.len()).unwrap_or(u32::MAX).max(1))
    };
    let text = |value: Option<&model::Value>| value.and_then(model::Value::as_text).unwrap_or_default().to_owned();
    let rows = visit.ask(list).await?.rows;
    Ok(rows.into_iter().map(|row| (text(row.values.first()), text(row.values.get(1)))).collect())
}
