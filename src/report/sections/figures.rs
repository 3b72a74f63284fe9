//! What an inference takes: energy, time and what is counted.

use super::table::exact;
use super::{About, Cell, Remark, Saved, Summary, Table, To};
use crate::json::{Cursor, Object};
use crate::report::energy::Coverage;
use crate::report::measure::{Input, Run};
use crate::report::quantity::Quantity;
use crate::report::saved::{self, Fields, Form, LeftOut, Record, Usual, fields};
use crate::report::table::{figure, label, number};
use crate::stats::{Counts, Op};
use serde_json::{Value, json};

/// A figure of an inference, from its counts.
type Figure = (&'static str, fn(&Counts) -> u64);

/// Figures that are counts, by name.
const COUNTED: &[Figure] = &[
    ("synaptic_operations", |c| c.of(Op::Synapse)),
    ("spikes", |c| c.of(Op::SomaSpike)),
    ("neuron_updates", |c| c.of(Op::SomaUpdate)),
    ("neuron_accesses", |c| c.of(Op::SomaAccess)),
    ("packets", |c| c.of(Op::Inject)),
    ("hops", Counts::hops),
];

/// Names of all figures beside the energy, in the order of the report.
fn names() -> Vec<&'static str> {
    ["cycles", "latency_ns"].into_iter().chain(COUNTED.iter().map(|(name, _)| *name)).collect()
}

/// The clock of the cycles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// Its frequency (MHz).
    pub mhz: f64,
    /// Whether it is only a reference.
    pub reference: bool,
}

impl Record for Clock {
    fields!(Clock { mhz, reference });
}

/// The figures per inference as the report has them, the energy among them.
struct PerInference;

impl PerInference {
    fn put(s: &Summary) -> Value {
        let mut per = Fields::new();
        let [mean, p50, p99] = s.pricing.energy_pj.all().map(|pj| s.pricing.coverage.total.known(pj));
        per.insert("energy_pj".into(), json!({"mean": mean, "p50": p50, "p99": p99}));
        per.extend(s.per_inference.iter().map(|(name, q)| ((*name).to_owned(), saved::Saved::save(q))));
        per.insert("encoder_macs".into(), json!(s.encoder_macs));
        Value::Object(per)
    }

    fn take(cursor: &Cursor<'_>, s: &mut Summary) -> Option<()> {
        let object = cursor.object(&[&["energy_pj", "encoder_macs"], &names()[..]].concat())?;
        let energy = object.need("energy_pj").and_then(|cursor| energies(&cursor));
        let read = |name| Some((name, Form::<Quantity>::take(&Usual, name, &object)?));
        let others: Vec<_> = names().into_iter().map(read).collect();
        s.encoder_macs = Usual.take("encoder_macs", &object)?;
        s.pricing.energy_pj = energy?;
        s.per_inference = others.into_iter().collect::<Option<_>>()?;
        Some(())
    }
}

/// An energy per inference: three numbers, or `null` three times where nothing has a price.
fn energies(cursor: &Cursor<'_>) -> Option<Quantity> {
    let fields = ["mean", "p50", "p99"];
    let object = cursor.object(&fields)?;
    let none = fields.iter().all(|name| object.get(name).is_some_and(|c| c.is_null()));
    if none { Some(Quantity::default()) } else { saved::Saved::load(cursor) }
}

pub(super) struct Section;

/// What stands for itself.
struct Others;

impl Others {
    fields!(Summary { network_operations as "network_synaptic_operations" = LeftOut, clock });
}

impl super::Section for Section {
    fn names(into: &mut Vec<&'static str>) {
        into.push("per_inference");
        Others::names(into);
    }

    fn put(s: &Summary, into: &mut Fields) {
        into.insert("per_inference".into(), PerInference::put(s));
        Others::put(s, into);
    }

    fn take(object: &Object<'_>, s: &mut Summary) -> bool {
        let figures = object.need("per_inference").and_then(|cursor| PerInference::take(&cursor, s));
        Others::take(object, s) && figures.is_some()
    }

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let (chip, tally) = (run.context.chip, &s.tally);
        s.clock = Clock { mhz: chip.clock.mhz, reference: chip.clock.reference };
        let (ticks, ns_per_tick) = (tally.distribution(|_, ticks| ticks), chip.tick.ns());
        let times = [
            ("cycles", Quantity::of(&ticks, ns_per_tick * chip.clock.mhz / 1e3)),
            ("latency_ns", Quantity::of(&ticks, ns_per_tick)),
        ];
        let count = |(name, value): &Figure| (*name, Quantity::of(&tally.distribution(|counts, _| value(counts)), 1.0));
        s.per_inference = times.into_iter().chain(COUNTED.iter().map(count)).collect();
        s.encoder_macs = run.total.of(Op::EncoderMac) / (tally.inferences.len() as u64).max(1);
        if let Input::Batch(input) = run.input {
            let own: u64 = input.result.inferences.iter().map(|i| i.network_operations).sum();
            s.network_operations = Some(own as f64 / tally.samples());
        }
    }

    fn check(s: &Summary, saved: &Saved<'_>) {
        let (total, samples) = (s.tally.total(), s.tally.samples());
        let found = |name| s.figure(name).map_or(0.0, |quantity| quantity.mean);
        for (name, value) in COUNTED {
            saved.same(&format!("per_inference.{name}.mean"), found(name), value(&total) as f64 / samples);
        }
        saved.same("per_inference.latency_ns.mean", found("latency_ns"), s.tally.latency_ns());
    }

    fn table(s: &Summary, to: To) -> Option<Table> {
        let mut rows = vec![energy(s, to)];
        rows.extend(s.per_inference.iter().map(|(name, quantity)| {
            let reference = match *name == "cycles" && s.clock.reference && to == To::Text {
                true => format!(" (at a reference of {} MHz)", s.clock.mhz),
                false => String::new(),
            };
            row(label(name) + &reference, name, quantity)
        }));
        if to == To::Text {
            rows.push(row("latency of a packet".into(), "latency_ns", &s.network_on_chip.packet_latency_ns));
            rows.push(row("hops of a packet".into(), "hops", &s.network_on_chip.packet_hops));
        }
        let in_the_run = to == To::Page && s.header.dataset.is_none();
        Some(Table {
            heading: if in_the_run { "In the run" } else { "Per inference" },
            id: "figures",
            columns: vec!["", "mean", "median", "99 %"],
            rows,
            instead: None,
        })
    }

    fn remarks(s: &Summary, _: To) -> Vec<Remark> {
        network_operations(s).map(|text| Remark::new(About::Networks, "network", text)).into_iter().collect()
    }
}

fn row(label: String, name: &str, quantity: &Quantity) -> Vec<Cell> {
    let figures = quantity.all().map(|value| Cell::exact(figure(name, value), value));
    std::iter::once(Cell::Word(label)).chain(figures).collect()
}

/// The energy, as far as it has a price.
fn energy(s: &Summary, to: To) -> Vec<Cell> {
    let coverage = s.pricing.coverage.total;
    let of = |pj| (coverage.mark(figure("energy_pj", pj)), coverage.known(exact(pj)));
    let [(mut mean, mean_pj), median, most] = s.pricing.energy_pj.all().map(of);
    let mut name = "energy".to_owned();
    if coverage == Coverage::Unpriced {
        match to {
            To::Text => mean += "  unpriced",
            To::Page => name += " (unpriced)",
        }
    }
    let figures = [(mean, mean_pj), median, most].map(|(text, exact)| Cell::Figure(text, exact));
    std::iter::once(Cell::Word(name)).chain(figures).collect()
}

/// What the network itself needs, where the chip does something else.
fn network_operations(s: &Summary) -> Option<String> {
    let chip = s.figure("synaptic_operations")?;
    let own = s.network_operations.filter(|own| *own != chip.mean)?;
    let text = format!("{} synaptic operations, in the T steps of each layer; ", number(own));
    let differs = s.free_running.is_some() || s.devices.as_ref().is_some_and(|devices| !devices.exact);
    Some(match chip.mean > own && !differs {
        true => format!(
            "{text}the chip's other {} are of spikes that layers fire after them, or of partial sums",
            number(chip.mean - own)
        ),
        false => format!("{text}the chip does another number, because its spikes are others"),
    })
}
