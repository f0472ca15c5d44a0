//! Processes and their cases: who is asked when, what follows from an answer, what becomes due.
//!
//! In: a compiled [`Process`], a [`Case`] as it stands, an [`Event`] and the moment it happens. Out of [`step`]: the case
//! as it stands then, and the [`Effect`]s that somebody else carries out. Refused, with the case left as it was: whatever is
//! not the actor's to do, comes too late, or would leave nobody to answer. Pure: no clock, no database, no randomness. Who
//! stands behind a name, whether a condition holds and when a term of three working days ends is not known here: the room
//! asks ([`Effect::Learn`]) and is told ([`Event::Learned`]).
//!
//! INVARIANT: once everything it asked was answered, every token of a running case waits for somebody or something.
//! INVARIANT: a case ends once; what has ended takes no answer until it is revived.
//! Absent on purpose: values of records. A case is about a record, and holds nothing of it.

pub mod case;
pub mod event;
mod fits;
pub mod process;
pub mod replay;
mod step;
mod trial;

pub use case::{Answer, Case, Entry, Part, Pause, State, Task, TaskState, Token, Urged};
pub use event::{Back, Effect, Event, Facts, Place, Refusal, Told, Voter};
pub use fits::blocked;
pub use process::{
    Asked, Call, Claim, Exit, Group, Nobody, Operation, Opinion, Other, Others, Over, Path, Process, Signature, Span,
    Starter, Step, StepKind, Sub, Timer, Urge, Wait, WaitFor, Way, When, Who, Withdraw, Write,
};
pub use step::step;
pub use trial::{Deed, returns, takes};

#[cfg(test)]
mod tests;
