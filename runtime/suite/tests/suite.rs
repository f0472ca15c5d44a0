//! Small apps, run as users run them, on both databases.

#[cfg(test)]
mod suite {
    mod access;
    mod again;
    mod aside;
<<<<<<< HEAD
    mod choices;
=======
    mod cells;
>>>>>>> a8a177c (policy: cells in part, results that do not tell, numbers without names)
    mod computing;
    mod editions;
    mod ledger;
    mod outbox;
    mod reach;
    mod records;
    pub(crate) mod support;
}
