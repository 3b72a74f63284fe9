//! NIR's continuous neurons in time steps.
//!
//! What a file leaves open is an option. With x the sum of weights of this step's spikes, plus biases:
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
//! Potentials are shifted so that a chip's neuron can hold them: by `v_reset` (by `v_leak` where there is a current).

use super::graph::Node;
use super::linear::spread;
use crate::net::neuron::Reset;

/// How a differential equation becomes steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Integrator {
    /// Forward Euler.
    #[default]
    Euler,
    /// Exponential Euler.
    Exponential,
}

/// What a spike brings to `I` and `IF`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IfInput {
    /// Its weight times R at once.
    #[default]
    Impulse,
    /// A current for one time step: its weight times R dt.
    Current,
}

/// What a file leaves open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Time step (s), where it is not that of the file's metadata.
    pub dt: Option<f64>,
    /// How equations become steps.
    pub integrator: Integrator,
    /// What a spike does to the potential.
    pub reset: Reset,
    /// What a spike brings to `I` and `IF`.
    pub if_input: IfInput,
}

impl Default for Options {
    fn default() -> Self {
        Self { dt: None, integrator: Integrator::default(), reset: Reset::Zero, if_input: IfInput::default() }
    }
}

/// Neurons in time steps, all arrays as long as there are neurons. The register that inputs enter is the current where
/// there is one, and the membrane where not; both are in units of the potential.
#[derive(Clone, Debug, PartialEq)]
pub struct Somas {
    /// Share of the current that is left after a step, where there is a current.
    pub current_keep: Option<Vec<f64>>,
    /// Share of the potential that is left after a step.
    pub keep: Vec<f64>,
    /// What a weight of 1 brings to the register.
    pub gain: Vec<f64>,
    /// What enters the register in every step.
    pub drive: Vec<f64>,
    /// The potential beyond which it spikes (shifted); none where it never does.
    pub threshold: Option<Vec<f64>>,
    /// What was taken off all potentials.
    pub shift: Vec<f64>,
    /// The potential after a spike (shifted), where a spike resets.
    pub reset_to: Vec<f64>,
    /// What a spike does.
    pub reset: Reset,
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

    /// Neurons that add up what comes, and never spike.
    pub(super) fn adding_up(count: usize) -> Self {
        Self {
            current_keep: None,
            keep: vec![1.0; count],
            gain: vec![1.0; count],
            drive: vec![0.0; count],
            threshold: None,
            shift: vec![0.0; count],
            reset_to: vec![0.0; count],
            reset: Reset::Zero,
        }
    }

    /// The neurons of a node, `count` of them, with a time step of `dt` (s).
    pub(super) fn of(node: &Node, count: usize, dt: f64, options: Options) -> Result<Self, String> {
        let optional = |name: &str| node.array(name).map(|array| spread(array, count));
        let field = |name: &str| optional(name).ok_or_else(|| format!("{name}: missing"));
        let share = |name: &str| shares(&field(name)?, name, dt, options.integrator);
        let zeros = || vec![0.0; count];
        let mut somas = Self { reset: options.reset, ..Self::adding_up(count) };
        let (mut leak, r) = (zeros(), optional("r").unwrap_or_else(|| vec![1.0; count]));
        // What of R x arrives at the membrane.
        let arrives: Vec<f64> = match node.kind.name {
            "Threshold" => {
                (somas.keep, somas.reset) = (zeros(), Reset::Zero);
                vec![1.0; count]
            }
            "I" | "IF" => vec![if options.if_input == IfInput::Current { dt } else { 1.0 }; count],
            kind => {
                let lost = share(if kind.starts_with("Cuba") { "tau_mem" } else { "tau" })?;
                somas.keep = lost.iter().map(|lost| 1.0 - lost).collect();
                leak = field("v_leak")?;
                lost
            }
        };
        somas.gain = r.iter().zip(&arrives).map(|(r, arrives)| r * arrives).collect();
        if node.kind.name.starts_with("Cuba") {
            let (lost, w_in) = (share("tau_syn")?, optional("w_in").unwrap_or_else(|| vec![1.0; count]));
            somas.current_keep = Some(lost.iter().map(|lost| 1.0 - lost).collect());
            somas.gain.iter_mut().zip(lost.iter().zip(&w_in)).for_each(|(gain, (lost, w_in))| *gain *= lost * w_in);
        }
        let reset = optional("v_reset").unwrap_or_else(zeros);
        let to_value = somas.reset == Reset::Zero;
        if somas.current_keep.is_some() && !to_value && leak.iter().any(|leak| *leak != 0.0) && node.kind.spikes() {
            return Err("v_leak: covered with --reset subtract only where it is 0".into());
        }
        somas.shift = match (&somas.current_keep, to_value) {
            (Some(_), _) => leak.clone(),
            (None, true) if node.kind.spikes() => reset.clone(),
            (None, _) => zeros(),
        };
        for i in 0..count {
            // The pull toward the leak, of what is shifted; nothing where the shift is the leak.
            somas.drive[i] = (1.0 - somas.keep[i]) * (leak[i] - somas.shift[i]);
            somas.reset_to[i] = reset[i] - somas.shift[i];
        }
        if node.is("Threshold") {
            somas.drive = zeros();
        }
        let threshold = optional(if node.is("Threshold") { "threshold" } else { "v_threshold" });
        somas.threshold =
            threshold.map(|all| all.iter().zip(&somas.shift).map(|(value, shift)| value - shift).collect());
        Ok(somas)
    }
}

/// What is lost in a step with each of these time constants (s).
fn shares(taus: &[f64], name: &str, dt: f64, integrator: Integrator) -> Result<Vec<f64>, String> {
    if let Some(tau) = taus.iter().find(|tau| **tau <= 0.0) {
        return Err(format!("{name}: found {tau}, a time constant is positive"));
    }
    match integrator {
        Integrator::Exponential => Ok(taus.iter().map(|tau| -(-dt / tau).exp_m1()).collect()),
        Integrator::Euler => match taus.iter().find(|tau| dt > **tau) {
            Some(tau) => Err(format!(
                "{name}: {tau} s is shorter than a time step of {dt} s, which forward Euler does not bear; \
                 take --integrator exponential, or a shorter --dt"
            )),
            None => Ok(taus.iter().map(|tau| dt / tau).collect()),
        },
    }
}
