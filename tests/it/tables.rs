//! Tables of a run: their values are those of its report, what they add fits it, and they survive being kept.

use crate::bench::Bench;
use serde_json::{Value, json};
use spikemesh::columns::{ColumnValues, Columns};
use spikemesh::report::{RunDetails, Summary, load_run, noc_part, run_json, run_part, saved_html};
use spikemesh::run::Unwatched;
use spikemesh::session::{
    self, Deployment, MapOptions, NocChip, NocRequest, Outcome, Repricing, RunOptions, RunPage, Session, TraceRecords,
    TraceRequest, Workload, WorkloadOptions, catalog,
};
use spikemesh::trace::Filter;

fn deployed(network: &str, on: &str, calibration: Option<&str>, steps: Option<u32>) -> Deployment {
    let workload = Workload::named(network, &WorkloadOptions { steps, ..WorkloadOptions::default() }).unwrap();
    let session = Session::new(catalog::chip(on).unwrap(), workload).calibrated(calibration).unwrap();
    session.map(&MapOptions::default()).unwrap()
}

fn options() -> RunOptions {
    RunOptions { samples: Some(6), threads: 1, ..RunOptions::default() }
}

fn outcome(deployment: &Deployment) -> Outcome {
    deployment.run(&options(), &Unwatched).unwrap()
}

/// Layered and sparse, with and without hops, with barriers and without.
fn runs() -> Vec<(&'static str, Deployment)> {
    vec![
        ("digits-mlp on loihi", deployed("digits-mlp", "loihi", None, None)),
        ("digits-cnn on sram_mesh", deployed("digits-cnn", "sram_mesh", None, None)),
        ("random on loihi", deployed("random:seed=1,neurons=256,cores=32,targets=uniform", "loihi", None, Some(30))),
        ("digits-mlp on event_mesh", deployed("digits-mlp", "event_mesh", None, None)),
    ]
}

fn rows(table: &Columns) -> Vec<Value> {
    (0..table.rows()).map(|row| Value::Object(table.row(row))).collect()
}

fn sum(table: &Columns, name: &str) -> f64 {
    let values = table.column(name).unwrap_or_else(|| panic!("no column {name}"));
    (0..values.len()).filter_map(|row| values.cell(row).as_f64()).sum()
}

#[test]
fn layers_units_and_inferences_have_the_values_of_the_report() {
    for (name, deployment) in runs() {
        let outcome = outcome(&deployment);
        let (report, summary) = (outcome.json(), outcome.summary());
        assert_eq!(Value::from(rows(&summary.layer_table())), as_numbers(&report["per_layer"]), "{name}");
        for row in rows(&summary.unit_table()) {
            let unit = row["unit"].as_str().unwrap();
            assert_eq!(row["energy_pj"], report["energy_breakdown_pj"][unit], "{name}: {unit}");
        }
        let inferences = summary.inference_table();
        let operations = report["counts"]["operations"].as_array().unwrap();
        for (row, of) in rows(&inferences).iter().enumerate() {
            assert_eq!(of["sample"], row, "{name}");
            assert_eq!(of["ticks"], report["counts"]["ticks"][row], "{name}");
            for (at, op) in operations.iter().enumerate() {
                assert_eq!(of[op.as_str().unwrap()], report["counts"]["inferences"][row][at], "{name}: {op}");
            }
            if report["predictions"].as_array().is_some_and(|all| !all.is_empty()) {
                assert_eq!((&of["prediction"], &of["label"]), (&report["predictions"][row], &report["labels"][row]));
            }
        }
        let samples = inferences.rows() as f64;
        let figure = |of: &str| report["per_inference"][of]["mean"].as_f64();
        let mean = sum(&inferences, "latency_ns") / samples;
        assert!((mean / figure("latency_ns").unwrap() - 1.0).abs() < 1e-9, "{name}");
        match figure("energy_pj") {
            Some(energy) => assert!((sum(&inferences, "energy_pj") / samples / energy - 1.0).abs() < 1e-9, "{name}"),
            None => assert_eq!(sum(&inferences, "energy_pj"), 0.0, "{name}"),
        }
    }
}

/// Whole numbers of a report as it writes them, and as a table of floats has them.
fn as_numbers(value: &Value) -> Value {
    let float = |name: &str| !["layer", "neurons", "cores"].contains(&name);
    let row = |row: &Value| {
        let fields = row.as_object().unwrap().iter();
        fields
            .map(|(name, value)| match value.as_f64() {
                Some(number) if float(name) => (name.clone(), json!(number)),
                _ => (name.clone(), value.clone()),
            })
            .collect::<serde_json::Map<_, _>>()
    };
    value.as_array().unwrap().iter().map(|one| Value::Object(row(one))).collect()
}

#[test]
fn cores_and_links_add_up_to_the_report() {
    for (name, deployment) in runs() {
        let outcome = outcome(&deployment);
        let (details, summary) = (deployment.details(&outcome), outcome.summary());
        let report = outcome.json();
        let cores = details.core_table();
        assert_eq!(cores.rows() as u64, report["cores_used"].as_u64().unwrap(), "{name}");
        assert_eq!(sum(&cores, "neurons"), sum(&summary.layer_table(), "neurons"), "{name}");
        let operations = report["counts"]["operations"].as_array().unwrap();
        let at = operations.iter().position(|op| op == "soma_access").unwrap();
        let of_layers: u64 =
            report["counts"]["layers"].as_array().unwrap().iter().map(|row| row[at].as_u64().unwrap()).sum();
        assert_eq!(sum(&cores, "soma_access") as u64, of_layers, "{name}");
        let links = details.link_table();
        let hops = report["per_inference"]["hops"]["mean"].as_f64().unwrap();
        assert!((sum(&links, "flits") - hops).abs() < 1e-6 * (1.0 + hops), "{name}: {} {hops}", sum(&links, "flits"));
        let most = rows(&links).into_iter().map(|row| (row["flits"].as_f64().unwrap(), row["link"].clone()));
        let most = most.fold(None, |best: Option<(f64, Value)>, link| match best {
            Some(best) if best.0 >= link.0 => Some(best),
            _ => Some(link),
        });
        let worst = &report["network_on_chip"]["worst_link"];
        match most {
            None => assert!(worst.is_null() && !name.starts_with("random"), "{name}"),
            Some((flits, link)) => assert_eq!((&json!(flits), &link), (&worst["flits"], &worst["link"]), "{name}"),
        }
        let priced: f64 = sum(&cores, "energy_pj");
        let whole = summary.pricing.energy_pj.mean;
        assert!(priced <= whole * (1.0 + 1e-9), "{name}: {priced} {whole}");
    }
}

#[test]
fn details_are_kept_as_text_and_repriced_as_a_run_is() {
    for (name, deployment) in runs() {
        let outcome = outcome(&deployment);
        let details = deployment.details(&outcome);
        let text = details.text();
        assert_eq!(RunDetails::read(&text).unwrap(), details, "{name}");
        // Cut or changed anywhere, it is an error or other details, and no panic.
        for cut in (0..text.len()).step_by(97).filter(|cut| text.is_char_boundary(*cut)) {
            assert!(RunDetails::read(&text[..cut]).is_err(), "{name}: {cut}");
        }
        for wrong in ["99999999999999999999", "-1", "null", "[]", "\"x\"", "4503599627370497000"] {
            for part in text.match_indices(|c: char| c.is_ascii_digit()).step_by(53).map(|(at, _)| at) {
                let changed = format!("{}{wrong}{}", &text[..part], &text[part + 1..]);
                if let Ok(read) = RunDetails::read(&changed) {
                    let _ = (read.core_table(), read.link_table(), run_part(outcome.summary(), Some(&read)));
                }
            }
        }
    }
    let other = deployed("digits-mlp", "loihi", Some("davies2018"), None);
    let (first, chip) = (deployed("digits-mlp", "loihi", None, None), catalog::chip("loihi").unwrap());
    let details = first.details(&outcome(&first)).repriced(&chip, chip.calibration(Some("davies2018")).unwrap());
    let expected = other.details(&outcome(&other));
    let energies = |details: &RunDetails| details.cores.iter().map(|core| core.energy_pj).collect::<Vec<_>>();
    assert_eq!(energies(&details), energies(&expected));
    assert!(energies(&details).iter().all(|pj| *pj > 0.0));
}

#[test]
fn a_report_as_a_part_of_a_page_is_the_brief_one_with_a_map() {
    for (name, deployment) in runs() {
        let outcome = outcome(&deployment);
        let part = run_part(outcome.summary(), Some(&deployment.details(&outcome)));
        let page = |details: Option<&RunDetails>| saved_html(outcome.summary(), details);
        assert!(page(Some(&deployment.details(&outcome))).contains(": cores by energy, up to"), "{name}");
        assert!(!page(None).contains(": cores by energy, up to"), "{name}");
        assert!(part.starts_with("<div class=\"spikemesh\"><style>") && part.ends_with("</div>"), "{name}");
        for absent in ["http://", "https://", "<script", "<html", "<link", " src="] {
            assert!(!part.replace("http://www.w3.org/2000/svg", "").contains(absent), "{name}: {absent}");
        }
        // Each rule of style is for the part alone.
        let style = part.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        let selectors =
            style.lines().filter(|line| !line.is_empty()).flat_map(|line| line.split('{').next().unwrap().split(','));
        assert!(selectors.map(str::trim).all(|one| one.starts_with(".spikemesh ")), "{name}: {style}");
        assert!(part.contains("<svg") && part.contains("<rect"), "{name}");
        let text = outcome.text(200, spikemesh::Detail::Brief);
        let title = text.lines().next().unwrap();
        assert!(part.contains(title), "{name}: {title}");
        // Without details there is no map, and all else is the same.
        let without = run_part(outcome.summary(), None);
        assert!(!without.contains("<svg") && without.len() < part.len(), "{name}");
    }
}

#[test]
fn a_part_of_a_network_on_chip_has_its_points_and_links() {
    let rate = Some(session::NocRates::Text("0.05,0.1".into()));
    let request =
        NocRequest { rate, width: Some(4), height: Some(3), cycles: 800, warmup: 200, ..NocRequest::default() };
    let report = request.job().unwrap().run(&Unwatched).unwrap();
    let (part, table) = (noc_part(&report), report.point_table());
    assert!(part.contains("<svg") && part.matches("<tr").count() == 3, "{part}");
    let json = spikemesh::report::noc_json(&report);
    for (row, of) in rows(&table).iter().enumerate() {
        for (name, value) in of.as_object().unwrap() {
            assert_eq!(value.as_f64(), json["points"][row][name].as_f64(), "{name}");
            assert_eq!(value.as_bool(), json["points"][row][name].as_bool(), "{name}");
        }
    }
    let links = report.link_table(&report.points[1]);
    assert_eq!(links.row(0)["link"], json["points"][1]["busiest_links"][0]["link"]);
    assert!(matches!(NocChip::Named("x".into()), NocChip::Named(_)));
}

#[test]
fn equal_runs_are_the_same_whatever_their_threads() {
    let (first, other) =
        (deployed("digits-mlp", "loihi", None, None), deployed("digits-mlp", "loihi", Some("davies2018"), None));
    let run = |deployment: &Deployment, samples, threads| {
        let options = RunOptions { samples: Some(samples), threads, ..RunOptions::default() };
        deployment.run(&options, &Unwatched).unwrap().into_summary()
    };
    let one = run(&first, 6, 1);
    assert!(one.is_same_run(&run(&first, 6, 2)));
    assert!(!one.is_same_run(&run(&first, 5, 1)) && !one.is_same_run(&run(&other, 6, 1)));
}

#[test]
fn a_trace_in_memory_has_the_rows_of_its_file() {
    let bench = Bench::new();
    let csv = bench.path("run.csv");
    let random = "random:seed=1,neurons=256,cores=32,targets=uniform";
    bench.succeed(&["run", "--network", random, "--steps", "30", "--trace", &format!("csv={csv}")]);
    let deployment = deployed(random, "loihi", None, Some(30));
    let request = TraceRequest { filter: Filter::default(), samples: 1 };
    let (traced, TraceRecords { table, cores, .. }) =
        deployment.run_recorded(&options(), &Unwatched, &request).unwrap();
    assert_eq!(bare(traced.json()), bare(outcome(&deployment).json()));
    assert_eq!(cores as usize, deployment.mapping().cores.len());
    let text = std::fs::read_to_string(&csv).unwrap();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert_eq!(table.columns().iter().map(|column| column.name.as_str()).collect::<Vec<_>>(), names);
    let mut count = 0;
    for (row, line) in lines.enumerate() {
        let shown = |values: &ColumnValues| match values.cell(row) {
            Value::Null => String::new(),
            Value::String(text) => text,
            Value::Number(number) => number.as_f64().unwrap().to_string(),
            other => panic!("{other}"),
        };
        let mine: Vec<String> = table.columns().iter().map(|column| shown(&column.values)).collect();
        // Names of routers have a comma.
        assert_eq!(mine.join(","), line.replace('"', ""), "row {row}");
        count += 1;
    }
    assert!(count == table.rows() && count > 500, "{count}");
}

#[test]
fn a_trace_in_memory_of_what_is_not_there_is_an_error() {
    let deployment = deployed("digits-mlp", "loihi", None, None);
    let refused = |request: &TraceRequest| match deployment.run_recorded(&options(), &Unwatched, request) {
        Err(session::Error::Field { field: session::OptionField::Trace, problem }) => problem,
        other => panic!("{other:?}"),
    };
    let mut filter = Filter::default();
    filter.add("layer=dense9").unwrap();
    assert!(refused(&TraceRequest { filter, samples: 1 }).contains("dense9"));
    assert!(refused(&TraceRequest { filter: Filter::default(), samples: 0 }).contains("found 0"));
}

/// A report without what may differ between equal runs.
fn bare(mut report: Value) -> Value {
    for name in ["wall_seconds", "threads", "host"] {
        report.as_object_mut().unwrap().remove(name);
    }
    report
}

#[test]
fn a_saved_run_is_repriced_and_compared_as_the_command_line_does() {
    let bench = Bench::new();
    let [a, b, c] = ["a.json", "b.json", "c.json"].map(|name| bench.path(name));
    bench.succeed(&["run", "--network", "digits-mlp", "--samples", "5", "--json", &a]);
    bench.succeed(&["run", "--network", "digits-mlp", "--samples", "4", "--chip", "sram_mesh", "--json", &b]);
    bench.succeed(&["report", &a, "--calibration", "davies2018", "--json", &c]);
    let load = |path: &str| load_run(path.as_ref()).unwrap();
    let wanted = Repricing { calibration: Some("davies2018"), ..Repricing::default() };
    let repriced: Summary = session::repriced(load(&a), &wanted).unwrap();
    assert_eq!(bare(run_json(&repriced)), bare(bench.json("c.json")));
    let error = session::repriced(load(&a), &Repricing { chip: Some("sram_mesh"), ..wanted }).unwrap_err();
    assert!(error.to_string().contains("davies2018"), "{error}");
    let error =
        session::repriced(load(&a), &Repricing { chip: Some("sram_mesh"), ..Repricing::default() }).unwrap_err();
    assert!(matches!(error, session::Error::NoTableOfRun { .. }), "{error}");
    let diff = session::diff(&load(&a), &load(&b)).unwrap();
    let output = bench.run(&["diff", &a, &b, "--json", &bench.path("d.json")]);
    assert_eq!(output.status.code(), Some(1));
    let mut report = bench.json("d.json");
    for name in ["made_by", "digests", "host"] {
        report.as_object_mut().unwrap().remove(name);
    }
    assert_eq!(spikemesh::report::diff_json(&diff, &[a.clone(), b.clone()]), report);
    assert!(diff.chip.is_some_and(|values| !values.is_empty()));
}

#[test]
fn the_page_of_a_run_is_the_one_of_the_command_line() {
    let bench = Bench::new();
    let page = bench.path("run.html");
    bench.succeed(&["run", "--network", "digits-mlp", "--samples", "6", "--threads", "1", "--html", &page]);
    let deployment = deployed("digits-mlp", "loihi", None, None);
    let outcome = outcome(&deployment);
    let pictures = RunPage::of(deployment, &outcome, &Unwatched).unwrap();
    let ours = pictures.html(outcome.summary(), "a command");
    let body = |page: &str| {
        let body = page.split("<body>").nth(1).unwrap();
        body.lines().filter(|line| !line.contains("command: ")).collect::<Vec<_>>().join("\n")
    };
    let theirs = std::fs::read_to_string(&page).unwrap();
    let without_command = |page: &str| {
        let (before, rest) = page.split_once("command: <code>").unwrap();
        format!("{before}{}", rest.split_once("</code>").unwrap().1)
    };
    assert_eq!(body(&without_command(&ours)), body(&without_command(&theirs)));
}
