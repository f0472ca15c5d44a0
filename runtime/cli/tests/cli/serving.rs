//! A server that is killed loses nothing it answered for, and starts again by itself.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use serde_json::json;

use crate::{on_both, support::Place};

on_both!(a_killed_server_keeps_every_acknowledged_write, who_is_locked_out_is_let_in_again);

fn who_is_locked_out_is_let_in_again(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    for _ in 0..5 {
        assert_eq!(served.send("POST", "/session", Some(&json!({"login": "anna", "password": "wrong"}))).0, 401);
    }
    assert_eq!(served.send("POST", "/session", Some(&json!({"login": "anna", "password": "correct horse"}))).0, 429);
    place.fine(&["user", "unlock", "anna"]);
    served.sign_in("anna", "correct horse");
    assert_eq!(served.send("GET", "/session", None).0, 200);
    place.fine(&["user", "reset-factors", "anna"]);
    assert_eq!(place.refused(&["user", "unlock", "nobody"]).code, 1);
    let weak = place.fed(&["user", "add", "bert", "--stdin"], "password1\n");
    assert_eq!(weak.code, 1, "{}", weak.err);
    assert!(weak.err.contains("at least 10 characters"), "{}", weak.err);
}

fn a_killed_server_keeps_every_acknowledged_write(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let acknowledged = Mutex::new(BTreeSet::new());
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for writer in 0..4 {
            let (served, acknowledged, ended) = (&served, &acknowledged, &ended);
            scope.spawn(move || {
                for n in 0..10_000 {
                    if ended.load(Ordering::Relaxed) {
                        break;
                    }
                    let title = format!("{writer}-{n}");
                    let (status, _) = served.send("POST", "/time-off/task", Some(&json!({"title": title})));
                    if status == 201 {
                        acknowledged.lock().unwrap().insert(title);
                    }
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 60 {
            thread::sleep(Duration::from_millis(5));
        }
        served.kill_now();
        ended.store(true, Ordering::Relaxed);
    });
    drop(served);
    let acknowledged = acknowledged.into_inner().unwrap();
    let again = place.serve(&["serve"]);
    drop(again);
    let out = place.fine(&["export", "task", "--fields", "title"]).out;
    let kept: BTreeSet<String> = out.lines().skip(1).map(str::to_owned).collect();
    let lost: Vec<&String> = acknowledged.difference(&kept).collect();
    assert!(lost.is_empty(), "{} of {} are lost", lost.len(), acknowledged.len());
}
