//! The platform's own tables: accounts, sessions, comments, files, outbox.

use std::sync::Arc;

use jiff::SignedDuration;
use model::{Locale, Value};
use policy::Action;
use store::{
    Account, Asking, Attachment, Blobs, Comment, Entrance, Kept, Kinds, Notification, OutboxEntry, OutboxState,
    SavedView, Session, Standing, StoreError, vault::DataKey,
};

use super::world::{USER, World, new_id, now};

both!(
    accounts_and_sessions,
    comments_and_files,
    the_outbox,
    what_is_left_anew_is_done_for_what_was_said_last,
    very_many_timers,
    small_tables,
    opening_twice,
    what_was_done_once
);

pub(super) fn account(login: &str) -> Account {
    Account {
        id: new_id(),
        login: login.to_owned(),
        name: format!("Name of {login}"),
        password_hash: "$argon2id$".to_owned(),
        person: Some(new_id()),
        roles: vec!["reader".to_owned()],
        active: true,
        locale: Locale::En,
        created_at: now(),
    }
}

async fn accounts_and_sessions(world: World) {
    let accounts = world.store.accounts();
    let (anna, mut bert) = (account("anna"), account("bert"));
    accounts.add(&[anna.clone(), bert.clone()]).await.unwrap();
    assert!(matches!(accounts.add(&[account("anna")]).await, Err(StoreError::LoginTaken(login)) if login == "anna"));
    assert_eq!(accounts.by_login("anna").await.unwrap().as_ref(), Some(&anna));
    assert_eq!(accounts.by_login("ANNA").await.unwrap().as_ref(), Some(&anna), "capitals do not make another login");
    assert!(matches!(accounts.add(&[account("Anna")]).await, Err(StoreError::LoginTaken(_))));
    assert_eq!(accounts.by_person(bert.person.unwrap()).await.unwrap().as_ref(), Some(&bert));
    assert_eq!(accounts.names(&[bert.id, new_id()]).await.unwrap(), vec![(bert.id, bert.name.clone())]);
    let logins = ["bert".to_owned(), "nobody".to_owned()];
    assert_eq!(accounts.by_logins(&logins).await.unwrap(), vec![bert.clone()]);
    let session = Session {
        token_hash: "abc".to_owned(),
        account: bert.id,
        created: now(),
        seen: now(),
        expires: now() + SignedDuration::from_hours(1),
        proved: now(),
        address: "10.0.0.1".to_owned(),
        device: "Firefox".to_owned(),
        entrance: Entrance::Trusted,
        browser: Some("Firefox".to_owned()),
    };
    let standing = Standing { due: false, changed: bert.created_at, factor: false };
    let sessions = world.store.sessions();
    let opened = session.clone();
    world
        .tend(move |tx| {
            Box::pin({
                let opened = opened.clone();
                async move { tx.open_session(&opened).await }
            })
        })
        .await;
    assert_eq!(sessions.find("abc", now()).await.unwrap(), Some((session.clone(), bert.clone(), standing)));
    assert_eq!(sessions.of(bert.id, now()).await.unwrap(), vec![session.clone()]);
    let anna_id = anna.id;
    let theirs = world.tend(move |tx| Box::pin(async move { tx.close_session_of(anna_id, "abc").await })).await;
    assert!(!theirs, "another's session is not theirs to end");
    assert_eq!(sessions.find("abc", session.expires).await.unwrap(), None, "a session ends");
    bert.active = false;
    assert!(accounts.save(&bert).await.unwrap());
    assert_eq!(sessions.find("abc", now()).await.unwrap(), None, "an account that may not sign in has no session");
    bert.active = true;
    accounts.save(&bert).await.unwrap();
    let bert_id = bert.id;
    world.tend(move |tx| Box::pin(async move { tx.close_sessions(bert_id).await })).await;
    assert_eq!(sessions.find("abc", now()).await.unwrap(), None);
    assert_eq!(accounts.all().await.unwrap(), vec![anna, bert]);
}

async fn comments_and_files(world: World) {
    let hidden = world.add("person", &[("name", "hidden".into()), ("level", Value::Int(1))]).await.unwrap();
    let high = world.add("person", &[("name", "high".into()), ("level", Value::Int(5))]).await.unwrap();
    // Seen by a list of fields that names neither comments nor files.
    let unit = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let listed = world.add("person", &[("name", "listed".into()), ("unit", unit.into())]).await.unwrap();
    let reader = world.reader();
    for (id, seen) in [(hidden, false), (high, true), (listed, false)] {
        let comment = Comment {
            id: new_id(),
            entity: "person".to_owned(),
            record: id,
            text: "@bert 你好".to_owned(),
            mentions: vec![USER],
            by: USER,
            at: now(),
        };
        let (app, token) = (world.app.clone(), world.get_of(&reader, "person", id, &["name"]));
        let read = token.clone();
        let kept = comment.clone();
        let said = world.write(move |tx| {
            let (app, token, comment) = (app.clone(), token.clone(), comment.clone());
            Box::pin(async move { tx.comment(&app, &token, &comment).await })
        });
        assert_eq!(said.await.unwrap(), seen);
        let there = world.store.get(&world.app, &world.asking(), &read).await.unwrap();
        assert_eq!(there.is_some(), id != hidden);
        let open = world.store.open_beside(&world.app, &world.asking(), &read).await.unwrap();
        assert_eq!(open.len(), if seen { 2 } else { 0 });
        let found = world.store.comments(&world.app, &world.asking(), &read, 10).await.unwrap();
        assert_eq!(found.into_iter().map(|c| c.comment).collect::<Vec<_>>(), if seen { vec![kept] } else { vec![] });

        world.store.vault().keep_with(Arc::new(|| Ok(vec![DataKey::new([9; 32], [1, 2, 3, 4])])));
        let blobs = Blobs::at(world.folder().join("files")).sealed_by(world.store.vault());
        let blob = blobs.keep(b"content".to_vec()).await.unwrap();
        assert_eq!(blobs.keep(b"content".to_vec()).await.unwrap(), blob);
        assert_eq!(blobs.read(&blob.address).await.unwrap().as_deref(), Some(&b"content"[..]));
        assert_eq!(blobs.read("../../etc/passwd").await.unwrap(), None);
        let file = Attachment {
            id: new_id(),
            entity: "person".to_owned(),
            record: id,
            field: None,
            name: "合同.pdf".to_owned(),
            size: blob.size,
            media_type: "application/pdf".to_owned(),
            sha256: blob.address,
            by: USER,
            at: now(),
        };
        let change = world.change("person", Action::Update, id);
        let kept = file.clone();
        world
            .write(move |tx| {
                let (change, file) = (change.clone(), file.clone());
                Box::pin(async move { tx.attach(&change, &file).await })
            })
            .await
            .unwrap();
        let all = world.store.attachments(&world.app, &world.asking(), &read).await.unwrap();
        assert_eq!(all.len(), usize::from(seen));
        let one = world.store.attachment(&world.app, &world.asking(), &read, kept.id).await.unwrap();
        assert_eq!(one.as_ref(), seen.then_some(&kept));
        assert_eq!(world.store.attachment_record(kept.id).await.unwrap(), Some(("person".to_owned(), id)));
    }
}

async fn the_outbox(world: World) {
    let at = |seconds: i64| now() + SignedDuration::from_secs(seconds);
    let entries: Vec<OutboxEntry> = [("a", 0), ("b", 1), ("a", 2), ("later", 600)]
        .map(|(key, due)| OutboxEntry {
            id: new_id(),
            kind: "mail".to_owned(),
            key: key.to_owned(),
            payload: serde_json::json!({"to": key}),
            due: at(due),
        })
        .to_vec();
    let kept = entries.clone();
    world
        .write(move |tx| {
            let entries = entries.clone();
            Box::pin(async move { tx.outbox(&entries).await })
        })
        .await
        .unwrap();
    let outbox = world.store.outbox();
    assert_eq!(outbox.next_due().await.unwrap(), Some(at(0)));
    let first = outbox.claim("one", at(10), at(70), 1).await.unwrap();
    assert_eq!(first.iter().map(|c| &c.entry).collect::<Vec<_>>(), vec![&kept[0]]);
    let second = outbox.claim("two", at(10), at(70), 10).await.unwrap();
    assert_eq!(
        second.iter().map(|c| &c.entry).collect::<Vec<_>>(),
        vec![&kept[1]],
        "what is claimed is not claimed again"
    );
    assert!(outbox.claim("three", at(20), at(80), 10).await.unwrap().is_empty());
    // Of what is due at once, a runner may take one kind or leave one kind to others.
    let kind = kept[0].kind.as_str();
    assert!(outbox.claim_kinds("four", Kinds::AllBut(kind), at(71), at(72), 10).await.unwrap().is_empty());
    assert!(outbox.claim_kinds("four", Kinds::Only("other"), at(71), at(72), 10).await.unwrap().is_empty());
    assert!(!outbox.complete("two", kept[0].id).await.unwrap(), "only the claimer completes");
    let leaves = |key: &str| [OutboxEntry { id: new_id(), key: key.to_owned(), due: at(5_000), ..kept[3].clone() }];
    let waiting = async || outbox.letters(OutboxState::Pending, 10).await.unwrap().len();
    assert!(!outbox.complete_leaving("two", kept[0].id, &leaves("lost")).await.unwrap());
    assert_eq!(waiting().await, 3, "nor does anybody else leave anything");
    assert!(outbox.complete_leaving("one", kept[0].id, &leaves("left")).await.unwrap());
    assert_eq!(waiting().await, 3, "one is done, and another is left");
    // A runner that died: its claim passes on when the lease ends.
    let again = outbox.claim("three", at(71), at(130), 10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert!(!outbox.fail("two", kept[1].id, "late", None).await.unwrap());
    assert!(outbox.fail("three", kept[1].id, "no answer", Some(at(200))).await.unwrap());
    assert_eq!(outbox.next_due().await.unwrap(), Some(at(200)));
    let again = outbox.claim("three", at(200), at(260), 10).await.unwrap();
    assert_eq!(again[0].attempts, 1);
    assert!(!outbox.give_up("two", kept[1].id, "late", &leaves("lost")).await.unwrap());
    assert!(outbox.give_up("three", kept[1].id, "no answer", &leaves("left by what failed")).await.unwrap());
    let dead = outbox.letters(OutboxState::Dead, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!((dead[0].attempts, dead[0].last_error.as_deref()), (2, Some("no answer")));
    let dead = kept[1].id;
    let revived = world.store.tend(move |tx| Box::pin(async move { tx.revive(dead, at(300)).await }));
    assert!(revived.await.unwrap());
    assert_eq!(waiting().await, 4);
    assert_eq!(outbox.sweep(at(1000)).await.unwrap(), 1);
}

async fn what_is_left_anew_is_done_for_what_was_said_last(world: World) {
    let at = |seconds: i64| now() + SignedDuration::from_secs(seconds);
    let outbox = world.store.outbox();
    let leave = async |said: i64, due: i64| {
        let (kind, key) = ("case.behind".to_owned(), "behind".to_owned());
        let entry = OutboxEntry { id: new_id(), kind, key, payload: serde_json::json!({"said": said}), due: at(due) };
        let left = world.write(move |tx| {
            let entry = entry.clone();
            Box::pin(async move { tx.leave_anew(&entry).await })
        });
        left.await.unwrap();
    };
    leave(1, 0).await;
    let held = outbox.claim("one", at(0), at(60), 10).await.unwrap();
    leave(2, 1).await;
    let id = held[0].entry.id;
    assert!(!outbox.complete("one", id).await.unwrap(), "what was begun before is not what is asked for now");
    let held = outbox.claim("one", at(1), at(60), 10).await.unwrap();
    assert_eq!((held.len(), held[0].entry.id, &held[0].entry.payload["said"]), (1, id, &serde_json::json!(2)));
    assert!(outbox.give_up("one", id, "nobody", &[]).await.unwrap());
    let take_up = async |kind: &'static str| {
        world.store.tend(move |tx| Box::pin(async move { tx.take_up(kind, at(9)).await })).await.unwrap()
    };
    assert_eq!((take_up("other").await, take_up("case.behind").await, take_up("case.behind").await), (0, 1, 0));
    let held = outbox.claim("one", at(9), at(60), 10).await.unwrap();
    assert_eq!((held.len(), held[0].attempts), (1, 0), "its attempts are counted anew");
    assert!(outbox.complete("one", id).await.unwrap());
    leave(3, 20).await;
    assert_eq!(outbox.claim("one", at(20), at(60), 10).await.unwrap().len(), 1, "also what was done");
}

/// `LOAM_TIMERS=1000000` is the full run, `LOAM_TEST_DATABASES=sqlite` one for SQLite alone.
async fn very_many_timers(world: World) {
    let many: i64 = std::env::var("LOAM_TIMERS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let at = |seconds: i64| now() + SignedDuration::from_secs(seconds);
    // Half of them at one moment, the others one second after another.
    let due = |number: i64| at(if number % 2 == 0 { 60 } else { 60 + number });
    let begun = std::time::Instant::now();
    for part in (0..many).collect::<Vec<_>>().chunks(20_000) {
        let entry = |number: &i64| OutboxEntry {
            id: new_id(),
            kind: "case.due".to_owned(),
            key: format!("timer:{number}"),
            payload: serde_json::json!({"timer": number}),
            due: due(*number),
        };
        let entries: std::sync::Arc<[OutboxEntry]> = part.iter().map(entry).collect();
        let left = world.write(move |tx| {
            let entries = entries.clone();
            Box::pin(async move { tx.outbox(&entries).await })
        });
        left.await.unwrap();
    }
    println!("{many} timers left in {:?}", begun.elapsed());
    let outbox = world.store.outbox();
    let mut longest = std::time::Duration::ZERO;
    let mut timed = async |seconds: i64| {
        let begun = std::time::Instant::now();
        let claimed = outbox.claim("one", at(seconds), at(seconds + 60), 100).await.unwrap();
        let next = outbox.next_due().await.unwrap();
        longest = longest.max(begun.elapsed());
        (claimed, next)
    };
    // Nothing is due before its moment, and the first of them is known.
    let (claimed, next) = timed(59).await;
    assert_eq!((claimed.len(), next), (0, Some(at(60))));
    // All of one moment are found part by part, none twice.
    let mut seen = std::collections::HashSet::new();
    for _ in 0..(many / 200).min(20) {
        let (claimed, _) = timed(60).await;
        assert_eq!(claimed.len(), 100);
        for letter in claimed {
            assert!(letter.entry.due == at(60) && seen.insert(letter.entry.id));
            assert!(outbox.complete("one", letter.entry.id).await.unwrap());
        }
    }
    assert!(outbox.pending("other", at(60), 10).await.unwrap().is_empty());
    println!("the longest look took {longest:?}");
    assert!(longest < std::time::Duration::from_secs(1), "a look at the outbox took {longest:?}");
}

async fn small_tables(world: World) {
    let view = SavedView {
        id: new_id(),
        page: "people".to_owned(),
        account: USER,
        name: "mine".to_owned(),
        query: "filter=x".to_owned(),
    };
    let other = SavedView { id: new_id(), query: "filter=y".to_owned(), ..view.clone() };
    let told = Notification {
        id: new_id(),
        account: USER,
        kind: "mention".to_owned(),
        payload: serde_json::json!({"a": 1}),
        at: now(),
        read_at: None,
        due: None,
        key: None,
    };
    // What is held back is not there before it is due.
    let later = now().checked_add(jiff::SignedDuration::from_hours(9)).unwrap();
    let held = Notification { id: new_id(), due: Some(later), ..told.clone() };
    let keyed = Notification { id: new_id(), key: Some("once".to_owned()), ..told.clone() };
    let twice = Notification { id: new_id(), ..keyed.clone() };
    let once = Notification { key: None, ..keyed.clone() };
    let notice = [told.clone(), keyed, twice, held.clone()];
    let kept = Kept { request: "h".to_owned(), response: serde_json::json!({"id": 1}), at: now() };
    let answer = kept.clone();
    let work = world.write(move |tx| {
        let (view, other, notice, kept) = (view.clone(), other.clone(), notice.clone(), answer.clone());
        Box::pin(async move {
            tx.save_view(&view).await?;
            tx.save_view(&other).await?;
            tx.notify(&notice).await?;
            assert!(tx.keep_answer(USER, "k", &kept).await?);
            assert!(!tx.keep_answer(USER, "k", &kept).await?);
            Ok(())
        })
    });
    work.await.unwrap();
    let views = world.store.saved_views().of(USER, "people").await.unwrap();
    assert_eq!(views.iter().map(|view| view.query.as_str()).collect::<Vec<_>>(), ["filter=y"]);
    assert_eq!(world.store.notifications().unread(USER, now()).await.unwrap(), 2);
    assert_eq!(world.store.notifications().of(USER, now(), 5).await.unwrap(), vec![once, told]);
    assert_eq!(world.store.idempotency().find(USER, "k").await.unwrap(), Some(kept));
    let done = world.write(|tx| {
        Box::pin(async move {
            tx.read_notifications(USER, now()).await?;
            Ok(())
        })
    });
    done.await.unwrap();
    assert_eq!(world.store.notifications().unread(USER, now()).await.unwrap(), 0);
    assert_eq!(world.store.notifications().unread(USER, later).await.unwrap(), 1);
    assert_eq!(world.store.notifications().of(USER, later, 1).await.unwrap(), vec![held]);
}

async fn opening_twice(world: World) {
    let second = store::Store::open(&world.place).await.unwrap();
    world.add("person", &[("name", "p".into())]).await.unwrap();
    assert_eq!(second.published_version().await.unwrap(), 1);
    // A second process beside the first may write too.
    let asking: Asking = world.asking();
    let written: Result<(), StoreError> =
        second.write(asking, |tx| Box::pin(async move { tx.outbox(&[]).await })).await;
    written.unwrap();
    second.ping().await.unwrap();
    second.close().await;
    world.add("person", &[("name", "q".into())]).await.unwrap();
    world.store.close().await;
    assert!(world.add("person", &[("name", "r".into())]).await.is_err());
}

async fn what_was_done_once(world: World) {
    let done = async |key: &'static str, days: i64| {
        world
            .tend(move |tx| {
                let at = now() - SignedDuration::from_hours(24 * days);
                Box::pin(async move { tx.once(key, at).await })
            })
            .await
    };
    assert!(done("old", 500).await && done("new", 1).await && done("waiting", 500).await);
    assert!(!done("old", 1).await);
    let letter = OutboxEntry {
        id: new_id(),
        kind: "record.make".to_owned(),
        key: "waiting".to_owned(),
        payload: serde_json::json!({}),
        due: now(),
    };
    world
        .tend(move |tx| {
            let letter = letter.clone();
            Box::pin(async move { tx.outbox(&[letter]).await })
        })
        .await;
    assert_eq!(world.store.forget_once(now() - SignedDuration::from_hours(24 * 400)).await.unwrap(), 1);
    assert!(done("old", 0).await, "forgotten");
    assert!(!done("new", 0).await && !done("waiting", 0).await);
}
