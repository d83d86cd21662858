//! What is to be inserted, and where: a list of edits in the order of the code.

use super::Unsupported;
use super::body::{Body, Instruction};
use super::exceptions::Range;
use super::opcodes::{Kind, Opcodes};

/// Something that changes where the following code is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Edit {
    Insert(Insertion),
    /// The instruction of that index names another one, and may get wider.
    Jump(usize),
}

/// Instructions that come new.
#[derive(Debug, Clone, Copy)]
pub(super) struct Insertion {
    /// The unit of the old code in front of which they are.
    pub(super) at: u32,
    /// They go with the instruction before: who jumps to `at` doesn't meet them.
    pub(super) follows: bool,
    /// They have the location of the instruction that they go with. One without a location would
    /// end its line for tracers, and the rest of the line would begin anew.
    pub(super) located: bool,
    /// Where they are in the plan's text, in units.
    first: u32,
    pub(super) units: u32,
}

/// The edits, and the text of what is inserted.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) edits: Vec<Edit>,
    text: Vec<u8>,
}

impl Plan {
    pub(super) fn text_of(&self, insertion: &Insertion) -> &[u8] {
        let (first, units) = (insertion.first as usize, insertion.units as usize);
        self.text
            .get(2 * first..2 * (first + units))
            .unwrap_or_default()
    }

    pub(super) fn insertions(&self) -> impl Iterator<Item = &Insertion> {
        self.edits.iter().filter_map(|edit| match edit {
            Edit::Insert(insertion) => Some(insertion),
            Edit::Jump(_) => None,
        })
    }
}

/// Plans the edits; with depths for code that can be paused.
pub(super) fn plan(
    opcodes: &Opcodes,
    body: &Body,
    ranges: &[Range],
    depths: Option<&[Option<i32>]>,
    constant: u32,
) -> Result<Plan, Unsupported> {
    let mut planner = Planner {
        opcodes,
        body,
        plan: Plan::default(),
        first: 0,
    };
    match depths {
        None => planner.plain(constant),
        Some(depths) => {
            let entered = entered_while_paused(body, ranges, depths)?;
            planner.resumable(constant, depths, &entered)?;
        }
    }
    Ok(planner.plan)
}

/// The handlers, by the index of their first instruction, to which an exception may come that was
/// thrown in at a yield; with the depth there. Others are entered by code that was resumed before.
fn entered_while_paused(
    body: &Body,
    ranges: &[Range],
    depths: &[Option<i32>],
) -> Result<Vec<(usize, i32)>, Unsupported> {
    let mut entered = Vec::new();
    for (index, it) in body.instructions.iter().enumerate() {
        if it.kind != Kind::YieldValue || depths.get(index).copied().flatten().is_none() {
            continue;
        }
        let at = it.at();
        // The interpreter takes the first that covers it.
        let covering = |range: &&Range| range.start <= at && at < range.end;
        let Some(range) = ranges.iter().find(covering) else {
            continue;
        };
        let handler = body
            .index_of(range.handler)
            .ok_or(Unsupported("a handler is in the middle of an instruction"))?;
        entered.push((handler, range.entry_depth()?));
    }
    entered.sort_unstable();
    entered.dedup();
    Ok(entered)
}

struct Planner<'a> {
    opcodes: &'a Opcodes,
    body: &'a Body,
    plan: Plan,
    /// Where the text of the next insertion begins.
    first: u32,
}

impl Planner<'_> {
    fn plain(&mut self, constant: u32) {
        let body = self.body;
        for (index, it) in body.instructions.iter().enumerate() {
            self.before_return(it);
            self.jump(index, it);
            if index == body.beginning {
                self.begin(it, constant);
            }
        }
    }

    fn resumable(
        &mut self,
        constant: u32,
        depths: &[Option<i32>],
        entered: &[(usize, i32)],
    ) -> Result<(), Unsupported> {
        let body = self.body;
        let mut entered = entered.iter().peekable();
        for (index, it) in body.instructions.iter().enumerate() {
            if let Some(&(_, depth)) = entered.next_if(|(handler, _)| *handler == index) {
                self.resume(depth);
                self.insert_before(it);
            }
            self.before_return(it);
            let depth = depths.get(index).copied().flatten();
            if let (Kind::YieldValue, Some(depth)) = (it.kind, depth) {
                self.pause(depth);
                if self.opcodes.throw_reads_send && self.throw_reads(index) {
                    self.dead_send(index, depth)?;
                }
                self.insert_before(it);
            }
            self.jump(index, it);
            if index == body.beginning {
                self.begin(it, constant);
            } else if let (Kind::Resume, Some(depth)) = (it.kind, depth) {
                self.resume(depth);
                self.insert_after(it, true);
            }
            if let Some(pause) = index.checked_sub(2)
                && self.opcodes.throw_reads_send
                && self.is_awaiting(pause)
                && let Some(depth) = depths.get(pause).copied().flatten()
            {
                // What was awaited has gone from the stack.
                self.resume(depth - 1);
                self.insert_after(it, true);
            }
        }
        Ok(())
    }

    /// Puts the token onto the stack.
    fn begin(&mut self, resume: &Instruction, constant: u32) {
        self.emit(self.opcodes.load_const, constant);
        self.emit(self.opcodes.unary_negative, 0);
        self.insert_after(resume, false);
    }

    /// Takes the token off the stack.
    fn before_return(&mut self, it: &Instruction) {
        match it.kind {
            Kind::ReturnValue => self.emit(self.opcodes.swap, 2),
            Kind::ReturnConst => {}
            _ => return,
        }
        self.emit(self.opcodes.pop_top, 0);
        self.insert_before(it);
    }

    fn pause(&mut self, depth: i32) {
        self.tell_token(depth, self.opcodes.unary_invert);
    }

    fn resume(&mut self, depth: i32) {
        self.tell_token(depth, self.opcodes.unary_negative);
    }

    fn tell_token(&mut self, depth: i32, how: u8) {
        self.emit(self.opcodes.copy, depth.unsigned_abs() + 1);
        self.emit(how, 0);
        self.emit(self.opcodes.pop_top, 0);
    }

    /// Tells whether `throw()` asks there what is awaited: it looks at the RESUME after the yield.
    fn throw_reads(&self, index: usize) -> bool {
        let next = self.body.get(index + 1);
        next.is_some_and(|it| it.kind == Kind::Resume && it.argument >= 2)
    }

    /// Tells whether the instruction is the yield of `SEND; YIELD_VALUE; RESUME;
    /// JUMP_BACKWARD_NO_INTERRUPT`, with the end of the loop behind it.
    fn is_awaiting(&self, index: usize) -> bool {
        let part = |offset: usize| self.body.get((index + offset).checked_sub(1)?);
        let (Some(send), Some(pause), Some(resume), Some(jump)) =
            (part(0), part(1), part(2), part(3))
        else {
            return false;
        };
        send.opcode == self.opcodes.send
            && pause.kind == Kind::YieldValue
            && resume.kind == Kind::Resume
            && jump.opcode == self.opcodes.jump_backward_no_interrupt
            && (jump.target, send.target) == (send.start, jump.end)
            && jump.end - send.end == 3
    }

    /// A SEND in front of the yield that is never run, for `throw()` to read: it leads to where
    /// the token resumes behind the loop's end.
    fn dead_send(&mut self, index: usize, depth: i32) -> Result<(), Unsupported> {
        let resume = if depth < 255 { 3 } else { 4 };
        if !self.is_awaiting(index) || depth > 0xffff {
            return Err(Unsupported("what it awaits can't be followed"));
        }
        self.emit(self.opcodes.jump_forward, 1);
        self.emit(self.opcodes.send, 3 + resume);
        Ok(())
    }

    fn jump(&mut self, index: usize, it: &Instruction) {
        if it.kind.has_target() {
            self.plan.edits.push(Edit::Jump(index));
        }
    }

    fn emit(&mut self, opcode: u8, argument: u32) {
        emit(self.opcodes, &mut self.plan.text, opcode, argument, 0);
    }

    fn insert_before(&mut self, it: &Instruction) {
        self.insert(it.start, false, true);
    }

    fn insert_after(&mut self, it: &Instruction, located: bool) {
        self.insert(it.end, true, located);
    }

    /// Makes an insertion of what was emitted since the last.
    fn insert(&mut self, at: u32, follows: bool, located: bool) {
        let end = (self.plan.text.len() / 2) as u32;
        self.plan.edits.push(Edit::Insert(Insertion {
            at,
            follows,
            located,
            first: self.first,
            units: end - self.first,
        }));
        self.first = end;
    }
}

/// Writes an instruction with at least that many EXTENDED_ARGs.
pub(super) fn emit(
    opcodes: &Opcodes,
    text: &mut Vec<u8>,
    opcode: u8,
    argument: u32,
    at_least: u32,
) {
    let extended = extended(argument).max(at_least);
    for place in (1..=extended).rev() {
        let bits = argument.checked_shr(8 * place).unwrap_or(0);
        text.extend_from_slice(&[opcodes.extended_arg, bits as u8]);
    }
    text.extend_from_slice(&[opcode, argument as u8]);
}

/// How many EXTENDED_ARGs an argument needs.
pub(super) fn extended(argument: u32) -> u32 {
    match argument {
        0..=0xff => 0,
        0x100..=0xffff => 1,
        0x1_0000..=0xff_ffff => 2,
        _ => 3,
    }
}
