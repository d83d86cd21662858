//! The exception table: its format, and how it is moved along.
//! <https://github.com/python/cpython/blob/main/InternalDocs/exception_handling.md>

use super::Unsupported;
use super::body::Body;
use super::layout::Layout;
use super::opcodes::Opcodes;
use super::plan::Plan;

/// The intrinsic that turns a StopIteration into a RuntimeError.
const STOPITERATION_ERROR: u32 = 3;

/// The first byte of a range has bit 7.
const BEGINS_RANGE: u8 = 0x80;

/// More bytes of the value follow.
const MORE: u8 = 0x40;

const MALFORMED: Unsupported = Unsupported("its exception table is malformed");

/// Where exceptions of some units go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) handler: u32,
    /// How deep the stack is made before the exception is put onto it.
    pub(super) depth: u32,
    /// Whether the offset of the instruction that raised comes before the exception.
    pub(super) with_offset: bool,
}

impl Range {
    /// How deep the stack is where the handler begins.
    pub(super) fn entry_depth(&self) -> Result<i32, Unsupported> {
        i32::try_from(self.depth)
            .ok()
            .and_then(|depth| depth.checked_add(1 + i32::from(self.with_offset)))
            .ok_or(Unsupported("a handler is too deep"))
    }
}

pub(super) fn parse(table: &[u8]) -> Result<Vec<Range>, Unsupported> {
    let mut ranges = Vec::with_capacity(table.len() / 4);
    let mut rest = table;
    while !rest.is_empty() {
        let start = read(&mut rest)?;
        let length = read(&mut rest)?;
        let handler = read(&mut rest)?;
        let mixed = read(&mut rest)?;
        ranges.push(Range {
            start,
            end: start.checked_add(length).ok_or(MALFORMED)?,
            handler,
            depth: mixed >> 1,
            with_offset: mixed & 1 == 1,
        });
    }
    Ok(ranges)
}

/// The ranges where the instructions are now, over a stack with the token at its bottom.
///
/// What comes before the function's beginning has no token yet. From 3.12 on, a range of each
/// generator covers the RESUME there; its handler works at any depth, and gets a range of its own.
pub(super) fn moved(
    opcodes: &Opcodes,
    body: &Body,
    ranges: &[Range],
    plan: &Plan,
    layout: &Layout,
) -> Result<Vec<Range>, Unsupported> {
    let first = body.first_unit();
    let mut moved = Vec::with_capacity(ranges.len() + 1);
    for range in ranges {
        let boundaries = [range.start, range.end, range.handler];
        if !boundaries.iter().all(|&unit| body.is_boundary(unit)) {
            return Err(MALFORMED);
        }
        if range.start < first {
            if !works_at_any_depth(opcodes, body, ranges, range) {
                return Err(Unsupported("an exception of its beginning is handled"));
            }
            moved.push(Range {
                start: layout.entry(range.start)?,
                end: layout.before_token(body, plan, range.end.min(first))?,
                handler: layout.itself(plan, range.handler)?,
                ..*range
            });
        }
        if range.end > first {
            moved.push(Range {
                start: layout.entry(range.start.max(first))?,
                end: layout.entry(range.end)?,
                handler: layout.entry(range.handler)?,
                depth: range.depth + 1,
                ..*range
            });
        }
    }
    Ok(moved)
}

/// Tells whether a handler looks at the exception only: it turns a StopIteration into an error,
/// and raises again with nothing to catch that.
fn works_at_any_depth(opcodes: &Opcodes, body: &Body, ranges: &[Range], range: &Range) -> bool {
    let Some(index) = body.index_of(range.handler) else {
        return false;
    };
    let (Some(call), Some(raise)) = (body.get(index), body.get(index + 1)) else {
        return false;
    };
    let covered = |it: &Range| it.start < raise.end && it.end > call.start;
    range.with_offset
        && opcodes.call_intrinsic_1 == Some(call.opcode)
        && call.argument == STOPITERATION_ERROR
        && (raise.opcode, raise.argument) == (opcodes.reraise, 1)
        && !ranges.iter().any(covered)
}

pub(super) fn write(ranges: &[Range]) -> Vec<u8> {
    let mut table = Vec::with_capacity(ranges.len() * 8);
    for range in ranges.iter().filter(|range| range.end > range.start) {
        let first = table.len();
        let mixed = range.depth << 1 | u32::from(range.with_offset);
        for value in [range.start, range.end - range.start, range.handler, mixed] {
            write_value(&mut table, value);
        }
        if let Some(byte) = table.get_mut(first) {
            *byte |= BEGINS_RANGE;
        }
    }
    table
}

/// Reads six bits a byte, the highest first; bit 6 says that more follow.
fn read(rest: &mut &[u8]) -> Result<u32, Unsupported> {
    let mut value = 0_u32;
    loop {
        let (&byte, more) = rest.split_first().ok_or(MALFORMED)?;
        *rest = more;
        if value >> 25 != 0 {
            return Err(MALFORMED);
        }
        value = value << 6 | u32::from(byte & 63);
        if byte & MORE == 0 {
            return Ok(value);
        }
    }
}

fn write_value(table: &mut Vec<u8>, value: u32) {
    for shift in [24, 18, 12, 6] {
        if value >> shift != 0 {
            table.push((value >> shift & 63) as u8 | MORE);
        }
    }
    table.push((value & 63) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_and_written_back() {
        let ranges = [
            (0, 1, 63, 0, false),
            (64, 4096, 4095, 3, true),
            (300_000, 20_000_000, 16_000_000, 200, false),
        ]
        .map(|(start, end, handler, depth, with_offset)| Range {
            start,
            end,
            handler,
            depth,
            with_offset,
        });
        assert_eq!(parse(&write(&ranges)), Ok(ranges.to_vec()));
    }

    #[test]
    fn a_range_of_cpython_is_understood() {
        // `22 to 26 -> 96 [1] lasti` of `dis`, which counts bytes.
        let table = [BEGINS_RANGE | 11, 3, 48, 3];
        let range = Range {
            start: 11,
            end: 14,
            handler: 48,
            depth: 1,
            with_offset: true,
        };
        assert_eq!(parse(&table), Ok(vec![range]));
        assert_eq!(write(&[range]), table);
    }

    #[test]
    fn an_empty_range_is_left_out() {
        let range = Range {
            start: 5,
            end: 5,
            handler: 9,
            depth: 0,
            with_offset: false,
        };
        assert!(write(&[range]).is_empty());
    }

    #[test]
    fn a_table_that_is_cut_short_or_too_large_is_refused() {
        assert_eq!(parse(&[BEGINS_RANGE | 11, 3, 48]), Err(MALFORMED));
        assert_eq!(parse(&[0xff; 12]), Err(MALFORMED));
    }
}
