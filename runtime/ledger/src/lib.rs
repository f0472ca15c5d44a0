//! The one log of Loam: what an entry says, how it is hashed, and how anyone can show later that nothing of it was changed.
//!
//! In: entries as texts, salts, keys and moments, all handed in. Out: hashes, Merkle roots and proofs, signed checkpoints,
//! and the first place where something was altered, left out, moved, put in or cut off. Refused: JSON that is not in its one
//! form, hashes of an unknown kind, proofs of another place.
//!
//! INVARIANT: what is personal enters an entry only as a salted hash. The salt and the value stand beside it and can be
//! erased; every proof still holds.
//! INVARIANT: a hash always says by which algorithm it was made.
//! Absent on purpose: a clock, a random source, files, a database.

pub mod audit;
pub mod canonical;
pub mod checkpoint;
pub mod entry;
pub mod file;
pub mod hash;
pub mod key;
pub mod merkle;

pub use audit::{Audit, Fault, Report};
pub use checkpoint::Checkpoint;
pub use entry::{Ended, Entry, Sealed};
pub use file::Proof;
pub use hash::{Algorithm, Hash};
pub use key::{PublicKey, SecretKey, Suite};
