//! Conditions on rows: how they are written in a definition or a filter, and what they answer, told a second time.

use std::collections::BTreeSet;

use super::dice::Dice;

/// A value of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A number in hundredths.
    Number(i64),
    /// Days and codes of choices too.
    Text(String),
    /// Several choices or references; none of them is `Null`.
    List(Vec<Value>),
}

/// A path from a row: at most one reference, then a field.
pub(super) type Path = &'static str;

/// Days that something is compared with: as they are written, and which they are.
const DAYS: [(&str, &str); 5] = [
    ("\"2025-11-05\"", "2025-11-05"),
    ("DATE(2025, 11, 25)", "2025-11-25"),
    ("TODAY()", "2025-11-20"),
    ("TODAY() - 10", "2025-11-10"),
    ("TODAY() + 5", "2025-11-25"),
];

/// What may be read on an entity, by what it holds.
struct Paths {
    numbers: &'static [Path],
    texts: &'static [Path],
    flags: &'static [Path],
    people: &'static [Path],
    days: &'static [Path],
    choices: &'static [Path],
    /// Several choices.
    codes: &'static [Path],
    /// Several people.
    groups: &'static [Path],
}

impl Paths {
    /// What grants speak of.
    fn granted(entity: &str) -> Self {
        match entity {
            "item" => Self {
                numbers: &["a", "d", "g", "h", "up.a", "up.g"],
                texts: &["b", "up.b"],
                flags: &["c", "up.c"],
                people: &["owner", "up.owner", "owner.manager"],
                days: &["e", "up.e", "owner.e"],
                choices: &["f", "up.f", "owner.f"],
                codes: &["l"],
                groups: &["m"],
            },
            // Of an answer only what its cell is told by.
            "answer" => Self {
                numbers: &["top.a", "top.g"],
                texts: &["top.b"],
                flags: &["top.c"],
                people: &["top.owner"],
                days: &["top.e"],
                choices: &["kind", "top.f"],
                codes: &[],
                groups: &[],
            },
            "top" => Self {
                numbers: &["a", "g"],
                texts: &["b"],
                flags: &["c"],
                people: &["owner", "owner.manager"],
                days: &["e", "owner.e"],
                choices: &["f", "owner.f"],
                codes: &[],
                groups: &[],
            },
            _ => Self {
                numbers: &["grade"],
                texts: &["name"],
                flags: &[],
                people: &["id", "manager"],
                days: &["e", "manager.e"],
                choices: &["f", "manager.f"],
                codes: &[],
                groups: &[],
            },
        }
    }

    /// What filters may speak of besides: nobody's rights depend on these.
    fn asked(entity: &str) -> Self {
        let granted = Self::granted(entity);
        match entity {
            "item" => Self {
                numbers: &["a", "g", "s", "k1", "k4"],
                texts: &["b", "p", "k5"],
                flags: &["c", "k7"],
                people: &["owner", "v", "v.manager"],
                days: &["e", "t", "k6", "up.e"],
                choices: &["f", "u", "up.f"],
                ..granted
            },
            "top" => Self { texts: &["b", "p"], ..granted },
            _ => granted,
        }
    }
}

/// A condition with three answers.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Compare(Path, &'static str, i64),
    Is(Path, &'static str),
    Contains(Path, &'static str),
    Yes(Path),
    Null(Path),
    Mine(Path),
    /// A day beside one that is known: as it is written, and which it is.
    Day(Path, &'static str, (&'static str, &'static str)),
    /// Two fields of the same type.
    Beside(Path, &'static str, Path),
    /// One of some choices.
    Among(Path, [&'static str; 2]),
    /// Whether several choices hold one.
    Has(&'static str, Path),
    /// Whether several people hold one, or whoever acts.
    Holds(Option<Path>, Path),
    /// A reach function over a person, with the rest of its arguments and the fact it tells of.
    Reach(&'static str, Path, &'static str, Path),
    /// The same as of a day of the record: what stands before the day and after it.
    Then {
        function: &'static str,
        person: Path,
        levels: &'static str,
        day: Path,
        units: &'static str,
        fact: Path,
    },
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

/// The field of a person that answers a question of reach as of today.
#[derive(Clone, Copy)]
enum By {
    Unit,
    Manager,
    /// Those who lead outside the line, who may be none.
    Dotted,
}

/// What a condition looks at.
pub(super) trait Look {
    fn value(&self, path: Path) -> Value;
    fn me(&self) -> Option<String>;
    /// The answer of a reach function on a person.
    fn reach(&self, function: &str, person: &str, rest: &str) -> Option<bool>;
    /// The answer of one as of a day.
    fn then(&self, function: &str, person: &str, levels: &str, day: &str, units: &str) -> Option<bool>;
}

impl Condition {
    /// A random condition of a grant, over an entity's own fields and what its references lead to.
    pub(super) fn random(dice: &mut Dice, entity: &str, depth: usize) -> Self {
        Self::over(dice, entity, depth, &Paths::granted(entity))
    }

    /// A random filter, over what grants speak of or over more than that.
    pub(super) fn filter(dice: &mut Dice, entity: &str) -> Self {
        let paths = if dice.chance(50) { Paths::granted(entity) } else { Paths::asked(entity) };
        // Where somebody stood on another day is for grants to ask.
        std::iter::repeat_with(|| Self::over(dice, entity, 1, &paths)).find(|asked| !asked.is_dated()).unwrap()
    }

    /// When the cells of answers are told: only once they are opened.
    pub(super) fn opening(dice: &mut Dice) -> Self {
        let open = Self::Yes("top.o");
        match dice.below(4) {
            0 => Self::All(vec![open, Self::Compare("top.a", dice.one(&["<", ">=", "!="]), dice.below(6) as i64)]),
            1 => Self::All(vec![open, Self::Not(Box::new(Self::Is("top.f", dice.one(&["low", "mid", "high"]))))]),
            2 => Self::All(vec![open, Self::Any(vec![Self::Null("top.b"), Self::Contains("top.b", "x")])]),
            _ => open,
        }
    }

    /// A random filter over the cells of answers.
    pub(super) fn cells(dice: &mut Dice) -> Self {
        let one = match dice.below(4) {
            0 => Self::Is("kind", dice.one(&["low", "mid"])),
            1 => Self::Among("kind", dice.one(&[["low", "high"], ["mid", "low"]])),
            2 => Self::Null(dice.one(&["kind", "top"])),
            _ => Self::Any(vec![Self::Is("kind", "mid"), Self::Null("top")]),
        };
        if dice.chance(40) { Self::Not(Box::new(one)) } else { one }
    }

    fn is_dated(&self) -> bool {
        match self {
            Self::Then { .. } => true,
            Self::All(items) | Self::Any(items) => items.iter().any(Self::is_dated),
            Self::Not(inner) => inner.is_dated(),
            _ => false,
        }
    }

    fn over(dice: &mut Dice, entity: &str, depth: usize, paths: &Paths) -> Self {
        if depth > 0 && dice.chance(55) {
            let some = |dice: &mut Dice| (0..2).map(|_| Self::over(dice, entity, depth - 1, paths)).collect();
            return match dice.below(3) {
                0 => Self::All(some(dice)),
                1 => Self::Any(some(dice)),
                _ => Self::Not(Box::new(Self::over(dice, entity, depth - 1, paths))),
            };
        }
        let Paths { numbers, texts, flags, people, days, choices, codes, groups } = *paths;
        let order = ["<", "<=", ">", ">=", "==", "!="];
        match dice.below(14) {
            0 | 1 => Self::Compare(dice.one(numbers), dice.one(&order), dice.below(6) as i64),
            2 => Self::Is(dice.one(texts), dice.one(&["ax", "bx", "ay", "p1"])),
            3 => Self::Contains(dice.one(texts), dice.one(&["x", "a", "1"])),
            4 if !flags.is_empty() => Self::Yes(dice.one(flags)),
            5 => Self::Mine(dice.one(people)),
            6 => Self::reach(dice, entity),
            7 => Self::Day(dice.one(days), dice.one(&order), dice.one(&DAYS)),
            8 => match dice.below(3) {
                0 => Self::Beside(dice.one(days), dice.one(&order), dice.one(days)),
                1 => Self::Beside(dice.one(numbers), dice.one(&order), dice.one(numbers)),
                _ => Self::Beside(dice.one(people), dice.one(&["==", "!="]), dice.one(people)),
            },
            9 => Self::Among(dice.one(choices), dice.one(&[["low", "mid"], ["mid", "high"], ["high", "low"]])),
            10 => Self::Is(dice.one(choices), dice.one(&["low", "mid", "high"])),
            11 if !codes.is_empty() => Self::Has(dice.one(&["red", "blue"]), dice.one(codes)),
            12 if !groups.is_empty() => Self::Holds(dice.chance(40).then(|| dice.one(people)), dice.one(groups)),
            11 | 12 => Self::then(dice, entity, days),
            _ => Self::Null(dice.one(&[numbers, texts, people, days, choices].concat())),
        }
    }

    /// A question of reach as of today, or as of a day of the record.
    fn reach(dice: &mut Dice, entity: &str) -> Self {
        if dice.chance(40) {
            return Self::then(dice, entity, Paths::granted(entity).days);
        }
        let (function, rest, by) = dice.one(&[
            ("REPORTS_TO_ME", "", By::Manager),
            ("REPORTS_TO_ME", ", 1", By::Manager),
            ("REPORTS_TO_ME", ", 2", By::Manager),
            ("MATRIX_REPORTS_TO_ME", "", By::Dotted),
            ("IN_MY_UNIT", "", By::Unit),
            ("UNDER_MY_UNIT", "", By::Unit),
            ("UNDER_UNIT_I_HEAD", "", By::Unit),
            ("UNDER_UNIT_I_PARTNER", "", By::Unit),
            ("UNDER_UNIT", ", \"u1\", \"u3\"", By::Unit),
        ]);
        let (person, fact) = Self::asked(entity, by);
        Self::Reach(function, person, rest, fact)
    }

    fn then(dice: &mut Dice, entity: &str, days: &[Path]) -> Self {
        let (function, levels, units, by) = dice.one(&[
            ("REPORTS_TO_ME", ", null", "", By::Manager),
            ("REPORTS_TO_ME", ", 1", "", By::Manager),
            ("MATRIX_REPORTS_TO_ME", "", "", By::Dotted),
            ("IN_MY_UNIT", "", "", By::Unit),
            ("UNDER_MY_UNIT", "", "", By::Unit),
            ("UNDER_UNIT_I_HEAD", "", "", By::Unit),
            ("UNDER_UNIT_I_PARTNER", "", "", By::Unit),
            ("UNDER_UNIT_ON", "", ", \"u1\", \"u3\"", By::Unit),
        ]);
        let (person, fact) = Self::asked(entity, by);
        Self::Then { function, person, levels, day: dice.one(days), units, fact }
    }

    /// The person a question of reach is about, and the field that answers it as of today.
    fn asked(entity: &str, by: By) -> (Path, Path) {
        match (entity, by) {
            ("item" | "top", By::Unit) => ("owner", "owner.unit"),
            ("item" | "top", By::Manager) => ("owner", "owner.manager"),
            ("item" | "top", By::Dotted) => ("owner", "owner.dotted"),
            ("answer", By::Unit) => ("top.owner", "top.owner.unit"),
            ("answer", By::Manager) => ("top.owner", "top.owner.manager"),
            ("answer", By::Dotted) => ("top.owner", "top.owner.dotted"),
            (_, By::Unit) => ("id", "unit"),
            (_, By::Manager) => ("id", "manager"),
            (_, By::Dotted) => ("id", "dotted"),
        }
    }

    /// As a definition or a filter writes it.
    pub(super) fn text(&self) -> String {
        let joined = |items: &[Self], by: &str| {
            let items: Vec<String> = items.iter().map(|item| format!("({})", item.text())).collect();
            items.join(by)
        };
        match self {
            Self::Compare(path, op, number) => format!("{path} {op} {number}"),
            Self::Is(path, text) => format!("{path} == \"{text}\""),
            Self::Contains(path, part) => format!("CONTAINS({path}, \"{part}\")"),
            Self::Yes(path) => (*path).to_owned(),
            Self::Null(path) => format!("{path} == null"),
            Self::Mine(path) => format!("{path} == actor.person"),
            Self::Day(path, op, (day, _)) => format!("{path} {op} {day}"),
            Self::Beside(path, op, other) => format!("{path} {op} {other}"),
            Self::Among(path, [one, other]) => format!("{path} in [\"{one}\", \"{other}\"]"),
            Self::Has(code, path) => format!("\"{code}\" in {path}"),
            Self::Holds(person, path) => format!("{} in {path}", person.unwrap_or("actor.person")),
            Self::Reach(function, person, rest, _) => format!("{function}({person}{rest})"),
            Self::Then { function, person, levels, day, units, .. } => {
                format!("{function}({person}{levels}, {day}{units})")
            }
            Self::All(items) => joined(items, " && "),
            Self::Any(items) => joined(items, " || "),
            Self::Not(inner) => format!("!({})", inner.text()),
        }
    }

    /// The paths it reads.
    pub(super) fn paths(&self, into: &mut BTreeSet<Path>) {
        match self {
            Self::Compare(path, ..) | Self::Is(path, _) | Self::Contains(path, _) => drop(into.insert(path)),
            Self::Yes(path) | Self::Null(path) | Self::Mine(path) => drop(into.insert(path)),
            Self::Day(path, ..) | Self::Among(path, _) | Self::Has(_, path) => drop(into.insert(path)),
            Self::Beside(path, _, other) => into.extend([*path, *other]),
            Self::Holds(person, path) => into.extend(person.iter().chain([path]).copied()),
            Self::Reach(_, person, _, fact) => into.extend([*person, *fact]),
            Self::Then { person, day, fact, .. } => into.extend([*person, *day, *fact]),
            Self::All(items) | Self::Any(items) => items.iter().for_each(|item| item.paths(into)),
            Self::Not(inner) => inner.paths(into),
        }
    }

    /// What it answers; `None` when that is not known.
    pub(super) fn holds(&self, look: &dyn Look) -> Option<bool> {
        match self {
            Self::Compare(path, op, number) => {
                let Value::Number(found) = look.value(path) else { return None };
                Some(ordered(op, &found, &(number * 100)))
            }
            Self::Day(path, op, (_, day)) => match look.value(path) {
                Value::Text(found) => Some(ordered(op, found.as_str(), *day)),
                _ => None,
            },
            Self::Beside(path, op, other) => match (look.value(path), look.value(other)) {
                (Value::Null, _) | (_, Value::Null) => None,
                (one, other) => Some(ordered(op, &one, &other)),
            },
            Self::Among(path, codes) => match look.value(path) {
                Value::Text(found) => Some(codes.contains(&found.as_str())),
                _ => None,
            },
            Self::Has(code, path) => Some(held(&look.value(path), code)),
            Self::Holds(person, path) => {
                let wanted = match person {
                    Some(person) => match look.value(person) {
                        Value::Text(id) => Some(id),
                        _ => None,
                    },
                    None => look.me(),
                };
                wanted.map(|id| held(&look.value(path), &id))
            }
            Self::Is(path, text) => match look.value(path) {
                Value::Text(found) => Some(found == *text),
                _ => None,
            },
            Self::Contains(path, part) => match look.value(path) {
                Value::Text(found) => Some(found.contains(part)),
                _ => None,
            },
            Self::Yes(path) => match look.value(path) {
                Value::Bool(flag) => Some(flag),
                _ => None,
            },
            Self::Null(path) => Some(look.value(path) == Value::Null),
            Self::Mine(path) => match (look.value(path), look.me()) {
                (Value::Text(found), Some(me)) => Some(found == me),
                _ => None,
            },
            // A list that is empty, or hidden, holds nobody; a single place that is so is not known.
            Self::Reach("MATRIX_REPORTS_TO_ME", person, _, fact) => match (look.value(person), look.me()) {
                (Value::Text(_), Some(me)) => Some(held(&look.value(fact), &me)),
                _ => None,
            },
            Self::Reach(function, person, rest, fact) => match (look.value(person), look.value(fact)) {
                (Value::Text(person), fact) if fact != Value::Null => look.reach(function, &person, rest),
                _ => None,
            },
            Self::Then { function, person, levels, day, units, .. } => match (look.value(person), look.value(day)) {
                (Value::Text(person), Value::Text(day)) => look.then(function, &person, levels, &day, units),
                _ => None,
            },
            Self::All(items) => {
                let answers: Vec<_> = items.iter().map(|item| item.holds(look)).collect();
                if answers.contains(&Some(false)) {
                    Some(false)
                } else {
                    answers.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Any(items) => {
                let answers: Vec<_> = items.iter().map(|item| item.holds(look)).collect();
                if answers.contains(&Some(true)) {
                    Some(true)
                } else {
                    answers.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Self::Not(inner) => inner.holds(look).map(|flag| !flag),
        }
    }
}

fn ordered<T: Ord + ?Sized>(op: &str, left: &T, right: &T) -> bool {
    match op {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        "==" => left == right,
        _ => left != right,
    }
}

/// Whether several values hold one; none hold nothing.
fn held(list: &Value, wanted: &str) -> bool {
    matches!(list, Value::List(items) if items.iter().any(|item| matches!(item, Value::Text(text) if text == wanted)))
}
