//! Input of the first layer of a layered network: values or spike trains, and how recordings of sound become values.

pub(super) mod audio;
mod encoding;
mod frames;
mod shape;
mod trains;

pub use audio::{AudioFeatures, AudioFrontEnd, AudioProgram};
pub use encoding::{Encoding, TrainsForm, samples};
pub(super) use frames::FrameFields;
pub use frames::{Frames, MAX_TIME_STEPS, Readout};
pub use shape::Shape;
pub use trains::{SpikeTrains, set_spike};
