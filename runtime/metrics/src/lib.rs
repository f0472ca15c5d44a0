//! Terms: what a number means, how it is measured, how good it is, and what it is compared with.
//!
//! In: what `resolve` compiled of a dictionary, and the numbers a database added up. Out: values, scores and grades of
//! periods; figures of peers; which terms contradict each other; what follows from what. Refused: nothing is guessed: a
//! number that is not known, or that would be divided by nothing, is no data. Pure: no database, no clock, no random source.

pub mod conflict;
pub mod derived;
pub mod drivers;
pub mod measure;
pub mod parts;
pub mod peers;
pub mod scale;
pub mod term;
pub mod unified;
pub mod watch;

pub use conflict::Conflict;
pub use drivers::{Cause, Drivers, Tell};
pub use measure::{Base, Derived, Fold, Measure, Number, Part, Ratio, TimeKind, kept, usual};
pub use parts::{Divisor, Parts};
pub use peers::{Figures, Peers};
pub use scale::{Band, Curve, Grade, Scale, Score, Step, Veto};
pub use term::{Baseline, Check, Direction, Status, Term, measured};
pub use unified::Usage;
pub use watch::{Hit, Swing, Watch};
