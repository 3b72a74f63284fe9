//! Power at rest: the list `rest` of a chip file.
//!
//! ```text
//! "rest": [{ "name": "static", "power": "104.4 mW", "per": "chip", "kind": "silicon", "source": "paper" }]
//! ```
//!
//! Reports show it beside the energy of a run and never add it. Every name is a measurement of its own, of the same chip
//! at rest as the others, so measurements are never added to each other; only the parts of one name are. The
//! `static_power` of a calibration is something else: it is part of that calibration's energy.

use super::cost::ConstantKind;
use super::given::{Sources, source_name};
use crate::json::record::{record, words};
use crate::json::schema::{add_rules, at};
use crate::json::shape::{self, optional, text, whole, word};
use crate::json::{Cursor, FileRecord, Object};
use crate::units::Nanowatts;
use schemars::Schema;
use serde_json::json;

words! {
    /// What a power at rest is that of.
    pub enum RestScope {
        /// Of one chip.
        Chip = "chip",
        /// Of a board with its chips.
        Board = "board",
        /// Of one core that a network uses.
        CoreUsed = "core_used",
        /// Of one part of a chip; the parts of one name add up.
        Part = "part",
    }
}

words! {
    /// Which side of the true power a figure is on.
    pub enum RestBound {
        /// The power is at most this.
        Upper = "upper",
        /// The power is at least this.
        Lower = "lower",
    }
}

record! {
    /// A power at rest, as it was measured. Example:
    /// {"name": "static", "power": "104.4 mW", "per": "chip", "kind": "silicon", "source": "paper"}.
    pub struct RestPower given Option<&Sources> {
        /// The name of the measurement. Each is of the same chip at rest, so reports never add one to another; entries per
        /// part that share a name are the parts of one measurement, and add up.
        pub name: String = shape::name();
        /// Power, as in "104.4 mW"; more than nothing.
        pub power: Nanowatts = shape::power();
        /// What it is the power of: "chip", "board" (with its chips), "core_used" (each core that a network uses) or "part"
        /// (a part of a chip, such as a supply rail).
        pub per: RestScope = word();
        /// Which part of the chip; with per "part" only.
        pub part: Option<String> = optional(shape::name());
        /// Chips of a board, 1 to 65,536; with per "board" only. Without it and without tiles_per_board, all chips of the file
        /// are on one board.
        pub chips_per_board: Option<u32> = optional(whole(1..=65_536));
        /// In place of chips_per_board: tiles of a board, 1 to 65,536, where the file has a tile for each chip.
        pub tiles_per_board: Option<u32> = optional(whole(1..=65_536));
        /// Whether the power is known to be at most ("upper") or at least ("lower") this.
        pub bound: Option<RestBound> = optional(word());
        /// How it came to be; never assumed.
        pub kind: ConstantKind = word();
        /// The name of its source.
        pub source: String = source_name();
        /// What a reader should know.
        pub note: Option<String> = optional(text());
    }
    check RestPower::check;
    rules rules;
}

impl RestPower {
    fn check(self, object: &Object<'_>, _: Option<&Sources>) -> Option<Self> {
        let problem = |field: &str, message: &str| object.get(field).iter().for_each(|c| c.problem(message));
        let mut is_sound = true;
        let mut refuse = |refused: bool, field: &str, message: &str| {
            if refused {
                problem(field, message);
                is_sound = false;
            }
        };
        refuse(self.power.0 == 0, "power", "a power at rest is more than nothing; leave out what is not known");
        refuse(self.kind == ConstantKind::Assumed, "kind", "a power is never assumed; leave out what is not known");
        refuse(self.part.is_some() && self.per != RestScope::Part, "part", "only with per \"part\"");
        let of_a_board = self.per == RestScope::Board;
        for (field, is_given) in
            [("chips_per_board", self.chips_per_board.is_some()), ("tiles_per_board", self.tiles_per_board.is_some())]
        {
            refuse(is_given && !of_a_board, field, "only with per \"board\"");
        }
        let both = self.chips_per_board.is_some() && self.tiles_per_board.is_some();
        refuse(both, "tiles_per_board", "give either chips_per_board or tiles_per_board");
        if self.per == RestScope::Part && self.part.is_none() {
            object.need("part");
            is_sound = false;
        }
        is_sound.then_some(self)
    }
}

/// What belongs to one scope only.
fn rules(schema: &mut Schema) {
    let per = |scope: RestScope| at(&["per"], json!({"const": scope.name()}));
    let without = |fields: &[&str]| {
        let refused = fields.iter().map(|field| ((*field).to_owned(), json!(false))).collect::<serde_json::Map<_, _>>();
        json!({"properties": refused})
    };
    let boards = ["chips_per_board", "tiles_per_board"];
    add_rules(
        schema,
        [
            json!({"if": per(RestScope::Part), "then": {"required": ["part"]}, "else": without(&["part"])}),
            json!({"if": {"not": per(RestScope::Board)}, "then": without(&boards)}),
            json!({"not": {"required": boards}}),
            json!({"properties": {"kind": {"not": {"const": ConstantKind::Assumed.name()}}}}),
        ],
    );
}

/// Most entries of a file.
const MOST: usize = 64;

/// Reads the list; a name is that of one measurement.
pub(super) fn read_rest(cursor: &Cursor<'_>, sources: Option<&Sources>) -> Option<Vec<RestPower>> {
    let entries = cursor.list(0..=MOST)?;
    let read: Vec<Option<RestPower>> = entries.iter().map(|entry| RestPower::read(entry, sources)).collect();
    let mut is_sound = true;
    for (index, (entry, cursor)) in read.iter().zip(&entries).enumerate() {
        let Some(entry) = entry else { continue };
        let mut before = read[..index].iter().flatten().filter(|other| other.name == entry.name);
        let problem = before.find_map(|other| match (&other.part, &entry.part) {
            (Some(one), Some(same)) if one == same => Some(format!("the part {one} of \"{}\" is there twice", entry.name)),
            (Some(_), Some(_)) => None,
            _ => Some(format!(
                "\"{}\" is there twice: measurements have names of their own, and only parts of one measurement share a name",
                entry.name
            )),
        });
        problem.iter().for_each(|problem| cursor.problem(problem.clone()));
        is_sound &= problem.is_none();
    }
    let all = read.into_iter().collect::<Option<Vec<_>>>();
    all.filter(|_| is_sound)
}
