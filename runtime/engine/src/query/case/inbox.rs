//! One's own lists of cases: what waits for an answer, what one answered, started, or was sent.

use std::{collections::HashMap, sync::Arc};

use app::FieldKind;
use model::{EntityId, FieldId, RecordId, Text, Timestamp, UserId};
use store::{CaseBox, CaseLine, CaseList, CaseNarrow};
use workflow::{Signature, StepKind};

use super::super::{Query, refused};
use crate::{Actor, Engine, QueryError};

/// Lines looked at together for those in whose titles a text stands.
const LOOKED_AT: u32 = 200;

/// One's own list of cases.
#[derive(Debug, Clone, Copy)]
pub struct Inbox {
    /// Which.
    pub which: CaseBox,
    /// The moment and the case of the last line of the page before.
    pub after: Option<(Timestamp, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

/// A line of such a list.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxLine {
    /// The line as it is kept.
    pub line: CaseLine,
    /// What the workflow is called.
    pub workflow: Text,
    /// What the step is called.
    pub step: Text,
    /// Whether the step is a form.
    pub fills: bool,
    /// Whether a yes needs a file beside it.
    pub needs_file: bool,
    /// Whether it is offered to several, one of whom claims it before answering.
    pub offered: bool,
    /// When an answer is signed.
    pub signature: Signature,
    /// What names the record.
    pub title: String,
    /// Who started it.
    pub starter: String,
    /// Whether it is late.
    pub late: bool,
}

/// How many wait for an answer, and how many copies were not looked at.
#[derive(Debug, Clone, Copy)]
pub struct Counts;

/// The entities about whose cases somebody may know who acts within limits; `None` for those who do not.
fn within(actor: &Actor) -> Option<Vec<String>> {
    let app = &actor.edition.app;
    let names = |only: &Arc<[EntityId]>| only.iter().filter_map(|id| Some(app.entity(*id)?.name.to_string())).collect();
    actor.only.as_ref().map(names)
}

impl Query for Counts {
    type Answer = (i64, i64);

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        refused(engine.store().cases().counts(actor.principal(), within(actor).as_deref()).await)
    }
}

impl Query for Inbox {
    type Answer = Vec<InboxLine>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Self { which, after, limit } = self;
        let all = Narrowed { which, narrow: CaseNarrow::default(), title: None, after, limit };
        Ok(all.answer(engine, actor).await?.lines)
    }
}

/// One's own list of cases, narrowed to some of them.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// Which.
    pub which: CaseBox,
    /// To what, and in which order.
    pub narrow: CaseNarrow,
    /// Only those in whose titles this stands.
    pub title: Option<String>,
    /// Where the page before ended; see [`InboxPage::next`].
    pub after: Option<(Timestamp, RecordId)>,
    /// At most so many.
    pub limit: u32,
}

/// A page of such a list.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxPage {
    /// Its lines.
    pub lines: Vec<InboxLine>,
    /// Where the next page begins, as long as there may be one: at the last line looked at, by [`CaseLine::place`]. `None` where
    /// everything was looked at.
    pub next: Option<(Timestamp, RecordId)>,
    /// Whether the page ends before it is full, because so much was looked at for a text in titles.
    pub short: bool,
}

impl Query for Narrowed {
    type Answer = InboxPage;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Self { which, narrow, title, mut after, limit } = self;
        let within = within(actor);
        let by_due = narrow.by_due && which == CaseBox::Open;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let part = title.map(|part| part.trim().to_lowercase()).filter(|part| !part.is_empty());
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let bound = engine.bounds().titles.max(1);
        loop {
            let step = if part.is_some() { LOOKED_AT.min(bound.saturating_sub(looked_at)) } else { limit };
            let list = CaseList { within: within.as_deref(), which, narrow: &narrow, after, limit: step };
            let mut lines = engine.store().cases().lines(actor.principal(), list).await?;
            if which == CaseBox::Copied {
                // Among these are cases of which somebody was only asked for a word; a case itself says how it ended.
                lines.iter_mut().for_each(|line| line.outcome = None);
            }
            let many = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            after = lines.last().map(|line| line.place(by_due));
            for line in engine.inbox_lines(actor, lines).await? {
                if part.as_ref().is_none_or(|part| line.title.to_lowercase().contains(part.as_str())) {
                    found.push(line);
                }
            }
            looked_at = looked_at.saturating_add(many);
            if found.len() > most {
                // The rest of what was looked at is looked at again.
                found.truncate(most);
                let next = found.last().map(|line| line.line.place(by_due));
                return Ok(InboxPage { lines: found, next, short: false });
            }
            let (more, full) = (many == step, found.len() == most);
            if !more || full || looked_at >= bound {
                return Ok(InboxPage { lines: found, next: after.filter(|_| more), short: more && !full });
            }
        }
    }
}

/// The workflows, by name, of whose cases one has any in one's lists.
#[derive(Debug, Clone, Copy)]
pub struct InboxWorkflows;

impl Query for InboxWorkflows {
    type Answer = Vec<String>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let mut names = engine.store().cases().workflows_of(actor.principal()).await?;
        if let Some(within) = within(actor) {
            let about = |name: &String| app.entity(app.workflow_named(name)?.entity);
            names
                .retain(|name| about(name).is_some_and(|entity| within.iter().any(|one| entity.name == *one.as_str())));
        }
        Ok(names)
    }
}

impl Engine {
    /// Lines with what they say of their workflows, records and people.
    async fn inbox_lines(&self, actor: &Actor, lines: Vec<CaseLine>) -> Result<Vec<InboxLine>, QueryError> {
        let (engine, app) = (self, &actor.edition.app);
        let mut titles: HashMap<RecordId, String> = HashMap::new();
        for entity in app.entities() {
            let ids: Vec<RecordId> =
                lines.iter().filter(|line| entity.name == *line.entity.as_str()).map(|line| line.record).collect();
            titles.extend(engine.titles(actor, entity.id, &ids).await?);
        }
        let starters: Vec<UserId> = lines.iter().map(|line| line.starter).collect();
        let names: HashMap<UserId, String> = engine.store().accounts().names(&starters).await?.into_iter().collect();
        let mut shown = Vec::new();
        for line in lines {
            let edition = engine.edition_for(&actor.edition, &line.workflow, &line.print, line.edition).await?;
            let process = edition.app.workflow_named(&line.workflow);
            let step = process.zip(line.step.as_deref()).and_then(|(process, step)| process.step(step));
            let asked = step.and_then(|step| match &step.kind {
                StepKind::Ask(asked) => Some(asked),
                _ => None,
            });
            let is_file = |id: &FieldId| {
                let kind = edition.app.field(*id).map(|field| &field.kind);
                matches!(kind, Some(FieldKind::File | FieldKind::Image))
            };
            shown.push(InboxLine {
                workflow: process.map(|process| process.label.clone()).unwrap_or_default(),
                step: step.map(|step| step.label.clone()).unwrap_or_default(),
                fills: asked.is_some_and(|asked| asked.fills),
                needs_file: asked.is_some_and(|asked| asked.require.iter().any(is_file)),
                offered: asked
                    .is_some_and(|asked| asked.groups.iter().any(|group| group.claim == workflow::Claim::First)),
                signature: asked.map_or(Signature::Never, |asked| asked.signature),
                title: titles.get(&line.record).cloned().unwrap_or_default(),
                starter: names.get(&line.starter).cloned().unwrap_or_default(),
                late: line.due.is_some_and(|due| due < actor.now),
                line,
            });
        }
        Ok(shown)
    }
}
