//! Pages in a real browser: Chromium opens them without a screen and writes down what it found.

use crate::bench::Bench;
use crate::needs::browser;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// What a browser made of a page.
struct Opened {
    /// The page's elements after its scripts ran.
    elements: String,
    /// What scripts and the browser complained about.
    complaints: Vec<String>,
    /// Hosts that were asked for something.
    hosts: BTreeSet<String>,
}

fn open(browser: &str, folder: &Path, page: &Path) -> Opened {
    let (profile, log) = (folder.join("profile"), folder.join("requests.json"));
    let output = Command::new(browser)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-extensions",
            "--disable-sync",
        ])
        .args(["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=3000"])
        .args(["--enable-logging=stderr", "--v=0", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(format!("--log-net-log={}", log.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaints = told.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
    let requests = std::fs::read_to_string(log).unwrap();
    let hosts = requests.split("\"url\":\"http").skip(1).filter_map(|rest| {
        let address = rest.split_once("://")?.1;
        Some(address.split(['/', '?', '"', ':']).next()?.to_owned())
    });
    Opened { elements: String::from_utf8(output.stdout).unwrap(), complaints, hosts: hosts.collect() }
}

/// Opens a page that a command wrote, and checks that it complains about nothing and asks nobody for anything.
fn check(bench: &Bench, browser: &str, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    // What the browser asks for by itself, whatever it is shown.
    let blank = folder.path().join("blank.html");
    std::fs::write(&blank, "<!DOCTYPE html><title>blank</title><link rel=icon href=data:,>").unwrap();
    let before = open(browser, folder.path(), &blank);
    let page = bench.path(name);
    assert!(std::fs::metadata(&page).unwrap().len() < 5 << 20, "{name} is heavy");
    let opened = open(browser, folder.path(), Path::new(&page));
    assert_eq!(opened.complaints, Vec::<String>::new(), "{name}");
    let own: Vec<&String> =
        opened.hosts.difference(&before.hosts).filter(|host| !host.ends_with("google.com")).collect();
    assert!(own.is_empty(), "{name} asks {own:?}");
    opened.elements
}

pub fn a_page_that_is_wrong_is_told_from_one_that_is_right() {
    let browser = browser();
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("wrong.html");
    let text = "<!DOCTYPE html><title>wrong</title><img src='http://nowhere.invalid/x.png'><script>no.such();</script>";
    std::fs::write(&page, text).unwrap();
    let opened = open(browser, folder.path(), &page);
    assert!(opened.complaints.iter().any(|line| line.contains("no is not defined")), "{:?}", opened.complaints);
    assert!(opened.hosts.contains("nowhere.invalid"), "{:?}", opened.hosts);
}

pub fn the_page_of_a_run_opens_and_its_slider_works() {
    let browser = browser();
    let bench = Bench::new();
    let (html, json) = (bench.path("run.html"), bench.path("run.json"));
    bench.succeed(&["run", "--network=digits-mlp", "--quiet", "--samples", "40", "--html", &html, "--json", &json]);
    let elements = check(&bench, browser, "run.html");
    for part in
        ["id=\"figures\"", "id=\"units\"", "id=\"layers\"", "id=\"cores\"", "id=\"traffic\"", "class=\"raster\""]
    {
        assert!(elements.contains(part), "{part}");
    }
    assert!(elements.contains("<p class=\"slider\">"), "the script shows the slider");
    assert!(!std::fs::read_to_string(&html).unwrap().contains("<p class=\"slider\">"), "without it there is none");
    // Figures are those of the JSON.
    let report = bench.json("run.json");
    for (unit, pj) in report["energy_breakdown_pj"].as_object().unwrap() {
        let title = format!("title=\"{pj}\"");
        // Of what has no price there is no bar.
        assert!(pj.as_f64().unwrap_or(0.0) == 0.0 || elements.contains(&title), "{unit}: {title}");
    }
    for (name, quantity) in report["per_inference"].as_object().unwrap() {
        let Some(mean) = quantity.get("mean") else { continue };
        assert!(elements.contains(&format!("title=\"{mean}\"")), "{name}: {mean}");
    }
}

pub fn the_pages_of_comparisons_and_meshes_open() {
    let browser = browser();
    let bench = Bench::new();
    let (compare, noc) = (bench.path("compare.html"), bench.path("noc.html"));
    let set = ["--set", "core.max_neurons=64,128", "--set", "steps=2,4"];
    let options = ["compare", "--quiet", "--chips", "loihi,crossbar", "--samples", "20", "--html", &compare];
    bench.succeed(&[&options[..], &set[..]].concat());
    let elements = check(&bench, browser, "compare.html");
    assert!(elements.matches("<circle").count() >= 8 && elements.contains("<tr class=\"front\">"));
    bench.succeed(&["noc", "--quiet", "--rate", "0.05,0.1", "--cycles", "500", "--html", &noc]);
    assert!(check(&bench, browser, "noc.html").contains("<svg"));
}

/// The page of a mapping needs no script, and has the figures of its JSON.
pub fn the_page_of_a_mapping_opens() {
    let browser = browser();
    let bench = Bench::new();
    let (html, json) = (bench.path("map.html"), bench.path("map.json"));
    let search = ["--partitioner", "shared", "--placer", "annealing", "--budget", "20000"];
    let chip = ["map", "--quiet", "--network", "fashion-cnn", "--html", &html, "--json", &json];
    bench.succeed(&[&chip[..], &search[..]].concat());
    let elements = check(&bench, browser, "map.html");
    assert!(!elements.contains("<script"));
    for part in ["id=\"figures\"", "id=\"links\"", "id=\"layers\"", "id=\"uses\""] {
        assert!(elements.contains(part), "{part}");
    }
    // Links and layers, before and after.
    assert_eq!(elements.matches("<svg").count(), 4);
    let report = bench.json("map.json");
    for traffic in [&report["before"], &report["traffic"]] {
        for figure in ["cores", "packets", "hops", "hop_energy_pj"] {
            assert!(elements.contains(&format!("title=\"{}\"", traffic[figure])), "{figure}: {traffic}");
        }
        assert!(elements.contains(&format!("title=\"{}\"", traffic["busiest_link"]["packets"])));
    }
    for layer in report["per_layer"].as_array().unwrap() {
        assert!(elements.contains(&format!("title=\"{}\"", layer["synapses"])), "{layer}");
    }
}
