//! The guide, by task: a module for each chapter. `spikemesh guide TOPIC` prints the same texts.
//!
//! A chapter is a file in `src/guide` and its name in the list in `mod.rs`. Chapters link each other by references
//! (`[text][noc]`, and at the end of the file `[noc]: noc.md`), which lead to the file in a viewer of Markdown, and here to the
//! module. A test runs their commands and compares the outputs: see `tests/it/docs`.

/// A chapter: its name and its text, in Markdown.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Name of the topic and of its module.
    pub name: &'static str,
    /// The text; its first line is the title.
    pub text: &'static str,
}

impl Chapter {
    /// The heading of the text.
    pub fn title(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}

macro_rules! chapters {
    ($($name:ident)*) => {
        /// All chapters, in order.
        pub const CHAPTERS: &[Chapter] =
            &[$(Chapter { name: stringify!($name), text: include_str!(concat!(stringify!($name), ".md")) }),*];

        chapters! { @each ($($name)*) $($name)* }
    };
    (@each $all:tt $($name:ident)*) => { $(chapters! { @one $all $name })* };
    // Of two definitions of a reference the first one counts, which is that of rustdoc.
    (@one ($($all:ident)*) $name:ident) => {
        #[doc = concat!($("[", stringify!($all), "]: crate::guide::", stringify!($all), "\n"),*)]
        #[doc = include_str!(concat!(stringify!($name), ".md"))]
        pub mod $name {}
    };
}

chapters! {
    architect
    tune
    researcher
    surrogate
    python
    noc
    traces
    scale
    words
    constants
    results
    model
    validation
    speed
    faq
    adding
    rust
    chip_file
    network_file
    sparse_file
    other_files
    report_files
}
