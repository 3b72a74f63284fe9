//! The search of `tune` against random points and against samplers of the crate `optimizer`, with as many evaluations, on a
//! grid whose points were all evaluated before and on functions; and the time of one question to it.
//!
//! Their samplers have their defaults but for populations, and may ask for a point twice, which counts twice.
//! `cargo bench --bench tune -- --seeds 5` takes fewer seeds, `cargo bench --bench tune -- ask` the times alone.

use criterion::{BatchSize, BenchmarkId, Criterion, SamplingMode};
use optimizer::multi_objective::{MultiObjectiveSampler, MultiObjectiveStudy};
use optimizer::parameter::{CategoricalParam, IntParam, Parameter};
use optimizer::sampler::{MoeadSampler, MotpeSampler, Nsga2Sampler, TpeSampler};
use optimizer::{Direction, Study, Trial};
use rand::RngExt;
use spikemesh::rng::{self, Domain};
use spikemesh::search::{LevelAxis, Observation, PointSearch, PointSearchOptions, SearchGoal};
use std::collections::HashMap;
use std::hint::black_box;
use std::time::Duration;

const GRID: &str = include_str!("../tests/reference/search_digits_mlp_loihi.csv");

/// Seeds of each row, where none are asked for.
const SEEDS: u64 = 20;
/// Points of a population: fewer than there are evaluations.
const POPULATION: usize = 8;

/// The figures of a point.
type Figures = Box<dyn Fn(&[u32]) -> Vec<f64>>;

/// Something to search: axes, figures that are to be low at each point, and the volume of all that can be found.
struct Problem {
    name: &'static str,
    axes: Vec<LevelAxis>,
    figures: Figures,
    objectives: usize,
    evaluations: usize,
    /// Up to where volumes are measured.
    end: f64,
    /// Divides volumes.
    whole: f64,
}

impl Problem {
    /// The 256 points of `tests/reference/search.md`: 1 less accuracy, logarithms of energy and latency, each from 0 to 1.
    fn grid() -> Self {
        let lines: Vec<Vec<&str>> = GRID.lines().skip(1).map(|line| line.split(',').collect()).collect();
        let mut levels = vec![Vec::new(); 4];
        for line in &lines {
            for (levels, text) in levels.iter_mut().zip(line) {
                if !levels.contains(text) {
                    levels.push(*text);
                }
            }
        }
        let number = |text: &str| text.parse::<f64>().expect("a figure is a number");
        let axis = |levels: &Vec<&str>| {
            if levels[0].parse::<f64>().is_err() {
                return LevelAxis::Choice(levels.len());
            }
            let (low, high) = (number(levels[0]).ln(), number(levels[levels.len() - 1]).ln());
            LevelAxis::Ordered(levels.iter().map(|text| ((number(text).ln() - low) / (high - low)).min(1.0)).collect())
        };
        let plain = |line: &Vec<&str>| [-number(line[4]), number(line[5]).ln(), number(line[6]).ln()];
        let end = |n: usize, better: fn(f64, f64) -> f64| lines.iter().map(|line| plain(line)[n]).reduce(better);
        let ends: Vec<(f64, f64)> = (0..3).filter_map(|n| Some((end(n, f64::min)?, end(n, f64::max)?))).collect();
        let row = |line: &Vec<&str>| {
            let place = |(levels, text): (&Vec<&str>, &&str)| levels.iter().position(|level| level == text);
            let point: Vec<u32> = levels.iter().zip(line).filter_map(place).map(|at| at as u32).collect();
            let scaled = plain(line).into_iter().zip(&ends).map(|(value, (low, high))| (value - low) / (high - low));
            (point, scaled.collect::<Vec<f64>>())
        };
        let rows: HashMap<Vec<u32>, Vec<f64>> = lines.iter().map(row).collect();
        let whole = volume(&rows.values().cloned().collect::<Vec<_>>(), 1.1);
        Self {
            name: "256 points of digits-mlp on loihi",
            axes: levels.iter().map(axis).collect(),
            figures: Box::new(move |point| rows[point].clone()),
            objectives: 3,
            evaluations: 15,
            end: 1.1,
            whole,
        }
    }

    /// A function of eight axes of nine levels.
    fn function(
        name: &'static str,
        objectives: usize,
        evaluations: usize,
        end: f64,
        figures: impl Fn(&[f64]) -> Vec<f64> + 'static,
    ) -> Self {
        let axis = LevelAxis::Ordered((0..9).map(|n| f64::from(n) / 8.0).collect());
        let at = |point: &[u32]| point.iter().map(|level| f64::from(*level) / 8.0).collect::<Vec<f64>>();
        Self {
            name,
            axes: vec![axis; 8],
            figures: Box::new(move |point| figures(&at(point))),
            objectives,
            evaluations,
            end,
            whole: end.powi(objectives as i32),
        }
    }

    fn share(&self, found: &[Vec<f64>]) -> f64 {
        volume(found, self.end) / self.whole
    }

    fn ours(&self, seed: u64) -> Vec<Vec<f64>> {
        let mut search = self.search(seed);
        (0..self.evaluations)
            .map(|_| {
                let point = search.ask(1).remove(0);
                let figures = (self.figures)(&point);
                tell(&mut search, point, figures.clone());
                figures
            })
            .collect()
    }

    fn search(&self, seed: u64) -> PointSearch {
        let goal = SearchGoal { highest: false, logarithmic: false };
        let options = PointSearchOptions { seed, ..PointSearchOptions::default() };
        PointSearch::new(self.axes.clone(), vec![goal; self.objectives], options).expect("the axes are sound")
    }

    fn random(&self, seed: u64, evaluations: usize) -> Vec<Vec<f64>> {
        let mut stream = rng::stream(seed, Domain::Search, 0);
        let mut point =
            || self.axes.iter().map(|axis| stream.random_range(0..axis.levels() as u32)).collect::<Vec<_>>();
        (0..evaluations).map(|_| (self.figures)(&point())).collect()
    }

    fn theirs(&self, sampler: impl MultiObjectiveSampler + 'static) -> Vec<Vec<f64>> {
        let study = MultiObjectiveStudy::with_sampler(vec![Direction::Minimize; self.objectives], sampler);
        let parameters = Parameters::new(&self.axes);
        let mut found = Vec::new();
        for _ in 0..self.evaluations {
            let mut trial = study.ask();
            let figures = (self.figures)(&parameters.point(&mut trial));
            study.tell(trial, Ok::<_, String>(figures.clone())).expect("as many figures as directions");
            found.push(figures);
        }
        found
    }

    /// How far the best of one figure made of three is from the least that there is.
    fn regrets(&self, seed: u64) -> [f64; 3] {
        let cost = |figures: &[f64]| figures[0] + 0.5 * figures[1] + 0.5 * figures[2];
        let goal = SearchGoal { highest: false, logarithmic: false };
        let options = PointSearchOptions { seed, ..PointSearchOptions::default() };
        let mut search = PointSearch::new(self.axes.clone(), vec![goal], options).expect("the axes are sound");
        let ours = (0..self.evaluations).map(|_| {
            let point = search.ask(1).remove(0);
            let value = cost(&(self.figures)(&point));
            tell(&mut search, point, vec![value]);
            value
        });
        let study: Study<f64> =
            Study::with_sampler(Direction::Minimize, TpeSampler::builder().seed(seed).build().expect("it is sound"));
        let parameters = Parameters::new(&self.axes);
        let theirs = (0..self.evaluations).map(|_| {
            let mut trial = study.ask();
            let value = cost(&(self.figures)(&parameters.point(&mut trial)));
            study.tell(trial, Ok::<_, String>(value));
            value
        });
        let random = self.random(seed, self.evaluations);
        let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::INFINITY, f64::min);
        let all = PointSearch::new(self.axes.clone(), vec![goal], options).map(|mut all| all.ask(256));
        let best = least(&mut all.expect("the axes are sound").iter().map(|point| cost(&(self.figures)(point))));
        [least(&mut { ours }), least(&mut { theirs }), least(&mut random.iter().map(|figures| cost(figures)))]
            .map(|found| found - best)
    }
}

fn tell(search: &mut PointSearch, point: Vec<u32>, objectives: Vec<f64>) {
    search.tell(point, Observation::Measured { objectives, limits: Vec::new() }).expect("it was asked for");
}

/// The axes for `optimizer`: levels in an order are numbers.
struct Parameters(Vec<AxisParameter>);

enum AxisParameter {
    Ordered(IntParam),
    Choice(CategoricalParam<u32>),
}

impl Parameters {
    fn new(axes: &[LevelAxis]) -> Self {
        let parameter = |(n, axis): (usize, &LevelAxis)| match axis {
            LevelAxis::Ordered(levels) => {
                AxisParameter::Ordered(IntParam::new(0, levels.len() as i64 - 1).name(format!("axis {n}")))
            }
            LevelAxis::Choice(count) => {
                AxisParameter::Choice(CategoricalParam::new((0..*count as u32).collect()).name(format!("axis {n}")))
            }
        };
        Self(axes.iter().enumerate().map(parameter).collect())
    }

    fn point(&self, trial: &mut Trial) -> Vec<u32> {
        let mut level = |parameter: &AxisParameter| match parameter {
            AxisParameter::Ordered(parameter) => parameter.suggest(trial).map(|level| level as u32),
            AxisParameter::Choice(parameter) => parameter.suggest(trial),
        };
        self.0.iter().map(|parameter| level(parameter).expect("an axis has levels")).collect()
    }
}

/// The volume that points dominate below an end in all dimensions, slice by slice.
fn volume(points: &[Vec<f64>], end: f64) -> f64 {
    fn slices(mut points: Vec<&[f64]>, end: f64) -> f64 {
        points.retain(|point| point.iter().all(|at| *at < end));
        let Some(last) = points.first().map(|point| point.len() - 1) else { return 0.0 };
        if last == 0 {
            return points.iter().map(|point| end - point[0]).fold(0.0, f64::max);
        }
        points.sort_by(|a, b| a[last].total_cmp(&b[last]));
        let mut front: Vec<&[f64]> = Vec::new();
        let mut sum = 0.0;
        for (n, point) in points.iter().enumerate() {
            let other = &point[..last];
            if !front.iter().any(|known| known.iter().zip(other).all(|(known, at)| known <= at)) {
                front.push(other);
            }
            let next = points.get(n + 1).map_or(end, |next| next[last]);
            if next > point[last] {
                sum += (next - point[last]) * slices(front.clone(), end);
            }
        }
        sum
    }
    slices(points.iter().map(Vec::as_slice).collect(), end)
}

/// ZDT1 (Zitzler, Deb and Thiele 2000): the front has all axes but the first at 0.
fn zdt1(at: &[f64]) -> Vec<f64> {
    let g = 1.0 + 9.0 * at[1..].iter().sum::<f64>() / (at.len() - 1) as f64;
    vec![at[0], g * (1.0 - (at[0] / g).sqrt())]
}

/// DTLZ2 (Deb, Thiele, Laumanns and Zitzler 2002): the front has all axes but the first few in the middle.
fn dtlz2(at: &[f64], objectives: usize) -> Vec<f64> {
    let (angles, rest) = at.split_at(objectives - 1);
    let g: f64 = rest.iter().map(|at| (at - 0.5) * (at - 0.5)).sum();
    let turned: Vec<f64> = angles.iter().map(|at| at * std::f64::consts::FRAC_PI_2).collect();
    let figure = |n: usize| {
        let cosines: f64 = turned[..objectives - 1 - n].iter().map(|angle| angle.cos()).product();
        let sine = if n == 0 { 1.0 } else { turned[objectives - 1 - n].sin() };
        (1.0 + g) * cosines * sine
    };
    (0..objectives).map(figure).collect()
}

fn summary(values: &[f64]) -> String {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let (low, high) = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)));
    format!("mean {mean:.3}, {low:.3} to {high:.3}")
}

/// Shares of volumes, and regrets, by way of searching.
fn compare(seeds: u64) {
    let problems = [
        Problem::grid(),
        Problem::function("ZDT1, two objectives", 2, 30, 11.0, zdt1),
        Problem::function("DTLZ2, two objectives", 2, 60, 2.5, |at| dtlz2(at, 2)),
        Problem::function("DTLZ2, three objectives", 3, 60, 2.5, |at| dtlz2(at, 3)),
    ];
    for problem in &problems {
        println!("{}, {} evaluations, {seeds} seeds: share of the volume", problem.name, problem.evaluations);
        let row = |name: &str, found: &dyn Fn(u64) -> Vec<Vec<f64>>| {
            let shares: Vec<f64> = (1..=seeds).map(|seed| problem.share(&found(seed))).collect();
            println!("  {name:32} {}", summary(&shares));
        };
        row("tune", &|seed| problem.ours(seed));
        row("random", &|seed| problem.random(seed, problem.evaluations));
        row("random, five times as many", &|seed| problem.random(seed, 5 * problem.evaluations));
        row("optimizer, MOTPE", &|seed| problem.theirs(MotpeSampler::with_seed(seed)));
        row("optimizer, NSGA-II", &|seed| {
            problem.theirs(Nsga2Sampler::builder().population_size(POPULATION).seed(seed).build())
        });
        row("optimizer, MOEA/D", &|seed| {
            problem.theirs(MoeadSampler::builder().population_size(POPULATION).seed(seed).build())
        });
    }
    println!("{}, one objective, {} evaluations: regret", problems[0].name, problems[0].evaluations);
    let regrets: Vec<[f64; 3]> = (1..=seeds).map(|seed| problems[0].regrets(seed)).collect();
    for (n, name) in ["tune", "optimizer, TPE", "random"].into_iter().enumerate() {
        println!("  {name:32} {}", summary(&regrets.iter().map(|regrets| regrets[n]).collect::<Vec<_>>()));
    }
}

/// The time of a question after so many random evaluations.
fn ask(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ask");
    group.sampling_mode(SamplingMode::Flat).sample_size(10).measurement_time(Duration::from_secs(2));
    for objectives in [3, 4] {
        for evaluations in [50, 200] {
            let problem = Problem::function("", objectives, 0, 2.5, move |at| dtlz2(at, objectives));
            let mut search = problem.search(1);
            for n in 0..evaluations {
                let point: Vec<u32> = (0..8).map(|axis| (rng::mix(n * 8 + axis) % 9) as u32).collect();
                let figures = (problem.figures)(&point);
                tell(&mut search, point, figures);
            }
            let name = BenchmarkId::new(format!("{objectives} objectives"), evaluations);
            let mut once = |mut search: PointSearch| search.ask(black_box(1));
            group.bench_function(name, |b| b.iter_batched(|| search.clone(), &mut once, BatchSize::PerIteration));
        }
    }
    group.finish();
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let said = words.iter().position(|word| word == "--seeds").and_then(|at| words.get(at + 1)?.parse().ok());
    let is_test = words.iter().any(|word| word == "--test");
    if !words.iter().any(|word| word == "ask") {
        compare(said.unwrap_or(if is_test { 1 } else { SEEDS }));
    }
    let mut criterion = Criterion::default();
    if said.is_none() {
        criterion = criterion.configure_from_args();
    }
    ask(&mut criterion);
    criterion.final_summary();
}
