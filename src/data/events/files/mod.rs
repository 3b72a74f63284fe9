//! Files of events: formats of recordings, and folders of one file a sample.
//!
//! Readers accept any bytes: damage is an error. Adding a format: one file, and one line in [`FORMATS`].

pub mod aedat;
pub mod aedat4;
mod flat;
mod folder;
#[cfg(test)]
mod folder_tests;
pub mod nmnist;
pub mod npy;
mod order;
pub mod prophesee;
pub mod prophesee_raw;
#[cfg(test)]
mod tests;

pub(super) use folder::load;
pub use order::Late;

use super::{Binned, Event, Windows};
use crate::data::Binning;
use crate::data::listing::SampleFormat;
use crate::net::architecture::Shape;

/// Most events of a recording.
pub const MAX_EVENTS: usize = 1 << 26;

/// Contents of a file of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Width and height of the sensor, where the file says so.
    pub sensor: Option<[u16; 2]>,
    /// The events, in the order of the file.
    pub events: Vec<Event>,
}

impl Recording {
    /// Checks that all events are on the sensor.
    pub fn check(&self, [width, height]: [u16; 2]) -> Result<(), String> {
        let outside = |(_, event): &(usize, &Event)| event.x >= width || event.y >= height;
        self.events.iter().enumerate().find(outside).map_or(Ok(()), |(index, Event { x, y, .. })| {
            Err(format!("event {index} is at ({x}, {y}), outside the sensor of {width} x {height} pixels"))
        })
    }

    /// Sets the spikes of its events, sorted by time, in an all-zero sample of two channels. They are on the sensor.
    pub(in crate::data) fn bin(mut self, shape: Shape, reading: Binning, bits: &mut [u8]) -> Result<Binned, String> {
        let late = self.sort()?;
        let (sorted, late_us) = late.map_or((0, 0), |late| (1, late.most_us));
        let windows = Windows::of(&self.events, reading.steps, reading.bin_us);
        let empty = u64::from(self.events.is_empty());
        Ok(Binned { sorted, late_us, empty, ..Binned::fill(&self.events, shape, windows, bits) })
    }

    /// Sorts events by time; reports late ones, or why no order can be determined: a clock that wrapped.
    pub fn sort(&mut self) -> Result<Option<Late>, String> {
        order::sort(&mut self.events)
    }
}

/// Spikes that are already cut into steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trains {
    /// Shape of a step.
    pub shape: Shape,
    /// Number of steps.
    pub steps: u64,
    /// 0 or 1 by step and neuron.
    pub spikes: Vec<u8>,
}

/// Contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contents {
    /// Events.
    Events(Recording),
    /// Spike trains.
    Trains(Trains),
}

/// A format of files with one sample each.
#[derive(Clone, Copy, Debug)]
pub struct EventFormat {
    /// The name.
    pub name: &'static str,
    /// Extensions of its files.
    pub extensions: &'static [&'static str],
    /// First bytes of its files, where they are its own.
    pub begins: &'static [&'static [u8]],
    /// Width and height of the usual sensor, for files that do not give them.
    pub usual_sensor: Option<[u16; 2]>,
    /// Reads the bytes of a file.
    pub read: fn(&[u8]) -> Result<Contents, String>,
}

impl SampleFormat for EventFormat {
    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn begins(&self) -> &'static [&'static [u8]] {
        self.begins
    }
}

/// All formats.
pub const FORMATS: &[EventFormat] = &[
    nmnist::FORMAT,
    aedat4::FORMAT,
    aedat::AEDAT2,
    aedat::AEDAT3,
    prophesee::FORMAT,
    prophesee_raw::FORMAT,
    npy::FORMAT,
];
