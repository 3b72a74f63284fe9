//! What a save file of GTKWave has line by line: signals with flags and colours, in groups.

use super::NONE;
use crate::text::in_line;
use std::collections::HashMap;

/// Flags of traces, as the save files of GTKWave have them.
pub(super) const BIT: u32 = 0x28;
pub(super) const DECIMAL: u32 = 0x24;
pub(super) const ANALOG: u32 = 0x88024;
/// Signed integers, and real numbers.
pub(super) const ANALOG_SIGNED: u32 = 0x88420;
pub(super) const LABEL: u32 = 0x200;
const STRETCH: u32 = 0x20000;
const OPENED: u32 = 0x80_0200;
const CLOSED: u32 = 0xc0_0200;
const END: u32 = 0x100_0200;
const END_CLOSED: u32 = 0x140_1200;

/// Colours of traces.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WaveColour {
    Usual = 0,
    Red = 1,
    Orange = 2,
    Yellow = 3,
    Green = 4,
    Blue = 5,
    Violet = 7,
}

/// A signal as it is shown.
pub(super) struct SaveRow {
    /// [`NONE`] of a line that is only a label.
    pub(super) var: u32,
    pub(super) flags: u32,
    pub(super) colour: WaveColour,
    /// Another name than its own.
    pub(super) label: Option<String>,
    /// Lines that it is high, besides the first.
    pub(super) more: u32,
}

/// Signals below a heading; without one where the name is empty.
pub(super) struct SaveGroup {
    pub(super) name: String,
    pub(super) open: bool,
    pub(super) rows: Vec<SaveRow>,
}

impl SaveGroup {
    /// Appends the group, with the names of variables; `flags` are those of the last line. A group that names no variable is
    /// left out.
    pub(super) fn write(&self, names: &HashMap<u32, String>, flags: &mut u32, text: &mut String) {
        let rows: Vec<_> = self.rows.iter().filter(|row| row.var != NONE || row.label.is_some()).collect();
        if rows.iter().all(|row| row.var == NONE) {
            return;
        }
        let name_of = |var: u32| names.get(&var).map_or("", String::as_str);
        let mut set = |new: u32, text: &mut String| {
            if std::mem::replace(flags, new) != new {
                *text += &format!("@{new:x}\n");
            }
        };
        let name = in_line(&self.name);
        let (begin, end) = if self.open { (OPENED, END) } else { (CLOSED, END_CLOSED) };
        if !name.is_empty() {
            set(begin, text);
            *text += &format!("-{name}\n");
        }
        for row in rows {
            let label = row.label.as_deref().map(|label| in_line(label).replace(['{', '}'], "_"));
            set(row.flags, text);
            match label {
                Some(label) if row.var == NONE => *text += &format!("-{label}\n"),
                _ if name_of(row.var).is_empty() => {}
                label => {
                    *text += &format!("[color] {}\n", row.colour as u8);
                    let label = label.map_or(String::new(), |label| format!("+{{{label}}} "));
                    *text += &format!("{label}{}\n", name_of(row.var));
                }
            }
            for _ in 0..row.more {
                set(STRETCH, text);
                *text += "-\n";
            }
        }
        if !name.is_empty() {
            set(end, text);
            *text += "-\n";
        }
    }
}
