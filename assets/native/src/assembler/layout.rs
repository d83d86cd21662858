//! Where everything is after the edits: jumps depend on offsets, and offsets on how wide the
//! arguments of jumps are, which only grow until all fits.

use super::Unsupported;
use super::body::Body;
use super::locations::Growth;
use super::opcodes::Opcodes;
use super::plan::{self, Edit, Insertion, Plan};

const LOST: Unsupported = Unsupported("a part of it can't be found again");

/// A jump in the new code.
#[derive(Debug, Clone, Copy)]
struct Jump {
    /// Where it begins.
    start: u32,
    extended: u32,
    argument: u32,
}

/// The new code's layout.
#[derive(Debug)]
pub(super) struct Layout {
    /// Where each unit of the old code is, or what was inserted before it.
    entries: Vec<u32>,
    /// In the order of the plan's edits.
    jumps: Vec<Jump>,
}

/// Finds a layout in which all arguments fit.
pub(super) fn lay_out(body: &Body, plan: &Plan) -> Result<Layout, Unsupported> {
    let jumps = plan.edits.iter().filter_map(|edit| match edit {
        Edit::Jump(index) => body.get(*index).map(|it| Jump {
            start: 0,
            extended: it.extended,
            argument: it.argument,
        }),
        Edit::Insert(_) => None,
    });
    let mut layout = Layout {
        jumps: jumps.collect(),
        entries: Vec::with_capacity(body.units as usize + 1),
    };
    loop {
        layout.place(body, plan);
        if !layout.aim(body, plan)? {
            return Ok(layout);
        }
    }
}

impl Layout {
    /// Finds the offsets that follow from the widths.
    fn place(&mut self, body: &Body, plan: &Plan) {
        self.entries.clear();
        let (mut next, mut shift) = (0_u32, 0_u32);
        let mut jumps = self.jumps.iter_mut();
        for edit in &plan.edits {
            let (end, more) = match edit {
                // A jump to the place itself comes behind what follows another instruction.
                Edit::Insert(it) => (it.at + u32::from(!it.follows), it.units),
                Edit::Jump(index) => {
                    let (Some(it), Some(jump)) = (body.get(*index), jumps.next()) else {
                        continue;
                    };
                    jump.start = it.start + shift;
                    (it.start + 1, jump.extended - it.extended)
                }
            };
            self.entries.extend((next..end).map(|unit| unit + shift));
            next = next.max(end);
            shift += more;
        }
        self.entries
            .extend((next..=body.units).map(|unit| unit + shift));
    }

    /// Finds the arguments that follow from the offsets; tells whether one got wider.
    fn aim(&mut self, body: &Body, plan: &Plan) -> Result<bool, Unsupported> {
        let mut wider = false;
        let jumps = plan.edits.iter().filter_map(|edit| match edit {
            Edit::Jump(index) => body.get(*index),
            Edit::Insert(_) => None,
        });
        for (it, jump) in jumps.zip(&mut self.jumps) {
            let end = jump.start + jump.extended + (it.end - it.at());
            let target = *self.entries.get(it.target as usize).ok_or(LOST)?;
            let distance = if it.kind.is_forward() {
                target.checked_sub(end)
            } else {
                end.checked_sub(target)
            };
            jump.argument = distance.ok_or(LOST)?;
            let extended = plan::extended(jump.argument);
            if extended > jump.extended {
                jump.extended = extended;
                wider = true;
            }
        }
        Ok(wider)
    }

    /// Where somebody arrives who goes to that unit of the old code.
    pub(super) fn entry(&self, unit: u32) -> Result<u32, Unsupported> {
        self.entries.get(unit as usize).copied().ok_or(LOST)
    }

    /// Where the instruction itself is, behind what was inserted before it.
    pub(super) fn itself(&self, plan: &Plan, unit: u32) -> Result<u32, Unsupported> {
        let before = |it: &&Insertion| it.at == unit && !it.follows;
        let units: u32 = plan.insertions().filter(before).map(|it| it.units).sum();
        Ok(self.entry(unit)? + units)
    }

    /// Where that unit is, or, at the function's beginning, where the token isn't there yet.
    pub(super) fn before_token(
        &self,
        body: &Body,
        plan: &Plan,
        unit: u32,
    ) -> Result<u32, Unsupported> {
        let first = |it: &&Insertion| it.at == unit && it.follows && unit == body.first_unit();
        let units: u32 = plan.insertions().filter(first).map(|it| it.units).sum();
        self.entry(unit)?.checked_sub(units).ok_or(LOST)
    }

    /// Writes the new code.
    pub(super) fn assemble(
        &self,
        opcodes: &Opcodes,
        body: &Body,
        code: &[u8],
        plan: &Plan,
    ) -> Result<Vec<u8>, Unsupported> {
        let units = *self.entries.last().ok_or(LOST)?;
        let old = |from: u32, to: u32| code.get(2 * from as usize..2 * to as usize).ok_or(LOST);
        let mut new = Vec::with_capacity(2 * units as usize);
        let mut next = 0;
        let mut jumps = self.jumps.iter();
        for edit in &plan.edits {
            match edit {
                Edit::Insert(insertion) => {
                    new.extend_from_slice(old(next, insertion.at)?);
                    new.extend_from_slice(plan.text_of(insertion));
                    next = insertion.at;
                }
                Edit::Jump(index) => {
                    let (Some(it), Some(jump)) = (body.get(*index), jumps.next()) else {
                        continue;
                    };
                    new.extend_from_slice(old(next, it.start)?);
                    plan::emit(opcodes, &mut new, it.opcode, jump.argument, jump.extended);
                    next = it.at() + 1;
                }
            }
        }
        new.extend_from_slice(old(next, body.units)?);
        Ok(new)
    }

    /// Which units of the old code are more now.
    pub(super) fn growth<'a>(
        &'a self,
        body: &'a Body,
        plan: &'a Plan,
    ) -> impl Iterator<Item = Growth> + 'a {
        let mut jumps = self.jumps.iter();
        plan.edits.iter().filter_map(move |edit| match edit {
            Edit::Insert(it) => Some(Growth {
                unit: it.at.saturating_sub(u32::from(it.follows)),
                units: it.units,
                located: it.located,
            }),
            Edit::Jump(index) => {
                let (it, jump) = (body.get(*index)?, jumps.next()?);
                let units = jump.extended - it.extended;
                (units > 0).then_some(Growth {
                    unit: it.start,
                    units,
                    located: true,
                })
            }
        })
    }
}
