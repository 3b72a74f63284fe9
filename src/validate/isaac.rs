//! The power of an ISAAC tile, from its parts.
//!
//! What is done in an array read comes from the chip file: a core is an IMA of 8 arrays, read once every 100 ns with all
//! 128 rows driven and all columns converted. A tile has 12 of them; its buffers, bus and digital units are the
//! paper's powers as they stand.

use super::simulate::{Work, calibration};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::stats::{Counts, Op};

pub(super) const CASE: Case =
    Case { name: "isaac", about: "power of an ISAAC tile from the energies of its parts", run };

const SOURCE: &str = "Shafiee et al. 2016, ISAAC, ISCA, Table I: tile 330 mW";

const IMAS: f64 = 12.0;
const LINES: u64 = 128;
const READ_NS: f64 = 100.0;

/// Parts of a tile without energies of their own (mW): eDRAM buffer, bus, its quarter of a router, sigmoid, shift and
/// add, max pool, output register.
const REST_MW: [f64; 7] = [20.7, 7.0, 10.5, 0.52, 0.05, 0.4, 1.68];

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let chip = bench.chip("isaac", &[])?;
    let table = calibration(&chip, "isaac_table1")?;
    let mut read = Counts::default();
    for (op, count) in [(Op::ArrayRead, 1), (Op::RowDrive, LINES), (Op::ColumnConversion, LINES)] {
        read.add(op, count);
    }
    // Picojoules over nanoseconds are milliwatts.
    let ima = Work { counts: read, ticks: 0 }.dynamic_pj(table) / READ_NS;
    let tile = IMAS * ima + REST_MW.iter().sum::<f64>();
    Ok(vec![Finding {
        case: "isaac, power of a tile".into(),
        ours: tile,
        published: 330.0,
        unit: "mW".into(),
        tolerance: Some(0.01),
        kind: FindingKind::Closure,
        source: SOURCE.into(),
        notes: vec![format!(
            "an IMA {ima:.2} mW by the chip file's energies, a read of all rows and columns every 100 ns"
        )],
    }])
}
