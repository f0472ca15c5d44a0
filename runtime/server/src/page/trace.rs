//! What a computed value of a record was made of, as a tree that goes down to what people gave, as far as the reader may see it.

use app::FieldKind;
use engine::{Trace, TracePart, Traced};
use formula::Path;
use model::{EntityId, FieldId, RecordId, Value};
use serde::Serialize;

use super::{
    Answer, Visit, columns, names,
    record::{Crumb, title},
    rights,
    visit::missing,
};
use crate::{
    problem::Problem,
    show::{self, Names, Shown},
};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct Page {
    /// The way here.
    pub crumbs: Vec<Crumb>,
    /// The value that was asked for.
    pub tree: Vec<Node>,
}

/// A value, and what it was made of.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Node {
    /// What it is called.
    pub label: String,
    /// The value; nothing for records and for what is hidden.
    pub shown: Option<Shown>,
    /// How it is computed, as written; empty of a value somebody gave.
    pub computed: String,
    /// The record it stands on, where that is another.
    pub href: Option<String>,
    /// What else there is to say: that it is hidden, or that there are more.
    pub note: String,
    /// What it was made of.
    pub parts: Vec<Node>,
}

/// Where the page of a value is.
pub(super) fn address(entity: &app::Entity, id: RecordId, field: &app::Field) -> Option<String> {
    field.computation().map(|_| format!("/r/{}/{id}/trace?field={}", entity.name, field.name))
}

/// What a value was made of.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn show(visit: &Visit, entity: &str, id: RecordId) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let name = visit.query.get("field").unwrap_or_default();
    let field = visit.app().field_named(entity.id, name).ok_or_else(missing)?;
    let seen = visit.app().own_path(field.id).filter(|path| rights::readable(&visit.actor, path));
    if seen.is_none() || field.computation().is_none() {
        return Err(missing());
    }
    let traced = visit.ask(Trace { entity: entity.id, id, field: field.id }).await?.ok_or_else(missing)?;
    let mut wanted = Vec::new();
    references(visit, &traced, &mut wanted);
    let names = names::load(visit, &wanted).await?;
    let (record, _) = title(visit, entity, id).await?;
    let tree = Tree { visit, names: &names, id };
    let label = field.label.get(visit.locale()).to_owned();
    let page = Page {
        crumbs: vec![
            Crumb { label: record, href: Some(format!("/r/{}/{id}", entity.name)) },
            Crumb { label: label.clone(), href: None },
        ],
        tree: vec![tree.cell(label.clone(), &traced)],
    };
    let title = visit.fill("trace-of", &[("what", &label)]);
    visit.page("trace.html", &title, "", page).await.map(Answer::Page)
}

/// The records whose names the tree shows.
fn references(visit: &Visit, traced: &Traced, wanted: &mut Vec<(EntityId, RecordId)>) {
    let app = visit.app();
    let mut want = |field: FieldId, value: &Value| {
        let target = app.field(field).and_then(app::Field::target);
        wanted.extend(target.zip(value.as_id()));
    };
    want(traced.field, &traced.value);
    for part in &traced.parts {
        match part {
            TracePart::Value { path, value } => want(path.field, value),
            TracePart::Records { fields, records, .. } => {
                for (_, values) in records {
                    fields.iter().zip(values).for_each(|(field, value)| want(*field, value));
                }
            }
            TracePart::Cell { .. } | TracePart::Hidden { .. } => {}
        }
    }
    for part in &traced.parts {
        match part {
            TracePart::Cell { of, .. } => references(visit, of, wanted),
            TracePart::Records { through, records, .. } => {
                let of = app.field(through.field).and_then(app::Field::target);
                wanted.extend(records.iter().filter_map(|(id, _)| Some((of?, *id))));
            }
            TracePart::Value { .. } | TracePart::Hidden { .. } => {}
        }
    }
}

/// What every part of the tree needs.
struct Tree<'a> {
    visit: &'a Visit,
    names: &'a Names,
    /// The record that was asked about.
    id: RecordId,
}

impl Tree<'_> {
    fn value(&self, field: FieldId, value: &Value) -> Option<Shown> {
        let field = self.visit.app().field(field)?;
        Some(show::value(&self.visit.reader(), field, value, self.names))
    }

    fn label(&self, path: &Path) -> String {
        columns::label(self.visit.app(), path, self.visit.locale())
    }

    fn cell(&self, label: String, traced: &Traced) -> Node {
        let entity = self.visit.app().entity(traced.entity);
        let elsewhere = entity.filter(|_| traced.id != self.id);
        Node {
            label,
            shown: self.value(traced.field, &traced.value),
            computed: traced.computed.clone().unwrap_or_default(),
            href: elsewhere.map(|entity| format!("/r/{}/{}", entity.name, traced.id)),
            note: String::new(),
            parts: traced.parts.iter().map(|part| self.part(part)).collect(),
        }
    }

    fn part(&self, part: &TracePart) -> Node {
        match part {
            TracePart::Cell { path, of } => self.cell(self.label(path), of),
            TracePart::Value { path, value } => {
                Node { label: self.label(path), shown: self.value(path.field, value), ..Node::default() }
            }
            TracePart::Hidden { path } => {
                let note = self.visit.say("trace-hidden").to_owned();
                Node { label: self.label(path), note, ..Node::default() }
            }
            TracePart::Records { through, fields, records, more } => {
                self.records(through.field, fields, records, *more)
            }
        }
    }

    fn records(&self, through: FieldId, fields: &[FieldId], records: &[(RecordId, Vec<Value>)], more: bool) -> Node {
        let app = self.visit.app();
        let locale = self.visit.locale();
        let field = app.field(through);
        let of = field.and_then(|field| match field.kind {
            FieldKind::Children { of, .. } => app.entity(of),
            _ => None,
        });
        let one = |(id, values): &(RecordId, Vec<Value>)| {
            let (name, href) = match self.names.get(id) {
                Some((name, href)) => (name.clone(), Some(href.clone())),
                None => (of.map_or("", |of| of.label.get(locale)).to_owned(), None),
            };
            let parts = fields.iter().zip(values).map(|(field, value)| Node {
                label: app.field(*field).map_or("", |field| field.label.get(locale)).to_owned(),
                shown: self.value(*field, value),
                ..Node::default()
            });
            Node { label: name, href, parts: parts.collect(), ..Node::default() }
        };
        Node {
            label: field.map_or("", |field| field.label.get(locale)).to_owned(),
            note: if more { self.visit.say("trace-more").to_owned() } else { String::new() },
            parts: records.iter().map(one).collect(),
            ..Node::default()
        }
    }
}
