//! Comments and attached files.

use app::Entity;
use engine::{Attachment, Command, CommentShown, Meant, NewFile, query::Content};
use model::{RecordId, Uuid};
use serde::Serialize;

use super::{Answer, Visit, params::Params, shell::Person, visit::missing};
use crate::{
    problem::Problem,
    show::{self, number, time},
};

/// People chosen for names of one comment.
const MOST_MEANT: usize = 50;

/// What people say about a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Talk {
    /// The comments, oldest first.
    pub items: Vec<Comment>,
    /// Where to send one.
    pub action: String,
}

/// A comment.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Comment {
    /// Its id.
    pub id: String,
    /// Whose.
    pub who: Person,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
    /// What, as markup.
    pub html: String,
}

/// The files of a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Files {
    /// The files.
    pub files: Vec<File>,
    /// Where to send one, if the reader may.
    pub action: Option<String>,
}

/// A file.
#[derive(Debug, Default, Clone, Serialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its address.
    pub href: String,
    /// Its size.
    pub size: String,
    /// Who attached it.
    pub who: String,
    /// When.
    pub when: String,
}

/// Comments as shown.
pub fn comments(visit: &Visit, path: &str, said: Vec<CommentShown>) -> Talk {
    let reader = visit.reader();
    let each = |comment: CommentShown| Comment {
        id: comment.id.to_string(),
        // Beside an answer whose author was erased there is none.
        who: Person::new(if comment.by_name.is_empty() { visit.say("author-unnamed") } else { &comment.by_name }),
        when: time::ago(&reader, comment.at),
        moment: comment.at.to_string(),
        html: show::comment(&comment.text),
    };
    Talk { items: said.into_iter().map(each).collect(), action: format!("{path}/comments") }
}

/// Where a file of a record is fetched.
pub fn address(entity: &Entity, record: RecordId, file: Uuid) -> String {
    format!("/r/{}/{record}/attachments/{file}", entity.name)
}

/// Files as shown.
pub fn files(visit: &Visit, path: &str, files: Vec<Attachment>, action: Option<String>) -> Files {
    let reader = visit.reader();
    let each = |file: Attachment| File {
        href: format!("{path}/attachments/{}", file.id),
        size: number::bytes(file.size),
        when: time::ago(&reader, file.at),
        who: if file.by_name.is_empty() { visit.say("author-unnamed").to_owned() } else { file.by_name },
        name: file.name,
    };
    Files { files: files.into_iter().map(each).collect(), action }
}

/// Says something about a record.
///
/// # Errors
/// What the engine refuses.
pub async fn comment(visit: &Visit, entity: &str, id: RecordId, sent: &Params) -> Result<Answer, Problem> {
    let entity = visit.entity(entity)?;
    let back = format!("/r/{}/{id}#comments", entity.name);
    let text = sent.get("body").unwrap_or_default().trim().to_owned();
    // Whoever was chosen for a name comes as their id and that name.
    let chosen = |text: &str| {
        let (person, said) = text.split_once(' ')?;
        Some(Meant { person: person.parse().ok()?, said: said.to_owned() })
    };
    if !text.is_empty() {
        let meant = sent.all("mentions").filter_map(chosen).take(MOST_MEANT).collect();
        visit.act(Command::Comment { entity: entity.id, id, text, meant }).await?;
    }
    Ok(Answer::To(back))
}

/// Attaches a file.
///
/// # Errors
/// What the engine refuses.
pub async fn attach(visit: &Visit, entity: &str, id: RecordId, file: NewFile) -> Result<(), Problem> {
    let entity = visit.entity(entity)?;
    visit.act(Command::Attach { entity: entity.id, id, file }).await?;
    Ok(())
}

/// A file's name, media type and content.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn download(
    visit: &Visit,
    entity: &str,
    id: RecordId,
    attachment: RecordId,
) -> Result<(String, String, Vec<u8>), Problem> {
    let entity = visit.entity(entity)?;
    let found = visit.ask(Content { entity: entity.id, id, attachment }).await?;
    let (file, content) = found.ok_or_else(missing)?;
    Ok((file.name, file.media_type, content))
}
