//! N-MNIST's `.bin` files (G. Orchard et al., Front. Neurosci. 9:437, 2015), which N-Caltech101 uses too.
//!
//! Five bytes an event: x; y; polarity in the top bit, then 23 bits of time in us, most significant first. An event with
//! y = 240 is no event: the times from there on are 2^13 us later.

use super::{Contents, Event, EventFormat, Recording};

pub(super) const FORMAT: EventFormat = EventFormat {
    name: "N-MNIST",
    extensions: &["bin"],
    begins: &[],
    usual_sensor: Some([34, 34]),
    read: |bytes| read(bytes).map(Contents::Events),
};
const EVENT: usize = 5;
/// The y of an event that marks a wrapped clock, and what it adds.
const WRAP: u8 = 240;
const WRAP_US: u64 = 1 << 13;

/// Reads a recording; it takes at most three times the memory of its bytes, and a little more.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    let (events, rest) = bytes.as_chunks::<EVENT>();
    if !rest.is_empty() {
        return Err(format!("{} bytes, expected a multiple of {EVENT}: an event takes as many", bytes.len()));
    }
    let (mut wraps, mut all) = (0, Vec::with_capacity(events.len()));
    for [x, y, high, middle, low] in events {
        if *y == WRAP {
            wraps += WRAP_US;
            continue;
        }
        let time = u32::from_be_bytes([0, high & 0x7f, *middle, *low]);
        let t_us = u64::from(time) + wraps;
        all.push(Event { t_us, x: u16::from(*x), y: u16::from(*y), on: high & 0x80 != 0 });
    }
    Ok(Recording { sensor: None, events: all })
}
