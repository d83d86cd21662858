//! Drives the target named by PROBE_FUZZ_TARGET with libFuzzer, whose arguments these are:
//! <https://llvm.org/docs/LibFuzzer.html>. Built and started by `cargo xtask fuzz`.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use probe_fuzz::{Random, Target, check, named};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("PROBE_FUZZ_TARGET").unwrap_or_default();
    named(&name).unwrap_or_else(|| panic!("PROBE_FUZZ_TARGET: no target `{name}`"))
});

fuzz_target!(|input: &[u8]| check(&TARGET, input));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    // libFuzzer's own changes find what ours don't think of.
    if seed.is_multiple_of(3) {
        return fuzzer_mutate(data, size, max_size);
    }
    let mut input = data[..size].to_vec();
    TARGET
        .mutation
        .apply(&mut input, &mut Random::new(u64::from(seed)));
    input.truncate(max_size.min(TARGET.longest));
    data[..input.len()].copy_from_slice(&input);
    input.len()
});
