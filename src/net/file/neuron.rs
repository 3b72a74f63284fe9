//! The neuron of a layered network.

use crate::json::Object;
use crate::json::record::{record, words};
use crate::json::schema::{add_rules, at};
use crate::json::shape::{number, of_object, optional, with, word};
use schemars::Schema;
use serde_json::json;

words! {
    /// Models that can be trained.
    pub(super) enum LayeredModel {
        If = "if",
        Lif = "lif",
    }
}

words! {
    /// Resets of trained neurons.
    pub(super) enum LayeredReset {
        Subtract = "subtract",
    }
}

/// Smallest share of a membrane that a leak leaves: one unit of 12 bits.
const LEAST_LEAK: f64 = 1.0 / 4096.0;

record! {
    /// The neuron of all layers; its last layer only integrates.
    pub(super) struct LayeredNeuron as "Neuron" {
        /// The model.
        pub(super) model: LayeredModel = word();
        /// The threshold in the units of the real weights, 0.001 to 1,000.
        pub(super) threshold: f64 = number(1e-3..=1e3);
        /// What a spike does to the membrane.
        pub(super) reset: LayeredReset = word();
        /// Share of the membrane of a "lif" that is left after a step, 1/4096 to 1.
        pub(super) leak: f64 = with(model, of_object(read_leak, optional(number(LEAST_LEAK..=1.0))));
    }
    rules of_neuron;
}

/// Only one of the models has a leak.
fn of_neuron(schema: &mut Schema) {
    let rule = json!({
        "if": at(&["model"], json!({"const": LayeredModel::Lif.name()})),
        "then": {"required": ["leak"]},
        "else": {"properties": {"leak": false}},
    });
    add_rules(schema, [rule]);
}

/// The leak of a model; 1 for a model without one.
fn read_leak(object: &Object<'_>, model: Option<LayeredModel>) -> Option<f64> {
    match (object.get("leak"), model?) {
        (Some(cursor), LayeredModel::If) => {
            cursor.problem("the model \"if\" has no leak; use \"lif\"");
            None
        }
        (Some(cursor), LayeredModel::Lif) => cursor.number(LEAST_LEAK..=1.0),
        (None, LayeredModel::If) => Some(1.0),
        (None, LayeredModel::Lif) => object.need("leak").and(None),
    }
}
