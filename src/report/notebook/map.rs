//! A chip as a map of tiles and links whose colours are attributes: it needs no style sheet, and is legible on light and dark
//! ground.

use crate::hw::topology::{Place, Size};
use crate::report::page::board::{PITCH, SIDE, STEPS, all_links, centre, line, shade, squares, within};
use maud::{Markup, html};

/// Largest map that is drawn whole (columns or rows).
const WHOLE: u16 = 16;

/// Most cores and links that have a text of their own; with more the map would be heavy.
const NAMED: usize = 2048;

const CORES: &str = "#C25B12";
const LINKS: &str = "#1C6DB5";

pub(super) struct BoardMap {
    /// Columns and rows.
    pub(super) size: (u16, u16),
    /// Whether the ends of rows and columns are joined.
    pub(super) round: bool,
    pub(super) cores_per_tile: u16,
    pub(super) cores: Vec<MapCore>,
    pub(super) links: Vec<MapLink>,
}

pub(super) struct MapCore {
    pub(super) place: (u16, u16),
    pub(super) on_tile: u32,
    pub(super) value: f64,
    pub(super) text: String,
}

pub(super) struct MapLink {
    /// Column, row and port of the router that sends.
    pub(super) from: (u16, u16, u8),
    pub(super) value: f64,
    pub(super) text: String,
}

/// How opaque a value is drawn, from the least to the most of all.
fn opacity(value: f64, most: f64) -> String {
    format!("{:.2}", 0.25 + 0.75 * (shade(value, most) as f64 + 1.0) / STEPS as f64 - 0.125)
}

impl BoardMap {
    /// The map with a caption; nothing for a board without tiles.
    pub(super) fn figure(&self, caption: &str) -> Markup {
        let [left, top, right, bottom] = self.shown();
        let (columns, rows) = (right - left, bottom - top);
        let [x, y, width, height] = [left, top, columns, rows].map(|tiles| i32::from(tiles) * PITCH);
        let part = match (columns, rows) == self.size {
            true => String::new(),
            false => format!(
                " Columns {left} to {} and rows {top} to {} of {} × {}.",
                right.saturating_sub(1),
                bottom.saturating_sub(1),
                self.size.0,
                self.size.1
            ),
        };
        html! {
            figure {
                svg xmlns="http://www.w3.org/2000/svg" viewBox=(format!("{x} {y} {width} {height}")) role="img" aria-label=(caption)
                    style=(format!("max-width:{}px", (width * 3 / 2).clamp(160, 560))) { (self.inside()) }
                figcaption { (caption) "." (part) }
            }
        }
    }

    /// The columns and rows that are drawn: all of a small board, those around what does something of a large one.
    fn shown(&self) -> [u16; 4] {
        let (width, height) = self.size;
        let cores = self.cores.iter().map(|core| core.place);
        let used: Vec<(u16, u16)> = cores.chain(self.links.iter().map(|link| (link.from.0, link.from.1))).collect();
        if width.max(height) <= WHOLE || used.is_empty() {
            return [0, 0, width, height];
        }
        let ends = |of: fn(&(u16, u16)) -> u16, most: u16| {
            let (least, last) = used.iter().map(of).fold((most, 0), |(least, last), at| (least.min(at), last.max(at)));
            (least.saturating_sub(1), last.saturating_add(2).min(most))
        };
        let ((left, right), (top, bottom)) = (ends(|at| at.0, width), ends(|at| at.1, height));
        [left, top, right, bottom]
    }

    fn inside(&self) -> Markup {
        let size = Size { width: self.size.0, height: self.size.1 };
        let all = (0..size.height).flat_map(|y| (0..size.width).map(move |x| Place { x, y }));
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0, f64::max);
        let most_core = most(&mut self.cores.iter().map(|core| core.value));
        let most_link = most(&mut self.links.iter().map(|link| link.value));
        let is_named = self.cores.len() + self.links.len() <= NAMED;
        let (columns, side) = within(self.cores_per_tile.max(1));
        let has_cores = !self.cores.is_empty();
        html! {
            path d=(all_links(size, self.round)) fill="none" stroke="currentColor" stroke-width="4" stroke-opacity=".1" {}
            @if has_cores { path d=(squares(all, PITCH - 2)) fill="none" stroke="currentColor" stroke-opacity=".25" {} }
            @else { path d=(squares(all, SIDE)) fill="currentColor" fill-opacity=".35" {} }
            @for MapLink { from: (x, y, port), value, text } in &self.links {
                @let [x1, y1, x2, y2] = line(size, Place { x: *x, y: *y }, *port);
                line x1=(x1) y1=(y1) x2=(x2) y2=(y2) stroke=(LINKS) stroke-width="6" stroke-opacity=(opacity(*value, most_link)) {
                    @if is_named { title { (text) } }
                }
            }
            @for MapCore { place: (x, y), on_tile, value, text } in &self.cores {
                @let (middle_x, middle_y) = centre(Place { x: *x, y: *y });
                @let at = *on_tile as i32;
                rect x=(middle_x - PITCH / 2 + 3 + at % columns * side) y=(middle_y - PITCH / 2 + 3 + at / columns * side)
                    width=((side - 1).max(1)) height=((side - 1).max(1)) fill=(CORES) fill-opacity=(opacity(*value, most_core)) {
                    @if is_named { title { (text) } }
                }
            }
        }
    }
}
