//! Memory of the machine: what a task needs is compared with it before anything is taken.

use std::path::Path;

/// Why a task is not begun that needs more bytes than are available; `None` if it may begin.
pub fn refusal(task: &str, need: u64) -> Option<String> {
    refusal_of(task, need, available())
}

/// The same given the bytes that are available, where these are known.
pub fn refusal_of(task: &str, need: u64, there: Option<u64>) -> Option<String> {
    let there = there.filter(|there| need > *there)?;
    Some(format!("{task} needs about {} of memory, {} are available", in_words(need), in_words(there)))
}

/// A number of bytes, as in `2.9 GB`.
pub fn in_words(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

/// Bytes available to this process: free memory of the system, within limits on the process or its group. `None` if the
/// system does not report it.
pub fn available() -> Option<u64> {
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
    }

    #[test]
    fn a_task_begins_if_its_memory_is_there_or_unknown() {
        assert_eq!(refusal_of("it", 1_000_000_000, Some(1_000_000_000)), None);
        assert_eq!(refusal_of("it", u64::MAX, None), None);
        let said = refusal_of("it", 2_940_000_000, Some(1_000_000_000));
        assert_eq!(said.as_deref(), Some("it needs about 2.9 GB of memory, 1.0 GB are available"));
    }
}
