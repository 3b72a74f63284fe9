//! Spikes of the inputs of a network: arrays, lists of events, files and random spikes, checked and given to inputs by name.
//!
//! ```text
//! InputSpikes ─ Feed::give (which input, does it fit) ─► Fed: trains of all inputs, steps, a note for reports
//! ```
//!
//! Random spikes are `random:rate=0.1,steps=100,seed=1`: every neuron of an input spikes in every step with the same
//! probability, from a separate stream. Files are read by `data`, which adds `InputSpikes::from_file`.

mod feed;
mod given;
mod random;

pub use feed::Stimulus;
#[doc(hidden)]
pub use feed::{Fed, Feed, NOTE};
pub use given::{InputSpikes, MAX_GIVEN, SpikesError};
#[doc(hidden)]
pub use random::Train;
pub use random::{MAX_SPIKE_STEPS, RandomSpikes};
