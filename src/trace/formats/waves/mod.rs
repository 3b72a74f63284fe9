//! Signals over time, for formats that hold waveforms: how records change variables.
//!
//! Samples follow each other in time. A spike, a packet and a flit are events; the work of a core is a bit that is up
//! while it lasts; a buffer is the number of flits in it.

mod variables;

use super::Opening;
use super::out::in_units;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::{EnergySum, Tick, sum_to_pj};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use variables::{NONE, Variables};

/// Values of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VarShape {
    Event,
    Bit,
    /// An unsigned number of that many bits.
    Unsigned(u8),
    Integer,
    Real,
}

/// A format of waveforms. Variables are numbered from 0 as they are added.
pub(super) trait Wave: Send {
    /// Whether names have letters beyond ASCII.
    const UNICODE: bool;
    fn scope(&mut self, name: &str) -> Result<(), TraceError>;
    fn up(&mut self) -> Result<(), TraceError>;
    fn var(&mut self, name: &str, shape: VarShape) -> Result<(), TraceError>;
    /// All variables are there; time begins, and all but events are zero.
    fn start(&mut self) -> Result<(), TraceError>;
    /// Goes on to a later time (units of the file).
    fn time(&mut self, time: u64) -> Result<(), TraceError>;
    fn event(&mut self, var: u32) -> Result<(), TraceError>;
    /// A variable gets another value; a bit 0 or 1.
    fn number(&mut self, var: u32, shape: VarShape, value: i64) -> Result<(), TraceError>;
    /// A real variable gets another value.
    fn real(&mut self, var: u32, value: f64) -> Result<(), TraceError>;
    fn finish(&mut self) -> Result<(), TraceError>;
}

pub(super) struct Waves<W> {
    wave: W,
    path: String,
    /// Units of time of the file in a tick.
    units: u64,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    vars: Variables,
    /// The last time that was told; `None` before the first.
    now: Option<Tick>,
    falls: BinaryHeap<Reverse<(Tick, u32)>>,
    energy_aj: EnergySum,
}

impl<W: Wave> Waves<W> {
    pub(super) fn begin(mut wave: W, opening: Opening<'_>, units: u64) -> Result<Self, TraceError> {
        let Opening { path, scene, wanted } = opening;
        let vars = Variables::declare(&mut wave, &scene, &wanted)?;
        wave.start()?;
        let (path, falls) = (path.display().to_string(), BinaryHeap::new());
        Ok(Self { wave, path, units, scene, wanted, vars, now: None, falls, energy_aj: 0 })
    }

    fn go_to(&mut self, tick: Tick) -> Result<(), TraceError> {
        if self.now.is_none_or(|now| now < tick) {
            let time = in_units(&self.path, tick, self.units)?;
            self.now = Some(tick);
            self.wave.time(time)?;
        }
        Ok(())
    }

    /// Lets bits fall whose time has come.
    fn fall_until(&mut self, tick: Tick) -> Result<(), TraceError> {
        while let Some(Reverse((at, var))) = self.falls.peek().copied()
            && at <= tick
        {
            self.falls.pop();
            self.go_to(at)?;
            self.wave.number(var, VarShape::Bit, 0)?;
        }
        Ok(())
    }

    fn event(&mut self, var: u32) -> Result<(), TraceError> {
        if var == NONE { Ok(()) } else { self.wave.event(var) }
    }

    fn number(&mut self, var: u32, shape: VarShape, value: i64) -> Result<(), TraceError> {
        if var == NONE { Ok(()) } else { self.wave.number(var, shape, value) }
    }

    /// Raises a bit for some ticks; not at all for none.
    fn pulse(&mut self, var: u32, at: Tick, ticks: Tick) -> Result<(), TraceError> {
        if var == NONE || ticks == 0 {
            return Ok(());
        }
        self.falls.push(Reverse((at.saturating_add(ticks), var)));
        self.wave.number(var, VarShape::Bit, 1)
    }

    fn put(&mut self, at: Tick, record: &Record) -> Result<(), TraceError> {
        let scene = Arc::clone(&self.scene);
        let core = (record.node as usize).wrapping_sub(scene.routers.len());
        let of_core = |vars: &[u32]| vars.get(core).copied().unwrap_or(NONE);
        let of_neuron = |vars: &[u32]| vars.get(record.item as usize).copied().unwrap_or(NONE);
        let port = record.node as usize * usize::from(scene.ports) + usize::from(record.port);
        match record.kind {
            Kind::Step => self.number(self.vars.step, VarShape::Integer, record.item.into()),
            Kind::Barrier => self.pulse(self.vars.barrier, at, record.serial),
            Kind::Soma => self.pulse(of_core(&self.vars.soma), at, record.serial),
            Kind::Receive => self.pulse(of_core(&self.vars.receive), at, record.serial),
            Kind::Sent => self.event(of_core(&self.vars.sent)),
            Kind::Delivered => self.event(of_core(&self.vars.delivered)),
            Kind::Spike => self.event(of_neuron(&self.vars.spikes)),
            Kind::Membrane => self.number(of_neuron(&self.vars.membranes), VarShape::Integer, record.value.into()),
            Kind::Hop => self.event(self.vars.outputs.get(port).copied().unwrap_or(NONE)),
            Kind::Filled | Kind::Freed => {
                let at = port * usize::from(scene.channels) + usize::from(record.channel);
                let var = self.vars.inputs.get(at).copied().unwrap_or(NONE);
                self.number(var, self.vars.buffer, record.value.into())
            }
            Kind::Counted => {
                let price = scene.energy_aj.get(record.item as usize).copied().flatten().unwrap_or(0);
                self.energy_aj += EnergySum::from(price) * EnergySum::from(record.serial);
                // All operations of a step have one tick: only the sum is told.
                Ok(())
            }
        }
    }

    fn put_energy(&mut self) -> Result<(), TraceError> {
        if self.vars.energy == NONE { Ok(()) } else { self.wave.real(self.vars.energy, sum_to_pj(self.energy_aj)) }
    }
}

impl<W: Wave> Sink for Waves<W> {
    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for (position, record) in records.iter().enumerate() {
            if !self.wanted.hears(record.kind) {
                continue;
            }
            let at = sample.offset.saturating_add(record.tick);
            self.fall_until(at)?;
            self.go_to(at)?;
            self.put(at, record)?;
            let next = records.get(position + 1);
            if record.kind == Kind::Counted
                && next.is_none_or(|next| (next.kind, next.tick) != (Kind::Counted, record.tick))
            {
                self.put_energy()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.fall_until(Tick::MAX)?;
        self.go_to(end)?;
        self.wave.finish()
    }
}
