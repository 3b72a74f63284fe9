//! What bounds a step: the figures of a run, as they are saved.

use super::saved::*;
use crate::run::BoundClass;

named!(BoundClass);

record! {
    /// What bounded the time steps of a run on a chip that waits for all cores. Times are per inference.
    pub struct BoundFigures {
        /// Steps of all inferences.
        pub steps: u64 = whole(1..=MOST),
        /// Their time (ns).
        pub time_ns: f64,
        /// The least time that they can take by what each core works in them, barriers included (ns).
        pub lower_bound_ns: f64,
        /// By class, in the order of [`BoundClass::ALL`].
        pub classes: Vec<ClassBound> = list(BoundClass::COUNT..=BoundClass::COUNT, Restore::load),
        /// Who bounded steps, in the order of cores.
        pub cores: Vec<CoreBound> = list(1..=LONGEST, Restore::load),
    }
    check |bound, object| {
        let steps = |all: &mut dyn Iterator<Item = u64>| all.fold(0u64, u64::saturating_add);
        if !bound.classes.iter().map(|one| one.class).eq(BoundClass::ALL) {
            object.problem(format!("classes: expected {}, in this order", BoundClass::NAMES.join(", ")));
        } else if steps(&mut bound.classes.iter().map(|one| one.steps)) != bound.steps {
            object.problem("the steps of the classes are not all steps");
        } else if BoundClass::ALL.iter().any(|class| {
            let own = bound.cores.iter().filter(|core| core.class == *class);
            steps(&mut own.map(|core| core.steps)) != bound.classes[*class as usize].steps
        }) {
            object.problem("the steps of the cores are not those of the classes");
        }
    }
}

record! {
    /// A class of time that bounds steps. Times are per inference.
    #[derive(Copy)]
    pub struct ClassBound {
        /// The class.
        pub class: BoundClass,
        /// Steps that it bounds, of all inferences.
        pub steps: u64,
        /// Length of these (ns).
        pub bounded_ns: f64,
        /// Its part of the way to the end of all steps (ns); those of all classes add up to the time.
        pub time_ns: f64,
        /// An estimate of the time if this class took none (ns).
        pub without_ns: f64,
    }
}

record! {
    /// Steps that a core bounds by a class.
    #[derive(Copy)]
    pub struct CoreBound {
        /// The core; `None` of the barrier, and of steps without any work.
        pub core: Option<u64>,
        /// The class.
        pub class: BoundClass,
        /// Steps, of all inferences.
        pub steps: u64,
        /// Their length per inference (ns).
        pub bounded_ns: f64,
    }
}

record! {
    /// The core of a free-running chip whose busiest stage works longest. There are no steps that it could bound.
    pub struct BusiestCore {
        /// The core.
        pub core: u64,
        /// Time that its stages work: `receive`, `synapse`, `soma` and `send`, beside each other.
        pub stages: Vec<StageWork> = list(4..=4, Restore::load),
    }
    check |busiest, object| if !busiest.stages.iter().map(|one| one.class).eq(BoundClass::ALL[..4].iter().copied()) {
        object.problem("stages: expected receive, synapse, soma, send, in this order");
    }
}

record! {
    /// Work of a stage of a core.
    #[derive(Copy)]
    pub struct StageWork {
        /// The stage.
        pub class: BoundClass as "stage",
        /// Its work per inference (ns).
        pub time_ns: f64,
        /// The share of all time in which it works.
        pub share: f64 = share,
    }
}

/// Who bounds most steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DominantBound {
    /// The core that bounds most of them; `None` of the barrier.
    pub core: Option<u64>,
    /// The class.
    pub class: BoundClass,
    /// The share of all steps that this core bounds by this class.
    pub share_of_steps: f64,
    /// The share of all time that these steps take.
    pub share_of_time: f64,
    /// The share of all steps that any core bounds by this class.
    pub share_of_class: f64,
}

impl BoundFigures {
    /// Figures of a class.
    pub fn class(&self, class: BoundClass) -> &ClassBound {
        &self.classes[class as usize]
    }

    /// The class that bounds most steps, and the core that bounds most of these by it; of equals the first.
    pub fn dominant(&self) -> DominantBound {
        self.dominant_of(&BoundClass::ALL)
    }

    /// The same of some classes.
    pub(super) fn dominant_of(&self, classes: &[BoundClass]) -> DominantBound {
        let more = |best: BoundClass, one| if self.class(one).steps > self.class(best).steps { one } else { best };
        let class = classes.iter().copied().reduce(more).unwrap_or(BoundClass::Barrier);
        let cores = self.cores.iter().filter(|core| core.class == class);
        let core = cores.reduce(|best, one| if one.steps > best.steps { one } else { best });
        let share = |steps: u64| steps as f64 / self.steps as f64;
        DominantBound {
            core: core.and_then(|core| core.core),
            class,
            share_of_steps: share(core.map_or(0, |core| core.steps)),
            share_of_time: core.map_or(0.0, |core| core.bounded_ns / self.time_ns),
            share_of_class: share(self.class(class).steps),
        }
    }

    /// Time of the ways to the ends of steps, by class (ns); they add up to [`BoundFigures::time_ns`].
    pub fn time_by_class(&self) -> impl Iterator<Item = (BoundClass, f64)> + '_ {
        self.classes.iter().map(|one| (one.class, one.time_ns))
    }

    /// What is left of the time if a class took none, as a share of it; an estimate.
    pub fn gain(&self, class: BoundClass) -> f64 {
        self.class(class).without_ns / self.time_ns
    }

    /// Steps that each core bounds, in the order of cores; `None` stands for no core.
    pub fn by_core(&self) -> Vec<(Option<u64>, u64)> {
        let mut all: Vec<(Option<u64>, u64)> = Vec::new();
        for one in &self.cores {
            match all.last_mut().filter(|(core, _)| *core == one.core) {
                Some((_, steps)) => *steps += one.steps,
                None => all.push((one.core, one.steps)),
            }
        }
        all
    }
}
