//! The numbers of the instructions that the assembler knows, a table for each version of CPython.
//!
//! They are what `opcode.opmap` of that version says, which `tests/payload/test_native_code.py`
//! compares. Another instruction set has another magic number, and gets no table at all.

/// What an instruction means to somebody who moves code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It goes on with the next instruction.
    Other,
    /// Room for the interpreter's own use, part of the instruction before it.
    Cache,
    /// The upper bits of the next instruction's argument.
    ExtendedArg,
    /// A function begins, or goes on after a yield.
    Resume,
    ReturnValue,
    /// Returns a constant, which isn't on the stack.
    ReturnConst,
    YieldValue,
    /// It never goes on with the next instruction.
    Raise,
    JumpForward,
    JumpBackward,
    BranchForward,
    BranchBackward,
    /// It names an instruction before it without ever jumping there.
    PointBackward,
}

impl Kind {
    /// Tells whether the argument is a distance to another instruction.
    pub(crate) fn has_target(self) -> bool {
        self.is_forward() || self.is_backward()
    }

    pub(crate) fn is_forward(self) -> bool {
        matches!(self, Self::JumpForward | Self::BranchForward)
    }

    pub(crate) fn is_backward(self) -> bool {
        matches!(
            self,
            Self::JumpBackward | Self::BranchBackward | Self::PointBackward
        )
    }

    /// Tells whether the interpreter may go to the target.
    pub(crate) fn jumps(self) -> bool {
        self.has_target() && self != Self::PointBackward
    }

    /// Tells whether the interpreter may go on with the next instruction.
    pub(crate) fn goes_on(self) -> bool {
        !matches!(
            self,
            Self::JumpForward
                | Self::JumpBackward
                | Self::Raise
                | Self::ReturnValue
                | Self::ReturnConst
        )
    }
}

/// The instructions of one version.
pub(crate) struct Opcodes {
    pub(crate) magic: u16,
    pub(crate) extended_arg: u8,
    pub(crate) copy: u8,
    pub(crate) swap: u8,
    pub(crate) pop_top: u8,
    pub(crate) load_const: u8,
    pub(crate) unary_negative: u8,
    pub(crate) unary_invert: u8,
    pub(crate) jump_forward: u8,
    pub(crate) send: u8,
    pub(crate) reraise: u8,
    pub(crate) call_intrinsic_1: Option<u8>,
    pub(crate) jump_backward_no_interrupt: u8,
    /// `throw()` reads the instruction before a yield: it must be the SEND, whose distance it goes
    /// where what is awaited has ended. Only 3.11 does so:
    /// <https://github.com/python/cpython/blob/v3.11.7/Objects/genobject.c#L523>
    pub(crate) throw_reads_send: bool,
    kinds: [Kind; 256],
}

impl Opcodes {
    pub(crate) fn kind(&self, opcode: u8) -> Kind {
        self.kinds[usize::from(opcode)]
    }
}

/// The instructions of this interpreter.
///
/// # Errors
/// The version isn't known, or its magic number is another one: a development version.
pub(crate) fn opcodes_for(major: u32, minor: u32, magic: u32) -> Result<&'static Opcodes, String> {
    let opcodes = match (major, minor) {
        (3, 11) => &PYTHON_3_11,
        (3, 12) => &PYTHON_3_12,
        (3, 13) => &PYTHON_3_13,
        (3, 14) => &PYTHON_3_14,
        (3, 15) => &PYTHON_3_15,
        _ => {
            return Err(format!(
                "the bytecode of Python {major}.{minor} isn't known"
            ));
        }
    };
    // The upper half is always "\r\n".
    let magic = magic & 0xffff;
    if magic != u32::from(opcodes.magic) {
        return Err(format!(
            "the bytecode of this Python {major}.{minor} has the magic number {magic}, not {}",
            opcodes.magic
        ));
    }
    Ok(opcodes)
}

const fn kinds(known: &[(u8, Kind)]) -> [Kind; 256] {
    let mut kinds = [Kind::Other; 256];
    kinds[0] = Kind::Cache;
    let mut index = 0;
    while index < known.len() {
        kinds[known[index].0 as usize] = known[index].1;
        index += 1;
    }
    kinds
}

static PYTHON_3_11: Opcodes = Opcodes {
    magic: 3495,
    extended_arg: 144,
    copy: 120,
    swap: 99,
    pop_top: 1,
    load_const: 100,
    unary_negative: 11,
    unary_invert: 15,
    jump_forward: 110,
    send: 123,
    reraise: 119,
    call_intrinsic_1: None,
    jump_backward_no_interrupt: 134,
    throw_reads_send: true,
    kinds: kinds(&[
        (83, Kind::ReturnValue),     // RETURN_VALUE
        (86, Kind::YieldValue),      // YIELD_VALUE
        (93, Kind::BranchForward),   // FOR_ITER
        (110, Kind::JumpForward),    // JUMP_FORWARD
        (111, Kind::BranchForward),  // JUMP_IF_FALSE_OR_POP
        (112, Kind::BranchForward),  // JUMP_IF_TRUE_OR_POP
        (114, Kind::BranchForward),  // POP_JUMP_FORWARD_IF_FALSE
        (115, Kind::BranchForward),  // POP_JUMP_FORWARD_IF_TRUE
        (119, Kind::Raise),          // RERAISE
        (123, Kind::BranchForward),  // SEND
        (128, Kind::BranchForward),  // POP_JUMP_FORWARD_IF_NOT_NONE
        (129, Kind::BranchForward),  // POP_JUMP_FORWARD_IF_NONE
        (130, Kind::Raise),          // RAISE_VARARGS
        (134, Kind::JumpBackward),   // JUMP_BACKWARD_NO_INTERRUPT
        (140, Kind::JumpBackward),   // JUMP_BACKWARD
        (144, Kind::ExtendedArg),    // EXTENDED_ARG
        (151, Kind::Resume),         // RESUME
        (173, Kind::BranchBackward), // POP_JUMP_BACKWARD_IF_NOT_NONE
        (174, Kind::BranchBackward), // POP_JUMP_BACKWARD_IF_NONE
        (175, Kind::BranchBackward), // POP_JUMP_BACKWARD_IF_FALSE
        (176, Kind::BranchBackward), // POP_JUMP_BACKWARD_IF_TRUE
    ]),
};

static PYTHON_3_12: Opcodes = Opcodes {
    magic: 3531,
    extended_arg: 144,
    copy: 120,
    swap: 99,
    pop_top: 1,
    load_const: 100,
    unary_negative: 11,
    unary_invert: 15,
    jump_forward: 110,
    send: 123,
    reraise: 119,
    call_intrinsic_1: Some(173),
    jump_backward_no_interrupt: 134,
    throw_reads_send: false,
    kinds: kinds(&[
        (83, Kind::ReturnValue),    // RETURN_VALUE
        (93, Kind::BranchForward),  // FOR_ITER
        (110, Kind::JumpForward),   // JUMP_FORWARD
        (114, Kind::BranchForward), // POP_JUMP_IF_FALSE
        (115, Kind::BranchForward), // POP_JUMP_IF_TRUE
        (119, Kind::Raise),         // RERAISE
        (121, Kind::ReturnConst),   // RETURN_CONST
        (123, Kind::BranchForward), // SEND
        (128, Kind::BranchForward), // POP_JUMP_IF_NOT_NONE
        (129, Kind::BranchForward), // POP_JUMP_IF_NONE
        (130, Kind::Raise),         // RAISE_VARARGS
        (134, Kind::JumpBackward),  // JUMP_BACKWARD_NO_INTERRUPT
        (140, Kind::JumpBackward),  // JUMP_BACKWARD
        (144, Kind::ExtendedArg),   // EXTENDED_ARG
        (150, Kind::YieldValue),    // YIELD_VALUE
        (151, Kind::Resume),        // RESUME
    ]),
};

static PYTHON_3_13: Opcodes = Opcodes {
    magic: 3571,
    extended_arg: 71,
    copy: 61,
    swap: 115,
    pop_top: 32,
    load_const: 83,
    unary_negative: 42,
    unary_invert: 41,
    jump_forward: 79,
    send: 104,
    reraise: 102,
    call_intrinsic_1: Some(55),
    jump_backward_no_interrupt: 78,
    throw_reads_send: false,
    kinds: kinds(&[
        (36, Kind::ReturnValue),    // RETURN_VALUE
        (71, Kind::ExtendedArg),    // EXTENDED_ARG
        (72, Kind::BranchForward),  // FOR_ITER
        (77, Kind::JumpBackward),   // JUMP_BACKWARD
        (78, Kind::JumpBackward),   // JUMP_BACKWARD_NO_INTERRUPT
        (79, Kind::JumpForward),    // JUMP_FORWARD
        (97, Kind::BranchForward),  // POP_JUMP_IF_FALSE
        (98, Kind::BranchForward),  // POP_JUMP_IF_NONE
        (99, Kind::BranchForward),  // POP_JUMP_IF_NOT_NONE
        (100, Kind::BranchForward), // POP_JUMP_IF_TRUE
        (101, Kind::Raise),         // RAISE_VARARGS
        (102, Kind::Raise),         // RERAISE
        (103, Kind::ReturnConst),   // RETURN_CONST
        (104, Kind::BranchForward), // SEND
        (118, Kind::YieldValue),    // YIELD_VALUE
        (149, Kind::Resume),        // RESUME
    ]),
};

static PYTHON_3_14: Opcodes = Opcodes {
    magic: 3627,
    extended_arg: 69,
    copy: 59,
    swap: 117,
    pop_top: 31,
    load_const: 82,
    unary_negative: 41,
    unary_invert: 40,
    jump_forward: 77,
    send: 106,
    reraise: 105,
    call_intrinsic_1: Some(53),
    jump_backward_no_interrupt: 76,
    throw_reads_send: false,
    kinds: kinds(&[
        (35, Kind::ReturnValue),    // RETURN_VALUE
        (68, Kind::PointBackward),  // END_ASYNC_FOR
        (69, Kind::ExtendedArg),    // EXTENDED_ARG
        (70, Kind::BranchForward),  // FOR_ITER
        (75, Kind::JumpBackward),   // JUMP_BACKWARD
        (76, Kind::JumpBackward),   // JUMP_BACKWARD_NO_INTERRUPT
        (77, Kind::JumpForward),    // JUMP_FORWARD
        (100, Kind::BranchForward), // POP_JUMP_IF_FALSE
        (101, Kind::BranchForward), // POP_JUMP_IF_NONE
        (102, Kind::BranchForward), // POP_JUMP_IF_NOT_NONE
        (103, Kind::BranchForward), // POP_JUMP_IF_TRUE
        (104, Kind::Raise),         // RAISE_VARARGS
        (105, Kind::Raise),         // RERAISE
        (106, Kind::BranchForward), // SEND
        (120, Kind::YieldValue),    // YIELD_VALUE
        (128, Kind::Resume),        // RESUME
    ]),
};

static PYTHON_3_15: Opcodes = Opcodes {
    magic: 3666,
    extended_arg: 67,
    copy: 57,
    swap: 116,
    pop_top: 29,
    load_const: 81,
    unary_negative: 39,
    unary_invert: 38,
    jump_forward: 76,
    send: 105,
    reraise: 104,
    call_intrinsic_1: Some(51),
    jump_backward_no_interrupt: 75,
    throw_reads_send: false,
    kinds: kinds(&[
        (33, Kind::ReturnValue),    // RETURN_VALUE
        (66, Kind::PointBackward),  // END_ASYNC_FOR
        (67, Kind::ExtendedArg),    // EXTENDED_ARG
        (68, Kind::BranchForward),  // FOR_ITER
        (74, Kind::JumpBackward),   // JUMP_BACKWARD
        (75, Kind::JumpBackward),   // JUMP_BACKWARD_NO_INTERRUPT
        (76, Kind::JumpForward),    // JUMP_FORWARD
        (99, Kind::BranchForward),  // POP_JUMP_IF_FALSE
        (100, Kind::BranchForward), // POP_JUMP_IF_NONE
        (101, Kind::BranchForward), // POP_JUMP_IF_NOT_NONE
        (102, Kind::BranchForward), // POP_JUMP_IF_TRUE
        (103, Kind::Raise),         // RAISE_VARARGS
        (104, Kind::Raise),         // RERAISE
        (105, Kind::BranchForward), // SEND
        (119, Kind::YieldValue),    // YIELD_VALUE
        (128, Kind::Resume),        // RESUME
    ]),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_known_by_its_magic_number() {
        let opcodes = opcodes_for(3, 12, 0x0a0d_0dcb).unwrap();
        assert_eq!(opcodes.kind(121), Kind::ReturnConst);
        assert_eq!(opcodes.kind(0), Kind::Cache);
        assert_eq!(opcodes.kind(opcodes.copy), Kind::Other);
    }

    #[test]
    fn another_magic_number_or_version_is_refused_with_the_reason() {
        let error = opcodes_for(3, 15, 3650).map(|_| ()).unwrap_err();
        assert!(error.contains("magic number 3650, not 3666"), "{error}");
        let error = opcodes_for(3, 16, 3700).map(|_| ()).unwrap_err();
        assert_eq!(error, "the bytecode of Python 3.16 isn't known");
        assert!(opcodes_for(3, 10, 3439).is_err());
    }
}
