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
