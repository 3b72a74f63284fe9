//! Which neurons fire when, in one sample: a band for each layer, a dash for each spike.

use super::film::Film;
use crate::report::page::plot::{FONT, GRID, INK, Svg};
use crate::report::page::{KINDS, picture};
use crate::report::table::{thousands, time};
use crate::trace::scene::Scene;
use maud::{Markup, html};
use plotters::prelude::*;
use std::fmt::Write;

/// Width of the picture, heights of a band, and what is between two.
const WIDTH: u32 = 860;
const BAND: std::ops::RangeInclusive<u32> = 24..=180;
const BETWEEN: u32 = 18;
const AXIS: u32 = 44;
const LEFT: u32 = 96;

const DASH: u32 = 2;

const MOST_STEPS: usize = 64;

struct Band {
    layer: usize,
    top: u32,
    height: u32,
}

fn bands(scene: &Scene) -> Vec<Band> {
    let mut top = BETWEEN;
    let mut bands = Vec::new();
    for (layer, population) in scene.layers.iter().enumerate() {
        // A pixel for a neuron, as far as there is room.
        let height = population.count.clamp(*BAND.start(), *BAND.end());
        bands.push(Band { layer, top, height });
        top += height + BETWEEN;
    }
    bands
}

pub(super) fn raster(scene: &Scene, film: &Film) -> Markup {
    let bands = bands(scene);
    html! {
        figure.raster { (picture(draw(scene, film, &bands))) }
        p.note {
            "A dash is a spike; neurons of a layer from top to bottom. Lines are begins of time steps."
            @if film.every > 1 { " Of the neurons, every " (film.every) "th is drawn." }
        }
    }
}

fn draw(scene: &Scene, film: &Film, bands: &[Band]) -> Svg {
    let bottom = bands.last().map_or(0, |band| band.top + band.height) + BETWEEN / 2;
    let ns = |tick: u64| scene.tick.0 as f64 * tick as f64 / 1e6;
    let end = ns(film.end.max(1));
    let mut svg = String::new();
    let mut over = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, bottom + AXIS)).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin_right(24)
            .x_label_area_size(AXIS)
            .y_label_area_size(LEFT)
            .build_cartesian_2d(0.0..end, 0.0..1.0)?;
        let font = ("sans-serif", FONT).into_font().color(&INK);
        let mut mesh = chart.configure_mesh();
        mesh.x_desc("time").x_labels(6).y_labels(0).disable_mesh().axis_style(INK);
        mesh.label_style(font.clone()).axis_desc_style(font).x_label_formatter(&|ns| time(*ns)).draw()?;
        if film.steps.len() <= MOST_STEPS {
            let line = |tick: &u64| PathElement::new([(ns(*tick), 0.0), (ns(*tick), 1.0)], GRID);
            chart.draw_series(film.steps.iter().map(line))?;
        }
        let x_of = |tick: u64| chart.backend_coord(&(ns(tick), 0.0)).0;
        for band in bands {
            over += &spikes(scene, film, band, &x_of);
        }
        area.present()?;
    }
    Ok(svg.replacen("</svg>", &(over + "</svg>"), 1))
}

/// A band's name, its spikes as one path.
fn spikes(scene: &Scene, film: &Film, band: &Band, x_of: &dyn Fn(u64) -> i32) -> String {
    let layer = &scene.layers[band.layer];
    let mut path = String::new();
    let mut last = None;
    for (tick, neuron) in film.raster.iter().filter(|(_, n)| (layer.first..layer.first + layer.count).contains(n)) {
        let row = u64::from(neuron - layer.first) * u64::from(band.height) / u64::from(layer.count);
        let place = (x_of(*tick), band.top + row as u32);
        // Spikes that fall on one another are drawn once.
        if last != Some(place) {
            let _ = write!(path, "M{} {}h{DASH}", place.0, place.1);
        }
        last = Some(place);
    }
    let (x, middle) = (LEFT - 10, band.top + band.height / 2);
    html! {
        path class=(format!("l{}", band.layer % KINDS.len())) d=(path) {}
        text.band x=(x) y=(middle) { (layer.name) }
        text.count x=(x) y=(middle + 14) { (thousands(layer.count.into())) }
    }
    .into_string()
}
