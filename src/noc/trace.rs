//! Reading traces: a packet a line, `cycle source destination flits`.
//!
//! Fields are separated by blanks or commas, `#` begins a comment, and a first line of words is a heading. Lines of a
//! source need no order: its packets are sorted by cycle, those of one cycle by line. All problems are reported, each
//! with its line.

use crate::json::{FileError, Problem};
use crate::units::Tick;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Last cycle in which a packet can be born.
pub const LAST_CYCLE: Tick = 1 << 40;
/// Most flits of a packet.
pub const MOST_FLITS: u16 = 256;
/// Most packets of a trace: half a gigabyte.
pub const MOST_PACKETS: u64 = 1 << 25;
/// Longest line (bytes).
const LONGEST_LINE: usize = 1000;
/// Problems that are reported.
const REPORTED: usize = 20;

/// Packets by source: (cycle, destination, flits), ascending by cycle.
pub type TracePackets = Vec<Vec<(Tick, u32, u16)>>;

/// Reads a trace for `terminals` terminals. Packets without a length have `flits` flits.
pub fn load(path: &Path, terminals: u32, flits: u16) -> Result<TracePackets, FileError> {
    let name = path.display().to_string();
    let unreadable = |error: io::Error| FileError::single(name.clone(), "", format!("cannot be read: {error}"));
    // Reading a pipe might wait without end.
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(FileError::single(name, "", "not a regular file"));
    }
    let file = File::open(path).map_err(unreadable)?;
    read(&name, BufReader::new(file), terminals, flits)
}

/// Reads a trace from a text; `name` names it in messages.
pub fn read(name: &str, mut text: impl BufRead, terminals: u32, flits: u16) -> Result<TracePackets, FileError> {
    let mut reader =
        TraceReader { terminals, flits, packets: vec![Vec::new(); terminals as usize], ..TraceReader::default() };
    let mut line = Vec::new();
    loop {
        match next_line(&mut text, &mut line) {
            Ok(false) => break,
            Ok(true) => reader.take(&line),
            Err(error) => return Err(FileError::single(name, "", format!("cannot be read: {error}"))),
        }
        if reader.count > MOST_PACKETS {
            return Err(FileError::single(name, "", format!("more than {MOST_PACKETS} packets")));
        }
    }
    reader.finish(name)
}

/// Reads a line without its end; of one that is too long, one byte more than allowed. `false` at the end of the text.
fn next_line(text: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    let mut any = false;
    loop {
        let chunk = text.fill_buf()?;
        if chunk.is_empty() {
            return Ok(any);
        }
        any = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let (part, used) = (end.unwrap_or(chunk.len()), end.map_or(chunk.len(), |end| end + 1));
        let room = (LONGEST_LINE + 1).saturating_sub(line.len());
        line.extend_from_slice(&chunk[..part.min(room)]);
        text.consume(used);
        if end.is_some() {
            return Ok(true);
        }
    }
}

#[derive(Default)]
struct TraceReader {
    terminals: u32,
    flits: u16,
    packets: TracePackets,
    count: u64,
    /// Lines taken, and whether one of them was neither empty nor a comment.
    lines: u64,
    begun: bool,
    problems: Vec<Problem>,
    unreported: u64,
}

impl TraceReader {
    fn problem(&mut self, message: String) {
        if self.problems.len() < REPORTED {
            self.problems.push(Problem { path: format!("line {}", self.lines), message });
        } else {
            self.unreported += 1;
        }
    }

    fn take(&mut self, line: &[u8]) {
        self.lines += 1;
        if line.len() > LONGEST_LINE {
            return self.problem(format!("longer than {LONGEST_LINE} bytes"));
        }
        let Ok(text) = std::str::from_utf8(line) else {
            let wide = self.lines == 1 && matches!(line, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
            let what = if wide { "UTF-16 text; save it as UTF-8" } else { "not UTF-8 text" };
            return self.problem(what.into());
        };
        let text = text
            .strip_prefix('\u{feff}')
            .filter(|_| self.lines == 1)
            .unwrap_or(text)
            .split('#')
            .next()
            .unwrap_or_default();
        let fields: Vec<&str> =
            text.split(|c: char| c == ',' || c.is_whitespace()).filter(|field| !field.is_empty()).collect();
        if fields.is_empty() {
            return;
        }
        let first = !std::mem::replace(&mut self.begun, true);
        let is_heading = first && fields.iter().all(|field| field.starts_with(char::is_alphabetic));
        if !is_heading {
            self.packet(&fields);
        }
    }

    fn packet(&mut self, fields: &[&str]) {
        let (cycle, from, to, length) = match *fields {
            [cycle, from, to] => (cycle, from, to, None),
            [cycle, from, to, length] => (cycle, from, to, Some(length)),
            _ => {
                let count = fields.len();
                return self.problem(format!("found {count} fields, expected cycle, source, destination and flits"));
            }
        };
        let last = u64::from(self.terminals) - 1;
        let cycle = self.number("cycle", cycle, 0, LAST_CYCLE);
        let from = self.number("source", from, 0, last);
        let to = self.number("destination", to, 0, last);
        let flits = match length {
            None => Some(self.flits.into()),
            Some(text) => self.number("flits", text, 1, MOST_FLITS.into()),
        };
        if let (Some(cycle), Some(from), Some(to), Some(flits)) = (cycle, from, to, flits) {
            self.count += 1;
            // Packets of a trace with problems are not kept.
            if self.problems.is_empty() && self.count <= MOST_PACKETS {
                self.packets[from as usize].push((cycle, to as u32, flits as u16));
            }
        }
    }

    fn number(&mut self, what: &str, text: &str, least: u64, most: u64) -> Option<u64> {
        let number = text.parse().ok().filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problem(format!("{what}: found \"{text}\", allowed {least} to {most}"));
        }
        number
    }

    fn finish(mut self, name: &str) -> Result<TracePackets, FileError> {
        if self.unreported > 0 {
            let message = format!("{} more problems", self.unreported);
            self.problems.push(Problem { path: String::new(), message });
        }
        if !self.problems.is_empty() {
            return Err(FileError { file: name.to_owned(), problems: self.problems });
        }
        if self.count == 0 {
            return Err(FileError::single(name, "", "holds no packet"));
        }
        // The order of lines is kept within a cycle.
        self.packets.iter_mut().for_each(|source| source.sort_by_key(|(cycle, ..)| *cycle));
        Ok(self.packets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<TracePackets, String> {
        read("t", text.as_bytes(), 4, 3).map_err(|error| error.to_string())
    }

    #[test]
    fn packets_are_taken_by_cycle_and_line() {
        let text = "cycle,source,destination,flits\n9,1,2,5\n# a comment\n\n3 1 0 # and one more\r\n3\t1, 3 1\n0 0 0";
        let expected = vec![vec![(0, 0, 3)], vec![(3, 0, 3), (3, 3, 1), (9, 2, 5)], vec![], vec![]];
        assert_eq!(lines(text), Ok(expected));
    }

    #[test]
    fn long_lines_are_not_kept() {
        let long = format!("1 1 1 {}1\n1 2 3\n", " ".repeat(5_000_000));
        assert_eq!(lines(&long), Err("t: line 1: longer than 1000 bytes".into()));
        // A buffer that splits lines everywhere.
        let text = BufReader::with_capacity(3, "10 1 2 7\n11 1 3".as_bytes());
        assert_eq!(read("t", text, 4, 1).unwrap()[1], [(10, 2, 7), (11, 3, 1)]);
    }
}
