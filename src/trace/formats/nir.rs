//! Spikes as NIRData, an HDF5 file: recorded events of every layer, for the tools that speak NIR.
//!
//! A node of the graph is a layer. Its observable `spikes` has a row per sample: which neuron fired, and when (s); rows are
//! filled up with -1 and infinity, as NIR has it. Arrays are written whole, so there is a most that is kept.

use super::names::TakenNames;
use super::out::{OutFile, at};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Signal, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::Tick;
use hdf5_pure::{AttrValue, FileBuilder, FinishedGroup, GroupBuilder};
use std::io::Write;
use std::sync::Arc;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "nir",
    about: "spikes by layer, as NIRData (HDF5): NIR's tools",
    signals: &[Signal::Spikes],
    kind: FileKind::Marked { what: "NIRData of a trace", first: b"\x89HDF", holds: b"NIRGraphData" },
    reader: "nir.read_data(\"{}\") in Python",
    save_file: None,
    open,
};

/// Most spikes of a file, padding included: 256 MiB.
const MOST: usize = 1 << 24;
/// Compression: little, as times hardly repeat.
const DEFLATE: u32 = 1;

struct Nir {
    out: OutFile,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    /// By layer and sample: (neuron of the layer, tick from the beginning of the sample).
    spikes: Vec<Vec<Vec<(u32, Tick)>>>,
    kept: usize,
    longest: Tick,
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let Opening { path, scene, wanted, .. } = opening;
    let spikes = vec![Vec::new(); scene.layers.len()];
    Ok(Box::new(Nir { out: OutFile::create(path)?, scene, wanted, spikes, kept: 0, longest: 0 }))
}

impl Sink for Nir {
    fn begin(&mut self, _sample: &TracedSample) -> Result<(), TraceError> {
        self.spikes.iter_mut().for_each(|layer| layer.push(Vec::new()));
        Ok(())
    }

    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for record in records.iter().filter(|record| record.kind == Kind::Spike) {
            let (layer, neuron) = self.scene.layer_of(record.item);
            if let Some(row) = self.spikes[layer as usize].last_mut() {
                row.push((neuron, record.tick));
                self.kept += 1;
            }
        }
        self.check(self.kept)
    }

    fn end(&mut self, _sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        self.longest = self.longest.max(at);
        Ok(())
    }

    fn finish(&mut self, _end: Tick) -> Result<(), TraceError> {
        let padded = self.spikes.iter().map(|rows| rows.len() * width(rows)).sum();
        self.check(padded)?;
        let cannot =
            |what: hdf5_pure::Error| TraceError::Cannot { path: self.out.path().into(), what: what.to_string() };
        let bytes = self.build().finish().map_err(cannot)?;
        self.out.write_all(&bytes).map_err(at(self.out.path()))?;
        self.out.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.spikes.len() as u64, "layers"), (self.kept as u64, "spikes")]
    }
}

fn width(rows: &[Vec<(u32, Tick)>]) -> usize {
    rows.iter().map(Vec::len).max().unwrap_or(0)
}

fn kind(name: &str) -> AttrValue {
    AttrValue::VarLenString(name.into())
}

impl Nir {
    fn check(&self, spikes: usize) -> Result<(), TraceError> {
        if spikes <= MOST {
            return Ok(());
        }
        let what = format!(
            "NIRData has its arrays whole: found {spikes} places for spikes, allowed {MOST}; trace fewer layers, cores, \
             samples or less time, or use another format"
        );
        Err(TraceError::Cannot { path: self.out.path().into(), what })
    }

    fn seconds(&self, tick: Tick) -> f64 {
        tick as f64 * self.scene.tick.0 as f64 / 1e15
    }

    fn build(&self) -> FileBuilder {
        let mut file = FileBuilder::new();
        file.set_attr("__type__", kind("NIRGraphData"));
        let mut nodes = file.create_group("nodes");
        // A name is one step of a path, and "." and ".." are none.
        let step = |name: &str| match name {
            "" | "." | ".." => name.replace('.', "_") + "_",
            name => name.replace(['/', '\0'], "_"),
        };
        let layers: Vec<&str> = self.scene.layers.iter().map(|layer| layer.name.as_str()).collect();
        let names = TakenNames::default().spell(&layers, step);
        for (number, name) in names.iter().enumerate() {
            if self.is_wanted(number) {
                let mut node = nodes.create_group(name);
                node.set_attr("__type__", kind("NIRNodeData"));
                let mut observables = node.create_group("observables");
                let spikes = self.events(observables.create_group("spikes"), number);
                observables.add_group(spikes);
                node.add_group(observables.finish());
                nodes.add_group(node.finish());
            }
        }
        file.add_group(nodes.finish());
        file
    }

    fn is_wanted(&self, number: usize) -> bool {
        let layer = &self.scene.layers[number];
        let on_cores = self.scene.is_on_cores(layer);
        let mut cores = (0..).zip(&self.scene.cores).filter(|(_, core)| core.holds(number as u32));
        match on_cores {
            true => cores.any(|(core, _)| self.wanted.has_node(self.scene.node_of_core(core))),
            false => self.wanted.has_node(self.scene.node_of_core(self.scene.cores.len() as u32)),
        }
    }

    fn events(&self, mut group: GroupBuilder, layer: usize) -> FinishedGroup {
        let rows = &self.spikes[layer];
        let (samples, width) = (rows.len(), width(rows));
        let (mut idx, mut time) = (vec![-1i64; samples * width], vec![f64::INFINITY; samples * width]);
        for (sample, row) in rows.iter().enumerate() {
            for (event, (neuron, tick)) in row.iter().enumerate() {
                (idx[sample * width + event], time[sample * width + event]) = (i64::from(*neuron), self.seconds(*tick));
            }
        }
        let shape = [samples as u64, width as u64];
        let chunk = [1, shape[1].clamp(1, 1 << 16)];
        // There are no chunks of nothing.
        let compressed = samples * width > 0;
        let dataset = group.create_dataset("idx").with_i64_data(&idx).with_shape(&shape);
        if compressed {
            dataset.with_chunks(&chunk).with_deflate(DEFLATE);
        }
        let dataset = group.create_dataset("time").with_f64_data(&time).with_shape(&shape);
        if compressed {
            dataset.with_chunks(&chunk).with_deflate(DEFLATE);
        }
        group.set_attr("__type__", kind("EventData"));
        group.set_attr("n_neurons", AttrValue::I64(self.scene.layers[layer].count.into()));
        group.set_attr("t_max", AttrValue::F64(self.seconds(self.longest)));
        group.finish()
    }
}
