//! What is traced, as a user says it: `core=0..3`, `layer=hidden`, `router=(1,0)`, `signal=spikes,packets`, `time=..10us`.
//!
//! Cores, layers and routers choose where; where none of them is said, it is everywhere. What has no place, time steps and
//! energy, is traced wherever.

use super::scene::{Scene, SceneNode};
use super::{Kind, Signal, WantedRecords};
use crate::text::{did_you_mean, unknown};
use crate::units::{Femtoseconds, Tick, parse_time};
use std::ops::{Range, RangeInclusive};

/// A choice of what is traced; by default all but membranes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    signals: Vec<Signal>,
    cores: Vec<RangeInclusive<u32>>,
    /// As they were given: by name or number.
    layers: Vec<String>,
    routers: Vec<String>,
    time: Option<(Option<Femtoseconds>, Option<Femtoseconds>)>,
}

/// Keys of a filter.
pub const KEYS: &[&str] = &["signal", "core", "layer", "router", "time"];

impl Filter {
    /// Adds what a text says, `KEY=LIST`; else what is wrong with it.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let (key, list) = text.split_once('=').unwrap_or((text, ""));
        let entries = split(list);
        if entries.is_empty() {
            return Err(format!("found \"{text}\", expected KEY=LIST, as in core=0..3 or signal=spikes,packets"));
        }
        match key.trim() {
            "signal" => {
                for name in &entries {
                    let known = || format!("signal: {}", unknown(name, Signal::NAMES));
                    self.signals.push(Signal::named(name).ok_or_else(known)?);
                }
            }
            "core" => {
                for entry in &entries {
                    let wrong = || format!("found the core \"{entry}\", expected a number, or two as in 0..3");
                    self.cores.push(numbers(entry).ok_or_else(wrong)?);
                }
            }
            "layer" => self.layers.extend(entries),
            "router" => self.routers.extend(entries),
            "time" => match (&entries[..], self.time) {
                ([window], None) => self.time = Some(times(window)?),
                _ => return Err("time: expected one window".into()),
            },
            other => return Err(unknown(other, KEYS)),
        }
        Ok(())
    }

    /// The part of a system that is wanted; else all problems of the filter.
    pub fn wanted(&self, scene: &Scene) -> Result<WantedRecords, String> {
        let signals = if self.signals.is_empty() { Signal::usual() } else { self.signals.clone() };
        let kinds: Vec<Kind> = signals.iter().flat_map(|signal| signal.kinds()).copied().collect();
        let mut wanted = WantedRecords::kinds(&kinds);
        let mut problems = Vec::new();
        if !(self.cores.is_empty() && self.layers.is_empty() && self.routers.is_empty()) {
            wanted = wanted.of_nodes(self.nodes(scene, &mut problems));
        }
        if let Some((from, to)) = self.time {
            wanted = wanted.within(ticks(from, to, scene.tick));
        }
        if problems.is_empty() { Ok(wanted) } else { Err(problems.join("; ")) }
    }

    fn nodes(&self, scene: &Scene, problems: &mut Vec<String>) -> Vec<bool> {
        let cores = scene.cores.len() as u32;
        for range in self.cores.iter().filter(|range| *range.end() >= cores) {
            problems.push(format!("core: found \"{}\", allowed: 0 to {}", range.end(), cores.saturating_sub(1)));
        }
        let names = scene.layers.iter().map(|layer| layer.name.as_str());
        let layers = chosen("layer", &self.layers, names, problems);
        let routers = chosen("router", &self.routers, scene.routers.iter().map(|r| r.name.as_str()), problems);
        let is_wanted = |node| match scene.node(node) {
            SceneNode::Router(router) => routers[router as usize],
            SceneNode::Core(core) => {
                self.cores.iter().any(|range| range.contains(&core))
                    || scene.cores[core as usize]
                        .parts
                        .iter()
                        .any(|part| layers.get(part.layer as usize) == Some(&true))
            }
            // The host sends for the layers that stand on no core.
            SceneNode::Host => {
                scene.layers.iter().zip(&layers).any(|(layer, wanted)| *wanted && !scene.is_on_cores(layer))
            }
            SceneNode::Clock => true,
        };
        (0..scene.nodes() as u32).map(is_wanted).collect()
    }
}

/// Which of some things are chosen, by name or by number from 0.
fn chosen<'a>(
    what: &str,
    entries: &[String],
    names: impl ExactSizeIterator<Item = &'a str>,
    problems: &mut Vec<String>,
) -> Vec<bool> {
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    let names: Vec<String> = names.map(squeezed).collect();
    let mut chosen = vec![false; names.len()];
    for entry in entries {
        let by_name = names.iter().position(|name| *name == squeezed(entry));
        let by_number = || numbers(entry).map(|range| (*range.start() as usize)..=(*range.end() as usize));
        match by_name.map(|at| at..=at).or_else(by_number) {
            Some(range) if *range.end() < names.len() => chosen[range].fill(true),
            _ => {
                let known = if names.len() > 20 { format!("0 to {}", names.len() - 1) } else { names.join(", ") };
                let near = did_you_mean(entry, &names.iter().map(String::as_str).collect::<Vec<_>>());
                problems.push(format!("{what}: found \"{entry}\", allowed: {known}{near}"));
            }
        }
    }
    chosen
}

/// Entries between commas that are not in parentheses.
fn split(list: &str) -> Vec<String> {
    let (mut entries, mut depth) = (vec![String::new()], 0);
    for c in list.chars() {
        depth += i32::from(c == '(') - i32::from(c == ')');
        match entries.last_mut() {
            Some(entry) if c != ',' || depth > 0 => entry.push(c),
            _ => entries.push(String::new()),
        }
    }
    entries.iter().map(|entry| entry.trim().to_owned()).filter(|entry| !entry.is_empty()).collect()
}

fn numbers(text: &str) -> Option<RangeInclusive<u32>> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from <= to).then_some(from..=to)
}

/// A window of time, either end of which may be open.
fn times(text: &str) -> Result<(Option<Femtoseconds>, Option<Femtoseconds>), String> {
    let wrong = |why: String| format!("found the time \"{text}\", expected a window as in 10us..20us{why}");
    let (from, to) = text.split_once("..").ok_or_else(|| wrong(String::new()))?;
    let read = |text: &str| {
        // A number and its unit, with or without a blank.
        let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
        let spaced = format!("{digits} {}", text[digits.len()..].trim());
        match text.trim() {
            "" => Ok(None),
            _ => parse_time(&spaced).map(Some).map_err(|error| wrong(format!(": {error}"))),
        }
    };
    let (from, to) = (read(from.trim())?, read(to.trim())?);
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        return Err(wrong(": it is empty".into()));
    }
    Ok((from, to))
}

/// Ticks that begin in a window.
fn ticks(from: Option<Femtoseconds>, to: Option<Femtoseconds>, tick: Femtoseconds) -> Range<Tick> {
    let first = |time: Femtoseconds| time.0.div_ceil(tick.0.max(1));
    from.map_or(0, first)..to.map_or(Tick::MAX, first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::scene::{SceneCore, SceneLayer, SceneRouter};

    fn scene() -> Scene {
        let layer = |name: &str, first, count| SceneLayer { name: name.into(), first, count };
        let core = |layer, first| SceneCore::of(0, layer, first, 2);
        let router = |name: &str| SceneRouter { name: name.into(), tile: None };
        Scene {
            tick: Femtoseconds(100_000),
            layers: vec![layer("input", 0, 3), layer("hidden", 3, 4), layer("output", 7, 2)],
            routers: vec![router("(0, 0)"), router("(1, 0)")],
            cores: vec![core(1, 3), core(1, 5), core(2, 7)],
            ..Scene::default()
        }
    }

    fn filter(texts: &[&str]) -> Result<Filter, String> {
        let mut filter = Filter::default();
        texts.iter().try_for_each(|text| filter.add(text)).map(|()| filter)
    }

    /// Nodes that are wanted: routers 0 and 1, cores 2 to 4, the host, the clock.
    fn nodes(texts: &[&str]) -> Vec<u32> {
        let wanted = filter(texts).unwrap().wanted(&scene()).unwrap();
        (0..7).filter(|node| wanted.has_node(*node)).collect()
    }

    #[test]
    fn places_add_up() {
        assert_eq!(nodes(&["signal=spikes"]), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(nodes(&["core=0, 2"]), [2, 4, 6]);
        assert_eq!(nodes(&["core=0..1", "router=(1,0)"]), [1, 2, 3, 6]);
        assert_eq!(nodes(&["layer=hidden,2"]), [2, 3, 4, 6]);
        assert_eq!(nodes(&["layer=input"]), [5, 6]);
        assert_eq!(nodes(&["router=0..1"]), [0, 1, 6]);
    }

    #[test]
    fn times_are_windows_of_ticks() {
        let window = |text| filter(&[text]).unwrap().wanted(&scene()).unwrap();
        let at = |tick| crate::trace::Record {
            tick,
            node: 0,
            port: 0,
            kind: Kind::Hop,
            channel: 0,
            serial: 0,
            item: 0,
            value: 0,
            step: 1,
        };
        let within = |text, ticks: [Tick; 4]| ticks.map(|tick| window(text).takes(&at(tick)));
        assert_eq!(within("time=1ns..2.05 ns", [9, 10, 20, 21]), [false, true, true, false]);
        assert_eq!(within("time=..1ns", [0, 9, 10, 11]), [true, true, false, false]);
        assert_eq!(within("time=1ns..", [0, 9, 10, 1 << 40]), [false, false, true, true]);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_there_is() {
        for (text, word) in [
            ("signal=spike", "energy"),
            ("cores=1", "signal, core, layer, router, time"),
            ("core=", "KEY=LIST"),
            ("core=3..1", "expected a number"),
            ("time=5us", "10us..20us"),
            ("time=5us..2us", "empty"),
            ("time=5..6", "10us..20us"),
        ] {
            let said = filter(&[text]).unwrap_err();
            assert!(said.contains(word), "{text}: {said}");
        }
        let said = filter(&["core=9", "layer=hiden", "router=(2,0)"]).unwrap().wanted(&scene()).unwrap_err();
        let words = [
            "core: found \"9\", allowed: 0",
            "\"hiden\", allowed: input, hidden, output; did you mean \"hidden\"?",
            "\"(2,0)\"",
        ];
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert!(filter(&["time=1us..2us", "time=3us..4us"]).is_err());
    }
}
