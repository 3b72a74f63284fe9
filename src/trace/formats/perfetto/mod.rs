//! Perfetto: a time line of cores and routers, with packets as flows and energy and buffers as counters.
//!
//! Viewers count in nanoseconds. A tick need not be a whole number of them, so times are in the largest of ns, ps and fs
//! in which they are exact; the name of the process says which.

mod tracks;
mod wire;

use super::out::{OutFile, at, in_units};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Signal, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::{EnergySum, Femtoseconds, Tick, sum_to_pj};
use std::io::Write;
use std::sync::Arc;
use tracks::{EventNames, Tracks};
use wire::{Message, SHORT, ShortMessage};

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "perfetto",
    about: "a time line, in Perfetto's protobuf: ui.perfetto.dev",
    signals: &[
        Signal::Spikes,
        Signal::Packets,
        Signal::Hops,
        Signal::Buffers,
        Signal::Steps,
        Signal::Cores,
        Signal::Energy,
    ],
    kind: FileKind::Marked { what: "Perfetto trace", first: b"\n", holds: b"spikemesh " },
    reader: "https://ui.perfetto.dev, \"Open trace file\"",
    save_file: None,
    open,
};

/// `TrackEvent.Type`.
const BEGIN: u64 = 1;
const END: u64 = 2;
const INSTANT: u64 = 3;
const COUNTER: u64 = 4;

/// Bytes that are written at once.
const ROOM: usize = 1 << 18;

/// Most events that one record makes.
const MOST: usize = 4;

struct Perfetto {
    out: OutFile,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    tracks: Tracks,
    /// Times of the file in a tick.
    units: u64,
    /// What is to be written: so many of these bytes.
    bytes: Box<[u8]>,
    filled: usize,
    held: Vec<i64>,
    in_step: bool,
    energy_aj: EnergySum,
    written: u64,
}

/// The unit of times in a file, by name, and how many of them a tick is.
fn unit_of(tick: Femtoseconds) -> (&'static str, u64) {
    let units = [("ns", 1_000_000), ("ps", 1_000)];
    let exact = units.iter().find(|(_, fs)| tick.0.is_multiple_of(*fs));
    exact.map_or(("fs", tick.0), |(name, fs)| (*name, tick.0 / fs))
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let Opening { path, scene, wanted, .. } = opening;
    let mut out = OutFile::create(path)?;
    let (unit, units) = unit_of(scene.tick);
    let mut bytes = Message::default();
    let tracks = Tracks::declare(&mut bytes, &scene, &wanted, unit);
    out.write_all(&bytes.0).map_err(at(out.path()))?;
    Ok(Box::new(Perfetto {
        out,
        held: vec![0; scene.routers.len()],
        scene,
        wanted,
        tracks,
        units,
        bytes: vec![0; ROOM + MOST * SHORT].into(),
        filled: 0,
        in_step: false,
        energy_aj: 0,
        written: 0,
    }))
}

struct TrackEvent {
    kind: u64,
    track: u64,
    /// Of [`EventNames`]; 0 for none.
    name: u64,
    /// A packet that comes by, or ends here.
    flow: Option<(u64, bool)>,
}

impl Perfetto {
    #[inline]
    fn event(&mut self, at: Tick, event: &TrackEvent) {
        self.put_event(at, (event.kind, event.track), |fields| {
            if event.name != 0 {
                fields.uint(10, event.name);
            }
            match event.flow {
                Some((flow, false)) => fields.fixed(47, flow),
                Some((flow, true)) => fields.fixed(48, flow),
                None => {}
            }
        });
    }

    /// Puts an event of a kind on a track, with more fields: a packet of the trace with the event in it, of some thirty bytes.
    #[inline]
    fn put_event(&mut self, at: Tick, (kind, track): (u64, u64), more: impl FnOnce(&mut ShortMessage<'_>)) {
        // There is always room for one: see `write_full`.
        let Some(room) = self.bytes[self.filled..].first_chunk_mut() else { return };
        self.written += 1;
        let mut message = ShortMessage::new(room);
        let packet = message.begin(1);
        tracks::put_head(&mut message, at.saturating_mul(self.units));
        let event = message.begin(11);
        message.uint(9, kind);
        message.uint(11, track);
        more(&mut message);
        message.end(event);
        message.end(packet);
        self.filled += message.len();
    }

    /// Writes what there is.
    fn write(&mut self) -> Result<(), TraceError> {
        self.out.write_all(&self.bytes[..std::mem::take(&mut self.filled)]).map_err(at(self.out.path()))
    }

    /// Writes what there is if the records that follow might not fit.
    #[inline]
    fn write_full(&mut self) -> Result<(), TraceError> {
        if self.filled + MOST * SHORT > self.bytes.len() { self.write() } else { Ok(()) }
    }

    fn slice(&mut self, at: Tick, ticks: Tick, track: u64, name: u64) {
        if ticks > 0 {
            self.event(at, &TrackEvent { kind: BEGIN, track, name, flow: None });
            self.event(at.saturating_add(ticks), &TrackEvent { kind: END, track, name: 0, flow: None });
        }
    }

    fn instant(&mut self, at: Tick, track: u64, name: u64, flow: Option<(u64, bool)>) {
        self.event(at, &TrackEvent { kind: INSTANT, track, name, flow });
    }

    fn put(&mut self, sample: &TracedSample, record: &Record) {
        let at = sample.offset.saturating_add(record.tick);
        // Packet numbers start again in every sample.
        let flow = |last| Some((u64::from(sample.number) << 44 ^ (record.serial + 1), last));
        let core = u64::from(record.node).saturating_sub(self.scene.routers.len() as u64);
        match record.kind {
            Kind::Step => {
                self.end_step(at);
                self.event(at, &TrackEvent { kind: BEGIN, track: Tracks::CLOCK, name: EventNames::STEP, flow: None });
                self.in_step = true;
            }
            Kind::Barrier => self.slice(at, record.serial, Tracks::CLOCK, EventNames::BARRIER),
            Kind::Soma => self.slice(at, record.serial, self.tracks.core(core), EventNames::SOMA),
            Kind::Receive => self.slice(at, record.serial, self.tracks.receive(core), EventNames::RECEIVE),
            Kind::Spike => self.instant(at, self.tracks.core(core), EventNames::SPIKE, None),
            Kind::Sent => self.instant(at, self.tracks.core(core), EventNames::SENT, flow(false)),
            Kind::Delivered => {
                // A packet to many cores goes on elsewhere.
                let last = self.scene.roots.is_none();
                self.instant(at, self.tracks.receive(core), EventNames::DELIVERED, flow(last));
            }
            Kind::Hop => {
                let track = self.tracks.router(record.node);
                self.instant(at, track, self.tracks.port(&self.scene, record.node, record.port), flow(false));
            }
            Kind::Filled | Kind::Freed => {
                let held = &mut self.held[record.node as usize];
                *held += if record.kind == Kind::Filled { 1 } else { -1 };
                let (track, held) = (self.tracks.buffers(record.node), *held);
                self.put_event(at, (COUNTER, track), |event| event.uint(30, held as u64));
            }
            Kind::Counted => {
                let price = self.scene.energy_aj.get(record.item as usize).copied().flatten().unwrap_or(0);
                self.energy_aj += EnergySum::from(price) * EnergySum::from(record.serial);
            }
            Kind::Membrane => {}
        }
    }

    fn end_step(&mut self, at: Tick) {
        if std::mem::take(&mut self.in_step) {
            self.event(at, &TrackEvent { kind: END, track: Tracks::CLOCK, name: 0, flow: None });
        }
    }

    /// All operations of a step have one tick: their sum is told with the last of them.
    fn put_energy(&mut self, sample: &TracedSample, records: &[Record], position: usize) {
        let record = &records[position];
        if record.kind != Kind::Counted {
            return;
        }
        let next = records.get(position + 1);
        let goes_on = |next: &Record| (next.kind, next.tick) == (Kind::Counted, record.tick);
        let is_priced = self.scene.energy_aj.iter().any(Option::is_some);
        if is_priced && !next.is_some_and(goes_on) {
            let energy = sum_to_pj(self.energy_aj);
            let at = sample.offset.saturating_add(record.tick);
            self.put_event(at, (COUNTER, Tracks::ENERGY), |event| event.double(44, energy));
        }
    }
}

impl Sink for Perfetto {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        if let Some(last) = records.last() {
            in_units(self.out.path(), sample.offset.saturating_add(last.tick), self.units)?;
        }
        for (position, record) in records.iter().enumerate() {
            if self.wanted.hears(record.kind) {
                self.write_full()?;
                self.put(sample, record);
                self.put_energy(sample, records, position);
            }
        }
        Ok(())
    }

    fn end(&mut self, sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        // Flits under way at a deadline are dropped.
        self.held.fill(0);
        self.write_full()?;
        self.end_step(sample.offset.saturating_add(at));
        Ok(())
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.write_full()?;
        self.end_step(end);
        self.write()?;
        self.out.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.tracks.count, "tracks"), (self.written, "events")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_the_largest_unit_in_which_they_are_exact() {
        let units = [2_000_000, 100_000, 6_500_000, 13_333_333].map(|fs| unit_of(Femtoseconds(fs)));
        assert_eq!(units, [("ns", 2), ("ps", 100), ("ps", 6500), ("fs", 13_333_333)]);
    }
}
