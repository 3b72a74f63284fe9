//! Which neurons fire when, in one sample: a band for each layer, a dash for each spike.

use super::Pictures;
use crate::report::page::script::data;
use crate::report::table::thousands;
use maud::{Markup, html};
use serde_json::{Value, json};

/// Steps whose beginnings are drawn; more would be a grey area.
const MOST_STEPS: usize = 2048;

pub(super) fn section(pictures: &Pictures<'_>) -> Markup {
    let film = pictures.film;
    html! {
        h2 #raster { "Spikes of the first sample" }
        @if film.raster.is_empty() {
            p { "No neuron fires." }
        } @else {
            div.controls { span #raster-zoom {} span.spacer {} output #raster-range {} }
            div #raster-chart role="group" aria-label="spikes by neuron and time" {}
            p.note {
                "A dash is a spike; the neurons of a layer are drawn from top to bottom. Vertical lines: time steps begin. "
                (every(film.every))
            }
            (data("raster-data", &raster(pictures)))
        }
    }
}

/// Which neurons are drawn, where not all are.
fn every(every: u32) -> String {
    match every {
        1 => String::new(),
        n => format!("Every {} neuron is shown.", ordinal(n)),
    }
}

fn ordinal(n: u32) -> String {
    let end = match (n % 10, n % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{end}", thousands(n.into()))
}

/// The data of the script; times are ticks. Spikes are pairs of numbers: ticks since the one before, and the neuron.
fn raster(pictures: &Pictures<'_>) -> Value {
    let (film, scene) = (pictures.film, pictures.scene);
    let mut before = 0;
    let mut spikes: Vec<u64> = Vec::with_capacity(2 * film.raster.len());
    for (tick, neuron) in &film.raster {
        spikes.extend([tick - before, u64::from(*neuron)]);
        before = *tick;
    }
    let layers = scene.layers.iter().map(|layer| json!([layer.name, layer.first, layer.count]));
    let steps: &[u64] = if film.steps.len() <= MOST_STEPS { &film.steps } else { &[] };
    json!({
        "ns": pictures.chip.tick.ns(),
        "end": film.end,
        "layers": layers.collect::<Vec<_>>(),
        "steps": steps,
        "spikes": spikes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neurons_that_are_left_out_are_counted_in_english() {
        assert_eq!(every(1), "");
        let words = [2, 4, 512, 1024].map(every);
        assert_eq!(words, ["2nd", "4th", "512th", "1,024th"].map(|word| format!("Every {word} neuron is shown.")));
        assert_eq!([1, 3, 11, 12, 21].map(ordinal), ["1st", "3rd", "11th", "12th", "21st"]);
    }
}
