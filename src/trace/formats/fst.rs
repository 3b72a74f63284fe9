//! FST: the waveforms of VCD, compressed, for GTKWave and Surfer.

use super::out::{OutFile, at};
use super::vcd::unit_of;
use super::waves::{SAVE_FILE, VarShape, Wave, Waves};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::trace::{Signal, Sink, TraceError};
use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType, FstVarDirection,
    FstVarType, FstWriteError,
};
use std::fmt::Display;
use std::io::Write;

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "fst",
    about: "waveforms, compressed: GTKWave, Surfer",
    signals: Signal::ALL,
    kind: FileKind::Marked { what: "FST file of a trace", first: b"\0", holds: b"spikemesh " },
    reader: "gtkwave {}",
    save_file: Some(SAVE_FILE),
    open,
};

/// Bytes of changes that are held before they are written.
const HELD: usize = 1 << 22;
/// Times between two looks at how many bytes are held.
const LOOK: u32 = 1 << 10;

struct Fst {
    path: String,
    head: Option<FstHeaderWriter<OutFile>>,
    body: Option<FstBodyWriter<OutFile>>,
    vars: Vec<(FstSignalId, VarShape)>,
    times: u32,
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    // The head is written again at the end.
    let out = OutFile::seekable(opening.path)?;
    let path = out.path().to_owned();
    let (digits, units) = unit_of(opening.scene.tick);
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: digits as i8 - 15,
        version: concat!("spikemesh ", env!("CARGO_PKG_VERSION")).into(),
        date: String::new(),
        file_type: FstFileType::Verilog,
    };
    let head = FstHeaderWriter::new(out, &info).map_err(|error| told(&path, error))?;
    let wave = Fst { path, head: Some(head), body: None, vars: Vec::new(), times: 0 };
    Ok(Box::new(Waves::begin(wave, opening, (digits, units))?))
}

fn told(path: &str, error: FstWriteError) -> TraceError {
    match error {
        FstWriteError::Io(error) => at(path)(error),
        other => cannot(path, other),
    }
}

fn cannot(path: &str, what: impl Display) -> TraceError {
    TraceError::Cannot { path: path.to_owned(), what: what.to_string() }
}

impl Fst {
    fn head(&mut self) -> Result<&mut FstHeaderWriter<OutFile>, TraceError> {
        self.head.as_mut().ok_or_else(|| cannot(&self.path, "the header is closed"))
    }

    fn change(&mut self, var: u32, value: &[u8]) -> Result<(), TraceError> {
        let Self { body: Some(body), path, .. } = self else { return Ok(()) };
        body.signal_change(self.vars[var as usize].0, value).map_err(|error| told(path, error))
    }

    fn bits(&mut self, var: u32, value: i64, bits: u32) -> Result<(), TraceError> {
        let mut text = [b'0'; 32];
        let text = &mut text[..bits as usize];
        for (place, bit) in text.iter_mut().zip((0..bits).rev()) {
            *place = b'0' + (value >> bit & 1) as u8;
        }
        self.change(var, text)
    }
}

impl Wave for Fst {
    const UNICODE: bool = true;

    /// The format has no place for it that readers show.
    fn comment(&mut self, _text: &str) -> Result<(), TraceError> {
        Ok(())
    }

    fn scope(&mut self, name: &str) -> Result<(), TraceError> {
        let done = self.head()?.scope(name, "", FstScopeType::Module);
        done.map_err(|error| told(&self.path, error))
    }

    fn up(&mut self) -> Result<(), TraceError> {
        let done = self.head()?.up_scope();
        done.map_err(|error| told(&self.path, error))
    }

    fn var(&mut self, name: &str, shape: VarShape) -> Result<(), TraceError> {
        let (kind, signal) = match shape {
            VarShape::Event => (FstVarType::Event, FstSignalType::bit_vec(1)),
            VarShape::Bit => (FstVarType::Wire, FstSignalType::bit_vec(1)),
            VarShape::Unsigned(bits) => (FstVarType::Wire, FstSignalType::bit_vec(bits.into())),
            VarShape::Integer => (FstVarType::Integer, FstSignalType::bit_vec(32)),
            VarShape::Real => (FstVarType::Real, FstSignalType::real()),
        };
        let added = self.head()?.var(name, signal, kind, FstVarDirection::Implicit, None);
        let id = added.map_err(|error| told(&self.path, error))?;
        self.vars.push((id, shape));
        Ok(())
    }

    fn start(&mut self) -> Result<(), TraceError> {
        let Some(head) = self.head.take() else { return Ok(()) };
        let mut body = head.finish().map_err(|error| told(&self.path, error))?;
        // An event has one value, and happens again and again.
        body.set_deduplicate(false);
        body.time_change(0).map_err(|error| told(&self.path, error))?;
        self.body = Some(body);
        for var in 0..self.vars.len() {
            match self.vars[var].1 {
                VarShape::Event => {}
                VarShape::Real => self.real(var as u32, 0.0)?,
                shape => self.number(var as u32, shape, 0)?,
            }
        }
        Ok(())
    }

    fn time(&mut self, time: u64) -> Result<(), TraceError> {
        let Self { body: Some(body), path, .. } = self else { return Ok(()) };
        if time == 0 {
            return Ok(());
        }
        self.times += 1;
        if self.times >= LOOK {
            self.times = 0;
            if body.size() > HELD {
                body.flush().map_err(|error| told(path, error))?;
            }
        }
        body.time_change(time).map_err(|error| told(path, error))
    }

    fn event(&mut self, var: u32) -> Result<(), TraceError> {
        self.change(var, b"1")
    }

    fn number(&mut self, var: u32, shape: VarShape, value: i64) -> Result<(), TraceError> {
        match shape {
            VarShape::Event | VarShape::Bit => self.bits(var, value, 1),
            VarShape::Unsigned(bits) => self.bits(var, value, bits.into()),
            VarShape::Integer => self.bits(var, value, 32),
            VarShape::Real => self.real(var, value as f64),
        }
    }

    fn real(&mut self, var: u32, value: f64) -> Result<(), TraceError> {
        self.change(var, &value.to_le_bytes())
    }

    fn finish(&mut self) -> Result<(), TraceError> {
        let Some(body) = self.body.take() else { return Ok(()) };
        let mut out = body.finish().map_err(|error| told(&self.path, error))?;
        out.flush().map_err(at(&self.path))?;
        out.keep()
    }
}
