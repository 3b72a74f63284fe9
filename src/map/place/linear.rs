//! Cores in the chip file's order.

pub(super) fn place(cores: u32) -> Vec<u32> {
    (0..cores).collect()
}
