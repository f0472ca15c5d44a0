//! The roles that holders of a role give and take, and whether these lead beyond what the role itself reaches.
//!
//! A role that reaches some people only (`within`) is worth no more than what its holders can give: to one of their people, and by
//! that account to themself. So what it gives must not administer everybody, neither itself nor by what it gives on. Conditions
//! cannot be compared: one that is written differently is a warning, and so are records that no condition binds.

use std::collections::HashSet;

use definition::kind::role;
use model::{Diagnostic, Location, RoleId};

use crate::draft::{Draft, Named};

type Given<'d, 'w> = &'d Named<'w, role::Role>;

/// The roles that holders of a role give and take.
pub(super) fn resolve(
    draft: &Draft<'_>,
    own: RoleId,
    words: &role::Role,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<RoleId>> {
    let security = words.administers.as_ref().is_some_and(|written| written.areas().contains(&role::Area::Security));
    let Some(names) = words.assigns.as_ref() else {
        // Whoever reaches some people only would else give one of them, and by them themself, the rights over everybody.
        if security && words.within.is_some() {
            let message = "this role reaches some people only, and could give them every role";
            let help = "list the roles that its holders give in `assigns`";
            faults.push(Diagnostic::error("role.assigns", at.child("within"), message).help(help));
        }
        return None;
    };
    let at = at.child("assigns");
    if !security {
        let message = "`assigns` does nothing in a role that does not administer `security`";
        faults.push(Diagnostic::error("role.does-not-apply", at, message).help("leave it out"));
        return None;
    }
    let found = names.iter().enumerate().filter_map(|(index, name)| {
        let at = at.child(index);
        let id = draft.role(name, &at, faults)?;
        let given = draft.roles.get(id.index())?;
        if given.words.everyone {
            let message = format!("`{name}` is held by everyone and is given to nobody");
            faults.push(Diagnostic::error("role.assigns", at, message).help("leave it out"));
            return None;
        }
        let led = led_to(draft, id);
        if words.within.is_some() {
            if beyond(words, given, &led, &at, faults) {
                return None;
            }
            unbound(draft, given, &at, faults);
        }
        if id == own || led.iter().any(|(further, _)| *further == own) {
            let message = format!("by `{name}` holders of this role give the role itself on, and those again");
            let help = "that is fine where the administration may be passed on; leave it out where it may not";
            faults.push(Diagnostic::warning("role.assigns-round", at, message).help(help));
        }
        Some(id)
    });
    Some(found.collect())
}

/// The roles that holders of this one give, and those of these, and so on.
fn led_to<'d, 'w>(draft: &'d Draft<'w>, from: RoleId) -> Vec<(RoleId, Given<'d, 'w>)> {
    let (mut met, mut open, mut found) = (HashSet::new(), vec![from], Vec::new());
    while let Some(next) = open.pop() {
        let names = draft.roles.get(next.index()).and_then(|named| named.words.assigns.as_ref());
        for name in names.into_iter().flatten() {
            let given = (0..).map(RoleId).zip(&draft.roles).find(|(_, named)| named.name.as_str() == name.as_str());
            if let Some((id, named)) = given
                && met.insert(id)
            {
                found.push((id, named));
                open.push(id);
            }
        }
    }
    found
}

/// Whether a role administers without a reach of its own.
fn everybody(named: Given<'_, '_>) -> bool {
    named.words.administers.is_some() && named.words.within.is_none()
}

/// Whether a role of some reach gives one, or one that leads to one, that administers everybody.
fn beyond(
    words: &role::Role,
    given: Given<'_, '_>,
    led: &[(RoleId, Given<'_, '_>)],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> bool {
    let help = "leave it out, or give that role the same `within`";
    let name = given.name.as_str();
    if everybody(given) {
        let message = format!("this role reaches some people only, and `{name}` administers everybody");
        faults.push(Diagnostic::error("role.assigns-beyond", at.clone(), message).help(help));
        return true;
    }
    if let Some((_, further)) = led.iter().find(|(_, further)| everybody(further)) {
        let message = format!(
            "this role reaches some people only, and `{name}` leads to `{}`, which administers everybody",
            further.name
        );
        faults.push(Diagnostic::error("role.assigns-beyond", at.clone(), message).help(help));
        return true;
    }
    let reach = |role: &role::Role| Some(role.within.as_ref()?.split_whitespace().collect::<String>());
    if given.words.administers.is_some() && reach(given.words) != reach(words) {
        let message = format!("`{name}` administers within another reach than this role, whose holders could take it");
        let help = "write the same `within` in both, unless the other is sure to be smaller";
        faults.push(Diagnostic::warning("role.assigns-other-reach", at.clone(), message).help(help));
    }
    false
}

/// Warns of a role that sees or changes every record of an entity, which its giver does not reach.
fn unbound(draft: &Draft<'_>, given: Given<'_, '_>, at: &Location, faults: &mut Vec<Diagnostic>) {
    let name = given.name.as_str();
    // What everybody has anyway is nothing that is given.
    let shared = |grant: &role::Grant| {
        let all = draft.roles.iter().filter(|named| named.words.everyone).flat_map(|named| &named.words.grants);
        let mut same = all.filter(|other| other.entity == grant.entity && other.rows.is_none());
        same.any(|other| {
            let fields = other.read.is_none() || other.read == grant.read;
            fields && grant.actions.iter().all(|action| other.actions.contains(action))
        })
    };
    let every = given.words.grants.iter().find(|grant| grant.rows.is_none() && !shared(grant));
    let manages = |grant: &&role::WorkflowGrant| grant.actions.contains(&role::WorkflowAction::Manage);
    let managed = given.words.workflows.iter().filter(manages).find(|grant| grant.rows.is_none());
    let message = match (every, managed) {
        (Some(grant), _) => {
            format!("this role reaches some people only, and `{name}` is for every record of `{}`", grant.entity)
        }
        (None, Some(grant)) => {
            format!("this role reaches some people only, and `{name}` manages every case of `{}`", grant.workflow)
        }
        (None, None) if given.words.views_as => {
            format!("this role reaches some people only, and `{name}` looks at what anybody else sees")
        }
        (None, None) => return,
    };
    let help = "bind it by a `where` to the people of its holder, or leave the role to whoever reaches everybody";
    faults.push(Diagnostic::warning("role.assigns-unbound", at.clone(), message).help(help));
}
