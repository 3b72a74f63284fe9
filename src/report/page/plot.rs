//! What plots share, as SVG: colours, sizes and axes.
//!
//! Their colours are attributes of the elements, which a style sheet can overrule: [`COLOURS`] says what by, where a
//! page is dark.

use plotters::chart::ChartContext;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use std::error::Error;
use std::ops::Range;

/// Colours, on light and on dark ground.
pub(super) const COLOURS: &[(RGBColor, &str)] =
    &[(INK, "#D6DCE4"), (GRID, "#333B46"), (MEAN, "#6CB4F5"), (P99, "#F0A35E"), (ALONE, "#8E99A8")];

/// Axes and texts.
pub(crate) const INK: RGBColor = RGBColor(0x2A, 0x31, 0x3B);
pub(crate) const GRID: RGBColor = RGBColor(0xDF, 0xE4, 0xEA);
/// Mean latency, accepted rate.
pub(crate) const MEAN: RGBColor = RGBColor(0x1C, 0x6D, 0xB5);
/// 99th percentile.
pub(crate) const P99: RGBColor = RGBColor(0xC2, 0x5B, 0x12);
/// Without other traffic; all accepted.
pub(crate) const ALONE: RGBColor = RGBColor(0x73, 0x7D, 0x8A);

/// Size of a plot. It is small, so that its texts can be read where it is shrunk to a phone's width.
const SIZE: (u32, u32) = (420, 300);

/// Size of its texts: they are written 1.24 times smaller than they are asked for.
pub(in crate::report) const FONT: f64 = 13.0 * 1.24;

/// An SVG, or why there is none.
pub(crate) type Svg = Result<String, Box<dyn Error>>;

/// A plot while it is drawn.
pub(crate) type Chart<'c, 's> = ChartContext<'c, SVGBackend<'s>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(crate) struct PlotAxis<'a> {
    pub(crate) title: &'a str,
    pub(crate) ends: Range<f64>,
    /// Most labels.
    pub(crate) labels: usize,
    /// How a place is written; as the library does where it is not said.
    pub(crate) write: Option<&'a dyn Fn(&f64) -> String>,
}

/// A plot of the usual size, with margins for its labels: to the right, and to the left.
pub(crate) fn draw(
    x: &PlotAxis<'_>,
    y: &PlotAxis<'_>,
    (right, left): (u32, u32),
    inside: impl FnOnce(&mut Chart<'_, '_>) -> Result<(), Box<dyn Error>>,
) -> Svg {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .margin_right(right)
            .x_label_area_size(46)
            .y_label_area_size(left)
            .build_cartesian_2d(x.ends.clone(), y.ends.clone())?;
        let font = ("sans-serif", FONT).into_font().color(&INK);
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(x.title).y_desc(y.title).x_labels(x.labels).y_labels(y.labels);
        mesh.axis_style(INK).bold_line_style(GRID).light_line_style(TRANSPARENT);
        mesh.label_style(font.clone()).axis_desc_style(font);
        if let Some(write) = &x.write {
            mesh.x_label_formatter(write);
        }
        if let Some(write) = &y.write {
            mesh.y_label_formatter(write);
        }
        mesh.draw()?;
        inside(&mut chart)?;
        area.present()?;
    }
    Ok(svg)
}
