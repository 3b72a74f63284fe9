//! Routing rules of a mesh: pure functions from here and there to the next direction.

/// A way out of a router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards larger x.
    East,
    /// Towards smaller x.
    West,
    /// Towards smaller y.
    North,
    /// Towards larger y.
    South,
    /// To a core of this tile.
    Local,
}

/// A place on the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

impl Place {
    /// Manhattan distance (hops).
    pub fn hops(self, other: Self) -> u32 {
        u32::from(self.x.abs_diff(other.x)) + u32::from(self.y.abs_diff(other.y))
    }
}

/// A routing rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Routing {
    /// First along x, then along y.
    Xy,
    /// First along y, then along x.
    Yx,
}

/// Rules by name, in the order of [`Routing`]'s variants.
pub const NAMES: &[&str] = &["xy", "yx"];

/// All rules.
pub const ALL: &[Routing] = &[Routing::Xy, Routing::Yx];

impl Routing {
    /// The next direction of a packet at `here` that goes to `to`.
    #[inline]
    pub fn route(self, here: Place, to: Place) -> Direction {
        let along_x = match here.x.cmp(&to.x) {
            std::cmp::Ordering::Less => Some(Direction::East),
            std::cmp::Ordering::Greater => Some(Direction::West),
            std::cmp::Ordering::Equal => None,
        };
        let along_y = match here.y.cmp(&to.y) {
            std::cmp::Ordering::Less => Some(Direction::South),
            std::cmp::Ordering::Greater => Some(Direction::North),
            std::cmp::Ordering::Equal => None,
        };
        let next = match self {
            Self::Xy => along_x.or(along_y),
            Self::Yx => along_y.or(along_x),
        };
        next.unwrap_or(Direction::Local)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_takes_a_shortest_path() {
        for rule in ALL {
            for (from, to) in [((0, 0), (3, 2)), ((3, 2), (0, 0)), ((1, 1), (1, 1)), ((2, 0), (0, 3))] {
                let (mut here, to) = (Place { x: from.0, y: from.1 }, Place { x: to.0, y: to.1 });
                let shortest = here.hops(to);
                let mut hops = 0;
                loop {
                    match rule.route(here, to) {
                        Direction::East => here.x += 1,
                        Direction::West => here.x -= 1,
                        Direction::South => here.y += 1,
                        Direction::North => here.y -= 1,
                        Direction::Local => break,
                    }
                    hops += 1;
                }
                assert_eq!((here, hops), (to, shortest), "{rule:?}");
            }
        }
    }
}
