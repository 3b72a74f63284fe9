//! Shards side by side, in windows.
//!
//! Nothing sent to a shard is due sooner than its lookahead. So when the earliest event of all shards is at tick N, a
//! shard can get nothing new before N + lookahead, and handles its events up to there alone. Parcels are handed over
//! between windows. Their order does not matter, as events of a tick commute: results are the same for any number of
//! shards and threads.
//!
//! # Parcels that may come late
//!
//! Some parcels have a short delay, and hardly ever an effect when they come: credits. They only add to a counter, and
//! their receiver asks nothing but whether it is 0. Such a parcel is *lenient*: sent by [`Outbox::ship_lenient`], due
//! after the lenient lookahead L at the earliest, which is shorter than the strict one, S. A window from N that ends at E
//! is exact if
//!
//! 1. E <= N + S: no strict parcel sent from N on is due before E; and
//! 2. E <= N + L, or E <= N + [`World::slack`]: for so long the receiver would see no counter at 0 even if no
//!    lenient parcel came at all.
//!
//! *Proof.* Let c(t) be a counter of the receiver at tick t with every lenient parcel taken when it is due, and k(t) the
//! counter with those left out that are still in the mail. Leaving some out takes nothing away, so k(t) <= c(t); and a
//! shard's state depends on the counter only by "is it 0". In the window, k is above 0 whenever it is looked at, by
//! (2), or no lenient parcel is in the mail that is due in it; so both counters give the same answers, and, by induction
//! over ticks, the shard does the same at every tick, and sends the same. At the end of the window the mail is delivered:
//! a parcel due at a tick that the shard has handled is added to its counter at once ([`World::catch_up`]), one due
//! later becomes an event. So k = c for all that was sent before, and the next window begins in the state that one engine
//! would be in. A lenient parcel that came late had no effect, so nothing due before the next window depends on it;
//! therefore it need not bring back the start of a window, which is the earliest of all other events. Where some shard had
//! no slack and stopped early, the parcel counts with its own tick. ∎
//!
//! For an output with c credits on a link that takes a flit every I ticks, the slack is (c - 1) x I: the flit that makes
//! it 0 leaves then at the earliest, and until then nobody sees a 0. So a window is as long as the links of the cut
//! while every border output has two credits or more, and as short as the delay of a credit while one is dry.

use super::exchange::{Ended, QUANTUM, events};
use super::pace::ThreadTrial;
use super::{Engine, EventSet, Exchange, World};
use crate::threads;
use crate::units::{Delay, Tick};
use crossbeam::channel;

/// A part of the nodes with their pending events (a logical process).
#[derive(Debug)]
pub struct Shard<W: World, S> {
    /// Its pending events and tick.
    pub engine: Engine<W, S>,
    /// The nodes themselves.
    pub world: W,
    /// How far ahead of the others it can run.
    pub lookahead: Lookahead,
}

impl<W: World, S> Shard<W, S> {
    /// The end of a window from a tick: before it, no parcel that is still to be sent can have an effect here.
    pub(super) fn window_from(&self, start: Tick) -> Tick {
        let Lookahead { strict, lenient } = self.lookahead;
        let ticks =
            if lenient < strict { lenient.get().max(self.world.slack()).min(strict.get()) } else { strict.get() };
        start.saturating_add(ticks)
    }
}

/// Least delays of what other shards send to a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookahead {
    /// Of parcels that must come in time.
    pub strict: Delay,
    /// Of those that may come late while the shard has slack.
    pub lenient: Delay,
}

impl Lookahead {
    /// All parcels have to come in time.
    pub fn strict(delay: Delay) -> Self {
        Self { strict: delay, lenient: delay }
    }
}

/// Limits that end a run while events are pending.
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

/// Messages and signals of a window per thread from which on another thread pays. A gate costs some hundred nanoseconds
/// where every thread has a processor, and some ten microseconds where one is preempted; an event takes some fifty
/// nanoseconds.
pub const EVENTS_THAT_PAY: u64 = 200;

/// Runs all shards until no event is pending, or until a limit. The number of threads is at most that of the exchange, and
/// of those that can be started and pay.
#[doc(hidden)]
pub fn run_shards<W: World, S: EventSet<W::Message> + Send>(
    shards: &mut [Shard<W, S>],
    exchange: &mut Exchange<W::Parcel>,
    limits: RunLimits<'_>,
) -> Stopped {
    if let [only] = shards {
        return run_alone(only, limits);
    }
    exchange.limit(shards, limits.budget);
    loop {
        let before = events(shards);
        let (ended, windows) = match exchange.paying_threads() {
            1 => exchange.work_alone(shards, limits),
            threads => {
                let mut trial = ThreadTrial::begin();
                let ended = side_by_side(shards, exchange, threads, &mut trial, limits);
                let (took, handled) = trial.end(events(shards) - before);
                exchange.pace.note_together(took, handled);
                ended
            }
        };
        exchange.pace.count(events(shards) - before, windows);
        match ended {
            Ended::Run(stopped) => return stopped,
            // Work that often changes hands would never come to the question.
            Ended::Threads if (limits.cancelled)() => return Stopped::Cancelled,
            Ended::Threads => {}
        }
    }
}

/// Runs shards on several threads. Shards are shared out when it is known how many threads could be started, so that no
/// thread waits at the gate for a missing one.
fn side_by_side<W: World, S: EventSet<W::Message> + Send>(
    shards: &mut [Shard<W, S>],
    exchange: &mut Exchange<W::Parcel>,
    threads: usize,
    trial: &mut ThreadTrial,
    limits: RunLimits<'_>,
) -> (Ended, u64) {
    let ended = crossbeam::thread::scope(move |scope| {
        type Task<'t, W, S, P> = (usize, &'t mut [Shard<W, S>], &'t Exchange<P>);
        let (send, tasks) = channel::unbounded::<Task<'_, W, S, W::Parcel>>();
        let mut come = 0;
        while come + 1 < threads {
            let tasks = tasks.clone();
            let help = move || {
                if let Ok((thread, part, exchange)) = tasks.recv() {
                    exchange.work(thread, part, limits, &mut |_| false);
                }
            };
            if threads::start(scope, help).is_err() {
                break;
            }
            come += 1;
        }
        exchange.begin(shards, come + 1);
        let exchange = &*exchange;
        let (mine, mut rest) = shards.split_at_mut(exchange.first_of(1));
        for thread in 1..exchange.threads() {
            let first = exchange.first_of(thread);
            let (part, others) = std::mem::take(&mut rest).split_at_mut(exchange.first_of(thread + 1) - first);
            rest = others;
            // Each started thread takes one.
            let _ = send.send((thread, part, exchange));
        }
        exchange.work(0, mine, limits, &mut |events| exchange.loses(trial, events))
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
