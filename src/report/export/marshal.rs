//! Python's own serialization, of the few types that `pstats` needs, in version 2, which all Pythons
//! read (<https://docs.python.org/3/library/marshal.html>; the format is `w_object` of
//! <https://github.com/python/cpython/blob/main/Python/marshal.c>). There is no crate for writing it.

/// Bits of a digit of a long integer.
const DIGIT_BITS: u32 = 15;

/// Writes values one after the other; what is in a tuple follows its head.
#[derive(Debug, Default)]
pub(super) struct Marshal {
    pub(super) bytes: Vec<u8>,
}

impl Marshal {
    /// Begins a dict: keys and values in turn, then [`Marshal::end_dict`].
    pub(super) fn begin_dict(&mut self) {
        self.bytes.push(b'{');
    }

    pub(super) fn end_dict(&mut self) {
        self.bytes.push(b'0');
    }

    /// Begins a tuple of so many values.
    pub(super) fn tuple(&mut self, length: u32) {
        self.bytes.push(b'(');
        self.bytes.extend(length.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        // Names in recordings are far shorter than 2 GiB.
        let length = u32::try_from(text.len()).unwrap_or(0);
        self.bytes.push(b'u');
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(&text.as_bytes()[..length as usize]);
    }

    pub(super) fn float(&mut self, value: f64) {
        self.bytes.push(b'g');
        self.bytes.extend(value.to_le_bytes());
    }

    pub(super) fn integer(&mut self, value: u64) {
        if let Ok(small) = i32::try_from(value) {
            self.bytes.push(b'i');
            self.bytes.extend(small.to_le_bytes());
            return;
        }
        let digits = (u64::BITS - value.leading_zeros()).div_ceil(DIGIT_BITS);
        self.bytes.push(b'l');
        self.bytes.extend(digits.to_le_bytes());
        for digit in 0..digits {
            let digit = (value >> (digit * DIGIT_BITS)) & ((1 << DIGIT_BITS) - 1);
            self.bytes.extend((digit as u16).to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `marshal.dumps(value, 2)` of CPython 3.12 gives them.
    #[test]
    fn bytes_are_those_that_python_writes() {
        let written = |write: fn(&mut Marshal)| {
            let mut marshal = Marshal::default();
            write(&mut marshal);
            marshal.bytes
        };
        assert_eq!(written(|it| it.integer(0)), b"i\0\0\0\0");
        assert_eq!(written(|it| it.integer(0x7fff_ffff)), b"i\xff\xff\xff\x7f");
        assert_eq!(
            written(|it| it.integer(0x8000_0000)),
            b"l\x03\0\0\0\0\0\0\0\x02\0"
        );
        assert_eq!(
            written(|it| it.integer(u64::MAX)),
            b"l\x05\0\0\0\xff\x7f\xff\x7f\xff\x7f\xff\x7f\x0f\0"
        );
        assert_eq!(written(|it| it.float(1.5)), b"g\0\0\0\0\0\0\xf8?");
        assert_eq!(written(|it| it.text("ü")), b"u\x02\0\0\0\xc3\xbc");
        assert_eq!(
            written(|it| {
                it.begin_dict();
                it.tuple(1);
                it.integer(1);
                it.text("");
                it.end_dict();
            }),
            b"{(\x01\0\0\0i\x01\0\0\0u\0\0\0\x000"
        );
    }
}
