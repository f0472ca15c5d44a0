//! Roles: grants with their row conditions and field lists.

mod assigns;

use std::collections::{BTreeMap, BTreeSet};

use app::{Area, FieldKind, Role, TermRight, TermRights, WorkflowGrant};
use definition::{Kind as Document, kind::role};
use formula::Predicate;
use model::{Diagnostic, EntityId, FieldId, Location, RoleId, diagnostic::nearest};
use policy::{Action, Aside, Fields, Grant, Mask};

use crate::{
    draft::Draft,
    text::{optional, text},
};

/// Compiles every role.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Role> {
    let mut roles = Vec::new();
    for (index, named) in (0..).zip(&draft.roles) {
        let words = named.words;
        let administers = area(words, named.at, faults);
        if words.views_as && (words.administers.is_some() || words.everyone) {
            let message = match words.everyone {
                true => "what everyone holds would let everyone look at everything",
                false => "whoever administers sees no records, so they cannot look at those of others",
            };
            let help = "make a role of its own for it, and assign it";
            faults.push(Diagnostic::error("role.views-as", named.at.child("views_as"), message).help(help));
        }
        let nothing = words.grants.is_empty() && words.workflows.is_empty() && words.terms.is_none();
        if nothing && words.administers.is_none() && !words.views_as && !words.shares_boards {
            let message = "this role grants nothing";
            let help = "give it grants, or let it administer";
            faults.push(Diagnostic::error("role.empty", named.at.clone(), message).help(help));
        }
        let grants = words
            .grants
            .iter()
            .enumerate()
            .filter_map(|(index, written)| grant(draft, written, &named.at.child("grants").child(index), faults));
        let grants = grants.collect();
        let workflows = words.workflows.iter().enumerate();
        let workflows = workflows
            .filter_map(|(at, written)| runs(draft, written, &named.at.child("workflows").child(at), faults))
            .collect();
        roles.push(Role {
            id: RoleId(index),
            name: named.name.clone(),
            label: text(&words.label),
            description: optional(words.description.as_ref()),
            everyone: words.everyone,
            administers,
            within: within(draft, words, named.at, faults),
            within_written: words.within.as_deref().unwrap_or_default().into(),
            assigns: assigns::resolve(draft, RoleId(index), words, named.at, faults),
            views_as: words.views_as,
            terms: words.terms.as_ref().and_then(|written| terms(draft, written, &named.at.child("terms"), faults)),
            shares_boards: words.shares_boards && boards(draft, &named.at.child("shares_boards"), faults),
            grants,
            workflows,
        });
    }
    roles
}

/// The people whose accounts a role's administration reaches.
fn within(draft: &Draft<'_>, words: &role::Role, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Predicate> {
    let source = words.within.as_ref()?;
    let at = at.child("within");
    let accounts = words.administers.as_ref().is_some_and(|written| !written.areas().contains(&role::Area::Audit));
    if !accounts {
        let message = "`within` does nothing in a role that administers no accounts";
        faults.push(Diagnostic::error("role.does-not-apply", at, message).help("leave it out"));
        return None;
    }
    let Some(person) = draft.organisation.person else {
        let message = "no entity stands for people, so there is nothing to reach";
        faults.push(Diagnostic::error("role.within", at, message).help("use the app `organisation`"));
        return None;
    };
    draft.filter(source, person, &at, faults).map(|(_, predicate)| predicate)
}

/// The area a role administers. Two would let its holder watch over themself; and what everybody holds administers nothing.
fn area(words: &role::Role, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Area> {
    let written = words.administers.as_ref()?.areas();
    let at = at.child("administers");
    let mut areas: Vec<Area> = written.iter().copied().map(of_word).collect();
    areas.dedup();
    match areas.as_slice() {
        [] => {
            let message = "this role administers nothing";
            let help = "name `system`, `security` or `audit`, or leave the property out";
            faults.push(Diagnostic::error("role.no-area", at, message).help(help));
            None
        }
        [_] if words.everyone => {
            let message = "a role that everyone holds cannot administer";
            let help = "make a role of its own for it, and assign it";
            faults.push(Diagnostic::error("role.everyone-administers", at, message).help(help));
            None
        }
        [area] => Some(*area),
        several => {
            let names: Vec<String> = several.iter().map(|area| format!("`{}`", area.word())).collect();
            let message = format!("one role cannot administer {}", names.join(" and "));
            let help = "make a role for each, so that no holder has the rights of another";
            faults.push(Diagnostic::error("role.two-areas", at, message).help(help));
            None
        }
    }
}

/// Whether there can be boards that somebody puts together: there are units and terms.
fn boards(draft: &Draft<'_>, at: &Location, faults: &mut Vec<Diagnostic>) -> bool {
    let units = draft.organisation.unit.is_some();
    if units && (!draft.terms.is_empty() || draft.any_broken(Document::Term)) {
        return true;
    }
    let message = "nobody can put a board together here, so this does nothing";
    let help = "a board is of a unit and of terms: have an entity that stands for `unit`, and terms in `dictionary/`";
    faults.push(Diagnostic::error("role.does-not-apply", at.clone(), message).help(help));
    false
}

/// The part a role has in the life of terms: there are some, and these units answer for one.
fn terms(draft: &Draft<'_>, written: &role::Terms, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<TermRights> {
    let before = faults.len();
    if draft.terms.is_empty() && !draft.any_broken(Document::Term) {
        let message = "there are no terms, so this does nothing";
        faults.push(Diagnostic::error("role.does-not-apply", at.clone(), message).help("write one in `dictionary/`"));
    }
    if written.actions.is_empty() {
        let message = "nothing is said that may be done";
        let help = "name some of `comment`, `review` and `approve`";
        faults.push(Diagnostic::error("role.does-not-apply", at.child("actions"), message).help(help));
    }
    for (index, owner) in written.owners.iter().enumerate() {
        if !draft.terms.iter().any(|named| named.words.owner.as_str() == owner) {
            let message = format!("no term is answered for by `{owner}`");
            let owners = draft.terms.iter().map(|named| named.words.owner.as_str());
            let fault = Diagnostic::error("role.unknown-owner", at.child("owners").child(index), message);
            faults.push(fault.maybe_help(nearest(owner, owners)));
        }
    }
    let acts = written.actions.iter().map(|action| match action {
        role::TermAction::Comment => TermRight::Comment,
        role::TermAction::Review => TermRight::Review,
        role::TermAction::Approve => TermRight::Approve,
    });
    (faults.len() == before).then(|| TermRights { acts: acts.collect(), owners: written.owners.clone() })
}

fn of_word(written: role::Area) -> Area {
    match written {
        role::Area::System => Area::System,
        role::Area::Security => Area::Security,
        role::Area::Audit => Area::Audit,
    }
}

/// What a role may do with a workflow.
fn runs(
    draft: &Draft<'_>,
    written: &role::WorkflowGrant,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<WorkflowGrant> {
    let found = draft.workflow(&written.workflow, &at.child("workflow"), faults)?;
    if written.actions.is_empty() {
        let help = "name `start` or `manage`";
        faults.push(Diagnostic::error("role.no-action", at.child("actions"), "this gives nothing").help(help));
    }
    let rows = match &written.rows {
        Some(source) => {
            // What the cases are about is told where it is written, and there alone when it is not known.
            let entity = draft.entity(&found.words.entity, found.at, &mut Vec::new())?;
            draft.filter(source, entity, &at.child("where"), faults)?.1
        }
        None => Predicate::always(),
    };
    Some(WorkflowGrant {
        workflow: found.name.clone(),
        start: written.actions.contains(&role::WorkflowAction::Start),
        manage: written.actions.contains(&role::WorkflowAction::Manage),
        rows,
        written: written.rows.as_deref().unwrap_or_default().into(),
    })
}

fn grant(draft: &Draft<'_>, written: &role::Grant, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Grant> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let rows = match &written.rows {
        Some(source) => draft.filter(source, entity, &at.child("where"), faults).map(|(_, predicate)| predicate),
        None => Some(Predicate::always()),
    };
    let actions: BTreeSet<Action> = written.actions.iter().copied().map(action).collect();
    if actions.is_empty() {
        let message = "this grant allows nothing";
        faults.push(
            Diagnostic::error("grant.empty", at.child("actions"), message).help("name its actions, as in `[read]`"),
        );
    }
    sourced(draft, written, entity, &at.child("actions"), faults);
    if actions.contains(&Action::Erase) && draft.organisation.person != Some(entity) {
        let message = format!("`{}` does not stand for people, so there is nobody to erase", draft.entity_name(entity));
        let help = "give `erase` on the entity that stands for `person`; others follow by their `subject`";
        faults.push(Diagnostic::error("grant.nobody-to-erase", at.child("actions"), message).help(help));
    }
    if actions.contains(&Action::Uncover) && (written.masked.is_empty() || !actions.contains(&Action::Read)) {
        let message = "`uncover` shows whole what `read` of the same grant shows in part, and there is nothing of that";
        let help = "name fields under `masked` and give `read` too, or leave `uncover` out";
        faults.push(Diagnostic::error("grant.nothing-to-uncover", at.child("actions"), message).help(help));
    }
    let reads = [Action::Read, Action::Export, Action::Delete, Action::Restore, Action::Aggregate]
        .iter()
        .any(|one| actions.contains(one));
    let writes = [Action::Create, Action::Update, Action::Import].iter().any(|one| actions.contains(one));
    let beside = beside(draft, entity, written, &at.child("read"), faults);
    let read = written.read.as_ref().map(|names| fields(draft, entity, names, &at.child("read"), false, faults));
    let write = written.write.as_ref().map(|names| fields(draft, entity, names, &at.child("write"), true, faults));
    if read.is_some() && !reads && written.write.is_some() {
        let message = "`read` does nothing in a grant whose actions only write";
        faults.push(Diagnostic::error("grant.does-not-apply", at.child("read"), message));
    }
    if write.is_some() && !writes {
        let message = "`write` does nothing in a grant without `create`, `update` or `import`";
        faults.push(Diagnostic::error("grant.does-not-apply", at.child("write"), message));
    }
    let masked = masked(draft, entity, written, reads, &at.child("masked"), faults);
    cells(draft, entity, &actions, rows.as_ref(), at, faults);
    let hidden: BTreeSet<FieldId> = masked.keys().copied().collect();
    let everything = |list: Option<BTreeSet<FieldId>>| match list {
        Some(list) => Fields::Only(&list - &hidden),
        None if hidden.is_empty() => Fields::All,
        None => Fields::Except(hidden.clone()),
    };
    // What may be written is what may be read unless said, without the fields nobody writes.
    let write = match (write, &read) {
        (Some(write), _) => Fields::Only(write),
        (None, Some(read)) => {
            let writable = read.iter().copied().filter(|id| draft.field_by_id(*id).is_some_and(app::Field::writable));
            Fields::Only(writable.collect())
        }
        // What is seen in part cannot be changed knowingly.
        (None, None) => everything(None),
    };
    if writes && write == Fields::Only(BTreeSet::new()) {
        let message = "this grant allows to write, but not a single field";
        faults.push(Diagnostic::error("grant.no-field", at.clone(), message).help("name the fields under `write`"));
    }
    // Whoever sees a record knows which one it is and which version of it they saw.
    let own = ["id", "version"].into_iter().filter_map(|name| Some(draft.field_named(entity, name)?.id));
    let read = read.map(|mut read| {
        read.extend(own);
        read
    });
    let read = everything(read);
    let written = written.rows.as_deref().unwrap_or_default().into();
    Some(Grant { entity, actions, rows: rows?, read, beside, masked, write, written })
}

/// Rows of another system are written by what it sends and by nobody else.
fn sourced(draft: &Draft<'_>, written: &role::Grant, entity: EntityId, at: &Location, faults: &mut Vec<Diagnostic>) {
    let named = draft.entities.get(entity.index());
    if named.is_none_or(|named| named.words.source.is_none()) {
        return;
    }
    for (index, action) in written.actions.iter().enumerate() {
        let writes = matches!(
            action,
            role::Action::Create
                | role::Action::Update
                | role::Action::Delete
                | role::Action::Restore
                | role::Action::Purge
        );
        if writes {
            let word = self::action(*action).word();
            let message = format!(
                "nobody may `{word}` `{}`: its rows come from the system its `source` names",
                draft.entity_name(entity)
            );
            let help =
                "leave the action out; rows come in by `import`, and what is wrong is put right where it comes from";
            faults.push(Diagnostic::error("grant.source-bound", at.child(index), message).help(help));
        }
    }
}

/// The word for what lies beside the records of an entity, unless a field of theirs is called so.
fn aside(draft: &Draft<'_>, entity: EntityId, name: &str) -> Option<Aside> {
    Aside::ALL.into_iter().find(|aside| aside.word() == name).filter(|_| draft.field_named(entity, name).is_none())
}

/// What beside a record a grant gives: all of it where it has no list of fields, and else what the list names.
fn beside(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &role::Grant,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> BTreeSet<Aside> {
    let Some(names) = &written.read else { return Aside::ALL.into() };
    let takes = |aside: Aside| match draft.entities.get(entity.index()).map(|named| named.words) {
        Some(words) if aside == Aside::Comments => words.comments,
        Some(words) => words.attachments,
        None => true,
    };
    let mut found = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        let Some(aside) = aside(draft, entity, name) else { continue };
        let at = at.child(index);
        if !takes(aside) {
            let message = format!("`{}` takes no {name}, so naming them gives nothing", draft.entity_name(entity));
            let help = format!("leave `{name}` out, or switch them on in the entity by `{name}: true`");
            faults.push(Diagnostic::error("grant.does-not-apply", at, message).help(help));
        } else if !written.actions.contains(&role::Action::Read) {
            let message = format!("`{name}` are read, and added, by a grant with the action `read`, and this has none");
            let help = format!("leave `{name}` out, or give `read` too");
            faults.push(Diagnostic::error("grant.does-not-apply", at, message).help(help));
        } else if !found.insert(aside) {
            faults.push(Diagnostic::error("grant.named-twice", at, format!("`{name}` is named twice")));
        }
    }
    found
}

/// The patterns of fields seen in part.
fn masked(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &role::Grant,
    reads: bool,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> BTreeMap<FieldId, Mask> {
    let mut found = BTreeMap::new();
    if !reads && !written.masked.is_empty() {
        let message = "`masked` does nothing in a grant whose actions only write";
        faults.push(Diagnostic::error("grant.does-not-apply", at.clone(), message));
    }
    for (name, pattern) in &written.masked {
        let at = at.child(name);
        let Some(field) = draft.own_field(entity, name, &at, faults) else { continue };
        let text = matches!(field.kind, FieldKind::Text | FieldKind::Serial { .. } | FieldKind::Secret);
        if !text && !draft.broken_fields.contains(&field.id) {
            let message = format!("only a text can be shown in part, and `{name}` is not one");
            faults.push(Diagnostic::error("grant.not-maskable", at, message).help("leave it out of `read` instead"));
            continue;
        }
        if written.read.as_ref().is_some_and(|read| read.contains(name)) {
            let message = format!("`{name}` is read whole by this grant, so there is nothing to mask");
            faults.push(Diagnostic::error("grant.masked-and-read", at, message).help("leave it out of `read`"));
            continue;
        }
        match Mask::parse(pattern) {
            Ok(mask) => drop(found.insert(field.id, mask)),
            Err(why) => {
                let message = format!("`{pattern}` is no mask: {why}");
                faults.push(Diagnostic::error("grant.bad-mask", at, message).help("write it as in `###****####`"));
            }
        }
    }
    found
}

/// Numbers without names need cells, and a condition that takes each of them whole.
fn cells(
    draft: &Draft<'_>,
    entity: EntityId,
    actions: &BTreeSet<Action>,
    rows: Option<&Predicate>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) {
    if !actions.contains(&Action::Aggregate) {
        return;
    }
    let named = draft.entities.get(entity.index());
    let Some(anonymity) = named.and_then(|named| named.words.anonymity.as_ref()) else {
        let message =
            format!("`{}` does not say how it may be asked for numbers without names", draft.entity_name(entity));
        let help = "give the entity `anonymity`, or leave `aggregate` out";
        faults.push(Diagnostic::error("grant.no-anonymity", at.child("actions"), message).help(help));
        return;
    };
    let by: Vec<FieldId> = anonymity.by.iter().filter_map(|name| Some(draft.field_named(entity, name)?.id)).collect();
    let splits = |path: &&formula::Path| !by.contains(path.hops.first().unwrap_or(&path.field));
    if let Some(path) = rows.into_iter().flat_map(Predicate::paths).find(splits) {
        let name = draft.field_name(*path.hops.first().unwrap_or(&path.field));
        let message =
            format!("this condition parts cells of `anonymity` by `{name}`, and what is left of one tells of the rest");
        let help = "speak only of the fields of `by`, and of who acts";
        faults.push(Diagnostic::error("grant.splits-cells", at.child("where"), message).help(help));
    }
}

fn fields(
    draft: &Draft<'_>,
    entity: EntityId,
    names: &[String],
    at: &Location,
    to_write: bool,
    faults: &mut Vec<Diagnostic>,
) -> BTreeSet<FieldId> {
    let mut found = BTreeSet::new();
    for (index, name) in names.iter().enumerate() {
        let at = at.child(index);
        if aside(draft, entity, name).is_some() {
            if to_write {
                let message = format!("`{name}` are no field: whoever reads them adds to them");
                let help = format!("name `{name}` under `read`");
                faults.push(Diagnostic::error("grant.does-not-apply", at, message).help(help));
            }
            continue;
        }
        let Some(field) = draft.own_field(entity, name, &at, faults) else { continue };
        if to_write && !field.writable() && !draft.broken_fields.contains(&field.id) {
            let message = format!("nobody writes `{name}`: the platform does");
            faults.push(Diagnostic::error("grant.not-writable", at, message).help("leave it out of `write`"));
        } else if !found.insert(field.id) {
            faults.push(Diagnostic::error("grant.named-twice", at, format!("`{name}` is named twice")));
        }
    }
    found
}

fn action(written: role::Action) -> Action {
    match written {
        role::Action::Create => Action::Create,
        role::Action::Read => Action::Read,
        role::Action::Update => Action::Update,
        role::Action::Delete => Action::Delete,
        role::Action::Restore => Action::Restore,
        role::Action::Export => Action::Export,
        role::Action::Import => Action::Import,
        role::Action::Aggregate => Action::Aggregate,
        role::Action::Uncover => Action::Uncover,
        role::Action::Purge => Action::Purge,
        role::Action::Erase => Action::Erase,
    }
}
