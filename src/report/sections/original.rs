//! An imported network over the samples of the run, in the real numbers that it was imported from.

use super::section::*;

pub(super) const SECTION: Section =
    Section { check, show, ..Section::of(&[fields!(original as "real_network" = LeftOut)]) };

fn check(s: &Summary, found: &SavedReport<'_>) {
    if let Some(original) = s.original.filter(|original| original.other_classes > s.samples) {
        let message = format!("found {} of {} samples", original.other_classes, s.samples);
        found.problem("real_network.samples_of_another_class", message);
    }
}

fn show(s: &Summary, shown: &mut Shown) {
    let Some(OriginalClasses { accuracy, other_classes }) = s.original else { return };
    let others = match other_classes {
        0 => "the chip gives the same class to every sample".to_owned(),
        1 => "the chip gives another class to 1 sample".to_owned(),
        n => format!("the chip gives another class to {} samples", thousands(n as i64)),
    };
    let text = format!("{:.2} %", 100.0 * accuracy);
    shown.fact(FactPlace::Outcome, "in real numbers", text.as_str());
    shown.line(Head::Outcome, format!("in real numbers, as it was imported, accuracy {text}: {others}"));
}
