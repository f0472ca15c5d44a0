//! One record: what names it, its facts, its tabs, its files and what people say about it.

pub mod erase;
pub mod paper;
mod tab;
pub mod uncover;

use std::collections::BTreeSet;

use app::{App, Entity, Field, Page, PageKind, Tab};
use engine::query::{Attachments, Comments, OpenBeside};
use formula::Path;
use model::{EntityId, RecordId, Value};
use policy::{Action, Aside, Bin, Get, Permitted};
use serde::Serialize;
use store::Row;

use super::{
    Answer, Visit,
    columns::{self, Columns},
    count::Counted,
    dashboard,
    history::{self, History},
    names, rights, rows,
    scope::Around,
    source, talk, trace,
    visit::missing,
};
use crate::{
    problem::Problem,
    show::{Names, Shown},
};

pub use self::tab::{ReadField, ReadSection, Related, column_label, refers};

/// A place above this one.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Crumb {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: Option<String>,
}

/// A labelled value.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// The value.
    pub shown: Shown,
    /// What it was made of, where it is computed.
    pub trace: Option<String>,
    /// Where it is shown whole, where it is masked and may be.
    pub uncover: Option<String>,
}

/// A tab to open.
#[derive(Debug, Default, Clone, Serialize)]
pub struct TabLink {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is open.
    pub current: bool,
}

/// What the view of a record shows.
#[derive(Debug, Default, Serialize)]
pub struct RecordShown {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// Choices among the facts, beside the title.
    pub badges: Vec<Shown>,
    /// What tells records of one name apart.
    pub hint: String,
    /// Where the record comes from and when its like last came, if people do not enter it.
    pub source: Option<String>,
    /// The facts.
    pub facts: Vec<Fact>,
    /// Dashboards about it.
    pub boards: Vec<Crumb>,
    /// The form to change it.
    pub edit: Option<String>,
    /// Where to delete it.
    pub delete: Option<String>,
    /// Where the person it stands for is erased.
    pub erase: Option<String>,
    /// Where it is saved as pages.
    pub print: Option<String>,
    /// Its version.
    pub version: String,
    /// Its tabs.
    pub tabs: Vec<TabLink>,
    /// Sections of a form, for reading.
    pub sections: Vec<ReadSection>,
    /// Records that belong to it.
    pub related: Option<Related>,
    /// Counts.
    pub counted: Option<Counted>,
    /// Who changed what.
    pub history: Option<History>,
    /// Its files.
    pub attachments: Option<talk::Files>,
    /// What people say.
    pub comments: Option<talk::Talk>,
    /// Where news of changes come from.
    pub stream: Option<String>,
    /// Where it is explained why the reader may see it.
    pub why: String,
    /// Cases of workflows about it.
    pub cases: Vec<CaseLink>,
    /// Workflows whose cases the reader may start about it.
    pub starts: Vec<StartLink>,
}

/// A workflow whose cases can be started about a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct StartLink {
    /// Its name.
    pub workflow: String,
    /// What it is called.
    pub label: String,
    /// Steps for which whoever starts one chooses who answers, by name and label.
    pub chosen: Vec<(String, String)>,
}

/// A case of a workflow about a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct CaseLink {
    /// The workflow, and where the case is.
    pub label: String,
    /// Its page.
    pub href: String,
    /// How it stands.
    pub state: String,
    /// Its tone.
    pub tone: &'static str,
}

/// The detail page of an entity for this reader; that of the app installed last goes before others.
pub fn page_of(visit: &Visit, entity: EntityId) -> Option<&Page> {
    let app = visit.app();
    let last = app.parts().last().map(|part| &part.name);
    let shows = |page: &&Page| matches!(page.kind, PageKind::Detail { entity: shown, .. } if shown == entity);
    let open = app.pages().iter().filter(shows).filter(|page| rights::opens(&visit.actor, page));
    open.min_by_key(|page| (Some(&page.app) != last, page.roles.is_empty()))
}

/// What is read of a record, and where in a row it is.
struct Plan {
    columns: Columns,
    /// Among the columns shown: what names it.
    title: Option<usize>,
    /// What tells records of one name apart.
    hint: Option<usize>,
    /// Among the values read: its version.
    version: Option<usize>,
    /// The facts.
    facts: Vec<usize>,
}

impl Plan {
    fn of(visit: &Visit, entity: &Entity, facts: &[Path]) -> Self {
        let app = visit.app();
        let mut columns = Columns::default();
        let title = columns.show_field(&visit.actor, entity.display);
        let hint = entity.hint.and_then(|hint| columns.show_field(&visit.actor, hint));
        let version = app.own_path(entity.system.version).map(|path| columns.read(path));
        let facts = facts.iter().filter_map(|path| columns.show(&visit.actor, path.clone())).collect();
        for field in app.fields_of(entity) {
            columns.show_field(&visit.actor, field.id);
        }
        Self { columns, title, hint, version, facts }
    }
}

/// Shows a record.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn show(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    let app = visit.app();
    let entity = visit.entity(entity)?;
    let page = page_of(visit, entity.id);
    let generic = tab::generic(visit, entity);
    let (facts, tabs, form) = match page.map(|page| &page.kind) {
        Some(PageKind::Detail { facts, tabs, form, .. }) => (facts.clone(), tabs.as_slice(), *form),
        _ => (Vec::new(), generic.as_slice(), None),
    };

    let Plan { columns, title: title_at, hint: hint_at, version: version_at, facts: facts_at } =
        Plan::of(visit, entity, &facts);
    let get = Get { entity: entity.id, id, columns: columns.paths.clone(), bin: Bin::Outside };
    let row = visit.ask(get).await?.ok_or_else(missing)?;

    let around = Around::of_row(visit, entity, &columns, &row);
    let shown: Vec<&Tab> = tab::visible(visit, tabs, &around).await?;
    let wanted = visit.query.get("tab");
    let open = shown.iter().find(|tab| Some(tab.name.as_str()) == wanted).or(shown.first()).copied();

    let names = names::load(visit, &columns.unnamed(app, std::slice::from_ref(&row))).await?;
    let uncovers = uncover::offered(visit, entity, id).await?;
    let reader = visit.reader();
    let cell = |at: usize| columns.cell(app, &reader, &row, at, &names);
    let title = title_at.map(cell).map_or_else(|| entity.label.get(visit.locale()).to_owned(), |shown| shown.text);
    let version = version_at.and_then(|at| row.values.get(at)).and_then(super::list::whole).unwrap_or(0);

    let mut record = RecordShown {
        why: format!("/r/{}/{id}/access", entity.name),
        boards: boards(visit, entity, id).await?,
        crumbs: crumbs(visit, entity, &title),
        hint: hint_at.map(cell).filter(|shown| shown.kind != "none").map_or_else(String::new, |shown| shown.text),
        version: version.to_string(),
        source: source::sentence(visit, entity).await?,
        stream: Some(format!("/live/{}?id={id}", entity.name)),
        ..RecordShown::default()
    };
    for at in facts_at {
        let shown = cell(at);
        if matches!(shown.kind, "lamp" | "badge") {
            record.badges.push(shown.clone());
        }
        let label = columns.shown.get(at).map(|column| columns::label(app, &column.path, visit.locale()));
        let own = columns.shown.get(at).filter(|column| column.path.hops.is_empty());
        let field = own.and_then(|column| app.field(column.path.field)).filter(|_| shown.kind != "none");
        let trace = field.and_then(|field| trace::address(entity, id, field));
        let masked = field.filter(|field| uncovers.contains(&field.id));
        let uncover = masked.map(|field| uncover::address(entity, id, field));
        record.facts.push(Fact { label: label.unwrap_or_default(), shown, trace, uncover });
    }
    rows::one_bar(record.facts.iter_mut().map(|fact| &mut fact.shown));
    offer(visit, entity, id, form, &mut record).await?;
    record.erase = erase::offered(visit, entity, id).await?;
    let path = format!("/r/{}/{id}", entity.name);
    record.print = paper::offered(visit, entity.id, id).await?.then(|| format!("{path}/print"));
    record.tabs = shown.iter().map(|tab| link(visit, tab, open, &path)).collect();
    if let Some(open) = open {
        let seen =
            tab::Seen { entity, id, columns: &columns, row: &row, names: &names, around: &around, uncovers: &uncovers };
        tab::fill(visit, open, &seen, &mut record).await?;
    }
    let takes = Aside::ALL.into_iter().any(|aside| entity.takes(aside));
    let open = if takes { visit.ask(OpenBeside { entity: entity.id, id }).await? } else { BTreeSet::new() };
    if entity.attachments {
        let files = visit.ask(Attachments { entity: entity.id, id }).await?;
        let adds = record.edit.is_some() && open.contains(&Aside::Attachments);
        let action = adds.then(|| format!("{path}/attachments"));
        if !files.is_empty() || action.is_some() {
            record.attachments = Some(talk::files(visit, &path, files, action));
        }
    }
    workflows(visit, entity, id, &mut record).await?;
    if open.contains(&Aside::Comments) {
        let said = visit.ask(Comments { entity: entity.id, id }).await?;
        record.comments = Some(talk::comments(visit, &path, said));
    }
    visit.page("record.html", &title, "", record).await.map(Answer::Page)
}

/// The cases about it, and those that may be started.
async fn workflows(visit: &Visit, entity: &Entity, id: RecordId, record: &mut RecordShown) -> Result<(), Problem> {
    let locale = visit.locale();
    let mut any = false;
    for process in visit.app().workflows().iter().filter(|process| process.entity == entity.id) {
        any = true;
        if starts(visit, process, id).await? {
            let chosen = process.steps.iter().filter(|step| step.asks(|who| matches!(who, workflow::Who::Chosen)));
            record.starts.push(StartLink {
                workflow: process.name.to_string(),
                label: process.label.get(locale).to_owned(),
                chosen: chosen.map(|step| (step.name.to_string(), step.label.get(locale).to_owned())).collect(),
            });
        }
    }
    if !any {
        return Ok(());
    }
    for case in visit.ask(engine::query::case::CasesAbout { entity: entity.id, id }).await? {
        let steps: Vec<&str> = case.steps.iter().map(|step| step.get(locale)).collect();
        let mut label = case.workflow.get(locale).to_owned();
        if !steps.is_empty() {
            label = format!("{label} · {}", steps.join(visit.say("list-comma")));
        }
        record.cases.push(CaseLink {
            label,
            href: format!("/cases/{}", case.id),
            state: super::case::outcome(visit, &case.state, case.outcome.as_deref()),
            tone: super::case::state_tone(&case.state),
        });
    }
    Ok(())
}

/// Whether the reader's roles let them start cases of a workflow about a record.
async fn starts(visit: &Visit, process: &workflow::Process, id: RecordId) -> Result<bool, Problem> {
    let name = process.name.as_str();
    if !visit.actor.runs(name).start {
        return Ok(false);
    }
    let starts = visit.engine.starts(&visit.actor, name, id).await;
    starts.map_err(|error| Problem::of_query(error.into(), &visit.actor))
}

/// The dashboards about such a record that this reader may open.
async fn boards(visit: &Visit, entity: &Entity, id: RecordId) -> Result<Vec<Crumb>, Problem> {
    let mut found = Vec::new();
    for page in visit.app().pages().iter().filter(|page| rights::opens(&visit.actor, page)) {
        let (about, needs) = match &page.kind {
            PageKind::Dashboard(board) => (board.about, &board.needs),
            PageKind::Home(home) => (home.about, &home.needs),
            _ => continue,
        };
        if about == Some(entity.id) && dashboard::reads(visit, entity.id, id, needs).await? {
            let label = page.label.get(visit.locale()).to_owned();
            found.push(Crumb { label, href: Some(format!("/p/{}?of={id}", page.name)) });
        }
    }
    Ok(found)
}

fn link(visit: &Visit, tab: &Tab, open: Option<&Tab>, path: &str) -> TabLink {
    let label = tab.label.get(visit.locale());
    let label = match (label, &tab.kind) {
        ("", app::TabKind::History) => visit.say("history"),
        ("", _) => visit.say("details"),
        (label, _) => label,
    };
    TabLink {
        label: label.to_owned(),
        href: format!("{path}?tab={}", tab.name),
        current: open.is_some_and(|open| open.name == tab.name),
    }
}

/// Offers to change and to delete where this record allows it.
async fn offer(
    visit: &Visit,
    entity: &Entity,
    id: RecordId,
    form: Option<model::FormId>,
    record: &mut RecordShown,
) -> Result<(), Problem> {
    let writable: Vec<_> =
        visit.app().fields_of(entity).filter(|field| field.writable()).map(|field| field.id).collect();
    let ask = |action, fields| Permitted { entity: entity.id, id, action, fields };
    if rights::may(&visit.actor, entity.id, Action::Update) {
        let may = visit.ask(ask(Action::Update, writable)).await?;
        if may.is_some_and(|fields| fields.contains(&true)) {
            let form = form.and_then(|form| visit.app().form(form));
            let query = form.map_or_else(String::new, |form| format!("?form={}", form.name));
            record.edit = Some(format!("/r/{}/{id}/edit{query}", entity.name));
        }
    }
    if rights::may(&visit.actor, entity.id, Action::Delete)
        && visit.ask(ask(Action::Delete, Vec::new())).await?.is_some()
    {
        record.delete = Some(format!("/r/{}/{id}/delete", entity.name));
    }
    Ok(())
}

/// The list a record is found in, then the record.
pub fn crumbs(visit: &Visit, entity: &Entity, title: &str) -> Vec<Crumb> {
    let lists = |page: &&Page| matches!(&page.kind, PageKind::List { view, .. } if view.entity == entity.id);
    let list = visit.app().pages().iter().filter(lists).find(|page| rights::opens(&visit.actor, page));
    let above = match list {
        Some(page) => {
            Crumb { label: page.label.get(visit.locale()).to_owned(), href: Some(format!("/p/{}", page.name)) }
        }
        None => Crumb { label: entity.plural.get(visit.locale()).to_owned(), href: None },
    };
    vec![above, Crumb { label: title.to_owned(), href: None }]
}

/// What names a record, for pages about it.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn title(visit: &Visit, entity: &Entity, id: RecordId) -> Result<(String, i64), Problem> {
    let mut columns = Columns::default();
    let at = columns.show_field(&visit.actor, entity.display);
    let version_at = visit.app().own_path(entity.system.version).map(|path| columns.read(path));
    let get = Get { entity: entity.id, id, columns: columns.paths.clone(), bin: Bin::Outside };
    let row = visit.ask(get).await?.ok_or_else(missing)?;
    let shown = at.map(|at| columns.cell(visit.app(), &visit.reader(), &row, at, &Names::new()).text);
    let version = version_at.and_then(|at| row.values.get(at)).and_then(super::list::whole).unwrap_or(0);
    Ok((shown.unwrap_or_else(|| entity.label.get(visit.locale()).to_owned()), version))
}

/// The page that asks before deleting, for those without scripts.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn confirm(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    #[derive(Serialize)]
    struct Confirm {
        action: String,
        version: i64,
        back: String,
    }
    let entity = visit.entity(entity)?;
    let (title, version) = title(visit, entity, id).await?;
    let back = format!("/r/{}/{id}", entity.name);
    let confirm = Confirm { action: format!("{back}/delete"), version, back };
    visit.page("confirm.html", &title, "narrow", confirm).await.map(Answer::Page)
}

/// Puts a record into the bin.
///
/// # Errors
/// What the engine refuses.
pub async fn delete(visit: &Visit, entity: &str, id: RecordId, expected: Option<i64>) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    visit.act(engine::Command::Delete { entity: entity.id, id, expected }).await?;
    let list = crumbs(visit, entity, "").into_iter().find_map(|crumb| crumb.href);
    Ok(Answer::To(format!("{}?saved=1", list.unwrap_or_else(|| "/".to_owned()))))
}

/// A field's value in a row read with every readable field of the entity.
pub(crate) fn own_value<'r>(app: &App, columns: &Columns, row: &'r Row, field: &Field) -> &'r Value {
    let path = app.own_path(field.id);
    let at = columns.paths.iter().position(|known| Some(known) == path.as_ref());
    at.and_then(|at| row.values.get(at)).unwrap_or(&Value::Null)
}

/// The history of a record, as a tab.
///
/// # Errors
/// What the engine refuses.
async fn history_of(visit: &Visit, entity: &Entity, id: RecordId) -> Result<History, Problem> {
    let entries = visit.ask(engine::query::History { entity: entity.id, id, limit: 200 }).await?;
    history::show(visit, entity, entries).await
}
