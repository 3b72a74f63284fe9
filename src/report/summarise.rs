//! From the result of a run to its figures.

use super::measure::{BatchInput, Context, MeasuredRun, RunInput, SparseInput, on_chip};
use super::price::price;
use super::sections::SECTIONS;
use super::summary::{RunHeader, Summary};
use super::tally::{KindTally, Tally};

use super::times::Times;
use crate::hw::CoreKind;
use crate::map::CoreLoad;
use crate::net::graph::Population;
use crate::run::BatchResult;
use crate::stats::Counts;
use crate::units::Tick;

/// The figures of a batch of inferences; of at least one.
pub fn summarise_batch(header: RunHeader, context: Context<'_>, input: BatchInput<'_>) -> Summary {
    let BatchResult { inferences, cores, layers, link_flits, packet_latency, packet_hops, order, .. } = input.result;
    let by_kind: Vec<&[Counts]> = inferences.iter().map(|i| i.by_kind.as_slice()).collect();
    let times = inferences.iter().map(|i| (i.counts, i.ticks)).collect();
    let tally = tally(context, times, &by_kind, (cores, layers));
    let run = MeasuredRun {
        context,
        input: RunInput::Batch(input),
        total: tally.total(),
        packets: (packet_latency, packet_hops),
        order,
        link_flits,
        dropped: inferences.iter().map(|i| i.dropped).collect(),
        lost: inferences.iter().map(|i| i.lost).sum(),
        clipped_conversions: inferences.iter().map(|i| i.conversions.1).sum(),
        overrun_steps: inferences.iter().map(|i| i.overrun_steps).sum(),
        differences: inferences.iter().map(|i| i.spike_difference).sum(),
    };
    summarise(header, &run, tally)
}

/// The figures of a sparse run.
pub fn summarise_sparse(header: RunHeader, context: Context<'_>, input: SparseInput<'_>) -> Summary {
    let result = input.result;
    let mut counts = Counts::default();
    result.cores.iter().for_each(|core| counts.merge(core));
    let run = MeasuredRun {
        context,
        input: RunInput::Sparse(input),
        total: counts,
        packets: (&result.packet_latency, &result.packet_hops),
        order: &result.order,
        link_flits: &result.link_flits,
        dropped: vec![result.dropped],
        lost: result.lost,
        clipped_conversions: result.conversions.1,
        overrun_steps: result.overrun_steps,
        differences: result.spike_difference,
    };
    let by_kind = context.system.by_kind(&result.cores);
    let times = vec![(counts, result.step_ticks.iter().sum())];
    summarise(header, &run, tally(context, times, &[by_kind.as_slice()], (&result.cores, &result.layers)))
}

fn tally(
    context: Context<'_>,
    inferences: Vec<(Counts, Tick)>,
    by_kind: &[&[Counts]],
    (cores, shared): (&[Counts], &[Counts]),
) -> Tally {
    let Context { chip, mapping, .. } = context;
    let kinds = if chip.kinds.differ() { chip.kinds() } else { &[] };
    let kind = |(index, kind): (usize, &CoreKind)| {
        let own = |is_own: bool, counts: &Counts| if is_own { *counts } else { Counts::default() };
        let of_core = |(core, counts): (&CoreLoad, &Counts)| own(chip.kind_at(core.site) == index, counts);
        // All neurons of a population are on cores of one kind.
        let is_there = |population: usize| {
            let found = mapping.cores.iter().find(|core| core.part(population).is_some());
            found.is_some_and(|core| chip.kind_at(core.site) == index)
        };
        let of_cores: Vec<Counts> = mapping.cores.iter().zip(cores).map(of_core).collect();
        let of_layers: Vec<Counts> =
            shared.iter().enumerate().map(|(population, counts)| own(is_there(population), counts)).collect();
        KindTally {
            name: kind.name.clone(),
            inferences: by_kind.iter().map(|kinds| kinds[index]).collect(),
            layers: layers(context, (&of_cores, &of_layers)),
        }
    };
    let kinds = kinds.iter().enumerate().map(kind).collect();
    Tally { tick: chip.tick, inferences, layers: layers(context, (cores, shared)), kinds }
}

fn summarise(header: RunHeader, run: &MeasuredRun<'_>, tally: Tally) -> Summary {
    let Context { chip, calibration, system, .. } = run.context;
    let times = Times::of(calibration, &tally.counted(), system.tiles);
    let mut pricing = price(&tally, &times, (calibration, &chip.calibrations));
    pricing.notes.extend(calibration.elsewhere(chip.clock.mhz));
    pricing.notes.extend(chip.scaling_notes(&calibration.name));
    let mut summary = Summary { header, tally, times, pricing, ..Summary::default() };
    SECTIONS.iter().for_each(|section| (section.measure)(run, &mut summary));
    summary
}

/// Counts of each layer: of its own cores, and its part of those that it shares.
fn layers(context: Context<'_>, (cores, shared): (&[Counts], &[Counts])) -> Vec<Counts> {
    let layer = |(index, _): (usize, &Population)| {
        let cores = context.mapping.cores.iter().zip(cores);
        let mine = cores.filter(|(core, _)| !core.is_shared() && core.part(index).is_some());
        let mine = mine.map(|(_, counts)| counts).chain(shared.get(index));
        mine.fold(Counts::default(), |mut sum, counts| {
            sum.merge(counts);
            sum
        })
    };
    on_chip(context.graph).map(layer).collect()
}
