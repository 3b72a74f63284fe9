//! The kinds of nodes that NIR defines, and their fields (neuromorphs/NIR 1.0.8).

/// Allowed values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Finite numbers.
    Numbers,
    /// Finite numbers, or infinity: a time constant without decay, a threshold that is never reached.
    NumbersOrInfinity,
    /// Integers.
    Whole,
    /// Integers, or one of these words.
    WholeOrWord(&'static [&'static str]),
}

/// A field of a kind of node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldOf {
    /// Name of the field.
    pub name: &'static str,
    /// Allowed values.
    pub form: Form,
    /// Whether it may be left out.
    pub optional: bool,
}

/// A kind of node.
#[derive(Debug, PartialEq, Eq)]
pub struct NodeKind {
    /// Name in files.
    pub name: &'static str,
    /// Fields of the kind.
    pub fields: &'static [FieldOf],
}

const fn numbers(name: &'static str) -> FieldOf {
    FieldOf { name, form: Form::Numbers, optional: false }
}

const fn unbounded(name: &'static str) -> FieldOf {
    FieldOf { name, form: Form::NumbersOrInfinity, optional: false }
}

const fn whole(name: &'static str) -> FieldOf {
    FieldOf { name, form: Form::Whole, optional: false }
}

const fn optional(field: FieldOf) -> FieldOf {
    FieldOf { optional: true, ..field }
}

const PADDING: FieldOf = FieldOf { name: "padding", form: Form::WholeOrWord(&["same", "valid"]), optional: false };

const fn kind(name: &'static str, fields: &'static [FieldOf]) -> NodeKind {
    NodeKind { name, fields }
}

const CONVOLUTION: &[FieldOf] = &[
    optional(whole("input_shape")),
    numbers("weight"),
    whole("stride"),
    PADDING,
    whole("dilation"),
    whole("groups"),
    numbers("bias"),
];

const POOL: &[FieldOf] = &[whole("kernel_size"), whole("stride"), whole("padding")];

pub(super) const GRAPH: &str = "NIRGraph";

/// All kinds except graphs.
pub static KINDS: &[NodeKind] = &[
    kind("Input", &[whole("shape")]),
    kind("Output", &[whole("shape")]),
    kind("Affine", &[numbers("weight"), numbers("bias")]),
    kind("Linear", &[numbers("weight")]),
    kind("Scale", &[numbers("scale")]),
    kind("Conv1d", CONVOLUTION),
    kind("Conv2d", CONVOLUTION),
    kind("SumPool2d", POOL),
    kind("AvgPool2d", POOL),
    kind("Flatten", &[whole("start_dim"), whole("end_dim"), optional(whole("input_type"))]),
    kind("Delay", &[numbers("delay")]),
    kind("Threshold", &[unbounded("threshold")]),
    kind("I", &[unbounded("r")]),
    kind("IF", &[unbounded("r"), unbounded("v_threshold"), optional(numbers("v_reset"))]),
    kind("LI", &[unbounded("tau"), unbounded("r"), numbers("v_leak")]),
    kind(
        "LIF",
        &[unbounded("tau"), unbounded("r"), numbers("v_leak"), unbounded("v_threshold"), optional(numbers("v_reset"))],
    ),
    kind(
        "CubaLI",
        &[unbounded("tau_syn"), unbounded("tau_mem"), unbounded("r"), numbers("v_leak"), optional(unbounded("w_in"))],
    ),
    kind(
        "CubaLIF",
        &[
            unbounded("tau_syn"),
            unbounded("tau_mem"),
            unbounded("r"),
            numbers("v_leak"),
            unbounded("v_threshold"),
            optional(numbers("v_reset")),
            optional(unbounded("w_in")),
        ],
    ),
];

impl NodeKind {
    /// The kind with a name.
    pub fn of(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Whether it has a state that lasts from step to step, or decides whether to spike.
    pub fn is_neuron(&self) -> bool {
        matches!(self.name, "Threshold" | "I" | "IF" | "LI" | "LIF" | "CubaLI" | "CubaLIF")
    }

    /// Whether it sends spikes, not values.
    pub fn spikes(&self) -> bool {
        matches!(self.name, "Threshold" | "IF" | "LIF" | "CubaLIF")
    }
}
