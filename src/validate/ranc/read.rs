//! Reads a test bench of RANC: memories of cores, packets in, packets out.
//!
//! | file | lines |
//! |---|---|
//! | `csram_NNN.mem` | a word in binary for each neuron of core NNN: a bit for each axon (the last character is axon 0), then 9 bits each of potential, reset potential, four weights, leak, threshold and floor, 1 bit of reset mode, 9 each of dx and dy, the target axon, 4 bits of delivery tick |
//! | `tc_NNN.mem` | which of the weights each axon of core NNN picks |
//! | `tb_input.txt` | packets in: dx, dy, axon, tick |
//! | `tb_num_inputs.txt` | how many of them before each tick |
//! | `tb_correct.txt` | the axon of each packet at the output bus |
//! | `tb_num_outputs.txt` | how many of them in each tick |
//!
//! The number of axons follows from the length of a word. Layout: UA-RCL/RANC, commit 08ae4bd, `Core.v`.

use super::super::Trouble;
use std::path::Path;

const MOST_BYTES: u64 = 1 << 26;
/// Most bytes of the memories of all cores together.
const MOST_BYTES_OF_CORES: usize = 1 << 28;
/// Bits of a word beside the axons' and the target axon.
const OTHER_BITS: u32 = 104;
const FIELD: u32 = 9;

#[derive(Clone, Debug)]
pub(super) struct RancNeuron {
    pub(super) connected: Vec<bool>,
    pub(super) potential: i32,
    pub(super) reset_potential: i32,
    pub(super) weights: [i16; 4],
    pub(super) leak: i32,
    pub(super) threshold: i32,
    pub(super) floor: i32,
    pub(super) linear: bool,
    pub(super) to: RancTarget,
}

impl RancNeuron {
    pub(super) fn is_active(&self) -> bool {
        self.connected.contains(&true) || self.leak != 0 || self.potential >= self.threshold
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RancTarget {
    pub(super) dx: i32,
    pub(super) dy: i32,
    pub(super) axon: u32,
    pub(super) tick: u32,
}

#[derive(Clone, Debug)]
pub(super) struct RancCore {
    pub(super) neurons: Vec<RancNeuron>,
    pub(super) types: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(super) struct TestBench {
    /// By number; a core without files is none.
    pub(super) cores: Vec<Option<RancCore>>,
    pub(super) axons: u32,
    pub(super) inputs: Vec<Vec<RancTarget>>,
    /// Axons of packets out, in each tick, ascending.
    pub(super) outputs: Vec<Vec<u32>>,
}

pub(super) fn read(folder: &Path) -> Result<TestBench, Trouble> {
    let (mut cores, mut axons, mut bytes) = (Vec::new(), None, 0);
    for number in core_numbers(folder)? {
        let words = lines(&folder.join(format!("csram_{number:03}.mem")))?;
        bytes += words.iter().map(String::len).sum::<usize>();
        if bytes > MOST_BYTES_OF_CORES {
            return Err(fail(folder, format!("its cores have more than {MOST_BYTES_OF_CORES} bytes in all")));
        }
        let core = read_core(folder, number, &words, &mut axons)?;
        cores.resize(number + 1, None);
        cores[number] = Some(core);
    }
    let axons = axons.ok_or_else(|| fail(folder, "no csram_NNN.mem is there".into()))?;
    let packets = lines(&folder.join("tb_input.txt"))?;
    let packets = packets.iter().map(|line| target(folder, line, axons)).collect::<Result<Vec<_>, _>>()?;
    let inputs = split(folder, "tb_num_inputs.txt", packets)?;
    let outputs = lines(&folder.join("tb_correct.txt"))?;
    let number = |line: &String| unsigned(folder, line).map(|axon| axon as u32);
    let mut outputs = split(folder, "tb_num_outputs.txt", outputs.iter().map(number).collect::<Result<Vec<_>, _>>()?)?;
    outputs.iter_mut().for_each(|tick| tick.sort_unstable());
    Ok(TestBench { cores, axons, inputs, outputs })
}

fn fail(path: &Path, what: String) -> Trouble {
    Trouble::Failed(format!("{}: {what}", path.display()))
}

/// Numbers of the cores with a memory, ascending.
fn core_numbers(folder: &Path) -> Result<Vec<usize>, Trouble> {
    let entries = std::fs::read_dir(folder).map_err(|error| fail(folder, format!("cannot be read: {error}")))?;
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let number = |name: String| name.strip_prefix("csram_")?.strip_suffix(".mem")?.parse().ok();
    let mut numbers: Vec<usize> = names.filter_map(number).collect();
    numbers.sort_unstable();
    match numbers.last() {
        Some(last) if *last > 999 => Err(fail(folder, format!("core {last}, expected at most 999"))),
        _ => Ok(numbers),
    }
}

fn lines(path: &Path) -> Result<Vec<String>, Trouble> {
    let size = std::fs::metadata(path).map_err(|error| fail(path, format!("cannot be read: {error}")))?.len();
    if size > MOST_BYTES {
        return Err(fail(path, format!("{size} bytes, expected at most {MOST_BYTES}")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| fail(path, format!("cannot be read: {error}")))?;
    let mut kept = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("/*") {
        kept.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, behind)| behind);
    }
    kept.push_str(rest);
    let code = |line: &str| line.split("//").next().unwrap_or("").trim().to_owned();
    Ok(kept.lines().map(code).filter(|line| !line.is_empty()).collect())
}

fn read_core(folder: &Path, number: usize, words: &[String], axons: &mut Option<u32>) -> Result<RancCore, Trouble> {
    let path = folder.join(format!("csram_{number:03}.mem"));
    let Some(first) = words.first() else { return Err(fail(&path, "no words".into())) };
    let found = axons_of(first.len() as u32)
        .ok_or_else(|| fail(&path, format!("words of {} bits, which fit no number of axons", first.len())))?;
    if *axons.get_or_insert(found) != found {
        return Err(fail(&path, format!("{found} axons, where other cores have another number")));
    }
    let neurons = words.iter().map(|word| neuron(&path, word, found, first.len())).collect::<Result<_, _>>()?;
    let path = folder.join(format!("tc_{number:03}.mem"));
    let types = lines(&path)?.iter().map(|line| unsigned(&path, line)).collect::<Result<Vec<_>, _>>()?;
    if types.len() != found as usize || types.iter().any(|kind| *kind > 3) {
        return Err(fail(&path, format!("{} axons, expected {found}, each of type 0 to 3", types.len())));
    }
    Ok(RancCore { neurons, types: types.into_iter().map(|kind| kind as u8).collect() })
}

/// Number of axons, from the bits of a word.
fn axons_of(bits: u32) -> Option<u32> {
    (1..=12).map(|log| 1u32 << log).find(|axons| axons + OTHER_BITS + axons.trailing_zeros() == bits)
}

fn neuron(path: &Path, word: &str, axons: u32, bits: usize) -> Result<RancNeuron, Trouble> {
    if word.len() != bits || !word.is_ascii() {
        return Err(fail(path, format!("a word of {} bits among words of {bits}", word.len())));
    }
    let (connections, mut rest) = word.split_at(axons as usize);
    // The first character is the highest bit, and so the last axon.
    let connected = connections.bytes().rev().map(|bit| bit == b'1').collect();
    unsigned_digits(path, connections)?;
    let mut field = |bits: u32| -> Result<&str, Trouble> {
        let (field, others) = rest.split_at(bits as usize);
        rest = others;
        unsigned_digits(path, field)?;
        Ok(field)
    };
    let potential = signed(field(FIELD)?);
    let reset_potential = signed(field(FIELD)?);
    let mut weights = [0; 4];
    for weight in &mut weights {
        *weight = signed(field(FIELD)?) as i16;
    }
    let (leak, threshold, floor) = (signed(field(FIELD)?), signed(field(FIELD)?), signed(field(FIELD)?));
    let linear = field(1)? == "1";
    let to = target(path, rest, axons)?;
    Ok(RancNeuron { connected, potential, reset_potential, weights, leak, threshold, floor, linear, to })
}

/// A packet, or the end of a neuron's word.
fn target(path: &Path, text: &str, axons: u32) -> Result<RancTarget, Trouble> {
    let bits = 2 * FIELD as usize + axons.trailing_zeros() as usize + 4;
    if text.len() != bits || !text.is_ascii() {
        return Err(fail(path, format!("a packet of {} bits, expected {bits}", text.len())));
    }
    unsigned_digits(path, text)?;
    let (dx, rest) = text.split_at(FIELD as usize);
    let (dy, rest) = rest.split_at(FIELD as usize);
    let (axon, tick) = rest.split_at(axons.trailing_zeros() as usize);
    let (axon, tick) = (unsigned(path, axon)? as u32, unsigned(path, tick)? as u32);
    Ok(RancTarget { dx: signed(dx), dy: signed(dy), axon, tick })
}

fn unsigned_digits(path: &Path, text: &str) -> Result<(), Trouble> {
    match text.bytes().all(|digit| matches!(digit, b'0' | b'1')) {
        true => Ok(()),
        false => {
            Err(fail(path, format!("found \"{}\", expected zeros and ones", text.chars().take(40).collect::<String>())))
        }
    }
}

fn unsigned(path: &Path, text: &str) -> Result<u64, Trouble> {
    unsigned_digits(path, text)?;
    u64::from_str_radix(text, 2).map_err(|_| fail(path, format!("found {} digits, expected at most 64", text.len())))
}

/// A number in two's complement, of few bits that are known to be zeros and ones.
fn signed(digits: &str) -> i32 {
    let value = digits.bytes().fold(0i32, |value, digit| value << 1 | i32::from(digit == b'1'));
    if digits.starts_with('1') { value - (1 << digits.len()) } else { value }
}

/// Splits a list as a file of numbers says.
fn split<T: Clone>(folder: &Path, name: &str, all: Vec<T>) -> Result<Vec<Vec<T>>, Trouble> {
    let path = folder.join(name);
    let number =
        |line: &String| line.parse::<usize>().map_err(|_| fail(&path, format!("found \"{line}\", expected a number")));
    let numbers = lines(&path)?.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    let total = numbers.iter().fold(0usize, |sum, n| sum.saturating_add(*n));
    if total != all.len() {
        return Err(fail(&path, format!("{total} packets in all, where the list has {}", all.len())));
    }
    let mut rest = all.as_slice();
    let mut take = |n: usize| {
        let (these, others) = rest.split_at(n);
        rest = others;
        these.to_vec()
    };
    Ok(numbers.into_iter().map(&mut take).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_words_tell_the_number_of_axons() {
        assert_eq!([239, 368, 625, 367].map(axons_of), [Some(128), Some(256), Some(512), None]);
    }

    #[test]
    fn fields_have_signs() {
        assert_eq!(["000000001", "111111111", "100000000", "011111111"].map(signed), [1, -1, -256, 255]);
    }
}
