//! One condition, two evaluations: in memory and in SQL they select the same rows, for everyone and for a masked reader.

use std::collections::HashMap;

use app::App;
use formula::{ActorAttribute, Arithmetic, Comparison, Path, Predicate, Scope, Term, TextMatch};
use model::{Date, Decimal, FieldId, RecordId, Timestamp, Type, Value};
use policy::{Access, Action, Rights, authorize};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::world::{USER, World, now};

both!(sql_selects_what_memory_selects);

type Rows = HashMap<RecordId, HashMap<FieldId, Value>>;

/// One row as memory sees it.
struct Seen<'a> {
    app: &'a App,
    rows: &'a Rows,
    id: RecordId,
    /// Whose masks apply.
    reader: Option<&'a Rights>,
}

impl Seen<'_> {
    fn access(&self, entity: model::EntityId) -> Option<&Access> {
        self.reader.and_then(|rights| rights.access(entity, Action::Read)).map(|access| &**access)
    }

    fn may(&self, id: RecordId, field: FieldId) -> bool {
        let Some(rights) = self.reader else { return true };
        let entity = self.app.field(field).unwrap().entity;
        let Some(access) = rights.access(entity, Action::Read) else { return false };
        let plain = Seen { app: self.app, rows: self.rows, id, reader: None };
        access.field(field).is_some_and(|condition| condition.evaluate(&plain) == Some(true))
    }
}

impl Scope for Seen<'_> {
    fn value(&self, path: &Path) -> Value {
        let mut at = self.id;
        for hop in &path.hops {
            if !self.may(at, *hop) {
                return Value::Null;
            }
            let Some(next) = self.rows[&at].get(hop).and_then(Value::as_id) else { return Value::Null };
            at = next;
            if let Some(access) = self.access(self.app.field(*hop).unwrap().target().unwrap()) {
                let plain = Seen { app: self.app, rows: self.rows, id: at, reader: None };
                if access.rows.evaluate(&plain) != Some(true) {
                    return Value::Null;
                }
            }
        }
        if !self.may(at, path.field) {
            return Value::Null;
        }
        self.rows[&at].get(&path.field).cloned().unwrap_or_default()
    }
    fn actor(&self, attribute: ActorAttribute) -> Value {
        match attribute {
            ActorAttribute::Id => USER.into(),
            ActorAttribute::Person => Value::Null,
            ActorAttribute::Login => "anna".into(),
        }
    }
    fn now(&self) -> Timestamp {
        now()
    }
    fn today(&self) -> Date {
        "2025-11-20".parse().unwrap()
    }
    fn is_open(&self, _: Date) -> bool {
        true
    }
}

const TEXTS: [&str; 12] = ["", "a", "A", "ab", "Ab%", "%", "_", "a_b", "李雷", "Ünal", "anna", "ÄÉ\\'\""];
const NUMBERS: [&str; 14] = [
    "0",
    "1",
    "-1",
    "2.5",
    "2.50",
    "2.505",
    "-0.0001",
    "0.0001",
    "3",
    "99.99",
    "100",
    "1.23456789",
    "-2.5",
    "9999999999999999999999",
];
const DATES: [&str; 4] = ["2025-11-20", "2025-11-21", "1999-12-31", "2024-02-29"];
const MOMENTS: [&str; 4] =
    ["2025-11-20T01:00:00Z", "2025-11-20T01:00:00.001Z", "1999-12-31T23:59:59.999Z", "2025-11-20T01:00:00.0005Z"];

fn number() -> impl Strategy<Value = Decimal> {
    prop::sample::select(NUMBERS.to_vec()).prop_map(|text| text.parse().unwrap())
}

/// Terms of one type.
fn term(ty: Type, paths: &[Path], depth: u32) -> BoxedStrategy<Term> {
    let fields: Vec<Term> = paths.iter().filter(|path| path.ty == ty).cloned().map(Term::Field).collect();
    let literal: BoxedStrategy<Value> = match ty {
        Type::Text => prop::sample::select(TEXTS.to_vec()).prop_map(Value::from).boxed(),
        Type::Int => (-3_i64..6).prop_map(Value::Int).boxed(),
        Type::Decimal => number().prop_map(Value::Decimal).boxed(),
        Type::Date => prop::sample::select(DATES.to_vec()).prop_map(|text| Value::Date(text.parse().unwrap())).boxed(),
        Type::DateTime => {
            prop::sample::select(MOMENTS.to_vec()).prop_map(|text| Value::DateTime(text.parse().unwrap())).boxed()
        }
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        _ => Just(Value::Null).boxed(),
    };
    let of = ty.clone();
    let literal =
        prop_oneof![8 => literal, 1 => Just(Value::Null)].prop_map(move |value| Term::Literal(value, of.clone()));
    let mut all: Vec<(u32, BoxedStrategy<Term>)> = vec![(2, literal.boxed())];
    if !fields.is_empty() {
        all.push((5, prop::sample::select(fields).boxed()));
    }
    match ty {
        Type::Text => all.push((1, Just(Term::Actor(ActorAttribute::Login, Type::Text)).boxed())),
        Type::Date => all.push((1, Just(Term::Today).boxed())),
        Type::DateTime => all.push((1, Just(Term::Now).boxed())),
        _ => {}
    }
    if depth > 0 {
        match ty {
            Type::Text => {
                all.push((1, term(Type::Text, paths, depth - 1).prop_map(|term| Term::Lower(Box::new(term))).boxed()));
            }
            Type::Date => all.push((
                1,
                (term(Type::Date, paths, depth - 1), -400_i64..400)
                    .prop_map(|(date, add)| Term::Days { date: Box::new(date), add })
                    .boxed(),
            )),
            Type::Int | Type::Decimal => {
                let side = |paths: &[Path]| {
                    if ty == Type::Int {
                        term(Type::Int, paths, depth - 1)
                    } else {
                        prop_oneof![term(Type::Int, paths, depth - 1), term(Type::Decimal, paths, depth - 1)].boxed()
                    }
                };
                let op = prop::sample::select(vec![Arithmetic::Add, Arithmetic::Subtract, Arithmetic::Multiply]);
                let ty = ty.clone();
                let made = (op, side(paths), side(paths)).prop_map(move |(op, left, right)| Term::Arithmetic {
                    op,
                    left: Box::new(left),
                    right: Box::new(right),
                    ty: ty.clone(),
                });
                all.push((2, made.boxed()));
            }
            _ => {}
        }
    }
    prop::strategy::Union::new_weighted(all).boxed()
}

fn comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
    ])
}

fn predicate(paths: Vec<Path>, ids: Vec<RecordId>) -> BoxedStrategy<Predicate> {
    let types = [Type::Text, Type::Int, Type::Decimal, Type::Date, Type::DateTime, Type::Bool];
    let mut leaves: Vec<BoxedStrategy<Predicate>> = Vec::new();
    for ty in types {
        let pair = if ty == Type::Decimal {
            (
                comparison(),
                term(Type::Decimal, &paths, 2),
                prop_oneof![term(Type::Int, &paths, 1), term(Type::Decimal, &paths, 2)].boxed(),
            )
        } else {
            (comparison(), term(ty.clone(), &paths, 1), term(ty.clone(), &paths, 1))
        };
        leaves.push(pair.prop_map(|(op, left, right)| Predicate::Compare { op, left, right }).boxed());
        leaves.push(term(ty.clone(), &paths, 1).prop_map(Predicate::IsNull).boxed());
        let list = prop::collection::vec(term(ty.clone(), &paths, 0), 0..4);
        leaves.push((term(ty, &paths, 0), list).prop_map(|(item, list)| Predicate::In { item, list }).boxed());
    }
    leaves.push(term(Type::Bool, &paths, 0).prop_map(Predicate::Holds).boxed());
    let how = prop::sample::select(vec![TextMatch::Contains, TextMatch::StartsWith, TextMatch::EndsWith]);
    leaves.push(
        (how, term(Type::Text, &paths, 1), term(Type::Text, &paths, 0))
            .prop_map(|(how, text, part)| Predicate::Matches { how, text, part })
            .boxed(),
    );
    let lists: Vec<Path> = paths.iter().filter(|path| matches!(path.ty, Type::List(_))).cloned().collect();
    let codes = prop::sample::select(vec![Value::from("x"), "z".into(), "q".into(), Value::Null]);
    let targets = prop::sample::select(ids).prop_map(Value::Id);
    leaves.push(
        (prop::sample::select(lists.clone()), codes, targets)
            .prop_map(|(list, code, target)| {
                let Type::List(of) = list.ty.clone() else { unreachable!() };
                let value = if *of == Type::Text { code } else { target };
                Predicate::Has { list, item: Term::Literal(value, *of) }
            })
            .boxed(),
    );
    leaves.push(
        prop::sample::select(
            lists.into_iter().chain(paths.iter().filter(|p| matches!(p.ty, Type::Id(_))).cloned()).collect::<Vec<_>>(),
        )
        .prop_map(|path| Predicate::IsNull(Term::Field(path)))
        .boxed(),
    );
    let references: Vec<Path> = paths.iter().filter(|path| matches!(path.ty, Type::Id(_))).cloned().collect();
    leaves.push(
        (comparison(), prop::sample::select(references.clone()), prop::sample::select(references))
            .prop_map(|(op, left, right)| Predicate::Compare { op, left: Term::Field(left), right: Term::Field(right) })
            .boxed(),
    );
    let leaf = prop::strategy::Union::new(leaves);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Predicate::And),
            prop::collection::vec(inner.clone(), 0..4).prop_map(Predicate::Or),
            inner.prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
    .boxed()
}

fn pick<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

async fn fill(world: &World, runner: &mut TestRunner) -> Rows {
    let mut rows = Rows::new();
    let mut keep = |world: &World, entity: &str, id: RecordId, values: &[(&str, Value)]| {
        let mut values: HashMap<FieldId, Value> = world.values(entity, values).into_iter().collect();
        values.insert(world.field(entity, "id"), id.into());
        rows.insert(id, values);
    };
    let mut units = Vec::new();
    for (code, open) in [("A", Value::Bool(true)), ("B", Value::Bool(false)), ("c", Value::Null)] {
        let values = [("code", code.into()), ("open", open)];
        let id = world.add("unit", &values).await.unwrap();
        keep(world, "unit", id, &values);
        units.push(Value::Id(id));
    }
    let mut people: Vec<Value> = Vec::new();
    for _ in 0..40 {
        let maybe = |value: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Null), 3 => value].boxed();
        let places = |places: u32| {
            let fits = number().prop_filter("fits", move |n| n.abs() < Decimal::from(10_000_000));
            fits.prop_map(move |n| Value::Decimal(model::decimal::round_half_up(n, places))).boxed()
        };
        let id_of = |known: &[Value]| {
            if known.is_empty() { Just(Value::Null).boxed() } else { prop::sample::select(known.to_vec()).boxed() }
        };
        let text = prop::sample::select(TEXTS.to_vec()).prop_map(Value::from);
        let dates = prop::sample::select(DATES.to_vec()).prop_map(|t| Value::Date(t.parse().unwrap()));
        let moments = prop::sample::select(MOMENTS[..3].to_vec()).prop_map(|t| Value::DateTime(t.parse().unwrap()));
        let tags = prop::sample::subsequence(vec!["x", "y", "z"], 1..3)
            .prop_map(|tags| Value::List(tags.into_iter().map(Value::from).collect()));
        let friends = if people.is_empty() {
            Just(Value::Null).boxed()
        } else {
            id_of(&people).prop_map(|id| Value::List(vec![id])).boxed()
        };
        let values = [
            ("name", pick(runner, &text.boxed())),
            ("level", pick(runner, &maybe((-3_i64..6).prop_map(Value::Int).boxed()))),
            ("salary", pick(runner, &maybe(places(2)))),
            ("rate", pick(runner, &maybe(places(4)))),
            ("born", pick(runner, &maybe(dates.boxed()))),
            ("seen", pick(runner, &maybe(moments.boxed()))),
            ("active", pick(runner, &maybe(any::<bool>().prop_map(Value::Bool).boxed()))),
            ("grade", pick(runner, &maybe(prop::sample::select(vec!["a", "b", "c"]).prop_map(Value::from).boxed()))),
            ("tags", pick(runner, &maybe(tags.boxed()))),
            ("unit", pick(runner, &maybe(id_of(&units)))),
            ("boss", pick(runner, &maybe(id_of(&people)))),
            ("friends", pick(runner, &maybe(friends))),
        ];
        let id = world.add("person", &values).await.unwrap();
        keep(world, "person", id, &values);
        people.push(id.into());
    }
    rows
}

async fn sql_selects_what_memory_selects(world: World) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let rows = fill(&world, &mut runner).await;
    let paths = world.paths(
        "person",
        &[
            "name",
            "level",
            "salary",
            "rate",
            "born",
            "seen",
            "active",
            "grade",
            "tags",
            "unit",
            "boss",
            "friends",
            "boss.level",
            "boss.salary",
            "boss.name",
            "boss.tags",
            "boss.friends",
            "boss.active",
            "boss.boss.rate",
            "boss.born",
            "unit.code",
            "boss.unit.code",
            "unit.open",
        ],
    );
    let people: Vec<RecordId> = {
        let person = world.field("person", "name");
        rows.iter().filter(|(_, values)| values.contains_key(&person)).map(|(id, _)| *id).collect()
    };
    let conditions = predicate(paths, people.clone());
    let reader = world.reader();
    let full = Rights::full();
    let mut selected = 0;
    for round in 0..400 {
        let condition = pick(&mut runner, &conditions);
        for (rights, masks) in [(&full, None), (&*reader, Some(&*reader))] {
            for condition in [condition.clone(), Predicate::Not(Box::new(condition.clone()))] {
                let mut list = world.list_of("person", &["name"]);
                list.filter = condition.clone();
                let request = authorize(rights, USER, &*world.app, list).unwrap();
                let page = world.store.list(&world.app, &world.asking(), &request).await;
                let page = page.unwrap_or_else(|error| panic!("{error:?} in round {round}: {condition:#?}"));
                let mut found: Vec<RecordId> = page.rows.iter().map(|row| row.id).collect();
                let mut expected: Vec<RecordId> = people
                    .iter()
                    .copied()
                    .filter(|id| {
                        let plain = Seen { app: &world.app, rows: &rows, id: *id, reader: None };
                        let seen = Seen { app: &world.app, rows: &rows, id: *id, reader: masks };
                        request.rows().evaluate(&plain) == Some(true) && condition.evaluate(&seen) == Some(true)
                    })
                    .collect();
                found.sort();
                expected.sort();
                selected += found.len();
                assert_eq!(found, expected, "round {round}, masked: {}: {condition:#?}", masks.is_some());
            }
        }
    }
    assert!(selected > 1_000, "the conditions select too little to mean anything: {selected}");
}
