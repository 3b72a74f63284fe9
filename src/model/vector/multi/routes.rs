//! Routes on a mesh, and the flits that took them.

use super::lanes::{LANES, LOCAL, PORTS};
use crate::hw::topology::{EAST, NORTH};
use crate::model::vector::ClockedMesh;

/// Cycles that flits are counted for in a byte.
const COUNTED: u32 = 255;

/// Coordinates of a router: along the dimension that packets go first, and along the other. Rows are counted from below, so
/// that the second port of each dimension leads to lower coordinates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RouterPlace {
    first: u8,
    then: u8,
}

/// Dimension order on a mesh.
#[derive(Clone, Debug)]
pub(super) struct MeshRoutes {
    places: Vec<RouterPlace>,
    /// First port of each dimension.
    first: usize,
    then: usize,
}

impl MeshRoutes {
    pub(super) fn new(mesh: &ClockedMesh) -> Self {
        let place = |router| {
            let (x, y) = ((router % mesh.width) as u8, u8::MAX - (router / mesh.width) as u8);
            if mesh.y_first { RouterPlace { first: y, then: x } } else { RouterPlace { first: x, then: y } }
        };
        let (x, y) = (usize::from(EAST), usize::from(NORTH));
        let (first, then) = if mesh.y_first { (y, x) } else { (x, y) };
        Self { places: (0..mesh.routers()).map(place).collect(), first, then }
    }

    #[inline(always)]
    pub(super) fn destination(&self, router: usize) -> RouterPlace {
        self.places[router]
    }

    /// Port by which a packet leaves a router.
    #[inline(always)]
    pub(super) fn port(&self, router: usize, to: RouterPlace) -> usize {
        let here = self.places[router];
        let then = self.then + usize::from(to.then < here.then);
        let rest = if to.then == here.then { LOCAL } else { then };
        let first = self.first + usize::from(to.first < here.first);
        if to.first == here.first { rest } else { first }
    }
}

/// Flits that left each port.
#[derive(Clone, Debug)]
pub(super) struct LinkFlits {
    /// By block: of the last cycles.
    recent: Vec<[[u8; LANES]; PORTS]>,
    cycles: u32,
    /// By block: of those before.
    before: Vec<[[u64; LANES]; PORTS]>,
}

impl LinkFlits {
    pub(super) fn new(blocks: usize) -> Self {
        Self { recent: vec![[[0; LANES]; PORTS]; blocks], cycles: 0, before: vec![[[0; LANES]; PORTS]; blocks] }
    }

    /// Counts the flits of a block in a cycle.
    #[inline(always)]
    pub(super) fn add(&mut self, block: usize, sends: &[[u8; LANES]; PORTS]) {
        for (recent, sends) in self.recent[block].iter_mut().zip(sends) {
            for (recent, sends) in recent.iter_mut().zip(sends) {
                *recent = recent.wrapping_add(*sends);
            }
        }
    }

    /// Ends a cycle, before a byte is full.
    pub(super) fn end_cycle(&mut self) {
        self.cycles += 1;
        if self.cycles < COUNTED {
            return;
        }
        self.cycles = 0;
        for (before, recent) in self.before.iter_mut().flatten().zip(self.recent.iter_mut().flatten()) {
            for (before, recent) in before.iter_mut().zip(recent) {
                *before += u64::from(std::mem::take(recent));
            }
        }
    }

    /// By router and port.
    pub(super) fn all(&self, routers: usize) -> Vec<u64> {
        let of = |router: usize, port: usize| {
            let (block, lane) = (router / LANES, router % LANES);
            self.before[block][port][lane] + u64::from(self.recent[block][port][lane])
        };
        (0..routers).flat_map(|router| (0..PORTS).map(move |port| of(router, port))).collect()
    }
}
