//! The lists of somebody's cases: what waits for an answer, what they answered, started, or were sent.

use model::{RecordId, Timestamp, UserId};

use super::{Cases, among};
use crate::{
    StoreError,
    row::Taken,
    sql::{Column, Statement},
};

/// A list of cases that are somebody's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseBox {
    /// They are asked.
    Open,
    /// They have answered.
    Done,
    /// They started them.
    Started,
    /// They were sent a copy.
    Copied,
}

/// A line of such a list.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseLine {
    /// The case.
    pub case: RecordId,
    /// The workflow's name.
    pub workflow: String,
    /// The entity's name.
    pub entity: String,
    /// The record.
    pub record: RecordId,
    /// The published version whose steps it goes by.
    pub edition: i64,
    /// Tells those steps from others of the same name.
    pub print: String,
    /// Who started it.
    pub starter: UserId,
    /// The case's state.
    pub state: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// The task, where the list is of tasks.
    pub task: Option<i64>,
    /// Its step.
    pub step: Option<String>,
    /// What was answered.
    pub answer: Option<String>,
    /// When the line came into the list.
    pub at: Timestamp,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Whether the record is to be mended and sent again, and nothing to be answered.
    pub mends: bool,
    /// Whether a copy was looked at.
    pub read: bool,
}

impl CaseLine {
    /// Where the line is in its list: by when it is due, or by when it came.
    pub fn place(&self, by_due: bool) -> (Timestamp, RecordId) {
        (if by_due { self.due.unwrap_or(Timestamp::MAX) } else { self.at }, self.case)
    }
}

/// What narrows such a list, and what orders it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseNarrow {
    /// Only cases of this workflow.
    pub workflow: Option<String>,
    /// Only tasks of this step.
    pub step: Option<String>,
    /// Only cases that this account started.
    pub starter: Option<UserId>,
    /// Only cases in this state: `running`, `resting` or `ended`.
    pub state: Option<String>,
    /// Only lines that came at this moment or later.
    pub from: Option<Timestamp>,
    /// Only lines that came before this moment.
    pub until: Option<Timestamp>,
    /// Only open tasks that were due before this moment.
    pub late: Option<Timestamp>,
    /// Whether open tasks come by when they are due, those that never are last; otherwise by when they came.
    pub by_due: bool,
}

/// A page of such a list.
#[derive(Debug, Clone, Copy)]
pub struct CaseList<'a> {
    /// Only cases about these entities, where they are named.
    pub within: Option<&'a [String]>,
    /// Which list.
    pub which: CaseBox,
    /// What narrows and orders it.
    pub narrow: &'a CaseNarrow,
    /// The place of the last line of the page before.
    pub after: Option<(Timestamp, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

impl Cases<'_> {
    /// A list of somebody's. Tasks the longest waiting first, or those first that are due first; everything else the newest
    /// first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn lines(&self, account: UserId, list: CaseList<'_>) -> Result<Vec<CaseLine>, StoreError> {
        let CaseList { within, which, narrow, after, limit } = list;
        let task = "t.number, t.step, t.state, t.due, coalesce(t.mends, FALSE) FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id \
                    WHERE t.account = $1 AND";
        let (at, rest, older) = match which {
            CaseBox::Open => ("t.opened", format!("{task} t.state = 'open'"), false),
            CaseBox::Done => ("t.ended", format!("{task} t.ended IS NOT NULL AND t.state <> 'gone'"), true),
            CaseBox::Started => ("c.started", "c.started FROM loam_case c WHERE c.starter = $1".to_owned(), true),
            CaseBox::Copied => {
                let copies = "loam_case_copy k JOIN loam_case c ON c.id = k.case_id";
                ("k.at", format!("k.read_at FROM {copies} WHERE k.account = $1"), true)
            }
        };
        let (order, beyond) = if older { ("DESC", "<") } else { ("ASC", ">") };
        let (open, of_tasks) = (which == CaseBox::Open, matches!(which, CaseBox::Open | CaseBox::Done));
        let mut statement = Statement::default().id(account).int(limit.into());
        let mut key = at.to_owned();
        if narrow.by_due && open {
            // What is never due comes after everything that is.
            statement = statement.moment(Timestamp::MAX);
            key = "coalesce(t.due, $3)".to_owned();
        }
        let mut more = String::new();
        if let Some((moment, id)) = after {
            statement = statement.moment(moment).id(id);
            let last = statement.args.len();
            more.push_str(&format!(" AND ({key}, c.id) {beyond} (${}, ${last})", last - 1));
        }
        if let Some(within) = within {
            statement = statement.bind(among(within), Column::Texts);
            let among = self.0.dialect().among(Column::Texts, statement.args.len());
            more.push_str(&format!(" AND c.entity {among}"));
        }
        if let Some(workflow) = &narrow.workflow {
            statement = statement.text(workflow.as_str());
            more.push_str(&format!(" AND c.workflow = ${}", statement.args.len()));
        }
        if let Some(step) = narrow.step.as_ref().filter(|_| of_tasks) {
            statement = statement.text(step.as_str());
            more.push_str(&format!(" AND t.step = ${}", statement.args.len()));
        }
        if let Some(starter) = narrow.starter {
            statement = statement.id(starter);
            more.push_str(&format!(" AND c.starter = ${}", statement.args.len()));
        }
        if let Some(state) = &narrow.state {
            statement = statement.text(state.as_str());
            more.push_str(&format!(" AND c.state = ${}", statement.args.len()));
        }
        if let Some(from) = narrow.from {
            statement = statement.moment(from);
            more.push_str(&format!(" AND {at} >= ${}", statement.args.len()));
        }
        if let Some(until) = narrow.until {
            statement = statement.moment(until);
            more.push_str(&format!(" AND {at} < ${}", statement.args.len()));
        }
        if let Some(late) = narrow.late.filter(|_| open) {
            statement = statement.moment(late);
            more.push_str(&format!(" AND t.due < ${}", statement.args.len()));
        }
        let sql = format!(
            "SELECT c.id, c.workflow, c.entity, c.record, c.edition, c.print, c.starter, c.state, c.outcome, {at}, {rest}{more} \
             ORDER BY {key} {order}, c.id {order} LIMIT $2"
        );
        statement.sql = sql.into();
        let mut columns = LINE.to_vec();
        match of_tasks {
            true => columns.extend([Column::Int, Column::Text, Column::Text, Column::DateTime, Column::Bool]),
            false => columns.push(Column::DateTime),
        }
        self.0.fetch(&statement.gives(columns)).await?.into_iter().map(|row| line(row, of_tasks)).collect()
    }

    /// Names of the workflows of whose cases somebody has any in these lists.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn workflows_of(&self, account: UserId) -> Result<Vec<String>, StoreError> {
        let select = "SELECT workflow FROM loam_case WHERE starter = $1 \
                      UNION SELECT c.workflow FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id WHERE t.account = $1 \
                      UNION SELECT c.workflow FROM loam_case_copy k JOIN loam_case c ON c.id = k.case_id WHERE k.account = $1";
        let rows = self.0.fetch(&Statement::new(select).id(account).gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_case", row).text()).collect()
    }
}

const LINE: [Column; 10] = [
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Int,
    Column::Text,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::DateTime,
];

fn line(row: Vec<model::Value>, of_task: bool) -> Result<CaseLine, StoreError> {
    let mut row = Taken::new("loam_case", row);
    let mut line = CaseLine {
        case: row.id()?,
        workflow: row.text()?,
        entity: row.text()?,
        record: row.id()?,
        edition: row.int()?,
        print: row.text()?,
        starter: row.id()?,
        state: row.text()?,
        outcome: row.maybe_text()?,
        at: row.moment()?,
        task: None,
        step: None,
        answer: None,
        due: None,
        mends: false,
        read: true,
    };
    if of_task {
        (line.task, line.step) = (Some(row.int()?), Some(row.text()?));
        (line.answer, line.due) = (Some(row.text()?), row.maybe_moment()?);
        line.mends = row.flag()?;
    } else {
        line.read = row.maybe_moment()?.is_some();
    }
    Ok(line)
}
