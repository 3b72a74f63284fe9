//! What of a spiking network is learned.

use crate::digest::all_fields;

/// What a rule that learns thresholds and leaks learns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Learned {
    /// Weights and biases.
    pub weights: bool,
    /// A threshold for each layer.
    pub threshold: bool,
    /// A leak for each layer.
    pub leak: bool,
}

all_fields! {
    struct Learned { weights, threshold, leak }
}

impl Default for Learned {
    fn default() -> Self {
        Self { weights: true, threshold: true, leak: true }
    }
}

impl Learned {
    pub(super) const WEIGHTS: Self = Self { weights: true, threshold: false, leak: false };
    /// Names of the parts, in the order of the fields.
    pub const NAMES: [&'static str; 3] = ["weights", "threshold", "leak"];

    /// Reads names of parts, separated by commas, or `none`.
    ///
    /// # Errors
    /// What is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|_| text != "none").collect();
        if let Some(name) = names.iter().find(|name| !Self::NAMES.contains(name)) {
            return Err(format!("found {name}, allowed: none, or some of {}", Self::NAMES.join(", ")));
        }
        let [weights, threshold, leak] = Self::NAMES.map(|name| names.contains(&name));
        Ok(Self { weights, threshold, leak })
    }

    /// The names of the parts, as in options.
    pub fn text(self) -> String {
        let parts = Self::NAMES.into_iter().zip([self.weights, self.threshold, self.leak]);
        let names: Vec<&str> = parts.filter(|(_, learned)| *learned).map(|(name, _)| name).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(",") }
    }
}
