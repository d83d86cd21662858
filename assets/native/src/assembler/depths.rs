//! How deep the value stack is before each instruction, by following every way through the code.

use super::body::Body;
use super::exceptions::Range;
use super::{Effect, Unsupported};

/// No way leads to the instruction.
const UNREACHED: i32 = -1;

/// The depths before each instruction, without the token; `None` where nothing leads there.
///
/// A handler is entered with the depth that its range names, the instruction's offset where the
/// range asks for it, and the exception.
pub(super) fn depths(
    body: &Body,
    ranges: &[Range],
    stack_size: i32,
    effect: Effect<'_>,
) -> Result<Vec<Option<i32>>, Unsupported> {
    let mut walk = Walk {
        depths: vec![UNREACHED; body.instructions.len()],
        open: Vec::with_capacity(16),
        stack_size,
    };
    walk.reach(body.beginning + 1, 0)?;
    for range in ranges {
        let handler = body
            .index_of(range.handler)
            .ok_or(Unsupported("a handler is in the middle of an instruction"))?;
        walk.reach(handler, range.entry_depth()?)?;
    }
    while let Some(index) = walk.open.pop() {
        walk.follow(body, index, effect)?;
    }
    let known = |&depth: &i32| (depth != UNREACHED).then_some(depth);
    Ok(walk.depths.iter().map(known).collect())
}

struct Walk {
    depths: Vec<i32>,
    open: Vec<usize>,
    stack_size: i32,
}

impl Walk {
    fn reach(&mut self, index: usize, depth: i32) -> Result<(), Unsupported> {
        if depth < 0 || depth > self.stack_size {
            return Err(Unsupported("it leaves the bounds of its stack"));
        }
        match self.depths.get_mut(index) {
            None => Err(Unsupported("it runs past its end")),
            Some(known) if *known == UNREACHED => {
                *known = depth;
                self.open.push(index);
                Ok(())
            }
            Some(known) if *known == depth => Ok(()),
            Some(_) => Err(Unsupported("its stack has two depths at one place")),
        }
    }

    /// Goes on from an instruction until the way ends or meets another.
    fn follow(&mut self, body: &Body, start: usize, effect: Effect<'_>) -> Result<(), Unsupported> {
        let (Some(it), Some(&depth)) = (body.get(start), self.depths.get(start)) else {
            return Ok(());
        };
        let after = |jumps: bool| {
            effect(it.opcode, it.argument, jumps)
                .and_then(|change| depth.checked_add(change))
                .ok_or(Unsupported("an instruction's effect isn't known"))
        };
        if it.kind.jumps() {
            let target = body
                .index_of(it.target)
                .ok_or(Unsupported("it jumps to the middle of an instruction"))?;
            self.reach(target, after(true)?)?;
        }
        if it.kind.goes_on() {
            self.reach(start + 1, after(false)?)?;
        }
        Ok(())
    }
}
