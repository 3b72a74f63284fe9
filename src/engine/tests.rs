//! The wheel against the heap, and the promises of the loop.

use super::*;
use crate::rng::mix;

/// Nodes that pass messages on after delays drawn from the message itself, and log what they see per tick.
struct Bouncer {
    seen: Vec<(Tick, NodeId, u64)>,
    decided: Vec<(Tick, NodeId, u64)>,
    sums: Vec<u64>,
    left: u32,
}

impl World for Bouncer {
    type Message = u64;

    fn apply<S: EventSet<u64>>(&mut self, now: Tick, event: Event<u64>, out: &mut Outbox<'_, u64, S>) {
        self.seen.push((now, event.node, event.message));
        self.sums[event.node as usize] = self.sums[event.node as usize].wrapping_add(event.message);
        out.decide(event.node);
    }

    fn decide<S: EventSet<u64>>(&mut self, now: Tick, node: NodeId, out: &mut Outbox<'_, u64, S>) {
        let sum = std::mem::take(&mut self.sums[node as usize]);
        self.decided.push((now, node, sum));
        if self.left > 0 {
            self.left -= 1;
            let draw = mix(sum ^ now);
            // Delays around all borders of the wheel: 1, within, one turn, several turns.
            let delay = match draw % 5 {
                0 => 1,
                1 => 1 + (draw >> 8) % 64,
                2 => 4090 + (draw >> 8) % 12,
                3 => 1 + (draw >> 8) % 20_000,
                _ => 1 + (draw >> 8) % 4096,
            };
            let delay = Delay::new(delay).expect("at least one");
            out.send(delay, ((draw >> 32) % self.sums.len() as u64) as u32, draw);
        }
    }
}

fn run<S: EventSet<u64>>(set: S, order: impl Fn(u64) -> u64) -> Bouncer {
    let mut engine = Engine::new(8, set);
    let mut world = Bouncer { seen: Vec::new(), decided: Vec::new(), sums: vec![0; 8], left: 5_000 };
    let mut first: Vec<u64> = (0..64).collect();
    first.sort_by_key(|i| order(*i));
    for i in first {
        engine.post(mix(i) % 100, (i % 8) as u32, i);
    }
    engine.run(&mut world, u64::MAX).unwrap();
    assert!(world.seen.is_sorted_by_key(|s| s.0), "time never runs back");
    world.seen.sort_unstable();
    world
}

#[test]
fn wheel_and_heap_see_the_same_for_any_order_of_ties() {
    let wheel = run(Wheel::default(), |i| i);
    assert!(wheel.seen.len() > 5_000 && wheel.seen.last().unwrap().0 > 100_000);
    for seed in 0..4 {
        let heap = run(Heap::default(), |i| mix(i ^ seed << 32));
        assert_eq!(wheel.seen, heap.seen);
    }
}

#[test]
fn a_node_decides_once_a_tick_with_all_arrivals_in_view() {
    let mut engine = Engine::new(2, Wheel::default());
    let mut world = Bouncer { seen: Vec::new(), decided: Vec::new(), sums: vec![0; 2], left: 0 };
    for message in [1, 10, 100] {
        engine.post(7, 1, message);
    }
    engine.post(7, 0, 5);
    engine.run(&mut world, u64::MAX).unwrap();
    world.decided.sort_unstable();
    assert_eq!(world.decided, [(7, 0, 5), (7, 1, 111)]);
}

#[test]
fn a_budget_ends_an_endless_run() {
    struct Echo;
    impl World for Echo {
        type Message = u64;
        fn apply<S: EventSet<u64>>(&mut self, _: Tick, event: Event<u64>, out: &mut Outbox<'_, u64, S>) {
            out.send(Delay::MIN, event.node, 0);
        }
        fn decide<S: EventSet<u64>>(&mut self, _: Tick, _: NodeId, _: &mut Outbox<'_, u64, S>) {}
    }
    let mut engine = Engine::new(1, Wheel::default());
    engine.post(0, 0, 0);
    assert_eq!(engine.run(&mut Echo, 1000), Err(BudgetSpent { at: 1000 }));
}
