//! A random app with its roles, rows and people: as definitions write it, and as the second telling knows it.

use std::collections::BTreeMap;

use super::{
    condition::{Condition, Path, Value},
    dice::Dice,
};

/// A grant to read.
pub(super) struct Grant {
    pub(super) entity: &'static str,
    pub(super) rows: Option<Condition>,
    /// All fields but the masked ones when `None`.
    pub(super) read: Option<Vec<&'static str>>,
    /// Whether the text `p` and the secret `z` are shown in part.
    pub(super) masked: bool,
    /// Whether these may be uncovered for a reason.
    pub(super) uncovers: bool,
}

/// A role: its name, whether everyone holds it, and its grants.
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) everyone: bool,
    pub(super) grants: Vec<Grant>,
}

/// Somebody who asks.
pub(super) struct Asker {
    pub(super) login: String,
    pub(super) roles: Vec<&'static str>,
    /// Position among the people; a service has none.
    pub(super) person: Option<usize>,
}

/// A row to be made: values by field, references by position in their entity.
pub(super) type Row = BTreeMap<&'static str, Value>;

/// Everything about one app.
pub(super) struct World {
    pub(super) roles: Vec<Role>,
    pub(super) askers: Vec<Asker>,
    /// Computed fields whose results are public.
    pub(super) public: Vec<&'static str>,
    pub(super) rows: BTreeMap<&'static str, Vec<Row>>,
}

/// The fields of each entity that may be granted and asked for.
pub(super) fn fields(entity: &str) -> &'static [&'static str] {
    match entity {
        "item" => &["a", "b", "c", "d", "p", "z", "owner", "up", "k1", "k2", "k3", "s", "k4", "k5"],
        "top" => &["a", "b", "c", "p", "z", "owner", "sum", "most"],
        _ => &["name", "grade", "unit", "manager"],
    }
}

/// The fields a mask shows in part.
pub(super) const MASKED: [&str; 2] = ["p", "z"];

/// What such a field shows in part: `##**#` of the text, `***###` of the secret.
pub(super) fn masked(field: &str, text: &str) -> String {
    let (first, between, last) = if field == "p" { (2, "**", 1) } else { (0, "***", 3) };
    let count = text.chars().count();
    if count <= first + last {
        return between.to_owned();
    }
    let begins: String = text.chars().take(first).collect();
    let ends: String = text.chars().skip(count - last).collect();
    format!("{begins}{between}{ends}")
}

/// The reference or own field a computed field is made from, as paths from its row; `*` is every item below.
pub(super) fn inputs(entity: &str, field: &str) -> Option<&'static [Path]> {
    match (entity, field) {
        ("item", "k1") => Some(&["a"]),
        ("item", "k2") => Some(&["k1"]),
        ("item", "k3") => Some(&["up.a"]),
        ("item", "k4") => Some(&["s"]),
        ("item", "k5") => Some(&["up.b"]),
        ("top", "sum") => Some(&["*.a"]),
        // A rollup tells of what its condition reads too.
        ("top", "most") => Some(&["*.a", "*.c"]),
        _ => None,
    }
}

impl World {
    pub(super) fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let public = dice.some(&["k1", "k2", "k3", "k5", "sum", "most"], 30);
        let mut roles = Vec::new();
        for (name, everyone) in [("r0", true), ("r1", false), ("r2", false), ("r3", false)] {
            let mut grants = Vec::new();
            for entity in ["item", "top", "person"] {
                for at in 0..if everyone { dice.below(2) } else { dice.below(3) } {
                    let rows = dice.chance(75).then(|| Condition::random(dice, entity, 2));
                    let read = dice.chance(60).then(|| dice.some(fields(entity), 60));
                    let has = entity != "person";
                    let whole = |read: &Vec<&str>| MASKED.iter().any(|field| read.contains(field));
                    let masked = has && dice.chance(35) && !read.as_ref().is_some_and(whole);
                    grants.push(Grant { entity, rows, read, masked, uncovers: masked && at == 0 });
                }
            }
            if grants.is_empty() {
                let rows = Some(Condition::Mine("owner"));
                grants.push(Grant { entity: "item", rows, read: None, masked: false, uncovers: false });
            }
            roles.push(Role { name, everyone, grants });
        }
        let people = 9;
        let askers = (0..5).map(|at| Asker {
            login: format!("asker{at}"),
            roles: {
                let mut held = dice.some(&["r1", "r2", "r3"], 55);
                held.truncate(3);
                held
            },
            person: dice.chance(85).then(|| dice.below(people)),
        });
        let askers = askers.collect();
        let mut rows: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        let text = |dice: &mut Dice, of: &[&str]| {
            if dice.chance(15) { Value::Null } else { Value::Text(dice.one(of).to_owned()) }
        };
        let number = |dice: &mut Dice, step: i64| {
            if dice.chance(15) { Value::Null } else { Value::Number(dice.below(7) as i64 * step) }
        };
        let flag = |dice: &mut Dice| if dice.chance(15) { Value::Null } else { Value::Bool(dice.chance(50)) };
        // References are by position here; the rows of units and people refer to earlier ones only.
        let to = |dice: &mut Dice, many: usize| {
            if many == 0 || dice.chance(20) { Value::Null } else { Value::Number(dice.below(many) as i64) }
        };
        let units = (0..6).map(|at| {
            Row::from([("code", Value::Text(format!("u{at}"))), ("parent", to(dice, at)), ("head", Value::Null)])
        });
        let mut units: Vec<Row> = units.collect();
        let persons = (0..people).map(|at| {
            Row::from([
                ("name", Value::Text(format!("p{at}"))),
                ("grade", number(dice, 100)),
                ("unit", to(dice, 6)),
                ("manager", to(dice, at)),
            ])
        });
        rows.insert("person", persons.collect());
        for unit in &mut units {
            unit.insert("head", to(dice, people));
        }
        rows.insert("unit", units);
        let tops = (0..12).map(|_| {
            Row::from([
                ("a", number(dice, 100)),
                ("b", text(dice, &["ax", "bx", "ay"])),
                ("c", flag(dice)),
                ("p", text(dice, &["13812345678", "abc", "wxyz"])),
                ("z", text(dice, &["330106199001011234", "abc", "wxyz"])),
                ("owner", to(dice, people)),
            ])
        });
        rows.insert("top", tops.collect());
        let items = (0..40).map(|_| {
            Row::from([
                ("a", number(dice, 100)),
                ("b", text(dice, &["ax", "bx", "ay", "by"])),
                ("c", flag(dice)),
                // Nothing depends on this one but the field computed from it.
                ("s", number(dice, 100)),
                ("d", number(dice, 125)),
                ("p", text(dice, &["13812345678", "abc", "wxyz"])),
                ("z", text(dice, &["330106199001011234", "abc", "wxyz"])),
                ("owner", to(dice, people)),
                ("up", to(dice, 12)),
            ])
        });
        rows.insert("item", items.collect());
        Self { roles, askers, public, rows }
    }

    /// The app's files.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let public = |field: &str| if self.public.contains(&field) { ", public: true" } else { "" };
        let mut files = vec![
            ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\n".to_owned()),
            (
                "entities/unit.yaml",
                "label: Unit\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: Code}\n  parent: {type: department, label: Parent, stands_for: parent_unit}\n  head: {type: person, label: Head, stands_for: head}\n".to_owned(),
            ),
            (
                "entities/person.yaml",
                "label: Person\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: Name}\n  grade: {type: integer, label: Grade}\n  unit: {type: department, label: Unit, stands_for: unit}\n  manager: {type: person, label: Manager, stands_for: manager}\n".to_owned(),
            ),
            (
                "entities/top.yaml",
                format!("label: Top\ndisplay: b\npersonal: {{purpose: To pay, basis: contract, keep: Two years}}\nfields:\n  a: {{type: integer, label: A}}\n  b: {{type: text, label: B}}\n  c: {{type: boolean, label: C}}\n  p: {{type: text, label: P}}\n  z: {{type: secret, label: Z}}\n  owner: {{type: person, label: Owner}}\n  items: {{type: children, to: item, by: up, label: Items}}\n  sum: {{type: integer, label: Sum, formula: SUM(items.a){}}}\n  most: {{type: integer, label: Most, rollup: {{of: items, function: max, field: a, where: c == true}}{}}}\n", public("sum"), public("most")),
            ),
            (
                "entities/item.yaml",
                format!("label: Item\ndisplay: b\nsearch: [b]\npersonal: {{purpose: To pay, basis: contract, keep: Two years}}\nfields:\n  a: {{type: integer, label: A}}\n  b: {{type: text, label: B}}\n  c: {{type: boolean, label: C}}\n  d: {{type: decimal, label: D}}\n  p: {{type: text, label: P}}\n  z: {{type: secret, label: Z}}\n  owner: {{type: person, label: Owner}}\n  up: {{type: reference, to: top, label: Up}}\n  k1: {{type: integer, label: K1, formula: a + 1{}}}\n  k2: {{type: integer, label: K2, formula: k1 * 2{}}}\n  k3: {{type: integer, label: K3, formula: up.a{}}}\n  s: {{type: integer, label: S}}\n  k4: {{type: integer, label: K4, formula: s * 2}}\n  k5: {{type: text, label: K5, lookup: up.b{}}}\n", public("k1"), public("k2"), public("k3"), public("k5")),
            ),
            // Somebody must be granted something on units, or the app is told that they are private.
            ("roles/units.yaml", "label: Units\ngrants:\n  - {entity: unit, actions: [read]}\n".to_owned()),
        ];
        for role in &self.roles {
            let mut text = format!("label: {0}\neveryone: {1}\ngrants:\n", role.name, role.everyone);
            for grant in &role.grants {
                let actions = if grant.uncovers { "read, uncover" } else { "read" };
                text.push_str(&format!("  - entity: {}\n    actions: [{actions}]\n", grant.entity));
                if let Some(rows) = &grant.rows {
                    text.push_str(&format!("    where: '{}'\n", rows.text()));
                }
                if let Some(read) = &grant.read {
                    text.push_str(&format!("    read: [{}]\n", read.join(", ")));
                }
                if grant.masked {
                    text.push_str("    masked: {p: '##**#', z: '***###'}\n");
                }
            }
            files.push((
                match role.name {
                    "r0" => "roles/r0.yaml",
                    "r1" => "roles/r1.yaml",
                    "r2" => "roles/r2.yaml",
                    _ => "roles/r3.yaml",
                },
                text,
            ));
        }
        files
    }
}
