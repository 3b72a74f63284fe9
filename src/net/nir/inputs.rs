//! What arrives at neurons: weights in units of their potential, what is too small to be worked with, and inputs that can
//! hardly be meant.

use super::discrete::{IfInput, Options, Somas, found_current};
use super::graph::Node;
use super::layers::{Layer, Lowered};
use super::matrix::Weight;

/// What is smaller than this is 0: a file's smallest numbers, by which nothing can be divided.
const SMALLEST: f64 = 1e-300;
/// Thresholds that a single spike brings to an `IF`, beyond which R is not taken for a factor unless somebody says so.
const MOST_THRESHOLDS: f64 = 1000.0;

/// What should be known of how a node was taken.
pub(super) fn told(node: &Node, somas: &Somas, dt: f64, options: Options) -> Option<String> {
    let (name, kind) = (&node.name, node.kind.name);
    if node.kind.spikes() && somas.threshold.is_none() {
        return Some(format!("\"{name}\" ({kind}): its thresholds are infinite, so it never spikes"));
    }
    let r = node.array("r").filter(|_| matches!(kind, "I" | "IF"))?;
    found_current(r, dt, options).then(|| {
        format!(
            "\"{name}\" ({kind}): R dt is 1, so its spikes were taken as a current for a time step (v += dt R w); \
             `if_input` impulse takes them at once (v += R w)"
        )
    })
}

/// Turns weights into units of the potential; gives the layers whose numbers are none any more, or can hardly be meant.
pub(super) fn scale(lowered: &mut Lowered, options: Options) -> Vec<(usize, String)> {
    let mut tiny = 0u64;
    let mut still = |value: &mut f64| {
        if *value != 0.0 && value.abs() < SMALLEST {
            (*value, tiny) = (0.0, tiny + 1);
        }
    };
    for projection in &mut lowered.projections {
        let Some(somas) = &lowered.layers[projection.to].somas else { continue };
        for weight in projection.matrix.weights_mut() {
            weight.value *= somas.gain[weight.to as usize];
            still(&mut weight.value);
        }
    }
    for somas in lowered.layers.iter_mut().filter_map(|layer| layer.somas.as_mut()) {
        let lists = [&mut somas.drive, &mut somas.shift, &mut somas.start, &mut somas.reset_to];
        lists.into_iter().chain(&mut somas.threshold).chain(&mut somas.reset_by).flatten().for_each(&mut still);
    }
    if tiny > 0 {
        lowered.notes.push(format!("{tiny} numbers below {SMALLEST:e} were taken as 0"));
    }
    let wrong = |(index, layer)| Some((index, wrong_input(layer, lowered.incoming(index), options)?));
    lowered.layers.iter().enumerate().filter_map(wrong).collect()
}

/// What is wrong with what arrives at a layer: numbers that are none, or spikes that can hardly be meant.
fn wrong_input<'w>(layer: &Layer, incoming: impl Iterator<Item = &'w Weight>, options: Options) -> Option<String> {
    let somas = layer.somas.as_ref()?;
    if let Some(drive) = somas.drive.iter().find(|drive| !drive.is_finite()) {
        return Some(format!("a bias and its parameters make {drive}, which is no finite number"));
    }
    let asks = layer.kind == "IF" && options.if_input == IfInput::Found;
    for Weight { to, value, .. } in incoming {
        if !value.is_finite() {
            return Some(format!("a weight and its parameters make {value}, which is no finite number"));
        }
        let gain = somas.gain[*to as usize];
        let threshold = somas.threshold.as_ref().map_or(0.0, |all| all[*to as usize].abs());
        // An R that is no factor, but 1/dt of another time step.
        if asks && gain > 1.0 && threshold > 0.0 && value.abs() > MOST_THRESHOLDS * threshold {
            return Some(format!(
                "r is {gain}, so that a single spike brings {:.0} thresholds; say `if_input` current (v += dt R w; where \
                 r is 1/dt, dt is {} s) or `if_input` impulse (v += R w)",
                value.abs() / threshold,
                1.0 / gain
            ));
        }
    }
    None
}
