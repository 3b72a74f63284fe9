//! Chips in code: from a description, or from another chip with values of its file changed.
//!
//! A changed description goes through the reader of chip files, so that every [`Chip`] keeps their rules. The sources
//! in a file apply to its original values only:
//!
//! ```text
//! mesh, core, …       facts on a changed value go; a new fact says that it is assumed, and the value before
//! calibrations        a constant is only changed together with its source; otherwise that is an error
//! ```

use super::change::CLOCKS;
use super::chip::Chip;
use super::overlay::read;
use super::provenance::{at, brief, change_facts, constant_of, is_value, may_have_a_fact, pointer};
use crate::json::{Document, FileError};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

impl Chip {
    /// Reads a chip from the text of a file. The name is used in reports and messages.
    ///
    /// # Errors
    /// All problems of the text at once.
    pub fn from_json(name: impl Into<String>, text: &str) -> Result<Self, FileError> {
        let name = name.into();
        read(Document::parse(name.clone(), text)?, &name)
    }

    /// Reads a chip from a parsed file.
    ///
    /// # Errors
    /// All problems of the file at once.
    pub fn from_value(name: impl Into<String>, file: &Value) -> Result<Self, FileError> {
        Self::from_json(name, &file.to_string())
    }

    /// Starts an edit of this chip's description, by the paths of its file.
    ///
    /// ```
    /// use spikemesh::hw::Chip;
    ///
    /// let loihi = Chip::from_json("loihi", include_str!("../../hw_models/loihi.json"))?;
    /// let small = loihi.edit().mesh(2, 1).set("mesh.cores_per_tile", 1).set("core.max_neurons", 4).build()?;
    /// assert_eq!(small.chips(), 1);
    /// # Ok::<(), spikemesh::json::FileError>(())
    /// ```
    pub fn edit(&self) -> ChipBuilder {
        let (name, mut file) = (self.name.clone(), self.file.value().clone());
        // The name of the builder counts, not that of the file.
        file.as_object_mut().and_then(|root| root.shift_remove("name"));
        ChipBuilder { name, file, changes: Vec::new(), problems: Vec::new() }
    }
}

#[derive(Clone, Debug)]
struct Change {
    path: String,
    /// Previous value; `None` if it is new.
    before: Option<Value>,
    /// Whether it follows from another change and was not requested.
    follows: bool,
}

/// The description of a chip during an edit.
#[derive(Clone, Debug)]
pub struct ChipBuilder {
    name: String,
    file: Value,
    changes: Vec<Change>,
    /// Problems of calls, as path and message, before the description is read.
    problems: Vec<(String, String)>,
}

impl ChipBuilder {
    /// Gives the chip another name.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the width and the height of the mesh (tiles), with the host at its first tile.
    #[must_use]
    pub fn mesh(self, width: u32, height: u32) -> Self {
        self.set("mesh.width", width).set("mesh.height", height).set("mesh.host_tile", json!([0, 0]))
    }

    /// Sets a value by its path in the file, such as `core.max_neurons`; an optional one may be new.
    #[must_use]
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.put(path, value.into(), false);
        // A chip has one clock, which its file may give twice.
        for [one, other] in [CLOCKS, [CLOCKS[1], CLOCKS[0]]].into_iter().filter(|[one, _]| path == *one) {
            let asked = self.changes.iter().any(|change| change.path == other && !change.follows);
            if let (Some(value), true, false) = (at(&self.file, one).cloned(), at(&self.file, other).is_some(), asked) {
                self.put(other, value, true);
            }
        }
        self
    }

    fn put(&mut self, path: &str, value: Value, follows: bool) {
        let before = match place(&mut self.file, path) {
            Some(ValuePlace::Field(map, name)) => map.insert(name.to_owned(), value),
            Some(ValuePlace::Item(item)) => Some(std::mem::replace(item, value)),
            None => return self.problems.push((path.to_owned(), "the chip has no place for this value".to_owned())),
        };
        self.changed(path, before, follows);
    }

    /// Records a change; for a repeated change, the original value is kept as the previous one.
    fn changed(&mut self, path: &str, before: Option<Value>, follows: bool) {
        match self.changes.iter_mut().find(|change| change.path == path) {
            Some(change) => change.follows = follows,
            None => self.changes.push(Change { path: path.to_owned(), before, follows }),
        }
    }

    /// Removes an optional value by its path in the file.
    #[must_use]
    pub fn remove(mut self, path: &str) -> Self {
        let removed = match place(&mut self.file, path) {
            Some(ValuePlace::Field(map, name)) => map.remove(name),
            _ => None,
        };
        match removed {
            Some(before) => self.changed(path, Some(before), false),
            None => self.problems.push((path.to_owned(), "the chip has no such field".to_owned())),
        }
        self
    }

    /// The description as a file has it, with facts on the changed values.
    pub fn to_value(&self) -> Value {
        let mut file = self.file.clone();
        for Change { path, before, .. } in self.changes.iter().filter(|change| may_have_a_fact(&change.path)) {
            let after = at(&file, path).cloned();
            let facts = change_facts(file.get("facts"), path, after.as_ref(), |after| {
                let before = before.as_ref().map_or("nothing".to_owned(), brief);
                format!("set to {after} in code; {before} before")
            });
            let Some(root) = file.as_object_mut() else { break };
            root.insert("facts".to_owned(), facts.into());
        }
        file
    }

    /// Checks the description, and makes the chip.
    ///
    /// # Errors
    /// All problems at once, with paths as in a file. A constant that is changed without its source is one.
    pub fn build(self) -> Result<Chip, FileError> {
        let document = Document::parse(self.name.clone(), &self.to_value().to_string())?;
        self.problems.iter().for_each(|(path, message)| document.problem(path, message));
        for path in self.without_source() {
            document.problem(path, "was changed, but not its source: set both, or a whole record");
        }
        read(document, &self.name)
    }

    /// Records of constants whose value was changed and whose source was not.
    fn without_source(&self) -> BTreeSet<String> {
        let changed = |path: &str| self.changes.iter().any(|change| change.path == path);
        let record = |change: &Change| {
            let (record, field) = constant_of(&self.file, &change.path)?;
            (is_value(field) && !changed(&format!("{record}.source"))).then(|| record.to_owned())
        };
        self.changes.iter().filter_map(record).collect()
    }
}

/// A place for a value.
enum ValuePlace<'v> {
    Field(&'v mut Map<String, Value>, &'v str),
    Item(&'v mut Value),
}

fn place<'v>(file: &'v mut Value, path: &'v str) -> Option<ValuePlace<'v>> {
    if path.ends_with(']') {
        return file.pointer_mut(&pointer(path)).map(ValuePlace::Item);
    }
    let (parent, name) = match path.rsplit_once('.') {
        Some((parent, name)) => (pointer(parent), name),
        None => (String::new(), path),
    };
    Some(ValuePlace::Field(file.pointer_mut(&parent)?.as_object_mut()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loihi() -> Chip {
        Chip::from_json("loihi", include_str!("../../hw_models/loihi.json")).unwrap()
    }

    fn fact<'c>(chip: &'c Chip, path: &str) -> Option<(&'static str, Option<&'c str>)> {
        let fact = chip.facts.iter().find(|fact| fact.path == path)?;
        Some((fact.kind.name(), fact.note.as_deref()))
    }

    #[test]
    fn a_chip_is_changed_by_the_paths_of_its_file_and_says_so() {
        let loihi = loihi();
        let small = loihi.edit().name("small").mesh(2, 1).set("mesh.cores_per_tile", 1).set("core.max_neurons", 4);
        let small = small.build().unwrap();
        assert_eq!((small.name.as_str(), small.noc.cores(), small.core.limits.max_neurons), ("small", 2, 4));
        assert_ne!(small.structure, loihi.structure);
        assert_eq!(fact(&small, "core.max_neurons"), Some(("assumed", Some("set to 4 in code; 1024 before"))));
        // Facts on other values stay; the changed ones have no other.
        let others = |chip: &Chip| chip.facts.iter().filter(|fact| fact.kind.name() != "assumed").count();
        assert!(others(&small) <= others(&loihi) && others(&small) > 0);
        // Changed back, it is the same chip apart from its facts.
        let back = small.edit().name("loihi").mesh(8, 4).set("mesh.cores_per_tile", 4).set("core.max_neurons", 1024);
        let back = back.build().unwrap();
        assert_eq!((back.structure, &back.noc, &back.core), (loihi.structure, &loihi.noc, &loihi.core));
        // No change: equal, facts included.
        assert_eq!(loihi.edit().build().unwrap(), loihi);
    }

    #[test]
    fn facts_within_a_changed_record_go_with_it() {
        let file = json!({"mesh": {"host_tile": [0, 0], "width": 1}, "facts": {
            "mesh": {"kind": "documented"}, "mesh.host_tile[0]": {"kind": "documented"}, "mesh.width": {"kind": "documented"}}});
        let builder = ChipBuilder { name: "c".into(), file, changes: Vec::new(), problems: Vec::new() };
        let facts = builder.set("mesh.host_tile", json!([1, 0])).remove("mesh.width").to_value()["facts"].clone();
        let note = "set to [1,0] in code; [0,0] before";
        assert_eq!(facts, json!({"mesh": {"kind": "documented"}, "mesh.host_tile": {"kind": "assumed", "note": note}}));
    }

    #[test]
    fn one_clock_stays_one_clock() {
        let file = json!({"tick": {"clock_mhz": 75}, "clock": {"mhz": 75}});
        let builder =
            || ChipBuilder { name: "c".into(), file: file.clone(), changes: Vec::new(), problems: Vec::new() };
        for path in CLOCKS {
            let changed = builder().set(path, 20).to_value();
            assert_eq!((&changed["tick"]["clock_mhz"], &changed["clock"]["mhz"]), (&json!(20), &json!(20)), "{path}");
        }
        let both = builder().set(CLOCKS[0], 20).set(CLOCKS[1], 30).to_value();
        assert_eq!((&both["tick"]["clock_mhz"], &both["clock"]["mhz"]), (&json!(20), &json!(30)));
    }

    #[test]
    fn all_problems_are_told_at_once_and_a_constant_needs_its_source() {
        let wrong = loihi().edit().set("mesh.widht", 2).set("core.max_neurons", -1).set("meesh.width", 2);
        let wrong = wrong.set("core.synapses[3]", 1).remove("mesh.nothing").remove("mesh.width");
        let text = wrong.build().unwrap_err().to_string();
        for part in [
            "loihi: meesh.width: the chip has no place for this value",
            "loihi: core.synapses[3]: the chip has no place for this value",
            "loihi: mesh.nothing: the chip has no such field",
            "loihi: mesh.widht: unknown field",
            "did you mean \"width\"?",
            "loihi: mesh.width: missing",
            "loihi: core.max_neurons: found -1",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let path = "calibrations.silicon_fit.costs.synapse";
        let text = loihi().edit().set(&format!("{path}.energy"), "30 pJ").build().unwrap_err().to_string();
        assert_eq!(text, format!("loihi: {path}: was changed, but not its source: set both, or a whole record"));
        let mine = loihi().edit().set("sources.mine", "measured here").set(&format!("{path}.energy"), "30 pJ");
        let mine = mine.set(&format!("{path}.source"), "mine").set(&format!("{path}.kind"), "silicon").build().unwrap();
        assert_eq!(mine.structure, loihi().structure);
        let energy = |chip: &Chip| chip.calibrations[0].costs[crate::stats::Op::Synapse as usize].energy;
        assert_ne!(energy(&mine), energy(&loihi()));
    }
}
