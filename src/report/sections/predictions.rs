//! The class that the chip gives to each sample, and the right one.

use super::section::*;

pub(super) const SECTION: Section =
    Section { measure, check, ..Section::of(&[SectionFields { names: &["predictions", "labels"], put, take }]) };

/// Both lists, where samples have classes.
fn put(s: &Summary, into: &mut JsonObject) {
    if !s.predictions.is_empty() {
        into.insert("predictions".into(), s.predictions.save());
        into.insert("labels".into(), s.labels.save());
    }
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let list = |name| AddedLater(Vec::<u32>::load, Vec::new()).take(name, object);
    let (predictions, labels) = (list("predictions"), list("labels"));
    let (Some(predictions), Some(labels)) = (predictions, labels) else { return false };
    (s.predictions, s.labels) = (predictions, labels);
    true
}

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Batch(input) = run.input else { return };
    if input.network.target().has_classes() {
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
