//! AEDAT 4 files of iniVation's DV (docs.inivation.com, "AEDAT 4.0"): a line of text, a header, then packets of several
//! streams, each a FlatBuffer that may be compressed.
//!
//! Read are the packets of events (`EVTS`); frames, IMU samples and triggers are passed over.

use super::flat::Table;
use super::{Contents, Event, Format, MAX_EVENTS, Recording};
use std::io::Read;

pub(super) const FORMAT: Format = Format {
    name: "AEDAT 4",
    extension: "aedat4",
    usual_sensor: None,
    read: |bytes| read(bytes).map(Contents::Events),
};
const MAGIC: &[u8] = b"#!AER-DAT4.0\r\n";
/// Bytes of an event in a packet: time (i64), x and y (i16), whether ON, and three that are unused.
const EVENT: usize = 16;
/// Most bytes that a packet unpacks to: DV writes some ten thousand events in one.
const MAX_PACKET: u64 = 64 << 20;

/// Reads the events of a recording.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("does not start with #!AER-DAT4.0")?;
    let (header, mut rest) = part(rest, 0).ok_or("ends within its header")?;
    let header = Table::root(header, b"IOHE").ok_or("its header is no IOHeader")?;
    let compression = header.i32(0).unwrap_or(0);
    let end = header.i64(1).filter(|end| *end >= 0);
    let info = header.text(2).unwrap_or_default();
    if let Some(end) = end {
        // The table of packets at the end is no packet.
        let begin = (bytes.len() - rest.len()) as u64;
        let len = (end as u64).checked_sub(begin).filter(|len| *len <= rest.len() as u64);
        let wrong = || format!("its table of packets is said to be at {end}, in a file of {} bytes", bytes.len());
        rest = &rest[..len.ok_or_else(wrong)? as usize];
    }
    let (mut events, mut stream) = (Vec::new(), None);
    for packet in 1u64.. {
        if rest.is_empty() {
            break;
        }
        let number = rest.first_chunk().map(|bytes| i32::from_le_bytes(*bytes));
        let (number, (payload, after)) =
            number.zip(part(rest, 4)).ok_or_else(|| format!("ends within packet {packet}"))?;
        rest = after;
        let wrong = |message: String| format!("packet {packet}: {message}");
        let unpacked = unpack(payload, compression).map_err(wrong)?;
        let Some((table, _)) = part(&unpacked, 0) else { return Err(wrong("ends within its table".into())) };
        let Some(table) = Table::root(table, b"EVTS") else { continue };
        if *stream.get_or_insert(number) != number {
            let first = stream.unwrap_or_default();
            return Err(format!("events of two cameras (streams {first} and {number}); export one"));
        }
        add(&table, &mut events).map_err(wrong)?;
    }
    Ok(Recording { sensor: sensor(info, stream), events })
}

/// A part that is as long as the number says that stands `at` bytes in, and what follows it.
fn part(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let len = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    bytes.get(at + 4..)?.split_at_checked(len)
}

fn unpack(payload: &[u8], compression: i32) -> Result<Vec<u8>, String> {
    let mut unpacked = Vec::new();
    let done = match compression {
        0 => return Ok(payload.to_vec()),
        1 | 2 => lz4_flex::frame::FrameDecoder::new(payload).take(MAX_PACKET + 1).read_to_end(&mut unpacked),
        3 | 4 => {
            let decoder = ruzstd::decoding::StreamingDecoder::new(payload);
            let decoder = decoder.map_err(|error| format!("is not Zstd: {error}"))?;
            decoder.take(MAX_PACKET + 1).read_to_end(&mut unpacked)
        }
        other => return Err(format!("compression {other}; allowed: 0 (none), 1 and 2 (LZ4), 3 and 4 (Zstd)")),
    };
    done.map_err(|error| format!("cannot be unpacked: {error}"))?;
    match unpacked.len() as u64 > MAX_PACKET {
        true => Err(format!("unpacks to more than {MAX_PACKET} bytes")),
        false => Ok(unpacked),
    }
}

/// Adds a packet's events.
fn add(table: &Table<'_>, events: &mut Vec<Event>) -> Result<(), String> {
    let elements = table.structs(0, EVENT).ok_or("its list of events is damaged")?;
    if events.len() + elements.len() / EVENT > MAX_EVENTS {
        return Err(format!("more than {MAX_EVENTS} events up to here; a recording has at most that"));
    }
    for element in elements.as_chunks::<EVENT>().0 {
        let [t0, t1, t2, t3, t4, t5, t6, t7, x0, x1, y0, y1, on, ..] = *element;
        let time = i64::from_le_bytes([t0, t1, t2, t3, t4, t5, t6, t7]);
        let [x, y] = [[x0, x1], [y0, y1]].map(i16::from_le_bytes);
        let event = u64::try_from(time).ok().zip(u16::try_from(x).ok()).zip(u16::try_from(y).ok());
        let ((t_us, x), y) = event.ok_or_else(|| format!("an event at time {time} us, ({x}, {y}); none is below 0"))?;
        events.push(Event { t_us, x, y, on: on != 0 });
    }
    Ok(())
}

/// The sensor's width and height from the header's XML: those of the node of the stream.
fn sensor(info: &str, stream: Option<i32>) -> Option<[u16; 2]> {
    let node = format!("<node name=\"{}\"", stream?);
    let node = &info[info.find(&node)?..];
    let side = |key: &str| {
        let after = &node[node.find(&format!("key=\"{key}\""))?..];
        let text = &after[after.find('>')? + 1..];
        text[..text.find('<')?].trim().parse().ok()
    };
    Some([side("sizeX")?, side("sizeY")?])
}
