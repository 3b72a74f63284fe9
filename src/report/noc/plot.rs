//! Plots of a sweep, as SVG.

use crate::noc::Point;
use crate::report::page::plot::{self, ALONE, Chart, MEAN, P99, PlotAxis, Svg};
use plotters::prelude::*;
use std::error::Error;

/// Latencies are drawn up to this multiple of the zero-load latency.
const SCALE: f64 = 5.0;

struct Curve {
    colour: RGBColor,
    marked: bool,
    places: Vec<(f64, f64, bool)>,
}

struct Plot<'a> {
    x: &'a str,
    y: &'a str,
    most: (f64, f64),
    curves: Vec<Curve>,
}

/// Mean and 99 % latency against the offered rate; without other traffic, that of the packets of one point.
pub(super) fn latency(points: &[Point], alone: Option<f64>) -> Svg {
    let curve = |colour, marked, value: &dyn Fn(&Point) -> Option<f64>| curve(points, colour, marked, value);
    let level = |latency| [(0.0, latency, false), (1.0, latency, false)];
    let places = alone.map(level).into_iter().flatten().collect();
    let alone = Curve { colour: ALONE, marked: false, places };
    let mean = curve(MEAN, true, &|point| Some(point.outcome.latency()?.mean()));
    let tail = curve(P99, true, &|point| Some(point.outcome.latency()?.quantile(0.99)));
    let highest = |curve: &Curve| curve.places.iter().map(|(_, y, _)| *y).fold(0.0, f64::max);
    let most = (SCALE * highest(&alone)).min(1.1 * highest(&tail)).max(1.0);
    draw(&Plot {
        x: "offered (flits per node and cycle)",
        y: "latency (cycles)",
        most: (last(points), most),
        curves: vec![alone, tail, mean],
    })
}

pub(super) fn accepted(points: &[Point]) -> Svg {
    let all = Curve { colour: ALONE, marked: false, places: vec![(0.0, 0.0, false), (1.0, 1.0, false)] };
    let accepted = curve(points, MEAN, true, &|point| Some(point.outcome.accepted));
    let highest = accepted.places.iter().map(|(_, y, _)| *y).fold(0.0, f64::max);
    draw(&Plot {
        x: "offered (flits per node and cycle)",
        y: "accepted (flits per node and cycle)",
        most: (last(points), (1.15 * highest).max(1e-6)),
        curves: vec![all, accepted],
    })
}

fn last(points: &[Point]) -> f64 {
    points.iter().filter_map(|point| point.rate).fold(0.0, f64::max).max(1e-6) * 1.04
}

/// A figure of all points, by rate.
fn curve(points: &[Point], colour: RGBColor, marked: bool, value: &dyn Fn(&Point) -> Option<f64>) -> Curve {
    let place = |point: &Point| Some((point.rate?, value(point)?, point.outcome.saturated()));
    let mut places: Vec<_> = points.iter().filter_map(place).collect();
    places.sort_by(|a, b| a.0.total_cmp(&b.0));
    Curve { colour, marked, places }
}

/// A number along an axis, without more digits than it needs.
fn tick(value: &f64) -> String {
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn draw(plot: &Plot<'_>) -> Svg {
    let (right, top) = plot.most;
    let axis = |title, most, labels| PlotAxis { title, ends: 0.0..most, labels, write: Some(&tick) };
    plot::draw(&axis(plot.x, right, 5), &axis(plot.y, top, 6), (14, 62), |chart| {
        plot.curves.iter().try_for_each(|curve| add(chart, curve, (right, top)))
    })
}

fn add(chart: &mut Chart<'_, '_>, curve: &Curve, (right, top): (f64, f64)) -> Result<(), Box<dyn Error>> {
    let shown = within(&curve.places, (right, top));
    let width = if curve.marked { 2 } else { 1 };
    let line = shown.iter().map(|(x, y, _)| (*x, *y));
    chart.draw_series(LineSeries::new(line, curve.colour.stroke_width(width)))?;
    if !curve.marked {
        return Ok(());
    }
    let inside = curve.places.iter().map(|(x, y, hollow)| (*x, y.min(top), *hollow));
    let (hollow, full): (Vec<_>, Vec<_>) = inside.partition(|(.., hollow)| *hollow);
    chart.draw_series(full.iter().map(|(x, y, _)| Circle::new((*x, *y), 4, curve.colour.filled())))?;
    let cross = |(x, y, _): &(f64, f64, bool)| Cross::new((*x, *y), 5, curve.colour.stroke_width(2));
    chart.draw_series(hollow.iter().map(cross))?;
    Ok(())
}

/// The part of a line up to where it leaves the picture.
fn within(places: &[(f64, f64, bool)], (right, top): (f64, f64)) -> Vec<(f64, f64, bool)> {
    let mut shown: Vec<(f64, f64, bool)> = Vec::new();
    for &(x, y, hollow) in places {
        // How far of the way from the last place it stays inside.
        let (x0, y0, _) = shown.last().copied().unwrap_or((x, y.min(top), hollow));
        let part = |from: f64, to: f64, most: f64| if to > most { (most - from) / (to - from) } else { 1.0 };
        let share = part(x0, x, right).min(part(y0, y, top));
        if share < 1.0 {
            shown.push((x0 + share * (x - x0), y0 + share * (y - y0), hollow));
            break;
        }
        shown.push((x, y, hollow));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_the_picture_does() {
        let line = [(0.0, 1.0, false), (1.0, 3.0, false), (2.0, 9.0, true)];
        assert_eq!(within(&line, (5.0, 10.0)), line);
        assert_eq!(within(&line, (5.0, 6.0)), [line[0], line[1], (1.5, 6.0, true)]);
        assert_eq!(within(&line, (0.5, 6.0)), [line[0], (0.5, 2.0, false)]);
        assert_eq!([0.1, 0.25, 40.0].map(|v| tick(&v)), ["0.1", "0.25", "40"]);
    }
}
