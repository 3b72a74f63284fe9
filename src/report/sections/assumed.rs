//! What the run assumes for want of a published figure.

use super::section::*;
use crate::hw::{ConstantKind, SynapseArray};
use crate::report::measure::Context;

pub(super) const SECTION: Section = Section {
    measure,
    show,
    brief,
    ..Section::of(&[fields!(untimed = list(0..=LONGEST, word(Op::NAMES)), estimates)])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    s.untimed = untimed(run);
    s.estimates = estimates(run);
}

fn brief(s: &Summary, brief: &mut Brief) {
    untimed_text(s).into_iter().for_each(|text| brief.line(BriefPlace::Timed, "untimed", text));
}

fn untimed_text(s: &Summary) -> Option<String> {
    let names = s.untimed.iter().map(|name| label(name)).collect::<Vec<_>>().join(", ");
    (!names.is_empty()).then(|| format!("{names}: no published time, taken as 0"))
}

fn show(s: &Summary, shown: &mut Shown) {
    untimed_text(s).into_iter().for_each(|text| shown.remark(About::Trust, "untimed", text));
    s.estimates.iter().for_each(|estimate| shown.remark(About::Trust, "assumed", estimate));
}

/// Stages that worked and whose time is not published.
fn untimed(run: &MeasuredRun<'_>) -> Vec<&'static str> {
    let Context { chip, calibration, mapping, .. } = run.context;
    let mut kinds: Vec<usize> = mapping.cores.iter().map(|core| chip.kind_at(core.site)).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_read = |kind: usize| matches!(chip.kinds()[kind].core.synapses, SynapseArray::Crossbar { .. });
    let works = |kind: usize, op: Op| match op {
        Op::ArrayRead | Op::ColumnConversion => is_read(kind),
        op if op.general().unwrap_or(op) == Op::Synapse => !is_read(kind),
        _ => true,
    };
    let arrays = [Op::ArrayRead, Op::ColumnConversion, Op::Synapse];
    let others = [Op::AxonIn, Op::SomaAccess, Op::SomaUpdate, Op::SomaSpike, Op::AxonOut];
    let all = arrays.iter().chain(&others).flat_map(|op| std::iter::once(op).chain(op.kinds())).copied();
    let missing = |op: &Op| {
        let on = |kind: &usize| works(*kind, *op) && calibration.cost_on(*kind, *op).latency.is_none();
        run.total.of(*op) > 0 && kinds.iter().any(on)
    };
    all.filter(missing).map(Op::name).collect()
}

/// Assumptions of the chip file.
fn estimates(run: &MeasuredRun<'_>) -> Vec<String> {
    let (chip, calibration) = (run.context.chip, run.context.calibration);
    let assumed = Op::ALL.iter().filter_map(|op| {
        let cost = calibration.cost(*op);
        let kind = cost.latency_kind.or(cost.kind);
        let ticks = cost.latency.filter(|_| kind == Some(ConstantKind::Assumed) && run.total.of(*op) > 0)?;
        Some(format!("{} {} ns", op.name(), chip.ns(ticks.into())))
    });
    let times: Vec<String> = assumed.collect();
    let line = (!times.is_empty()).then(|| format!("times without a published figure: {}", times.join(", ")));
    chip.estimates.iter().cloned().chain(line).collect()
}
