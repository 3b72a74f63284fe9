//! Memory layout of the inputs of a linear operation: position by position with adjacent channels.
//!
//! Inside the trainer an activation is stored `[position][channel]`, and weights are stored by rows: one row of
//! output channels for each `[tap][input channel]`. A spike then adds whole rows, and the taps of a kernel's row are
//! neighbours in the input and in the weights. A dense layer is a kernel as large as its input.

use crate::net::architecture::{Kernel, LinearOp, Pool, Shape};

/// Rows of weights that change their order together.
const TOGETHER: usize = 16;

/// Adjacent inputs of one output position, and the start of their rows of weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TapRun {
    /// First input position and the one after the last.
    pub(super) from: u32,
    pub(super) to: u32,
    /// Tap of the first position; the next position has the next tap.
    pub(super) tap: u32,
}

/// A linear operation's sizes and runs.
#[derive(Clone, Debug)]
pub(super) struct Geometry {
    /// Average pooling of the input, before the rest.
    pub(super) pool: Option<Pool>,
    /// Input channels, and positions after pooling.
    pub(super) channels: usize,
    pub(super) positions: usize,
    pub(super) taps: usize,
    /// Output channels and positions.
    pub(super) width: usize,
    pub(super) places: usize,
    /// Groups of channels that do not mix.
    pub(super) groups: usize,
    /// Runs of all output positions, and the start of those of each.
    runs: Vec<TapRun>,
    starts: Vec<u32>,
}

impl Geometry {
    /// `below` is the shape of the activation that is read, before pooling.
    pub(super) fn new(op: &LinearOp, below: Shape) -> Self {
        let pool = op.pool;
        let below = pool.map_or(below, |pool| pool.output);
        let positions = (below.height * below.width) as usize;
        let mut geometry = Self {
            pool,
            channels: below.channels as usize,
            positions,
            taps: positions,
            width: op.channels(),
            places: op.positions(),
            groups: 1,
            runs: vec![TapRun { from: 0, to: positions as u32, tap: 0 }],
            starts: vec![0, 1],
        };
        let Kernel::Conv(conv) = op.kernel else { return geometry };
        geometry.taps = (conv.kernel[0] * conv.kernel[1]) as usize;
        geometry.groups = conv.groups as usize;
        (geometry.runs, geometry.starts) = (Vec::new(), vec![0]);
        // Overlap of a kernel that begins at `start` (padding included) with the input: kernel element and length.
        let meet = |start: u32, pad: u32, kernel: u32, size: u32| {
            let skipped = pad.saturating_sub(start);
            let first = (start + skipped) - pad;
            (skipped, first, (kernel - skipped.min(kernel)).min(size.saturating_sub(first)))
        };
        for y in 0..conv.output.height {
            let (skip_y, row, rows) = meet(y * conv.stride[0], conv.padding[0], conv.kernel[0], conv.input.height);
            for x in 0..conv.output.width {
                let (skip_x, column, columns) =
                    meet(x * conv.stride[1], conv.padding[1], conv.kernel[1], conv.input.width);
                for i in 0..if columns > 0 { rows } else { 0 } {
                    let from = (row + i) * conv.input.width + column;
                    let tap = (skip_y + i) * conv.kernel[1] + skip_x;
                    geometry.add(TapRun { from, to: from + columns, tap });
                }
                geometry.starts.push(geometry.runs.len() as u32);
            }
        }
        geometry
    }

    /// Adds a run to the current output position; contiguous runs are merged.
    fn add(&mut self, run: TapRun) {
        let open = self.starts.last().is_some_and(|start| self.runs.len() > *start as usize);
        if let Some(last) = self.runs.last_mut().filter(|_| open)
            && last.to == run.from
            && last.tap + (last.to - last.from) == run.tap
        {
            last.to = run.to;
            return;
        }
        self.runs.push(run);
    }

    /// Values of an input, before pooling.
    pub(super) fn inputs(&self) -> usize {
        self.pool.map_or(self.channels * self.positions, |pool| pool.input.neurons() as usize)
    }

    /// Values of an output.
    pub(super) fn outputs(&self) -> usize {
        self.width * self.places
    }

    pub(super) fn rows(&self) -> usize {
        self.taps * self.channels / self.groups
    }

    /// Inputs of an output position.
    pub(super) fn runs(&self, place: usize) -> &[TapRun] {
        &self.runs[self.starts[place] as usize..self.starts[place + 1] as usize]
    }

    /// Whether every output position reads the whole input in order.
    pub(super) fn is_dense(&self) -> bool {
        self.places == 1 && self.taps == self.positions && self.runs(0).len() == 1
    }

    /// Whether every channel has its own kernel.
    pub(super) fn is_depthwise(&self) -> bool {
        self.groups > 1 && self.groups == self.channels && self.width == self.channels
    }

    /// Multiply-accumulates of one dense evaluation.
    pub(super) fn macs(&self) -> usize {
        let met: usize = self.runs.iter().map(|run| (run.to - run.from) as usize).sum();
        met * self.channels / self.groups * self.width
    }

    /// Calls `visit(position in the trainer's order, position in the network's own order, output channel)` for every
    /// weight, once.
    ///
    /// The trainer stores `[tap][input channel in its group][output channel]`; the network stores
    /// `[output channel][input channel in its group][tap]`, which for a dense layer is `[output][input]`.
    pub(super) fn pair_up(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (deep, width, taps, rows) = (self.channels / self.groups, self.width, self.taps, self.rows());
        // Some rows at once, so that both orders are walked along their cache lines.
        for first in (0..rows).step_by(TOGETHER) {
            let own: Vec<usize> =
                (first..rows.min(first + TOGETHER)).map(|row| row % deep * taps + row / deep).collect();
            for output in 0..width {
                for (at, own) in own.iter().enumerate() {
                    visit((first + at) * width + output, output * deep * taps + own, output);
                }
            }
        }
    }
}

/// From `[channel][position]` to `[position][channel]`.
pub(super) fn by_position<T: Copy>(channels: usize, planes: &[T], rows: &mut [T]) {
    let positions = planes.len() / channels.max(1);
    if channels == 1 {
        return rows.copy_from_slice(planes);
    }
    for (position, row) in rows.chunks_mut(channels).enumerate() {
        row.iter_mut().enumerate().for_each(|(channel, value)| *value = planes[channel * positions + position]);
    }
}
