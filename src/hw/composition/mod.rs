//! Compositions: of which parts the operations of a core consist, and how their costs move with its sizes.
//!
//! ```text
//! E(sizes) = E(published) + sum of n (E of a part(sizes) - E of it(published sizes))     time and area likewise
//! ```
//!
//! The constants stay anchored at what was published; the models give differences alone. Where the sizes are the
//! published ones, no constant is touched. What has no anchor is a sum of parts, of kind "model".

mod amount;
mod area;
mod composed;
mod context;
mod file;
mod of_chip;
mod part;
mod scale;

#[cfg(test)]
mod tests;

pub use area::ChipArea;
pub(super) use composed::Composition;
pub(super) use context::OfComposition;
pub(super) use file::CompositionOfFile;
pub(super) use scale::{finer_tick, scale};
