//! Ways of looking at a list that people kept, and what a publish makes of their page and of the fields they name. What gets
//! another name is written anew in the transaction of the publish. What goes stays written: of a field that is gone it is said when
//! the view is opened, and the views of a page that is gone are there again once a list of that name is.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use app::{App, Field, Page, PageKind};
use model::{EntityId, UserId};
use store::{Moved, Rewrite, StoreError};

use crate::{
    Engine, address,
    edition::{led, now_called},
};

/// What kept views are of or use, and that goes or gets another name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewUse {
    /// What it is.
    pub of: Used,
    /// What it is called afterwards; `None` where it goes.
    pub now: Option<String>,
    /// How many views it concerns.
    pub views: u32,
    /// How many accounts kept them.
    pub owners: u32,
}

/// What kept views are of or use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Used {
    /// The list they are of, by name.
    Page(String),
    /// A field that they name.
    Field {
        /// The entity that is listed, by name.
        entity: String,
        /// The field as the views name it: `weight`, or `owner.code` over a reference.
        field: String,
    },
}

impl Engine {
    /// What `app` changes of the pages of kept views and of the fields they use, for whoever publishes: counted, without what the
    /// views say.
    ///
    /// # Errors
    /// The database failed.
    pub async fn view_uses(&self, app: &App) -> Result<Vec<ViewUse>, StoreError> {
        let edition = self.edition();
        let mut found: BTreeMap<(Used, Option<String>), (u32, BTreeSet<UserId>)> = BTreeMap::new();
        for view in self.store().saved_views().all().await? {
            // Of a page that was not there before nothing changes.
            let Some(was) = listed(&edition.app, &view.page) else { continue };
            let between = Between::of(&edition.app, app, &view.page);
            let now = between.as_ref().map(|between| between.page.to_owned());
            let mut uses = Vec::new();
            if now.as_ref() != Some(&view.page) {
                uses.push((Used::Page(view.page), now));
            }
            let entity = edition.app.entity(was).map_or_else(String::new, |entity| entity.name.to_string());
            let fields = between.map(|between| between.follow(&view.query).uses).unwrap_or_default();
            uses.extend(fields.into_iter().map(|(field, now)| (Used::Field { entity: entity.clone(), field }, now)));
            for one in uses {
                let (views, owners) = found.entry(one).or_default();
                *views += 1;
                owners.insert(view.account);
            }
        }
        let uses = found.into_iter().map(|((of, now), (views, owners))| ViewUse {
            of,
            now,
            views,
            owners: u32::try_from(owners.len()).unwrap_or(u32::MAX),
        });
        Ok(uses.collect())
    }
}

/// What kept views become when an app takes the place of another.
pub(crate) fn rewrite(before: &Arc<App>, after: &Arc<App>) -> Rewrite {
    let fields = after.all_fields().iter().any(|field| field.renamed_from.is_some());
    if !fields && !after.pages().iter().any(|page| page.renamed_from.is_some()) {
        return Rewrite::default();
    }
    let (before, after) = (before.clone(), after.clone());
    Rewrite::by(move |page, query| {
        let between = Between::of(&before, &after, page)?;
        let written = between.follow(query).written();
        let differs = written.is_some() || between.page != page;
        let page = between.page.to_owned();
        differs.then(|| Moved { page, query: written.unwrap_or_else(|| query.to_owned()) })
    })
}

/// A list in two apps.
struct Between<'a> {
    before: &'a App,
    after: &'a App,
    /// The name of its page afterwards.
    page: &'a str,
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
    /// The page of that name before, where it is a list in both.
    fn of(before: &'a App, after: &'a App, page: &str) -> Option<Self> {
        let was = listed(before, page)?;
        let page = now_named(before, after, page)?.name.as_str();
        Some(Self { before, after, page, was, is: listed(after, page)? })
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
                    // The ends of a range are filters of their own.
                    let (name, end) = address::filter(self.before, self.was, filter);
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

/// The page that one is afterwards: that of its name, else the one that says it had it, and whose present name was no page's yet.
fn now_named<'t>(before: &App, after: &'t App, page: &str) -> Option<&'t Page> {
    let renamed =
        |now: &&Page| now.renamed_from.as_deref() == Some(page) && before.page_named(now.name.as_str()).is_none();
    after.page_named(page).or_else(|| after.pages().iter().find(renamed))
}

/// The entity that a page lists.
fn listed(app: &App, page: &str) -> Option<EntityId> {
    match &app.page_named(page)?.kind {
        PageKind::List { view, .. } => Some(view.entity),
        _ => None,
    }
}
