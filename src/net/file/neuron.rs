//! The neuron of a layered network.

use crate::json::record::{record, words};
use crate::json::schema::{add_rules, at};
use crate::json::shape::{number, with, word};
use crate::json::{Cursor, Object, Shape};
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

words! {
    /// Models that can be trained.
    pub(super) enum Model {
        If = "if",
        Lif = "lif",
    }
}

words! {
    /// Resets of trained neurons.
    pub(super) enum Reset {
        Subtract = "subtract",
    }
}

/// Smallest share of a membrane that a leak leaves: what 12 bits can tell from none.
const LEAST_LEAK: f64 = 1.0 / 4096.0;

record! {
    /// The neuron of all layers; its last layer only integrates.
    pub(super) struct Neuron {
        /// The model.
        pub(super) model: Model = word::<Model>();
        /// The threshold in the units of the real weights, 0.001 to 1,000.
        pub(super) threshold: f64 = number(1e-3..=1e3);
        /// What a spike does to the membrane.
        pub(super) reset: Reset = word::<Reset>();
        /// Share of the membrane of a "lif" that is left after a step, 1/4096 to 1.
        pub(super) leak: f64 = with(model, Leak);
    }
    rules of_neuron;
}

/// A leak goes with one of the models.
fn of_neuron(schema: &mut Schema) {
    let rule = json!({
        "if": at(&["model"], json!({"const": Model::Lif.name()})),
        "then": {"required": ["leak"]},
        "else": {"properties": {"leak": false}},
    });
    add_rules(schema, [rule]);
}

/// The leak of a model; 1 where it has none.
#[derive(Debug)]
struct Leak;

impl Shape<Option<Model>> for Leak {
    type Value = f64;

    fn read(&self, cursor: &Cursor<'_>, model: Option<Model>) -> Option<f64> {
        match model? {
            Model::If => {
                cursor.problem("the model \"if\" has no leak; use \"lif\"");
                None
            }
            Model::Lif => cursor.number(LEAST_LEAK..=1.0),
        }
    }

    fn read_field(&self, object: &Object<'_>, name: &str, model: Option<Model>) -> Option<f64> {
        match (object.get(name), model?) {
            (Some(cursor), _) => self.read(&cursor, model),
            (None, Model::If) => Some(1.0),
            (None, Model::Lif) => object.need(name).and(None),
        }
    }

    fn schema(&self, _: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "number", "minimum": LEAST_LEAK, "maximum": 1.0})
    }

    fn is_needed(&self) -> bool {
        false
    }
}
