//! Who receives records.

use super::Record;
use crate::units::Tick;
use std::io;
use thiserror::Error;

/// Of which sample records are. Sparse networks have one.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TracedSample {
    /// Its number, from 0.
    pub number: u32,
    /// Ticks of all samples before it: where it begins, if samples follow each other in time.
    pub offset: Tick,
}

/// Receives the records of a run, in their order, and sample after sample.
pub trait Sink: Send {
    /// A sample begins.
    fn begin(&mut self, _sample: &TracedSample) -> Result<(), TraceError> {
        Ok(())
    }

    /// The next records of a sample.
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError>;

    /// A sample ended, at a tick from its beginning.
    fn end(&mut self, _sample: &TracedSample, _at: Tick) -> Result<(), TraceError> {
        Ok(())
    }

    /// Nothing more will come; `end` is the ticks of all samples.
    fn finish(&mut self, _end: Tick) -> Result<(), TraceError> {
        Ok(())
    }

    /// What was written, for people: numbers and what they count, as in 434 signals.
    fn contents(&self) -> Vec<(u64, &'static str)> {
        Vec::new()
    }
}

/// Several sinks, each of which receives all.
impl Sink for Vec<Box<dyn Sink + '_>> {
    fn begin(&mut self, sample: &TracedSample) -> Result<(), TraceError> {
        self.iter_mut().try_for_each(|sink| sink.begin(sample))
    }

    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        self.iter_mut().try_for_each(|sink| sink.take(sample, records))
    }

    fn end(&mut self, sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        self.iter_mut().try_for_each(|sink| sink.end(sample, at))
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.iter_mut().try_for_each(|sink| sink.finish(end))
    }
}

/// Why a trace is not written.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "messages name the fields")]
pub enum TraceError {
    /// The file cannot be written.
    #[error("{path}: cannot be written: {error}")]
    Io { path: String, error: io::Error },
    /// A format cannot hold what was traced.
    #[error("{path}: {what}")]
    Cannot { path: String, what: String },
}
