//! The write door.
//!
//! Each command passes the same stages in one transaction: authorise, read the values given, validate, compute, write,
//! keep history, leave an event in the outbox, and bring the computed values of other records up to date.
//!
//! INVARIANT: nothing of a command is written when any part of it is refused.

mod again;
mod aside;
pub(crate) mod call;
mod case;
mod choices;
pub(crate) mod consequence;
pub(crate) mod deliver;
mod draft;
mod erase;
pub(crate) mod journal;
pub(crate) mod measure;
mod purge;
pub(crate) mod record;
mod remove;
mod rollup;
pub(crate) mod rule;
mod seen;
mod sight;
mod told;
mod unit_board;
mod unname;
pub(crate) mod upload;
pub(crate) mod validate;
pub(crate) mod words;
mod write;

pub(crate) use case::{BEHIND, Behind, DUE, Wake};
pub use case::{Moving, StandsAt};
pub(crate) use write::NOT_ACCEPTED;

use std::{collections::HashMap, sync::Arc};

use model::{EntityId, FieldId, RecordId, UserId};
use policy::{Action, Denied};
use store::{Boxed, StoreError, Tx};

use self::{consequence::Pending, journal::Journal, measure::Marks, record::Surroundings, rule::News};
use crate::{Actor, Command, CommandError, Engine, Outcome, QueryError, renew::MOST};

pub use draft::{Draft, DraftTable};

/// What every stage of one execution shares.
pub(crate) struct Work<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) actor: &'a Actor,
    pub(crate) around: Surroundings,
    pub(crate) outcome: Outcome,
    pub(crate) pending: Pending,
    pub(crate) index: usize,
    pub(crate) trace: Trace,
    pub(crate) journal: Journal,
    /// Ids of new records of this bulk that met one there was, with that one's.
    pub(crate) alias: HashMap<RecordId, RecordId>,
    /// What change rules hold for the records written.
    pub(crate) news: News,
    /// Whether change rules are asked at all.
    pub(crate) tells: bool,
    /// The rules that led here, one setting off the other, by name; the last of them is at work.
    pub(crate) chain: Vec<String>,
    /// What the writes mean for numbers that are kept.
    pub(crate) marks: Marks,
    /// Records brought up to date at most; what follows beyond them is left to jobs.
    pub(crate) most: usize,
    /// How often a job has carried on before this.
    pub(crate) round: u64,
    /// The actor with the rights of a process: what a step writes is granted by its workflow.
    pub(crate) process: Option<&'a Actor>,
    /// Records written about which cases may run.
    pub(crate) written: Vec<RecordId>,
    /// How often cases were told what was written.
    pub(crate) turns: u32,
    /// Files that fields refer to since this command, to be found beside their records once all of it is done.
    pub(crate) held: Vec<HeldFile>,
    /// Files that came with this command; those that no field refers to in the end lie beside their records.
    pub(crate) brought: Vec<BroughtFile>,
    /// Records chosen that were written with what refers to them.
    pub(crate) choices: Vec<HeldChoice>,
    /// The rights of whoever chooses records at a step, where the process has others.
    pub(crate) chooses: Option<Arc<policy::Rights>>,
    /// When accounts want to be told, as far as it was asked.
    pub(crate) quiets: HashMap<UserId, store::Quiet>,
    /// Cases that are left where they are.
    pub(crate) behind: Behind,
}

/// A file that a field refers to.
pub(crate) struct HeldFile {
    pub(crate) record: RecordId,
    pub(crate) field: FieldId,
    pub(crate) file: RecordId,
    /// The command it came with.
    pub(crate) index: usize,
}

/// A record that a field refers to and that is written by the same command.
pub(crate) struct HeldChoice {
    pub(crate) field: FieldId,
    pub(crate) chosen: RecordId,
    /// The command it came with.
    pub(crate) index: usize,
}

/// A file that came to be kept with a record.
pub(crate) struct BroughtFile {
    pub(crate) entity: EntityId,
    pub(crate) record: RecordId,
    pub(crate) file: RecordId,
}

/// Whether a write is kept in history and told to the outbox. What only the calendar or a new formula brings about is
/// nobody's act: kept, it would bury what people did under a row per record and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    /// As every command does.
    Kept,
    /// Not at all.
    None,
    /// Not at all, nor is anything else: a draft takes no serial number either.
    Draft,
    /// Not at all, and what search looks into is written anew too: an app was published with other search fields.
    Refill,
}

/// Whether a command is carried out, or undone at its end to learn what it would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carry {
    Out,
    Back,
}

/// How a command ends.
enum End {
    /// It would have done this.
    Tried(Outcome),
    /// It was refused.
    Refused(CommandError),
}

impl From<CommandError> for End {
    fn from(error: CommandError) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Engine {
    /// Carries out a command as the actor, or refuses it as a whole.
    ///
    /// # Errors
    /// See [`CommandError`]; with any of them nothing was written.
    pub fn execute<'a>(&'a self, actor: &'a Actor, command: Command) -> Boxed<'a, Result<Outcome, CommandError>> {
        self.carry(actor, command, Carry::Out)
    }

    /// What a command would do: it passes every stage and is undone at its end.
    ///
    /// # Errors
    /// Those of [`Engine::execute`].
    pub(crate) async fn attempt(&self, actor: &Actor, command: Command) -> Result<Outcome, CommandError> {
        self.carry(actor, command, Carry::Back).await
    }

    /// What erasing somebody would take and leave. Nothing is erased.
    ///
    /// # Errors
    /// Those of [`Engine::execute`].
    pub async fn rehearse_erasure(
        &self,
        actor: &Actor,
        entity: EntityId,
        id: RecordId,
    ) -> Result<crate::Erasure, CommandError> {
        let outcome = self.attempt(actor, Command::Erase { entity, id }).await?;
        outcome.erasure.ok_or(CommandError::NotFound { entity, id })
    }

    fn carry<'a>(
        &'a self,
        actor: &'a Actor,
        command: Command,
        carry: Carry,
    ) -> Boxed<'a, Result<Outcome, CommandError>> {
        Box::pin(async move {
            if actor.looks {
                return Err(CommandError::Looking);
            }
            self.scanned(actor, &command).await?;
            let calendar = self.calendar(actor).await.map_err(from_query)?;
            let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
            let behind = Behind::default();
            let shared = Arc::new((self.clone(), actor.clone(), around, command, behind.clone()));
            let write = || {
                let shared = shared.clone();
                self.inner.store.write(self.asking(actor), move |tx: &mut Tx| {
                    let shared = shared.clone();
                    Box::pin(async move {
                        let (engine, actor, around, command, behind) = &*shared;
                        let process = process_of(actor);
                        let mut work = Work::new(engine, actor, around.clone(), Trace::Kept);
                        work.process = Some(&process);
                        work.behind = behind.clone();
                        // What the platform does on its own account is nobody's news.
                        work.tells = !actor.user.is_nil();
                        work.most = if loads(command) { usize::MAX } else { MOST };
                        work.run(tx, command).await?;
                        work.finish(tx).await?;
                        // Whoever loads records is told how many there are, and of no version.
                        if !loads(command) {
                            work.tell_versions(tx).await?;
                        }
                        match carry {
                            Carry::Out => Ok::<_, End>((work.outcome, work.pending.touched())),
                            // An error is what undoes a transaction.
                            Carry::Back => Err(End::Tried(work.outcome)),
                        }
                    })
                })
            };
            let (outcome, touched) = match behind.without(write).await {
                Ok(done) => done,
                Err(End::Tried(outcome)) => return Ok(outcome),
                Err(End::Refused(error)) => {
                    self.refused(actor, &shared.3, &error).await;
                    return Err(error);
                }
            };
            self.announce_all(touched);
            Ok(outcome)
        })
    }
}

impl<'a> Work<'a> {
    /// Work of which nothing is done yet. Change rules are not asked unless said.
    pub(crate) fn new(engine: &'a Engine, actor: &'a Actor, around: Surroundings, trace: Trace) -> Self {
        Self {
            engine,
            actor,
            around,
            outcome: Outcome::default(),
            pending: Pending::default(),
            index: 0,
            trace,
            journal: Journal::default(),
            alias: HashMap::new(),
            news: News::default(),
            tells: false,
            chain: Vec::new(),
            marks: Marks::default(),
            most: usize::MAX,
            round: 0,
            process: None,
            written: Vec::new(),
            turns: 0,
            quiets: HashMap::new(),
            behind: Behind::default(),
            held: Vec::new(),
            brought: Vec::new(),
            choices: Vec::new(),
            chooses: None,
        }
    }
}

impl<'a> Work<'a> {
    /// Whatever follows from what was written, until nothing does; then all of it is kept.
    pub(crate) async fn finish(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        loop {
            self.settle(tx).await?;
            self.tell(tx).await?;
            if self.written.is_empty() {
                break;
            }
            self.tell_cases(tx).await?;
        }
        self.hold_files(tx).await?;
        self.hold_choices(tx).await?;
        self.keep(tx).await?;
        self.leave_due(tx).await?;
        self.leave_days(tx).await
    }

    /// One command after another; a bulk counts on, so that faults can say which.
    pub(crate) async fn run(&mut self, tx: &mut Tx, command: &Command) -> Result<(), CommandError> {
        match command {
            Command::Bulk(commands) => {
                for (index, command) in commands.iter().enumerate() {
                    self.index = index;
                    Box::pin(self.run(tx, command)).await?;
                }
                Ok(())
            }
            Command::Create { entity, id, fields } => {
                self.create(tx, *entity, Action::Create, &[(*id, fields.clone())]).await
            }
            Command::Load { entity, rows } if self.entity(*entity)?.source.is_some() => {
                self.deliver(tx, *entity, rows).await
            }
            Command::Load { entity, rows } => self.create(tx, *entity, Action::Import, rows).await,
            Command::Update { entity, id, expected, fields } => {
                self.update(tx, *entity, self.meant(*id), *expected, fields).await
            }
            Command::Delete { entity, id, expected } => self.delete(tx, *entity, self.meant(*id), *expected).await,
            Command::Restore { entity, id } => self.restore(tx, *entity, self.meant(*id)).await,
            Command::Purge { entity, id } => self.purge(tx, *entity, self.meant(*id)).await,
            Command::Erase { entity, id } => self.erase(tx, *entity, self.meant(*id)).await,
            Command::Comment { entity, id, text, meant } => {
                self.comment(tx, *entity, self.meant(*id), (text, meant)).await
            }
            Command::Attach { entity, id, file } => self.attach(tx, *entity, self.meant(*id), file).await,
            Command::Upload { field, file } => self.hold_upload(tx, *field, file).await,
            Command::EndUpload { id } => self.end_upload(tx, *id).await,
            Command::SaveView { page, name, query } => self.save_view(tx, page, name, query).await,
            Command::ForgetView { id } => self.forget_view(tx, *id).await,
            Command::MakeBoard(new) => self.make_board(tx, new).await,
            Command::ChangeBoard(new) => self.change_board(tx, new).await,
            Command::RemoveBoard { id } => self.remove_board(tx, *id).await,
            Command::ReadNotifications => self.read_notifications(tx).await,
            Command::KeepQuiet(quiet) => self.keep_quiet(tx, quiet).await,
            Command::Case(command) => {
                let own = self.actor;
                self.actor = self.process.unwrap_or(own);
                let done = Box::pin(self.case(tx, own, command)).await;
                self.actor = own;
                done
            }
        }
    }
}

/// The actor as a process acts for them: bound by its steps, and by no role.
pub(crate) fn process_of(actor: &Actor) -> Actor {
    Actor { rights: Arc::new(policy::Rights::full()), ..actor.clone() }
}

/// Whether it brings in records from a file, or erases somebody. Whoever does waits for all of it, so that what follows is
/// computed too.
fn loads(command: &Command) -> bool {
    match command {
        Command::Bulk(commands) => commands.iter().any(loads),
        command => matches!(command, Command::Load { .. } | Command::Erase { .. }),
    }
}

/// The refusal of a change, by what policy said.
pub(crate) fn denied(denied: Denied, change: &policy::Change) -> CommandError {
    match denied {
        Denied::Action { entity, action } => CommandError::Denied { entity, action, field: None },
        Denied::Field { field } => {
            CommandError::Denied { entity: change.entity, action: change.action, field: Some(field) }
        }
    }
}

pub(crate) fn from_query(error: QueryError) -> CommandError {
    match error {
        QueryError::Denied(Denied::Action { entity, action }) => CommandError::Denied { entity, action, field: None },
        QueryError::Denied(Denied::Field { .. }) | QueryError::NewEdition => CommandError::NewEdition,
        QueryError::Store(error) => CommandError::Store(error),
    }
}
