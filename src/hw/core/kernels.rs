//! Synapses of kind `shared_kernels`: the kernels of a layer are stored once for all its neurons, and a core holds one
//! whole layer.
//!
//! Addresses are made of bit fields, so a layer takes memory as if the sizes of its maps and their number were powers of two:
//!
//! ```text
//! kernel words   c · 2^(⌈log2 h·w⌉ + ⌈log2 f⌉)         c input maps, f output maps, kernels of h x w
//! state words    f · 2^(⌈log2 H⌉ + ⌈log2 W⌉)            output maps of H x W
//! biases         f
//! ```

use super::SynapseArray;
use crate::json::Object;
use crate::json::record::record;
use crate::json::shape::{list, listed_last, or, whole};

record! {
    /// Kernels that are stored once for all neurons of a layer: a core holds one layer, as a whole.
    pub struct SharedKernels derive(Eq) {
        /// Words for kernels, one a weight, 1 to 2^40. Kernels of h x w from c to f maps take c 2^(⌈log2 h w⌉ + ⌈log2 f⌉) of
        /// them; a dense layer has kernels of the size of its input maps.
        pub kernel_words: u64 = whole(1..=1 << 40);
        /// Words for membranes, one a neuron, 1 to 2^40. f maps of H x W take f 2^(⌈log2 H⌉ + ⌈log2 W⌉) of them.
        pub state_words: u64 = whole(1..=1 << 40);
        /// Biases, one for each map of neurons, 1 to 65,536.
        pub biases: u64 = whole(1..=65_536);
        /// Longest side of a kernel, 1 to 65,536; kernels are square.
        pub kernel_side: u64 = whole(1..=65_536);
        /// Most rows or columns of zeros around an input map, 0 to 65,536.
        pub padding: u64 = whole(0..=65_536);
        /// Longest side of an input map, 1 to 65,536.
        pub input_side: u64 = whole(1..=65_536);
        /// Longest side of a map of neurons, 1 to 65,536.
        pub map_side: u64 = whole(1..=65_536);
        /// Most maps into a layer and most maps of a layer, 1 to 65,536.
        pub maps: u64 = whole(1..=65_536);
        /// Steps from kernel to kernel that there are, 1 to 16 of them, each 1 to 256. Example: [1, 2, 4, 8].
        pub strides: Vec<u32> = list(whole(1..=256), 1..=16);
        /// Sides of the square windows of sum pools before a kernel, 1 to 16 of them; 1 where there is none. Example: [1, 2, 4].
        pub pools: Vec<u32> = list(whole(1..=256), 1..=16);
        /// Most other layers to which a layer sends; 65,536 where nothing is said.
        pub destinations: u64 = listed_last(or(whole(1..=65_536), 65_536, 65_536));
    }
    check |kernels: Self, _: &Object<'_>, _| Some(SynapseArray::SharedKernels(kernels)) => SynapseArray;
}

/// What a layer is, for the memory of its core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerShape {
    /// Input maps.
    pub inputs: u64,
    /// Height and width of a kernel.
    pub kernel: [u64; 2],
    /// Maps of neurons.
    pub maps: u64,
    /// Height and width of a map of neurons.
    pub map: [u64; 2],
    /// Whether it has biases.
    pub biased: bool,
}

impl LayerShape {
    /// Words that its kernels take.
    pub fn kernel_words(&self) -> u64 {
        self.inputs.saturating_mul(power(self.kernel[0] * self.kernel[1])).saturating_mul(power(self.maps))
    }

    /// Words that its membranes take.
    pub fn state_words(&self) -> u64 {
        self.maps.saturating_mul(power(self.map[0])).saturating_mul(power(self.map[1]))
    }

    /// Biases that it takes.
    pub fn biases(&self) -> u64 {
        if self.biased { self.maps } else { 0 }
    }
}

/// The least power of two that is not below a number.
fn power(number: u64) -> u64 {
    number.checked_next_power_of_two().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_takes_powers_of_two() {
        // 2 maps in, 3 x 3 kernels, 12 maps of 30 x 17.
        let layer = LayerShape { inputs: 2, kernel: [3, 3], maps: 12, map: [30, 17], biased: true };
        assert_eq!((layer.kernel_words(), layer.state_words(), layer.biases()), (2 * 16 * 16, 12 * 32 * 32, 12));
        let dense = LayerShape { inputs: 64, kernel: [1, 1], maps: 10, map: [1, 1], biased: false };
        assert_eq!((dense.kernel_words(), dense.state_words(), dense.biases()), (64 * 16, 10, 0));
    }
}
