//! Who may do what, as a table: role × entity × action × field, every other fact that bears on it ([`Fact`]), and what changes
//! from one version to the next.
//!
//! Made from the grants as they are compiled, so that the table and the enforcement cannot part ways. The table is what an
//! app keeps beside its definition (`access.txt`) and what whoever publishes reads before they do.

mod fact;
mod find;

use std::{collections::BTreeSet, fmt};

use model::Locale;
use policy::{Action, Aside, Grant, Mask};

use crate::{App, Entity, Field, Role};

pub use fact::{About, Fact, Matter, Moved};
pub use find::facts;

/// The lines of the table for what lies beside a record; in brackets, because a field may be called so too.
const ASIDES: [(Aside, &str); 2] = [(Aside::Comments, "(comments)"), (Aside::Attachments, "(attachments)")];

/// The line of the table that the fields every record has share where a grant gives all of them.
const OWN: &str = "(made and changed)";

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
        for (name, mask) in lines(app, entity, *action, grant) {
            found.push(gift(Some(name), mask.map(Mask::to_string)));
        }
    }
    found
}

/// The lines of an entity on which an action of a grant stands, each with its pattern where it is seen in part.
fn lines<'a>(app: &'a App, entity: &'a Entity, action: Action, grant: &'a Grant) -> Vec<(&'a str, Option<&'a Mask>)> {
    let mut found = Vec::new();
    for field in app.fields_of(entity) {
        if touches(action, grant, field) {
            found.push((field.name.as_str(), None));
        } else if let Some(mask) = grant.masked.get(&field.id).filter(|_| looks(action)) {
            found.push((field.name.as_str(), Some(mask)));
        }
    }
    let given: Vec<&str> =
        own(app, entity).filter(|field| touches(action, grant, field)).map(|field| field.name.as_str()).collect();
    if given.len() == own(app, entity).count() {
        found.push((OWN, None));
    } else {
        found.extend(given.into_iter().map(|name| (name, None)));
    }
    found.extend(beside(entity, action, grant).map(|name| (name, None)));
    found
}

/// What beside the record a grant gives to read, and to add to, of what the entity takes.
fn beside(entity: &Entity, action: Action, grant: &Grant) -> impl Iterator<Item = &'static str> {
    let reads = action == Action::Read;
    let given =
        ASIDES.into_iter().filter(move |(aside, _)| reads && entity.takes(*aside) && grant.beside.contains(aside));
    given.map(|(_, name)| name)
}

/// The fields every record has, but for its id and version, which whoever sees the record knows.
fn own<'a>(app: &'a App, entity: &Entity) -> impl Iterator<Item = &'a Field> + use<'a> {
    let known = [entity.system.id, entity.system.version];
    entity.system.all().into_iter().filter(move |id| !known.contains(id)).filter_map(move |id| app.field(id))
}

fn looks(action: Action) -> bool {
    !matches!(
        action,
        Action::Create | Action::Update | Action::Import | Action::Uncover | Action::Purge | Action::Erase
    )
}

fn touches(action: Action, grant: &Grant, field: &Field) -> bool {
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

/// The facts that change, in the order of the table; what no longer holds of one matter before what holds instead.
pub fn moves(before: &App, after: &App) -> Vec<Moved> {
    let (old, new) = (facts(before), facts(after));
    let gone = old.difference(&new).map(|fact| Moved { holds: false, fact: fact.clone() });
    let come = new.difference(&old).map(|fact| Moved { holds: true, fact: fact.clone() });
    let mut found: Vec<Moved> = gone.chain(come).collect();
    let place = |moved: &Moved| {
        let Fact { about, name, matter, of, .. } = moved.fact.clone();
        (about, name, matter, of, moved.holds)
    };
    found.sort_by_cached_key(place);
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
        let facts = facts(app);
        let mut roles: Vec<&Role> = app.roles().iter().collect();
        roles.sort_by(|a, b| a.name.cmp(&b.name));
        for role in roles {
            writeln!(f, "\n{}", role.name)?;
            let own = facts.iter().filter(|fact| fact.about == About::Role && fact.name == role.name.as_str());
            for fact in own {
                writeln!(f, "  {}", fact.sentence(Locale::En))?;
            }
            let mut entities: Vec<&Entity> = app.entities().iter().collect();
            entities.sort_by(|a, b| a.name.cmp(&b.name));
            for entity in entities {
                let grants: Vec<&Grant> = role.grants.iter().filter(|grant| grant.entity == entity.id).collect();
                if !grants.is_empty() {
                    section(f, app, entity, &grants)?;
                }
            }
        }
        let mut last = None;
        for fact in facts.iter().filter(|fact| fact.about != About::Role) {
            if last.replace((fact.about, &fact.name)) != Some((fact.about, &fact.name)) {
                writeln!(f, "\n{} {}", fact.about.word(), fact.name)?;
            }
            writeln!(f, "  {}", fact.sentence(Locale::En))?;
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
    let number = |grant: &Grant| conditions.iter().position(|condition| **condition == *grant.written).unwrap_or(0) + 1;
    let mut masks: BTreeSet<String> = BTreeSet::new();
    for grant in grants {
        let at = number(grant);
        let masked = grant.masked.iter().filter_map(|(id, mask)| Some((app.field(*id)?, mask)));
        masks.extend(masked.map(|(field, mask)| format!("{at}# {} {mask}", field.name)));
    }
    for mask in masks {
        writeln!(f, "    {mask}")?;
    }
    let actions: Vec<Action> =
        Action::ALL.into_iter().filter(|action| grants.iter().any(|grant| grant.actions.contains(action))).collect();
    let columns: Vec<_> = actions
        .iter()
        .map(|action| {
            let gives = grants.iter().filter(|grant| grant.actions.contains(action));
            gives.map(|grant| (number(grant), lines(app, entity, *action, grant))).collect::<Vec<_>>()
        })
        .collect();
    let cells = |name: Option<&str>| -> Vec<String> {
        let cell = columns.iter().map(|column| {
            let marks = column.iter().filter_map(|(at, lines)| {
                let Some(name) = name else { return Some(at.to_string()) };
                let (_, mask) = lines.iter().find(|(line, _)| *line == name)?;
                Some(format!("{at}{}", if mask.is_some() { "#" } else { "" }))
            });
            marks.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
        });
        cell.collect()
    };
    let mut table: Vec<Vec<String>> =
        vec![std::iter::once(String::new()).chain(actions.iter().map(|action| action.word().to_owned())).collect()];
    table.push(std::iter::once("(record)".to_owned()).chain(cells(None)).collect());
    let fields = app.fields_of(entity).map(|field| (field.name.as_str(), field.is_computed() && !field.public));
    let own = std::iter::once(OWN).chain(own(app, entity).map(|field| field.name.as_str()));
    let own = own.chain(ASIDES.into_iter().map(|(_, name)| name));
    for (name, narrowed) in fields.chain(own.map(|name| (name, false))) {
        let cells = cells(Some(name));
        if cells.iter().all(String::is_empty) {
            continue;
        }
        let computed = if narrowed { " =" } else { "" };
        table.push(std::iter::once(format!("{name}{computed}")).chain(cells).collect());
    }
    let widths: Vec<usize> = (0..=actions.len())
        .map(|at| table.iter().filter_map(|line| line.get(at)).map(|text| text.chars().count()).max().unwrap_or(0))
        .collect();
    for line in &table {
        let padded: Vec<String> = line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}")).collect();
        writeln!(f, "    {}", padded.join("  ").trim_end())?;
    }
    Ok(())
}
