//! Neurons of a chip with one reset and no settings: what their files have in common.

/// Fields in network files of a neuron of layers, its one reset, and its place among the neurons.
macro_rules! one_reset {
    ($(#[doc = $about:literal])* $layers:ident: $fields:ident, $reset:ident { $variant:ident = $word:literal }) => {
        $crate::json::record::words! {
            /// Resets for which networks are trained.
            enum $reset {
                $variant = $word,
            }
        }

        $crate::json::record::record! {
            $(#[doc = $about])*
            struct $fields {
                /// The threshold in the units of the real weights, 0.001 to 1,000.
                threshold: f64 = $crate::json::shape::number($crate::net::deployed::tandem::THRESHOLDS);
                /// What a spike does to the membrane.
                reset: $reset = $crate::json::shape::word();
            }
            check |read: Self, _: &$crate::json::Object<'_>, _| {
                let threshold = read.threshold;
                Some($crate::net::deployed::LayeredNeuron { neuron: $layers.into(), threshold, leak: 1.0 })
            } => $crate::net::deployed::LayeredNeuron;
        }

        impl $crate::digest::Stable for $layers {
            fn add_to(&self, _: &mut $crate::digest::Digest) {}
        }
    };

    (named $model:literal, $more:literal: $fields:ident, $word:literal) => {
        fn of_chip(model: &str, _: Option<$crate::net::neuron::Reset>) -> Option<Self> {
            (model == $model).then_some(Self)
        }

        fn records() -> Vec<$crate::json::Alternative<(), $crate::net::deployed::LayeredNeuron>> {
            vec![$crate::json::record::alternative::<$fields, ()>($model)]
        }

        fn write(self, threshold: f64, _: f64) -> serde_json::Value {
            serde_json::json!({"model": $model, "threshold": threshold, "reset": $word})
        }

        fn describe(self) -> String {
            concat!($model, " (reset: ", $word, $more, ")").to_owned()
        }
    };
}

pub(super) use one_reset;
