//! What a call may use, and what it leaves.

use wasmi::{StoreLimits, StoreLimitsBuilder};

/// Lines that are kept of a call.
const LINES: usize = 100;
/// Longest line, in characters.
const LINE: usize = 1_000;
/// Entries of a table.
const ENTRIES: usize = 100_000;

/// What stands beside an instance.
pub(crate) struct Inside {
    pub(crate) limits: StoreLimits,
    log: Vec<String>,
}

impl Inside {
    /// An instance of one memory, of so many bytes. What asks for more ends at once, and is not told that there is none.
    pub(crate) fn new(memory: usize) -> Self {
        let limits = StoreLimitsBuilder::new().instances(1).memories(1).memory_size(memory);
        let limits = limits.tables(1).table_elements(ENTRIES).trap_on_grow_failure(true);
        Self { limits: limits.build(), log: Vec::new() }
    }

    /// Keeps a line that was said.
    pub(crate) fn say(&mut self, text: &str) {
        if self.log.len() < LINES {
            self.log.push(line(text));
        }
    }

    /// What was said.
    pub(crate) fn log(self) -> Vec<String> {
        self.log
    }
}

/// A text as one line that is not too long.
pub(crate) fn line(text: &str) -> String {
    text.chars().take(LINE).collect()
}
