//! Boards that people put together themselves: a unit, up to six terms of the dictionary, a layout. What is kept is those choices;
//! they become a dashboard each time one is opened, with the rights of whoever opens it. Each can be saved as a page's document,
//! to go on as a file of the app.

mod choices;
mod shape;

use app::{Area, Dashboard};
use engine::{
    Actor, Audience, BOARD_TERMS, Command, CommandError, EveryBoard, Layout, NewBoard, UnitBoards, UnitKey,
    query::series::{usable_by_unit, visible},
    term::Standings,
};
use metrics::{Status, Term};
use model::RecordId;
use policy::Action;
use print::Fonts;
use serde::Serialize;
use store::UnitBoard;

use self::{
    choices::{proposed, units},
    shape::{dashboard_of, document},
};
use super::{
    Answer, Visit,
    dashboard::{self, Head},
    export::Made,
    filter::Choice,
    names,
    params::Params,
    rights,
    visit::{missing, record_id},
};
use crate::{problem::Problem, show::time};

/// What the list of boards shows.
#[derive(Debug, Default, Serialize)]
pub struct Boards {
    /// Those the reader sees.
    pub boards: Vec<Line>,
    /// Whether the reader can put one together.
    pub make: bool,
    /// The others there are, for whoever administers the system.
    pub others: Vec<Line>,
}

/// A board in the list.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its unit, its terms, who sees it; of others, who made it and when.
    pub about: String,
    /// Whether it is the reader's own.
    pub own: bool,
}

/// What the form shows.
#[derive(Debug, Default, Serialize)]
pub struct Making {
    /// Why it was refused.
    pub fault: Option<String>,
    /// Units to choose from.
    pub units: Vec<Choice>,
    /// Terms to choose from.
    pub terms: Vec<Choice>,
    /// Layouts to choose from.
    pub layouts: Vec<Choice>,
    /// Who may see it.
    pub audiences: Vec<Choice>,
    /// What it is called.
    pub name: String,
    /// How many terms there may be.
    pub most: usize,
    /// Where the form goes.
    pub action: String,
    /// Whether there is such a board already.
    pub there: bool,
    /// The version of it that is looked at; empty where there is none.
    pub version: String,
    /// That the terms chosen are those proposed for the people of the unit; empty where none are.
    pub proposed: String,
}

/// Whether somebody can put a board together: there are units they see, and terms about units.
pub(crate) fn opens(actor: &Actor) -> bool {
    let app = &actor.edition.app;
    let unit = app.organisation().unit.and_then(|unit| app.entity(unit));
    unit.is_some_and(|unit| unit.key.is_some() && rights::may(actor, unit.id, Action::Read))
        && app.terms().iter().any(|term| offered(actor, term))
}

/// Whether somebody looks after the boards of all.
pub(crate) fn looks_after(actor: &Actor) -> bool {
    actor.administers_all(Area::System) && actor.edition.app.organisation().unit.is_some()
}

fn offered(actor: &Actor, term: &Term) -> bool {
    visible(actor, term) && usable_by_unit(&actor.edition.app, term)
}

/// The boards the reader sees.
///
/// # Errors
/// There can be none, or what the engine refuses.
pub async fn list(visit: &Visit) -> Result<Answer, Problem> {
    let make = opens(&visit.actor);
    if !make && !looks_after(&visit.actor) {
        return Err(missing());
    }
    let found = if make { visit.ask(UnitBoards::default()).await? } else { Vec::new() };
    let unit = visit.app().organisation().unit.ok_or_else(missing)?;
    let wanted: Vec<_> = found.iter().map(|board| (unit, board.unit)).collect();
    let names = names::load(visit, &wanted).await?;
    let line = |board: &UnitBoard| {
        let terms: Vec<&str> = seen(visit, board).map(|term| term.label.get(visit.locale())).collect();
        let unit = names.get(&board.unit).map(|(name, _)| name.clone()).unwrap_or_default();
        let audience = Audience::parse(&board.audience).map_or("", |audience| word(visit, audience));
        let parts = [unit, terms.join(visit.say("list-comma")), audience.to_owned()];
        Line {
            id: board.id.to_string(),
            name: board.name.clone(),
            about: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            own: board.account == visit.actor.user,
        }
    };
    let others = others(visit, &found).await?;
    let boards = Boards { boards: found.iter().map(line).collect(), make, others };
    visit.page("unit_boards.html", visit.say("unit-boards"), "", boards).await.map(Answer::Page)
}

/// The boards that somebody only looks after: who made them, when, and who sees them.
async fn others(visit: &Visit, seen: &[UnitBoard]) -> Result<Vec<Line>, Problem> {
    let mut all = visit.ask(EveryBoard).await?;
    all.retain(|board| seen.iter().all(|known| known.id != board.id));
    let makers: Vec<_> = all.iter().map(|board| board.account).collect();
    let names = visit.engine.store().accounts().names(&makers).await.map_err(Problem::internal)?;
    let line = |board: UnitBoard| {
        let audience = Audience::parse(&board.audience).map_or("", |audience| word(visit, audience));
        let made = made_by(visit, &board, &names);
        Line { id: board.id.to_string(), about: format!("{made} · {audience}"), name: board.name, own: false }
    };
    Ok(all.into_iter().map(line).collect())
}

/// The terms of a board that the reader may know of.
fn seen<'v>(visit: &'v Visit, board: &'v UnitBoard) -> impl Iterator<Item = &'v Term> {
    let terms = board.terms.iter().filter_map(|name| visit.app().term_named(name));
    terms.filter(|term| visible(&visit.actor, term))
}

fn word(visit: &Visit, audience: Audience) -> &'static str {
    visit.say(match audience {
        Audience::Me => "board-for-me",
        Audience::Unit => "board-for-unit",
        Audience::All => "board-for-all",
    })
}

/// The form that puts one together.
///
/// # Errors
/// There can be none, or what the engine refuses.
pub async fn form(visit: &Visit, sent: &Params, fault: Option<String>) -> Result<Answer, Problem> {
    filled(visit, sent, fault, None).await
}

/// The form that makes one of the reader's own another.
///
/// # Errors
/// There is none, or what the engine refuses.
pub async fn edit(visit: &Visit, id: &str) -> Result<Answer, Problem> {
    let board = own(visit, id).await?;
    let one = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut sent = Params(board.terms.iter().map(|term| one("terms", term)).collect());
    sent.0.extend([
        one("unit", &board.unit.to_string()),
        one("name", &board.name),
        one("layout", &board.layout),
        one("audience", &board.audience),
        one("version", &board.version.to_string()),
    ]);
    filled(visit, &sent, None, Some(&board)).await
}

/// One of the reader's own.
async fn own(visit: &Visit, id: &str) -> Result<UnitBoard, Problem> {
    let found = visit.ask(UnitBoards { only: Some(record_id(id)?) }).await?.pop();
    found.filter(|board| board.account == visit.actor.user).ok_or_else(missing)
}

async fn filled(
    visit: &Visit,
    sent: &Params,
    fault: Option<String>,
    board: Option<&UnitBoard>,
) -> Result<Answer, Problem> {
    if !opens(&visit.actor) {
        return Err(missing());
    }
    let standings = visit.ask(Standings).await?;
    let ended = |term: &Term| standings.get(&term.id) == Some(&Status::Deprecated);
    let kept = |term: &Term| board.is_some_and(|board| board.terms.iter().any(|name| term.name == name.as_str()));
    let terms = visit.app().terms().iter().filter(|term| offered(&visit.actor, term) && (!ended(term) || kept(term)));
    let mut terms: Vec<&Term> = terms.collect();
    let mut chosen: Vec<&str> = sent.all("terms").collect();
    let unit = sent.get("unit").and_then(|text| RecordId::parse_str(text).ok());
    let proposed = match unit {
        Some(unit) => proposed(visit, unit, &terms).await?,
        None => Vec::new(),
    };
    // Whoever has chosen nothing yet begins with what is proposed.
    let preset = chosen.is_empty() && board.is_none() && fault.is_none();
    if preset {
        chosen.extend(proposed.iter().take(BOARD_TERMS).map(|term| term.name.as_str()));
    }
    let place = |term: &Term| proposed.iter().position(|known| known.id == term.id).unwrap_or(usize::MAX);
    terms.sort_by_key(|term| place(term));
    let terms = terms.into_iter().map(|term| Choice {
        value: term.name.to_string(),
        label: term.label.get(visit.locale()).to_owned(),
        hint: term.definition.get(visit.locale()).to_owned(),
        selected: chosen.contains(&term.name.as_str()),
    });
    let choice = |value: &str, label: &str, now: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        hint: String::new(),
        selected: value == now,
    };
    let layout = sent.get("layout").unwrap_or(Layout::Numbers.word());
    let audience = sent.get("audience").unwrap_or(Audience::Unit.word());
    let layouts = Layout::ALL.map(|one| choice(one.word(), self::layout(visit, one), layout));
    // What is not theirs to choose is not offered, unless it is what the board says already.
    let shares = visit.actor.shares_boards() || board.is_some_and(|board| board.audience == Audience::All.word());
    let audiences = Audience::ALL.into_iter().filter(|one| shares || *one != Audience::All);
    let refused = fault.is_some();
    let making = Making {
        fault,
        units: units(visit, sent.get("unit")).await?,
        terms: terms.collect(),
        layouts: layouts.to_vec(),
        audiences: audiences.map(|one| choice(one.word(), word(visit, one), audience)).collect(),
        name: sent.get("name").unwrap_or_default().to_owned(),
        most: BOARD_TERMS,
        action: board.map_or_else(|| "/boards/new".to_owned(), |board| format!("/boards/{}/edit", board.id)),
        there: board.is_some(),
        version: sent.get("version").unwrap_or_default().to_owned(),
        proposed: match proposed.len() {
            0 => String::new(),
            many => visit.fill("board-proposed", &[("n", &many.min(BOARD_TERMS).to_string())]),
        },
    };
    let title = visit.say(if board.is_some() { "board-edit" } else { "board-make" });
    let page = visit.page("unit_board_form.html", title, "narrow", making).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// Puts one together and shows it.
///
/// # Errors
/// There can be none, or what the engine refuses.
pub async fn make(visit: &Visit, sent: &Params) -> Result<Answer, Problem> {
    keep(visit, sent, None).await
}

/// Makes one of the reader's own another and shows it.
///
/// # Errors
/// There is none, or what the engine refuses.
pub async fn change(visit: &Visit, id: &str, sent: &Params) -> Result<Answer, Problem> {
    let board = own(visit, id).await?;
    keep(visit, sent, Some(&board)).await
}

async fn keep(visit: &Visit, sent: &Params, board: Option<&UnitBoard>) -> Result<Answer, Problem> {
    if !opens(&visit.actor) {
        return Err(missing());
    }
    let again = |fault: &str| filled(visit, sent, Some(fault.to_owned()), board);
    let layout = sent.get("layout").and_then(Layout::parse);
    let audience = sent.get("audience").and_then(Audience::parse);
    let (Some(layout), Some(audience)) = (layout, audience) else {
        return again(visit.say("board-choose")).await;
    };
    let Some(unit) = sent.get("unit").and_then(|text| RecordId::parse_str(text).ok()) else {
        return again(visit.say("board-choose-unit")).await;
    };
    let entity = visit.app().organisation().unit.ok_or_else(missing)?;
    let mut name = sent.get("name").unwrap_or_default().trim().to_owned();
    if name.is_empty() {
        let named = names::load(visit, &[(entity, unit)]).await?;
        let of = named.get(&unit).map(|(name, _)| name.clone()).unwrap_or_default();
        name = visit.fill("board-of", &[("what", &of)]);
    }
    let id = board.map_or_else(|| visit.engine.new_id(), |board| board.id);
    let terms = sent.all("terms").map(str::to_owned).collect();
    let expected = sent.get("version").and_then(|text| text.parse().ok()).or(board.map(|board| board.version));
    let new = NewBoard { id, unit, name, terms, layout, audience, expected };
    let command = if board.is_some() { Command::ChangeBoard(new) } else { Command::MakeBoard(new) };
    match visit.engine.execute(&visit.actor, command).await {
        Ok(_) => Ok(Answer::To(format!("/boards/{id}?saved=1"))),
        Err(CommandError::Invalid(faults)) => {
            let said = faults.first().map(|fault| fault.message.clone()).unwrap_or_default();
            again(&said).await
        }
        // What was typed stays, beside what the board is by now; saved once more, it takes that one's place.
        Err(CommandError::Stale { conflicts, .. }) if conflicts.is_empty() => {
            Ok(Answer::To(format!("/boards/{id}?saved=1")))
        }
        Err(CommandError::Stale { conflicts, .. }) => {
            let now = own(visit, &id.to_string()).await?;
            let parts: Vec<&str> = conflicts.iter().map(|(part, ..)| part.as_str()).collect();
            let said = meanwhile(visit, &now, &parts).await?;
            let sent = sent.without(&["version"]).with("version", now.version.to_string());
            filled(visit, &sent, Some(said), Some(&now)).await
        }
        Err(error) => Err(Problem::of_command(error, &visit.actor)),
    }
}

/// What a board is by now in the parts for which somebody asks for something else.
async fn meanwhile(visit: &Visit, now: &UnitBoard, differing: &[&str]) -> Result<String, Problem> {
    let comma = visit.say("list-comma");
    let entity = visit.app().organisation().unit.ok_or_else(missing)?;
    let named = names::load(visit, &[(entity, now.unit)]).await?;
    let terms: Vec<&str> = seen(visit, now).map(|term| term.label.get(visit.locale())).collect();
    let audience = Audience::parse(&now.audience).map_or("", |audience| word(visit, audience));
    let layout = Layout::parse(&now.layout).map_or("", |one| layout(visit, one));
    let unit = named.get(&now.unit).map(|(name, _)| name.clone()).unwrap_or_default();
    let parts = [
        ("name", "board-name", now.name.clone()),
        ("unit", "board-unit", unit),
        ("terms", "board-terms", terms.join(comma)),
        ("layout", "board-layout", layout.to_owned()),
        ("audience", "board-audience", audience.to_owned()),
    ];
    let differs = parts.into_iter().filter(|(part, ..)| differing.contains(part));
    let told =
        differs.map(|(_, word, value)| visit.fill("board-part", &[("what", visit.say(word)), ("value", &value)]));
    let told: Vec<String> = told.collect();
    Ok(visit.fill("board-meanwhile", &[("what", &told.join(visit.say("list-stop")))]))
}

fn layout(visit: &Visit, layout: Layout) -> &'static str {
    visit.say(match layout {
        Layout::Numbers => "layout-numbers",
        Layout::Trends => "layout-trends",
        Layout::Compared => "layout-compared",
    })
}

/// Removes one of the reader's own, or any as whoever administers the system.
///
/// # Errors
/// What the engine refuses.
pub async fn remove(visit: &Visit, id: &str) -> Result<Answer, Problem> {
    visit.act(Command::RemoveBoard { id: record_id(id)? }).await?;
    Ok(Answer::To("/boards?saved=1".to_owned()))
}

/// Shows one.
///
/// # Errors
/// Not found, not for this reader, or what the engine refuses.
pub async fn show(visit: &Visit, id: &str) -> Result<Answer, Problem> {
    let (board, dashboard) = found(visit, id).await?;
    let help = help(visit, &board).await?;
    let path = format!("/boards/{}/export", board.id);
    let own = board.account == visit.actor.user;
    let edit = if own { format!("/boards/{}/edit", board.id) } else { String::new() };
    let head =
        Head { name: "board", title: &board.name, help: &help, export: &path, document: true, edit: &edit, fault: "" };
    dashboard::show_as(visit, &head, &dashboard).await
}

/// One as a file, or as the document of a page.
///
/// # Errors
/// As [`show`], and what cannot be printed.
pub async fn file(visit: &Visit, id: &str, fonts: impl FnOnce() -> Fonts + Send + 'static) -> Result<Made, Problem> {
    let (board, dashboard) = found(visit, id).await?;
    if visit.query.get("format") == Some("yaml") {
        let known = |term| visit.app().term(term).is_some_and(|term| visible(&visit.actor, term));
        let tiles = dashboard.tiles.into_iter().filter(|tile| known(tile.term)).collect();
        let dashboard = Dashboard { tiles, ..dashboard };
        let text = document(visit, &board, &dashboard);
        return Ok(("board.yaml".to_owned(), "application/yaml", text.into_bytes()));
    }
    let help = help(visit, &board).await?;
    let head = Head { name: "board", title: &board.name, help: &help, ..Head::default() };
    dashboard::save::file(visit, &head, &dashboard, fonts).await
}

async fn help(visit: &Visit, board: &UnitBoard) -> Result<String, Problem> {
    let names = visit.engine.store().accounts().names(&[board.account]).await.map_err(Problem::internal)?;
    let made = made_by(visit, board, &names);
    // A tile whose term is gone shows nothing; that it is missing is said.
    let gone = board.terms.iter().filter(|name| visit.app().term_named(name).is_none()).count();
    Ok(match gone {
        0 => made,
        _ => format!("{made} · {}", visit.fill("board-terms-gone", &[("n", &gone.to_string())])),
    })
}

fn made_by(visit: &Visit, board: &UnitBoard, names: &[(model::UserId, String)]) -> String {
    let who = names.iter().find(|(id, _)| *id == board.account).map(|(_, name)| name.as_str()).unwrap_or_default();
    let day = visit.actor.edition.zone.to_datetime(board.made).date();
    visit.fill("board-made-by", &[("who", who), ("day", &time::date(visit.locale(), day))])
}

/// A board the reader sees, and the dashboard it is.
async fn found(visit: &Visit, id: &str) -> Result<(UnitBoard, Dashboard), Problem> {
    let id = record_id(id)?;
    let board = visit.ask(UnitBoards { only: Some(id) }).await?.pop().ok_or_else(missing)?;
    let key = visit.ask(UnitKey(board.unit)).await?.ok_or_else(missing)?;
    let dashboard = dashboard_of(visit, &board, key);
    // Of whose terms nothing may be seen is a board of nothing.
    match rights::measures(&visit.actor, &dashboard) {
        true => Ok((board, dashboard)),
        false => Err(missing()),
    }
}
