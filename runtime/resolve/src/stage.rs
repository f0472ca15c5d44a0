//! The stages, one per noun, in the order they run. Each takes what the stages before it found and adds its part;
//! a part that is broken is left out, so that the others are still checked.

pub(crate) mod installed;
pub(crate) mod locales;

pub(crate) mod apps;
pub(crate) mod extensions;
pub(crate) mod names;

pub(crate) mod fields;

pub(crate) mod entities;
pub(crate) mod organisation;

pub(crate) mod expressions;

pub(crate) mod dependencies;

pub(crate) mod roles;

pub(crate) mod forms;

pub(crate) mod pages;

pub(crate) mod rules;

pub(crate) mod terms;

pub(crate) mod workflows;

pub(crate) mod plugins;

pub(crate) mod seeds;

pub(crate) mod hanging;

pub(crate) mod reach;
