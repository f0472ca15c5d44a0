//! What surrounds a record: its comments and attachments. They are read, and added, where a grant gives the record whole or
//! names them; a file that belongs to a field where the field is read. Its history is in the ledger, see [`crate::ledger`].

use std::collections::BTreeSet;

use app::{App, Entity};
use model::{RecordId, Timestamp, UserId, Value};
use policy::{Access, Aside, Authorized, Change, Get};

use crate::{
    Asking, Store, StoreError, Tx,
    row::Taken,
    sql::{
        Column, Dialect, Printer, Reader, Statement,
        column::{entity, field},
        select,
    },
};

/// Something said about a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Comment {
    /// Its id.
    pub id: RecordId,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// What was said.
    pub text: String,
    /// The accounts mentioned.
    pub mentions: Vec<UserId>,
    /// Who said it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// A comment as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Commented {
    /// The comment.
    pub comment: Comment,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

/// A file of a record; its content is in [`crate::Blobs`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: RecordId,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// The field it is the value of; `None` for a file attached to the record.
    pub field: Option<String>,
    /// The file's name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// The address of its content; of files from before they were sealed that is their SHA-256.
    pub sha256: String,
    /// Who attached it.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// An attachment as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// The attachment.
    pub attachment: Attachment,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
}

/// What a table about records is read by: the record's own row, as the reader may see it, joined in.
pub(crate) struct Beside<'a> {
    pub(crate) printer: Printer<'a>,
    pub(crate) reader: Reader<'a>,
    pub(crate) entity: &'a Entity,
    pub(crate) record: String,
    pub(crate) visible: String,
}

impl<'a> Beside<'a> {
    pub(crate) fn new(
        app: &'a App,
        asking: &'a Asking,
        dialect: Dialect,
        request: &'a Authorized<Get>,
    ) -> Result<Self, StoreError> {
        let mut printer = Printer::new(app, asking, dialect);
        let record = printer.bind(Value::Id(request.id), Column::Id);
        let visible = select::visible(&mut printer, request, &record)?;
        Ok(Self { printer, reader: Reader::of(request), entity: entity(app, request.entity)?, record, visible })
    }

    /// Leaves only a record beside which this lies open.
    fn narrow(&mut self, aside: Aside) -> Result<(), StoreError> {
        let open = open(&mut self.printer, self.reader.main, aside)?;
        self.visible = format!("{} AND {open}", self.visible);
        Ok(())
    }

    /// The condition that a row speaks of the record as a whole, beside which files lie open, or of a field the reader may see
    /// on it now.
    pub(crate) fn fields(&mut self) -> Result<String, StoreError> {
        let whole = open(&mut self.printer, self.reader.main, Aside::Attachments)?;
        let mut conditions = vec![format!("(h.field IS NULL AND {whole})")];
        let mut open: Vec<Value> = Vec::new();
        for id in self.entity.fields.iter().copied().chain(self.entity.system.all()) {
            let name = field(self.printer.app, id)?.name.as_str();
            match (self.reader.main.field(id), self.reader.main.mask(id)) {
                (None, _) => {}
                (Some(_), None) => open.push(name.into()),
                (Some(_), Some(mask)) => {
                    let mask = self.printer.predicate(mask, 0, None)?;
                    let name = self.printer.bind(name.into(), Column::Text);
                    conditions.push(format!("(h.field = {name} AND {mask})"));
                }
            }
        }
        if !open.is_empty() {
            self.printer.bind(Value::List(open), Column::Texts);
            let among = self.printer.dialect.among(Column::Texts, self.printer.args.len());
            conditions.push(format!("h.field {among}"));
        }
        Ok(format!("({})", conditions.join(" OR ")))
    }

    fn statement(
        self,
        table: &str,
        selected: &str,
        also: &str,
        order: &str,
        columns: Vec<Column>,
    ) -> Result<Statement, StoreError> {
        // Names of entities and fields are constants of the app here, not text of a caller; they are bound all the same.
        let mut printer = self.printer;
        let entity = printer.bind(self.entity.name.as_str().into(), Column::Text);
        let sql = format!(
            "SELECT {selected} FROM {table} h LEFT JOIN loam_account a ON a.id = h.by_account \
             WHERE h.record = {} AND h.entity = {entity}{also} \
             AND EXISTS (SELECT 1 FROM {} WHERE {}) ORDER BY {order}",
            self.record,
            printer.from(self.entity.id)?,
            self.visible
        );
        Ok(printer.statement(sql, columns))
    }
}

/// The condition that something lies open beside a record that may be seen.
pub(crate) fn open(printer: &mut Printer<'_>, access: &Access, aside: Aside) -> Result<String, StoreError> {
    match (access.beside(aside), access.mask_beside(aside)) {
        (None, _) => Ok(printer.truth(false).to_owned()),
        (Some(_), None) => Ok(printer.truth(true).to_owned()),
        (Some(_), Some(mask)) => {
            let mask = mask.settle(printer.asking);
            printer.predicate(&mask, 0, None)
        }
    }
}

/// Asks what lies open beside a record: one row of its id and an answer for each, none when it is not visible.
fn asides(app: &App, asking: &Asking, dialect: Dialect, record: &Authorized<Get>) -> Result<Statement, StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let id = printer.bind(Value::Id(record.id), Column::Id);
    let visible = select::visible(&mut printer, record, &id)?;
    let mut selected = vec!["t0.id".to_owned()];
    for aside in Aside::ALL {
        selected.push(format!("({}) IS TRUE", open(&mut printer, record.access(), aside)?));
    }
    let sql = format!("SELECT {} FROM {} WHERE {visible}", selected.join(", "), printer.from(record.entity)?);
    let mut holds = vec![Column::Id];
    holds.resize(selected.len(), Column::Bool);
    Ok(printer.statement(sql, holds))
}

/// The answer to that.
fn answered(row: Option<Vec<Value>>) -> BTreeSet<Aside> {
    let answers = row.into_iter().flatten().skip(1).zip(Aside::ALL);
    answers.filter(|(answer, _)| *answer == Value::Bool(true)).map(|(_, aside)| aside).collect()
}

const ATTACHMENT: &str =
    "h.id, h.entity, h.record, h.field, h.name, h.size, h.media_type, h.sha256, h.by_account, h.at, a.name";

const ATTACHMENT_COLUMNS: [Column; 11] = [
    Column::Id,
    Column::Text,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Int,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::DateTime,
    Column::Text,
];

fn attached(row: Vec<Value>) -> Result<Attached, StoreError> {
    let mut row = Taken::new("loam_attachment", row);
    let attachment = Attachment {
        id: row.id()?,
        entity: row.text()?,
        record: row.id()?,
        field: row.maybe_text()?,
        name: row.text()?,
        size: row.int()?,
        media_type: row.text()?,
        sha256: row.text()?,
        by: row.id()?,
        at: row.moment()?,
    };
    Ok(Attached { attachment, by_name: row.maybe_text()?.unwrap_or_default() })
}

impl Store {
    /// What beside the record is the reader's to read, and to add to. Nothing when the record is not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_beside(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
    ) -> Result<BTreeSet<Aside>, StoreError> {
        let statement = asides(app, asking, self.dialect(), record)?;
        Ok(answered(self.first(&statement).await?))
    }

    /// The record's comments, oldest first. Empty when they are not open beside it, or it is not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn comments(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        limit: u32,
    ) -> Result<Vec<Commented>, StoreError> {
        let mut beside = Beside::new(app, asking, self.dialect(), record)?;
        beside.narrow(Aside::Comments)?;
        let limit = beside.printer.bind(Value::Int(limit.into()), Column::Int);
        let columns = vec![
            Column::Id,
            Column::Text,
            Column::Id,
            Column::Text,
            Column::Text,
            Column::Id,
            Column::DateTime,
            Column::Text,
        ];
        let selected = "h.id, h.entity, h.record, h.text, h.mentions, h.by_account, h.at, a.name";
        let live = " AND h.deleted_at IS NULL";
        let statement = beside.statement("loam_comment", selected, live, &format!("h.id LIMIT {limit}"), columns)?;
        let taken = self.fetch(&statement).await?.into_iter().map(|row| {
            let mut row = Taken::new("loam_comment", row);
            let comment = Comment {
                id: row.id()?,
                entity: row.text()?,
                record: row.id()?,
                text: row.text()?,
                mentions: serde_json::from_value::<Vec<UserId>>(row.json()?)
                    .map_err(|_| StoreError::bad("loam_comment", "mentions", ""))?,
                by: row.id()?,
                at: row.moment()?,
            };
            Ok(Commented { comment, by_name: row.maybe_text()?.unwrap_or_default() })
        });
        taken.collect()
    }

    /// The files of the record, oldest first: those attached to it, if they are open, and those of file fields the reader may see.
    /// Empty when the record is not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attachments(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
    ) -> Result<Vec<Attached>, StoreError> {
        let mut beside = Beside::new(app, asking, self.dialect(), record)?;
        let fields = beside.fields()?;
        beside.visible = format!("{} AND {fields}", beside.visible);
        let statement = beside.statement("loam_attachment", ATTACHMENT, "", "h.id", ATTACHMENT_COLUMNS.to_vec())?;
        self.fetch(&statement).await?.into_iter().map(attached).collect()
    }

    /// One file of the record, attached to it, if those are open, or of a file field the reader may see. `None` when the record is
    /// not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attachment(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        id: RecordId,
    ) -> Result<Option<Attachment>, StoreError> {
        let mut beside = Beside::new(app, asking, self.dialect(), record)?;
        let fields = beside.fields()?;
        beside.visible = format!("{} AND {fields}", beside.visible);
        let wanted = beside.printer.bind(Value::Id(id), Column::Id);
        let also = format!(" AND h.id = {wanted}");
        let statement = beside.statement("loam_attachment", ATTACHMENT, &also, "h.id", ATTACHMENT_COLUMNS.to_vec())?;
        let row = self.first(&statement).await?;
        Ok(row.map(attached).transpose()?.map(|attached| attached.attachment))
    }

    /// Where a file belongs, as entity name and record, for whoever has only its id and then asks with [`Store::attachment`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attachment_record(&self, id: RecordId) -> Result<Option<(String, RecordId)>, StoreError> {
        let select = "SELECT entity, record FROM loam_attachment WHERE id = $1";
        let Some(row) = self.first(&Statement::new(select).id(id).gives([Column::Text, Column::Id])).await? else {
            return Ok(None);
        };
        let mut row = Taken::new("loam_attachment", row);
        Ok(Some((row.text()?, row.id()?)))
    }
}

impl Tx {
    /// What beside the record is the reader's to read, and to add to. Nothing when the record is not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_beside(&mut self, app: &App, record: &Authorized<Get>) -> Result<BTreeSet<Aside>, StoreError> {
        let asking = self.asking.clone();
        let statement = asides(app, &asking, self.link.dialect(), record)?;
        Ok(answered(self.first(&statement).await?))
    }

    /// Keeps a comment, if those of the record are open; `false` when they are not, or it is not visible.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn comment(
        &mut self,
        app: &App,
        record: &Authorized<Get>,
        comment: &Comment,
    ) -> Result<bool, StoreError> {
        if !self.open_beside(app, record).await?.contains(&Aside::Comments) {
            return Ok(false);
        }
        let insert = "INSERT INTO loam_comment (id, entity, record, text, mentions, by_account, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let mentions: Vec<String> = comment.mentions.iter().map(UserId::to_string).collect();
        let statement = Statement::new(insert)
            .id(comment.id)
            .text(comment.entity.as_str())
            .id(comment.record)
            .text(comment.text.as_str())
            .text(serde_json::Value::from(mentions).to_string())
            .id(comment.by)
            .moment(comment.at);
        self.execute(&statement).await?;
        Ok(true)
    }

    /// Keeps a file of a record. Takes the change of the record it belongs to.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attach(&mut self, change: &Authorized<Change>, attachment: &Attachment) -> Result<(), StoreError> {
        if change.id != attachment.record {
            return Err(StoreError::Misfit("a file of another record"));
        }
        let insert = "INSERT INTO loam_attachment (id, entity, record, field, name, size, media_type, sha256, by_account, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let statement = Statement::new(insert)
            .id(attachment.id)
            .text(attachment.entity.as_str())
            .id(attachment.record)
            .bind(attachment.field.clone(), Column::Text)
            .text(attachment.name.as_str())
            .int(attachment.size)
            .text(attachment.media_type.as_str())
            .text(attachment.sha256.as_str())
            .id(attachment.by)
            .moment(attachment.at);
        self.execute(&statement).await.map(drop)
    }

    /// Has a file of a record belong to a field of it; `false` where the record has no such file.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn hold(
        &mut self,
        entity: &str,
        record: RecordId,
        file: RecordId,
        field: &str,
    ) -> Result<bool, StoreError> {
        let update = "UPDATE loam_attachment SET field = $1 WHERE id = $2 AND entity = $3 AND record = $4";
        let statement = Statement::new(update).text(field).id(file).text(entity).id(record);
        Ok(self.execute(&statement).await? > 0)
    }
}

/// A row of parameters, starting after `before` others: `($1, $2 …)`. SQLite gets `(?, ? …)`: it looks a numbered one up
/// among all others of the statement, which takes longer than the insert when there are thousands.
pub(crate) fn parameters(dialect: Dialect, before: usize, count: usize) -> String {
    let numbers: Vec<String> = match dialect {
        Dialect::Sqlite => vec!["?".to_owned(); count],
        Dialect::Postgres => (before + 1..=before + count).map(|at| format!("${at}")).collect(),
    };
    format!("({})", numbers.join(", "))
}
