//! Credits between shards that may come late: the same flits at the same ticks as in one engine, in far fewer windows.

use super::*;
use crate::rng::mix;

/// Ticks of a flit on the link, of a credit, and between two flits.
const LINK: u64 = 14;
const CREDIT: u64 = 1;
const INTERVAL: u64 = 7;

/// Signals: a credit for the source; the source can go on; the sink frees a place.
const FREED: u32 = 0;
const WAKE: u32 = 1;
const FREE: u32 = 2;

/// A source, or its sink, or both: flits over a link with a buffer at its end.
#[derive(Default)]
struct Line {
    alone: bool,
    /// Places that are known to be free at the end of the link, and whether the source waits for one.
    credits: u64,
    dry: bool,
    /// Whether the source tries to send in this tick.
    tries: bool,
    link_free: Tick,
    flits: u32,
    /// Flits in the sink's buffer, of `places`, and the longest time that it holds one.
    held: u64,
    places: u64,
    hold: u64,
    /// Ticks in which a flit left, and in which there was no credit for one.
    sent: Vec<Tick>,
    starved: Vec<Tick>,
    taken: Vec<Tick>,
}

const fn delay(ticks: u64) -> Delay {
    Delay::new(ticks).expect("more than 0")
}

impl World for Line {
    type Message = u32;
    /// A flit, or nothing for a credit.
    type Parcel = Option<u32>;

    fn apply(&mut self, flit: u32, out: &mut impl Outbox<u32, Self::Parcel>) {
        self.held += 1;
        assert!(self.held <= self.places, "a flit without a place");
        self.taken.push(out.now());
        out.signal(delay(1 + mix(u64::from(flit)) % self.hold), FREE);
    }

    fn signal(&mut self, signal: u32, out: &mut impl Outbox<u32, Self::Parcel>) {
        match signal {
            FREED => {
                self.credits += 1;
                self.tries |= std::mem::take(&mut self.dry);
            }
            WAKE => self.tries = true,
            _ => {
                self.held -= 1;
                if self.alone {
                    out.signal(delay(CREDIT), FREED);
                } else {
                    out.ship_lenient(0, delay(CREDIT), None);
                }
            }
        }
    }

    fn decide(&mut self, out: &mut impl Outbox<u32, Self::Parcel>) -> bool {
        if !std::mem::take(&mut self.tries) || self.link_free > out.now() || self.flits == 0 {
            return false;
        }
        if self.credits == 0 {
            self.dry = true;
            self.starved.push(out.now());
            return false;
        }
        self.credits -= 1;
        self.flits -= 1;
        self.sent.push(out.now());
        self.link_free = out.now() + INTERVAL;
        out.signal(delay(INTERVAL), WAKE);
        if self.alone {
            out.send(delay(LINK), self.flits);
        } else {
            out.ship(1, delay(LINK), Some(self.flits));
        }
        false
    }

    fn unpack(&mut self, parcel: Self::Parcel) -> Arrival<u32> {
        parcel.map_or(Arrival::Signal(FREED), Arrival::Message)
    }

    fn slack(&self) -> Tick {
        self.credits.saturating_sub(1) * INTERVAL
    }

    fn catch_up(&mut self, parcel: Self::Parcel) {
        assert!(parcel.is_none() && !self.dry, "late, and not without an effect");
        self.credits += 1;
    }
}

/// Ticks in which flits left, found no credit, and came; events; the tick of the last one; and windows.
type LineSeen = ([Vec<Tick>; 3], u64, Tick, u64);

/// Runs so many flits over buffers of `places`, in one engine or in two shards.
fn run(places: u64, hold: u64, alone: bool) -> LineSeen {
    let line = || Line { alone, credits: places, flits: 400, places, hold, ..Line::default() };
    // What comes to the source is lenient only, and to the sink strict only.
    let ahead = [(Delay::MAX, delay(CREDIT)), (delay(LINK), Delay::MAX)];
    let shard = |(strict, lenient)| Shard {
        engine: Engine::new(Wheel::new(63)),
        world: line(),
        lookahead: Lookahead { strict, lenient },
    };
    let mut shards: Vec<_> = ahead.into_iter().map(shard).take(if alone { 1 } else { 2 }).collect();
    shards[0].engine.post(3, WAKE);
    let mut windows = 0;
    // In goes of some length, as steps are run.
    for end in (0..40).map(|go| go * 97).chain([Tick::MAX]) {
        let limits = RunLimits { end, budget: u64::MAX, cancelled: &|| false };
        let mut exchange = Exchange::always(shards.len(), 1);
        exchange.limit(&shards, u64::MAX);
        exchange.begin(&mut shards, 1);
        let (ended, more) = exchange.work(0, &mut shards, limits, &mut |_| false);
        assert_eq!(ended, exchange::Ended::Run(Stopped::Done));
        windows += more;
        assert!(shards.iter_mut().all(|shard| shard.engine.next_tick().is_none_or(|next| next >= end)));
    }
    let mut logs = [Vec::new(), Vec::new(), Vec::new()];
    for world in shards.iter().map(|shard| &shard.world) {
        logs.iter_mut().zip([&world.sent, &world.starved, &world.taken]).for_each(|(all, more)| all.extend(more));
    }
    let events = shards.iter().map(|shard| shard.engine.events()).sum();
    let last = shards.iter().map(|shard| shard.engine.now()).max().unwrap();
    (logs, events, last, windows)
}

#[test]
fn late_credits_change_nothing() {
    let mut starved = 0;
    for places in 1..=6 {
        for hold in [1, 3, 9, 30, 200] {
            let ((logs, events, last, _), other) = (run(places, hold, true), run(places, hold, false));
            assert_eq!(logs[0].len(), 400);
            assert_eq!((&other.0, other.1, other.2), (&logs, events, last), "{places} places, held up to {hold}");
            starved += logs[1].len();
        }
    }
    assert!(starved > 2_000, "{starved}");
}

#[test]
fn windows_are_as_long_as_the_link_while_there_are_credits() {
    let (logs, _, last, windows) = run(6, 3, false);
    assert!(logs[1].is_empty(), "it never starves");
    assert!(windows < last / (LINK - 2) + 80, "{windows} windows in {last} ticks");
    // A dry link needs every credit at once.
    let (logs, _, last, windows) = run(1, 3, false);
    assert!(logs[1].len() > 300 && windows > last / LINK, "{windows} windows in {last} ticks");
}
