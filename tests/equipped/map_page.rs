//! The page of a mapping, acted on by a real browser.

use crate::bench::Bench;
use crate::browser::Browser;
use crate::pages::{check, open};
use serde_json::Value;

fn page() -> (Bench, Browser, Value) {
    let bench = Bench::new();
    let (html, json) = (bench.path("map.html"), bench.path("map.json"));
    let search = ["--partitioner", "shared", "--placer", "annealing", "--budget", "20000"];
    let chip = ["map", "--quiet", "--network", "fashion-cnn", "--html", &html, "--json", &json];
    bench.succeed(&[&chip[..], &search[..]].concat());
    let report = bench.json("map.json");
    let browser = open(&bench, "map.html");
    (bench, browser, report)
}

/// The page has the figures of its JSON, and boards before and after.
pub fn it_has_the_figures_of_its_report() {
    let (_bench, mut browser, report) = page();
    check(&mut browser, "map");
    let elements = browser.elements();
    for part in ["id=\"figures\"", "id=\"links\"", "id=\"layers\"", "id=\"uses\"", "id=\"moved\"", "id=\"partitions\""]
    {
        assert!(elements.contains(part), "{part}");
    }
    // Cores and links, before and after.
    assert_eq!((browser.count("svg.heat"), browser.count("svg.cores")), (4, 2));
    for traffic in [&report["before"], &report["traffic"]] {
        for figure in ["cores", "packets", "hops", "hop_energy_pj"] {
            assert!(elements.contains(&format!("title=\"{}\"", traffic[figure])), "{figure}: {traffic}");
        }
        assert!(elements.contains(&format!("title=\"{}\"", traffic["busiest_link"]["packets"])));
    }
    for layer in report["per_layer"].as_array().unwrap() {
        assert!(elements.contains(&format!("title=\"{}\"", layer["synapses"])), "{layer}");
    }
    // The rows of cores are those in use, and hold all neurons.
    assert_eq!(browser.count("#partitions tbody tr"), report["cores_used"].as_u64().unwrap());
    let neurons: u64 =
        report["per_layer"].as_array().unwrap().iter().map(|layer| layer["neurons"].as_u64().unwrap()).sum();
    let sum = "[...document.querySelectorAll('#partitions tbody tr')].reduce((n, r) => n + Number(r.cells[3].textContent.replace(/,/g, '')), 0)";
    assert_eq!(browser.eval(sum), neurons);
    // A search that groups and places anew moves something, and not more than there is.
    let moved = "[...document.querySelectorAll('#moved tbody tr')].map((r) => [1, 2, 3].map((c) => +r.cells[c].title))";
    let moved = browser.eval(moved);
    let rows: Vec<Vec<u64>> = serde_json::from_value(moved).unwrap();
    assert!(
        rows.iter().all(|row| row[0] >= row[1] && row[1] >= row[2]) && rows.iter().any(|row| row[2] > 0),
        "{rows:?}"
    );
}

pub fn its_cores_answer_the_pointer_and_keys() {
    let (_bench, mut browser, _) = page();
    browser.hover("svg.cores rect");
    let said = browser.text("#core");
    assert!(said.starts_with("sequential, linear: core ") && said.contains("neurons of"), "{said}");
    assert!(browser.count("svg.cores .edges line") > 0, "lines to the cores that it talks to");
    browser.focus("figure:nth-child(2) svg.cores");
    browser.key("ArrowRight");
    browser.key("ArrowRight");
    let said = browser.text("#core");
    assert!(said.starts_with("shared, annealing: core "), "{said}");
    assert_eq!(browser.count("svg.cores .edges"), 1, "those of one core at a time");
    assert_eq!(browser.complaints(), [""; 0]);
}

pub fn its_boards_are_coloured_by_use_and_packets() {
    let (_bench, mut browser, report) = page();
    let classes = "[...document.querySelectorAll('figure:last-child svg.cores > rect')].map((r) => r.getAttribute('class')[0]).join('')";
    assert!(browser.eval(classes).as_str().unwrap().chars().all(|class| class == 's'));
    browser.choose("#colours", "limit0");
    assert!(browser.eval(classes).as_str().unwrap().chars().all(|class| class == 'u'));
    assert_eq!(browser.text("#core-scale span:last-child"), "100 %");
    // The highest bar is the fullest core.
    let bars = "document.getElementById('core-bars').chart.getOption().series[1].data";
    let most = report["utilisation"]["neurons"]["most"].as_f64().unwrap();
    assert!((browser.eval(bars)[0].as_f64().unwrap() - most).abs() < 1e-3);
    browser.choose("#colours", "received");
    assert!(browser.text("#core-scale").contains("packets received"));
    browser.choose("#colours", "layer");
    assert_eq!(browser.shown("#core-scale"), 0);
    // Tables sort.
    browser.click("summary");
    browser.click("#partitions th:nth-child(4) button");
    let first = "[...document.querySelectorAll('#partitions tbody tr')].map((r) => Number(r.cells[3].textContent.replace(/,/g, '')))";
    let neurons: Vec<u64> = serde_json::from_value(browser.eval(first)).unwrap();
    assert!(neurons.is_sorted_by(|a, b| a >= b), "{neurons:?}");
    assert_eq!(browser.complaints(), [""; 0]);
}
