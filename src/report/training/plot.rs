//! Plots against the number of time steps, as SVG.

use super::figures::{TrainingReport, operations_ratio};
use crate::net::architecture::Target;
use crate::report::noc::colours::{ALONE, GRID, INK, MEAN, P99};
use crate::train::ablation::Score;
use plotters::prelude::*;
use std::error::Error;

/// The integer network.
pub(super) const SPIKING: RGBColor = MEAN;
/// Its twin.
pub(super) const TWIN: RGBColor = P99;
/// The integer network whose biases are kept.
pub(super) const KEPT: RGBColor = ALONE;

/// Size of a plot, small enough to be read on a phone, and of its texts.
const SIZE: (u32, u32) = (420, 300);
const FONT: f64 = 13.0 * 1.24;

type Svg = Result<String, Box<dyn Error>>;

/// Scores of the three networks.
pub(super) fn scores(report: &TrainingReport) -> Svg {
    let (value, y): (fn(&Score) -> f64, _) = match report.target {
        Target::Label => (|score| 100.0 * score.accuracy(), "accuracy (%)"),
        Target::Input => (Score::psnr_db, "PSNR (dB)"),
    };
    let line = |of: fn(&crate::train::ablation::Point) -> &Score| report.points.iter().map(|p| value(of(p))).collect();
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
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .margin_right(14)
            .x_label_area_size(46)
            .y_label_area_size(62)
            .build_cartesian_2d(ends.0..ends.1, least..most)?;
        let font = ("sans-serif", FONT).into_font().color(&INK);
        let mut mesh = chart.configure_mesh();
        mesh.x_desc("time steps T").y_desc(y).x_labels(steps.len()).y_labels(6);
        mesh.axis_style(INK).bold_line_style(GRID).light_line_style(TRANSPARENT);
        mesh.label_style(font.clone()).axis_desc_style(font);
        mesh.x_label_formatter(&power).draw()?;
        for (colour, line) in lines {
            let places: Vec<_> =
                steps.iter().copied().zip(line.iter().copied()).filter(|(_, v)| v.is_finite()).collect();
            chart.draw_series(LineSeries::new(places.iter().copied(), colour.stroke_width(2)))?;
            chart.draw_series(places.iter().map(|place| Circle::new(*place, 4, colour.filled())))?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// The number of time steps at a place of the axis, where it is a whole power of two.
fn power(place: &f64) -> String {
    if (place - place.round()).abs() > 1e-6 { String::new() } else { format!("{}", place.exp2().round()) }
}
