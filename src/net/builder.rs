//! Sparse networks described in code: populations with their neuron model, sources with their spikes, projections.
//!
//! A builder describes a network as a `spikemesh.sparse/1` file does, and [`NetworkBuilder::build`] reads that
//! description with the reader of these files: names, ranges and rules are the same, and all problems are found at
//! once. Spikes and edges, which are long, are passed to the reader as lists.

use super::sparse::{self, GivenEdge, Lists};
use super::spikes::{InputSpikes, Train};
use super::{Network, SparseNetwork};
use crate::json::{Document, FileError};
use serde_json::{Map, Value, json};
use std::path::Path;

/// A neuron model with its parameters, by their names in files.
#[derive(Clone, Debug, PartialEq)]
pub struct Neuron {
    fields: Map<String, Value>,
}

impl Neuron {
    /// A model without parameters yet, such as `lif`.
    pub fn new(model: impl Into<String>) -> Self {
        Self { fields: Map::from_iter([("model".to_owned(), Value::String(model.into()))]) }
    }

    /// Sets a parameter, such as `decay` or `reset`.
    #[must_use]
    pub fn with(mut self, parameter: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(parameter.into(), value.into());
        self
    }
}

/// One value for all neurons of a population, or one for each.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq)]
pub struct PerNeuron(Value);

impl From<i32> for PerNeuron {
    fn from(value: i32) -> Self {
        Self(value.into())
    }
}

impl From<&[i32]> for PerNeuron {
    fn from(values: &[i32]) -> Self {
        Self(values.into())
    }
}

impl From<Vec<i32>> for PerNeuron {
    fn from(values: Vec<i32>) -> Self {
        Self(values.into())
    }
}

impl<const N: usize> From<[i32; N]> for PerNeuron {
    fn from(values: [i32; N]) -> Self {
        values.as_slice().into()
    }
}

/// A synapse between two populations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Neuron of the population that it comes from.
    pub source: u32,
    /// Neuron of the population that it goes to.
    pub target: u32,
    /// Weight (weight units).
    pub weight: i32,
    /// Delay (time steps).
    pub delay: u32,
}

/// Source, target and weight, with a delay of one time step.
impl From<(u32, u32, i32)> for Edge {
    fn from((source, target, weight): (u32, u32, i32)) -> Self {
        Self { source, target, weight, delay: 1 }
    }
}

/// Source, target, weight and delay.
impl From<(u32, u32, i32, u32)> for Edge {
    fn from((source, target, weight, delay): (u32, u32, i32, u32)) -> Self {
        Self { source, target, weight, delay }
    }
}

/// Synapses of a projection.
#[derive(Clone, Debug)]
enum Synapses {
    Edges(Vec<GivenEdge>),
    /// A weight for every pair of a source and a target, source after source.
    Dense {
        weights: Vec<i32>,
        delay: u32,
    },
}

#[derive(Clone, Debug)]
struct ProjectionSpec {
    from: String,
    to: String,
    synapses: Synapses,
}

#[derive(Clone, Debug)]
struct PopulationSpec {
    name: String,
    size: u32,
    fields: Map<String, Value>,
    spikes: Option<Train>,
}

/// Setters of values by neuron, with their names in files.
macro_rules! values_by_neuron {
    ($($(#[doc = $doc:literal])* $name:ident;)*) => {
        $($(#[doc = $doc])*
        #[must_use]
        pub fn $name(self, values: impl Into<PerNeuron>) -> Self {
            self.set(stringify!($name), values.into().0)
        })*
    };
}

/// A sparse network under construction.
///
/// ```
/// use spikemesh::net::{Network, Neuron};
///
/// let lif = Neuron::new("lif").with("decay", 256).with("reset", "zero");
/// let network = Network::builder("pair")
///     .source("in", 2, [(1, 0), (3, 1)])
///     .population("out", 4, lif).threshold(4).bias([1, 0, 2, 0])
///     .connect("in", "out", [(0, 1, 30), (1, 2, 40)])
///     .connect("out", "out", (0..4).map(|i| (i, (i + 1) % 4, 3, 2)))
///     .build()?;
/// assert_eq!(network.graph.synapses.len(), 6);
/// # Ok::<(), spikemesh::json::FileError>(())
/// ```
#[derive(Clone, Debug)]
pub struct NetworkBuilder {
    name: String,
    fields: Map<String, Value>,
    populations: Vec<PopulationSpec>,
    projections: Vec<ProjectionSpec>,
    /// Problems of calls, as path and message, before the description is read.
    problems: Vec<(String, String)>,
}

impl Network {
    /// Starts the description of a sparse network with a name.
    pub fn builder(name: impl Into<String>) -> NetworkBuilder {
        let fields = [("format", sparse::FORMAT), ("description", "described in code")];
        NetworkBuilder {
            name: name.into(),
            fields: fields.into_iter().map(|(name, text)| (name.to_owned(), text.into())).collect(),
            populations: Vec::new(),
            projections: Vec::new(),
            problems: Vec::new(),
        }
    }
}

impl From<SparseNetwork> for Network {
    fn from(network: SparseNetwork) -> Self {
        Self::Sparse(Box::new(network))
    }
}

impl NetworkBuilder {
    /// Sets the sentence on the network for people.
    #[must_use]
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.fields.insert("description".into(), Value::String(text.into()));
        self
    }

    /// Sets the default time steps of runs.
    #[must_use]
    pub fn time_steps(mut self, steps: u32) -> Self {
        self.fields.insert("time_steps".into(), steps.into());
        self
    }

    /// Adds a population of neurons. The calls that follow set its values.
    #[must_use]
    pub fn population(mut self, name: impl Into<String>, size: u32, neuron: Neuron) -> Self {
        let fields = Map::from_iter([("neuron".to_owned(), Value::Object(neuron.fields))]);
        self.populations.push(PopulationSpec { name: name.into(), size, fields, spikes: None });
        self
    }

    /// Adds a source, whose spikes (step from 1, neuron) come from the host.
    #[must_use]
    pub fn source(mut self, name: impl Into<String>, size: u32, spikes: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let spikes = Some(spikes.into_iter().collect());
        self.populations.push(PopulationSpec { name: name.into(), size, fields: Map::new(), spikes });
        self
    }

    /// Adds a source with the spikes of an array, of events, of a file, or random ones.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, size: u32, spikes: &InputSpikes) -> Self {
        let (name, position) = (name.into(), self.populations.iter().filter(|one| one.spikes.is_some()).count());
        let train = spikes.train(position, (&name, size)).unwrap_or_else(|error| {
            self.problems.push((format!("populations[{}]", self.populations.len()), error.to_string()));
            Vec::new()
        });
        self.source(name, size, train)
    }

    values_by_neuron! {
        /// Sets the threshold of the population before (membrane units).
        threshold;
        /// Sets the addition to the membranes of the population before in every step (membrane units), 0 by default.
        bias;
        /// Sets the initial membranes of the population before (membrane units), 0 by default.
        start;
        /// Sets the reset potential of the population before (membrane units); its model must have one.
        reset_potential;
        /// Sets the negative threshold of the population before (membrane units); its model must have one.
        negative_threshold;
    }

    /// Sets the first and the last step in which the population before acts.
    #[must_use]
    pub fn active(self, first: u32, last: Option<u32>) -> Self {
        let builder = self.set("first_step", first);
        match last {
            Some(last) => builder.set("last_step", last),
            None => builder,
        }
    }

    /// Makes the population before add up its inputs without ever spiking.
    #[must_use]
    pub fn silent(self) -> Self {
        self.set("fires", false)
    }

    /// Sets a value of the population before, by its name in files.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        match self.populations.last_mut() {
            Some(population) => drop(population.fields.insert(name.to_owned(), value.into())),
            None => self.problems.push((name.to_owned(), "stands before the first population".to_owned())),
        }
        self
    }

    /// Adds a projection as a list of edges: (source, target, weight), or (source, target, weight, delay).
    #[must_use]
    pub fn connect<E: Into<Edge>>(
        mut self,
        from: impl Into<String>,
        to: impl Into<String>,
        edges: impl IntoIterator<Item = E>,
    ) -> Self {
        let given = |edge: E| {
            let Edge { source, target, weight, delay } = edge.into();
            (source, target, weight, delay)
        };
        let synapses = Synapses::Edges(edges.into_iter().map(given).collect());
        self.projections.push(ProjectionSpec { from: from.into(), to: to.into(), synapses });
        self
    }

    /// Adds a projection as a matrix of weights: a row for each source, a column for each target. Weights of 0 are no synapses.
    #[must_use]
    pub fn connect_dense(
        mut self,
        from: impl Into<String>,
        to: impl Into<String>,
        weights: impl Into<Vec<i32>>,
        delay: u32,
    ) -> Self {
        let synapses = Synapses::Dense { weights: weights.into(), delay };
        self.projections.push(ProjectionSpec { from: from.into(), to: to.into(), synapses });
        self
    }

    /// Checks the description, and makes the network.
    ///
    /// # Errors
    /// All problems at once, with paths as in a file: `populations[0].threshold`.
    pub fn build(self) -> Result<SparseNetwork, FileError> {
        let Self { name, mut fields, populations, projections, mut problems } = self;
        let mut lists = Lists::default();
        for (index, ProjectionSpec { from, to, synapses }) in projections.iter().enumerate() {
            let size = |name: &str| populations.iter().find(|one| one.name == *name).map(|one| one.size);
            lists.edges.push(synapses.edges(size(from).zip(size(to))).unwrap_or_else(|problem| {
                problems.push((format!("projections[{index}]"), problem));
                Vec::new()
            }));
        }
        let described = |ProjectionSpec { from, to, .. }: ProjectionSpec| json!({"from": from, "to": to});
        let described: Value = projections.into_iter().map(described).collect();
        let mut each = Vec::new();
        for PopulationSpec { name, size, mut fields, spikes } in populations {
            fields.insert("name".into(), name.into());
            fields.insert("size".into(), size.into());
            each.push(Value::Object(fields));
            lists.spikes.push(spikes);
        }
        fields.insert("populations".into(), each.into());
        fields.insert("projections".into(), described);
        let document = Document::parse(name.clone(), &Value::Object(fields).to_string())?;
        problems.into_iter().for_each(|(path, message)| document.problem(path, message));
        let network = sparse::read_with(&document, &name, Path::new("."), &lists);
        document.finish(network)
    }
}

impl Synapses {
    /// The edges between populations of these sizes. The reader reports populations that do not exist.
    fn edges(&self, sizes: Option<(u32, u32)>) -> Result<Vec<GivenEdge>, String> {
        match (self, sizes) {
            (Self::Edges(edges), _) => Ok(edges.clone()),
            (Self::Dense { .. }, None) => Ok(Vec::new()),
            (Self::Dense { weights, delay }, Some((from, to))) => {
                if weights.len() as u64 != u64::from(from) * u64::from(to) {
                    return Err(format!("{} weights, expected {from} x {to}", weights.len()));
                }
                let pairs = (0..from).flat_map(|source| (0..to).map(move |target| (source, target)));
                let edges = pairs.zip(weights).filter(|(_, weight)| **weight != 0);
                Ok(edges.map(|((source, target), weight)| (source, target, *weight, *delay)).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::spikes::RandomSpikes;

    fn lif() -> Neuron {
        Neuron::new("lif").with("decay", 256).with("reset", "zero")
    }

    #[test]
    fn a_network_in_code_is_that_of_its_file() {
        let text = r#"{"format": "spikemesh.sparse/1", "description": "d", "time_steps": 9, "populations": [
            {"name": "in", "size": 2, "spikes": [[1, 0], [3, 1]]},
            {"name": "exc", "size": 3, "threshold": [4, 5, 6], "bias": 1, "start": [0, 1, 0], "first_step": 1, "last_step": 8,
             "neuron": {"model": "lif", "decay": 256, "reset": "zero"}},
            {"name": "sum", "size": 1, "neuron": {"model": "if", "reset": "zero"}, "fires": false}],
            "projections": [{"from": "in", "to": "exc", "edges": [[1, 2, -7, 3], [0, 0, 30, 1]]},
             {"from": "exc", "to": "sum", "edges": [[0, 0, 1, 2], [2, 0, 3, 2]]}]}"#;
        let document = Document::parse("net", text).unwrap();
        let file = sparse::read(&document, "net", Path::new(".")).unwrap();
        let built = Network::builder("net")
            .description("d")
            .time_steps(9)
            .source("in", 2, [(3, 1), (1, 0)])
            .population("exc", 3, lif())
            .threshold([4, 5, 6])
            .bias(1)
            .start(vec![0, 1, 0])
            .active(1, Some(8))
            .population("sum", 1, Neuron::new("if").with("reset", "zero"))
            .silent()
            .connect("in", "exc", [(1, 2, -7, 3), (0, 0, 30, 1)])
            .connect_dense("exc", "sum", [1, 0, 3], 2)
            .build()
            .unwrap();
        assert_eq!(built.graph, file.graph);
        assert_eq!((built.name, built.description, built.time_steps), (file.name, file.description, file.time_steps));
    }

    #[test]
    fn sources_take_random_spikes_and_those_of_arrays() {
        let random = RandomSpikes { rate: 0.5, steps: 8, seed: 3 };
        let raster = InputSpikes::from_raster(&[true, false], [1, 2]).unwrap();
        let built = Network::builder("inputs")
            .input("a", 2, &raster)
            .population("n", 1, lif())
            .threshold(1)
            .input("b", 3, &InputSpikes::random(random))
            .build()
            .unwrap();
        assert_eq!(built.graph.spikes(), [vec![(1, 0)], random.draw(1, 3)]);
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let raster = InputSpikes::from_raster(&[true, false], [1, 2]).unwrap();
        let error = Network::builder("bad")
            .bias(3)
            .input("in", 7, &raster)
            .source("late", 2, [(1, 0), (0, 1)])
            .population("exc", 3, Neuron::new("lif").with("dekay", 256).with("reset", "zero"))
            .threshold([1, 2])
            .population("exc", 2, Neuron::new("lfi"))
            .set("treshold", 3)
            .connect("in", "ecx", [(0, 0, 1)])
            .build()
            .unwrap_err();
        let text = error.to_string();
        for part in [
            "bad: bias: stands before the first population",
            "bad: populations[0]: 1 spike in 1 step: spikes of 2 neurons, the input \"in\" has 7",
            "bad: populations[1]: spike 1 is (0, 1); allowed: steps 1 to 16777216, neurons below 2",
            "populations[2].neuron.dekay: unknown field",
            "populations[2].neuron.decay: missing",
            "populations[2].threshold: a list of 2, expected 3 items",
            "populations[3].treshold: unknown field",
            "found \"lfi\"",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        let pair = || Network::builder("bad").population("a", 2, lif()).threshold(1);
        let error = pair()
            .connect("a", "a", [(0, 1, 1), (0, 2, 1)])
            .connect("a", "a", [(2, 1, 256)])
            .connect("a", "a", [(0, 1, 1, 0)])
            .connect("b", "a", [(0, 1, 1, 0)])
            .connect_dense("a", "a", [1, 2, 3], 1)
            .build()
            .unwrap_err();
        let allowed = "allowed: source below 2, target below 2, weight -32768 to 32767, delay 1 to 255";
        assert_eq!(
            error.to_string(),
            format!(
                "bad: projections[4]: 3 weights, expected 2 x 2\n\
                 bad: projections[0]: edge 1 is (0, 2, 1, 1); {allowed}\n\
                 bad: projections[1]: edge 0 is (2, 1, 256, 1); {allowed}\n\
                 bad: projections[2]: edge 0 is (0, 1, 1, 0); {allowed}\n\
                 bad: projections[3].from: found \"b\", allowed: a; did you mean \"a\"?"
            )
        );
        assert!(Network::builder("").build().unwrap_err().to_string().contains("populations"));
    }
}
