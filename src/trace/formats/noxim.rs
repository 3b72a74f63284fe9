//! Noxim's traffic table of the packets: `source destination rate`, to put the same load on another simulator's network.
//!
//! A line for each pair of routers between which packets went, with the mean rate over all of the trace. A router is
//! numbered row by row, which is how Noxim numbers the tiles of a mesh; a cycle is a tick.

use super::out::{OutFile, at};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::text::in_line;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Signal, Sink, TraceError, TracedSample};
use crate::units::Tick;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "noxim",
    about: "a traffic table of the packets between routers: Noxim",
    signals: &[Signal::Packets],
    kind: FileKind::Marked {
        what: "traffic table of a trace",
        first: b"% ",
        holds: b"% source destination packets_per_cycle",
    },
    reader: "noxim -traffic table {}",
    save_file: None,
    open,
};

struct Noxim {
    out: OutFile,
    scene: Arc<Scene>,
    /// The router of each neuron's core, or of the host.
    home: Vec<u32>,
    /// Packets by the routers that they went between; as many pairs as there are, however long the run.
    packets: BTreeMap<(u32, u32), u64>,
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let Opening { path, scene, .. } = opening;
    let neurons = scene.layers.last().map_or(0, |layer| (layer.first + layer.count) as usize);
    let mut home = vec![scene.host_router; neurons];
    for core in &scene.cores {
        for part in &core.parts {
            home[part.first as usize..(part.first + part.count) as usize].fill(core.router);
        }
    }
    Ok(Box::new(Noxim { out: OutFile::create(path)?, scene, home, packets: BTreeMap::new() }))
}

impl Sink for Noxim {
    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for record in records.iter().filter(|record| record.kind == Kind::Delivered) {
            let (neuron, core) = self.scene.axon(record.item);
            let pair = (self.home[neuron as usize], self.scene.cores[core as usize].router);
            *self.packets.entry(pair).or_default() += 1;
        }
        Ok(())
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.write(end).map_err(at(self.out.path()))?;
        self.out.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.packets.len() as u64, "pairs of routers"), (self.packets.values().sum(), "packets")]
    }
}

impl Noxim {
    fn write(&mut self, cycles: Tick) -> io::Result<()> {
        let packets: u64 = self.packets.values().sum();
        writeln!(self.out, "% {packets} packets of {} in {cycles} cycles, a tick each", in_line(&self.scene.chip))?;
        writeln!(self.out, "% source destination packets_per_cycle")?;
        for ((from, to), packets) in &self.packets {
            writeln!(self.out, "{from} {to} {}", *packets as f64 / cycles.max(1) as f64)?;
        }
        Ok(())
    }
}
