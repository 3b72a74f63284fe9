//! The page of a comparison: sorted, filtered, its axes changed and its lines brushed by a real browser.

use crate::bench::Bench;
use crate::browser::Browser;
use crate::common::repository;
use crate::pages::{check, open};
use serde_json::Value;

/// The page of loihi and crossbar, of which the second is partly priced, at several numbers of steps and cores' sizes.
fn page() -> (Bench, Browser, Vec<Value>) {
    let bench = Bench::new();
    let (html, json) = (bench.path("compare.html"), bench.path("compare.json"));
    // Model chips have prices of all: tables of before leave those of crossbar partly, and those of sram_mesh wholly open.
    let crossbar = bench.chip_of("crossbar", "crossbar", "puma_isaac");
    let sram_mesh = bench.chip_of("sram_mesh", "sram_mesh", "unpriced");
    let chips = format!("loihi,{crossbar},{sram_mesh}");
    let set = ["--set", "core.max_neurons=64,128", "--set", "steps=1,2,4", "--html", &html, "--json", &json];
    bench.succeed(&[&["compare", "--quiet", "--chips", &chips, "--samples", "20"][..], &set].concat());
    let rows = bench.json("compare.json")["rows"].as_array().unwrap().clone();
    let browser = open(&bench, "compare.html");
    (bench, browser, rows)
}

/// The numbers of the rows that are seen, in their order.
fn seen(browser: &mut Browser) -> Vec<u64> {
    let seen = browser.eval(
        "[...document.querySelectorAll('#rows tbody tr')].filter((r) => !r.hidden).map((r) => +r.dataset.number)",
    );
    seen.as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect()
}

/// The numbers of rows that meet a condition.
fn such(rows: &[Value], condition: impl Fn(&Value) -> bool) -> Vec<u64> {
    rows.iter().filter(|row| condition(row)).map(|row| row["number"].as_u64().unwrap()).collect()
}

pub fn its_table_is_sorted_by_the_mouse_and_by_keys() {
    let (_bench, mut browser, rows) = page();
    assert_eq!(seen(&mut browser), such(&rows, |_| true));
    // The lowest energy first; what is unknown comes last, whichever way.
    let energy = |row: &Value| row["figures"]["energy_pj"].as_f64();
    let mut known: Vec<&Value> = rows.iter().filter(|row| energy(row).is_some()).collect();
    known.sort_by(|a, b| energy(a).unwrap().total_cmp(&energy(b).unwrap()));
    let order = |rows: Vec<&Value>| -> Vec<u64> { rows.iter().map(|row| row["number"].as_u64().unwrap()).collect() };
    let unknown = such(&rows, |row| energy(row).is_none());
    assert_eq!(unknown.len(), 6, "sram_mesh has no costs");
    browser.click("th[data-figure=energy_pj] button");
    assert_eq!(seen(&mut browser), [order(known.clone()), unknown.clone()].concat());
    assert_eq!(browser.eval("document.querySelector('th[data-figure=energy_pj]').ariaSort"), "ascending");
    // The same heading by a key turns it round.
    browser.focus("th[data-figure=energy_pj] button");
    browser.key("Enter");
    known.reverse();
    let turned: Vec<Option<f64>> = known.iter().map(|row| energy(row)).collect();
    let shown = seen(&mut browser);
    let by_number = |number: &u64| energy(rows.iter().find(|row| row["number"] == *number).unwrap());
    assert_eq!(shown[..turned.len()].iter().map(by_number).collect::<Vec<_>>(), turned);
    assert_eq!(shown[turned.len()..], unknown);
    check(&mut browser, "compare");
}

pub fn its_rows_are_filtered_by_words_menus_and_the_front() {
    let (_bench, mut browser, rows) = page();
    browser.click("#search");
    browser.write("cross 128");
    let crossbar = |row: &Value| row["chip"] == "crossbar" && row["values"]["core.max_neurons"] == "128";
    assert_eq!(seen(&mut browser), such(&rows, crossbar));
    assert_eq!(browser.text("#count"), "3 of 18 rows");
    browser.choose("#menus select[data-parameter=steps]", "1");
    assert_eq!(seen(&mut browser), such(&rows, |row| crossbar(row) && row["values"]["steps"] == "2"));
    browser.click("#reset");
    assert_eq!((seen(&mut browser).len(), browser.text("#count")), (18, "all 18 rows".to_owned()));
    browser.focus("#only-front");
    browser.key(" ");
    let front = such(&rows, |row| row["pareto"] == true);
    assert!(!front.is_empty() && seen(&mut browser) == front);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// The series of the scatter plot: places and whether they are hollow.
const MARKS: &str = "document.getElementById('scatter').chart.getOption().series
    .filter((s) => s.type === 'scatter').flatMap((s) => s.data).map((d) => [...d.value, d.itemStyle.color === 'transparent'])";

pub fn its_axes_are_chosen_and_end_at_all_there_is() {
    let (_bench, mut browser, rows) = page();
    let marks = browser.eval(MARKS);
    // Unpriced rows have no energy to be drawn at; of those that are drawn the lower bounds are hollow.
    assert_eq!(marks.as_array().unwrap().len(), 12);
    let hollow = marks.as_array().unwrap().iter().filter(|mark| mark[2] == true);
    assert!(hollow.clone().count() == 6 && marks[0][1] == rows[0]["figures"]["accuracy"], "{marks}");
    let axis = "document.getElementById('scatter').chart.getModel().getComponent('yAxis').axis.scale.getExtent()[1]";
    assert!(browser.eval(axis).as_f64().unwrap() <= 1.0, "nothing is right more than always");
    browser.choose("#across", "latency_ns");
    browser.choose("#up", "cores_used");
    browser.choose("#marks", "steps");
    let marks = browser.eval(MARKS);
    assert_eq!(marks.as_array().unwrap().len(), 18);
    assert!(marks.as_array().unwrap().iter().all(|mark| mark[2] == false), "neither rests on the energy: {marks}");
    assert_eq!(browser.text("#legend"), "● 1\n■ 2\n▲ 4");
    // The pointer and the keys say what a mark is.
    browser.focus("#scatter");
    browser.key("ArrowRight");
    browser.wait("document.querySelector('#scatter table.tip')");
    assert!(browser.text("#scatter").contains("cores"));
    browser.key("Enter");
    assert_eq!(browser.count("#rows tr.chosen"), 1);
    assert_eq!(browser.complaints(), [""; 0]);
}

pub fn a_stretch_of_an_axis_filters_the_table() {
    let (_bench, mut browser, rows) = page();
    // The first axis is that of chips, from the bottom: its lower third is loihi.
    let (left, top) = browser.place("#parallel", (0.0, 0.0));
    let height = browser.eval("document.getElementById('parallel').clientHeight").as_f64().unwrap();
    let bottom = top + height - 24.0;
    browser.drag((left + 70.0, bottom - 2.0), (left + 70.0, bottom - 0.3 * (height - 64.0)));
    assert_eq!(seen(&mut browser), such(&rows, |row| row["chip"] == "loihi"));
    // With a menu, both hold.
    browser.choose("#menus select[data-parameter=steps]", "0");
    assert_eq!(seen(&mut browser), such(&rows, |row| row["chip"] == "loihi" && row["values"]["steps"] == "1"));
    browser.click("#reset");
    assert_eq!(seen(&mut browser).len(), 18);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// A name may hold any text: it is shown as it is, in cells, menus and texts of the pointer.
pub fn names_that_look_like_elements_are_text() {
    let bench = Bench::new();
    let (chip, html) = (bench.path("<img src=x onerror=window.owned=1>.json"), bench.path("compare.html"));
    std::fs::copy(repository("hw_models/loihi.json"), &chip).unwrap();
    let options = ["--samples", "5", "--set", "steps=2,4", "--html", &html];
    bench.succeed(&[&["compare", "--quiet", "--chips", &format!("loihi,{chip}")][..], &options].concat());
    let mut browser = open(&bench, "compare.html");
    for _ in 0..3 {
        browser.focus("#scatter");
        browser.key("ArrowRight");
    }
    browser.wait("document.querySelector('#scatter table.tip')");
    browser.hover("#parallel");
    assert!(browser.text("#rows").contains("<img src=x onerror="));
    assert_eq!((browser.count("img"), browser.eval("window.owned === undefined")), (0, true.into()));
    check(&mut browser, "compare-names");
}

pub fn on_a_phone_energy_latency_and_accuracy_are_on_the_screen() {
    let (_bench, mut browser, _) = page();
    browser.width(crate::browser::PHONE);
    for figure in ["energy_pj", "latency_ns", "accuracy"] {
        let (right, _) = browser.place(&format!("th[data-figure={figure}]"), (1.0, 0.5));
        assert!(right <= 390.0, "{figure} ends at {right}");
    }
    // The first column stays where the others are scrolled.
    browser.eval("document.querySelector('#rows').parentNode.scrollLeft = 300");
    let (left, _) = browser.place("#rows tbody td", (0.0, 0.5));
    assert!((0.0..40.0).contains(&left), "{left}");
}
