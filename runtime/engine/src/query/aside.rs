//! What lies beside a record: what people said about it, and its files.
//!
//! INVARIANT: it is read where a grant gives the record whole or names it; a file that belongs to a field is read with the field.

use std::collections::BTreeSet;

use model::{EntityId, RecordId};
use policy::{Aside, authorize};

use super::{Attachment, CommentShown, Query, refused, seeing};
use crate::{Actor, Engine, QueryError, execute::upload::held_since};

/// What beside a record is the actor's to read, and to add to, of what its entity takes. Nothing of a record they do not see.
#[derive(Debug, Clone, Copy)]
pub struct OpenBeside {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
}

impl Query for OpenBeside {
    type Answer = BTreeSet<Aside>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, seeing(self.entity, self.id))?;
        let mut open = refused(engine.store().open_beside(app, &engine.asking(actor), &request).await)?;
        open.retain(|aside| app.entity(self.entity).is_some_and(|entity| entity.takes(*aside)));
        Ok(open)
    }
}

/// What people said about a record, oldest first. Nothing where that is not the actor's to read.
#[derive(Debug, Clone, Copy)]
pub struct Comments {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
}

impl Query for Comments {
    type Answer = Vec<CommentShown>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, seeing(self.entity, self.id))?;
        refused(engine.store().comments(app, &engine.asking(actor), &request, 500).await).map(|comments| {
            let shown = comments.into_iter().map(|store::Commented { comment, by_name }| CommentShown {
                id: comment.id,
                by: comment.by,
                by_name,
                at: comment.at,
                text: comment.text,
            });
            shown.collect()
        })
    }
}

/// The files attached to a record, oldest first, where those are the actor's to read, and those of fields they see.
#[derive(Debug, Clone, Copy)]
pub struct Attachments {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
}

impl Query for Attachments {
    type Answer = Vec<Attachment>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, seeing(self.entity, self.id))?;
        let files = engine.store().attachments(app, &engine.asking(actor), &request).await?;
        let shown = files.into_iter().map(|store::Attached { attachment: file, by_name }| Attachment {
            id: file.id,
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            by_name,
            at: file.at,
        });
        Ok(shown.collect())
    }
}

/// The content of one attached file.
#[derive(Debug, Clone, Copy)]
pub struct Content {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// This file of it.
    pub attachment: RecordId,
}

impl Query for Content {
    type Answer = Option<(Attachment, Vec<u8>)>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, seeing(self.entity, self.id))?;
        let found = engine.store().attachment(app, &engine.asking(actor), &request, self.attachment).await?;
        let Some(file) = found else { return Ok(None) };
        let content = engine.inner.blobs.read(&file.sha256).await?;
        engine.shown_of(actor, self.entity, self.id, file.field.as_deref()).await;
        let shown = Attachment {
            id: file.id,
            name: file.name,
            size: file.size,
            media_type: file.media_type,
            by_name: String::new(),
            at: file.at,
        };
        Ok(content.map(|content| (shown, content)))
    }
}

/// The files that wait for the actor's records to be saved, oldest first, each with the entity and the field it is for, by name.
#[derive(Debug, Clone, Copy)]
pub struct Uploads;

impl Query for Uploads {
    type Answer = Vec<(Attachment, String, String)>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let held = engine.store().uploads(actor.user, held_since(actor.now)).await?;
        let shown = held.into_iter().map(|file| {
            let shown = Attachment {
                id: file.id,
                name: file.name,
                size: file.size,
                media_type: file.media_type,
                by_name: String::new(),
                at: file.at,
            };
            (shown, file.entity, file.field)
        });
        Ok(shown.collect())
    }
}
