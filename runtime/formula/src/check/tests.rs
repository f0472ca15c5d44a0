use crate::testing::{GOAL, World, compile};

fn shown(source: &str) -> String {
    match compile(source) {
        Ok(formula) => {
            let uses = format!(
                "{}{}",
                if formula.uses_day() { " day" } else { "" },
                if formula.uses_actor() { " actor" } else { "" }
            );
            format!("{} ({} paths{uses})", formula.ty(), formula.reads().len())
        }
        Err(faults) => {
            let characters: Vec<char> = source.chars().collect();
            let show = |fault: crate::Fault| {
                let (start, end) = fault.span.unwrap();
                let under: String = characters[start..end].iter().collect();
                let help = fault.help.map(|help| format!(" ({help})")).unwrap_or_default();
                format!("{}: {} at «{under}»{help}", fault.code, fault.message)
            };
            faults.into_iter().map(show).collect::<Vec<_>>().join("\n    ")
        }
    }
}

fn table(sources: &[&str]) -> String {
    sources.iter().map(|source| format!("{source}\n    {}\n", shown(source))).collect()
}

#[test]
fn types_and_what_is_read() {
    expect_test::expect![[r#"
        level + 1
            whole number (1 paths)
        level + 1.5
            number (1 paths)
        level / 2
            number (1 paths)
        level % 2
            whole number (1 paths)
        title + note + title
            text (2 paths)
        due + 30
            date (1 paths)
        due - TODAY()
            whole number (1 paths day)
        due - "2025-01-01"
            whole number (1 paths)
        due < "2025-11-01"
            true/false (1 paths)
        created_at >= "2025-11-01"
            true/false (1 paths)
        owner == actor.person
            true/false (1 paths actor)
        owner == "00000000-0000-0000-0000-000000000007"
            true/false (1 paths)
        owner.manager.name
            text (1 paths)
        SUM(key_results.weight)
            number (1 paths)
        COUNT(key_results)
            whole number (1 paths)
        MAX(level, key_results.progress)
            whole number (2 paths)
        WEIGHTED_MEAN(key_results.progress, key_results.weight)
            number (2 paths)
        IF(active, due, "2025-12-31")
            date (2 paths)
        IF(active, 1, 2.5)
            number (1 paths)
        SWITCH(title, "a", owner, owner.manager)
            reference (3 paths)
        active ?? false
            true/false (1 paths)
        null
            text (0 paths)
        if(active, null, weight)
            number (2 paths)
        actor.person in participants
            true/false (1 paths actor)
        "red" in tags
            true/false (1 paths)
        title in ["a", "b"]
            true/false (1 paths)
        due in ["2025-01-01", TODAY()]
            true/false (1 paths day)
        data == null
            true/false (1 paths)
        `${owner.name}: ${weight}`
            text (2 paths)
        AS_OF(key_results.weight, [due], [null], TODAY())
            number (2 paths day)
        owner.skills
            list of text (1 paths)
    "#]]
    .assert_eq(&table(&[
        "level + 1",
        "level + 1.5",
        "level / 2",
        "level % 2",
        "title + note + title",
        "due + 30",
        "due - TODAY()",
        "due - \"2025-01-01\"",
        "due < \"2025-11-01\"",
        "created_at >= \"2025-11-01\"",
        "owner == actor.person",
        "owner == \"00000000-0000-0000-0000-000000000007\"",
        "owner.manager.name",
        "SUM(key_results.weight)",
        "COUNT(key_results)",
        "MAX(level, key_results.progress)",
        "WEIGHTED_MEAN(key_results.progress, key_results.weight)",
        "IF(active, due, \"2025-12-31\")",
        "IF(active, 1, 2.5)",
        "SWITCH(title, \"a\", owner, owner.manager)",
        "active ?? false",
        "null",
        "if(active, null, weight)",
        "actor.person in participants",
        "\"red\" in tags",
        "title in [\"a\", \"b\"]",
        "due in [\"2025-01-01\", TODAY()]",
        "data == null",
        "`${owner.name}: ${weight}`",
        "AS_OF(key_results.weight, [due], [null], TODAY())",
        "owner.skills",
    ]));
}

#[test]
fn faults_in_the_words_of_a_builder() {
    expect_test::expect![[r#"
        wieght * 2
            formula.unknown-name: there is no field `wieght` at «wieght» (did you mean `weight`?)
        owner.nmae
            formula.unknown-name: there is no field `nmae` at «nmae» (did you mean `name`?)
        salary
            formula.unknown-name: there is no field `salary` at «salary»
        TODAY - due
            formula.unknown-name: there is no field `TODAY` at «TODAY» (`TODAY` is a function: write `TODAY(…)`)
        ROUDN(weight)
            formula.unknown-function: there is no function `ROUDN` at «ROUDN» (did you mean `ROUND`?)
        ROUND()
            formula.arguments: `ROUND` takes 1 to 2 values, and 0 are given at «ROUND()» (write `ROUND(value: number, places?: whole) -> number`)
        ROUND(1, 2, 3)
            formula.arguments: `ROUND` takes 1 to 2 values, and 3 are given at «ROUND(1, 2, 3)» (write `ROUND(value: number, places?: whole) -> number`)
        ROUND(title)
            formula.type: `ROUND` takes a number as `value`, and this is text at «title» (write `VALUE(text)`)
        title + 1
            formula.type: `+` does not work on text and a whole number at «title + 1» (write `CONCAT(a, b)` to join values of different types)
        title - note
            formula.type: `-` does not work on text and text at «title - note»
        due + 1.5
            formula.type: `+` does not work on a date and a number at «due + 1.5» (days are added as a whole number: `INT(days)`)
        due + due
            formula.type: `+` does not work on a date and a date at «due + due»
        created_at + 1
            formula.type: `+` does not work on a date and time and a whole number at «created_at + 1» (write `TO_DATE(moment)` to count in days, `DATE_ADD(moment, 3, "hour")` otherwise)
        created_at > due
            formula.type: `>` does not compare a date and time with a date at «created_at > due» (write `TO_DATE(moment)` for its day)
        created_at > TODAY()
            formula.type: `>` does not compare a date and time with a date at «created_at > TODAY()» (write `TO_DATE(moment)` for its day)
        due == "soon"
            formula.type: this text is not a date at «"soon"» (write `"2025-11-01"`, or `DATE(year, month, day)`)
        owner == "me"
            formula.type: this text is not the id of a record at «"me"»
        owner == title
            formula.type: `==` does not compare a reference with text at «owner == title» (name a field of it: `reference.name`)
        owner < owner
            formula.type: `<` does not order a reference at «owner < owner» (write `==` or `!=`)
        active > true
            formula.type: `>` does not order true/false at «active > true» (write `==` or `!=`)
        title == 1
            formula.type: `==` does not compare text with a whole number at «title == 1» (write `VALUE(text)`)
        weight == "1"
            formula.type: a number is needed here, and this is text at «"1"» (write `VALUE(text)`)
        weight > null
            formula.null-order: nothing is `>` null at «weight > null» (write `== null` or `!= null`)
        active && title
            formula.type: a condition is needed here, and this is text at «title» (compare it: `text == "…"`)
        !weight
            formula.type: a condition is needed here, and this is a number at «weight» (compare it: `number > 0`)
        -title
            formula.type: a sign stands before a number, and this is text at «-title»
        IF(weight, 1, 2)
            formula.type: a condition is needed here, and this is a number at «weight» (compare it: `number > 0`)
        IF(active, 1, "a")
            formula.type: a whole number is needed here, and this is text at «"a"» (write `VALUE(text)`)
        tags == "red"
            formula.type: `==` does not compare a list of text at «tags == "red"» (write `x in list` or `CONTAINS(list, x)`)
            formula.type: a list of text is needed here, and this is text at «"red"»
        tags == tags
            formula.type: `==` does not compare a list of text at «tags == tags» (write `x in list` or `CONTAINS(list, x)`)
        "a" in title
            formula.type: `in` looks into a list, and this is text at «title» (write `CONTAINS(text, part)`)
        1 in tags
            formula.type: text is needed here, and this is a whole number at «1» (write `TEXT(value)`)
        data == data
            formula.type: `==` does not compare JSON at «data == data» (only `== null` works on it)
        title.name
            formula.path: `title` is text, and a dot follows a reference at «title»
        participants.name
            formula.path: `participants` refers to several records, and a dot follows one at «participants»
        key_results.goal.title
            formula.path: only the children's own fields can be read at «goal» (compute `goal.…` on the child, and read that)
        key_results.tags
            formula.path: `tags` is a list of its own in every child at «tags» (compute one value of it on the child, and read that)
        owner.goals.title
            formula.path: `goals` is read from its own record only at «goals» (compute one value of it there, and read that)
        owner.goals
            formula.path: `goals` is read from its own record only at «goals» (compute one value of it there, and read that)
        actor.name
            formula.unknown-name: `actor` has no `name` at «name» (known: id, person, login)
        actor
            formula.unknown-name: there is no field `actor` at «actor» (write `actor.person`, `actor.id` or `actor.login`)
        actor.person.name
            formula.actor: what `actor.person` refers to is not read here at «actor.person.name» (go from the record instead: `department.manager == actor.person`)
        []
            formula.empty-list: a list holds at least one item at «[]»
        [1, "a"]
            formula.type: a whole number is needed here, and this is text at «"a"» (write `VALUE(text)`)
        [tags, tags]
            formula.type: a list cannot hold lists at «[tags, tags]»
        SUM(tags)
            formula.type: `SUM` takes a number or list of numbers as `values`, and this is a list of text at «tags»
        SUM(title)
            formula.type: `SUM` takes a number or list of numbers as `values`, and this is text at «title» (write `VALUE(text)`)
        COUNT(title)
            formula.type: `COUNT` takes a list as `list`, and this is text at «title» (write `[a, b]` for a list)
        AT(tags, "a")
            formula.type: `AT` takes a whole number as `place`, and this is text at «"a"» (write `VALUE(text)`)
        COUNTIF(tags, 1)
            formula.type: `COUNTIF` takes text as `value`, and this is a whole number at «1»
        wieght + nto_there * ABS(title)
            formula.unknown-name: there is no field `wieght` at «wieght» (did you mean `weight`?)
            formula.unknown-name: there is no field `nto_there` at «nto_there»
            formula.type: `ABS` takes a number as `value`, and this is text at «title» (write `VALUE(text)`)
        CONTAINS(weight, "a")
            formula.type: `CONTAINS` takes text as `text`, and this is a number at «weight» (write `TEXT(value)`)
        weight == 1 && due == "x" || lvel > 1
            formula.type: this text is not a date at «"x"» (write `"2025-11-01"`, or `DATE(year, month, day)`)
            formula.unknown-name: there is no field `lvel` at «lvel» (did you mean `level`?)
        BETWEEN(due, "2025-01-01", 5)
            formula.type: `BETWEEN` takes a date as `high`, and this is a whole number at «5»
    "#]].assert_eq(&table(&[
        "wieght * 2",
        "owner.nmae",
        "salary",
        "TODAY - due",
        "ROUDN(weight)",
        "ROUND()",
        "ROUND(1, 2, 3)",
        "ROUND(title)",
        "title + 1",
        "title - note",
        "due + 1.5",
        "due + due",
        "created_at + 1",
        "created_at > due",
        "created_at > TODAY()",
        "due == \"soon\"",
        "owner == \"me\"",
        "owner == title",
        "owner < owner",
        "active > true",
        "title == 1",
        "weight == \"1\"",
        "weight > null",
        "active && title",
        "!weight",
        "-title",
        "IF(weight, 1, 2)",
        "IF(active, 1, \"a\")",
        "tags == \"red\"",
        "tags == tags",
        "\"a\" in title",
        "1 in tags",
        "data == data",
        "title.name",
        "participants.name",
        "key_results.goal.title",
        "key_results.tags",
        "owner.goals.title",
        "owner.goals",
        "actor.name",
        "actor",
        "actor.person.name",
        "[]",
        "[1, \"a\"]",
        "[tags, tags]",
        "SUM(tags)",
        "SUM(title)",
        "COUNT(title)",
        "AT(tags, \"a\")",
        "COUNTIF(tags, 1)",
        "wieght + nto_there * ABS(title)",
        "CONTAINS(weight, \"a\")",
        "weight == 1 && due == \"x\" || lvel > 1",
        "BETWEEN(due, \"2025-01-01\", 5)",
    ]));
}

#[test]
fn the_expected_type_is_met() {
    use model::{Type, Value};
    let run = |source: &str, ty: Type| {
        let formula = crate::compile(source, GOAL, Some(&ty), &World)
            .map_err(|faults| format!("{}: {}", faults[0].message, faults[0].help.clone().unwrap_or_default()))?;
        assert_eq!(formula.ty(), &ty);
        formula.evaluate(&crate::testing::Record::default()).map_err(|error| error.to_string())
    };
    assert_eq!(run("5", Type::Decimal), Ok(Value::Decimal(5.into())));
    assert_eq!(run("LEN(\"abc\")", Type::Decimal), Ok(Value::Decimal(3.into())));
    assert_eq!(run("IF(true, 1, 2.5)", Type::Decimal), Ok(Value::Decimal(1.into())));
    assert_eq!(run("null", Type::Date), Ok(Value::Null));
    assert_eq!(run("\"2025-01-02\"", Type::Date), Ok(Value::Date("2025-01-02".parse().unwrap())));
    assert_eq!(run("IF(true, \"2025-01-02\", null)", Type::Date), Ok(Value::Date("2025-01-02".parse().unwrap())));
    assert_eq!(
        run("[1, 2]", Type::Decimal.list()),
        Ok(Value::List(vec![Value::Decimal(1.into()), Value::Decimal(2.into())]))
    );
    assert_eq!(
        run("2.5", Type::Int),
        Err("a whole number is needed here, and this is a number: write `INT(number)`".into())
    );
    assert_eq!(
        run("level", Type::Bool),
        Err("a condition is needed here, and this is a whole number: compare it: `number > 0`".into())
    );
    assert_eq!(
        run("level", Type::Text),
        Err("text is needed here, and this is a whole number: write `TEXT(value)`".into())
    );
}
