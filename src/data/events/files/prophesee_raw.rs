//! Prophesee's `.raw` files of the encodings EVT 2.0 and EVT 3.0 (docs.prophesee.ai, "Data encoding formats"): lines of text
//! that begin with `%`, then words, least significant byte first.
//!
//! EVT 2.0 has words of 32 bits, of which the highest four say what they are: an event with the lowest 6 bits of its time, x
//! and y of 11 bits each, or the 28 bits of time above. EVT 3.0 has words of 16 bits, of which each sets a part of what
//! comes after it: the row, the time in two halves of 12 bits, a column with one event, or a column from which on 12
//! or 8 bits are an event each. The time of EVT 3.0 wraps after 2^24 us, and that of EVT 2.0 after 2^34 us, which is
//! followed. Triggers and words of makers are skipped.

use super::{Contents, Event, EventFormat, MAX_EVENTS, Recording};

pub(super) const FORMAT: EventFormat = EventFormat {
    name: "Prophesee RAW",
    extensions: &["raw", "evt", "evt2", "evt3"],
    begins: &[b"% evt ", b"% format EVT"],
    usual_sensor: None,
    read: |bytes| read(bytes).map(Contents::Events),
};

/// What the lines of a header say.
#[derive(Default)]
struct Header {
    encoding: Option<String>,
    width: Option<u16>,
    height: Option<u16>,
}

/// Reads a recording; it takes at most some hundred times the memory of its bytes, up to the limit of events.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    let (header, at) = header(bytes)?;
    let sensor = header.width.zip(header.height).map(|(width, height)| [width, height]);
    let events = match header.encoding.as_deref() {
        Some("2" | "2.0") => evt2(&bytes[at..])?,
        Some("3" | "3.0") => evt3(&bytes[at..])?,
        Some(other) => return Err(format!("encoding EVT {other}; allowed: 2.0 and 3.0")),
        None => return Err("its header does not say how it is encoded, as in \"% evt 3.0\"".into()),
    };
    Ok(Recording { sensor, events })
}

fn header(bytes: &[u8]) -> Result<(Header, usize), String> {
    let (mut header, mut at) = (Header::default(), 0);
    while bytes.get(at) == Some(&b'%') {
        let len = bytes[at..].iter().position(|byte| *byte == b'\n').ok_or("ends within its header")?;
        let line = String::from_utf8_lossy(&bytes[at..at + len]);
        let line = line.trim_start_matches('%').trim();
        at += len + 1;
        let (key, value) = line.split_once(' ').unwrap_or((line, ""));
        match key.to_ascii_lowercase().as_str() {
            "end" => break,
            "evt" => header.encoding = Some(value.trim().to_owned()),
            "geometry" => {
                let (width, height) =
                    value.split_once('x').ok_or_else(|| format!("geometry: found \"{value}\", expected 1280x720"))?;
                (header.width, header.height) = (Some(side(width)?), Some(side(height)?));
            }
            "format" => format(value, &mut header)?,
            _ => {}
        }
    }
    Ok((header, at))
}

/// The line of a format: `EVT3;height=720;width=1280`.
fn format(value: &str, header: &mut Header) -> Result<(), String> {
    for part in value.split(';') {
        match part.split_once('=') {
            Some(("width", value)) => header.width = Some(side(value)?),
            Some(("height", value)) => header.height = Some(side(value)?),
            Some(_) => {}
            None => header.encoding = part.trim().strip_prefix("EVT").map(str::to_owned).or(header.encoding.take()),
        }
    }
    Ok(())
}

fn side(text: &str) -> Result<u16, String> {
    let side = text.trim().parse().ok().filter(|side| (1..=1 << 11).contains(side));
    side.ok_or_else(|| format!("a sensor of \"{text}\" pixels; allowed: 1 to 2048"))
}

/// Time whose upper part comes by itself, in a number of bits that wraps.
struct WordClock {
    bits: u32,
    high: u64,
    wraps: u64,
}

impl WordClock {
    /// Takes the upper part: one much below the last has wrapped; one a little below is a word out of order.
    fn set(&mut self, high: u64) {
        let half = 1 << (self.bits - 1);
        if high < self.high && self.high - high > half {
            self.wraps += 1;
        }
        self.high = high;
    }

    fn high(&self) -> u64 {
        (self.wraps << self.bits) + self.high
    }
}

fn add(events: &mut Vec<Event>, event: Event) -> Result<(), String> {
    if events.len() == MAX_EVENTS {
        return Err(format!("more than {MAX_EVENTS} events; a recording has at most that"));
    }
    events.push(event);
    Ok(())
}

fn whole(rest: &[u8], word: usize, found: usize) -> Result<(), String> {
    let message = || format!("{found} bytes after the header, expected a multiple of {word}: a word takes as many");
    if rest.is_empty() { Ok(()) } else { Err(message()) }
}

fn evt2(bytes: &[u8]) -> Result<Vec<Event>, String> {
    let (words, rest) = bytes.as_chunks::<4>();
    whole(rest, 4, bytes.len())?;
    let (mut events, mut clock) = (Vec::new(), WordClock { bits: 28, high: 0, wraps: 0 });
    for (index, word) in words.iter().enumerate() {
        let word = u32::from_le_bytes(*word);
        match word >> 28 {
            kind @ (0 | 1) => {
                let t_us = (clock.high() << 6) + u64::from(word >> 22 & 0x3f);
                let [x, y] = [word >> 11, word].map(|side| (side & 0x7ff) as u16);
                add(&mut events, Event { t_us, x, y, on: kind == 1 })?;
            }
            8 => clock.set(u64::from(word & 0x0fff_ffff)),
            // Triggers, and words of makers.
            10 | 14 | 15 => {}
            other => return Err(format!("word {index} is of type {other}, which EVT 2.0 does not have")),
        }
    }
    Ok(events)
}

fn evt3(bytes: &[u8]) -> Result<Vec<Event>, String> {
    let (words, rest) = bytes.as_chunks::<2>();
    whole(rest, 2, bytes.len())?;
    let (mut events, mut clock, mut low) = (Vec::new(), WordClock { bits: 12, high: 0, wraps: 0 }, 0);
    let (mut y, mut x, mut on) = (0, 0u16, false);
    for (index, word) in words.iter().enumerate() {
        let word = u16::from_le_bytes(*word);
        let (value, t_us) = (word & 0x7ff, (clock.high() << 12) + low);
        match word >> 12 {
            0 => y = value,
            2 => add(&mut events, Event { t_us, x: value, y, on: word >> 11 & 1 == 1 })?,
            3 => (x, on) = (value, word >> 11 & 1 == 1),
            kind @ (4 | 5) => {
                let columns = if kind == 4 { 12 } else { 8 };
                for column in (0..columns).filter(|column| word >> column & 1 == 1) {
                    add(&mut events, Event { t_us, x: x.saturating_add(column), y, on })?;
                }
                x = x.saturating_add(columns);
            }
            6 => low = u64::from(word & 0xfff),
            8 => {
                clock.set(u64::from(word & 0xfff));
                low = 0;
            }
            // Triggers, and words of makers.
            7 | 10 | 14 | 15 => {}
            other => return Err(format!("word {index} is of type {other}, which EVT 3.0 does not have")),
        }
    }
    Ok(events)
}
