//! Outcome of a run: figures by name, results of each inference, and the report.

use super::npz::NamedArrays;
use super::posteriors::Posteriors;
use crate::net::Layered;
use crate::report::{Detail, Quantity, Summary, run_json, run_text};
use crate::run::{BatchResult, Inference, SparseResult};
use crate::stats::Counts;
use serde_json::Value;

/// Counts of a run.
#[derive(Clone, Debug)]
pub enum Results {
    /// Results of a layered network, by sample.
    Inferences(BatchResult),
    /// Results of a sparse network.
    Steps(SparseResult),
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    summary: Summary,
    results: Results,
}

impl Outcome {
    pub(super) fn new(summary: Summary, results: Results) -> Self {
        Self { summary, results }
    }

    /// The figures of the report.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// The figures of the report, without the results.
    pub fn into_summary(self) -> Summary {
        self.summary
    }

    /// The figures of the report and the results.
    #[doc(hidden)]
    pub fn into_parts(self) -> (Summary, Results) {
        (self.summary, self.results)
    }

    /// Counts.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// A figure per inference by its name in reports, such as `energy_pj` or `latency_ns`; `None` if there is no such
    /// figure.
    pub fn figure(&self, name: &str) -> Option<Quantity> {
        self.figures().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// All figures per inference by name; the energy comes first, unless no counted operation has a published cost.
    pub fn figures(&self) -> impl Iterator<Item = (&'static str, Quantity)> + '_ {
        self.summary.figures()
    }

    /// Results of each inference, by sample; empty for a sparse network.
    pub fn inferences(&self) -> &[Inference] {
        match &self.results {
            Results::Inferences(result) => &result.inferences,
            Results::Steps(_) => &[],
        }
    }

    /// The class that the chip gives to each sample.
    pub fn predictions(&self) -> Vec<u8> {
        self.inferences().iter().map(|inference| inference.class).collect()
    }

    /// Results of the run of a sparse network, such as spike counts and membranes of its neurons.
    pub fn steps(&self) -> Option<&SparseResult> {
        match &self.results {
            Results::Inferences(_) => None,
            Results::Steps(result) => Some(result),
        }
    }

    /// Counts of each core, and last of the host.
    pub fn cores(&self) -> &[Counts] {
        match &self.results {
            Results::Inferences(result) => &result.cores,
            Results::Steps(result) => &result.cores,
        }
    }

    /// Spike counts and membranes of the outputs, by sample, with labels and predictions where there are classes and otherwise
    /// with the outputs as numbers and what they should be, as an `.npz` file. Of samples it needs [`RunOptions::outputs`](super::RunOptions::outputs).
    ///
    /// # Errors
    /// More than an archive holds.
    pub fn npz(&self) -> std::io::Result<Vec<u8>> {
        let (mut arrays, mut spikes, mut membranes) = (NamedArrays::default(), Vec::new(), Vec::new());
        let samples = match &self.results {
            Results::Inferences(result) => {
                for outputs in result.inferences.iter().filter_map(|inference| inference.outputs.as_ref()) {
                    spikes.extend_from_slice(&outputs.spikes);
                    membranes.extend_from_slice(&outputs.membranes);
                }
                result.inferences.len()
            }
            Results::Steps(_) => {
                for output in self.summary.totals.iter().flat_map(|totals| &totals.outputs) {
                    spikes.extend_from_slice(&output.spikes);
                    membranes.extend_from_slice(&output.membranes);
                }
                1
            }
        };
        let (count, each) = (samples as u64, (spikes.len() / samples.max(1)) as u64);
        arrays.add("spike_counts", &[count, each], &spikes)?;
        arrays.add("membranes", &[count, each], &membranes)?;
        if self.summary.frames.as_ref().is_some_and(|frames| frames.latency_ns.is_some()) {
            let frames: Vec<u32> = self.inferences().iter().map(|inference| inference.frame_count).collect();
            let outputs = self.inferences().iter().filter_map(|inference| inference.outputs.as_ref());
            let values: Vec<i32> = outputs.flat_map(|outputs| &outputs.frames).copied().collect();
            arrays.add("frame_membranes", &[values.len() as u64 / each.max(1), each], &values)?;
            arrays.add("lengths", &[count], &frames)?;
        }
        if self.summary.accuracy.is_some() {
            let labels: Vec<u8> = self.inferences().iter().map(|inference| inference.label).collect();
            arrays.add("predictions", &[count], &self.predictions())?;
            arrays.add("labels", &[count], &labels)?;
        }
        let (mut outputs, mut targets) = (Vec::new(), Vec::new());
        for compared in self.inferences().iter().filter_map(|inference| inference.compared.as_ref()) {
            outputs.extend_from_slice(&compared.outputs);
            targets.extend_from_slice(&compared.wanted);
        }
        if !targets.is_empty() {
            arrays.add("outputs", &[count, each], &outputs)?;
            arrays.add("targets", &[count, each], &targets)?;
        }
        arrays.zip()
    }

    /// Log-probabilities of classes after each frame of a sequence, of a network whose outputs are read then. It needs
    /// [`RunOptions::outputs`](super::RunOptions::outputs).
    ///
    /// # Errors
    /// More values than an array holds.
    pub fn posteriors(&self, network: &Layered) -> std::io::Result<Posteriors> {
        Posteriors::of(network, self.inferences())
    }

    /// The report as JSON.
    pub fn json(&self) -> Value {
        run_json(&self.summary)
    }

    /// The report as text, in lines of `width` columns.
    pub fn text(&self, width: u16, detail: Detail) -> String {
        run_text(&self.summary, width, detail)
    }
}
