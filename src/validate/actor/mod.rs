//! The spiking actor of a robot that finds its way, on Loihi: energy of an inference.
//!
//! Weights and neurons are those of the authors' repository, made integer as their code does it: by layer, 255 over
//! the largest magnitude of weights and biases, cut toward zero; a threshold of 0.5 times that. Each of the four
//! weighted layers has a bias neuron that the embedded processor makes spike in T steps, a step later for each layer;
//! 24 input neurons spike with probabilities that encode what the robot sees, in the first T steps, and five more
//! steps flush the layers. Spikes that the processor sends act within their step on Loihi and in the next one here, so
//! the first step is not counted. Layers are on the cores that the authors put them on, up to their order.
//!
//! What the robot saw is known: the authors publish the poses of 200 evaluation runs and their map, from which the
//! probabilities of 1,200 poses follow. Nothing in their code resets neurons between decisions, so decisions that follow
//! each other are the better model of the measurement; those from rest are shown too. Positive and negative weights are
//! connection groups of their own there, so synapses are most likely stored as lists with indices; both formats of the
//! fitted constants are shown.

mod layers;
mod network;

use super::simulate::{StepwiseRun, Work, build, calibration};
use super::{Case, Finding, FindingKind, Trouble, ValidationBench};
use crate::hw::{Calibration, Chip};
use crate::map::Limits;
use crate::stats::Op;
use layers::{ActorLayer, read_poses};
use std::sync::Arc;

pub(super) const CASE: Case =
    Case { name: "actor", about: "energy of an inference of a robot's spiking actor on Loihi", run };

const SOURCE: &str = "Tang et al. 2020, IROS, arXiv:2003.01157 (dynamic energy of an inference on Loihi); network, poses \
                      and map: combra-lab/spiking-ddpg-mapless-navigation, commit 00f394d";
const FOLDER: &str = "loihi_sddpg";
/// Probabilities of the inputs' spikes by pose.
const POSES: &str = "recorded_inputs_percent.npy";

/// (time steps, measured energy in uJ). The first is what the paper's abstract rests on.
const POINTS: [(u32, f64); 3] = [(5, 15.53), (10, 28.47), (50, 131.99)];
/// Allowed at the first point of decisions that follow each other, with the constants that the chip has by default.
const TOLERANCE: f64 = 0.25;
/// Decisions with the inputs that were assumed before recorded ones were known, and their probability (%).
const ASSUMED: (usize, u8) = (40, 50);
const INPUTS: usize = 24;
const FLUSH: u32 = 5;
const SIZES: [u32; 5] = [INPUTS as u32, 256, 256, 256, 2];

/// Probabilities of the inputs' spikes (%).
type Pose = [u8; INPUTS];

/// Constants, and the format in which synapses are taken to be stored.
struct ActorTable<'c> {
    name: &'static str,
    calibration: &'c Calibration,
    format: Op,
}

/// The state of neurons before each decision.
#[derive(Clone, Copy, PartialEq, Eq)]
enum DecisionCourse {
    Continuous,
    FromRest,
}

impl DecisionCourse {
    fn text(self) -> &'static str {
        match self {
            Self::Continuous => "continuous",
            Self::FromRest => "from rest",
        }
    }
}

fn run(bench: &ValidationBench) -> Result<Vec<Finding>, Trouble> {
    let absent = |why: String| {
        Trouble::Absent(format!("its weights and inputs are not here ({why}): give --data DIR with {FOLDER}"))
    };
    let folder = bench.data.as_ref().ok_or_else(|| absent("no folder was given".into()))?.join(FOLDER);
    if !folder.is_dir() {
        return Err(absent(format!("no folder {}", folder.display())));
    }
    if !folder.join(POSES).is_file() {
        return Err(absent(format!("no file {}", folder.join(POSES).display())));
    }
    let layers = (0..4).map(|layer| ActorLayer::read(&folder, layer)).collect::<Result<Vec<_>, _>>()?;
    let poses = read_poses(&folder)?;
    let chip = bench.chip("loihi", &[])?;
    let fit = calibration(&chip, "silicon_fit")?;
    let tables = [
        ActorTable {
            name: "published table",
            calibration: calibration(&chip, "davies2018")?,
            format: Op::SynapseDense,
        },
        ActorTable { name: "fit dense", calibration: fit, format: Op::SynapseDense },
        ActorTable { name: "fit sparse", calibration: fit, format: Op::SynapseSparse },
    ];
    let mut findings = Vec::new();
    for point in POINTS {
        findings.extend(Decisions::simulate(&chip, &layers, &poses, point.0)?.findings(&tables, point));
    }
    Ok(findings)
}

/// Work of all decisions of a number of time steps.
struct Decisions {
    continuous: MeanWork,
    from_rest: MeanWork,
    assumed: MeanWork,
}

impl Decisions {
    fn simulate(chip: &Arc<Chip>, layers: &[ActorLayer], poses: &[Pose], steps: u32) -> Result<Self, Trouble> {
        let assumed = vec![[ASSUMED.1; INPUTS]; ASSUMED.0];
        Ok(Self {
            continuous: mean(chip, layers, poses, steps, DecisionCourse::Continuous)?,
            from_rest: mean(chip, layers, poses, steps, DecisionCourse::FromRest)?,
            assumed: mean(chip, layers, &assumed, steps, DecisionCourse::FromRest)?,
        })
    }

    fn findings(&self, tables: &[ActorTable<'_>], (steps, published): (u32, f64)) -> Vec<Finding> {
        let is_judged = steps == POINTS[0].0;
        let finding = |what: String, ours: f64, tolerance: Option<f64>, notes: Vec<String>| Finding {
            case: format!("actor, T = {steps}, {what}"),
            ours,
            published,
            unit: "µJ".into(),
            tolerance,
            kind: FindingKind::Prediction,
            source: SOURCE.into(),
            notes,
        };
        let mut all = Vec::new();
        for (course, mean) in
            [(DecisionCourse::Continuous, &self.continuous), (DecisionCourse::FromRest, &self.from_rest)]
        {
            for table in tables {
                let is_default = table.calibration.name != "davies2018";
                let tolerance = (is_judged && course == DecisionCourse::Continuous && is_default).then_some(TOLERANCE);
                let notes = if table.name == tables[0].name { mean.notes() } else { Vec::new() };
                all.push(finding(format!("{}, {}", course.text(), table.name), mean.uj(table), tolerance, notes));
            }
        }
        let costs: Vec<f64> = tables.iter().map(|table| self.continuous.uj(table)).collect();
        let (low, high) = costs.iter().fold((f64::MAX, 0.0f64), |(low, high), uj| (low.min(*uj), high.max(*uj)));
        let [before, fit] = [0, 1].map(|table| self.assumed.uj(&tables[table]));
        let notes = vec![
            format!(
                "the three tables give {low:.2} to {high:.2} µJ where decisions follow each other; ours is the value in that \
                 band that is nearest to the measured one: {}",
                if (low..=high).contains(&published) { "the measured one itself" } else { "an end of the band" }
            ),
            format!(
                "with every input at {} %, as was assumed before the recorded ones were known: {before:.2} µJ (published \
                 table), {fit:.2} µJ (fit dense), from rest",
                ASSUMED.1
            ),
        ];
        let tolerance = is_judged.then_some(0.0);
        all.push(finding(
            "measured inside the band of the tables".into(),
            published.clamp(low, high),
            tolerance,
            notes,
        ));
        all
    }
}

/// Work of some decisions, and how many there were.
#[derive(Clone, Copy)]
struct MeanWork {
    work: Work,
    decisions: usize,
}

impl MeanWork {
    fn uj(&self, table: &ActorTable<'_>) -> f64 {
        self.work.stored_as(table.format).dynamic_pj(table.calibration) / 1e6 / self.decisions as f64
    }

    fn notes(&self) -> Vec<String> {
        let each = |count: u64| count as f64 / self.decisions as f64;
        let (operations, updates) = (self.work.counts.synapses(), self.work.counts.of(Op::SomaAccess));
        vec![format!(
            "{:.0} synaptic operations and {:.0} neuron updates in the mean of {} decisions with recorded inputs",
            each(operations),
            each(updates),
            self.decisions
        )]
    }
}

/// Runs all decisions, each with the inputs of a pose.
fn mean(
    chip: &Arc<Chip>,
    layers: &[ActorLayer],
    poses: &[Pose],
    steps: u32,
    course: DecisionCourse,
) -> Result<MeanWork, Trouble> {
    // The mapping does not depend on constants.
    let system =
        build(&network::network(layers, poses, steps), chip, calibration(chip, "davies2018")?, Limits::Enforce)?;
    let mut run = StepwiseRun::new(&system);
    let mut work = Work::default();
    match course {
        DecisionCourse::Continuous => {
            run.steps(1)?;
            let before = run.work();
            run.steps((steps + FLUSH) * poses.len() as u32)?;
            work = run.work().since(before);
        }
        DecisionCourse::FromRest => {
            for pose in 0..poses.len() as u32 {
                run.restart(pose * (steps + FLUSH));
                run.steps(1)?;
                let before = run.work();
                run.steps(steps + FLUSH)?;
                work.merge(run.work().since(before));
            }
        }
    }
    Ok(MeanWork { work, decisions: poses.len() })
}
