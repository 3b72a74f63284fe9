//! AEDAT 4 files of iniVation's DV (docs.inivation.com, "AEDAT 4.0"): a line of text, a header, then packets of several
//! streams, each a FlatBuffer that may be compressed.
//!
//! Only the packets of events (`EVTS`) are read; frames, IMU samples and triggers are skipped, and unpacked only as far
//! as needed to identify them.

use super::flat::FlatTable;
use super::{Contents, Event, EventFormat, MAX_EVENTS, Recording};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use std::io::Read;

pub(super) const FORMAT: EventFormat = EventFormat {
    name: "AEDAT 4",
    extensions: &["aedat4"],
    begins: &[b"#!AER-DAT4"],
    usual_sensor: None,
    read: |bytes| read(bytes).map(Contents::Events),
};
const EVENTS: &[u8; 4] = b"EVTS";
const MAGIC: &[u8] = b"#!AER-DAT4.0\r\n";
/// Bytes of an event in a packet: time (i64), x and y (i16), polarity, and three unused ones.
const EVENT: usize = 16;
/// Most bytes that a packet unpacks to: DV writes some ten thousand events in one.
const MAX_PACKET: u64 = 64 << 20;
/// Bytes that a file may unpack to: a base, and more for each of its own bytes, as far as events fit. Recordings unpack to
/// some three to ten times their bytes.
const UNPACKED: u64 = 64 << 20;
const EXPANSION: u64 = 64;
/// Least size that a packet counts as: setting up the decoder takes time too.
const LEAST: u64 = 512;
/// Most bytes of a block of Zstd.
const MAX_BLOCK: usize = 128 << 10;
/// Bytes that identify a packet: the length and position of its table, and its kind.
const KNOWN: usize = 12;

/// Reads the events of a recording.
pub fn read(bytes: &[u8]) -> Result<Recording, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("does not start with #!AER-DAT4.0")?;
    let (header, mut rest) = part(rest, 0).ok_or("ends within its header")?;
    let header = FlatTable::root(header, b"IOHE").ok_or("its header is no IOHeader")?;
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
    let most = UNPACKED.saturating_add(EXPANSION.saturating_mul(bytes.len() as u64));
    let mut unpacker =
        Unpacker { compression, decoder: FrameDecoder::new(), room: most.min((MAX_EVENTS * EVENT) as u64 + UNPACKED) };
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
        let Some(unpacked) = unpacker.events(payload).map_err(wrong)? else { continue };
        let Some((table, _)) = part(&unpacked, 0) else { return Err(wrong("ends within its table".into())) };
        let table = FlatTable::root(table, EVENTS).ok_or_else(|| wrong("ends within its table".into()))?;
        if *stream.get_or_insert(number) != number {
            let first = stream.unwrap_or_default();
            return Err(format!("events of two cameras (streams {first} and {number}); export one"));
        }
        add(&table, &mut events).map_err(wrong)?;
    }
    Ok(Recording { sensor: sensor(info, stream), events })
}

/// The part at byte `at` that is as long as its number says, and the rest after it.
fn part(bytes: &[u8], at: usize) -> Option<(&[u8], &[u8])> {
    let len = u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize;
    bytes.get(at + 4..)?.split_at_checked(len)
}

/// Unpacks packets up to the limit of a file.
struct Unpacker {
    compression: i32,
    decoder: FrameDecoder,
    /// Bytes that may still be unpacked.
    room: u64,
}

impl Unpacker {
    /// The bytes of a packet of events; `None` for a packet of another kind.
    fn events(&mut self, payload: &[u8]) -> Result<Option<Vec<u8>>, String> {
        let room = self.room.min(MAX_PACKET);
        let (unpacked, bytes) = match self.compression {
            // A packet that is not compressed does not count.
            0 => return Ok((kind(payload)? == *EVENTS).then(|| payload.to_vec())),
            1 | 2 => {
                let mut reader = lz4_flex::frame::FrameDecoder::new(payload).take(room + 1);
                let unpacked = if_events(&mut reader)?;
                // The decoder does not say how much it unpacked to find the kind, so the rest is read to measure it.
                let rest = std::io::copy(&mut reader, &mut std::io::sink()).map_err(broken)?;
                let bytes = unpacked.as_ref().map_or(KNOWN as u64, |unpacked| unpacked.len() as u64) + rest;
                (unpacked, bytes)
            }
            3 | 4 => {
                let reader = StreamingDecoder::new_with_decoder(payload, &mut self.decoder);
                let reader = reader.map_err(|error| format!("is not Zstd: {error}"))?;
                let unpacked = if_events(&mut reader.take(room + 1))?;
                // Data left in the decoder was unpacked too.
                let known = unpacked.as_ref().map_or(KNOWN, Vec::len) + self.decoder.can_collect();
                let blocks = if self.decoder.is_finished() { 0 } else { self.decoder.blocks_decoded() * MAX_BLOCK };
                (unpacked, known.max(blocks) as u64)
            }
            other => return Err(format!("compression {other}; allowed: 0 (none), 1 and 2 (LZ4), 3 and 4 (Zstd)")),
        };
        if bytes > MAX_PACKET {
            return Err(format!("unpacks to more than {MAX_PACKET} bytes"));
        }
        self.room = self.room.checked_sub(bytes.max(LEAST)).ok_or_else(|| {
            format!(
                "with it the file unpacks to more than one of its size may: {UNPACKED} bytes, {EXPANSION} more for each of its \
                 own, and {MAX_EVENTS} events"
            )
        })?;
        Ok(unpacked)
    }
}

fn broken(error: std::io::Error) -> String {
    format!("cannot be unpacked: {error}")
}

/// All bytes of a packet of events after its first bytes, or `None` for a packet of another kind.
fn if_events(reader: &mut impl Read) -> Result<Option<Vec<u8>>, String> {
    let mut unpacked = Vec::new();
    reader.take(KNOWN as u64).read_to_end(&mut unpacked).map_err(broken)?;
    if kind(&unpacked)? != *EVENTS {
        return Ok(None);
    }
    reader.read_to_end(&mut unpacked).map_err(broken)?;
    Ok(Some(unpacked))
}

/// The kind of a packet by its first bytes: four letters or digits.
fn kind(start: &[u8]) -> Result<[u8; 4], String> {
    let kind = start.get(KNOWN - 4..).and_then(|rest| rest.first_chunk::<4>()).ok_or("ends within its table")?;
    match kind.iter().all(u8::is_ascii_alphanumeric) {
        true => Ok(*kind),
        false => Err(format!("its table is of kind {kind:?}, which is no name")),
    }
}

fn add(table: &FlatTable<'_>, events: &mut Vec<Event>) -> Result<(), String> {
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

/// Width and height of the sensor from the header's XML: those of the stream's node.
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
