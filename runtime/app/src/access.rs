//! Who may do what, as a table: role × entity × action × field, and what changes from one version to the next.
//!
//! Made from the grants as they are compiled, so that the table and the enforcement cannot part ways. The table is what an
//! app keeps beside its definition (`access.txt`) and what whoever publishes reads before they do.

use std::{collections::BTreeSet, fmt};

use model::Locale;
use policy::{Action, Grant};

use crate::{App, Entity, Role};

/// One line of what a role gives: an action on a field, or on the record as a whole, under a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gift {
    /// The role's name.
    pub role: String,
    /// The entity's name.
    pub entity: String,
    /// The action.
    pub action: Action,
    /// The condition on rows, as written; empty for every record.
    pub condition: String,
    /// The field's name; `None` for the record as a whole.
    pub field: Option<String>,
    /// The pattern it is seen by, where it is seen in part.
    pub mask: Option<String>,
}

/// What one version gives and another does not: an action of a role on some fields, under one condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether it is given from now on, or no longer.
    pub gains: bool,
    /// The role's name.
    pub role: String,
    /// The entity's name.
    pub entity: String,
    /// The action.
    pub action: Action,
    /// The condition on rows, as written; empty for every record.
    pub condition: String,
    /// The fields; empty when it is the record as a whole.
    pub fields: Vec<String>,
}

/// Everything every role gives.
pub fn gifts(app: &App) -> BTreeSet<Gift> {
    app.roles().iter().flat_map(|role| role.grants.iter().flat_map(|grant| given(app, role, grant))).collect()
}

fn given(app: &App, role: &Role, grant: &Grant) -> Vec<Gift> {
    let Some(entity) = app.entity(grant.entity) else { return Vec::new() };
    let mut found = Vec::new();
    for action in &grant.actions {
        let gift = |field: Option<&str>, mask: Option<String>| Gift {
            role: role.name.to_string(),
            entity: entity.name.to_string(),
            action: *action,
            condition: grant.written.to_string(),
            field: field.map(str::to_owned),
            mask,
        };
        found.push(gift(None, None));
        for field in app.fields_of(entity) {
            if touches(*action, grant, field) {
                found.push(gift(Some(field.name.as_str()), None));
            } else if let Some(mask) = grant.masked.get(&field.id).filter(|_| looks(*action)) {
                found.push(gift(Some(field.name.as_str()), Some(mask.to_string())));
            }
        }
    }
    found
}

fn looks(action: Action) -> bool {
    !matches!(
        action,
        Action::Create | Action::Update | Action::Import | Action::Uncover | Action::Purge | Action::Erase
    )
}

fn touches(action: Action, grant: &Grant, field: &crate::Field) -> bool {
    match action {
        Action::Create | Action::Update | Action::Import => field.writable() && grant.write.contains(field.id),
        // Putting into the bin, removing for good and erasing is of the record as a whole.
        Action::Delete | Action::Purge | Action::Erase => false,
        Action::Uncover => grant.masked.contains_key(&field.id),
        _ => grant.read.contains(field.id),
    }
}

/// What changes for whom, role by role; fields that change alike stand together.
pub fn changes(before: &App, after: &App) -> Vec<Change> {
    let (old, new) = (gifts(before), gifts(after));
    let mut found: Vec<Change> = Vec::new();
    for (gains, gift) in
        new.difference(&old).map(|gift| (true, gift)).chain(old.difference(&new).map(|gift| (false, gift)))
    {
        let same = |change: &&mut Change| {
            change.gains == gains
                && change.role == gift.role
                && change.entity == gift.entity
                && change.action == gift.action
                && change.condition == gift.condition
        };
        let field = gift.field.as_ref().map(|name| match &gift.mask {
            Some(mask) => format!("{name} ({mask})"),
            None => name.clone(),
        });
        match found.iter_mut().find(same) {
            Some(change) => change.fields.extend(field),
            None => found.push(Change {
                gains,
                role: gift.role.clone(),
                entity: gift.entity.clone(),
                action: gift.action,
                condition: gift.condition.clone(),
                fields: field.into_iter().collect(),
            }),
        }
    }
    found.sort_by(|a, b| (&a.role, &a.entity, a.action, !a.gains).cmp(&(&b.role, &b.entity, b.action, !b.gains)));
    found
}

/// The whole table, ready to be read and compared.
pub struct Table<'a>(pub &'a App);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let app = self.0;
        writeln!(
            f,
            "Who may do what. Numbers are the conditions above them; `#` is seen in part; `=` is computed and shown only"
        )?;
        writeln!(f, "where everything it is computed from may be read. What is not here is refused.")?;
        let mut roles: Vec<&Role> = app.roles().iter().collect();
        roles.sort_by(|a, b| a.name.cmp(&b.name));
        for role in roles {
            let everyone = if role.everyone { ", held by everyone" } else { "" };
            let administers = match role.administers {
                Some(area) => format!(", administers {}", area.word()),
                None => String::new(),
            };
            let looks = if role.views_as { ", looks at what others see" } else { "" };
            let shares = if role.shares_boards { ", shares boards with everybody" } else { "" };
            writeln!(f, "\n{}{everyone}{administers}{looks}{shares}", role.name)?;
            if let Some(rights) = &role.terms {
                let acts: Vec<&str> = rights.acts.iter().map(|right| right.word()).collect();
                let owners = match rights.owners.is_empty() {
                    true => "every term".to_owned(),
                    false => format!("terms of {}", rights.owners.join(", ")),
                };
                writeln!(f, "  {owners}: {}", acts.join(", "))?;
            }
            let mut entities: Vec<&Entity> = app.entities().iter().collect();
            entities.sort_by(|a, b| a.name.cmp(&b.name));
            for entity in entities {
                let grants: Vec<&Grant> = role.grants.iter().filter(|grant| grant.entity == entity.id).collect();
                if !grants.is_empty() {
                    section(f, app, entity, &grants)?;
                }
            }
            for grant in &role.workflows {
                let words = [("start", grant.start), ("manage", grant.manage)];
                let words: Vec<&str> = words.into_iter().filter(|(_, given)| *given).map(|(word, _)| word).collect();
                writeln!(f, "  workflow {}: {}", grant.workflow, words.join(", "))?;
            }
        }
        Ok(())
    }
}

/// One entity of a role.
fn section(f: &mut fmt::Formatter<'_>, app: &App, entity: &Entity, grants: &[&Grant]) -> fmt::Result {
    match &entity.source {
        Some(source) => writeln!(f, "  {}, which comes from {}", entity.name, source.label.get(Locale::En))?,
        None => writeln!(f, "  {}", entity.name)?,
    }
    let mut conditions: Vec<&str> = Vec::new();
    for grant in grants {
        if !conditions.contains(&&*grant.written) {
            conditions.push(&grant.written);
        }
    }
    for (at, condition) in (1..).zip(&conditions) {
        let condition = condition.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(f, "    {at} {}", if condition.is_empty() { "every record" } else { &condition })?;
    }
    let actions: Vec<Action> =
        Action::ALL.into_iter().filter(|action| grants.iter().any(|grant| grant.actions.contains(action))).collect();
    let cell = |action: Action, mark: &dyn Fn(&Grant) -> Option<&'static str>| {
        let mut marks: Vec<String> = Vec::new();
        for grant in grants.iter().filter(|grant| grant.actions.contains(&action)) {
            let at = conditions.iter().position(|condition| **condition == *grant.written).unwrap_or(0) + 1;
            if let Some(mark) = mark(grant) {
                let mark = format!("{at}{mark}");
                if !marks.contains(&mark) {
                    marks.push(mark);
                }
            }
        }
        marks.sort();
        marks.join(" ")
    };
    let mut lines: Vec<Vec<String>> =
        vec![std::iter::once(String::new()).chain(actions.iter().map(|action| action.word().to_owned())).collect()];
    let record = actions.iter().map(|action| cell(*action, &|_| Some("")));
    lines.push(std::iter::once("(record)".to_owned()).chain(record).collect());
    for field in app.fields_of(entity) {
        let cells: Vec<String> = actions
            .iter()
            .map(|action| {
                cell(*action, &|grant| {
                    if touches(*action, grant, field) {
                        Some("")
                    } else {
                        grant.masked.get(&field.id).filter(|_| looks(*action)).map(|_| "#")
                    }
                })
            })
            .collect();
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let computed = if field.is_computed() && !field.public { " =" } else { "" };
        lines.push(std::iter::once(format!("{}{computed}", field.name)).chain(cells).collect());
    }
    let widths: Vec<usize> = (0..=actions.len())
        .map(|at| lines.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max().unwrap_or(0))
        .collect();
    for line in &lines {
        let padded: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}")).collect();
        writeln!(f, "    {}", padded.join("  ").trim_end())?;
    }
    Ok(())
}
