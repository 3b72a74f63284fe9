//! How well the network does its task on the chip, and whether the chip computes what the network does.

use super::section::*;
use crate::net::architecture::Target;
use crate::net::quantised::OutputErrors;

pub(super) const SECTION: Section = Section {
    measure,
    check,
    show,
    brief,
    ..Section::of(&[
        fields!(accuracy = or_null(share), reference_accuracy = or_null(share)),
        fields_within!(reconstruction: Reconstruction),
        fields!(mismatched_samples),
    ])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let input = match run.input {
        RunInput::Batch(input) => input,
        RunInput::Sparse(input) => {
            s.mismatched_samples = u64::from(input.result.mismatched);
            return;
        }
    };
    let (inferences, samples) = (&input.result.inferences, s.tally.samples());
    let share = |right: &dyn Fn(&crate::run::Inference) -> bool| {
        Some(inferences.iter().filter(|inference| right(inference)).count() as f64 / samples)
    };
    match input.network.target() {
        Target::Label => {
            s.accuracy = share(&|i| i.class == i.label);
            s.reference_accuracy = share(&|i| i.reference == i.label);
        }
        Target::Input | Target::Given => {
            // In the order of samples, so that the sums are the same for any number of threads.
            let mut sum = OutputErrors::default();
            inferences.iter().filter_map(|i| i.errors).for_each(|errors| sum.add(errors));
            let last = input.network.layered().and_then(|network| network.layers.last());
            let outputs = last.map_or(1.0, |layer| layer.op.outputs() as f64);
            let mae = Some(sum.absolute / samples / outputs);
            s.reconstruction = Some(Reconstruction { mae, ..Reconstruction::of(sum.squared / samples / outputs) });
        }
    }
    s.mismatched_samples = inferences.iter().filter(|i| i.mismatched).count() as u64;
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    if s.mismatched_samples > s.samples {
        found.problem("mismatched_samples", format!("found {} of {} samples", s.mismatched_samples, s.samples));
    }
    let Some(r) = s.reconstruction else { return };
    if s.accuracy.is_some() {
        found.problem("mse", "a network that distinguishes classes has none");
    }
    let right = Reconstruction::of(r.mse).psnr_db;
    let close = |(a, b): (f64, f64)| (a - b).abs() < 1e-9 * (1.0 + a.abs());
    if r.psnr_db.is_some() != right.is_some() || !r.psnr_db.zip(right).is_none_or(close) {
        found.problem("", "psnr_db is not that of mse");
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let (label, quality) = match (s.accuracy, s.reference_accuracy, s.reconstruction) {
        (Some(chip), Some(reference), _) if chip != reference => {
            ("accuracy", format!("{} (reference {})", percent(chip), percent(reference)))
        }
        (Some(chip), ..) => ("accuracy", percent(chip)),
        (.., Some(found)) => ("error", format!("mean square {:.6} ({})", found.mse, beside_mse(&found))),
        _ => return,
    };
    brief.line(BriefPlace::Outcome, label, format!("{quality}; {}", equal(s)));
}

/// The figures that follow a mean squared error in brackets.
fn beside_mse(found: &Reconstruction) -> String {
    let decibels = found.psnr_db.map_or("no error".into(), |db| format!("PSNR {db:.2} dB"));
    found.mae.map_or(decibels.clone(), |mae| format!("{decibels}, mean absolute error {mae:.5}"))
}

/// What a report says of a chip that computes what the network computes.
pub(in crate::report) const ALL_EQUAL: &str = "all spike counts and outputs equal the integer reference";

fn equal(s: &Summary) -> String {
    match s.mismatched_samples {
        0 => ALL_EQUAL.to_owned(),
        1 if s.is_wrong() => "1 SAMPLE DIFFERS from the integer reference".to_owned(),
        n if s.is_wrong() => format!("{n} SAMPLES DIFFER from the integer reference"),
        1 => "1 sample differs from the integer reference".to_owned(),
        n => format!("{n} samples differ from the integer reference"),
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let quality = match (s.accuracy, s.reference_accuracy, s.reconstruction) {
        (Some(chip), Some(reference), _) => {
            let text = format!("{} (reference {})", percent(chip), percent(reference));
            shown.fact(FactPlace::Outcome, "accuracy", text.as_str());
            format!("accuracy {text}")
        }
        (_, _, Some(r)) => {
            shown.fact(FactPlace::Outcome, "MSE", format!("{:.5}", r.mse));
            format!("accuracy - · mean squared error {:.6} ({})", r.mse, beside_mse(&r))
        }
        _ => String::new(),
    };
    let (differ, samples) = (s.mismatched_samples, s.samples);
    if s.is_wrong() {
        shown.warnings.push(match differ {
            1 => "1 sample differs from the integer reference.".to_owned(),
            n => format!("{n} samples differ from the integer reference."),
        });
    }
    if quality.is_empty() {
        return;
    }
    let equal = equal(s);
    let (samples, steps) = (count(samples, "sample"), count(s.steps_per_inference, "step"));
    let steps = format!("{samples} · T = {} · {steps} on the chip", s.time_steps);
    shown.line(Head::Outcome, steps);
    shown.line(Head::Outcome, format!("{quality}: {equal}"));
}
