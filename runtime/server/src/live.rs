//! Live updates: a stream of server-sent events that says *that* what its reader sees changed, or that something waits for them,
//! never which or what. The page then asks again, as itself. Of a row that its reader neither may see now nor saw before a stream
//! says nothing, nor of a field that they do not see (`live/sight.rs`).
//!
//! INVARIANT: a stream ends when its session ends, when its reader may no longer read the entity, and when the server stops.

mod sight;

use std::{
    collections::{BTreeSet, HashMap},
    convert::Infallible,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Path, State},
    http::Uri,
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
};
use engine::Actor;
use model::{Name, RecordId, UserId};
use policy::Action;
use tokio::{
    sync::broadcast::{
        Receiver,
        error::{RecvError, TryRecvError},
    },
    time::Instant,
};

use self::sight::{Heard, Sight};
use crate::{
    AppState,
    page::{
        Visit,
        inbox::{Waiting, waiting},
        open,
        params::Params,
    },
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Streams one session may hold open: several windows, each with its counts and a list.
const MOST_PER_SESSION: usize = 24;

/// How often a stream proves that it is alive and asks whether it still may be, unless the server is told otherwise.
const BEAT: Duration = Duration::from_secs(15);

/// Changes closer together than this are one event.
const GATHER: Duration = Duration::from_millis(300);

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

/// How often the streams of a server beat.
fn every(state: &AppState) -> Duration {
    state.options.beat.unwrap_or(BEAT)
}

/// What a stream begins with: how long a browser waits before it opens one anew.
fn opened() -> Event {
    Event::default().retry(Duration::from_secs(3)).comment("open")
}

/// That something changed. A browser drops an event whose data is empty.
fn changed() -> Event {
    Event::default().event("changed").data("1")
}

/// `GET /live/{entity}`: the event `changed` whenever what the reader sees of the entity's records changed; with `id`, of one
/// record and of those of its kind that refer to it. Where these are more than a stream remembers, it says `changed` at every
/// beat, whatever happened, besides what it knows for sure: look again.
pub(crate) async fn stream(
    State(state): State<AppState>,
    who: SignedIn,
    Path(entity): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let found = who.actor.edition.app.entity_named(&entity).ok_or_else(|| Problem::new(Kind::NotFound))?;
    let name = found.name.clone();
    let only = match Params::parse(uri.query().unwrap_or_default()).get("id") {
        Some(id) => Some(RecordId::parse_str(id).map_err(|_| Problem::new(Kind::NotFound))?),
        None => None,
    };
    let sight = Sight::of_rows(name.clone(), only);
    watch(&state, who, name, sight).await
}

/// `GET /live/page/{page}`, with the query of the page's address: the event `changed` whenever that page of records shows the
/// reader something else.
pub(crate) async fn of_page(
    State(state): State<AppState>,
    who: SignedIn,
    visit: Visit,
    Path(page): Path<String>,
) -> Result<Response, Problem> {
    let (list, count) = open::watched(&visit, &page).await?;
    let name = visit.app().entity(list.entity).ok_or_else(|| Problem::new(Kind::NotFound))?.name.clone();
    let sight = Sight::of_page(visit.actor.edition.version, list, count);
    watch(&state, who, name, sight).await
}

/// Begins a stream about the entity of that name.
async fn watch(state: &AppState, who: SignedIn, name: Name, mut sight: Sight) -> Result<Response, Problem> {
    let found = who.actor.edition.app.entity_named(name.as_str()).ok_or_else(|| Problem::new(Kind::NotFound))?;
    if who.actor.rights.access(found.id, Action::Read).is_none() {
        return Err(Problem::new(Kind::Denied));
    }
    let seat = Seat::take(state, who.session.key())?;
    let news = state.engine.subscribe();
    sight.look(&state.engine, &who.actor).await;
    let beat = Instant::now() + every(state);
    let watch = Watch { seat, name, who, news, greeted: false, over: false, beat, sight };
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
    /// Whether it ends now: a browser opens another.
    over: bool,
    beat: Instant,
    sight: Sight,
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
        while !self.over {
            let mut news = News::default();
            tokio::select! {
                () = state.stopped() => return None,
                () = tokio::time::sleep_until(self.beat) => {
                    self.beat = Instant::now() + every(&state);
                    let owes = self.sight.owes();
                    return self.reader().await.map(|_| if owes { changed() } else { Event::default().comment("beat") });
                }
                told = self.news.recv() => match told {
                    Ok(change) if self.concerns(&change) => news.add(&change),
                    Ok(_) => continue,
                    // Too many changes to keep up with: some of them may have been ours.
                    Err(RecvError::Lagged(_)) => news.many = true,
                    Err(RecvError::Closed) => return None,
                },
            }
            self.gather(&mut news).await;
            let reader = self.reader().await?;
            let heard = self.sight.hear(&state.engine, &reader, &news).await;
            self.over = heard == Heard::Over;
            if heard != Heard::Nothing {
                return Some(changed());
            }
        }
        None
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
}

/// `GET /live/mine/inbox`: the event `changed` whenever something waits for the reader, or no longer does.
pub(crate) async fn inbox(State(state): State<AppState>, who: SignedIn) -> Result<Response, Problem> {
    let seat = Seat::take(&state, who.session.key())?;
    let told = state.engine.listen();
    let waits = waiting(&state.engine, &who.actor).await.map_err(|error| Problem::of_query(error, &who.actor))?;
    let mine = Mine { seat, who, told, waits, greeted: false, beat: Instant::now() + every(&state) };
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
                self.beat = Instant::now() + every(&state);
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
