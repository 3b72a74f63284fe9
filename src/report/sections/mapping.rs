//! How the network stands on the chip: what it takes of it, how its neurons stand to the chip's own, and what does not fit.

use super::DOES_NOT_FIT;
use super::section::*;
use crate::hw::{Chip, SynapseArray};
use crate::map::place::Placer;
use crate::map::{CoreLoad, Mapping};
use crate::net::neuron::Settings;
use std::collections::BTreeSet;

struct Uses;

record! {
    struct UseShares {
        mean: f64,
        most: f64,
    }
}

pub(in crate::report) fn utilisation_json(uses: &[Use]) -> Value {
    let entry = |used: &Use| (used.name.to_owned(), UseShares { mean: used.mean, most: used.most }.save());
    Value::Object(uses.iter().map(entry).collect())
}

impl FieldForm<Vec<Use>> for Uses {
    fn put(&self, name: &str, uses: &Vec<Use>, into: &mut JsonObject) {
        into.insert(name.into(), utilisation_json(uses));
    }

    fn take(&self, name: &str, object: &Object<'_>) -> Option<Vec<Use>> {
        let object = object.need(name)?.object(USES)?;
        let present = USES.iter().filter_map(|name| Some((*name, object.get(name)?)));
        let used = |(name, cursor)| UseShares::load(&cursor).map(|UseShares { mean, most }| Use { name, mean, most });
        present.map(used).collect::<Vec<_>>().into_iter().collect()
    }
}

pub(super) const SECTION: Section = Section {
    measure,
    show,
    brief,
    ..Section::of(&[fields!(
        soma = any_text,
        mapping.placer as "placer" = word(Placer::NAMES),
        // Reports of the time before chips were counted are of one.
        mapping.chips as "chips" = AddedLater(some(u32::MAX), 1),
        mapping.cores_used as "cores_used" = some(u32::MAX),
        mapping.cores as "cores" = some(u32::MAX),
        mapping.tiles_used as "tiles_used" = some(u32::MAX),
        mapping.violations as "limit_violations",
        mapping.utilisation as "utilisation" = Uses,
    )])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    s.mapping = occupancy(run.context.chip, run.context.mapping);
    let mut somas: Vec<String> = Vec::new();
    let own = run.context.graph.whole().populations.iter();
    for population in own.filter(|p| p.source.is_none() && p.params.fires()) {
        for statement in soma_statements(run.context.chip, &population.params) {
            if !somas.contains(&statement) {
                somas.push(statement);
            }
        }
    }
    s.soma = somas.join("; ");
}

/// What a chip has of a population's neurons: of settings with one reset the first says it.
fn soma_statements(chip: &Chip, settings: &Settings) -> Vec<String> {
    let resets: BTreeSet<&str> = settings.distinct().iter().map(|params| params.reset.name()).collect();
    let of = |reset: &str| {
        let mut alike = settings.distinct().iter().filter(|params| params.reset.name() == reset);
        let (first, others) = (alike.next()?, alike.count());
        let statement = chip.soma_statement(first);
        Some(if others > 0 { format!("{statement}, in {} settings", others + 1) } else { statement })
    };
    resets.into_iter().filter_map(of).collect()
}

fn show(s: &Summary, shown: &mut Shown) {
    let Occupancy { placer, cores_used, chips, cores, utilisation, violations, .. } = &s.mapping;
    let all = thousands((*cores).into());
    shown.fact(FactPlace::Cores, "cores", format!("{cores_used} of {all}, placed by {placer}"));
    let on = if *chips > 1 { format!(" on {chips} chips") } else { String::new() };
    let used = uses(utilisation.iter());
    shown.say(About::Rates, "cores", format!("{cores_used} of {all}{on}, mean use: {used}"));
    if !s.soma.is_empty() {
        shown.remark(About::Trust, "soma", s.soma.as_str());
    }
    violations.iter().for_each(|violation| shown.remark(About::Trust, DOES_NOT_FIT, violation));
}

fn uses<'u>(uses: impl Iterator<Item = &'u Use>) -> String {
    uses.map(|used| format!("{} {:.0} %", label(used.name), used.mean * 100.0)).collect::<Vec<_>>().join(", ")
}

fn brief(s: &Summary, brief: &mut Brief) {
    let Occupancy { cores_used, cores, tiles_used, chips, utilisation, violations, .. } = &s.mapping;
    let tiles = count(*tiles_used, "tile");
    let on = if *chips > 1 { format!(", of {} chips", thousands((*chips).into())) } else { String::new() };
    // The fullest of their means limits how many neurons a core takes.
    let fullest = utilisation.iter().max_by(|a, b| a.mean.total_cmp(&b.mean));
    let all = thousands((*cores).into());
    let used = format!(
        "{} of {all} on {tiles}{on}; most used: {}",
        thousands((*cores_used).into()),
        uses(fullest.into_iter())
    );
    brief.line(BriefPlace::Cores, "cores", used);
    violations.iter().for_each(|violation| brief.line(BriefPlace::Warnings, DOES_NOT_FIT, violation));
}

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
    let of = |(name, limit, needs): (&'static str, u64, Vec<u64>)| {
        let (sum, most) = (needs.iter().sum::<u64>() as f64, needs.iter().max().copied().unwrap_or(0) as f64);
        Use { name, mean: sum / (needs.len().max(1) as u64 * limit) as f64, most: most / limit as f64 }
    };
    needs(chip, mapping).into_iter().map(of).collect()
}

/// Limits of a core, each with its name and what every core in use takes of it.
pub(in crate::report) fn needs(chip: &Chip, mapping: &Mapping) -> Vec<(&'static str, u64, Vec<u64>)> {
    let limits = &chip.core.limits;
    let measure =
        |name, limit: u64, need: &dyn Fn(&CoreLoad) -> u64| (name, limit, mapping.cores.iter().map(need).collect());
    let mut list = vec![
        measure("neurons", limits.max_neurons.into(), &|core| core.neurons().into()),
        measure("axons_in", limits.max_axons_in.into(), &|core| core.axons_in.into()),
    ];
    if let Some(limit) = limits.max_axons_out {
        list.push(measure("axons_out", limit.into(), &|core| core.axons_out.into()));
    }
    if let Some(settings) = limits.max_neuron_settings {
        let each = [("compartment_settings", settings.compartments, 0), ("threshold_settings", settings.thresholds, 1)];
        for (name, limit, kind) in each {
            list.extend(limit.map(|limit| measure(name, limit.into(), &|core| core.settings[kind].into())));
        }
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
