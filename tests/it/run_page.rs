//! The page of a run, without a browser: what it carries, and what it says.

use crate::bench::Bench;
use serde_json::Value;

struct Page {
    text: String,
    report: Value,
}

impl Page {
    fn of(bench: &Bench, options: &[&str]) -> Self {
        let (html, json) = (bench.path("run.html"), bench.path("run.json"));
        let output = bench.run(&[&["run", "--quiet", "--html", &html, "--json", &json][..], options].concat());
        assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
        Self { text: std::fs::read_to_string(html).unwrap(), report: bench.json("run.json") }
    }

    /// The data of a script.
    fn data(&self, id: &str) -> Value {
        let begin = format!("<script type=\"application/json\" id=\"{id}\">");
        let (_, rest) = self.text.split_once(&begin).unwrap_or_else(|| panic!("no {id}"));
        serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
    }
}

const RANDOM: &str = "random:seed=1,neurons=4096,cores=256";

/// Chips that price all, some and nothing, of which one has power at rest; a layered network and one without samples, on
/// more cores than are parts of their own.
#[test]
fn the_parts_of_the_energy_add_up_to_the_energy() {
    let bench = Bench::new();
    let digits = ["--network", "digits-mlp", "--samples", "7"];
    let on = |chip: &'static str| [&digits[..], &["--chip", chip]].concat();
    let random = vec!["--network", RANDOM, "--steps", "60", "--chip", "loihi_nahuku32"];
    let mut unpriced = 0;
    for options in [on("loihi"), on("crossbar"), on("sram_mesh"), on("isaac"), on("event_mesh"), random] {
        let page = Page::of(&bench, &options);
        let data = page.data("energy-data");
        let sum: f64 = data["parts"].as_array().unwrap().iter().map(|part| part[3].as_f64().unwrap()).sum();
        let whole = page.report["per_inference"]["energy_pj"]["mean"].as_f64().unwrap_or(0.0);
        assert!((sum - whole).abs() <= 1e-9 * whole, "{options:?}: {sum} and {whole}");
        // What has no price is named with how often it was counted.
        let named = data["unpriced"].as_array().unwrap();
        let terms = page.report["unpriced"].as_array().unwrap();
        assert_eq!(named.len(), terms.len());
        for (named, term) in named.iter().zip(terms) {
            let count = term["count"].as_f64().unwrap() / page.report["samples"].as_f64().unwrap();
            assert_eq!(named[2].as_f64().unwrap_or(0.0), count, "{term}");
            assert!(page.text.contains(named[1].as_str().unwrap()));
        }
        unpriced += terms.len();
        // By unit they are those of the table.
        for (unit, pj) in page.report["energy_breakdown_pj"].as_object().unwrap() {
            let parts = data["parts"].as_array().unwrap().iter();
            let of_unit = parts.filter(|part| part[0].as_str().unwrap() == unit.replace('_', " "));
            let sum: f64 = of_unit.map(|part| part[3].as_f64().unwrap()).sum();
            let pj = pj.as_f64().unwrap_or(0.0);
            assert!((sum - pj).abs() <= 1e-9 * pj, "{unit}: {sum} and {pj}");
        }
    }
    assert!(unpriced > 5);
}

/// The last step ends with the sample, and each begins when the one before is released.
#[test]
fn the_timeline_is_that_of_the_first_sample() {
    let bench = Bench::new();
    let page = Page::of(&bench, &["--network", "digits-mlp", "--samples", "1"]);
    let data = page.data("timeline-data");
    let steps = data["steps"].as_array().unwrap();
    assert_eq!(steps.len() as u64, page.report["steps_per_inference"].as_u64().unwrap());
    let at = |step: &Value, index: usize| step[index].as_u64().unwrap();
    assert!(steps.windows(2).all(|pair| at(&pair[0], 2) == at(&pair[1], 0)));
    assert!(steps.iter().all(|step| at(step, 0) <= at(step, 1) && at(step, 1) <= at(step, 2)));
    let last = at(steps.last().unwrap(), 2) as f64 * data["ns"].as_f64().unwrap();
    let latency = page.report["per_inference"]["latency_ns"]["mean"].as_f64().unwrap();
    assert!((last - latency).abs() <= 1e-9 * latency, "{last} and {latency}");
    // Packets that reach cores: all that are counted.
    let rows = data["rows"].as_array().unwrap();
    assert_eq!(rows.len() as u64, page.report["cores_used"].as_u64().unwrap() + 1, "the cores and the host");
    let received = |row: &Value| {
        let spans = row["spans"][0].as_array().unwrap();
        spans.chunks(4).map(|span| span[3].as_u64().unwrap()).sum::<u64>()
    };
    let packets = page.report["per_inference"]["packets"]["mean"].as_f64().unwrap();
    assert_eq!(rows.iter().map(received).sum::<u64>() as f64, packets);
}

#[test]
fn pictures_of_nothing_are_sentences() {
    let bench = Bench::new();
    // Three cores on one tile: no packet crosses a link.
    let page = Page::of(&bench, &["--network", "digits-mlp", "--samples", "2", "--chip", "loihi"]);
    assert!(page.text.contains("all links are idle") && !page.text.contains("id=\"frames\""));
    let page = Page::of(&bench, &["--network", "digits-mlp", "--samples", "2", "--chip", "paicore"]);
    assert!(page.text.contains("have no rows and columns"));
    let page = Page::of(&bench, &["--network", "digits-mlp", "--samples", "2", "--chip", "event_mesh"]);
    assert!(page.text.contains("no barrier between time steps"));
    // Of a network without samples nothing is per inference.
    let page = Page::of(&bench, &["--network", RANDOM, "--steps", "9", "--chip", "loihi_nahuku32"]);
    let body = page.text.split_once("<body>").unwrap().1.split_once("<script>").unwrap().0;
    assert!(!body.contains("er inference"), "{}", body.split_once("er inference").unwrap().0.len());
}

#[test]
fn an_index_says_which_file_is_no_run_and_links_pages_that_are_there() {
    let bench = Bench::new();
    let (page, index) = (Page::of(&bench, &["--network", "digits-mlp", "--samples", "2"]), bench.path("index.html"));
    assert!(page.text.contains("spikemesh run,"));
    let (run, other) = (bench.path("run.json"), bench.path("other.json"));
    std::fs::copy(&run, &other).unwrap();
    bench.succeed(&["index", &run, &other, "--html", &index]);
    let text = std::fs::read_to_string(&index).unwrap();
    assert_eq!((text.matches("<a href=\"run.html\"").count(), text.matches("<a href").count()), (1, 1));
    assert!(text.contains("<h1>2 runs</h1>"));
    let small = bench.path("small.json");
    let refused = bench.fail(&["index", &run, &small, &bench.path("none.json"), "--html", &bench.path("i.html")]);
    assert!(refused.contains("small.json") && refused.contains("none.json"), "{refused}");
    // A page of another kind is not replaced.
    let refused = bench.fail(&["index", &run, "--html", &bench.path("run.html")]);
    assert!(refused.contains("not replaced without --overwrite"), "{refused}");
}
