//! A random app with its roles, rows and people: as definitions write it, and as the second telling knows it.

use std::collections::BTreeMap;

use super::{
    answers::{self, Answers},
    condition::{Condition, Path, Value},
    dice::Dice,
};

/// A grant to read, or to ask for numbers without names.
pub(super) struct Grant {
    pub(super) entity: &'static str,
    pub(super) rows: Option<Condition>,
    /// All fields but the masked ones when `None`.
    pub(super) read: Option<Vec<&'static str>>,
    /// Whether comments are given too.
    pub(super) said: bool,
    /// Whether the text `p` and the secret `z` are shown in part.
    pub(super) masked: bool,
    /// Whether these may be uncovered for a reason.
    pub(super) uncovers: bool,
    /// Whether what it gives may leave as a file.
    pub(super) exports: bool,
    /// Whether it gives numbers without names instead of reading.
    pub(super) nameless: bool,
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
    /// How much of the text `p` and of the secret `z` a mask shows.
    pub(super) masks: [&'static str; 2],
    /// How numbers without names are told of answers.
    pub(super) answers: Answers,
    pub(super) rows: BTreeMap<&'static str, Vec<Row>>,
}

/// The fields of each entity that may be granted and asked for.
pub(super) fn fields(entity: &str) -> &'static [&'static str] {
    match entity {
        "item" => &[
            "a", "b", "c", "d", "e", "f", "g", "h", "l", "m", "p", "z", "owner", "up", "k1", "k2", "k3", "s", "k4",
            "k5", "t", "k6", "k7", "u", "v",
        ],
        "top" => &["a", "b", "c", "e", "f", "g", "p", "z", "owner", "sum", "most", "paid"],
        "answer" => &answers::FIELDS,
        _ => &["name", "grade", "e", "f", "unit", "manager"],
    }
}

/// The days of rows.
const DAYS: [&str; 6] = ["2025-10-15", "2025-11-05", "2025-11-10", "2025-11-20", "2025-11-25", "2025-12-01"];

/// The fields a mask shows in part.
pub(super) const MASKED: [&str; 2] = ["p", "z"];

/// What a mask shows of a text: its ends, and something fixed between them.
pub(super) fn masked(mask: &str, text: &str) -> String {
    let (first, last) = ends(mask);
    let between = mask.trim_matches('#');
    let count = text.chars().count();
    if count <= first + last {
        return between.to_owned();
    }
    let begins: String = text.chars().take(first).collect();
    let ends: String = text.chars().skip(count - last).collect();
    format!("{begins}{between}{ends}")
}

/// Another text that the mask shows like this one; `None` where it has none.
pub(super) fn alike(mask: &str, text: &str) -> Option<String> {
    let (first, last) = ends(mask);
    let count = text.chars().count();
    let hidden = |at: usize| count <= first + last || (at >= first && at < count - last);
    let other: String = text.chars().enumerate().map(|(at, shown)| if hidden(at) { '7' } else { shown }).collect();
    (other != text).then_some(other)
}

/// Characters that a mask shows at the beginning and at the end.
fn ends(mask: &str) -> (usize, usize) {
    (mask.len() - mask.trim_start_matches('#').len(), mask.len() - mask.trim_end_matches('#').len())
}

/// The reference or own field a computed field is made from, as paths from its row; `items` and `answers` are all those below.
pub(super) fn inputs(entity: &str, field: &str) -> Option<&'static [Path]> {
    match (entity, field) {
        ("item", "k1") => Some(&["a"]),
        ("item", "k2") => Some(&["k1"]),
        ("item", "k3") => Some(&["up.a"]),
        ("item", "k4") => Some(&["s"]),
        ("item", "k5") => Some(&["up.b"]),
        ("item", "k6") => Some(&["t"]),
        ("item", "k7") => Some(&["e", "up.e"]),
        ("top", "sum") => Some(&["items.a"]),
        // A rollup tells of what its condition reads too.
        ("top", "most") => Some(&["items.a", "items.c"]),
        ("top", "paid") => Some(&["items.g", "items.f"]),
        ("top", "heard") => Some(&["answers.score"]),
        _ => None,
    }
}

impl World {
    pub(super) fn random(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let public = dice.some(&["k1", "k2", "k3", "k5", "k7", "sum", "most", "paid"], 30);
        let masks = [dice.one(&["##**#", "#***", "**##"]), dice.one(&["***###", "##***##"])];
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
                    let exports = entity == "item" && dice.chance(50);
                    // What was said about an item is named by some lists of fields.
                    let said = entity == "item" && read.as_ref().is_none_or(|read| read.len() % 2 == 1);
                    let uncovers = masked && at == 0;
                    grants.push(Grant { entity, rows, read, said, masked, uncovers, exports, nameless: false });
                }
            }
            if grants.is_empty() {
                let rows = Some(Condition::Mine("owner"));
                grants.push(Grant {
                    entity: "item",
                    rows,
                    read: None,
                    said: true,
                    masked: false,
                    uncovers: false,
                    exports: false,
                    nameless: false,
                });
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
        let several = |dice: &mut Dice, of: &[&str]| {
            let some = dice.some(of, 45).into_iter().map(|code| Value::Text(code.to_owned())).collect::<Vec<_>>();
            if some.is_empty() { Value::Null } else { Value::List(some) }
        };
        let day = |dice: &mut Dice| text(dice, &DAYS);
        let code = |dice: &mut Dice| text(dice, &["low", "mid", "high"]);
        let units = (0..6).map(|at| {
            Row::from([("code", Value::Text(format!("u{at}"))), ("parent", to(dice, at)), ("head", Value::Null)])
        });
        let mut units: Vec<Row> = units.collect();
        let persons = (0..people).map(|at| {
            Row::from([
                ("name", Value::Text(format!("p{at}"))),
                ("grade", number(dice, 100)),
                ("e", day(dice)),
                ("f", code(dice)),
                ("unit", to(dice, 6)),
                ("manager", to(dice, at)),
            ])
        });
        rows.insert("person", persons.collect());
        for unit in &mut units {
            unit.insert("head", to(dice, people));
        }
        rows.insert("unit", units);
        // Who worked where and under whom: one after the other, with days between them that nobody speaks of.
        let seats = (0..people).flat_map(|at| [(at, 0), (at, 1)]).filter(|_| dice.chance(70)).collect::<Vec<_>>();
        let seats = seats.into_iter().map(|(at, second)| {
            let since = if second == 0 { "2025-10-01" } else { dice.one(&["2025-11-08", "2025-11-15"]) };
            let until = match second {
                0 => Value::Text("2025-11-06".to_owned()),
                _ if dice.chance(50) => Value::Null,
                _ => Value::Text("2025-11-22".to_owned()),
            };
            Row::from([
                ("who", Value::Number(at as i64)),
                ("unit", to(dice, 6)),
                ("manager", to(dice, at)),
                ("since", Value::Text(since.to_owned())),
                ("until", until),
            ])
        });
        rows.insert("seat", seats.collect());
        let tops = (0..12).map(|_| {
            Row::from([
                ("a", number(dice, 100)),
                ("b", text(dice, &["ax", "bx", "ay"])),
                ("c", flag(dice)),
                ("e", day(dice)),
                ("f", code(dice)),
                ("g", number(dice, 150)),
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
                // Nothing depends on these but the fields computed from them.
                ("s", number(dice, 100)),
                ("t", day(dice)),
                ("u", code(dice)),
                ("v", to(dice, people)),
                ("d", number(dice, 125)),
                ("e", day(dice)),
                ("f", code(dice)),
                ("g", number(dice, 150)),
                ("h", number(dice, 75)),
                ("l", several(dice, &["red", "green", "blue"])),
                (
                    "m",
                    match dice.some(&[0, 2, 4, 6, 8], 30) {
                        some if some.is_empty() => Value::Null,
                        some => Value::List(some.into_iter().map(Value::Number).collect()),
                    },
                ),
                ("p", text(dice, &["13812345678", "abc", "wxyz"])),
                ("z", text(dice, &["330106199001011234", "abc", "wxyz"])),
                ("owner", to(dice, people)),
                ("up", to(dice, 12)),
            ])
        });
        rows.insert("item", items.collect());
        // Dice of their own, so that what is thrown for answers moves nothing else.
        let answers = Answers::random(&mut Dice::new(seed * 977 + 13), &mut roles, &mut rows);
        Self { roles, askers, public, masks, answers, rows }
    }

    /// The mask of a field that is shown in part.
    pub(super) fn mask(&self, field: &str) -> &'static str {
        self.masks[usize::from(field == "z")]
    }

    /// The app's files.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let public = |field: &str| if self.public.contains(&field) { ", public: true" } else { "" };
        let mut files = vec![
            ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\n".to_owned()),
            (
                "entities/unit.yaml",
                "label: Unit\nstands_for: unit\ndisplay: code\nkey: code\nfields:\n  code: {type: text, label: Code}\n  parent: {type: department, label: Parent, stands_for: parent_unit}\n  head: {type: person, label: Head, stands_for: head}\n  partners: {type: references, to: person, label: Partners, stands_for: partner}\n".to_owned(),
            ),
            (
                "entities/person.yaml",
                "label: Person\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: Name}\n  grade: {type: integer, label: Grade}\n  e: {type: date, label: E}\n  f: {type: choice, label: F, choices: {low: {label: low}, mid: {label: mid}, high: {label: high}}}\n  unit: {type: department, label: Unit, stands_for: unit}\n  manager: {type: person, label: Manager, stands_for: manager}\n  dotted: {type: references, to: person, label: Dotted, stands_for: matrix_manager}\n".to_owned(),
            ),
            (
                "entities/seat.yaml",
                "label: Seat\nstands_for: assignment\ndisplay: id\nfields:\n  who: {type: person, required: true, label: Who, stands_for: assigned_person}\n  unit: {type: department, label: Unit, stands_for: assigned_unit}\n  manager: {type: person, label: Manager, stands_for: assigned_manager}\n  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n".to_owned(),
            ),
            (
                "entities/top.yaml",
                format!("label: Top\ndisplay: b\npersonal: {{purpose: To pay, basis: contract, keep: Two years}}\nfields:\n  a: {{type: integer, label: A}}\n  b: {{type: text, label: B}}\n  c: {{type: boolean, label: C}}\n  e: {{type: date, label: E}}\n  f: {{type: choice, label: F, choices: {{low: {{label: low}}, mid: {{label: mid}}, high: {{label: high}}}}}}\n  g: {{type: money, label: G}}\n  p: {{type: text, label: P}}\n  z: {{type: secret, label: Z}}\n  owner: {{type: person, label: Owner}}\n  o: {{type: boolean, label: O}}\n  answers: {{type: children, to: answer, by: top, label: Answers}}\n  heard: {{type: integer, label: Heard, formula: SUM(answers.score)}}\n  items: {{type: children, to: item, by: up, label: Items}}\n  sum: {{type: integer, label: Sum, formula: SUM(items.a){}}}\n  most: {{type: integer, label: Most, rollup: {{of: items, function: max, field: a, where: c == true}}{}}}\n  paid: {{type: money, label: Paid, rollup: {{of: items, function: sum, field: g, where: 'f == \"low\"'}}{}}}\n", public("sum"), public("most"), public("paid")),
            ),
            (
                "entities/item.yaml",
                format!("label: Item\ndisplay: b\nsearch: [b, p]\ncomments: true\npersonal: {{purpose: To pay, basis: contract, keep: Two years}}\nfields:\n  a: {{type: integer, label: A}}\n  b: {{type: text, label: B}}\n  c: {{type: boolean, label: C}}\n  d: {{type: decimal, label: D}}\n  e: {{type: date, label: E}}\n  f: {{type: choice, label: F, choices: {{low: {{label: low}}, mid: {{label: mid}}, high: {{label: high}}}}}}\n  g: {{type: money, label: G}}\n  h: {{type: percent, label: H}}\n  l: {{type: choices, label: L, choices: {{red: {{label: red}}, green: {{label: green}}, blue: {{label: blue}}}}}}\n  m: {{type: references, to: person, label: M}}\n  p: {{type: text, label: P}}\n  z: {{type: secret, label: Z}}\n  owner: {{type: person, label: Owner}}\n  up: {{type: reference, to: top, label: Up}}\n  k1: {{type: integer, label: K1, formula: a + 1{}}}\n  k2: {{type: integer, label: K2, formula: k1 * 2{}}}\n  k3: {{type: integer, label: K3, formula: up.a{}}}\n  s: {{type: integer, label: S}}\n  k4: {{type: integer, label: K4, formula: s * 2}}\n  k5: {{type: text, label: K5, lookup: up.b{}}}\n  t: {{type: date, label: T}}\n  k6: {{type: date, label: K6, formula: t + 7}}\n  k7: {{type: boolean, label: K7, formula: e > up.e{}}}\n  u: {{type: choice, label: U, choices: {{low: {{label: low}}, mid: {{label: mid}}, high: {{label: high}}}}}}\n  v: {{type: person, label: V}}\n", public("k1"), public("k2"), public("k3"), public("k5"), public("k7")),
            ),
            // Somebody must be granted something on units, or the app is told that they are private.
            (
                "roles/units.yaml",
                "label: Units\ngrants:\n  - {entity: unit, actions: [read]}\n  - {entity: seat, actions: [read]}\n  - {entity: care, actions: [read]}\n  - {entity: tie, actions: [read]}\n  - {entity: top, actions: [read]}\n  - {entity: answer, actions: [read, aggregate]}\n".to_owned(),
            ),
            (
                "pages/items.yaml",
                format!(
                    "kind: list\nlabel: Items\nentity: item\ncolumns: [{}]\nfilters: [e, f, owner]\n",
                    fields("item").join(", ")
                ),
            ),
            (
                "pages/tops.yaml",
                "kind: list\nlabel: Tops\nentity: top\ncolumns: [a, b, e, f, g, p, sum, most, paid]\n".to_owned(),
            ),
        ];
        files.extend(self.answers.files());
        for role in &self.roles {
            let mut text = format!("label: {0}\neveryone: {1}\ngrants:\n", role.name, role.everyone);
            for grant in &role.grants {
                let uncovers = if grant.uncovers { ", uncover" } else { "" };
                let exports = if grant.exports { ", export" } else { "" };
                let first = if grant.nameless { "aggregate" } else { "read" };
                let actions = format!("{first}{uncovers}{exports}");
                text.push_str(&format!("  - entity: {}\n    actions: [{actions}]\n", grant.entity));
                if let Some(rows) = &grant.rows {
                    text.push_str(&format!("    where: '{}'\n", rows.text()));
                }
                if let Some(read) = &grant.read {
                    let mut named = read.clone();
                    named.extend(grant.said.then_some("comments"));
                    text.push_str(&format!("    read: [{}]\n", named.join(", ")));
                }
                if grant.masked {
                    let [p, z] = self.masks;
                    text.push_str(&format!("    masked: {{p: '{p}', z: '{z}'}}\n"));
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
