//! Secrets at rest, and a definition that is not the one that was published.

use engine::{OpenError, Proof};
use store::{StoreError, StoredCode};

use crate::both;

const FILES: [(&str, &str); 1] = [("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n")];

both! { FILES;
    async fn a_secret_opens_only_as_what_it_is_and_whose(instance) {
        let engine = &instance.engine;
        let (ann, bob) = (instance.account("ann", &[], None).await?.id, instance.account("bob", &[], None).await?.id);
        let sealed = engine.seal("code", ann, "SECRET")?;
        assert!(sealed.starts_with("sealed:1:01020304:") && !sealed.contains("SECRET"), "{sealed}");
        assert_ne!(sealed, engine.seal("code", ann, "SECRET")?, "the same secret twice does not show");
        assert_eq!(engine.unseal("code", ann, &sealed)?.as_str(), "SECRET");
        assert!(engine.unseal("code", bob, &sealed).is_err(), "another's");
        assert!(engine.unseal("other", ann, &sealed).is_err(), "another kind");
        assert!(engine.unseal("code", ann, "SECRET").is_err(), "in clear");
        assert!(engine.unseal("code", ann, &sealed.replace("01020304", "01020305")).is_err(), "another key");
        for at in [20, 30, sealed.len() - 3] {
            let mut changed = sealed.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(engine.unseal("code", ann, &String::from_utf8(changed)?).is_err(), "byte {at}");
        }
        // From before there were keys.
        let code = StoredCode { secret: "SECRET".to_owned(), made: engine.now(), last_step: 0 };
        let kept = engine.store().tend(move |tx| {
            let code = code.clone();
            Box::pin(async move { tx.set_code(ann, &code, &[]).await })
        });
        kept.await.map_err(|error: StoreError| error)?;
        assert_eq!(engine.settle_secrets().await?, 1);
        let all = engine.store().codes().all().await?;
        assert_eq!(engine.unseal("code", ann, &all[0].1)?.as_str(), "SECRET");
        assert_eq!((engine.settle_secrets().await?, engine.secrets_key().await?), (0, "01020304".to_owned()));
        instance.say("UPDATE loam_code SET secret = 'PLANTED'").await?;
        assert!(engine.settle_secrets().await.is_err(), "later a secret in clear is one that somebody put there");
        Ok(())
    }

    async fn only_the_definition_that_was_published_is_used(instance) {
        let engine = &instance.engine;
        assert_eq!(engine.prove_definition().await?, Proof::Same);
        instance.say("UPDATE loam_definition SET documents = replace(documents, 'Demo', 'Dem0')").await?;
        assert_eq!(engine.prove_definition().await?, Proof::Altered);
        instance.say("UPDATE loam_definition SET documents = replace(documents, 'Dem0', 'Demo')").await?;
        assert_eq!(engine.prove_definition().await?, Proof::Same);
        // A version put there past the platform is not taken up.
        instance
            .say(
                "INSERT INTO loam_definition (version, published_at, published_by, documents, hash) \
                 SELECT version + 1, published_at, published_by, documents, hash FROM loam_definition",
            )
            .await?;
        assert!(matches!(engine.refresh().await, Err(OpenError::Altered(2))));
        assert_eq!(engine.edition().version, 1);
        Ok(())
    }
}
