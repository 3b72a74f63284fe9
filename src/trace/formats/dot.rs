//! The component graph as DOT, with what crossed each link: for Graphviz.

use super::out::{OutFile, at};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::trace::scene::{Scene, SceneWire};
use crate::trace::{Kind, Record, Signal, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::Tick;
use std::io::{self, Write};
use std::sync::Arc;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "dot",
    about: "the component graph with the flits over each link: Graphviz",
    signals: &[Signal::Packets, Signal::Hops],
    kind: FileKind::Marked {
        what: "graph of a trace",
        first: b"digraph ",
        holds: b"  node [fontname=\"sans-serif\", fontsize=10];",
    },
    reader: "dot -Tsvg -O {}",
    save_file: None,
    open,
};

struct Dot {
    out: OutFile,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    flits: Vec<u64>,
    /// Packets sent, by core, and last by the host.
    sent: Vec<u64>,
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let Opening { path, scene, wanted, .. } = opening;
    let (flits, sent) = (vec![0; scene.links.len()], vec![0; scene.cores.len() + 1]);
    Ok(Box::new(Dot { out: OutFile::create(path)?, scene, wanted, flits, sent }))
}

impl Sink for Dot {
    fn take(&mut self, _sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        let (routers, ports) = (self.scene.routers.len(), usize::from(self.scene.ports));
        for record in records.iter().filter(|record| self.wanted.hears(record.kind)) {
            let node = record.node as usize;
            match record.kind {
                Kind::Hop => self.flits[node * ports + usize::from(record.port)] += 1,
                Kind::Sent => self.sent[node - routers] += 1,
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(&mut self, _end: Tick) -> Result<(), TraceError> {
        self.write().map_err(at(self.out.path()))?;
        self.out.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.scene.components.len() as u64, "components"), (self.scene.wires.len() as u64, "connections")]
    }
}

fn style(kind: &str) -> &'static str {
    match kind {
        "router" => "shape=circle",
        "core" => "shape=box, style=filled, fillcolor=\"#dce9f7\"",
        "crossbar" => "shape=box, style=filled, fillcolor=\"#f7e6dc\"",
        _ => "shape=ellipse, style=dashed",
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

impl Dot {
    fn write(&mut self) -> io::Result<()> {
        let scene = Arc::clone(&self.scene);
        writeln!(self.out, "digraph {} {{", quoted(&scene.chip))?;
        writeln!(self.out, "  node [fontname=\"sans-serif\", fontsize=10];")?;
        for (number, part) in scene.components.iter().enumerate() {
            let (name, style) = (quoted(&part.name), style(part.kind));
            writeln!(self.out, "  n{number} [label={name}, class={}, {style}];", quoted(part.kind))?;
        }
        for (from, to, wire) in &scene.wires {
            let label = self.label(wire);
            writeln!(self.out, "  n{from} -> n{to} [{label}];")?;
        }
        writeln!(self.out, "}}")
    }

    /// Label of an edge: latency and flits of a link. Links without flits are pale.
    fn label(&self, wire: &SceneWire) -> String {
        let SceneWire::Link { op, latency, from: (node, port) } = wire else {
            return "style=dotted, class=\"control\"".into();
        };
        let (node, routers) = (*node as usize, self.scene.routers.len());
        let (unit, crossed) = match node.checked_sub(routers) {
            Some(core) => ("packets", self.sent[core]),
            None => ("flits", self.flits[node * usize::from(self.scene.ports) + usize::from(*port)]),
        };
        let about = format!("class={}, latency_ticks={latency}", quoted(op.name()));
        match crossed {
            0 => format!("{about}, color=\"#cccccc\""),
            _ => format!("{about}, {unit}={crossed}, label=\"{crossed}\""),
        }
    }
}
