//! How often those who are asked may be urged.

/// How often those who are asked and have not answered may be urged, each time a case is at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urge {
    /// Minutes within which they are not urged again.
    pub every: u32,
    /// So often at most; as often as anybody likes when `None`.
    pub most: Option<u32>,
}

impl Default for Urge {
    fn default() -> Self {
        Self { every: 30, most: None }
    }
}
