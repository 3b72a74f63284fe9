//! The ANN of the same shape beside the network that ran.

use super::section::*;
use crate::report::ann::compare;

pub(super) const SECTION: Section = Section { measure, show, ..Section::of(&[fields!(ann)]) };

fn measure(run: &MeasuredRun<'_>, s: &mut Summary) {
    let RunInput::Batch(input) = run.input else { return };
    let Some(network) = input.network.layered() else { return };
    // Of sequences, both networks are compared on one frame.
    let frames = s.frames.as_ref().map_or(s.tally.samples(), |all| all.frames as f64);
    let each = |op: Op| run.total.with_kinds(op) as f64 / frames;
    s.ann = Some(compare(network, each(Op::Synapse), each(Op::SomaAccess), input.ann_costs));
}

fn show(s: &Summary, shown: &mut Shown) {
    let Some(ann) = &s.ann else { return };
    let (macs, first) = (thousands(ann.macs as i64), thousands(ann.first_layer_macs as i64));
    let ratio = format!("{:.3} synaptic operations per MAC", ann.synops_ratio);
    // Where spikes come in, no layer is computed alike by both.
    let of = match ann.first_layer_macs {
        0 => format!(" ({macs} MACs)"),
        _ => format!(", without the first layer ({first} of {macs} MACs, which both networks compute)"),
    };
    let frame = if s.frames.is_some() { ", for one frame" } else { "" };
    shown.say(About::Networks, "against ANN", ratio + &of + frame);
    for limit in &ann.limits {
        let side = if limit.below { "below" } else { "above" };
        shown.say(About::Networks, "", format!("{side} the limit of {}", limit.source));
    }
    shown.say(About::Networks, "", ann.same_silicon.text());
}
