//! The instructions of a code: where each begins and ends, and where jumps go. All positions are
//! counted in units of two bytes.

use super::Unsupported;
use super::opcodes::{Kind, Opcodes};

/// Not the beginning of an instruction.
const NONE: u32 = u32::MAX;

/// An instruction, with the EXTENDED_ARGs before it and the caches after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instruction {
    pub(super) start: u32,
    /// How many EXTENDED_ARGs come first.
    pub(super) extended: u32,
    pub(super) end: u32,
    pub(super) opcode: u8,
    pub(super) kind: Kind,
    pub(super) argument: u32,
    /// Where the instruction begins that the argument points to; without meaning for others.
    pub(super) target: u32,
}

impl Instruction {
    /// Where the unit of the opcode itself is.
    pub(super) fn at(&self) -> u32 {
        self.start + self.extended
    }
}

/// A parsed code.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) instructions: Vec<Instruction>,
    /// The index of the first RESUME: behind it the function begins.
    pub(super) beginning: usize,
    /// How many units there are.
    pub(super) units: u32,
    index: Vec<u32>,
}

impl Body {
    pub(super) fn parse(opcodes: &Opcodes, code: &[u8]) -> Result<Self, Unsupported> {
        let units = u32::try_from(code.len() / 2)
            .ok()
            .filter(|units| *units < 1 << 24 && code.len().is_multiple_of(2))
            .ok_or(Unsupported("its length is odd or too large"))?;
        let (mut instructions, index) = instructions(opcodes, code, units)?;
        let beginning = instructions
            .iter()
            .position(|it| it.kind == Kind::Resume)
            .filter(|&at| instructions.get(at).is_some_and(|it| it.argument & 3 == 0))
            .ok_or(Unsupported("it has no plain beginning"))?;
        let first = instructions.get(beginning).map_or(0, |it| it.end);
        for it in &mut instructions {
            if !it.kind.has_target() {
                continue;
            }
            let target = if it.kind.is_forward() {
                it.end.checked_add(it.argument)
            } else {
                it.end.checked_sub(it.argument)
            };
            it.target = target
                .filter(|&target| index.get(target as usize).is_some_and(|it| *it != NONE))
                .ok_or(Unsupported("it jumps to the middle of an instruction"))?;
            if it.target < first {
                return Err(Unsupported("it jumps back to before its beginning"));
            }
        }
        Ok(Self {
            instructions,
            beginning,
            units,
            index,
        })
    }

    /// The index of the instruction that begins there.
    pub(super) fn index_of(&self, unit: u32) -> Option<usize> {
        let index = *self.index.get(unit as usize)?;
        (index != NONE).then_some(index as usize)
    }

    pub(super) fn get(&self, index: usize) -> Option<&Instruction> {
        self.instructions.get(index)
    }

    /// Tells whether an instruction begins there, or all have ended.
    pub(super) fn is_boundary(&self, unit: u32) -> bool {
        unit == self.units || self.index_of(unit).is_some()
    }

    /// Where the function begins: the end of the first RESUME.
    pub(super) fn first_unit(&self) -> u32 {
        self.get(self.beginning).map_or(0, |resume| resume.end)
    }
}

fn instructions(
    opcodes: &Opcodes,
    code: &[u8],
    units: u32,
) -> Result<(Vec<Instruction>, Vec<u32>), Unsupported> {
    let mut instructions: Vec<Instruction> = Vec::with_capacity(code.len() / 4);
    let mut index = vec![NONE; code.len() / 2];
    let (mut start, mut argument) = (0, 0_u32);
    for (unit, bytes) in (0..units).zip(code.chunks_exact(2)) {
        let &[opcode, low] = bytes else { continue };
        let kind = opcodes.kind(opcode);
        if kind == Kind::Cache {
            if start != unit {
                return Err(Unsupported("it has a cache in an instruction"));
            }
            match instructions.last_mut() {
                Some(last) => last.end = unit + 1,
                None => return Err(Unsupported("it begins with a cache")),
            }
            start = unit + 1;
            continue;
        }
        if argument >> 24 != 0 {
            return Err(Unsupported("it has an argument of more than 32 bits"));
        }
        argument = argument << 8 | u32::from(low);
        if kind == Kind::ExtendedArg {
            continue;
        }
        if let Some(place) = index.get_mut(start as usize) {
            *place = instructions.len() as u32;
        }
        instructions.push(Instruction {
            start,
            extended: unit - start,
            end: unit + 1,
            opcode,
            kind,
            argument,
            target: NONE,
        });
        (start, argument) = (unit + 1, 0);
    }
    if start != units {
        return Err(Unsupported("its last instruction is cut short"));
    }
    Ok((instructions, index))
}
