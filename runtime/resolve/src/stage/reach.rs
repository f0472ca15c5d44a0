//! Reach: what is well-formed and that nobody could ever use.

use std::collections::HashSet;

use app::Role;
use model::Diagnostic;

use crate::draft::Draft;

/// Warns of entities no role grants and of menu groups no page stands in.
pub(crate) fn check(draft: &Draft<'_>, roles: &[Role], faults: &mut Vec<Diagnostic>) {
    let granted: HashSet<_> = roles.iter().flat_map(|role| &role.grants).map(|grant| grant.entity).collect();
    for (id, named, _) in draft.each_entity() {
        if !granted.contains(&id) {
            let message = format!("no role grants anything on `{}`, so nobody can see or change it", named.name);
            let help = "name it in a role's `grants`";
            faults.push(Diagnostic::warning("entity.private", named.at.clone(), message).help(help));
        }
    }
    for (name, (_, at)) in &draft.menu {
        let used = draft.pages.iter().any(|page| page.words.menu.as_ref().is_some_and(|menu| menu.group == *name));
        if !used {
            let message = format!("no page stands in the menu group `{name}`");
            faults.push(Diagnostic::warning("menu.empty-group", at.clone(), message));
        }
    }
}
