//! Parquet: a row per event, in columns, for pandas, DuckDB and the like.

use super::out::{OutFile, in_units};
use super::row::{EventRow, RowPort};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::stats::Op;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Signal, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::Tick;
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::{ParquetError, Result as Written};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "parquet",
    about: "a row per event, in columns: pandas, DuckDB",
    signals: Signal::ALL,
    kind: FileKind::Marked { what: "Parquet file of a trace", first: b"PAR1", holds: b"spikemesh " },
    reader: "pandas.read_parquet(\"{}\") in Python",
    save_file: None,
    open,
};

const GROUP: usize = 1 << 17;

/// Columns: name, what is stored, and whether it is a text or without sign, whether it may be empty.
const COLUMNS: [(&str, Physical, Meaning, Repetition); 16] = [
    ("sample", Physical::INT32, Meaning::Unsigned(32), Repetition::REQUIRED),
    ("tick", Physical::INT64, Meaning::Unsigned(64), Repetition::REQUIRED),
    ("time_fs", Physical::INT64, Meaning::Unsigned(64), Repetition::REQUIRED),
    ("event", Physical::BYTE_ARRAY, Meaning::Text, Repetition::REQUIRED),
    ("core", Physical::INT32, Meaning::Unsigned(32), Repetition::OPTIONAL),
    ("router", Physical::BYTE_ARRAY, Meaning::Text, Repetition::OPTIONAL),
    ("port", Physical::BYTE_ARRAY, Meaning::Text, Repetition::OPTIONAL),
    ("channel", Physical::INT32, Meaning::Unsigned(8), Repetition::OPTIONAL),
    ("layer", Physical::BYTE_ARRAY, Meaning::Text, Repetition::OPTIONAL),
    ("neuron", Physical::INT32, Meaning::Unsigned(32), Repetition::OPTIONAL),
    ("packet", Physical::INT64, Meaning::Unsigned(64), Repetition::OPTIONAL),
    ("target", Physical::INT32, Meaning::Unsigned(32), Repetition::OPTIONAL),
    ("operation", Physical::BYTE_ARRAY, Meaning::Text, Repetition::OPTIONAL),
    ("value", Physical::INT64, Meaning::Unsigned(64), Repetition::OPTIONAL),
    ("membrane", Physical::INT32, Meaning::Signed, Repetition::OPTIONAL),
    ("step", Physical::INT32, Meaning::Unsigned(32), Repetition::REQUIRED),
];

#[derive(Clone, Copy)]
enum Meaning {
    Text,
    Unsigned(i8),
    Signed,
}

struct Parquet {
    file: Option<SerializedFileWriter<OutFile>>,
    path: String,
    names: ColumnNames,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    rows: Vec<EventRow>,
    held: Vec<i16>,
    written: u64,
}

struct ColumnNames {
    events: Vec<ByteArray>,
    operations: Vec<ByteArray>,
    routers: Vec<ByteArray>,
    layers: Vec<ByteArray>,
    outputs: Vec<ByteArray>,
    inputs: Vec<ByteArray>,
}

impl ColumnNames {
    fn of(scene: &Scene) -> Self {
        let all = |names: &[&'static str]| names.iter().map(|name| ByteArray::from(*name)).collect();
        let outputs = scene.links.iter().map(|link| link.as_ref().map_or("", |link| link.name.as_str()).into());
        Self {
            events: all(Kind::NAMES),
            operations: all(Op::NAMES),
            routers: scene.routers.iter().map(|router| router.name.as_str().into()).collect(),
            layers: scene.layers.iter().map(|layer| layer.name.as_str().into()).collect(),
            outputs: outputs.collect(),
            inputs: scene.inputs.iter().map(|input| input.as_deref().unwrap_or("").into()).collect(),
        }
    }

    fn port(&self, port: RowPort, ports: u8) -> ByteArray {
        let at = |router: u32, port: u8| router as usize * usize::from(ports) + usize::from(port);
        match port {
            RowPort::Input(router, port) => self.inputs[at(router, port)].clone(),
            RowPort::Output(router, port) => self.outputs[at(router, port)].clone(),
        }
    }
}

fn schema() -> Written<TypePtr> {
    let column = |(name, physical, meaning, repetition): &(&str, Physical, Meaning, Repetition)| {
        let logical = match meaning {
            Meaning::Text => Some(LogicalType::String),
            Meaning::Unsigned(bit_width) => Some(LogicalType::integer(*bit_width, false)),
            Meaning::Signed => None,
        };
        let builder = Type::primitive_type_builder(name, *physical).with_repetition(*repetition);
        builder.with_logical_type(logical).build().map(Arc::new)
    };
    let fields = COLUMNS.iter().map(column).collect::<Written<Vec<_>>>()?;
    Type::group_type_builder("event").with_fields(fields).build().map(Arc::new)
}

fn properties(scene: &Scene) -> WriterPropertiesPtr {
    let about = [("chip", scene.chip.clone()), ("tick_fs", scene.tick.0.to_string())];
    let about = about.into_iter().map(|(key, value)| KeyValue::new(key.to_owned(), value)).collect();
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_created_by(concat!("spikemesh ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(about));
    // Numbers that hardly ever come again.
    for column in ["tick", "time_fs", "packet"] {
        properties = properties
            .set_column_dictionary_enabled(column.into(), false)
            .set_column_encoding(column.into(), Encoding::DELTA_BINARY_PACKED);
    }
    Arc::new(properties.build())
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let Opening { path, scene, wanted, .. } = opening;
    let out = OutFile::create(path)?;
    let path = out.path().to_owned();
    let file = schema().and_then(|schema| SerializedFileWriter::new(out, schema, properties(&scene)));
    let file = file.map_err(|error| told(&path, error))?;
    let names = ColumnNames::of(&scene);
    Ok(Box::new(Parquet {
        file: Some(file),
        path,
        names,
        scene,
        wanted,
        rows: Vec::new(),
        held: Vec::new(),
        written: 0,
    }))
}

/// The error of a file; that of the system, where it is one, is told by its name.
fn told(path: &str, error: ParquetError) -> TraceError {
    let path = path.to_owned();
    match error {
        ParquetError::External(inner) => match inner.downcast::<std::io::Error>() {
            Ok(error) => TraceError::Io { path, error: *error },
            Err(other) => TraceError::Cannot { path, what: other.to_string() },
        },
        other => TraceError::Cannot { path, what: other.to_string() },
    }
}

impl Sink for Parquet {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        if let Some(last) = records.last() {
            in_units(&self.path, last.tick, self.scene.tick.0)?;
        }
        for record in records {
            if !self.wanted.hears(record.kind) {
                continue;
            }
            self.rows.push(EventRow::of(&self.scene, sample, record));
            self.written += 1;
            if self.rows.len() == GROUP {
                self.write_group()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, _end: Tick) -> Result<(), TraceError> {
        self.write_group()?;
        let Some(file) = self.file.take() else { return Ok(()) };
        // This writes the end of the file too.
        file.into_inner().map_err(|error| told(&self.path, error))?.keep()
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.written, "rows")]
    }
}

impl Parquet {
    fn write_group(&mut self) -> Result<(), TraceError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        let columns = ColumnWriter { rows: &self.rows, names: &self.names, scene: &self.scene, held: &mut self.held };
        let written = file.next_row_group().and_then(|mut group| {
            columns.write(&mut group)?;
            group.close().map(drop)
        });
        written.map_err(|error| told(&self.path, error))?;
        self.rows.clear();
        Ok(())
    }
}

struct ColumnWriter<'a> {
    rows: &'a [EventRow],
    names: &'a ColumnNames,
    scene: &'a Scene,
    held: &'a mut Vec<i16>,
}

impl ColumnWriter<'_> {
    fn write(mut self, group: &mut SerializedRowGroupWriter<'_, OutFile>) -> Written<()> {
        let (names, scene) = (self.names, self.scene);
        self.all::<Int32Type>(group, |row| row.sample as i32)?;
        self.all::<Int64Type>(group, |row| row.tick as i64)?;
        self.all::<Int64Type>(group, |row| scene.fs(row.tick) as i64)?;
        self.all::<ByteArrayType>(group, |row| names.events[row.event as usize].clone())?;
        self.some::<Int32Type>(group, |row| row.core.map(|core| core as i32))?;
        self.some::<ByteArrayType>(group, |row| row.router.map(|router| names.routers[router as usize].clone()))?;
        self.some::<ByteArrayType>(group, |row| row.port.map(|port| names.port(port, scene.ports)))?;
        self.some::<Int32Type>(group, |row| row.channel.map(i32::from))?;
        self.some::<ByteArrayType>(group, |row| row.layer.map(|layer| names.layers[layer as usize].clone()))?;
        self.some::<Int32Type>(group, |row| row.neuron.map(|neuron| neuron as i32))?;
        self.some::<Int64Type>(group, |row| row.packet.map(|packet| packet as i64))?;
        self.some::<Int32Type>(group, |row| row.target.map(|core| core as i32))?;
        self.some::<ByteArrayType>(group, |row| row.operation.map(|op| names.operations[op as usize].clone()))?;
        self.some::<Int64Type>(group, |row| row.value.map(|value| value as i64))?;
        self.some::<Int32Type>(group, |row| row.membrane)?;
        self.all::<Int32Type>(group, |row| row.step as i32)?;
        Ok(())
    }

    /// The next column, of which every row has a value.
    fn all<T: DataType>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, OutFile>,
        value: impl Fn(&EventRow) -> T::T,
    ) -> Written<()> {
        let values: Vec<T::T> = self.rows.iter().map(value).collect();
        put::<T>(group, &values, None)
    }

    /// The next column, of which some rows have a value.
    fn some<T: DataType>(
        &mut self,
        group: &mut SerializedRowGroupWriter<'_, OutFile>,
        value: impl Fn(&EventRow) -> Option<T::T>,
    ) -> Written<()> {
        self.held.clear();
        let mut values: Vec<T::T> = Vec::new();
        for row in self.rows {
            let found = value(row);
            self.held.push(i16::from(found.is_some()));
            values.extend(found);
        }
        put::<T>(group, &values, Some(self.held))
    }
}

fn put<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, OutFile>,
    values: &[T::T],
    held: Option<&[i16]>,
) -> Written<()> {
    let missing = || ParquetError::General("there are fewer columns than values".into());
    let mut column = group.next_column()?.ok_or_else(missing)?;
    column.typed::<T>().write_batch(values, held, None)?;
    column.close()
}
