//! Which option would shorten a run, of those that were tried.

use super::section::*;
use crate::report::advice::{Advice, TrialFigures};
use crate::report::energy::UNPRICED;

pub(super) const SECTION: Section = Section { show, brief, ..Section::of(&[fields!(advice = LeftOut)]) };

fn show(s: &Summary, shown: &mut Shown) {
    let Some(advice) = &s.advice else { return };
    shown.say(About::Rates, "advice", text(advice));
    if advice.tried.is_empty() {
        return;
    }
    let row = |name: &str, of: &TrialFigures| {
        vec![
            Cell::Word(name.to_owned()),
            Cell::exact(time(of.latency_ns), of.latency_ns),
            of.energy_pj.map_or_else(
                || Cell::plain(UNPRICED.to_owned()),
                |pj| Cell::priced(energy(pj), pj, of.energy_coverage),
            ),
            Cell::plain(thousands(of.cores_used.into())),
        ]
    };
    let mut rows = vec![row("as it is", &advice.now)];
    rows.extend(advice.tried.iter().map(|tried| row(&tried.option, &tried.gives)));
    let columns = vec!["option", "latency", "energy", "cores"];
    shown.tables.push(ReportTable {
        heading: "Options that were tried",
        id: "advice",
        columns,
        rows,
        ..ReportTable::default()
    });
}

fn brief(s: &Summary, brief: &mut Brief) {
    if let Some(advice) = &s.advice {
        brief.line(BriefPlace::Rates, "advice", text(advice));
    }
}

fn text(advice: &Advice) -> String {
    let part = match (advice.samples, advice.steps) {
        (Some(1), _) => "the first sample".to_owned(),
        (Some(samples), _) => format!("the first {}", count(samples, "sample")),
        (_, Some(steps)) => format!("the first {}", count(steps, "step")),
        _ => "the run".to_owned(),
    };
    let tried: Vec<&str> = advice.tried.iter().map(|tried| tried.option.as_str()).collect();
    match (advice.best(), &tried[..]) {
        (_, []) => "no option of the command acts on it".to_owned(),
        (None, tried) => format!("none of {} shortens it (tried on {part})", tried.join(", ")),
        (Some(best), _) => {
            let (now, then) = (&advice.now, &best.gives);
            let less = 100.0 * (1.0 - then.latency_ns / now.latency_ns);
            let written = |of: &TrialFigures| of.energy_pj.map(|pj| of.energy_coverage.mark(energy(pj)));
            let energies = written(now).zip(written(then));
            let energies = energies.map_or(String::new(), |(now, then)| match now == then {
                true => format!(", the same {now}"),
                false => format!(", {then} instead of {now}"),
            });
            format!(
                "{} gives {} instead of {} ({} % less){energies}, on {} (tried on {part})",
                best.option,
                time(then.latency_ns),
                time(now.latency_ns),
                number(less),
                count(then.cores_used, "core")
            )
        }
    }
}
