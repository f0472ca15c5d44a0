//! From a new app to a changed one: no row is lost, and what is broken never replaces what runs.

use serde_json::json;

use crate::{on_both, support::Place};

on_both!(
    an_app_is_made_published_and_changed_while_it_runs,
    what_is_broken_replaces_nothing,
    what_is_lost_must_be_named,
    what_numbers_come_from_is_named_before_it_changes
);

const ENTITY: &str = "time-off/entities/task.yaml";
const TASKS: &str = "/time-off/task";

fn an_app_is_made_published_and_changed_while_it_runs(place: &Place) {
    place.fine(&["new", "time-off"]);
    let checked = place.fine(&["check", "time-off", "--format", "json"]).json();
    assert_eq!((&checked["ok"], &checked["errors"]), (&json!(true), &json!(0)));
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["steps"][0]["kind"], "create-table");
    assert!(place.loam(&["apply", "time-off"]).err.contains("--yes"), "nobody is there to be asked");
    place.fine(&["apply", "time-off", "--yes"]);
    assert!(place.fine(&["plan", "time-off"]).out.contains("nothing to do"));
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);

    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    for title in ["一", "二", "三"] {
        let (status, answer) = served.send("POST", TASKS, Some(&json!({"title": title, "notes": "why"})));
        assert_eq!(status, 201, "{answer}");
    }

    // A new field, with a computed one beside it that old rows get too.
    place.edit(
        ENTITY,
        "  notes:\n",
        "  effort:\n    type: integer\n    label: {zh-CN: 工作量, en: Effort}\n    default: '3'\n  heavy:\n    type: boolean\n    label: {zh-CN: 费力, en: Heavy}\n    formula: LEN(title) > 0\n  notes:\n",
    );
    place.fine(&["apply", "time-off", "--yes"]);
    let list = served.wait_for(TASKS, |answer| answer["items"][0].get("effort").is_some());
    assert_eq!(list["items"].as_array().unwrap().len(), 3);
    assert!(list["items"].as_array().unwrap().iter().all(|item| item["heavy"] == true), "{list}");

    // A renamed one keeps what was written in it.
    place.edit(ENTITY, "  notes:\n", "  remarks:\n    renamed_from: notes\n");
    place.edit("time-off/forms/task.yaml", "field: notes", "field: remarks");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["steps"][0]["kind"], "rename-column", "{planned}");
    place.fine(&["apply", "time-off", "--yes"]);
    let list = served.wait_for(TASKS, |answer| answer["items"][0].get("remarks").is_some());
    assert!(list["items"].as_array().unwrap().iter().all(|item| item["remarks"] == "why"), "{list}");
}

fn what_is_broken_replaces_nothing(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    place.edit(ENTITY, "display: title", "display: titel");
    let said = place.refused(&["check", "time-off"]);
    assert!(said.out.contains("entities/task.yaml:3:10"), "{}", said.out);
    assert!(said.out.contains("did you mean `title`?"), "{}", said.out);
    let said = place.refused(&["check", "time-off", "--format", "json"]).json();
    assert_eq!(said["ok"], false);
    place.refused(&["plan", "time-off"]);
    place.refused(&["apply", "time-off", "--yes"]);
    place.write(ENTITY, "a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\n".repeat(3));
    place.refused(&["apply", "time-off", "--yes"]);
    let (status, answer) = served.send("POST", TASKS, Some(&json!({"title": "still here"})));
    assert_eq!(status, 201, "{answer}");
}

fn what_is_lost_must_be_named(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    assert_eq!(served.send("POST", TASKS, Some(&json!({"title": "a", "notes": "kept?"}))).0, 201);
    place.edit(ENTITY, "  notes:\n    type: long_text\n    label: {zh-CN: 备注, en: Notes}\n    max: 2000\n", "");
    place.edit("time-off/forms/task.yaml", "      - field: notes\n        span: 2\n", "");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["steps"][0]["destructive"], true, "{planned}");
    assert_eq!(planned["steps"][0]["lost"], 1, "{planned}");
    let said = place.refused(&["apply", "time-off", "--yes"]);
    assert!(said.err.contains("--drop task.notes"), "{}", said.err);
    assert_eq!(served.get(TASKS)["items"][0]["notes"], "kept?");
    place.fine(&["apply", "time-off", "--yes", "--drop", "task.notes"]);
    served.wait_for(TASKS, |answer| answer["items"][0].get("notes").is_none());
}

fn what_numbers_come_from_is_named_before_it_changes(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.edit(
        ENTITY,
        "  notes:\n",
        "  effort:\n    type: integer\n    label: {zh-CN: 工作量, en: Effort}\n  double:\n    type: integer\n    label: {zh-CN: 两倍, en: Double}\n    formula: effort * 2\n  notes:\n",
    );
    let term = |measure: &str| {
        format!(
            "code: T1\nlabel: {{zh-CN: 工作量合计, en: Total effort}}\ndefinition: {{zh-CN: 合计, en: Total}}\ndirection: none\nfrequency: daily\nowner: all\nmeasure: {{over: task, time: created_at, simple: {measure}}}\n"
        )
    };
    place.write("time-off/dictionary/effort.yaml", term("sum(double)"));
    place.fine(&["apply", "time-off", "--yes"]);
    place.edit(ENTITY, "formula: effort * 2", "formula: effort * 3");
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(said.contains("field `task.double` is computed otherwise; comes into effort"), "{said}");
    place.write("time-off/dictionary/effort.yaml", term("sum(effort)"));
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(
        planned["numbers"][1],
        json!({"what": "effort", "how": "term-changed-same-version", "terms": [], "boards": []})
    );
    // A board that somebody put together of it is named too, and of no other term.
    for (id, name, terms) in [(1, "Effort of all", "other,effort"), (2, "Another", "effor_,effortx")] {
        place.sql(&format!(
            "INSERT INTO loam_unit_board (id, unit, account, name, terms, layout, audience, made) VALUES \
             ('0197aaaa-0000-7000-8000-00000000000{id}', '0197aaaa-0000-7000-8000-000000000000', \
             '0197aaaa-0000-7000-8000-000000000000', '{name}', '{terms}', 'numbers', 'me', '2025-11-20T01:00:00.000Z')"
        ));
    }
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(
        said.contains("so finished periods change too; on the boards “Effort of all”") && !said.contains("Another"),
        "{said}"
    );
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(
        planned["numbers"][0]["boards"][0]["name"], "Effort of all",
        "of a field, by the term that came from it"
    );
    // A term that loses what it is measured from is never published.
    place.edit(ENTITY, "  double:\n", "  triple:\n");
    place.write("time-off/dictionary/effort.yaml", term("sum(double)"));
    let said = place.refused(&["check", "time-off"]);
    assert!(said.out.contains("`task` has no field `double`"), "{}", said.out);
}
