//! The inner loops of filled segments, written so that the compiler makes vector instructions of them.
//!
//! They are inlined wherever they are called, so that each has a second copy for the wider vectors of newer
//! processors ([`Rows::add`](super::Rows::add)).

/// Adds a weight to each sum.
#[inline(always)]
pub(super) fn add_weights<W: Copy + Into<i32>>(weights: &[W], sums: &mut [i32]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += (*weight).into();
    }
}

/// Adds one weight to each sum whose bit is set.
#[inline(always)]
pub(super) fn add_where(bits: &[u32], weight: i32, sums: &mut [i32]) {
    for (sums, word) in sums.chunks_mut(u32::BITS as usize).zip(bits) {
        // Whole words have a loop of known length, which becomes straight code.
        match <&mut [i32; u32::BITS as usize]>::try_from(&mut *sums) {
            Ok(sums) => add_word(*word, weight, sums),
            Err(_) => add_word(*word, weight, sums),
        }
    }
}

#[inline(always)]
fn add_word(word: u32, weight: i32, sums: &mut [i32]) {
    for (i, sum) in sums.iter_mut().enumerate() {
        // All bits of the weight, or none: no branch.
        *sum += weight & ((word >> i & 1) as i32).wrapping_neg();
    }
}
