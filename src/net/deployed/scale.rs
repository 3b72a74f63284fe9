//! Scales of weights: the number of weight units in 1.

use super::RealLayer;
use crate::net::widths::{QuantSpec, Scale, membrane_max};

/// Limits of a scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScaleRoom {
    pub(super) threshold: f64,
    /// Membrane units per weight unit.
    pub(super) fraction: f64,
    /// Whether the layer adds another one, with a weight of θ S.
    pub(super) skip: bool,
}

/// The scales of all channels of a layer, each finite and above 0.
pub(super) fn scales(layer: &RealLayer<'_>, spec: QuantSpec, room: ScaleRoom) -> Vec<f64> {
    let channels = layer.weight.len() / layer.fan_in;
    match spec.scale {
        Scale::Layer => vec![room.bound(natural(layer, layer.weight, spec), spec); channels],
        Scale::Channel => {
            // A membrane of only a few thresholds would saturate; a layer's scale is left to the trained weights.
            let most = f64::from(membrane_max(spec.membrane_bits) / 16) / (room.threshold * room.fraction);
            let of = |row: &[f32]| room.bound(natural(layer, row, spec), spec).min(most);
            layer.weight.chunks(layer.fan_in).map(of).collect()
        }
    }
}

impl ScaleRoom {
    fn bound(&self, scale: f64, spec: QuantSpec) -> f64 {
        if self.skip { scale.min(f64::from(spec.weight_max()) / self.threshold) } else { scale }
    }
}

/// The scale that uses the bits fully; 1 if all weights are 0.
fn natural(layer: &RealLayer<'_>, weights: &[f32], spec: QuantSpec) -> f64 {
    let magnitudes = || weights.iter().map(|w| f64::from(w.abs())).filter(|m| !layer.pruned || *m > 0.0);
    let (largest, count) = (magnitudes().fold(0.0, f64::max), magnitudes().count());
    if largest == 0.0 {
        return 1.0;
    }
    match spec.weight_bits {
        1 => count as f64 / magnitudes().sum::<f64>(),
        _ => f64::from(spec.weight_max()) / largest,
    }
}
