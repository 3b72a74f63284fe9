//! Prophesee's `.dat` files: lines of text that begin with `%`, a type and a size, then events of eight bytes.
//!
//! An event is two 32-bit words, least significant byte first: the time in us; x in 14 bits, y in 14, the polarity in one.
//! A file without any line has neither type nor size: old files are events from the first byte on, which may be a `%`
//! by chance. Lines are text; what is not text, or is no valid header but valid events, is such a file.

use super::{Contents, Event, EventFormat, Recording};

pub(super) const FORMAT: EventFormat = EventFormat {
    name: "Prophesee DAT",
    extensions: &["dat"],
    begins: &[],
    usual_sensor: None,
    read: |bytes| read(bytes).map(Contents::Events),
};
const EVENT: u8 = 8;
/// Event types of contrast changes: those of 2D events and of the later CD events.
const TYPES: [u8; 2] = [0x00, 0x0c];
const MAX_LINE: usize = 4096;

/// Reads a recording; it takes at most twice the memory of its bytes, and a little more.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    if !begins_with_text(bytes) {
        return Ok(Recording { sensor: None, events: events(bytes)? });
    }
    let with_header = header(bytes).and_then(|(at, sensor)| Ok(Recording { sensor, events: events(&bytes[at..])? }));
    if with_header.is_err() && is_plain(bytes) {
        return Ok(Recording { sensor: None, events: events(bytes)? });
    }
    with_header
}

/// Whether the file starts with a line of text that begins with `%`.
fn begins_with_text(bytes: &[u8]) -> bool {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_text = |line: &str| line.chars().all(|c| !c.is_control() || c == '\t' || c == '\r');
    line.first() == Some(&b'%') && line.len() <= MAX_LINE && std::str::from_utf8(line).is_ok_and(is_text)
}

/// Whether the bytes can be events without a header: times do not decrease, and unused bits are 0.
fn is_plain(bytes: &[u8]) -> bool {
    let (events, rest) = bytes.as_chunks::<{ EVENT as usize }>();
    let times = || events.iter().map(|[a, b, c, d, ..]| u32::from_le_bytes([*a, *b, *c, *d]));
    rest.is_empty() && times().is_sorted() && events.iter().all(|event| event[7] >> 5 == 0)
}

/// Offset of the events, and the size of the sensor if the header has it.
fn header(bytes: &[u8]) -> Result<(usize, Option<[u16; 2]>), String> {
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
    let [kind, size] = *bytes[at..].first_chunk().ok_or("ends before the type and the size of its events")?;
    if !TYPES.contains(&kind) || size != EVENT {
        return Err(format!("events of type {kind} with {size} bytes; allowed: type 0 or 12 with {EVENT} bytes"));
    }
    Ok((at + 2, width.zip(height).map(|(width, height)| [width, height])))
}

fn events(bytes: &[u8]) -> Result<Vec<Event>, String> {
    let (events, rest) = bytes.as_chunks::<{ EVENT as usize }>();
    if !rest.is_empty() {
        let found = bytes.len();
        return Err(format!("{found} bytes of events, expected a multiple of {EVENT}: an event takes as many"));
    }
    let event = |[a, b, c, d, e, f, g, h]: &[u8; EVENT as usize]| {
        let word = u32::from_le_bytes([*e, *f, *g, *h]);
        let t_us = u32::from_le_bytes([*a, *b, *c, *d]).into();
        Event { t_us, x: (word & 0x3fff) as u16, y: (word >> 14 & 0x3fff) as u16, on: word >> 28 & 1 == 1 }
    };
    Ok(events.iter().map(event).collect())
}

fn side(text: &str) -> Result<u16, String> {
    let side = text.parse().ok().filter(|side| (1..=1 << 14).contains(side));
    side.ok_or_else(|| format!("a sensor of \"{text}\" pixels; allowed: 1 to 16384"))
}
