//! The area of a core and of a chip.

use super::context::OfComposition;
use crate::hw::cost::ConstantKind;
use crate::hw::given::source_name;
use crate::json::Object;
use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{number, optional, text, whole, word};
use schemars::Schema;
use serde_json::json;

record! {
    /// Areas. Example: {"published_mm2": 0.469, "chip_mm2": 60, "cores": 128, "kind": "silicon", "source": "paper"}.
    pub(super) struct AreaOfFile as "CompositionArea" given OfComposition<'_> {
        /// Published area of a core (mm2); left out, it is the sum of the parts, and of kind "model".
        published_mm2: Option<f64> = optional(number(1e-6..=1e6));
        /// Published area of the whole chip (mm2), with the number of its cores; left out, that of all cores counts.
        chip_mm2: Option<f64> = optional(number(1e-6..=1e6));
        /// Cores of the chip whose area was published.
        cores: Option<u32> = optional(whole(1..=1 << 24));
        /// How the areas came to be.
        kind: ConstantKind = word();
        /// The name of their source.
        source: String = source_name();
        /// What a reader should know.
        note: Option<String> = optional(text());
    }
    check AreaOfFile::check;
    rules rules;
}

fn rules(schema: &mut Schema) {
    let needs = |one: &str, other: &str| json!({"if": {"required": [one]}, "then": {"required": [other]}});
    add_rules(schema, [needs("chip_mm2", "cores"), needs("cores", "chip_mm2"), needs("chip_mm2", "published_mm2")]);
}

/// What the parts of a core take.
pub(super) struct AreaOfParts {
    /// All of them (mm2).
    pub(super) all_mm2: f64,
    /// More than with the published sizes (mm2).
    pub(super) more_mm2: f64,
    /// What differs from these, if anything does.
    pub(super) changes: Option<String>,
}

/// The area of a core, and of the chip whose cores are so.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CoreArea {
    core_mm2: f64,
    /// The published chip: its area, its cores, and the published area of one.
    chip: Option<(f64, u32, f64)>,
    kind: ConstantKind,
    source: String,
    note: Option<String>,
}

/// Areas of a chip.
#[derive(Clone, Debug, PartialEq)]
pub struct ChipArea {
    /// Of a core (mm2).
    pub core_mm2: f64,
    /// Of one whole chip (mm2); where it is not published, of all its cores.
    pub chip_mm2: f64,
    /// Whether the chip's is that of its cores alone.
    pub cores_only: bool,
    /// How the areas came to be: "scaled" where sizes of the chip differ from the published ones.
    pub kind: ConstantKind,
    /// Their source.
    pub source: String,
    /// What a reader should know.
    pub note: Option<String>,
}

impl AreaOfFile {
    fn check(self, object: &Object<'_>, _: OfComposition<'_>) -> Option<Self> {
        let pairs = [("chip_mm2", "cores"), ("cores", "chip_mm2"), ("chip_mm2", "published_mm2")];
        let mut is_sound = true;
        for (_, other) in pairs.iter().filter(|(one, other)| object.get(one).is_some() && object.get(other).is_none()) {
            object.need(other);
            is_sound = false;
        }
        is_sound.then_some(self)
    }

    /// The area with what the parts of a composition take.
    pub(super) fn resolve(self, parts: AreaOfParts, object: &Object<'_>) -> Result<CoreArea, ()> {
        let refuse = |why: String| {
            object.get("area").iter().for_each(|cursor| cursor.problem(why.clone()));
            Err(())
        };
        let Some(published) = self.published_mm2 else {
            if self.kind != ConstantKind::Model {
                return refuse("an area that is the sum of parts is of kind \"model\"".to_owned());
            }
            let core_mm2 = parts.all_mm2;
            return Ok(CoreArea { core_mm2, chip: None, kind: self.kind, source: self.source, note: self.note });
        };
        let by = parts.more_mm2;
        if published + by <= 0.0 {
            return refuse(format!(
                "{published} mm2 of a core and {by:.4} mm2 for its sizes are nothing: the models do not hold so far from what \
                 was published"
            ));
        }
        let is_scaled = parts.changes.is_some();
        let own = self.note.clone().into_iter();
        let scaled = parts.changes.map(|changes| format!("{published} mm2 published, {by:+.4} mm2 for {changes}"));
        let note: Vec<String> = own.chain(scaled).collect();
        Ok(CoreArea {
            core_mm2: if is_scaled { published + by } else { published },
            chip: self.chip_mm2.zip(self.cores).map(|(mm2, cores)| (mm2, cores, published)),
            kind: if is_scaled { ConstantKind::Scaled } else { self.kind },
            source: self.source,
            note: (!note.is_empty()).then(|| note.join("; ")),
        })
    }
}

impl CoreArea {
    /// The areas of a chip of so many cores.
    pub(super) fn of_chip(&self, cores: u32) -> ChipArea {
        let all = f64::from(cores);
        let chip_mm2 = match self.chip {
            // What is on the chip beside its cores stays.
            Some((mm2, known, core)) => {
                let more = all * (self.core_mm2 - core) + (all - f64::from(known)) * core;
                if more == 0.0 { mm2 } else { mm2 + more }
            }
            None => all * self.core_mm2,
        };
        ChipArea {
            core_mm2: self.core_mm2,
            chip_mm2,
            cores_only: self.chip.is_none(),
            kind: self.kind,
            source: self.source.clone(),
            note: self.note.clone(),
        }
    }
}
