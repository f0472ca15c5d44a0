//! Runs plugins: components in WebAssembly, each call in an instance of its own, within limits.
//!
//! In: a plugin of the app, and a value for everything it takes. Out: a value for everything it gives, or why there is none.
//! Refused: whatever imports more than `plugins/wit` lends, works longer, needs more memory, or answers something else.
//!
//! INVARIANT: what a call does depends on what it is handed alone. Nothing is left of it for the next one, and it is lent
//! neither a clock nor chance nor anything of the machine, so that a call that is made again answers the same.
//!
//! This is the only room that knows WebAssembly; others know [`app::plugin::Host`].

mod limits;
mod values;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock, PoisonError, mpsc},
    time::Duration,
};

use app::{
    Code, Plugin,
    plugin::{Answer, Fault},
};
use model::{Name, Value};
use wasmtime::{
    Config, Engine, Store, StoreContextMut, Trap,
    component::{Component, InstancePre, Linker, TypedFunc},
};

use limits::Inside;

pub use values::{json, value};

/// The interface that is lent, as components name it.
const LENT: &str = "loam:plugin/host@1.0.0";
/// What is called.
const RUN: &str = "run";
/// Seconds after which a call is ended, however few instructions it took.
const LONGEST: u64 = 10;
/// Components kept ready.
const READY: usize = 32;
/// Largest input and answer, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Deepest stack of a plugin, in bytes.
const STACK: usize = 512 * 1024;

/// `run`, as it is typed here.
type Run = TypedFunc<(String,), (Result<String, String>,)>;

/// Runs plugins, one call at a time. Nothing is made before the first one.
#[derive(Default)]
pub struct Host {
    made: OnceLock<Result<Engine, String>>,
    ready: Mutex<HashMap<Code, InstancePre<Inside>>>,
    turn: Mutex<()>,
}

impl Host {
    /// A host as the rest of the runtime takes it.
    pub fn shared() -> Arc<dyn app::plugin::Host> {
        Arc::new(Self::default())
    }

    fn engine(&self) -> Result<&Engine, Fault> {
        let made = self.made.get_or_init(|| {
            let mut config = Config::new();
            config.consume_fuel(true).epoch_interruption(true).max_wasm_stack(STACK);
            Engine::new(&config).map_err(|error| error.to_string())
        });
        made.as_ref().map_err(|why| Fault::Unfit(format!("this machine runs no WebAssembly: {why}")))
    }

    /// A component with everything it imports.
    fn ready(&self, plugin: &Plugin) -> Result<InstancePre<Inside>, Fault> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ready.get(&plugin.code) {
            return Ok(known.clone());
        }
        let engine = self.engine()?;
        let unfit = |error: wasmtime::Error| Fault::Unfit(told(&error));
        let component = Component::new(engine, plugin.code.bytes()).map_err(unfit)?;
        let mut linker = Linker::new(engine);
        let mut lent = linker.instance(LENT).map_err(unfit)?;
        let log = |mut store: StoreContextMut<'_, Inside>, (line,): (String,)| {
            store.data_mut().say(&line);
            Ok(())
        };
        lent.func_wrap("log", log).map_err(unfit)?;
        let made = linker
            .instantiate_pre(&component)
            .map_err(|error| Fault::Unfit(format!("{}; a plugin is lent `{LENT}` and nothing else", told(&error))))?;
        if ready.len() >= READY {
            ready.clear();
        }
        ready.insert(plugin.code.clone(), made.clone());
        Ok(made)
    }

    /// An instance, and what is called in it.
    fn instance(&self, plugin: &Plugin) -> Result<(Store<Inside>, Run), Fault> {
        let ready = self.ready(plugin)?;
        let mut store = Store::new(self.engine()?, Inside::new(plugin.memory));
        store.limiter(|inside| inside);
        store.set_fuel(plugin.work).map_err(|error| Fault::Unfit(told(&error)))?;
        store.set_epoch_deadline(1);
        let instance = ready.instantiate(&mut store).map_err(|error| fault(plugin, &store, &error))?;
        if instance.get_func(&mut store, RUN).is_none() {
            return Err(Fault::Unfit(format!("it exports no function `{RUN}`")));
        }
        let run = instance.get_typed_func(&mut store, RUN);
        let run =
            run.map_err(|error| Fault::Unfit(format!("its `{RUN}` is another than the contract's: {}", told(&error))))?;
        Ok((store, run))
    }

    /// Does something that takes time in WebAssembly, and has it ended when it takes too much.
    fn within_time<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        // One at a time, so that the clock of one call ends no other.
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let engine = self.engine()?;
        let (done, waits) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                if waits.recv_timeout(Duration::from_secs(LONGEST)) == Err(mpsc::RecvTimeoutError::Timeout) {
                    engine.increment_epoch();
                }
            });
            let result = work();
            drop(done);
            result
        })
    }
}

impl app::plugin::Host for Host {
    fn check(&self, plugin: &Plugin) -> Result<(), Fault> {
        self.within_time(|| self.instance(plugin).map(drop))
    }

    fn call(&self, plugin: &Plugin, values: &[(Name, Value)]) -> Result<Answer, Fault> {
        let input = values::input(plugin, values);
        if input.len() > LARGEST {
            return Err(Fault::Broke(format!("it would be handed more than {LARGEST} bytes")));
        }
        let (said, log, work) = self.within_time(|| {
            let (mut store, run) = self.instance(plugin)?;
            let (said,) = run.call(&mut store, (input,)).map_err(|error| fault(plugin, &store, &error))?;
            let left = store.get_fuel().unwrap_or_default();
            Ok((said, store.into_data().log, plugin.work.saturating_sub(left)))
        })?;
        let said = said.map_err(|words| Fault::Refused(limits::shortened(words.trim(), limits::LINE)))?;
        if said.len() > LARGEST {
            return Err(Fault::Answer(format!("it is longer than {LARGEST} bytes")));
        }
        Ok(Answer { values: values::answer(plugin, &said).map_err(Fault::Answer)?, log, work })
    }
}

/// What ended a call.
fn fault(plugin: &Plugin, store: &Store<Inside>, error: &wasmtime::Error) -> Fault {
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => Fault::Work(plugin.work),
        Some(Trap::Interrupt) => Fault::Time(LONGEST),
        // Whoever gets no more memory gives up in a way of their own.
        _ if store.data().full => Fault::Memory(plugin.memory),
        Some(trap) => Fault::Broke(trap.to_string()),
        None => Fault::Broke(told(error)),
    }
}

/// What went wrong, and why, on one line.
fn told(error: &wasmtime::Error) -> String {
    let chain: Vec<String> = error.chain().map(ToString::to_string).collect();
    chain.join(": ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
