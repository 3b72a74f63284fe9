//! What bounds the steps of a configuration, beside its figures.

use crate::json::Cursor;
use crate::report::Summary;
use crate::run::BoundClass;
use serde_json::{Value, json};

/// What bounds most time steps of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowBound {
    /// The class of their time; of a free-running chip, the stage of its busiest core that works longest.
    pub class: BoundClass,
    /// The share of steps that it bounds; of a free-running chip, the share of the time in which that stage works.
    pub share: f64,
    /// The core that bounds most of these steps, or works longest; `None` of the barrier.
    pub core: Option<u64>,
    /// Whether the share is one of time, because a free-running chip has no steps that could be bounded.
    pub is_of_time: bool,
}

/// What a share is of, in files.
const OF: [&str; 2] = ["steps", "time"];

impl RowBound {
    /// Of a run; `None` where nothing is known of it.
    pub(super) fn of(summary: &Summary) -> Option<Self> {
        if let Some(bound) = &summary.bound {
            let most = bound.dominant();
            return Some(Self { class: most.class, share: most.share_of_class, core: most.core, is_of_time: false });
        }
        let busiest = summary.busiest_core.as_ref()?;
        let most = busiest.stages.iter().filter(|stage| stage.time_ns > 0.0);
        let most = most.reduce(|best, one| if one.time_ns > best.time_ns { one } else { best })?;
        Some(Self { class: most.class, share: most.share, core: Some(busiest.core), is_of_time: true })
    }

    /// For people, as in `synapse 84 %`.
    pub(super) fn text(&self) -> String {
        let busy = if self.is_of_time { "busy " } else { "" };
        format!("{} {busy}{:.0} %", self.class.name(), 100.0 * self.share)
    }

    /// Its class, its share and what that is of, and its core, as they stand in a table for programs.
    pub(super) fn fields(&self) -> [String; 4] {
        let core = self.core.map_or(String::new(), |core| core.to_string());
        [self.class.name().to_owned(), self.share.to_string(), self.of_what().to_owned(), core]
    }

    fn of_what(&self) -> &'static str {
        OF[usize::from(self.is_of_time)]
    }

    pub(super) fn json(&self) -> Value {
        json!({"class": self.class.name(), "share": self.share, "of": self.of_what(), "core": self.core})
    }

    pub(super) fn read(cursor: &Cursor<'_>) -> Option<Self> {
        let object = cursor.object(&["class", "share", "of", "core"])?;
        let core = object.need("core")?;
        Some(Self {
            class: BoundClass::ALL[object.need("class")?.choice(&BoundClass::NAMES)?],
            share: object.need("share")?.number(0.0..=1.0)?,
            core: if core.is_null() { None } else { Some(core.whole(0..=u64::from(u32::MAX))?) },
            is_of_time: object.need("of")?.choice(&OF)? == 1,
        })
    }
}
