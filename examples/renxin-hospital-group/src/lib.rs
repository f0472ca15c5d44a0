//! 杭州仁心医疗集团, the sample organisation: 2,150 people, their facts of 2025 and their goals of the running quarter.
//!
//! In: a [`load::Tier`] and the day it is. Out: rows, each made alone from its key (see [`draw`]), so that the same row
//! is the same on every machine, in any order, in any tier. Refused: nothing; the crate has no I/O, clock or random
//! source and keeps no state.
//!
//! What is specified (people, facts, planted cases, hand-made tables) is checked against its golden figures by the unit
//! tests beside each module. What only has to look alive (names, goals, reports, artefacts) follows the same rule.

pub mod draw;

pub mod calendar;
pub mod names;
pub mod people;
pub mod posts;
pub mod units;

pub mod assignments;

pub mod facts;
pub mod planted;

pub mod behaviour;

pub mod artefacts;
pub mod decisions;
pub mod feedback;
pub mod goals;
pub mod growth;
pub mod milestones;
pub mod reviews;
pub mod standards;
pub mod weekly;

pub mod tables;

pub mod load;

#[cfg(test)]
mod alerts;
