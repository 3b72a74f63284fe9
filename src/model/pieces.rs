//! Axons into cores that populations share: their synapses are not adjacent among those of their source.

use crate::ids::{AxonId, IdVec, Offsets, PieceId};
use std::ops::Range;

/// The synapses of every axon, in pieces that are adjacent among those of its source.
#[derive(Clone, Debug)]
pub struct AxonPieces {
    of_axons: Offsets<AxonId, PieceId>,
    pieces: IdVec<PieceId, Piece>,
}

/// Adjacent synapses into neurons of one population and one core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first synapse, and the one after the last.
    pub from: u32,
    /// The end of them.
    pub to: u32,
    /// The population.
    pub layer: u32,
}

impl Piece {
    /// The synapses, in the order of source neurons.
    #[inline]
    pub fn synapses(&self) -> Range<usize> {
        self.from as usize..self.to as usize
    }
}

impl AxonPieces {
    /// No axons yet.
    pub fn with_capacity(axons: usize) -> Self {
        Self { of_axons: Offsets::with_capacity(axons), pieces: IdVec::default() }
    }

    /// Adds the next axon.
    pub fn push(&mut self, pieces: impl Iterator<Item = Piece>) {
        pieces.for_each(|piece| _ = self.pieces.push(piece));
        self.of_axons.push(PieceId::from_index(self.pieces.len()));
    }

    /// The pieces of an axon.
    #[inline]
    pub fn of(&self, axon: AxonId) -> &[Piece] {
        &self.pieces[self.of_axons.row(axon)]
    }
}
