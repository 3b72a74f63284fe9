//! VCD (IEEE 1364): waveforms as text, for any viewer of them.

use super::out::{OutFile, at};
use super::waves::{SAVE_FILE, VarShape, Wave, Waves};
use super::{Opening, TraceFormat};
use crate::files::FileKind;
use crate::trace::{Signal, Sink, TraceError};
use crate::units::Femtoseconds;
use std::io;
use vcd::{IdCode, SimulationCommand, TimescaleUnit, VarType, Writer};

pub(super) const FORMAT: TraceFormat = TraceFormat {
    name: "vcd",
    about: "waveforms, as text: GTKWave, Surfer",
    signals: Signal::ALL,
    kind: FileKind::Marked { what: "VCD file of a trace", first: b"$version", holds: b"spikemesh " },
    reader: "gtkwave {}",
    save_file: Some(SAVE_FILE),
    open,
};

struct Vcd {
    out: Writer<OutFile>,
    path: String,
    vars: Vec<(IdCode, VarShape)>,
}

/// Units of time that the format has, a thousand femtoseconds apart.
const UNITS: [TimescaleUnit; 6] =
    [TimescaleUnit::FS, TimescaleUnit::PS, TimescaleUnit::NS, TimescaleUnit::US, TimescaleUnit::MS, TimescaleUnit::S];

/// The largest power of ten of femtoseconds of which a tick is a multiple, and how many of them it is.
pub(super) fn unit_of(tick: Femtoseconds) -> (u32, u64) {
    let (mut digits, mut units) = (0, tick.0.max(1));
    while units.is_multiple_of(10) && digits < 15 {
        (digits, units) = (digits + 1, units / 10);
    }
    (digits, units)
}

fn open(opening: Opening<'_>) -> Result<Box<dyn Sink>, TraceError> {
    let out = OutFile::create(opening.path)?;
    let path = out.path().to_owned();
    let (digits, units) = unit_of(opening.scene.tick);
    let mut out = Writer::new(out);
    let unit = UNITS[(digits / 3) as usize];
    let head = out
        .version(concat!("spikemesh ", env!("CARGO_PKG_VERSION")))
        .and_then(|()| out.timescale(10u32.pow(digits % 3), unit));
    head.map_err(at(&path))?;
    let wave = Vcd { out, path, vars: Vec::new() };
    Ok(Box::new(Waves::begin(wave, opening, (digits, units))?))
}

impl Vcd {
    fn told(&self, done: io::Result<()>) -> Result<(), TraceError> {
        done.map_err(at(&self.path))
    }

    fn write(&mut self, var: u32, shape: VarShape, value: i64) -> io::Result<()> {
        let (id, _) = self.vars[var as usize];
        match shape {
            VarShape::Event => self.out.change_scalar(id, vcd::Value::V1),
            VarShape::Bit => self.out.change_scalar(id, value != 0),
            VarShape::Unsigned(_) | VarShape::Integer => self.out.change_vector(id, bits_of(value)),
            VarShape::Real => self.out.change_real(id, value as f64),
        }
    }
}

/// The bits of a number, at most 32; zeros before the first one are left out, as the format has it.
fn bits_of(value: i64) -> impl Iterator<Item = vcd::Value> {
    let bits = if value < 0 { 32 } else { (i64::BITS - value.leading_zeros()).clamp(1, 32) };
    (0..bits).rev().map(move |bit| vcd::Value::from(value >> bit & 1 != 0))
}

impl Wave for Vcd {
    // IEEE 1364 has none, and readers fail on them.
    const UNICODE: bool = false;

    fn comment(&mut self, text: &str) -> Result<(), TraceError> {
        let done = self.out.comment(text);
        self.told(done)
    }

    fn scope(&mut self, name: &str) -> Result<(), TraceError> {
        let done = self.out.add_module(name);
        self.told(done)
    }

    fn up(&mut self) -> Result<(), TraceError> {
        let done = self.out.upscope();
        self.told(done)
    }

    fn var(&mut self, name: &str, shape: VarShape) -> Result<(), TraceError> {
        let (kind, width) = match shape {
            VarShape::Event => (VarType::Event, 1),
            VarShape::Bit => (VarType::Wire, 1),
            VarShape::Unsigned(bits) => (VarType::Wire, bits.into()),
            VarShape::Integer => (VarType::Integer, 32),
            VarShape::Real => (VarType::Real, 64),
        };
        let id = self.out.add_var(kind, width, name, None).map_err(at(&self.path))?;
        self.vars.push((id, shape));
        Ok(())
    }

    fn start(&mut self) -> Result<(), TraceError> {
        let done = self.out.enddefinitions().and_then(|()| {
            self.out.timestamp(0)?;
            self.out.begin(SimulationCommand::Dumpvars)?;
            for var in 0..self.vars.len() {
                let (_, shape) = self.vars[var];
                if shape != VarShape::Event {
                    self.write(var as u32, shape, 0)?;
                }
            }
            self.out.end()
        });
        self.told(done)
    }

    fn time(&mut self, time: u64) -> Result<(), TraceError> {
        let done = if time == 0 { Ok(()) } else { self.out.timestamp(time) };
        self.told(done)
    }

    fn event(&mut self, var: u32) -> Result<(), TraceError> {
        self.number(var, VarShape::Event, 1)
    }

    fn number(&mut self, var: u32, shape: VarShape, value: i64) -> Result<(), TraceError> {
        let done = self.write(var, shape, value);
        self.told(done)
    }

    fn real(&mut self, var: u32, value: f64) -> Result<(), TraceError> {
        let (id, _) = self.vars[var as usize];
        let done = self.out.change_real(id, value);
        self.told(done)
    }

    fn finish(&mut self) -> Result<(), TraceError> {
        self.out.writer().keep()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_zeros_before_them() {
        let text = |value| bits_of(value).map(|bit| if bit == vcd::Value::V1 { '1' } else { '0' }).collect::<String>();
        assert_eq!([0, 1, 5, 256].map(text), ["0", "1", "101", "100000000"]);
        assert_eq!(text(-2), "1".repeat(31) + "0");
    }

    #[test]
    fn a_tick_is_a_whole_number_of_units() {
        let units = [100_000, 1_000_000, 13_333_333, 6_500_000, 1].map(|fs| unit_of(Femtoseconds(fs)));
        assert_eq!(units, [(5, 1), (6, 1), (0, 13_333_333), (5, 65), (0, 1)]);
    }
}
