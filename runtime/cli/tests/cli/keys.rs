//! Secrets at rest, and a definition that was changed behind the platform's back.

use std::fs;

use crate::{on_both, support::Place};

on_both!(
    secrets_are_sealed_and_their_key_changes,
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

fn a_definition_changed_in_the_database_is_not_served(place: &Place) {
    place.with_app();
    drop(place.serve(&["serve"]));
    place.sql("UPDATE loam_definition SET documents = replace(documents, 'max: 120', 'max: 121')");
    let said = place.refused(&["serve", "--listen", "127.0.0.1:0"]);
    assert!(said.err.contains("is not the one that the ledger says was published"), "{}", said.err);
    place.fine(&["audit", "export", "ledger.ndjson"]);
    let ledger = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    assert!(ledger.contains("definition.prove") && ledger.contains("altered"));
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
