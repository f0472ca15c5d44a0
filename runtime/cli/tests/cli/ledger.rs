//! The ledger from the command line: whole as it was written, proved elsewhere, and every change named.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{on_both, support::Place};

on_both!(
    the_ledger_is_verified_proved_and_handed_out,
    definitions_that_are_refused_are_an_entry,
    keys_change_and_old_proofs_hold,
    the_national_algorithms_sign_prove_and_find_what_was_changed,
    wrong_usage_of_the_ledger_ends_with_two,
    entries_are_sent_to_a_file_and_to_an_address,
);

fn first_entry(place: &Place) -> serde_json::Value {
    let file = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    let line = file.lines().find(|line| line.contains("\"publish\"")).unwrap();
    serde_json::from_str(line).unwrap()
}

/// What is taken by the web of some entries only: a line that says so, and a proof per entry.
fn an_excerpt_is_verified_for_what_it_is(place: &Place) {
    let proof = fs::read_to_string(place.path("entry.proof")).unwrap();
    let proof: Value = serde_json::from_str(&proof).unwrap();
    let origin = proof["head"].as_str().unwrap().lines().next().unwrap();
    let header = json!({"origin": origin, "size": 1, "asked": {"action": "publish"}}).to_string();
    let header = header.replacen('{', "{\"excerpt\":1,", 1);
    place.write("some.ndjson", format!("{header}\n{proof}\n"));
    let verify = ["audit", "verify", "--file", "some.ndjson", "--key", "ledger.pub"];
    let said = place.fine(&verify).out;
    assert!(said.contains("this is an excerpt: 1 entry") && said.contains("not the whole ledger"), "{said}");
    let said = place.fine(&[&verify[..], &["--format", "json"]].concat()).json();
    assert_eq!((&said["excerpt"], &said["proved"], &said["entries"]), (&json!(true), &json!(true), &json!(1)));
    assert_eq!(place.loam(&[&verify[..], &["--seen", "seen.note"]].concat()).code, 2);
    place.edit("some.ndjson", "\"publish\",", "\"publisH\",");
    assert!(place.refused(&verify).out.contains("line 2 of this excerpt proves nothing"));
}

fn definitions_that_are_refused_are_an_entry(place: &Place) {
    place.with_app();
    place.edit("time-off/roles/member.yaml", "everyone: true\n", "everyone: true\nviews_as: perhaps\n");
    assert_eq!(place.loam(&["apply", "time-off", "--yes"]).code, 1);
    place.fine(&["audit", "export", "ledger.ndjson"]);
    let file = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    let refused = |line: &&str| line.contains("\"publish\"") && line.contains("\"refused\"");
    let entries: Vec<&str> = file.lines().filter(refused).collect();
    assert_eq!(entries.len(), 1, "{file}");
    assert!(entries[0].contains("definition.") && !entries[0].contains("perhaps"), "{}", entries[0]);
    // Where nothing is published there is no ledger, and none is made.
    let other = place.another();
    other.write("a/app.yaml", "name: a\nlable: A\n");
    assert_eq!(other.loam(&["apply", "a", "--yes"]).code, 1);
    assert!(other.refused(&["audit", "verify"]).err.contains("nothing is published"));
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
    what_is_not_included_is_counted(place);
    let entry = first_entry(place);
    let id = entry["entry"]["id"].as_str().unwrap();
    place.fine(&["audit", "prove", id, "--out", "entry.proof"]);
    let proved =
        place.fine(&["audit", "verify", "--proof", "entry.proof", "--key", "ledger.pub", "--format", "json"]).json();
    assert_eq!((&proved["proved"], &proved["action"]), (&json!(true), &json!("publish")));
    assert!(!place.fine(&["audit", "prove", id, "--bare"]).out.contains("\"salt\""));
    an_excerpt_is_verified_for_what_it_is(place);
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

/// A file as somebody gets it who may not read what was changed.
fn what_is_not_included_is_counted(place: &Place) {
    let file = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    let mut many = 0;
    let lines: Vec<String> = file
        .lines()
        .map(|line| {
            let mut read: Value = serde_json::from_str(line).unwrap();
            let Some(members) = read.as_object_mut().filter(|members| members.contains_key("what")) else {
                return line.to_owned();
            };
            members.remove("what");
            members.insert("not_included".to_owned(), json!(true));
            many += 1;
            read.to_string()
        })
        .collect();
    assert!(many > 0, "{file}");
    place.write("part.ndjson", &(lines.join("\n") + "\n"));
    let verify = ["audit", "verify", "--file", "part.ndjson", "--key", "ledger.pub"];
    let entries = if many == 1 { "1 entry".to_owned() } else { format!("{many} entries") };
    let said = place.fine(&verify).out;
    assert!(said.contains(&format!("the contents of {entries} are not included")), "{said}");
    let told = place.fine(&[&verify[..], &["--format", "json"]].concat()).json();
    assert_eq!((&told["whole"], &told["not_included"]), (&json!(true), &json!(many)));
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

/// The suite is said once, before the first start, and stays with the key.
fn the_national_algorithms_sign_prove_and_find_what_was_changed(place: &Place) {
    place.fine(&["new", "time-off"]);
    let apply = ["apply", "time-off", "--yes"];
    let wrong = place.loam_with(("LOAM_LEDGER_SUITE", "rsa"), &apply);
    assert!(wrong.code == 1 && wrong.err.contains("`rsa` is no suite of the ledger"), "{}", wrong.err);
    let said = place.loam_with(("LOAM_LEDGER_SUITE", "gm"), &apply);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    place.write("tasks.csv", "code,title,status\nA-1,by the national algorithms,open\n");
    place.fine(&["import", "task", "tasks.csv"]);
    assert!(fs::read_to_string(place.path("data/ledger.key")).unwrap().contains("sm2"));
    let key = place.fine(&["audit", "key"]).out;
    // What follows the name and the id is base64 of the kind, `sm2-sm3`, and of the key.
    assert!(key.contains("+/3NtMi1zbTM6"), "{key}");
    assert_eq!(place.fine(&["audit", "verify", "--format", "json"]).json()["whole"], json!(true));
    place.fine(&["audit", "verify", "--key", key.trim()]);
    let head = place.fine(&["audit", "head"]).out;
    assert!(head.lines().any(|line| line.starts_with("sm3 ")), "{head}");
    place.fine(&["audit", "export", "ledger.ndjson"]);
    let file = fs::read_to_string(place.path("ledger.ndjson")).unwrap();
    let leaves: Vec<&str> = file.split("\"leaf\":\"").skip(1).collect();
    assert!(!leaves.is_empty() && leaves.iter().all(|leaf| leaf.starts_with("sm3:")), "{file}");
    let made = |line: &&str| line.contains("\"action\":\"create\"") && line.contains("\"object\":\"task\"");
    let line = file.lines().find(made).unwrap_or_else(|| panic!("{file}"));
    let entry: Value = serde_json::from_str(line).unwrap();
    let id = entry["entry"]["id"].as_str().unwrap();
    place.fine(&["audit", "prove", id, "--out", "entry.proof"]);

    // Elsewhere, where there is nothing but the files and the key.
    let elsewhere = place.another();
    for name in ["ledger.ndjson", "entry.proof"] {
        elsewhere.write(name, fs::read(place.path(name)).unwrap());
    }
    elsewhere.write("ledger.pub", &key);
    elsewhere.write("seen.note", &head);
    let by_file = ["audit", "verify", "--file", "ledger.ndjson", "--key", "ledger.pub"];
    let by_proof = ["audit", "verify", "--proof", "entry.proof", "--key", "ledger.pub"];
    let json = ["--format", "json"];
    elsewhere.fine(&[&by_file[..], &["--seen", "seen.note"]].concat());
    assert_eq!(elsewhere.fine(&[&by_file[..], &json].concat()).json()["whole"], json!(true));
    let proved = elsewhere.fine(&[&by_proof[..], &json].concat()).json();
    assert_eq!((&proved["proved"], &proved["action"]), (&json!(true), &json!("create")));

    // One letter of the file, of the proof, and of the database.
    let altered = |said: Value| {
        let named = (&said["code"], &said["position"], &said["entry"]);
        assert_eq!(named, (&json!("altered"), &entry["position"], &json!(id)), "{said}");
    };
    elsewhere.write(
        "ledger.ndjson",
        file.replacen(line, &line.replacen("\"action\":\"create\"", "\"action\":\"creatE\"", 1), 1),
    );
    altered(elsewhere.refused(&[&by_file[..], &json].concat()).json());
    elsewhere.edit("entry.proof", "\"create\"", "\"creatE\"");
    assert!(elsewhere.refused(&by_proof).out.contains("proves nothing"));
    let unguard = match place.data().database {
        Some(_) => "ALTER TABLE loam_entry DISABLE TRIGGER ALL",
        None => "DROP TRIGGER loam_entry_fixed",
    };
    place.sql(unguard);
    place.sql(&format!("UPDATE loam_entry SET outcome = 'donE' WHERE id = '{id}'"));
    altered(place.refused(&["audit", "verify", "--format", "json"]).json());
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

/// Waits until lines are there and end with an act.
fn lines(read: impl Fn() -> String, act: &str) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let text = read();
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.iter().any(|line| line["entry"]["action"] == act) {
            return lines;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "{text}");
        thread::sleep(Duration::from_millis(50));
    }
}

fn in_order(lines: &[Value]) {
    for (at, line) in lines.iter().enumerate() {
        assert_eq!(line["position"], json!(at), "each once, in order: {line}");
    }
}

fn entries_are_sent_to_a_file_and_to_an_address(place: &Place) {
    place.with_app();
    let wrong = place.loam_with(("LOAM_LEDGER_SEND", "ledger.ndjson"), &["serve", "--listen", "127.0.0.1:0"]);
    assert!(wrong.code == 1 && wrong.err.contains("LOAM_LEDGER_SEND is `file:PATH`"), "{}", wrong.err);
    let file = place.path("sent.ndjson");
    let to = format!("file:{}", file.display());
    let read = || fs::read_to_string(&file).unwrap_or_default();
    {
        let mut served = place.serve_with(&[("LOAM_LEDGER_SEND", &to)], &["serve"]);
        served.sign_in("anna", "correct horse");
        in_order(&lines(read, "session.begin"));
        served.kill_now();
    }
    // Killed, with half a line at its end; the next one goes on behind the last whole line.
    let mut cut = read();
    cut.truncate(cut.len() - 20);
    fs::write(&file, cut).unwrap();
    {
        let mut served = place.serve_with(&[("LOAM_LEDGER_SEND", &to)], &["serve"]);
        served.sign_in("anna", "correct horse");
        let begun = Instant::now();
        while read().matches("session.begin").count() < 2 {
            assert!(begun.elapsed() < Duration::from_secs(90), "{}", read());
            thread::sleep(Duration::from_millis(50));
        }
        in_order(&lines(read, "session.begin"));
    }
    // An address that first refuses, and then takes what is new.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/take", listener.local_addr().unwrap());
    let got = Arc::new(Mutex::new(String::new()));
    let taken = got.clone();
    thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut from = BufReader::new(stream.unwrap());
            let (mut size, mut shown) = (0, false);
            loop {
                let mut line = String::new();
                if from.read_line(&mut line).unwrap_or_default() == 0 || line.trim().is_empty() {
                    break;
                }
                let small = line.to_lowercase();
                size = small.strip_prefix("content-length:").map_or(size, |size| size.trim().parse().unwrap());
                shown |= small.trim() == "authorization: bearer a-token";
            }
            let mut body = vec![0; size];
            from.read_exact(&mut body).unwrap();
            let status = if at == 0 { "503 Later" } else { "204 Taken" };
            if at > 0 {
                assert!(shown, "the token is shown");
                taken.lock().unwrap().push_str(&String::from_utf8(body).unwrap());
            }
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            from.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    let variables = [("LOAM_LEDGER_SEND", address.as_str()), ("LOAM_LEDGER_SEND_TOKEN", "a-token")];
    let mut served = place.serve_with(&variables, &["serve"]);
    served.sign_in("anna", "correct horse");
    let sent = lines(|| got.lock().unwrap().clone(), "session.begin");
    let last = lines(read, "session.begin").len();
    let first = usize::try_from(sent[0]["position"].as_u64().unwrap()).unwrap();
    // What the file took just before the process was killed may not have been noted any more: that comes again.
    assert!(0 < first && first <= last, "it goes on where the file ended, at {last} and not {first}");
    for (at, line) in sent.iter().enumerate() {
        assert_eq!(line["position"], json!(first + at), "each once, in order: {line}");
    }
}
