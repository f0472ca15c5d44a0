//! Small apps, run as users run them, on both databases.

#[cfg(test)]
mod suite {
    mod access;
    mod access_table;
    mod accounts;
    mod again;
    mod alarms;
    mod anonymous;
    mod aside;
    mod beside;
    mod calendars;
    mod calibration;
    mod campaigns;
    mod cells;
    mod choices;
    mod computing;
    mod contracts;
    mod deadlines;
    mod declines;
    mod dictionary;
    mod editions;
    mod erasing;
    mod explained;
    mod faults;
    mod gone;
    mod leavers;
    mod ledger;
    mod left_out;
    mod lines;
    mod making;
    mod outbox;
    mod plugins;
    mod processes;
    mod proposals;
    mod purge;
    mod ratings;
    mod reach;
    mod records;
    mod replay;
    mod review;
    mod rollups;
    mod rules;
    mod secret_fields;
    mod secrets;
    mod series;
    mod snapshots;
    mod sources;
    pub(crate) mod support;
    mod term_life;
    mod timers;
    mod uncover;
    mod veil;
    mod watch;
    mod watch_further;
    mod watch_nodes;
    pub(crate) mod workflows;
}
