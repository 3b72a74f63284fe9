//! Graphs of all kinds, against definitions written out once more.

use super::*;
