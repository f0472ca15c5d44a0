//! Live updates: a stream of server-sent events that says *that* records of an entity changed, or that something waits for the
//! reader, never which or what. The page then asks again, as itself, so a stream needs to know nothing about fields. Of a row
//! that its reader neither may see now nor saw before it says nothing.
//!
//! INVARIANT: a stream ends when its session ends, when its reader may no longer read the entity, and when the server stops.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Path, State},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use engine::Actor;
use formula::{Predicate, Term};
use model::{EntityId, Name, RecordId, UserId, Value};
use policy::{Action, List};
use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    time::Instant,
};

use crate::{
    AppState,
    page::inbox::{Waiting, waiting},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Streams one session may hold open: several windows, each with its counts and a list.
const MOST_PER_SESSION: usize = 24;

/// How often a stream proves that it is alive and asks whether it still may be.
const BEAT: Duration = Duration::from_secs(15);

/// Changes closer together than this are one event.
const GATHER: Duration = Duration::from_millis(300);

/// Rows asked about by one statement at most.
const AT_ONCE: usize = 1_000;

/// Rows remembered at most as seen by the reader of one stream. Of a row beyond them nobody is told that it is seen no more.
const MOST_SEEN: usize = 10_000;

/// The open streams of this process.
#[derive(Default)]
pub(crate) struct Streams {
    by_session: Mutex<HashMap<String, usize>>,
    open: AtomicUsize,
}

impl Streams {
    /// How many are open.
    pub(crate) fn open(&self) -> usize {
        self.open.load(Ordering::Relaxed)
    }
}

/// A place among a session's streams, given back when dropped.
struct Seat {
    state: AppState,
    session: String,
}

impl Seat {
    fn take(state: &AppState, session: &str) -> Result<Self, Problem> {
        let mut taken = state.live.by_session.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(session.to_owned()).or_default();
        if *count >= MOST_PER_SESSION {
            return Err(Problem::new(Kind::TooMany).retry_after(BEAT.as_secs()));
        }
        *count += 1;
        state.live.open.fetch_add(1, Ordering::Relaxed);
        Ok(Self { state: state.clone(), session: session.to_owned() })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.state.live.by_session.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.session) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(&self.session);
            }
        }
        self.state.live.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a stream begins with: how long a browser waits before it opens one anew.
fn opened() -> Event {
    Event::default().retry(Duration::from_secs(3)).comment("open")
}

/// That something changed. A browser drops an event whose data is empty.
fn changed() -> Event {
    Event::default().event("changed").data("1")
}

/// `GET /live/{entity}`: the event `changed` whenever records of the entity changed.
pub(crate) async fn stream(
    State(state): State<AppState>,
    who: SignedIn,
    Path(entity): Path<String>,
) -> Result<Response, Problem> {
    let found = who.actor.edition.app.entity_named(&entity).ok_or_else(|| Problem::new(Kind::NotFound))?;
    if who.actor.rights.access(found.id, Action::Read).is_none() {
        return Err(Problem::new(Kind::Denied));
    }
    let seat = Seat::take(&state, who.session.key())?;
    let news = state.engine.subscribe();
    let name = found.name.clone();
    let beat = Instant::now() + BEAT;
    let mut watch = Watch { seat, name, who, news, greeted: false, beat, seen: HashSet::new() };
    watch.look().await;
    let events = futures_util::stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    Ok(Sse::new(events).into_response())
}

struct Watch {
    seat: Seat,
    name: Name,
    who: SignedIn,
    news: Receiver<engine::Change>,
    greeted: bool,
    beat: Instant,
    /// Rows the reader saw, where a condition narrows them.
    seen: HashSet<RecordId>,
}

/// What changed since the stream last told something.
#[derive(Default)]
struct News {
    ids: BTreeSet<RecordId>,
    /// Too much to be named.
    many: bool,
}

impl News {
    fn add(&mut self, change: &engine::Change) {
        self.many |= change.ids.is_empty();
        self.ids.extend(change.ids.iter().copied());
    }
}

impl Watch {
    /// The next thing to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(opened());
        }
        let state = self.seat.state.clone();
        loop {
            tokio::select! {
                () = state.stopped() => return None,
                () = tokio::time::sleep_until(self.beat) => {
                    self.beat = Instant::now() + BEAT;
                    return self.reader().await.map(|_| Event::default().comment("beat"));
                }
                news = self.news.recv() => match news {
                    Ok(change) if self.concerns(&change) => {
                        let mut news = News::default();
                        news.add(&change);
                        self.gather(&mut news).await;
                        let reader = self.reader().await?;
                        if self.reaches(&reader, news).await {
                            return Some(changed());
                        }
                    }
                    Ok(_) => {}
                    // Too many changes to keep up with: some of them may have been ours.
                    Err(RecvError::Lagged(_)) => return Some(changed()),
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    /// Ids mean the edition of the process as it is now, so the name is looked up in that.
    fn concerns(&self, change: &engine::Change) -> bool {
        let edition = self.seat.state.engine.edition();
        edition.app.entity(change.entity).is_some_and(|entity| entity.name == self.name)
    }

    async fn gather(&mut self, news: &mut News) {
        tokio::time::sleep(GATHER).await;
        loop {
            match self.news.try_recv() {
                Ok(change) if self.concerns(&change) => news.add(&change),
                Ok(_) => {}
                Err(TryRecvError::Lagged(_)) => news.many = true,
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    /// Whoever reads, as they are now; `None` when they may not any more.
    async fn reader(&mut self) -> Option<Actor> {
        let state = &self.seat.state;
        let account = state.sessions.again(&state.engine, &self.who.session).await.ok()??;
        let actor = state.engine.actor(&account, self.who.actor.locale);
        let entity = actor.edition.app.entity_named(self.name.as_str())?;
        actor.rights.access(entity.id, Action::Read)?;
        // In another's place, or with another's eyes, they see what was theirs when the stream was opened.
        let own = self.who.actor.on_behalf.is_none() && !self.who.actor.looks;
        Some(if own { actor } else { Actor { now: actor.now, ..self.who.actor.clone() } })
    }

    /// Begins with the rows the reader sees, where it is not all of them: the first thousand, which is more than a page shows.
    async fn look(&mut self) {
        let reader = self.who.actor.clone();
        let Some(entity) = self.narrowed(&reader) else { return };
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let rows = self.seat.state.engine.query(&reader, List::all(entity, limit)).await;
        self.seen = rows.map(|page| page.rows.iter().map(|row| row.id).collect()).unwrap_or_default();
    }

    /// The entity, where a condition narrows the rows of it that they may read.
    fn narrowed(&self, reader: &Actor) -> Option<EntityId> {
        let entity = reader.edition.app.entity_named(self.name.as_str())?;
        let access = reader.rights.access(entity.id, Action::Read)?;
        (!access.everywhere()).then_some(entity.id)
    }

    /// Whether the reader sees one of the rows, or saw it before. Where that cannot be asked they are told: their page asks
    /// anew by itself.
    async fn reaches(&mut self, reader: &Actor, news: News) -> bool {
        let Some(entity) = self.narrowed(reader).filter(|_| !news.many) else { return true };
        let app = &reader.edition.app;
        let Some(path) = app.entity(entity).and_then(|entity| app.own_path(entity.system.id)) else { return true };
        let ids: Vec<RecordId> = news.ids.into_iter().collect();
        let mut reached = false;
        for ids in ids.chunks(AT_ONCE) {
            let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), path.ty.clone())).collect();
            let within = Predicate::In { item: Term::Field(path.clone()), list };
            let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let asked = List { within, ..List::all(entity, limit) };
            let Ok(page) = self.seat.state.engine.query(reader, asked).await else { return true };
            let now: HashSet<RecordId> = page.rows.iter().map(|row| row.id).collect();
            for id in ids {
                if now.contains(id) {
                    reached = true;
                    if self.seen.len() < MOST_SEEN {
                        self.seen.insert(*id);
                    }
                } else {
                    reached |= self.seen.remove(id);
                }
            }
        }
        reached
    }
}

/// `GET /live/mine/inbox`: the event `changed` whenever something waits for the reader, or no longer does.
pub(crate) async fn inbox(State(state): State<AppState>, who: SignedIn) -> Result<Response, Problem> {
    let seat = Seat::take(&state, who.session.key())?;
    let told = state.engine.listen();
    let waits = waiting(&state.engine, &who.actor).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    let mine = Mine { seat, who, told, waits, greeted: false, beat: Instant::now() + BEAT };
    let events = futures_util::stream::unfold(mine, |mut mine| async move {
        let event = mine.next().await?;
        Some((Ok::<_, Infallible>(event), mine))
    });
    Ok(Sse::new(events).into_response())
}

struct Mine {
    seat: Seat,
    who: SignedIn,
    told: Receiver<Arc<[UserId]>>,
    waits: Waiting,
    greeted: bool,
    beat: Instant,
}

impl Mine {
    /// The next thing to send; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if !self.greeted {
            self.greeted = true;
            return Some(opened());
        }
        let state = self.seat.state.clone();
        loop {
            let told = tokio::select! {
                () = state.stopped() => return None,
                () = tokio::time::sleep_until(self.beat) => false,
                told = self.told.recv() => match told {
                    Ok(people) if self.concerns(&people) => true,
                    Ok(_) => continue,
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return None,
                },
            };
            if told {
                tokio::time::sleep(GATHER).await;
                self.told = self.told.resubscribe();
            } else {
                self.beat = Instant::now() + BEAT;
            }
            if !matches!(state.sessions.again(&state.engine, &self.who.session).await, Ok(Some(_))) {
                return None;
            }
            // What another process has told them is seen by the numbers alone.
            let mut actor = self.who.actor.clone();
            actor.now = state.engine.now();
            let waits = waiting(&state.engine, &actor).await.ok()?;
            if told || waits != self.waits {
                self.waits = waits;
                return Some(changed());
            }
            return Some(Event::default().comment("beat"));
        }
    }

    fn concerns(&self, people: &[UserId]) -> bool {
        let actor = &self.who.actor;
        people.iter().any(|one| *one == actor.user || *one == actor.principal())
    }
}
