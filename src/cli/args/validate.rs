//! Arguments of `validate`.

use super::{ReplaceOptions, heading, values};
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub(in crate::cli) struct ValidateOptions {
    /// Cases [default: all]
    #[arg(value_name = "CASE", value_parser = values::cases(), hide_possible_values = true)]
    pub(in crate::cli) cases: Vec<String>,
    /// Folder with the third-party data that some cases need: ranc/*, loihi_sddpg
    #[arg(long, value_name = "DIR", help_heading = heading::INPUT)]
    pub(in crate::cli) data: Option<PathBuf>,
    /// A test bench of RANC to replay; can be given more than once
    ///
    /// A folder with csram_NNN.mem, tc_NNN.mem and tb_*.txt.
    #[arg(long, value_name = "DIR", help_heading = heading::INPUT)]
    pub(in crate::cli) ranc: Vec<PathBuf>,
    /// Width and height of the grids of --ranc, as in 4x3 [default: found from where packets go]
    #[arg(long, value_name = "WxH", requires = "ranc", value_parser = grid, help_heading = heading::INPUT)]
    pub(in crate::cli) ranc_grid: Option<(u32, u32)>,
    /// Write the findings as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub(in crate::cli) json: Option<PathBuf>,
    #[command(flatten)]
    pub(in crate::cli) replace: ReplaceOptions,
}

/// A width and a height.
fn grid(text: &str) -> Result<(u32, u32), String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|side| (1..=64).contains(side));
    let found = text.split_once('x').and_then(|(width, height)| Some((side(width)?, side(height)?)));
    found.ok_or("expected a width and a height of 1 to 64, as in 4x3".into())
}
