//! The gate and the exchange of windows under loom, in all interleavings of threads. See `tests/loom`.

use super::exchange::Ended;
use super::gate::Gate;
use super::sync::{AtomicUsize, Ordering};
use super::*;
use loom::sync::Arc;

#[test]
fn no_thread_passes_before_all_have_arrived() {
    // With any number of switches between threads this takes many minutes; the other test has no bound.
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(|| {
        let shared = Arc::new((Gate::new(2), AtomicUsize::new(0)));
        let rounds = |(gate, count): &(Gate, AtomicUsize)| {
            // A thread that slept once does not spin in its next pass: all ways of waiting are tried.
            let mut patience = gate.patience();
            for round in 1..=2 {
                count.fetch_add(1, Ordering::Relaxed);
                gate.pass(&mut patience);
                // Writes before the gate are visible after it, though nothing else orders them.
                assert_eq!(count.load(Ordering::Relaxed), 2 * round);
                gate.pass(&mut patience);
            }
        };
        let other = Arc::clone(&shared);
        let other = loom::thread::spawn(move || rounds(&other));
        rounds(&shared);
        other.join().expect("it returns");
    });
}

/// A node that logs every number it gets and sends one less to the other shard, until it is 0.
struct Countdown {
    other: u16,
    seen: Vec<(Tick, u32)>,
}

const LOOKAHEAD: Delay = Delay::new(3).expect("more than 0");

impl World for Countdown {
    type Message = u32;
    type Parcel = u32;

    fn apply(&mut self, message: u32, out: &mut impl Outbox<u32, Self::Parcel>) {
        self.signal(message, out);
    }

    fn signal(&mut self, number: u32, out: &mut impl Outbox<u32, Self::Parcel>) {
        self.seen.push((out.now(), number));
        if number > 0 {
            out.ship(self.other, LOOKAHEAD, number - 1);
        }
    }

    fn decide(&mut self, _: &mut impl Outbox<u32, Self::Parcel>) -> bool {
        false
    }

    fn unpack(&mut self, parcel: u32) -> Arrival<u32> {
        Arrival::Message(parcel)
    }
}

fn shards() -> [Shard<Countdown, Heap<u32>>; 2] {
    // Both send in the first window, so that each is written to while it is read.
    [(1, 2), (0, 1)].map(|(other, number)| {
        let mut engine = Engine::new(Heap::default());
        engine.post(1, number);
        Shard { engine, world: Countdown { other, seen: Vec::new() }, lookahead: Lookahead::strict(LOOKAHEAD) }
    })
}

#[test]
fn parcels_arrive_once_and_in_time() {
    let expected = [vec![(1, 2), (4, 0), (7, 0)], vec![(1, 1), (4, 1)]];
    loom::model(move || {
        let mut shards = shards();
        let mut exchange = Exchange::always(2, 2);
        exchange.limit(&shards, u64::MAX);
        exchange.begin(&mut shards, 2);
        let exchange = Arc::new(exchange);
        let work = |exchange: &Exchange<u32>, thread, mut shard: Shard<Countdown, Heap<u32>>| {
            let limits = RunLimits { end: Tick::MAX, budget: u64::MAX, cancelled: &|| false };
            let (ended, windows) = exchange.work(thread, std::slice::from_mut(&mut shard), limits, &mut |_| false);
            assert_eq!((ended, windows), (Ended::Run(Stopped::Done), 3));
            shard.world.seen
        };
        let [first, second] = shards;
        let other = Arc::clone(&exchange);
        let other = loom::thread::spawn(move || work(&other, 1, second));
        let seen = [work(&exchange, 0, first), other.join().expect("it returns")];
        assert_eq!(seen, expected);
    });
}

/// A counter that grows with every parcel, late or not, or the node that sends them.
struct LateCounter {
    /// Parcels that it still sends, a tick apart.
    sends: u32,
    count: u32,
}

/// Lookaheads of the counter's shard and of the sender's; the counter has slack for all that is sent.
const LENIENT: Lookahead = Lookahead { strict: LOOKAHEAD, lenient: Delay::MIN };

impl World for LateCounter {
    type Message = u32;
    type Parcel = ();

    fn apply(&mut self, _: u32, _: &mut impl Outbox<u32, ()>) {}

    fn signal(&mut self, signal: u32, out: &mut impl Outbox<u32, ()>) {
        if signal == 0 {
            self.count += 1;
        } else if self.sends > 0 {
            self.sends -= 1;
            out.ship_lenient(0, Delay::MIN, ());
            out.signal(Delay::MIN, 1);
        }
    }

    fn decide(&mut self, _: &mut impl Outbox<u32, ()>) -> bool {
        false
    }

    fn unpack(&mut self, (): ()) -> Arrival<u32> {
        Arrival::Signal(0)
    }

    fn slack(&self) -> Tick {
        LOOKAHEAD.get()
    }

    fn catch_up(&mut self, (): ()) {
        self.count += 1;
    }
}

#[test]
fn late_parcels_arrive_once() {
    loom::model(|| {
        // The counter has an event of its own in the first window, behind the first parcel.
        let mut shards = [(0, 3), (2, 1)].map(|(sends, first)| {
            let mut engine = Engine::new(Heap::default());
            engine.post(first, 1);
            Shard { engine, world: LateCounter { sends, count: 0 }, lookahead: LENIENT }
        });
        let mut exchange = Exchange::always(2, 2);
        exchange.limit(&shards, u64::MAX);
        exchange.begin(&mut shards, 2);
        let exchange = Arc::new(exchange);
        let work = |exchange: &Exchange<()>, thread, mut shard: Shard<LateCounter, Heap<u32>>| {
            let limits = RunLimits { end: Tick::MAX, budget: u64::MAX, cancelled: &|| false };
            let (ended, windows) = exchange.work(thread, std::slice::from_mut(&mut shard), limits, &mut |_| false);
            (ended, windows, shard.world.count, shard.engine.events(), shard.engine.next_tick())
        };
        let [first, second] = shards;
        let other = Arc::clone(&exchange);
        let other = loom::thread::spawn(move || work(&other, 1, second));
        let done = Ended::Run(Stopped::Done);
        assert_eq!(work(&exchange, 0, first), (done, 2, 2, 3, None));
        assert_eq!(other.join().expect("it returns"), (done, 2, 0, 3, None));
    });
}
