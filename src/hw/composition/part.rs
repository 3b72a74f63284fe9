//! Parts of a composition, as the file gives them.

use super::amount::{Amount, SizeProduct, Values};
use crate::hw::parts::{
    AdcModel, CellArray, LinkWire, LogicKind, LogicUnit, PartError, PartModel, RouterHop, RowDriver, Sram, Technology,
};
use crate::json::record::record;
use crate::json::schema::add_rules;
use crate::json::shape::{of, optional, or, pick, plain};
use crate::json::{FieldSpec, Object};
use schemars::Schema;
use serde_json::json;

/// An amount, as the file gives it.
pub(super) fn amount<'s, G>() -> FieldSpec<'s, G, SizeProduct> {
    plain::<Amount, _, _>(SizeProduct::read)
}

record! {
    /// A memory of one port.
    pub(super) struct SramOfFile as "SramPart" {
        /// Its size (bits), 32 to 2^40; beyond 4 to 512 KB its figures are extrapolated.
        pub(super) bits: SizeProduct = amount();
        /// Bits of a word, 1 to 4,096; beyond 32 to 256 figures are extrapolated.
        pub(super) width: SizeProduct = amount();
    }
}

record! {
    /// A piece of logic.
    pub(super) struct LogicOfFile as "LogicPart" {
        /// What it is: "adder", "comparator", "counter", "multiplier" or "register".
        pub(super) kind: LogicKind = pick(LogicKind::ALL, LogicKind::name);
        /// Its width (bits), 1 to 64.
        pub(super) bits: SizeProduct = amount();
    }
}

record! {
    /// A router that a packet passes.
    pub(super) struct RouterOfFile as "RouterPart" {
        /// Bits of a packet, 8 to 512.
        pub(super) width: SizeProduct = amount();
        /// Its ports, 2 to 16.
        pub(super) ports: SizeProduct = amount();
    }
}

record! {
    /// A wire from router to router.
    pub(super) struct WireOfFile as "WirePart" {
        /// Bits of a packet, 1 to 512.
        pub(super) width: SizeProduct = amount();
        /// Its length (mm), 0.01 to 30.
        pub(super) mm: SizeProduct = amount();
    }
}

record! {
    /// A converter from analog to digital.
    pub(super) struct ConverterOfFile as "ConverterPart" {
        /// Its bits, 1 to 12.
        pub(super) bits: SizeProduct = amount();
        /// Rows of the columns that it reads, 1 to 65,536.
        pub(super) rows: SizeProduct = amount();
    }
}

record! {
    /// An array of memristive cells.
    pub(super) struct ArrayOfFile as "ArrayPart" {
        /// Its rows, 8 to 4,096.
        pub(super) rows: SizeProduct = amount();
        /// Its columns, 8 to 4,096.
        pub(super) columns: SizeProduct = amount();
    }
}

record! {
    /// A part: one of sram, logic, router, wire, converter, array and row_driver. Example: {"sram": {"bits": "core.synapses.bits", "width": 64}}.
    pub(super) struct PartOfFile as "CompositionPart" {
        /// A memory: it can be read and written.
        pub(super) sram: Option<SramOfFile> = optional(of::<SramOfFile, _>());
        /// A piece of logic: it can be used, as can those that follow.
        pub(super) logic: Option<LogicOfFile> = optional(of::<LogicOfFile, _>());
        /// A router. Its time and its area are not modelled, nor are those of a wire.
        pub(super) router: Option<RouterOfFile> = optional(of::<RouterOfFile, _>());
        /// A wire between two routers.
        pub(super) wire: Option<WireOfFile> = optional(of::<WireOfFile, _>());
        /// A converter.
        pub(super) converter: Option<ConverterOfFile> = optional(of::<ConverterOfFile, _>());
        /// An array of memristive cells, which is read as a whole, without its drivers and converters.
        pub(super) array: Option<ArrayOfFile> = optional(of::<ArrayOfFile, _>());
        /// The driver of a row of such an array.
        pub(super) row_driver: Option<ArrayOfFile> = optional(of::<ArrayOfFile, _>());
        /// How many of it a core has; this counts for the area alone.
        pub(super) count: SizeProduct = or(amount(), SizeProduct::number(1.0), 1);
    }
    check PartOfFile::check;
    rules rules;
}

/// The kinds of parts.
const KINDS: [&str; 7] = ["sram", "logic", "router", "wire", "converter", "array", "row_driver"];

fn rules(schema: &mut Schema) {
    let one: Vec<_> = KINDS.iter().map(|kind| json!({"required": [kind]})).collect();
    add_rules(schema, [json!({"oneOf": one})]);
}

impl PartOfFile {
    fn check<G>(self, object: &Object<'_>, _: G) -> Option<Self> {
        let given = KINDS.iter().filter(|kind| object.get(kind).is_some()).count();
        if given != 1 {
            object.problem(format!("{given} kinds of part here; give one of {}", KINDS.join(", ")));
            return None;
        }
        Some(self)
    }

    fn amounts(&self) -> Vec<&SizeProduct> {
        let sram = self.sram.iter().flat_map(|sram| [&sram.bits, &sram.width]);
        let logic = self.logic.iter().map(|logic| &logic.bits);
        let router = self.router.iter().flat_map(|router| [&router.width, &router.ports]);
        let wire = self.wire.iter().flat_map(|wire| [&wire.width, &wire.mm]);
        let converter = self.converter.iter().flat_map(|converter| [&converter.bits, &converter.rows]);
        let arrays = self.array.iter().chain(&self.row_driver).flat_map(|array| [&array.rows, &array.columns]);
        sram.chain(logic).chain(router).chain(wire).chain(converter).chain(arrays).chain([&self.count]).collect()
    }

    /// The paths that its sizes follow from.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.amounts().into_iter().flat_map(SizeProduct::paths)
    }

    /// The part with the sizes that follow from some values.
    pub(super) fn model(&self, technology: Technology, values: Values<'_>) -> Result<PartModel, PartError> {
        let narrow = |amount: &SizeProduct| u32::try_from(amount.whole_at(values)).unwrap_or(u32::MAX);
        if let Some(sram) = &self.sram {
            return Sram::new(sram.bits.whole_at(values), narrow(&sram.width), technology).map(PartModel::Sram);
        }
        if let Some(logic) = &self.logic {
            return LogicUnit::new(logic.kind, narrow(&logic.bits), technology).map(PartModel::Logic);
        }
        if let Some(router) = &self.router {
            return RouterHop::new(narrow(&router.width), narrow(&router.ports)).map(PartModel::Router);
        }
        if let Some(wire) = &self.wire {
            return LinkWire::new(narrow(&wire.width), wire.mm.at(values)).map(PartModel::Wire);
        }
        let cells = |of: &ArrayOfFile| CellArray::new(narrow(&of.rows), narrow(&of.columns));
        if let Some(array) = &self.array {
            return cells(array).map(PartModel::Array);
        }
        if let Some(driver) = &self.row_driver {
            return cells(driver).map(|array| PartModel::Driver(RowDriver::of(array)));
        }
        let (bits, rows) = self.converter.as_ref().map_or((0, 0), |adc| (narrow(&adc.bits), narrow(&adc.rows)));
        AdcModel::new(bits, rows, technology).map(PartModel::Adc)
    }
}
