//! Files to which a run is traced.

use super::Failure;
use super::args::TraceOptions;
use super::outputs::Outputs;
use super::progress::Ui;
use crate::run::Traced;
use crate::trace::formats::TraceFormat;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Sink, WantedRecords};
use std::sync::Arc;

pub(super) struct Traces {
    wanted: WantedRecords,
    samples: usize,
    sink: Vec<Box<dyn Sink>>,
}

/// Reports problems with the options, and with the other files of the command, before the run.
pub(super) fn check(options: &TraceOptions, outputs: Outputs) -> Result<(), Failure> {
    options.filter().map_err(Failure)?;
    let mut outputs = outputs;
    for file in &options.trace {
        outputs = outputs.with("--trace", Some(&file.path), TraceFormat::named(file.format).map_err(Failure)?.kind);
    }
    outputs.check()
}

pub(super) fn open(options: &TraceOptions, scene: impl FnOnce() -> Scene) -> Result<Option<Traces>, Failure> {
    if options.trace.is_empty() {
        return Ok(None);
    }
    let scene = Arc::new(scene());
    let told = |what: String| Failure(format!("--trace-filter: {what}"));
    let wanted = options.filter().map_err(Failure)?.wanted(&scene).map_err(told)?;
    let mut sink = Vec::new();
    let mut kinds: Vec<Kind> = Vec::new();
    for file in &options.trace {
        let format = TraceFormat::named(file.format).map_err(Failure)?;
        kinds.extend(format.signals.iter().flat_map(|signal| signal.kinds()));
        sink.push(format.open(&file.path, &scene, &wanted)?);
    }
    // Drops records that no format can hold.
    Ok(Some(Traces { wanted: wanted.only(&kinds), samples: options.trace_samples, sink }))
}

impl Traces {
    /// Reports how much of a run of `count` samples is traced.
    pub(super) fn tell(&self, count: usize, ui: &Ui) {
        if self.samples < count {
            let some = if self.samples == 1 { "the first".to_owned() } else { format!("the first {}", self.samples) };
            ui.note(format!("trace: {some} of {count} samples (--trace-samples)"));
        }
    }

    pub(super) fn traced(&mut self) -> Traced<'_> {
        Traced { wanted: self.wanted.clone(), samples: self.samples, sink: &mut self.sink }
    }
}
