//! From a new app to a changed one: no row is lost, and what is broken never replaces what runs.

use std::{
    collections::BTreeSet,
    fs,
    sync::{Arc, Mutex},
    thread,
};

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Place, Served},
};

on_both!(
    an_app_is_changed_again_and_again_while_others_write,
    an_app_is_made_published_and_changed_while_it_runs,
    what_hangs_on_a_field_is_named_before_it_goes,
    what_is_broken_replaces_nothing,
    what_is_lost_must_be_named,
    what_is_out_of_bounds_is_counted_and_stays,
    what_numbers_come_from_is_named_before_it_changes,
    who_may_do_what_otherwise_is_named_before_it_changes
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
    let planned = place.fine(&["plan", "time-off"]).out;
    assert!(planned.contains("+ `member` gains read on `task`: effort, heavy for 3 records\n"), "{planned}");
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

/// The number that every task of this test has: `effort` in one version, `weight` in the other, under which its values move along.
const NAMES: [&str; 2] = ["effort", "weight"];

fn an_app_is_changed_again_and_again_while_others_write(place: &Place) {
    place.with_app();
    let entity = fs::read_to_string(place.path(ENTITY)).unwrap();
    let publish = |name: &str, former: &str| {
        let field = format!(
            "  {name}:\n    renamed_from: {former}\n    type: integer\n    label: {{zh-CN: 工作量, en: Effort}}\n    default: '3'\n"
        );
        place.write(ENTITY, entity.replacen("  notes:\n", &format!("{field}  notes:\n"), 1));
        place.fine(&["apply", "time-off", "--yes"]);
    };
    let [effort, weight] = NAMES;
    publish(effort, weight);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let acknowledged = Mutex::new(Vec::new());
    thread::scope(|scope| {
        // Gone when publishing has ended, be it by a failure; those who write end with it.
        let publishing = Arc::new(());
        for writer in 0..2 {
            let (served, acknowledged, publishing) = (&served, &acknowledged, Arc::downgrade(&publishing));
            scope.spawn(move || {
                for n in 0.. {
                    if publishing.strong_count() == 0 {
                        break;
                    }
                    let title = format!("{writer}-{n}");
                    let made = asked(served, "POST", TASKS, Some(&json!({"title": title})));
                    acknowledged.lock().unwrap().push(title);
                    // Who may not read back what was made, which a publish in between amounts to, gets its id and version.
                    assert!(is_of_one_version([&made]) || made.get("title").is_none(), "two versions: {made}");
                    let list = asked(served, "GET", &format!("{TASKS}?limit=50"), None);
                    assert!(is_of_one_version(list["items"].as_array().unwrap()), "two versions: {list}");
                }
            });
        }
        for (round, [name, former]) in [[weight, effort], [effort, weight]].into_iter().cycle().take(4).enumerate() {
            publish(name, former);
            // Something is written between a publish and the next, whatever the machine is busy with.
            served.wait_for(&format!("{TASKS}?limit=200"), |answer| {
                let items = answer["items"].as_array().unwrap();
                items.len() > 10 * round && items.iter().all(|item| item.get(name).is_some())
            });
        }
    });
    let out = place.fine(&["export", "task", "--fields", "title,effort"]).out;
    let mut kept: Vec<&str> = out.lines().skip(1).collect();
    kept.sort_unstable();
    // None is lost, and none is there twice because its request was repeated.
    let acknowledged = acknowledged.into_inner().unwrap();
    let mut written: Vec<String> = acknowledged.iter().map(|title| format!("{title},3")).collect();
    written.sort();
    assert_eq!(kept, written);
}

/// The answer to a request that goes well. Only a publish in between, which the API says is a reason to ask again, is no failure.
fn asked(served: &Served, method: &str, path: &str, body: Option<&Value>) -> Value {
    for _ in 0..20 {
        let (status, answer) = served.send(method, path, body);
        if status == 503 && answer["type"] == "tag:loam,2026:new-edition" {
            continue;
        }
        assert_eq!(status, if method == "POST" { 201 } else { 200 }, "{answer}");
        return answer;
    }
    panic!("{method} {path}: the app was new twenty times");
}

/// Whether all of the records have the number under one name, and none under the other.
fn is_of_one_version<'a>(items: impl IntoIterator<Item = &'a Value>) -> bool {
    let found: BTreeSet<[bool; 2]> = items.into_iter().map(|item| NAMES.map(|name| item.get(name).is_some())).collect();
    found.len() <= 1 && found.iter().all(|[effort, weight]| effort != weight)
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

fn what_is_out_of_bounds_is_counted_and_stays(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    for notes in ["short", "long enough"] {
        assert_eq!(served.send("POST", TASKS, Some(&json!({"title": "a", "notes": notes}))).0, 201);
    }
    place.edit(ENTITY, "    max: 2000\n", "    min: 10\n    max: 2000\n");
    let said = place.fine(&["plan", "time-off"]).out;
    let expected = "- field `notes` of `task` holds at least 10 characters (1 row out of bounds, kept as stored; each can be \
                    saved again once its value is within them)";
    assert!(said.contains(expected), "{said}");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["steps"][0]["outside"], 1, "{planned}");
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(served.get(TASKS)["items"].as_array().map(Vec::len), Some(2));

    // Of a pattern nothing is counted.
    place.edit(ENTITY, "    min: 10\n", "    min: 10\n    pattern: '[a-z ]+'\n");
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(said.contains("the pattern of field `notes` of `task` is new or changed; rows are not checked"), "{said}");
    place.fine(&["apply", "time-off", "--yes"]);
}

fn who_may_do_what_otherwise_is_named_before_it_changes(place: &Place) {
    place.with_app();
    let table = place.fine(&["check", "time-off", "--access"]).out;
    assert!(table.contains("\nmember\n  held by everyone\n  task\n"), "{table}");
    assert!(table.contains("\nentity task\n  takes comments\n"), "{table}");
    let facts = place.fine(&["check", "time-off", "--access", "--format", "json"]).json()["facts"].clone();
    let everyone = json!({"about": "role", "name": "member", "matter": "everyone", "of": "", "value": ""});
    assert_eq!(facts[0], everyone);
    place.edit("time-off/roles/member.yaml", "everyone: true\n", "");
    place.edit(ENTITY, "comments: true\n", "");
    let said = place.fine(&["plan", "time-off"]).out;
    let [role, entity] =
        ["- role `member` no longer: held by everyone\n", "- entity `task` no longer: takes comments\n"];
    assert!(said.contains("who may do what changes:\n- `member` loses read on `task`: (comments)"), "{said}");
    assert!(said.contains(&format!("{role}{entity}")), "{said}");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!((&planned["facts"][0]["fact"], &planned["facts"][0]["holds"]), (&everyone, &json!(false)));
    assert_eq!(planned["facts"][0]["sentence"]["zh-CN"], "- 角色 `member` 不再：人人持有");
    assert_eq!(planned["access"].as_array().map(Vec::len), Some(1), "of the grants nothing else changes");
    assert_eq!(planned["access"][0]["fields"], json!(["(comments)"]));
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
    // A board that draws the term beside another, and records that name it by its code.
    place.write(
        "time-off/dictionary/other.yaml",
        term("count").replace("T1", "T2").replace("工作量合计", "任务数").replace("Total effort", "Tasks"),
    );
    place.write(
        "time-off/pages/efforts.yaml",
        "kind: dashboard\nlabel: {zh-CN: 工作量看板, en: Efforts}\ntiles:\n  both: {term: other, chart: line, with: [effort]}\n",
    );
    place.edit(
        ENTITY,
        "  notes:\n",
        "  goal:\n    type: text\n    term: true\n    label: {zh-CN: 目标指标, en: Goal}\n  notes:\n",
    );
    place.fine(&["apply", "time-off", "--yes"]);
    place.edit(ENTITY, "formula: effort * 2", "formula: effort * 3");
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(said.contains("field `task.double` is computed otherwise; comes into effort"), "{said}");
    place.write("time-off/dictionary/effort.yaml", term("sum(effort)"));
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(
        planned["numbers"][1],
        json!({
            "what": "effort", "how": "term-changed-same-version", "terms": [], "pages": ["efforts"], "rules": [],
            "boards": [], "records": [],
        })
    );
    // A board that somebody put together of it is named too, and of no other term.
    for (id, name, terms) in [(1, "Effort of all", "others,effort"), (2, "Another", "effor_,effortx")] {
        place.sql(&format!(
            "INSERT INTO loam_unit_board (id, unit, account, name, terms, layout, audience, made) VALUES \
             ('0197aaaa-0000-7000-8000-00000000000{id}', '0197aaaa-0000-7000-8000-000000000000', \
             '0197aaaa-0000-7000-8000-000000000000', '{name}', '{terms}', 'numbers', 'me', '2025-11-20T01:00:00.000Z')"
        ));
    }
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(
        said.contains("so finished periods change too; pages: efforts; on the boards “Effort of all”")
            && !said.contains("Another"),
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

fn what_hangs_on_a_field_is_named_before_it_goes(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.write(
        "time-off/entities/mark.yaml",
        "label: {zh-CN: 标记, en: Mark}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 标题, en: Title}}\n  task: {type: reference, to: task, label: {zh-CN: 任务, en: Task}}\n",
    );
    place.edit(
        "time-off/roles/member.yaml",
        "grants:\n",
        "workflows: [{workflow: check, actions: [start]}]\ngrants:\n  - {entity: mark, actions: [read]}\n",
    );
    place.edit(
        ENTITY,
        "  notes:\n",
        "  goal: {type: text, term: true, label: {zh-CN: 目标指标, en: Goal}}\n  effort:\n    type: integer\n    label: {zh-CN: 工作量, en: Effort}\n  notes:\n",
    );
    let term = |code: &str, measure: &str| {
        format!(
            "code: {code}\nlabel: {{zh-CN: 指标{code}, en: Number {code}}}\ndefinition: {{zh-CN: 合计, en: Total}}\ndirection: none\nfrequency: daily\nowner: all\nmeasure: {measure}\n"
        )
    };
    place.write("time-off/dictionary/effort.yaml", term("T1", "{over: task, time: created_at, simple: sum(effort)}"));
    place.write("time-off/dictionary/twice.yaml", term("T2", "{derived: effort * 2}"));
    place.write(
        "time-off/pages/efforts.yaml",
        "kind: dashboard\nlabel: {zh-CN: 工作量看板, en: Efforts}\nmenu: {group: work}\ntiles:\n  own: {term: effort}\n  double: {term: twice}\n",
    );
    place.edit("time-off/pages/tasks.yaml", "columns: [code, ", "columns: [effort, code, ");
    place.edit("time-off/forms/task.yaml", "      - status\n", "      - status\n      - effort\n");
    place.write(
        "time-off/rules/much.yaml",
        "label: {zh-CN: 工作量大, en: Much}\ntrigger: {change: task}\ncondition: effort > 10\nactions:\n  - create: {entity: mark, values: {task: id}}\n",
    );
    place.write(
        "time-off/workflows/check.yaml",
        "label: {zh-CN: 核对, en: Check}\nentity: task\ncondition: effort > 10\nsteps:\n  done: {label: {zh-CN: 完成, en: Done}, set: {status: '\"done\"'}}\n",
    );
    place.fine(&["apply", "time-off", "--yes"]);
    place.sql(
        "INSERT INTO loam_unit_board (id, unit, account, name, terms, layout, audience, made) VALUES \
         ('0197aaaa-0000-7000-8000-000000000001', '0197aaaa-0000-7000-8000-000000000000', \
         '0197aaaa-0000-7000-8000-000000000000', 'Effort of all', 'twice', 'numbers', 'me', '2025-11-20T01:00:00.000Z')",
    );
    place.edit(ENTITY, "  effort:\n", "  exertion:\n");
    let said = place.refused(&["plan", "time-off"]).out;
    for part in [
        "dictionary/effort.yaml",
        "forms/task.yaml",
        "pages/tasks.yaml",
        "rules/much.yaml",
        "workflows/check.yaml",
        "`twice` is made from `effort`, which is at fault",
        "tile `own` shows `effort`, which is at fault",
        "tile `double` shows `twice`, which is at fault",
        "- term `twice`; on the board “Effort of all”",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let said = place.refused(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(said["hanging"][0]["boards"][0]["name"], "Effort of all", "{said}");
    assert!(
        !place.refused(&["check", "time-off"]).out.contains("Effort of all"),
        "of the database a check knows nothing"
    );
}
