//! How much is answered at once. More is refused in words, never cut off in silence.

use std::time::Duration;

/// The bounds of one engine. The product goes by [`Bounds::default`]; tests of what happens beyond lower them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Most cells one question for terms is answered with.
    pub cells: u32,
    /// Most rows of a list that is saved as a file.
    pub saved: usize,
    /// Most groups numbers are told apart by in one answer.
    pub groups: u32,
    /// Values of a watched term asked for at once; more are asked for in parts.
    pub watched: u32,
    /// Lines of somebody's list of cases that are looked at for a text in their titles before an answer is given.
    pub titles: u32,
    /// Most running cases moved to other steps, or taken back, by one request.
    pub moved: usize,
    /// How long a page waits for what it can be shown without: how many rows a list has in all, how new the data of a dashboard is.
    pub besides: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cells: 50_000,
            saved: 50_000,
            groups: 1_000,
            watched: 8_000,
            titles: 5_000,
            moved: 2_000,
            besides: Duration::from_secs(3),
        }
    }
}
