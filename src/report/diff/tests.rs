//! The change of the energy between random runs is explained to the last attojoule.

use super::exact::scales;
use super::*;
use crate::hw::{self, Calibration, Chip, Energy, StaticPower};
use crate::report::energy::bill_by_kind;
use crate::report::price::{OpPrice, price};
use crate::report::tally::{KindTally, Tally};
use crate::report::times::Times;
use crate::rng::mix;
use crate::stats::Counts;
use crate::units::{Attojoules, Nanowatts, sum_to_pj};

/// Chips of one kind of core and of two, with tables that price per term, in all, hardly anything, and by kind of core.
const CHIPS: [(&str, &str); 5] = [
    ("loihi", include_str!("../../../hw_models/loihi.json")),
    ("odin", include_str!("../../../hw_models/odin.json")),
    ("speck", include_str!("../../../hw_models/speck.json")),
    ("crossbar", include_str!("../../../hw_models/crossbar.json")),
    ("hybrid", include_str!("../../../tests/chips/hybrid.json")),
];

struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 += 1;
        mix(self.0) % n
    }

    /// Numbers of all sizes, zeros among them.
    fn number(&mut self, most_bits: u64) -> u64 {
        let bits = self.below(most_bits + 1);
        self.below(1 << bits)
    }
}

fn chips() -> Vec<Chip> {
    let read = |(name, text): (&str, &str)| {
        let document = crate::json::Document::parse(format!("{name}.json"), text).unwrap();
        hw::read(document, name).unwrap()
    };
    CHIPS.into_iter().map(read).collect()
}

/// A table of the chip, with some prices changed, added and removed, and with any static power.
fn calibration(chip: &Chip, draws: &mut Draws) -> Calibration {
    let tables = chip.calibrations();
    let mut table = tables[draws.below(tables.len() as u64) as usize].clone();
    let mut change = |costs: &mut Vec<hw::Cost>| {
        for cost in costs {
            cost.energy = match draws.below(4) {
                0 => Energy::Unpriced,
                1 => {
                    let nominal = Attojoules(draws.number(46));
                    Energy::Priced { low: nominal, nominal, high: nominal }
                }
                _ => cost.energy,
            };
        }
    };
    change(&mut table.costs);
    table.by_core.iter_mut().for_each(change);
    if draws.below(2) == 0 {
        let (kind, source) = (hw::ConstantKind::Silicon, "none".to_owned());
        let power = Nanowatts(draws.number(40));
        table.static_power = Some(StaticPower { power, kind, source, note: None });
    }
    table
}

/// Counts of a run; on a chip of several kinds of cores, those of each are a part of them.
fn tally(chip: &Chip, draws: &mut Draws) -> Tally {
    let kinds = if chip.kinds.differ() { chip.kinds() } else { &[] };
    let samples = 1 + draws.below(7);
    let mut tally = Tally { tick: chip.tick, ..Tally::default() };
    let named = |kind: &hw::CoreKind| KindTally { name: kind.name.clone(), ..KindTally::default() };
    tally.kinds = kinds.iter().map(named).collect();
    let ops: Vec<Op> = Op::ALL.iter().copied().filter(|_| draws.below(3) > 0).collect();
    for _ in 0..samples {
        let mut all = Counts::default();
        ops.iter().for_each(|op| all.add(*op, draws.number(30)));
        for kind in &mut tally.kinds {
            let mut own = Counts::default();
            ops.iter().for_each(|op| own.add(*op, draws.number(30)));
            all.merge(&own);
            kind.inferences.push(own);
        }
        tally.inferences.push((all, 1 + draws.number(34)));
    }
    tally
}

/// A run, and its energy (aJ) as the bill has it.
fn random_run(chips: &[Chip], draws: &mut Draws) -> (Summary, u128) {
    let chip = &chips[draws.below(chips.len() as u64) as usize];
    let (table, tally) = (calibration(chip, draws), tally(chip, draws));
    let energy = bill_by_kind(&tally.counted(), tally.fs(tally.ticks()), &table).total();
    let times = Times::of(&table, &tally.counted(), 1);
    let pricing = price(&tally, &times, (&table, chip.calibrations()));
    (Summary { chip: chip.name.clone(), tally, times, pricing, samples: 1, ..Summary::default() }, energy)
}

#[test]
fn every_change_is_explained_to_the_last_attojoule() {
    let (chips, mut draws, mut by_kind) = (chips(), Draws(1), 0);
    for pair in 0..2000 {
        let (before, first) = random_run(&chips, &mut draws);
        // The same counts now and then, priced otherwise.
        let (mut after, mut second) = random_run(&chips, &mut draws);
        if draws.below(4) == 0 {
            let chip = chips.iter().find(|chip| chip.name == before.chip).unwrap();
            let table = calibration(chip, &mut draws);
            second = bill_by_kind(&before.tally.counted(), before.tally.fs(before.tally.ticks()), &table).total();
            let pricing = price(&before.tally, &before.times, (&table, chip.calibrations()));
            after = Summary { pricing, ..before.clone() };
        }
        let diff = RunDiff::of(&before, &after, None).unwrap();
        let Some(exact) = diff.exact else {
            assert!([&before, &after].iter().any(|run| run.pricing.prices.is_empty()), "pair {pair}");
            continue;
        };
        let (scale, inferences) = scales([&before, &after].map(|run| run.tally.inferences.len() as u128));
        assert_eq!(exact.inferences, inferences);
        assert_eq!(exact.energy_aj, [(first * scale[0]) as i128, (second * scale[1]) as i128], "pair {pair}");
        assert!(exact.is_explained(), "pair {pair}: {exact:?}");
        // The rows alone are all of it: what is left out has not changed.
        let rows = |part: fn(&OperationTotals) -> i128| diff.operations.iter().map(|op| part(&op.totals)).sum::<i128>();
        let parts = [rows(|totals| totals.by_count_aj), rows(|totals| totals.by_price_aj)];
        assert_eq!(parts, [exact.by_count_aj, exact.by_price_aj], "pair {pair}");
        assert_eq!(parts[0] + parts[1], (second * scale[1]) as i128 - (first * scale[0]) as i128, "pair {pair}");
        if exact.change_aj() != 0 {
            let shares: f64 = diff.operations.iter().filter_map(|op| op.of_change).sum();
            let size: f64 = diff.operations.iter().filter_map(|op| op.of_change).map(f64::abs).sum();
            assert!((shares - 1.0).abs() < 1e-9 * size.max(1.0), "pair {pair}: {shares}");
        }
        // Energies of reports are these, divided and rounded.
        for (run, energy) in [(&before, first), (&after, second)] {
            assert_eq!(run.pricing.energy_pj.mean, sum_to_pj(energy) / run.tally.samples());
        }
        by_kind += usize::from(diff.operations.iter().any(|op| op.core.is_some()));
    }
    assert!(by_kind > 20, "{by_kind} pairs of runs on cores of the same kinds");
}

#[test]
fn a_change_is_split_as_by_hand() {
    let run = |samples: usize, synapses: u64, aj: Option<u64>| {
        let mut run = Summary { samples: 1, ..Summary::default() };
        run.tally.inferences = vec![(Counts::default(), 1); samples];
        run.tally.inferences[0].0.add(Op::Synapse, synapses);
        run.pricing.prices =
            aj.map(|energy_aj| OpPrice { op: Op::Synapse, core: None, energy_aj }).into_iter().collect();
        run
    };
    let split = |before: &Summary, after: &Summary| {
        let diff = RunDiff::of(before, after, None).unwrap();
        let exact = diff.exact.unwrap();
        assert!(exact.is_explained());
        (exact.inferences, exact.energy_aj, exact.by_count_aj, exact.by_price_aj)
    };
    // 10 synapses at 7 aJ, and 30 at 11 aJ.
    assert_eq!(split(&run(1, 10, Some(7)), &run(1, 30, Some(11))), (1, [70, 330], 20 * 7, 4 * 30));
    // Two inferences have 10, three have 30: of six, 30 and 60.
    assert_eq!(split(&run(2, 10, Some(7)), &run(3, 30, Some(11))), (6, [210, 660], 30 * 7, 4 * 60));
    // What was unpriced before changes by its price; what was not counted before, by its count.
    assert_eq!(split(&run(1, 10, None), &run(1, 30, Some(11))), (1, [0, 330], 0, 330));
    assert_eq!(split(&run(1, 0, None), &run(1, 30, Some(11))), (1, [0, 330], 330, 0));
    assert_eq!(split(&run(1, 10, Some(7)), &run(1, 0, None)), (1, [70, 0], -70, 0));
    // No run counts as much; it is an error and no wrong figure.
    let most = run(1, u64::MAX, Some(u64::MAX));
    assert_eq!(RunDiff::of(&run(3, 1, Some(1)), &most, None), Err(DiffError::TooLarge));
}

#[test]
fn names_of_both_lists_are_paired() {
    let list = |names: &[(&str, f64)]| names.iter().map(|(n, v)| ((*n).to_owned(), Some(*v))).collect::<Vec<_>>();
    let found = paired(&list(&[("a", 1.0), ("b", 2.0)]), &list(&[("b", 3.0), ("c", 4.0)]));
    let expected = [("a", [Some(1.0), None]), ("b", [Some(2.0), Some(3.0)]), ("c", [None, Some(4.0)])];
    assert_eq!(found, expected.map(|(name, values)| (name.to_owned(), values)));
}
