//! Boards that people put together for a unit.
//!
//! A board holds names of terms and nothing of their values: whoever opens it sees what their own rights give.

use model::RecordId;
use policy::{Bin, Get};
use store::{Tx, UnitBoard};

use super::{Work, from_query};
use crate::{
    Act, CommandError,
    command::{Audience, BOARD_TERMS, Layout, NewBoard},
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
        let app = &self.actor.edition.app;
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME {
            let (zh, en) = ("请给看板起个名字，最多 60 个字", "give the board a name, of at most 60 characters");
            return Err(self.fault("name", "required", zh, en));
        }
        let unit = app
            .organisation()
            .unit
            .ok_or_else(|| self.fault("unit", "reference", "系统里没有部门", "there are no units here"))?;
        let get = Get { entity: unit, id: new.unit, columns: Vec::new(), bin: Bin::Outside };
        if get.answer(self.engine, self.actor).await.map_err(from_query)?.is_none() {
            return Err(self.fault("unit", "reference", "请选择部门", "choose a unit"));
        }
        if new.terms.is_empty() || new.terms.len() > BOARD_TERMS {
            return Err(self.fault("terms", "count", "请选择 1 至 6 个指标", "choose one to six terms"));
        }
        for (at, name) in new.terms.iter().enumerate() {
            let known = app.term_named(name).filter(|term| visible(self.actor, term) && usable_by_unit(app, term));
            if known.is_none() || new.terms.iter().take(at).any(|before| before == name) {
                let (zh, en) = ("所选指标不存在，或不能按部门统计", "a term is not there, or is not about units");
                return Err(self.fault("terms", "reference", zh, en));
            }
        }
        let board = UnitBoard {
            id: new.id,
            unit: new.unit,
            account: self.actor.user,
            name: name.to_owned(),
            terms: new.terms.clone(),
            layout: new.layout.word().to_owned(),
            audience: new.audience.word().to_owned(),
            made: self.actor.now,
        };
        let act = Act::new("board.make", "board").on(board.id).fact("audience", board.audience.as_str());
        self.note(act.fact("terms", board.terms.clone()).detail("name", name));
        Ok(tx.make_board(&board).await?)
    }

    /// Removes one of one's own boards; another's is as if it were not there.
    pub(super) async fn remove_board(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        // On the ledger stands what was done only.
        if tx.remove_board(self.actor.user, id).await? {
            self.note(Act::new("board.remove", "board").on(id));
        }
        Ok(())
    }
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
