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

/// Runs all shards until nothing is pending, or until a limit, on as many threads as their exchange was made for.
///
/// `lookahead` is the least delay of what is shipped between shards.
pub fn run_shards<W, S>(
    shards: &mut [Shard<W, S>],
    exchange: &mut Exchange<W::Parcel>,
    lookahead: Delay,
    limits: Limits<'_>,
) -> Stopped
where
    W: World + Send,
    S: EventSet<W::Message> + Send,
    W::Message: Send,
{
    if let [only] = shards {
        return run_alone(only, limits);
    }
    exchange.begin(shards, limits.budget);
    let exchange = &*exchange;
    if exchange.threads == 1 {
        return exchange.work(0, shards, lookahead, limits);
    }
    let ended = crossbeam::thread::scope(|scope| {
        let (mine, mut rest) = shards.split_at_mut(exchange.first_of(1));
        for thread in 1..exchange.threads {
            let first = exchange.first_of(thread);
            let (part, others) = std::mem::take(&mut rest).split_at_mut(exchange.first_of(thread + 1) - first);
            rest = others;
            scope.spawn(move |_| exchange.work(thread, part, lookahead, limits));
        }
        exchange.work(0, mine, lookahead, limits)
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

/// What shards share, kept from one run to the next so that its memory is used again. Everything is there twice: in a
/// window one copy is written and the other one read.
#[derive(Debug)]
pub struct Exchange<P> {
    gate: Gate,
    threads: usize,
    /// Next tick of all shards of every thread, what they sent included.
    next: [Vec<CachePadded<AtomicU64>>; 2],
    /// Next tick of every shard, for its own thread: most shards have nothing to do in a window.
    own: Vec<AtomicU64>,
    /// What was sent to every shard.
    mail: [Vec<CachePadded<Mailbox<P>>>; 2],
    /// Reasons to stop, as numbers of [`REASONS`].
    stop: [AtomicU64; 2],
    /// Events with which the budget of each shard is spent.
    last: Vec<u64>,
}

/// Parcels for a shard, and whether there are any.
#[derive(Debug)]
struct Mailbox<P> {
    full: AtomicBool,
    parcels: Mutex<Vec<(Tick, P)>>,
}

impl<P> Default for Mailbox<P> {
    fn default() -> Self {
        Self { full: AtomicBool::new(false), parcels: Mutex::new(Vec::new()) }
    }
}

const REASONS: [Stopped; 3] = [Stopped::Done, Stopped::Cancelled, Stopped::Budget];

impl<P: Copy + Send> Exchange<P> {
    /// For so many shards, which so many threads run; fewer, where there are not enough shards.
    pub fn new(shards: usize, threads: usize) -> Self {
        let threads = threads.clamp(1, shards.max(1));
        let next = || (0..threads).map(|_| CachePadded::new(AtomicU64::new(Tick::MAX))).collect();
        let mail = || (0..shards).map(|_| CachePadded::new(Mailbox::default())).collect();
        Self {
            gate: Gate::new(threads),
            threads,
            next: [next(), next()],
            own: (0..shards).map(|_| AtomicU64::new(Tick::MAX)).collect(),
            mail: [mail(), mail()],
            stop: [AtomicU64::new(0), AtomicU64::new(0)],
            last: vec![0; shards],
        }
    }

    /// The first shard of a thread. Neighbouring shards go to one thread: they talk most.
    fn first_of(&self, thread: usize) -> usize {
        (thread * self.last.len()).div_ceil(self.threads)
    }

    /// Readies all for a run. The last one left no parcels.
    fn begin<W, S>(&mut self, shards: &mut [Shard<W, S>], budget: u64)
    where
        W: World<Parcel = P>,
        S: EventSet<W::Message>,
    {
        debug_assert!(shards.len() == self.last.len());
        self.stop.iter_mut().for_each(|stop| *stop.get_mut() = 0);
        for ((shard, own), last) in shards.iter_mut().zip(&mut self.own).zip(&mut self.last) {
            *own.get_mut() = shard.engine.next_tick().unwrap_or(Tick::MAX);
            *last = shard.engine.events().saturating_add(budget);
        }
        for thread in 0..self.threads {
            let own = &self.own[self.first_of(thread)..self.first_of(thread + 1)];
            let least = own.iter().map(|own| own.load(Ordering::Relaxed)).min().unwrap_or(Tick::MAX);
            *self.next[0][thread].get_mut() = least;
        }
    }

    /// One thread's work on its shards.
    fn work<W, S>(&self, thread: usize, part: &mut [Shard<W, S>], lookahead: Delay, limits: Limits<'_>) -> Stopped
    where
        W: World<Parcel = P>,
        S: EventSet<W::Message>,
    {
        let (first, mut asked) = (self.first_of(thread), 0);
        for window in 0.. {
            let (read, write) = (window % 2, (window + 1) % 2);
            let start = self.next[read].iter().map(|next| next.load(Ordering::Relaxed)).min().unwrap_or(Tick::MAX);
            let stop = self.stop[read].load(Ordering::Relaxed);
            if stop != 0 || start >= limits.end {
                // Nothing that was sent is lost when a run ends early.
                part.iter_mut().zip(first..).for_each(|(shard, index)| {
                    self.deliver(index, shard, read);
                });
                return REASONS[stop as usize];
            }
            let end = start.saturating_add(lookahead.get()).min(limits.end);
            let mut least = Tick::MAX;
            for (shard, index) in part.iter_mut().zip(first..) {
                let next = self.own[index].load(Ordering::Relaxed);
                if !self.deliver(index, shard, read) && next >= end {
                    least = least.min(next);
                    continue;
                }
                let before = shard.engine.events();
                if !shard.engine.run(&mut shard.world, end, self.last[index].saturating_sub(before)) {
                    self.stop[write].fetch_max(2, Ordering::Relaxed);
                }
                asked += shard.engine.events() - before;
                let next = shard.engine.next_tick().unwrap_or(Tick::MAX);
                self.own[index].store(next, Ordering::Relaxed);
                least = least.min(next).min(self.post(shard, write));
            }
            self.next[write][thread].store(least, Ordering::Relaxed);
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
    fn post<W: World<Parcel = P>, S>(&self, shard: &mut Shard<W, S>, copy: usize) -> Tick {
        let mut earliest = Tick::MAX;
        for parcels in shard.engine.outgoing.chunk_by(|a, b| a.to == b.to) {
            let mailbox = &self.mail[copy][usize::from(parcels[0].to)];
            let mut mail = mailbox.parcels.lock().unwrap_or_else(PoisonError::into_inner);
            mail.extend(parcels.iter().map(|sent| (sent.at, sent.parcel)));
            mailbox.full.store(true, Ordering::Relaxed);
            earliest = parcels.iter().fold(earliest, |least, sent| least.min(sent.at));
        }
        shard.engine.outgoing.clear();
        earliest
    }

    /// Takes in what was sent to a shard; says whether there was something.
    fn deliver<W, S>(&self, to: usize, shard: &mut Shard<W, S>, copy: usize) -> bool
    where
        W: World<Parcel = P>,
        S: EventSet<W::Message>,
    {
        let mailbox = &self.mail[copy][to];
        if !mailbox.full.load(Ordering::Relaxed) {
            return false;
        }
        mailbox.full.store(false, Ordering::Relaxed);
        let mut mail = mailbox.parcels.lock().unwrap_or_else(PoisonError::into_inner);
        for (at, parcel) in mail.drain(..) {
            let arrival = shard.world.unpack(parcel);
            shard.engine.receive(at, arrival);
        }
        true
    }
}
