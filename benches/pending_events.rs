//! The pending-event set under the hold model: the wheel against a binary heap and a priority queue.
//!
//! A set of n events is kept at n: each of its earliest tick's events is taken out and put back later. What a chip
//! needs: delays of a few ticks (credits), tens (hops) and hundreds (synapse bursts), the odd one longer.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use priority_queue::PriorityQueue;
use spikemesh::engine::{Event, EventSet, Heap, Wheel};
use spikemesh::rng::mix;
use spikemesh::units::Tick;
use std::cmp::Reverse;
use std::time::Duration;

/// The priority-queue crate as an event set: items are unique numbers, priorities are ticks.
#[derive(Default)]
struct Keyed {
    queue: PriorityQueue<u64, Reverse<Tick>>,
    events: Vec<Event<u64>>,
    free: Vec<u64>,
}

impl EventSet<u64> for Keyed {
    fn push(&mut self, at: Tick, event: Event<u64>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.events.push(event);
            self.events.len() as u64 - 1
        });
        self.events[slot as usize] = event;
        self.queue.push(slot, Reverse(at));
    }

    fn next_tick(&mut self) -> Option<Tick> {
        self.queue.peek().map(|(_, Reverse(at))| *at)
    }

    fn take(&mut self, tick: Tick, due: &mut Vec<Event<u64>>) {
        while let Some((&slot, &Reverse(at))) = self.queue.peek()
            && at == tick
        {
            self.queue.pop();
            self.free.push(slot);
            due.push(self.events[slot as usize]);
        }
    }

    fn give_back(&mut self, _due: &mut Vec<Event<u64>>) {}

    fn rewind(&mut self) {}
}

/// A delay as chips have them [ticks].
fn delay(draw: u64) -> Tick {
    match draw % 16 {
        0..=5 => 1 + (draw >> 8) % 3,
        6..=12 => 20 + (draw >> 8) % 50,
        13 | 14 => 100 + (draw >> 8) % 900,
        _ => 1 + (draw >> 8) % 20_000,
    }
}

/// A set that is held at some number of events.
struct Held<S> {
    set: S,
    due: Vec<Event<u64>>,
    draw: u64,
}

impl<S: EventSet<u64> + Default> Held<S> {
    fn new(pending: u64) -> Self {
        let mut set = S::default();
        for i in 0..pending {
            set.push(delay(mix(i)), Event { node: i as u32, message: i });
        }
        Self { set, due: Vec::new(), draw: 0 }
    }

    /// Takes out and puts back at least so many events; gives how many.
    fn hold(&mut self, events: u64) -> u64 {
        let mut done = 0;
        while done < events {
            let tick = self.set.next_tick().expect("the set is never empty");
            self.set.take(tick, &mut self.due);
            done += self.due.len() as u64;
            for event in self.due.drain(..) {
                self.draw = mix(self.draw ^ event.message);
                self.set.push(tick + delay(self.draw), event);
            }
            self.set.give_back(&mut self.due);
        }
        done
    }
}

const EVENTS: u64 = 20_000;

fn one<S: EventSet<u64> + Default>(criterion: &mut Criterion, name: &str) {
    let mut group = criterion.benchmark_group("pending_events");
    group.throughput(Throughput::Elements(EVENTS));
    group.sample_size(10).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(500));
    for pending in [1_000, 10_000, 100_000] {
        let mut held = Held::<S>::new(pending);
        group.bench_with_input(BenchmarkId::new(name, pending), &(), |b, ()| b.iter(|| held.hold(EVENTS)));
    }
    group.finish();
}

fn benches(criterion: &mut Criterion) {
    one::<Wheel<u64>>(criterion, "wheel");
    one::<Heap<u64>>(criterion, "binary heap");
    one::<Keyed>(criterion, "priority-queue");
}

criterion_group!(pending_events, benches);
criterion_main!(pending_events);
