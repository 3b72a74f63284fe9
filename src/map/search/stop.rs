//! A request to end a search with its best result so far.
//!
//! There is one request per process: only an interrupted command polls it, and its result says so. Without it a search
//! depends on its arguments alone.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static WISH: OnceLock<&AtomicBool> = OnceLock::new();
/// Moves between two polls.
const EVERY: u64 = 1 << 12;

/// Lets all searches of this process end early once a flag is set. Only the first flag counts.
pub fn heed(flag: &'static AtomicBool) {
    let _ = WISH.set(flag);
}

pub(in crate::map) fn is_asked() -> bool {
    WISH.get().is_some_and(|flag| flag.load(Ordering::Relaxed))
}

/// The same, polled once in some moves, which are counted from 0.
#[inline]
pub(in crate::map) fn is_asked_at(number: u64) -> bool {
    number.is_multiple_of(EVERY) && is_asked()
}
