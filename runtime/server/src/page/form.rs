//! Forms: a record entered or changed. One [`Draft`] holds everything a form knows: what was typed, what it computes, what
//! is wrong with it. It is shown by [`shown`], written by [`save`], and answered to scripts by [`live`].

pub mod control;
mod held;
pub mod live;
pub mod save;
pub mod shown;
pub mod subtable;
pub(super) mod typed;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use app::{Entity, Field, FieldKind, Form, FormItem, FormLayout, FormSection};
use engine::{CommandError, DraftTable, FieldFault, Given};
use formula::{Comparison, Predicate, Term};
use model::{FieldId, FormId, RecordId, Text};
use policy::{Action, Bin, Get, List, Permitted};

use super::{Answer, Visit, columns::Columns, params::Params, rights, scope::Around, visit::missing};
use crate::problem::{Kind, Problem};

/// A form being filled in.
pub struct Draft<'v> {
    pub(super) visit: &'v Visit,
    pub(super) entity: &'v Entity,
    pub(super) form: Cow<'v, Form>,
    /// The record, if it is there already.
    pub(super) id: Option<RecordId>,
    /// Its version when it was read.
    pub(super) version: Option<i64>,
    /// What was typed, by control name; `None` before anything was sent.
    pub(super) typed: Option<Params>,
    /// Values as they are or would be.
    pub(super) around: Around,
    /// Fields of the record the reader may write, row conditions included.
    pub(super) writable: HashMap<FieldId, bool>,
    /// Fields the reader may see.
    pub(super) seen: HashMap<FieldId, bool>,
    /// Faults by control name; the empty name is the record as a whole.
    pub(super) faults: BTreeMap<String, String>,
    /// Rows of sub-tables, by children field.
    pub(super) tables: HashMap<FieldId, subtable::Rows>,
}

impl<'v> Draft<'v> {
    /// A draft with nothing in it.
    async fn new(
        visit: &'v Visit,
        entity: &'v Entity,
        form: Option<&str>,
        id: Option<RecordId>,
    ) -> Result<Self, Problem> {
        let app = visit.app();
        let form = match form.and_then(|name| app.form_named(name)).filter(|form| form.entity == entity.id) {
            Some(form) => Cow::Borrowed(form),
            None => standard(visit, entity),
        };
        let action = if id.is_some() { Action::Update } else { Action::Create };
        let access = visit.actor.rights.access(entity.id, action).cloned().ok_or_else(|| Problem::new(Kind::Denied))?;
        let ids: Vec<FieldId> = app.fields_of(entity).filter(|field| field.writable()).map(|field| field.id).collect();
        let writable: HashMap<FieldId, bool> = match id {
            None => ids.into_iter().map(|id| (id, access.field(id).is_some())).collect(),
            Some(id) => {
                let given: Vec<FieldId> = ids.into_iter().filter(|id| access.field(*id).is_some()).collect();
                let ask = Permitted { entity: entity.id, id, action, fields: given.clone() };
                let may = visit.ask(ask).await?.ok_or_else(missing)?;
                // A form shows what it changes: what is hidden on this record, or seen in part, is not written over unseen.
                let ask = Permitted { entity: entity.id, id, action: Action::Read, fields: given.clone() };
                let sees = visit.ask(ask).await?.ok_or_else(missing)?;
                let both = may.into_iter().zip(sees).map(|(may, sees)| may && sees);
                given.into_iter().zip(both).collect()
            }
        };
        let readable = |field: &Field| app.own_path(field.id).is_some_and(|path| rights::readable(&visit.actor, &path));
        let seen = app.fields_of(entity).map(|field| (field.id, readable(field))).collect();
        Ok(Self {
            visit,
            entity,
            form,
            id,
            version: None,
            typed: None,
            around: Around::new(visit),
            writable,
            seen,
            faults: BTreeMap::new(),
            tables: HashMap::new(),
        })
    }

    /// A new record, with the values the address gives.
    async fn fresh(visit: &'v Visit, entity: &'v Entity, prefill: &Params) -> Result<Self, Problem> {
        let mut draft = Self::new(visit, entity, prefill.get("form"), None).await?;
        let fields = visit.app().fields_of(entity).filter(|field| prefill.get(field.name.as_str()).is_some());
        let given = fields.map(|field| (field.name.to_string(), typed::given(field, prefill, field.name.as_str())));
        let given: Vec<(String, Given)> = given.collect();
        draft.evaluate(&given, &[]).await?;
        draft.faults.clear();
        draft.finish().await?;
        Ok(draft)
    }

    /// A record as it is stored.
    async fn stored(visit: &'v Visit, entity: &'v Entity, form: Option<&str>, id: RecordId) -> Result<Self, Problem> {
        let mut draft = Self::new(visit, entity, form, Some(id)).await?;
        let mut columns = Columns::default();
        let version_at = visit.app().own_path(entity.system.version).map(|path| columns.read(path));
        for field in visit.app().fields_of(entity) {
            columns.show_field(&visit.actor, field.id);
        }
        let get = Get { entity: entity.id, id, columns: columns.paths.clone(), bin: Bin::Outside };
        let row = visit.ask(get).await?.ok_or_else(missing)?;
        draft.version = version_at.and_then(|at| row.values.get(at)).and_then(super::list::whole);
        draft.around = Around::of_row(visit, entity, &columns, &row);
        draft.load_tables().await?;
        draft.finish().await?;
        Ok(draft)
    }

    /// What was typed into a form.
    async fn sent(visit: &'v Visit, entity: &'v Entity, id: Option<RecordId>, typed: Params) -> Result<Self, Problem> {
        let mut draft = Self::new(visit, entity, typed.get("_form"), id).await?;
        draft.version = typed.get("expected").and_then(|text| text.parse().ok());
        draft.typed = Some(typed);
        let given = draft.given_all();
        let tables = draft.type_tables();
        draft.evaluate(&given, &tables).await?;
        draft.finish().await?;
        Ok(draft)
    }

    /// Lets the engine compute what the values given would make of the record.
    async fn evaluate(&mut self, given: &[(String, Given)], tables: &[DraftTable]) -> Result<(), Problem> {
        let visit = self.visit;
        let given = given.to_vec();
        let draft = visit.engine.evaluate_form(&visit.actor, self.entity.id, self.id, &given, tables).await;
        let mut draft = draft.map_err(|error: CommandError| Problem::of_command(error, &visit.actor))?;
        self.drafted_rows(tables, &std::mem::take(&mut draft.rows));
        for (name, value) in draft.values {
            if let Some(field) = visit.app().field_named(self.entity.id, &name) {
                // A draft answers only what the reader may be told, of a stored record and of a new one.
                self.seen.insert(field.id, true);
                self.around.values.insert(field.id, value);
            }
        }
        if let Some(id) = self.id {
            self.around.values.insert(self.entity.system.id, model::Value::Id(id));
        }
        for FieldFault { field, message, .. } in draft.faults {
            self.faults.entry(field.unwrap_or_default()).or_insert(message);
        }
        Ok(())
    }

    /// Reads what the form's conditions need.
    async fn finish(&mut self) -> Result<(), Problem> {
        let form = self.form.clone();
        let conditions: Vec<_> = form
            .sections
            .iter()
            .flat_map(|section| {
                let items = section.items.iter().flat_map(|item| [&item.visible, &item.required, &item.read_only]);
                std::iter::once(&section.visible).chain(items).flatten()
            })
            .collect();
        self.around.reach(self.visit, conditions).await
    }

    /// Whether the reader may give the field a value now.
    fn editable(&self, item: &app::FormItem, field: &Field) -> bool {
        field.writable()
            && self.writable.get(&field.id) == Some(&true)
            && !item.read_only.as_ref().is_some_and(|rule| self.around.holds(rule))
    }

    fn visible(&self, item: &app::FormItem) -> bool {
        item.visible.as_ref().is_none_or(|rule| self.around.holds(rule))
    }

    fn section_visible(&self, section: &app::FormSection) -> bool {
        section.visible.as_ref().is_none_or(|rule| self.around.holds(rule))
    }

    /// The sections whose condition holds, by number.
    fn in_order(&self) -> Vec<usize> {
        let sections = self.form.sections.iter().enumerate();
        sections.filter(|(_, section)| self.section_visible(section)).map(|(at, _)| at).collect()
    }

    /// The section to stand at where this one is asked for: those whose condition does not hold are passed over, on the way
    /// one goes.
    fn in_sight(&self, step: usize, back: bool) -> usize {
        let shown = self.in_order();
        let (before, after) =
            (shown.iter().copied().rfind(|at| *at <= step), shown.iter().copied().find(|at| *at >= step));
        let found = if back { before.or(after) } else { after.or(before) };
        found.unwrap_or(0)
    }

    fn required(&self, item: &app::FormItem, field: &Field) -> bool {
        field.required || item.required.as_ref().is_some_and(|rule| self.around.holds(rule))
    }

    /// The values typed into fields of the record itself that the reader may write, whatever the conditions say.
    fn given_all(&self) -> Vec<(String, Given)> {
        let Some(typed) = &self.typed else { return Vec::new() };
        let items = self.form.sections.iter().flat_map(|section| &section.items);
        let fields = items.filter_map(|item| self.visit.app().field(item.field));
        let given = fields.filter(|field| {
            self.writable.get(&field.id) == Some(&true)
                && typed.has(field.name.as_str())
                && !control::left(field, typed, field.name.as_str())
                && !matches!(field.kind, FieldKind::Children { .. })
        });
        given.map(|field| (field.name.to_string(), typed::given(field, typed, field.name.as_str()))).collect()
    }

    /// What the record is called in the form's title.
    fn title(&self) -> String {
        let visit = self.visit;
        let noun = self.entity.label.get(visit.locale());
        let own = Some(self.form.label.get(visit.locale())).filter(|label| !label.is_empty() && *label != noun);
        match self.id {
            // A form with words of its own says what one does: they are the title as they are.
            None if own.is_some() => own.unwrap_or_default().to_owned(),
            None => visit.fill("new-record", &[("what", noun)]),
            Some(_) => {
                let name = self.around.values.get(&self.entity.display).and_then(model::Value::as_text);
                visit.fill("edit-record", &[("what", name.unwrap_or(noun))])
            }
        }
    }
}

/// The entity's standard form; one of all its fields where none was written.
pub fn standard<'v>(visit: &'v Visit, entity: &Entity) -> Cow<'v, Form> {
    let app = visit.app();
    if let Some(form) = app.standard_form(entity.id) {
        return Cow::Borrowed(form);
    }
    let item = |field: &Field| FormItem {
        field: field.id,
        label: Text::default(),
        visible: None,
        required: None,
        read_only: None,
        span: 1,
        columns: Vec::new(),
    };
    let fields = app.fields_of(entity).filter(|field| !matches!(field.kind, FieldKind::Children { .. }));
    let section = FormSection {
        label: Text::default(),
        help: Text::default(),
        columns: 2,
        visible: None,
        items: fields.map(item).collect(),
    };
    Cow::Owned(Form {
        id: FormId(u32::MAX),
        name: entity.name.clone(),
        entity: entity.id,
        label: Text::default(),
        layout: FormLayout::Page,
        sections: vec![section],
    })
}

/// The form for a new record. Where there is already one of those values, of which there may be only one, its own form:
/// a second press on the same thing goes on with the first.
///
/// # Errors
/// What the engine refuses.
pub async fn new(visit: &Visit, entity: &str) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let draft = Draft::fresh(visit, entity, &visit.query).await?;
    if let Some(id) = already(&draft).await? {
        return Ok(Answer::To(format!("/r/{}/{id}/edit", entity.name)));
    }
    shown::page(&draft, &shown::Extra::default()).await.map(Answer::Page)
}

/// The record the reader may change that has the draft's values in fields no two records may share together.
async fn already(draft: &Draft<'_>) -> Result<Option<RecordId>, Problem> {
    let (visit, entity) = (draft.visit, draft.entity);
    for unique in &entity.unique {
        let known = unique.fields.iter().map(|id| {
            let value = draft.around.values.get(id).filter(|value| !value.is_null())?;
            let path = visit.app().own_path(*id).filter(|path| rights::readable(&visit.actor, path))?;
            let right = Term::Literal(value.clone(), path.ty.clone());
            Some(Predicate::Compare { op: Comparison::Equal, left: Term::Field(path), right })
        });
        let Some(same) = known.collect::<Option<Vec<_>>>() else { continue };
        let list =
            List { filter: same.into_iter().fold(Predicate::always(), Predicate::and), ..List::all(entity.id, 1) };
        let Some(row) = visit.ask(list).await?.rows.into_iter().next() else { continue };
        let change = Permitted { entity: entity.id, id: row.id, action: Action::Update, fields: Vec::new() };
        if visit.ask(change).await?.is_some() {
            return Ok(Some(row.id));
        }
    }
    Ok(None)
}

/// The form for a record that is there.
///
/// # Errors
/// What the engine refuses.
pub async fn edit(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let draft = Draft::stored(visit, entity, visit.query.get("form"), id).await?;
    shown::page(&draft, &shown::Extra::default()).await.map(Answer::Page)
}
