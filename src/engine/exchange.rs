//! State that shards on several threads share, and the loop of a thread over its shards.

use super::gate::Gate;
use super::pace::{ThreadPace, ThreadTrial};
use super::sync::{AtomicBool, AtomicU64, Mutex, Ordering, PoisonError};
use super::{EventSet, RunLimits, Shard, Stopped, World};
use crate::threads;
use crate::units::Tick;
use crossbeam::utils::CachePadded;
use std::time::{Duration, Instant};

/// Messages and signals between two polls of cancellation: some milliseconds.
pub(super) const QUANTUM: u64 = 1 << 18;

/// Windows between two looks at the clock, which takes as long as an event or two.
const LOOK: u64 = 64;

/// One thread works at least this long before it is looked at whether others should join.
const WHILE: Duration = Duration::from_millis(1);

/// How the work of threads ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The run is over, or stopped.
    Run(Stopped),
    /// Another number of threads should go on.
    Threads,
}

/// By the number that stands for each while threads run; 0 is none.
const ENDS: [Ended; 4] =
    [Ended::Run(Stopped::Done), Ended::Threads, Ended::Run(Stopped::Cancelled), Ended::Run(Stopped::Budget)];
const OTHER_THREADS: u64 = 1;
const CANCELLED: u64 = 2;
const BUDGET: u64 = 3;

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
    pub(super) pace: ThreadPace,
    /// By thread.
    published: [Vec<CachePadded<WindowOutcome>>; 2],
    /// Next tick of every shard, for its own thread: most shards are idle in a window.
    own: Vec<AtomicU64>,
    /// By receiving shard.
    mail: [Vec<CachePadded<Mailbox<P>>>; 2],
    /// Reasons to stop, as indices of [`ENDS`].
    stop: [AtomicU64; 2],
    /// Events with which the budget of each shard is spent.
    last: Vec<u64>,
}

/// What a thread says of its shards after a window.
#[derive(Debug)]
struct WindowOutcome {
    /// The next tick of all its shards and of all that they sent, but for what may come late.
    next: AtomicU64,
    /// When the first of what may come late is due.
    late: AtomicU64,
    /// Up to where all its shards have run.
    reached: AtomicU64,
    /// Messages and signals since the run began.
    events: AtomicU64,
}

impl Default for WindowOutcome {
    fn default() -> Self {
        let [next, late, reached] = [0; 3].map(|_| AtomicU64::new(Tick::MAX));
        Self { next, late, reached, events: AtomicU64::new(0) }
    }
}

/// What a thread gathers in a window to publish it.
struct Gathered {
    next: Tick,
    late: Tick,
    reached: Tick,
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

impl<P: Copy + Send> Exchange<P> {
    /// For a number of shards and at most `threads` threads: fewer if there are not enough shards or processors, or too few
    /// events between two gates, or if another load keeps the processors busy.
    pub(crate) fn new(shards: usize, threads: usize) -> Self {
        let most = if threads > 1 { threads.min(threads::processors()) } else { 1 };
        Self::of(shards, most, false)
    }

    /// For a number of shards and threads, whether they pay or not.
    #[doc(hidden)]
    pub fn always(shards: usize, threads: usize) -> Self {
        Self::of(shards, threads, true)
    }

    fn of(shards: usize, threads: usize, always: bool) -> Self {
        let threads = threads.clamp(1, shards.max(1));
        let published = || (0..threads).map(|_| CachePadded::new(WindowOutcome::default())).collect();
        let mail = || (0..shards).map(|_| CachePadded::new(Mailbox::default())).collect();
        Self {
            gate: Gate::new(threads),
            most: threads,
            threads,
            always,
            pace: ThreadPace::new(),
            published: [published(), published()],
            own: (0..shards).map(|_| AtomicU64::new(Tick::MAX)).collect(),
            mail: [mail(), mail()],
            stop: [AtomicU64::new(0), AtomicU64::new(0)],
            last: vec![0; shards],
        }
    }

    /// Threads for the next run.
    pub(super) fn paying_threads(&self) -> usize {
        if self.always { self.most } else { self.pace.threads(self.most) }
    }

    /// Messages and signals of a recent window, if they were too few for more than one of the threads asked for.
    pub(crate) fn too_little(&self) -> Option<u64> {
        self.pace.too_little(self.most).filter(|_| !self.always)
    }

    /// Threads of this run.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// The first shard of a thread. Neighbouring shards go to one thread: they send each other most.
    pub(super) fn first_of(&self, thread: usize) -> usize {
        (thread * self.last.len()).div_ceil(self.threads)
    }

    /// Gives every shard its budget.
    pub(super) fn limit<W: World<Parcel = P>, S: EventSet<W::Message>>(&mut self, shards: &[Shard<W, S>], budget: u64) {
        debug_assert!(shards.len() == self.last.len());
        for (shard, last) in shards.iter().zip(&mut self.last) {
            *last = shard.engine.events().saturating_add(budget);
        }
    }

    /// Prepares work on `threads` threads. No parcels are left of the work before.
    pub(super) fn begin<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &mut self,
        shards: &mut [Shard<W, S>],
        threads: usize,
    ) {
        debug_assert!(threads <= self.most);
        if threads != self.threads {
            (self.gate, self.threads) = (Gate::new(threads), threads);
        }
        self.stop.iter().for_each(|stop| stop.store(0, Ordering::Relaxed));
        for (shard, own) in shards.iter_mut().zip(&self.own) {
            own.store(shard.engine.next_tick().unwrap_or(Tick::MAX), Ordering::Relaxed);
        }
        for thread in 0..self.threads {
            let own = &self.own[self.first_of(thread)..self.first_of(thread + 1)];
            let next = own.iter().map(|own| own.load(Ordering::Relaxed)).min().unwrap_or(Tick::MAX);
            self.publish(0, thread, Gathered { next, late: Tick::MAX, reached: Tick::MAX }, 0);
        }
    }

    fn publish(&self, copy: usize, thread: usize, gathered: Gathered, events: u64) {
        let published = &self.published[copy][thread];
        published.next.store(gathered.next, Ordering::Relaxed);
        published.late.store(gathered.late, Ordering::Relaxed);
        published.reached.store(gathered.reached, Ordering::Relaxed);
        published.events.store(events, Ordering::Relaxed);
    }

    /// The start of the window, and messages and signals so far.
    ///
    /// What may come late and is due in what all shards have already done has no effect, but has to be delivered.
    fn start(&self, copy: usize) -> (Tick, u64) {
        let (mut next, mut late, mut reached, mut events) = (Tick::MAX, Tick::MAX, Tick::MAX, 0);
        for published in &self.published[copy][..self.threads] {
            next = next.min(published.next.load(Ordering::Relaxed));
            late = late.min(published.late.load(Ordering::Relaxed));
            reached = reached.min(published.reached.load(Ordering::Relaxed));
            events += published.events.load(Ordering::Relaxed);
        }
        (next.min(late.max(reached)), events)
    }

    /// Runs one thread's shards. The first thread asks now and then, with the messages and signals so far, whether another
    /// number of threads should go on. Also returns the number of windows.
    pub(super) fn work<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &self,
        thread: usize,
        part: &mut [Shard<W, S>],
        limits: RunLimits<'_>,
        change: &mut dyn FnMut(u64) -> bool,
    ) -> (Ended, u64) {
        let (first, mut asked, mut events) = (self.first_of(thread), 0, 0);
        let (mut patience, mut look) = (self.gate.patience(), LOOK);
        for window in 0.. {
            let (read, write) = ((window % 2) as usize, ((window + 1) % 2) as usize);
            let (start, all_events) = self.start(read);
            let stop = self.stop[read].load(Ordering::Relaxed);
            if stop != 0 || start >= limits.end {
                self.leave(first, part, read, (stop == 0).then_some(limits.end));
                return (ENDS[stop as usize], window);
            }
            if thread == 0 && window >= look {
                look = window + LOOK;
                if change(all_events) {
                    self.stop[write].fetch_max(OTHER_THREADS, Ordering::Relaxed);
                }
            }
            let mut gathered = Gathered { next: Tick::MAX, late: Tick::MAX, reached: Tick::MAX };
            let mut handled = 0;
            for (shard, index) in part.iter_mut().zip(first..) {
                handled += self.run_window(index, shard, (start, limits.end), (read, write), &mut gathered);
            }
            events += handled;
            asked += handled;
            self.publish(write, thread, gathered, events);
            if asked >= QUANTUM {
                asked = 0;
                if (limits.cancelled)() {
                    self.stop[write].fetch_max(CANCELLED, Ordering::Relaxed);
                }
            }
            if self.gate.pass(&mut patience) {
                // It may have slept for long.
                look = look.min(window + 1);
            }
        }
        (Ended::Run(Stopped::Done), 0)
    }

    /// Runs a window of one shard, and gathers what is to publish. Returns the messages and signals handled.
    fn run_window<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &self,
        index: usize,
        shard: &mut Shard<W, S>,
        (start, most): (Tick, Tick),
        (read, write): (usize, usize),
        gathered: &mut Gathered,
    ) -> u64 {
        let before = shard.engine.events();
        let next = self.own[index].load(Ordering::Relaxed);
        let delivered = self.deliver(index, shard, read);
        let end = shard.window_from(start).min(most);
        gathered.reached = gathered.reached.min(end);
        if !delivered && next >= end {
            gathered.next = gathered.next.min(next);
            return 0;
        }
        if !shard.engine.run(&mut shard.world, end, self.last[index].saturating_sub(shard.engine.events())) {
            self.stop[write].fetch_max(BUDGET, Ordering::Relaxed);
        }
        let next = shard.engine.next_tick().unwrap_or(Tick::MAX);
        self.own[index].store(next, Ordering::Relaxed);
        gathered.next = gathered.next.min(next);
        self.post(shard, write, gathered);
        shard.engine.events() - before
    }

    /// Ends the work on some shards: no parcel is lost. Where the run is done, what is late and due before its end is
    /// handled, too.
    fn leave<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &self,
        first: usize,
        part: &mut [Shard<W, S>],
        copy: usize,
        done: Option<Tick>,
    ) {
        for (shard, index) in part.iter_mut().zip(first..) {
            if self.deliver(index, shard, copy)
                && let Some(end) = done
            {
                shard.engine.run(&mut shard.world, end, u64::MAX);
                debug_assert!(shard.engine.outgoing.is_empty(), "what is late has no effect");
            }
        }
    }

    /// Hands over the parcels of a shard.
    fn post<W: World<Parcel = P>, S>(&self, shard: &mut Shard<W, S>, copy: usize, gathered: &mut Gathered) {
        for parcels in shard.engine.outgoing.chunk_by(|a, b| a.to == b.to) {
            let mailbox = &self.mail[copy][usize::from(parcels[0].to)];
            let mut mail = mailbox.parcels.lock().unwrap_or_else(PoisonError::into_inner);
            mail.extend(parcels.iter().map(|sent| (sent.at, sent.parcel)));
            mailbox.full.store(true, Ordering::Relaxed);
            for sent in parcels {
                let first = if sent.lenient { &mut gathered.late } else { &mut gathered.next };
                *first = sent.at.min(*first);
            }
        }
        shard.engine.outgoing.clear();
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
            if at <= shard.engine.now() {
                shard.engine.events += 1;
                shard.world.catch_up(parcel);
            } else {
                let arrival = shard.world.unpack(parcel);
                shard.engine.receive(at, arrival);
            }
        }
        true
    }

    /// Has one thread work on all shards, and notes its time.
    pub(super) fn work_alone<W: World<Parcel = P>, S: EventSet<W::Message>>(
        &mut self,
        shards: &mut [Shard<W, S>],
        limits: RunLimits<'_>,
    ) -> (Ended, u64) {
        self.begin(shards, 1);
        if self.most == 1 {
            return self.work(0, shards, limits, &mut |_| false);
        }
        let before = events(shards);
        let (began, rest) = (Instant::now(), self.pace.rest().max(WHILE));
        let ended = self.work(0, shards, limits, &mut |_| began.elapsed() >= rest);
        self.pace.note_alone(events(shards) - before, began.elapsed());
        ended
    }

    /// Whether threads that began together should leave the work to one of them, by the messages and signals so far.
    pub(super) fn loses(&self, trial: &mut ThreadTrial, events: u64) -> bool {
        !self.always && trial.loses(&self.pace, events)
    }
}

/// Messages and signals of all shards so far.
pub(super) fn events<W: World, S: EventSet<W::Message>>(shards: &[Shard<W, S>]) -> u64 {
    shards.iter().map(|shard| shard.engine.events()).sum()
}
