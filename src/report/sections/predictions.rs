//! The class that the chip gives to each sample, and the right one.

use super::section::*;
use crate::net::architecture::Target;

pub(super) const SECTION: Section = Section {
    measure,
    check,
    ..Section::of(&[fields!(
        predictions = AddedLater(list(0..=LONGEST, u32::load), Vec::new()),
        labels = AddedLater(list(0..=LONGEST, u32::load), Vec::new()),
    )])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Batch(input) = run.input else { return };
    if input.network.target() == Target::Label {
        let inferences = &input.result.inferences;
        s.predictions = inferences.iter().map(|inference| inference.class.into()).collect();
        s.labels = inferences.iter().map(|inference| inference.label.into()).collect();
    }
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let (predictions, labels) = (s.predictions.len(), s.labels.len());
    if predictions != labels || (predictions > 0 && predictions as u64 != s.samples) {
        let message = format!("{predictions} predictions and {labels} labels of {} samples", s.samples);
        return found.problem("predictions", message);
    }
    let right = s.predictions.iter().zip(&s.labels).filter(|(class, label)| class == label).count();
    match s.accuracy.filter(|_| predictions > 0) {
        Some(accuracy) => found.same("accuracy", accuracy, right as f64 / predictions as f64),
        None if predictions > 0 => found.problem("predictions", "a run without an accuracy has none"),
        None => {}
    }
}
