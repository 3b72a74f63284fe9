//! Shards side by side, in windows.
//!
//! Nothing sent between shards is due sooner than the lookahead. So when the earliest event of all shards is at
//! tick N, no shard can get anything new before N + lookahead, and each handles its events up to there alone.
//! What it sends to others is handed over between windows. In which order parcels arrive does not matter, as
//! events of a tick commute: results are the same for any number of shards and threads.

use super::gate::Gate;
use super::{Engine, EventSet, World};
use crate::units::{Delay, Tick};
use crossbeam::utils::CachePadded;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A part of the nodes, with their pending events.
#[derive(Debug)]
pub struct Shard<W: World, S> {
    /// Pending events.
    pub engine: Engine<W, S>,
    /// The nodes.
    pub world: W,
}

/// What ends a run before nothing is pending.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Events are handled only before this tick.
    pub end: Tick,
    /// Most messages and signals of a shard.
    pub budget: u64,
    /// Asked now and then whether to stop.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Nothing is pending before the end.
    Done,
    /// A shard's budget is spent.
    Budget,
    /// It was asked to stop.
    Cancelled,
}

/// Messages and signals between two questions whether to stop: some milliseconds.
const QUANTUM: u64 = 1 << 18;

/// Runs all shards until nothing is pending, on so many threads.
///
/// `lookahead` is the least delay of what is shipped between shards.
pub fn run_shards<W, S>(shards: &mut [Shard<W, S>], threads: usize, lookahead: Delay, limits: Limits<'_>) -> Stopped
where
    W: World + Send,
    S: EventSet<W::Message> + Send,
    W::Message: Send,
{
    if let [only] = shards {
        return run_alone(only, limits);
    }
    let count = shards.len();
    let threads = threads.clamp(1, count.max(1));
    let exchange = Exchange::<W>::new(shards, threads);
    let mut parts: Vec<Vec<(usize, &mut Shard<W, S>)>> = (0..threads).map(|_| Vec::new()).collect();
    for (index, shard) in shards.iter_mut().enumerate() {
        // Neighbouring shards go to one thread: they talk most.
        parts[index * threads / count].push((index, shard));
    }
    let mut first = parts.swap_remove(0);
    let ended = crossbeam::thread::scope(|scope| {
        for mut part in parts {
            let exchange = &exchange;
            scope.spawn(move |_| exchange.work(&mut part, lookahead, limits));
        }
        exchange.work(&mut first, lookahead, limits)
    });
    match ended {
        Ok(stopped) => stopped,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn run_alone<W: World, S: EventSet<W::Message>>(shard: &mut Shard<W, S>, limits: Limits<'_>) -> Stopped {
    let last = shard.engine.events().saturating_add(limits.budget);
    loop {
        let quantum = QUANTUM.min(last - shard.engine.events());
        if shard.engine.run(&mut shard.world, limits.end, quantum) {
            return Stopped::Done;
        }
        if shard.engine.events() >= last {
            return Stopped::Budget;
        }
        if (limits.cancelled)() {
            return Stopped::Cancelled;
        }
    }
}

type Parcels<W> = Vec<(Tick, <W as World>::Parcel)>;

/// What the threads share. Everything is there twice: in a window one copy is written and the other one read.
struct Exchange<W: World> {
    gate: Gate,
    shards: usize,
    /// Next tick of every shard, what it sent included.
    next: [Vec<CachePadded<AtomicU64>>; 2],
    /// Parcels by (sender, receiver).
    mail: [Vec<CachePadded<Mutex<Parcels<W>>>>; 2],
    /// Which of them hold something.
    flags: [Vec<AtomicBool>; 2],
    /// Reasons to stop, as numbers of [`REASONS`].
    stop: [AtomicU64; 2],
}

const REASONS: [Stopped; 3] = [Stopped::Done, Stopped::Cancelled, Stopped::Budget];

impl<W: World> Exchange<W> {
    fn new<S: EventSet<W::Message>>(shards: &mut [Shard<W, S>], threads: usize) -> Self {
        let count = shards.len();
        let next =
            |shard: &mut Shard<W, S>| CachePadded::new(AtomicU64::new(shard.engine.next_tick().unwrap_or(Tick::MAX)));
        let first: Vec<_> = shards.iter_mut().map(next).collect();
        let mail = || (0..count * count).map(|_| CachePadded::new(Mutex::new(Vec::new()))).collect();
        let flags = || (0..count * count).map(|_| AtomicBool::new(false)).collect();
        Self {
            gate: Gate::new(threads),
            shards: count,
            next: [first, (0..count).map(|_| CachePadded::new(AtomicU64::new(Tick::MAX))).collect()],
            mail: [mail(), mail()],
            flags: [flags(), flags()],
            stop: [AtomicU64::new(0), AtomicU64::new(0)],
        }
    }

    /// One thread's work.
    fn work<S>(&self, part: &mut [(usize, &mut Shard<W, S>)], lookahead: Delay, limits: Limits<'_>) -> Stopped
    where
        S: EventSet<W::Message>,
    {
        let budgets: Vec<u64> =
            part.iter().map(|(_, shard)| shard.engine.events().saturating_add(limits.budget)).collect();
        let mut asked = 0;
        for window in 0.. {
            let (read, write) = (window % 2, (window + 1) % 2);
            let start = self.next[read].iter().map(|next| next.load(Ordering::Relaxed)).min().unwrap_or(Tick::MAX);
            let stop = self.stop[read].load(Ordering::Relaxed);
            if stop != 0 {
                self.deliver_all(part, read);
                return REASONS[stop as usize];
            }
            if start >= limits.end {
                self.deliver_all(part, read);
                return Stopped::Done;
            }
            let end = start.saturating_add(lookahead.get()).min(limits.end);
            let mut handled = 0;
            for ((index, shard), last) in part.iter_mut().zip(&budgets) {
                self.deliver(*index, shard, read);
                let before = shard.engine.events();
                if !shard.engine.run(&mut shard.world, end, last - before.min(*last)) {
                    self.stop[write].fetch_max(2, Ordering::Relaxed);
                }
                handled += shard.engine.events() - before;
                let next = shard.engine.next_tick().unwrap_or(Tick::MAX).min(self.post(*index, shard, write));
                self.next[write][*index].store(next, Ordering::Relaxed);
            }
            asked += handled;
            if asked >= QUANTUM {
                asked = 0;
                if (limits.cancelled)() {
                    self.stop[write].fetch_max(1, Ordering::Relaxed);
                }
            }
            self.gate.pass();
        }
        Stopped::Done
    }

    /// Hands over what a shard sent; gives the earliest tick at which some of it is due.
    fn post<S: EventSet<W::Message>>(&self, from: usize, shard: &mut Shard<W, S>, copy: usize) -> Tick {
        let mut earliest = Tick::MAX;
        for (to, parcels) in shard.engine.outgoing.iter_mut().enumerate() {
            if parcels.is_empty() {
                continue;
            }
            earliest = parcels.iter().fold(earliest, |least, (at, _)| least.min(*at));
            let slot = from * self.shards + to;
            // The receiver emptied the list in the window before: the two change places, and no memory is taken.
            let mut mail = self.mail[copy][slot].lock().unwrap_or_else(PoisonError::into_inner);
            debug_assert!(mail.is_empty());
            std::mem::swap(&mut *mail, parcels);
            self.flags[copy][slot].store(true, Ordering::Relaxed);
        }
        earliest
    }

    /// Takes in what was sent to a shard.
    fn deliver<S: EventSet<W::Message>>(&self, to: usize, shard: &mut Shard<W, S>, copy: usize) {
        for from in 0..self.shards {
            let slot = from * self.shards + to;
            if !self.flags[copy][slot].load(Ordering::Relaxed) {
                continue;
            }
            self.flags[copy][slot].store(false, Ordering::Relaxed);
            let mut mail = self.mail[copy][slot].lock().unwrap_or_else(PoisonError::into_inner);
            for (at, parcel) in mail.drain(..) {
                let arrival = shard.world.unpack(parcel);
                shard.engine.receive(at, arrival);
            }
        }
    }

    /// Nothing that was sent is lost when a run ends early.
    fn deliver_all<S: EventSet<W::Message>>(&self, part: &mut [(usize, &mut Shard<W, S>)], copy: usize) {
        for (index, shard) in part {
            self.deliver(*index, shard, copy);
        }
    }
}
