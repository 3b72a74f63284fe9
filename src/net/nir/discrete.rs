//! NIR's continuous neurons in time steps.
//!
//! Choices that a file leaves open are options. With x the sum of weights of this step's spikes, plus biases:
//!
//! ```text
//! forward Euler      LI, LIF          v += dt/τ ((v_leak - v) + R x)
//!                    CubaLI, CubaLIF  I += dt/τ_syn (-I + w_in x);   v += dt/τ_mem ((v_leak - v) + R I)     I of this step
//! exponential        the same with 1 - e^(-dt/τ) in place of dt/τ: exact while x (or I) stands still
//! I, IF              v += R x          spikes as impulses, as other programs take them; or v += dt R x, as a current
//! spike              v > v_threshold;  then v = v_reset, or v -= v_threshold
//! Threshold          spike where x > threshold; nothing stays
//! ```
//!
//! Unstated conventions of other programs:
//!
//! ```text
//! SpikingJelly       IF with R = 1/dt is a current: v += x
//! Norse              CubaLIF whose current jumps by the whole weight, with w_in = 1: w_in = τ_syn/dt is meant
//! Sinabs             LIF with norm_input=False takes the whole weight: v += R x; the file does not say so
//! snnTorch           v -= v_threshold in the step after a spike, behind the decay: the same as v -= v_threshold/k at once,
//!                    k = 1 - dt/τ being what is left of v after a step; neurons without a leak have τ = R = ∞, R dt/τ = 1
//! ```
//!
//! Potentials are shifted so that a chip's neuron can hold them: by `v_reset` (by `v_leak` with a current).

use super::graph::{Array, NirNode};
use super::linear::spread;
use super::matrix::Matrix;
use super::shapes::count;
use crate::json::record::words;
use crate::net::neuron::Reset;

words! {
    /// How a differential equation becomes steps.
    pub enum Integrator derive(Default) {
        /// Forward Euler.
        #[default]
        Euler = "euler",
        /// Exponential Euler.
        Exponential = "exponential",
    }
}

words! {
    /// What a spike brings to `I` and `IF`.
    pub enum IfInput derive(Default) {
        /// A current where R dt is 1 and R is not, otherwise an impulse; refused where that can hardly be meant.
        #[default]
        Found = "found",
        /// Its weight times R at once.
        Impulse = "impulse",
        /// A current for one time step: its weight times R dt.
        Current = "current",
    }
}

words! {
    /// What a spike brings to the current of `CubaLI` and `CubaLIF`.
    pub enum CubaInput derive(Default) {
        /// Its weight times `w_in` dt/τ_syn, as NIR defines it.
        #[default]
        Defined = "defined",
        /// Its whole weight at once, whatever `w_in` says.
        Impulse = "impulse",
    }
}

words! {
    /// What a spike brings to the potential of `LI` and `LIF`.
    pub enum LifInput derive(Default) {
        /// Its weight times R dt/τ, as NIR defines it.
        #[default]
        Defined = "defined",
        /// Its weight times R at once.
        Impulse = "impulse",
    }
}

words! {
    /// Where a neuron spikes.
    pub enum FiresAt derive(Default) {
        /// Above its threshold, as NIR defines it.
        #[default]
        Above = "above",
        /// At its threshold, too.
        Reached = "at",
    }
}

/// Choices that a file leaves open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LowerOptions {
    /// Time step (s), if it is not that of the file's metadata.
    pub dt: Option<f64>,
    /// Integration method.
    pub integrator: Integrator,
    /// Effect of a spike on the potential.
    pub reset: Reset,
    /// Whether a reset by subtraction comes one step later, after the decay.
    pub late_reset: bool,
    /// Input of `I` and `IF` per spike.
    pub if_input: IfInput,
    /// Input to the current of `CubaLI` and `CubaLIF` per spike.
    pub cuba_input: CubaInput,
    /// Input to the potential of `LI` and `LIF` per spike.
    pub lif_input: LifInput,
    /// Where a neuron spikes.
    pub fires: FiresAt,
    /// Most spikes of a neuron in a step, each of which subtracts the threshold.
    pub max_spikes: u32,
    /// Whether potentials of neurons that spike begin at half their threshold, and not at 0.
    pub half_start: bool,
}

impl Default for LowerOptions {
    fn default() -> Self {
        Self {
            dt: None,
            integrator: Integrator::default(),
            reset: Reset::Zero,
            late_reset: false,
            if_input: IfInput::default(),
            cuba_input: CubaInput::default(),
            lif_input: LifInput::default(),
            fires: FiresAt::default(),
            max_spikes: 1,
            half_start: false,
        }
    }
}

/// Tolerance for a product that other programs computed in 32-bit floats and meant to be 1.
const NEAR_ONE: f64 = 1e-6;

/// Neurons in time steps; all arrays have one entry per neuron. Inputs enter a register: the current if there is one,
/// else the membrane. Both are in units of the potential.
#[derive(Clone, Debug, PartialEq)]
pub struct Somas {
    /// Share of the current that is left after a step; `None` without a current.
    pub current_keep: Option<Vec<f64>>,
    /// Share of the potential that is left after a step.
    pub keep: Vec<f64>,
    /// Increase of the register per unit of weight.
    pub gain: Vec<f64>,
    /// Input to the register in every step.
    pub drive: Vec<f64>,
    /// The potential beyond which it spikes (shifted); `None` for neurons that never spike.
    pub threshold: Option<Vec<f64>>,
    /// Where it spikes: beyond the threshold, or at it.
    pub fires: FiresAt,
    /// Most spikes in a step.
    pub max_spikes: u32,
    /// Amount subtracted from all potentials.
    pub shift: Vec<f64>,
    /// The potential before the first step (shifted).
    pub start: Vec<f64>,
    /// The potential after a spike (shifted), if a spike resets.
    pub reset_to: Vec<f64>,
    /// Effect of a spike.
    pub reset: Reset,
    /// Amount that a spike subtracts from the potential, if it subtracts and the amount is not the threshold.
    pub reset_by: Option<Vec<f64>>,
    /// Amount that a spike takes off the input of the next step, where a reset is late and nothing is left to reset.
    pub late_by: Option<Vec<f64>>,
}

impl Somas {
    /// Number of neurons.
    pub fn len(&self) -> usize {
        self.keep.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keep.is_empty()
    }

    /// Neurons that sum their inputs and never spike.
    pub(super) fn adding_up(count: usize) -> Self {
        Self {
            current_keep: None,
            keep: vec![1.0; count],
            gain: vec![1.0; count],
            drive: vec![0.0; count],
            threshold: None,
            fires: FiresAt::Above,
            max_spikes: 1,
            shift: vec![0.0; count],
            start: vec![0.0; count],
            reset_to: vec![0.0; count],
            reset: Reset::Zero,
            reset_by: None,
            late_by: None,
        }
    }

    /// The neurons of a node of this shape, with a time step of `dt` (s). Without a current of their own they can have one
    /// of filters before them, of whose potentials a step leaves `filter`.
    pub(super) fn of(
        node: &NirNode,
        shape: &[usize],
        dt: f64,
        options: LowerOptions,
        filter: Option<&[f64]>,
    ) -> Result<Self, String> {
        let count = count(shape);
        let optional = |name: &str| node.array(name).map(|array| spread(array, shape));
        let field = |name: &str| optional(name).ok_or_else(|| format!("{name}: missing"));
        let share = |name: &str| shares(&field(name)?, name, dt, options.integrator);
        let zeros = || vec![0.0; count];
        let mut somas = Self { reset: options.reset, fires: options.fires, ..Self::adding_up(count) };
        let (mut leak, r) = (zeros(), optional("r").unwrap_or_else(|| vec![1.0; count]));
        // Share of R x that arrives at the membrane.
        let arrives: Vec<f64> = match node.kind.name {
            "Threshold" => {
                (somas.keep, somas.reset) = (zeros(), Reset::Zero);
                vec![1.0; count]
            }
            "I" | "IF" => r.iter().map(|r| if takes_current(*r, dt, options.if_input) { dt } else { 1.0 }).collect(),
            kind => {
                let lost = share(if kind.starts_with("Cuba") { "tau_mem" } else { "tau" })?;
                somas.keep = lost.iter().map(|lost| 1.0 - lost).collect();
                leak = field("v_leak")?;
                match options.lif_input {
                    LifInput::Impulse if !kind.starts_with("Cuba") => vec![1.0; count],
                    _ => lost,
                }
            }
        };
        somas.gain = products(("r", &r), &arrives)?;
        somas.current_keep = filter.map(<[f64]>::to_vec);
        if node.kind.name.starts_with("Cuba") {
            let (lost, w_in) = (share("tau_syn")?, optional("w_in").unwrap_or_else(|| vec![1.0; count]));
            somas.current_keep = Some(lost.iter().map(|lost| 1.0 - lost).collect());
            if options.cuba_input == CubaInput::Defined {
                let entered = products(("w_in", &w_in), &lost)?;
                somas.gain.iter_mut().zip(&entered).for_each(|(gain, entered)| *gain *= entered);
            }
        }
        somas.shift_by(&leak, &optional("v_reset").unwrap_or_else(zeros), node.kind.spikes())?;
        if node.is("Threshold") {
            // Nothing stays, so nothing is reset.
            somas.drive = zeros();
            somas.set_thresholds(optional("threshold"), LowerOptions { max_spikes: 1, ..options })?;
            return Ok(somas);
        }
        somas.set_thresholds(optional("v_threshold"), options)?;
        Ok(somas)
    }

    /// Shifts potentials so that a chip's neuron can hold them, and sets the values that depend on it.
    fn shift_by(&mut self, leak: &[f64], reset: &[f64], spikes: bool) -> Result<(), String> {
        let to_value = self.reset == Reset::Zero;
        if self.current_keep.is_some() && !to_value && leak.iter().any(|leak| *leak != 0.0) && spikes {
            return Err("v_leak: covered with `reset` subtract only where it is 0".into());
        }
        self.shift = match (&self.current_keep, to_value) {
            (Some(_), _) => leak.to_vec(),
            (None, true) if spikes => reset.to_vec(),
            (None, _) => vec![0.0; self.len()],
        };
        for i in 0..self.len() {
            // The pull of shifted potentials toward the leak; zero if the shift is the leak.
            self.drive[i] = (1.0 - self.keep[i]) * (leak[i] - self.shift[i]);
            self.reset_to[i] = reset[i] - self.shift[i];
            self.start[i] = -self.shift[i];
        }
        Ok(())
    }

    /// Sets thresholds (not shifted), and the values that depend on them. If all are infinite, they become `None`.
    fn set_thresholds(&mut self, thresholds: Option<Vec<f64>>, options: LowerOptions) -> Result<(), String> {
        let Some(thresholds) = thresholds else { return Ok(()) };
        if thresholds.iter().all(|value| value.is_infinite()) {
            return Ok(());
        }
        if options.half_start {
            for ((start, value), shift) in self.start.iter_mut().zip(&thresholds).zip(&self.shift) {
                // Half of what is never reached says nothing.
                *start = if value.is_finite() { value / 2.0 - shift } else { *start };
            }
        }
        if options.max_spikes > 1 {
            if self.reset != Reset::Subtract || options.late_reset || self.current_keep.is_some() {
                return Err(
                    "several spikes in a step (`max_spikes`) are covered with `reset` subtract, of neurons without a \
                            synaptic current"
                        .into(),
                );
            }
            self.max_spikes = options.max_spikes;
        }
        if options.late_reset && self.reset == Reset::Subtract {
            self.reset_late(&thresholds)?;
        }
        self.threshold = Some(thresholds.iter().zip(&self.shift).map(|(value, shift)| value - shift).collect());
        Ok(())
    }
}

impl Somas {
    /// Resets by subtraction one step later: at once if something of the potential is left then, else by a synapse.
    fn reset_late(&mut self, thresholds: &[f64]) -> Result<(), String> {
        let forgets = |i: usize| self.keep[i] <= 0.0;
        if let Some(i) = (0..self.len()).find(|i| forgets(*i) && (self.current_keep.is_some() || self.gain[*i] == 0.0))
        {
            return Err(format!(
                "neuron {i} keeps nothing of its potential from step to step, and its current cannot take a reset one step \
                 later; covered with a time constant above the time step, or `reset` subtract or zero"
            ));
        }
        // What never spikes is never reset.
        let thresholds: Vec<f64> =
            thresholds.iter().map(|value| if value.is_finite() { *value } else { 0.0 }).collect();
        let late = |i: usize| if forgets(i) { thresholds[i] } else { 0.0 };
        self.late_by = (0..self.len()).any(forgets).then(|| (0..self.len()).map(late).collect());
        let at_once = |i: usize| if forgets(i) { thresholds[i] } else { thresholds[i] / self.keep[i] };
        self.reset_by = Some((0..self.len()).map(at_once).collect());
        Ok(())
    }

    /// Synapses from neurons to themselves that subtract in the step after a spike, as their potential is forgotten by
    /// then; before weights are in units of the potential.
    pub(super) fn late_synapses(&self) -> Option<Matrix> {
        let late = self.late_by.as_ref()?;
        Some(Matrix::diagonal(
            late.iter().zip(&self.gain).map(|(late, gain)| (if *late == 0.0 { 0.0 } else { -late / gain }, 0)),
        ))
    }
}

/// Whether spikes are a current for a neuron of `I` or `IF` with this R.
fn takes_current(r: f64, dt: f64, input: IfInput) -> bool {
    match input {
        IfInput::Current => true,
        IfInput::Impulse => false,
        IfInput::Found => (r * dt - 1.0).abs() <= NEAR_ONE && r != 1.0,
    }
}

/// Whether spikes were found to be a current for neurons with these R, without an explicit option.
pub(super) fn found_current(r: &Array, dt: f64, options: LowerOptions) -> bool {
    options.if_input == IfInput::Found && r.data.iter().any(|r| takes_current(*r, dt, options.if_input))
}

/// Factors times shares of a step. If a neuron never decays, factor and time constant are infinite: the product is 1.
fn products((name, factors): (&str, &[f64]), shares: &[f64]) -> Result<Vec<f64>, String> {
    let product = |(i, (factor, share)): (usize, (&f64, &f64))| match (factor.is_infinite(), *share == 0.0) {
        (true, true) => Ok(1.0),
        (true, false) => {
            Err(format!("{name}: neuron {i} holds {factor}, covered only where its time constant is, too"))
        }
        (false, true) => Err(format!(
            "neuron {i} has an infinite time constant and a finite {name} of {factor}: no input would arrive; \
             where a weight is to arrive as it is, {name} is infinite, too"
        )),
        (false, false) => Ok(factor * share),
    };
    factors.iter().zip(shares).enumerate().map(product).collect()
}

/// Share lost per step with each of these time constants (s).
fn shares(taus: &[f64], name: &str, dt: f64, integrator: Integrator) -> Result<Vec<f64>, String> {
    if let Some(tau) = taus.iter().find(|tau| **tau <= 0.0) {
        return Err(format!("{name}: found {tau}, a time constant is positive"));
    }
    match integrator {
        Integrator::Exponential => Ok(taus.iter().map(|tau| -(-dt / tau).exp_m1()).collect()),
        Integrator::Euler => match taus.iter().find(|tau| dt / **tau > 1.0 + NEAR_ONE) {
            Some(tau) => Err(format!(
                "{name}: {tau} s is shorter than a time step of {dt} s, which forward Euler does not bear; \
                 take a shorter `dt` (files of Norse: `from` norse), or `integrator` exponential"
            )),
            None => Ok(taus.iter().map(|tau| (dt / tau).min(1.0)).collect()),
        },
    }
}
