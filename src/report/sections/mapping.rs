//! How the network stands on the chip: what it takes of it, how its neurons stand to the chip's own, and what does not fit.

use super::DOES_NOT_FIT;
use super::section::*;
use crate::hw::{Chip, CoreKind, CoreSpec, SynapseArray};
use crate::map::place::Placer;
use crate::map::{CoreLoad, Mapping};
use crate::net::neuron::Settings;
use crate::report::area::{Areas, NO_AREA, area as area_in_words};
use crate::report::occupancy::USES;
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
        mapping.chips_used as "chips_used" = LeftOut,
        mapping.cores_used as "cores_used" = some(u32::MAX),
        mapping.cores as "cores" = some(u32::MAX),
        mapping.tiles_used as "tiles_used" = some(u32::MAX),
        mapping.violations as "limit_violations",
        mapping.utilisation as "utilisation" = Uses,
        // Reports of the time before areas were known have none.
        mapping.area as "area_mm2" = AddedLater(or_null(Areas::load), None),
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
    shown.say(About::Rates, "area", s.mapping.area.as_ref().map_or(NO_AREA.to_owned(), |area| area_text(area, s)));
    if let Some(area) = &s.mapping.area {
        let note = area.note.iter().map(|note| format!("; {note}"));
        let text = format!("{}: {}", area.kind.name(), area.source) + &note.collect::<String>();
        shown.remark(About::Trust, "areas", text);
    }
    if !s.soma.is_empty() {
        shown.remark(About::Trust, "soma", s.soma.as_str());
    }
    violations.iter().for_each(|violation| shown.remark(About::Trust, DOES_NOT_FIT, violation));
}

fn area_text(area: &Areas, s: &Summary) -> String {
    area.text(s.mapping.cores_used, s.mapping.chips)
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
    let area = s.mapping.area.as_ref().map_or(String::new(), |of| format!(" ({})", area_in_words(of.used_mm2)));
    let used = format!(
        "{} of {all} on {tiles}{on}{area}; most used: {}",
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
        chips_used: Some(mapping.chips(chip)),
        cores: chip.noc.cores(),
        tiles_used: mapping.tiles(chip),
        area: Areas::of(chip, mapping),
        utilisation: utilisation(chip, mapping),
        violations: mapping.violations.iter().map(ToString::to_string).collect(),
    }
}

fn utilisation(chip: &Chip, mapping: &Mapping) -> Vec<Use> {
    needs(chip, mapping).iter().map(CoreNeeds::share).collect()
}

/// What the cores in use take of one of their limits.
pub(in crate::report) struct CoreNeeds {
    /// The name of the limit.
    pub(in crate::report) name: &'static str,
    /// What each core takes, and its limit; `None` of a core of a kind without such a limit.
    pub(in crate::report) of: Vec<Option<(u64, u64)>>,
}

impl CoreNeeds {
    /// The largest of the limits.
    pub(in crate::report) fn limit(&self) -> u64 {
        self.of.iter().flatten().map(|(_, limit)| *limit).max().unwrap_or(0)
    }

    /// What a core takes, as a share of its limit.
    pub(in crate::report) fn share_of(&self, core: usize) -> f64 {
        self.of[core].map_or(0.0, |(need, limit)| need as f64 / limit as f64)
    }

    fn share(&self) -> Use {
        let add =
            |(needs, limits): (u64, u64), (need, limit): &(u64, u64)| (needs + need, limits.saturating_add(*limit));
        let (needs, limits) = self.of.iter().flatten().fold((0, 0), add);
        let most = (0..self.of.len()).map(|core| self.share_of(core)).fold(0.0, f64::max);
        Use { name: self.name, mean: needs as f64 / limits.max(1) as f64, most }
    }
}

/// What a core takes of a limit, and the limit, where it has one.
type NeedAndLimit = Option<(u64, u64)>;

/// Limits of a core, and what every core in use takes of them.
pub(in crate::report) fn needs(chip: &Chip, mapping: &Mapping) -> Vec<CoreNeeds> {
    let of_cores = |need: &dyn Fn(&CoreLoad, &CoreSpec) -> NeedAndLimit| -> Vec<NeedAndLimit> {
        mapping.cores.iter().map(|load| need(load, chip.core_at(load.site))).collect()
    };
    let all = [
        ("neurons", of_cores(&|load, core| Some((load.neurons().into(), core.limits.max_neurons.into())))),
        ("axons_in", of_cores(&|load, core| Some((load.axons_in.into(), core.limits.max_axons_in.into())))),
        ("axons_out", of_cores(&|load, core| Some((load.axons_out.into(), core.limits.max_axons_out?.into())))),
        ("compartment_settings", of_cores(&|load, core| Some((load.settings[0].into(), settings(core)?.0?.into())))),
        ("threshold_settings", of_cores(&|load, core| Some((load.settings[1].into(), settings(core)?.1?.into())))),
        ("synapse_memory", of_cores(&|load, core| Some((load.memory_bits, memory(core)?)))),
        ("crosspoints", of_cores(&crosspoints)),
    ];
    let is_there = |kind: &CoreKind, name: &str| match name {
        "axons_out" => kind.core.limits.max_axons_out.is_some(),
        "compartment_settings" => settings(&kind.core).is_some_and(|(compartments, _)| compartments.is_some()),
        "threshold_settings" => settings(&kind.core).is_some_and(|(_, thresholds)| thresholds.is_some()),
        "synapse_memory" => memory(&kind.core).is_some(),
        "crosspoints" => memory(&kind.core).is_none(),
        _ => true,
    };
    let needed = |name: &str| chip.kinds().iter().any(|kind| is_there(kind, name));
    all.into_iter().filter(|(name, _)| needed(name)).map(|(name, of)| CoreNeeds { name, of }).collect()
}

/// Most settings of compartments and of thresholds, of cores that limit them.
fn settings(core: &CoreSpec) -> Option<(Option<u32>, Option<u32>)> {
    core.limits.max_neuron_settings.map(|settings| (settings.compartments, settings.thresholds))
}

/// Memory for synapses (bits), of cores with lists of them or with kernels.
fn memory(core: &CoreSpec) -> Option<u64> {
    match &core.synapses {
        SynapseArray::Sram(memory) => Some(memory.bits),
        SynapseArray::SharedKernels(kernels) => Some(kernels.kernel_words * u64::from(core.limits.weight_bits)),
        SynapseArray::DigitalCrossbar | SynapseArray::Crossbar { .. } => None,
    }
}

/// Crosspoints that a core takes, and those that it has.
fn crosspoints(load: &CoreLoad, core: &CoreSpec) -> Option<(u64, u64)> {
    match &core.synapses {
        SynapseArray::DigitalCrossbar => {
            let limits = &core.limits;
            Some((load.synapses, u64::from(limits.max_axons_in) * u64::from(limits.max_neurons)))
        }
        SynapseArray::Crossbar { rows, columns, devices, .. } => {
            let each = devices.as_ref().map_or(1, |devices| u64::from(devices.columns_per_neuron()));
            Some((load.synapses * each, u64::from(*rows) * u64::from(*columns)))
        }
        SynapseArray::Sram(_) | SynapseArray::SharedKernels(_) => None,
    }
}
