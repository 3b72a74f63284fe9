//! What a saved report says of crossbars whose devices are not ideal.

use super::{all, count, number, optional, owned};
use crate::json::{Cursor, Object};
use crate::report::summary::DeviceFigures;

/// Figures of the report that the object repeats.
pub(super) struct Repeated {
    pub(super) differing_share: f64,
    pub(super) accuracy: Option<f64>,
    pub(super) reference: Option<f64>,
}

const FIELDS: &[&str] = &[
    "modelled",
    "seed",
    "exact",
    "differing_share",
    "spike_count_difference",
    "accuracy",
    "reference_accuracy",
    "clipped_conversions",
];

pub(super) fn read_devices(cursor: &Cursor<'_>, repeated: Option<Repeated>) -> Option<DeviceFigures> {
    let object = cursor.object(FIELDS)?;
    let modelled = object.need("modelled").and_then(|c| c.list(1..=64).and(all(&c, owned)));
    let seed = object.need("seed").and_then(|c| c.whole(0..=u64::MAX));
    let exact = object.need("exact").and_then(|c| c.flag());
    let difference = number(&object, "spike_count_difference");
    let clipped = count(&object, "clipped_conversions");
    repeats(&object, repeated);
    Some(DeviceFigures {
        modelled: modelled?,
        seed: seed?,
        exact: exact?,
        clipped_conversions: clipped?,
        spike_count_difference: difference?,
    })
}

/// Notes what is not as the rest of the report has it; of what the rest lacks nothing is said.
fn repeats(object: &Object<'_>, repeated: Option<Repeated>) {
    let share = |name| optional(object, name, |c| c.number(0.0..=1.0));
    let found = ["differing_share", "accuracy", "reference_accuracy"].map(|name| (name, share(name)));
    let Some(Repeated { differing_share, accuracy, reference }) = repeated else { return };
    for ((name, found), expected) in found.into_iter().zip([Some(differing_share), accuracy, reference]) {
        if found.is_some_and(|found| found != expected) {
            object.problem(format!("{name} is not that of the rest of the report"));
        }
    }
}
