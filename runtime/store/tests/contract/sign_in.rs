//! Signing in: guesses, passwords, second factors, what waits for an answer.

use jiff::SignedDuration;
use serde_json::json;
use store::{Account, Entrance, GuessKey, Identity, NewPassword, Passkey, Session, StoreError, StoredCode, Waiting};

use super::{
    platform::account,
    world::{World, new_id, now},
};

both!(
    an_identity_is_one_accounts_and_the_only_one_there,
    guesses_are_counted_and_wait,
    passwords_are_remembered,
    second_factors_are_used_once,
    tokens_are_found_by_hash,
    what_waits_is_taken_once
);

async fn guesses_are_counted_and_wait(world: World) {
    let guesses = world.store.guesses();
    let keys = [("anna", 2), ("10.0.0.1", 9)].map(|(key, free)| GuessKey { key: key.to_owned(), free });
    let longest = SignedDuration::from_mins(15);
    for _ in 0..2 {
        assert_eq!(guesses.begin(&keys, longest, now()).await.unwrap(), None);
    }
    let until = now() + SignedDuration::from_mins(1);
    assert_eq!(guesses.begin(&keys, longest, now()).await.unwrap(), Some(until));
    assert_eq!(guesses.begin(&keys[1..], longest, now()).await.unwrap(), None, "others from there are free");
    assert_eq!(guesses.begin(&keys, longest, until).await.unwrap(), None, "one more after the pause");
    assert_eq!(guesses.begin(&keys, longest, until).await.unwrap(), Some(until + SignedDuration::from_mins(2)));
    let many = guesses.many(3, now() - longest).await.unwrap();
    assert_eq!(
        many.iter().map(|one| (one.key.as_str(), one.wrong)).collect::<Vec<_>>(),
        [("10.0.0.1", 4), ("anna", 3)]
    );
    guesses.right("anna", "10.0.0.1").await.unwrap();
    assert_eq!(guesses.begin(&keys, longest, until).await.unwrap(), None);
    for there in [true, false] {
        let lifted = world.tend(|tx| Box::pin(async move { tx.forget_guesses("anna").await })).await;
        assert_eq!(lifted, there);
    }
    // Of many at the same moment, no more get through than are free.
    let tries = (0..8).map(|_| guesses.begin(&keys[..1], longest, now()));
    let all = futures_util::future::join_all(tries).await;
    assert_eq!(all.into_iter().filter(|end| matches!(end, Ok(None))).count(), 2);
}

async fn passwords_are_remembered(world: World) {
    let accounts = world.store.accounts();
    let anna = account("anna");
    let made = anna.clone();
    world
        .store
        .tend::<(), store::StoreError, _>(move |tx| {
            let made = made.clone();
            Box::pin(async move { tx.make_account(&made, true).await })
        })
        .await
        .unwrap();
    let state = world.store.passwords().of(anna.id).await.unwrap().unwrap();
    assert_eq!((state.due, state.earlier.len()), (true, 0));
    for n in 1..=2 {
        let new = NewPassword { hash: format!("hash{n}"), due: false, at: now() };
        let judge = |before: &Account, _: &[Account]| Ok::<_, ()>(before.clone());
        accounts.revise(anna.id, Some(new), judge).await.unwrap().unwrap().unwrap();
    }
    let state = world.store.passwords().of(anna.id).await.unwrap().unwrap();
    assert_eq!((state.due, state.earlier), (false, vec!["hash1".to_owned(), anna.password_hash.clone()]));
    assert_eq!(accounts.by_id(anna.id).await.unwrap().unwrap().password_hash, "hash2");
}

async fn second_factors_are_used_once(world: World) {
    let anna = account("anna");
    world.store.accounts().add(std::slice::from_ref(&anna)).await.unwrap();
    let codes = world.store.codes();
    let code = StoredCode { secret: "ABC".to_owned(), made: now(), last_step: 0 };
    let (id, kept) = (anna.id, code.clone());
    world
        .tend(move |tx| {
            let kept = kept.clone();
            Box::pin(async move { tx.set_code(id, &kept, &["h1".to_owned(), "h2".to_owned()]).await })
        })
        .await;
    assert_eq!(codes.of(anna.id).await.unwrap(), Some(code));
    assert!(codes.take_step(anna.id, 7).await.unwrap());
    assert!(!codes.take_step(anna.id, 7).await.unwrap() && !codes.take_step(anna.id, 6).await.unwrap());
    for there in [true, false] {
        let taken = world.tend(move |tx| Box::pin(async move { tx.take_recovery(id, "h1").await })).await;
        assert_eq!(taken, there);
    }
    assert_eq!(codes.recovery_left(anna.id).await.unwrap(), 1);
    assert!(world.tend(move |tx| Box::pin(async move { tx.drop_code(id).await })).await);
    assert_eq!((codes.of(anna.id).await.unwrap(), codes.recovery_left(anna.id).await.unwrap()), (None, 0));
    let key = Passkey {
        id: new_id(),
        account: anna.id,
        credential: "c".to_owned(),
        public_key: "k".to_owned(),
        count: 0,
        name: "Laptop".to_owned(),
        made: now(),
        used: None,
    };
    let passkeys = world.store.passkeys();
    for new in [true, false] {
        let other = Passkey { id: new_id(), account: anna.id, ..key.clone() };
        let key = if new { key.clone() } else { other };
        let added = world.tend(move |tx| {
            let key = key.clone();
            Box::pin(async move { tx.add_passkey(&key).await })
        });
        assert_eq!(added.await, new, "one that is known stays whose it is");
    }
    assert_eq!(passkeys.named("c").await.unwrap(), Some(key.clone()));
    assert!(passkeys.used(key.id, 0, now()).await.unwrap(), "one that keeps no count");
    assert!(passkeys.used(key.id, 5, now()).await.unwrap());
    assert!(!passkeys.used(key.id, 5, now()).await.unwrap() && !passkeys.used(key.id, 0, now()).await.unwrap());
    let passkey = key.id;
    assert!(world.tend(move |tx| Box::pin(async move { tx.drop_passkey(id, passkey).await })).await);
    assert_eq!(passkeys.of(anna.id).await.unwrap(), vec![]);
}

async fn what_waits_is_taken_once(world: World) {
    let waiting = world.store.waiting();
    let later = now() + SignedDuration::from_mins(5);
    let one = Waiting {
        key: "k".to_owned(),
        kind: "sign-in".to_owned(),
        account: None,
        value: json!({"next": "/"}),
        expires: later,
    };
    waiting.keep(&one, now()).await.unwrap();
    assert_eq!(waiting.take("other", "k", now()).await.unwrap(), None);
    assert_eq!(waiting.take("sign-in", "k", later).await.unwrap(), None, "it has expired");
    assert_eq!(waiting.take("sign-in", "k", now()).await.unwrap(), Some(one));
    assert_eq!(waiting.take("sign-in", "k", now()).await.unwrap(), None);
    let settings = world.store.settings();
    assert_eq!(settings.get("x").await.unwrap(), None);
    for value in [json!({"a": 1}), json!({"a": 2})] {
        settings.set("x", &value).await.unwrap();
        assert_eq!(settings.get("x").await.unwrap(), Some(value));
    }
    for name in ["x:b", "x:a", "x", "xa", "y:c"] {
        settings.set(name, &json!(name)).await.unwrap();
    }
    let family = settings.family("x").await.unwrap();
    assert_eq!(family, [("a".to_owned(), json!("x:a")), ("b".to_owned(), json!("x:b"))]);
}

async fn tokens_are_found_by_hash(world: World) {
    let anna = account("anna");
    world.store.accounts().add(std::slice::from_ref(&anna)).await.unwrap();
    let token = store::Token {
        id: new_id(),
        account: anna.id,
        name: "Nightly".to_owned(),
        token_hash: "th".to_owned(),
        writes: false,
        entities: vec!["goal".to_owned()],
        created: now(),
        expires: now() + SignedDuration::from_hours(24),
        used: None,
        used_from: None,
    };
    let tokens = world.store.tokens();
    let (kept, id, owner) = (token.clone(), token.id, anna.id);
    world
        .tend(move |tx| {
            let kept = kept.clone();
            Box::pin(async move { tx.add_token(&kept).await })
        })
        .await;
    assert_eq!(tokens.find("th", now()).await.unwrap(), Some((token.clone(), anna.clone())));
    assert_eq!(tokens.find("th", token.expires).await.unwrap(), None, "it has ended");
    world.tend(move |tx| Box::pin(async move { tx.touch_token(id, now(), "10.0.0.1").await })).await;
    assert_eq!(tokens.of(anna.id).await.unwrap()[0].used_from.as_deref(), Some("10.0.0.1"));
    for (who, theirs) in [(new_id(), false), (owner, true)] {
        let revoked = world.tend(move |tx| Box::pin(async move { tx.revoke_token(who, id).await })).await;
        assert_eq!(revoked, theirs, "another's token is not theirs to end");
    }
    assert_eq!(tokens.find("th", now()).await.unwrap(), None);
}

async fn an_identity_is_one_accounts_and_the_only_one_there(world: World) {
    let (anna, bert) = (account("anna"), account("bert"));
    world.store.accounts().add(&[anna.clone(), bert.clone()]).await.unwrap();
    let one = |subject: &str, account| Identity {
        issuer: "https://one".to_owned(),
        subject: subject.to_owned(),
        account,
        made: now(),
        used: None,
    };
    let tie = async |identity: &Identity| {
        let identity = identity.clone();
        world
            .store
            .tend::<bool, StoreError, _>(move |tx| {
                let identity = identity.clone();
                Box::pin(async move { tx.tie(&identity).await })
            })
            .await
            .unwrap()
    };
    let hers = one("a", anna.id);
    assert!(tie(&hers).await);
    assert!(!tie(&one("a", bert.id)).await, "it is hers");
    assert!(!tie(&one("b", anna.id)).await, "she has one there");
    let other = Identity { issuer: "https://other".to_owned(), ..hers.clone() };
    assert!(tie(&other).await && tie(&one("b", bert.id)).await);
    let identities = world.store.identities();
    assert_eq!(identities.named("https://one", "a").await.unwrap(), Some(hers.clone()));
    assert_eq!(identities.named("https://one", "A").await.unwrap(), None, "every letter counts");
    assert_eq!(identities.of(anna.id).await.unwrap(), [hers.clone(), other]);
    let at = identities.at("https://one", 9).await.unwrap();
    assert_eq!(at.iter().map(|(_, account)| account.login.as_str()).collect::<Vec<_>>(), ["anna", "bert"]);
    identities.used(&hers, now()).await.unwrap();
    assert_eq!(identities.of(anna.id).await.unwrap()[0].used, Some(now()));

    // Whoever came by another door than ours goes with the service; who came by ours stays.
    for (token, entrance) in [("t1", Entrance::Here), ("t2", Entrance::Elsewhere), ("t3", Entrance::Trusted)] {
        let session = Session {
            token_hash: token.to_owned(),
            account: anna.id,
            created: now(),
            seen: now(),
            expires: now() + SignedDuration::from_hours(1),
            proved: now(),
            address: String::new(),
            device: String::new(),
            entrance,
            browser: None,
        };
        world
            .tend(move |tx| {
                let session = session.clone();
                Box::pin(async move { tx.open_session(&session).await })
            })
            .await;
    }
    let gone = world.store.tend::<_, StoreError, _>(move |tx| {
        Box::pin(async move {
            let ended = tx.close_elsewhere("https://one").await?;
            Ok((ended, tx.untie(anna.id, "https://other").await?, tx.untie_all("https://one").await?))
        })
    });
    assert_eq!(gone.await.unwrap(), (2, true, 2));
    assert_eq!(world.store.sessions().of(anna.id, now()).await.unwrap().len(), 1);
    assert_eq!(identities.of(anna.id).await.unwrap(), []);
}
