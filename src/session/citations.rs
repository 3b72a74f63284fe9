//! Publications of the training rules, for the sources of reports.

/// Sources of the training rules, by name.
const RULES: &[(&str, &str)] = &[
    ("tandem", TANDEM),
    (
        "progressive",
        "Wu et al. 2021, Progressive Tandem Learning for Pattern Recognition with Deep Spiking Neural Networks, IEEE TPAMI, arXiv:2007.01204",
    ),
    (
        "local",
        "Yang et al. 2022, Training Spiking Neural Networks with Local Tandem Learning, NeurIPS, arXiv:2210.04532",
    ),
];
const TANDEM: &str = "Wu et al. 2021, A Tandem Learning Rule for Effective Training and Rapid Inference of Deep Spiking Neural Networks, IEEE TNNLS, doi:10.1109/TNNLS.2021.3095724";

/// The publication of a training rule; of a rule that is not known, that of the tandem rule, which all build on.
pub(super) fn of_rule(rule: &str) -> &'static str {
    RULES.iter().find(|(name, _)| *name == rule).map_or(TANDEM, |(_, source)| source)
}
