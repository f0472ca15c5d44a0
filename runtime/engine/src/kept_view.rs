//! Ways of looking at a list that people kept, and what a publish makes of the fields they name. What gets another name is
//! written anew in the transaction of the publish. What goes stays written, and is left out and named when the view is opened.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use app::{App, Field, PageKind};
use model::{EntityId, UserId};
use store::{Rewrite, StoreError};

use crate::{
    Engine, address,
    edition::{led, now_called},
};

/// A field that kept views use, and that goes or gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewUse {
    /// The entity that is listed, by name.
    pub entity: String,
    /// The field as the views name it: `weight`, or `owner.code` over a reference.
    pub field: String,
    /// What it is called afterwards; `None` where it goes.
    pub now: Option<String>,
    /// How many views use it.
    pub views: u32,
    /// How many accounts kept them.
    pub owners: u32,
}

/// The entity that is listed, the field as views name it, and what it is called afterwards.
type Used = (String, String, Option<String>);

impl Engine {
    /// What `app` changes of the fields that kept views use, for whoever publishes: counted, without what the views say.
    ///
    /// # Errors
    /// The database failed.
    pub async fn view_uses(&self, app: &App) -> Result<Vec<ViewUse>, StoreError> {
        let edition = self.edition();
        let mut found: BTreeMap<Used, (u32, BTreeSet<UserId>)> = BTreeMap::new();
        for view in self.store().saved_views().all().await? {
            let Some(between) = Between::of(&edition.app, app, &view.page) else { continue };
            let Some(entity) = edition.app.entity(between.was) else { continue };
            for (field, now) in between.follow(&view.query).uses {
                let (views, owners) = found.entry((entity.name.to_string(), field, now)).or_default();
                *views += 1;
                owners.insert(view.account);
            }
        }
        let uses = found.into_iter().map(|((entity, field, now), (views, owners))| ViewUse {
            entity,
            field,
            now,
            views,
            owners: u32::try_from(owners.len()).unwrap_or(u32::MAX),
        });
        Ok(uses.collect())
    }
}

/// What kept views become when an app takes the place of another.
pub(crate) fn rewrite(before: &Arc<App>, after: &Arc<App>) -> Rewrite {
    if !after.all_fields().iter().any(|field| field.renamed_from.is_some()) {
        return Rewrite::default();
    }
    let (before, after) = (before.clone(), after.clone());
    Rewrite::by(move |page, query| Between::of(&before, &after, page)?.follow(query).written())
}

/// A list in two apps.
struct Between<'a> {
    before: &'a App,
    after: &'a App,
    /// The entity listed before.
    was: EntityId,
    /// The entity listed afterwards.
    is: EntityId,
}

/// A query, as it is to be written.
struct Followed {
    pairs: Vec<(String, String)>,
    /// The fields it names that go or get another name, with that name.
    uses: BTreeMap<String, Option<String>>,
}

impl Followed {
    /// The query where it is another than before.
    fn written(&self) -> Option<String> {
        self.uses.values().any(Option::is_some).then(|| address::query(&self.pairs))
    }
}

impl<'a> Between<'a> {
    /// The page of that name, where it is a list in both.
    fn of(before: &'a App, after: &'a App, page: &str) -> Option<Self> {
        let (was, is) = (listed(before, page)?, listed(after, page)?);
        Some(Self { before, after, was, is })
    }

    fn follow(&self, query: &str) -> Followed {
        let mut uses = BTreeMap::new();
        let mut pairs = address::pairs(query);
        for (key, value) in &mut pairs {
            match key.as_str() {
                "q" | "view" => {}
                "columns" => {
                    let names: Vec<String> = value.split(',').map(|name| self.called(name, &mut uses)).collect();
                    *value = names.join(",");
                }
                "sort" => {
                    let (minus, name) = value.strip_prefix('-').map_or(("", value.as_str()), |name| ("-", name));
                    let written = format!("{minus}{}", self.called(name, &mut uses));
                    *value = written;
                }
                filter => {
                    // The ends of a range are filters of their own: `due.from`.
                    let (name, end) = match filter.rsplit_once('.') {
                        Some((name, "from")) => (name, ".from"),
                        Some((name, "to")) => (name, ".to"),
                        _ => (filter, ""),
                    };
                    let written = format!("{}{end}", self.called(name, &mut uses));
                    *key = written;
                }
            }
        }
        Followed { pairs, uses }
    }

    /// What a field is called afterwards, noting it where that is something else; one that goes keeps its name.
    fn called(&self, name: &str, uses: &mut BTreeMap<String, Option<String>>) -> String {
        // What was not there before does not go.
        let Ok(path) = self.before.path(self.was, name) else { return name.to_owned() };
        let now = led(self.before, self.after, self.is, &path, |to, here, was| self.now(to, here, was));
        let now = now.map(|path| self.after.path_text(&path));
        if now.as_deref() != Some(name) {
            uses.insert(name.to_owned(), now.clone());
        }
        now.unwrap_or_else(|| name.to_owned())
    }

    /// The field that one is afterwards. A former name is none of a field that had its present name before already.
    fn now<'t>(&self, to: &'t App, here: EntityId, was: &Field) -> Option<&'t Field> {
        let found = now_called(to, here, was)?;
        let renamed = found.name != was.name;
        let taken = self.before.field_named(was.entity, found.name.as_str()).is_some();
        (!renamed || !taken).then_some(found)
    }
}

/// The entity that a page lists.
fn listed(app: &App, page: &str) -> Option<EntityId> {
    match &app.page_named(page)?.kind {
        PageKind::List { view, .. } => Some(view.entity),
        _ => None,
    }
}
