//! Result of a training for people, and its history as it is read again.

use crate::cli::progress::Ui;
use crate::report::TrainingEpoch;
use crate::session::HISTORY;
use crate::train::{Evaluation, TrainJob, TrainOutcome};
use serde_json::{Value, json};
use std::path::Path;

/// Adds the duration, which differs between equal trainings.
pub(super) fn with_pace(mut report: Value, (seconds, samples_per_second): (f64, f64)) -> Value {
    report["wall_seconds"] = json!(seconds);
    report["samples_per_second"] = json!(samples_per_second);
    report
}

/// One-line result for people.
pub(super) fn text(job: &TrainJob<'_>, outcome: &TrainOutcome, test: &Evaluation) -> String {
    let (network, dataset, meta) = (&job.architecture.name, &job.dataset.name, &outcome.meta);
    let chosen = format!("{network} trained on {dataset}: epoch {} chosen at", meta.epoch);
    match (meta.validation_accuracy, meta.validation_mse) {
        (None, Some(mse)) => format!(
            "{chosen} a mean squared error of {mse:.5} on validation, {:.5} on test samples (mean absolute error {:.5}), of \
             the integer network",
            test.mean_squared_error(),
            test.mean_absolute_error()
        ),
        (accuracy, _) => format!(
            "{chosen} {:.2} % validation, {:.2} % test accuracy of the integer network",
            accuracy.unwrap_or_default() * 100.0,
            test.accuracy() * 100.0
        ),
    }
}

/// The epochs of the training that left a network in a folder; none, with a note, where its history cannot be read.
pub(in crate::cli) fn kept_epochs(folder: &Path, ui: &Ui) -> Vec<TrainingEpoch> {
    let path = folder.join(HISTORY);
    let read = std::fs::read(&path).map_err(|error| error.to_string()).and_then(|bytes| epochs(&bytes));
    read.unwrap_or_else(|why| {
        ui.note(format!("the report has no learning curves: {}: {why}", path.display()));
        Vec::new()
    })
}

fn epochs(history: &[u8]) -> Result<Vec<TrainingEpoch>, String> {
    let read: Value = serde_json::from_slice(history).map_err(|error| error.to_string())?;
    let list = read["history"].as_array().ok_or("\"history\" is no list")?;
    let epoch = |(position, entry): (usize, &Value)| {
        let real = |name: &str| entry[name].as_f64();
        let need = |name: &str| real(name).ok_or(format!("history[{position}].{name}: expected a number"));
        Ok(TrainingEpoch {
            loss: need("loss")?,
            train_accuracy: real("train_accuracy"),
            validation: real("validation_accuracy").or(real("validation_mse")),
            in_training: real("validation_in_training"),
            spikes_per_neuron: need("spikes_per_neuron")?,
        })
    };
    list.iter().enumerate().map(epoch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_read_and_a_wrong_one_says_where() {
        let text =
            json!({"history": [{"loss": 1.5, "validation_accuracy": 0.5, "spikes_per_neuron": 2.0}]}).to_string();
        let epoch =
            TrainingEpoch { loss: 1.5, validation: Some(0.5), spikes_per_neuron: 2.0, ..TrainingEpoch::default() };
        assert_eq!(epochs(text.as_bytes()), Ok(vec![epoch]));
        for (text, why) in
            [("{}", "no list"), ("x", "expected value"), ("{\"history\": [{\"loss\": 1}]}", "history[0].spikes")]
        {
            assert!(epochs(text.as_bytes()).unwrap_err().contains(why), "{text}");
        }
    }
}
