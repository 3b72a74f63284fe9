//! The pages of a run, of a training and over several runs: zoomed, clicked, sorted and drilled into by a real browser.

use crate::bench::Bench;
use crate::browser::{Browser, DESK, PHONE};
use crate::pages::{check, open};
use serde_json::{Value, json};

fn page(options: &[&str]) -> (Bench, Browser) {
    let bench = Bench::new();
    let (html, file) = (bench.path("run.html"), bench.path("run.json"));
    bench.succeed(&[&["run", "--quiet", "--html", &html, "--json", &file][..], options].concat());
    let browser = open(&bench, "run.html");
    (bench, browser)
}

/// What a chart shows of its first axis, in per cent.
fn range(browser: &mut Browser, chart: &str) -> (f64, f64) {
    let zoom = browser.eval(&format!("spikemesh.of({}).getOption().dataZoom[0]", json!(chart)));
    (zoom["start"].as_f64().unwrap(), zoom["end"].as_f64().unwrap())
}

fn width((start, end): (f64, f64)) -> f64 {
    end - start
}

/// A chart whose first axis can be zoomed: by buttons, keys, the wheel where it has the focus, and the hand.
fn is_zoomed(browser: &mut Browser, name: &str) {
    let (chart, element) = (format!("{name}-chart"), format!("#{name}-chart"));
    let said = browser.text(&format!("#{name}-range"));
    assert_eq!(range(browser, &chart), (0.0, 100.0));
    browser.click(&format!("#{name}-zoom button"));
    assert_eq!(range(browser, &chart), (25.0, 75.0));
    assert_ne!(browser.text(&format!("#{name}-range")), said);
    browser.focus(&element);
    browser.key("+");
    assert_eq!(range(browser, &chart), (37.5, 62.5));
    browser.key("ArrowRight");
    assert_eq!(range(browser, &chart), (42.5, 67.5));
    let before = range(browser, &chart);
    browser.wheel(&element, -240.0);
    let wheeled = range(browser, &chart);
    assert!(width(wheeled) < width(before), "{wheeled:?}");
    // The picture goes with the hand: what is earlier comes to be seen.
    let place = browser.place(&element, (0.5, 0.4));
    browser.drag(place, (place.0 + 150.0, place.1));
    let dragged = range(browser, &chart);
    assert!(dragged.0 < wheeled.0 && (width(dragged) - width(wheeled)).abs() < 1e-6, "{dragged:?}");
    browser.key("0");
    assert_eq!(range(browser, &chart), (0.0, 100.0));
    assert_eq!(browser.text(&format!("#{name}-range")), said);
    // Without the focus the wheel scrolls the page.
    browser.eval("document.activeElement.blur()");
    browser.wheel(&element, -240.0);
    assert_eq!(range(browser, &chart), (0.0, 100.0));
}

pub fn key_figures_come_first_and_are_those_of_the_json() {
    let (bench, mut browser) = page(&["--samples", "40", "--network", "digits-mlp"]);
    let report = bench.json("run.json");
    let names = browser.eval("[...document.querySelectorAll('.card .name')].map((e) => e.textContent)");
    for name in [
        "accuracy",
        "energy per inference",
        "latency per inference",
        "synaptic operations",
        "packets",
        "cores used",
        "throughput",
        "power",
    ] {
        assert!(names.as_array().unwrap().contains(&json!(name)), "{names}");
    }
    let accuracy = format!("{:.2} %", 100.0 * report["accuracy"].as_f64().unwrap());
    assert_eq!(browser.text(".card .value"), accuracy);
    assert!(browser.text(".cards").contains("all spike counts and outputs equal the integer reference"));
    let seed = format!("seed: {}", report["seed"]);
    let small = browser.eval("[...document.querySelectorAll('p.small')].map((e) => e.innerText).join(' ')");
    let small = small.as_str().unwrap();
    assert!(small.contains(&seed) && small.contains(report["chip_digest"].as_str().unwrap()), "{small}");
    assert!(small.starts_with("command: spikemesh run --quiet --html "), "{small}");
    // The first thing on the page, above all pictures.
    let order = "document.querySelector('.cards').compareDocumentPosition(document.querySelector('canvas')) & 4";
    assert_eq!(browser.eval(order), 4);
    // Sources are folded.
    let folded = "[...document.querySelectorAll('dd.source')].filter((e) => e.checkVisibility()).length";
    assert_eq!(browser.eval(folded), 0);
    browser.click("details:last-of-type > summary");
    assert!(browser.eval(folded).as_u64().unwrap() >= 4);
    check(&mut browser, "run");
}

pub fn figures_of_tables_are_those_of_the_json() {
    let (bench, mut browser) = page(&["--network", "digits-mlp", "--samples", "40"]);
    let elements = browser.elements();
    for part in ["id=\"figures\"", "id=\"units\"", "id=\"layers\"", "id=\"cores\""] {
        assert!(elements.contains(part), "{part}");
    }
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

pub fn the_timeline_zooms_and_says_who_waits_for_whom() {
    let (_bench, mut browser) = page(&["--samples", "1", "--network", "fashion-cnn"]);
    is_zoomed(&mut browser, "timeline");
    // Somewhere in the first row below the barrier is work, and each place says what it is.
    let mut seen = std::collections::BTreeSet::new();
    let rows = browser.eval("spikemesh.data('timeline-data').rows.length").as_u64().unwrap();
    for row in 1..rows.min(4) {
        for at in 2..18 {
            let down = (row as f64 + 0.4) / (rows as f64 + 4.0);
            let place = browser.place("#timeline-chart", (0.15 + 0.045 * f64::from(at), down));
            browser.move_to(place);
            let tip =
                browser.eval("document.querySelector('#timeline-chart .tipbox:not([hidden]) b')?.textContent ?? ''");
            seen.extend(
                tip.as_str().unwrap().split_once(": ").map(|(_, what)| what.split(" core").next().unwrap().to_owned()),
            );
        }
    }
    for what in ["soma", "waits for"] {
        assert!(seen.iter().any(|tip| tip.contains(what)), "{seen:?}");
    }
    // What most of the time goes to, in words; its shares are of one whole.
    let text = browser.text("#timeline + p");
    let percents: Vec<f64> = text.split(" %").filter_map(|part| part.rsplit(' ').next()?.parse().ok()).collect();
    assert_eq!(percents.len(), 4, "{text}");
    assert!((percents.iter().sum::<f64>() - 100.0).abs() <= 2.0, "{text}");
    check(&mut browser, "timeline");
}

pub fn the_menu_of_the_timeline_changes_its_rows() {
    let random = ["--network", "random:seed=1,neurons=16384,cores=128,targets=local8", "--steps", "20"];
    let (_bench, mut browser) = page(&random);
    let rows = "spikemesh.of('timeline-chart').getOption().yAxis[0].data";
    let first = browser.eval(rows);
    assert_eq!(first.as_array().unwrap().len(), 41, "forty cores and the barrier");
    browser.choose("#timeline-rows", "1");
    let second = browser.eval(rows);
    assert_eq!(second.as_array().unwrap().len(), 41);
    let both = first.as_array().unwrap().iter().skip(1).any(|row| second.as_array().unwrap().contains(row));
    assert!(!both, "no core is in both");
    // There is no sample, so nothing is per inference, and one run has no spread.
    assert_eq!(
        (browser.text("#figures thead th:nth-child(2)"), browser.count("#figures thead th")),
        ("in all".into(), 2)
    );
    assert!(!browser.text("body").contains("per inference"));
    check(&mut browser, "random");
}

pub fn the_energy_opens_part_by_part() {
    let (_bench, mut browser) = page(&["--samples", "20", "--network", "digits-mlp"]);
    assert_eq!(browser.text("#energy-path"), "energy per inference");
    // The largest part is at the left.
    let place = browser.place("#energy-chart", (0.1, 0.5));
    browser.move_to(place);
    browser.wait("document.querySelector('#energy-chart').innerText.includes('share')");
    browser.click_at(place);
    let opened = browser.text("#energy-path");
    assert!(["soma", "synapse"].iter().any(|unit| opened.starts_with(unit)), "{opened}");
    browser.click("#energy-up");
    let mut up = browser.text("#energy-path");
    if up != "energy per inference" {
        browser.click("#energy-up");
        up = browser.text("#energy-path");
    }
    assert_eq!(up, "energy per inference");
    browser.choose("#energy-levels", "layer,core,unit");
    browser.focus("#energy-chart");
    browser.key("Enter");
    let layer = browser.text("#energy-path");
    assert!(layer.starts_with("dense"), "{layer}");
    browser.key("Enter");
    assert!(browser.text("#energy-path").starts_with(&format!("{layer} › core ")));
    browser.key("Escape");
    assert_eq!(browser.text("#energy-path"), layer);
    check(&mut browser, "energy");
}

pub fn the_slider_of_the_traffic_moves() {
    let table = ["--calibration", "unpriced"];
    let run = ["--samples", "1", "--network", "digits-mlp", "--chip", "sram_mesh"];
    let (_bench, mut browser) = page(&[&run[..], &table].concat());
    assert_eq!(browser.text("#traffic output"), "the whole sample");
    browser.focus("#traffic input");
    browser.key("ArrowRight");
    let first = browser.text("#traffic output");
    assert!(first.starts_with("0 ns to"), "{first}");
    assert!(browser.text("#traffic .most.spikes").ends_with("in a frame"));
    browser.key("End");
    assert_ne!(browser.text("#traffic output"), first);
    browser.click("#traffic button");
    browser.wait("document.querySelector('#traffic button').textContent === '❚❚'");
    browser.click("#traffic button");
    browser.wait("document.querySelector('#traffic button').textContent === '▶'");
    // Nothing has a price there: all parts of the energy are hatched and named with their counts.
    assert!(browser.text("body").contains("hop ew ("));
    check(&mut browser, "traffic");
}

pub fn the_raster_zooms_and_its_spikes_say_what_they_are() {
    let (_bench, mut browser) = page(&["--samples", "1", "--network", "digits-mlp"]);
    is_zoomed(&mut browser, "raster");
    let place = browser.eval(
        "(() => { const chart = spikemesh.of('raster-chart');
          const series = chart.getOption().series.find((one) => one.data.length > 0);
          const [x, y] = chart.convertToPixel({gridIndex: 0}, series.data[0].slice(0, 2));
          const box = chart.getDom(); return [x / box.clientWidth, y / box.clientHeight]; })()",
    );
    let share = |index: usize| place[index].as_f64().unwrap();
    let place = browser.place("#raster-chart", (share(0), share(1)));
    browser.move_to((place.0 - 3.0, place.1));
    browser.move_to(place);
    browser.wait("document.querySelector('#raster-chart').innerText.includes('spike at')");
    check(&mut browser, "raster");
}

pub fn tables_are_sorted_by_their_headings() {
    let (_bench, mut browser) = page(&["--samples", "5", "--network", "fashion-mlp"]);
    let column = "[...document.querySelectorAll('#layers tbody tr')].map((row) => Number(row.cells[1].textContent.replace(/,/g, '')))";
    let values = |browser: &mut Browser| -> Vec<f64> {
        browser.eval(column).as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let falls = |values: &[f64]| values.is_sorted_by(|a, b| a >= b);
    browser.click("#layers thead th:nth-child(2) button");
    let sorted = values(&mut browser);
    assert!(falls(&sorted) && sorted.first() > sorted.last(), "{sorted:?}");
    browser.focus("#layers thead th:nth-child(2) button");
    browser.key("Enter");
    assert!(values(&mut browser).is_sorted());
    assert_eq!(browser.eval("document.querySelector('#layers thead th:nth-child(2)').ariaSort"), "ascending");
}

/// A network may have any name; on pages it is text.
pub fn names_are_text_wherever_they_stand() {
    const NAME: &str = "<img src=x onerror=document.title='broken'>";
    let bench = Bench::new();
    let lif = json!({"model": "lif", "decay": 128, "reset": "zero", "fraction_bits": 0, "membrane_bits": 16});
    let population = |name: &str| json!({"name": name, "size": 3, "threshold": 2, "bias": [1, 1, 2], "neuron": lif});
    let network = json!({
        "format": "spikemesh.sparse/1", "description": NAME, "time_steps": 12,
        "populations": [population(NAME), population("</script><b>")],
        "projections": [{"from": NAME, "to": "</script><b>", "edges": [[0, 1, 3, 1], [2, 0, 3, 1]]}],
    });
    let file = bench.path(&format!("{NAME}.json"));
    std::fs::write(&file, network.to_string()).unwrap();
    let html = bench.path("run.html");
    bench.succeed(&["run", "--quiet", "--network", &file, "--html", &html]);
    let mut browser = open(&bench, "run.html");
    let place = browser.place("#energy-chart", (0.1, 0.5));
    browser.move_to(place);
    browser.wait("document.querySelector('#energy-chart').innerText.includes('share')");
    let place = browser.place("#timeline-chart", (0.3, 0.4));
    browser.move_to(place);
    assert_eq!((browser.count("img"), browser.count("b:empty")), (0, 0));
    assert_ne!(browser.eval("document.title"), "broken");
    check(&mut browser, "names");
}

pub fn on_a_phone_the_first_column_stays_and_says_that_the_table_scrolls() {
    let (_bench, mut browser) = page(&["--samples", "5", "--network", "digits-mlp"]);
    browser.width(PHONE);
    let left = "document.querySelector('#layers tbody td').getBoundingClientRect().left";
    let hint = "getComputedStyle(document.querySelector('#layers').parentNode, '::before').content";
    browser.wait(&format!("{hint}.includes('scroll')"));
    let before = browser.eval(left);
    browser.eval("document.querySelector('#layers').parentNode.scrollLeft = 10000");
    let last = "document.querySelector('#layers tbody td:last-child').getBoundingClientRect().left";
    assert_eq!(browser.eval(left), before);
    assert!(browser.eval(last).as_f64().unwrap() < f64::from(PHONE));
    browser.width(DESK);
    browser.wait(&format!("!{hint}.includes('scroll')"));
}

pub fn the_page_of_a_training_shows_its_course() {
    let bench = Bench::new();
    let out = bench.path("trained");
    let options = ["--network=digits-mlp", "--epochs=3", "--report-samples=60", "--quiet", "--out", &out];
    bench.succeed(&[&["train", "--report"][..], &options].concat());
    let mut browser = open(&bench, "trained/report.html");
    for chart in ["curve-loss", "curve-score", "steps-score", "layers-rate", "confusion"] {
        assert!(browser.count(&format!("#{chart} canvas")) > 0, "{chart}");
    }
    let report = bench.json("trained/report.json");
    let history = bench.json("trained/history.json");
    let losses = browser.eval("spikemesh.of('curve-loss').getOption().series[0].data");
    let expected: Vec<&Value> = history["history"].as_array().unwrap().iter().map(|epoch| &epoch["loss"]).collect();
    assert_eq!(losses, json!(expected));
    let mistakes = report["final"]["mistakes"].as_array().unwrap().len();
    assert_eq!(browser.count(".mistakes img"), mistakes.min(40) as u64);
    let cells = "spikemesh.of('confusion').getOption().series.flatMap((one) => one.data).reduce((sum, cell) => sum + cell[2], 0)";
    assert_eq!(browser.eval(cells), 60);
    browser.focus("#curve-loss");
    browser.key("+");
    assert_eq!(range(&mut browser, "curve-loss"), (25.0, 75.0));
    check(&mut browser, "training");
}

pub fn the_index_sorts_runs_and_leads_to_their_pages() {
    let bench = Bench::new();
    for (name, chip, table, samples) in [
        ("one", "loihi", "silicon_fit", "5"),
        ("two", "crossbar", "puma_isaac", "6"),
        ("three", "sram_mesh", "unpriced", "7"),
    ] {
        let [file, html] = ["json", "html"].map(|end| bench.path(&format!("{name}.{end}")));
        let options =
            ["run", "--quiet", "--network", "digits-mlp", "--chip", chip, "--samples", samples, "--json", &file];
        let page = ["--html", &html];
        let options = [&options[..], &["--calibration", table]].concat();
        bench.succeed(&[&options[..], if name == "three" { &[] } else { &page }].concat());
    }
    let files = ["one", "two", "three"].map(|name| bench.path(&format!("{name}.json")));
    let index = bench.path("index.html");
    bench.succeed(&["index", &files[0], &files[1], &files[2], "--html", &index]);
    let mut browser = open(&bench, "index.html");
    assert_eq!((browser.count("#runs tbody tr"), browser.count("#runs tbody a")), (3, 2));
    let chips = "[...document.querySelectorAll('#runs tbody tr')].map((row) => row.cells[2].textContent).join(' ')";
    let energy = browser
        .eval("[...document.querySelectorAll('#runs thead th')].findIndex((th) => th.textContent === 'energy') + 1");
    browser.click(&format!("#runs thead th:nth-child({energy}) button"));
    // What has no price comes last.
    assert_eq!(browser.eval(chips), "loihi crossbar sram_mesh");
    browser.click(&format!("#runs thead th:nth-child({energy}) button"));
    assert_eq!(browser.eval(chips), "crossbar loihi sram_mesh");
    let points = "spikemesh.of('runs-chart').getOption().series.flatMap((one) => one.data).length";
    assert_eq!(browser.eval(points), 2);
    let latency = browser.eval("spikemesh.data('index').figures.findIndex(([name]) => name === 'latency')");
    browser.choose("#across", &latency.to_string());
    assert_eq!(browser.eval(points), 3);
    check(&mut browser, "index");
    browser.focus("#runs tbody tr:nth-child(2) a");
    browser.key("Enter");
    browser.wait("document.title === 'digits-mlp on loihi'");
}
