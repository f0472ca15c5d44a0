//! Accounts from the command line: made, changed, refused, and what becomes of those who are signed in.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Place, Served},
};

on_both!(who_is_deactivated_is_out_at_once, accounts_are_made_listed_and_refused);

/// The starter app with a role that administers, and with these accounts.
fn with_accounts(place: &Place, accounts: &[(&str, &str)]) {
    place.fine(&["new", "time-off"]);
    place.write(
        "time-off/roles/keeper.yaml",
        "label: {zh-CN: 系统管理员, en: Keeper}\ndescription: {zh-CN: 管账号, en: Keeps accounts}\nadministers: system\n",
    );
    place.fine(&["apply", "time-off", "--yes"]);
    for &(login, role) in accounts {
        let said = place.fed(&["user", "add", login, "--role", role, "--stdin"], "correct horse\n");
        assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
        assert!(said.err.contains(&format!("made `{login}` ({login}) with the roles {role}")), "{}", said.err);
    }
}

fn signing_in(served: &Served, login: &str, password: &str) -> (u16, Value) {
    served.send("POST", "/session", Some(&json!({"login": login, "password": password, "token": true})))
}

/// A session's token.
fn session(served: &Served, login: &str, password: &str) -> String {
    let (status, answer) = signing_in(served, login, password);
    assert_eq!(status, 201, "{answer}");
    answer["token"].as_str().unwrap().to_owned()
}

/// How the list of tasks answers to whoever has this token.
fn reads(served: &Served, token: &str) -> u16 {
    let config =
        ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
    let agent: ureq::Agent = config.build().into();
    let address = format!("{}/api/v1/time-off/task", served.address);
    agent.get(&address).header("authorization", format!("Bearer {token}")).call().unwrap().status().as_u16()
}

fn who_is_deactivated_is_out_at_once(place: &Place) {
    with_accounts(place, &[("anna", "member"), ("bert", "member")]);
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let (status, program) = served.send("POST", "/tokens", Some(&json!({"name": "Sync", "days": 3})));
    assert_eq!(status, 201, "{program}");
    let program = program["token"].as_str().unwrap().to_owned();
    let [own, berts] = ["anna", "bert"].map(|login| session(&served, login, "correct horse"));
    for token in [&own, &program, &berts] {
        assert_eq!(reads(&served, token), 200);
    }
    let said = place.fine(&["user", "deactivate", "anna"]);
    assert!(said.out.is_empty() && said.err.contains("`anna` can no longer sign in"), "{}", said.err);
    let said = place.fed(&["user", "password", "bert", "--stdin"], "battery staple\n");
    assert_eq!((said.code, said.out.as_str()), (0, ""), "{}", said.err);
    assert!(said.err.contains("`bert` has a new password; its sessions have ended"), "{}", said.err);
    // A server remembers for some seconds whom it let in.
    let begun = Instant::now();
    for token in [&own, &program, &berts] {
        while reads(&served, token) != 401 {
            assert!(begun.elapsed() < Duration::from_secs(15), "a session outlives its account or password");
            thread::sleep(Duration::from_millis(50));
        }
    }
    assert_eq!(signing_in(&served, "anna", "correct horse").0, 401);
    assert_eq!(signing_in(&served, "bert", "correct horse").0, 401);
    assert_eq!(reads(&served, &session(&served, "bert", "battery staple")), 200);
    let said = place.fine(&["user", "activate", "anna"]);
    assert!(said.err.contains("`anna` can sign in again"), "{}", said.err);
    assert_eq!(reads(&served, &session(&served, "anna", "correct horse")), 200);
    assert_eq!(reads(&served, &own), 401, "what ended has ended");
    // A password that was made up is shown once, and good for nothing but choosing another.
    let said = place.fine(&["user", "password", "anna"]);
    let made = said.out.trim().strip_prefix("password: ").unwrap_or_else(|| panic!("{}", said.out)).to_owned();
    assert_eq!((made.len(), said.out.lines().count()), (20, 1));
    assert_eq!(reads(&served, &session(&served, "anna", &made)), 403);
}

fn accounts_are_made_listed_and_refused(place: &Place) {
    with_accounts(place, &[("anna", "member"), ("root", "keeper")]);
    let said = place.fine(&["user", "role", "anna"]);
    assert!(said.err.contains("`anna` has the roles everyone has"), "{}", said.err);
    place.fine(&["user", "deactivate", "anna"]);
    let said = place.fine(&["user", "list"]).out;
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.lines().any(|line| line.starts_with("anna ") && line.ends_with("anna  (cannot sign in)")), "{said}");
    let listed = place.fine(&["user", "list", "--format", "json"]).json();
    let shown = |account: &Value| {
        let part = |name: &str| account[name].clone();
        [part("login"), part("name"), part("roles"), part("active"), part("person"), part("lang")]
    };
    let shown: Vec<[Value; 6]> = listed.as_array().unwrap().iter().map(shown).collect();
    let anna = [json!("anna"), json!("anna"), json!([]), json!(false), Value::Null, json!("en")];
    let root = [json!("root"), json!("root"), json!(["keeper"]), json!(true), Value::Null, json!("en")];
    assert_eq!(shown, [anna, root]);

    let unknown = "there is no account `nobody`";
    for (arguments, why) in [
        (&["user", "password", "nobody", "--stdin"][..], unknown),
        (&["user", "role", "nobody"][..], unknown),
        (&["user", "deactivate", "nobody"][..], unknown),
        (&["user", "activate", "nobody"][..], unknown),
        (&["user", "reset-factors", "nobody"][..], unknown),
        (&["user", "role", "anna", "--role", "chief"][..], "there is no role `chief`; there are "),
        (&["user", "add", "carl", "--role", "chief"][..], "there is no role `chief`; there are "),
        (&["user", "add", "anna"][..], "there is an account `anna` already"),
        (&["user", "add", " carl"][..], "` carl` cannot be a login; leave out blanks around it"),
        (&["user", "add", "carl", "--person", "E1"][..], "the published app has no people"),
        (&["user", "deactivate", "root"][..], "the last active account that administers"),
        (&["user", "role", "root", "--role", "member"][..], "the last active account that administers"),
    ] {
        let said = place.refused(arguments);
        assert!(said.out.is_empty() && said.err.contains(why), "{arguments:?}: {}{}", said.out, said.err);
    }
    let said = place.fed(&["user", "password", "anna", "--stdin"], "short\n");
    assert_eq!(said.code, 1);
    assert!(said.err.contains("a password has at least "), "{}", said.err);
    // None of that changed anything.
    let after = place.fine(&["user", "list", "--format", "json"]).json();
    assert_eq!(after, listed);
    for arguments in [
        &["user"][..],
        &["user", "password"],
        &["user", "dismiss", "anna"],
        &["user", "list", "--format", "xml"],
        &["user", "role", "anna", "--roles", "member"],
    ] {
        let said = place.loam(arguments);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{arguments:?}: {}", said.err);
    }
}
