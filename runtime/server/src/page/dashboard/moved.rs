//! People whom somebody put into another box than their numbers say: where that is kept, who may do it, and doing it.
//!
//! INVARIANT: what is kept is read and written through the two doors, with the rights of whoever looks or moves.

use std::collections::BTreeMap;

use app::{
    PageKind, Tile,
    boxes::{Level, Moved},
};
use engine::{Actor, Command, CommandError, Fields, Given};
use formula::{Comparison, Path, Predicate, Term};
use model::{FieldId, Period, RecordId, Value};
use policy::{Action, List};
use serde::Serialize;

use super::{Head, show_as};
use crate::{
    page::{
        Answer, Visit,
        params::Params,
        rights,
        visit::{missing, record_id},
    },
    problem::{Kind, Problem},
};

/// Records read at once.
const PAGE: u32 = 2_000;

/// How people are moved, as the list of a box shows it.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Mover {
    /// Where it is sent.
    pub action: String,
    /// The tile.
    pub tile: String,
    /// The period.
    pub period: String,
    /// The query of the page.
    pub back: String,
    /// The field for the reason, where there is one.
    pub reason: Option<Asked>,
}

/// A reason that is asked for.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Asked {
    /// What the field is called.
    pub label: String,
    /// Whether it has to be said.
    pub required: bool,
}

/// Where somebody was put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Put {
    pub(super) record: RecordId,
    pub(super) version: i64,
    /// Along the bottom, and up the side.
    pub(super) place: (Level, Level),
}

/// A box in a form: `high_mid`.
fn place(word: &str) -> Option<(Level, Level)> {
    let (across, up) = word.split_once('_')?;
    Some((Level::parse(across)?, Level::parse(up)?))
}

/// Whom somebody put where in a period, as far as the reader may know all of it.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn put(visit: &Visit, moved: &Moved, period: Period) -> Result<BTreeMap<RecordId, Put>, Problem> {
    let app = visit.app();
    let mut found = BTreeMap::new();
    let Some(entity) = app.entity(moved.entity) else { return Ok(found) };
    let fields = [moved.subject, moved.across, moved.up, entity.system.version];
    let columns: Option<Vec<Path>> = fields.into_iter().map(|id| app.own_path(id)).collect();
    let (Some(columns), Some(when)) = (columns, app.own_path(moved.period)) else { return Ok(found) };
    let known = |path: &Path| rights::readable(&visit.actor, path);
    if !columns.iter().take(3).all(known) || !known(&when) {
        return Ok(found);
    }
    let within = Predicate::Compare {
        op: Comparison::Equal,
        right: Term::Literal(Value::from(period.to_string()), when.ty.clone()),
        left: Term::Field(when),
    };
    let mut after = None;
    loop {
        let list = List {
            columns: columns.clone(),
            within: within.clone(),
            after: after.take(),
            ..List::all(entity.id, PAGE)
        };
        let page = visit.ask(list).await?;
        for row in &page.rows {
            let [subject, across, up, version] = row.values.as_slice() else { continue };
            let level = |value: &Value| Level::parse(value.as_text()?);
            let (Some(subject), Some(across), Some(up)) = (subject.as_id(), level(across), level(up)) else { continue };
            let version = if let Value::Int(version) = version { *version } else { 0 };
            found.insert(subject, Put { record: row.id, version, place: (across, up) });
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}

/// Whether somebody may put people into boxes: those who were put before, and those who were not.
pub(super) fn may(actor: &Actor, moved: &Moved) -> (bool, bool) {
    let writes = |action, fields: &[FieldId]| {
        let access = actor.rights.access(moved.entity, action);
        !actor.looks && access.is_some_and(|access| fields.iter().all(|field| access.field(*field).is_some()))
    };
    let again = writes(Action::Update, &[moved.across, moved.up]);
    (again, writes(Action::Create, &[moved.subject, moved.period, moved.across, moved.up]))
}

/// How people of a tile are moved in a period, for whoever may.
pub(super) fn mover(visit: &Visit, tile: &Tile, moved: &Moved, period: Period) -> Option<Mover> {
    if may(&visit.actor, moved) == (false, false) {
        return None;
    }
    let reason = moved.reason.and_then(|id| visit.app().field(id));
    Some(Mover {
        action: format!("{}/move", visit.path),
        tile: tile.name.clone(),
        period: period.to_string(),
        back: visit.query.without(&["saved", "lang"]).text(),
        reason: reason
            .map(|field| Asked { label: field.label.get(visit.locale()).to_owned(), required: field.required }),
    })
}

/// Puts somebody into a box, as a form says.
///
/// # Errors
/// Not found; no such box or period; what the engine refuses otherwise than for what was typed.
pub(in crate::page) async fn act(visit: &Visit, name: &str, sent: &Params) -> Result<Answer, Problem> {
    let app = visit.app();
    let page = app.page_named(name).filter(|page| rights::opens(&visit.actor, page)).ok_or_else(missing)?;
    let PageKind::Dashboard(dashboard) = &page.kind else { return Err(missing()) };
    let named = |name: &str| dashboard.tiles.iter().find(|tile| tile.name == name && rights::tells(&visit.actor, tile));
    let tile = sent.get("tile").and_then(named).ok_or_else(missing)?;
    let moved = tile.boxes.as_ref().and_then(|boxes| boxes.moved.as_ref()).ok_or_else(missing)?;
    let bad = || Problem::new(Kind::BadRequest);
    let subject = record_id(sent.get("of").unwrap_or_default())?;
    let grain = tile.grain.unwrap_or(dashboard.grain);
    let period = sent.get("period").and_then(|text| app.year_start().parse(text));
    let period = period.filter(|period| period.grain() == grain).ok_or_else(bad)?;
    let to = sent.get("to").unwrap_or_default();
    let (across, up) = place(to).ok_or_else(bad)?;
    let known = put(visit, moved, period).await?.remove(&subject);
    let mut fields = Fields::new();
    let mut give = |id: FieldId, value: Value| {
        fields.extend(app.field(id).map(|field| (field.name.to_string(), Given::Value(value))));
    };
    give(moved.across, across.word().into());
    give(moved.up, up.word().into());
    if let Some(reason) = moved.reason {
        let said = sent.get("reason").map(str::trim).filter(|said| !said.is_empty());
        give(reason, said.map_or(Value::Null, Value::from));
    }
    let command = match known {
        // What was there when the page was shown, or nothing: whoever was first is not undone unseen.
        Some(put) => {
            let expected = sent.get("version").and_then(|text| text.parse().ok()).or(Some(0));
            Command::Update { entity: moved.entity, id: put.record, expected, fields }
        }
        None => {
            give(moved.subject, Value::Id(subject));
            give(moved.period, period.to_string().into());
            Command::Create { entity: moved.entity, id: None, fields }
        }
    };
    let path = format!("/p/{}", page.name);
    let back = Params::parse(sent.get("back").unwrap_or_default()).without(&["saved"]);
    let fault = match visit.engine.execute(&visit.actor, command).await {
        Ok(_) => {
            let there = back.with("box", format!("{}.{to}", tile.name)).with("saved", "1");
            return Ok(Answer::To(there.on(&path) + "#box"));
        }
        Err(error @ CommandError::Invalid(_)) => {
            crate::page::case::told(visit.locale(), &Problem::of_command(error, &visit.actor))
        }
        Err(CommandError::Stale { .. }) => visit.say("box-moved-meanwhile").to_owned(),
        Err(error) => return Err(Problem::of_command(error, &visit.actor)),
    };
    let again = Visit { path: path.clone(), query: back, ..visit.clone() };
    let export = format!("{path}/export");
    let (title, help) = (page.label.get(visit.locale()), page.help.get(visit.locale()));
    let head = Head { name: page.name.as_str(), title, help, export: &export, fault: &fault, ..Head::default() };
    Ok(match show_as(&again, &head, dashboard).await? {
        Answer::Page(page) => Answer::Refused(page),
        other => other,
    })
}
