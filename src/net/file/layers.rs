//! The layers of a layered network.

use crate::json::{Cursor, Object};
use crate::net::architecture::{LayerSpec, MAX_LAYERS, MAX_NEURONS_PER_LAYER};

/// Kinds of layers, in the order in which they are read.
pub(in crate::net) const LAYERS: &[&str] = &["flatten", "dense", "conv2d", "avg_pool2d"];

pub(super) fn read_layers(cursor: &Cursor<'_>) -> Option<Vec<LayerSpec>> {
    let layers: Vec<_> = cursor.list(1..=MAX_LAYERS)?.iter().map(read_layer).collect();
    layers.into_iter().collect()
}

fn read_layer(cursor: &Cursor<'_>) -> Option<LayerSpec> {
    let kind = cursor.entries()?.into_iter().find(|(name, _)| *name == "kind");
    let Some((_, kind)) = kind else {
        cursor.problem(format!("field \"kind\" is missing; allowed: {}", LAYERS.join(", ")));
        return None;
    };
    match kind.choice(LAYERS)? {
        0 => cursor.object(&["kind"]).map(|_| LayerSpec::Flatten),
        1 => {
            let object = cursor.object(&["kind", "outputs", "add"])?;
            let (outputs, add) = (size(&object, "outputs"), read_add(&object));
            Some(LayerSpec::Dense { outputs: outputs?, add: add? })
        }
        2 => read_conv(&cursor.object(&["kind", "channels", "kernel", "stride", "padding", "groups", "add"])?),
        _ => {
            let object = cursor.object(&["kind", "kernel"])?;
            let kernel = object.need("kernel").and_then(|c| read_pair(&c, 1..=64));
            Some(LayerSpec::AvgPool2d { kernel: kernel? })
        }
    }
}

fn read_conv(object: &Object<'_>) -> Option<LayerSpec> {
    let channels = size(object, "channels");
    let kernel = object.need("kernel").and_then(|c| read_pair(&c, 1..=64));
    let stride = object.get("stride").map_or(Some([1, 1]), |c| read_pair(&c, 1..=64));
    let padding = object.get("padding").map_or(Some([0, 0]), |c| read_pair(&c, 0..=63));
    let groups = object.get("groups").map_or(Some(1), |c| c.unsigned(1..=MAX_NEURONS_PER_LAYER));
    let add = read_add(object);
    let (kernel, padding) = (kernel?, padding?);
    if (0..2).any(|axis| padding[axis] >= kernel[axis]) {
        object.problem("padding must be smaller than the kernel");
        return None;
    }
    Some(LayerSpec::Conv2d { channels: channels?, kernel, stride: stride?, padding, groups: groups?, add: add? })
}

fn size(object: &Object<'_>, name: &str) -> Option<u32> {
    object.need(name).and_then(|c| c.unsigned(1..=MAX_NEURONS_PER_LAYER))
}

/// The name of a layer whose spikes are added, if there is one.
fn read_add(object: &Object<'_>) -> Option<Option<String>> {
    object.get("add").map_or(Some(None), |c| c.name().map(|name| Some(name.to_owned())))
}

/// One number for both axes, or a list of two: rows, columns.
fn read_pair(cursor: &Cursor<'_>, range: std::ops::RangeInclusive<u32>) -> Option<[u32; 2]> {
    if !cursor.is_list() {
        return cursor.unsigned(range).map(|v| [v, v]);
    }
    let items: Vec<_> = cursor.list(2..=2)?.iter().map(|c| c.unsigned(range.clone())).collect();
    Some([items[0]?, items[1]?])
}
