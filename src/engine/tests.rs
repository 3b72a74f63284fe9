//! The sets of pending events against each other, shards against one engine, and the promises of the loop.

use super::*;
use crate::rng::mix;

/// Nodes of a shard that forward messages and signals after delays drawn from their arrivals, and log them.
struct Bouncer {
    /// (tick, node, what was applied, whether it was a signal)
    seen: Vec<(Tick, u32, u32, bool)>,
    /// (tick, node, sum of what was applied in it)
    decided: Vec<(Tick, u32, u64)>,
    /// Sums of this tick and messages that each node may still send, by node.
    nodes: Vec<(u64, u32)>,
    /// Nodes of a shard; this one has those from `first` on.
    first: u32,
    count: u32,
    asked: Vec<u32>,
}

/// Least delay between shards.
const LOOKAHEAD: u64 = 9;

impl Bouncer {
    fn new(first: u32, count: u32, left: u32) -> Self {
        let nodes = vec![(0, left); count as usize];
        Self { seen: Vec::new(), decided: Vec::new(), nodes, first, count, asked: Vec::new() }
    }

    /// Takes an arrival: the node is in the lowest bits, the rest is arbitrary.
    fn take(&mut self, now: Tick, value: u32, signal: bool) {
        let node = value % NODES;
        self.seen.push((now, node, value, signal));
        let sum = &mut self.nodes[(node - self.first) as usize].0;
        *sum = sum.wrapping_add(mix(u64::from(value)) | 1);
        if !self.asked.contains(&node) {
            self.asked.push(node);
        }
    }

    /// A delay around all borders of the wheel: 1, within, one turn, several turns; or one of a few frequent ones.
    fn delay(draw: u64) -> u64 {
        match draw % 6 {
            0 => 1,
            1 => 1 + (draw >> 8) % 64,
            2 => 4090 + (draw >> 8) % 12,
            3 => 1 + (draw >> 8) % 20_000,
            4 => [7, 41, 65][(draw >> 8) as usize % 3],
            _ => 1 + (draw >> 8) % 4096,
        }
    }
}

const NODES: u32 = 8;

impl World for Bouncer {
    type Message = u64;
    type Parcel = (bool, u32);

    fn apply(&mut self, message: u64, out: &mut impl Outbox<u64, Self::Parcel>) {
        self.take(out.now(), message as u32, false);
    }

    fn signal(&mut self, signal: u32, out: &mut impl Outbox<u64, Self::Parcel>) {
        self.take(out.now(), signal, true);
    }

    fn decide(&mut self, out: &mut impl Outbox<u64, Self::Parcel>) -> bool {
        for node in std::mem::take(&mut self.asked) {
            let (sum, left) = &mut self.nodes[(node - self.first) as usize];
            let sum = std::mem::take(sum);
            self.decided.push((out.now(), node, sum));
            if *left == 0 {
                continue;
            }
            *left -= 1;
            let draw = mix(sum ^ out.now());
            let (value, signal) = ((draw >> 32) as u32, draw >> 31 & 1 != 0);
            let to = value % NODES / self.count;
            if to == self.first / self.count {
                // A shard of one engine keeps to the same delays.
                let near = value % NODES / 2 == node / 2;
                let delay = Self::delay(draw).max(if near { 1 } else { LOOKAHEAD });
                let delay = Delay::new(delay).expect("at least one");
                if signal { out.signal(delay, value) } else { out.send(delay, u64::from(value)) }
            } else {
                let delay = Delay::new(Self::delay(draw).max(LOOKAHEAD)).expect("at least one");
                out.ship(to as u16, delay, (signal, value));
            }
        }
        false
    }

    fn unpack(&mut self, (signal, value): (bool, u32)) -> Arrival<u64> {
        if signal { Arrival::Signal(value) } else { Arrival::Message(u64::from(value)) }
    }
}

type Log = (Vec<(Tick, u32, u32, bool)>, Vec<(Tick, u32, u64)>);

const UNLIMITED: RunLimits<'static> = RunLimits { end: Tick::MAX, budget: u64::MAX, cancelled: &|| false };

fn shard<W: World, S>(engine: Engine<W, S>, world: W) -> Shard<W, S> {
    Shard { engine, world, lookahead: Lookahead::strict(Delay::new(LOOKAHEAD).unwrap()) }
}

/// Runs eight nodes in `shards` shards. Returns all that was seen and decided, in order.
fn run<S: EventSet<u64> + Send>(set: impl Fn() -> S, shards: u32, threads: usize, order: impl Fn(u32) -> u64) -> Log {
    let count = NODES / shards;
    let mut all: Vec<Shard<Bouncer, S>> =
        (0..shards).map(|i| shard(Engine::new(set()), Bouncer::new(i * count, count, 700))).collect();
    let mut first: Vec<u32> = (0..64).collect();
    first.sort_by_key(|i| order(*i));
    for i in first {
        all[(i % NODES / count) as usize].engine.post(mix(u64::from(i)) % 100, i);
    }
    let mut exchange = Exchange::always(all.len(), threads);
    assert_eq!(run_shards(&mut all, &mut exchange, UNLIMITED), Stopped::Done);
    let (mut seen, mut decided) = (Vec::new(), Vec::new());
    for shard in all {
        assert!(shard.world.seen.is_sorted_by_key(|s| s.0), "time never runs back");
        seen.extend(shard.world.seen);
        decided.extend(shard.world.decided);
    }
    seen.sort_unstable();
    decided.sort_unstable();
    (seen, decided)
}

#[test]
fn all_sets_see_the_same_for_any_order_of_ties() {
    let wheel = run(Wheel::default, 1, 1, u64::from);
    assert!(wheel.0.len() > 2_000 && wheel.0.last().unwrap().0 > 100_000);
    for seed in 0..4 {
        let order = |i: u32| mix(u64::from(i) ^ seed << 32);
        assert_eq!(wheel, run(Heap::default, 1, 1, order));
        assert_eq!(wheel, run(|| Classes::new(&[1, 41, 7, 65]), 1, 1, order));
        assert_eq!(wheel, run(|| Wheel::new(64), 1, 1, order));
    }
}

#[test]
fn shards_and_threads_see_what_one_engine_sees() {
    let alone = run(Wheel::default, 1, 1, u64::from);
    for shards in [2, 4] {
        for threads in [1, 2, 4] {
            assert_eq!(alone, run(Wheel::default, shards, threads, u64::from), "{shards} shards, {threads} threads");
            assert_eq!(alone, run(|| Classes::new(&[7]), shards, threads, u64::from));
        }
    }
}

#[test]
fn shards_go_on_with_the_threads_that_come() {
    let alone = run(Wheel::default, 1, 1, u64::from);
    for given in [0, 1, 2] {
        let found = crate::threads::scarce::with(given, || run(Wheel::default, 4, 4, u64::from));
        assert_eq!(alone, found, "{given} threads besides the first");
    }
}

#[test]
fn a_node_decides_once_a_tick_with_all_arrivals_in_view() {
    let mut engine = Engine::new(Wheel::default());
    let mut world = Bouncer::new(0, NODES, 0);
    for message in [1, 9, 17] {
        engine.post(7, message);
    }
    engine.post(7, 8);
    assert!(engine.run(&mut world, Tick::MAX, u64::MAX));
    world.decided.sort_unstable();
    let sum = |values: &[u64]| values.iter().fold(0u64, |sum, v| sum.wrapping_add(mix(*v) | 1));
    assert_eq!(world.decided, [(7, 0, sum(&[8])), (7, 1, sum(&[1, 9, 17]))]);
}

#[test]
fn rewinding_drops_all_that_is_pending() {
    fn after(mut set: impl EventSet<u64>) {
        for round in 0..3 {
            for delay in [0, 1, 7, 63, 64, 4095, 4096, 20_000] {
                set.push_message(0, delay, delay);
                set.push_signal(0, delay + 3, 5);
            }
            set.rewind();
            assert_eq!(set.next_tick(), None);
            set.push_signal(0, 9 + round, 1);
            assert_eq!(set.next_tick(), Some(9 + round));
            let mut due = Due::default();
            set.take(9 + round, &mut due);
            assert_eq!((due.signals.len(), due.messages.len()), (1, 0));
            due.signals.clear();
            set.give_back(9 + round, &mut due);
            set.rewind();
        }
    }
    after(Wheel::new(64));
    after(Wheel::default());
    after(Heap::default());
    after(Classes::new(&[1, 7, 64]));
}

/// Answers every signal with one in the next tick.
struct Echo {
    heard: u64,
}

impl World for Echo {
    type Message = u64;
    type Parcel = ();

    fn apply(&mut self, _: u64, _: &mut impl Outbox<u64, Self::Parcel>) {}

    fn signal(&mut self, signal: u32, out: &mut impl Outbox<u64, Self::Parcel>) {
        self.heard += 1;
        out.signal(Delay::MIN, signal);
    }

    fn decide(&mut self, _: &mut impl Outbox<u64, Self::Parcel>) -> bool {
        false
    }

    fn unpack(&mut self, (): ()) -> Arrival<u64> {
        Arrival::Signal(0)
    }
}

fn echoes(shards: usize) -> Vec<Shard<Echo, Wheel<u64>>> {
    let make = |_| {
        let mut engine = Engine::new(Wheel::default());
        engine.post(0, 0);
        Shard { engine, world: Echo { heard: 0 }, lookahead: Lookahead::strict(Delay::MIN) }
    };
    (0..shards).map(make).collect()
}

#[test]
fn budget_end_and_question_stop_an_endless_run() {
    for shards in [1, 3] {
        let (mut all, mut exchange) = (echoes(shards), Exchange::new(shards, 2));
        let limits = RunLimits { budget: 1000, ..UNLIMITED };
        assert_eq!(run_shards(&mut all, &mut exchange, limits), Stopped::Budget);
        assert!(all.iter().all(|shard| (1000..1010).contains(&shard.world.heard)));
        let limits = RunLimits { end: 5000, ..UNLIMITED };
        assert_eq!(run_shards(&mut all, &mut exchange, limits), Stopped::Done);
        assert!(all.iter().all(|shard| shard.world.heard == 5000), "one each tick before the end");
        let limits = RunLimits { cancelled: &|| true, ..UNLIMITED };
        assert_eq!(run_shards(&mut all, &mut exchange, limits), Stopped::Cancelled);
    }
}
