//! What goes together with a term getting worse: the last change as steps, its possible causes ranked, and from each the way
//! to the rows. Without somebody of the address, those for whom it got worse come first.

use std::collections::BTreeMap;

use chart::{Chart, Kind, Point, Series as Drawn};
use engine::query::series::{Driven, Drivers, Filter, GroupBy, Ranked, Series, visible};
use metrics::{Direction, Term, drivers::falls};
use model::{Decimal, EntityId, Period, RecordId, Value};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::{
    Answer, Visit, behind,
    dashboard::{self, tick},
    names,
    params::Params,
    visit::{missing, record_id},
};
use crate::{
    problem::{Kind as Fault, Problem},
    show::{self, time},
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Shown {
    /// The term's page.
    pub term: String,
    /// What it is called.
    pub label: String,
    /// The newest period.
    pub period: String,
    /// The periods before and after.
    pub earlier: String,
    /// The period after, where there is one.
    pub later: Option<String>,
    /// Whom it is about.
    pub of: String,
    /// What the rows are narrowed to.
    pub only: Vec<String>,
    /// The page about everybody.
    pub everybody: Option<String>,
    /// The values, oldest first: period and value.
    pub values: Vec<(String, String)>,
    /// Whether it got worse in each of them.
    pub falls: bool,
    /// That in words.
    pub verdict: String,
    /// Those for whom it got worse: name, page, values.
    pub subjects: Vec<(String, String, String)>,
    /// The change as steps.
    pub svg: String,
    /// What it is divided by.
    pub split_by: String,
    /// The groups.
    pub groups: Vec<Group>,
    /// The change, with its sign.
    pub change: String,
    /// The causes, the largest loss first.
    pub causes: Vec<Cause>,
}

/// A group of the change.
#[derive(Debug, Default, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its rows in the newest period.
    pub href: String,
    /// Its values before and now.
    pub values: String,
    /// Its shares of the whole before and now.
    pub shares: String,
    /// What its rate did.
    pub rate: String,
    /// What its share did.
    pub mix: String,
    /// How much of the change its rate is.
    pub part: String,
}

/// A cause.
#[derive(Debug, Default, Serialize)]
pub struct Cause {
    /// What it is called.
    pub label: String,
    /// The condition.
    pub written: String,
    /// The rows that fail.
    pub href: String,
    /// How many fail, of how many.
    pub count: String,
    /// The value of those that fail.
    pub fails: String,
    /// The value of the others.
    pub passes: String,
    /// The loss.
    pub loss: String,
    /// Whether there is a loss at all.
    pub worse: bool,
}

/// What is looked at.
struct Asked<'a> {
    visit: &'a Visit,
    term: &'a Term,
    period: Period,
    subject: Option<RecordId>,
}

impl Asked<'_> {
    /// The rows of a part of the newest period.
    fn rows(&self, more: &[(&str, String)]) -> String {
        let mut address = Params::default().with("period", self.period.to_string());
        if let Some(id) = self.subject {
            address = address.with("of", id.to_string());
        }
        address.0.extend(behind::narrowing(&self.visit.query));
        let address = more.iter().fold(address, |address, (name, value)| address.with(name, value.clone()));
        address.on(&format!("/dictionary/{}/rows", self.term.name))
    }

    fn value(&self, value: Decimal) -> String {
        dashboard::written(self.visit, self.term, Some(rounded(self.term, value)))
    }

    fn signed(&self, value: Decimal) -> String {
        dashboard::signed(self.visit, self.term, rounded(self.term, value))
    }
}

/// Shows what goes together with a term's last change.
///
/// # Errors
/// Not found; no such period; what the engine refuses.
pub async fn show(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let app = visit.app();
    let term = app.term_named(name).filter(|term| visible(&visit.actor, term)).ok_or_else(missing)?;
    let drivers = term.drivers.as_ref().ok_or_else(missing)?;
    let bad = || Problem::new(Fault::BadRequest).detail("period".to_owned());
    let today = visit.actor.now.to_zoned_datetime(visit.actor.edition.zone.clone()).date();
    let period = match visit.query.get("period") {
        Some(text) => app.year_start().parse(text).ok_or_else(bad)?,
        None => app.year_start().period(app.usual_grain(term), today),
    };
    let subject = visit.query.get("of").map(record_id).transpose()?;
    let asked = Asked { visit, term, period, subject };
    let filter = behind::places(visit, term)?;
    let ask = Drivers { term: term.id, period, subject, filter: filter.clone() };
    let answer = visit.ask(ask).await?;
    let driven = answer.map_err(|_| bad())?;
    let step = |by: i32| visit.query.with("period", period.later(by).to_string()).on(&visit.path);
    let mut shown = Shown {
        term: format!("/dictionary/{}", term.name),
        label: term.label.get(visit.locale()).to_owned(),
        period: time::period(visit.locale(), &period.to_string()),
        earlier: step(-1),
        later: (period.last() < today).then(|| step(1)),
        falls: driven.falls,
        everybody: subject.map(|_| visit.query.without(&["of"]).on(&visit.path)),
        ..Shown::default()
    };
    let about = app.about(term.id);
    if let (Some(id), Some(entity)) = (subject, about) {
        let names = names::load(visit, &[(entity, id)]).await?;
        shown.of = names.get(&id).map(|(name, _)| name.clone()).unwrap_or_default();
    }
    let said = |value: Option<Decimal>| dashboard::written(visit, term, value.map(|value| rounded(term, value)));
    let named = |period: Period| time::period(visit.locale(), &period.to_string());
    shown.values = driven.values.iter().map(|(period, value)| (named(*period), said(*value))).collect();
    let times = drivers.declines.to_string();
    let verdict = if driven.falls { "worse-in-a-row" } else { "not-worse-in-a-row" };
    shown.verdict = visit.fill(verdict, &[("n", &times)]);
    shown.only = behind::only(visit, term, filter.as_ref()).await?;
    if let (None, Some(entity)) = (subject, about) {
        shown.subjects = subjects(&asked, entity, drivers.declines, filter.clone()).await?;
    }
    divided(&asked, &driven, &mut shown).await?;
    shown.causes = driven.causes.iter().filter_map(|ranked| cause(&asked, ranked)).collect();
    let title = visit.fill("drivers-of", &[("what", &shown.label)]);
    visit.page("drivers.html", &title, "wide", shown).await.map(Answer::Page)
}

fn rounded(term: &Term, value: Decimal) -> Decimal {
    model::decimal::round_half_up(value, term.places)
}

/// People listed at most.
const LISTED: usize = 200;

/// Those for whom the term got worse so many times in a row, those who lost most first.
async fn subjects(
    asked: &Asked<'_>,
    entity: EntityId,
    declines: u32,
    filter: Option<Filter>,
) -> Result<Vec<(String, String, String)>, Problem> {
    let Asked { visit, term, period, .. } = *asked;
    let from = period.later(-i32::try_from(declines).unwrap_or(1));
    let group = Some(GroupBy::Subject);
    let ask = Series { terms: vec![term.id], from, to: period, subject: None, group, filter };
    // Too many are not listed; each still has a page.
    let Ok(mut series) = visit.ask(ask).await? else { return Ok(Vec::new()) };
    let cells = series.pop().map(|series| series.cells).unwrap_or_default();
    let mut all: BTreeMap<RecordId, Vec<Option<Decimal>>> = BTreeMap::new();
    for cell in &cells {
        let Some(id) = cell.group.as_id() else { continue };
        all.entry(id).or_default().push(cell.value);
    }
    let mut fallen: Vec<_> = all.into_iter().filter(|(_, values)| falls(values, declines, term.direction)).collect();
    // Those who lost most first.
    let lost = |values: &[Option<Decimal>]| {
        let (first, last) = (values.first().copied().flatten()?, values.last().copied().flatten()?);
        first.checked_sub(last).map(|change| change.abs())
    };
    fallen.sort_by_key(|(_, values)| std::cmp::Reverse(lost(values)));
    fallen.truncate(LISTED);
    let wanted: Vec<_> = fallen.iter().map(|(id, _)| (entity, *id)).collect();
    let names = names::load(visit, &wanted).await?;
    let line = |(id, values): &(RecordId, Vec<Option<Decimal>>)| {
        let (name, _) = names.get(id)?;
        let values: Vec<String> = values
            .iter()
            .map(|value| dashboard::written(visit, term, value.map(|value| rounded(term, value))))
            .collect();
        Some((name.clone(), visit.query.with("of", id.to_string()).on(&visit.path), values.join(" → ")))
    };
    Ok(fallen.iter().filter_map(line).collect())
}

/// The change as steps and as a table.
async fn divided(asked: &Asked<'_>, driven: &Driven, shown: &mut Shown) -> Result<(), Problem> {
    let Asked { visit, term, period, .. } = *asked;
    let (Some(split), Some((written, path))) =
        (&driven.split, term.drivers.as_ref().and_then(|drivers| drivers.split.as_ref()))
    else {
        return Ok(());
    };
    let Some(field) = visit.app().field(path.field) else { return Ok(()) };
    let wanted: Vec<_> = match field.target() {
        Some(target) => driven.groups.iter().filter_map(|part| Some((target, part.group.as_id()?))).collect(),
        None => Vec::new(),
    };
    let known = names::load(visit, &wanted).await?;
    let title = visit.fill("drivers-of", &[("what", term.label.get(visit.locale()))]);
    let mut chart = Chart::new(Kind::Waterfall, title, tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    let mut points = Vec::new();
    let whole = |value: Decimal| {
        let mut point = Point::new(value.to_f64(), asked.value(value));
        point.whole = true;
        point
    };
    let step = |value: Decimal, href: Option<String>| {
        let mut point = Point::new(value.to_f64(), asked.signed(value));
        point.tone = match (term.direction, value.is_zero(), value.is_sign_positive()) {
            (Direction::None, ..) | (_, true, _) => chart::Tone::Plain,
            (Direction::Higher, _, true) | (Direction::Lower, _, false) => chart::Tone::Good,
            _ => chart::Tone::Bad,
        };
        point.href = href;
        point
    };
    let mut push = |label: String, point: Point| {
        chart.labels.push(label);
        points.push(point);
    };
    push(time::period(visit.locale(), &period.previous().to_string()), whole(split.before));
    let change = split.change();
    for (part, effect) in driven.groups.iter().zip(&split.effects) {
        let name = dashboard::named(visit, field, &part.group, &known);
        let href = asked.rows(&[("by", written.clone()), ("group", behind::written(&part.group))]);
        push(visit.fill("rate-of", &[("what", &name)]), step(effect.rate, Some(href.clone())));
        let times = term.base().map_or(Decimal::ONE, |base| base.number.times());
        let value =
            |parts: metrics::Parts| parts.value(times).map_or_else(|| show::NOTHING.to_owned(), |v| asked.value(v));
        let counted = |parts: metrics::Parts| {
            parts.divisor().map_or_else(|| show::NOTHING.to_owned(), |n| n.normalize().to_string())
        };
        shown.groups.push(Group {
            name,
            href,
            values: format!("{} → {}", value(part.stratum.before), value(part.stratum.now)),
            shares: format!("{} → {}", counted(part.stratum.before), counted(part.stratum.now)),
            rate: asked.signed(effect.rate),
            mix: asked.signed(effect.mix),
            part: percent(effect.rate, change),
        });
    }
    push(visit.say("mix").to_owned(), step(split.mix(), None));
    push(time::period(visit.locale(), &period.to_string()), whole(split.now));
    shown.groups.push(Group {
        name: visit.say("mix").to_owned(),
        mix: asked.signed(split.mix()),
        part: percent(split.mix(), change),
        ..Group::default()
    });
    chart.series = vec![Drawn { name: String::new(), points }];
    shown.svg = chart.svg();
    shown.change = asked.signed(change);
    field.label.get(visit.locale()).clone_into(&mut shown.split_by);
    Ok(())
}

/// A part of a change in percent, with one decimal place.
fn percent(part: Decimal, change: Decimal) -> String {
    let share = part.checked_mul(Decimal::ONE_HUNDRED).and_then(|part| part.checked_div(change));
    share.map(|share| format!("{}%", show::number::decimal(&Value::Decimal(share), 1))).unwrap_or_default()
}

fn cause(asked: &Asked<'_>, ranked: &Ranked) -> Option<Cause> {
    let cause = asked.term.drivers.as_ref()?.cause(&ranked.name)?;
    let loss = &ranked.loss;
    let count = |number: Decimal| number.normalize().to_string();
    Some(Cause {
        label: cause.label.get(asked.visit.locale()).to_owned(),
        written: cause.written.clone(),
        href: asked.rows(&[("cause", cause.name.clone())]),
        count: format!("{} / {}", count(loss.failing), count(loss.all)),
        fails: asked.value(loss.fails),
        passes: asked.value(loss.passes),
        loss: asked.value(loss.loss),
        worse: loss.loss.is_sign_positive() && !loss.loss.is_zero(),
    })
}
