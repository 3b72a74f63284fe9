//! The model of converters against those of the last years, for information: it is one of good designs for arrays, and the
//! survey is one of converters of all kinds, most of them much faster.

use super::super::{Finding, FindingKind};
use crate::hw::parts::{AdcModel, PartError, Technology};

const SOURCE: &str = "Murmann, ADC Performance Survey 1997-2024, github.com/bmurmann/ADC-survey (revision of 2024-08-08, BSD-3-Clause), whose figures the accelergy ADC plug-in is fitted to: converters of 2021 to 2024, 22 to 40 nm, one sample a clock, 4.5 to 10.5 effective bits";

/// A converter of the survey: conference, year and number, node (nm), supply (V; the first that is listed and no more than
/// 1.3 V, or the node's own where none is), effective bits at high frequency, energy of a sample (pJ).
type Surveyed = (&'static str, f64, f64, f64, f64);

const CONVERTERS: &[Surveyed] = &[
    ("ISSCC 2021 13.4", 40.0, 1.1, 5.26, 0.7778),
    ("ISSCC 2022 10.4", 22.0, 0.8, 9.76, 3.731),
    ("ISSCC 2023 10.2", 28.0, 0.9, 8.25, 5.346),
    ("ISSCC 2023 10.3", 28.0, 1.0, 9.74, 13.5),
    ("ISSCC 2023 17.1", 28.0, 0.9, 8.31, 6.446),
    ("ISSCC 2023 17.5", 28.0, 1.2, 10.09, 10.6),
    ("ISSCC 2023 17.6", 28.0, 1.1, 6.07, 1.458),
    ("ISSCC 2023 17.7", 28.0, 1.0, 7.33, 1.111),
    ("ISSCC 2023 17.8", 28.0, 0.9, 5.75, 3.17),
    ("ISSCC 2023 18.2", 22.0, 1.0, 4.82, 2.1),
    ("ISSCC 2024 22.1", 28.0, 1.1, 8.69, 14.98),
    ("ISSCC 2024 22.3", 22.0, 0.85, 5.07, 1.653),
    ("ISSCC 2024 22.4", 28.0, 1.1, 7.07, 1.604),
    ("VLSI 2021 C15-4", 28.0, 1.0, 9.55, 19.2),
    ("VLSI 2022 C10-4", 28.0, 1.0, 7.15, 1.4),
    ("VLSI 2022 C19-2", 22.0, 1.2, 6.02, 1.579),
    ("VLSI 2022 C19-4", 28.0, 1.0, 7.68, 7.043),
    ("VLSI 2023 C14-1", 28.0, 1.0, 9.23, 59.3),
];

/// Bits of our converter: whole ones.
fn whole_bits(effective: f64) -> u32 {
    effective.round() as u32
}

pub(super) fn finding() -> Result<Finding, PartError> {
    let mut notes = Vec::new();
    let (mut ours, mut published, mut ratios) = (0.0, 0.0, Vec::new());
    for (name, node, vdd, effective, energy) in CONVERTERS {
        let own = AdcModel::new(whole_bits(*effective), 128, Technology::new(*node, *vdd)?)?.energy_pj();
        ours += own.ln();
        published += energy.ln();
        ratios.push(own / energy);
        notes.push(format!("{name} ({node} nm, {vdd} V, {effective:.1} bits): {own:.2} of {energy:.2} pJ"));
    }
    let count = CONVERTERS.len() as f64;
    let (least, most) = ratios.iter().fold((f64::INFINITY, 0.0f64), |(l, m), r| (l.min(*r), m.max(*r)));
    let summary = format!(
        "geometric means of {count} converters; the model gives {:.0} to {:.0} % of a converter's energy: a lower bound, of \
         which good slow designs come nearest. Bits are rounded to whole ones",
        100.0 * least,
        100.0 * most
    );
    Ok(Finding {
        case: "parts, converters of 2021 to 2024".into(),
        ours: (ours / count).exp(),
        published: (published / count).exp(),
        unit: "pJ".into(),
        tolerance: None,
        kind: FindingKind::Prediction,
        source: SOURCE.into(),
        notes: vec![summary, notes.join("; ")],
    })
}
