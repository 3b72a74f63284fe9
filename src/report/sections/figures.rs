//! What an inference takes: energy, time and what is counted, and how many there are in a second.

use super::band::with_band;
use super::energy::{WHILE, power};
use super::section::*;
use crate::report::quantity::Quantity;
use crate::report::table::figures;
use crate::units::Tick;

type CountedFigure = (&'static str, fn(&Counts) -> u64);

const COUNTED: &[CountedFigure] = &[
    ("synaptic_operations", Counts::synapses),
    ("spikes", |c| c.with_kinds(Op::SomaSpike)),
    ("neuron_updates", |c| c.with_kinds(Op::SomaUpdate)),
    ("neuron_accesses", |c| c.with_kinds(Op::SomaAccess)),
    ("packets", |c| c.of(Op::Inject)),
    ("hops", Counts::hops),
];

/// Names of all figures beside the energy, in the order of the report.
fn names() -> Vec<&'static str> {
    ["cycles", "latency_ns"].into_iter().chain(COUNTED.iter().map(|(name, _)| *name)).collect()
}

fn put(s: &Summary, into: &mut JsonObject) {
    let mut per = JsonObject::new();
    let [mean, p50, p99] = s.pricing.energy_pj.all().map(|pj| s.pricing.coverage.total.known(pj));
    per.insert("energy_pj".into(), json!({"mean": mean, "p50": p50, "p99": p99}));
    per.extend(s.per_inference.iter().map(|(name, quantity)| ((*name).to_owned(), quantity.save())));
    per.insert("encoder_macs".into(), json!(s.encoder_macs));
    into.insert("per_inference".into(), Value::Object(per));
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    object.need("per_inference").and_then(|cursor| read(&cursor, s)).is_some()
}

fn read(cursor: &Cursor<'_>, s: &mut Summary) -> Option<()> {
    let object = cursor.object(&[&["energy_pj", "encoder_macs"], &names()[..]].concat())?;
    let energy = object.need("energy_pj").and_then(|cursor| energies(&cursor));
    let others = names().into_iter().map(|name| Some((name, Quantity::load(&object.need(name)?)?)));
    let others: Vec<_> = others.collect();
    s.encoder_macs = u64::load(&object.need("encoder_macs")?)?;
    s.pricing.energy_pj = energy?;
    s.per_inference = others.into_iter().collect::<Option<_>>()?;
    Some(())
}

/// An energy per inference: three numbers, or `null` three times where nothing has a price.
fn energies(cursor: &Cursor<'_>) -> Option<Quantity> {
    let fields = ["mean", "p50", "p99"];
    let object = cursor.object(&fields)?;
    let none = fields.iter().all(|name| object.get(name).is_some_and(|c| c.is_null()));
    if none { Some(Quantity::default()) } else { Quantity::load(cursor) }
}

pub(super) const SECTION: Section = Section {
    measure,
    check,
    show,
    brief,
    ..Section::of(&[
        SectionFields { names: &["per_inference"], put, take },
        fields!(
            network_operations as "network_synaptic_operations" = LeftOut,
            throughput as "throughput_per_second",
            clock,
        ),
    ])
};

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let (chip, tally) = (run.context.chip, &s.tally);
    s.clock = CycleClock { mhz: chip.clock.mhz, reference: chip.clock.reference };
    let (ticks, ns_per_tick) = (tally.distribution(|_, ticks| ticks), chip.tick.ns());
    let times = [
        ("cycles", Quantity::of(&ticks, ns_per_tick * chip.clock.mhz / 1e3)),
        ("latency_ns", Quantity::of(&ticks, ns_per_tick)),
    ];
    let count =
        |(name, value): &CountedFigure| (*name, Quantity::of(&tally.distribution(|counts, _| value(counts)), 1.0));
    s.per_inference = times.into_iter().chain(COUNTED.iter().map(count)).collect();
    s.encoder_macs = run.total.of(Op::EncoderMac) / (tally.inferences.len() as u64).max(1);
    s.throughput.one_at_a_time = 1e9 / tally.latency_ns();
    let RunInput::Batch(input) = run.input else { return };
    let inferences = &input.result.inferences;
    let own: u64 = inferences.iter().map(|i| i.network_operations).sum();
    s.network_operations = Some(own as f64 / tally.samples());
    // Without a barrier an inference begins when the one before is at rest, and loops of a sparse network are no pipeline.
    let is_pipeline = !chip.stepping.is_free() && input.network.layered().is_some();
    let interval: Tick = inferences.iter().map(|i| i.interval).sum();
    s.throughput.pipelined = is_pipeline.then(|| 1e9 * tally.samples() / chip.ns(interval));
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let (total, samples) = (s.tally.total(), s.tally.samples());
    let mean = |name| s.figure(name).map_or(0.0, |quantity| quantity.mean);
    for (name, value) in COUNTED {
        found.same(&format!("per_inference.{name}.mean"), mean(name), value(&total) as f64 / samples);
    }
    found.same("per_inference.latency_ns.mean", mean("latency_ns"), s.tally.latency_ns());
}

fn show(s: &Summary, shown: &mut Shown) {
    let mut rows = vec![energy_row(s, shown.to)];
    for (name, quantity) in &s.per_inference {
        let reference = match *name == "cycles" && s.clock.reference && shown.is_text() {
            true => format!(" (at a reference of {} MHz)", s.clock.mhz),
            false => String::new(),
        };
        rows.push(row(label(name) + &reference, name, quantity));
    }
    let noc = &s.network_on_chip;
    let packets = [
        row("latency of a packet".into(), "latency_ns", &noc.packet_latency_ns),
        row("hops of a packet".into(), "hops", &noc.packet_hops),
    ];
    let columns = vec!["", "mean", "median", "99 %"];
    if shown.is_text() || s.header.dataset.is_some() {
        let rows = rows.into_iter().chain(packets).collect();
        let table = ReportTable { heading: "Per inference", id: "figures", columns, rows, ..ReportTable::default() };
        shown.tables.push(table);
    } else {
        // One run has no spread; its packets have one.
        rows.iter_mut().for_each(|row| row.truncate(2));
        let figures = ReportTable {
            heading: "In the run",
            id: "figures",
            columns: vec!["", "in all"],
            rows,
            ..ReportTable::default()
        };
        let rows = packets.into();
        let packets = ReportTable { heading: "Packets", id: "packets", columns, rows, ..ReportTable::default() };
        shown.tables.extend([figures, packets]);
    }
    // The page of a sparse run has no inferences.
    if shown.is_text() || s.header.dataset.is_some() {
        shown.say(About::Rates, "throughput", rate(s));
    }
    network_operations(s).iter().for_each(|text| shown.remark(About::Networks, "network", text));
}

/// Figures of the brief report.
const BRIEF: [&str; 5] = ["latency_ns", "synaptic_operations", "spikes", "packets", "hops"];

fn brief(s: &Summary, brief: &mut Brief) {
    let mut rows = vec![energy_row(s, To::Text)];
    let known = BRIEF.iter().filter_map(|name| Some((name, s.figure(name)?)));
    rows.extend(known.map(|(name, quantity)| row(label(name), name, &quantity)));
    let mut columns = vec!["per inference", "mean", "median", "99 %"];
    // Of one run or one sample all three are the same.
    if s.samples == 1 {
        columns = vec![if s.totals.is_some() { "in the run" } else { "in the sample" }, ""];
        rows.iter_mut().for_each(|row| row.truncate(2));
    }
    brief.table(BriefPlace::Figures, ReportTable { id: "figures", columns, rows, ..ReportTable::default() });
    let power = if s.pricing.coverage.total == Coverage::Unpriced {
        String::new()
    } else {
        format!("; {}", power(s).trim_end_matches(WHILE))
    };
    brief.line(BriefPlace::Rates, "throughput", rate(s) + &power);
    if let Some((own, more)) = own_operations(s) {
        let why =
            if more.is_some() { "the rest: late spikes, partial sums" } else { "the chip's differ with its spikes" };
        brief.line(BriefPlace::Networks, "network", format!("{} operations of its own; {why}", number(own)));
    }
}

fn rate(s: &Summary) -> String {
    let Throughput { one_at_a_time, pipelined } = s.throughput;
    let pipelined = pipelined.map(|rate| format!(", {} pipelined (estimate)", number(rate)));
    let what = if s.totals.is_some() { "runs/s" } else { "inferences/s" };
    match pipelined {
        Some(pipelined) => format!("{} {what}{pipelined}", number(one_at_a_time)),
        None => format!("{} {what} one at a time", number(one_at_a_time)),
    }
}

fn row(label: String, name: &str, quantity: &Quantity) -> Vec<Cell> {
    let values = quantity.all();
    let cells = figures(name, values).into_iter().zip(values).map(|(text, value)| Cell::exact(text, value));
    std::iter::once(Cell::Word(label)).chain(cells).collect()
}

fn energy_row(s: &Summary, to: To) -> Vec<Cell> {
    let coverage = s.pricing.coverage.total;
    let values = s.pricing.energy_pj.all();
    let ends = s.pricing.band.iter().flat_map(|band| [band.low, band.high]);
    let scale = UnitScale::of(values.into_iter().chain(ends), ENERGY_UNITS);
    let [_, median, most] = values.map(|pj| Cell::priced(scale.text(pj), pj, coverage));
    let mut mean = Cell::priced(with_band(s, scale, values[0]), values[0], coverage);
    let mut name = "energy".to_owned();
    match (coverage, to) {
        (Coverage::Unpriced, To::Text) => mean = Cell::plain(coverage.mark(String::new()) + "  unpriced"),
        (Coverage::Unpriced, To::Page) => name += " (unpriced)",
        _ => {}
    }
    vec![Cell::Word(name), mean, median, most]
}

/// Operations of the network itself, where the chip does others.
fn network_operations(s: &Summary) -> Option<String> {
    let (own, more) = own_operations(s)?;
    let text = format!("{} synaptic operations, in the T steps of each layer; ", number(own));
    Some(match more {
        Some(more) => format!(
            "{text}the chip's other {} are caused by spikes that layers fire after these steps, or by partial sums",
            number(more)
        ),
        None => format!("{text}the chip does another number, because its spikes differ"),
    })
}

/// Operations of the network itself, where the chip does others, and how many more the chip does for the same spikes.
fn own_operations(s: &Summary) -> Option<(f64, Option<f64>)> {
    let chip = s.figure("synaptic_operations")?;
    let own = s.network_operations.filter(|own| *own != chip.mean)?;
    let differs = s.free_running.is_some() || s.devices.as_ref().is_some_and(|devices| !devices.exact);
    Some((own, (chip.mean > own && !differs).then_some(chip.mean - own)))
}
