//! Memory of the machine: checks before a training that there is enough.

use super::error::Error;
use super::follow::Follow;
use crate::train::TrainJob;
use std::path::Path;

/// Smallest amount of memory that is reported.
const TOLD: u64 = 1_000_000_000;

/// Reports the memory of a training if it is large, and refuses a training that needs more than is available.
pub fn check_memory(job: &TrainJob<'_>, follow: &dyn Follow) -> Result<(), Error> {
    let need = job.memory();
    let there = available();
    if let Some(there) = there.filter(|there| need > *there) {
        return Err(Error::Memory(refusal(&job.architecture.name, need, there)));
    }
    if need >= TOLD {
        follow.note(&format!("training {} needs about {} of memory", job.architecture.name, text(need)));
    }
    Ok(())
}

fn refusal(network: &str, need: u64, there: u64) -> String {
    format!(
        "training {network} needs about {} of memory, {} are available; take a smaller network, a smaller batch or fewer steps",
        text(need),
        text(there)
    )
}

fn text(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// Bytes available to this process: free memory of the system, within limits on the process or its group. `None` if the
/// system does not report it.
fn available() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(Path::new(path)).ok();
    let free = read("/proc/meminfo").and_then(|text| kilobytes(&text, "MemAvailable:"));
    let space = read("/proc/self/limits").and_then(|text| address_space(&text));
    let used = read("/proc/self/status").and_then(|text| kilobytes(&text, "VmSize:")).unwrap_or(0);
    // The group's use is not subtracted: most of it may be cached files, which the system frees when needed.
    let group = read("/sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    [free, space.map(|space| space.saturating_sub(used)), group].into_iter().flatten().min()
}

/// A figure of a file such as `/proc/meminfo`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

/// The soft limit on the address space, in bytes, if there is one.
fn address_space(text: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_the_system_are_read() {
        let info = "MemTotal:       24689764 kB\nMemFree:         1000000 kB\nMemAvailable:   12345678 kB\n";
        assert_eq!(kilobytes(info, "MemAvailable:"), Some(12_345_678 * 1024));
        assert_eq!(kilobytes(info, "SwapFree:"), None);
        let limits = |soft: &str| {
            format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                     Max address space         {soft}            unlimited            bytes     \n"
            )
        };
        assert_eq!(address_space(&limits("2048000000")), Some(2_048_000_000));
        assert_eq!(address_space(&limits("unlimited")), None);
        let said = refusal("big", 2_940_000_000, 1_000_000_000);
        assert!(said.starts_with("training big needs about 2.9 GB of memory, 1.0 GB are available; "), "{said}");
    }
}
