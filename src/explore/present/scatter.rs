//! Two figures of all configurations as a picture: a point each, with a line through the front of the two.
//!
//! The points are elements of our own over the plot, so that they can have a class and a text for the pointer.

use super::values::{written, written_of};
use crate::explore::{ComparisonTable, FIGURES, Goal};
use crate::report::page::plot::{self, GRID, PlotAxis, Svg};
use crate::report::page::{KINDS, picture};
use maud::{Markup, html};
use plotters::prelude::*;

/// An axis is logarithmic where its largest value is this many times its smallest.
const WIDE: f64 = 20.0;

struct AxisScale {
    at: usize,
    log: bool,
    ends: (f64, f64),
}

impl AxisScale {
    fn of(at: usize, values: &[f64]) -> Self {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let log = least > 0.0 && most / least >= WIDE;
        let (low, high) = if log { (least.log10(), most.log10()) } else { (least, most) };
        let room = if high > low { 0.06 * (high - low) } else { (0.05 * high.abs()).max(1e-6) };
        Self { at, log, ends: (low - room, high + room) }
    }

    fn place(&self, value: f64) -> f64 {
        if self.log { value.log10() } else { value }
    }

    fn label(&self, place: f64) -> String {
        written(self.at, Some(if self.log { 10f64.powf(place) } else { place }))
    }

    fn title(&self) -> String {
        let log = if self.log { " (logarithmic)" } else { "" };
        format!("{}{log}", FIGURES[self.at].label)
    }
}

struct ScatterPoint {
    x: f64,
    y: f64,
    chip: usize,
    on_front: bool,
    competes: bool,
    text: String,
}

/// The picture of two figures, by position; `None` where no row has both.
pub(super) fn scatter(comparison: &ComparisonTable, x: usize, y: usize) -> Option<Markup> {
    let plan = &comparison.title.plan;
    let points: Vec<ScatterPoint> = comparison
        .rows
        .iter()
        .zip(comparison.front())
        .filter_map(|(row, on_front)| {
            let (values, configuration) = ((row.figure(x)?, row.figure(y)?), plan.configuration(row.index));
            let axes =
                plan.axes.iter().zip(&configuration.values).map(|(axis, value)| format!(", {} {value}", axis.name));
            let text = format!(
                "{}{}: {} {}, {} {}",
                plan.chips[configuration.chip],
                axes.collect::<String>(),
                FIGURES[x].label,
                written_of(row, x),
                FIGURES[y].label,
                written_of(row, y),
            );
            let competes = row.competes(x) && row.competes(y);
            Some(ScatterPoint {
                x: values.0,
                y: values.1,
                chip: configuration.chip,
                on_front: *on_front,
                competes,
                text,
            })
        })
        .collect();
    if points.is_empty() {
        return None;
    }
    let scales = [(x, points.iter().map(|p| p.x).collect::<Vec<_>>()), (y, points.iter().map(|p| p.y).collect())];
    let [along, up] = scales.map(|(at, values)| AxisScale::of(at, &values));
    // Energies that leave out different things have no front.
    let line = !(comparison.is_unequal() && (FIGURES[x].priced || FIGURES[y].priced));
    Some(html! { figure.scatter { (picture(draw(&points, &along, &up, line))) } })
}

/// The points that no other one beats in both figures, from left to right.
fn front(points: &[ScatterPoint], goals: [Goal; 2]) -> Vec<&ScatterPoint> {
    let good = |goal: Goal, value: f64| if goal == Goal::Most { -value } else { value };
    let key = |p: &ScatterPoint| (good(goals[0], p.x), good(goals[1], p.y));
    let known = || points.iter().filter(|point| point.competes);
    let beaten = |own: &ScatterPoint| {
        let (x, y) = key(own);
        known().map(&key).any(|(a, b)| a <= x && b <= y && (a < x || b < y))
    };
    let mut front: Vec<&ScatterPoint> = known().filter(|point| !beaten(point)).collect();
    front.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    front
}

fn draw(points: &[ScatterPoint], along: &AxisScale, up: &AxisScale, line: bool) -> Svg {
    let mut marks = String::new();
    let (x_title, y_title) = (along.title(), up.title());
    let (x_text, y_text) = (|place: &f64| along.label(*place), |place: &f64| up.label(*place));
    let x = PlotAxis { title: &x_title, ends: along.ends.0..along.ends.1, labels: 4, write: Some(&x_text) };
    let y = PlotAxis { title: &y_title, ends: up.ends.0..up.ends.1, labels: 6, write: Some(&y_text) };
    let svg = plot::draw(&x, &y, (18, 86), |chart| {
        let place = |point: &ScatterPoint| (along.place(point.x), up.place(point.y));
        let line = if line { front(points, [FIGURES[along.at].goal, FIGURES[up.at].goal]) } else { Vec::new() };
        chart.draw_series(LineSeries::new(line.into_iter().map(place), GRID.stroke_width(2)))?;
        for point in points {
            let (x, y) = chart.backend_coord(&place(point));
            marks += &mark(point, x, y).into_string();
        }
        Ok(())
    })?;
    // Over all that was drawn.
    Ok(svg.replacen("</svg>", &(marks + "</svg>"), 1))
}

fn mark(point: &ScatterPoint, x: i32, y: i32) -> Markup {
    let mark = match (point.on_front, point.competes) {
        (true, _) => " front",
        (false, true) => "",
        (false, false) => " bound",
    };
    let class = format!("p{}{mark}", point.chip % KINDS.len());
    html! { circle class=(class) cx=(x) cy=(y) r=(if point.on_front { 6 } else { 4 }) tabindex="0" { title { (point.text) } } }
}
