//! What of a chip a network takes, and what does not fit.

use super::{About, DOES_NOT_FIT, Fact, Place, Remark, Summary, To};
use crate::hw::{Chip, SynapseArray};
use crate::json::Cursor;
use crate::map::{CoreLoad, Mapping, place};
use crate::report::measure::Run;
use crate::report::saved::{self, Form, Later, Record, Word, fields};
use crate::report::table::{label, thousands};
use serde_json::{Value, json};

/// Names of the limits whose use is told.
const USES: &[&str] = &["neurons", "axons_in", "axons_out", "synapse_memory", "crosspoints"];

/// Use of a limit over the cores in use.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Use {
    /// Name of the limit.
    pub name: &'static str,
    /// Mean over the cores in use, as a share of the limit.
    pub mean: f64,
    /// The fullest core's, as a share of the limit.
    pub most: f64,
}

/// What of a chip is in use, and what does not fit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Occupancy {
    /// Placer name.
    pub placer: &'static str,
    /// Cores in use.
    pub cores_used: u32,
    /// Chips of the file.
    pub chips: u32,
    /// Cores of all of them.
    pub cores: u32,
    /// Tiles in use.
    pub tiles_used: u32,
    /// Use of limits.
    pub utilisation: Vec<Use>,
    /// Broken limits, as sentences.
    pub violations: Vec<String>,
}

/// Uses by the names of the limits.
pub(in crate::report) struct Uses;

/// What is told of a limit.
#[derive(Default)]
struct Shares {
    mean: f64,
    most: f64,
}

impl Record for Shares {
    fields!(Shares { mean, most });
}

impl Form<Vec<Use>> for Uses {
    fn save(&self, uses: &Vec<Use>) -> Value {
        let entry = |u: &Use| (u.name.to_owned(), json!({"mean": u.mean, "most": u.most}));
        Value::Object(uses.iter().map(entry).collect())
    }

    fn load(&self, cursor: &Cursor<'_>) -> Option<Vec<Use>> {
        let object = cursor.object(USES)?;
        let present = USES.iter().filter_map(|name| Some((*name, object.get(name)?)));
        let uses = present.map(|(name, cursor)| {
            let Shares { mean, most } = saved::Saved::load(&cursor)?;
            Some(Use { name, mean, most })
        });
        uses.collect::<Vec<_>>().into_iter().collect()
    }
}

const SOME: std::ops::RangeInclusive<u32> = 1..=u32::MAX;

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary {
        mapping.placer as "placer" = Word(place::NAMES),
        // Reports of the time before chips were counted are of one.
        mapping.chips as "chips" = Later(SOME, 1),
        mapping.cores_used as "cores_used" = SOME,
        mapping.cores as "cores" = SOME,
        mapping.tiles_used as "tiles_used" = SOME,
        mapping.violations as "limit_violations",
        mapping.utilisation as "utilisation" = Uses,
    });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        s.mapping = occupancy(run.context.chip, run.context.mapping);
    }

    fn facts(s: &Summary) -> Vec<Fact> {
        let Occupancy { cores_used, cores, placer, .. } = &s.mapping;
        let text = format!("{cores_used} of {}, placed by {placer}", thousands((*cores).into()));
        vec![(Place::Cores, "cores", text)]
    }

    fn remarks(s: &Summary, to: To) -> Vec<Remark> {
        let m = &s.mapping;
        let used = m.utilisation.iter().map(|u| format!("{} {:.0} %", label(u.name), u.mean * 100.0));
        let used = used.collect::<Vec<_>>().join(", ");
        let chips = if m.chips > 1 { format!(" on {} chips", m.chips) } else { String::new() };
        let cores = format!("{} of {}{chips}, mean use: {used}", m.cores_used, m.cores);
        let cores = (to == To::Text).then(|| Remark::new(About::Rates, "cores", cores));
        let violations = m.violations.iter().map(|violation| Remark::new(About::Trust, DOES_NOT_FIT, violation));
        cores.into_iter().chain(violations).collect()
    }
}

/// What of a chip a mapping uses.
pub(in crate::report) fn occupancy(chip: &Chip, mapping: &Mapping) -> Occupancy {
    Occupancy {
        placer: mapping.placer.name(),
        cores_used: mapping.cores.len() as u32,
        chips: chip.chips(),
        cores: chip.noc.cores(),
        tiles_used: mapping.tiles(chip),
        utilisation: utilisation(chip, mapping),
        violations: mapping.violations.iter().map(ToString::to_string).collect(),
    }
}

fn utilisation(chip: &Chip, mapping: &Mapping) -> Vec<Use> {
    let limits = &chip.core.limits;
    let measure = |name, limit: u64, need: &dyn Fn(&CoreLoad) -> u64| {
        let needs: Vec<u64> = mapping.cores.iter().map(need).collect();
        let (sum, most) = (needs.iter().sum::<u64>() as f64, needs.iter().max().copied().unwrap_or(0) as f64);
        Use { name, mean: sum / (needs.len().max(1) as u64 * limit) as f64, most: most / limit as f64 }
    };
    let mut list = vec![
        measure("neurons", limits.max_neurons.into(), &|core| core.neurons.len() as u64),
        measure("axons_in", limits.max_axons_in.into(), &|core| core.axons_in.into()),
    ];
    if let Some(limit) = limits.max_axons_out {
        list.push(measure("axons_out", limit.into(), &|core| core.axons_out.into()));
    }
    list.push(match &chip.core.synapses {
        SynapseArray::Sram(memory) => measure("synapse_memory", memory.bits, &|core| core.memory_bits),
        SynapseArray::DigitalCrossbar => {
            let places = u64::from(limits.max_axons_in) * u64::from(limits.max_neurons);
            measure("crosspoints", places, &|core| core.synapses)
        }
        SynapseArray::Crossbar { rows, columns, devices, .. } => {
            let each = devices.as_ref().map_or(1, |devices| u64::from(devices.columns_per_neuron()));
            measure("crosspoints", u64::from(*rows) * u64::from(*columns), &|core| core.synapses * each)
        }
    });
    list
}
