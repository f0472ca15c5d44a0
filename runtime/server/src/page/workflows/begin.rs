//! Cases started about many records at once: those of a list as its address narrows it, all of them or some.
//!
//! Each is started for itself: one that cannot does not hold up the others, and what became of each is told.

use std::time::Duration;

use app::{ListView, PageKind};
use engine::{Begin, CaseCommand, Command};
use model::{EntityId, RecordId, UserId};
use policy::{Aggregate, List, Measure};
use serde::Serialize;
use tokio::time::Instant;
use workflow::{Process, Who};

use super::{
    super::{
        Answer, Visit,
        case::{self, act as in_a_case},
        columns,
        filter::{self, Choice},
        list::{self, Asked},
        names,
        params::Params,
        rights,
        visit::missing,
    },
    counted,
};
use crate::{api::case::start::MOST, problem::Problem, show::number};

/// Records named on a page: to choose from, or with what became of them.
const NAMED: u32 = 200;
/// Records found by one statement.
const PART: u32 = 500;
/// Cases started in one transaction, unless one of them cannot be.
const TOGETHER: usize = 100;
/// How long one press goes on: less than a page is waited for.
const LONGEST: Duration = Duration::from_secs(20);

/// What the page shows.
#[derive(Debug, Default, Serialize)]
pub struct Shown {
    /// What the workflow is called.
    pub label: String,
    /// What the list is called.
    pub list: String,
    /// The list.
    pub back: String,
    /// Where it is sent.
    pub begin: String,
    /// What narrows the list.
    pub chips: Vec<String>,
    /// How many records the list has.
    pub total: String,
    /// Whether it can be started about all of them.
    pub all: bool,
    /// Whether there are more than are named.
    pub more: bool,
    /// Steps for which whoever starts chooses who answers, by name and label.
    pub chosen: Vec<(String, String)>,
    /// The records.
    pub records: Vec<Choice>,
    /// Why nothing was started, or not everything.
    pub fault: Option<String>,
    /// What became of it, in numbers.
    pub told: Option<String>,
    /// What became of each, those not started first.
    pub results: Vec<Line>,
}

/// What became of a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// What names the record.
    pub title: String,
    /// Its case, or the record where there is none.
    pub href: String,
    /// Whether it was started, in a word.
    pub word: String,
    /// Its tone.
    pub tone: &'static str,
    /// Why it was not.
    pub why: String,
}

/// What a press came to.
#[derive(Debug, Default)]
pub struct Done {
    fault: Option<String>,
    told: Option<String>,
    results: Vec<Line>,
}

/// The records of a list as its address narrows it.
struct Records {
    list: List,
    total: i64,
    chips: Vec<String>,
    label: String,
    back: String,
}

/// What became of one.
enum Became {
    Started(Option<RecordId>),
    Refused(Problem),
}

fn process<'v>(visit: &'v Visit, name: &str) -> Result<&'v Process, Problem> {
    let may = visit.actor.runs(name).start && !visit.actor.looks;
    visit.app().workflow_named(name).filter(|_| may).ok_or_else(missing)
}

/// The steps for which whoever starts chooses who answers.
fn chosen(visit: &Visit, process: &Process) -> Vec<(String, String)> {
    let steps = process.steps.iter().filter(|step| step.asks(|who| matches!(who, Who::Chosen)));
    steps.map(|step| (step.name.to_string(), step.label.get(visit.locale()).to_owned())).collect()
}

async fn records(visit: &Visit, entity: EntityId) -> Result<Records, Problem> {
    let app = visit.app();
    let page = visit.query.get("of-page").and_then(|name| app.page_named(name));
    let page = page.filter(|page| rights::opens(&visit.actor, page)).ok_or_else(missing)?;
    let PageKind::List { filters, .. } = &page.kind else { return Err(missing()) };
    // The list is read as the page of it would read it.
    let query = filter::settled(&visit.query).without(&["of-page"]);
    let listed = Visit { path: format!("/p/{}", page.name), query, ..visit.clone() };
    let chosen = list::chosen(&listed, page).filter(|view| view.entity == entity).ok_or_else(missing)?;
    let view: &ListView = &chosen;
    let offered: Vec<_> = filters.iter().filter_map(|id| app.field(*id)).cloned().collect();
    let mut narrowed = filter::read(&listed, &offered, &listed.path).await?;
    list::say_counted(&listed, page, &mut narrowed, &listed.path);
    let asked = Asked::read(&listed, view);
    let count = Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count],
        filter: narrowed.predicate.clone(),
        within: view.filter.clone(),
        search: asked.search.clone(),
        limit: 1,
        anonymous: false,
    };
    let total = visit.ask(count).await?.first().and_then(|group| group.numbers.first()).and_then(list::whole);
    let named = columns::display_of(app, entity).filter(|path| rights::shown(&visit.actor, path));
    let mut chips: Vec<String> = narrowed.chips.iter().map(|chip| chip.label.clone()).collect();
    chips.extend(asked.search.clone());
    Ok(Records {
        list: List {
            columns: named.into_iter().collect(),
            filter: narrowed.predicate,
            within: view.filter.clone(),
            search: asked.search,
            sort: asked.sort,
            ..List::all(entity, NAMED)
        },
        total: total.unwrap_or(0),
        chips,
        label: page.label.get(visit.locale()).to_owned(),
        back: listed.here(),
    })
}

impl Records {
    /// The ids of all of them, as many as may be started at once.
    async fn all(&self, visit: &Visit) -> Result<Vec<RecordId>, Problem> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let list = List { limit: PART, after, ..self.list.clone() };
            let page = visit.ask(list).await?;
            ids.extend(page.rows.iter().map(|row| row.id));
            after = page.next;
            if after.is_none() || ids.len() > MOST {
                return Ok(ids);
            }
        }
    }
}

/// The records of a list, to start cases about; `done` is what a press came to.
///
/// # Errors
/// Not found for whoever may not start it or open the list, or what the engine refuses.
pub async fn show(visit: &Visit, name: &str, done: Option<Done>) -> Result<Answer, Problem> {
    let process = process(visit, name)?;
    let records = records(visit, process.entity).await?;
    let found = visit.ask(records.list.clone()).await?;
    let wanted: Vec<(EntityId, RecordId)> = found.rows.iter().map(|row| (process.entity, row.id)).collect();
    let known = names::load(visit, &wanted).await?;
    let choice = |id: &RecordId| Choice {
        value: id.to_string(),
        label: known.get(id).map(|(name, _)| name.clone()).unwrap_or_default(),
        ..Choice::default()
    };
    let done = done.unwrap_or_default();
    let refused = done.fault.is_some() && done.told.is_none();
    let label = process.label.get(visit.locale());
    let shown = Shown {
        label: label.to_owned(),
        list: records.label,
        back: records.back,
        begin: visit.here(),
        chips: records.chips,
        total: number::count(records.total),
        all: records.total > 0 && usize::try_from(records.total).is_ok_and(|many| many <= MOST),
        more: found.next.is_some(),
        chosen: chosen(visit, process),
        records: wanted.iter().map(|(_, id)| choice(id)).collect(),
        fault: done.fault,
        told: done.told,
        results: done.results,
    };
    let page = visit.page("begin.html", &visit.fill("case-start", &[("what", label)]), "", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// Starts them, and tells what became of each.
///
/// # Errors
/// Those of [`show`].
pub async fn act(visit: &Visit, name: &str, sent: &Params) -> Result<Answer, Problem> {
    let process = process(visit, name)?;
    let records = records(visit, process.entity).await?;
    let refused = |fault: String| Some(Done { fault: Some(fault), ..Done::default() });
    let mut people = Vec::new();
    for (step, _) in chosen(visit, process) {
        let key = format!("chosen.{step}");
        if sent.all(&key).all(|typed| typed.trim().is_empty()) {
            continue;
        }
        match in_a_case::people(visit, sent, &key).await {
            Ok(who) => people.push((step, who)),
            Err(problem) => return show(visit, name, refused(case::told(visit.locale(), &problem))).await,
        }
    }
    let ids: Vec<RecordId> = match sent.get("all").is_some() {
        true => records.all(visit).await?,
        false => sent.all("record").filter_map(|id| id.parse().ok()).collect(),
    };
    if ids.is_empty() || ids.len() > MOST {
        let key = if ids.is_empty() { "begin-none" } else { "begin-too-many" };
        return show(visit, name, refused(visit.say(key).to_owned())).await;
    }
    let became = start(visit, name, &ids, &people).await;
    let done = told(visit, process.entity, ids.len(), became).await?;
    show(visit, name, Some(done)).await
}

/// Starts one about each, as far as the time allows.
async fn start(
    visit: &Visit,
    workflow: &str,
    ids: &[RecordId],
    chosen: &[(String, Vec<UserId>)],
) -> Vec<(RecordId, Became)> {
    let begin = |record: &RecordId| {
        let (workflow, chosen) = (workflow.to_owned(), chosen.to_vec());
        Command::Case(CaseCommand::Start(Begin { workflow, record: *record, chosen, id: None }))
    };
    let (began, mut became) = (Instant::now(), Vec::new());
    for part in ids.chunks(TOGETHER) {
        if let Ok(outcome) = visit.act(Command::Bulk(part.iter().map(begin).collect())).await {
            let cases = outcome.cases.into_iter().map(|case| Became::Started(Some(case)));
            became.extend(part.iter().copied().zip(cases));
        } else {
            for record in part {
                let one = match visit.act(begin(record)).await {
                    Ok(outcome) => Became::Started(outcome.cases.first().copied()),
                    Err(problem) => Became::Refused(problem),
                };
                became.push((*record, one));
                if began.elapsed() > LONGEST {
                    return became;
                }
            }
        }
        if began.elapsed() > LONGEST {
            break;
        }
    }
    became
}

/// What became of them: in numbers, and of each as far as they are named.
async fn told(
    visit: &Visit,
    entity: EntityId,
    many: usize,
    mut became: Vec<(RecordId, Became)>,
) -> Result<Done, Problem> {
    let code = |one: &Became| match one {
        Became::Started(_) => "started",
        Became::Refused(problem) => match problem.errors.first().map(|error| error.code.as_str()) {
            Some("running") => "running",
            Some("unfit") => "unfit",
            _ => "other",
        },
    };
    let count = |wanted: &str| counted(became.iter().filter(|(_, one)| code(one) == wanted).count());
    let (started, running, unfit, other) = (count("started"), count("running"), count("unfit"), count("other"));
    let told =
        visit.fill("begin-told", &[("n", &started), ("running", &running), ("unfit", &unfit), ("other", &other)]);
    let left = many.saturating_sub(became.len());
    became.sort_by_key(|(_, one)| matches!(one, Became::Started(_)));
    became.truncate(usize::try_from(NAMED).unwrap_or(usize::MAX));
    let wanted: Vec<(EntityId, RecordId)> = became.iter().map(|(id, _)| (entity, *id)).collect();
    let known = names::load(visit, &wanted).await?;
    let line = |(id, one): (RecordId, Became)| {
        let (title, record) = known.get(&id).cloned().unwrap_or_default();
        let (href, tone, why) = match &one {
            Became::Started(case) => (case.map(|case| format!("/cases/{case}")), "ok", String::new()),
            Became::Refused(problem) => (None, "warn", case::told(visit.locale(), problem)),
        };
        let word = match code(&one) {
            "started" => "begin-started",
            "running" => "begin-running",
            "unfit" => "begin-unfit",
            _ => "begin-other",
        };
        Line { title, href: href.unwrap_or(record), word: visit.say(word).to_owned(), tone, why }
    };
    Ok(Done {
        fault: (left > 0).then(|| visit.fill("begin-left", &[("n", &counted(left))])),
        told: Some(told),
        results: became.into_iter().map(line).collect(),
    })
}
