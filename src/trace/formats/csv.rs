//! Comma-separated values: a row per event, for anything that reads tables. Names that a spreadsheet would take for
//! formulas have an apostrophe before them.

use super::out::{OutFile, at};
use super::row::{COLUMNS, EventRow};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::stats::Op;
use crate::trace::scene::{Scene, exact_ns};
use crate::trace::{Record, Signal, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::Tick;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::Arc;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "csv",
    about: "a row per event, as text",
    signals: Signal::ALL,
    kind: FileKind::Marked { what: "table of a trace", first: b"sample,tick,", holds: b",event," },
    reader: "pandas.read_csv(\"{}\") in Python",
    save_file: None,
    open,
};

struct Csv {
    out: OutFile,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    written: u64,
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let mut out = OutFile::create(opening.path)?;
    let heading = writeln!(out, "sample,tick,time_ns,{}", COLUMNS.join(","));
    heading.map_err(at(out.path()))?;
    Ok(Box::new(Csv { out, scene: opening.scene, wanted: opening.wanted, written: 0 }))
}

impl Sink for Csv {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for record in records.iter().filter(|record| self.wanted.hears(record.kind)) {
            let row = EventRow::of(&self.scene, sample, record);
            write_row(&mut self.out, &row, &self.scene).map_err(at(self.out.path()))?;
            self.written += 1;
        }
        Ok(())
    }

    fn finish(&mut self, _end: Tick) -> Result<(), TraceError> {
        self.out.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.written, "rows")]
    }
}

fn write_row(out: &mut OutFile, row: &EventRow, scene: &Scene) -> io::Result<()> {
    let time = exact_ns(u128::from(row.tick) * u128::from(scene.tick.0));
    write!(out, "{},{},{time},{}", row.sample, row.tick, row.event.name())?;
    cell(out, row.core)?;
    text(out, row.router.map(|router| scene.routers[router as usize].name.as_str()))?;
    text(out, row.port.and_then(|port| port.name(scene)))?;
    cell(out, row.channel)?;
    text(out, row.layer.map(|layer| scene.layers[layer as usize].name.as_str()))?;
    cell(out, row.neuron)?;
    cell(out, row.packet)?;
    cell(out, row.target)?;
    cell(out, row.operation.map(Op::name))?;
    cell(out, row.value)?;
    cell(out, row.membrane)?;
    writeln!(out, ",{}", row.step)
}

fn cell(out: &mut OutFile, value: Option<impl Display>) -> io::Result<()> {
    match value {
        Some(value) => write!(out, ",{value}"),
        None => out.write_all(b","),
    }
}

/// A cell of a name, which may hold anything (RFC 4180), but is no formula.
fn text(out: &mut OutFile, value: Option<&str>) -> io::Result<()> {
    let value = value.map(crate::text::cell);
    match value.as_deref() {
        Some(value) if value.contains([',', '"', '\n', '\r']) => write!(out, ",\"{}\"", value.replace('"', "\"\"")),
        other => cell(out, other),
    }
}
