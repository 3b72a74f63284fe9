//! AEDAT 2.0 and 3.1 files of jAER and cAER (inivation.github.io, "AEDAT file formats"): lines of text that begin with `#`,
//! then events.
//!
//! An event of AEDAT 2.0 is an address and a time in us, both of 32 bits, most significant byte first. What the address means
//! depends on the camera: DVS128 has the polarity in bit 0 (0 is ON), x in bits 1 to 7 and y in bits 8 to 14; the DAVIS
//! cameras have bit 31 for other kinds of data, y in bits 22 to 30, x in bits 12 to 21 and ON in bit 11. Columns of both
//! count from the right, rows from the bottom.
//!
//! AEDAT 3.1 has packets, least significant byte first: a header of 28 bytes, then as many events as it says. Events of polarity
//! (type 1) have a word with y in bits 2 to 16, x in bits 17 to 31, ON in bit 1 and whether they are valid in bit 0,
//! then the lower 31 bits of the time, whose upper bits are in the packet's header. Packets of other types are skipped.

use super::{Contents, Event, EventFormat, MAX_EVENTS, Recording};

pub(super) const AEDAT2: EventFormat = EventFormat {
    name: "AEDAT 2",
    extensions: &["aedat", "aedat2"],
    begins: &[b"#!AER-DAT2"],
    usual_sensor: None,
    read: |bytes| read2(bytes).map(Contents::Events),
};
pub(super) const AEDAT3: EventFormat = EventFormat {
    name: "AEDAT 3",
    extensions: &["aedat3"],
    begins: &[b"#!AER-DAT3"],
    usual_sensor: None,
    read: |bytes| read3(bytes).map(Contents::Events),
};
/// The end of the header of AEDAT 3.
const END: &str = "#!END-HEADER";
/// Bytes of an event of either, and of a packet's header.
const EVENT: usize = 8;
const PACKET: usize = 28;
/// The type of packets of polarity events.
const POLARITY: u16 = 1;

/// A camera: a word by which headers name it, and the width and height of its sensor.
struct EventCamera {
    word: &'static str,
    sensor: [u16; 2],
    is_davis: bool,
}

const CAMERAS: &[EventCamera] = &[
    EventCamera { word: "dvs128", sensor: [128, 128], is_davis: false },
    EventCamera { word: "davis128", sensor: [128, 128], is_davis: true },
    EventCamera { word: "davis208", sensor: [208, 192], is_davis: true },
    EventCamera { word: "davis240", sensor: [240, 180], is_davis: true },
    EventCamera { word: "davis346", sensor: [346, 260], is_davis: true },
    EventCamera { word: "davis640", sensor: [640, 480], is_davis: true },
];

/// The camera that a header names.
fn camera(header: &str) -> Option<&'static EventCamera> {
    let header = header.to_ascii_lowercase();
    CAMERAS.iter().find(|camera| header.contains(camera.word))
}

/// The lines of a header, as far as they are text, and the offset of what follows; with `end` up to that line.
fn header(bytes: &[u8], end: Option<&str>) -> Result<(String, usize), String> {
    let (mut text, mut at) = (String::new(), 0);
    while bytes.get(at) == Some(&b'#') {
        let len = bytes[at..].iter().position(|byte| *byte == b'\n').ok_or("ends within its header")?;
        let line = &bytes[at..at + len];
        // An event may begin with the byte of a #.
        let is_text = |byte: &u8| !byte.is_ascii_control() || matches!(byte, b'\t' | b'\r');
        if !line.iter().all(is_text) {
            break;
        }
        at += len + 1;
        let line = String::from_utf8_lossy(line);
        text.push_str(&line);
        text.push('\n');
        if end.is_some_and(|end| line.starts_with(end)) {
            return Ok((text, at));
        }
    }
    match end {
        None => Ok((text, at)),
        Some(end) => Err(format!("its header has no line {end}")),
    }
}

/// Reads AEDAT 2.0; it takes at most three times the memory of its bytes, and a little more.
pub fn read2(bytes: &[u8]) -> Result<Recording, String> {
    if !bytes.starts_with(b"#!AER-DAT2") {
        return Err("does not start with #!AER-DAT2.0".into());
    }
    let (text, at) = header(bytes, None)?;
    // jAER writes no camera's name in older files, which are of the DVS128.
    let camera = camera(&text).unwrap_or(&CAMERAS[0]);
    let (words, rest) = bytes[at..].as_chunks::<EVENT>();
    if !rest.is_empty() {
        let found = bytes.len() - at;
        return Err(format!("{found} bytes of events, expected a multiple of {EVENT}: an event takes as many"));
    }
    let mut events = Vec::with_capacity(words.len().min(MAX_EVENTS));
    for (index, [a, b, c, d, e, f, g, h]) in words.iter().enumerate() {
        let (address, time) = (u32::from_be_bytes([*a, *b, *c, *d]), i32::from_be_bytes([*e, *f, *g, *h]));
        let Some((column, row, on)) = place(camera, address) else { continue };
        let [width, height] = camera.sensor;
        let (Some(x), Some(y)) = ((width - 1).checked_sub(column), (height - 1).checked_sub(row)) else {
            return Err(format!(
                "event {index} is at ({column}, {row}), outside the sensor of {width} x {height} pixels"
            ));
        };
        let t_us = u64::try_from(time).map_err(|_| format!("event {index} is at {time} us; none is below 0"))?;
        if events.len() == MAX_EVENTS {
            return Err(format!("more than {MAX_EVENTS} events; a recording has at most that"));
        }
        events.push(Event { t_us, x, y, on });
    }
    Ok(Recording { sensor: Some(camera.sensor), events })
}

/// Column, row and polarity of an address; `None` if it is of no brightness change.
fn place(camera: &EventCamera, address: u32) -> Option<(u16, u16, bool)> {
    let bits = |from: u32, count: u32| (address >> from & ((1 << count) - 1)) as u16;
    match camera.is_davis {
        // Frames and motion have the highest bit, signals from outside bit 10.
        true => (bits(31, 1) == 0 && bits(10, 1) == 0).then(|| (bits(12, 10), bits(22, 9), bits(11, 1) == 1)),
        false => (bits(15, 1) == 0).then(|| (bits(1, 7), bits(8, 7), bits(0, 1) == 0)),
    }
}

/// Reads AEDAT 3.1; it takes at most three times the memory of its bytes, and a little more.
pub fn read3(bytes: &[u8]) -> Result<Recording, String> {
    if !bytes.starts_with(b"#!AER-DAT3") {
        return Err("does not start with #!AER-DAT3".into());
    }
    let (text, at) = header(bytes, Some(END))?;
    let sensor = camera(&text).map(|camera| camera.sensor);
    let (mut events, mut rest, mut source) = (Vec::new(), &bytes[at..], None);
    for packet in 1u64.. {
        if rest.is_empty() {
            break;
        }
        let wrong = |message: String| format!("packet {packet}: {message}");
        let head: &[u8; PACKET] = rest.first_chunk().ok_or_else(|| wrong("ends within its header".into()))?;
        let [kind, from] = [0, 2].map(|at| u16::from_le_bytes([head[at], head[at + 1]]));
        let [size, offset, overflow, capacity, count] =
            [4, 8, 12, 16, 20].map(|at| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
        let bytes = u64::from(size) * u64::from(count);
        let (body, after) = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| rest[PACKET..].split_at_checked(bytes))
            .ok_or_else(|| wrong(format!("{count} events of {size} bytes do not fit the file")))?;
        rest = after;
        if kind != POLARITY {
            continue;
        }
        if size as usize != EVENT || offset != 4 || count > capacity {
            return Err(wrong(format!(
                "{count} of {capacity} events of {size} bytes with the time at {offset}; expected 8 and 4"
            )));
        }
        if *source.get_or_insert(from) != from {
            return Err(format!(
                "events of two cameras (sources {} and {from}); export one",
                source.unwrap_or_default()
            ));
        }
        for event in body.as_chunks::<EVENT>().0 {
            add3(event, overflow, &mut events).map_err(wrong)?;
        }
    }
    Ok(Recording { sensor, events })
}

fn add3([a, b, c, d, e, f, g, h]: &[u8; EVENT], overflow: u32, events: &mut Vec<Event>) -> Result<(), String> {
    let (word, time) = (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes([*e, *f, *g, *h]));
    if word & 1 == 0 {
        return Ok(());
    }
    if events.len() == MAX_EVENTS {
        return Err(format!("more than {MAX_EVENTS} events up to here; a recording has at most that"));
    }
    if time >> 31 != 0 || overflow >> 31 != 0 {
        return Err(format!(
            "an event at time {} us after {} overflows; none is below 0",
            time as i32, overflow as i32
        ));
    }
    let [x, y] = [word >> 17, word >> 2].map(|side| (side & 0x7fff) as u16);
    events.push(Event { t_us: (u64::from(overflow) << 31) + u64::from(time), x, y, on: word >> 1 & 1 == 1 });
    Ok(())
}
