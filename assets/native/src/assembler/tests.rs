//! Whole codes of CPython 3.12, written by hand; `tests/payload/test_native_code.py` runs real
//! ones.

use super::opcodes::opcodes_for;
use super::*;

const RESUME: u8 = 151;
const LOAD_CONST: u8 = 100;
const LOAD_FAST: u8 = 124;
const UNARY_NEGATIVE: u8 = 11;
const UNARY_INVERT: u8 = 15;
const POP_TOP: u8 = 1;
const SWAP: u8 = 99;
const COPY: u8 = 120;
const RETURN_VALUE: u8 = 83;
const RETURN_CONST: u8 = 121;
const RETURN_GENERATOR: u8 = 75;
const YIELD_VALUE: u8 = 150;
const POP_JUMP_IF_FALSE: u8 = 114;
const JUMP_BACKWARD: u8 = 140;
const EXTENDED_ARG: u8 = 144;
const NOP: u8 = 9;
const CALL_INTRINSIC_1: u8 = 173;
const RERAISE: u8 = 119;
const GENERATOR: i32 = 0x20;

fn effect(opcode: u8, _argument: u32, _jumps: bool) -> Option<i32> {
    match opcode {
        LOAD_FAST | LOAD_CONST => Some(1),
        RESUME | YIELD_VALUE | NOP | JUMP_BACKWARD | CALL_INTRINSIC_1 => Some(0),
        POP_TOP | RETURN_VALUE | POP_JUMP_IF_FALSE | RERAISE => Some(-1),
        _ => None,
    }
}

fn parts<'a>(code: &'a [u8], exception_table: &'a [u8], flags: i32) -> CodeParts<'a> {
    CodeParts {
        code,
        exception_table,
        line_table: &[],
        stack_size: 3,
        flags,
    }
}

fn injected(parts: &CodeParts<'_>) -> Result<Rewritten, Unsupported> {
    let opcodes = opcodes_for(3, 12, 3531).unwrap();
    inject(opcodes, parts, 7, &effect)
}

fn code(units: &[(u8, u8)]) -> Vec<u8> {
    units.iter().flat_map(|&(op, arg)| [op, arg]).collect()
}

#[test]
fn a_token_is_there_from_the_beginning_to_each_return() {
    let old = code(&[
        (RESUME, 0),
        (LOAD_FAST, 0),
        (POP_JUMP_IF_FALSE, 3),
        (0, 0),
        (LOAD_FAST, 0),
        (NOP, 0),
        (RETURN_VALUE, 0),
        (RETURN_CONST, 1),
    ]);
    let new = injected(&parts(&old, &[], 0)).unwrap();
    let wanted = code(&[
        (RESUME, 0),
        (LOAD_CONST, 7),
        (UNARY_NEGATIVE, 0),
        (LOAD_FAST, 0),
        (POP_JUMP_IF_FALSE, 5),
        (0, 0),
        (LOAD_FAST, 0),
        (NOP, 0),
        (SWAP, 2),
        (POP_TOP, 0),
        (RETURN_VALUE, 0),
        (POP_TOP, 0),
        (RETURN_CONST, 1),
    ]);
    assert_eq!(new.code, wanted);
    assert_eq!(new.stack_size, 5);
}

#[test]
fn a_jump_gets_wider_where_it_must() {
    let mut units = vec![
        (RESUME, 0),
        (LOAD_FAST, 0),
        (POP_JUMP_IF_FALSE, 255),
        (0, 0),
    ];
    units.extend([(NOP, 0); 253]);
    units.extend([(RETURN_CONST, 0), (NOP, 0)]);
    units.extend([(LOAD_FAST, 0), (RETURN_VALUE, 0)]);
    let new = injected(&parts(&code(&units), &[], 0)).unwrap();
    assert_eq!(
        new.code.get(8..14),
        Some(&code(&[(EXTENDED_ARG, 1), (POP_JUMP_IF_FALSE, 0), (0, 0)])[..])
    );
}

#[test]
fn a_generator_pauses_and_resumes_also_where_an_exception_arrives() {
    let old = code(&[
        (RETURN_GENERATOR, 0),
        (POP_TOP, 0),
        (RESUME, 0),
        (LOAD_FAST, 0),
        (YIELD_VALUE, 1),
        (RESUME, 1),
        (POP_TOP, 0),
        (RETURN_CONST, 0),
        (CALL_INTRINSIC_1, 3),
        (RERAISE, 1),
    ]);
    // Units 2 to 7 go to unit 8 at depth 0, with the offset.
    let new = injected(&parts(&old, &[0x82, 6, 8, 1], GENERATOR)).unwrap();
    let wanted = code(&[
        (RETURN_GENERATOR, 0),
        (POP_TOP, 0),
        (RESUME, 0),
        (LOAD_CONST, 7),
        (UNARY_NEGATIVE, 0),
        (LOAD_FAST, 0),
        (COPY, 2),
        (UNARY_INVERT, 0),
        (POP_TOP, 0),
        (YIELD_VALUE, 1),
        (RESUME, 1),
        (COPY, 2),
        (UNARY_NEGATIVE, 0),
        (POP_TOP, 0),
        (POP_TOP, 0),
        (POP_TOP, 0),
        (RETURN_CONST, 0),
        (COPY, 3),
        (UNARY_NEGATIVE, 0),
        (POP_TOP, 0),
        (CALL_INTRINSIC_1, 3),
        (RERAISE, 1),
    ]);
    assert_eq!(new.code, wanted);
    // The first RESUME has no token yet, and goes behind the instructions that resume one.
    assert_eq!(new.exception_table, [0x82, 1, 20, 1, 0x85, 12, 17, 3]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let refused = |units: &[(u8, u8)], table: &[u8], flags: i32| {
        let code = code(units);
        injected(&parts(&code, table, flags)).unwrap_err().0
    };
    assert_eq!(
        refused(&[(LOAD_FAST, 0), (RETURN_VALUE, 0)], &[], 0),
        "it has no plain beginning"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (JUMP_BACKWARD, 2)], &[], 0),
        "it jumps back to before its beginning"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (JUMP_BACKWARD, 9)], &[], 0),
        "it jumps to the middle of an instruction"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (EXTENDED_ARG, 9)], &[], 0),
        "its last instruction is cut short"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (RETURN_CONST, 0)], &[0x80, 1, 1, 0], 0),
        "an exception of its beginning is handled"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (POP_TOP, 0)], &[], GENERATOR),
        "it leaves the bounds of its stack"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (NOP, 0)], &[], GENERATOR),
        "it runs past its end"
    );
    assert_eq!(
        refused(&[(RESUME, 0), (SWAP, 2)], &[], GENERATOR),
        "an instruction's effect isn't known"
    );
    let joined = [
        (RESUME, 0),
        (LOAD_FAST, 0),
        (POP_JUMP_IF_FALSE, 1),
        (LOAD_FAST, 0),
        (RETURN_CONST, 0),
    ];
    assert_eq!(
        refused(&joined, &[], GENERATOR),
        "its stack has two depths at one place"
    );
}
