//! The job of `compare`, checked before anything is simulated; all its problems are reported at once.

use crate::cli::args::{CompareOptions, TimingArg};
use crate::cli::progress::Ui;
use crate::cli::{Failure, provenance};
use crate::explore::{Candidate, Plan, SweepSetting};
use crate::hw;
use crate::report::SourceKind;
use crate::session;
use crate::session::catalog::{self, NamedChipFile};
use crate::system::Contention;

pub(super) struct CompareJob {
    pub(super) plan: Plan,
    pub(super) candidates: Vec<Candidate>,
    pub(super) usual: SweepSetting,
}

impl CompareJob {
    pub(super) fn of(options: &CompareOptions, ui: &Ui) -> Result<Self, Failure> {
        let usual = usual(options)?;
        let names = if options.chips.is_empty() { vec!["loihi".to_owned()] } else { options.chips.clone() };
        let (mut candidates, mut problems) = (Vec::new(), Vec::new());
        for name in &names {
            match candidate(name) {
                Ok(candidate) => candidates.push(candidate),
                Err(Failure(why)) => problems.push(why),
            }
        }
        if !problems.is_empty() {
            return Err(Failure(problems.join("\n")));
        }
        tell_apart(&mut candidates);
        let names = candidates.iter().map(|candidate| candidate.name.clone()).collect();
        let plan = Plan::new(names, options.set.clone(), options.zip)?;
        let wrong = plan.check(&candidates, &usual)?;
        if wrong > 0 {
            ui.note(format!(
                "{wrong} of {} configurations are not valid chips: their rows give the reason",
                plan.len()
            ));
        }
        Ok(Self { plan, candidates, usual })
    }
}

fn usual(options: &CompareOptions) -> Result<SweepSetting, Failure> {
    Ok(SweepSetting {
        steps: options.steps,
        seed: options.effort.seed,
        contention: if options.timing == TimingArg::Event { Contention::Modelled } else { Contention::Ignored },
        partitioner: session::partitioner(&options.search.partitioner)?,
        sharing: session::sharing(&options.search.share_cores)?,
        placer: session::placer(&options.search.placer)?,
        objective: session::objective(&options.search.objective)?,
        ..SweepSetting::default()
    })
}

fn candidate(argument: &str) -> Result<Candidate, Failure> {
    let NamedChipFile { document, name, origin } = catalog::chip_file(argument)?;
    // An overlay is merged with its base here.
    let (file, text) = (document.file().to_owned(), document.value().to_string());
    // Reports the problems of the file.
    hw::read(document, &name)?;
    let candidate = Candidate { name, file, text, origin };
    provenance::note(SourceKind::Chip, &candidate.name, candidate.digest());
    Ok(candidate)
}

/// Distinguishes chips of the same name by their files.
fn tell_apart(candidates: &mut [Candidate]) {
    let names: Vec<String> = candidates.iter().map(|candidate| candidate.name.clone()).collect();
    for candidate in candidates {
        let doubles = names.iter().filter(|name| **name == candidate.name).count();
        if let (true, Some(origin)) = (doubles > 1, &candidate.origin) {
            candidate.name.clone_from(&origin.file);
        }
    }
}
