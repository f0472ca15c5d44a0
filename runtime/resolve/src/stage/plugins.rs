//! Plugins: what each takes and gives, the module that works it out, and calls of it.

use app::{Code, Plugin};
use definition::kind::plugin::{self as words, Kind};
use model::{Diagnostic, EntityId, Location, Name, Type, diagnostic::nearest};
use workflow::Call;

use crate::{
    draft::{Draft, Named},
    text::text,
};

/// Largest module, in bytes.
const LARGEST: usize = 8 * 1024 * 1024;
/// Millions of instructions in one call, unless a plugin says otherwise.
const WORK: u32 = 100;
/// MiB of memory, unless a plugin says otherwise.
const MEMORY: u32 = 16;

/// Compiles every plugin, and looks for modules that belong to none.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Plugin> {
    for app in draft.installed {
        for (name, files) in &app.words.modules {
            if !app.words.plugins.contains_key(name) && !draft.is_broken(definition::Kind::Plugin, name) {
                let at = Location::new(files.first().map_or("", |(file, _)| file.as_str()), "");
                let help = format!("write `plugins/{name}.yaml`, or remove the module");
                let message = "no document says what this module takes and gives";
                faults.push(Diagnostic::error("plugin.no-document", at, message).help(help));
            }
        }
    }
    let mut found: Vec<Plugin> = draft.plugins.iter().filter_map(|named| one(draft, named, faults)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn one(draft: &Draft<'_>, named: &Named<'_, words::Plugin>, faults: &mut Vec<Diagnostic>) -> Option<Plugin> {
    let (words, at) = (named.words, named.at);
    let takes = names(&words.takes, &at.child("takes"), faults);
    let gives = names(&words.gives, &at.child("gives"), faults);
    if words.gives.is_empty() {
        let message = "what answers nothing does nothing";
        faults.push(Diagnostic::error("plugin.no-answer", at.child("gives"), message));
    }
    if !is_called(draft, named.name.as_str()) {
        let message = format!("nothing calls `{}`", named.name);
        let help = "call it in a rule (`actions: [{call: …}]`) or in a step of a workflow (`call`)";
        faults.push(Diagnostic::error("plugin.never-called", at.clone(), message).help(help));
    }
    let (code, file) = module(draft, named, faults)?;
    Some(Plugin {
        name: named.name.clone(),
        label: text(&words.label),
        takes,
        gives,
        work: u64::from(words.work.unwrap_or(WORK)) * 1_000_000,
        memory: usize::try_from(words.memory.unwrap_or(MEMORY)).unwrap_or(usize::MAX).saturating_mul(1024 * 1024),
        code,
        file,
    })
}

fn names(written: &indexmap::IndexMap<String, Kind>, at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<(Name, Type)> {
    let mut found = Vec::new();
    for (name, kind) in written {
        match Name::parse(name) {
            Ok(name) => found.push((name, ty(*kind))),
            Err(fault) => {
                let message = format!("this cannot be the name of a value: {fault}");
                faults.push(Diagnostic::error("plugin.bad-value-name", at.child(name), message));
            }
        }
    }
    found
}

fn ty(kind: Kind) -> Type {
    match kind {
        Kind::Text => Type::Text,
        Kind::Integer => Type::Int,
        Kind::Decimal => Type::Decimal,
        Kind::Boolean => Type::Bool,
        Kind::Date => Type::Date,
        Kind::Datetime => Type::DateTime,
        Kind::Json => Type::Json,
    }
}

/// The module that stands beside a document. That it can be run is for whoever runs it to say.
fn module(draft: &Draft<'_>, named: &Named<'_, words::Plugin>, faults: &mut Vec<Diagnostic>) -> Option<(Code, String)> {
    let name = named.name.as_str();
    let app = draft.installed.iter().find(|app| app.folder == named.app.as_str())?;
    let (file, bytes) = match app.words.modules.get(name).map(Vec::as_slice) {
        Some([one]) => one,
        Some([(first, _), (second, _), ..]) => {
            let message = format!("`{name}` has two modules");
            let fault = Diagnostic::error("folder.duplicate-document", Location::new(second, ""), message);
            faults.push(fault.label(Location::new(first, ""), "the other one").help("remove one of them"));
            return None;
        }
        _ => {
            // One whose bytes cannot be read is at fault for that.
            if !faults.iter().any(|fault| fault.code == "plugin.bad-module") {
                let message = format!("there is no module of `{name}`");
                let help = format!("put `{name}.wasm` beside this document, or `{name}.wat`");
                faults.push(Diagnostic::error("plugin.no-module", named.at.clone(), message).help(help));
            }
            return None;
        }
    };
    let at = Location::new(file, "");
    if bytes.len() > LARGEST {
        let message = format!("this module is larger than {} MiB", LARGEST / 1024 / 1024);
        let help = "build it for size (`opt-level = \"s\"`, no debug information)";
        faults.push(Diagnostic::error("plugin.bad-module", at, message).help(help));
        return None;
    }
    if let Some((message, help)) = not_a_module(file, bytes) {
        faults.push(Diagnostic::error("plugin.bad-module", at, message).help(help));
        return None;
    }
    Some((Code::new(bytes), file.clone()))
}

/// What the first bytes say against it: a binary begins with its magic number, its version and what it is.
fn not_a_module(file: &str, bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";
    const MODULE: &[u8] = b"\0asm\x01\0\0\0";
    // As text, what it is stands behind the first bracket; comments before it hold none that count.
    let text = file.ends_with(".wat").then(|| String::from_utf8_lossy(bytes));
    let words = text.as_deref().map(|text| {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(";;"));
        lines.next().unwrap_or_default().to_owned()
    });
    let is = |binary: &[u8], word: &str| match &words {
        Some(line) => line.starts_with(word),
        None => bytes.starts_with(binary),
    };
    if is(MODULE, "(module") {
        return None;
    }
    Some(if is(COMPONENT, "(component") {
        (
            "this is a component, and the module inside it is what is called",
            "put the `.wasm` file here that the component was made of",
        )
    } else {
        ("this is no module", "put the `.wasm` file of a module here, or its text, which begins with `(module`")
    })
}

fn is_called(draft: &Draft<'_>, name: &str) -> bool {
    let by_rule = draft.rules.iter().flat_map(|rule| &rule.words.actions).filter_map(|action| action.call.as_ref());
    let by_step =
        draft.workflows.iter().flat_map(|flow| flow.words.steps.values()).filter_map(|step| step.call.as_ref());
    by_rule.chain(by_step).any(|call| call.plugin == name)
}

/// Compiles a call of a plugin about a record of an entity.
pub(crate) fn call(
    draft: &Draft<'_>,
    written: &words::Call,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Call> {
    let plugin = draft.plugin(&written.plugin, &at.child("plugin"), faults)?;
    let (takes, gives) = (&plugin.words.takes, &plugin.words.gives);
    let before = faults.len();
    let mut with = Vec::new();
    for (name, source) in &written.with {
        let at = at.child("with").child(name);
        let Some(kind) = takes.get(name) else {
            let message = format!("`{}` takes no `{name}`", written.plugin);
            let help = nearest(name, takes.keys().map(String::as_str));
            faults.push(Diagnostic::error("plugin.unknown-value", at, message).maybe_help(help));
            continue;
        };
        let Some(formula) = draft.expression(source, entity, Some(&ty(*kind)), &at, faults) else { continue };
        if formula.uses_actor() {
            let message = "a plugin is called for nobody, so it cannot be handed who acts";
            faults.push(Diagnostic::error("plugin.asks-actor", at, message).help("hand it fields of the record"));
            continue;
        }
        with.extend(Name::parse(name).ok().map(|name| (name, formula)));
    }
    for name in takes.keys().filter(|name| !written.with.contains_key(*name)) {
        let message = format!("`{}` takes `{name}`, and this says no value for it", written.plugin);
        let help = format!("add `{name}` to `with`");
        faults.push(Diagnostic::error("plugin.lacks-value", at.child("with"), message).help(help));
    }
    if written.into.is_empty() {
        let message = "what it answers goes nowhere, so calling it does nothing";
        let help = "name fields of the record and what they get, as in `{score: score}`";
        faults.push(Diagnostic::error("plugin.no-answer", at.child("into"), message).help(help));
    }
    let mut into = Vec::new();
    for (field, answer) in &written.into {
        let at = at.child("into").child(field);
        let Some(known) = draft.given_field(entity, field, "plugin.not-writable", &at, faults) else { continue };
        let Some(kind) = gives.get(answer) else {
            let message = format!("`{}` gives no `{answer}`", written.plugin);
            let help = nearest(answer, gives.keys().map(String::as_str));
            faults.push(Diagnostic::error("plugin.unknown-value", at, message).maybe_help(help));
            continue;
        };
        let ty = ty(*kind);
        if !ty.fits(&known.ty) {
            let message = format!("`{answer}` is {ty}, and `{field}` holds {}", known.ty);
            faults.push(Diagnostic::error("plugin.wrong-type", at, message));
            continue;
        }
        into.extend(Name::parse(answer).ok().map(|answer| (known.id, answer)));
    }
    let comes_in = draft.entities.get(entity.index()).is_some_and(|named| named.words.source.is_some());
    if comes_in {
        let message = format!(
            "the rows of `{}` come from another system, so nothing is written into them here",
            draft.entity_name(entity)
        );
        faults.push(Diagnostic::error("plugin.not-writable", at.child("into"), message));
    }
    (faults.len() == before).then(|| Call { plugin: plugin.name.clone(), with, into })
}
