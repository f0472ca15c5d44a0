//! The ledger from the command line: whole as it was written, proved elsewhere, and every change named.

use std::fs;

use serde_json::json;

use crate::{on_both, support::Place};

on_both!(
    the_ledger_is_verified_proved_and_handed_out,
    keys_change_and_old_proofs_hold,
    wrong_usage_of_the_ledger_ends_with_two
);

fn first_entry(place: &Place) -> serde_json::Value {
    let file = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    let line = file.lines().find(|line| line.contains("\"publish\"")).unwrap();
    serde_json::from_str(line).unwrap()
}

fn the_ledger_is_verified_proved_and_handed_out(place: &Place) {
    place.with_app();
    let whole = place.fine(&["audit", "verify", "--format", "json"]).json();
    assert_eq!(whole["whole"], json!(true), "{whole}");
    assert!(place.fine(&["audit", "verify"]).out.contains("the ledger is as it was written"));
    let key = place.fine(&["audit", "key"]).out;
    place.write("ledger.pub", &key);
    let seen = place.fine(&["audit", "head"]).out;
    place.write("seen.note", &seen);
    place.fine(&["audit", "export", "ledger.ndjson"]);
    place.fine(&["audit", "verify", "--file", "ledger.ndjson", "--key", "ledger.pub", "--seen", "seen.note"]);
    place.fine(&["audit", "verify", "--key", key.trim(), "--seen", "seen.note"]);
    let entry = first_entry(place);
    let id = entry["entry"]["id"].as_str().unwrap();
    place.fine(&["audit", "prove", id, "--out", "entry.proof"]);
    let proved =
        place.fine(&["audit", "verify", "--proof", "entry.proof", "--key", "ledger.pub", "--format", "json"]).json();
    assert_eq!((&proved["proved"], &proved["action"]), (&json!(true), &json!("publish")));
    assert!(!place.fine(&["audit", "prove", id, "--bare"]).out.contains("\"salt\""));
    // One letter of the file, and of the proof.
    place.edit("ledger.ndjson", "\"publish\"", "\"publisH\"");
    let named = place
        .refused(&["audit", "verify", "--file", "ledger.ndjson", "--key", "ledger.pub", "--format", "json"])
        .json();
    assert_eq!(
        (&named["code"], &named["position"], &named["entry"]),
        (&json!("altered"), &entry["position"], &json!(id))
    );
    place.edit("entry.proof", "\"publish\"", "\"publisH\"");
    assert!(
        place
            .refused(&["audit", "verify", "--proof", "entry.proof", "--key", "ledger.pub"])
            .out
            .contains("proves nothing")
    );
    // The account's own entries can lose their values.
    place.fine(&["audit", "erase", "--account", "anna"]);
    place.fine(&["audit", "verify", "--seen", "seen.note"]);
}

fn keys_change_and_old_proofs_hold(place: &Place) {
    place.with_app();
    place.fine(&["audit", "export", "ledger.ndjson"]);
    let old = place.fine(&["audit", "key"]).out;
    let id = first_entry(place)["entry"]["id"].as_str().unwrap().to_owned();
    place.fine(&["audit", "prove", &id, "--out", "entry.proof"]);
    let new = place.fine(&["audit", "key", "--rotate"]).out;
    assert_ne!(old, new);
    place.fine(&["audit", "export", "ledger.ndjson"]);
    place.fine(&["audit", "verify", "--proof", "entry.proof", "--key", old.trim()]);
    // Whoever knows the first key follows the change.
    place.fine(&["audit", "verify", "--key", old.trim()]);
    place.fine(&["audit", "verify", "--file", "ledger.ndjson", "--key", old.trim()]);
}

fn wrong_usage_of_the_ledger_ends_with_two(place: &Place) {
    place.with_app();
    for wrong in [
        &["audit", "purge", "--days", "183"][..],
        &["audit", "erase"],
        &["audit", "erase", "--record", "task"],
        &["audit", "verify", "--file", "a", "--proof", "b"],
    ] {
        assert_eq!(place.loam(wrong).code, 2, "{wrong:?}");
    }
    assert!(place.loam(&["audit", "--help"]).out.contains("Examples:"));
    place.refused(&["audit", "verify", "--file", "nowhere.ndjson"]);
}
