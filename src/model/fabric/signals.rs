//! Signals of a fabric: the kind in the upper bits, the number of a channel in the lower ones.

use crate::hw::MAX_NODES;
use crate::ids::LocalTerminal;

/// Bits of the kind. A signal without any of them is a credit: a place is free at the end of that channel.
pub(super) const KIND: u32 = 7 << 29;
/// A time step begins at a terminal.
pub(super) const STEP: u32 = 1 << 29;
/// A terminal can go on.
pub(super) const TERMINAL_WAKE: u32 = 2 << 29;
/// The link of an output unit can take the next flit.
pub(super) const LINK_IDLE: u32 = 3 << 29;
/// An input unit, or a router, can request the switch again.
pub(super) const SWITCH_RETRY: u32 = 4 << 29;
/// The head flit at the front of an input VC is routed.
pub(super) const ROUTED: u32 = 5 << 29;

/// Nodes of a fabric at most: the number of a channel has to fit the bits below the kind.
pub(super) const MOST_NODES: usize = 1 << (29 - 6);
const _: () = assert!(MAX_NODES as usize <= MOST_NODES, "a chip that is read can be simulated");

/// A signal for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSignal {
    /// A place is free at the router's end of the terminal's channel: (terminal, virtual channel).
    Credit(LocalTerminal, u8),
    /// The terminal can go on.
    Wake(LocalTerminal),
    /// A time step begins at the terminal.
    Step(LocalTerminal),
}
