//! Shards side by side, in windows.
//!
//! Nothing sent between shards is due sooner than the lookahead. So when the earliest event of all shards is at
//! tick N, no shard can get anything new before N + lookahead, and each handles its events up to there alone.
//! Parcels are handed over between windows. Their order does not matter, as events of a tick commute: results are
//! the same for any number of shards and threads.

use super::gate::Gate;
use super::sync::{AtomicBool, AtomicU64, Mutex, Ordering, PoisonError};
use super::{Engine, EventSet, World};
use crate::threads;
use crate::units::{Delay, Tick};
use crossbeam::channel;
use crossbeam::utils::CachePadded;

/// A part of the nodes with their pending events (a logical process).
#[derive(Debug)]
pub struct Shard<W: World, S> {
    /// Its pending events and tick.
    pub engine: Engine<W, S>,
    /// The nodes themselves.
    pub world: W,
}

/// RunLimits that end a run while events are pending.
#[derive(Clone, Copy)]
pub struct RunLimits<'a> {
    /// Only events before this tick are handled.
    pub end: Tick,
    /// Most messages and signals of a shard.
    pub budget: u64,
    /// Polled every few milliseconds: whether to stop.
    pub cancelled: &'a (dyn Fn() -> bool + Sync),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// No event is pending before the end.
    Done,
    /// A shard's budget is spent.
    Budget,
    /// It was cancelled.
    Cancelled,
}

/// Messages and signals between two polls of cancellation: some milliseconds.
const QUANTUM: u64 = 1 << 18;

/// Messages and signals of a window per thread from which on another thread pays. A gate costs some hundred nanoseconds
/// where every thread has a processor, and some ten microseconds where one is preempted; an event takes some fifty
/// nanoseconds.
pub const EVENTS_THAT_PAY: u64 = 200;

/// Runs all shards until no event is pending, or until a limit. The number of threads is at most that of the exchange, and
/// of those that can be started and pay.
///
/// `lookahead` is the least delay between shards.
pub(crate) fn run_shards<W: World, S: EventSet<W::Message> + Send>(
    shards: &mut [Shard<W, S>],
    exchange: &mut Exchange<W::Parcel>,
    lookahead: Delay,
    limits: RunLimits<'_>,
) -> Stopped {
    if let [only] = shards {
        return run_alone(only, limits);
    }
    let events = |shards: &[Shard<W, S>]| shards.iter().map(|shard| shard.engine.events()).sum::<u64>();
    let before = events(shards);
    let (stopped, windows) = match exchange.paying_threads() {
        1 => {
            exchange.begin(shards, limits.budget, 1);
            exchange.work(0, shards, lookahead, limits)
        }
        threads => side_by_side(shards, exchange, threads, lookahead, limits),
    };
    exchange.count(events(shards) - before, windows);
    stopped
}

/// Runs shards on several threads. Shards are shared out when it is known how many threads could be started, so that no
/// thread waits at the gate for a missing one.
fn side_by_side<W: World, S: EventSet<W::Message> + Send>(
    shards: &mut [Shard<W, S>],
    exchange: &mut Exchange<W::Parcel>,
    threads: usize,
    lookahead: Delay,
    limits: RunLimits<'_>,
) -> (Stopped, u64) {
    let ended = crossbeam::thread::scope(move |scope| {
        type Task<'t, W, S, P> = (usize, &'t mut [Shard<W, S>], &'t Exchange<P>);
        let (send, tasks) = channel::unbounded::<Task<'_, W, S, W::Parcel>>();
        let mut come = 0;
        while come + 1 < threads {
            let tasks = tasks.clone();
            let help = move || match tasks.recv() {
                Ok((thread, part, exchange)) => exchange.work(thread, part, lookahead, limits).0,
                Err(_) => Stopped::Done,
            };
            if threads::start(scope, help).is_err() {
                break;
            }
            come += 1;
        }
        exchange.begin(shards, limits.budget, come + 1);
        let exchange = &*exchange;
        let (mine, mut rest) = shards.split_at_mut(exchange.first_of(1));
        for thread in 1..exchange.threads {
            let first = exchange.first_of(thread);
            let (part, others) = std::mem::take(&mut rest).split_at_mut(exchange.first_of(thread + 1) - first);
            rest = others;
            // Each started thread takes one.
            let _ = send.send((thread, part, exchange));
        }
        exchange.work(0, mine, lookahead, limits)
    });
    ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn run_alone<W: World, S: EventSet<W::Message>>(shard: &mut Shard<W, S>, limits: RunLimits<'_>) -> Stopped {
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

/// State that shards share, kept between runs to reuse its memory. Everything is there twice: in a window one copy is
/// written and the other one read.
#[derive(Debug)]
pub struct Exchange<P> {
    gate: Gate,
    /// Threads at most, and threads of this run.
    most: usize,
    threads: usize,
    /// Whether to use all threads even if they do not pay.
    pub(super) always: bool,
    /// Messages and signals, and windows, of the runs so far; older runs weigh less.
    seen: (u64, u64),
    /// By thread: the next tick of all its shards and of all they sent.
    next: [Vec<CachePadded<AtomicU64>>; 2],
    /// Next tick of every shard, for its own thread: most shards are idle in a window.
    own: Vec<AtomicU64>,
    /// By receiving shard.
    mail: [Vec<CachePadded<Mailbox<P>>>; 2],
    /// Reasons to stop, as indices of [`REASONS`].
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
    /// For a number of shards and at most `threads` threads: fewer if there are not enough shards or processors, or too few
    /// events between two gates. The first run uses one thread, and counts them.
    pub(crate) fn new(shards: usize, threads: usize) -> Self {
        let most = if threads > 1 { threads.min(threads::processors()) } else { 1 };
        Self::of(shards, most, false)
    }

    /// For a number of shards and threads, whether they pay or not.
    pub(crate) fn always(shards: usize, threads: usize) -> Self {
        Self::of(shards, threads, true)
    }

    fn of(shards: usize, threads: usize, always: bool) -> Self {
        let threads = threads.clamp(1, shards.max(1));
        let next = || (0..threads).map(|_| CachePadded::new(AtomicU64::new(Tick::MAX))).collect();
        let mail = || (0..shards).map(|_| CachePadded::new(Mailbox::default())).collect();
        Self {
            gate: Gate::new(threads),
            most: threads,
            threads,
            always,
            seen: (0, 0),
            next: [next(), next()],
            own: (0..shards).map(|_| AtomicU64::new(Tick::MAX)).collect(),
            mail: [mail(), mail()],
            stop: [AtomicU64::new(0), AtomicU64::new(0)],
            last: vec![0; shards],
        }
    }

    /// Threads that pay in the next run.
    pub(super) fn paying_threads(&self) -> usize {
        let (events, windows) = self.seen;
        if self.always || events / EVENTS_THAT_PAY / self.most as u64 >= windows.max(1) { self.most } else { 1 }
    }

    /// Counts the events and windows of a run.
    pub(super) fn count(&mut self, events: u64, windows: u64) {
        self.seen = (self.seen.0 / 2 + events, self.seen.1 / 2 + windows);
    }

    /// Messages and signals of a recent window, if they were too few for more than one of the threads asked for.
    pub(crate) fn too_little(&self) -> Option<u64> {
        (self.most > 1 && self.paying_threads() == 1 && self.seen.1 > 0).then(|| self.seen.0 / self.seen.1)
    }

    /// The first shard of a thread. Neighbouring shards go to one thread: they send each other most.
    fn first_of(&self, thread: usize) -> usize {
        (thread * self.last.len()).div_ceil(self.threads)
    }

    /// Prepares a run on `threads` threads. The last run left no parcels.
    pub(super) fn begin<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &mut self,
        shards: &mut [Shard<W, S>],
        budget: u64,
        threads: usize,
    ) {
        debug_assert!(shards.len() == self.last.len() && threads <= self.most);
        if threads != self.threads {
            (self.gate, self.threads) = (Gate::new(threads), threads);
        }
        self.stop.iter().for_each(|stop| stop.store(0, Ordering::Relaxed));
        for ((shard, own), last) in shards.iter_mut().zip(&self.own).zip(&mut self.last) {
            own.store(shard.engine.next_tick().unwrap_or(Tick::MAX), Ordering::Relaxed);
            *last = shard.engine.events().saturating_add(budget);
        }
        for thread in 0..self.threads {
            let own = &self.own[self.first_of(thread)..self.first_of(thread + 1)];
            let least = own.iter().map(|own| own.load(Ordering::Relaxed)).min().unwrap_or(Tick::MAX);
            self.next[0][thread].store(least, Ordering::Relaxed);
        }
    }

    /// Runs one thread's shards. Also returns the number of windows.
    pub(super) fn work<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &self,
        thread: usize,
        part: &mut [Shard<W, S>],
        lookahead: Delay,
        limits: RunLimits<'_>,
    ) -> (Stopped, u64) {
        let (first, mut asked) = (self.first_of(thread), 0);
        for window in 0.. {
            let (read, write) = ((window % 2) as usize, ((window + 1) % 2) as usize);
            let start = self.next[read][..self.threads]
                .iter()
                .map(|next| next.load(Ordering::Relaxed))
                .min()
                .unwrap_or(Tick::MAX);
            let stop = self.stop[read].load(Ordering::Relaxed);
            if stop != 0 || start >= limits.end {
                // No parcel is lost when a run ends early.
                part.iter_mut().zip(first..).for_each(|(shard, index)| {
                    self.deliver(index, shard, read);
                });
                return (REASONS[stop as usize], window);
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
        (Stopped::Done, 0)
    }

    /// Hands over the parcels of a shard. Returns the earliest tick at which one is due.
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

    /// Delivers the parcels for a shard. Returns whether there were any.
    fn deliver<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &self,
        to: usize,
        shard: &mut Shard<W, S>,
        copy: usize,
    ) -> bool {
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
