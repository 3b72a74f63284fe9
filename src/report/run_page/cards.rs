//! The key figures of a run, first on its page.

use crate::report::Summary;
use crate::report::area::area;
use crate::report::energy::{Coverage, EnergyUnit};
use crate::report::quantity::Quantity;
use crate::report::sections::band::{self, with_band};
use crate::report::sections::quality::ALL_EQUAL;
use crate::report::sections::rest;
use crate::report::table::{ENERGY_UNITS, UnitScale, count, energy, label, number, thousands, time};
use crate::stats::Op;
use maud::{Markup, html};

struct Card {
    name: String,
    value: String,
    more: Vec<Markup>,
}

impl Card {
    fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: value.into(), more: Vec::new() }
    }

    fn with(mut self, text: impl Into<String>) -> Self {
        let text: String = text.into();
        self.more.push(html! { (text) });
        self
    }
}

pub(super) fn cards(summary: &Summary) -> Markup {
    let all = [
        Some(quality(summary)),
        Some(energies(summary)),
        at_rest(summary),
        latency(summary),
        operations(summary),
        packets(summary),
        Some(cores(summary)),
        throughput(summary),
        power(summary),
        against(summary),
    ];
    html! {
        div.cards {
            @for card in all.into_iter().flatten() {
                div.card {
                    span.name { (card.name) }
                    span.value { (card.value) }
                    @for more in &card.more { span.more { (more) } }
                }
            }
        }
    }
}

fn is_sparse(summary: &Summary) -> bool {
    summary.header.dataset.is_none()
}

fn quality(summary: &Summary) -> Card {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let samples = count(summary.samples, "sample");
    let mut card = match (summary.accuracy, summary.reconstruction) {
        (Some(share), _) => Card::new("accuracy", percent(share)).with(samples),
        (_, Some(found)) => {
            let psnr = found.psnr_db.map_or("no error".into(), |db| format!("{db:.2} dB"));
            let mae = found.mae.map_or(String::new(), |mae| format!(", MAE {mae:.5}"));
            Card::new("reconstruction (PSNR)", psnr).with(format!("{samples}, MSE {:.5}{mae}", found.mse))
        }
        _ => {
            let equal = if summary.mismatched_samples == 0 { "equal" } else { "different" };
            let steps = format!("{} time steps, run once", thousands(summary.time_steps.into()));
            Card::new("chip and reference", equal).with(steps)
        }
    };
    let (accuracy, reference) = (summary.accuracy, summary.reference_accuracy);
    if let Some(reference) = reference.filter(|reference| accuracy != Some(*reference)) {
        card = card.with(format!("integer reference: {}", percent(reference)));
    }
    card.more.push(match summary.mismatched_samples {
        0 => html! { span.good { (ALL_EQUAL) } },
        _ if is_sparse(summary) => html! { strong.flag { "differs from the integer reference" } },
        n => html! { strong.flag { (thousands(n as i64)) " samples differ from the integer reference" } },
    });
    card
}

/// What a figure per inference is of.
fn per(summary: &Summary) -> &'static str {
    if is_sparse(summary) { "of the run" } else { "per inference" }
}

fn spread(summary: &Summary, quantity: Quantity, write: fn(f64) -> String) -> Option<String> {
    let several = summary.samples > 1;
    several.then(|| format!("median {}, 99 % {}", write(quantity.p50), write(quantity.p99)))
}

fn energies(summary: &Summary) -> Card {
    let pricing = &summary.pricing;
    let coverage = pricing.coverage.total;
    let ends = pricing.band.iter().flat_map(|band| [band.low, band.high]);
    let scale = UnitScale::of(ends.chain([pricing.energy_pj.mean]), ENERGY_UNITS);
    let value = with_band(summary, scale, pricing.energy_pj.mean);
    let card = Card::new(format!("energy {}", per(summary)), coverage.mark(value));
    let spread = spread(summary, pricing.energy_pj, energy).filter(|_| coverage != Coverage::Unpriced);
    let card = spread.into_iter().fold(card, Card::with);
    let card = card.with(covers(summary));
    let card = card.with(format!("constants: {}", pricing.calibration.0));
    band::text(summary).map(|text| format!("band: {text}")).into_iter().fold(card, Card::with)
}

/// Power at rest over the same time: each measurement on its own, none of them added to the energy.
fn at_rest(summary: &Summary) -> Option<Card> {
    let first = summary.at_rest.iter().find(|one| !one.in_energy)?;
    let card = Card::new(format!("at rest {}", per(summary)), energy(first.energy_pj));
    Some(rest::lines(summary).into_iter().fold(card, Card::with))
}

/// What an energy is of, and what it leaves out.
fn covers(summary: &Summary) -> String {
    let whole = &summary.pricing.covers;
    let of_the_cores = |op: &&Op| EnergyUnit::of(**op).is_of_the_cores();
    let missing: Vec<Op> = summary.pricing.unpriced.iter().filter_map(|term| term.op()).collect();
    let missing: Vec<String> = missing.iter().filter(of_the_cores).map(|op| label(op.name())).collect();
    let left_out = match &missing[..] {
        [first, second, third, _, more @ ..] => {
            format!("{first}, {second}, {third} and {} more", more.len() + 1)
        }
        some => some.join(", "),
    };
    match summary.pricing.coverage.total {
        Coverage::Complete => format!("covers {}", whole.text()),
        Coverage::Partial => format!("covers {}; a lower bound: without {left_out}", whole.text()),
        Coverage::Unpriced => "nothing that was counted has a published price".into(),
    }
}

fn latency(summary: &Summary) -> Option<Card> {
    let figure = summary.figure("latency_ns")?;
    let card = Card::new(format!("latency {}", per(summary)), time(figure.mean));
    let card = spread(summary, figure, time).into_iter().fold(card, Card::with);
    let steps = summary.steps_per_inference;
    let each = time(figure.mean / f64::from(steps.max(1)));
    let timing = if summary.header.timing == "ideal" { ", without contention in the network" } else { "" };
    Some(card.with(format!("{} time steps of {each} on average{timing}", thousands(steps.into()))))
}

fn operations(summary: &Summary) -> Option<Card> {
    let figure = summary.figure("synaptic_operations")?;
    let card = Card::new("synaptic operations", number(figure.mean));
    let card = spread(summary, figure, number).into_iter().fold(card, Card::with);
    let spikes = summary.figure("spikes").map(|spikes| format!("{} spikes {}", number(spikes.mean), per(summary)));
    Some(spikes.into_iter().fold(card, Card::with))
}

fn packets(summary: &Summary) -> Option<Card> {
    let (packets, noc) = (summary.figure("packets")?, &summary.network_on_chip);
    let card = Card::new("packets", number(packets.mean));
    let hops = summary.figure("hops").map_or(0.0, |hops| hops.mean);
    let card = card.with(format!("{} hops, {} for a packet", number(hops), number(noc.packet_hops.mean)));
    let latency = noc.packet_latency_ns;
    let card = card.with(format!("in the network for {} (99 %: {})", time(latency.mean), time(latency.p99)));
    let link = noc.worst_link.as_ref();
    let link = link.map(|link| format!("busiest link {}: {} flits", link.link, number(link.flits)));
    Some(link.into_iter().fold(card, Card::with))
}

fn cores(summary: &Summary) -> Card {
    let used = &summary.mapping;
    let card =
        Card::new("cores used", format!("{} of {}", thousands(used.cores_used.into()), thousands(used.cores.into())));
    let tiles =
        if used.tiles_used == 1 { "1 tile".into() } else { format!("{} tiles", thousands(used.tiles_used.into())) };
    let chips = if used.chips > 1 { format!(", {} chips", used.chips) } else { String::new() };
    let fullest = used.utilisation.iter().max_by(|a, b| a.most.total_cmp(&b.most));
    let card = card.with(format!("{tiles}{chips}, placed by {}", used.placer));
    let fullest = fullest.map(|most| format!("fullest core: {:.0} % of its {}", 100.0 * most.most, label(most.name)));
    let areas = used.area.iter().map(|found| {
        let all = if used.chips > 1 { "the chips" } else { "the chip" };
        format!("{} of {} of {all}", area(found.used_mm2), area(found.chip_mm2))
    });
    fullest.into_iter().chain(areas).fold(card, Card::with)
}

fn throughput(summary: &Summary) -> Option<Card> {
    if is_sparse(summary) {
        return None;
    }
    let rate = &summary.throughput;
    let card = Card::new("throughput", format!("{} /s", number(rate.one_at_a_time))).with("inferences one at a time");
    let pipelined = rate.pipelined.map(|rate| format!("{} /s pipelined (estimate)", number(rate)));
    Some(pipelined.into_iter().fold(card, Card::with))
}

fn power(summary: &Summary) -> Option<Card> {
    let pricing = &summary.pricing;
    if pricing.coverage.total == Coverage::Unpriced {
        return None;
    }
    let value = pricing.coverage.total.mark(format!("{} mW", number(pricing.average_power_mw)));
    let card = Card::new("power", value).with("while it runs: energy by latency");
    let (low, high) = pricing.range_pj;
    let range = (low != high).then(|| format!("energy {} to {} with published ranges", energy(low), energy(high)));
    Some(range.into_iter().fold(card, Card::with))
}

/// The ANN of the same shape.
fn against(summary: &Summary) -> Option<Card> {
    let ann = summary.ann.as_ref()?;
    let card = Card::new("operations of the ANN of this shape", format!("{} MAC", thousands(ann.macs as i64)));
    let card = card.with(format!("{:.3} synaptic operations per MAC", ann.synops_ratio));
    let same = &ann.same_silicon;
    Some(card.with(format!("on the same silicon: SNN {}, ANN {}", energy(same.snn_pj), energy(same.ann_pj))))
}
