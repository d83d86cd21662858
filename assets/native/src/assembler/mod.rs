//! Puts a token onto the value stack of a function's code, and lets it see pauses: inserts
//! instructions, and moves jumps, the exception table and the location table along.
//!
//! ```text
//! LOAD_CONST probe; UNARY_NEGATIVE     after the first RESUME: a token, at the bottom of the stack
//! SWAP 2; POP_TOP                      before a return: the token goes
//! COPY n; UNARY_INVERT; POP_TOP        before a yield: the token pauses
//! COPY n; UNARY_NEGATIVE; POP_TOP      after a yield, and where an exception arrives: it resumes
//! ```
//!
//! Pure: bytes in, bytes out, of CPython 3.11 to 3.15. Code that isn't understood is refused, never
//! guessed at. Formats:
//! <https://github.com/python/cpython/blob/main/InternalDocs/exception_handling.md> and
//! <https://github.com/python/cpython/blob/main/InternalDocs/code_objects.md>.

mod body;
mod depths;
mod exceptions;
mod layout;
mod locations;
pub(crate) mod opcodes;
mod plan;
#[cfg(test)]
mod tests;

use body::Body;
use opcodes::Opcodes;

/// Why a code can't be rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unsupported(pub(crate) &'static str);

/// The parts of a code object that depend on each other; in bytes as the attributes of that name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeParts<'a> {
    pub(crate) code: &'a [u8],
    pub(crate) exception_table: &'a [u8],
    pub(crate) line_table: &'a [u8],
    pub(crate) stack_size: i32,
    pub(crate) flags: i32,
}

/// The same parts, rewritten.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub(crate) code: Vec<u8>,
    pub(crate) exception_table: Vec<u8>,
    pub(crate) line_table: Vec<u8>,
    pub(crate) stack_size: i32,
}

/// How an instruction changes the depth of the stack: by opcode, argument, and whether it jumps;
/// `None` where the interpreter doesn't know.
pub(crate) type Effect<'a> = &'a dyn Fn(u8, u32, bool) -> Option<i32>;

/// `co_flags` of generators, coroutines and asynchronous generators.
const RESUMABLE: i32 = 0x20 | 0x80 | 0x100 | 0x200;

/// What the inserted instructions need of the stack: the token, and a copy of it.
const MORE_STACK: i32 = 2;

/// Rewrites a code; the probe is its constant of that number.
pub(crate) fn inject(
    opcodes: &Opcodes,
    parts: &CodeParts<'_>,
    constant: u32,
    effect: Effect<'_>,
) -> Result<Rewritten, Unsupported> {
    let body = Body::parse(opcodes, parts.code)?;
    let ranges = exceptions::parse(parts.exception_table)?;
    let depths = if parts.flags & RESUMABLE == 0 {
        None
    } else {
        Some(depths::depths(&body, &ranges, parts.stack_size, effect)?)
    };
    let plan = plan::plan(opcodes, &body, &ranges, depths.as_deref(), constant)?;
    let layout = layout::lay_out(&body, &plan)?;
    let moved = exceptions::moved(opcodes, &body, &ranges, &plan, &layout)?;
    Ok(Rewritten {
        code: layout.assemble(opcodes, &body, parts.code, &plan)?,
        exception_table: exceptions::write(&moved),
        line_table: locations::moved(parts.line_table, layout.growth(&body, &plan))?,
        stack_size: parts
            .stack_size
            .checked_add(MORE_STACK)
            .ok_or(Unsupported("its stack is too large"))?,
    })
}
