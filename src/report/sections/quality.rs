//! How well the network does its task on the chip, and whether the chip computes what the network does.

use super::{Fact, Head, Place, Saved, Summary};
use crate::net::architecture::Target;
use crate::report::measure::{Input, Run};
use crate::report::saved::{OrNull, Record, Within, fields};

/// How well an autoencoder gives samples back on the chip, whose values are 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reconstruction {
    /// Mean squared error of an output.
    pub mse: f64,
    /// Peak signal-to-noise ratio (dB); `None` without any error.
    pub psnr_db: Option<f64>,
}

impl Reconstruction {
    /// Of a mean squared error.
    pub fn of(mse: f64) -> Self {
        Self { mse, psnr_db: (mse > 0.0).then(|| -10.0 * mse.log10()) }
    }
}

impl Record for Reconstruction {
    // An output of 32 bits in the smallest units.
    fields!(Reconstruction { mse = 0.0..=1e30, psnr_db = OrNull(-300.0..=400.0) });
}

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary {
        accuracy = OrNull(0.0..=1.0),
        reference_accuracy = OrNull(0.0..=1.0),
        reconstruction = Within,
        mismatched_samples,
    });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let input = match run.input {
            Input::Batch(input) => input,
            Input::Sparse(input) => {
                s.mismatched_samples = u64::from(input.result.mismatched);
                return;
            }
        };
        let (inferences, samples) = (&input.result.inferences, s.tally.samples());
        let share = |right: &dyn Fn(&crate::run::Inference) -> bool| {
            Some(inferences.iter().filter(|inference| right(inference)).count() as f64 / samples)
        };
        match input.network.target {
            Target::Label => {
                s.accuracy = share(&|i| i.class == i.label);
                s.reference_accuracy = share(&|i| i.reference == i.label);
            }
            Target::Input => {
                // In the order of samples, so that the sum is the same for any number of threads.
                let error: f64 = inferences.iter().filter_map(|i| i.squared_error).sum();
                let outputs = input.network.input.neurons() as f64;
                s.reconstruction = Some(Reconstruction::of(error / samples / outputs));
            }
        }
        s.mismatched_samples = inferences.iter().filter(|i| i.mismatched).count() as u64;
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        if s.mismatched_samples > s.samples {
            saved.problem("mismatched_samples", format!("found {} of {} samples", s.mismatched_samples, s.samples));
        }
        let Some(found) = s.reconstruction else { return };
        if s.accuracy.is_some() {
            saved.problem("mse", "a network that tells classes apart has none");
        }
        let right = Reconstruction::of(found.mse).psnr_db;
        let close = |(a, b): (f64, f64)| (a - b).abs() < 1e-9 * (1.0 + a.abs());
        if found.psnr_db.is_some() != right.is_some() || !found.psnr_db.zip(right).is_none_or(close) {
            saved.problem("psnr_db", "it is not that of mse");
        }
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let quality = match (s.accuracy, s.reference_accuracy, s.reconstruction) {
            (Some(chip), Some(reference), _) => {
                format!("accuracy {:.2} % (reference {:.2} %)", chip * 100.0, reference * 100.0)
            }
            (_, _, Some(r)) => {
                let decibels = r.psnr_db.map_or("no error".into(), |db| format!("PSNR {db:.2} dB"));
                format!("accuracy - · mean squared error {:.6} ({decibels})", r.mse)
            }
            _ => return Vec::new(),
        };
        let equal = match s.mismatched_samples {
            0 => "every spike count and output equals the integer reference".to_owned(),
            n if s.is_wrong() => format!("{n} SAMPLES DIFFER from the integer reference"),
            n => format!("{n} samples differ from the integer reference"),
        };
        let steps =
            format!("{} samples · T = {} · {} steps on the chip", s.samples, s.time_steps, s.steps_per_inference);
        vec![(Head::Outcome, steps), (Head::Outcome, format!("{quality}: {equal}"))]
    }

    fn warnings(s: &Summary) -> Vec<String> {
        let text = || format!("{} samples differ from the integer reference.", s.mismatched_samples);
        s.is_wrong().then(text).into_iter().collect()
    }

    fn facts(s: &Summary) -> Vec<Fact> {
        let percent = |share: f64| format!("{:.2} %", 100.0 * share);
        let accuracy = s.accuracy.map(|accuracy| {
            let reference = s.reference_accuracy.map(|share| format!(" (reference {})", percent(share)));
            (Place::Outcome, "accuracy", percent(accuracy) + &reference.unwrap_or_default())
        });
        let mse = s.reconstruction.map(|r| (Place::Outcome, "MSE", format!("{:.5}", r.mse)));
        accuracy.into_iter().chain(mse).collect()
    }
}
