//! Signals over time, for formats that hold waveforms: how records change variables.
//!
//! Samples follow each other in time. A spike of a neuron is an event; the work of a core is a bit that is up while it
//! lasts; what is counted is a bus (see [`counters`]).

mod choice;
mod counters;
mod rows;
mod save;
mod variables;

use super::Opening;
use super::out::in_units;
use crate::trace::scene::Scene;
use crate::trace::{Kind, Record, Sink, TraceError, TracedSample, WantedRecords};
use crate::units::{EnergySum, Tick, sum_to_pj};
use counters::Counters;
use save::SaveFile;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use variables::Variables;

pub(super) use save::SAVE_FILE;

/// A variable, or a counter, that there is not.
const NONE: u32 = u32::MAX;

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
    /// A text for people, before all scopes.
    fn comment(&mut self, text: &str) -> Result<(), TraceError>;
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

/// Changes on their way to a file. Those of a variable that there is not are dropped.
struct WaveOut<W> {
    wave: W,
    path: String,
    /// Units of time of the file in a tick.
    units: u64,
    /// The last time that was written; `None` before the first.
    now: Option<Tick>,
    changes: u64,
}

impl<W: Wave> WaveOut<W> {
    #[inline]
    fn is_before(&self, tick: Tick) -> bool {
        self.now.is_none_or(|now| now < tick)
    }

    fn go_to(&mut self, tick: Tick) -> Result<(), TraceError> {
        if self.is_before(tick) {
            let time = in_units(&self.path, tick, self.units)?;
            self.now = Some(tick);
            self.wave.time(time)?;
        }
        Ok(())
    }

    #[inline]
    fn event(&mut self, var: u32) -> Result<(), TraceError> {
        if var == NONE {
            return Ok(());
        }
        self.changes += 1;
        self.wave.event(var)
    }

    #[inline]
    fn number(&mut self, var: u32, shape: VarShape, value: i64) -> Result<(), TraceError> {
        if var == NONE {
            return Ok(());
        }
        self.changes += 1;
        self.wave.number(var, shape, value)
    }

    fn real(&mut self, var: u32, value: f64) -> Result<(), TraceError> {
        if var == NONE {
            return Ok(());
        }
        self.changes += 1;
        self.wave.real(var, value)
    }
}

/// What ends at a time that is known before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum WaveEnding {
    /// A bit falls.
    Bit(u32),
    /// A packet leaves the queue of a core.
    Queued(u32),
}

pub(super) struct Waves<W> {
    out: WaveOut<W>,
    scene: Arc<Scene>,
    wanted: WantedRecords,
    vars: Variables,
    counters: Counters,
    endings: BinaryHeap<Reverse<(Tick, WaveEnding)>>,
    /// Flits in each buffer, by input of routers and channel.
    held: Vec<u16>,
    /// The time step, among all of all samples.
    step: u64,
    energy_aj: EnergySum,
    /// That of the step whose counts come.
    step_energy_aj: EnergySum,
    save: Option<SaveFile>,
    /// Units of time of a viewer in a tick.
    viewed: u64,
}

impl<W: Wave> Waves<W> {
    /// Begins a file in which a tick has some units of time. Its unit is a number of fs, ps and so on, in which viewers count.
    pub(super) fn begin(mut wave: W, opening: Opening<'_>, (digits, units): (u32, u64)) -> Result<Self, TraceError> {
        let viewed = units.saturating_mul(10u64.pow(digits % 3));
        let Opening { path, scene, wanted, save } = opening;
        let mut counters = Counters::default();
        let vars = Variables::declare(&mut wave, &scene, &wanted, &mut counters)?;
        wave.start()?;
        let held = vec![0; vars.inputs.len()];
        let save = save.map(|save| SaveFile::of(save, path));
        let path = path.display().to_string();
        Ok(Self {
            out: WaveOut { wave, path, units, now: None, changes: 0 },
            scene,
            wanted,
            vars,
            counters,
            endings: BinaryHeap::new(),
            held,
            step: 0,
            energy_aj: 0,
            step_energy_aj: 0,
            save,
            viewed,
        })
    }

    /// Goes on to a tick; what was counted in the one before is written.
    #[inline]
    fn go_to(&mut self, tick: Tick) -> Result<(), TraceError> {
        if self.out.is_before(tick) {
            self.counters.write(&mut self.out)?;
            self.out.go_to(tick)?;
        }
        Ok(())
    }

    /// Ends what ends until a tick.
    fn end_until(&mut self, tick: Tick) -> Result<(), TraceError> {
        while let Some(Reverse((at, ending))) = self.endings.peek().copied()
            && at <= tick
        {
            self.endings.pop();
            self.go_to(at)?;
            self.put_ending(ending)?;
        }
        Ok(())
    }

    fn put_ending(&mut self, ending: WaveEnding) -> Result<(), TraceError> {
        match ending {
            WaveEnding::Bit(var) => self.out.number(var, VarShape::Bit, 0),
            WaveEnding::Queued(core) => {
                self.counters.less(self.vars.queue[core as usize]);
                self.counters.less(self.vars.chip.queue);
                Ok(())
            }
        }
    }

    /// Raises a bit for some ticks; not at all for none.
    fn pulse(&mut self, var: u32, at: Tick, ticks: Tick) -> Result<(), TraceError> {
        if var == NONE || ticks == 0 {
            return Ok(());
        }
        self.endings.push(Reverse((at.saturating_add(ticks), WaveEnding::Bit(var))));
        self.out.number(var, VarShape::Bit, 1)
    }

    /// Counts one more in some counters.
    #[inline]
    fn count<const N: usize>(&mut self, counters: [u32; N], step: u64) -> Result<(), TraceError> {
        counters.into_iter().try_for_each(|counter| self.counters.more(counter, step, &mut self.out))
    }

    fn put(&mut self, at: Tick, step: u64, record: &Record) -> Result<(), TraceError> {
        let node = record.node as usize;
        let core = node.wrapping_sub(self.scene.routers.len());
        let of = |vars: &[u32], at: usize| vars.get(at).copied().unwrap_or(NONE);
        let port = node * usize::from(self.scene.ports) + usize::from(record.port);
        let vars = &self.vars;
        match record.kind {
            Kind::Step => {
                let var = vars.step;
                self.counters.begin_step(step, &mut self.out)?;
                if let Some(save) = &mut self.save {
                    save.step(at, record.item);
                }
                self.out.number(var, VarShape::Integer, record.item.into())
            }
            Kind::Barrier => self.pulse(vars.barrier, at, record.serial),
            Kind::Soma => self.pulse(of(&vars.soma, core), at, record.serial),
            Kind::Receive => self.pulse(of(&vars.receive, core), at, record.serial),
            Kind::Sent => self.count([of(&vars.sent, core), vars.chip.sent], step),
            Kind::Delivered => self.deliver(at, core, step, record),
            Kind::Spike => {
                let is_on_core = core < self.scene.cores.len();
                let (layer, _) = self.scene.layer_of(record.item);
                let chip = if is_on_core { vars.chip.spikes } else { NONE };
                let counters = [of(&vars.core_spikes, core), of(&vars.layer_spikes, layer as usize), chip];
                let var = of(&vars.spikes, record.item as usize);
                self.count(counters, step)?;
                self.out.event(var)
            }
            Kind::Membrane => {
                let var = of(&vars.membranes, record.item as usize);
                self.out.number(var, VarShape::Integer, record.value.into())
            }
            Kind::Hop => {
                // A flit into a core or to the host is no hop of the chip's.
                let chip = if self.scene.is_hop(record.node, record.port) { vars.chip.hops } else { NONE };
                self.count([of(&vars.outputs, port), chip], step)
            }
            Kind::Filled | Kind::Freed => self.buffer(port, step, record),
            Kind::Counted => {
                let price = self.scene.energy_aj.get(record.item as usize).copied().flatten().unwrap_or(0);
                self.step_energy_aj += EnergySum::from(price) * EnergySum::from(record.serial);
                // All operations of a step have one tick: only the sum is written.
                Ok(())
            }
        }
    }

    /// A packet is there; it may wait.
    fn deliver(&mut self, at: Tick, core: usize, step: u64, record: &Record) -> Result<(), TraceError> {
        let vars = &self.vars;
        let (Some(delivered), Some(queue)) = (vars.delivered.get(core), vars.queue.get(core)) else { return Ok(()) };
        let (counted, queues) = ([*delivered, vars.chip.delivered], [*queue, vars.chip.queue]);
        self.count(counted, step)?;
        if record.value > 0 {
            self.count(queues, step)?;
            let leaves = at.saturating_add(record.value.unsigned_abs().into());
            self.endings.push(Reverse((leaves, WaveEnding::Queued(core as u32))));
        }
        Ok(())
    }

    /// A buffer is filled or freed by a flit. Flits from before the window that is traced are found here, too.
    fn buffer(&mut self, port: usize, step: u64, record: &Record) -> Result<(), TraceError> {
        let at = port * usize::from(self.scene.channels) + usize::from(record.channel);
        let Some(held) = self.held.get_mut(at) else { return Ok(()) };
        let now = record.value.clamp(0, u16::MAX.into()) as u16;
        let before = std::mem::replace(held, now);
        let counters = [self.vars.buffered[record.node as usize], self.vars.chip.buffered];
        for _ in before..now {
            self.count(counters, step)?;
        }
        for _ in now..before {
            counters.into_iter().for_each(|counter| self.counters.less(counter));
        }
        self.out.number(self.vars.inputs[at], self.vars.buffer, record.value.into())
    }

    fn put_energy(&mut self) -> Result<(), TraceError> {
        let step = std::mem::take(&mut self.step_energy_aj);
        self.energy_aj += step;
        self.out.real(self.vars.step_energy, sum_to_pj(step))?;
        self.out.real(self.vars.energy, sum_to_pj(self.energy_aj))
    }
}

impl<W: Wave> Sink for Waves<W> {
    fn begin(&mut self, sample: &TracedSample) -> Result<(), TraceError> {
        self.go_to(sample.offset)?;
        if let Some(save) = &mut self.save {
            save.sample(sample.offset, sample.number);
        }
        match sample.number {
            0 => Ok(()),
            number => self.out.number(self.vars.sample, VarShape::Integer, number.into()),
        }
    }

    fn take(&mut self, sample: &TracedSample, records: &[Record]) -> Result<(), TraceError> {
        for (position, record) in records.iter().enumerate() {
            if !self.wanted.hears(record.kind) {
                continue;
            }
            let at = sample.offset.saturating_add(record.tick);
            self.end_until(at)?;
            self.go_to(at)?;
            let step = u64::from(sample.number) << 32 | u64::from(record.step);
            // Without records of steps, the first record of one tells that it has begun.
            if step > self.step {
                self.step = step;
                if !self.wanted.hears(Kind::Step) {
                    self.counters.begin_step(step, &mut self.out)?;
                }
            }
            self.put(at, step, record)?;
            let next = records.get(position + 1);
            if record.kind == Kind::Counted
                && next.is_none_or(|next| (next.kind, next.tick) != (Kind::Counted, record.tick))
            {
                self.put_energy()?;
            }
        }
        Ok(())
    }

    /// What is under way at the end of a sample is dropped, as the chip does it.
    fn end(&mut self, sample: &TracedSample, at: Tick) -> Result<(), TraceError> {
        let end = sample.offset.saturating_add(at);
        self.end_until(end)?;
        self.go_to(end)?;
        while let Some(Reverse((_, ending))) = self.endings.pop() {
            self.put_ending(ending)?;
        }
        self.counters.drop_all(&mut self.out)?;
        for (held, var) in self.held.iter_mut().zip(&self.vars.inputs) {
            if std::mem::take(held) > 0 {
                self.out.number(*var, self.vars.buffer, 0)?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, end: Tick) -> Result<(), TraceError> {
        self.end_until(Tick::MAX)?;
        self.go_to(end)?;
        self.counters.write(&mut self.out)?;
        self.out.wave.finish()?;
        match self.save.take() {
            Some(save) => save.finish(self),
            None => Ok(()),
        }
    }

    fn contents(&self) -> Vec<(u64, &'static str)> {
        vec![(self.vars.count.into(), "signals"), (self.out.changes, "changes")]
    }
}
