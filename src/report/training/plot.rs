//! Plots against the number of time steps, as SVG.

use super::figures::{TrainingReport, operations_ratio};
use crate::net::architecture::Target;
use crate::report::page::plot::{self, ALONE, MEAN, P99, PlotAxis, Svg};
use crate::train::ablation::Score;
use plotters::prelude::*;

pub(super) const SPIKING: RGBColor = MEAN;
pub(super) const TWIN: RGBColor = P99;
pub(super) const KEPT: RGBColor = ALONE;

pub(super) fn scores(report: &TrainingReport) -> Svg {
    let (value, y): (fn(&Score) -> f64, _) = match report.target {
        Target::Label => (|score| 100.0 * score.accuracy(), "accuracy (%)"),
        Target::Input => (Score::psnr_db, "PSNR (dB)"),
    };
    let line =
        |of: fn(&crate::train::ablation::AblationPoint) -> &Score| report.points.iter().map(|p| value(of(p))).collect();
    draw(report, y, &[(KEPT, line(|p| &p.plain)), (TWIN, line(|p| &p.twin)), (SPIKING, line(|p| &p.spiking))])
}

/// Operations by multiply-accumulates of the twin, and spikes per neuron.
pub(super) fn activity(report: &TrainingReport) -> Svg {
    let ratio = report.points.iter().map(|point| operations_ratio(point).unwrap_or(f64::NAN)).collect();
    let spikes = report.points.iter().map(|point| point.spikes_per_neuron()).collect();
    draw(report, "per inference", &[(TWIN, spikes), (SPIKING, ratio)])
}

fn draw(report: &TrainingReport, y: &str, lines: &[(RGBColor, Vec<f64>)]) -> Svg {
    let known: Vec<f64> = lines.iter().flat_map(|(_, line)| line).copied().filter(|v| v.is_finite()).collect();
    let most = known.iter().copied().fold(0.0, f64::max).max(1e-6) * 1.08;
    let least = known.iter().copied().fold(0.0, f64::min);
    let steps: Vec<f64> = report.points.iter().map(|point| f64::from(point.time_steps).log2()).collect();
    let ends = (steps.first().copied().unwrap_or(0.0) - 0.2, steps.last().copied().unwrap_or(1.0) + 0.2);
    let x = PlotAxis { title: "time steps T", ends: ends.0..ends.1, labels: steps.len(), write: Some(&power) };
    plot::draw(&x, &PlotAxis { title: y, ends: least..most, labels: 6, write: None }, (14, 62), |chart| {
        for (colour, line) in lines {
            let places: Vec<_> =
                steps.iter().copied().zip(line.iter().copied()).filter(|(_, v)| v.is_finite()).collect();
            chart.draw_series(LineSeries::new(places.iter().copied(), colour.stroke_width(2)))?;
            chart.draw_series(places.iter().map(|place| Circle::new(*place, 4, colour.filled())))?;
        }
        Ok(())
    })
}

/// The number of time steps at a place of the axis, where it is a whole power of two.
fn power(place: &f64) -> String {
    if (place - place.round()).abs() > 1e-6 { String::new() } else { format!("{}", place.exp2().round()) }
}
