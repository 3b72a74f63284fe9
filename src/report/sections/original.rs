//! An imported network over the samples of the run, in the real numbers that it was imported from.

use super::section::*;

pub(super) const SECTION: Section =
    Section { check, show, brief, ..Section::of(&[fields!(original as "real_network" = LeftOut)]) };

fn check(s: &Summary, found: &SavedReport<'_>) {
    if let Some(original) = s.original.filter(|original| original.other_classes > s.samples) {
        let message = format!("found {} of {} samples", original.other_classes, s.samples);
        found.problem("real_network.samples_of_another_class", message);
    }
}

fn brief(s: &Summary, brief: &mut Brief) {
    let Some(text) = text(s) else { return };
    brief.line(BriefPlace::Outcome, "real network", text);
}

/// The accuracy in real numbers, and how many classes the chip gives differently.
fn text(s: &Summary) -> Option<String> {
    let OriginalClasses { accuracy, other_classes } = s.original?;
    let others = match other_classes {
        0 => "the chip gives the same class to every sample".to_owned(),
        1 => "the chip gives another class to 1 sample".to_owned(),
        n => format!("the chip gives another class to {} samples", thousands(n as i64)),
    };
    Some(format!("accuracy {:.2} %: {others}", 100.0 * accuracy))
}

fn show(s: &Summary, shown: &mut Shown) {
    let (Some(original), Some(text)) = (s.original, text(s)) else { return };
    shown.fact(FactPlace::Outcome, "in real numbers", format!("{:.2} %", 100.0 * original.accuracy));
    shown.line(Head::Outcome, format!("in real numbers, as it was imported, {text}"));
}
