//! What is one's to answer, what one answered, started, or was sent: four lists, answers to several at once.

mod narrow;
pub mod together;

use engine::{
    Actor, Engine, QueryError,
    query::{
        Unread,
        case::{Counts, InboxLine, InboxPage, Narrowed},
    },
};
use model::Timestamp;
use serde::Serialize;
use store::CaseBox;
use workflow::Signature;

use super::{
    Answer, Visit,
    case::{outcome, sign, state_tone},
    filter::{Chip, Filter},
    params::Params,
    record::TabLink,
};
use crate::{
    api::case::list::which,
    problem::Problem,
    show::{number, time},
};

/// Lines of a page.
const PAGE: u32 = 50;

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct InboxShown {
    /// The lists.
    pub tabs: Vec<TabLink>,
    /// Which one is open: `open`, `done`, `started` or `copied`.
    pub which: String,
    /// The filters.
    pub filters: Vec<Filter>,
    /// The steps of the workflow that is chosen.
    pub steps: Option<Filter>,
    /// Filters in force.
    pub chips: Vec<Chip>,
    /// The list without them.
    pub clear: String,
    /// What is looked for in titles.
    pub q: String,
    /// Whether lines can be put in another order.
    pub sorts: bool,
    /// Whether those come first that are due first.
    pub by_due: bool,
    /// Where answers are sent.
    pub decide: String,
    /// The address of the list as it is shown, to be asked again when tasks come or go.
    pub here: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The next page.
    pub next: Option<String>,
    /// That the page ends before it is full, because so many lines were looked at for what stands in titles; else empty.
    pub further: String,
    /// Whether some of the lines can be answered together.
    pub together: bool,
    /// Where they sign, if one of those lines asks for it.
    pub sign: Option<sign::Pad>,
    /// Why the last answers were refused.
    pub fault: Option<String>,
    /// What waits for those in whose place the reader may act, while they are themself.
    pub standing: Vec<Standing>,
}

/// What waits for somebody in whose place the reader may act.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Standing {
    /// The stand-in by which they may.
    pub id: String,
    /// For whom, and how many tasks.
    pub text: String,
    /// The button's words, for those who do not see the line.
    pub begin: String,
}

/// A line.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// The case.
    pub href: String,
    /// What names the record.
    pub title: String,
    /// The workflow and the step.
    pub about: String,
    /// Who started it, and when it came.
    pub meta: String,
    /// A word beside it.
    pub badge: String,
    /// Its tone.
    pub tone: &'static str,
    /// When it is due.
    pub due: String,
    /// Whether it is late.
    pub late: bool,
    /// Whether an answer is signed.
    pub signs: bool,
    /// What it is answered by, together with others; empty where it has to be opened.
    pub answer: String,
}

/// The lists.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, refused: Option<(&Params, Problem)>) -> Result<Answer, Problem> {
    let (sent, problem) = refused.map_or((None, None), |(sent, problem)| (Some(sent), Some(problem)));
    let word = visit.query.get("box").unwrap_or("open").to_owned();
    let which = which(&word).unwrap_or(CaseBox::Open);
    let after = visit.query.get("after").and_then(|text| {
        let (at, id) = text.split_once('_')?;
        Some((at.parse::<Timestamp>().ok()?, id.parse().ok()?))
    });
    let asked = narrow::read(visit, which).await?;
    let (narrow, title) = (asked.narrow.clone(), asked.title.clone());
    let by_due = narrow.by_due;
    let looked_at = number::count(i64::from(visit.engine.bounds().titles));
    let ask = Narrowed { which, narrow, title, after, limit: PAGE };
    let InboxPage { lines: found, next, short } = visit.ask(ask).await?;
    let narrow::Shown { filters, steps, chips } = asked.shown(visit, which, &found);
    let (open, copied) = visit.ask(Counts).await?;
    let standing = standing(visit).await?;
    let settled = super::filter::settled(&visit.query);
    let next =
        next.map(|(at, case)| settled.with("box", word.as_str()).with("after", format!("{at}_{case}")).on("/inbox"));
    let here = settled.with("box", word.as_str());
    let here = visit.query.get("after").map_or_else(|| here.clone(), |after| here.with("after", after)).on("/inbox");
    let tab = |name: &str, key: &str, count: i64| TabLink {
        label: if count > 0 { format!("{} {count}", visit.say(key)) } else { visit.say(key).to_owned() },
        href: format!("/inbox?box={name}"),
        current: name == word,
    };
    let lines: Vec<Line> = found.iter().map(|one| line(visit, which, one)).collect();
    let signs = lines.iter().any(|line| line.signs && !line.answer.is_empty());
    let shown = InboxShown {
        tabs: vec![
            tab("open", "inbox-open", open),
            tab("done", "inbox-done", 0),
            tab("started", "inbox-started", 0),
            tab("copied", "inbox-copied", copied),
        ],
        sign: signs.then(|| sign::pad(visit, "/inbox", sent, problem.as_ref())),
        fault: problem.as_ref().map(|problem| super::case::told(visit.locale(), problem)),
        standing,
        together: lines.iter().any(|line| !line.answer.is_empty()),
        filters,
        steps,
        chips,
        clear: Params::default().with("box", word.as_str()).on("/inbox"),
        q: asked.title.unwrap_or_default(),
        sorts: which == CaseBox::Open,
        by_due,
        decide: settled.on("/inbox/decide"),
        here,
        which: word,
        further: if short { visit.fill("inbox-further", &[("n", &looked_at)]) } else { String::new() },
        lines,
        next,
    };
    let page = visit.page("inbox.html", visit.say("inbox"), "", shown).await?;
    Ok(if problem.is_some() { Answer::Refused(page) } else { Answer::Page(page) })
}

/// What waits for those in whose place somebody may act; nothing while they do.
async fn standing(visit: &Visit) -> Result<Vec<Standing>, Problem> {
    if visit.standing.is_some() {
        return Ok(Vec::new());
    }
    let found = visit.engine.stood_in_for(&visit.session.account, visit.locale()).await;
    let found = found.map_err(|error| Problem::of_query(error, &visit.actor))?;
    let shown = found.into_iter().filter(|(_, _, open)| *open > 0).map(|(one, giver, open)| Standing {
        id: one.id.to_string(),
        text: visit.fill("inbox-for", &[("who", &giver.name), ("n", &number::count(open))]),
        begin: visit.fill("stand-in-begin-for", &[("who", &giver.name)]),
    });
    Ok(shown.collect())
}

/// How many tasks wait for somebody's answer, and how many notices they have not read.
pub(crate) type Waiting = (i64, usize);

/// What waits for somebody.
pub(crate) async fn waiting(engine: &Engine, actor: &Actor) -> Result<Waiting, QueryError> {
    let (open, _) = engine.query(actor, Counts).await?;
    Ok((open, engine.query(actor, Unread { limit: super::me::MOST }).await?))
}

/// What the counts of a page that is open are followed by.
#[derive(Debug, Default, Serialize)]
pub struct Counted {
    /// Tasks that wait.
    pub open: i64,
    /// Notices that are not read.
    pub unread: usize,
}

/// The counts beside the inbox and the bell, for a page that is open.
///
/// # Errors
/// What the engine refuses.
pub async fn counts(visit: &Visit) -> Result<Answer, Problem> {
    let waits = waiting(&visit.engine, &visit.actor).await;
    let (open, unread) = waits.map_err(|error| Problem::of_query(error, &visit.actor))?;
    super::view::render(visit.locale(), "counts.html", Counted { open, unread }).map(Answer::Page)
}

fn line(visit: &Visit, which: CaseBox, one: &InboxLine) -> Line {
    let locale = visit.locale();
    let reader = visit.reader();
    let InboxLine { line, workflow, step, fills, needs_file, offered, signature, title, starter, late } = one;
    let mut about = vec![workflow.get(locale).to_owned()];
    if !step.get(locale).is_empty() {
        about.push(step.get(locale).to_owned());
    }
    let (badge, tone) = match which {
        CaseBox::Open => (String::new(), ""),
        CaseBox::Done => match line.answer.as_deref() {
            Some("approved") => (visit.say(if *fills { "case-submitted" } else { "case-approved" }).to_owned(), "ok"),
            Some("rejected") => (visit.say("case-rejected").to_owned(), "bad"),
            Some("returned") => (visit.say("case-returned").to_owned(), "warn"),
            _ => (visit.say("case-passed").to_owned(), "neutral"),
        },
        CaseBox::Started => (outcome(visit, &line.state, line.outcome.as_deref()), state_tone(&line.state)),
        CaseBox::Copied if !line.read => (visit.say("unread").to_owned(), "info"),
        CaseBox::Copied => (String::new(), ""),
    };
    // Among others are only those that need no more than an answer and values: one that is to be claimed first would refuse all.
    let together = which == CaseBox::Open && !fills && !needs_file && !offered && !line.mends;
    Line {
        href: format!("/cases/{}", line.case),
        title: if title.is_empty() { workflow.get(locale).to_owned() } else { title.clone() },
        about: about.join(" · "),
        meta: format!("{starter} · {}", time::ago(&reader, line.at)),
        badge,
        tone,
        due: line.due.map(|due| visit.fill("case-due", &[("when", &time::moment(&reader, due))])).unwrap_or_default(),
        late: *late && which == CaseBox::Open,
        signs: which == CaseBox::Open && *signature != Signature::Never,
        answer: line.task.filter(|_| together).map(|task| format!("{}.{task}", line.case)).unwrap_or_default(),
    }
}
