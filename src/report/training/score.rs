//! How well a network does its task, as reports write it.

use crate::net::architecture::Target;
use crate::train::ablation::Score;
use serde_json::{Map, Value, json};

/// Figures of a score, for machines.
pub(super) fn score_fields(target: Target, score: &Score) -> Map<String, Value> {
    let fields = match target {
        Target::Label => vec![("accuracy", score.accuracy())],
        Target::Input => vec![("mse", score.mean_squared_error()), ("psnr_db", score.psnr_db())],
        Target::Given => vec![
            ("mse", score.mean_squared_error()),
            ("mae", score.mean_absolute_error()),
            ("psnr_db", score.psnr_db()),
        ],
    };
    fields.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

pub(super) fn score_text(target: Target, score: &Score) -> String {
    match target {
        Target::Label => format!("{:.2} %", 100.0 * score.accuracy()),
        Target::Input => format!("{:.5}, {:.2} dB", score.mean_squared_error(), score.psnr_db()),
        Target::Given => format!("{:.5}, {:.4}", score.mean_squared_error(), score.mean_absolute_error()),
    }
}

/// Column heading of a score.
pub(super) fn score_title(target: Target) -> &'static str {
    match target {
        Target::Label => "accuracy",
        Target::Input => "MSE, PSNR",
        Target::Given => "MSE, MAE",
    }
}

pub(super) fn maybe(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |value| format!("{value:.digits$}"))
}
