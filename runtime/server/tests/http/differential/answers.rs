//! Answers that are told as numbers without names, and who looked after or led whom from one day to another: as definitions
//! write them, and as the second telling knows them.

use std::collections::BTreeMap;

use super::{
    condition::{Condition, Value},
    dice::Dice,
    world::{Grant, Role, Row},
};

/// The fields of an answer; by the second and third its cell is told.
pub(super) const FIELDS: [&str; 5] = ["who", "top", "kind", "score", "mark"];

/// What answers are about: the first few of the tops, so that there are cells of several people.
const TOPS: usize = 4;

/// How numbers without names are told.
pub(super) struct Answers {
    /// Fewest people of a cell.
    pub(super) at_least: usize,
    /// Fewest of one of the kind `low`, where that is another number.
    pub(super) low: Option<usize>,
    /// When a cell is told; always where nothing is said.
    pub(super) opens: Option<Condition>,
    /// The tops that are opened, after all answers are in.
    pub(super) opened: Vec<usize>,
}

impl Answers {
    /// Adds grants on answers, the answers themselves, and those who look after units and lead outside the line.
    pub(super) fn random(dice: &mut Dice, roles: &mut [Role], rows: &mut BTreeMap<&'static str, Vec<Row>>) -> Self {
        for role in roles {
            grants(dice, role);
        }
        let people = rows["person"].len();
        for unit in rows.get_mut("unit").into_iter().flatten() {
            unit.insert("partners", several(dice, people, 15));
        }
        for (at, person) in rows.get_mut("person").into_iter().flatten().enumerate() {
            person.insert("dotted", several(dice, at, 25));
        }
        let units = rows["unit"].len();
        rows.insert("care", lines(dice, ("unit", units), ("partners", people)));
        rows.insert("tie", lines(dice, ("who", people), ("dotted", people)));
        rows.insert("answer", (0..60).map(|_| answer(dice, people)).collect());
        let tops: Vec<usize> = (0..TOPS).collect();
        Self {
            at_least: 1 + dice.below(3),
            low: dice.chance(50).then(|| 1 + dice.below(3)),
            opens: dice.chance(75).then(|| Condition::opening(dice)),
            opened: dice.some(&tops, 70),
        }
    }

    /// Fewest people of a cell of that kind.
    pub(super) fn least(&self, kind: &Value) -> usize {
        match (kind, self.low) {
            (Value::Text(code), Some(low)) if code == "low" => low,
            _ => self.at_least,
        }
    }

    /// The app's files that are about answers, and about what lines keep.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let except = self.low.map(|low| format!(", except: {{kind: {{low: {low}}}}}")).unwrap_or_default();
        let opens = self.opens.as_ref().map(|opens| format!(", open_when: '{}'", opens.text())).unwrap_or_default();
        let at_least = self.at_least;
        let days = "  since: {type: date, required: true, label: Since, stands_for: valid_from}\n  until: {type: date, label: Until, stands_for: valid_to}\n";
        vec![
            (
                "entities/answer.yaml",
                format!("label: Answer\ndisplay: id\nanonymity: {{of: who, by: [top, kind], at_least: {at_least}{except}{opens}}}\nfields:\n  who: {{type: person, label: Who}}\n  top: {{type: reference, to: top, label: Top}}\n  kind: {{type: choice, label: Kind, choices: {{low: {{label: low}}, mid: {{label: mid}}, high: {{label: high}}}}}}\n  score: {{type: integer, label: Score}}\n  mark: {{type: decimal, label: Mark}}\n"),
            ),
            (
                "entities/care.yaml",
                format!("label: Care\nstands_for: line\ndisplay: id\nfields:\n  unit: {{type: department, required: true, label: Unit, stands_for: line_of}}\n  partners: {{type: references, to: person, label: Partners, stands_for: partner}}\n{days}"),
            ),
            (
                "entities/tie.yaml",
                format!("label: Tie\nstands_for: line\ndisplay: id\nfields:\n  who: {{type: person, required: true, label: Who, stands_for: line_of}}\n  dotted: {{type: references, to: person, label: Dotted, stands_for: matrix_manager}}\n{days}"),
            ),
            (
                "pages/top.yaml",
                "kind: detail\nlabel: Top\nentity: top\ntabs:\n  numbers: {label: Numbers, counters: {entity: answer, by: top, group: kind, measure: avg(score), anonymous: true}}\n".to_owned(),
            ),
        ]
    }
}

/// Numbers without names for some roles, and the answers themselves for a few.
fn grants(dice: &mut Dice, role: &mut Role) {
    let often = if role.everyone { 25 } else { 65 };
    let grant = |rows, read, nameless| Grant {
        entity: "answer",
        rows,
        read,
        said: false,
        masked: false,
        uncovers: false,
        exports: false,
        nameless,
    };
    for _ in 0..2 {
        if dice.chance(often) {
            let rows = dice.chance(65).then(|| Condition::random(dice, "answer", 1));
            let read = dice.chance(55).then(|| dice.some(&["top", "kind", "score", "mark"], 65));
            role.grants.push(grant(rows, read.filter(|read| !read.is_empty()), true));
        }
    }
    if !role.everyone && dice.chance(30) {
        let rows = match dice.below(3) {
            0 => None,
            1 => Some(Condition::random(dice, "answer", 1)),
            _ => Some(Condition::Mine("who")),
        };
        let read = dice.chance(50).then(|| dice.some(&FIELDS, 65));
        role.grants.push(grant(rows, read.filter(|read| !read.is_empty()), false));
    }
}

/// Some of the first people, by their positions.
fn several(dice: &mut Dice, many: usize, percent: usize) -> Value {
    let some: Vec<Value> = (0..many).filter(|_| dice.chance(percent)).map(|at| Value::Number(at as i64)).collect();
    if some.is_empty() { Value::Null } else { Value::List(some) }
}

/// Lines of some units or people, which may overlap and may name nobody.
fn lines(dice: &mut Dice, (of, many): (&'static str, usize), (what, people): (&'static str, usize)) -> Vec<Row> {
    let text = |text: &str| Value::Text(text.to_owned());
    let mut found = Vec::new();
    for at in 0..many {
        for second in [false, true] {
            if !dice.chance(40) {
                continue;
            }
            let (since, until) = match second {
                false => (text("2025-10-01"), text("2025-11-12")),
                true if dice.chance(50) => (text("2025-11-08"), Value::Null),
                true => (text("2025-11-22"), text("2025-11-28")),
            };
            found.push(Row::from([
                (of, Value::Number(at as i64)),
                (what, several(dice, people, 25)),
                ("since", since),
                ("until", until),
            ]));
        }
    }
    found
}

fn answer(dice: &mut Dice, people: usize) -> Row {
    let mut maybe = |percent: usize, many: usize, step: i64| match dice.chance(percent) {
        true => Value::Null,
        false => Value::Number(dice.below(many) as i64 * step),
    };
    let mut row = Row::from([
        ("who", maybe(10, people, 1)),
        ("top", maybe(15, TOPS, 1)),
        ("score", maybe(15, 7, 100)),
        ("mark", maybe(30, 9, 125)),
    ]);
    let kind = if dice.chance(15) { Value::Null } else { Value::Text(dice.one(&["low", "mid"]).to_owned()) };
    row.insert("kind", kind);
    row
}
