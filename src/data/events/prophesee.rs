//! Prophesee's `.dat` files: lines of text that begin with `%`, a type and a size, then events of eight bytes.
//!
//! An event is two 32-bit words, least significant byte first: the time in us; x in 14 bits, y in 14, the polarity in one.
//! A file without any line has neither type nor size.

use super::{Contents, Event, Format, Recording};

pub(super) const FORMAT: Format = Format {
    name: "Prophesee DAT",
    extension: "dat",
    usual_sensor: None,
    read: |bytes| read(bytes).map(Contents::Events),
};
const EVENT: u8 = 8;
/// Types of events that are changes of contrast: those of 2D events and of the later CD events.
const TYPES: [u8; 2] = [0x00, 0x0c];

/// Reads a recording; it takes at most twice the memory of its bytes, and a little.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    let (mut at, mut width, mut height) = (0, None, None);
    while bytes.get(at) == Some(&b'%') {
        let len = bytes[at..].iter().position(|byte| *byte == b'\n').ok_or("ends within its header")?;
        let line = String::from_utf8_lossy(&bytes[at..at + len]);
        let mut words = line.trim_start_matches('%').split_whitespace();
        match (words.next().map(str::to_ascii_lowercase).as_deref(), words.next()) {
            (Some("width"), Some(value)) => width = Some(side(value)?),
            (Some("height"), Some(value)) => height = Some(side(value)?),
            (Some("geometry"), Some(value)) => {
                let (w, h) =
                    value.split_once('x').ok_or_else(|| format!("geometry: found \"{value}\", expected 1280x720"))?;
                (width, height) = (Some(side(w)?), Some(side(h)?));
            }
            _ => {}
        }
        at += len + 1;
    }
    if at > 0 {
        let [kind, size] = *bytes[at..].first_chunk().ok_or("ends before the type and the size of its events")?;
        if !TYPES.contains(&kind) || size != EVENT {
            return Err(format!("events of type {kind} with {size} bytes; allowed: type 0 or 12 with {EVENT} bytes"));
        }
        at += 2;
    }
    let (events, rest) = bytes[at..].as_chunks::<{ EVENT as usize }>();
    if !rest.is_empty() {
        let found = bytes.len() - at;
        return Err(format!("{found} bytes of events, expected a multiple of {EVENT}: an event takes as many"));
    }
    let event = |[a, b, c, d, e, f, g, h]: &[u8; EVENT as usize]| {
        let word = u32::from_le_bytes([*e, *f, *g, *h]);
        let t_us = u32::from_le_bytes([*a, *b, *c, *d]).into();
        Event { t_us, x: (word & 0x3fff) as u16, y: (word >> 14 & 0x3fff) as u16, on: word >> 28 & 1 == 1 }
    };
    let sensor = width.zip(height).map(|(width, height)| [width, height]);
    Ok(Recording { sensor, events: events.iter().map(event).collect() })
}

fn side(text: &str) -> Result<u16, String> {
    let side = text.parse().ok().filter(|side| (1..=1 << 14).contains(side));
    side.ok_or_else(|| format!("a sensor of \"{text}\" pixels; allowed: 1 to 16384"))
}
