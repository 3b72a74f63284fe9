//! What a run was asked to be, on which chip, and what its reader should know.

use super::section::*;
use crate::net::graph::Graph;
use crate::net::reference;

pub(super) const SECTION: Section = Section {
    measure,
    show,
    brief,
    ..Section::of(&[fields!(
        chip,
        header.network as "network",
        header.dataset as "dataset",
        header.dataset_part as "dataset_part" = AddedLater(or_null(any_text), None),
        header.seed as "seed" = whole(0..=u64::MAX),
        header.timing as "timing" = word(&["event", "ideal"]),
        header.threads as "threads" = |c: &Cursor<'_>| some(1 << 20)(c).map(|threads| threads as usize),
        header.wall_seconds as "wall_seconds",
        header.host as "host" = LeftOut,
        header.made_by as "made_by" = LeftOut,
        header.digests as "digests" = AddedLater(Vec::load, Vec::new()),
        header.notes as "notes",
        header.origins as "origins" = AddedLater(Vec::load, Vec::new()),
        structure as "chip_digest" = HexDigest,
    )])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let (chip, graph) = (run.context.chip, run.context.graph);
    s.chip.clone_from(&chip.name);
    s.structure = chip.structure;
    let free = "timing changes results on this chip: spikes act when they arrive, so results may differ from the integer \
                reference, which has time steps only";
    let wide = match run.input {
        RunInput::Batch(input) => saturations(input.result.inferences.iter().filter(|one| one.saturated).count()),
        RunInput::Sparse(input) => wide_sums(input.result.wide_sums),
    };
    let free = chip.stepping.is_free().then(|| free.to_owned());
    s.header.notes.extend([splits(graph), mixed_signs(graph), free, wide].into_iter().flatten());
}

fn show(s: &Summary, shown: &mut Shown) {
    let RunHeader { network, dataset, timing, notes, origins, .. } = &s.header;
    let data = dataset.as_deref().map_or(String::new(), |d| format!(" · {d}"));
    let constants = &s.pricing.calibration.0;
    shown.line(Head::Title, format!("{network} on {}{data} · {timing} timing · {constants}", s.chip));
    shown.fact(FactPlace::Timing, "timing", *timing);
    for origin in origins {
        shown.line(Head::Origin, origin.to_string());
        shown.fact(FactPlace::Origin, "not built in", origin.to_string());
    }
    shown.notes.extend_from_slice(notes);
}

fn brief(s: &Summary, brief: &mut Brief) {
    let RunHeader { network, dataset, dataset_part, timing, .. } = &s.header;
    let steps = match dataset {
        Some(_) => format!("T = {}, {} on the chip", s.time_steps, count(s.steps_per_inference, "step")),
        None => count(s.time_steps, "step"),
    };
    let timing = if *timing == "event" { String::new() } else { format!(" · {timing} timing") };
    brief.title(format!("{network} on {} · {steps}{timing}", s.chip));
    if let Some(dataset) = dataset {
        let part = dataset_part.as_ref().map_or(String::new(), |part| format!(": {part}"));
        brief.line(BriefPlace::Data, "data", format!("{} of {dataset}{part}", count(s.samples, "sample")));
    }
}

/// Note on what split neurons add to the figures.
fn splits(graph: &Graph) -> Option<String> {
    let whole = graph.whole.as_deref()?;
    if graph.copy_of.is_some() {
        return Some(copies(graph));
    }
    let added = graph.neurons() - whole.neurons();
    let later = match graph.put_off() {
        0 => String::new(),
        1 => "; an inference takes one more step".into(),
        steps => format!("; an inference takes {steps} more steps"),
    };
    Some(format!(
        "neurons with more inputs than a core accepts are split: {added} neurons were added for partial sums, whose \
         output counts as spikes, packets and operations{later}"
    ))
}

/// Note on copied neurons and inputs.
fn copies(graph: &Graph) -> String {
    let inputs = |graph: &Graph| graph.inputs().iter().map(|(_, count)| *count).sum::<u32>();
    let (now, before) = (inputs(graph), inputs(graph.whole()));
    let pairs = (now > before)
        .then(|| format!("the spikes of {before} inputs come in on {now} axons, one for each sign of the weights"));
    let copies = (graph.copies() > 0).then(|| {
        format!(
            "neurons that reach more axons than one of the chip can are copied: {} neurons were added, which count as \
             neurons, spikes and operations like the others",
            graph.copies()
        )
    });
    copies.into_iter().chain(pairs).collect::<Vec<_>>().join("; ")
}

/// Note on sums that are wider than in an emulator of the chip.
fn wide_sums(times: u64) -> Option<String> {
    let bits = reference::SUM_BITS;
    (times > 0).then(|| {
        format!(
            "a sum of the weights of one step left {bits} bits {times} times: Nengo-Loihi's emulator wraps there, Lava and \
             Brian2Loihi do not, and neither does this model"
        )
    })
}

/// Note on samples in which membranes of a sparse network saturate.
fn saturations(samples: usize) -> Option<String> {
    (samples > 0).then(|| {
        format!("membranes or currents leave their range and saturate in {samples} samples; wider membranes have room")
    })
}

/// Note on weights that Loihi holds in two synapse formats, one of which is not counted.
pub(in crate::report) fn mixed_signs(graph: &Graph) -> Option<String> {
    let mixed = graph.whole().mixed_signs();
    let (first, odd) = (mixed.first()?, mixed.iter().map(|pair| pair.odd).sum::<u64>());
    let others = match mixed.len() - 1 {
        0 => String::new(),
        1 => " and one other pair of populations".into(),
        others => format!(" and {others} other pairs of populations"),
    };
    Some(format!(
        "{odd} odd weights share a projection with weights of the other sign (from {} to {}{others}): Loihi's synapse format \
         for both signs has even weights only, so the chip needs a format for each sign there, which is not counted",
        first.from, first.to
    ))
}
