//! Wherever an energy is shown or saved: what is not priced is a dash and `null`, and never 0; what is priced in part is a
//! lower bound.

use crate::bench::Bench;
use crate::common::plain_file;
use serde_json::{Value, json};

/// Loihi without prices, or with that of one operation alone.
fn chip(bench: &Bench, name: &str, priced: Option<&str>) -> String {
    let mut file = plain_file("loihi");
    let fields = file.as_object_mut().unwrap();
    // These are of what was published.
    for beside in ["rest", "composition"] {
        fields.remove(beside);
    }
    let table = fields["default_calibration"].as_str().unwrap().to_owned();
    let tables = fields["calibrations"].as_object_mut().unwrap();
    tables.retain(|known, _| *known == table);
    let table = tables[&table].as_object_mut().unwrap();
    (table["static_power"], table["description"]) = (Value::Null, json!("a test's"));
    table.remove("fit_error");
    for (op, cost) in table["costs"].as_object_mut().unwrap() {
        if priced == Some(op) {
            continue;
        }
        let cost = cost.as_object_mut().unwrap();
        cost.remove("included_in");
        // Adding up is a part of the class of synapses.
        match priced {
            Some("synapse") if op == "dendrite" => cost.insert("included_in".into(), json!("synapse")),
            _ => cost.insert("energy".into(), Value::Null),
        };
    }
    // Formats of synapses have the price of the general one.
    let costs = table["costs"].as_object_mut().unwrap();
    costs.retain(|op, _| !op.starts_with("synapse_"));
    let path = bench.path(&format!("{name}.json"));
    std::fs::write(&path, file.to_string()).unwrap();
    path
}

/// Numbers below names that say that they are energies or powers, with their paths.
fn energies(value: &Value, path: &str, is_energy: bool, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let counts = ["energy_coverage", "energy_samples", "modelled_energy_coverage"].contains(&name.as_str());
                let is_energy =
                    is_energy || !counts && (name.contains("_pj") || name.contains("power") || name == "energy");
                energies(value, &format!("{path}/{name}"), is_energy, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| energies(value, path, is_energy, found)),
        Value::Null | Value::Number(_) if is_energy => found.push((path.to_owned(), value.clone())),
        _ => {}
    }
}

/// Energies of a file, without those of other silicon and of units in which nothing was counted.
fn energies_of(file: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    energies(file, "", false, &mut found);
    let open = file["unpriced"].as_array().into_iter().flatten();
    let open: Vec<&str> = open.filter_map(|term| term["unit"].as_str()).collect();
    let is_open = |path: &str| path.strip_prefix("/energy_breakdown_pj/").is_none_or(|unit| open.contains(&unit));
    found.retain(|(path, _)| !path.contains("/ann/") && is_open(path));
    assert!(!found.is_empty());
    found
}

/// Whether a text has a nought with a unit of energy or power.
fn has_nought(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "<>|,;()\"".contains(c)).collect();
    words.windows(2).any(|pair| {
        let is_unit = ["pJ", "nJ", "µJ", "mJ", "J", "mW", "µW", "W"].contains(&pair[1]);
        is_unit && pair[0].parse::<f64>().is_ok_and(|value| value == 0.0)
    })
}

/// Text of a page, without the scripts of the page and their data.
fn shown(page: &str) -> String {
    page.split("<script").map(|part| part.split_once("</script>").map_or(part, |(_, rest)| rest)).collect()
}

struct Outputs {
    bench: Bench,
    texts: Vec<(String, String)>,
    files: Vec<(String, Value)>,
}

impl Outputs {
    fn read(&mut self, name: &str) -> String {
        std::fs::read_to_string(self.bench.path(name)).unwrap()
    }

    fn say(&mut self, arguments: &[&str]) {
        let said = self.bench.run_at("160", arguments);
        // A difference that was found is exit code 1.
        assert!(matches!(said.status.code(), Some(0 | 1)), "{arguments:?}: {}", crate::bench::text(&said.stderr));
        self.texts.push((arguments.join(" "), crate::bench::text(&said.stdout)));
    }

    fn page(&mut self, name: &str) {
        let page = shown(&self.read(name));
        self.texts.push((name.to_owned(), page));
    }

    fn file(&mut self, name: &str) {
        let file = self.bench.json(name);
        self.files.push((name.to_owned(), file));
    }

    /// All that the program shows and saves of runs on a chip.
    fn of(priced: Option<&str>) -> Self {
        let bench = Bench::new();
        let chip = chip(&bench, "chip", priced);
        let mut all = Self { bench, texts: Vec::new(), files: Vec::new() };
        let path = |name: &str, bench: &Bench| bench.path(name);
        let names =
            ["run.json", "run.html", "more.json", "sparse.json", "map.json", "map.html", "index.html", "diff.json"];
        let [run, page, more, sparse, map, map_page, index, diff] = names.map(|name| path(name, &all.bench));
        let [json, csv, html] = ["all.json", "all.csv", "all.html"].map(|name| path(name, &all.bench));
        let network = ["--network", "digits-mlp", "--chip", &chip];
        let with = |first: &[&'static str], more: &[&str]| -> Vec<String> {
            first.iter().chain(more).map(|word| (*word).to_owned()).collect()
        };
        let of_network =
            |more: &[&str]| [with(&["run", "--quiet", "--samples", "3"], &network), with(&[], more)].concat();
        let made = of_network(&["--json", &run, "--html", &page]);
        all.say(&made.iter().map(String::as_str).collect::<Vec<_>>());
        let made = of_network(&["--json", &more, "--steps", "2"]);
        all.say(&made.iter().map(String::as_str).collect::<Vec<_>>());
        let random = "random:seed=1,neurons=1024,cores=16,targets=uniform";
        all.say(&["run", "--quiet", "--network", random, "--steps", "100", "--chip", &chip, "--json", &sparse]);
        for saved in [&run, &sparse] {
            all.say(&["report", "--verbose", saved]);
            all.say(&["report", "--quiet", saved]);
        }
        all.say(&[&["map", "--quiet", "--json", &map, "--html", &map_page][..], &network].concat());
        all.say(&["index", "--quiet", &run, &sparse, "--html", &index]);
        all.say(&["diff", &run, &more, "--json", &diff]);
        let outputs = ["--json", &json, "--csv", &csv, "--html", &html];
        all.say(&[&["compare", "--quiet", "--samples", "3", "--chips", &chip][..], &outputs].concat());
        ["run.html", "map.html", "index.html", "all.html"].iter().for_each(|name| all.page(name));
        ["run.json", "sparse.json", "map.json", "all.json"].iter().for_each(|name| all.file(name));
        all
    }

    /// The row of the comparison's table for other programs, by column.
    fn csv(&mut self) -> Vec<(String, String)> {
        let text = self.read("all.csv");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        names.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    }
}

#[test]
fn a_chip_that_prices_nothing_shows_dashes_and_saves_null() {
    let mut all = Outputs::of(None);
    for (of, text) in &all.texts {
        assert!(!has_nought(text), "{of}: {text}");
    }
    for (of, file) in &all.files {
        let known: Vec<(String, Value)> = energies_of(file).into_iter().filter(|(_, value)| !value.is_null()).collect();
        assert!(known.is_empty(), "{of}: {known:?}");
    }
    assert_eq!(all.bench.json("run.json")["covers"], json!([]));
    let csv = all.csv();
    let energies = csv.iter().filter(|(name, _)| name.contains("_pj") || name.contains("power"));
    assert!(energies.clone().count() > 8 && energies.clone().all(|(_, cell)| cell.is_empty()), "{csv:?}");
    let covers = |text: &str| text.lines().any(|line| line.starts_with("covers        nothing; not synapse"));
    assert!(covers(&all.texts[0].1), "{}", all.texts[0].1);
}

#[test]
fn a_chip_that_prices_one_class_shows_lower_bounds() {
    let mut all = Outputs::of(Some("synapse"));
    // The part of a price that is the same in both runs is truly nothing of their difference.
    for (of, text) in all.texts.iter().filter(|(of, _)| !of.starts_with("diff ")) {
        assert!(!has_nought(text), "{of}: {text}");
    }
    let run = all.bench.json("run.json");
    let by_class = &run["energy_by_class_pj"];
    let energy = run["per_inference"]["energy_pj"]["mean"].as_f64().unwrap();
    assert_eq!(by_class["synapse"].as_f64(), Some(energy));
    for class in ["neuron", "spike", "network", "memory at rest", "host"] {
        assert_eq!((&by_class[class], &run["class_coverage"][class]), (&Value::Null, &json!("unpriced")), "{class}");
    }
    assert_eq!((&run["energy_coverage"], &run["average_power_mw"].is_null()), (&json!("lower_bound"), &false));
    // A total is marked wherever it is written.
    let written = |text: &str| -> Vec<String> {
        // A head of a table has no figure.
        let is_figure = |line: &&str| line.trim_start().starts_with("energy  ") && line.contains(char::is_numeric);
        let lines = text.lines().filter(is_figure);
        lines.map(str::to_owned).collect()
    };
    for (of, text) in &all.texts {
        assert!(written(text).iter().all(|line| line.contains('≥')), "{of}: {text}");
    }
    for name in ["run.html", "index.html", "all.html"] {
        let page = &all.texts.iter().find(|(of, _)| of == name).unwrap().1;
        assert!(page.contains('≥'), "{name}");
    }
    let csv = all.csv();
    let cell = |name: &str| csv.iter().find(|(known, _)| known == name).unwrap().1.clone();
    assert_eq!((cell("energy_coverage"), cell("covers")), ("lower_bound".into(), "synapse".into()));
    assert_eq!((cell("energy_pj of synapse"), cell("energy_pj of neuron")), (cell("energy_pj"), String::new()));
}
