//! Texts on their way into a module and out of it, as the canonical ABI of `run: func(input: string) -> result<string, string>` has
//! them: a text is where it begins and how many bytes it has, in UTF-8.

use app::{Plugin, plugin::Fault};
use wasmi::{Instance, Memory, Store, TypedFunc};

use crate::limits::Inside;

/// The memory texts stand in.
pub(crate) const MEMORY: &str = "memory";
/// What makes room in it: for a piece that was there, its size, the alignment and the size wanted.
const REALLOC: &str = "cabi_realloc";

type Realloc = TypedFunc<(i32, i32, i32, i32), i32>;

/// Why a text could not be handed in.
pub(crate) enum Torn {
    /// Something the module does not have, or room that is none.
    Unfit(String),
    /// The module ended while it made room.
    Ended(wasmi::Error),
}

impl Torn {
    pub(crate) fn fault(self, plugin: &Plugin) -> Fault {
        match self {
            Self::Unfit(why) => Fault::Broke(why),
            Self::Ended(error) => crate::fault(plugin, &error),
        }
    }
}

fn memory(instance: &Instance, store: &Store<Inside>) -> Result<Memory, String> {
    instance.get_memory(store, MEMORY).ok_or_else(|| format!("it exports no memory `{MEMORY}`"))
}

fn realloc(instance: &Instance, store: &Store<Inside>) -> Result<Realloc, String> {
    let found = instance.get_typed_func(store, REALLOC);
    found.map_err(|_| format!("it exports no function `{REALLOC}` as the contract has it"))
}

/// Whether texts can be handed to it and taken from it at all.
pub(crate) fn check(instance: &Instance, store: &Store<Inside>) -> Result<(), String> {
    memory(instance, store)?;
    realloc(instance, store).map(drop)
}

/// The text at a place.
pub(crate) fn at(memory: &[u8], at: i32, length: i32) -> Result<&str, String> {
    // What the module counts is not negative.
    let (at, length) = (at.cast_unsigned() as usize, length.cast_unsigned() as usize);
    let bytes = at.checked_add(length).and_then(|end| memory.get(at..end));
    let bytes = bytes.ok_or("it speaks of a text outside of its memory")?;
    std::str::from_utf8(bytes).map_err(|_| "its text is not UTF-8".to_owned())
}

/// Puts a text into the module's memory.
pub(crate) fn lower(instance: &Instance, store: &mut Store<Inside>, text: &str) -> Result<(i32, i32), Torn> {
    let memory = memory(instance, store).map_err(Torn::Unfit)?;
    let realloc = realloc(instance, store).map_err(Torn::Unfit)?;
    let length = i32::try_from(text.len()).map_err(|_| Torn::Unfit("the text is too long".to_owned()))?;
    let at = realloc.call(&mut *store, (0, 0, 1, length)).map_err(Torn::Ended)?;
    let room = "it made no room for what it is handed";
    memory
        .write(&mut *store, at.cast_unsigned() as usize, text.as_bytes())
        .map_err(|_| Torn::Unfit(room.to_owned()))?;
    Ok((at, length))
}

/// A result as the module left it: 0 for an answer or 1 for a refusal, then at the next word where its text is, and how long.
pub(crate) fn lift(
    instance: &Instance,
    store: &Store<Inside>,
    place: i32,
    largest: usize,
) -> Result<Result<String, String>, String> {
    let memory = memory(instance, store)?;
    let data = memory.data(store);
    let place = place.cast_unsigned() as usize;
    let word = |offset: usize| {
        let bytes = place.checked_add(offset).and_then(|at| data.get(at..at.checked_add(4)?));
        bytes.and_then(|bytes| Some(i32::from_le_bytes(bytes.try_into().ok()?)))
    };
    let outside = "its result is outside of its memory";
    let refused = match data.get(place).ok_or(outside)? {
        0 => false,
        1 => true,
        _ => return Err("its result is neither an answer nor a refusal".to_owned()),
    };
    let (at, length) = (word(4).ok_or(outside)?, word(8).ok_or(outside)?);
    if length.cast_unsigned() as usize > largest {
        return Err(format!("it is longer than {largest} bytes"));
    }
    let text = self::at(data, at, length)?.to_owned();
    Ok(if refused { Err(text) } else { Ok(text) })
}
