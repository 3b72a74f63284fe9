//! What a run was asked to be, and what its reader should know.

use super::{Fact, Head, Place, Summary};
use crate::net::graph::Graph;
use crate::net::reference;
use crate::report::mapping::mixed_signs;
use crate::report::measure::{Input, Run};
use crate::report::origin::Origin;
use crate::report::saved::{Later, Usual, Word, fields};

/// What a run was asked to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Network name.
    pub network: String,
    /// Data set name; `None` for a sparse network.
    pub dataset: Option<String>,
    /// Seed.
    pub seed: u64,
    /// `event` or `ideal`.
    pub timing: &'static str,
    /// Worker threads.
    pub threads: usize,
    /// Wall time (s).
    pub wall_seconds: f64,
    /// What the reader should know, such as that the network was quantised anew.
    pub notes: Vec<String>,
    /// Files that stood for what the program does not carry.
    pub origins: Vec<Origin>,
    /// Citations of network, data and rule: (what, text). In a saved report they are among its sources.
    pub sources: Vec<(String, String)>,
}

pub(super) struct Section;

impl super::Section for Section {
    fields!(Summary {
        header.network as "network",
        header.dataset as "dataset",
        header.seed as "seed" = 0..=u64::MAX,
        header.timing as "timing" = Word(&["event", "ideal"]),
        header.threads as "threads" = 1usize..=1 << 20,
        header.wall_seconds as "wall_seconds",
        header.notes as "notes",
        header.origins as "origins" = Later(Usual, Vec::new()),
    });

    fn measure(run: &Run<'_>, s: &mut Summary) {
        let graph = run.context.graph;
        s.header.notes.extend(splits(graph));
        s.header.notes.extend(mixed_signs(graph));
        if run.context.chip.stepping.is_free() {
            let note = "timing acts on function on this chip: spikes act when they arrive, so that results may differ from \
                        the integer reference, which knows time steps only";
            s.header.notes.push(note.into());
        }
        if let Input::Sparse(input) = run.input {
            s.header.notes.extend(wide_sums(input.result.wide_sums));
        }
    }

    fn lines(s: &Summary) -> Vec<(Head, String)> {
        let data = s.header.dataset.as_deref().map_or(String::new(), |d| format!(" · {d}"));
        let (network, timing, constants) = (&s.header.network, s.header.timing, &s.pricing.calibration.0);
        let title = format!("{network} on {}{data} · {timing} timing · {constants}", s.chip);
        let origins = s.header.origins.iter().map(|origin| (Head::Origin, origin.to_string()));
        origins.chain([(Head::Title, title)]).collect()
    }

    fn facts(s: &Summary) -> Vec<Fact> {
        let timing = (Place::Timing, "timing", s.header.timing.to_owned());
        let origin = |origin: &Origin| (Place::Origin, "not built in", origin.to_string());
        std::iter::once(timing).chain(s.header.origins.iter().map(origin)).collect()
    }

    fn notes(s: &Summary) -> Vec<String> {
        s.header.notes.clone()
    }
}

/// Says of split neurons what they add to the figures.
fn splits(graph: &Graph) -> Option<String> {
    let whole = graph.whole.as_deref()?;
    let added = graph.neurons() - whole.neurons();
    let later = match graph.put_off() {
        0 => String::new(),
        1 => "; an inference takes a step more".into(),
        steps => format!("; an inference takes {steps} steps more"),
    };
    Some(format!(
        "neurons have more inputs than a core takes, and are split: {added} neurons were added for partial sums, and \
         what these send counts as spikes, packets and operations{later}"
    ))
}

/// Says how often a sum was wider than a program takes that is said to follow the chip.
fn wide_sums(times: u64) -> Option<String> {
    let bits = reference::SUM_BITS;
    (times > 0).then(|| {
        format!(
            "a sum of the weights of one step left {bits} bits {times} times: Nengo-Loihi's emulator wraps there, Lava and \
             Brian2Loihi do not, and neither does this model"
        )
    })
}
