//! Mappings, and what they cost.

use crate::arrays::{Array, vector};
use crate::chip::Chip;
use crate::errors::Violation;
use crate::map_options::AskedOptions;
use crate::methods::{frame_by_name, made_by, report_methods, text_methods, value_class};
use crate::network::Network;
use crate::saved::{report_text, write};
use crate::show::preformatted;
use crate::tables::Table;
use crate::words::in_python;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use spikemesh::files::FileKind;
use spikemesh::report::{MappingTraffic, with_making};
use spikemesh::session::Mapped;
use std::path::PathBuf;

/// The site of an input, which is on no core.
const NO_SITE: i32 = -1;

value_class! {
    /// What the packets of a mapping cost on the network on chip, with the spikes that neurons were counted with.
    ///
    /// >>> sm.map("digits-mlp", "loihi").traffic.packets
    /// 192
    struct Traffic {
        /// Cores in use.
        cores: u32,
        /// Packets, those of the host included.
        packets: u64,
        /// Hops.
        hops: u64,
        /// Energy of the hops (pJ); None where it is not published.
        energy_pj: Option<f64>,
        /// The link that carries most, and its packets; None where no packet takes a link.
        busiest_link: Option<(String, u64)>,
        /// Lower bound of the hops of any placement of the same cores; None where it was not computed.
        least_hops: Option<u64>,
    }
}

impl Traffic {
    fn of(of: &MappingTraffic) -> Self {
        let MappingTraffic { cores, packets, hops, energy_pj, busiest, least_hops, links: _ } = of.clone();
        Self { cores, packets, hops, energy_pj, busiest_link: busiest, least_hops }
    }
}

#[pymethods]
impl Traffic {
    fn __repr__(&self) -> String {
        let Self { cores, packets, hops, .. } = self;
        format!("<Traffic: {packets} packets between {cores} cores, {hops} hops>")
    }
}

/// A network on a chip: which neuron is on which core, and what its packets cost. ``run(..., mapping=it)`` uses it.
///
/// >>> mapping = sm.map("digits-mlp", "loihi")
/// >>> mapping.cores, mapping.core_of.shape
/// (3, (202,))
#[pyclass(frozen, module = "spikemesh")]
pub struct Mapping {
    pub(crate) mapped: Mapped,
    pub(crate) notes: Vec<String>,
    /// What it is a mapping of, and how it was found.
    pub(crate) of: MappedFrom,
}

/// What a mapping is made of again: a pickle has these, and the cores of the neurons.
pub(crate) struct MappedFrom {
    pub(crate) network: Network,
    pub(crate) chip: Py<Chip>,
    pub(crate) options: AskedOptions,
    /// Whether it was searched, and not given.
    pub(crate) searched: bool,
}

impl Mapping {
    /// The mapping as the text of its file.
    pub(crate) fn file(&self) -> String {
        report_text(&self.mapped.file())
    }

    fn report(&self) -> serde_json::Value {
        with_making(&self.mapped.json(), &self.mapped.digests, "spikemesh.map")
    }

    fn in_lines(&self, width: u16) -> String {
        in_python(&self.mapped.text(width.max(20)))
    }
}

report_methods!(Mapping);
text_methods!(Mapping, width: 80, lines: 8);
frame_by_name!(Mapping, "cores");

#[pymethods]
impl Mapping {
    /// Name of the network.
    #[getter]
    fn network(&self) -> &str {
        &self.mapped.network
    }

    /// Name of the chip.
    #[getter]
    fn chip(&self) -> &str {
        self.mapped.chip.name()
    }

    /// The core of each neuron, by its number on the chip, in the order of the network's neurons; -1 of inputs. Neurons
    /// that were copied have the core of their first copy.
    #[getter]
    fn core_of<'py>(&self, py: Python<'py>) -> Array<'py, i32> {
        let sites = self.mapped.sites().into_iter();
        vector(py, sites.map(|site| site.and_then(|site| i32::try_from(site).ok()).unwrap_or(NO_SITE)).collect()).into()
    }

    /// Number of cores in use.
    #[getter]
    fn cores(&self) -> usize {
        self.mapped.arranged.mapping.cores.len()
    }

    /// What its packets cost, with one spike of each neuron, or those of the samples of ``profile``.
    #[getter]
    fn traffic(&self) -> Traffic {
        Traffic::of(&self.mapped.summary.traffic)
    }

    /// The same of the network in its own order, on cores in the chip's order; None where the mapping is that one.
    #[getter]
    fn before(&self) -> Option<Traffic> {
        self.mapped.summary.before.as_ref().map(Traffic::of)
    }

    /// How neurons were put together on cores, as in "sequential".
    #[getter]
    fn partitioner(&self) -> &'static str {
        self.mapped.summary.partitioner
    }

    /// How cores were placed, as in "linear".
    #[getter]
    fn placer(&self) -> &'static str {
        self.mapped.arranged.mapping.placer.name()
    }

    /// The table "cores", "layers" or "links".
    #[pyo3(signature = (name="cores"))]
    fn table(&self, name: &str) -> PyResult<Table> {
        Ok(Table::new(match name {
            "cores" => self.mapped.summary.core_table(&self.mapped.arranged),
            "layers" => self.mapped.summary.layer_table(),
            "links" => self.mapped.summary.traffic.link_table(&self.mapped.chip),
            other => return Err(PyKeyError::new_err(spikemesh::text::unknown(other, &["cores", "layers", "links"]))),
        }))
    }

    /// Broken limits, with ``limits="report"``.
    #[getter]
    fn violations(&self) -> Vec<Violation> {
        self.mapped.arranged.mapping.violations.iter().map(Violation::of).collect()
    }

    /// Changes that would save cores: (change, cores with it).
    #[getter]
    fn savings(&self) -> Vec<(String, u64)> {
        self.mapped.summary.savings.iter().map(|saving| (in_python(&saving.change), saving.cores as u64)).collect()
    }

    /// Notes for the reader.
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.notes.iter().chain(&self.mapped.summary.notes).cloned().collect()
    }

    /// Whether the search was ended early, by Ctrl-C.
    #[getter]
    fn interrupted(&self) -> bool {
        self.mapped.interrupted
    }

    /// The report as text.
    #[pyo3(signature = (*, width=80))]
    fn text(&self, width: u16) -> String {
        self.in_lines(width)
    }

    /// The report as a self-contained page.
    fn html(&self) -> String {
        in_python(&self.mapped.html())
    }

    /// Writes the mapping as "spikemesh map --save" does, for ``mapping=`` here and "--mapping" there. It replaces no
    /// file unless overwrite is True.
    #[pyo3(signature = (path, *, overwrite=false))]
    fn save(&self, path: PathBuf, overwrite: bool) -> PyResult<()> {
        write(&path, self.file().as_bytes(), FileKind::Input { what: "a mapping" }, overwrite)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let MappedFrom { network, chip, options, searched } = &self.of;
        let (network, chip) = (Bound::new(py, network.clone())?, chip.bind(py).clone());
        let how = (*searched, self.mapped.interrupted);
        made_by(py, "_mapping_of", (network, chip, options.clone(), self.file(), how, self.notes.clone()))
    }

    /// Equal mappings have the same report, and put the same neurons on the same cores.
    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let same = |other: &Self| self.report() == other.report() && self.file() == other.file();
        other.cast::<Self>().is_ok_and(|other| same(other.get()))
    }

    fn _repr_html_(&self) -> String {
        preformatted(&self.in_lines(100))
    }
}
