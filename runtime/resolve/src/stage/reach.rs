//! Reach: what is well-formed and that nobody could ever use.

use std::collections::HashSet;

use app::{App, BlockKind, Page, PageKind, Role, TabKind};
use definition::kind::{
    entity::{self, Again, Combination, Unique},
    page,
};
use metrics::Measure;
use model::{Diagnostic, EntityId, FieldId, FormId, Location, PageId, RoleId};
use policy::{Action, Fields};

use crate::draft::{Draft, Named, Shape};

/// Warns of what no role, menu or page leads to, and refuses pages whose own roles may not read what they show.
pub(crate) fn check(draft: &Draft<'_>, roles: &[Role], pages: &[Page], faults: &mut Vec<Diagnostic>) {
    entities(draft, roles, faults);
    again(draft, roles, faults);
    groups(draft, faults);
    readable(draft, roles, pages, faults);
    led_to(draft, pages, faults);
    forms(draft, pages, faults);
    shadowed(draft, pages, faults);
}

fn entities(draft: &Draft<'_>, roles: &[Role], faults: &mut Vec<Diagnostic>) {
    let granted: HashSet<EntityId> = roles.iter().flat_map(|role| &role.grants).map(|grant| grant.entity).collect();
    // A grant at fault has been told; its entity is not private because of it.
    let written: HashSet<&str> =
        draft.roles.iter().flat_map(|role| &role.words.grants).map(|grant| grant.entity.as_str()).collect();
    for (id, named, _) in draft.each_entity() {
        if !granted.contains(&id) && !written.contains(named.name.as_str()) {
            let message = format!("no role grants anything on `{}`, so nobody can see or change it", named.name);
            let help = "name it in a role's `grants`";
            faults.push(Diagnostic::warning("entity.private", named.at.clone(), message).help(help));
        }
    }
}

/// Making the same again changes a record only for those who may do both: rules may do anything.
fn again(draft: &Draft<'_>, roles: &[Role], faults: &mut Vec<Diagnostic>) {
    let may = |entity: EntityId, action: Action| {
        roles
            .iter()
            .flat_map(|role| &role.grants)
            .any(|grant| grant.entity == entity && grant.actions.contains(&action))
    };
    let broken = roles.len() < draft.roles.len();
    // On rows of a source it does nothing at all, which was told where it is read.
    let written = |(_, named, _): &(EntityId, &Named<'_, entity::Entity>, &Shape)| named.words.source.is_none();
    let actions = draft.rules.iter().flat_map(|rule| &rule.words.actions);
    let made: HashSet<&str> = actions.filter_map(|action| Some(action.create.as_ref()?.entity.as_str())).collect();
    let by_people =
        |(_, named, _): &(EntityId, &Named<'_, entity::Entity>, &Shape)| !made.contains(named.name.as_str());
    for (id, named, _) in draft.each_entity().filter(|_| !broken).filter(written).filter(by_people) {
        for (index, unique) in named.words.unique.iter().enumerate() {
            let Unique::Combination(Combination { again: Again::Update, .. }) = unique else { continue };
            if !may(id, Action::Update) || !(may(id, Action::Create) || may(id, Action::Import)) {
                let at = named.at.child("unique").child(index).child("again");
                let message = format!("no role may both create and update `{}`, so this never happens", named.name);
                faults.push(Diagnostic::error("entity.inert-again", at, message).help("grant both, or leave it out"));
            }
        }
    }
}

fn groups(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    for (name, (_, at)) in &draft.menu {
        let used = draft.pages.iter().any(|page| page.words.menu.as_ref().is_some_and(|menu| menu.group == *name));
        if !used {
            let message = format!("no page stands in the menu group `{name}`");
            faults.push(Diagnostic::warning("menu.empty-group", at.clone(), message));
        }
    }
}

/// Whether one of the roles, or one that everyone holds, may do this with the entity.
fn may(roles: &[Role], named: &[RoleId], entity: EntityId, action: Action) -> bool {
    let held = roles.iter().filter(|role| role.everyone || named.is_empty() || named.contains(&role.id));
    held.flat_map(|role| &role.grants).any(|grant| grant.entity == entity && grant.actions.contains(&action))
}

/// The action that shows what is asked without names, or with them.
fn showing(anonymous: bool) -> Action {
    if anonymous { Action::Aggregate } else { Action::Read }
}

fn shown(kind: &PageKind) -> Option<EntityId> {
    match kind {
        PageKind::List { view, .. } | PageKind::Board { view, .. } | PageKind::Tree { view, .. } => Some(view.entity),
        PageKind::Detail { entity, .. } => Some(*entity),
        PageKind::Home(_) | PageKind::Dashboard(_) => None,
    }
}

fn readable(draft: &Draft<'_>, roles: &[Role], pages: &[Page], faults: &mut Vec<Diagnostic>) {
    let nobody = |entity: EntityId| {
        format!("no role this is for may read `{}`, so nobody can open it", draft.entity_name(entity))
    };
    let without_names = |entity: EntityId| {
        format!("no role this is for may `aggregate` `{}`, so nobody can see a number of it", draft.entity_name(entity))
    };
    for page in pages {
        let Some(at) = draft.pages.get(page.id.index()).map(|named| named.at) else { continue };
        if let Some(entity) = shown(&page.kind)
            && !page.roles.is_empty()
            && !may(roles, &page.roles, entity, Action::Read)
        {
            faults.push(Diagnostic::error("page.nobody-can-open", at.child("roles"), nobody(entity)));
        }
        if let PageKind::Detail { tabs, .. } = &page.kind {
            for tab in tabs {
                if let TabKind::Counters(counters) = &tab.kind
                    && counters.anonymous
                    && !may(roles, &page.roles, counters.entity, Action::Aggregate)
                {
                    let at = at.child("tabs").child(&tab.name).child("counters").child("anonymous");
                    faults.push(Diagnostic::error("page.nobody-can-open", at, without_names(counters.entity)));
                }
            }
        }
        let PageKind::Home(home) = &page.kind else { continue };
        for block in &home.blocks {
            let (entity, anonymous) = match &block.kind {
                BlockKind::List { view, .. } => (view.entity, false),
                BlockKind::Value { entity, anonymous, .. } => (*entity, *anonymous),
                BlockKind::Counters(counters) => (counters.entity, counters.anonymous),
                // Who sees a term follows from its measure.
                BlockKind::Term(_) => continue,
            };
            if (anonymous || !block.roles.is_empty()) && !may(roles, &block.roles, entity, showing(anonymous)) {
                let at = at.child("blocks").child(&block.name);
                let at = if block.roles.is_empty() { at } else { at.child("roles") };
                let message = if anonymous { without_names(entity) } else { nobody(entity) };
                faults.push(Diagnostic::error("page.nobody-can-open", at, message));
            }
        }
    }
}

/// Pages that neither the menu nor another page leads to; a page of one record is reached from records.
fn led_to(draft: &Draft<'_>, pages: &[Page], faults: &mut Vec<Diagnostic>) {
    let mut reached: HashSet<PageId> = draft.home.into_iter().collect();
    for page in pages {
        if let PageKind::Home(home) = &page.kind {
            reached.extend(home.blocks.iter().filter_map(|block| block.more));
        }
    }
    for (id, named) in (0..).map(PageId).zip(&draft.pages) {
        if named.words.menu.is_none() && named.words.kind != page::PageKind::Detail && !reached.contains(&id) {
            let message = format!("neither the menu nor another page leads to `{}`", named.name);
            let help = "give it a place in the `menu`";
            faults.push(Diagnostic::warning("page.unreachable", named.at.clone(), message).help(help));
        }
    }
}

/// Forms that no page names and that are not the standard form of their entity.
fn forms(draft: &Draft<'_>, pages: &[Page], faults: &mut Vec<Diagnostic>) {
    let mut used: HashSet<FormId> = HashSet::new();
    for page in pages {
        match &page.kind {
            PageKind::List { form, .. } | PageKind::Board { form, .. } | PageKind::Tree { form, .. } => {
                used.extend(form);
            }
            PageKind::Detail { form, tabs, .. } => {
                used.extend(form);
                for tab in tabs {
                    match &tab.kind {
                        TabKind::Form(form) => used.extend([*form]),
                        TabKind::Related(related) => used.extend(related.add),
                        TabKind::Counters(_) | TabKind::History => {}
                    }
                }
            }
            PageKind::Home(home) => used.extend(home.blocks.iter().filter_map(|block| block.add)),
            PageKind::Dashboard(_) => {}
        }
    }
    let broken = pages.len() < draft.pages.len();
    for (id, named) in (0..).map(FormId).zip(&draft.forms) {
        let of_entity = draft.forms.iter().filter(|other| other.words.entity == named.words.entity);
        let standard = of_entity.map(|other| &other.name).min() == Some(&named.name);
        if !standard && !used.contains(&id) && !broken {
            let message =
                format!("no page uses the form `{}`, and it is not the standard form of its entity", named.name);
            faults.push(
                Diagnostic::warning("form.unused", named.at.clone(), message).help("name it as the `form` of a page"),
            );
        }
    }
}

/// Computed fields that a grant names and that its role never sees, because nothing lets it read what they are computed from.
pub(crate) fn results(roles_at: &[&Location], app: &App, faults: &mut Vec<Diagnostic>) {
    for (role, at) in app.roles().iter().zip(roles_at) {
        let rights = app.rights(&[role.id]);
        for (index, grant) in role.grants.iter().enumerate() {
            let Fields::Only(named) = &grant.read else { continue };
            if !grant.actions.contains(&Action::Read) {
                continue;
            }
            let access = rights.access(grant.entity, Action::Read);
            for field in named.iter().filter_map(|id| app.field(*id)) {
                let computed = field.is_computed() && !field.public;
                if computed && access.is_some_and(|access| access.field(field.id).is_none()) {
                    let message = format!(
                        "`{}` is never shown by this grant: the role may not read all that it is computed from",
                        field.name
                    );
                    let help = "grant that too, or say `public: true` on the field if the result may be known";
                    let at = at.child("grants").child(index).child("read");
                    faults.push(Diagnostic::warning("grant.hidden-result", at, message).help(help));
                }
            }
        }
    }
}

/// Values that one record only may have, and that a role writes without reading them: what is taken is told to its holders.
pub(crate) fn taken(roles_at: &[&Location], app: &App, faults: &mut Vec<Diagnostic>) {
    for (role, at) in app.roles().iter().zip(roles_at) {
        let rights = app.rights(&[role.id]);
        let mut told: HashSet<EntityId> = HashSet::new();
        for (index, grant) in role.grants.iter().enumerate() {
            let Some(entity) = app.entity(grant.entity).filter(|entity| entity.source.is_none()) else { continue };
            let makes = grant.actions.contains(&Action::Create) || grant.actions.contains(&Action::Import);
            let changes = grant.actions.contains(&Action::Update);
            let writes = |fields: &Vec<FieldId>| makes || changes && fields.iter().any(|id| grant.write.contains(*id));
            let alone = app.fields_of(entity).filter(|field| field.unique).map(|field| vec![field.id]);
            let together = entity.unique.iter().map(|unique| unique.fields.clone());
            let access = rights.access(entity.id, Action::Read);
            let unread = |id: &FieldId| access.is_none_or(|access| access.field(*id).is_none());
            let hidden = alone.chain(together).filter(writes).flatten().find(unread);
            let Some(field) = hidden.and_then(|id| app.field(id)).filter(|_| told.insert(entity.id)) else { continue };
            let message = format!(
                "this role writes `{}` without reading `{}`, of which no two records may have the same: it is told what is taken",
                entity.name, field.name
            );
            let help = "let it read the field, or leave the guessing to the ledger, which notes what is refused";
            let at = at.child("grants").child(index).child("actions");
            faults.push(Diagnostic::warning("grant.tells-taken", at, message).help(help));
        }
    }
}

/// Terms that measure what no role lets anybody read.
pub(crate) fn numbers(terms_at: &[&Location], app: &App, faults: &mut Vec<Diagnostic>) {
    let everybody: Vec<RoleId> = app.roles().iter().map(|role| role.id).collect();
    let rights = app.rights(&everybody);
    for (term, at) in app.terms().iter().zip(terms_at) {
        let Measure::Base(base) = &term.measure else { continue };
        let read = |id: &FieldId| {
            let access = app.field(*id).and_then(|field| rights.access(field.entity, Action::Read));
            access.is_some_and(|access| access.field(*id).is_some())
        };
        let unread = base.reads().into_iter().flat_map(|path| path.hops.iter().chain([&path.field]));
        if let Some(field) = unread.into_iter().find(|id| !read(id)).and_then(|id| app.field(*id)) {
            let message = format!("no role may read `{}`, so nobody ever sees this number", field.name);
            let help = "grant it to somebody";
            faults.push(Diagnostic::warning("term.nobody-reads", at.child("measure"), message).help(help));
        }
    }
}

/// Names that stand for two measures, as far as that is sure before there are units.
pub(crate) fn meanings(terms_at: &[&Location], app: &App, faults: &mut Vec<Diagnostic>) {
    let fingerprint = |term: &metrics::Term| app.fingerprint(term);
    for conflict in metrics::conflict::conflicts(app.terms(), &fingerprint, &|one, other| one == other) {
        let mut terms = conflict.terms.iter().filter_map(|id| app.term(*id));
        let Some(one) = terms.next() else { continue };
        let Some(other) = terms.find(|other| fingerprint(other) != fingerprint(one)) else { continue };
        let place = |term: &metrics::Term| terms_at.get(term.id.index());
        let (Some(first), Some(second)) = (place(one), place(other)) else { continue };
        let names: Vec<String> = conflict.names.iter().map(|name| format!("`{name}`")).collect();
        let message = format!("{} has two meanings", names.join(", "));
        let help = "rename one of them, take the alias away, or say in which units each holds (`scope`)";
        let fault = Diagnostic::warning("term.two-meanings", second.child("label"), message);
        faults.push(fault.label(first.child("label"), "the other one").help(help));
    }
}

/// Of two detail pages of an entity for the same roles in one app, only the first is ever opened.
fn shadowed(draft: &Draft<'_>, pages: &[Page], faults: &mut Vec<Diagnostic>) {
    let details = || {
        pages.iter().filter_map(|page| match page.kind {
            PageKind::Detail { entity, .. } => Some((page, entity)),
            _ => None,
        })
    };
    for (index, (page, entity)) in details().enumerate() {
        let same =
            |(other, of): &(&Page, EntityId)| *of == entity && other.app == page.app && other.roles == page.roles;
        let Some((first, _)) = details().take(index).find(same) else { continue };
        let at = |page: &Page| draft.pages.get(page.id.index()).map(|named| named.at.clone()).unwrap_or_default();
        let message =
            format!("records of `{}` open on another page, so this one is never shown", draft.entity_name(entity));
        let fault = Diagnostic::warning("page.never-shown", at(page), message);
        faults.push(fault.label(at(first), "this one").help("leave one of them out, or give them to different roles"));
    }
}
