//! Macros that compute in a memory, as far as our parts can express them.
//!
//! The published figures are those that CiMLoop's tests hold its models against. Of a macro only what one of our parts is
//! can be compared: converters, adders, registers. Cells that multiply by charge, ladders of resistors and capacitors, and
//! their drivers are none of our parts, so the efficiency of a whole macro (Jia 2020: 400 and 192 TOPS/W; Wang 2022: 16.4
//! TOPS/W) is not computed.

use super::Closure;
use crate::hw::parts::{AdcModel, LogicKind, LogicUnit, PartError, Technology};
use crate::validate::FindingKind;

const JIA: &str = "Jia et al. 2020, IEEE JSSC 55(9):2609-2621, Table I, as in the tests of CiMLoop (mit-emze/cimloop, commit d6e1390, MIT): 65 nm, 8-bit converter 1.79 pJ at 0.85 V, 3.56 pJ at 1.2 V, one conversion a column";
const WANG: &str = "Wang et al. 2022, Symposium on VLSI, as in the tests of CiMLoop (mit-emze/cimloop, commit d6e1390, MIT): 22 nm, 16.38 TOPS/W at 1 V, 34 % of it converters; 16 columns of 64 rows are converted at a time";
const COLONNADE: &str = "Kim et al. 2021, Colonnade, IEEE JSSC 56(7):2221-2233, Fig. 16 and 17, as in the tests of CiMLoop (mit-emze/cimloop, commit d6e1390, MIT): 65 nm, 0.8 V, 0.1443 pJ a product of 1 x 8 bits, 227,200 um2; 60.2 % and 83.9 % of them cells, 7.5 % and 12.5 % control and registers";

/// Of Colonnade's array: cells, registers of a column, and columns that a weight of 8 bits takes.
const CELLS: f64 = 128.0 * 128.0;
const REGISTERS: f64 = 16.0;
const COLUMNS: f64 = 15.0;
const PRODUCT_PJ: f64 = 0.1443;
const ARRAY_MM2: f64 = 0.2272;

pub(super) fn closures() -> Result<Vec<Closure>, PartError> {
    let converter = |case, (node, vdd, rows), published, source| {
        Ok(Closure {
            case,
            ours: AdcModel::new(8, rows, Technology::new(node, vdd)?)?.energy_pj(),
            published,
            unit: "pJ",
            kind: FindingKind::KnownLimit,
            source,
            note: format!("what follows: as for ISAAC's; the model is one of 28 nm, and is not scaled to {node} nm"),
        })
    };
    // A pass: 16 x 64 products in an eighth of the array.
    let wang = 2.0 / 16.375_722_76 * 16.0 * 64.0 * 0.34 / 16.0;
    Ok([
        vec![
            converter("Jia 2020, converter at 0.85 V", (65.0, 0.85, 2304), 1.79, JIA)?,
            converter("Jia 2020, converter at 1.2 V", (65.0, 1.2, 2304), 3.56, JIA)?,
            converter("Wang 2022, converter", (22.0, 1.0, 64), wang, WANG)?,
        ],
        colonnade()?,
    ]
    .concat())
}

/// An adder of one bit in each cell, and registers in each column: all of this macro is digital.
fn colonnade() -> Result<Vec<Closure>, PartError> {
    let technology = Technology::new(65.0, 0.8)?;
    let one = |kind| LogicUnit::new(kind, 1, technology);
    let (adder, register) = (one(LogicKind::Adder)?, one(LogicKind::Register)?);
    let um2 = |unit: &LogicUnit| unit.area_mm2().unwrap_or(f64::NAN) * 1e6;
    let spread = |unit: &LogicUnit| {
        let energy = unit.energy_pj();
        format!("{:.1} to {:.1} fJ by the tables", energy.low * 1e3, energy.high * 1e3)
    };
    let closure = |case, ours, published, unit, kind, note: String| Closure {
        case,
        ours,
        published,
        unit,
        kind,
        source: COLONNADE,
        note,
    };
    let bits = REGISTERS * COLUMNS / 128.0;
    Ok(vec![
        closure(
            "Colonnade 2021, cell of the array",
            adder.energy_pj().nominal * 1e3,
            0.602 * PRODUCT_PJ / COLUMNS * 1e3,
            "fJ",
            FindingKind::Prediction,
            format!("an adder of one bit for a cell, {}; its gate for the product and two multiplexers are left out", spread(&adder)),
        ),
        closure(
            "Colonnade 2021, registers of a product",
            register.energy_pj().nominal * bits * 1e3,
            0.075 * PRODUCT_PJ * 1e3,
            "fJ",
            FindingKind::Prediction,
            format!("{bits:.2} bits a product, one {}; published with control", spread(&register)),
        ),
        closure(
            "Colonnade 2021, area of a cell",
            um2(&adder),
            0.839 * ARRAY_MM2 * 1e6 / CELLS,
            "um2",
            FindingKind::KnownLimit,
            "what follows: areas of logic are those of synthesised gates of 40 nm, and too large for an array of cells drawn by \
             hand; in cores of lists in memory, logic is a small part of the area"
                .into(),
        ),
        closure(
            "Colonnade 2021, area of a register",
            um2(&register),
            0.125 * ARRAY_MM2 * 1e6 / (REGISTERS * 128.0),
            "um2",
            FindingKind::Prediction,
            "published with control".into(),
        ),
    ])
}
