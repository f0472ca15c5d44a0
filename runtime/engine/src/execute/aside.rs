//! What people leave beside records: comments, files, saved views, and what they have read.
//!
//! A comment needs the right to read those of the record it stands beside, and so does a file, besides the right to change the
//! record, unless it belongs to a field. The store answers that in the statement that looks the record up.

use std::collections::BTreeSet;

use app::{FieldRole, PageKind};
use formula::Scope;
use model::{EntityId, RecordId, UserId};
use policy::{Action, Aside, Bin, Change, Get, authorize};
use serde_json::json;
use store::{Account, Attachment, Comment, Lock, Notification, OutboxEntry, Quiet, SavedView, Tx};

use super::{BroughtFile, Work, from_query, words};
use crate::{Act, Changed, CommandError, FieldFault, Meant, NewFile, QueryError, quiet};

/// Longest comment, in characters.
const MAX_COMMENT: usize = 5_000;
/// Longest name of a view or a file, in characters.
pub(super) const MAX_NAME: usize = 120;

impl Work<'_> {
    pub(super) fn fault(&self, field: &str, code: &'static str, zh: &str, en: &str) -> CommandError {
        let message = words::say(self.actor.locale, zh, en);
        CommandError::Invalid(vec![FieldFault { index: self.index, field: Some(field.to_owned()), code, message }])
    }

    /// Says something about a record whose comments the actor reads, and notifies whom it mentions.
    pub(super) async fn comment(
        &mut self,
        tx: &mut Tx,
        entity_id: EntityId,
        id: RecordId,
        (text, meant): (&str, &[Meant]),
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let text = text.trim();
        if !entity.comments {
            return Err(self.fault("text", "switched-off", "这类记录不支持评论", "these records take no comments"));
        }
        if text.is_empty() {
            return Err(self.fault("text", "required", "请填写评论内容", "write something first"));
        }
        if text.chars().count() > MAX_COMMENT {
            return Err(self.fault("text", "range", "评论最多 5000 字", "a comment has room for 5,000 characters"));
        }
        let seen = Get { entity: entity_id, id, columns: Vec::new(), bin: Bin::Outside };
        let seen = authorize(&self.actor.rights, self.actor.user, &edition.app, seen)
            .map_err(|fault| from_query(QueryError::Denied(fault)))?;
        let mentioned = self.mentioned(tx, text, meant).await?;
        let comment = Comment {
            id: self.engine.new_id(),
            entity: entity.name.to_string(),
            record: id,
            text: text.to_owned(),
            mentions: mentioned.iter().map(|account| account.id).collect(),
            by: self.actor.user,
            at: self.actor.now,
        };
        if !tx.comment(&edition.app, &seen, &comment).await? {
            return Err(CommandError::NotFound { entity: entity_id, id });
        }
        // Whether they may read comments of the record is asked when the notice is shown, as of then.
        let about =
            json!({ "entity": entity.name.as_str(), "record": id, "comment": comment.id, "by": self.actor.user });
        let notices = mentioned.iter().filter(|account| account.id != self.actor.user).map(|account| Notification {
            id: self.engine.new_id(),
            account: account.id,
            kind: "mention".to_owned(),
            payload: about.clone(),
            at: self.actor.now,
            read_at: None,
            due: None,
            key: None,
        });
        self.inform(tx, notices.collect()).await?;
        self.note(Act::new("comment", entity.name.to_string()).on(id).detail("text", text));
        self.announce_aside(tx, entity.name.as_str(), id, "comment").await?;
        self.pending.touch(entity_id, &[id]);
        self.outcome.changed.push(Changed { entity: entity_id, id: comment.id, version: 1 });
        Ok(())
    }

    /// The accounts a text mentions: those of the people chosen for their names, and by login for every other name.
    async fn mentioned(&self, tx: &mut Tx, text: &str, meant: &[Meant]) -> Result<Vec<Account>, CommandError> {
        let stands = |one: &&Meant| !one.said.is_empty() && text.contains(&format!("@{}", one.said));
        let meant: Vec<&Meant> = meant.iter().filter(stands).collect();
        let people: Vec<RecordId> = meant.iter().map(|one| one.person).collect();
        let mut found = if people.is_empty() { Vec::new() } else { tx.accounts_of(&people).await? };
        let mut logins = mentions(text);
        // Where people are known by a login, an account that is nobody's yet may be the one of whoever was chosen by it.
        let known = self.actor.edition.app.organisation().fields.contains_key(&FieldRole::Login);
        let mut unowned = BTreeSet::new();
        for one in meant {
            let Some(name) = mentions(&format!("@{}", one.said)).pop_first() else { continue };
            logins.remove(&name);
            if known && !found.iter().any(|account| account.person == Some(one.person)) {
                unowned.insert(name);
            }
        }
        let asked: Vec<String> = logins.union(&unowned).cloned().collect();
        if !asked.is_empty() {
            let named = self.engine.store().accounts().by_logins(&asked).await?;
            let means = |account: &Account| logins.contains(&account.login.to_lowercase()) || account.person.is_none();
            found.extend(named.into_iter().filter(means));
        }
        found.sort_unstable_by_key(|account| account.id);
        found.dedup_by_key(|account| account.id);
        Ok(found)
    }

    /// Keeps a file beside a record the actor may change.
    pub(super) async fn attach(
        &mut self,
        tx: &mut Tx,
        entity_id: EntityId,
        id: RecordId,
        file: &NewFile,
    ) -> Result<(), CommandError> {
        let NewFile { name, media_type, content, .. } = file;
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        self.fit(file)?;
        let own = |made: &Changed| made.entity == entity_id && made.id == id && made.version == 1;
        // Whoever may make a record may make it with its files, though they may not change it later.
        let change = if self.outcome.changed.iter().any(own) {
            self.following(entity_id, id)?
        } else {
            self.authorize(Change { entity: entity_id, action: Action::Update, id, given: Vec::new() })?
        };
        if tx.load(&edition.app, &change, Lock::None).await?.is_none() {
            return Err(CommandError::NotFound { entity: entity_id, id });
        }
        let blob = self.keep_content(tx, content).await?;
        let attachment = Attachment {
            id: file.id.unwrap_or_else(|| self.engine.new_id()),
            entity: entity.name.to_string(),
            record: id,
            field: None,
            name: file_name(name),
            size: blob.size,
            sha256: blob.address,
            media_type: media_type.chars().take(MAX_NAME).collect(),
            by: self.actor.user,
            at: self.actor.now,
        };
        tx.attach(&change, &attachment).await?;
        self.brought.push(BroughtFile { entity: entity_id, record: id, file: attachment.id });
        let file = json!({ "name": attachment.name, "size": attachment.size, "address": attachment.sha256 });
        self.note(Act::new("attach", entity.name.to_string()).on(id).detail("file", file));
        self.announce_aside(tx, entity.name.as_str(), id, "attach").await?;
        self.pending.touch(entity_id, &[id]);
        self.outcome.changed.push(Changed { entity: entity_id, id: attachment.id, version: 1 });
        Ok(())
    }

    /// Has each file that a field refers to belong to that field, so that it is seen by whom the field is; there is none but among
    /// the record's own, and those held for the actor and that field. One that came and belongs to no field is kept where the
    /// actor reads what is attached to the record.
    pub(super) async fn hold_files(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        let mut faults = Vec::new();
        let mut belong = BTreeSet::new();
        for held in std::mem::take(&mut self.held) {
            belong.insert(held.file);
            let Some(field) = app.field(held.field) else { continue };
            let entity = app.entity(field.entity).map_or("", |entity| entity.name.as_str());
            let own = tx.hold(entity, held.record, held.file, field.name.as_str()).await?;
            if !own && !self.take_upload(tx, &held, field).await? {
                faults.push(FieldFault {
                    index: held.index,
                    field: Some(field.name.to_string()),
                    code: "reference",
                    message: words::no_such_file(field, self.actor.locale),
                });
            }
        }
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        for BroughtFile { entity, record: id, file } in std::mem::take(&mut self.brought) {
            if belong.contains(&file) {
                continue;
            }
            let seen = Get { entity, id, columns: Vec::new(), bin: Bin::Outside };
            let open = match authorize(&self.actor.rights, self.actor.user, app, seen) {
                Ok(seen) => tx.open_beside(app, &seen).await?.contains(&Aside::Attachments),
                Err(_) => false,
            };
            if !open {
                return Err(CommandError::NotFound { entity, id });
            }
        }
        Ok(())
    }

    pub(super) async fn announce_aside(
        &self,
        tx: &mut Tx,
        entity: &str,
        id: RecordId,
        action: &str,
    ) -> Result<(), CommandError> {
        let event = self.engine.new_id();
        let payload = json!({ "entity": entity, "action": action, "ids": [id], "by": self.actor.user });
        let kind = "record.changed".to_owned();
        tx.outbox(&[OutboxEntry { id: event, kind, key: event.to_string(), payload, due: self.actor.now }]).await?;
        Ok(())
    }

    /// Keeps one's own way of looking at a list; no other page shows what was kept of it.
    pub(super) async fn save_view(
        &mut self,
        tx: &mut Tx,
        page: &str,
        name: &str,
        query: &str,
    ) -> Result<(), CommandError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            return Err(self.fault("name", "required", "请给视图起个名字", "give the view a name"));
        }
        let lists = |page: &app::Page| matches!(page.kind, PageKind::List { .. });
        if !self.actor.edition.app.page_named(page).is_some_and(lists) || query.len() > 4_000 {
            return Err(self.fault("page", "reference", "没有这个列表页面", "there is no such list"));
        }
        let view = SavedView {
            id: self.engine.new_id(),
            page: page.to_owned(),
            name: name.to_owned(),
            query: query.to_owned(),
            account: self.actor.user,
        };
        self.note(Act::new("view.save", "view").on(view.id).detail("page", page).detail("name", name));
        Ok(tx.save_view(&view).await?)
    }

    /// Forgets one of one's own views; another's is as if it were not there.
    pub(super) async fn forget_view(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        if !tx.forget_view(self.actor.user, id).await? {
            return Err(CommandError::NoView);
        }
        self.note(Act::new("view.forget", "view").on(id));
        Ok(())
    }

    /// Tells accounts something, each when it wants to be told: the one way in which anybody is told anything.
    pub(super) async fn inform(&mut self, tx: &mut Tx, mut notices: Vec<Notification>) -> Result<(), CommandError> {
        let mut unasked: Vec<UserId> = notices.iter().map(|notice| notice.account).collect();
        unasked.retain(|account| !self.quiets.contains_key(account));
        unasked.sort_unstable();
        unasked.dedup();
        if !unasked.is_empty() {
            let said = tx.quiets(&unasked).await?;
            self.quiets.extend(unasked.into_iter().map(|account| (account, Quiet::default())));
            self.quiets.extend(said);
        }
        for notice in &mut notices {
            let Some(quiet) = self.quiets.get(&notice.account) else { continue };
            notice.due = quiet::due(quiet, notice.at, &self.around.zone, &|day| self.around.is_open(day));
        }
        self.pending.reach(notices.iter().map(|notice| notice.account));
        Ok(tx.notify(&notices).await?)
    }

    /// Says when one is told of things. What is held back already stays so until then.
    pub(super) async fn keep_quiet(&mut self, tx: &mut Tx, quiet: &Quiet) -> Result<(), CommandError> {
        tx.keep_quiet(self.actor.user, quiet).await?;
        self.note(Act::new("notices.quiet", "account").on(self.actor.user));
        Ok(())
    }

    /// Marks one's own notices as read.
    pub(super) async fn read_notifications(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        self.pending.reach([self.actor.user]);
        Ok(tx.read_notifications(self.actor.user, self.actor.now).await?)
    }
}

/// The logins a text mentions, once each.
fn mentions(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for part in text.split('@').skip(1) {
        let login: String = part.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-')).collect();
        let login = login.trim_end_matches(['.', '-']);
        if !login.is_empty() {
            found.insert(login.to_lowercase());
        }
    }
    found
}

/// The last part of what a browser called the file, without what no file system takes.
pub(super) fn file_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = last.chars().filter(|c| !c.is_control() && !r#"<>:"|?*"#.contains(*c)).take(MAX_NAME).collect();
    if clean.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { clean }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_end_with_the_login() {
        let found = mentions("@e0089 请看，另外 @E0255. 以及 a@");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["e0089", "e0255"]);
    }

    #[test]
    fn file_names_lose_their_folders() {
        assert_eq!(file_name("C:\\x\\报告.pdf"), "报告.pdf");
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("..."), "file");
    }
}
