//! Boards that people put together for a unit.
//!
//! A board holds names of terms and nothing of their values: whoever opens it sees what their own rights give.

use app::Area;
use model::RecordId;
use policy::{Bin, Get};
use store::{Tx, UnitBoard};

use super::{Work, from_query};
use crate::{
    Act, CommandError,
    command::{Audience, BOARD_TERMS, BOARDS_EACH, Layout, NewBoard},
    query::{
        Query as _,
        series::{usable_by_unit, visible},
    },
};

/// Longest name, in characters.
const MAX_NAME: usize = 60;

impl Work<'_> {
    /// Keeps a board of a unit that the actor sees, of terms that they see.
    pub(super) async fn make_board(&mut self, tx: &mut Tx, new: &NewBoard) -> Result<(), CommandError> {
        if tx.boards_of(self.actor.user).await? >= BOARDS_EACH {
            let zh = format!("每个账号最多 {BOARDS_EACH} 个看板，请先删除不用的");
            let en = format!("an account has at most {BOARDS_EACH} boards; delete one first");
            return Err(self.fault("board", "too-many", &zh, &en));
        }
        let board = self.board(new, None).await?;
        self.note(noted("board.make", &board));
        Ok(tx.make_board(&board).await?)
    }

    /// Makes one of one's own boards another; another's is as if it were not there. What it says already need not be seen any
    /// more by whoever changes the rest.
    pub(super) async fn change_board(&mut self, tx: &mut Tx, new: &NewBoard) -> Result<(), CommandError> {
        let Some(before) = tx.board_of(self.actor.user, new.id).await? else {
            return Err(self.fault("board", "unknown", "看板不存在，或不是您的", "there is no such board of yours"));
        };
        if new.expected.is_some_and(|expected| expected != before.version) {
            return Err(stale(&before, new));
        }
        let board = self.board(new, Some(&before)).await?;
        if !tx.change_board(&board).await? {
            // Somebody was faster by a moment.
            return Err(stale(&tx.board_of(self.actor.user, new.id).await?.unwrap_or(before), new));
        }
        self.note(noted("board.change", &board));
        Ok(())
    }

    /// What somebody asks for, as it is kept.
    async fn board(&self, new: &NewBoard, before: Option<&UnitBoard>) -> Result<UnitBoard, CommandError> {
        let app = &self.actor.edition.app;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            let (zh, en) = ("请给看板起个名字，最多 60 个字", "give the board a name, of at most 60 characters");
            return Err(self.fault("name", "required", zh, en));
        }
        if before.is_none_or(|before| before.unit != new.unit) {
            let unit = app
                .organisation()
                .unit
                .ok_or_else(|| self.fault("unit", "reference", "系统里没有部门", "there are no units here"))?;
            let get = Get { entity: unit, id: new.unit, columns: Vec::new(), bin: Bin::Outside };
            if get.answer(self.engine, self.actor).await.map_err(from_query)?.is_none() {
                return Err(self.fault("unit", "reference", "请选择部门", "choose a unit"));
            }
        }
        if new.terms.is_empty() || new.terms.len() > BOARD_TERMS {
            return Err(self.fault("terms", "count", "请选择 1 至 6 个指标", "choose one to six terms"));
        }
        let standings = self.engine.standings(app).await?;
        let in_use = |term: &metrics::Term| standings.get(&term.id) != Some(&metrics::Status::Deprecated);
        for (at, name) in new.terms.iter().enumerate() {
            let usable = |term: &&metrics::Term| visible(self.actor, term) && usable_by_unit(app, term) && in_use(term);
            let known = app.term_named(name).filter(usable);
            let there = known.is_some() || before.is_some_and(|before| before.terms.contains(name));
            if !there || new.terms.iter().take(at).any(|before| before == name) {
                let (zh, en) = ("所选指标不存在，或不能按部门统计", "a term is not there, or is not about units");
                return Err(self.fault("terms", "reference", zh, en));
            }
        }
        if new.audience == Audience::All && !self.actor.shares_boards() {
            let zh = "您没有向所有人发布看板的权限，请选择其他可见范围";
            let en = "you may not share a board with everybody; choose who else sees it";
            return Err(self.fault("audience", "denied", zh, en));
        }
        Ok(UnitBoard {
            id: new.id,
            unit: new.unit,
            account: self.actor.user,
            name: name.to_owned(),
            terms: new.terms.clone(),
            layout: new.layout.word().to_owned(),
            audience: new.audience.word().to_owned(),
            made: before.map_or(self.actor.now, |before| before.made),
            version: before.map_or(1, |before| before.version),
        })
    }

    /// Removes one of one's own boards, or any as the administrator of the system; another's is as if it were not there.
    pub(super) async fn remove_board(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        let of = if self.actor.administers_all(Area::System) { None } else { Some(self.actor.user) };
        // On the ledger stands what was done only.
        if let Some(owner) = tx.remove_board(of, id).await? {
            self.note(Act::new("board.remove", "board").on(id).fact("owner", owner.to_string()));
        }
        Ok(())
    }
}

/// A board is another by now than the one that was looked at: what it is beside what was asked for.
fn stale(now: &UnitBoard, new: &NewBoard) -> CommandError {
    let parts = [
        ("name", now.name.clone(), new.name.trim().to_owned()),
        ("unit", now.unit.to_string(), new.unit.to_string()),
        ("terms", now.terms.join(", "), new.terms.join(", ")),
        ("layout", now.layout.clone(), new.layout.word().to_owned()),
        ("audience", now.audience.clone(), new.audience.word().to_owned()),
    ];
    let conflicts = parts.into_iter().filter(|(_, stored, given)| stored != given);
    let conflicts = conflicts.map(|(part, stored, given)| (part.to_owned(), stored, given)).collect();
    CommandError::Stale { id: now.id, version: now.version, conflicts }
}

fn noted(action: &'static str, board: &UnitBoard) -> Act {
    let act = Act::new(action, "board").on(board.id).fact("audience", board.audience.as_str());
    act.fact("terms", board.terms.clone()).detail("name", board.name.as_str())
}

impl Layout {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Numbers, Self::Trends, Self::Compared];

    /// The word in forms and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Numbers => "numbers",
            Self::Trends => "trends",
            Self::Compared => "compared",
        }
    }

    /// The layout of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.word() == word)
    }
}

impl Audience {
    /// All of them, the narrowest first.
    pub const ALL: [Self; 3] = [Self::Me, Self::Unit, Self::All];

    /// The word in forms and in the store.
    pub fn word(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Unit => "unit",
            Self::All => "all",
        }
    }

    /// The audience of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|audience| audience.word() == word)
    }
}
