//! Search, on grids of which every point was evaluated before (`tests/reference/search.md`), and on functions.

use spikemesh::search::{LevelAxis, Observation, PointSearch, PointSearchOptions, SearchGoal};
use std::collections::HashMap;

const LOIHI: &str = include_str!("../reference/search_digits_mlp_loihi.csv");
const SRAM_MESH: &str = include_str!("../reference/search_digits_mlp_sram_mesh.csv");

/// Accuracy, energy, latency.
const OBJECTIVES: [SearchGoal; 3] = [
    SearchGoal { highest: true, logarithmic: false },
    SearchGoal { highest: false, logarithmic: true },
    SearchGoal { highest: false, logarithmic: true },
];

/// All points of a space, with their objectives.
struct Grid {
    axes: Vec<LevelAxis>,
    rows: HashMap<Vec<u32>, Vec<f64>>,
}

impl Grid {
    fn read(text: &str) -> Self {
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let mut levels = vec![Vec::new(); 4];
        for line in &lines {
            for (levels, text) in levels.iter_mut().zip(line) {
                if !levels.contains(text) {
                    levels.push(*text);
                }
            }
        }
        let axis =
            |levels: &Vec<&str>| match levels.iter().map(|text| text.parse::<f64>()).collect::<Result<Vec<_>, _>>() {
                Ok(numbers) => {
                    let (first, last) = (numbers[0].ln(), numbers[numbers.len() - 1].ln());
                    LevelAxis::Ordered(
                        numbers.iter().map(|number| ((number.ln() - first) / (last - first)).clamp(0.0, 1.0)).collect(),
                    )
                }
                Err(_) => LevelAxis::Choice(levels.len()),
            };
        let row = |line: &Vec<&str>| {
            let level =
                |(levels, text): (&Vec<&str>, &&str)| levels.iter().position(|level| level == text).unwrap() as u32;
            (levels.iter().zip(line).map(level).collect(), line[4..].iter().map(|text| text.parse().unwrap()).collect())
        };
        Self { rows: lines.iter().map(row).collect(), axes: levels.iter().map(axis).collect() }
    }

    /// Objectives from 0 to 1 over the whole grid, the lower the better.
    fn places(&self) -> HashMap<Vec<u32>, Vec<f64>> {
        let plain = |values: &Vec<f64>| vec![-values[0], values[1].ln(), values[2].ln()];
        let all: Vec<Vec<f64>> = self.rows.values().map(plain).collect();
        let end = |n: usize, better: fn(f64, f64) -> f64| all.iter().map(|values| values[n]).reduce(better).unwrap();
        let place = |values: &Vec<f64>| {
            let scaled = plain(values).into_iter().enumerate();
            scaled.map(|(n, x)| (x - end(n, f64::min)) / (end(n, f64::max) - end(n, f64::min))).collect()
        };
        self.rows.iter().map(|(point, values)| (point.clone(), place(values))).collect()
    }

    /// The share of the grid's hypervolume that so many evaluations find.
    fn share(&self, seed: u64, evaluations: usize) -> f64 {
        let (places, mut seen) = (self.places(), Vec::new());
        let options = PointSearchOptions { seed, ..PointSearchOptions::default() };
        let mut search = PointSearch::new(self.axes.clone(), OBJECTIVES.to_vec(), options).unwrap();
        for _ in 0..evaluations {
            let point = search.ask(1).remove(0);
            seen.push(places[&point].clone());
            search.tell(point.clone(), measured(&self.rows[&point])).unwrap();
        }
        volume(&seen) / volume(&places.into_values().collect::<Vec<_>>())
    }

    /// How far the best of so many evaluations is from the grid's, of one objective made of all.
    fn regret(&self, seed: u64, evaluations: usize) -> f64 {
        let cost = |place: &Vec<f64>| place[0] + 0.5 * place[1] + 0.5 * place[2];
        let costs: HashMap<_, f64> = self.places().into_iter().map(|(point, place)| (point, cost(&place))).collect();
        let options = PointSearchOptions { seed, ..PointSearchOptions::default() };
        let objective = SearchGoal { highest: false, logarithmic: false };
        let mut search = PointSearch::new(self.axes.clone(), vec![objective], options).unwrap();
        let mut best = f64::INFINITY;
        for _ in 0..evaluations {
            let point = search.ask(1).remove(0);
            best = best.min(costs[&point]);
            search.tell(point.clone(), measured(&[costs[&point]])).unwrap();
        }
        best - costs.values().copied().reduce(f64::min).unwrap()
    }
}

fn measured(objectives: &[f64]) -> Observation {
    Observation::Measured { objectives: objectives.to_vec(), limits: Vec::new() }
}

/// The volume that points dominate below 1.1 in three dimensions: a count of cells of the grid of all coordinates, which
/// shares nothing with the code that is tested.
fn volume(points: &[Vec<f64>]) -> f64 {
    let is_beaten = |a: &Vec<f64>| points.iter().any(|b| b != a && b.iter().zip(a).all(|(b, a)| b <= a));
    let front: Vec<&Vec<f64>> = points.iter().filter(|point| !is_beaten(point)).collect();
    let edges = |n: usize| {
        let mut edges: Vec<f64> = front.iter().map(|point| point[n]).chain([1.1]).collect();
        edges.sort_by(f64::total_cmp);
        edges.dedup();
        edges
    };
    let (a, b, c) = (edges(0), edges(1), edges(2));
    let mut sum = 0.0;
    for x in a.windows(2) {
        for y in b.windows(2) {
            let inside = front.iter().filter(|point| point[0] <= x[0] && point[1] <= y[0]);
            let lowest = inside.map(|point| point[2]).fold(1.1, f64::min);
            sum += (x[1] - x[0])
                * (y[1] - y[0])
                * c.windows(2).filter(|z| z[0] >= lowest).map(|z| z[1] - z[0]).sum::<f64>();
        }
    }
    sum
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn fifteen_evaluations_find_the_hypervolume_of_256() {
    for (text, least, worst) in [(LOIHI, 0.98, 0.95), (SRAM_MESH, 0.98, 0.95)] {
        let grid = Grid::read(text);
        let shares: Vec<f64> = (1..=20).map(|seed| grid.share(seed, 15)).collect();
        assert!(mean(&shares) >= least && shares.iter().all(|share| *share >= worst), "{shares:?}");
    }
}

#[test]
fn fifteen_evaluations_come_close_to_the_best_of_one_objective() {
    let grid = Grid::read(LOIHI);
    let regrets: Vec<f64> = (1..=30).map(|seed| grid.regret(seed, 15)).collect();
    assert!(mean(&regrets) <= 0.015, "{}: {regrets:?}", mean(&regrets));
}

/// A search of eight axes of nine levels: two objectives, of which the front is known to have all axes but the first at 0
/// (ZDT1 of Zitzler, Deb and Thiele 2000), and a limit.
fn large(
    seed: u64,
    batch: usize,
    evaluations: usize,
    limit: impl Fn(&[f64]) -> Observation,
) -> (PointSearch, Vec<Vec<u32>>) {
    let axis = LevelAxis::Ordered((0..9).map(|n| f64::from(n) / 8.0).collect());
    let objective = SearchGoal { highest: false, logarithmic: false };
    let options = PointSearchOptions { seed, ..PointSearchOptions::default() };
    let mut search = PointSearch::new(vec![axis; 8], vec![objective; 2], options).unwrap();
    let mut points = Vec::new();
    while points.len() < evaluations {
        for point in search.ask(batch) {
            let at: Vec<f64> = point.iter().map(|level| f64::from(*level) / 8.0).collect();
            search.tell(point.clone(), limit(&at)).unwrap();
            points.push(point);
        }
    }
    (search, points)
}

fn zdt1(at: &[f64]) -> Vec<f64> {
    let g = 1.0 + 9.0 * mean(&at[1..]);
    vec![at[0], g * (1.0 - (at[0] / g).sqrt())]
}

#[test]
fn a_space_of_millions_is_searched() {
    let (search, points) = large(3, 1, 30, |at| measured(&zdt1(at)));
    let on_front = points.iter().filter(|point| point[1..].iter().all(|level| *level == 0)).count();
    assert!(on_front >= 5, "{on_front}: {points:?}");
    let volumes = search.hypervolume();
    assert!(volumes.len() == 30 && volumes.windows(2).all(|pair| pair[0] <= pair[1]), "{volumes:?}");
    let errors = search.leave_one_out();
    assert!(errors.iter().all(|error| error.relative < 0.5 && error.predicted.len() == 30), "{errors:?}");
    // The first objective is the first axis and nothing else.
    let effects = &search.sensitivity()[0].axes;
    assert!(effects[0].share > 0.8 && effects[1..].iter().all(|effect| effect.share < 0.1), "{effects:?}");
}

#[test]
fn what_does_not_fit_and_what_is_beyond_a_limit_is_avoided() {
    let evaluate = |at: &[f64]| match at[2] + at[3] {
        sum if sum > 1.5 => Observation::Unfit,
        _ => Observation::Measured { objectives: zdt1(at), limits: vec![0.5 - at[1]] },
    };
    let (search, points) = large(5, 3, 33, evaluate);
    assert!(search.front().iter().all(|row| points[*row][1] >= 4));
    let late = points[20..].iter().filter(|point| point[1] >= 4 && point[2] + point[3] <= 12).count();
    assert!(late >= 8, "{late} of {points:?}");
    assert_eq!(large(5, 3, 33, evaluate).1, points);
    assert_ne!(large(6, 3, 33, evaluate).1, points);
}

#[test]
fn a_space_ends_and_wrong_points_are_refused() {
    let axes = vec![LevelAxis::Choice(3), LevelAxis::Ordered(vec![0.0, 1.0])];
    let objective = SearchGoal { highest: true, logarithmic: true };
    let mut search = PointSearch::new(axes.clone(), vec![objective; 2], PointSearchOptions::default()).unwrap();
    let mut points = search.ask(4);
    for (n, point) in points.clone().into_iter().enumerate() {
        search.tell(point, measured(&[n as f64 + 1.0, 1.0])).unwrap();
    }
    points.extend(search.ask(9));
    points.sort();
    points.dedup();
    assert_eq!(points.len(), 6);
    assert!(search.ask(1).is_empty());
    for (point, observation) in [
        (vec![3, 0], Observation::Unfit),
        (vec![0], Observation::Unfit),
        (vec![0, 0], measured(&[1.0])),
        (vec![0, 0], measured(&[1.0, f64::NAN])),
    ] {
        assert!(search.tell(point, observation).is_err());
    }
    assert!(PointSearch::new(Vec::new(), vec![objective], PointSearchOptions::default()).is_err());
    assert!(PointSearch::new(axes.clone(), vec![objective; 5], PointSearchOptions::default()).is_err());
    assert!(
        PointSearch::new(vec![LevelAxis::Ordered(vec![0.5, 0.2])], vec![objective], PointSearchOptions::default())
            .is_err()
    );
}
