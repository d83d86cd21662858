//! Which clock there is on this machine, and reading it. Converts nothing.

use std::ffi::OsStr;

/// Kinds, as in word 3 of a recording.
pub(super) const MONOTONIC: u8 = 1;
#[cfg(target_arch = "x86_64")]
const TIME_STAMP_COUNTER: u8 = 2;
#[cfg(target_arch = "aarch64")]
const VIRTUAL_COUNTER: u8 = 3;

/// The kind to use; `asked` is the environment's `PROBE_CLOCK`.
pub(super) fn choose(asked: Option<&OsStr>) -> u8 {
    if asked.is_some_and(|it| it == "monotonic") {
        return MONOTONIC;
    }
    trusted().unwrap_or(MONOTONIC)
}

/// CLOCK_MONOTONIC in ns.
#[inline(never)]
pub(super) fn monotonic() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: writes the time to where it is told to; every system has this clock.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    (time.tv_sec as u64)
        .wrapping_mul(1_000_000_000)
        .wrapping_add(time.tv_nsec as u64)
}

/// The processor's counter. Not ordered with what stands around it: the few ns by which that may
/// be wrong are less than an ordering costs.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(super) fn counter() -> u64 {
    // SAFETY: every x86-64 processor has the instruction; `trusted` has asked whether it is
    // allowed.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The virtual counter.
#[cfg(target_arch = "aarch64")]
#[inline(always)]
pub(super) fn counter() -> u64 {
    let ticks: u64;
    // SAFETY: reads a register that Linux and macOS let programs read.
    unsafe {
        core::arch::asm!(
            "mrs {}, cntvct_el0",
            out(reg) ticks,
            options(nomem, nostack, preserves_flags)
        );
    }
    ticks
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
#[inline(always)]
pub(super) fn counter() -> u64 {
    monotonic()
}

/// The TSC where its rate is constant (AMD64 manual volume 3, CPUID 8000_0007h, EDX bit 8), the
/// kernel itself takes the time from it, which it does only where the processors' counters
/// agree, and the process may read it.
#[cfg(target_arch = "x86_64")]
fn trusted() -> Option<u8> {
    (has_constant_rate() && may_be_read() && is_the_kernels()).then_some(TIME_STAMP_COUNTER)
}

/// The architecture's counter has a constant rate, and is one for all processors.
#[cfg(target_arch = "aarch64")]
fn trusted() -> Option<u8> {
    Some(VIRTUAL_COUNTER)
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn trusted() -> Option<u8> {
    None
}

#[cfg(target_arch = "x86_64")]
#[allow(unused_unsafe)] // `__cpuid` is a safe function from Rust 1.94 on
fn has_constant_rate() -> bool {
    const MOST: u32 = 0x8000_0000;
    const POWER: u32 = 0x8000_0007;
    const INVARIANT: u32 = 1 << 8;
    // SAFETY: every x86-64 processor has the instruction, and this leaf.
    let most = unsafe { core::arch::x86_64::__cpuid(MOST) }.eax;
    // SAFETY: the leaf is there.
    most >= POWER && unsafe { core::arch::x86_64::__cpuid(POWER) }.edx & INVARIANT != 0
}

/// False where the process gets a signal for reading it (prctl(2), PR_SET_TSC).
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn may_be_read() -> bool {
    let mut mode: libc::c_int = libc::PR_TSC_ENABLE;
    // SAFETY: writes an int to where it is told to, or fails.
    unsafe { libc::prctl(libc::PR_GET_TSC, &raw mut mode) };
    mode == libc::PR_TSC_ENABLE
}

#[cfg(all(target_arch = "x86_64", not(target_os = "linux")))]
fn may_be_read() -> bool {
    true
}

#[cfg(target_arch = "x86_64")]
fn is_the_kernels() -> bool {
    let path = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
    let current = std::fs::read(path).unwrap_or_default();
    [&b"tsc"[..], b"kvm-clock"].contains(&current.trim_ascii())
}
