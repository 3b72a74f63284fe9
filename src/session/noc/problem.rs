//! What is wrong with a request.

use std::fmt::{self, Display};

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NocProblem {
    /// The field, as the caller spells it; empty where the problem is about a file.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

impl Display for NocProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field.as_str() {
            "" => f.write_str(&self.problem),
            field => write!(f, "{field}: {}", self.problem),
        }
    }
}
