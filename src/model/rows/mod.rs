//! Rows of synapses as they are added at the end of a time step: each stored, at load, as is fastest to add.
//!
//! A row is cut into segments. One that is filled well is a range of targets with a weight for each, or, where all
//! its weights are the same, a bit for each: it is added with vector instructions, at a cost that goes with its
//! range. All else is sparse: read from the network's own synapses, one target after another, at no memory of its
//! own. `benches/README.md` has the rates that the choice rests on.

mod choose;
mod fetch;
mod kernels;
#[cfg(test)]
mod tests;

use crate::ids::NeuronId;
use crate::net::graph::Csr;
use crate::progress::poll_at_row;
use choose::{MergedSynapse, Piece};
use std::sync::Arc;

/// Formats that rows may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowFormat {
    /// Each piece of a row has the format that suits how far it is filled.
    #[default]
    Fitting,
    /// All are read from the network's synapses.
    Sparse,
    /// From its first target to its last, a row is a range of bits if it has one weight, and else of weights.
    Bitmap,
    /// From its first target to its last, a row is a range of weights.
    Dense,
}

/// A piece of a row.
#[derive(Clone, Copy, Debug)]
enum Segment {
    /// Synapses by position.
    Sparse { from: u32, to: u32 },
    /// Targets from the first, and where their weights begin.
    Narrow { first: u32, len: u32, at: u32 },
    /// The same with weights of 16 bits.
    Wide { first: u32, len: u32, at: u32 },
    /// Targets from the first, where their bits begin, and the weight of all whose bit is set.
    Bitmap { first: u32, len: u32, at: u32, weight: i32 },
}

/// The synapses of a network in formats for delivery.
#[derive(Clone, Debug)]
pub struct Rows {
    synapses: Arc<Csr>,
    /// `row[i]..row[i + 1]`: segments of neuron i, none if its row is sparse; empty if all are.
    row: Vec<u32>,
    segments: Vec<Segment>,
    narrow: Vec<i8>,
    wide: Vec<i16>,
    bits: Vec<u32>,
    /// Whether rows are fetched ahead of their use.
    ahead: bool,
}

/// Rows that are fetched before they are added.
const ROWS_AHEAD: usize = 4;
/// Bytes of synapses from which rows are fetched ahead: smaller networks stay in the caches of a core.
const FETCH_FROM: usize = 4 << 20;

impl Rows {
    /// The rows of synapses without delays.
    pub fn new(synapses: &Arc<Csr>, format: RowFormat) -> Self {
        let mut rows = Self {
            synapses: Arc::clone(synapses),
            row: Vec::new(),
            segments: Vec::new(),
            narrow: Vec::new(),
            wide: Vec::new(),
            bits: Vec::new(),
            ahead: synapses.len() * size_of::<u32>() >= FETCH_FROM,
        };
        if format != RowFormat::Sparse {
            rows.choose(format);
        }
        rows
    }

    /// Bytes beyond those of the synapses.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.row[..])
            + size_of_val(&self.segments[..])
            + size_of_val(&self.narrow[..])
            + size_of_val(&self.wide[..])
            + size_of_val(&self.bits[..])
    }

    fn choose(&mut self, format: RowFormat) {
        let synapses = Arc::clone(&self.synapses);
        let mut entries = Vec::new();
        let mut in_ranges = 0;
        self.row.push(0);
        for source in 0..synapses.sources() {
            poll_at_row(source, synapses.fan_out(source));
            let may_gain = || choose::may_gain(synapses.fan_out(source)) && choose::may_hold_range(&synapses, source);
            if format != RowFormat::Fitting || may_gain() {
                choose::merge(&synapses, source, &mut entries);
                let pieces = choose::pieces(&entries, format);
                in_ranges += pieces.iter().map(|piece| choose::synapses(&entries[piece.clone()])).sum::<usize>();
                self.push_row(&entries, &pieces, format);
            }
            self.row.push(self.segments.len() as u32);
        }
        if self.segments.is_empty() || format == RowFormat::Fitting && !choose::is_worth_it(in_ranges, synapses.len()) {
            *self = Self::new(&synapses, RowFormat::Sparse);
        }
        self.row.shrink_to_fit();
        self.segments.shrink_to_fit();
        self.narrow.shrink_to_fit();
        self.wide.shrink_to_fit();
        self.bits.shrink_to_fit();
    }

    /// Appends the segments of a row: its well filled pieces, and the sparse ones before, between and after.
    fn push_row(&mut self, entries: &[MergedSynapse], pieces: &[Piece], format: RowFormat) {
        let Some(last) = entries.last().filter(|_| !pieces.is_empty() && self.has_room(entries)) else { return };
        let mut from = entries[0].from;
        for piece in pieces {
            let filled = &entries[piece.clone()];
            let to = filled[0].from;
            if from < to {
                self.segments.push(Segment::Sparse { from, to });
            }
            from = filled[filled.len() - 1].to;
            let segment = self.filled(filled, format);
            self.segments.push(segment);
        }
        if from < last.to {
            self.segments.push(Segment::Sparse { from, to: last.to });
        }
    }

    /// Whether positions in all lists still have 32 bits after a row of these entries.
    fn has_room(&self, entries: &[MergedSynapse]) -> bool {
        let longest = [self.narrow.len(), self.wide.len(), self.bits.len(), self.segments.len()].into_iter().max();
        let range = entries.last().map_or(0, |last| last.target as usize + 1);
        positions_fit(longest.unwrap_or(0), range)
    }

    /// Stores a well filled piece as bits if it has one weight, and else as weights of as few bits as hold them.
    fn filled(&mut self, entries: &[MergedSynapse], format: RowFormat) -> Segment {
        let first = entries[0].target;
        let len = entries[entries.len() - 1].target - first + 1;
        let of = |entry: &MergedSynapse| (entry.target - first) as usize;
        if let Some(weight) = choose::one_weight(entries).filter(|_| format != RowFormat::Dense) {
            let at = self.bits.len();
            self.bits.resize(at + len.div_ceil(u32::BITS) as usize, 0);
            for entry in entries.iter().filter(|entry| entry.weight != 0) {
                self.bits[at + of(entry) / u32::BITS as usize] |= 1 << (of(entry) % u32::BITS as usize);
            }
            return Segment::Bitmap { first, len, at: at as u32, weight };
        }
        if entries.iter().all(|entry| i8::try_from(entry.weight).is_ok()) {
            let at = self.narrow.len();
            self.narrow.resize(at + len as usize, 0);
            entries.iter().for_each(|entry| self.narrow[at + of(entry)] = entry.weight as i8);
            return Segment::Narrow { first, len, at: at as u32 };
        }
        let at = self.wide.len();
        self.wide.resize(at + len as usize, 0);
        entries.iter().for_each(|entry| self.wide[at + of(entry)] = entry.weight as i16);
        Segment::Wide { first, len, at: at as u32 }
    }

    /// Adds the weights of all synapses of some neurons to sums by target.
    pub fn add(&self, sources: &[NeuronId], sums: &mut [i32]) {
        if self.row.is_empty() {
            return self.add_sparse(sources, sums);
        }
        pulp::Arch::new().dispatch(AddRows { rows: self, sources, sums });
    }

    fn add_sparse(&self, sources: &[NeuronId], sums: &mut [i32]) {
        for (i, source) in sources.iter().enumerate() {
            if let Some(next) = sources.get(i + ROWS_AHEAD).filter(|_| self.ahead) {
                fetch::synapses(&self.synapses, self.synapses.span(next.index()));
            }
            self.synapses.add(self.synapses.span(source.index()), sums);
        }
    }

    #[inline(always)]
    fn add_segments(&self, sources: &[NeuronId], sums: &mut [i32]) {
        for (i, source) in sources.iter().enumerate() {
            if let Some(next) = sources.get(i + ROWS_AHEAD).filter(|_| self.ahead) {
                self.fetch(next.index());
            }
            let segments = self.segments_of(source.index());
            if segments.is_empty() {
                self.synapses.add(self.synapses.span(source.index()), sums);
            }
            for segment in segments {
                self.add_segment(segment, sums);
            }
        }
    }

    #[inline(always)]
    fn segments_of(&self, source: usize) -> &[Segment] {
        &self.segments[self.row[source] as usize..self.row[source + 1] as usize]
    }

    #[inline(always)]
    fn add_segment(&self, segment: &Segment, sums: &mut [i32]) {
        match *segment {
            Segment::Sparse { from, to } => self.synapses.add(from as usize..to as usize, sums),
            Segment::Narrow { first, len, at } => {
                kernels::add_weights(piece(&self.narrow, at, len), piece_mut(sums, first, len));
            }
            Segment::Wide { first, len, at } => {
                kernels::add_weights(piece(&self.wide, at, len), piece_mut(sums, first, len));
            }
            Segment::Bitmap { first, len, at, weight } => {
                let words = len.div_ceil(u32::BITS);
                kernels::add_where(piece(&self.bits, at, words), weight, piece_mut(sums, first, len));
            }
        }
    }

    /// Has the memory of a row brought near.
    #[inline(always)]
    fn fetch(&self, source: usize) {
        let segments = self.segments_of(source);
        if segments.is_empty() {
            fetch::synapses(&self.synapses, self.synapses.span(source));
        }
        for segment in segments {
            match *segment {
                Segment::Sparse { from, to } => fetch::synapses(&self.synapses, from as usize..to as usize),
                Segment::Narrow { len, at, .. } => fetch::ahead(piece(&self.narrow, at, len)),
                Segment::Wide { len, at, .. } => fetch::ahead(piece(&self.wide, at, len)),
                Segment::Bitmap { len, at, .. } => fetch::ahead(piece(&self.bits, at, len.div_ceil(u32::BITS))),
            }
        }
    }
}

/// Whether a list of this length can grow by a number of items.
fn positions_fit(length: usize, more: usize) -> bool {
    length.checked_add(more).is_some_and(|end| u32::try_from(end).is_ok())
}

/// Rows to be added, for the instructions of this processor: all that is inlined here is compiled once for any
/// processor and once for those with vectors of 256 bits. So it is asked once for all rows, not for each.
struct AddRows<'a> {
    rows: &'a Rows,
    sources: &'a [NeuronId],
    sums: &'a mut [i32],
}

impl pulp::WithSimd for AddRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.rows.add_segments(self.sources, self.sums);
    }
}

#[inline(always)]
fn piece<T>(all: &[T], at: u32, len: u32) -> &[T] {
    &all[at as usize..][..len as usize]
}

#[inline(always)]
fn piece_mut<T>(all: &mut [T], at: u32, len: u32) -> &mut [T] {
    &mut all[at as usize..][..len as usize]
}
