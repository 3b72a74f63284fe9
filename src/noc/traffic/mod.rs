//! Traffic patterns: the destinations of a source's packets. One file a pattern, and a line in [`KNOWN`].

mod bit_complement;
mod hotspot;
mod neighbor;
mod tornado;
mod transpose;
mod uniform;

use crate::json::unknown;
use crate::rng::Stream;
use std::fmt::Debug;

/// A traffic pattern.
pub trait Pattern: Debug + Send + Sync {
    /// The destination of a source's next packet; both are terminals, and may be the same.
    fn destination(&self, source: u32, rng: &mut Stream) -> u32;
}

/// Terminals as a grid, numbered row by row; in one row where the topology has no columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Grid {
    /// Number of terminals.
    pub(crate) fn terminals(self) -> u32 {
        self.width * self.height
    }

    fn place(self, terminal: u32) -> (u32, u32) {
        (terminal % self.width, terminal / self.width)
    }

    fn terminal(self, (x, y): (u32, u32)) -> u32 {
        y * self.width + x
    }
}

/// Makes a pattern from its options, or returns what is wrong with them.
type Make = fn(&PatternOptions<'_>, Grid) -> Result<Box<dyn Pattern>, String>;

/// A pattern that is known by name.
pub struct PatternKind {
    /// The name.
    pub name: &'static str,
    /// A line of help.
    pub summary: &'static str,
    make: Make,
}

/// All patterns.
pub const KNOWN: &[PatternKind] =
    &[uniform::KIND, transpose::KIND, tornado::KIND, neighbor::KIND, bit_complement::KIND, hotspot::KIND];

/// The options after a pattern's name and a colon: `name=value,…`.
struct PatternOptions<'a>(Vec<(&'a str, &'a str)>);

impl<'a> PatternOptions<'a> {
    fn parse(text: Option<&'a str>) -> Result<Self, String> {
        let pairs = text.into_iter().flat_map(|text| text.split(','));
        let pairs =
            pairs.map(|pair| pair.split_once('=').ok_or_else(|| format!("found {pair:?}, expected name=value")));
        pairs.collect::<Result<_, _>>().map(Self)
    }

    /// Rejects options that a pattern does not have.
    fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.0.iter().find(|(name, _)| !known.contains(name)) {
            None => Ok(()),
            Some((name, _)) if known.is_empty() => Err(format!("found {name}, but it takes no options")),
            Some((name, _)) => Err(format!("found {name}, expected {}", known.join(" or "))),
        }
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// A pattern in which every source has one destination.
#[derive(Debug)]
struct Permutation {
    grid: Grid,
    destination: fn(Grid, (u32, u32)) -> (u32, u32),
}

impl Permutation {
    fn boxed(grid: Grid, destination: fn(Grid, (u32, u32)) -> (u32, u32)) -> Result<Box<dyn Pattern>, String> {
        Ok(Box::new(Self { grid, destination }))
    }
}

impl Pattern for Permutation {
    fn destination(&self, source: u32, _rng: &mut Stream) -> u32 {
        self.grid.terminal((self.destination)(self.grid, self.grid.place(source)))
    }
}

/// The pattern of a name, such as `uniform` or `hotspot:nodes=27,fraction=0.1`.
pub(crate) fn pattern(text: &str, grid: Grid) -> Result<Box<dyn Pattern>, String> {
    let (name, options) = text.split_once(':').map_or((text, None), |(name, options)| (name, Some(options)));
    let Some(kind) = KNOWN.iter().find(|kind| kind.name == name) else {
        let known: Vec<&str> = KNOWN.iter().map(|kind| kind.name).collect();
        return Err(unknown(name, &known));
    };
    PatternOptions::parse(options)
        .and_then(|options| (kind.make)(&options, grid))
        .map_err(|why| format!("{name}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Domain, stream};

    fn all(text: &str, grid: Grid) -> Vec<u32> {
        let (pattern, mut rng) = (pattern(text, grid).unwrap(), stream(1, Domain::Traffic, 0));
        (0..grid.terminals()).map(|source| pattern.destination(source, &mut rng)).collect()
    }

    fn mean_hops(destinations: &[u32], grid: Grid) -> f64 {
        let hops = destinations.iter().enumerate().map(|(from, to)| {
            let ((x, y), (u, v)) = (grid.place(from as u32), grid.place(*to));
            x.abs_diff(u) + y.abs_diff(v)
        });
        f64::from(hops.sum::<u32>()) / destinations.len() as f64
    }

    #[test]
    fn patterns_have_the_published_mean_distance_on_8x8() {
        let grid = Grid { width: 8, height: 8 };
        for (name, hops) in [("tornado", 7.5), ("neighbor", 3.5), ("transpose", 5.25), ("bit-complement", 8.0)] {
            let destinations = all(name, grid);
            assert_eq!(mean_hops(&destinations, grid), hops, "{name}");
            let mut sorted = destinations.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..64), "{name} is a permutation");
        }
    }

    #[test]
    fn random_patterns_reach_their_shares() {
        let grid = Grid { width: 4, height: 4 };
        let mut rng = stream(2, Domain::Traffic, 0);
        let hot = pattern("hotspot:nodes=5,fraction=0.25", grid).unwrap();
        let mut counts = [0u32; 16];
        (0..64_000).for_each(|_| counts[hot.destination(3, &mut rng) as usize] += 1);
        // 25 % and a sixteenth of the rest; every other terminal 4.69 %.
        assert!((f64::from(counts[5]) / 64_000.0 - 0.296_875).abs() < 0.01);
        assert!(counts.iter().enumerate().all(|(i, n)| i == 5 || (f64::from(*n) / 64_000.0 - 0.046_875).abs() < 0.005));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let grid = Grid { width: 4, height: 2 };
        for (text, part) in [
            ("transposed", "allowed: uniform"),
            ("transpose", "4 x 2"),
            ("uniform:a=1", "takes no options"),
            ("hotspot", "nodes"),
            ("hotspot:nodes=8,fraction=0.1", "0 to 7"),
            ("hotspot:nodes=1,fraction=1.5", "fraction"),
            ("hotspot:nodes", "name=value"),
        ] {
            let error = pattern(text, grid).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
