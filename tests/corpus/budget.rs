//! What a piece of work spends: processor time of the program, and memory that all its threads hold.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts bytes that are held, and the most there ever were.
struct Counting;

static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: the caller keeps the promises of this very function.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: likewise; the block comes from the system's allocator.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// What work has spent.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spent {
    /// Processor time (s).
    pub seconds: f64,
    /// Memory beyond what was held before (bytes).
    pub bytes: usize,
}

/// Does some work; gives its result and what it has spent.
pub fn spent<R>(work: impl FnOnce() -> R) -> (R, Spent) {
    let (before, start) = (HELD.load(Ordering::Relaxed), cpu_time::ProcessTime::now());
    MOST.store(before, Ordering::Relaxed);
    let result = work();
    let bytes = MOST.load(Ordering::Relaxed).saturating_sub(before);
    (result, Spent { seconds: start.elapsed().as_secs_f64(), bytes })
}
