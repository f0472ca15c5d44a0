//! Nine boxes: whom two terms are about, by how high they stand in the one and in the other.

use metrics::Direction;
use model::{Decimal, EntityId, FieldId, Text};

/// How high somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Below the others.
    Low,
    /// Between.
    Mid,
    /// Above the others.
    High,
}

impl Level {
    /// All three, from below.
    pub const ALL: [Self; 3] = [Self::Low, Self::Mid, Self::High];

    /// The level of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// The word in definitions and addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Mid => "mid",
            Self::High => "high",
        }
    }
}

/// What says how high somebody stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CutBy {
    /// The value as it is shown.
    Value,
    /// Its score.
    Score,
    /// Its place among the peers, 0 to 100.
    Place,
}

/// Where a middling and a high place begin.
#[derive(Debug, Clone, PartialEq)]
pub struct Cuts {
    /// What is looked at.
    pub by: CutBy,
    /// The least that is middling; the most, where less is better.
    pub mid: Decimal,
    /// The least that is high; the most, where less is better.
    pub high: Decimal,
}

impl Cuts {
    /// How high a number stands, of a term for which that way is better.
    pub fn level(&self, number: Decimal, direction: Direction) -> Level {
        // Scores and places are the higher the better, whatever the values are.
        let less = direction == Direction::Lower && self.by == CutBy::Value;
        let reaches = |cut: Decimal| if less { number <= cut } else { number >= cut };
        if reaches(self.high) {
            Level::High
        } else if reaches(self.mid) {
            Level::Mid
        } else {
            Level::Low
        }
    }
}

/// Where the boxes begin and what they are called.
#[derive(Debug, Clone, PartialEq)]
pub struct Boxes {
    /// By the tile's own term, along the bottom.
    pub across: Cuts,
    /// By the other term, up the side.
    pub up: Cuts,
    /// What the boxes are called, along the bottom first.
    pub labels: Vec<((Level, Level), Text)>,
    /// Where it is kept that people put somebody into another box.
    pub moved: Option<Moved>,
}

/// The records by which people are put into boxes: one for each subject and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// Their entity.
    pub entity: EntityId,
    /// Its reference to whom the terms are about.
    pub subject: FieldId,
    /// Its period.
    pub period: FieldId,
    /// Its level along the bottom.
    pub across: FieldId,
    /// Its level up the side.
    pub up: FieldId,
    /// Its reason.
    pub reason: Option<FieldId>,
}

impl Boxes {
    /// What a box is called; empty where nobody said.
    pub fn label(&self, across: Level, up: Level) -> Text {
        let named = self.labels.iter().find(|(place, _)| *place == (across, up));
        named.map(|(_, label)| label.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(by: CutBy, mid: i64, high: i64) -> Cuts {
        Cuts { by, mid: Decimal::from(mid), high: Decimal::from(high) }
    }

    #[test]
    fn a_cut_belongs_to_what_it_begins() {
        let cuts = cuts(CutBy::Value, 65, 85);
        let level = |value: &str| cuts.level(value.parse().unwrap(), Direction::Higher);
        assert_eq!(
            [level("64.99"), level("65"), level("84.99"), level("85")],
            [Level::Low, Level::Mid, Level::Mid, Level::High]
        );
    }

    #[test]
    fn where_less_is_better_the_small_stand_high() {
        let minutes = cuts(CutBy::Value, 30, 15);
        let level = |value: i64| minutes.level(Decimal::from(value), Direction::Lower);
        assert_eq!([level(31), level(30), level(15)], [Level::Low, Level::Mid, Level::High]);
        // A place is the higher the better all the same.
        let place = cuts(CutBy::Place, 33, 67);
        assert_eq!(place.level(Decimal::from(90), Direction::Lower), Level::High);
    }
}
