//! What a call may use, and what it leaves.

use wasmtime::ResourceLimiter;

/// Lines that are kept of a call.
const LINES: usize = 100;
/// Longest line, in characters.
pub(crate) const LINE: usize = 1_000;
/// Entries of a table.
const ENTRIES: usize = 100_000;
/// Instances, memories and tables of one component.
const PARTS: usize = 16;

/// What stands beside an instance.
pub(crate) struct Inside {
    memory: usize,
    used: usize,
    /// Whether it asked for more memory than it may use.
    pub(crate) full: bool,
    /// What it said.
    pub(crate) log: Vec<String>,
}

impl Inside {
    pub(crate) fn new(memory: usize) -> Self {
        Self { memory, used: 0, full: false, log: Vec::new() }
    }

    pub(crate) fn say(&mut self, line: &str) {
        if self.log.len() < LINES {
            self.log.push(shortened(line, LINE));
        }
    }
}

/// So many characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

impl ResourceLimiter for Inside {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        // All memories of the component together.
        let used = self.used.saturating_add(desired.saturating_sub(current));
        let fits = used <= self.memory;
        if fits {
            self.used = used;
        } else {
            self.full = true;
        }
        Ok(fits)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= ENTRIES)
    }

    fn instances(&self) -> usize {
        PARTS
    }

    fn tables(&self) -> usize {
        PARTS
    }

    fn memories(&self) -> usize {
        PARTS
    }
}
