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
:root { color-scheme: light dark; --ground: #fff; --ink: #1b2129; --soft: #5a6572; --rule: #dfe4ea; --square: #5a6572;
  --raised: #f5f7fa; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(.75rem, 2.5vw, 2rem) 3rem; max-width: 80rem; background: var(--ground); color: var(--ink);
  font: 16px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: .3rem 0 .6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { max-width: 75ch; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem 1rem; margin: 0; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2rem; margin-top: 1.2rem; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 34rem), 1fr)); gap: 0 2.5rem; align-items: start; }
.tables > * { min-width: 0; }
.tables > .whole { grid-column: 1 / -1; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 30rem; height: auto; }
figcaption, .note, .scale { color: var(--soft); font-size: .875rem; }
.key { display: inline-block; max-width: 100%; overflow-wrap: anywhere; margin-right: .8rem; }
.key i { display: inline-block; width: 1.1em; height: .2em; vertical-align: middle; margin-right: .35em; }
.small { color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; max-width: none; margin: .5rem 0; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 13.5rem), 1fr)); gap: .75rem; margin: 1rem 0; }
.card { background: var(--raised); border: 1px solid var(--rule); border-radius: .5rem; padding: .6rem .8rem; min-width: 0; }
.card > * { display: block; }
.card .name { color: var(--soft); font-size: .8125rem; }
.card .value { font-size: 1.5rem; font-weight: 600; line-height: 1.25; overflow-wrap: anywhere; }
.card .more { color: var(--soft); font-size: .8125rem; overflow-wrap: anywhere; }
.good { color: #1b6e2b; }
.hatched { background: repeating-linear-gradient(45deg, var(--rule) 0 .3rem, transparent .3rem .6rem); }
.chart { width: 100%; height: 24rem; border-radius: .25rem; touch-action: pan-y; position: relative; overflow: hidden; }
.chart:focus-visible, .scroll:focus-visible, button:focus-visible, select:focus-visible { outline: 2px solid var(--kind0); outline-offset: 2px; }
.controls { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: .4rem 0; font-size: .875rem; }
.controls label { display: inline-flex; gap: .4rem; align-items: center; max-width: 100%; }
.controls .spacer { flex: 1; }
button, select { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--rule); border-radius: .3rem; }
button { padding: .1rem .55rem; cursor: pointer; min-height: 1.8rem; }
select { padding: .15rem .3rem; min-width: 0; max-width: 100%; }
.zoom { display: inline-flex; gap: .25rem; }
th button { border: 0; padding: 0; background: none; font-weight: 600; text-align: inherit; min-height: 0; }
th button::after { content: '\\2195'; color: var(--soft); opacity: .55; font-weight: 400; margin-left: .25em; }
th[aria-sort=ascending] button::after { content: '\\2191'; opacity: 1; }
th[aria-sort=descending] button::after { content: '\\2193'; opacity: 1; }
table.tip { white-space: normal; }
table.tip td { padding: 0 .5rem 0 0; text-align: left; vertical-align: top; }
.tipbox { position: absolute; z-index: 5; pointer-events: none; max-width: min(24rem, 100%); padding: .5rem .7rem; font-size: 13px;
  background: var(--raised); color: var(--ink); border: 1px solid var(--rule); border-radius: .3rem; box-shadow: 0 2px 8px #0003; }
.scroll { overflow-x: auto; }
.scroll th:first-child, .scroll td:first-child { position: sticky; left: 0; background: var(--ground); z-index: 1; }
.scroll.wide:not(.end) { mask-image: linear-gradient(to right, #000 calc(100% - 2.5rem), #0004); }
.scroll.wide::before { content: 'scroll for more columns \\2192'; position: sticky; left: 0; display: block; width: max-content;
  color: var(--soft); font-size: .8125rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
th { font-weight: 600; text-align: right; border-bottom: 1px solid var(--rule); vertical-align: bottom; }
th, td { padding: .2rem .5rem; }
td { text-align: right; }
th:first-child, td:first-child { padding-left: 0; }
td.word, th.word { text-align: left; }
@media (max-width: 40rem) { .cards { grid-template-columns: repeat(auto-fill, minmax(min(100%, 9.5rem), 1fr)); gap: .5rem; }
  .card { padding: .5rem .6rem; } .card .value { font-size: 1.2rem; } td:first-child { max-width: 45vw; overflow-wrap: break-word; white-space: normal; } }
tr.saturated td { color: var(--soft); }
details { margin: .8rem 0; }
summary { cursor: pointer; font-weight: 600; }
details > :not(summary) { margin-top: .5rem; }
.heat { width: 100%; height: auto; display: block; }
.heat line { stroke-width: 6; }
.heat rect { fill: var(--square); }
.heat path.tile { fill: none; stroke: var(--rule); }
.heat path.idle-links { fill: none; stroke: var(--use0); stroke-width: 6; }
.heat path.idle-tiles { fill: var(--use0); }
.scale { display: flex; align-items: center; flex-wrap: wrap; gap: .15rem; margin: .5rem 0; }
.scale i { width: 1.6rem; height: .8rem; display: inline-block; }
.scale span { margin: 0 .4rem 0 0; }
.scale span:last-child { margin: 0 0 0 .4rem; }
strong.flag { color: #b3261e; }
@media print { .controls, .zoom { display: none; } }
";

/// Differences on dark ground.
const DARK: &str = "
:root { --ground: #14181d; --ink: #e4e9ef; --soft: #a0abb8; --rule: #333b46; --square: #a0abb8; --raised: #1c222a; }
strong.flag { color: #ff8a80; }
.good { color: #7ccb80; }
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
