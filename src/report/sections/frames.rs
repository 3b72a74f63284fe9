//! What a run of sequences takes for one frame, and what was read out after each.

use super::section::*;
use crate::net::input::Readout;
use crate::report::quantity::Quantity;
use crate::stats::Distribution;

pub(super) const SECTION: Section =
    Section { measure, check, show, brief, ..Section::of(&[SectionFields { names: &["frames"], put, take }]) };

const FIELDS: [&str; 7] = ["readout", "frames", "longest", "per_frame", "latency_ns", "accuracy", "reference_accuracy"];
/// Figures of one frame.
const EACH: [&str; 4] = ["energy_pj", "synaptic_operations", "spikes", "encoder_macs"];

/// The figures of one frame, which follow from those of a sequence: energy, as far as it has a price, and counts.
fn each(s: &Summary, frames: u64) -> [Option<f64>; 4] {
    let (total, share) = (s.tally.total(), s.tally.samples() / frames as f64);
    let energy = s.pricing.coverage.total.known(s.pricing.energy_pj.mean * share);
    let counts = [total.synapses(), total.with_kinds(Op::SomaSpike), total.of(Op::EncoderMac)];
    let [synapses, spikes, macs] = counts.map(|count| Some(count as f64 / frames as f64));
    [energy, synapses, spikes, macs]
}

fn put(s: &Summary, into: &mut JsonObject) {
    let Some(all) = &s.frames else { return };
    let FrameFigures { readout, frames, longest, latency_ns, accuracy, reference_accuracy } = all;
    let each: JsonObject =
        EACH.iter().zip(each(s, *frames)).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    into.insert(
        "frames".into(),
        json!({
            "readout": readout.name(), "frames": frames, "longest": longest, "per_frame": each,
            "latency_ns": latency_ns.save(), "accuracy": accuracy, "reference_accuracy": reference_accuracy,
        }),
    );
}

fn take(object: &Object<'_>, s: &mut Summary) -> bool {
    let Some(cursor) = object.get("frames") else { return true };
    read(&cursor).map(|found| s.frames = Some(found)).is_some()
}

fn read(cursor: &Cursor<'_>) -> Option<FrameFigures> {
    let object = cursor.object(&FIELDS)?;
    let readout = object.need("readout").and_then(|c| c.choice(Readout::NAMES)).map(|at| Readout::ALL[at]);
    let frames = object.need("frames").and_then(|c| c.whole(1..=MOST));
    let longest = object.need("longest").and_then(|c| c.whole(1..=MOST));
    let latency = Option::<Quantity>::load(&object.need("latency_ns")?);
    let accuracy = |name| object.need(name).and_then(|c| or_null(share)(&c));
    let (accuracy, reference_accuracy) = (accuracy("accuracy"), accuracy("reference_accuracy"));
    let found = FrameFigures {
        readout: readout?,
        frames: frames?,
        longest: longest?,
        latency_ns: latency?,
        accuracy: accuracy?,
        reference_accuracy: reference_accuracy?,
    };
    let reads = found.readout != Readout::End;
    if [found.latency_ns.is_some(), found.accuracy.is_some(), found.reference_accuracy.is_some()] != [reads; 3] {
        object.problem(
            "latency_ns, accuracy and reference_accuracy are those of outputs that are read after every frame",
        );
        return None;
    }
    Some(found)
}

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Batch(input) = run.input else { return };
    let Some(readout) = input.network.layered().and_then(|network| network.frames.readout()) else { return };
    let inferences = &input.result.inferences;
    let counts = || inferences.iter().map(|inference| u64::from(inference.frame_count));
    let read = || inferences.iter().flat_map(|inference| &inference.frames);
    let mut latency = Distribution::default();
    read().for_each(|frame| latency.record(frame.ticks));
    let reads = readout != Readout::End;
    let share = |right: &dyn Fn(&crate::run::FrameOutcome) -> bool| {
        reads.then(|| read().filter(|frame| right(frame)).count() as f64 / read().count().max(1) as f64)
    };
    s.frames = Some(FrameFigures {
        readout,
        frames: counts().sum(),
        longest: counts().max().unwrap_or(1),
        latency_ns: reads.then(|| Quantity::of(&latency, run.context.chip.tick.ns())),
        accuracy: share(&|frame| frame.class == frame.label),
        reference_accuracy: share(&|frame| frame.reference == frame.label),
    });
}

fn check(s: &Summary, found: &SavedReport<'_>) {
    let Some(all) = &s.frames else { return };
    let most = all.longest.saturating_mul(s.samples);
    if all.frames < s.samples || all.frames > most || all.longest > all.frames {
        let message = format!("found {} of {} sequences of at most {}", all.frames, s.samples, all.longest);
        found.problem("frames.frames", message);
    }
    let fields = found.root.get("frames").and_then(|c| c.object(&FIELDS)?.need("per_frame")?.object(&EACH));
    let Some(fields) = fields else { return };
    for (name, expected) in EACH.iter().zip(each(s, all.frames)) {
        let Some(cursor) = fields.need(name) else { continue };
        match (cursor.is_null(), expected) {
            (true, None) => {}
            (true, Some(_)) => found.has_price(&cursor, s.pricing.coverage.total),
            (false, expected) => {
                if let Some(value) = f64::load(&cursor) {
                    found.same(&format!("frames.per_frame.{name}"), value, expected.unwrap_or(0.0));
                }
            }
        }
    }
}

fn mean(all: &FrameFigures, s: &Summary) -> String {
    format!("{} of {} time steps, {} in a sequence on average", thousands(all.frames as i64), s.time_steps, {
        number(all.frames as f64 / s.samples as f64)
    })
}

fn accuracies(all: &FrameFigures) -> Option<String> {
    let percent = |share: f64| format!("{:.2} %", 100.0 * share);
    let (chip, reference) = (all.accuracy?, all.reference_accuracy?);
    Some(format!("{} (reference {})", percent(chip), percent(reference)))
}

fn show(s: &Summary, shown: &mut Shown) {
    let Some(all) = &s.frames else { return };
    shown.line(Head::Outcome, format!("frames: {}", mean(all, s)));
    shown.fact(FactPlace::Outcome, "frames", mean(all, s));
    if let Some(text) = accuracies(all) {
        shown.line(Head::Outcome, format!("accuracy after each frame {text}"));
        shown.fact(FactPlace::Outcome, "accuracy after each frame", text);
    }
    let [energy_pj, ..] = each(s, all.frames);
    let [_, synapses, spikes, macs] = each(s, all.frames).map(Option::unwrap_or_default);
    let cost = energy_pj.map(|pj| format!("{}, ", s.pricing.coverage.total.mark(energy(pj)))).unwrap_or_default();
    let encoder = if macs > 0.0 { format!(", {} MACs of the encoding layer", number(macs)) } else { String::new() };
    let text = format!("{cost}{} synaptic operations, {} spikes{encoder}", number(synapses), number(spikes));
    shown.say(About::Rates, "per frame", text);
    if let Some(latency) = all.latency_ns {
        let [mean, median, most] = latency.all().map(time);
        let text = format!("{mean} from a frame's drive to its read-out (median {median}, 99 % {most})");
        shown.say(About::Rates, "frame latency", text);
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let Some(all) = &s.frames else { return };
    let after = accuracies(all).map_or(String::new(), |text| format!("; accuracy after each {text}"));
    brief.line(BriefPlace::Outcome, "frames", mean(all, s) + &after);
}
