//! Runs plugins: modules in WebAssembly, each call in an instance of its own, within limits.
//!
//! In: a plugin of the app, and a value for everything it takes. Out: a value for everything it gives, or why there is none.
//! Refused: whatever imports more than `plugins/wit` lends, works longer, needs more memory, or answers something else.
//!
//! A module speaks the canonical ABI of that contract, as the generators of bindings write it. It is interpreted: an interpreter is
//! built in a fraction of the time a compiler of WebAssembly takes, writes no code into memory, and counts every instruction alike on
//! every machine.
//!
//! INVARIANT: what a call does depends on what it is handed alone. Nothing is left of it for the next one, and it is lent
//! neither a clock nor chance nor anything of the machine, so that a call that is made again answers the same.
//!
//! This is the only room that knows WebAssembly; others know [`app::plugin::Host`].

mod limits;
mod text;
mod values;

use std::{
    borrow::Cow,
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use app::{
    Code, Plugin,
    plugin::{Answer, Fault},
};
use model::{Name, Value};
use wasmi::{
    Caller, CompilationMode, Config, EnforcedLimits, Engine, Instance, Linker, Module, Store, TrapCode, TypedFunc,
};

use limits::Inside;

pub use values::value;

/// The interface that is lent, as modules name it, and what is in it.
const LENT: (&str, &str) = ("loam:plugin/host@1.0.0", "log");
/// What is called.
const RUN: &str = "run";
/// What prepares a module, where it has something to prepare.
const INITIALIZE: &str = "_initialize";
/// Modules kept ready.
const READY: usize = 32;
/// Largest input and answer, in bytes.
const LARGEST: usize = 1024 * 1024;

/// `run` by the canonical ABI: where its input is and how long, and where its result is.
type Run = TypedFunc<(i32, i32), i32>;

/// Runs plugins. Nothing is made before the first call.
#[derive(Default)]
pub struct Host {
    engine: OnceLock<Engine>,
    ready: Mutex<HashMap<Code, Module>>,
}

impl Host {
    /// A host as the rest of the runtime takes it.
    pub fn shared() -> Arc<dyn app::plugin::Host> {
        Arc::new(Self::default())
    }

    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| {
            let mut config = Config::default();
            config
                .consume_fuel(true)
                .compilation_mode(CompilationMode::Eager)
                .enforced_limits(EnforcedLimits::strict())
                .ignore_custom_sections(true);
            Engine::new(&config)
        })
    }

    /// The module, with nothing but what is lent among what it imports.
    fn ready(&self, plugin: &Plugin) -> Result<Module, Fault> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ready.get(&plugin.code) {
            return Ok(known.clone());
        }
        let code = binary(plugin.code.bytes()).map_err(Fault::Unfit)?;
        let module = Module::new(self.engine(), &*code).map_err(|error| Fault::Unfit(told(&error)))?;
        if let Some(other) = module.imports().find(|import| (import.module(), import.name()) != LENT) {
            let (from, name, lent) = (other.module(), other.name(), LENT.0);
            return Err(Fault::Unfit(format!(
                "it imports `{name}` of `{from}`; a plugin is lent `{lent}` and nothing else"
            )));
        }
        if ready.len() >= READY {
            ready.clear();
        }
        ready.insert(plugin.code.clone(), module.clone());
        Ok(module)
    }

    /// An instance, prepared.
    fn instance(&self, plugin: &Plugin) -> Result<(Store<Inside>, Instance, Run), Fault> {
        let module = self.ready(plugin)?;
        let mut store = Store::new(self.engine(), Inside::new(plugin.memory));
        store.limiter(|inside| &mut inside.limits);
        store.set_fuel(plugin.work).map_err(|error| Fault::Unfit(told(&error)))?;
        let mut linker = Linker::new(self.engine());
        let log = |mut caller: Caller<'_, Inside>, at: i32, length: i32| {
            let Some(memory) = caller.get_export(text::MEMORY).and_then(wasmi::Extern::into_memory) else { return };
            let (data, inside) = memory.data_and_store_mut(&mut caller);
            // Whoever speaks of nothing is not heard, and no worse for it.
            if let Ok(line) = text::at(data, at, length) {
                inside.say(line);
            }
        };
        linker.func_wrap(LENT.0, LENT.1, log).map_err(|error| Fault::Unfit(error.to_string()))?;
        let instance = linker.instantiate_and_start(&mut store, &module);
        let instance = instance.map_err(|error| fault(plugin, &error))?;
        let run = instance.get_typed_func(&store, RUN).map_err(|_| {
            Fault::Unfit(format!("it exports no function `{RUN}` as the contract has it: (i32, i32) → i32"))
        })?;
        if let Ok(prepare) = instance.get_typed_func::<(), ()>(&store, INITIALIZE) {
            prepare.call(&mut store, ()).map_err(|error| fault(plugin, &error))?;
        }
        text::check(&instance, &store).map_err(Fault::Unfit)?;
        Ok((store, instance, run))
    }
}

impl app::plugin::Host for Host {
    fn check(&self, plugin: &Plugin) -> Result<(), Fault> {
        self.instance(plugin).map(drop)
    }

    fn call(&self, plugin: &Plugin, values: &[(Name, Value)]) -> Result<Answer, Fault> {
        let input = values::input(plugin, values);
        if input.len() > LARGEST {
            return Err(Fault::Broke(format!("it would be handed more than {LARGEST} bytes")));
        }
        let (mut store, instance, run) = self.instance(plugin)?;
        let handed = text::lower(&instance, &mut store, &input);
        let handed = handed.map_err(|torn| torn.fault(plugin))?;
        let answered = run.call(&mut store, handed).map_err(|error| fault(plugin, &error))?;
        let said = text::lift(&instance, &store, answered, LARGEST).map_err(Fault::Answer)?;
        let work = plugin.work.saturating_sub(store.get_fuel().unwrap_or_default());
        let said = said.map_err(|words| Fault::Refused(limits::line(words.trim())))?;
        let values = values::answer(plugin, &said).map_err(Fault::Answer)?;
        Ok(Answer { values, log: store.into_data().log(), work })
    }
}

/// The module in its binary form, whether it was written so or as text.
fn binary(code: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    wat::parse_bytes(code).map_err(|error| one_line(&error.to_string()))
}

/// What ended a call.
fn fault(plugin: &Plugin, error: &wasmi::Error) -> Fault {
    match error.as_trap_code() {
        Some(TrapCode::OutOfFuel) => Fault::Work(plugin.work),
        Some(TrapCode::GrowthOperationLimited) => Fault::Memory(plugin.memory),
        _ => Fault::Broke(told(error)),
    }
}

fn told(error: &wasmi::Error) -> String {
    one_line(&error.to_string())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
