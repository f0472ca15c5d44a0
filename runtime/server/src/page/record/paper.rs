//! A record as pages to keep or to sign: what its page says, all tabs one after another, and who answered in its workflows.
//!
//! INVARIANT: what leaves is what the reader may both read and export, cell by cell; tabs of other records are not in the file,
//! which says so.

use std::sync::Arc;

use app::{FieldKind, PageKind, Tab, TabKind};
use engine::{
    Act,
    query::case::{CaseView, CasesAbout},
};
use model::{EntityId, RecordId};
use policy::{Action, Bin, Get};
use print::{Entry, Fonts, Paper, Section, Table};
use sha2::{Digest as _, Sha256};

use super::{
    super::{
        Visit, case, columns,
        export::{self, Made},
        form, list, names, rights, rows,
        scope::Around,
        visit::missing,
    },
    Plan, page_of, tab,
};
use crate::{
    problem::{Kind, Problem},
    show::{Shown, time},
};

/// Cases about one record whose answers are printed, the newest.
const CASES: usize = 10;

/// Whether the reader may have this record as a file.
///
/// # Errors
/// What the engine refuses.
pub async fn offered(visit: &Visit, entity: EntityId, id: RecordId) -> Result<bool, Problem> {
    if visit.actor.looks || !rights::may(&visit.actor, entity, Action::Export) {
        return Ok(false);
    }
    let get = Get { entity, id, columns: Vec::new(), bin: Bin::Outside };
    Ok(saving(visit, &[entity]).ask(get).await?.is_some())
}

/// The same reader with nothing of these entities but what may leave as a file.
fn saving(visit: &Visit, entities: &[EntityId]) -> Visit {
    Visit { actor: Arc::new(visit.actor.saving(entities)), ..visit.clone() }
}

/// The record as a PDF. `fonts` is asked for only where something is drawn.
///
/// # Errors
/// Not found, not theirs to export, no font for its words, or what the engine refuses.
pub async fn file(
    visit: &Visit,
    entity: &str,
    id: RecordId,
    fonts: impl FnOnce() -> Fonts + Send + 'static,
) -> Result<Made, Problem> {
    let entity = visit.entity(entity)?;
    let seen = Get { entity: entity.id, id, columns: Vec::new(), bin: Bin::Outside };
    visit.ask(seen).await?.ok_or_else(missing)?;
    if !offered(visit, entity.id, id).await? {
        return Err(Problem::new(Kind::Denied));
    }
    let generic = tab::generic(visit, entity);
    let (facts, tabs) = match page_of(visit, entity.id).map(|page| &page.kind) {
        Some(PageKind::Detail { facts, tabs, .. }) => (facts.as_slice(), tabs.as_slice()),
        _ => (&[][..], generic.as_slice()),
    };
    let printed = |tab: &&Tab| matches!(tab.kind, TabKind::Form(_) | TabKind::Related(_));

    let reader = visit.reader();
    let full = visit;
    let visit = &saving(visit, &concerned(visit, entity.id, tabs));
    let app = visit.app();
    let plan = Plan::of(visit, entity, facts);
    let get = Get { entity: entity.id, id, columns: plan.columns.paths.clone(), bin: Bin::Outside };
    let row = visit.ask(get).await?.ok_or_else(missing)?;
    let around = Around::of_row(visit, entity, &plan.columns, &row);
    let names = names::load(visit, &plan.columns.unnamed(app, std::slice::from_ref(&row))).await?;
    let cell = |at: usize| plan.columns.cell(app, &reader, &row, at, &names);
    let title = plan.title.map_or_else(|| entity.label.get(visit.locale()).to_owned(), |at| cell(at).text);
    // What is no count says nothing to whoever reads the paper.
    let version = plan.version.filter(|_| visit.actor.counts(entity.id));
    let version = version.and_then(|at| row.values.get(at)).and_then(list::whole);

    let mut paper = Paper { title: title.clone(), ..Paper::default() };
    let hint = plan.hint.map(cell).filter(|shown| shown.kind != "none").map(|shown| shown.text);
    paper.lines.push(
        [Some(entity.label.get(visit.locale()).to_owned()), hint].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    );
    let facts = plan.facts.iter().filter_map(|at| {
        let column = plan.columns.shown.get(*at)?;
        Some(fact(&columns::label(app, &column.path, visit.locale()), &cell(*at)))
    });
    let facts: Vec<Entry> = facts.collect();
    let seen =
        tab::Seen { entity, id, columns: &plan.columns, row: &row, names: &names, around: &around, uncovers: &[] };
    let open: Vec<&Tab> = tab::visible(visit, tabs, &around).await?.into_iter().filter(printed).collect();
    let all = tab::visible(full, tabs, &around).await?.into_iter().filter(printed).count();
    let without = all.saturating_sub(open.len());
    for tab in open {
        paper.sections.extend(part(visit, tab, &seen).await?);
    }
    // What stands in a form as well is said there.
    let said = |fact: &Entry| paper.sections.iter().any(|section| section.entries.contains(fact));
    let facts: Vec<Entry> = facts.into_iter().filter(|fact| !said(fact)).collect();
    if !facts.is_empty() {
        paper.sections.insert(0, Section { heading: String::new(), entries: facts });
    }
    paper.sections.extend(answers(full, entity.id, id).await?);
    if without > 0 {
        paper.lines.push(visit.fill("parts-not-exported", &[("n", &without.to_string())]));
    }
    let when = time::moment(&reader, visit.actor.now);
    let (word, count) = match version {
        Some(version) => ("paper-foot", version.to_string()),
        None => ("paper-foot-part", String::new()),
    };
    paper.foot = visit.fill(word, &[("who", visit.name.as_str()), ("when", when.as_str()), ("version", &count)]);

    let content = export::drawn(visit, fonts, move |fonts| print::upright(&paper, fonts)).await?;
    let mut act = Act::new("export", entity.name.to_string()).on(id).fact("format", "pdf");
    if let Some(version) = version {
        act = act.fact("version", version);
    }
    // Whoever is handed the file later can find out that it is the one that was made here.
    act = act.fact("sha256", hex(&Sha256::digest(&content)));
    visit.engine.note(&*visit.actor, act).await.map_err(Problem::internal)?;
    Ok((format!("{}.pdf", plain(&title)), "application/pdf", content))
}

/// The record's entity, and those whose records stand in its tables.
fn concerned(visit: &Visit, entity: EntityId, tabs: &[Tab]) -> Vec<EntityId> {
    let app = visit.app();
    let mut found = vec![entity];
    for tab in tabs {
        match &tab.kind {
            TabKind::Related(related) => found.push(related.view.entity),
            TabKind::Form(id) => {
                let standard = app.entity(entity).map(|entity| form::standard(visit, entity));
                let form = app.form(*id).or(standard.as_deref());
                let items = form.into_iter().flat_map(|form| &form.sections).flat_map(|section| &section.items);
                found.extend(items.filter_map(|item| match app.field(item.field)?.kind {
                    FieldKind::Children { of, .. } => Some(of),
                    _ => None,
                }));
            }
            TabKind::Counters(_) | TabKind::History => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A tab as sections.
async fn part(visit: &Visit, tab: &Tab, seen: &tab::Seen<'_>) -> Result<Vec<Section>, Problem> {
    let mut record = super::RecordShown::default();
    tab::fill(visit, tab, seen, &mut record).await?;
    let mut sections = Vec::new();
    let label = tab.label.get(visit.locale());
    for section in record.sections {
        let entries = section.fields.into_iter().map(|field| match &field.table {
            Some(rows) => Entry::Table { label: field.label, table: table(rows) },
            None => fact(&field.label, &field.shown),
        });
        let heading = if section.label.is_empty() { label.to_owned() } else { section.label };
        sections.push(Section { heading, entries: entries.collect() });
    }
    if let Some(related) = record.related.filter(|related| !related.table.rows.is_empty()) {
        let more = if related.cut {
            visit.fill("first-rows", &[("n", &related.table.rows.len().to_string())])
        } else {
            String::new()
        };
        let entries = vec![Entry::Table { label: more, table: table(&related.table) }];
        sections.push(Section { heading: related.label, entries });
    }
    Ok(sections)
}

fn fact(label: &str, shown: &Shown) -> Entry {
    Entry::Fact { label: label.to_owned(), text: shown.text.clone() }
}

fn table(table: &rows::Table) -> Table {
    Table {
        heads: table.heads.iter().map(|head| head.label.clone()).collect(),
        rows: table.rows.iter().map(|line| line.cells.iter().map(|cell| cell.shown.text.clone()).collect()).collect(),
    }
}

/// What people answered in cases about the record that the reader may look at, the newest case first.
async fn answers(visit: &Visit, entity: EntityId, id: RecordId) -> Result<Vec<Section>, Problem> {
    let locale = visit.locale();
    let mut sections = Vec::new();
    if !visit.app().workflows().iter().any(|process| process.entity == entity) {
        return Ok(sections);
    }
    for case in visit.ask(CasesAbout { entity, id }).await?.into_iter().take(CASES) {
        let Some(shown) = visit.ask(CaseView { case: case.id }).await? else { continue };
        let rows = case::trail::lines(visit, &shown)
            .into_iter()
            .filter_map(|line| Some(vec![line.when, line.who?.name, line.text, line.words]));
        let rows: Vec<Vec<String>> = rows.collect();
        if rows.is_empty() {
            continue;
        }
        let heads = ["audit-when", "audit-who", "paper-what", "case-opinion"].map(|key| visit.say(key).to_owned());
        let state = case::outcome(visit, &case.state, case.outcome.as_deref());
        sections.push(Section {
            heading: format!("{} · {state}", case.workflow.get(locale)),
            entries: vec![Entry::Table { label: String::new(), table: Table { heads: heads.to_vec(), rows } }],
        });
    }
    Ok(sections)
}

/// The title as the name of a file.
fn plain(title: &str) -> String {
    title.chars().map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c }).take(80).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
