//! Blocks of code in a Markdown file.

use std::ops::Range;

/// What a comment before a block says about it.
#[derive(Debug, PartialEq, Eq)]
pub enum Mark {
    None,
    NotRun,
    ExitCode(i32),
    File { name: String, checked: bool },
}

#[derive(Debug)]
pub struct Block {
    pub language: String,
    pub mark: Mark,
    /// The number of its first line in the file, counted from one.
    pub first: usize,
    lines: Vec<String>,
}

/// A command of a block.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    pub command: String,
    /// Where the file shows its output: lines, counted from zero.
    pub shown: Range<usize>,
    pub is_last: bool,
}

/// The blocks of a text, in order.
pub fn of(text: &str) -> Vec<Block> {
    let (mut blocks, mut comment) = (Vec::new(), "");
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            let lines = inside.map(str::to_owned).collect();
            blocks.push(Block { language: language.to_owned(), mark: mark(comment), first: number + 2, lines });
            comment = "";
        } else if !line.trim().is_empty() {
            comment = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")).unwrap_or_default();
        }
    }
    blocks
}

fn mark(comment: &str) -> Mark {
    if let Some(reason) = comment.strip_prefix("not run: ") {
        assert!(!reason.trim().is_empty(), "a reason is missing: {comment}");
        return Mark::NotRun;
    }
    if let Some(code) = comment.strip_prefix("exit code ") {
        return Mark::ExitCode(code.parse().expect(comment));
    }
    if let Some(file) = comment.strip_prefix("file: ") {
        let (name, checked) = file.split_once(", not checked: ").map_or((file, true), |(name, _)| (name, false));
        return Mark::File { name: name.to_owned(), checked };
    }
    Mark::None
}

impl Block {
    pub fn text(&self) -> String {
        self.lines.join("\n") + "\n"
    }

    pub fn exit_code(&self) -> i32 {
        if let Mark::ExitCode(code) = self.mark { code } else { 0 }
    }

    /// Its commands: a line after `$ `, gone on with where it ends in `\`, or by lines after `> `.
    pub fn steps(&self) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        let mut lines = self.lines.iter().enumerate().peekable();
        while let Some((i, line)) = lines.next() {
            let Some(first) = line.strip_prefix("$ ") else {
                let step = steps.last_mut().unwrap_or_else(|| panic!("line {}: output without a command", self.first));
                step.shown.end = self.first + i;
                continue;
            };
            let mut command = first.to_owned();
            while let Some((_, more)) = lines.next_if(|(_, next)| command.ends_with('\\') || (next.starts_with("> "))) {
                command = format!("{command}\n{}", more.strip_prefix("> ").unwrap_or(more));
            }
            let below = self.first - 1 + lines.peek().map_or(self.lines.len(), |(i, _)| *i);
            steps.push(Step { command, shown: below..below, is_last: false });
        }
        if let Some(last) = steps.last_mut() {
            last.is_last = true;
        }
        steps
    }
}

#[test]
fn blocks_and_commands_are_found() {
    let text = "a\n\n<!-- exit code 2 -->\n```console\n$ one \\\n    two\nx\ny\n$ for a in b; do\n>   c\n> done\n```\nb\n\
                <!-- file: f.json -->\n\n```json\n{}\n```\n";
    let found = of(text);
    assert_eq!((found.len(), found[0].exit_code(), found[0].first), (2, 2, 5));
    assert_eq!(
        (&found[1].mark, found[1].text()),
        (&Mark::File { name: "f.json".into(), checked: true }, "{}\n".into())
    );
    let step = |command: &str, shown, is_last| Step { command: command.into(), shown, is_last };
    assert_eq!(
        found[0].steps(),
        [step("one \\\n    two", 6..8, false), step("for a in b; do\n  c\ndone", 11..11, true)]
    );
}
