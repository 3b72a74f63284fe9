//! What pages share: the skeleton, the style sheet, colours, plots and boards.

pub(in crate::report) mod board;
pub(crate) mod plot;
pub(crate) mod script;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use plotters::style::RGBColor;
use std::fmt::Write;

/// Colours of kinds of things, such as layers or chips, on light and on dark ground; more kinds than colours share them.
pub(crate) const KINDS: [[&str; 2]; 8] = [
    ["#1C6DB5", "#6CB4F5"],
    ["#C25B12", "#F0A35E"],
    ["#2E7D32", "#7CCB80"],
    ["#8E24AA", "#D28BE5"],
    ["#B71C1C", "#F28B82"],
    ["#00796B", "#5ED3C3"],
    ["#6D4C41", "#C8A99C"],
    ["#546E7A", "#A9BCC6"],
];

/// Rules of a style sheet for all kinds, from the number of a kind and its colour.
pub(crate) fn kinds(rules: impl Fn(usize, &str) -> String) -> String {
    let (mut light, mut dark) = (String::new(), String::new());
    for (index, [on_light, on_dark]) in KINDS.iter().enumerate() {
        let _ = writeln!(light, "{}", rules(index, on_light));
        let _ = writeln!(dark, "{}", rules(index, on_dark));
    }
    format!("{light}@media (prefers-color-scheme: dark) {{{dark}}}\n")
}

pub(crate) fn picture(svg: plot::Svg) -> Markup {
    match svg {
        Ok(svg) => PreEscaped(svg),
        Err(error) => html! { p { "cannot be drawn: " (error) } },
    }
}

/// Colours of links, from idle to busiest: on light and on dark ground.
const USE: [[&str; 2]; board::STEPS] = [
    ["#DCE3EC", "#2B333E"],
    ["#B4CDE8", "#2C4E73"],
    ["#82AEDC", "#2F6FAE"],
    ["#4A89C8", "#4C97DE"],
    ["#205F9F", "#8DC2F4"],
    ["#0B3059", "#E0F0FF"],
];

const STYLE: &str = "
:root { color-scheme: light dark; --ground: #fff; --ink: #1b2129; --soft: #5a6572; --rule: #dfe4ea; --square: #5a6572; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 68rem; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: .3rem 0 1rem; }
h2 { font-size: 1.1rem; margin: 1.8rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2rem; margin-top: 1.2rem; }
figure { margin: 0; }
figure svg { display: block; width: 100%; max-width: 30rem; height: auto; }
figcaption, .note, .scale { color: var(--soft); font-size: .875rem; }
.key { white-space: nowrap; margin-right: .8rem; }
.key i { display: inline-block; width: 1.1em; height: .2em; vertical-align: middle; margin-right: .35em; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
th, td { padding: .2rem .5rem; }
td { text-align: right; }
th:first-child, td:first-child { padding-left: 0; }
td.word, th.word { text-align: left; }
tr.saturated td { color: var(--soft); }
.heat { width: 100%; height: auto; display: block; }
.heat line { stroke-width: 6; }
.heat rect { fill: var(--square); }
.scale { display: flex; align-items: center; gap: .15rem; margin: .5rem 0; }
.scale i { width: 1.6rem; height: .8rem; display: inline-block; }
.scale span { margin: 0 .4rem 0 0; }
.scale span:last-child { margin: 0 0 0 .4rem; }
strong.flag { color: #b3261e; }
";

/// Differences on dark ground.
const DARK: &str = "
:root { --ground: #14181d; --ink: #e4e9ef; --soft: #a0abb8; --rule: #333b46; --square: #a0abb8; }
strong.flag { color: #ff8a80; }
";

fn hex(RGBColor(r, g, b): RGBColor) -> String {
    format!("#{r:02X}{g:02X}{b:02X}")
}

pub(crate) fn sheet() -> String {
    let (mut light, mut dark) = (STYLE.to_owned(), DARK.to_owned());
    // The same colours for scripts.
    for (name, colours) in [("kind", &KINDS[..]), ("use", &USE[..])] {
        for (index, [on_light, on_dark]) in colours.iter().enumerate() {
            let _ = writeln!(light, ":root {{ --{name}{index}: {on_light}; }}");
            let _ = writeln!(dark, ":root {{ --{name}{index}: {on_dark}; }}");
        }
    }
    for (step, [on_light, on_dark]) in USE.iter().enumerate() {
        for (text, colour) in [(&mut light, on_light), (&mut dark, on_dark)] {
            let _ = writeln!(
                text,
                "line.u{step} {{ stroke: {colour}; }} rect.u{step} {{ fill: {colour}; }} i.u{step} {{ background: {colour}; }}"
            );
        }
    }
    for (colour, on_dark) in plot::COLOURS {
        // A plot's colours are attributes of its elements.
        let name = hex(*colour);
        let _ = writeln!(light, ".c{} {{ background: {name}; }}", &name[1..]);
        let _ = writeln!(dark, "[fill=\"{name}\"] {{ fill: {on_dark}; }} [stroke=\"{name}\"] {{ stroke: {on_dark}; }}");
        let _ = writeln!(dark, ".c{} {{ background: {on_dark}; }}", &name[1..]);
    }
    format!("{light}@media (prefers-color-scheme: dark) {{{dark}}}\n")
}

pub(crate) fn key(colour: RGBColor, text: &str) -> Markup {
    html! { span.key { i class={ "c" (hex(colour)[1..]) } {} (text) } " " }
}

/// A page that asks nobody for anything. `command` is the one that writes such pages: by it a later run knows what it may
/// replace.
pub(crate) fn page(command: &str, title: &str, style: &str, body: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            (head(command, title, style))
            body { h1 { (title) } (body) }
        }
    };
    page.into_string()
}

pub(crate) fn head(command: &str, title: &str, style: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="generator" content=(format!("spikemesh {command}, version {}", env!("CARGO_PKG_VERSION")));
            meta name="viewport" content="width=device-width, initial-scale=1";
            // Without one of its own a browser asks for an icon.
            link rel="icon" href="data:,";
            title { (title) }
            style { (PreEscaped(style)) }
        }
    }
}

/// Colours of layers: of squares, of dashes, of keys.
pub(in crate::report) fn colours() -> String {
    kinds(|layer, colour| {
        format!(
            "rect.s{layer} {{ fill: {colour}; }} path.l{layer} {{ stroke: {colour}; }} i.s{layer} {{ background: {colour}; }}"
        )
    })
}
