//! A share of all packets goes to a few terminals, the rest to all alike.

use super::{Grid, Pattern, PatternKind, PatternOptions};
use crate::rng::Stream;
use rand::RngExt;

pub(super) const KIND: PatternKind = PatternKind {
    name: "hotspot",
    summary: "hotspot:nodes=27+28,fraction=0.1: that share goes to those terminals, the rest to all alike",
    make,
};

#[derive(Debug)]
struct Hotspot {
    nodes: Vec<u32>,
    fraction: f64,
    terminals: u32,
}

fn make(options: &PatternOptions<'_>, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    options.only(&["nodes", "fraction"])?;
    let last = grid.terminals() - 1;
    let nodes = options.get("nodes").ok_or("expected nodes=A+B+…, the hot terminals")?;
    let node = |text: &str| match text.parse() {
        Ok(node) if node <= last => Ok(node),
        _ => Err(format!("nodes: found {text:?}, expected 0 to {last}")),
    };
    let nodes: Vec<u32> = nodes.split('+').map(node).collect::<Result<_, _>>()?;
    let fraction = options.get("fraction").ok_or("expected fraction=F, the share of packets to the hot terminals")?;
    match fraction.parse::<f64>() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => {
            Ok(Box::new(Hotspot { nodes, fraction, terminals: grid.terminals() }))
        }
        _ => Err(format!("fraction: found {fraction:?}, expected 0 to 1")),
    }
}

impl Pattern for Hotspot {
    fn destination(&self, _source: u32, rng: &mut Stream) -> u32 {
        if rng.random_bool(self.fraction) {
            self.nodes[rng.random_range(0..self.nodes.len())]
        } else {
            rng.random_range(0..self.terminals)
        }
    }
}
