//! Which pieces of a row are filled well enough to be stored as ranges.

use super::RowFormat;
use crate::net::graph::Csr;
use std::ops::Range;

/// Targets of a range that take as long as one synapse: from a fill of 1/6 on, a range is faster wherever it lies.
/// Fills at which both are equally fast are 1/12 while all is in the cache of a core, 1/7 in a shared cache or in
/// memory. A range takes at most this many bytes for each of its synapses, so it is a limit of memory too.
const TARGETS_PER_SYNAPSE: i64 = 6;
/// Targets of a range that take as long as to begin one: what it must gain, so that small ranges do not slow down
/// rows that are made of little patches, as those of convolutions.
const TARGETS_PER_RANGE: i64 = 64;

/// Ranges must save at least this share of a row's time (1 in 8): less is lost again, because the
/// processor cannot foresee how a row goes on that is made of pieces.
const LEAST_SAVING: i64 = 8;
/// At least this share of all synapses (1 in 16) must be in ranges. Fewer are ranges by chance, in a network that is random, and
/// make up for less than the list of segments that all rows are then read by.
const SYNAPSES_PER_RANGED: usize = 16;

/// All synapses of one row with the same target.
#[derive(Clone, Copy, Debug)]
pub(super) struct MergedSynapse {
    pub(super) target: u32,
    /// The sum of their weights.
    pub(super) weight: i32,
    /// Their positions, from the first to before the second.
    pub(super) from: u32,
    pub(super) to: u32,
}

impl MergedSynapse {
    fn fits(&self) -> bool {
        i16::try_from(self.weight).is_ok()
    }
}

/// Entries that are stored as one range.
pub(super) type Piece = Range<usize>;

/// Whether a row with this number of synapses may have a range at all.
pub(super) fn may_gain(synapses: usize) -> bool {
    synapses as i64 * TARGETS_PER_SYNAPSE > TARGETS_PER_RANGE
}

/// Whether some piece of a row could save time as a range, from one look at each target: the most that any piece gains.
pub(super) fn may_hold_range(synapses: &Csr, source: usize) -> bool {
    let (mut gain, mut before) = (0, None);
    synapses.targets(source).map(i64::from).any(|target| {
        gain = match before.replace(target) {
            Some(before) if before == target => gain + TARGETS_PER_SYNAPSE,
            Some(before) => (gain - (target - before)).max(-1) + TARGETS_PER_SYNAPSE,
            None => TARGETS_PER_SYNAPSE - 1,
        };
        gain > TARGETS_PER_RANGE
    })
}

/// Whether there are enough synapses in ranges to have ranges at all.
pub(super) fn is_worth_it(in_ranges: usize, synapses: usize) -> bool {
    in_ranges * SYNAPSES_PER_RANGED >= synapses
}

/// Number of synapses of entries.
pub(super) fn synapses(entries: &[MergedSynapse]) -> usize {
    entries.iter().map(|entry| (entry.to - entry.from) as usize).sum()
}

/// Lists the targets of a row.
pub(super) fn merge(synapses: &Csr, source: usize, entries: &mut Vec<MergedSynapse>) {
    entries.clear();
    let span = synapses.span(source);
    for (at, (target, weight)) in (span.start as u32..).zip(synapses.slice(span)) {
        match entries.last_mut().filter(|last| last.target == target) {
            Some(last) => (last.weight, last.to) = (last.weight.saturating_add(weight.into()), at + 1),
            None => entries.push(MergedSynapse { target, weight: weight.into(), from: at, to: at + 1 }),
        }
    }
}

/// The weight of all entries that have one, if it is the same; 0 if none has.
pub(super) fn one_weight(entries: &[MergedSynapse]) -> Option<i32> {
    let mut weights = entries.iter().map(|entry| entry.weight).filter(|weight| *weight != 0);
    let first = weights.next().unwrap_or(0);
    weights.all(|weight| weight == first).then_some(first)
}

/// The pieces of a row that are stored as ranges, in order.
pub(super) fn pieces(entries: &[MergedSynapse], format: RowFormat) -> Vec<Piece> {
    match format {
        RowFormat::Sparse => Vec::new(),
        RowFormat::Fitting => well_filled(entries),
        RowFormat::Bitmap | RowFormat::Dense => {
            let whole = !entries.is_empty() && entries.iter().all(MergedSynapse::fits);
            whole.then_some(0..entries.len()).into_iter().collect()
        }
    }
}

/// A piece that may grow.
struct Growing {
    first: usize,
    /// Gain from the first entry to the last that was looked at, without the cost of beginning a range.
    gain: i64,
    /// The most it ever was, and the end of the piece then.
    best: i64,
    end: usize,
}

impl Growing {
    fn new(first: usize) -> Self {
        Self { first, gain: 0, best: 0, end: first }
    }

    fn add(&mut self, i: usize, entry: &MergedSynapse) {
        self.gain += i64::from(entry.to - entry.from) * TARGETS_PER_SYNAPSE - 1;
        if self.gain > self.best {
            (self.best, self.end) = (self.gain, i + 1);
        }
    }

    /// Ends the piece, and gives what it saves.
    fn end(&self, pieces: &mut Vec<Piece>) -> i64 {
        let saved = (self.best - TARGETS_PER_RANGE).max(0);
        if saved > 0 {
            pieces.push(self.first..self.end);
        }
        saved
    }
}

/// Pieces that take less time as ranges than as synapses. A piece grows over a gap as long as that costs less than
/// to begin another range behind it.
fn well_filled(entries: &[MergedSynapse]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Growing::new(0);
    let (mut before, mut saved) = (0, 0);
    for (i, entry) in entries.iter().enumerate() {
        let gap = i64::from(entry.target) - before - 1;
        before = i64::from(entry.target);
        piece.gain -= gap;
        if piece.gain < 0 || piece.best - piece.gain > TARGETS_PER_RANGE {
            saved += piece.end(&mut pieces);
            piece = Growing::new(i);
        }
        if entry.fits() {
            piece.add(i, entry);
        } else {
            saved += piece.end(&mut pieces);
            piece = Growing::new(i + 1);
        }
    }
    saved += piece.end(&mut pieces);
    if saved * LEAST_SAVING < synapses(entries) as i64 * TARGETS_PER_SYNAPSE {
        pieces.clear();
    }
    pieces
}
