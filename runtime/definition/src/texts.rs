//! Every text of an app that people read, by its route: what locales translate and what must speak both languages.

use indexmap::IndexMap;
use model::Location;

use crate::{Words, kind};

/// A place for words, as a kind declares it.
#[derive(Debug)]
pub enum Slot<'a> {
    /// Always written.
    Given(&'a mut kind::Words),
    /// May be left out.
    Optional(&'a mut Option<kind::Words>),
}

impl Slot<'_> {
    /// The words, if any were written.
    pub fn words(&self) -> Option<&kind::Words> {
        match self {
            Self::Given(words) => Some(words),
            Self::Optional(words) => words.as_ref(),
        }
    }

    /// Puts other words in their place.
    pub fn set(&mut self, words: kind::Words) {
        match self {
            Self::Given(slot) => **slot = words,
            Self::Optional(slot) => **slot = Some(words),
        }
    }
}

/// Visits every text: its route (`entities.goal.fields.owner.label`), where it stands, and the words.
pub fn each(words: &mut Words, visit: &mut dyn FnMut(&str, &Location, Slot<'_>)) {
    if let Some(app) = &mut words.app {
        let mut walk = Walk { route: "app".to_owned(), at: app.at.clone(), visit };
        walk.given("label", &mut app.words.label);
        walk.optional("description", &mut app.words.description);
        for (name, group) in &mut app.words.menu {
            walk.inside(&["menu", name], |walk| walk.given("label", &mut group.label));
        }
    }
    for (name, entity) in &mut words.entities {
        entity_texts(&mut entity.words, &mut Walk { route: format!("entities.{name}"), at: entity.at.clone(), visit });
    }
    for (name, extension) in &mut words.extensions {
        let (at, route) = (extension.at.clone(), format!("extensions.{name}"));
        let mut walk = Walk { route, at, visit };
        field_texts(&mut extension.words.fields, &mut extension.words.validations, &mut walk);
    }
    for (name, form) in &mut words.forms {
        form_texts(&mut form.words, &mut Walk { route: format!("forms.{name}"), at: form.at.clone(), visit });
    }
    for (name, page) in &mut words.pages {
        page_texts(&mut page.words, &mut Walk { route: format!("pages.{name}"), at: page.at.clone(), visit });
    }
    for (name, role) in &mut words.roles {
        let mut walk = Walk { route: format!("roles.{name}"), at: role.at.clone(), visit };
        walk.given("label", &mut role.words.label);
        walk.optional("description", &mut role.words.description);
    }
    for (name, rule) in &mut words.rules {
        rule_texts(&mut rule.words, &mut Walk { route: format!("rules.{name}"), at: rule.at.clone(), visit });
    }
    for (name, term) in &mut words.terms {
        term_texts(&mut term.words, &mut Walk { route: format!("dictionary.{name}"), at: term.at.clone(), visit });
    }
    for (name, plugin) in &mut words.plugins {
        let mut walk = Walk { route: format!("plugins.{name}"), at: plugin.at.clone(), visit };
        walk.given("label", &mut plugin.words.label);
    }
    for (name, flow) in &mut words.workflows {
        workflow_texts(&mut flow.words, &mut Walk { route: format!("workflows.{name}"), at: flow.at.clone(), visit });
    }
}

struct Walk<'a> {
    route: String,
    at: Location,
    visit: &'a mut dyn FnMut(&str, &Location, Slot<'_>),
}

impl Walk<'_> {
    fn given(&mut self, key: &str, words: &mut kind::Words) {
        (self.visit)(&format!("{}.{key}", self.route), &self.at.child(key), Slot::Given(words));
    }

    fn optional(&mut self, key: &str, words: &mut Option<kind::Words>) {
        (self.visit)(&format!("{}.{key}", self.route), &self.at.child(key), Slot::Optional(words));
    }

    fn inside(&mut self, keys: &[&str], then: impl FnOnce(&mut Walk<'_>)) {
        let mut walk = Walk { route: self.route.clone(), at: self.at.clone(), visit: &mut *self.visit };
        for key in keys {
            walk.route = format!("{}.{key}", walk.route);
            walk.at = walk.at.child(key);
        }
        then(&mut walk);
    }
}

fn entity_texts(entity: &mut kind::entity::Entity, walk: &mut Walk<'_>) {
    walk.given("label", &mut entity.label);
    walk.optional("plural", &mut entity.plural);
    walk.optional("source", &mut entity.source);
    personal_texts(entity.personal.as_mut(), walk);
    field_texts(&mut entity.fields, &mut entity.validations, walk);
}

fn personal_texts(personal: Option<&mut kind::entity::Personal>, walk: &mut Walk<'_>) {
    if let Some(personal) = personal {
        walk.inside(&["personal"], |walk| {
            walk.given("purpose", &mut personal.purpose);
            walk.given("keep", &mut personal.keep);
        });
    }
}

fn field_texts(
    fields: &mut IndexMap<String, kind::entity::Field>,
    validations: &mut IndexMap<String, kind::entity::Validation>,
    walk: &mut Walk<'_>,
) {
    for (name, field) in fields {
        walk.inside(&["fields", name], |walk| {
            walk.optional("label", &mut field.label);
            walk.optional("help", &mut field.help);
            walk.optional("unit", &mut field.unit);
            walk.optional("kept", &mut field.kept);
            personal_texts(field.personal.as_mut(), walk);
            for (code, choice) in &mut field.choices {
                walk.inside(&["choices", code], |walk| walk.given("label", &mut choice.label));
            }
            if let Some(validation) = &mut field.validation {
                walk.inside(&["validation"], |walk| walk.given("message", &mut validation.message));
            }
        });
    }
    for (name, validation) in validations {
        walk.inside(&["validations", name], |walk| walk.given("message", &mut validation.message));
    }
}

fn form_texts(form: &mut kind::form::Form, walk: &mut Walk<'_>) {
    walk.optional("label", &mut form.label);
    for (index, section) in form.sections.iter_mut().enumerate() {
        walk.inside(&["sections", &index.to_string()], |walk| {
            walk.optional("label", &mut section.label);
            walk.optional("help", &mut section.help);
            for (index, item) in section.items.iter_mut().enumerate() {
                if let kind::form::Item::Placed(placed) = item {
                    let index = index.to_string();
                    walk.inside(&["items", &index], |walk| walk.optional("label", &mut placed.label));
                }
            }
        });
    }
}

fn page_texts(page: &mut kind::page::Page, walk: &mut Walk<'_>) {
    walk.given("label", &mut page.label);
    walk.optional("help", &mut page.help);
    for (name, view) in &mut page.views {
        walk.inside(&["views", name], |walk| walk.given("label", &mut view.label));
    }
    for (name, tab) in &mut page.tabs {
        walk.inside(&["tabs", name], |walk| walk.given("label", &mut tab.label));
    }
    for (name, block) in &mut page.blocks {
        walk.inside(&["blocks", name], |walk| walk.optional("label", &mut block.label));
    }
}

fn rule_texts(rule: &mut kind::rule::Rule, walk: &mut Walk<'_>) {
    walk.given("label", &mut rule.label);
    for (index, action) in rule.actions.iter_mut().enumerate() {
        if let Some(notify) = &mut action.notify {
            let index = index.to_string();
            walk.inside(&["actions", &index, "notify"], |walk| walk.given("message", &mut notify.message));
        }
    }
}

fn workflow_texts(workflow: &mut kind::workflow::Workflow, walk: &mut Walk<'_>) {
    walk.given("label", &mut workflow.label);
    for (name, step) in &mut workflow.steps {
        walk.inside(&["steps", name], |walk| {
            walk.given("label", &mut step.label);
            let choose =
                step.choose.iter_mut().flatten().enumerate().map(|(at, path)| (vec!["choose".to_owned()], at, path));
            let split = step.split.iter_mut().flat_map(|split| split.paths.iter_mut().enumerate());
            let split = split.map(|(at, path)| (vec!["split".to_owned(), "paths".to_owned()], at, path));
            for (mut keys, at, path) in choose.chain(split) {
                keys.push(at.to_string());
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                walk.inside(&keys, |walk| walk.optional("label", &mut path.label));
            }
        });
    }
}

fn term_texts(term: &mut kind::term::Term, walk: &mut Walk<'_>) {
    walk.given("label", &mut term.label);
    walk.given("definition", &mut term.definition);
    walk.optional("unit", &mut term.unit);
    walk.optional("source", &mut term.source);
    if let Some(baseline) = &mut term.baseline {
        walk.inside(&["baseline"], |walk| walk.optional("words", &mut baseline.words));
    }
    for (name, check) in &mut term.checks {
        walk.inside(&["checks", name], |walk| walk.given("message", &mut check.message));
    }
}
