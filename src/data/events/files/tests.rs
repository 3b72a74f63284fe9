//! Tests of the readers, with files built here byte by byte from the formats' definitions.

use super::*;
use crate::data::events::{Binned, Windows};
use proptest::prelude::*;
use std::io::Write;
use std::path::Path;

pub(super) fn event(t_us: u64, x: u16, y: u16, on: bool) -> Event {
    Event { t_us, x, y, on }
}

/// An N-MNIST event by its definition.
pub(super) fn nmnist_event(t: u32, x: u8, y: u8, on: bool) -> [u8; 5] {
    [x, y, u8::from(on) << 7 | (t >> 16) as u8, (t >> 8) as u8, t as u8]
}

#[test]
fn nmnist_files_are_read() {
    let bytes = [
        nmnist_event(0x01_02_03, 5, 6, true),
        nmnist_event(0x7f_ff_ff, 33, 0, false),
        // A mark of a wrapped clock, twice, and events that start again apart from 2 x 8,192 us.
        nmnist_event(0x7f_ff_ff, 0, 240, true),
        nmnist_event(0x7f_ff_ff, 0, 240, false),
        nmnist_event(0x7f_ff_fe, 1, 33, true),
    ];
    let found = nmnist::read(bytes.as_flattened()).unwrap();
    let last = 0x7f_ff_fe + 2 * 8192;
    let wanted = [event(0x01_02_03, 5, 6, true), event(0x7f_ff_ff, 33, 0, false), event(last, 1, 33, true)];
    assert_eq!((found.events.as_slice(), found.sensor), (&wanted[..], None));
    found.check([34, 34]).unwrap();
    assert!(found.check([34, 33]).unwrap_err().contains("event 2 is at (1, 33), outside the sensor of 34 x 33"));
    let wide = [nmnist_event(9, 200, 6, true), nmnist_event(8, 5, 6, true)];
    let mut wide = nmnist::read(wide.as_flattened()).unwrap();
    wide.check([240, 180]).unwrap();
    assert_eq!(wide.sort(), Ok(Some(Late { events: 1, most_us: 1 })));
    assert_eq!(wide.events, [event(8, 5, 6, true), event(9, 200, 6, true)]);
    assert!(nmnist::read(&bytes.as_flattened()[..24]).unwrap_err().contains("multiple of 5"));
    assert_eq!(nmnist::read(&[]).unwrap().events, []);
}

#[test]
fn prophesee_files_are_read() {
    let word = |x: u32, y: u32, on: u32| (x | y << 14 | on << 28).to_le_bytes();
    let events = [7u32.to_le_bytes(), word(303, 239, 1), 70_000u32.to_le_bytes(), word(1, 2, 0)].concat();
    let wanted = [event(7, 303, 239, true), event(70_000, 1, 2, false)];
    let file = |head: &str, kind: u8, size: u8| [head.as_bytes(), &[kind, size], &events].concat();
    let heads = ["% Data file containing CD events.\n% Version 2\n% Width 304\n% Height 240\n", "% geometry 304x240\n"];
    for head in heads {
        let found = prophesee::read(&file(head, 12, 8)).unwrap();
        assert_eq!((found.events.as_slice(), found.sensor), (&wanted[..], Some([304, 240])));
    }
    assert_eq!(prophesee::read(&file("% Version 2\n", 0, 8)).unwrap().sensor, None);
    // Without a header there is no type either.
    assert_eq!(prophesee::read(&events).unwrap().events, wanted);
    // Nor if the first byte is a % by chance: at 37 us, and at times whose bytes look like a line.
    for first in [37u32, 0x0a25, 0x000a_4125, 0x0a41_4125] {
        let bytes = [&first.to_le_bytes(), &events[4..8], &(first + 9).to_le_bytes(), &events[12..]].concat();
        let found = prophesee::read(&bytes).unwrap();
        assert_eq!(found.events, [event(first.into(), 303, 239, true), event(u64::from(first) + 9, 1, 2, false)]);
    }
    for (bytes, expected) in [
        (file("% Width 0\n", 0, 8), "a sensor of \"0\" pixels"),
        (file("% geometry 304\n", 0, 8), "expected 1280x720"),
        (file("% no end", 0, 8)[..8].to_vec(), "within its header"),
        (file("%\n", 14, 8), "events of type 14 with 8 bytes"),
        (file("%\n", 0, 16), "with 16 bytes"),
        (file("%\n", 0, 8)[..13].to_vec(), "multiple of 8"),
        (b"%\n\x00".to_vec(), "ends before the type"),
    ] {
        let error = prophesee::read(&bytes).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

/// A FlatBuffer of a kind with one table; fields are bytes in place, or the target of an offset.
fn flat(kind: &[u8; 4], fields: &[(usize, Field)]) -> Vec<u8> {
    let slots = fields.iter().map(|(index, _)| index + 1).max().unwrap_or(0);
    let mut bytes = [&0u32.to_le_bytes()[..], kind].concat();
    let vtable = bytes.len();
    bytes.extend((4 + 2 * slots as u16).to_le_bytes());
    bytes.extend((4 + 8 * fields.len() as u16).to_le_bytes());
    bytes.extend(vec![0; 2 * slots]);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let table = bytes.len();
    bytes[..4].copy_from_slice(&(table as u32).to_le_bytes());
    bytes.extend(((table - vtable) as i32).to_le_bytes());
    bytes.resize(table + 4 + 8 * fields.len(), 0);
    for (place, (index, field)) in fields.iter().enumerate() {
        let offset = 4 + 8 * place;
        bytes[vtable + 4 + 2 * index..][..2].copy_from_slice(&(offset as u16).to_le_bytes());
        match field {
            Field::Here(value) => bytes[table + offset..][..value.len()].copy_from_slice(value),
            Field::List(count, items) => {
                let to = (bytes.len() - table - offset) as u32;
                bytes[table + offset..][..4].copy_from_slice(&to.to_le_bytes());
                bytes.extend(count.to_le_bytes());
                bytes.extend(items);
            }
        }
    }
    bytes
}

enum Field {
    Here(Vec<u8>),
    List(u32, Vec<u8>),
}

fn sized(bytes: Vec<u8>) -> Vec<u8> {
    [&(bytes.len() as u32).to_le_bytes()[..], &bytes].concat()
}

/// Events of a packet in the AEDAT 4 layout.
pub(super) fn packet_of(kind: &[u8; 4], events: &[Event]) -> Vec<u8> {
    let element = |e: &Event| {
        let [x, y] = [e.x, e.y].map(|side| (side as i16).to_le_bytes());
        [&(e.t_us as i64).to_le_bytes()[..], &x, &y, &[u8::from(e.on), 0, 0, 0]].concat()
    };
    sized(flat(kind, &[(0, Field::List(events.len() as u32, events.iter().flat_map(element).collect()))]))
}

const INFO: &str = "<dv version=\"2.0\"><node name=\"outInfo\" path=\"/mainloop/Recorder/outInfo/\">\
    <node name=\"2\" path=\"/2/\"><attr key=\"typeIdentifier\" type=\"string\">EVTS</attr><node name=\"info\">\
    <attr key=\"sizeX\" type=\"int\">346</attr><attr key=\"sizeY\" type=\"int\">260</attr></node></node></node></dv>";

pub(super) fn aedat4_file(compression: i32, packets: &[(i32, Vec<u8>)]) -> Vec<u8> {
    let packed: Vec<_> = packets.iter().map(|(stream, packet)| (*stream, packed(compression, packet))).collect();
    aedat4_of(compression, &packed)
}

fn packed(compression: i32, packet: &[u8]) -> Vec<u8> {
    match compression {
        1 => {
            let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
            encoder.write_all(packet).unwrap();
            encoder.finish().unwrap()
        }
        3 => ruzstd::encoding::compress_to_vec(packet, ruzstd::encoding::CompressionLevel::Fastest),
        _ => packet.to_vec(),
    }
}

/// A file of packets that are already compressed.
fn aedat4_of(compression: i32, packets: &[(i32, Vec<u8>)]) -> Vec<u8> {
    let one = |(stream, packed): &(i32, Vec<u8>)| [&stream.to_le_bytes()[..], &sized(packed.clone())].concat();
    let body: Vec<u8> = packets.iter().flat_map(one).collect();
    let head = |end: i64| {
        let fields = [
            (0, Field::Here(compression.to_le_bytes().to_vec())),
            (1, Field::Here(end.to_le_bytes().to_vec())),
            (2, Field::List(INFO.len() as u32, INFO.bytes().collect())),
        ];
        [b"#!AER-DAT4.0\r\n", &sized(flat(b"IOHE", &fields))[..]].concat()
    };
    let end = head(0).len() + body.len();
    // The packets are followed by their table, which is not a packet.
    [head(end as i64), body, b"a table".to_vec()].concat()
}

#[test]
fn aedat4_files_are_read() {
    let events = [event(5, 345, 259, true), event(5, 0, 0, false), event(1 << 40, 3, 4, true)];
    let packets =
        [(1, packet_of(b"FRME", &[])), (2, packet_of(b"EVTS", &events[..2])), (2, packet_of(b"EVTS", &events[2..]))];
    for compression in [0, 1, 3] {
        let found = aedat4::read(&aedat4_file(compression, &packets)).unwrap();
        assert_eq!((found.events.as_slice(), found.sensor), (&events[..], Some([346, 260])), "{compression}");
    }
    let whole = aedat4_file(0, &packets);
    let two = aedat4_file(0, &[packets[1].clone(), (3, packets[2].1.clone())]);
    let early = flat(b"EVTS", &[(0, Field::List(2, vec![0; 16]))]);
    let below = sized(flat(b"EVTS", &[(0, Field::List(1, [&(-1i64).to_le_bytes()[..], &[0; 8]].concat()))]));
    for (bytes, expected) in [
        (whole[1..].to_vec(), "does not start with"),
        (whole[..40].to_vec(), "within its header"),
        (whole[..whole.len() - 60].to_vec(), "table of packets is said to be at"),
        (aedat4_file(9, &packets), "compression 9; allowed"),
        (two, "events of two cameras (streams 2 and 3)"),
        (aedat4_file(0, &[(2, sized(early))]), "packet 1: its list of events is damaged"),
        (aedat4_file(0, &[(2, below)]), "an event at time -1 us"),
        (aedat4_file(0, &[(2, vec![9, 0, 0])]), "packet 1: ends within its table"),
    ] {
        let error = aedat4::read(&bytes).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
    let noise = aedat4_file(0, &[(2, vec![0; 64])]);
    assert!(
        aedat4::read(&noise).unwrap_err().contains("packet 1: its table is of kind [0, 0, 0, 0], which is no name")
    );
    for compression in [1, 3] {
        let mut bytes = aedat4_file(compression, &packets);
        let at = bytes.len() - 20;
        bytes[at - 40..at].fill(0xee);
        assert!(aedat4::read(&bytes).is_err());
    }
}

/// An `.npy` file by its definition.
pub(super) fn array(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n");
    [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes(), data].concat()
}

#[test]
fn arrays_of_events_and_of_spikes_are_read() {
    // The layout of tonic, and other widths, another order and big-endian times.
    let record =
        |x: i64, y: i64, t: i64, p: i64| [x, y, t, p].iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let wide = "[('x', '<i8'), ('y', '<i8'), ('t', '<i8'), ('p', '<i8')]";
    let data = [record(3, 4, 100, 1), record(0, 65_535, 1 << 40, 0)].concat();
    let wanted = vec![event(100, 3, 4, true), event(1 << 40, 0, 65_535, false)];
    let recording = |events| Contents::Events(Recording { sensor: None, events });
    assert_eq!(npy::read(&array(wide, "(2,)", &data)).unwrap(), recording(wanted));
    let mixed = "[('t', '>u4'), ('p', '|b1'), ('x', '<i2'), ('label', '|u1'), ('y', '|u1')]";
    let data = [0, 0, 1, 2, 1, 7, 0, 99, 8];
    assert_eq!(npy::read(&array(mixed, "(1,)", &data)).unwrap(), recording(vec![event(258, 7, 8, true)]));
    let found = npy::read(&array("'|u1'", "(2, 3)", &[0, 1, 0, 1, 1, 0])).unwrap();
    let trains = |shape, steps, spikes: &[u8]| Contents::Trains(Trains { shape, steps, spikes: spikes.to_vec() });
    assert_eq!(found, trains(Shape::flat(3), 2, &[0, 1, 0, 1, 1, 0]));
    let found = npy::read(&array("'|b1'", "(1, 2, 1, 2)", &[1, 0, 0, 1])).unwrap();
    assert_eq!(found, trains(Shape { channels: 2, height: 1, width: 2 }, 1, &[1, 0, 0, 1]));
    for (bytes, expected) in [
        (array(wide, "(2,)", &record(-1, 4, 100, 1).repeat(2)), "x of event 0 is -1, expected 0 to 65535"),
        (array(wide, "(1,)", &record(3, 4, -5, 1)), "t of event 0 is -5"),
        (array(wide, "(1,)", &record(3, 4, 5, 2)), "p of event 0 is 2, expected 1 for ON"),
        (array(wide, "(3,)", &record(3, 4, 5, 1)), "do not fit shape [3]"),
        (array(wide, "(1, 1)", &record(3, 4, 5, 1)), "records of shape [1, 1]"),
        (array("[('x', '<i8'), ('y', '<i8')]", "(1,)", &[0; 16]), "fields x, y; expected x, y, t and p"),
        (array("[('x', '<U2'), ('y', '<i8'), ('t', '<i8'), ('p', '<i8')]", "(1,)", &[0; 32]), "field x is of type <U2"),
        (
            array("[('x', '<i8', (1,)), ('y', '<i8'), ('t', '<i8'), ('p', '<i8')]", "(1,)", &[0; 32]),
            "field x is of type",
        ),
        (array("'<c16'", "(1, 1)", &[0; 16]), "expected records with the fields x, y, t and p"),
        (array("'<i8'", "(1, 4)", &[9; 32]), "events are records with the fields x, y, t and p"),
        (
            array("[('x', '|u1'), ('y', '|u1'), ('t', '<f4'), ('p', '|u1')]", "(1,)", &[1, 1, 0, 0, 0, 0x3f, 1]),
            "t of event 0 is 0.5, expected a whole number of us (times in seconds: multiply them by 1e6)",
        ),
        (
            array("[('x', '|u1'), ('y', '|u1'), ('ts', '|u1'), ('time', '|u1'), ('p', '|u1')]", "(1,)", &[0; 5]),
            "fields ts, time, which of them is t?",
        ),
        (array("'|u1'", "(1, 2)", &[0, 2]), "value 1 is 2, expected 0 or 1"),
        (array("'|u1'", "(2,)", &[0, 1]), "expected [steps, neurons]"),
    ] {
        let error = npy::read(&bytes).unwrap_err();
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

/// Valid files of every format.
fn good() -> Vec<(&'static EventFormat, Vec<u8>)> {
    let events = [event(5, 34, 20, true), event(900, 3, 4, false)];
    let packets = [(2, packet_of(b"EVTS", &events)), (1, packet_of(b"TRIG", &[]))];
    let of = |extension: &str| FORMATS.iter().find(|format| format.extensions.contains(&extension)).unwrap();
    let dat = [&b"% Width 346\n% Height 260\n\x0c\x08"[..], &7u32.to_le_bytes(), &[1, 2, 3, 0x10]].concat();
    vec![
        (of("bin"), nmnist_event(77, 3, 4, true).repeat(3)),
        (of("dat"), dat),
        (of("aedat4"), aedat4_file(0, &packets)),
        (of("aedat4"), aedat4_file(1, &packets)),
        (of("aedat4"), aedat4_file(3, &packets)),
        (of("npy"), array("[('x', '<i2'), ('y', '<i2'), ('t', '<i4'), ('p', '|i1')]", "(2,)", &[1; 18])),
        (of("npy"), array("'|u1'", "(2, 3)", &[1; 6])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]
    /// For any damage, a reader gives a result or an error, and never more data than the bytes can hold.
    #[test]
    fn damaged_files_are_read_or_refused(
        which in 0usize..7, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(), whole in any::<bool>(), noise in prop::collection::vec(any::<u8>(), 0..40)
    ) {
        let (format, mut bytes) = good().swap_remove(which);
        prop_assert!((format.read)(&bytes).is_ok(), "{}", format.name);
        for (place, value) in changes {
            let at = place.index(bytes.len());
            bytes[at] = value;
        }
        if !whole {
            bytes.truncate(cut.index(bytes.len() + 1));
            bytes.extend(&noise);
        }
        match (format.read)(&bytes) {
            Ok(Contents::Events(mut recording)) => {
                let _ = recording.check([346, 260]);
                let _ = recording.sort();
                prop_assert!(recording.events.len() <= 100_000);
            }
            Ok(Contents::Trains(trains)) => prop_assert!(trains.spikes.len() <= bytes.len()),
            Err(message) => prop_assert!(!message.is_empty()),
        }
        // Readers also reject arbitrary bytes without a crash.
        for format in FORMATS {
            let _ = (format.read)(&noise);
        }
    }

    /// Windows hold the events that the definition puts there: the k-th of T is [k, k + 1) T-ths of the time.
    #[test]
    fn events_come_into_their_windows(
        mut times in prop::collection::vec(0u64..5000, 1..40), steps in 1u32..12, bin in prop::option::of(1u64..900)
    ) {
        times.sort_unstable();
        let shape = Shape { channels: 2, height: 1, width: 4 };
        let events: Vec<Event> = times.iter().map(|t| event(*t, (t % 4) as u16, 0, t % 3 == 0)).collect();
        let mut bits = vec![0; crate::net::input::SpikeTrains::bytes(8, steps as usize)];
        let found = Binned::fill(&events, shape, Windows::of(&events, steps, bin), &mut bits);
        let trains = crate::net::input::SpikeTrains::new(&bits, 8);
        let (first, last) = (times[0], times[times.len() - 1]);
        let mut spikes = 0;
        for step in 0..u64::from(steps) {
            for input in 0..8usize {
                let here = |t: &&u64| {
                    let after = **t - first;
                    let within = match bin {
                        Some(bin) => after / bin == step,
                        None => (step * (last - first + 1) <= after * u64::from(steps))
                            && (after * u64::from(steps) < (step + 1) * (last - first + 1)),
                    };
                    within && (**t % 4) as usize + 4 * usize::from(t.is_multiple_of(3)) == input
                };
                let wanted = times.iter().any(|t| here(&t));
                prop_assert_eq!(trains.fires(step as usize, input), wanted);
                spikes += u64::from(wanted);
            }
        }
        let outside = bin.map_or(0, |bin| times.iter().filter(|t| (**t - first) / bin >= steps.into()).count() as u64);
        prop_assert_eq!(found, Binned { events: times.len() as u64, merged: times.len() as u64 - spikes - outside, outside, ..Binned::default() });
    }
}

/// The recording of a DAVIS346 that comes with the crate `aedat` 1.3.3, as the Python package of that name (2.3.0) reads it.
#[test]
fn a_real_recording_is_read_as_others_read_it() {
    let Some(shared) = std::env::var_os("SPIKEMESH_SHARED") else {
        return println!("not checked: SPIKEMESH_SHARED names no folder with data/aedat/test_data.aedat4");
    };
    let file = Path::new(&shared).join("data/aedat/test_data.aedat4");
    let Ok(bytes) = std::fs::read(&file) else { return println!("not checked: {} is not here", file.display()) };
    let found = aedat4::read(&bytes).unwrap();
    assert_eq!((found.sensor, found.events.len()), (Some([346, 260]), 78_830));
    found.check([346, 260]).unwrap();
    assert_eq!(found.events.iter().filter(|event| event.on).count(), 41_257);
    let (first, last) = (found.events[0], found.events[78_829]);
    assert_eq!((first.t_us, last.t_us), (1_589_163_147_368_868, 1_589_163_149_728_813));
    let digest = found.events.iter().fold(0u128, |digest, e| {
        let event = u128::from(e.t_us) * 7 + u128::from(e.x) * 3 + u128::from(e.y) * 5 + u128::from(e.on);
        (digest * 1_000_003 + event) % ((1 << 61) - 1)
    });
    assert_eq!(digest, 645_590_328_794_984_447);
}

/// Packets that unpack to far more than they take: frames and events count against the same budget.
#[test]
fn what_a_recording_unpacks_to_is_bounded() {
    let mut packet = sized(flat(b"EVTS", &[(0, Field::List(1 << 19, vec![0; 1 << 23]))]));
    let of = |compression: i32, packet: &[u8]| {
        let bytes = aedat4_of(compression, &vec![(0, packed(compression, packet)); 24]);
        (aedat4::read(&bytes).map(|found| found.events.len()), bytes.len() as u64)
    };
    let refused = |compression: i32, packet: &[u8]| {
        let (found, bytes) = of(compression, packet);
        let error = found.unwrap_err();
        let at: u64 = error.split("packet ").nth(1).unwrap().split(':').next().unwrap().parse().unwrap();
        assert!(error.contains("unpacks to more than one of its size may"), "{error}");
        // Reading ends with the packet that exceeds the budget: not before, and not later.
        assert_eq!(at, ((64 << 20) + 64 * bytes) / packet.len() as u64 + 1, "{compression}: {bytes} bytes, {error}");
    };
    refused(1, &packet);
    refused(3, &packet);
    packet[8..12].copy_from_slice(b"FRME");
    refused(1, &packet);
    // These are unpacked only as far as needed to see that they are no events.
    assert_eq!(of(3, &packet).0, Ok(0));
}

#[test]
fn fields_of_other_programs_are_known() {
    let recording = |events| Contents::Events(Recording { sensor: None, events });
    // As numpy.save writes the arrays of faery: the title p, the name on.
    let faery = "[('t', '<u8'), ('x', '<u2'), ('y', '<u2'), (('p', 'on'), '?')]";
    let data = [&7u64.to_le_bytes()[..], &[3, 0, 4, 0, 1], &9u64.to_le_bytes(), &[5, 0, 6, 0, 0]].concat();
    let wanted = recording(vec![event(7, 3, 4, true), event(9, 5, 6, false)]);
    assert_eq!(npy::read(&array(faery, "(2,)", &data)).unwrap(), wanted);
    for names in [["timestamp", "x", "y", "polarity"], ["ts", "X", "Y", "pol"], ["t", "x", "y", "on"]] {
        let [t, x, y, p] = names;
        let descr = format!("[('{t}', '<u8'), ('{x}', '<u2'), ('{y}', '<u2'), ('{p}', '|i1')]");
        assert_eq!(npy::read(&array(&descr, "(2,)", &data)).unwrap(), wanted, "{names:?}");
    }
    // Where the usual name exists, another one means something else; padding means nothing.
    let both = "[('t', '<u8'), ('time', '<f4'), ('x', '<u2'), ('', '|V1'), ('y', '<u2'), ('p', '?')]";
    let data = [&7u64.to_le_bytes()[..], &[9; 4], &[3, 0, 9, 4, 0, 1]].concat();
    assert_eq!(npy::read(&array(both, "(1,)", &data)).unwrap(), recording(vec![event(7, 3, 4, true)]));
}
