//! Files that come before the record they are for is saved: a form that is gone through in steps, or a caller that sends the file
//! first and the record after. Each is held for whoever sent it, for one field, and becomes the record's own with the save that
//! refers to it there.
//!
//! INVARIANT: what is held is shown to nobody but whoever sent it, and is accepted from nobody else. Nobody has one held for a
//! field that they may not fill in, of a new record or of one there is, by their own rights or because a step of a case asks them
//! to (`case/fill.rs`); whether of this record, the save says.

use app::{Field, FieldKind};
use jiff::SignedDuration;
use model::{FieldId, RecordId, Timestamp};
use policy::{Action, Change};
use serde_json::json;
use store::{Attachment, Blob, Tx, Upload};

use super::{
    HeldFile, Work,
    aside::{MAX_NAME, file_name},
};
use crate::{
    Act, Changed, CommandError, NewFile,
    content::{Odd, odd},
};

/// Largest file, in bytes.
const MAX_FILE: usize = 20 * 1024 * 1024;
/// How long a file waits for its record.
const HELD: SignedDuration = SignedDuration::from_hours(24);
/// Most files that wait for one account.
const MOST_HELD: i64 = 50;

/// Since when a file must have come, to be held at this moment.
pub(crate) fn held_since(now: Timestamp) -> Timestamp {
    now.saturating_sub(HELD).unwrap_or(now)
}

impl Work<'_> {
    /// Holds a file for a field of a record that is yet to be saved.
    pub(super) async fn hold_upload(
        &mut self,
        tx: &mut Tx,
        field: FieldId,
        file: &NewFile,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let field = edition.app.field(field).ok_or(CommandError::NewEdition)?;
        let entity = edition.app.entity(field.entity).ok_or(CommandError::NewEdition)?;
        self.may_fill(field)?;
        self.fit(file)?;
        if tx.count_uploads(self.actor.user, held_since(self.actor.now)).await? >= MOST_HELD {
            let (zh, en) = (
                "已上传但尚未保存的文件过多，请先保存或移除一些",
                "too many files wait for their records, save or remove some first",
            );
            return Err(self.fault("file", "too-many", zh, en));
        }
        let blob = self.keep_content(tx, &file.content).await?;
        let upload = Upload {
            id: file.id.unwrap_or_else(|| self.engine.new_id()),
            account: self.actor.user,
            entity: entity.name.to_string(),
            field: field.name.to_string(),
            name: file_name(&file.name),
            size: blob.size,
            media_type: file.media_type.chars().take(MAX_NAME).collect(),
            sha256: blob.address,
            at: self.actor.now,
        };
        tx.keep_upload(&upload).await?;
        self.note(Act::new("upload", entity.name.to_string()).fact("field", field.name.to_string()));
        self.outcome.changed.push(Changed { entity: entity.id, id: upload.id, version: 1 });
        Ok(())
    }

    /// Holds one's own file no longer; another's is as if it were not there. Its content goes with what is too old.
    pub(super) async fn end_upload(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        tx.expire_upload(id, self.actor.user, held_since(self.actor.now)).await?;
        Ok(())
    }

    /// Has a file that is held for the actor, for this field, be the record's own; `false` where there is no such one.
    pub(super) async fn take_upload(
        &mut self,
        tx: &mut Tx,
        held: &HeldFile,
        field: &Field,
    ) -> Result<bool, CommandError> {
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(field.entity).ok_or(CommandError::NewEdition)?;
        let place = (entity.name.as_str(), field.name.as_str());
        let since = held_since(self.actor.now);
        let Some(upload) = tx.upload(held.file, self.actor.user, place, since).await? else { return Ok(false) };
        tx.guard_content(&upload.sha256).await?;
        // Another save may have had it in the meantime.
        if !tx.end_upload(upload.id, upload.account).await? {
            return Ok(false);
        }
        let change = self.following(entity.id, held.record)?;
        let attachment = Attachment {
            id: upload.id,
            entity: upload.entity,
            record: held.record,
            field: Some(upload.field),
            name: upload.name,
            size: upload.size,
            sha256: upload.sha256,
            media_type: upload.media_type,
            by: self.actor.user,
            at: self.actor.now,
        };
        tx.attach(&change, &attachment).await?;
        let file = json!({ "name": attachment.name, "size": attachment.size, "address": attachment.sha256 });
        self.note(Act::new("attach", attachment.entity).on(held.record).detail("file", file));
        self.announce_aside(tx, entity.name.as_str(), held.record, "attach").await?;
        self.pending.touch(entity.id, &[held.record]);
        Ok(true)
    }

    /// Refuses a file for a field that holds none, or that the actor may fill in neither of a new record nor of one there is.
    fn may_fill(&self, field: &Field) -> Result<(), CommandError> {
        if !matches!(field.kind, FieldKind::File | FieldKind::Image) || !field.writable() {
            let (zh, en) = ("该字段不接收文件", "this field takes no file");
            return Err(self.fault("file", "type", zh, en));
        }
        let asked = |action| Change { entity: field.entity, action, id: self.engine.new_id(), given: vec![field.id] };
        match self.authorize(asked(Action::Create)) {
            Ok(_) => Ok(()),
            Err(_) => self.authorize(asked(Action::Update)).map(drop),
        }
    }

    /// Refuses a file that is empty, too large, a program, or not what its name says.
    pub(super) fn fit(&self, file: &NewFile) -> Result<(), CommandError> {
        let NewFile { name, content, .. } = file;
        if content.is_empty() {
            return Err(self.fault("file", "required", "文件是空的", "the file is empty"));
        }
        if content.len() > MAX_FILE {
            return Err(self.fault("file", "range", "文件不能超过 20 MB", "a file can have at most 20 MB"));
        }
        match odd(name, content) {
            None => Ok(()),
            Some(Odd::Program) => {
                let (zh, en) = ("不能上传程序文件", "programs are not taken");
                Err(self.fault("file", "program", zh, en))
            }
            Some(Odd::Other) => {
                let (zh, en) = (
                    "文件内容与扩展名不符，请确认文件没有损坏或改名",
                    "the file is not what its name says, see whether it was renamed or is broken",
                );
                Err(self.fault("file", "other-kind", zh, en))
            }
        }
    }

    /// Keeps content, which nobody removes for being no record's until it is written down whose it is.
    pub(super) async fn keep_content(&self, tx: &mut Tx, content: &[u8]) -> Result<Blob, CommandError> {
        let blobs = &self.engine.inner.blobs;
        tx.guard_content(&blobs.address_of(content)?).await?;
        Ok(blobs.keep(content.to_vec()).await?)
    }
}
