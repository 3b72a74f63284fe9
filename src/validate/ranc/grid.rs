//! Places of the cores of a test bench, which its files do not give: the grid on which all packets arrive.
//!
//! Core n stands at (n mod width, n div width). On the right grid every neuron that can fire, and every packet in, reaches
//! a core with neurons that can fire, and all packets out reach one and the same place: the output bus.

use super::super::Trouble;
use super::read::{RancCore, RancTarget, TestBench};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RancGrid {
    pub(super) width: u32,
    pub(super) height: u32,
    /// The number of the place of the output bus.
    pub(super) output: u32,
}

impl RancGrid {
    /// The place that a packet from a place reaches, if it is on the grid.
    pub(super) fn place(&self, from: u32, to: &RancTarget) -> Option<u32> {
        reach(self.width, self.height, from, to)
    }
}

fn reach(width: u32, height: u32, from: u32, to: &RancTarget) -> Option<u32> {
    let (x, y) = ((from % width) as i32 + to.dx, (from / width) as i32 + to.dy);
    let inside = (0..width as i32).contains(&x) && (0..height as i32).contains(&y);
    inside.then_some(y as u32 * width + x as u32)
}

/// Finds the grid, or checks the one that was given.
pub(super) fn find(bench: &TestBench, given: Option<(u32, u32)>) -> Result<RancGrid, Trouble> {
    let candidates = match given {
        Some(grid) => vec![grid],
        None => candidates(bench.cores.len() as u32),
    };
    let fitting: Vec<RancGrid> = candidates.into_iter().filter_map(|(w, h)| fit(bench, w, h)).collect();
    match (&fitting[..], given) {
        ([grid], _) => Ok(*grid),
        ([], Some((w, h))) => {
            Err(Trouble::Failed(format!("on a grid of {w}x{h} packets leave it, or go out at more than one place")))
        }
        ([], None) => Err(Trouble::Failed("on no grid all packets reach cores and one output bus".into())),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|g| format!("{}x{}", g.width, g.height)).collect();
            Err(Trouble::Failed(format!("its grid may be {}: say which (--ranc-grid)", names.join(", "))))
        }
    }
}

/// Grids with as many places as there are memories; or with the output bus behind them; or else with further places
/// that nobody uses.
fn candidates(cores: u32) -> Vec<(u32, u32)> {
    let of = |places: u32| (1..=places).filter(move |w| places.is_multiple_of(*w)).map(move |w| (w, places / w));
    of(cores).chain(of(cores + 1)).collect()
}

fn is_alive(core: Option<&Option<RancCore>>) -> bool {
    core.and_then(Option::as_ref).is_some_and(|core| core.neurons.iter().any(|neuron| neuron.is_active()))
}

fn fit(bench: &TestBench, width: u32, height: u32) -> Option<RancGrid> {
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) < bench.cores.len() as u64 {
        return None;
    }
    let mut output = None;
    // Packets in are sent from the first core, and all reach cores.
    for packet in bench.inputs.iter().flatten() {
        let place = reach(width, height, 0, packet)?;
        if !is_alive(bench.cores.get(place as usize)) {
            return None;
        }
    }
    for (from, core) in (0..).zip(&bench.cores) {
        for neuron in core.iter().flat_map(|core| &core.neurons).filter(|neuron| neuron.is_active()) {
            let place = reach(width, height, from, &neuron.to)?;
            if !is_alive(bench.cores.get(place as usize)) && *output.get_or_insert(place) != place {
                return None;
            }
        }
    }
    output.map(|output| RancGrid { width, height, output })
}
