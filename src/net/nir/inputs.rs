//! Inputs of neurons: weights in units of their potential, numbers too small to work with, and implausible
//! inputs.

use super::discrete::{IfInput, LowerOptions, Somas, found_current};
use super::graph::NirNode;
use super::layers::{Lowered, LoweredLayer};
use super::matrix::Weight;

/// Smaller magnitudes are 0: a file's smallest numbers, by which nothing can be divided.
const SMALLEST: f64 = 1e-300;
/// Thresholds per spike of an `IF`, beyond which R is not taken for a factor without an explicit option.
const MOST_THRESHOLDS: f64 = 1000.0;

/// A note on the interpretation of a node.
pub(super) fn told(node: &NirNode, somas: &Somas, dt: f64, options: LowerOptions) -> Option<String> {
    let (name, kind) = (&node.name, node.kind.name);
    if node.kind.spikes() && somas.threshold.is_none() {
        return Some(format!("\"{name}\" ({kind}): its thresholds are infinite, so it never spikes"));
    }
    let thresholds = somas.threshold.iter().flatten();
    let never = thresholds.clone().filter(|threshold| threshold.is_infinite()).count();
    if never > 0 {
        let all = thresholds.count();
        return Some(format!(
            "\"{name}\" ({kind}): {never} of {all} thresholds are infinite: those neurons never spike"
        ));
    }
    let r = node.array("r").filter(|_| matches!(kind, "I" | "IF"))?;
    found_current(r, dt, options).then(|| {
        format!(
            "\"{name}\" ({kind}): R dt is 1, so its spikes were taken as a current for a time step (v += dt R w); \
             `if_input` impulse takes them at once (v += R w)"
        )
    })
}

/// Converts weights to units of the potential; returns the layers with non-finite numbers or implausible inputs.
pub(super) fn scale(lowered: &mut Lowered, options: LowerOptions) -> Vec<(usize, String)> {
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

/// The problem of a layer's inputs: non-finite numbers, or implausible spikes.
fn wrong_input<'w>(
    layer: &LoweredLayer,
    incoming: impl Iterator<Item = &'w Weight>,
    options: LowerOptions,
) -> Option<String> {
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
        // R is not a factor, but 1/dt of another time step.
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
