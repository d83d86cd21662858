//! The location table: entries of one to eight units each, which are copied, and stretched where
//! the code grew. What an entry says is looked at only where it must be cut in two.
//! <https://github.com/python/cpython/blob/main/InternalDocs/code_objects.md>

use super::Unsupported;

/// Some units of the old code are more now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growth {
    /// The unit whose location those that came new have, or behind which they are.
    pub(super) unit: u32,
    /// How many came new.
    pub(super) units: u32,
    /// Whether they have a location at all.
    pub(super) located: bool,
}

/// The first byte of an entry has bit 7, the others don't.
const BEGINS_ENTRY: u8 = 0x80;

/// The codes of entries, in bits 3 to 6 of the first byte. Below these come short forms, which
/// have no line at all or name the line before them.
const ONE_LINE: u8 = 10;
const NO_COLUMNS: u8 = 13;
const LONG: u8 = 14;
const NO_LOCATION: u8 = 15;

const MOST_UNITS: u32 = 8;

const MALFORMED: Unsupported = Unsupported("its location table is malformed");

/// The table for the code as it is now; the growth comes in the order of the code.
pub(super) fn moved(
    table: &[u8],
    growth: impl Iterator<Item = Growth>,
) -> Result<Vec<u8>, Unsupported> {
    let mut growth = growth.peekable();
    let mut new = Vec::with_capacity(table.len() + 64);
    let (mut rest, mut start) = (table, 0_u32);
    // What is to be copied as it is, up to the entry looked at.
    let (mut kept, mut keep) = (table, 0);
    while !rest.is_empty() {
        let (entry, more) = Entry::split(rest)?;
        rest = more;
        let end = start + entry.units();
        if growth.peek().is_none_or(|grown| grown.unit >= end) {
            keep += entry.length();
        } else {
            new.extend_from_slice(kept.get(..keep).ok_or(MALFORMED)?);
            (kept, keep) = (rest, 0);
            let mut piece = Piece {
                entry,
                again: false,
            };
            let (mut from, mut units) = (start, 0);
            while let Some(grown) = growth.next_if(|grown| grown.unit < end) {
                if grown.located {
                    units += grown.units;
                    continue;
                }
                piece.write(&mut new, grown.unit + 1 - from + units)?;
                let nowhere = Entry {
                    first: BEGINS_ENTRY | NO_LOCATION << 3,
                    payload: &[],
                };
                let again = false;
                Piece {
                    entry: nowhere,
                    again,
                }
                .write(&mut new, grown.units)?;
                (from, units) = (grown.unit + 1, 0);
            }
            piece.write(&mut new, end - from + units)?;
        }
        start = end;
    }
    new.extend_from_slice(kept.get(..keep).ok_or(MALFORMED)?);
    Ok(new)
}

/// An entry of the table.
#[derive(Debug, Clone, Copy)]
struct Entry<'a> {
    first: u8,
    payload: &'a [u8],
}

impl<'a> Entry<'a> {
    fn split(table: &'a [u8]) -> Result<(Self, &'a [u8]), Unsupported> {
        let (&first, more) = table.split_first().ok_or(MALFORMED)?;
        if first & BEGINS_ENTRY == 0 {
            return Err(MALFORMED);
        }
        let length = more.iter().position(|byte| byte & BEGINS_ENTRY != 0);
        let (payload, rest) = more
            .split_at_checked(length.unwrap_or(more.len()))
            .ok_or(MALFORMED)?;
        Ok((Self { first, payload }, rest))
    }

    fn length(&self) -> usize {
        1 + self.payload.len()
    }

    fn units(&self) -> u32 {
        u32::from(self.first & 7) + 1
    }

    fn code(&self) -> u8 {
        self.first >> 3 & 15
    }

    fn write(&self, table: &mut Vec<u8>, units: u32) {
        table.push(self.first & !7 | (units.saturating_sub(1) & 7) as u8);
        table.extend_from_slice(self.payload);
    }

    /// Writes the entry once more: the line is the one before it now.
    fn write_again(&self, table: &mut Vec<u8>, units: u32) -> Result<(), Unsupported> {
        let length = (units.saturating_sub(1) & 7) as u8;
        let head = |code: u8| BEGINS_ENTRY | code << 3 | length;
        match self.code() {
            NO_LOCATION | 0..ONE_LINE => self.write(table, units),
            ONE_LINE..NO_COLUMNS => {
                table.push(head(ONE_LINE));
                table.extend_from_slice(self.payload);
            }
            NO_COLUMNS => table.extend_from_slice(&[head(NO_COLUMNS), 0]),
            _ => {
                // The difference of lines is a number of six bits a byte; bit 6 says that more
                // follow.
                let last = self.payload.iter().position(|byte| byte & 0x40 == 0);
                let columns = last.and_then(|last| self.payload.get(last + 1..));
                table.extend_from_slice(&[head(LONG), 0]);
                table.extend_from_slice(columns.ok_or(MALFORMED)?);
            }
        }
        Ok(())
    }
}

/// An entry of which a part may have been written.
struct Piece<'a> {
    entry: Entry<'a>,
    again: bool,
}

impl Piece<'_> {
    fn write(&mut self, table: &mut Vec<u8>, mut units: u32) -> Result<(), Unsupported> {
        while units > 0 {
            let part = units.min(MOST_UNITS);
            if self.again {
                self.entry.write_again(table, part)?;
            } else {
                self.entry.write(table, part);
            }
            self.again = true;
            units -= part;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grown(unit: u32, units: u32, located: bool) -> Growth {
        Growth {
            unit,
            units,
            located,
        }
    }

    fn head(code: u8, units: u8) -> u8 {
        BEGINS_ENTRY | code << 3 | (units - 1)
    }

    #[test]
    fn what_did_not_grow_is_copied() {
        let table = [head(11, 2), 4, 9, head(0, 8), 0x12, head(15, 1)];
        assert_eq!(moved(&table, std::iter::empty()), Ok(table.to_vec()));
        assert_eq!(moved(&[], [grown(3, 1, true)].into_iter()), Ok(Vec::new()));
    }

    #[test]
    fn an_entry_is_stretched_over_what_came_new() {
        let table = [head(11, 2), 4, 9, head(0, 2), 0x12, head(15, 1)];
        let growth = [grown(1, 3, true), grown(3, 1, true), grown(4, 1, true)];
        let new = moved(&table, growth.into_iter());
        let wanted = [head(11, 5), 4, 9, head(0, 3), 0x12, head(15, 2)];
        assert_eq!(new, Ok(wanted.to_vec()));
    }

    #[test]
    fn an_entry_that_is_too_long_goes_on_in_its_own_line() {
        let long = [head(14, 8), 0x42, 0x01, 0x03, 0x44, 0x01, 0x05];
        let new = moved(&long, [grown(7, 9, true)].into_iter());
        let again = [0, 0x03, 0x44, 0x01, 0x05];
        let wanted = [&long[..], &[head(14, 8)], &again, &[head(14, 1)], &again].concat();
        assert_eq!(new, Ok(wanted));

        let plain = [head(13, 8), 0x42, 0x01];
        let new = moved(&plain, [grown(0, 1, true)].into_iter());
        assert_eq!(new, Ok(vec![head(13, 8), 0x42, 0x01, head(13, 1), 0]));

        let one_line = [head(12, 8), 4, 9];
        let new = moved(&one_line, [grown(0, 1, true)].into_iter());
        assert_eq!(new, Ok(vec![head(12, 8), 4, 9, head(10, 1), 4, 9]));
    }

    #[test]
    fn what_has_no_location_cuts_an_entry_in_two() {
        let table = [head(11, 4), 4, 9, head(10, 1), 4, 9];
        let growth = [grown(1, 2, false), grown(3, 1, true)];
        let wanted = [
            head(11, 2),
            4,
            9,
            head(15, 2),
            head(10, 3),
            4,
            9,
            head(10, 1),
            4,
            9,
        ];
        assert_eq!(moved(&table, growth.into_iter()), Ok(wanted.to_vec()));
        // At the end of an entry nothing of it is left.
        let new = moved(&[head(13, 1), 0], [grown(0, 2, false)].into_iter());
        assert_eq!(new, Ok(vec![head(13, 1), 0, head(15, 2)]));
    }

    #[test]
    fn a_table_that_begins_in_an_entry_is_refused() {
        assert_eq!(moved(&[4, 9], std::iter::empty()), Err(MALFORMED));
    }
}
