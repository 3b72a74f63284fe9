//! Pending events under the hold model: the wheel and the queues by delay against a binary heap and a priority queue.
//!
//! A set of n events is kept at n: each of its earliest tick's events is taken out and put back later. Three mixes of
//! delays: a clocked chip's (1 to 8 cycles), an asynchronous chip's in picoseconds (eight fixed latencies of
//! nanoseconds), and any up to 1,000,000 ticks, all alike. The throughput is in events taken out and put back.

mod cpu;

use cpu::CpuTime;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use priority_queue::PriorityQueue;
use spikemesh::engine::{Classes, Due, EventSet, Heap, Wheel};
use spikemesh::rng::mix;
use spikemesh::units::Tick;
use std::cmp::Reverse;
use std::time::Duration;

/// The priority-queue crate as an event set of messages: items are unique numbers, priorities are ticks.
#[derive(Default)]
struct Keyed {
    queue: PriorityQueue<u64, Reverse<Tick>>,
    messages: Vec<u64>,
    free: Vec<u64>,
}

impl EventSet<u64> for Keyed {
    fn push_message(&mut self, now: Tick, delay: u64, message: u64) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.messages.push(message);
            self.messages.len() as u64 - 1
        });
        self.messages[slot as usize] = message;
        self.queue.push(slot, Reverse(now + delay));
    }

    fn push_signal(&mut self, now: Tick, delay: u64, signal: u32) {
        self.push_message(now, delay, signal.into());
    }

    fn next_tick(&mut self) -> Option<Tick> {
        self.queue.peek().map(|(_, Reverse(at))| *at)
    }

    fn take(&mut self, tick: Tick, due: &mut Due<u64>) {
        while let Some((&slot, &Reverse(at))) = self.queue.peek()
            && at == tick
        {
            self.queue.pop();
            self.free.push(slot);
            due.messages.push(self.messages[slot as usize]);
        }
    }

    fn give_back(&mut self, _tick: Tick, _due: &mut Due<u64>) {}

    fn rewind(&mut self) {
        self.queue.clear();
        self.messages.clear();
        self.free.clear();
    }
}

/// A mix of delays (ticks).
type Mix = fn(u64) -> u64;

fn clocked(draw: u64) -> u64 {
    1 + (draw >> 8) % 8
}

/// Latencies of a chip without a clock (ps).
const CLASSES: [u64; 8] = [300, 600, 3_800, 4_100, 6_000, 6_500, 16_000, 30_000];

fn asynchronous(draw: u64) -> u64 {
    CLASSES[(draw >> 8) as usize % CLASSES.len()]
}

/// Any of a million ticks.
fn any(draw: u64) -> u64 {
    1 + (draw >> 8) % 1_000_000
}

/// A set that is held at some number of events.
struct Held<S> {
    set: S,
    due: Due<u64>,
    draw: u64,
    delay: Mix,
}

impl<S: EventSet<u64>> Held<S> {
    fn new(mut set: S, delay: Mix, pending: u64) -> Self {
        (0..pending).for_each(|i| set.push_message(0, delay(mix(i)), i));
        Self { set, due: Due::default(), draw: 0, delay }
    }

    /// Takes out and puts back at least so many events; gives how many.
    fn hold(&mut self, events: u64) -> u64 {
        let mut done = 0;
        while done < events {
            let tick = self.set.next_tick().expect("the set is never empty");
            self.set.take(tick, &mut self.due);
            done += self.due.messages.len() as u64;
            for message in self.due.messages.drain(..) {
                // Cheap, so that the set is timed and not the draw.
                self.draw = self.draw.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(message | 1);
                self.set.push_message(tick, (self.delay)(self.draw >> 20), message);
            }
            self.set.give_back(tick, &mut self.due);
        }
        done
    }
}

const EVENTS: u64 = 20_000;

fn one<S: EventSet<u64>>(
    criterion: &mut Criterion<CpuTime>,
    name: &str,
    (mix, delay): (&str, Mix),
    set: impl Fn() -> S,
) {
    let mut group = criterion.benchmark_group(format!("pending events, {mix}"));
    group.throughput(Throughput::Elements(EVENTS));
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(500));
    for pending in [1_000, 10_000, 100_000] {
        let mut held = Held::new(set(), delay, pending);
        group.bench_with_input(BenchmarkId::new(name, pending), &(), |b, ()| b.iter(|| held.hold(EVENTS)));
    }
    group.finish();
}

fn benches(criterion: &mut Criterion<CpuTime>) {
    let mixes: [(&str, Mix, u64); 3] =
        [("cycles", clocked, 8), ("picoseconds", asynchronous, 30_000), ("a million ticks", any, 1_000_000)];
    for (name, delay, longest) in mixes {
        let mix = (name, delay);
        let classes = if longest > 64 { CLASSES.to_vec() } else { (1..=longest).collect() };
        one(criterion, "wheel", mix, || Wheel::new(longest));
        one(criterion, "queues by delay", mix, || Classes::new(&classes));
        one(criterion, "binary heap", mix, Heap::default);
        one(criterion, "priority-queue", mix, Keyed::default);
    }
}

criterion_group! { name = pending_events; config = cpu::criterion(); targets = benches }
criterion_main!(pending_events);
