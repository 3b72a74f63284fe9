//! The way of records from a simulation to a sink: in chunks, sorted, sample after sample.
//!
//! A simulation hands over what it has noted together with a tick before which nothing more will come; the sink's thread
//! sorts, and passes on what is final. Samples run side by side, and each has a way of its own that holds a few chunks: a
//! sample whose turn has not come waits when its way is full. The number of open ways is limited ([`Opener`]): a sample
//! does not begin before the sink has come near it. So memory is bounded by chunks and threads, not by samples, and the
//! sink sees the same records in the same order for any number of threads.

use super::sort::Sorter;
use super::{Record, Sink, TraceError, TracedSample};
use crate::units::Tick;
use crossbeam::channel::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

const WAITING: usize = 2;

/// Records that a chunk has at least, unless it is the last of a sample.
pub const CHUNK: usize = 1 << 15;

#[derive(Debug)]
struct Chunk {
    records: Vec<Record>,
    /// Nothing more will come from before.
    until: Tick,
    /// The end of the sample, if this is its last chunk.
    end: Option<Tick>,
}

/// The way in, for a sample.
#[derive(Debug)]
pub struct Inlet {
    chunks: Sender<Chunk>,
    /// Emptied chunks come back here.
    empty: Receiver<Vec<Record>>,
    records: Vec<Record>,
}

/// The way out, of a sample.
#[derive(Debug)]
pub struct Outlet {
    chunks: Receiver<Chunk>,
    empty: Sender<Vec<Record>>,
}

/// Opens the ways of samples, one after the other, as far ahead of the sink as is allowed.
///
/// The sample that the sink is at has begun, or all that have begun are passed on: so who waits here waits for nobody
/// that waits for it.
#[derive(Debug)]
pub struct Opener {
    outlets: Sender<Outlet>,
    /// As many as may still be opened.
    places: Receiver<()>,
}

/// The ends of those ways, in their order, for the sink.
#[derive(Debug)]
pub struct Outlets {
    outlets: Receiver<Outlet>,
    places: Sender<()>,
    /// Whether the sink is at a sample, whose place is free when it asks for the next.
    begun: bool,
}

/// Between two looks whether to wait on for a place.
const LOOK: Duration = Duration::from_millis(20);

/// Ways of samples, of which at most that many (at least one) are open at a time.
pub fn ways(open: usize) -> (Opener, Outlets) {
    let open = open.max(1);
    let (send, outlets) = channel::bounded(open);
    let (free, places) = channel::bounded(open);
    // There is room for all of them.
    for _ in 0..open {
        let _ = free.try_send(());
    }
    (Opener { outlets: send, places }, Outlets { outlets, places: free, begun: false })
}

impl Opener {
    /// Opens the way of the next sample, as soon as it may begin; `None` if that is given up before.
    pub fn next(&self, given_up: impl Fn() -> bool) -> Result<Option<Inlet>, Closed> {
        loop {
            match self.places.recv_timeout(LOOK) {
                Ok(()) => break,
                Err(RecvTimeoutError::Disconnected) => return Err(Closed),
                Err(RecvTimeoutError::Timeout) if given_up() => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
        let (inlet, outlet) = pipe();
        self.outlets.send(outlet).map_err(|_| Closed)?;
        Ok(Some(inlet))
    }
}

impl Iterator for Outlets {
    type Item = Outlet;

    fn next(&mut self) -> Option<Outlet> {
        if self.begun {
            // Nobody may be left to begin another one.
            let _ = self.places.try_send(());
        }
        self.begun = true;
        self.outlets.recv().ok()
    }
}

/// The sink has ended; why, it says itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Both ends of a way.
pub fn pipe() -> (Inlet, Outlet) {
    let (send, chunks) = channel::bounded(WAITING);
    let (empty, back) = channel::bounded(WAITING + 1);
    (Inlet { chunks: send, empty: back, records: Vec::new() }, Outlet { chunks, empty })
}

impl Inlet {
    /// Records that are held, in no order; those from before the last `hand_over` are gone.
    pub fn records(&mut self) -> &mut Vec<Record> {
        &mut self.records
    }

    /// Hands records over, if they are many; nothing more will come from before a tick.
    pub fn hand_over(&mut self, until: Tick) -> Result<(), Closed> {
        if self.records.len() < CHUNK { Ok(()) } else { self.send(until, None) }
    }

    /// Hands over what is left, at the end of a sample.
    pub fn end(mut self, at: Tick) -> Result<(), Closed> {
        self.send(Tick::MAX, Some(at))
    }

    fn send(&mut self, until: Tick, end: Option<Tick>) -> Result<(), Closed> {
        let empty = self.empty.try_recv().unwrap_or_default();
        let records = std::mem::replace(&mut self.records, empty);
        self.chunks.send(Chunk { records, until, end }).map_err(|_| Closed)
    }
}

/// Passes the records of samples on to a sink, sorted, in the order of the samples, until the first that did not come to
/// its end; gives the ticks of those that did. The sink is not finished: the caller does that when the run has a result.
pub fn pass_on(samples: impl IntoIterator<Item = Outlet>, sink: &mut dyn Sink) -> Result<Tick, TraceError> {
    let mut sample = TracedSample::default();
    for outlet in samples {
        let Some(end) = pass_on_sample(&mut sample, &outlet, sink)? else { break };
        sample.number += 1;
        sample.offset = sample.offset.saturating_add(end);
    }
    Ok(sample.offset)
}

/// Of one sample; gives when it ended.
fn pass_on_sample(sample: &mut TracedSample, outlet: &Outlet, sink: &mut dyn Sink) -> Result<Option<Tick>, TraceError> {
    let mut sorter = Sorter::default();
    sink.begin(sample)?;
    while let Ok(mut chunk) = outlet.chunks.recv() {
        sink.take(sample, sorter.sort(&mut chunk.records, chunk.until))?;
        // Nobody may be there to take it.
        let _ = outlet.empty.try_send(chunk.records);
        if let Some(end) = chunk.end {
            sink.end(sample, end)?;
            return Ok(Some(end));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Kind;

    fn at(tick: Tick) -> Record {
        Record { tick, node: 0, port: 0, kind: Kind::Spike, channel: 0, serial: 0, item: 0, value: 0, step: 0 }
    }

    /// Keeps what it gets: (sample, its offset, tick).
    #[derive(Default)]
    struct Kept(Vec<(u32, Tick, Tick)>);

    impl Sink for Kept {
        fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
            self.0.extend(records.iter().map(|record| (sample.number, sample.offset, record.tick)));
            Ok(())
        }
    }

    #[test]
    fn records_come_out_sorted_and_samples_one_after_the_other() {
        let ((mut first, out_first), (mut second, out_second)) = (pipe(), pipe());
        let (mut kept, early) = (Kept::default(), CHUNK as Tick);
        crossbeam::thread::scope(|scope| {
            scope.spawn(|_| {
                // The second sample is done first.
                second.records().push(at(7));
                second.end(9).unwrap();
                first.records().extend((0..early).rev().map(at));
                first.records().push(at(early + 5));
                first.hand_over(early).unwrap();
                first.records().extend([at(early + 9), at(early)]);
                first.hand_over(early + 9).unwrap();
                first.end(early + 20).unwrap();
            });
            assert_eq!(pass_on([out_first, out_second], &mut kept).unwrap(), early + 29);
        })
        .unwrap();
        let end = early + 20;
        let ticks = (0..=early).chain([early + 5, early + 9]).map(|tick| (0, 0, tick));
        assert!(kept.0.iter().copied().eq(ticks.chain([(1, end, 7)])));
    }

    #[test]
    fn a_sample_that_was_broken_off_ends_the_trace() {
        let ((mut first, out_first), (second, out_second)) = (pipe(), pipe());
        first.records().push(at(1));
        second.end(3).unwrap();
        drop(first);
        let mut kept = Kept::default();
        assert_eq!(pass_on([out_first, out_second], &mut kept).unwrap(), 0);
        assert!(kept.0.is_empty());
    }

    #[test]
    fn samples_begin_only_near_the_sink() {
        let (opener, mut outlets) = ways(2);
        let never = || false;
        let first = opener.next(never).unwrap().unwrap();
        let second = opener.next(never).unwrap().unwrap();
        assert!(opener.next(|| true).unwrap().is_none(), "the sink has not come so far");
        let mut kept = Kept::default();
        first.end(1).unwrap();
        second.end(1).unwrap();
        drop(outlets.next());
        assert!(opener.next(|| true).unwrap().is_none(), "the sink is at the first");
        drop(outlets.next());
        let mut third = opener.next(never).unwrap().unwrap();
        third.records().push(at(4));
        third.end(5).unwrap();
        drop(opener);
        assert_eq!(pass_on(outlets, &mut kept).unwrap(), 5);
        assert_eq!(kept.0, [(0, 0, 4)]);
        let (opener, outlets) = ways(1);
        drop(outlets);
        assert!(matches!(opener.next(never), Err(Closed)));
    }

    #[test]
    fn an_end_without_a_sink_is_told() {
        let (mut inlet, outlet) = pipe();
        drop(outlet);
        inlet.records().resize(CHUNK, at(0));
        assert_eq!(inlet.hand_over(1), Err(Closed));
        assert_eq!(inlet.end(1), Err(Closed));
    }
}
