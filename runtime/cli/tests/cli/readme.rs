//! The five minutes of the README, from the second step on: what it says to type is typed.

use std::fs;

use serde_json::json;

use crate::{
    on_both,
    support::{Place, Served, repository},
};

on_both!(the_five_minutes_of_the_readme_go_as_it_says, the_five_minutes_in_chinese_go_as_they_say);

const ENTITY: &str = "time-off/entities/task.yaml";
const FORM: &str = "time-off/forms/task.yaml";
const TASKS: &str = "/time-off/task";

fn the_five_minutes_of_the_readme_go_as_it_says(place: &Place) {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let mut served = None;
    for (language, block) in blocks(between(&readme, "**2. Make an app.**", "\n## ")) {
        match language {
            "sh" => all_typed(place, block, &mut served),
            "yaml" => added(place, block),
            other => panic!("a block in `{other}`"),
        }
    }
    changed(place, served);
}

/// The field that is added is the one of the English part, where the Chinese one leads.
fn the_five_minutes_in_chinese_go_as_they_say(place: &Place) {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let english = blocks(between(&readme, "**2. Make an app.**", "\n## "));
    let field = english.into_iter().find(|(language, _)| *language == "yaml").unwrap().1;
    let steps = blocks(between(&readme, "2. **做一个应用**", "\n### "));
    assert_eq!(steps.iter().map(|(language, _)| *language).collect::<Vec<_>>(), ["sh", "sh", "sh"]);
    let mut served = None;
    for (at, (_, block)) in steps.into_iter().enumerate() {
        if at == 1 {
            added(place, field);
        }
        all_typed(place, block, &mut served);
    }
    changed(place, served);
}

fn between<'r>(readme: &'r str, begins: &str, ends: &str) -> &'r str {
    let (_, steps) = readme.split_once(begins).unwrap();
    steps.split_once(ends).unwrap().0
}

/// The field is added, below `due` as above what comes next, and the form has it too.
fn added(place: &Place, field: &str) {
    place.edit(ENTITY, "  late:\n", &format!("{field}  late:\n"));
    place.edit(FORM, "      - due\n", "      - due\n      - effort\n");
}

fn all_typed(place: &Place, block: &str, served: &mut Option<Served>) {
    block.lines().filter(|line| !line.trim().is_empty()).for_each(|line| typed(place, line, served));
}

/// The app that is served has the field, and the task that was there.
fn changed(place: &Place, served: Option<Served>) {
    let served = served.expect("the README serves the app");
    let list = served.wait_for(TASKS, |answer| answer["items"][0].get("effort").is_some());
    assert_eq!(list["items"][0]["title"], "before the change", "{list}");
    assert!(place.path("tasks.xlsx").is_file());
}

/// The fenced blocks of a text, each with what it is written in.
fn blocks(text: &str) -> Vec<(&str, &str)> {
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap()).collect()
}

/// Carries out a line of a shell. A server goes on in the background, with somebody signed in who adds a task.
fn typed(place: &Place, line: &str, served: &mut Option<Served>) {
    let line = line.split(" #").next().unwrap().trim();
    let (said, command) = line.split_once(" | ").map_or((None, line), |(said, command)| (Some(said), command));
    match (command.split_whitespace().collect::<Vec<_>>().as_slice(), said) {
        // Which `loam` it is, and where the data is, the place knows.
        (["alias" | "export", ..], None) => {}
        (["loam", "serve"], None) => {
            let served = served.insert(place.serve(&["serve"]));
            served.sign_in("anna", "correct horse");
            assert_eq!(served.send("POST", TASKS, Some(&json!({"title": "before the change"}))).0, 201);
        }
        // Nobody is there to be asked.
        (["loam", "apply", folder], None) => drop(place.fine(&["apply", folder, "--yes"])),
        (["loam", arguments @ ..], None) => drop(place.fine(arguments)),
        (["loam", arguments @ ..], Some(said)) => {
            let input = said.strip_prefix("echo '").and_then(|said| said.strip_suffix('\'')).unwrap();
            let said = place.fed(arguments, &format!("{input}\n"));
            assert_eq!(said.code, 0, "{line}: {}", said.err);
        }
        _ => panic!("`{line}` is no command of `loam`"),
    }
}
