//! Everything into one file and back, into either kind of database: whole, or not at all.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use loam::archive::read::{Reading, is_sealed};
use serde_json::{Value, json};
use store::backup::{Piece, Source};

use crate::{
    on_both,
    support::{Database, Place},
};

on_both!(
    a_backup_goes_into_a_database_of_either_kind,
    a_sealed_backup_is_enough_to_begin_anew,
    a_backup_under_load_is_one_moment,
    a_restore_that_is_killed_begins_again,
    what_went_after_a_backup_goes_again,
);

const PASS: (&str, &str) = ("LOAM_BACKUP_PASSPHRASE", "four words and a number 7");

fn kinds() -> Vec<Database> {
    if suite::database::only_sqlite() { vec![Database::Sqlite] } else { vec![Database::Sqlite, Database::Postgres] }
}

/// The small app with more kinds of fields, a few records, a comment and two attached files.
fn filled(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.edit("time-off/entities/task.yaml", "comments: true", "comments: true\nattachments: true");
    place.edit(
        "time-off/entities/task.yaml",
        "  notes:\n",
        "  cost: {type: decimal, places: 2, label: {zh-CN: 费用, en: Cost}}\n  \
         after: {type: references, to: task, label: {zh-CN: 前置任务, en: After}}\n  \
         above: {type: reference, to: task, label: {zh-CN: 上级任务, en: Above}}\n  \
         begins: {type: datetime, label: {zh-CN: 开始, en: Begins}}\n  \
         extra: {type: json, label: {zh-CN: 附加, en: Extra}}\n  \
         notes:\n",
    );
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let mut made: Vec<Value> = Vec::new();
    for n in 0..5 {
        let mut body = json!({
            "title": format!("任务 {n} 'quoted' \u{1F600}"), "cost": format!("-{n}.50"), "begins": "2026-03-01T08:00:00Z",
            "extra": {"b": [1, null, n]}, "due": "2026-02-28",
        });
        if let Some(last) = made.last() {
            body["above"] = last.clone();
            body["after"] = json!(made);
        }
        let (status, answer) = served.send("POST", "/time-off/task", Some(&body));
        assert_eq!(status, 201, "{answer}");
        made.push(answer["id"].clone());
    }
    let path = format!("/time-off/task/{}", made[0].as_str().unwrap());
    let (status, said) = served.send("POST", &format!("{path}/comments"), Some(&json!({"text": "好"})));
    assert_eq!(status, 201, "{said}");
    served.attach(&path, "方案.txt", "the plan");
    served.attach(&path, "again.txt", "the plan");
    served.attach(&path, "other.txt", "another plan");
}

/// Every row of a backup by its table, in an order of its own, but for the ledger, which tells of backups themselves.
fn rows(file: &Path, passphrase: Option<&str>) -> BTreeMap<String, Vec<String>> {
    let whole = Reading::open(file, passphrase).unwrap().verify().unwrap();
    let mut rows = Reading::open(file, passphrase).unwrap().rows(whole.manifest.parts);
    let (mut all, mut table): (BTreeMap<String, Vec<String>>, String) = (BTreeMap::new(), String::new());
    let json = |value: &Value| match value {
        // JSON stands as text, and PostgreSQL keeps its members in an order of its own.
        Value::String(text) if text.starts_with('{') => serde_json::from_str::<BTreeMap<String, Value>>(text)
            .map_or_else(|_| text.clone(), |members| format!("{members:?}")),
        other => other.to_string(),
    };
    while let Some(piece) = rows.next().unwrap() {
        match piece {
            Piece::Table { name, .. } => table = name,
            Piece::Row(values) => {
                all.entry(table.clone()).or_default().push(values.iter().map(json).collect::<Vec<_>>().join("|"));
            }
        }
    }
    for lines in all.values_mut() {
        lines.sort();
    }
    all.retain(|table, _| !["loam_entry", "loam_leaf", "loam_node", "loam_head", "loam_unplaced"].contains(&&**table));
    all
}

fn copied(from: &Place, to: &Place, file: &str) {
    fs::copy(from.path(file), to.path(file)).unwrap();
}

fn a_backup_goes_into_a_database_of_either_kind(place: &Place) {
    filled(place);
    place.fine(&["backup", "all.tar.gz"]);
    assert!(!is_sealed(&place.path("all.tar.gz")).unwrap());
    assert!(!place.path("all.tar.gz.part").exists());
    let said = place.refused(&["backup", "all.tar.gz"]);
    assert!(said.err.contains("is there already"), "{}", said.err);
    assert!(place.fine(&["restore", "all.tar.gz", "--check"]).out.contains("the backup is whole"));
    let before = rows(&place.path("all.tar.gz"), None);
    assert_eq!(before["time_off_task"].len(), 5, "{:?}", before.keys());
    assert_eq!(before["loam_attachment"].len(), 3);
    assert!(!before.contains_key("loam_session"), "who was signed in signs in again");
    // Into the one it came from it does not go.
    let said = place.refused(&["restore", "all.tar.gz"]);
    assert!(said.err.contains("is not empty"), "{}", said.err);
    let seen = place.fine(&["audit", "head"]).out;
    for kind in kinds() {
        let other = Place::new(kind);
        copied(place, &other, "all.tar.gz");
        // Without the key that signs nothing is written.
        let said = other.refused(&["restore", "all.tar.gz"]);
        assert!(said.err.contains("it brings no keys; put ledger.key"), "{}", said.err);
        fs::create_dir_all(other.path("data")).unwrap();
        copied(place, &other, "data/ledger.key");
        let said = other.refused(&["restore", "all.tar.gz"]);
        assert!(said.err.contains("it brings no keys; put data.key"), "{}", said.err);
        copied(place, &other, "data/data.key");
        let said = other.fine(&["restore", "all.tar.gz"]);
        assert!(said.err.contains("the ledger is as it was written"), "{}", said.err);
        // What the ledger was before, it begins with; and both acts are on it.
        other.write("seen.note", &seen);
        other.fine(&["audit", "verify", "--seen", "seen.note"]);
        other.fine(&["audit", "export", "ledger.ndjson"]);
        let ledger = fs::read_to_string(other.path("ledger.ndjson")).unwrap();
        assert_eq!(ledger.matches("\"action\":\"backup.restore\"").count(), 1);
        other.fine(&["backup", "again.tar.gz"]);
        let after = rows(&other.path("again.tar.gz"), None);
        for (table, lines) in &before {
            assert_eq!(lines, &after[table], "{table}");
        }
        assert_eq!(before.len(), after.len());
        let out = |place: &Place| place.fine(&["export", "task", "--sort", "code"]).out;
        assert_eq!(out(place), out(&other));
        // It works: the next number goes on, and the files are there.
        let mut served = other.serve(&["serve"]);
        served.sign_in("anna", "correct horse");
        let (status, answer) = served.send("POST", "/time-off/task", Some(&json!({"title": "new"})));
        assert_eq!((status, &answer["code"]), (201, &json!("T-0006")), "{answer}");
        let tasks = served.get("/time-off/task?sort=code");
        let first = tasks["items"][0]["id"].as_str().unwrap();
        let files = served.get(&format!("/time-off/task/{first}/attachments"));
        assert_eq!(files["items"].as_array().unwrap().len(), 3, "{files}");
        let file = files["items"][0]["id"].as_str().unwrap();
        let (status, content) = served.page(&format!("/api/v1/time-off/task/{first}/attachments/{file}"));
        assert!(status == 200 && content.contains("plan"), "{status} {content}");
    }
    // A file that is missing is said, and does not stand in the way.
    let blobs = place.data().blobs().unwrap();
    let hash = before["loam_attachment"][0].split('|').map(|text| text.trim_matches('"')).find(|text| text.len() == 64);
    let hash = hash.unwrap();
    fs::remove_file(blobs.folder().join(hash.split_at(2).0).join(hash)).unwrap();
    let said = place.fine(&["backup", "less.tar.gz"]);
    assert!(said.err.contains(&format!("the attached file `{hash}`")), "{}", said.err);
    place.fine(&["restore", "less.tar.gz", "--check"]);
}

fn a_sealed_backup_is_enough_to_begin_anew(place: &Place) {
    filled(place);
    assert_eq!(place.loam_with((PASS.0, "short"), &["backup", "all.backup"]).code, 2);
    let said = place.loam_with(PASS, &["backup", "all.backup"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(is_sealed(&place.path("all.backup")).unwrap());
    let bytes = fs::read(place.path("all.backup")).unwrap();
    for kind in kinds() {
        let other = Place::new(kind);
        copied(place, &other, "all.backup");
        for (passphrase, expected) in [("", "say its passphrase"), ("another passphrase", "the passphrase is wrong")] {
            let said = other.loam_with((PASS.0, passphrase), &["restore", "all.backup"]);
            assert!(said.code == 1 && said.err.contains(expected), "{}", said.err);
        }
        // One byte in every place that means something, and every way to be cut.
        for at in [1, 30, 90, 200, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 4;
            other.write("changed.backup", &changed);
            let said = other.loam_with(PASS, &["restore", "changed.backup"]);
            assert_eq!(said.code, 1, "byte {at}: {}", said.err);
            other.write("cut.backup", &bytes[..at]);
            assert_eq!(other.loam_with(PASS, &["restore", "cut.backup"]).code, 1, "cut at {at}");
        }
        assert!(!other.path("data/ledger.key").exists(), "what was refused has written nothing");
        other.write("pass", format!("{}\n", PASS.1));
        let said = other.fine(&["restore", "all.backup", "--passphrase-file", "pass"]);
        assert!(said.err.contains("the ledger is as it was written"), "{}", said.err);
        assert_eq!(
            fs::read(other.path("data/ledger.key")).unwrap(),
            fs::read(place.path("data/ledger.key")).unwrap(),
            "the key came along"
        );
    }
    // Another ledger's key is not taken for this one's.
    let other = Place::new(Database::Sqlite);
    copied(place, &other, "all.backup");
    other.fine(&["audit", "key"]);
    let said = other.loam_with(PASS, &["restore", "all.backup"]);
    assert!(said.code == 1 && said.err.contains("signed with another key"), "{}", said.err);
}

fn a_backup_under_load_is_one_moment(place: &Place) {
    filled(place);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let (ended, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let (served, ended, written) = (&served, &ended, &written);
        scope.spawn(move || {
            while !ended.load(Ordering::Relaxed) {
                let (status, _) = served.send("POST", "/time-off/task", Some(&json!({"title": "busy"})));
                assert_eq!(status, 201);
                written.fetch_add(1, Ordering::Relaxed);
            }
        });
        while written.load(Ordering::Relaxed) < 10 {
            thread::sleep(Duration::from_millis(5));
        }
        let said = place.loam_with(PASS, &["backup", "busy.backup"]);
        ended.store(true, Ordering::Relaxed);
        assert_eq!(said.code, 0, "{}", said.err);
    });
    let other = Place::new(*kinds().last().unwrap());
    copied(place, &other, "busy.backup");
    let said = other.loam_with(PASS, &["restore", "busy.backup"]);
    assert_eq!(said.code, 0, "{}", said.err);
    other.fine(&["audit", "verify"]);
    other.fine(&["audit", "export", "ledger.ndjson"]);
    let ledger = fs::read_to_string(other.path("ledger.ndjson")).unwrap();
    let created = ledger.lines().filter(|line| line.contains("\"create\"") && line.contains("\"task\"")).count();
    let tasks = other.fine(&["export", "task", "--fields", "code"]).out.lines().count() - 1;
    assert!(tasks > 10, "{tasks}");
    assert_eq!(created, tasks, "each record in it is on the ledger in it, and each entry has its record");
}

fn a_restore_that_is_killed_begins_again(place: &Place) {
    filled(place);
    let rows: String = (0..3_000).map(|n| format!("row {n}\n")).collect();
    place.write("many.csv", format!("title\n{rows}"));
    place.fine(&["import", "task", "many.csv"]);
    let said = place.loam_with(PASS, &["backup", "all.backup"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let wanted = place.fine(&["export", "task", "--sort", "code"]).out;
    let other = Place::new(*kinds().last().unwrap());
    copied(place, &other, "all.backup");
    other.write("pass", PASS.1);
    let restore = ["restore", "all.backup", "--passphrase-file", "pass"];
    let mut killed = 0;
    for wait in (0..).map(|n| 150 * n) {
        let mut child = other.begin(&restore);
        thread::sleep(Duration::from_millis(wait));
        if let Some(ended) = child.try_wait().unwrap() {
            // The first that was left alone for long enough; whatever those before it left did not stand in its way.
            assert!(ended.success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        let left = other.loam(&["export", "task"]);
        if left.code == 0 {
            // Killed after its commit, while it verified: everything is there.
            break;
        }
        assert!(left.err.contains("nothing is published"), "{}", left.err);
    }
    assert!(killed > 1, "{killed}");
    assert_eq!(other.fine(&["export", "task", "--sort", "code"]).out, wanted);
    other.fine(&["audit", "verify"]);
}

/// Of a file without a seal every changed byte is found by its own hashes; this is quick enough to try them by the hundred.
#[test]
fn every_change_of_a_plain_backup_is_found() {
    let place = Place::new(Database::Sqlite);
    filled(&place);
    place.fine(&["backup", "all.tar.gz"]);
    let bytes = fs::read(place.path("all.tar.gz")).unwrap();
    let verified = |bytes: &[u8]| {
        place.write("tried.tar.gz", bytes);
        Reading::open(&place.path("tried.tar.gz"), None).and_then(Reading::verify)
    };
    let whole = verified(&bytes).unwrap();
    for at in (0..bytes.len()).step_by(bytes.len() / 150) {
        // The time and system in gzip's own head mean nothing.
        if (3..10).contains(&at) {
            continue;
        }
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(other) = verified(&changed) {
            assert_eq!(other.manifest, whole.manifest, "byte {at}: bits that gzip does not use change nothing");
        }
        assert!(verified(&bytes[..at]).is_err(), "cut at {at}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(verified(&longer).is_err(), "something behind the end");
    // Members that are left out, put in twice or exchanged, with an archive that is well-formed otherwise.
    let said = verified(b"\x1f\x8b not gzip").unwrap_err().to_string();
    assert!(!said.is_empty());
    place.write("tried.tar.gz", "a text");
    let said = place.refused(&["restore", "tried.tar.gz", "--check"]);
    assert!(said.err.contains("it is no backup of Loam"), "{}", said.err);
    place.write("tried.tar.gz", &bytes[..bytes.len() / 2]);
    let said = place.refused(&["restore", "tried.tar.gz", "--check"]);
    assert!(said.err.contains("the file is cut"), "{}", said.err);
}

fn what_went_after_a_backup_goes_again(place: &Place) {
    filled(place);
    place.fine(&["backup", "all.tar.gz"]);
    assert_eq!(place.fine(&["erasures"]).out, "", "nothing went yet");
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let tasks = served.get("/time-off/task?sort=code");
    let id = tasks["items"][4]["id"].as_str().unwrap().to_owned();
    drop(served);
    let line = json!({"at": "2026-03-01T08:00:00.000Z", "act": "purge", "entity": "task", "record": id});
    let list = format!("{line}\n");
    for kind in kinds() {
        let other = Place::new(kind);
        fs::create_dir_all(other.path("data")).unwrap();
        for file in ["all.tar.gz", "data/ledger.key", "data/data.key"] {
            copied(place, &other, file);
        }
        other.write("wrong.ndjson", list.replace("purge", "forget"));
        let said = other.refused(&["restore", "all.tar.gz", "--erasures", "wrong.ndjson"]);
        assert!(said.err.contains("`wrong.ndjson` line 1"), "{}", said.err);
        other.write("erasures.ndjson", &list);
        let said = other.fine(&["restore", "all.tar.gz", "--erasures", "erasures.ndjson"]);
        assert!(said.err.contains("applied 1 erasure again"), "{}", said.err);
        assert!(said.err.contains("the ledger is as it was written"), "{}", said.err);
        assert_eq!(other.fine(&["export", "task"]).out.lines().count(), 5, "four of them and the head");
        let listed = other.fine(&["erasures"]).out;
        assert!(listed.lines().count() == 1 && listed.contains(&id) && listed.contains("purge"), "{listed}");
        // Once more there is nothing to do.
        other.write("listed.ndjson", &listed);
        let said = other.fine(&["erasures", "--apply", "listed.ndjson"]);
        assert!(
            said.err.contains("applied 0 erasures again; already told of, or of what is not there: 1"),
            "{}",
            said.err
        );
    }
}
