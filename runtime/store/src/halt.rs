//! A process that ends itself at a commit, as a power cut would: so that a test knows at which, and not only after how long.
//!
//! Only in builds with debug assertions, and only where the process is told to. Counted are the commits by which a case or a
//! letter is another: an event of a case, letters claimed, a letter settled.

use std::sync::{
    OnceLock,
    atomic::{AtomicU64, Ordering},
};

/// A side of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Nothing of it is on disk.
    Before,
    /// It is on disk, and nobody was told.
    After,
}

static AT: OnceLock<(u64, Side)> = OnceLock::new();
static SO_FAR: AtomicU64 = AtomicU64::new(0);

/// Ends this process at a side of the commit of that number, the first being 1. Said once, before anything is written; in
/// builds without debug assertions nothing comes of it.
pub fn halt_at(number: u64, side: Side) {
    if cfg!(debug_assertions) {
        let _ = AT.set((number, side));
    }
}

/// A commit that is about to be made; answers its number if it is counted.
pub(crate) fn before(counted: bool) -> Option<u64> {
    let (at, side) = AT.get().filter(|_| counted)?;
    let number = SO_FAR.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    if (number, Side::Before) == (*at, *side) {
        std::process::abort();
    }
    Some(number)
}

/// A commit that has been made, by its number.
pub(crate) fn after(number: Option<u64>) {
    if let (Some(number), Some((at, Side::After))) = (number, AT.get())
        && number == *at
    {
        std::process::abort();
    }
}
