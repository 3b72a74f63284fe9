//! Tracks of a Perfetto trace, and the names of its events.

use super::wire::{Message, ShortMessage};
use crate::trace::scene::Scene;
use crate::trace::{Kind, WantedRecords};

/// `TracePacket.trusted_packet_sequence_id`: all is one sequence.
const SEQUENCE: u64 = 1;
/// `SEQ_INCREMENTAL_STATE_CLEARED` and `SEQ_NEEDS_INCREMENTAL_STATE`.
const CLEARED: u64 = 1;
const NEEDS_STATE: u64 = 2;

pub(super) struct EventNames;

impl EventNames {
    pub(super) const STEP: u64 = 1;
    pub(super) const BARRIER: u64 = 2;
    pub(super) const SOMA: u64 = 3;
    pub(super) const RECEIVE: u64 = 4;
    pub(super) const SPIKE: u64 = 5;
    pub(super) const SENT: u64 = 6;
    pub(super) const DELIVERED: u64 = 7;
    const ALL: [&'static str; 7] = ["step", "barrier", "soma", "receive", "spike", "packet_sent", "packet_delivered"];
}

pub(super) struct Tracks {
    cores: u64,
    ports: Vec<u64>,
    /// Tracks that are declared.
    pub(super) count: u64,
}

impl Tracks {
    const PROCESS: u64 = 1;
    pub(super) const CLOCK: u64 = 2;
    pub(super) const ENERGY: u64 = 3;
    const FIRST: u64 = 10;

    pub(super) fn core(&self, core: u64) -> u64 {
        Self::FIRST + 2 * core
    }

    pub(super) fn receive(&self, core: u64) -> u64 {
        Self::FIRST + 2 * core + 1
    }

    pub(super) fn router(&self, router: u32) -> u64 {
        Self::FIRST + 2 * self.cores + 2 * u64::from(router)
    }

    pub(super) fn buffers(&self, router: u32) -> u64 {
        self.router(router) + 1
    }

    pub(super) fn port(&self, scene: &Scene, router: u32, port: u8) -> u64 {
        self.ports.get(router as usize * usize::from(scene.ports) + usize::from(port)).copied().unwrap_or(0)
    }

    /// Writes the tracks of what is wanted, and all names of events.
    pub(super) fn declare(bytes: &mut Message, scene: &Scene, wanted: &WantedRecords, unit: &str) -> Self {
        let (ports, names) = port_names(scene);
        let tracks = Self { cores: scene.cores.len() as u64 + 1, ports, count: 0 };
        let note = if unit == "ns" { String::new() } else { format!(" (1 {unit} is shown as 1 ns)") };
        put_process(bytes, &format!("spikemesh {}{note}", scene.chip));
        put_names(bytes, &names);
        let mut count = 0;
        let mut put = |bytes: &mut Message, uuid: u64, name: &str, unit: Option<&str>| {
            put_track(bytes, uuid, name, unit);
            count += 1;
        };
        let hears = |kinds: &[Kind]| kinds.iter().any(|kind| wanted.hears(*kind));
        if hears(&[Kind::Step, Kind::Barrier]) {
            put(bytes, Self::CLOCK, "time steps", None);
        }
        // Of what has no price there is no energy, and where nothing has one there is no track.
        if hears(&[Kind::Counted]) && scene.energy_aj.iter().any(Option::is_some) {
            put(bytes, Self::ENERGY, "energy of priced operations (pJ)", Some("pJ"));
        }
        for core in 0..=scene.cores.len() as u32 {
            if !wanted.has_node(scene.node_of_core(core)) {
                continue;
            }
            let is_core = (core as usize) < scene.cores.len();
            let name = if is_core { format!("core {core}: {}", scene.layers_of(core)) } else { "host".to_owned() };
            if hears(&[Kind::Soma, Kind::Spike, Kind::Sent]) {
                put(bytes, tracks.core(core.into()), &name, None);
            }
            if hears(&[Kind::Receive, Kind::Delivered]) && is_core {
                put(bytes, tracks.receive(core.into()), &format!("{name}, receives"), None);
            }
        }
        for (number, router) in (0..).zip(&scene.routers).filter(|(number, _)| wanted.has_node(*number)) {
            if hears(&[Kind::Hop]) {
                put(bytes, tracks.router(number), &format!("router {}", router.name), None);
            }
            if hears(&[Kind::Filled]) {
                put(bytes, tracks.buffers(number), &format!("router {}, flits held", router.name), Some("flits"));
            }
        }
        Self { count, ..tracks }
    }
}

/// Names of events at ports, by router and port, and all names from the first after [`EventNames`].
fn port_names(scene: &Scene) -> (Vec<u64>, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    // Few sides of a mesh; a name for each core.
    let mut known = std::collections::HashMap::new();
    let numbers = scene.links.iter().map(|link| {
        let Some(link) = link else { return 0 };
        *known.entry(link.name.as_str()).or_insert_with(|| {
            names.push(format!("flit to {}", link.name.trim_start_matches("to ")));
            (EventNames::ALL.len() + names.len()) as u64
        })
    });
    (numbers.collect(), names)
}

/// Puts what begins a packet at a time: `timestamp`, `trusted_packet_sequence_id`, `sequence_flags`.
#[inline]
pub(super) fn put_head(packet: &mut ShortMessage<'_>, time: u64) {
    packet.uint(8, time);
    packet.uint(10, SEQUENCE);
    packet.uint(13, NEEDS_STATE);
}

/// A track, or a counter of a unit, below the process: `track_descriptor`.
fn put_track(bytes: &mut Message, uuid: u64, name: &str, unit: Option<&str>) {
    let mut track = Message::default();
    track.uint(1, uuid);
    track.bytes(2, name.as_bytes());
    track.uint(5, Tracks::PROCESS);
    if let Some(unit) = unit {
        let mut counter = Message::default();
        counter.bytes(6, unit.as_bytes());
        track.bytes(8, &counter.0);
    }
    put_descriptor(bytes, &track);
}

fn put_process(bytes: &mut Message, name: &str) {
    let (mut process, mut track) = (Message::default(), Message::default());
    process.uint(1, 1);
    process.bytes(6, name.as_bytes());
    track.uint(1, Tracks::PROCESS);
    track.bytes(3, &process.0);
    put_descriptor(bytes, &track);
}

fn put_descriptor(bytes: &mut Message, track: &Message) {
    let mut packet = Message::default();
    packet.uint(10, SEQUENCE);
    packet.bytes(60, &track.0);
    bytes.bytes(1, &packet.0);
}

/// Names by number: `interned_data.event_names`.
fn put_names(bytes: &mut Message, more: &[String]) {
    let mut interned = Message::default();
    for (number, name) in (1..).zip(EventNames::ALL.into_iter().chain(more.iter().map(String::as_str))) {
        let mut entry = Message::default();
        entry.uint(1, number);
        entry.bytes(2, name.as_bytes());
        interned.bytes(2, &entry.0);
    }
    let mut packet = Message::default();
    packet.uint(10, SEQUENCE);
    packet.uint(13, CLEARED);
    packet.bytes(12, &interned.0);
    bytes.bytes(1, &packet.0);
}
