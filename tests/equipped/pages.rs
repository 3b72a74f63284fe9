//! Pages in a real browser, which acts on them as a reader does.

use crate::bench::Bench;
use crate::browser::{Browser, DESK, PHONE};

/// Most bytes of a page.
const MOST: u64 = 2 << 20;

/// Opens a page that a command wrote.
pub fn open(bench: &Bench, name: &str) -> Browser {
    let page = bench.path(name);
    assert!(std::fs::metadata(&page).unwrap().len() <= MOST, "{name} is heavy");
    let mut browser = Browser::start();
    browser.open(&page);
    browser
}

/// Checks that a page complained about nothing and asked nobody for anything, whatever was done to it. Keeps pictures.
pub fn check(browser: &mut Browser, name: &str) {
    browser.pictures(name);
    assert_eq!(browser.complaints(), [""; 0], "{name}");
    assert_eq!(browser.asked(), [""; 0], "{name}");
    // Tables scroll inside; the page does not.
    for width in [PHONE, DESK] {
        browser.width(width);
        let wide = browser.eval("document.documentElement.scrollWidth");
        assert!(wide.as_u64().unwrap() <= u64::from(width), "{name} is {wide} wide on a screen of {width}");
    }
}

pub fn a_page_that_is_wrong_is_told_from_one_that_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("wrong.html");
    let text = "<!DOCTYPE html><title>wrong</title><img src='http://nowhere.invalid/x.png'><script>no.such();</script>";
    std::fs::write(&page, text).unwrap();
    let mut browser = Browser::start();
    browser.open(&page);
    assert!(browser.complaints().iter().any(|line| line.contains("no is not defined")), "{:?}", browser.complaints());
    assert!(browser.asked().iter().any(|url| url.contains("nowhere.invalid")), "{:?}", browser.asked());
    // What an earlier page did is not that of the next one.
    std::fs::write(&page, "<!DOCTYPE html><title>right</title><link rel=icon href=data:,><p>right").unwrap();
    browser.open(&page);
    assert_eq!((browser.complaints().len(), browser.text("p")), (0, "right".to_owned()));
    assert_eq!(browser.asked(), [""; 0]);
}

/// The driver's own hand: what it does arrives in the page as events that the browser itself made.
pub fn the_browser_clicks_drags_scrolls_and_types() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("hand.html");
    let text = "<!DOCTYPE html><title>hand</title><meta name=viewport content='width=device-width'><link rel=icon href=data:,><button>b</button><input id=i>
        <select id=s><option>1<option>2</select><div style='height:3000px'>d</div><p id=p>end</p><script>
        window.seen = [];
        for (const kind of ['click', 'mousedown', 'mousemove', 'mouseup', 'wheel', 'keydown', 'change'])
          addEventListener(kind, (e) => seen.push(kind + (e.isTrusted ? '' : ' made up') + ' ' + (e.key || e.target.tagName)));
        </script>";
    std::fs::write(&page, text).unwrap();
    let mut browser = Browser::start();
    browser.open(&page);
    let seen = |browser: &mut Browser| browser.eval("seen.splice(0).join(', ')").as_str().unwrap().to_owned();
    browser.click("button");
    assert_eq!(seen(&mut browser), "mousemove BUTTON, mousedown BUTTON, mouseup BUTTON, click BUTTON");
    browser.focus("#i");
    browser.write("a 1");
    browser.key("ArrowLeft");
    browser.key("Backspace");
    assert_eq!(seen(&mut browser), "keydown a, keydown  , keydown 1, keydown ArrowLeft, keydown Backspace");
    assert_eq!(browser.eval("document.querySelector('#i').value"), "a1");
    browser.choose("#s", "2");
    assert!(seen(&mut browser).contains("change"));
    // The last paragraph is far below: the page is scrolled to it.
    let place = browser.place("#p", (0.5, 0.5));
    browser.drag((place.0, place.1 - 40.0), place);
    let dragged = seen(&mut browser);
    assert!(dragged.contains("mousedown DIV") && dragged.contains("mouseup P"), "{dragged}");
    assert!(dragged.matches("mousemove").count() > 5, "{dragged}");
    browser.hover("#p");
    assert_eq!((browser.count("p"), browser.shown("p"), browser.shown("script")), (1, 1, 0));
    browser.wheel("#p", -200.0);
    assert!(seen(&mut browser).contains("wheel"));
    browser.wait("scrollY < document.body.scrollHeight - innerHeight");
    browser.width(PHONE);
    assert_eq!(browser.eval("innerWidth"), PHONE);
    for dark in [true, false] {
        browser.dark(dark);
        assert_eq!(browser.eval("matchMedia('(prefers-color-scheme: dark)').matches"), dark);
    }
}

pub fn the_page_of_a_run_opens_and_its_slider_works() {
    let bench = Bench::new();
    let (html, json) = (bench.path("run.html"), bench.path("run.json"));
    bench.succeed(&["run", "--network=digits-mlp", "--quiet", "--samples", "40", "--html", &html, "--json", &json]);
    let mut browser = open(&bench, "run.html");
    let elements = browser.elements();
    for part in
        ["id=\"figures\"", "id=\"units\"", "id=\"layers\"", "id=\"cores\"", "id=\"traffic\"", "class=\"raster\""]
    {
        assert!(elements.contains(part), "{part}");
    }
    assert!(elements.contains("<p class=\"slider\">"), "the script shows the slider");
    assert!(!std::fs::read_to_string(&html).unwrap().contains("<p class=\"slider\">"), "without it there is none");
    check(&mut browser, "run");
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

/// The page of a mapping needs no script, and has the figures of its JSON.
pub fn the_page_of_a_mapping_opens() {
    let bench = Bench::new();
    let (html, json) = (bench.path("map.html"), bench.path("map.json"));
    let search = ["--partitioner", "shared", "--placer", "annealing", "--budget", "20000"];
    let chip = ["map", "--quiet", "--network", "fashion-cnn", "--html", &html, "--json", &json];
    bench.succeed(&[&chip[..], &search[..]].concat());
    let mut browser = open(&bench, "map.html");
    let elements = browser.elements();
    check(&mut browser, "map");
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
