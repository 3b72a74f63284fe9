//! The page of a network on chip, acted on by a real browser.

use crate::bench::Bench;
use crate::browser::Browser;
use crate::pages::{check, open};
use serde_json::{Value, json};

const SHORT: &[&str] = &["noc", "--quiet", "--width", "4", "--height", "4", "--cycles", "1500"];

/// A sweep with rates on both sides of saturation.
fn page(more: &[&str]) -> (Bench, Browser, Value) {
    let bench = Bench::new();
    let (html, json) = (bench.path("noc.html"), bench.path("noc.json"));
    bench.succeed(&[SHORT, &["--rate", "0.01..0.6:6", "--html", &html, "--json", &json], more].concat());
    let report = bench.json("noc.json");
    let browser = open(&bench, "noc.html");
    (bench, browser, report)
}

/// The class of each link: its step of the scale.
const CLASSES: &str =
    "[...document.querySelectorAll('#heat path:not(.routers)')].map((p) => p.getAttribute('class')).join(' ')";

pub fn its_slider_goes_through_the_rates() {
    let (_bench, mut browser, report) = page(&["--traffic", "hotspot:nodes=5,fraction=0.5"]);
    let points = report["points"].as_array().unwrap();
    let before = browser.eval(CLASSES);
    browser.focus("#rate");
    browser.key("Home");
    assert_eq!(browser.text("#at"), "at a rate of 0.0100");
    let accepted = format!("{:.4}", points[0]["accepted_flits_per_node_cycle"].as_f64().unwrap());
    assert!(browser.text("#figures").contains(&accepted), "{}", browser.text("#figures"));
    let first = browser.eval(CLASSES);
    browser.key("End");
    assert_eq!(browser.text("#at"), "at a rate of 0.6000");
    assert!(browser.text("#figures").contains("saturated"));
    let last = browser.eval(CLASSES);
    assert!(first != last && before != last, "colours follow the rate");
    // A hot spot has links that stand out: the table is that of the rate.
    let busiest = &points[5]["busiest_links"];
    let cell = |row: usize, column: usize| format!("#busiest tbody tr:nth-child({row}) td:nth-child({column})");
    for row in [1, 10] {
        assert_eq!(browser.text(&cell(row, 1)), busiest[row - 1]["link"].as_str().unwrap());
        let share = format!("{:.3}", busiest[row - 1]["utilisation"].as_f64().unwrap());
        assert_eq!(browser.text(&cell(row, 2)), share);
    }
    // With a scale of its own a low rate uses all colours.
    browser.key("Home");
    assert!(!browser.eval(CLASSES).as_str().unwrap().contains("u5"));
    browser.choose("#shared", "own");
    assert!(browser.eval(CLASSES).as_str().unwrap().contains("u5"));
    // The histogram is that of the rate.
    let packets = "document.getElementById('histogram').chart.getOption().series[0].data.reduce((a, b) => a + b)";
    assert_eq!(browser.eval(packets), points[0]["packets_arrived"]);
    check(&mut browser, "noc");
}

pub fn its_links_answer_the_pointer_and_keys() {
    let (_bench, mut browser, _) = page(&[]);
    assert!(browser.text("#level").contains("No link stands out"));
    assert_eq!(browser.shown("#busiest"), 0, "ten links of a uniform load say nothing");
    // The first link, at the middle of its path.
    let place = browser.eval(
        "(() => { const p = document.querySelector('#heat path'); p.scrollIntoView({block: 'center'});
           const r = p.getBoundingClientRect(); return [r.left + r.width / 2, r.top + r.height / 2]; })()",
    );
    browser.move_to((place[0].as_f64().unwrap(), place[1].as_f64().unwrap()));
    assert!(browser.text("#link").contains("flits per cycle"), "{}", browser.text("#link"));
    browser.focus("#heat");
    for key in ["ArrowRight", "ArrowRight", "ArrowDown"] {
        browser.key(key);
    }
    let said = browser.text("#link");
    assert!(said.starts_with("Router (1, 1)") && said.contains("(1, 1) east: 0."), "{said}");
    assert_eq!(browser.complaints(), [""; 0]);
}

pub fn its_curves_zoom_and_change_their_axes() {
    let (_bench, mut browser, report) = page(&[]);
    let points = report["points"].as_array().unwrap();
    let series = "document.getElementById('latency').chart.getOption().series[0].data.map((d) => [d.value, d.symbol])";
    let drawn = browser.eval(series);
    let symbol = |point: &Value| match (&point["saturated"], &point["window_too_short"]) {
        (Value::Bool(true), _) => "diamond",
        (_, Value::Bool(true)) => "triangle",
        _ => "circle",
    };
    assert!(
        points.iter().any(|point| symbol(point) == "diamond") && points.iter().any(|point| symbol(point) == "circle")
    );
    for (drawn, point) in drawn.as_array().unwrap().iter().zip(points) {
        assert_eq!(drawn[0], json!([point["rate"], point["mean_packet_latency_cycles"]]));
        assert_eq!(drawn[1], symbol(point));
    }
    // Nothing is cut off: the axis ends above all that is drawn.
    let top = "document.getElementById('latency').chart.getModel().getComponent('yAxis').axis.scale.getExtent()[1]";
    let most = points.iter().filter_map(|point| point["p99_packet_latency_cycles"].as_f64()).fold(0.0, f64::max);
    browser.choose("#scale", "value");
    assert!(browser.eval(top).as_f64().unwrap() >= most);
    browser.choose("#across", "accepted");
    assert_eq!(browser.eval(series)[0][0][0], points[0]["accepted_flits_per_node_cycle"]);
    // Keys zoom, and 0 shows all.
    let zoom = "(() => { const [z] = document.getElementById('latency').chart.getOption().dataZoom; return z.end - z.start; })()";
    browser.focus("#latency");
    browser.key("+");
    assert!((browser.eval(zoom).as_f64().unwrap() - 50.0).abs() < 1.0);
    browser.key("0");
    assert_eq!(browser.eval(zoom).as_f64().unwrap(), 100.0);
    assert_eq!(browser.complaints(), [""; 0]);
}

pub fn names_of_other_runs_are_text() {
    let bench = Bench::new();
    let (other, html) = (bench.path("<img src=x onerror=window.owned=1>.json"), bench.path("noc.html"));
    bench.succeed(&[SHORT, &["--topology", "torus", "--rate", "0.05,0.2", "--json", &other]].concat());
    bench.succeed(&[SHORT, &["--rate", "0.05,0.2", "--html", &html, "--with", &other]].concat());
    let mut browser = open(&bench, "noc.html");
    assert!(browser.text("#curves").contains("<img src=x onerror="));
    // The tip of a point of the other curve.
    browser.eval(
        "document.getElementById('latency').chart.dispatchAction({type: 'showTip', seriesIndex: 3, dataIndex: 0})",
    );
    browser.wait("document.querySelector('#latency table.tip')");
    assert!(browser.text("#latency").contains("<img src=x"));
    assert_eq!((browser.count("img"), browser.eval("window.owned === undefined")), (0, true.into()));
    check(&mut browser, "noc-with");
}
