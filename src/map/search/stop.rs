//! A request to end a search with its best result so far.
//!
//! Searches run on the thread that asks for a mapping. The request is of that thread and of the work for which it was
//! made, so that whoever interrupts one mapping does not cut another one short. Without a request a search depends on
//! its arguments alone.

use crate::progress;
use std::cell::RefCell;
use std::rc::Rc;

type Request = Rc<dyn Fn() -> bool>;

thread_local! {
    static REQUEST: RefCell<Option<Request>> = const { RefCell::new(None) };
}

/// Moves between two polls.
const EVERY: u64 = 1 << 8;

/// Puts an earlier request back when work ends, in whatever way.
struct Earlier(Option<Request>);

impl Drop for Earlier {
    fn drop(&mut self) {
        REQUEST.replace(self.0.take());
    }
}

/// Does work whose searches for mappings, on this thread, end early once `is_asked`. All of it comes to its end.
pub fn heeding<T>(is_asked: impl Fn() -> bool + 'static, work: impl FnOnce() -> T) -> T {
    let _earlier = Earlier(REQUEST.replace(Some(Rc::new(is_asked))));
    progress::kept(work)
}

pub(in crate::map) fn is_asked() -> bool {
    progress::poll();
    // The function may make requests itself, so nothing is borrowed while it runs.
    let request = REQUEST.with_borrow(Option::clone);
    request.is_some_and(|is_asked| is_asked())
}

/// The same, polled once in some moves, which are counted from 0.
#[inline]
pub(in crate::map) fn is_asked_at(number: u64) -> bool {
    number.is_multiple_of(EVERY) && is_asked()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_of_its_thread_and_its_work() {
        assert!(!is_asked());
        heeding(
            || true,
            || {
                assert!(is_asked() && is_asked_at(0) && !is_asked_at(1));
                heeding(|| false, || assert!(!is_asked()));
                assert!(is_asked());
                assert!(!std::thread::spawn(is_asked).join().expect("it ends"));
            },
        );
        assert!(!is_asked());
        let failed = std::panic::catch_unwind(|| heeding(|| true, || panic!("as work may")));
        assert!(failed.is_err() && !is_asked());
    }
}
