//! Sweep files, `spikemesh.sweep/1`: a comparison as its options on the command line, by the same names.

use super::axis::SweepAxis;
use crate::json::record::record;
use crate::json::schema::{Named, schema_of, value_type};
use crate::json::shape::{constant, flag, list, listed_last, optional, pick, plain, text, whole};
use crate::json::{Cursor, Document, FileError, FileRecord};
use crate::map::place::Placer;
use crate::map::{Objective, Partitioner, Sharing};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;
use std::path::Path;

/// The format of sweep files.
#[doc(hidden)]
pub const SWEEP_FORMAT: &str = "spikemesh.sweep/1";
/// Largest sweep file (bytes).
#[doc(hidden)]
pub const MAX_SWEEP_BYTES: u64 = 1 << 20;

/// Most values of an axis.
const MOST_VALUES: usize = 1 << 16;
/// Most chips.
const MOST_CHIPS: usize = 1 << 10;

value_type!(
    /// Values of one thing that is varied: numbers, words, true, false or null.
    SweepValues, inline: true,
    json_schema!({
        "type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": ["number", "string", "boolean", "null"]},
    })
);

record! {
    /// # Sweep of Spikemesh
    ///
    /// A comparison of chips and options, which compare --file runs. Fields are options of compare; what is left out is as
    /// there. Options on the command line take the place of fields.
    pub struct SweepFile {
        /// The format of this file.
        format: () = constant(SWEEP_FORMAT);
        /// One sentence for people.
        pub description: Option<String> = optional(text());
        /// Chips: names of built-in ones, or paths of files from the folder of this file.
        pub chips: Option<Vec<String>> = optional(list(text(), 1..=MOST_CHIPS));
        /// Network: a name, a generated one, or the path of a file or folder from the folder of this file.
        pub network: Option<String> = optional(text());
        /// What is varied: paths in the chips' files, such as "core.max_neurons", or options of a run, such as "steps", each
        /// with the list of its values.
        pub set: Option<Vec<SweepAxis>> = optional(plain::<Named<SweepValues>, _, _>(read_axes));
        /// Whether the first values of all axes go together, then the second ones, and so on.
        pub zip: Option<bool> = optional(flag());
        /// Whether the network is trained again for each T, width of weights and limit of fan-in.
        pub retrain: Option<bool> = optional(flag());
        /// Data set: a name, or the path of a folder from the folder of this file.
        pub data: Option<String> = optional(text());
        /// Test samples to run, from the first.
        pub samples: Option<u32> = optional(whole(1..=u32::MAX));
        /// Time steps where set does not vary them.
        pub steps: Option<u32> = optional(whole(1..=1 << 24));
        /// How time passes between cores.
        pub timing: Option<&'static str> = optional(pick(&["event", "ideal"], |word| word));
        /// Which neurons share a core.
        pub partitioner: Option<&'static str> = optional(pick(Partitioner::NAMES, |word| word));
        /// Whether neurons of several populations share a core.
        pub share_cores: Option<&'static str> = optional(pick(Sharing::NAMES, |word| word));
        /// Where cores go.
        pub placer: Option<&'static str> = optional(pick(Placer::NAMES, |word| word));
        /// Objective of searches.
        pub objective: Option<&'static str> = optional(pick(Objective::NAMES, |word| word));
        /// Number of training samples by whose spikes packets are counted in searches.
        pub profile: Option<u32> = optional(whole(0..=u32::MAX));
        /// What becomes of configurations in which the network breaks a limit: a row with the reason, or figures all the same.
        pub limits: Option<&'static str> = optional(pick(&["enforce", "report"], |word| word));
        /// Seed of the training and of what crossbars of cells draw.
        pub seed: Option<u64> = optional(whole(0..=i64::MAX as u64));
        /// Figures that span the Pareto front, such as ["energy_pj", "latency_ns"].
        pub pareto: Option<Vec<String>> = optional(list(text(), 1..=8));
        /// Whether energies are compared by the classes of cost that all chips cover.
        pub common_terms: Option<bool> = optional(flag());
        /// Whether energies are ranked even where they cover different classes of cost; not with common_terms.
        pub allow_mixed: Option<bool> = optional(flag());
        /// The schema against which an editor checks the file; no reader uses it.
        schema as "$schema": Option<String> = listed_last(optional(text()));
    }
}

fn read_axes(cursor: &Cursor<'_>) -> Option<Vec<SweepAxis>> {
    let axis = |(name, values): (&str, Cursor<'_>)| {
        let texts: Vec<Option<String>> = values.list(1..=MOST_VALUES)?.iter().map(value).collect();
        let values_of: Vec<String> = texts.into_iter().collect::<Option<_>>()?;
        if let Some((_, double)) = values_of.iter().enumerate().find(|(at, value)| values_of[..*at].contains(value)) {
            values.problem(format!("found {double} twice"));
            return None;
        }
        Some(SweepAxis { name: name.to_owned(), values: values_of })
    };
    let axes: Vec<_> = cursor.entries()?.into_iter().map(axis).collect();
    axes.into_iter().collect()
}

/// A value as the command line would have it.
fn value(cursor: &Cursor<'_>) -> Option<String> {
    let found = cursor.scalar();
    if found.as_ref().is_none_or(|text| text.trim().is_empty()) {
        cursor.expected_here("a number, a word, true, false or null");
        return None;
    }
    found
}

/// The JSON Schema of sweep files.
#[doc(hidden)]
pub fn sweep_schema() -> Value {
    schema_of::<SweepFile>()
}

impl SweepFile {
    /// Reads a sweep file.
    ///
    /// # Errors
    /// All its problems at once.
    pub fn load(path: &Path) -> Result<Self, FileError> {
        Self::read_document(Document::open(path, MAX_SWEEP_BYTES)?.only_of(&["spikemesh.sweep"])?)
    }

    /// Reads a parsed sweep file.
    ///
    /// # Errors
    /// All its problems at once.
    pub fn read_document(document: Document) -> Result<Self, FileError> {
        let read = Self::read(&document.root(), ());
        if read.as_ref().is_some_and(|file| file.common_terms == Some(true) && file.allow_mixed == Some(true)) {
            document.problem("allow_mixed", "only one of common_terms and allow_mixed can be true");
        }
        document.finish(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<SweepFile, String> {
        Document::parse("s.json", text).and_then(SweepFile::read_document).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sweep_is_read() {
        let text = r#"{"format": "spikemesh.sweep/1", "$comment": "x", "chips": ["loihi", "mine.json"], "placer": "hilbert",
            "set": {"core.max_neurons": [32, 64.5], "mesh.routing": ["xy"], "core.max_fan_in": [null], "flag": [true]}}"#;
        let file = read(text).unwrap();
        assert_eq!(file.chips.unwrap(), ["loihi", "mine.json"]);
        assert_eq!((file.placer, file.samples), (Some("hilbert"), None));
        let axes: Vec<String> =
            file.set.unwrap().iter().map(|axis| format!("{}={}", axis.name, axis.values.join(","))).collect();
        assert_eq!(axes, ["core.max_neurons=32,64.5", "mesh.routing=xy", "core.max_fan_in=null", "flag=true"]);
        assert!(jsonschema::draft202012::new(&sweep_schema()).unwrap().is_valid(&serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn all_problems_of_a_sweep_are_noted() {
        let text =
            r#"{"chip": ["loihi"], "placer": "hilbrt", "samples": 0, "set": {"a": [], "b": [1, 1], "c": [[1]]}}"#;
        assert_eq!(
            read(text).unwrap_err().lines().map(|line| line.split("; known").next().unwrap()).collect::<Vec<_>>(),
            [
                "s.json: chip: unknown field",
                "s.json: format: missing",
                "s.json: set.a: a list of 0, expected 1 to 65536 items",
                "s.json: set.b: found 1 twice",
                "s.json: set.c[0]: found a list of 1, expected a number, a word, true, false or null",
                "s.json: samples: found 0, expected 1 to 4294967295 as an integer",
                "s.json: placer: found \"hilbrt\", allowed: linear, greedy, hilbert, force, annealing; did you mean \"hilbert\"?",
            ]
        );
        let schema = jsonschema::draft202012::new(&sweep_schema()).unwrap();
        assert!(!schema.is_valid(&serde_json::from_str(text).unwrap()));
    }
}
