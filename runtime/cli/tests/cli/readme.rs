//! The five minutes of the README, from the second step on: what it says to type is typed.

use std::fs;

use serde_json::json;

use crate::{
    on_both,
    support::{Place, Served, repository},
};

on_both!(the_five_minutes_of_the_readme_go_as_it_says);

const ENTITY: &str = "time-off/entities/task.yaml";
const FORM: &str = "time-off/forms/task.yaml";
const TASKS: &str = "/time-off/task";

fn the_five_minutes_of_the_readme_go_as_it_says(place: &Place) {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let (_, steps) = readme.split_once("**2. Make an app.**").unwrap();
    let (steps, _) = steps.split_once("\n## ").unwrap();
    let mut served = None;
    for (language, block) in blocks(steps) {
        match language {
            "sh" => block.lines().for_each(|line| typed(place, line, &mut served)),
            "yaml" => {
                // Below `due` is above what comes next; the words beside the block say what is done to the form.
                place.edit(ENTITY, "  late:\n", &format!("{block}  late:\n"));
                place.edit(FORM, "      - due\n", "      - due\n      - effort\n");
            }
            other => panic!("a block in `{other}`"),
        }
    }
    let served = served.expect("the README serves the app");
    let list = served.wait_for(TASKS, |answer| answer["items"][0].get("effort").is_some());
    assert_eq!(list["items"][0]["title"], "before the change", "{list}");
    assert!(place.path("tasks.xlsx").is_file());
}

/// The fenced blocks of a text, each with what it is written in.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split("```").skip(1).step_by(2).map(|block| block.split_once('\n').unwrap())
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
