//! The neuron models of a chip: the objects in `neurons` of a chip file.

use crate::json::Object;
use crate::json::record::record;
use crate::json::schema::{add_rules, at};
use crate::json::shape::{of_object, optional, pick, with};
use crate::net::neuron::{NAMES, OPEN_RESETS, RESETS, Reset};
use schemars::Schema;
use serde_json::json;

record! {
    /// A neuron model of the chip's own.
    pub(super) struct ModelName as "Neuron" {
        /// The model.
        model: &'static str = pick(NAMES, |name| name);
        /// What a spike does to the membrane, of models that leave it open.
        reset: Option<Reset> = with(
            model,
            of_object(read_reset, optional(pick(&[Reset::Zero, Reset::Subtract], |reset| RESETS[reset as usize]))),
        );
    }
    check |neuron: Self, _: &Object<'_>, _| Some((neuron.model.to_owned(), neuron.reset)) => (String, Option<Reset>);
    rules resets_of;
}

/// Some models need a reset, and the others have their own.
fn resets_of(schema: &mut Schema) {
    let open = at(&["model"], json!({"enum": OPEN_RESETS}));
    add_rules(schema, [json!({"if": open, "then": {"required": ["reset"]}, "else": {"properties": {"reset": false}}})]);
}

fn read_reset(object: &Object<'_>, model: Option<&'static str>) -> Option<Option<Reset>> {
    if OPEN_RESETS.contains(&model?) {
        let reset = object.need("reset").and_then(|c| c.choice(RESETS))?;
        return Some(Some([Reset::Zero, Reset::Subtract][reset]));
    }
    if let Some(reset) = object.get("reset") {
        reset.problem("this model has its own resets; leave this out");
        return None;
    }
    Some(None)
}
