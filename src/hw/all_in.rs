//! The scope of a calibration, and the rules of all-in figures.
//!
//! An all-in figure is the energy of a whole chip divided by its synaptic operations, so it holds the share of every
//! other operation and of static power. Adding any of these to it would count them twice.

use super::cost::{Cost, Energy};
use crate::json::Object;
use crate::json::schema::{add_rules, at};
use crate::stats::Op;
use schemars::Schema;
use serde_json::{Map, Value, json};

/// Scope of a calibration's figures. Figures of the two scopes never mix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Each figure is that of its operation.
    #[default]
    PerTerm,
    /// Total power of the chip, divided by its synaptic operations: valid at one operating point only.
    AllIn {
        /// Voltage, rate and load of the measurement.
        operating_point: String,
    },
}

impl Scope {
    /// Names of scopes in files and reports.
    pub const NAMES: &'static [&'static str] = &["per_term", "all_in"];

    /// The name in files and reports.
    pub fn name(&self) -> &'static str {
        Self::NAMES[usize::from(self.operating_point().is_some())]
    }

    /// Operating point of an all-in figure.
    pub fn operating_point(&self) -> Option<&str> {
        match self {
            Self::PerTerm => None,
            Self::AllIn { operating_point } => Some(operating_point),
        }
    }
}

/// Appended to messages about mixed scopes.
const NEVER_MIX: &str = "per-term and all-in figures never mix";

/// Reads `scope` and `operating_point`.
pub(super) fn read_scope(object: &Object<'_>) -> Option<Scope> {
    let all_in = object.need("scope").and_then(|c| c.choice(Scope::NAMES))? == 1;
    if !all_in {
        if let Some(cursor) = object.get("operating_point") {
            cursor.problem("only with scope \"all_in\": figures per term hold at more than one");
            return None;
        }
        return Some(Scope::PerTerm);
    }
    let point = object.need("operating_point").and_then(|c| c.text());
    Some(Scope::AllIn { operating_point: point?.to_owned() })
}

/// Reads `operating_mhz`.
pub(super) fn read_clock(object: &Object<'_>) -> Option<Option<f64>> {
    let Some(cursor) = object.get("operating_mhz") else { return Some(None) };
    if !is_said(object) {
        cursor.problem("only with scope \"all_in\": figures per term hold at more than one clock");
        return None;
    }
    cursor.number(1e-6..=1e6).map(Some)
}

/// Whether a calibration declares itself all-in.
pub(super) fn is_said(object: &Object<'_>) -> bool {
    object.get("scope").is_some_and(|c| c.as_text() == Some(Scope::NAMES[1]))
}

/// Operations around the chip, which no figure has to include.
fn is_around(op: Op) -> bool {
    matches!(op, Op::HostWrite | Op::EncoderMac | Op::Readout | Op::Reset)
}

/// Checks the costs and the static power of an all-in calibration.
pub(super) fn check(object: &Object<'_>, costs: &[Cost]) {
    let Some(given) = object.get("costs").and_then(|c| c.entries()) else { return };
    for (name, cursor) in given {
        let Some(op) = Op::ALL.iter().find(|op| op.name() == name) else { continue };
        match (op, costs[*op as usize].energy) {
            (Op::Synapse, Energy::Priced { .. }) | (_, Energy::IncludedIn(Op::Synapse)) => {}
            (Op::Synapse, _) => cursor.problem("the all-in figure is the price of a synapse; give its energy"),
            (op, Energy::Unpriced) if is_around(*op) => {}
            (op, _) => {
                let or_null = if is_around(*op) { ", or energy null" } else { "" };
                cursor.problem(format!(
                    "the all-in figure of synapse holds this already: give included_in \"synapse\"{or_null}; {NEVER_MIX}"
                ));
            }
        }
    }
    if let Some(rest) = object.maybe("static_power") {
        rest.problem(format!("the all-in figure of synapse holds static power already: give null; {NEVER_MIX}"));
    }
}

/// Schema rules: figures per term and all-in figures never mix.
pub(super) fn rules(schema: &mut Schema) {
    let synapse = Op::Synapse.name();
    let cost = |op: &Op| match op {
        Op::Synapse => at(&["energy"], json!({"type": ["string", "object"]})),
        op => {
            let included = at(&["included_in"], json!({"const": synapse}));
            let unpriced = at(&["energy"], json!({"type": "null"}));
            if is_around(*op) { json!({"anyOf": [included, unpriced]}) } else { included }
        }
    };
    let all: Map<String, Value> = Op::ALL.iter().map(|op| (op.name().to_owned(), cost(op))).collect();
    let all_in = json!({
        "required": ["operating_point"],
        "properties": {"costs": {"properties": all}, "static_power": {"type": "null"}},
    });
    let condition = at(&["scope"], json!({"const": Scope::NAMES[1]}));
    add_rules(
        schema,
        [
            json!({"if": condition, "then": all_in, "else": {"properties": {"operating_point": false, "operating_mhz": false}}}),
        ],
    );
}
