mod generated;

use model::{EntityId, FieldId};
use proptest::prelude::*;

use self::generated::{clause, record};
use super::*;
use crate::{
    FieldInfo, Organisation, Schema, show,
    testing::{GOAL, Record, World, compile},
};

fn word(term: &Term) -> String {
    match term {
        Term::Field(path) => {
            path.hops.iter().chain([&path.field]).map(|hop| format!("f{}", hop.0)).collect::<Vec<_>>().join(".")
        }
        Term::Literal(value, ty) => format!("{}:{ty}", show::quoted(value)),
        Term::Actor(attribute, _) => format!("actor.{}", attribute.name()),
        Term::Today => "today".into(),
        Term::Now => "now".into(),
        Term::Arithmetic { op, left, right, ty } => format!("({op:?} {} {}):{ty}", word(left), word(right)),
        Term::Lower(term) => format!("(lower {})", word(term)),
        Term::Days { date, add } => format!("({} + {add} days)", word(date)),
    }
}

fn words(predicate: &Predicate) -> String {
    let all = |items: &[Predicate]| items.iter().map(words).collect::<Vec<_>>().join(" ");
    match predicate {
        Predicate::Const(flag) => flag.to_string(),
        Predicate::Compare { op, left, right } => format!("({op:?} {} {})", word(left), word(right)),
        Predicate::IsNull(term) => format!("(null {})", word(term)),
        Predicate::In { item, list } => {
            format!("(in {} [{}])", word(item), list.iter().map(word).collect::<Vec<_>>().join(" "))
        }
        Predicate::Matches { how, text, part } => format!("({how:?} {} {})", word(text), word(part)),
        Predicate::Has { list, item } => format!("(has {} {})", word(&Term::Field(list.clone())), word(item)),
        Predicate::Holds(term) => format!("(holds {})", word(term)),
        Predicate::Reach(asked) => {
            let path = |path: &crate::Path| word(&Term::Field(path.clone()));
            let day = asked.day.as_ref().map(|day| format!(" on {}", word(day))).unwrap_or_default();
            format!("(reach {} by {} {:?}{day})", path(&asked.of), path(&asked.fact), asked.reach)
        }
        Predicate::And(items) => format!("(and {})", all(items)),
        Predicate::Or(items) => format!("(or {})", all(items)),
        Predicate::Not(inner) => format!("(not {})", words(inner)),
    }
}

#[test]
fn conditions_have_the_form_a_database_answers() {
    let show = |source: &&str| {
        let formula = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
        match formula.predicate() {
            Ok(predicate) => format!("{source}\n    {}\n", words(&predicate)),
            Err(fault) => {
                let (start, end) = fault.span.unwrap();
                let under: String = source.chars().skip(start).take(end - start).collect();
                format!("{source}\n    {}: {} at «{under}»\n", fault.code, fault.message)
            }
        }
    };
    let sources = [
        "weight > 1",
        "weight * 2 + level >= 100",
        "-weight < -1.5",
        "active",
        "!active",
        "active == true && !(active == false)",
        "active ?? false",
        "active ?? true",
        "owner == actor.person",
        "owner.manager != actor.person || owner == null",
        "due < TODAY() - 7",
        "due + 30 >= DATE(2025, 1, 31) + 1",
        "created_at < NOW()",
        "created_at < \"2025-01-01\"",
        "title in [\"a\", \"b\", null]",
        "level !in [1, 2]",
        "weight in [1, 2.5]",
        "\"red\" in tags",
        "CONTAINS(participants, actor.person)",
        "\"rust\" in owner.skills",
        "CONTAINS(LOWER(title), \"abc\") && STARTS_WITH(note, title) && ENDS_WITH(owner.name, \"三\")",
        "AND(active, level == 1, OR(level == 2, NOT(level == 3)))",
        "1 + 1 == 2",
        "1 > 2",
        "null",
        "level > LEN(\"abc\") * 2",
        "due >= START_OF(\"2025-05-05\", \"month\")",
        "true && level == 1",
        "false || level == 1",
        "ISBLANK(title)",
        "ISBLANK(due)",
        "BETWEEN(due, TODAY(), TODAY() + 7)",
        "level in LIST(1, 2)",
        "data == null",
        "actor.login == \"admin\"",
        "LEN(title) > 3",
        "due == TODAY() + level",
        "COUNT(key_results) > 0",
        "1 in key_results.progress",
        "IF(active, level == 1, level == 2)",
        "level / 2 == 1",
        "(level == 1) == (weight == 2)",
        "title + \"x\" == note",
        "due == START_OF(TODAY(), \"month\")",
        "level > 9223372036854775807 + 1",
        "HOUR(\"2025-01-01T00:00:00Z\") == 1",
    ];
    expect_test::expect![[r#"
        weight > 1
            (Greater f3 1:number)
        weight * 2 + level >= 100
            (GreaterOrEqual (Add (Multiply f3 2:number):number f5):number 100:number)
        -weight < -1.5
            (Less (Subtract 0:whole number f3):number -1.5:number)
        active
            (holds f6)
        !active
            (not (holds f6))
        active == true && !(active == false)
            (and (holds f6) (holds f6))
        active ?? false
            (and (not (null f6)) (holds f6))
        active ?? true
            (or (null f6) (holds f6))
        owner == actor.person
            (Equal f9 actor.person)
        owner.manager != actor.person || owner == null
            (or (NotEqual f9.f102 actor.person) (null f9))
        due < TODAY() - 7
            (Less f7 (today + -7 days))
        due + 30 >= DATE(2025, 1, 31) + 1
            (GreaterOrEqual (f7 + 30 days) 2025-02-01:date)
        created_at < NOW()
            (Less f8 now)
        created_at < "2025-01-01"
            (Less f8 2025-01-01T00:00:00Z:date and time)
        title in ["a", "b", null]
            (in f1 ["a":text "b":text null:text])
        level !in [1, 2]
            (not (in f5 [1:whole number 2:whole number]))
        weight in [1, 2.5]
            (in f3 [1:number 2.5:number])
        "red" in tags
            (has f10 "red":text)
        CONTAINS(participants, actor.person)
            (has f11 actor.person)
        "rust" in owner.skills
            (has f9.f104 "rust":text)
        CONTAINS(LOWER(title), "abc") && STARTS_WITH(note, title) && ENDS_WITH(owner.name, "三")
            (and (Contains (lower f1) "abc":text) (StartsWith f2 f1) (EndsWith f9.f101 "三":text))
        AND(active, level == 1, OR(level == 2, NOT(level == 3)))
            (and (holds f6) (Equal f5 1:whole number) (or (Equal f5 2:whole number) (not (Equal f5 3:whole number))))
        1 + 1 == 2
            true
        1 > 2
            false
        null
            (holds null:true/false)
        level > LEN("abc") * 2
            (Greater f5 6:whole number)
        due >= START_OF("2025-05-05", "month")
            (GreaterOrEqual f7 2025-05-01:date)
        true && level == 1
            (Equal f5 1:whole number)
        false || level == 1
            (Equal f5 1:whole number)
        ISBLANK(title)
            (or (null f1) (Equal f1 "":text))
        ISBLANK(due)
            (null f7)
        BETWEEN(due, TODAY(), TODAY() + 7)
            (and (GreaterOrEqual f7 today) (LessOrEqual f7 (today + 7 days)))
        level in LIST(1, 2)
            (in f5 [1:whole number 2:whole number])
        data == null
            (null f13)
        actor.login == "admin"
            (Equal actor.login "admin":text)
        LEN(title) > 3
            formula.no-predicate: a database cannot answer this part of a filter at «LEN(title)»
        due == TODAY() + level
            formula.no-predicate: a database cannot answer this part of a filter at «TODAY() + level»
        COUNT(key_results) > 0
            formula.no-predicate: a database cannot answer this part of a filter at «COUNT(key_results)»
        1 in key_results.progress
            formula.no-predicate: a database cannot answer this part of a filter at «key_results.progress»
        IF(active, level == 1, level == 2)
            formula.no-predicate: a database cannot answer this part of a filter at «IF(active, level == 1, level == 2)»
        level / 2 == 1
            formula.no-predicate: a database cannot answer this part of a filter at «level / 2»
        (level == 1) == (weight == 2)
            formula.no-predicate: a database cannot answer this part of a filter at «level == 1»
        title + "x" == note
            formula.no-predicate: a database cannot answer this part of a filter at «title + "x"»
        due == START_OF(TODAY(), "month")
            formula.no-predicate: a database cannot answer this part of a filter at «START_OF(TODAY(), "month")»
        level > 9223372036854775807 + 1
            formula.no-value: a number in the formula becomes too large at «9223372036854775807 + 1»
        HOUR("2025-01-01T00:00:00Z") == 1
            formula.no-predicate: a database cannot answer this part of a filter at «HOUR("2025-01-01T00:00:00Z")»
    "#]]
    .assert_eq(&sources.iter().map(show).collect::<String>());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// The database's form of a condition and the formula itself are one condition.
    #[test]
    fn a_predicate_answers_as_its_formula(source in clause(), records in prop::collection::vec(record(), 4)) {
        let Ok(formula) = compile(&source) else { return Err(TestCaseError::reject("mixed types")) };
        let predicate = formula.predicate().map_err(|fault| TestCaseError::fail(format!("{source}: {fault:?}")))?;
        for record in records {
            let value = formula.evaluate(&record).unwrap();
            prop_assert_eq!(predicate.evaluate(&record), truth(&value), "{} as {}", source, words(&predicate));
        }
    }

    /// Whatever is typed, reading it ends with a formula or faults inside the text, and evaluating ends.
    #[test]
    fn no_source_breaks_the_compiler(source in prop_oneof![
        "[a-z0-9(){}\\[\\]\"'`$.,+*/%!=<>&|? #\\\\-]{0,40}",
        prop::collection::vec(prop_oneof![
            Just("weight".to_owned()), Just("key_results".into()), Just(".".into()), Just("(".into()), Just(")".into()), Just(",".into()),
            Just("in".into()), Just("[".into()), Just("]".into()), Just("`".into()), Just("${".into()), Just("}".into()), Just("\"".into()),
            Just("null".into()), Just("-".into()), Just("!".into()), Just("??".into()), Just("1".into()), Just("2.5".into()), Just("if".into()),
            Just("\n".into()), Just("张".into()), Just("=".into()), Just("&&".into()), Just("IF(".into()), Just("#{".into()), Just("::".into()),
        ], 0..14).prop_map(|parts| parts.concat()),
    ]) {
        match compile(&source) {
            Ok(formula) => { let _ = formula.evaluate(&Record::default()); let _ = formula.predicate(); }
            Err(faults) => for fault in faults {
                let (start, end) = fault.span.unwrap();
                prop_assert!(start <= end && end <= source.chars().count());
            },
        }
    }
}

#[test]
fn for_one_request_more_can_be_answered() {
    let show = |source: &&str| {
        let formula = compile(source).unwrap_or_else(|faults| panic!("{source}: {faults:?}"));
        assert!(formula.predicate().is_err(), "{source}");
        let shown = formula.predicate_for(&Record::default()).map_or_else(|fault| fault.message, |found| words(&found));
        format!("{source}\n    {shown}\n")
    };
    let sources = [
        "due >= START_OF(TODAY(), \"month\")",
        "due == WORKDAY(TODAY(), 3)",
        "title == UPPER(actor.login)",
        "due == TODAY() + INT(HOUR(NOW()))",
        "due == TODAY() + level",
    ];
    expect_test::expect![[r#"
        due >= START_OF(TODAY(), "month")
            (GreaterOrEqual f7 2025-11-01:date)
        due == WORKDAY(TODAY(), 3)
            (Equal f7 2025-11-10:date)
        title == UPPER(actor.login)
            (Equal f1 "LIMING":text)
        due == TODAY() + INT(HOUR(NOW()))
            (Equal f7 2025-11-15:date)
        due == TODAY() + level
            a database cannot answer this part of a filter
    "#]]
    .assert_eq(&sources.iter().map(show).collect::<String>());
}

#[test]
fn where_somebody_stands_is_asked_of_a_database() {
    let show = |source: &&str| match compile(source).map(|formula| formula.predicate()) {
        Ok(Ok(predicate)) => format!("{source}\n    {}\n", words(&predicate)),
        Ok(Err(fault)) => format!("{source}\n    {fault:?}\n"),
        Err(faults) => {
            let told =
                faults.into_iter().map(|fault| format!("{} ({})", fault.message, fault.help.unwrap_or_default()));
            format!("{source}\n    {}\n", told.collect::<Vec<_>>().join("; "))
        }
    };
    let sources = [
        "REPORTS_TO_ME(owner)",
        "REPORTS_TO_ME(owner, 1)",
        "REPORTS_TO_ME(owner.manager, 2) && active",
        "UNDER_MY_UNIT(owner.unit)",
        "UNDER_MY_UNIT(owner, due)",
        "!UNDER_UNIT(owner, \"HQ\", \"C01\")",
        "REPORTS_TO_ME(owner, 0)",
        "REPORTS_TO_ME(owner, level)",
        "REPORTS_TO_ME(title)",
        "REPORTS_TO_ME(owner.unit)",
        "REPORTS_TO_ME(owner, null, due)",
        "UNDER_UNIT(owner, title)",
        "UNDER_UNIT_I_HEAD(owner)",
        "UNDER_MY_UNIT(owner, 5)",
        "MATRIX_REPORTS_TO_ME(owner)",
        "IN_MY_UNIT(owner ?? participants)",
    ];
    let shown: String = sources.iter().map(show).collect();
    expect_test::expect![[r#"
        REPORTS_TO_ME(owner)
            (reach f9 by f9.f102 Reports { levels: None })
        REPORTS_TO_ME(owner, 1)
            (reach f9 by f9.f102 Reports { levels: Some(1) })
        REPORTS_TO_ME(owner.manager, 2) && active
            (and (reach f9.f102 by f9.f102.f102 Reports { levels: Some(2) }) (holds f6))
        UNDER_MY_UNIT(owner.unit)
            (reach f9.f106 by f9.f106 Unit { of: Own, below: true })
        UNDER_MY_UNIT(owner, due)
            (reach f9 by f9.f106 Unit { of: Own, below: true } on f7)
        !UNDER_UNIT(owner, "HQ", "C01")
            (not (reach f9 by f9.f106 Unit { of: Named(["HQ", "C01"]), below: true }))
        REPORTS_TO_ME(owner, 0)
            levels are written as a number from 1 to 32 (1 is a direct report; leave it out for any number of levels)
        REPORTS_TO_ME(owner, level)
            levels are written as a number from 1 to 32 (1 is a direct report; leave it out for any number of levels)
        REPORTS_TO_ME(title)
            `REPORTS_TO_ME` asks about a person or a unit, and this is text (name a reference to a person or a unit; `id` where the record is one itself)
        REPORTS_TO_ME(owner.unit)
            a unit reports to nobody (name a reference to a person)
        REPORTS_TO_ME(owner, null, due)
            it is not on record how this was on another day (an entity that `stands_for: assignment` keeps who worked where, and under whom, from when to when)
        UNDER_UNIT(owner, title)
            the key of a unit is written as a text here (write `UNDER_UNIT(unit, "HQ")`)
        UNDER_UNIT_I_HEAD(owner)
            `UNDER_UNIT_I_HEAD` cannot be answered: the units' entity needs `stands_for: head` ()
        UNDER_MY_UNIT(owner, 5)
            a date is needed here, and this is a whole number ()
        MATRIX_REPORTS_TO_ME(owner)
            no field says who reports to whom outside the line (say `stands_for: matrix_manager` on a field of the people)
        IN_MY_UNIT(owner ?? participants)
            a field is asked about, not something computed (); a reference is needed here, and this is a list of reference (write `FIRST(list)`, or `JOIN(list, ", ")` for a text)
    "#]].assert_eq(&shown);
}

/// The same world, where lines say who headed and led what, from when to when; of the partners, lines alone.
struct Dated;

impl Schema for Dated {
    fn field(&self, entity: EntityId, name: &str) -> Option<FieldInfo> {
        World.field(entity, name)
    }

    fn field_names(&self, entity: EntityId) -> Vec<String> {
        World.field_names(entity)
    }

    fn actor(&self, name: &str) -> Option<(ActorAttribute, Type)> {
        World.actor(name)
    }

    fn organisation(&self) -> Organisation {
        let lines = Some(EntityId(4));
        let (head_lines, partner_lines, matrix_lines) = (lines, lines, lines);
        let head = Some(FieldId(901));
        Organisation { head, head_lines, partner_lines, matrix_lines, ..World.organisation() }
    }
}

#[test]
fn what_lines_keep_is_asked_as_of_a_day() {
    let show = |source: &&str| match crate::compile(source, GOAL, None, &Dated).map(|formula| formula.predicate()) {
        Ok(Ok(predicate)) => format!("{source}\n    {}\n", words(&predicate)),
        Ok(Err(fault)) => format!("{source}\n    {fault:?}\n"),
        Err(faults) => {
            let told =
                faults.into_iter().map(|fault| format!("{} ({})", fault.message, fault.help.unwrap_or_default()));
            format!("{source}\n    {}\n", told.collect::<Vec<_>>().join("; "))
        }
    };
    let sources = [
        "UNDER_UNIT_I_HEAD(owner)",
        "UNDER_UNIT_I_HEAD(owner.unit, due)",
        "UNDER_UNIT_I_PARTNER(owner)",
        "MATRIX_REPORTS_TO_ME(owner)",
        "MATRIX_REPORTS_TO_ME(owner, due)",
        "UNDER_UNIT_ON(owner, due, \"HQ\")",
        "UNDER_UNIT_ON(owner, due, title)",
        "UNDER_UNIT_ON(owner, 5, \"HQ\")",
        "IN_MY_UNIT(owner.unit, due)",
        "UNDER_MY_UNIT(owner.unit, due)",
    ];
    let shown: String = sources.iter().map(show).collect();
    expect_test::expect![[r#"
        UNDER_UNIT_I_HEAD(owner)
            (reach f9 by f9.f106 Unit { of: Headed, below: true })
        UNDER_UNIT_I_HEAD(owner.unit, due)
            (reach f9.f106 by f9.f106 Unit { of: Headed, below: true } on f7)
        UNDER_UNIT_I_PARTNER(owner)
            (reach f9 by f9.f106 Unit { of: Partnered, below: true } on today)
        MATRIX_REPORTS_TO_ME(owner)
            (reach f9 by f9 Matrix on today)
        MATRIX_REPORTS_TO_ME(owner, due)
            (reach f9 by f9 Matrix on f7)
        UNDER_UNIT_ON(owner, due, "HQ")
            (reach f9 by f9.f106 Unit { of: Named(["HQ"]), below: true } on f7)
        UNDER_UNIT_ON(owner, due, title)
            the key of a unit is written as a text here (write `UNDER_UNIT_ON(unit, day, "HQ")`)
        UNDER_UNIT_ON(owner, 5, "HQ")
            a date is needed here, and this is a whole number ()
        IN_MY_UNIT(owner.unit, due)
            (reach f9.f106 by f9.f106 Unit { of: Own, below: false } on f7)
        UNDER_MY_UNIT(owner.unit, due)
            it is not on record how this was on another day (an entity that `stands_for: line` keeps who led, looked after or stood above what, from when to when)
    "#]].assert_eq(&shown);
}
