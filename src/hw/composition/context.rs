//! What a composition depends on.

use crate::hw::given::{Sourced, Sources};
use crate::hw::kinds::CoreKinds;

/// What a composition depends on, as far as it could be read.
#[derive(Clone, Copy)]
pub(in crate::hw) struct OfComposition<'a> {
    pub(in crate::hw) sources: Option<&'a Sources>,
    pub(in crate::hw) cores: Option<&'a CoreKinds>,
}

impl Sourced for OfComposition<'_> {
    fn sources(&self) -> Option<&Sources> {
        self.sources
    }
}
