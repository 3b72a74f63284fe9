//! A trace in memory: the rows of a table's file, in typed columns.

use super::row::EventRow;
use crate::columns::{CodedText, ColumnValues, Columns, NamedColumn, Sparse, UnequalColumns};
use crate::stats::Op;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Sink, TraceError, TracedSample};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Most rows of a trace in memory: some five gigabytes.
pub const MOST_ROWS: usize = 1 << 26;

/// Takes the records of a run as a table.
#[derive(Clone, Debug)]
pub struct TraceTable {
    scene: Arc<Scene>,
    sample: Vec<i32>,
    tick: Vec<i64>,
    event: Vec<i32>,
    core: Sparse<i32>,
    router: Sparse<i32>,
    port: Sparse<i32>,
    channel: Sparse<i32>,
    layer: Sparse<i32>,
    neuron: Sparse<i32>,
    packet: Sparse<i64>,
    target: Sparse<i32>,
    operation: Sparse<i32>,
    value: Sparse<i64>,
    membrane: Sparse<i32>,
    step: Vec<i32>,
    /// Names of ports, by number.
    ports: Vec<String>,
    port_numbers: BTreeMap<String, i32>,
}

fn small(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn large(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl TraceTable {
    /// An empty table for runs of a system.
    pub fn new(scene: Arc<Scene>) -> Self {
        Self {
            scene,
            sample: Vec::new(),
            tick: Vec::new(),
            event: Vec::new(),
            core: Sparse::default(),
            router: Sparse::default(),
            port: Sparse::default(),
            channel: Sparse::default(),
            layer: Sparse::default(),
            neuron: Sparse::default(),
            packet: Sparse::default(),
            target: Sparse::default(),
            operation: Sparse::default(),
            value: Sparse::default(),
            membrane: Sparse::default(),
            step: Vec::new(),
            ports: Vec::new(),
            port_numbers: BTreeMap::new(),
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.tick.len()
    }

    fn push(&mut self, row: &EventRow) {
        let scene = Arc::clone(&self.scene);
        let port = row.port.and_then(|port| port.name(&scene)).map(|name| self.port_number(name));
        self.sample.push(small(row.sample));
        self.tick.push(large(row.tick));
        self.event.push(row.event as i32);
        self.core.push(row.core.map(small));
        self.router.push(row.router.map(small));
        self.port.push(port);
        self.channel.push(row.channel.map(i32::from));
        self.layer.push(row.layer.map(small));
        self.neuron.push(row.neuron.map(small));
        self.packet.push(row.packet.map(large));
        self.target.push(row.target.map(small));
        self.operation.push(row.operation.map(|op| op as i32));
        self.value.push(row.value.map(large));
        self.membrane.push(row.membrane);
        self.step.push(small(row.step));
    }

    fn port_number(&mut self, name: &str) -> i32 {
        if let Some(number) = self.port_numbers.get(name) {
            return *number;
        }
        let number = self.ports.len() as i32;
        self.ports.push(name.to_owned());
        self.port_numbers.insert(name.to_owned(), number);
        number
    }

    /// The table: a row for each event, with the columns of a CSV file of the trace.
    ///
    /// # Errors
    /// None: every event has a value, or the lack of one, in each column.
    pub fn into_columns(self) -> Result<Columns, UnequalColumns> {
        let fs = self.scene.tick.0;
        // As the exact number is nearest to, whatever the length of a tick.
        let time = |tick: &i64| (*tick as u128 * u128::from(fs)) as f64 / 1e6;
        let time_ns: Vec<f64> = self.tick.iter().map(time).collect();
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let words = |words: Vec<String>, numbers: Sparse<i32>| ColumnValues::Coded(CodedText { words, numbers });
        let routers = self.scene.routers.iter().map(|router| router.name.clone()).collect();
        let layers = self.scene.layers.iter().map(|layer| layer.name.clone()).collect();
        let column = |name: &str, values| NamedColumn { name: name.to_owned(), values };
        Columns::of(vec![
            column("sample", ColumnValues::Short(self.sample.into())),
            column("tick", ColumnValues::Whole(self.tick.into())),
            column("time_ns", ColumnValues::Real(time_ns.into())),
            column("event", words(owned(Kind::NAMES), self.event.into())),
            column("core", ColumnValues::Short(self.core)),
            column("router", words(routers, self.router)),
            column("port", words(self.ports, self.port)),
            column("channel", ColumnValues::Short(self.channel)),
            column("layer", words(layers, self.layer)),
            column("neuron", ColumnValues::Short(self.neuron)),
            column("packet", ColumnValues::Whole(self.packet)),
            column("target", ColumnValues::Short(self.target)),
            column("operation", words(owned(Op::NAMES), self.operation)),
            column("value", ColumnValues::Whole(self.value)),
            column("membrane", ColumnValues::Short(self.membrane)),
            column("step", ColumnValues::Short(self.step.into())),
        ])
    }
}

impl Sink for TraceTable {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        if self.rows() + records.len() > MOST_ROWS {
            let what = format!("more than {MOST_ROWS} events; trace fewer signals or samples, or write a file");
            return Err(TraceError::Cannot { path: "a trace in memory".into(), what });
        }
        for record in records {
            let row = EventRow::of(&self.scene, sample, record);
            self.push(&row);
        }
        Ok(())
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.rows() as u64, "rows")]
    }
}
