//! What is said by hand about files in and out, rows that are refused, and an import that is killed.

use std::{
    collections::BTreeSet,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{on_both, seeds::stock, support::Place};

on_both!(
    columns_keys_and_names_are_said_by_hand,
    a_file_out_holds_what_was_asked_for,
    what_is_set_later_is_refused_at_its_own_row,
    a_killed_import_goes_on_where_it_ended
);

/// Shelves and parts, from files with columns of other names.
fn filled(place: &Place) {
    stock(place);
    place.write("shelves.txt", "Kode#Wort#Platz#Rest\nA#Whole#9#x\nA1#Upper#5#y\n");
    let shelves = ["import", "shelf", "shelves.txt", "--delimiter", "#", "--map", "Kode=code", "--map", "Wort=name"];
    let shelves = [&shelves[..], &["--map", "Platz=room", "--ignore", "Rest", "--app", "stock"]].concat();
    let said = place.fine(&[&shelves[..], &["--dry-run"]].concat());
    assert!(said.err.contains("Kode → code") && said.err.contains("Platz → room"), "{}", said.err);
    assert!(said.err.contains("left out, as you said: Rest"), "{}", said.err);
    assert_eq!(said.out, "2 rows: 2 would be made, 0 would be changed\nnothing was written: this was a dry run\n");
    assert_eq!(place.fine(&shelves).out, "2 rows: 2 made, 0 changed\n");
    // One shelf is said by its name, one by its key.
    place.write("parts.csv", "code,name,note,shelf\nk1,Bolts,first,Upper\nk2,Nuts,,A\n");
    assert_eq!(place.fine(&["import", "part", "parts.csv"]).out, "2 rows: 2 made, 0 changed\n");
}

fn columns_keys_and_names_are_said_by_hand(place: &Place) {
    stock(place);
    // A file that is not there is found out before anything is made for it.
    let said = place.refused(&["import", "--app", "stock", "part", "nowhere.csv"]);
    assert!(said.err.contains("there is no file `nowhere.csv`"), "{}", said.err);
    let said = place.refused(&["import", "--app", "stock", "part", "stock"]);
    assert!(said.err.contains("`stock` is a folder"), "{}", said.err);
    assert!(!place.path("data").exists());
    filled(place);
    // Another field than the key finds the records.
    place.write("notes.csv", "name,note\nBolts,second\nNuts,third\n");
    let report = place.fine(&["import", "part", "notes.csv", "--key", "name", "--format", "json"]).json();
    assert_eq!((&report["created"], &report["updated"]), (&json!(0), &json!(2)), "{report}");
    let out = place.fine(&["export", "part", "--fields", "code,note,shelf", "--sort", "code"]).out;
    assert_eq!(out, "code,note,shelf\r\nk1,second,A1\r\nk2,third,A\r\n");
    // Out as a workbook, references included, and in again.
    place.fine(&["export", "part", "parts.xlsx"]);
    let report = place.fine(&["import", "part", "parts.xlsx", "--format", "json"]).json();
    assert_eq!((&report["rows"], &report["unchanged"]), (&json!(2), &json!(2)), "{report}");
    let said = place.refused(&["import", "part", "parts.xlsx", "--sheet", "Nope"]);
    assert!(said.err.contains("has no sheet `Nope`; it has Parts"), "{}", said.err);
    // All that is wrong in what was said, at once.
    let wrong = ["import", "part", "parts.csv", "--map", "Nowhere=name", "--map", "note=name", "--key", "nme"];
    let said = place.refused(&wrong);
    for fault in [
        "the file has no column `Nowhere`",
        "columns `name` and `note` are both for `name`; ignore one of them",
        "there is no field `nme`; did you mean `name`?",
        "use --map and --ignore",
    ] {
        assert!(said.err.contains(fault), "{fault}: {}", said.err);
    }
    let said = place.refused(&["import", "part", "parts.csv", "--key", "shelf"]);
    assert!(said.err.contains("`shelf` cannot be the key: its values do not tell records apart"), "{}", said.err);
    let said = place.refused(&["import", "prt", "parts.csv"]);
    assert!(said.err.contains("there is no entity `prt`; did you mean `part`?"), "{}", said.err);
    place.write("parts.pdf", "");
    let keyless = ["import", "part", "notes.csv", "--batch", "2", "--resume"];
    for (arguments, why) in [
        (&["import", "part", "parts.csv", "--resume"][..], "--batch"),
        (&["import", "part", "parts.csv", "--map", "note"][..], "COLUMN=FIELD"),
        (&["import", "part", "parts.csv", "--delimiter", "ab"][..], "one character"),
        (&["import", "part", "parts.pdf"][..], "neither `.csv` nor `.xlsx`"),
        (&keyless[..], "without a key its rows could come twice"),
    ] {
        let said = place.loam(arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(why), "{arguments:?}: {}", said.err);
    }
}

fn a_file_out_holds_what_was_asked_for(place: &Place) {
    filled(place);
    place.write("more.csv", "code,name,shelf\nk3,=1+1,A\n");
    place.fine(&["import", "part", "more.csv"]);
    let fields = ["export", "part", "--fields", "code,name,shelf.name", "--line-ends", "lf"];
    let some = ["--filter", "shelf.code == \"A\"", "--sort", "-code", "--guard"];
    let said = place.fine(&[&fields[..], &some].concat());
    assert_eq!(said.out, "code,name,shelf.name\nk3,'=1+1,Whole\nk2,Nuts,Whole\n");
    assert!(said.err.contains("wrote 2 records"), "{}", said.err);
    for (arguments, code, why) in [
        (&["export", "part", "--fields", "nme"][..], 1, "there is no field `nme` in `nme`"),
        (&["export", "part", "--sort=-nme"][..], 1, "there is no field `nme`"),
        (&["export", "part", "--filter", "nme == 1"][..], 1, "the condition cannot be understood"),
        (&["export", "prt"][..], 1, "there is no entity `prt`; did you mean `part`?"),
        (&["export", "part", "parts.pdf"][..], 2, "neither `.csv` nor `.xlsx`"),
        (&["export", "part", "nowhere/parts.csv"][..], 1, "`nowhere/parts.csv` cannot be written"),
    ] {
        let said = place.loam(arguments);
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{arguments:?}: {}", said.err);
        assert!(said.err.contains(why), "{arguments:?}: {}", said.err);
    }
    // Only of the app that is published.
    place.edit("stock/app.yaml", "1.0.0", "1.0.1");
    let said = place.refused(&["export", "--app", "stock", "part"]);
    assert!(said.out.is_empty() && said.err.contains("is not what is published"), "{}", said.err);
}

fn what_is_set_later_is_refused_at_its_own_row(place: &Place) {
    stock(place);
    // What D refers to is there only once all rows are made, so that its fault is found after those of all others.
    place.write(
        "shelves.csv",
        "code,name,above,room\nB,Low,,4\nC,Lower,B,4\nD,Round,D,4\nE,Odd,,13\nF,Lost,Nowhere,4\n",
    );
    let refused = ["import", "--app", "stock", "shelf", "shelves.csv"];
    let said = place.refused(&refused).out;
    let [round, odd, lost] = [
        "row 4, `above`: no shelf is above itself\n",
        "row 5, `room`: no shelf has thirteen\n",
        "row 6, `above`: there is no shelf `Nowhere`\n",
    ];
    assert_eq!(
        said,
        format!(
            "{round}{odd}{lost}5 rows, 3 refused\nnothing was written; mend the rows, or keep the good ones with --on-error skip\n"
        )
    );
    let said = place.refused(&[&refused[..], &["--on-error", "skip"]].concat()).out;
    assert_eq!(said, format!("{round}{odd}{lost}5 rows: 2 made, 0 changed, 3 refused\n"));
    let out = place.fine(&["export", "shelf", "--fields", "code,above", "--sort", "code"]).out;
    assert_eq!(out, "code,above\r\nB,\r\nC,B\r\n");
}

fn a_killed_import_goes_on_where_it_ended(place: &Place) {
    const ROWS: u64 = 560;
    stock(place);
    place.fine(&["apply", "stock", "--yes"]);
    // Long enough that it is shown how much of the file is read.
    let row = |n: u64| format!("k{n},Part {n},{}\n", "x".repeat(2_000));
    place.write("rows.csv", format!("code,name,note\n{}", (1..=ROWS).map(row).collect::<String>()));
    let mut child = place.begin(&["import", "part", "rows.csv", "--batch", "1"]);
    let begun = Instant::now();
    while !place.path("rows.csv.progress").is_file() {
        assert!(begun.elapsed() < Duration::from_secs(60) && child.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let said = place.fine(&["import", "part", "rows.csv", "--batch", "500", "--resume", "--format", "json"]);
    assert!(said.err.contains("(bytes read)"), "how far it is goes beside the answer: {}", said.err);
    let report = said.json();
    let rest = said.err.split_once("going on after row ").unwrap_or_else(|| panic!("{}", said.err)).1;
    let done: u64 = rest.lines().next().unwrap().parse().unwrap();
    let count = |what: &str| report[what].as_u64().unwrap();
    assert!(done > 0 && done + count("rows") == ROWS, "{done}: {report}");
    // One batch may have been written and not noted down; its row is there and stays as it is.
    assert!(count("created") + count("unchanged") == count("rows") && count("unchanged") <= 1, "{report}");
    assert_eq!((&report["refusals"], &report["stopped"]), (&json!([]), &Value::Bool(false)));
    assert!(!place.path("rows.csv.progress").exists());
    let out = place.fine(&["export", "part", "--fields", "code"]).out;
    let codes: BTreeSet<&str> = out.lines().skip(1).collect();
    assert_eq!((codes.len(), out.lines().count()), (560, 561), "every row once");
}
