//! The layers of a layered network.

use crate::json::record::record;
use crate::json::shape::{name, optional, or, plain, whole};
use crate::json::{Alternative, Cursor, FieldSpec, Object, alternative, read_tagged, tagged_schema};
use crate::net::architecture::{LayerSpec, MAX_NEURONS_PER_LAYER};
use crate::net::deployed::{LayeredNeuron, LayeredNeuronObject};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use std::borrow::Cow;
use std::ops::RangeInclusive;

/// A layer, and its own neuron if it has one.
pub(super) type LayerOfFile = (LayerSpec, Option<LayeredNeuron>);

pub(super) struct LayerObject;

fn kinds() -> [Alternative<(), LayerOfFile>; 4] {
    [
        alternative::<Flatten, ()>("flatten"),
        alternative::<Dense, ()>("dense"),
        alternative::<Conv2d, ()>("conv2d"),
        alternative::<AvgPool2d, ()>("avg_pool2d"),
    ]
}

impl LayerObject {
    pub(super) fn read(cursor: &Cursor<'_>) -> Option<LayerOfFile> {
        read_tagged(cursor, "kind", &kinds(), ())
    }
}

impl JsonSchema for LayerObject {
    fn schema_name() -> Cow<'static, str> {
        "Layer".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        tagged_schema(generator, ("kind", "What kind of layer."), &kinds())
    }
}

record! {
    /// Reads the activation as a vector; needed between a convolution and a dense layer.
    struct Flatten {}
    check |_: Self, _: &_, _| Some((LayerSpec::Flatten, None)) => LayerOfFile;
}

record! {
    /// Every input to every output.
    struct Dense {
        /// Neurons, 1 to 2^22.
        outputs: u32 = whole(1..=MAX_NEURONS_PER_LAYER);
        /// The name of an earlier layer with as many neurons, whose spikes are added neuron by neuron. Example: "dense1".
        add: Option<String> = optional(name());
        /// Its own neuron, of the network's model, with another threshold or leak; not of an output layer that only integrates.
        neuron: Option<LayeredNeuron> = optional(own_neuron());
    }
    check |read: Self, _: &_, _| Some((LayerSpec::Dense { outputs: read.outputs, add: read.add }, read.neuron)) => LayerOfFile;
}

record! {
    /// A two-dimensional convolution (cross-correlation).
    struct Conv2d {
        /// Output feature maps, 1 to 2^22.
        channels: u32 = whole(1..=MAX_NEURONS_PER_LAYER);
        /// Height and width of the kernel, 1 to 64: [3, 5], or 3 for both.
        kernel: [u32; 2] = axes(1..=64);
        /// Step in rows and columns, 1 to 64: [2, 1], or 2 for both.
        stride: [u32; 2] = or(axes(1..=64), [1, 1], 1);
        /// Zeros added on each side, in rows and columns, fewer than the kernel has: [1, 2], or 1 for both.
        padding: [u32; 2] = or(axes(0..=63), [0, 0], 0);
        /// Groups of channels, connected only among themselves, 1 to 2^22; divides the channels on both sides.
        groups: u32 = or(whole(1..=MAX_NEURONS_PER_LAYER), 1, 1);
        /// The name of an earlier layer with outputs of this shape, whose spikes are added neuron by neuron. Example: "conv1".
        add: Option<String> = optional(name());
        /// Its own neuron, of the network's model, with another threshold or leak; not of an output layer that only integrates.
        neuron: Option<LayeredNeuron> = optional(own_neuron());
    }
    check |read: Self, object: &Object<'_>, _| read.made(object) => LayerOfFile;
}

impl Conv2d {
    fn made(self, object: &Object<'_>) -> Option<LayerOfFile> {
        let Self { channels, kernel, stride, padding, groups, add, neuron } = self;
        if (0..2).any(|axis| padding[axis] >= kernel[axis]) {
            object.problem("padding must be smaller than the kernel");
            return None;
        }
        Some((LayerSpec::Conv2d { channels, kernel, stride, padding, groups, add }, neuron))
    }
}

record! {
    /// Means over windows that do not overlap; part of the synapses of the weighted layer after it, without neurons of its own.
    struct AvgPool2d {
        /// Height and width of a window, 1 to 64: [3, 5], or 3 for both. Rows and columns that do not fill one are dropped.
        kernel: [u32; 2] = axes(1..=64);
    }
    check |read: Self, _: &_, _| Some((LayerSpec::AvgPool2d { kernel: read.kernel }, None)) => LayerOfFile;
}

/// The neuron of a layer.
fn own_neuron<'s, G>() -> FieldSpec<'s, G, LayeredNeuron> {
    plain::<LayeredNeuronObject, _, _>(LayeredNeuronObject::read)
}

/// One number for both axes, or a list of two: rows, columns.
fn axes<'s, G>(range: RangeInclusive<u32>) -> FieldSpec<'s, G, [u32; 2]> {
    let (least, most) = range.into_inner();
    let read = move |cursor: &Cursor<'_>, _| {
        if !cursor.is_list() {
            return cursor.unsigned(least..=most).map(|v| [v, v]);
        }
        let items: Vec<_> = cursor.list(2..=2)?.iter().map(|c| c.unsigned(least..=most)).collect();
        Some([items[0]?, items[1]?])
    };
    let schema = move |_: &mut SchemaGenerator| {
        let one = json_schema!({"type": "integer", "minimum": least, "maximum": most});
        json_schema!({"anyOf": [one, {"type": "array", "items": one, "minItems": 2, "maxItems": 2}]})
    };
    FieldSpec::value(read, schema)
}
