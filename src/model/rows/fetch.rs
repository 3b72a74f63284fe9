//! Memory that is needed soon is brought near while other rows are added.
//!
//! A row of a large network lies anywhere in memory, and the processor cannot guess the next one: without this,
//! every row waits for its first words.

use crate::net::graph::Csr;
use std::ops::Range;

/// Bytes that come at once.
const LINE: usize = 64;
/// Lines of one piece that are asked for; the processor sees by itself that more of them follow.
const MOST_LINES: usize = 16;

/// Fetches synapses by position.
#[inline(always)]
pub(super) fn synapses(all: &Csr, span: Range<usize>) {
    let (words, weights) = all.memory(span);
    ahead(words);
    ahead(weights);
}

/// Fetches numbers.
#[inline(always)]
pub(super) fn ahead<T>(numbers: &[T]) {
    numbers.iter().step_by(LINE / size_of::<T>()).take(MOST_LINES).for_each(hint);
}

/// Tells the processor that memory is read soon; does nothing where that cannot be said.
#[inline(always)]
#[allow(unsafe_code)] // The only place in the program.
fn hint<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads and writes nothing that the program can see, and every x86-64 processor has it.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
