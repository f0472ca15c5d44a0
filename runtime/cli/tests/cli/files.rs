//! Files in and out.

use std::{fs, path::Path};

use crate::{
    on_both,
    support::{Place, repository},
};

on_both!(
    batches_are_kept_and_gone_on_from,
    a_changed_cell_changes_its_record_alone,
    a_public_file_comes_back_as_it_was,
    bad_rows_are_named_and_good_ones_kept_as_chosen,
    references_are_found_by_key_and_by_name
);

fn a_public_file_comes_back_as_it_was(place: &Place) {
    comes_back_as_it_was(place, &repository().join("examples/ibm-hr/sample.csv"));
    // The real file is no part of the project; where it stands beside the project, all of it goes the same way.
    let real = repository().join("../shared/data/ibm-hr-attrition.csv");
    if real.is_file() {
        comes_back_as_it_was(&place.another(), &real);
    }
}

fn comes_back_as_it_was(place: &Place, file: &Path) {
    let app = repository().join("examples/ibm-hr");
    let (app, before) = (app.to_str().unwrap(), fs::read(file).unwrap());
    let file = file.to_str().unwrap();
    // No cell of it goes over two lines, and the first line is the header.
    let rows = before.iter().filter(|byte| **byte == b'\n').count() - 1;
    place.fine(&["import", "--app", app, "employee", file, "--dry-run"]);
    let report = place.fine(&["import", "--app", app, "employee", file, "--format", "json"]).json();
    assert_eq!((&report["rows"], &report["refused"]), (&rows.into(), &0.into()), "{report}");
    assert_eq!(report["created"], report["rows"], "{report}");
    place.fine(&["export", "--app", app, "employee", "out.csv", "--lang", "en", "--bom"]);
    assert!(before == fs::read(place.path("out.csv")).unwrap(), "the file exported after `{file}` differs");
    // A second time nothing is new, whichever format and language it went out in.
    place.fine(&["export", "employee", "out.xlsx", "--lang", "zh-CN", "--labels"]);
    let batch = (rows / 3).to_string();
    let again = place.fine(&["import", "employee", "out.xlsx", "--batch", &batch, "--format", "json"]).json();
    assert_eq!((&again["created"], &again["unchanged"]), (&0.into(), &report["rows"]), "{again}");
    assert!(!place.path("out.xlsx.progress").exists());
}

fn a_changed_cell_changes_its_record_alone(place: &Place) {
    place.with_app();
    place.write("rows.csv", "code,title,status\nA-1,a,open\nA-2,b,open\nA-3,c,done\n");
    let report = place.fine(&["import", "task", "rows.csv", "--format", "json"]).json();
    assert_eq!(report["created"], 3, "{report}");
    place.edit("rows.csv", "A-2,b,open", "A-2,b,done");
    let told = |report: &serde_json::Value| {
        let count = |what: &str| report[what].as_u64().unwrap();
        [count("created"), count("updated"), count("unchanged"), count("refused")]
    };
    let kept = || place.fine(&["export", "task", "--fields", "code,title,status,version"]).out;
    let report = place.fine(&["import", "task", "rows.csv", "--dry-run", "--format", "json"]).json();
    assert_eq!(told(&report), [0, 1, 2, 0], "{report}");
    assert_eq!(kept(), "code,title,status,version\r\nA-1,a,open,1\r\nA-2,b,open,1\r\nA-3,c,done,1\r\n");
    let report = place.fine(&["import", "task", "rows.csv", "--format", "json"]).json();
    assert_eq!(told(&report), [0, 1, 2, 0], "{report}");
    assert_eq!(kept(), "code,title,status,version\r\nA-1,a,open,1\r\nA-2,b,done,2\r\nA-3,c,done,1\r\n");
}

const ROWS: &str = "Number;标题;Status;Due\nA-1;一;open;2026/1/9\nA-2;;open;\nA-3;三;开着;\nA-4;四;完成;2026年1月9日\nA-1;五;open;\n;六;done;\n";

fn bad_rows_are_named_and_good_ones_kept_as_chosen(place: &Place) {
    place.with_app();
    place.write("rows.csv", ROWS);
    let report = place.refused(&["import", "task", "rows.csv", "--report", "refused.csv", "--format", "json"]).json();
    let refused: Vec<(u64, &str)> = report["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| (refusal["row"].as_u64().unwrap(), refusal["column"].as_str().unwrap_or("")))
        .collect();
    assert_eq!(refused, [(3, "标题"), (4, "Status"), (6, "Number"), (7, "Number")], "{report}");
    assert_eq!(report["written"], false);
    assert!(fs::read_to_string(place.path("refused.csv")).unwrap().contains("\r\n4,Status,"));
    assert_eq!(place.fine(&["export", "task"]).out.lines().count(), 1, "nothing is written");

    let report = place.refused(&["import", "task", "rows.csv", "--on-error", "skip", "--format", "json"]).json();
    assert_eq!((&report["created"], &report["refused"]), (&2.into(), &4.into()), "{report}");
    let out = place.fine(&["export", "task", "--fields", "code,title,status,due"]).out;
    assert_eq!(out, "code,title,status,due\r\nA-1,一,open,2026-01-09\r\nA-4,四,done,2026-01-09\r\n");

    // Out as a workbook and in again, serial numbers and computed columns included.
    place.fine(&["export", "task", "tasks.xlsx", "--lang", "zh-CN"]);
    let report = place.fine(&["import", "task", "tasks.xlsx", "--format", "json"]).json();
    assert_eq!((&report["created"], &report["unchanged"]), (&0.into(), &2.into()), "{report}");

    let said = place.refused(&["import", "task", "rows.csv", "--map", "标题=titel"]);
    assert!(said.err.contains("did you mean `title`?"), "{}", said.err);
    place.write("other.csv", "Number,Whatever\nA-9,x\n");
    let said = place.refused(&["import", "task", "other.csv"]);
    assert!(said.err.contains("column `Whatever` fits no field"), "{}", said.err);
    let report = place.fine(&["import", "task", "other.csv", "--map", "Whatever=title", "--format", "json"]).json();
    assert_eq!(report["created"], 1);
}

fn references_are_found_by_key_and_by_name(place: &Place) {
    place.fine(&["new", "our-organisation", "--from", "organisation"]);
    place.fine(&["apply", "our-organisation", "--yes"]);
    // 总部 comes after what stands below it, and two are called 门诊.
    place.write(
        "units.csv",
        "code,name,kind,parent\nU2,门诊,department,U1\nU3,门诊,department,总部\nU1,总部,group,\nU4,药房,department,门诊\nU5,病房,department,U9\n",
    );
    let said = place.refused(&["import", "unit", "units.csv", "--on-error", "skip"]);
    assert!(said.out.contains("row 5, `parent`: 2 records are called `门诊`"), "{}{}", said.out, said.err);
    assert!(said.out.contains("row 6, `parent`: there is no"), "{}", said.out);
    let out = place.fine(&["export", "unit", "--fields", "code,parent", "--sort", "code"]).out;
    assert_eq!(out, "code,parent\r\nU1,\r\nU2,U1\r\nU3,U1\r\n");
}

fn batches_are_kept_and_gone_on_from(place: &Place) {
    place.with_app();
    place.write("rows.csv", "code,title,status\nA-1,a,open\nA-2,b,open\nA-3,c,nonsense\nA-4,d,open\nA-5,e,open\n");
    let report = place.refused(&["import", "task", "rows.csv", "--batch", "2", "--format", "json"]).json();
    assert_eq!((&report["created"], &report["stopped"]), (&2.into(), &true.into()), "{report}");
    assert!(place.path("rows.csv.progress").is_file());
    let said = place.refused(&[
        "import",
        "task",
        "rows.csv",
        "--batch",
        "2",
        "--resume",
        "--on-error",
        "skip",
        "--format",
        "json",
    ]);
    assert!(said.err.contains("going on after row 2"), "{}", said.err);
    let report = said.json();
    assert_eq!((&report["rows"], &report["created"]), (&3.into(), &2.into()), "{report}");
    assert!(!place.path("rows.csv.progress").exists());
    let out = place.fine(&["export", "task", "--fields", "code"]).out;
    assert_eq!(out, "code\r\nA-1\r\nA-2\r\nA-4\r\nA-5\r\n");
}
