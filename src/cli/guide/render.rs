//! Markdown on a terminal: headings, wrapped text, lists, code, and tables that fit.

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use console::Style;
use pulldown_cmark::{Alignment, Event, Options, Parser, Tag, TagEnd};

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A text for a terminal of so many columns.
pub(super) fn page(markdown: &str, width: u16, coloured: bool) -> String {
    let mut page = TerminalPage { width: usize::from(width), coloured, ..TerminalPage::default() };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.take(event);
    }
    let lines: Vec<&str> = page.text.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n")
}

#[derive(Default)]
struct TerminalPage {
    width: usize,
    coloured: bool,
    /// What is laid out already.
    text: String,
    /// The text of the block that is being read.
    inline: String,
    /// Lists that are open, with the next number of a numbered one.
    lists: Vec<Option<u64>>,
    /// The bullet of an item, until its first line is laid out.
    bullet: Option<String>,
    rows: Vec<Vec<String>>,
    aligned: Option<Vec<Alignment>>,
    /// Where the link that is being read leads, if readers can go there.
    target: Option<String>,
}

impl TerminalPage {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.inline += &text,
            // Cells of tables are plain: they are measured in characters.
            Event::Code(code) if self.aligned.is_some() => self.inline += &code,
            Event::Code(code) if self.coloured => self.inline += &self.styled(&code, Style::new().cyan()),
            Event::Code(code) => self.inline += &format!("`{code}`"),
            Event::SoftBreak => self.inline.push(' '),
            Event::HardBreak => self.inline.push('\n'),
            Event::Rule => {
                self.gap();
                self.text += &("─".repeat(self.width.min(40)) + "\n");
            }
            // Comments, and what the guide does not use.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::List(first) => {
                // An item that has a list in it.
                self.lay_out();
                if self.lists.is_empty() {
                    self.gap();
                }
                self.lists.push(first);
            }
            Tag::Item => {
                let number = self.lists.last_mut().and_then(Option::as_mut);
                self.bullet = Some(number.map_or("- ".to_owned(), |number| {
                    *number += 1;
                    format!("{}. ", *number - 1)
                }));
            }
            Tag::Paragraph if self.bullet.is_none() => self.gap(),
            Tag::CodeBlock(_) => self.lay_out(),
            Tag::Table(aligned) => self.aligned = Some(aligned),
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            Tag::Link { dest_url, .. } if dest_url.starts_with("https://") => self.target = Some(dest_url.to_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => self.heading(level as usize),
            TagEnd::Paragraph | TagEnd::Item => self.lay_out(),
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::CodeBlock => self.code(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.inline);
                self.rows.iter_mut().last().into_iter().for_each(|row| row.push(cell.clone()));
            }
            TagEnd::Table => self.table(),
            TagEnd::Link => {
                let target = self.target.take().filter(|target| !self.inline.ends_with(target.as_str()));
                self.inline += &target.map_or(String::new(), |target| format!(" <{target}>"));
            }
            _ => {}
        }
    }

    /// A blank line before a block.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn styled(&self, text: &str, style: Style) -> String {
        match self.coloured && self.aligned.is_none() {
            true => style.force_styling(true).apply_to(text).to_string(),
            false => text.to_owned(),
        }
    }

    fn heading(&mut self, level: usize) {
        self.gap();
        let title = std::mem::take(&mut self.inline);
        let lines = textwrap::wrap(&title, self.width);
        for line in &lines {
            self.text += &(self.styled(line, Style::new().bold()) + "\n");
        }
        if !self.coloured && level < 3 {
            let widest = lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
            self.text += &(if level == 1 { "═" } else { "─" }.repeat(widest) + "\n");
        }
    }

    /// Wraps the text of a paragraph or an item.
    fn lay_out(&mut self) {
        let inline = std::mem::take(&mut self.inline);
        if inline.trim().is_empty() {
            return;
        }
        let depth = self.lists.len();
        let bullet = self.bullet.take();
        let rest = " ".repeat(2 * depth);
        let first =
            bullet.map_or(rest.clone(), |bullet| format!("{}{bullet}", " ".repeat(2 * depth.saturating_sub(1))));
        let options = textwrap::Options::new(self.width).initial_indent(&first).subsequent_indent(&rest);
        // A hyphen is a part of an option's name as often as of a word.
        let options = options.break_words(false).word_splitter(textwrap::WordSplitter::NoHyphenation);
        self.text += &textwrap::fill(&inline, options);
        self.text.push('\n');
    }

    fn code(&mut self) {
        self.gap();
        let code = std::mem::take(&mut self.inline);
        for line in code.lines() {
            let line = match line.starts_with("$ ") {
                true => self.styled(line, Style::new().bold()),
                false => line.to_owned(),
            };
            self.text += &format!("    {line}\n");
        }
    }

    fn table(&mut self) {
        self.gap();
        let aligned = self.aligned.take().unwrap_or_default();
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let mut table = Table::new();
        table.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(self.width).unwrap_or(u16::MAX));
        if let Some(header) = rows.next().filter(|header| header.iter().any(|cell| !cell.is_empty())) {
            table.set_header(header);
        }
        table.add_rows(rows);
        for (column, aligned) in table.column_iter_mut().zip(aligned) {
            column.set_cell_alignment(match aligned {
                Alignment::Right => CellAlignment::Right,
                Alignment::Center => CellAlignment::Center,
                Alignment::Left | Alignment::None => CellAlignment::Left,
            });
        }
        self.text += &format!("{table}\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_laid_out() {
        let text = "# Title\n\nOne `two` **three** [four](noc.md) [five](https://a.b)\nsix.\n\n<!-- file: x -->\n```json\n{}\n```\n\n\
                    - a b c d e f g h i\n- two\n  - in it\n\n| a | b |\n|---|---:|\n| 1 | 23 |\n\n## More\n\n1. first\n2. second\n";
        let expected = "Title\n═════\n\nOne `two` three\nfour five\n<https://a.b> six.\n\n    {}\n\n- a b c d e f g h\n  i\n- two\n  - in it\n\n\
                        \u{20}a    b\n────────\n 1   23\n\nMore\n────\n\n1. first\n2. second";
        assert_eq!(page(text, 18, false), expected);
    }

    #[test]
    fn styles_are_only_those_of_the_program() {
        let coloured = page("# T\n\na `b`\n\n```console\n$ c\nd\n```\n\n| `e` |\n|---|\n| f |\n", 40, true);
        assert!(coloured.starts_with("\u{1b}[1mT\u{1b}[0m\n"), "{coloured:?}");
        assert!(coloured.contains("a \u{1b}[36mb\u{1b}[0m") && coloured.contains("    \u{1b}[1m$ c\u{1b}[0m\n    d"));
        assert!(coloured.contains(" e\n"), "cells are plain: {coloured:?}");
    }

    #[test]
    fn every_chapter_fits_its_width() {
        for chapter in crate::guide::CHAPTERS {
            for width in [60_u16, 80, 140] {
                let page = page(chapter.text, width, false);
                let long = page.lines().find(|line| {
                    !line.starts_with("    ")
                        && console::measure_text_width(line) > usize::from(width)
                        && line.contains(' ')
                });
                assert_eq!(long, None, "{} at {width}", chapter.name);
            }
        }
    }
}
