//! Comments, files, saved views, search.

use engine::{
    Command, CommandError, NewFile,
    query::{Attachments, Comments, Content, Notifications, QuietTimes, SavedViews, Search},
    scan::{Scanner, WhenDown},
};
use jiff::{SignedDuration, civil::time};
use serde_json::json;
use store::Quiet;

use super::support::{codes, create, text_file};
use crate::both;

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\ndisplay: name\nhint: code\nsearch: [name, code]\ncomments: true\nattachments: true\nfields:\n  code: {type: text, label: {zh-CN: 工号, en: Code}}\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n",
    ),
    ("pages/people.yaml", "kind: list\nlabel: {zh-CN: 人员, en: People}\nentity: person\ncolumns: [name]\n"),
    (
        "pages/overview.yaml",
        "kind: home\nlabel: {zh-CN: 概览, en: Overview}\nblocks:\n  all: {label: {zh-CN: 人数, en: People}, value: {entity: person, measure: count}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\ngrants:\n  - {entity: person, actions: [create, read, update]}\n",
    ),
];

both! { FILES;
    async fn people_are_found_by_name_and_by_initials(instance) {
        let actor = instance.actor("ann", &["member"], None).await?;
        create(instance, &actor, "person", json!({"code": "E0001", "name": "张伟"})).await?;
        create(instance, &actor, "person", json!({"code": "E0002", "name": "李娜_100%"})).await?;
        let found = |text: &str| {
            let query = Search { text: text.to_owned(), limit: 5 };
            let (engine, actor) = (instance.engine.clone(), actor.clone());
            async move { engine.query(&actor, query).await.map(|found| found.into_iter().map(|one| one.label).collect::<Vec<_>>()) }
        };
        assert_eq!(found("张").await?, ["张伟"]);
        assert_eq!(found("zw").await?, ["张伟"]);
        assert_eq!(found("ZW").await?, ["张伟"]);
        assert_eq!(found("e0002").await?, ["李娜_100%"]);
        assert_eq!(found("0%").await?, ["李娜_100%"]);
        assert!(found("_%_%_%_").await?.is_empty());
        let nobody = instance.actor("nobody", &[], None).await?;
        assert!(instance.engine.query(&nobody, Search { text: "zw".to_owned(), limit: 5 }).await?.is_empty());
        Ok(())
    }

    async fn a_file_is_what_its_name_says_and_no_program(instance) {
        let actor = instance.actor("ann", &["member"], None).await?;
        let id = create(instance, &actor, "person", json!({"code": "E0001", "name": "张伟"})).await?;
        let entity = instance.entity("person")?;
        let attach = |name: &str, content: &[u8]| Command::Attach {
            entity,
            id,
            file: NewFile { name: name.into(), media_type: "image/png".into(), content: content.to_vec(), id: None },
        };
        for (name, content, code) in [
            ("照片.png", b"\x7fELF\x02\x01\x01".as_slice(), "file:program"),
            ("照片.png", b"%PDF-1.7", "file:other-kind"),
        ] {
            let refused = instance.engine.execute(&actor, attach(name, content)).await.unwrap_err();
            assert_eq!(codes(refused), [code]);
        }
        instance.engine.execute(&actor, attach("照片.png", b"\x89PNG\r\n\x1a\n...")).await?;
        assert_eq!(instance.engine.query(&actor, Attachments { entity, id }).await?.len(), 1);
        Ok(())
    }

    async fn a_file_with_malware_is_not_taken(instance) {
        /// Finds what is called so, and breaks down over what asks for that.
        struct Known;
        impl Scanner for Known {
            fn scan(&self, content: &[u8]) -> Result<Option<String>, String> {
                match content {
                    b"bad" => Ok(Some("Test-Signature".to_owned())),
                    b"down" => Err("it is down".to_owned()),
                    _ => Ok(None),
                }
            }
        }
        let actor = instance.actor("ann", &["member"], None).await?;
        let id = create(instance, &actor, "person", json!({"code": "E0001", "name": "张伟"})).await?;
        let entity = instance.entity("person")?;
        let attach = |content: &str| Command::Attach {
            entity,
            id,
            file: text_file("a.txt", content),
        };
        instance.engine.scan_files_with(std::sync::Arc::new(Known), WhenDown::Refuse);
        let both = Command::Bulk(vec![attach("good"), attach("bad")]);
        assert_eq!(codes(instance.engine.execute(&actor, both).await.unwrap_err()), ["file:malware"]);
        assert_eq!(codes(instance.engine.execute(&actor, attach("down")).await.unwrap_err()), ["file:not-scanned"]);
        assert!(instance.engine.query(&actor, Attachments { entity, id }).await?.is_empty(), "all or none");
        let wanted = store::Wanted { action: Some("attach".to_owned()), limit: 10, ..Default::default() };
        let entries = instance.engine.store().entries(&wanted).await?;
        let facts: Vec<_> = entries.iter().map(|entry| entry.entry.facts()).collect();
        assert_eq!(facts[1], json!({"reason": "malware", "found": "Test-Signature"}));
        instance.engine.execute(&actor, attach("good")).await?;
        assert_eq!(instance.engine.query(&actor, Attachments { entity, id }).await?.len(), 1);
        Ok(())
    }

    async fn other_search_fields_find_what_is_there_already(instance) {
        let actor = instance.actor("ann", &["member"], None).await?;
        create(instance, &actor, "person", json!({"code": "E0001", "name": "张伟"})).await?;
        let narrow = FILES[1].1.replace("search: [name, code]", "search: [code]");
        let files = [FILES[0], ("entities/person.yaml", narrow.as_str()), FILES[2], FILES[3], FILES[4]];
        for (files, hits) in [(&files, 0), (&FILES, 1)] {
            instance.publish(files, &[]).await?;
            while instance.engine.turn("test").await? > 0 {}
            let actor = instance.engine.system();
            let found = instance.engine.query(&actor, Search { text: "zw".to_owned(), limit: 5 }).await?;
            assert_eq!(found.len(), hits);
        }
        Ok(())
    }

    async fn comments_reach_whom_they_mention(instance) {
        let actor = instance.actor("ann", &["member"], None).await?;
        let bob = instance.actor("bob", &["member"], None).await?;
        let eve = instance.actor("eve", &[], None).await?;
        let entity = instance.entity("person")?;
        let id = create(instance, &actor, "person", json!({"name": "x"})).await?;
        let say = |text: &str| Command::Comment { entity, id, text: text.to_owned(), meant: Vec::new() };
        instance.engine.execute(&actor, say("@bob @eve 请看 <b>")).await?;
        assert_eq!(codes(instance.engine.execute(&actor, say("  ")).await.unwrap_err()), ["text:required"]);
        assert!(matches!(instance.engine.execute(&eve, say("hi")).await, Err(CommandError::Denied { .. })));
        let comments = instance.engine.query(&bob, Comments { entity, id }).await?;
        assert_eq!((comments.len(), comments[0].by_name.as_str()), (1, "ANN"));
        assert_eq!(instance.engine.query(&bob, Notifications { limit: 5 }).await?.len(), 1);
        assert!(instance.engine.query(&eve, Notifications { limit: 5 }).await?.is_empty());
        instance.engine.execute(&bob, Command::ReadNotifications).await?;
        assert_eq!(instance.engine.store().notifications().unread(bob.user, bob.now).await?, 0);
        Ok(())
    }

    async fn whoever_wants_quiet_is_told_when_it_is_over(instance) {
        let ann = instance.actor("ann", &["member"], None).await?;
        let bob = instance.actor("bob", &["member"], None).await?;
        let entity = instance.entity("person")?;
        let id = create(instance, &ann, "person", json!({"name": "x"})).await?;
        // A Thursday, nine in the morning by the app's clock: Bob is told at ten, Ann at once.
        let quiet = Quiet { hours: Some((time(8, 30, 0, 0), time(10, 0, 0, 0))), ..Quiet::default() };
        instance.engine.execute(&bob, Command::KeepQuiet(quiet)).await?;
        assert_eq!(instance.engine.query(&bob, QuietTimes).await?, quiet);
        assert_eq!(instance.engine.query(&ann, QuietTimes).await?, Quiet::default());
        for (by, text) in [(&ann, "@bob look"), (&bob, "@ann seen"), (&ann, "@bob again")] {
            let said = Command::Comment { entity, id, text: text.to_owned(), meant: Vec::new() };
            instance.engine.execute(by, said).await?;
        }
        let told = async |who: &engine::Actor| {
            let account = instance.engine.store().accounts().by_id(who.user).await?.unwrap();
            let who = instance.engine.actor(&account, model::Locale::En);
            let unread = instance.engine.store().notifications().unread(who.user, who.now).await?;
            anyhow::Ok((instance.engine.query(&who, Notifications { limit: 5 }).await?, unread))
        };
        assert_eq!((told(&bob).await?.1, told(&ann).await?.1), (0, 1));
        // What he has not been told he has not read.
        instance.engine.execute(&bob, Command::ReadNotifications).await?;
        instance.clock.pass(SignedDuration::from_hours(1));
        let (notices, unread) = told(&bob).await?;
        assert_eq!((notices.len(), unread), (2, 2));
        assert!(notices.iter().all(|notice| notice.due.unwrap().to_string() == "2025-11-20T02:00:00Z"));
        // Once a day, and changed back again.
        let daily = Quiet { digest: Some(time(9, 0, 0, 0)), rest_days: true, ..Quiet::default() };
        for (quiet, unread) in [(daily, 2), (Quiet::default(), 3)] {
            instance.engine.execute(&bob, Command::KeepQuiet(quiet)).await?;
            let account = instance.engine.store().accounts().by_id(ann.user).await?.unwrap();
            let ann = instance.engine.actor(&account, model::Locale::En);
            let more = Command::Comment { entity, id, text: "@bob more".to_owned(), meant: Vec::new() };
            instance.engine.execute(&ann, more).await?;
            assert_eq!(told(&bob).await?.1, unread);
        }
        instance.clock.pass(SignedDuration::from_hours(23));
        assert_eq!(told(&bob).await?.1, 4);
        Ok(())
    }

    async fn files_are_kept_and_given_back(instance) {
        let actor = instance.actor("ann", &["member"], None).await?;
        let entity = instance.entity("person")?;
        let id = create(instance, &actor, "person", json!({"name": "x"})).await?;
        let attach = Command::Attach { entity, id, file: text_file("../报告.txt", "hello") };
        instance.engine.execute(&actor, attach).await?;
        let files = instance.engine.query(&actor, Attachments { entity, id }).await?;
        assert_eq!((files[0].name.as_str(), files[0].size), ("报告.txt", 5));
        let content = Content { entity, id, attachment: files[0].id };
        assert_eq!(instance.engine.query(&actor, content).await?.unwrap().1, b"hello");
        let eve = instance.actor("eve", &[], None).await?;
        assert!(instance.engine.query(&eve, content).await.is_err());
        Ok(())
    }

    async fn views_are_ones_own(instance) {
        let ann = instance.actor("ann", &["member"], None).await?;
        let bob = instance.actor("bob", &["member"], None).await?;
        let save = Command::SaveView { page: "people".into(), name: "mine".into(), query: "sort=name".into() };
        instance.engine.execute(&ann, save).await?;
        let views = SavedViews { page: "people".into() };
        let mine = instance.engine.query(&ann, views.clone()).await?;
        assert_eq!(mine.len(), 1);
        assert!(instance.engine.query(&bob, views.clone()).await?.is_empty());
        let forgotten = instance.engine.execute(&bob, Command::ForgetView { id: mine[0].id }).await;
        assert!(matches!(forgotten, Err(CommandError::NoView)));
        assert_eq!(instance.engine.query(&ann, views.clone()).await?.len(), 1);
        instance.engine.execute(&ann, Command::ForgetView { id: mine[0].id }).await?;
        assert!(instance.engine.query(&ann, views).await?.is_empty());
        let again = instance.engine.execute(&ann, Command::ForgetView { id: mine[0].id }).await;
        assert!(matches!(again, Err(CommandError::NoView)));
        // Other pages show no views, so that none is kept of them.
        for page in ["overview", "nowhere"] {
            let save = Command::SaveView { page: page.into(), name: "mine".into(), query: String::new() };
            assert_eq!(codes(instance.engine.execute(&ann, save).await.unwrap_err()), ["page:reference"]);
        }
        Ok(())
    }
}
