//! Binning of events into spike trains: time is cut into windows, one a step. Several events of a pixel and polarity in
//! one window are one spike.

use super::Event;
use crate::net::architecture::Shape;
use crate::net::input::{SpikeTrains, set_spike};

/// Position of the windows in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// Begin of the first window (us).
    pub start_us: u64,
    /// Span from there to the end of the last window (us), above 0.
    pub span_us: u64,
    /// Number of windows.
    pub steps: u32,
}

impl Windows {
    /// Windows of `bin_us` each from the first event on, or of equal time from the first event to the last.
    pub fn of(events: &[Event], steps: u32, bin_us: Option<u64>) -> Self {
        let start_us = events.first().map_or(0, |event| event.t_us);
        let last = events.last().map_or(start_us, |event| event.t_us);
        let all = || last.saturating_sub(start_us).saturating_add(1);
        let span_us = bin_us.map_or_else(all, |bin| bin.saturating_mul(steps.into())).max(1);
        Self { start_us, span_us, steps }
    }

    /// Index of the window of a time, from 0; `None` outside all windows.
    fn step(&self, t_us: u64) -> Option<usize> {
        let after = t_us.checked_sub(self.start_us).filter(|after| *after < self.span_us)?;
        Some((u128::from(after) * u128::from(self.steps) / u128::from(self.span_us)) as usize)
    }
}

/// Event counts by outcome of the binning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Binned {
    /// All events.
    pub events: u64,
    /// Events that shared a pixel, a polarity and a window with an earlier one.
    pub merged: u64,
    /// Events outside all windows.
    pub outside: u64,
    /// Recordings that had to be sorted by time.
    pub sorted: u64,
    /// Largest delay of a late event in those (us).
    pub late_us: u64,
    /// Recordings without any event.
    pub empty: u64,
}

impl Binned {
    /// Adds the counts of other recordings.
    pub fn merge(&mut self, other: Self) {
        self.events += other.events;
        self.merged += other.merged;
        self.outside += other.outside;
        self.sorted += other.sorted;
        self.late_us = self.late_us.max(other.late_us);
        self.empty += other.empty;
    }

    /// Sets the spikes of events in an all-zero sample of two channels; events are within the shape.
    pub(in crate::data) fn fill(events: &[Event], shape: Shape, windows: Windows, bits: &mut [u8]) -> Self {
        let inputs = shape.neurons() as usize;
        debug_assert_eq!(bits.len(), SpikeTrains::bytes(inputs, windows.steps as usize));
        let (height, width) = (shape.height as usize, shape.width as usize);
        let mut binned = Self { events: events.len() as u64, ..Self::default() };
        for event in events {
            let Some(step) = windows.step(event.t_us) else {
                binned.outside += 1;
                continue;
            };
            let input = (usize::from(event.on) * height + usize::from(event.y)) * width + usize::from(event.x);
            binned.merged += u64::from(!set_spike(bits, inputs, step, input));
        }
        binned
    }
}
