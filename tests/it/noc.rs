//! The network on chip alone: against closed forms, against BookSim 2, and the `noc` command as a user runs it.

use crate::bench::{Bench, text};
use crate::common::{repository, text_of};
use serde_json::{Value, json};
use spikemesh::hw::routing::RoutingRule;
use spikemesh::hw::{Noc, Routing};
use spikemesh::noc::{Cycles, Load, Measurement, Setup, SetupError, Unwatched, simulate};

/// A setup of one VC and buffers that never make a flit of a lone packet wait.
pub fn setup(noc: Noc) -> Setup {
    let cycles = Cycles { router: 4, link: 1, credit: 1 };
    Setup { noc, cycles, chip: None, packet_flits: 1, warmup: 2_000, measured: 10_000, seed: 1, shards: 1, threads: 1 }
}

fn at_rate(setup: &Setup, pattern: &str, rate: f64) -> Measurement {
    simulate(setup, &Load::Pattern { name: pattern.into(), rate }, &Unwatched).unwrap()
}

/// Hops on the way between two of 16 terminals, told from their numbers alone.
type Distance = fn(u32, u32) -> u32;

/// The shorter way round a ring.
fn round(from: u32, to: u32, count: u32) -> u32 {
    let ahead = (to + count - from) % count;
    ahead.min(count - ahead)
}

const SIXTEEN: [(&str, u32, u32, u8, Distance); 6] = [
    ("mesh", 4, 4, 1, |a, b| (a % 4).abs_diff(b % 4) + (a / 4).abs_diff(b / 4)),
    ("mesh", 4, 4, 3, |a, b| (a % 4).abs_diff(b % 4) + (a / 4).abs_diff(b / 4)),
    ("torus", 4, 4, 2, |a, b| round(a % 4, b % 4, 4) + round(a / 4, b / 4, 4)),
    ("ring", 16, 1, 2, |a, b| round(a, b, 16)),
    // Two levels of four below a root: to itself, to a sister, to another branch.
    ("tree", 4, 3, 1, |a, b| {
        if a == b {
            0
        } else if a / 4 == b / 4 {
            2
        } else {
            4
        }
    }),
    ("tree", 2, 5, 2, |a, b| 2 * (u32::BITS - (a ^ b).leading_zeros())),
];

/// Packets between all pairs of terminals that are so far apart, one at a time.
fn one_by_one(distance: Distance, hops: u32, flits: u16) -> Vec<Vec<(u64, u32, u16)>> {
    let mut packets = vec![Vec::new(); 16];
    let mut cycle = 0;
    for (from, to) in (0..16).flat_map(|from| (0..16).map(move |to| (from, to))) {
        if distance(from, to) == hops {
            packets[from as usize].push((cycle, to, flits));
            cycle += 300;
        }
    }
    packets
}

#[test]
fn a_lone_packet_takes_as_long_as_it_must_between_all_pairs() {
    for (topology, width, height, vcs, distance) in SIXTEEN {
        let noc = Noc { buffer_flits: 24, ..Noc::synthetic(topology, width, height, vcs).unwrap() };
        for (router, link) in (1..=5).flat_map(|router| (1..=3).map(move |link| (router, link))) {
            let setup = Setup { cycles: Cycles { router, link, credit: 1 }, ..setup(noc.clone()) };
            for (hops, flits) in (0..=8).flat_map(|hops| (1..=5).map(move |flits| (hops, flits))) {
                let packets = one_by_one(distance, hops, flits);
                let count: usize = packets.iter().map(Vec::len).sum();
                if count == 0 {
                    continue;
                }
                let outcome = simulate(&setup, &Load::Replay(packets), &Unwatched).unwrap();
                let expected = u64::from((hops + 1) * router + hops * link + 3 + u32::from(flits) - 1);
                let (least, most) = (outcome.latency.quantile(0.0), outcome.latency.quantile(1.0));
                let case = format!("{topology} {vcs} VCs, router {router}, link {link}, {hops} hops, {flits} flits");
                assert_eq!((outcome.latency.len(), least, most), (count as u64, expected, expected), "{case}");
                assert_eq!(outcome.mean_hops, Some(f64::from(hops)), "{case}");
                assert_eq!(outcome.zero_load, Some(expected as f64), "{case}");
                assert_eq!(outcome.flit_hops, count as u64 * u64::from(hops) * u64::from(flits), "{case}");
            }
        }
    }
}

#[test]
fn at_a_very_low_rate_latency_is_that_without_other_traffic() {
    let setup = Setup { measured: 200_000, ..setup(Noc::synthetic("mesh", 8, 8, 1).unwrap()) };
    for (pattern, hops) in [("tornado", 7.5), ("neighbor", 3.5), ("transpose", 5.25), ("bit-complement", 8.0)] {
        let outcome = at_rate(&setup, pattern, 0.0005);
        let (mean, alone, found) = (outcome.latency.mean(), outcome.zero_load.unwrap(), outcome.mean_hops.unwrap());
        assert!((mean / alone - 1.0).abs() < 0.01, "{pattern}: {mean} {alone}");
        assert!((found / hops - 1.0).abs() < 0.02, "{pattern}: {found}");
        assert!(!outcome.saturated() && outcome.born == outcome.latency.len(), "{pattern}");
    }
}

#[test]
fn one_channel_does_not_overlap_packets() {
    for (router, expected) in [(4, 1.0 / 3.0), (3, 1.0 / 2.0)] {
        let setup =
            Setup { cycles: Cycles { router, link: 1, credit: 1 }, ..setup(Noc::synthetic("mesh", 8, 8, 1).unwrap()) };
        let outcome = at_rate(&setup, "neighbor", 0.9);
        assert!(outcome.saturated());
        assert!((outcome.accepted / expected - 1.0).abs() < 0.02, "router {router}: {}", outcome.accepted);
    }
}

/// A row of the measurements with BookSim 2.
pub struct Reference {
    pub group: (String, String),
    pub rate: f64,
    pub stable: bool,
    latency: f64,
    hops: Option<f64>,
    accepted: f64,
}

/// What BookSim 2 measured, where the file is on this machine.
pub fn booksim() -> Option<Vec<Reference>> {
    let shared = std::env::var_os("SPIKEMESH_SHARED").map_or_else(|| repository("../shared"), Into::into);
    let table = std::fs::read_to_string(shared.join("reference/noc_booksim_8x8.csv")).ok()?;
    let mut lines = table.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |name: &str| fields[names.iter().position(|n| *n == name).unwrap()];
        let number = |name: &str| field(name).parse::<f64>().ok();
        Reference {
            group: (field("config").to_owned(), field("traffic").to_owned()),
            rate: number("injection_rate").unwrap(),
            stable: field("stable") == "1",
            latency: number("pkt_latency").unwrap(),
            hops: number("avg_hops_manhattan"),
            accepted: number("accepted_rate").unwrap(),
        }
    };
    Some(lines.map(row).collect())
}

#[test]
fn booksim_agrees() {
    let Some(rows) = booksim() else {
        println!("not checked: the measurements with BookSim 2 are not on this machine");
        return;
    };
    assert!(rows.len() > 20);
    let mut wrong = Vec::new();
    for row in &rows {
        let router = if row.group.0.starts_with('A') { 4 } else { 3 };
        let setup = Setup {
            cycles: Cycles { router, link: 1, credit: 1 },
            measured: 12_000,
            ..setup(Noc::synthetic("mesh", 8, 8, 1).unwrap())
        };
        let outcome = at_rate(&setup, &row.group.1, row.rate);
        // Between the highest stable and the lowest saturated rate.
        let others = || rows.iter().filter(|other| other.group == row.group);
        let highest = others().filter(|other| other.stable).map(|other| other.rate).fold(0.0, f64::max);
        let lowest = others().filter(|other| !other.stable).map(|other| other.rate).fold(1.0, f64::min);
        let mut check = |what: &str, ours: f64, theirs: f64, tolerance: f64| {
            if (ours / theirs - 1.0).abs() > tolerance {
                wrong.push(format!("{:?} at {}: {what} {ours}, BookSim {theirs}", row.group, row.rate));
            }
        };
        if row.stable && row.rate <= 0.9 * (highest + lowest) / 2.0 {
            check("latency", outcome.latency.mean(), row.latency, 0.05);
        }
        if let Some(hops) = row.hops {
            // A mean of so few packets as there are at the lowest rate is not that sure.
            let spread = 2.4 / (outcome.latency.len() as f64).sqrt() / hops;
            check("hops", outcome.mean_hops.unwrap(), hops, 0.01 + 3.0 * spread);
        }
        if !row.stable {
            check("accepted", outcome.accepted, row.accepted, 0.05);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_network_that_can_deadlock_is_told_who_waits_for_whom() {
    // One channel on a ring, which no network of ours is allowed to have.
    let mut noc = Noc::synthetic("ring", 4, 1, 2).unwrap();
    noc.virtual_channels = 1;
    noc.routing = Routing::of(&noc.topology, RoutingRule::Shortest, 1).unwrap();
    assert_eq!(noc.problems().len(), 1);
    // All at once, two ahead, with packets longer than the buffers: every link is held by who waits for the next.
    let packets = || (0..4).map(|from| vec![(0, (from + 2) % 4, 16)]).collect();
    for shards in [1, 2, 4] {
        let setup = Setup { shards, threads: 2, ..setup(noc.clone()) };
        let error = simulate(&setup, &Load::Replay(packets()), &Unwatched).map(drop).unwrap_err();
        let SetupError::Stuck { cycle, waiting } = error else { panic!("{error}") };
        assert!((10..100).contains(&cycle), "{cycle}");
        for from in 0..4 {
            let next = (from + 1) % 4;
            assert!(waiting.contains(&format!("at r{next} what came from r{from} on channel 0")), "{waiting}");
        }
    }
}

#[test]
fn random_traffic_on_such_a_network_ends_stuck() {
    let mut noc = Noc::synthetic("ring", 8, 1, 2).unwrap();
    noc.virtual_channels = 1;
    noc.routing = Routing::of(&noc.topology, RoutingRule::Shortest, 1).unwrap();
    // All three ahead, with long packets.
    let setup = Setup { packet_flits: 16, ..setup(noc) };
    let load = Load::Pattern { name: "tornado".into(), rate: 0.9 };
    let error = simulate(&setup, &load, &Unwatched).map(drop).unwrap_err();
    assert!(matches!(error, SetupError::Stuck { .. }), "{error}");
}

#[test]
fn loads_that_do_not_fit_the_network_are_refused() {
    let setup = setup(Noc::synthetic("mesh", 2, 2, 1).unwrap());
    let empty = || vec![Vec::new(); 4];
    let mut too_far = empty();
    too_far[0].push((0, 4, 1));
    let mut no_flit = empty();
    no_flit[0].push((0, 1, 0));
    let mut unsorted = empty();
    unsorted[3].extend([(2, 1, 1), (1, 1, 1)]);
    for load in [too_far, no_flit, unsorted, vec![Vec::new(); 3]].map(Load::Replay) {
        assert!(matches!(simulate(&setup, &load, &Unwatched), Err(SetupError::Traffic(_))));
    }
    for rate in [-0.1, 1.1, f64::NAN] {
        let load = Load::Pattern { name: "uniform".into(), rate };
        assert!(matches!(simulate(&setup, &load, &Unwatched), Err(SetupError::Traffic(_))));
    }
    let nothing = simulate(&setup, &Load::Replay(empty()), &Unwatched).unwrap();
    assert_eq!((nothing.born, nothing.mean_hops, nothing.zero_load), (0, None, None));
}

/// A report without what may differ between equal runs.
fn settled(mut report: Value) -> Value {
    match &mut report {
        Value::Object(fields) => {
            fields.retain(|name, _| !["wall_seconds", "threads", "host"].contains(&name.as_str()));
            fields.values_mut().for_each(|value| *value = settled(value.take()));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = settled(item.take())),
        _ => {}
    }
    report
}

const SHORT: [&str; 5] = ["noc", "--cycles", "1500", "--warmup", "300"];

#[test]
fn threads_and_shards_change_no_result() {
    let bench = Bench::new();
    let json = bench.path("noc.json");
    std::fs::write(bench.path("packets.txt"), "0 0 15 8\n0 5 6 3\n40000 3 2\n2 5 5 1\n0,5,9,20\n").unwrap();
    let trace = format!("trace:{}", bench.path("packets.txt"));
    for more in [
        &["--rate", "0.08"][..],
        &["--rate", "0.02..0.3:5", "--topology", "torus", "--width", "5", "--height", "4", "--packet-flits", "3"],
        &["--traffic", &trace, "--width", "4", "--height", "4", "--vcs", "2"],
    ] {
        let mut first = None;
        for (threads, shards) in ["1", "2", "4"].iter().flat_map(|t| ["1", "2", "7", "16"].map(|s| (*t, s))) {
            let split = ["--threads", threads, "--shards", shards, "--json", &json];
            bench.succeed(&[&SHORT[..], more, &split].concat());
            let report = bench.json("noc.json");
            assert_eq!(report["threads"], threads.parse::<u32>().unwrap());
            let report = settled(report).to_string();
            assert_eq!(first.get_or_insert_with(|| report.clone()), &report, "{more:?}, {split:?}");
        }
    }
}

/// Fields that others rely on.
const FIELDS: &[&str] = &[
    "mean_packet_latency_cycles",
    "p50_packet_latency_cycles",
    "p99_packet_latency_cycles",
    "zero_load_latency_cycles",
    "mean_hops",
    "accepted_flits_per_node_cycle",
    "offered_flits_per_node_cycle",
    "saturated",
    "packets",
    "flit_hops",
    "wall_seconds",
    "rate",
    "busiest_links",
];

#[test]
fn one_rate_is_reported() {
    let bench = Bench::new();
    let json = bench.path("noc.json");
    let said = bench.succeed(&[&SHORT[..], &["--rate", "0.1", "--json", &json]].concat());
    let report = bench.json("noc.json");
    assert!(FIELDS.iter().all(|field| report.get(field).is_some()), "{report}");
    assert_eq!((&report["schema"], &report["rate"]), (&json!("spikemesh.noc/1"), &json!(0.1)));
    assert_eq!((&report["saturated"], &report["interrupted"]), (&json!(false), &Value::Null));
    assert_eq!(report["setup"]["router_cycles"], 4);
    assert!(
        ["mesh of 8 x 8 routers, routing xy", "Busiest links\n", "\n (", "flits per cycle"]
            .iter()
            .all(|part| said.contains(part)),
        "{said}"
    );
    // A sweep has the same figures for the same rate.
    let sweep = bench.path("sweep.json");
    bench.succeed(&[&SHORT[..], &["--rate", "0.05,0.1", "--json", &sweep]].concat());
    let (point, one) = (settled(bench.json("sweep.json")["points"][1].clone()), settled(report));
    assert!(point.as_object().unwrap().iter().all(|(name, value)| one[name] == *value), "{point}\n{one}");
    // What is not known is not zero.
    bench.succeed(&[&SHORT[..], &["--rate", "0", "--json", &json]].concat());
    let report = bench.json("noc.json");
    for field in FIELDS[..5].iter() {
        assert_eq!(report[field], Value::Null, "{field}");
    }
    assert_eq!((&report["packets"], &report["saturated"]), (&json!(0), &json!(false)));
}

#[test]
fn a_sweep_is_reported_and_its_page_stands_alone() {
    let bench = Bench::new();
    let [json, csv, html] = ["noc.json", "noc.csv", "noc.html"].map(|name| bench.path(name));
    let files = ["--rate", "0.02..0.22:6", "--json", &json, "--csv", &csv, "--html", &html];
    let said = bench.succeed(&[&SHORT[..], &files].concat());
    assert!(said.contains("saturated") && said.contains("saturates at about 0.1"), "{said}");
    let report = bench.json("noc.json");
    let points = report["points"].as_array().unwrap();
    let rates: Vec<f64> = points.iter().map(|point| point["rate"].as_f64().unwrap()).collect();
    assert_eq!(rates, [0.02, 0.06, 0.1, 0.14, 0.18, 0.22]);
    assert!(points.iter().all(|point| FIELDS.iter().all(|field| point.get(field).is_some())));
    let at = |name: &str| report["saturation"][name].as_f64().unwrap();
    let estimate = at("estimate_flits_per_node_cycle");
    assert_eq!((at("highest_stable_rate"), at("lowest_saturated_rate")), (0.1, 0.14));
    assert!((0.1..=0.14).contains(&estimate), "{estimate}");
    let table = std::fs::read_to_string(&csv).unwrap();
    let rows: Vec<Vec<&str>> = table.lines().map(|line| line.split(',').collect()).collect();
    assert!(rows.len() == 7 && rows.iter().all(|row| row.len() == rows[0].len()), "{table}");
    assert_eq!((rows[0][0], rows[6][0], rows[6][3]), ("rate", "0.22", "true"));
    let page = std::fs::read_to_string(&html).unwrap();
    assert!(page.len() <= 2 << 20);
    for part in ["prefers-color-scheme: dark", "width=device-width", "flits per node and cycle", "(3, 3) east"] {
        assert!(page.contains(part), "{part}");
    }
    for part in [" src=\"", "href=\"http", "@import"] {
        assert!(!page.contains(part), "{part}");
    }
    // Links of every rate are on the page, as many as the network has; uniform traffic makes none stand out.
    let film = &island(&page)["film"];
    let frames = film["frames"].as_array().unwrap();
    assert_eq!((frames.len(), &film["shown"]), (6, &json!(2)));
    for (frame, point) in frames.iter().zip(points) {
        let flits: u64 = frame["flits"].as_array().unwrap().iter().map(|flits| flits.as_u64().unwrap()).sum();
        assert_eq!(point["flit_hops"], flits);
        let packets: u64 = frame["packets"].as_array().unwrap().iter().map(|packets| packets.as_u64().unwrap()).sum();
        assert_eq!(point["packets_arrived"], packets);
    }
    assert!(page.contains("No link stands out"));
}

/// The data of a page's scripts.
fn island(page: &str) -> Value {
    let (_, rest) = page.split_once("id=\"noc-data\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn curves_of_saved_reports_are_drawn_beside() {
    let bench = Bench::new();
    let [json, one, html] = ["torus.json", "one.json", "noc.html"].map(|name| bench.path(name));
    bench.succeed(&[&SHORT[..], &["--topology", "torus", "--rate", "0.02..0.3:4", "--json", &json]].concat());
    bench.succeed(&[&SHORT[..], &["--rate", "0.05", "--json", &one]].concat());
    let with = ["--rate", "0.02,0.1", "--html", &html, "--with", &json, "--with", &one];
    bench.succeed(&[&SHORT[..], &with].concat());
    let page = std::fs::read_to_string(&html).unwrap();
    let curves = island(&page)["curves"].as_array().unwrap().clone();
    let lengths: Vec<usize> = curves.iter().map(|curve| curve["points"].as_array().unwrap().len()).collect();
    assert_eq!(lengths, [2, 4, 1]);
    let saved = bench.json("torus.json");
    assert_eq!(curves[1]["name"], "torus: torus of 8 x 8, xy, uniform");
    assert_eq!(curves[1]["saturation"], saved["saturation"]["estimate_flits_per_node_cycle"]);
    assert_eq!(curves[1]["points"][3]["mean"], saved["points"][3]["mean_packet_latency_cycles"]);
    assert!(page.contains("Side by side"));
    // What is no such report is refused before the work, and all of it at once.
    let network = bench.path("small.json");
    let message = bench.fail(&[&SHORT[..], &with, &["--with", &network, "--with", "none.json"]].concat());
    assert!(message.contains("small.json: schema is missing") && message.contains("none.json"), "{message}");
    let message = bench.fail(&[&SHORT[..], &["--with", &json]].concat());
    assert!(message.contains("--html"), "{message}");
}

#[test]
fn pages_of_all_topologies_and_of_what_is_unknown_can_be_made() {
    let bench = Bench::new();
    let html = bench.path("noc.html");
    // Whether there are plots of a curve, and a picture of the links.
    let pictures = |more: &[&str]| {
        bench.succeed(&[&SHORT[..], more, &["--html", &html]].concat());
        let page = std::fs::read_to_string(&html).unwrap();
        assert!(page.len() <= 2 << 20, "{more:?}: {} bytes", page.len());
        (page.contains("id=\"latency\""), page.contains("<svg"))
    };
    assert_eq!(pictures(&["--rate", "0"]), (false, true));
    assert_eq!(pictures(&["--rate", "0,0.01", "--topology", "torus", "--width", "4", "--height", "3"]), (true, true));
    assert_eq!(pictures(&["--rate", "0.01,0.6", "--topology", "ring"]), (true, false));
    assert_eq!(pictures(&["--rate", "0.9,1", "--topology", "tree"]), (true, false));
    assert_eq!(pictures(&["--rate", "0.01", "--width", "70", "--height", "1"]), (false, false));
    assert_eq!(pictures(&["--rate", "0.5", "--width", "1", "--height", "1"]), (false, false));
    // The largest picture that is drawn is light enough, with as many rates as find room.
    let large = ["noc", "--width", "64", "--height", "64", "--cycles", "20", "--warmup", "0", "--rate", "0.01..0.03:5"];
    bench.succeed(&[&large[..], &["--html", &html]].concat());
    let page = std::fs::read_to_string(&html).unwrap();
    let frames = island(&page)["film"]["frames"].as_array().unwrap().len();
    assert!(page.len() <= 2 << 20 && frames == 2, "{} bytes, {frames} frames", page.len());
}

#[test]
fn chips_lend_their_networks() {
    let bench = Bench::new();
    let json = bench.path("noc.json");
    for chip in ["loihi", "crossbar"] {
        bench.succeed(&[&SHORT[..], &["--rate", "0.02", "--chip", chip, "--json", &json]].concat());
        let setup = &bench.json("noc.json")["setup"];
        let file: Value = serde_json::from_str(&text_of(&format!("hw_models/{chip}.json"))).unwrap();
        assert_eq!(setup["chip"], chip);
        for (ours, theirs) in [("width", "width"), ("height", "height"), ("buffer_flits", "buffer_flits")] {
            assert_eq!(setup[ours], file["mesh"][theirs], "{chip}: {ours}");
        }
    }
    // What is said beside it goes before what the chip has.
    let more = ["--rate", "0.02", "--chip", "loihi", "--vcs", "2", "--buffer", "3", "--routing", "yx", "--json", &json];
    bench.succeed(&[&SHORT[..], &more].concat());
    let setup = &bench.json("noc.json")["setup"];
    assert_eq!((&setup["virtual_channels"], &setup["buffer_flits"]), (&json!(2), &json!(3)));
    assert_eq!(setup["routing"], "yx");
}

#[test]
fn a_trace_is_replayed_to_its_end() {
    let bench = Bench::new();
    let (trace, json) = (bench.path("packets.txt"), bench.path("noc.json"));
    // Far apart, so that nothing waits: 0, 1 and 6 hops.
    std::fs::write(&trace, "cycle source destination flits\n1000000000, 0, 15, 2 # last\n0 0 0\n50\t4\t5\n").unwrap();
    let traffic = format!("trace:{trace}");
    let arguments = ["noc", "--width", "4", "--height", "4", "--traffic", &traffic, "--json", &json];
    let said = bench.succeed(&arguments);
    assert!(said.contains("the whole trace"), "{said}");
    let report = bench.json("noc.json");
    let latencies = [4 + 3, 2 * 4 + 1 + 3, 7 * 4 + 6 + 3 + 1];
    assert_eq!(report["mean_packet_latency_cycles"], f64::from(latencies.iter().sum::<i32>()) / 3.0);
    assert_eq!(report["mean_packet_latency_cycles"], report["zero_load_latency_cycles"]);
    assert_eq!((&report["packets"], &report["packets_arrived"]), (&json!(3), &json!(3)));
    assert_eq!(report["flit_hops"], 1 + 2 * 6);
    assert_eq!(report["mean_hops"], 7.0 / 3.0);
    assert_eq!(report["simulated_cycles"], 1_000_000_000u64 + 38 + 1);
    assert_eq!(report["accepted_flits_per_node_cycle"], report["offered_flits_per_node_cycle"]);
    assert_eq!((&report["saturated"], &report["notes"]), (&json!(false), &json!([])));
    // A packet longer than a buffer waits for credits.
    std::fs::write(&trace, "0 0 3 32\n").unwrap();
    bench.succeed(&arguments);
    let report = bench.json("noc.json");
    let latency = |name: &str| report[name].as_f64().unwrap();
    assert!(latency("mean_packet_latency_cycles") > latency("zero_load_latency_cycles"), "{report}");
    assert!(report["notes"][0].as_str().unwrap().contains("flits wait for credits"), "{report}");
}

#[test]
fn a_measurement_that_takes_too_long_ends_with_what_is_known() {
    let bench = Bench::new();
    let json = bench.path("noc.json");
    let long = ["noc", "--warmup", "10", "--cycles", "1000000000000", "--json", &json, "--max-seconds", "0.3"];
    let output = bench.run(&[&long[..], &["--rate", "0.05"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("INTERRUPTED after"), "{}", text(&output.stdout));
    let report = bench.json("noc.json");
    let done = report["measured_cycles"].as_u64().unwrap();
    assert_eq!(
        report["interrupted"],
        json!({"measured_cycles": done, "of": 1_000_000_000_000u64, "reason": "max_seconds"})
    );
    let accepted = report["accepted_flits_per_node_cycle"].as_f64().unwrap();
    assert!((accepted / 0.05 - 1.0).abs() < 0.1, "{accepted}");
    // Of a sweep, rates are known or they are not; without packets a cycle takes no time.
    let output = bench.run(&[&long[..], &["--rate", "0,0.05,0.1", "--threads", "1"]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report = bench.json("noc.json");
    assert_eq!((&report["interrupted"]["done"], &report["interrupted"]["of"]), (&json!(1), &json!(3)));
    assert_eq!(report["points"][0]["rate"], 0.0);
    assert_eq!(report["points"].as_array().map(Vec::len), Some(1));
    let refused = bench.fail(&[&long[..], &["--rate", "0.05,0.1"]].concat());
    assert!(refused.contains("interrupted after 0 of 2 rates"), "{refused}");
    let refused = bench.fail(&["noc", "--max-seconds", "0.000001", "--warmup", "100000000"]);
    assert!(refused.contains("before the measurement"), "{refused}");
}

/// Arguments that are refused, whose messages are recorded.
const REFUSED: &[&str] = &[
    "--width 0 --height 5000 --vcs 33 --buffer 0 --packet-flits 257 --router-cycles 0 --link-cycles 65 --rate 1.5",
    "--cycles 0 --threads 0 --shards 0 --rate 0.1..0.2 --json no/such/folder/x.json --html no/such/folder/x.html",
    "--width 2000 --height 2000",
    "--topology moebius",
    "--topology links",
    "--topology tree --height 8",
    "--topology torus --vcs 1",
    "--topology torus --vcs 3",
    "--topology ring --routing xy",
    "--vcs 13",
    "--buffer 4096 --width 64 --height 64",
    "--traffic tornados",
    "--traffic transpose --width 4 --rate 2",
    "--traffic transpose --width 4",
    "--traffic hotspot:nodes=64,fraction=0.1",
    "--traffic trace:no/such/file",
    "--traffic trace:tests",
    "--traffic trace:tests/golden/noc/empty.trace --rate 0.1",
    "--traffic trace:tests/golden/noc/bad.trace --width 4 --height 4",
    "--traffic trace:tests/golden/noc/many.trace",
    "--chip loihii",
    "--chip loihi --routing shortest",
    "--max-seconds -1",
    "--width -3",
    "--cycles 1.5",
    "--rate -0.1 --buffer 5000",
    "--max-events 0",
];

#[test]
fn errors_are_as_recorded() {
    let bench = Bench::new();
    let said = |line: &&str| {
        let arguments: Vec<&str> = std::iter::once("noc").chain(line.split(' ')).collect();
        format!("$ spikemesh noc {line}\n{}\n", bench.fail(&arguments))
    };
    let found: String = REFUSED.iter().map(said).collect();
    let golden = repository("tests/golden/noc/errors.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some_and(|value| value == "1") {
        std::fs::write(&golden, &found).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&golden).unwrap_or_default(), found);
    assert!(bench.fail(&["noc", "--chip", "loihi", "--width", "4"]).contains("cannot be used with"));
}
