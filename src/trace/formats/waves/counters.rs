//! Counts as buses: how many of something there were in the time step, or how many there are at the moment.
//!
//! A change is written once for a tick, with the value at its end. Where a step begins in a tick that still counts for the
//! one before, both values are written, so that the largest value of a step is always what the step had.

use super::{NONE, VarShape, Wave, WaveOut};
use crate::trace::TraceError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasts {
    /// It counts what happens in a time step, and begins at zero in the next.
    Step,
    /// It is what is there: what comes adds to it, and what leaves is taken away.
    Moment,
}

#[derive(Clone, Copy, Debug)]
struct Counter {
    var: u32,
    lasts: Lasts,
    /// Whether it changed in this tick, and whether it is in the list of those that are not zero.
    changed: bool,
    listed: bool,
    value: u32,
    /// The value in the file.
    written: u32,
    /// The time step that it counts for, among all of all samples.
    step: u64,
    /// All that it ever counted.
    total: u64,
}

/// All counters, by number.
#[derive(Debug, Default)]
pub(super) struct Counters {
    all: Vec<Counter>,
    /// Those that changed in this tick.
    changed: Vec<u32>,
    /// Those that may be other than zero.
    used: Vec<u32>,
}

impl Counters {
    /// The number of a new counter, which a variable shows.
    pub(super) fn add(&mut self, var: u32, lasts: Lasts) -> u32 {
        let counter = Counter { var, lasts, changed: false, listed: false, value: 0, written: 0, step: 0, total: 0 };
        self.all.push(counter);
        (self.all.len() - 1) as u32
    }

    /// The variable of a counter, and all that it counted.
    pub(super) fn total(&self, counter: u32) -> (u32, u64) {
        self.all.get(counter as usize).map_or((NONE, 0), |counter| (counter.var, counter.total))
    }

    /// Counts one more, which belongs to a time step.
    #[inline]
    pub(super) fn more<W: Wave>(&mut self, counter: u32, step: u64, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        let Some(found) = self.all.get(counter as usize) else { return Ok(()) };
        if found.lasts == Lasts::Step && found.step < step {
            self.zero(counter, out)?;
        }
        let found = &mut self.all[counter as usize];
        (found.value, found.total, found.step) = (found.value + 1, found.total + 1, found.step.max(step));
        self.change(counter);
        Ok(())
    }

    /// One is there no more.
    #[inline]
    pub(super) fn less(&mut self, counter: u32) {
        if let Some(found) = self.all.get_mut(counter as usize) {
            found.value = found.value.saturating_sub(1);
            self.change(counter);
        }
    }

    #[inline]
    fn change(&mut self, counter: u32) {
        let found = &mut self.all[counter as usize];
        if !std::mem::replace(&mut found.changed, true) {
            self.changed.push(counter);
        }
        if !std::mem::replace(&mut found.listed, true) {
            self.used.push(counter);
        }
    }

    /// Sets a counter to zero, at once; its value before that is written if it is not yet.
    fn zero<W: Wave>(&mut self, counter: u32, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        self.all[counter as usize].write(out)?;
        self.all[counter as usize].value = 0;
        self.all[counter as usize].write(out)
    }

    /// Sets those that count a step before this one to zero.
    pub(super) fn begin_step<W: Wave>(&mut self, step: u64, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        self.zero_those(out, |counter| counter.lasts == Lasts::Step && counter.step < step)
    }

    /// Sets all that show what is there to zero: a sample ended, and what is under way is dropped.
    pub(super) fn drop_all<W: Wave>(&mut self, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        self.zero_those(out, |counter| counter.lasts == Lasts::Moment)
    }

    fn zero_those<W: Wave>(
        &mut self,
        out: &mut WaveOut<W>,
        which: impl Fn(&Counter) -> bool,
    ) -> Result<(), TraceError> {
        let mut used = std::mem::take(&mut self.used);
        let mut kept = 0;
        for at in 0..used.len() {
            let counter = used[at];
            if which(&self.all[counter as usize]) {
                self.zero(counter, out)?;
            }
            let found = &mut self.all[counter as usize];
            found.listed = found.value > 0;
            if found.listed {
                used[kept] = counter;
                kept += 1;
            }
        }
        used.truncate(kept);
        self.used = used;
        Ok(())
    }

    /// Writes what changed in this tick.
    #[inline]
    pub(super) fn write<W: Wave>(&mut self, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        while let Some(counter) = self.changed.pop() {
            let found = &mut self.all[counter as usize];
            found.changed = false;
            found.write(out)?;
        }
        Ok(())
    }
}

impl Counter {
    fn write<W: Wave>(&mut self, out: &mut WaveOut<W>) -> Result<(), TraceError> {
        if self.value == self.written {
            return Ok(());
        }
        self.written = self.value;
        out.number(self.var, VarShape::Integer, self.value.into())
    }
}
