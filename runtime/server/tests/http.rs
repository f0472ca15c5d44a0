//! The server as its callers meet it, on both databases: a router on a database of its own, asked without a listener.
#![expect(clippy::duplicate_mod, reason = "the same tests run on each database")]

#[cfg(test)]
#[path = "http"]
mod sqlite {
    pub(crate) const POSTGRES: bool = false;
    mod accounts;
    mod audit;
    mod bad_input;
    mod beside;
    mod boards;
    mod bounds;
    mod boxes;
    mod cards;
    mod case_pages;
    mod charts;
    mod dashboards;
    mod differential;
    mod drivers;
    mod editions;
    mod elsewhere;
    mod explained;
    mod files;
    mod flagship;
    mod forms;
    mod home_numbers;
    mod inbox;
    mod kept_views;
    mod lists;
    mod managed;
    mod mentions;
    mod menus;
    mod moves;
    mod namesakes;
    mod numbers;
    mod openapi;
    mod operations;
    mod pages;
    mod papers;
    mod passkey;
    mod personal;
    mod picks;
    mod platform;
    mod records;
    mod rights;
    mod secrets;
    mod sessions;
    mod sign_in;
    mod sources;
    mod stand_ins;
    mod steps;
    mod support;
    mod talent;
    mod terms;
    mod together;
    mod trace;
    mod unified_days;
    mod unit_boards;
    mod upkeep;
    mod uploads;
    mod worked;
    mod worked_people;
    mod workflows;
}

#[cfg(test)]
#[path = "http"]
mod postgres {
    pub(crate) const POSTGRES: bool = true;
    mod accounts;
    mod audit;
    mod bad_input;
    mod beside;
    mod boards;
    mod bounds;
    mod boxes;
    mod cards;
    mod case_pages;
    mod charts;
    mod dashboards;
    mod differential;
    mod drivers;
    mod editions;
    mod elsewhere;
    mod explained;
    mod files;
    mod flagship;
    mod forms;
    mod home_numbers;
    mod inbox;
    mod kept_views;
    mod lists;
    mod managed;
    mod mentions;
    mod menus;
    mod moves;
    mod namesakes;
    mod numbers;
    mod openapi;
    mod operations;
    mod pages;
    mod papers;
    mod passkey;
    mod personal;
    mod picks;
    mod platform;
    mod records;
    mod rights;
    mod secrets;
    mod sessions;
    mod sign_in;
    mod sources;
    mod stand_ins;
    mod steps;
    mod support;
    mod talent;
    mod terms;
    mod together;
    mod trace;
    mod unified_days;
    mod unit_boards;
    mod upkeep;
    mod uploads;
    mod worked;
    mod worked_people;
    mod workflows;
}
