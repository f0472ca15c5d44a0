//! Secrets at rest, and a definition that was changed behind the platform's back.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use crate::{on_both, support::Place};

on_both!(
    secrets_are_sealed_and_their_key_changes,
    secrets_of_records_are_in_clear_nowhere,
    a_definition_changed_in_the_database_is_not_served,
    administrators_who_shut_themselves_out_are_let_in
);

const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

fn secrets_are_sealed_and_their_key_changes(place: &Place) {
    place.with_app();
    let first = place.fine(&["key"]).out;
    assert_eq!(first.trim().len(), 8, "{first}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(place.path("data/data.key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");
    }
    // A secret from before there were keys, as an earlier version kept it.
    let plain = format!(
        "INSERT INTO loam_code (account, secret, made, last_step) SELECT id, '{SECRET}', created_at, 0 FROM loam_account"
    );
    place.sql(&plain);
    let said = place.refused(&["user", "list"]);
    assert!(said.err.contains("was changed"), "a plain secret is none once there is a key: {}", said.err);
    place.sql("DELETE FROM loam_setting WHERE name = 'data-key'");
    place.fine(&["user", "list"]);
    let kept = |place: &Place| place.sql("SELECT secret FROM loam_code").pop().unwrap();
    let before = kept(place);
    assert!(before.starts_with(&format!("sealed:1:{}:", first.trim())) && !before.contains(SECRET), "{before}");
    place.fine(&["user", "list"]);
    assert_eq!(kept(place), before, "what is sealed stays as it is");
    // Another key.
    let next = place.fine(&["key", "--rotate"]).out;
    let after = kept(place);
    assert!(after.starts_with(&format!("sealed:1:{}:", next.trim())), "{after}");
    assert_eq!(place.fine(&["key"]).out, format!("{first}{next}"));
    place.fine(&["audit", "export", "ledger.ndjson"]);
    let ledger = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    assert!(ledger.contains("secrets.key") && ledger.contains(next.trim()));
    assert!(!ledger.contains(SECRET) && !ledger.contains("sealed:1:"), "the ledger knows the key's id only");
    // Without the key, or with another, nothing is served.
    let keys = fs::read_to_string(place.path("data/data.key")).unwrap();
    fs::remove_file(place.path("data/data.key")).unwrap();
    let said = place.refused(&["user", "list"]);
    assert!(said.err.contains("there is no data.key"), "{}", said.err);
    assert!(!place.path("data/data.key").exists(), "no other is made in its place");
    let foreign = format!("loam-data-secret+00000000+{}", "ab".repeat(32));
    let said = place.loam_with(("LOAM_DATA_KEY", &foreign), &["user", "list"]);
    assert!(said.code == 1 && said.err.contains("which is not here"), "{}", said.err);
    let said = place.loam_with(("LOAM_DATA_KEY", "nonsense"), &["user", "list"]);
    assert!(said.code == 1 && said.err.contains("loam-data-secret+"), "{}", said.err);
    let lines = keys.trim().replace('\n', ";");
    assert_eq!(place.loam_with(("LOAM_DATA_KEY", &lines), &["user", "list"]).code, 0);
    assert_eq!(place.loam_with(("LOAM_DATA_KEY", &lines), &["key", "--rotate"]).code, 1);
    place.write("data/data.key", keys);
    place.fine(&["user", "list"]);
}

const TASK: &str = "time-off/entities/task.yaml";
const CARDS: [&str; 3] = ["6222020200112233445", "6222020200112266778", "6222020200112299001"];

/// Every file under a folder, one after another.
fn content(folder: &Path) -> Vec<u8> {
    let (mut found, mut open): (Vec<u8>, Vec<PathBuf>) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.extend(fs::read(path).unwrap());
            }
        }
    }
    found
}

/// What whoever reads the disk finds: the data folder with its database, or every row of every table.
fn kept(place: &Place) -> Vec<u8> {
    let mut found = content(&place.path("data"));
    if place.data().database.is_some() {
        for table in place.sql("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'") {
            let rows = place.sql(&format!("SELECT coalesce(string_agg(t::text, ' '), '') FROM \"{table}\" t"));
            found.extend(rows.concat().into_bytes());
        }
    }
    found
}

fn secrets_of_records_are_in_clear_nowhere(place: &Place) {
    place.fine(&["new", "time-off"]);
    place.edit(TASK, "comments: true", "comments: true\nattachments: true");
    let card = "  card: {type: secret, max: 30, personal: {purpose: {zh-CN: 发放工资, en: To pay wages}, basis: contract, keep: {zh-CN: 两年, en: Two years}}, label: {zh-CN: 银行卡号, en: Bank card}}\n  notes:\n";
    place.edit(TASK, "  notes:\n", card);
    place.fine(&["apply", "time-off", "--yes"]);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let (status, made) = served.send("POST", "/time-off/task", Some(&json!({"title": "a", "card": CARDS[0]})));
    assert_eq!((status, &made["card"]), (201, &json!(CARDS[0])), "{made}");
    let path = format!("/time-off/task/{}", made["id"].as_str().unwrap());
    let (status, changed) = served.send("PATCH", &path, Some(&json!({"card": CARDS[1]})));
    assert_eq!((status, &changed["card"]), (200, &json!(CARDS[1])), "{changed}");
    served.attach(&path, "plan.txt", "a planted sentence");
    place.write("rows.csv", format!("title,card\nb,{}\n", CARDS[2]));
    place.fine(&["import", "task", "rows.csv"]);
    let before = place.sql("SELECT card FROM time_off_task ORDER BY id");
    // Another key, while the server runs.
    let said = place.fine(&["key", "--rotate"]);
    assert!(said.err.contains("sealed 2 secrets"), "{}", said.err);
    let after = place.sql("SELECT card FROM time_off_task ORDER BY id");
    let new = format!("sealed:1:{}:", said.out.trim());
    assert!(after.iter().zip(&before).all(|(now, was)| now.starts_with(&new) && now != was), "{after:?}");
    assert_eq!(served.get(&path)["card"], CARDS[1]);
    let history = served.get(&format!("{path}/history"));
    assert!(history.to_string().contains(CARDS[0]), "the ledger's are still opened: {history}");
    let out = place.fine(&["export", "task", "--sort", "title"]).out;
    assert!(out.contains(CARDS[1]) && out.contains(CARDS[2]), "{out}");
    place.fine(&["backup", "plain.tar.gz"]);
    // Entries get their positions shortly after the acts.
    let mut ledger = Vec::new();
    for _ in 0..100 {
        place.fine(&["audit", "export", "ledger.ndjson"]);
        ledger = fs::read(place.path("ledger.ndjson")).unwrap();
        if ledger.windows(9).any(|part| part == b"sealed:1:") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut backup = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(place.path("plain.tar.gz")).unwrap()).read_to_end(&mut backup).unwrap();
    for (where_, raw) in [("the data", kept(place)), ("a backup", backup), ("the ledger", ledger)] {
        assert!(raw.windows(9).any(|part| part == b"sealed:1:"), "{where_} has it");
        for planted in CARDS.into_iter().chain(["a planted sentence"]) {
            let shows = raw.windows(planted.len()).any(|part| part == planted.as_bytes());
            assert!(!shows, "{where_} shows `{planted}`");
        }
    }
    // A text again only by name; the other way it is sealed.
    drop(served);
    place.edit(TASK, "type: secret", "type: text, sensitivity: personal");
    let planned = place.fine(&["plan", "time-off"]).out;
    assert!(planned.contains("is a secret no longer"), "{planned}");
    assert!(place.refused(&["apply", "time-off", "--yes"]).err.contains("--drop task.card"));
    place.fine(&["apply", "time-off", "--yes", "--drop", "task.card"]);
    assert_eq!(place.sql("SELECT card FROM time_off_task ORDER BY id"), [CARDS[1], CARDS[2]]);
    place.edit(TASK, "type: text, sensitivity: personal, max: 30", "type: secret, max: 30");
    assert!(place.fine(&["plan", "time-off"]).out.contains("seal the values of field `card`"));
    place.fine(&["apply", "time-off", "--yes"]);
    assert!(place.sql("SELECT card FROM time_off_task").iter().all(|card| card.starts_with(&new)));
    let raw = kept(place);
    assert!(!raw.windows(CARDS[2].len()).any(|part| part == CARDS[2].as_bytes()), "nothing of it stays behind");
}

fn a_definition_changed_in_the_database_is_not_served(place: &Place) {
    place.with_app();
    drop(place.serve(&["serve"]));
    place.sql("UPDATE loam_definition SET documents = replace(documents, 'max: 120', 'max: 121')");
    let said = place.refused(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.err.contains("is not the one that the ledger says was published"), "{}", said.err);
    // The server that is gone may have led the ledger: until its lease is over nobody else puts an entry in its place.
    let told = (0..80).any(|turn| {
        let file = format!("ledger{turn}.ndjson");
        place.fine(&["audit", "export", &file]);
        let ledger = fs::read_to_string(place.path(&file)).unwrap();
        let told = ledger.contains("definition.prove") && ledger.contains("altered");
        if !told {
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
        told
    });
    assert!(told, "the refusal is on the ledger");
    // The right folder published anew is served again.
    place.edit("time-off/app.yaml", "version: 0.1.0", "version: 0.1.1");
    place.fine(&["apply", "time-off", "--yes"]);
    drop(place.serve(&["serve"]));
    // A version that no entry of the ledger tells of.
    place.sql(
        "INSERT INTO loam_definition (version, published_at, published_by, documents, hash) \
         SELECT version + 1, published_at, published_by, documents, hash FROM loam_definition ORDER BY version DESC LIMIT 1",
    );
    place.refused(&["serve", "--listen", "127.0.0.1:0"]);
}

fn administrators_who_shut_themselves_out_are_let_in(place: &Place) {
    place.with_app();
    let rules = r#"{"tries": 7, "admin_networks": ["10.9.9.9"]}"#;
    place.sql(&format!("INSERT INTO loam_setting (name, value) VALUES ('sign-in', '{rules}')"));
    place.fine(&["user", "any-address"]);
    let kept = place.sql("SELECT value FROM loam_setting WHERE name = 'sign-in'").pop().unwrap();
    assert!(kept.contains("\"tries\":7") && kept.contains("\"admin_networks\":[]"), "{kept}");
}
