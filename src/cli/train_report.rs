//! Report of `train` on a trained network: the final table, and with --report the comparison with its twin.

use super::args::TrainOptions;
use super::outputs::{Outputs, TRAIN_PAGE};
use super::progress::Ui;
use super::train::kept_epochs;
use super::{CommandOutcome, Done, Failure, find, print, print_report, width, write_json, write_page};
use crate::data::{Dataset, Wanted};
use crate::files::{FileKind, FolderLock};
use crate::hw::Chip;
use crate::net::architecture::{Shape, Target};
use crate::net::{Architecture, Folded, Graph, Layered, QuantSpec, Trained, TrainedMeta};
use crate::report::{
    Closing, ClosingRow, Coverage, FileOrigin, Mistake, NetworkOperations, TRAINING_SCHEMA, TrainingEpoch,
    TrainingReport, closing_text, training_html, training_json, training_text,
};
use crate::run::Unwatched;
use crate::session::catalog::{self, Changed};
use crate::session::{self, MapOptions, RunOptions, Session, Workload, folder_of, with_weights};
use crate::train::ablation::{Ablation, AblationPoint, Answer};
use crate::train::{EpochReport, TrainOutcome};
use std::path::Path;
use std::sync::Arc;

/// Numbers of time steps in the report, in addition to that of the training.
const STEPS: [u32; 5] = [1, 2, 4, 8, 16];
/// Test samples for which the energy is modelled.
const ENERGY_SAMPLES: usize = 10;
const PICTURES: usize = 10;
/// Samples that the network gets wrong on the page.
const MISTAKES: usize = 40;
/// Most pixels of such a sample, so that the page stays light.
const PIXELS: usize = 64 * 64;

#[derive(Clone, Copy)]
struct TrainedSubject<'a> {
    architecture: &'a Architecture,
    folded: &'a Folded,
    quantised: &'a Layered,
    meta: &'a TrainedMeta,
}

/// Common data of the table and the report.
struct Teller<'a> {
    options: &'a TrainOptions,
    dataset: &'a Dataset,
    chip: Arc<Chip>,
    origin: Option<FileOrigin>,
    ui: &'a Ui,
    epochs: Vec<TrainingEpoch>,
    /// Whether samples are frames of sequences.
    of_sequences: bool,
}

pub(super) fn check(options: &TrainOptions) -> Result<(), Failure> {
    chip(options).map(|_| ())
}

fn outputs(options: &TrainOptions) -> Outputs {
    let [json, html] = ["report.json", "report.html"].map(|name| options.out.join(name));
    Outputs::new(options.replace.overwrite)
        .with("--report", Some(&json), FileKind::Json { schema: TRAINING_SCHEMA })
        .with("--report", Some(&html), TRAIN_PAGE)
}

fn chip(options: &TrainOptions) -> Result<(Arc<Chip>, Option<FileOrigin>), Failure> {
    let asked = options.report.chip.as_deref().or(options.settings.hardware.for_chip.as_deref());
    let Changed { chip, origin, .. } = find::chip(asked.unwrap_or("loihi"), &options.settings.hardware.changes)?;
    Ok((Arc::new(chip), origin))
}

/// After a training: the final table, and the report if requested.
pub(super) fn finish(
    options: &TrainOptions,
    architecture: &Architecture,
    outcome: &TrainOutcome,
    dataset: &Dataset,
    ui: &Ui,
) -> Result<(), Failure> {
    let TrainOutcome { folded, quantised, meta, .. } = outcome;
    let (chip, origin) = chip(options)?;
    let epochs = outcome.history.iter().map(epoch).collect();
    let (of_sequences, frames) = (dataset.are_sequences(), frames(dataset));
    let dataset = frames.as_ref().unwrap_or(dataset);
    let teller = Teller { options, dataset, chip, origin, ui, epochs, of_sequences };
    let before = if options.fine_tune { Some(trained(&options.network)?) } else { None };
    teller.tell(TrainedSubject { architecture, folded, quantised, meta }, before.as_ref(), options.report.report)
}

/// `train --report-only`.
pub(super) fn only(options: &TrainOptions, ui: &Ui) -> Done {
    let trained = trained(&options.network)?;
    let steps = trained.quantised.spec.time_steps;
    let folders = find::folders(&options.folders);
    let dataset = find::noted(catalog::data_for(&trained, options.data.as_ref(), &folders, (steps, Wanted::All))?);
    dataset.check_training()?;
    session::matches(&trained, &dataset)?;
    ui.notes(&dataset.notes);
    let (chip, origin) = chip(options)?;
    let epochs = kept_epochs(&folder_of(Path::new(&options.network)), ui);
    let (of_sequences, frames) = (dataset.are_sequences(), frames(&dataset));
    let dataset = frames.as_ref().unwrap_or(&dataset);
    let teller = Teller { options, dataset, chip, origin, ui, epochs, of_sequences };
    let _lock = FolderLock::take(&options.out)?;
    outputs(options).check()?;
    let Trained { architecture, meta, folded, quantised, .. } = &trained;
    teller.tell(TrainedSubject { architecture, folded, quantised, meta }, None, true)?;
    Ok(CommandOutcome::Nothing)
}

/// The frames of sequences as samples: a non-spiking twin keeps no state.
fn frames(dataset: &Dataset) -> Option<Dataset> {
    dataset.are_sequences().then(|| dataset.clone().by_frame())
}

fn epoch(report: &EpochReport) -> TrainingEpoch {
    TrainingEpoch {
        loss: report.loss,
        train_accuracy: report.train_accuracy,
        validation: report.validation_accuracy.or(report.validation_mse),
        in_training: report.in_training,
        spikes_per_neuron: report.spikes_per_neuron,
    }
}

fn trained(argument: &str) -> Result<Trained, Failure> {
    with_weights(find::network(argument)?.network).ok_or_else(|| {
        Failure(format!(
            "--network: found \"{argument}\", which has no trained weights; expected the folder of a trained network"
        ))
    })
}

/// The shape of outputs that are an image: the sample itself, or of the size of one channel of it.
fn picture_shape(folded: &Folded) -> Option<Shape> {
    let (shape, outputs) = (folded.input, folded.stages.last().map_or(0, |stage| stage.output.neurons()));
    let one = Shape { channels: 1, ..shape };
    match folded.target {
        Target::Label => None,
        Target::Input => Some(shape),
        Target::Given => Some(one).filter(|one| one.height > 1 && one.width > 1 && one.neurons() == outputs),
    }
}

impl Teller<'_> {
    fn tell(&self, subject: TrainedSubject<'_>, before: Option<&Trained>, report: bool) -> Result<(), Failure> {
        let closing = self.closing(subject, before);
        if report {
            let report = self.report(subject, closing.clone());
            let path = |name: &str| self.options.out.join(name);
            write_json(&path("report.json"), &training_json(&report))?;
            write_page(&path("report.html"), &training_html(&report))?;
            print_report(&(training_text(&report, width()) + "\n"))?;
            print_report(&closing_text(&closing, width()))?;
            return print(format_args!("report written to {}", path("report.html").display()));
        }
        print_report(&closing_text(&closing, width()))
    }

    fn comparison<'s>(&'s self, folded: &'s Folded, quantised: &Layered, test: bool) -> Ablation<'s> {
        let split = if test { &self.dataset.test } else { &self.dataset.validation };
        Ablation {
            folded,
            spec: quantised.spec,
            split,
            samples: self.options.report.report_samples as usize,
            threads: find::threads(self.options.effort.threads),
        }
    }

    fn report(&self, subject: TrainedSubject<'_>, closing: Closing) -> TrainingReport {
        let TrainedSubject { architecture, folded, quantised, meta } = subject;
        let comparison = self.comparison(folded, quantised, false);
        let own = quantised.spec.time_steps;
        // Spike trains are cut into the steps of the network, so no other numbers are possible.
        let others = STEPS.into_iter().filter(|_| !folded.encoding.reads_trains());
        let mut steps: Vec<u32> = others.chain([own]).collect();
        steps.sort_unstable();
        steps.dedup();
        self.ui.note(format!("comparing {} with its non-spiking twin", architecture.name));
        let picture_shape = picture_shape(folded);
        TrainingReport {
            network: architecture.name.clone(),
            dataset: self.dataset.name.clone(),
            source: self.dataset.source.clone(),
            made_by: meta.made_by.clone(),
            target: folded.target,
            shape: folded.input,
            time_steps: own,
            weight_bits: quantised.spec.weight_bits,
            part: "validation",
            points: steps.into_iter().map(|steps| comparison.point(steps)).collect(),
            pictures: if picture_shape.is_some() { comparison.pictures(PICTURES) } else { Vec::new() },
            picture_shape: picture_shape.unwrap_or(folded.input),
            epochs: self.epochs.clone(),
            mistakes: self.mistakes(folded, &closing),
            closing,
        }
    }

    /// The first samples of the test part that the integer network gets wrong, as images if they are some.
    fn mistakes(&self, folded: &Folded, closing: &Closing) -> Vec<Mistake> {
        let shape = folded.input;
        let is_image = shape.height > 1 && shape.width > 1 && !folded.encoding.reads_trains();
        let drawn = is_image && (shape.height * shape.width) as usize <= PIXELS;
        let wrong = closing.answers.iter().enumerate().filter(|(_, answer)| answer.spiking != answer.label);
        let mistake = |(sample, answer): (usize, &Answer)| {
            let pixels = self.dataset.test.sample(sample).0;
            let value = |pixel: &u8| f64::from(*pixel) / f64::from(folded.full_scale);
            Mistake { sample, answer: *answer, image: drawn.then(|| pixels.iter().map(value).collect()) }
        };
        wrong.take(MISTAKES).map(mistake).collect()
    }

    fn closing(&self, subject: TrainedSubject<'_>, before: Option<&Trained>) -> Closing {
        let TrainedSubject { folded, quantised, .. } = subject;
        let point = self.comparison(folded, quantised, true).point(quantised.spec.time_steps);
        let mut notes = Vec::new();
        if self.of_sequences {
            notes.push("each frame of a sequence is a sample here, and no state is kept between them".to_owned());
        }
        let mut rows = vec![twin(&point), self.spiking("integer network", &point, quantised, &mut notes)];
        if let Some(before) = before {
            // Spike trains are cut into the steps of the data set, so no other numbers are possible.
            let own = before.quantised.spec;
            let time_steps = self.dataset.steps.unwrap_or(own.time_steps);
            let network = before.quantised_for(QuantSpec { time_steps, ..own });
            let point = self.comparison(&before.folded, &network, true).point(time_steps);
            rows.push(self.spiking("integer network before", &point, &network, &mut notes));
        }
        Closing {
            part: "test",
            target: folded.target,
            samples: point.spiking.samples,
            chip: self.chip.name.clone(),
            origins: self.origin.iter().cloned().chain(catalog::data_origin(self.dataset)).collect(),
            energy_samples: self.energy_samples() as u64,
            encoder_macs: point.layers.iter().filter(|layer| layer.encodes).map(|layer| layer.macs).sum(),
            rows,
            notes,
            answers: point.answers,
        }
    }

    fn energy_samples(&self) -> usize {
        ENERGY_SAMPLES.min(self.options.report.report_samples as usize).min(self.dataset.test.len())
    }

    fn spiking(
        &self,
        name: &'static str,
        point: &AblationPoint,
        network: &Layered,
        notes: &mut Vec<String>,
    ) -> ClosingRow {
        let energy = self.energy(network);
        if let Err(why) = &energy {
            let lines: Vec<String> = why.to_string().lines().map(|line| line.trim().to_owned()).collect();
            notes.push(format!("no energy of the {name}: {}", lines.join(" ")));
        }
        ClosingRow {
            name,
            score: point.spiking,
            spikes_per_neuron: Some(point.spikes_per_neuron()),
            operations: NetworkOperations::Synaptic(point.synaptic_operations()),
            energy_pj: energy.ok(),
        }
    }

    /// Modelled energy per inference (pJ), and its coverage, as in `run`.
    fn energy(&self, network: &Layered) -> Result<(f64, Coverage), session::Error> {
        let graph = Arc::new(Graph::from_layered(network));
        let workload = Workload::layered("", Arc::new(network.clone()), graph, None);
        let how = MapOptions { seed: self.options.effort.seed, ..MapOptions::default() };
        let deployment = Session::new(Arc::clone(&self.chip), workload).map(&how)?;
        let threads = find::threads(self.options.effort.threads);
        let run = RunOptions { samples: Some(self.energy_samples()), threads, ..RunOptions::default() };
        let pricing = deployment.run_on(&self.dataset.test, &run, &Unwatched)?.into_summary().pricing;
        Ok((pricing.energy_pj.mean, pricing.coverage.total))
    }
}

/// The twin computes no spikes and is mapped on no chip.
fn twin(point: &AblationPoint) -> ClosingRow {
    ClosingRow {
        name: "non-spiking twin, real numbers",
        score: point.twin,
        spikes_per_neuron: None,
        operations: NetworkOperations::Macs(point.macs()),
        energy_pj: None,
    }
}
