//! PHOLD: logical processes that answer every event with one, for a process drawn at random, after a random time.
//!
//! Fujimoto (1990), Performance of Time Warp under synthetic workloads. As ROSS runs it: every process begins with one
//! event; an event goes to another process, all alike, with probability `remote`, else to its own; its delay is the
//! lookahead plus a time drawn from an exponential distribution.

use spikemesh::engine::{
    Arrival, Engine, EventSet, Exchange, Lookahead, Outbox, RunLimits, Shard, Stopped, World, run_shards,
};
use spikemesh::rng::mix;
use spikemesh::units::{Delay, Tick};

/// Ticks in a unit of simulated time: the resolution of all delays.
pub const UNIT: u64 = 256;

/// What is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Logical processes.
    pub processes: u32,
    /// Share of events that go to a process drawn from all.
    pub remote: f64,
    /// Mean of the exponential part of a delay (units).
    pub mean: f64,
    /// Least delay (units).
    pub lookahead: u64,
    /// Seed of all draws.
    pub seed: u64,
    /// Shards of equal size.
    pub shards: u32,
}

impl Plan {
    /// 4,096 processes, a quarter of events remote, a mean of 1 beyond a lookahead of 1.
    pub fn usual(shards: u32) -> Self {
        Self { processes: 4096, remote: 0.25, mean: 1.0, lookahead: 1, seed: 1, shards }
    }

    fn shard_of(&self, process: u32) -> u16 {
        (process / self.processes.div_ceil(self.shards)) as u16
    }

    fn lookahead(&self) -> Delay {
        Delay::new(self.lookahead * UNIT).expect("a lookahead of at least a unit")
    }
}

/// A logical process.
#[derive(Clone, Copy)]
struct Process {
    /// State of its draws.
    draws: u64,
    /// Events of this tick.
    arrived: u32,
}

impl Process {
    fn draw(&mut self) -> u64 {
        self.draws = self.draws.wrapping_add(1);
        mix(self.draws)
    }
}

/// The processes of a shard.
pub struct Processes {
    plan: Plan,
    first: u32,
    shard: u16,
    all: Vec<Process>,
    /// Processes with events in this tick.
    asked: Vec<u32>,
    /// Sum over all events of a hash of process and tick.
    checksum: u64,
}

impl Processes {
    /// Where the next event of a process goes, and when (ticks from now).
    fn next(&mut self, index: usize) -> (u32, Delay) {
        let (plan, process) = (self.plan, &mut self.all[index]);
        let share = |draw: u64| (draw >> 11) as f64 / (1u64 << 53) as f64;
        let to = if share(process.draw()) < plan.remote {
            ((u64::from(plan.processes) * (process.draw() >> 32)) >> 32) as u32
        } else {
            self.first + index as u32
        };
        // 1 - u is more than 0.
        let wait = -libm::log(1.0 - share(process.draw())) * plan.mean * UNIT as f64;
        (to, plan.lookahead().saturating_add(wait as u64))
    }
}

impl World for Processes {
    type Message = u32;
    type Parcel = u32;

    #[inline]
    fn apply(&mut self, to: u32, out: &mut impl Outbox<u32, u32>) {
        self.checksum = self.checksum.wrapping_add(mix(u64::from(to) << 40 ^ out.now()));
        let process = &mut self.all[(to - self.first) as usize];
        process.arrived += 1;
        if process.arrived == 1 {
            self.asked.push(to - self.first);
        }
    }

    fn signal(&mut self, to: u32, out: &mut impl Outbox<u32, u32>) {
        self.apply(to, out);
    }

    fn decide(&mut self, out: &mut impl Outbox<u32, u32>) -> bool {
        let asked = std::mem::take(&mut self.asked);
        for index in &asked {
            for _ in 0..std::mem::take(&mut self.all[*index as usize].arrived) {
                let (to, delay) = self.next(*index as usize);
                match self.plan.shard_of(to) {
                    shard if shard == self.shard => out.send(delay, to),
                    shard => out.ship(shard, delay, to),
                }
            }
        }
        self.asked = asked;
        self.asked.clear();
        false
    }

    fn unpack(&mut self, to: u32) -> Arrival<u32> {
        Arrival::Message(to)
    }
}

/// A run of PHOLD that can go on.
pub struct Phold<S> {
    shards: Vec<Shard<Processes, S>>,
    exchange: Exchange<u32>,
    done: Tick,
}

impl<S: EventSet<u32> + Send> Phold<S> {
    /// A run at its beginning. All threads work, whether that pays or not.
    pub fn new(plan: Plan, threads: usize, set: impl Fn() -> S) -> Self {
        let each = plan.processes.div_ceil(plan.shards);
        let shard = |number: u32| {
            let (first, count) = (number * each, each.min(plan.processes - number * each));
            let process = |process| Process { draws: mix(plan.seed ^ u64::from(process) << 32), arrived: 0 };
            let all = (first..first + count).map(process).collect();
            let mut world = Processes { plan, first, shard: number as u16, all, asked: Vec::new(), checksum: 0 };
            let mut engine = Engine::new(set());
            for index in 0..count {
                // The first event is each process's own.
                let (_, delay) = world.next(index as usize);
                engine.post(delay.get(), first + index);
            }
            Shard { engine, world, lookahead: Lookahead::strict(plan.lookahead()) }
        };
        let shards: Vec<_> = (0..plan.shards).map(shard).collect();
        let exchange = Exchange::always(shards.len(), threads);
        Self { shards, exchange, done: 0 }
    }

    /// Runs more units of simulated time.
    pub fn run(&mut self, units: u64) {
        self.done += units * UNIT;
        let limits = RunLimits { end: self.done, budget: u64::MAX, cancelled: &|| false };
        let stopped = run_shards(&mut self.shards, &mut self.exchange, limits);
        assert_eq!(stopped, Stopped::Done);
    }

    /// Events so far, and their checksum.
    pub fn seen(&self) -> (u64, u64) {
        let events = self.shards.iter().map(|shard| shard.engine.events()).sum();
        let sums = self.shards.iter().map(|shard| shard.world.checksum);
        (events, sums.fold(0, u64::wrapping_add))
    }
}
