//! Events of event cameras: what a recording is, and how it becomes spike trains.
//!
//! A network reads two channels: 0 of events where a pixel became darker (OFF), 1 where it became brighter (ON).

mod bin;

pub use bin::{Binned, Windows};

/// A pixel became brighter or darker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When (us).
    pub t_us: u64,
    /// Column, from the left.
    pub x: u16,
    /// Row, from the top.
    pub y: u16,
    /// Whether it became brighter.
    pub on: bool,
}
