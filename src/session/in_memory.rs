//! Runs with a trace in memory.

use super::deployment::Deployment;
use super::error::{Error, OptionField};
use super::options::RunOptions;
use super::outcome::Outcome;
use crate::columns::Columns;
use crate::run::{Traced, Watch};
use crate::trace::{Filter, TraceTable};
use std::sync::Arc;

/// A trace that is asked for: which records, and of how many samples from the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceRequest {
    /// Records that are kept.
    pub filter: Filter,
    /// Samples that are traced; a sparse network has one.
    pub samples: usize,
}

/// A trace in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct TraceRecords {
    /// A row for each event, with the columns of a CSV file of the trace.
    pub table: Columns,
    /// Length of a tick (fs).
    pub tick_fs: u64,
    /// Cores in use, by which the column `core` counts.
    pub cores: u32,
}

impl Deployment {
    /// Runs the workload like [`Deployment::run`], with the same outcome, and keeps a trace in memory.
    ///
    /// # Errors
    /// As [`Deployment::run`]; and a filter that names what the system does not have, or no samples.
    pub fn run_recorded(
        &self,
        options: &RunOptions,
        watch: &dyn Watch,
        request: &TraceRequest,
    ) -> Result<(Outcome, TraceRecords), Error> {
        let wrong = |problem: String| Error::field(OptionField::Trace, problem);
        let scene = Arc::new(self.scene());
        let wanted = request.filter.wanted(&scene).map_err(wrong)?;
        if request.samples == 0 {
            return Err(wrong("samples: found 0, allowed: 1 and more".into()));
        }
        let mut rows = TraceTable::new(Arc::clone(&scene));
        let traced = Traced { wanted, samples: request.samples, sink: &mut rows };
        let outcome = self.run_traced(options, watch, Some(traced))?;
        let table = rows.into_columns().map_err(|error| wrong(error.to_string()))?;
        Ok((outcome, TraceRecords { table, tick_fs: scene.tick.0, cores: scene.cores.len() as u32 }))
    }
}
