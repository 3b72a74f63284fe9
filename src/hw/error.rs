//! Errors of networks on chip.

use thiserror::Error;

/// Most virtual channels of all inputs of a router together: their state is kept in bits of a word.
pub const MAX_CHANNELS: u32 = 64;

/// Why a network on chip is invalid.
#[doc(hidden)]
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NocError {
    /// There is no topology of this name.
    #[error("no topology is called {name}; there are {known}")]
    UnknownTopology {
        /// The name asked for.
        name: String,
        /// Known topologies.
        known: String,
    },
    /// The topology does not support this rule.
    #[error("a {topology} cannot be routed by {rule}; it can by {known}")]
    RoutingRule {
        /// The rule.
        rule: &'static str,
        /// The topology.
        topology: &'static str,
        /// Rules of the topology.
        known: String,
    },
    /// Only a chip file can list links.
    #[error("links are listed in a chip file")]
    Listed,
    /// A tree with too few or too many routers.
    #[error(
        "a tree of arity {arity} and {levels} levels has {routers} routers; expected an arity of 2 to 32, at least one level and at most 4096 routers"
    )]
    Tree {
        /// Routers below each.
        arity: u32,
        /// Levels of routers.
        levels: u32,
        /// Number of routers it would have.
        routers: u64,
    },
    /// A table has no entry for a packet that passes by.
    #[error("no way leads on from {at} for packets from {from} to {to}")]
    NoWay {
        /// Router where packets are stuck.
        at: String,
        /// Source of the packets.
        from: String,
        /// Destination of the packets.
        to: String,
    },
    /// A table sends packets in a circle.
    #[error("packets to {to} go round in a circle: {circle}")]
    Round {
        /// Destination of the packets.
        to: String,
        /// Routers of the circle.
        circle: String,
    },
    /// No routers, or too many.
    #[error("{routers} routers, expected 1 to {most}")]
    Routers {
        /// Number of routers it would have.
        routers: u64,
        /// Largest number possible.
        most: u32,
    },
    /// More routers than a rule finds routes between.
    #[error("{routers} routers, expected at most {most} with routing by \"{rule}\" on a {topology}")]
    RoutersOfRule {
        /// Number of routers.
        routers: u64,
        /// Largest number possible.
        most: u32,
        /// The rule.
        rule: &'static str,
        /// The topology.
        topology: &'static str,
    },
    /// More routers and cores than the simulation has numbers for.
    #[error("{nodes} routers and cores, expected at most {most}; use fewer cores on a tile, or fewer tiles")]
    Nodes {
        /// Routers, cores and the host.
        nodes: u64,
        /// Largest number possible.
        most: u32,
    },
    /// A router has too many virtual channels in all.
    #[error(
        "{ports} ports to other routers, {cores} to cores and one to the host, with {virtual_channels} virtual \
         channels each, make {} channels of a router, expected at most {MAX_CHANNELS}",
        (u32::from(*ports) + u32::from(*cores) + 1) * u32::from(*virtual_channels)
    )]
    Channels {
        /// Ports to other routers.
        ports: u8,
        /// Ports to cores.
        cores: u16,
        /// Virtual channels of each.
        virtual_channels: u8,
    },
    /// The virtual channels cannot be divided evenly among classes.
    #[error("{virtual_channels} virtual channels cannot be shared out evenly among {classes} classes")]
    Classes {
        /// Virtual channels.
        virtual_channels: u8,
        /// Classes.
        classes: u8,
    },
    /// Replicated packets of several flits are not modelled.
    #[error("multicast needs packets of one flit, found {packet_flits}")]
    Multicast {
        /// Flits of a packet.
        packet_flits: u16,
    },
    /// Packets could wait for each other in a circle.
    #[error("packets can wait for each other in a circle: {cycle}{remedy}")]
    Deadlock {
        /// Channels that wait for each other.
        cycle: String,
        /// A possible remedy.
        remedy: &'static str,
    },
}
