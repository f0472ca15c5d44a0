//! What a publish would do to what people saved and to the periods of numbers, said before it does.

use serde_json::{Value, json};

use crate::{on_both, support::Place};

on_both!(
    saved_views_are_counted_before_their_fields_change_and_go_on_after_a_rename,
    saved_views_go_along_with_a_renamed_page_and_wait_for_one_that_is_gone,
    years_that_begin_otherwise_are_told_before_they_do
);

const ENTITY: &str = "time-off/entities/task.yaml";
const EFFORT: &str = "    type: integer\n    label: {zh-CN: 工作量, en: Effort}\n";

fn saved_views_are_counted_before_their_fields_change_and_go_on_after_a_rename(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.edit(ENTITY, "  notes:\n", &format!("  effort:\n{EFFORT}  notes:\n"));
    place.fine(&["apply", "time-off", "--yes"]);
    for (id, account, page, query) in [
        (1, 1, "tasks", "columns=title,effort&sort=-effort"),
        (2, 1, "tasks", "status=open&effort.from=2"),
        (3, 2, "tasks", "columns=code,effort,gone"),
        (4, 2, "tasks", "status=open&q=effort"),
        (5, 2, "nowhere", "columns=effort"),
    ] {
        place.sql(&format!(
            "INSERT INTO loam_saved_view (id, page, account, name, query) VALUES ('0197aaaa-0000-7000-8000-00000000000{id}', \
             '{page}', '0197aaaa-0000-7000-8000-0000000000a{account}', 'Secret {id}', '{query}')"
        ));
    }
    let queries = || place.sql("SELECT query FROM loam_saved_view ORDER BY id");
    let before = queries();
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!((&planned["views"], &planned["years"]), (&json!([]), &Value::Null));

    place.edit(ENTITY, "  effort:\n", "  weight:\n    renamed_from: effort\n");
    let said = place.fine(&["plan", "time-off"]).out;
    assert!(
        said.contains("- 3 saved views of `task`, of 2 people, use `effort`; they go on with `weight`\n"),
        "{said}"
    );
    assert!(!said.contains("Secret") && !said.contains("status=open"), "{said}");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    let told = json!([{"entity": "task", "field": "effort", "now": "weight", "views": 3, "owners": 2}]);
    assert_eq!(planned["views"], told);
    let said = place.loam_with(("LOAM_LANG", "zh-CN"), &["plan", "time-off"]).out;
    assert!(said.contains("- `task` 有 3 个已保存的视图（2 人）用到 `effort`，将自动改用 `weight`"), "{said}");
    assert_eq!(queries(), before, "a plan changes nothing");
    place.fine(&["apply", "time-off", "--yes"]);
    let renamed = [
        "columns=title,weight&sort=-weight",
        "status=open&weight.from=2",
        "columns=code,weight,gone",
        "status=open&q=effort",
        "columns=effort",
    ];
    assert_eq!(queries(), renamed);

    // The former name that stays in the files is no second rename.
    place.edit(ENTITY, "  notes:\n", "  remark: {type: text, label: {zh-CN: 说明, en: Remark}}\n  notes:\n");
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["views"], json!([]));

    place.edit(ENTITY, &format!("  weight:\n    renamed_from: effort\n{EFFORT}"), "");
    let said = place.fine(&["plan", "time-off"]).out;
    let gone = "- 3 saved views of `task`, of 2 people, use `weight`; they open without it, and say so\n";
    assert!(said.contains(gone), "{said}");
    place.fine(&["apply", "time-off", "--yes", "--drop", "task.weight"]);
    assert_eq!(queries(), renamed, "what goes stays written, so that whoever opens it is told");
}

fn saved_views_go_along_with_a_renamed_page_and_wait_for_one_that_is_gone(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.edit(ENTITY, "  notes:\n", &format!("  effort:\n{EFFORT}  notes:\n"));
    place.fine(&["apply", "time-off", "--yes"]);
    // Of the page `to-dos`, which there was once, a view is left that has the name of another.
    for (id, account, page, name, query) in [
        (1, 1, "tasks", "Secret", "columns=title,effort"),
        (2, 1, "to-dos", "Secret", "columns=code"),
        (3, 1, "to-dos", "Secret (2)", ""),
        (4, 1, "tasks", "Other", "status=open"),
        (5, 2, "tasks", "Secret", "q=effort"),
    ] {
        place.sql(&format!(
            "INSERT INTO loam_saved_view (id, page, account, name, query) VALUES ('0197aaaa-0000-7000-8000-00000000000{id}', \
             '{page}', '0197aaaa-0000-7000-8000-0000000000a{account}', '{name}', '{query}')"
        ));
    }
    let kept = || place.sql("SELECT page || ': ' || name || ': ' || query FROM loam_saved_view ORDER BY id");
    let views = || place.fine(&["plan", "time-off", "--format", "json"]).json()["views"].clone();

    // Together with a field it names.
    let page = |name: &str| place.path(&format!("time-off/pages/{name}.yaml"));
    std::fs::rename(page("tasks"), page("to-dos")).unwrap();
    place.edit("time-off/app.yaml", "home: tasks\n", "home: to-dos\n");
    place.edit(ENTITY, "  effort:\n", "  weight:\n    renamed_from: effort\n");
    let lost = json!({"page": "tasks", "now": null, "views": 3, "owners": 2});
    assert_eq!(views(), json!([lost]), "without a word of it, it is another page");
    place.edit("time-off/pages/to-dos.yaml", "entity: task\n", "entity: task\nrenamed_from: tasks\n");
    let said = place.fine(&["plan", "time-off"]).out;
    for line in [
        "- 3 saved views of page `tasks`, of 2 people, go on with page `to-dos`\n",
        "- 1 saved view of `task`, of 1 person, uses `effort`; they go on with `weight`\n",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("Secret") && !said.contains("status=open"), "{said}");
    let moved = json!({"page": "tasks", "now": "to-dos", "views": 3, "owners": 2});
    let renamed = json!({"entity": "task", "field": "effort", "now": "weight", "views": 1, "owners": 1});
    assert_eq!(views(), json!([moved, renamed]));
    let said = place.loam_with(("LOAM_LANG", "zh-CN"), &["plan", "time-off"]).out;
    assert!(said.contains("- 页面 `tasks` 有 3 个已保存的视图（2 人），将转到页面 `to-dos` 继续使用"), "{said}");
    place.fine(&["apply", "time-off", "--yes"]);
    let along = [
        "to-dos: Secret (3): columns=title,weight",
        "to-dos: Secret: columns=code",
        "to-dos: Secret (2): ",
        "to-dos: Other: status=open",
        "to-dos: Secret: q=effort",
    ];
    assert_eq!(kept(), along, "who has a view of that name there keeps both");

    // The former name that stays in the files is no second rename.
    place.edit(ENTITY, "  notes:\n", "  remark: {type: text, label: {zh-CN: 说明, en: Remark}}\n  notes:\n");
    assert_eq!(views(), json!([]));

    let list = "kind: list\nlabel: {zh-CN: 全部, en: All}\nmenu: {group: work}\nentity: task\ncolumns: [title]\n";
    let board = "kind: board\nlabel: {zh-CN: 看板, en: Board}\nentity: task\nlanes: status\ncard: [due]\n";
    place.write("time-off/pages/all.yaml", list);
    place.edit("time-off/app.yaml", "home: to-dos\n", "home: all\n");
    let words = std::fs::read_to_string(page("to-dos")).unwrap();
    let gone = json!([{"page": "to-dos", "now": null, "views": 5, "owners": 2}]);
    place.write("time-off/pages/to-dos.yaml", board);
    assert_eq!(views(), gone, "a board shows none");
    std::fs::remove_file(page("to-dos")).unwrap();
    assert_eq!(views(), gone);
    let said = place.fine(&["plan", "time-off"]).out;
    let line = "- 5 saved views of page `to-dos`, of 2 people, go out of use; they are kept until a list of that name is \
                there again\n";
    assert!(said.contains(line), "{said}");
    let said = place.loam_with(("LOAM_LANG", "zh-CN"), &["plan", "time-off"]).out;
    assert!(said.contains("- 页面 `to-dos` 有 5 个已保存的视图（2 人）将停用；视图仍会保留"), "{said}");
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(kept(), along);
    place.write("time-off/pages/to-dos.yaml", words);
    assert_eq!(views(), json!([]));
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(kept(), along, "they are there again with the page");
}

fn years_that_begin_otherwise_are_told_before_they_do(place: &Place) {
    place.fine(&["new", "time-off"]);
    let season = "  season: {type: period, grain: quarter, label: {zh-CN: 季度, en: Season}}\n";
    place.edit(ENTITY, "  notes:\n", &format!("  effort:\n{EFFORT}{season}  notes:\n"));
    for (code, name, frequency, version, measure) in [
        ("T1", "seasonal", "quarterly", 2, "simple: count"),
        ("T2", "so_far", "daily", 1, "cumulative: {of: sum(effort), since: year}"),
        ("T3", "effort", "daily", 1, "simple: sum(effort)"),
    ] {
        place.write(
            &format!("time-off/dictionary/{name}.yaml"),
            format!(
                "code: {code}\nlabel: {{zh-CN: 指标{code}, en: Number {code}}}\ndefinition: {{zh-CN: 指标, en: Number}}\n\
                 direction: none\nfrequency: {frequency}\nowner: all\nversion: {version}\n\
                 measure: {{over: task, time: created_at, {measure}}}\n"
            ),
        );
    }
    place.write(
        "time-off/pages/efforts.yaml",
        "kind: dashboard\nlabel: {zh-CN: 工作量看板, en: Efforts}\ngrain: quarter\ntiles:\n  own: {term: seasonal}\n",
    );
    for (page, value) in
        [("daily", "{term: effort}"), ("start", "{term: seasonal}"), ("yearly", "{term: effort, grain: year}")]
    {
        let words = format!("kind: home\nlabel: {{zh-CN: 首页, en: Start}}\nblocks:\n  own: {{value: {value}}}\n");
        place.write(&format!("time-off/pages/{page}.yaml"), words);
    }
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    for task in [json!({"title": "a", "season": "2025-Q1"}), json!({"title": "b"})] {
        let (status, answer) = served.send("POST", "/time-off/task", Some(&task));
        assert_eq!(status, 201, "{answer}");
    }
    drop(served);
    // Two numbers that are kept, one of them measured by an earlier version; of months nothing is told.
    place.sql("DELETE FROM loam_snapshot");
    for (grain, period, version) in [("quarter", "2025-Q1", 1), ("year", "2025", 2), ("month", "2025-01", 1)] {
        place.sql(&format!(
            "INSERT INTO loam_snapshot (term, grain, period, subject, version, divided, peers, as_of) VALUES ('seasonal', \
             '{grain}', '{period}', '00000000-0000-0000-0000-000000000000', {version}, FALSE, 0, '2025-11-20T01:00:00.000Z')"
        ));
    }
    place.edit("time-off/app.yaml", "version: 0.1.0\n", "version: 0.1.0\nyear_begins: 4\n");
    let said = place.fine(&["plan", "time-off"]).out;
    for line in [
        "! years begin in month 4 instead of 1: halves and years are made of other months; quarters keep theirs and are \
         called otherwise\n",
        "- terms measured by quarters: seasonal\n",
        "- terms measured by years: so_far\n",
        "- 1 other term gives other numbers where asked by quarters, halves or years\n",
        "- pages by such periods: efforts, start, yearly\n",
        "- 1 record of `task` names quarters in `season`, kept as written, which are other months from now on\n",
        "! term `seasonal`: 2 numbers kept of such periods, worked out anew; 1 of them by an earlier version",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(
        planned["years"],
        json!({
            "from": 1, "to": 4, "cut": ["half", "year"],
            "terms": [{"term": "seasonal", "by": ["quarter"]}, {"term": "so_far", "by": ["year"]}], "others": 1,
            "pages": ["efforts", "start", "yearly"], "rules": [],
            "records": [{"entity": "task", "field": "season", "names": "quarter", "count": 1}],
            "kept": [{"term": "seasonal", "numbers": 2, "earlier": 1}],
        })
    );
    let said = place.loam_with(("LOAM_LANG", "zh-CN"), &["plan", "time-off"]).out;
    assert!(
        said.contains("! 年度改为从 4 月开始（原为 1 月）：半年、年度的起止月份改变；季度的起止月份不变，编号改变"),
        "{said}"
    );
    place.fine(&["apply", "time-off", "--yes"]);
    let planned = place.fine(&["plan", "time-off", "--format", "json"]).json();
    assert_eq!(planned["years"], Value::Null);
}
