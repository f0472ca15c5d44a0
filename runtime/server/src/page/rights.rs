//! What to offer a reader. Offering decides nothing: every question and every act is decided again by the engine.

use app::{Dashboard, Entity, Page, PageKind, Tile};
use engine::{Actor, query::series::visible};
use formula::Path;
use model::{EntityId, FieldId, TermId};
use policy::{Access, Action, Direction, List, Sort, authorize};

/// Whether some grant allows the action on some records of the entity.
pub fn may(actor: &Actor, entity: EntityId, action: Action) -> bool {
    actor.rights.access(entity, action).is_some()
}

/// Whether the reader may ever see what lies at the end of a path, and every reference on the way: what the engine lets them
/// sort and filter by.
pub fn readable(actor: &Actor, path: &Path) -> bool {
    let by = Sort { by: path.clone(), direction: Direction::Ascending };
    let list = List { sort: vec![by], ..List::all(path.entity, 1) };
    authorize(&actor.rights, actor.user, &actor.edition.app, list).is_ok()
}

/// Whether a number may be asked of what lies at the end of a path: without names, it is given by the action `aggregate` on
/// its own entity.
pub fn measurable(actor: &Actor, path: &Path, anonymous: bool) -> bool {
    let access = actor.rights.access(path.entity, Action::Aggregate);
    match anonymous && path.hops.is_empty() {
        true => access.is_some_and(|access| access.field(path.field).is_some()),
        false => readable(actor, path),
    }
}

/// The action by which numbers are asked: with the records behind them, or without names.
pub fn asking(anonymous: bool) -> Action {
    if anonymous { Action::Aggregate } else { Action::Read }
}

/// Whether something of what lies at the end of a path may ever be shown to the reader, whole or in part.
pub fn shown(actor: &Actor, path: &Path) -> bool {
    let app = &actor.edition.app;
    let access = |id: &FieldId| actor.rights.access(app.field(*id)?.entity, Action::Read);
    path.hops.iter().all(|id| access(id).is_some_and(|access| access.field(*id).is_some()))
        && access(&path.field).is_some_and(|access| access.shows(path.field))
}

/// Whether the reader sees every field whole on every row of the entity that they see.
pub fn whole(actor: &Actor, entity: &Entity) -> bool {
    let whole = |access: &Access, field: FieldId| access.field(field).is_some() && access.mask(field).is_none();
    let access = actor.rights.access(entity.id, Action::Read);
    access.is_some_and(|access| entity.fields.iter().all(|field| whole(access, *field)))
}

/// Whether a column may stand in a file: shown to the reader, and given by what lets them export.
pub fn exported(actor: &Actor, path: &Path) -> bool {
    let app = &actor.edition.app;
    let first = path.hops.first().unwrap_or(&path.field);
    let given = |access: &std::sync::Arc<policy::Access>| {
        if path.hops.is_empty() { access.shows(*first) } else { access.field(*first).is_some() }
    };
    shown(actor, path)
        && app.field(*first).and_then(|field| actor.rights.access(field.entity, Action::Export)).is_some_and(given)
}

/// The entity a page shows; none for a home page and a dashboard.
pub fn entity_of(page: &Page) -> Option<EntityId> {
    match &page.kind {
        PageKind::List { view, .. } | PageKind::Board { view, .. } | PageKind::Tree { view, .. } => Some(view.entity),
        PageKind::Detail { entity, .. } => Some(*entity),
        PageKind::Home(_) | PageKind::Dashboard(_) => None,
    }
}

/// Whether a dashboard has a tile for this reader: of their roles, and of terms whose rows they may read.
pub fn measures(actor: &Actor, dashboard: &Dashboard) -> bool {
    dashboard.tiles.iter().any(|tile| tells(actor, tile))
}

/// Whether a tile is of this reader's roles, of terms they may see, and of texts they may read.
pub fn tells(actor: &Actor, tile: &Tile) -> bool {
    let app = &actor.edition.app;
    let sees = |id: &TermId| app.term(*id).is_some_and(|term| visible(actor, term));
    let reads = |id: FieldId| app.own_path(id).is_some_and(|path| readable(actor, &path));
    actor.holds_any(&tile.roles)
        && std::iter::once(&tile.term).chain(&tile.with).all(sees)
        && tile.text.is_none_or(reads)
}

/// Whether the page is there for this reader.
pub fn opens(actor: &Actor, page: &Page) -> bool {
    actor.holds_any(&page.roles)
        && match &page.kind {
            PageKind::Dashboard(dashboard) => measures(actor, dashboard),
            _ => entity_of(page).is_none_or(|entity| may(actor, entity, Action::Read)),
        }
}
