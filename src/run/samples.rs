//! Samples of a batch that have not begun, and what is kept of each.

use super::RunError;
use super::traced::closed;
use crate::trace::{Inlet, Opener, WantedRecords};
use std::sync::Arc;

/// What each inference keeps beside its figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptValues {
    /// Spike counts of its neurons and membranes of its outputs.
    pub neurons: bool,
    /// Spike counts and membranes of its outputs.
    pub outputs: bool,
}

/// Parts of inferences that are kept beside their figures.
#[derive(Clone, Copy)]
pub(super) struct Keep<'a> {
    /// Records of a sample that is traced.
    pub(super) wanted: &'a Arc<WantedRecords>,
    pub(super) kept: KeptValues,
}

/// Samples that have not begun. They begin in order, and so are traced in order.
pub(super) struct SampleQueue {
    next: usize,
    count: usize,
    /// Opens the ways of samples that are traced; `None` when there are no more.
    opener: Option<Opener>,
    traced: usize,
}

impl SampleQueue {
    /// Samples of a number, of which the first are traced.
    pub(super) fn new(count: usize, (opener, traced): (Option<Opener>, usize)) -> Self {
        Self { next: 0, count, opener, traced }
    }

    /// The next sample, and the way of its trace if it has one; `None` where there is none, or it is given up.
    pub(super) fn take(&mut self, given_up: impl Fn() -> bool) -> Result<Option<(usize, Option<Inlet>)>, RunError> {
        if self.next == self.count {
            return Ok(None);
        }
        if self.next >= self.traced {
            self.opener = None;
        }
        let inlet = match &self.opener {
            Some(opener) => match opener.next(given_up).map_err(|_| closed())? {
                Some(inlet) => Some(inlet),
                None => return Ok(None),
            },
            None => None,
        };
        self.next += 1;
        Ok(Some((self.next - 1, inlet)))
    }
}
