//! Samples that a caller has in memory.

use crate::arguments::{array_of, expected, is_events};
use crate::arrays::{vector, whole};
use crate::chip::name_or_path;
use crate::errors::to_py;
use crate::events::sensor_of;
use crate::watch::heard;
use numpy::{PyArray1, PyArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};
use spikemesh::WorkloadOptions;
use spikemesh::data::{Dataset, Split};
use spikemesh::net::input::SpikeTrains;
use spikemesh::session::GivenData;
use spikemesh::session::catalog::{self, DataOptions};
use std::sync::Arc;

/// Test samples with their labels and further properties, for which a pair of arrays is not enough.
///
/// ``x`` is an array of values (samples x inputs, or samples x channels x rows x columns), of spike trains (samples x steps x
/// inputs), or a list of recordings of events, as tonic gives them. ``y`` are their classes. ``full_scale`` is the whole number
/// that means 1.0. ``sensor`` is the width and height of the sensor of recordings, and ``bin_us`` the time of a step of them.
///
/// >>> import numpy as np
/// >>> train, validation, (x_test, y_test) = sm.dataset("digits")
/// >>> grey = np.round(16 * x_test).astype(np.uint8)
/// >>> samples = sm.Samples(grey[:50], y_test[:50], full_scale=16)
/// >>> sm.run("digits-mlp", chip="loihi", data=samples).accuracy > 0.9
/// True
///
/// >>> x = np.random.default_rng(1).random((5, 64), dtype=np.float32)
/// >>> sm.run("digits-mlp", chip="loihi", data=sm.Samples(x, np.arange(5))).predictions.shape
/// (5,)
#[pyclass(frozen, module = "spikemesh")]
pub struct Samples {
    given: Arc<GivenData>,
    bin_us: Option<u64>,
}

#[pymethods]
impl Samples {
    #[new]
    #[pyo3(signature = (x, y, *, full_scale=None, sensor=None, bin_us=None))]
    fn new(
        x: &Bound<'_, PyAny>,
        y: &Bound<'_, PyAny>,
        full_scale: Option<&Bound<'_, PyAny>>,
        sensor: Option<&Bound<'_, PyAny>>,
        bin_us: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let sensor = sensor.filter(|sensor| !sensor.is_none()).map(sensor_of).transpose()?;
        let full_scale = whole("full_scale", full_scale, 1..=255)?.map(|scale| scale as u32);
        let bin_us = whole("bin_us", bin_us, 1..=u64::from(u32::MAX))?;
        Ok(Self { given: Arc::new(GivenData { full_scale, sensor, ..given(x, y)? }), bin_us })
    }

    fn __len__(&self) -> PyResult<usize> {
        let first = || self.given.samples.first()?.named("x").dims().ok()?.first().copied();
        Ok(if self.given.recordings { self.given.samples.len() } else { first().unwrap_or(0) as usize })
    }

    fn __repr__(&self) -> PyResult<String> {
        let what = if self.given.recordings { "recordings of events" } else { "samples" };
        Ok(format!("<Samples: {} {what}>", self.__len__()?))
    }
}

/// Samples of a part of a data set and their labels.
type Part<'py> = (Bound<'py, PyAny>, Bound<'py, PyArray1<u8>>);

/// A data set by its name, such as ``"digits"``, or by the path of its folder: samples and labels to train with, to choose
/// settings with, and to test with. Values are shares of 1.0 (samples x channels x rows x columns); spike trains, into which
/// recordings are cut of ``steps`` steps, are truth values (samples x steps x inputs).
///
/// >>> train, validation, test = sm.dataset("digits")
/// >>> [x.shape for x, y in (train, validation, test)]
/// [(1197, 1, 8, 8), (200, 1, 8, 8), (400, 1, 8, 8)]
#[pyfunction]
#[pyo3(signature = (name_or_path, /, *, steps=None, bin_us=None))]
pub fn dataset<'py>(
    py: Python<'py>,
    name_or_path: &Bound<'py, PyAny>,
    steps: Option<&Bound<'py, PyAny>>,
    bin_us: Option<&Bound<'py, PyAny>>,
) -> PyResult<[Part<'py>; 3]> {
    let name = self::name_or_path("data", name_or_path)?;
    let steps = whole("steps", steps, 1..=4096)?.unwrap_or(10) as u32;
    let options = DataOptions { bin_us: whole("bin_us", bin_us, 1..=u64::from(u32::MAX))?, ..DataOptions::default() };
    let found = heard(py, || catalog::data(&name, &options, steps))?.map_err(to_py)?;
    let Dataset { train, validation, test, .. } = &found;
    Ok([part(py, &found, train)?, part(py, &found, validation)?, part(py, &found, test)?])
}

fn part<'py>(py: Python<'py>, data: &Dataset, part: &Split) -> PyResult<Part<'py>> {
    let (shape, count) = (data.shape, part.len());
    let sides = [shape.channels, shape.height, shape.width].map(|side| side as usize);
    let samples = match data.steps {
        None => {
            let scale = data.full_scale as f32;
            let values: Vec<f32> = part.pixels.iter().map(|value| f32::from(*value) / scale).collect();
            // Of sequences, all their frames.
            vector(py, values).reshape([part.frames(count), sides[0], sides[1], sides[2]])?.into_any()
        }
        Some(steps) => {
            let (inputs, steps) = (shape.neurons() as usize, steps as usize);
            let mut values = vec![false; count * steps * inputs];
            for sample in 0..count {
                let trains = SpikeTrains::new(part.sample(sample).0, inputs);
                for step in 0..steps {
                    trains.step(step).for_each(|input| values[(sample * steps + step) * inputs + input] = true);
                }
            }
            vector(py, values).reshape([count, steps, inputs])?.into_any()
        }
    };
    Ok((samples, vector(py, part.labels.clone())))
}

/// Sets the data of a run: a name or a path, a pair of samples and labels, or `Samples`.
pub(crate) fn set_data(data: Option<&Bound<'_, PyAny>>, options: &mut WorkloadOptions) -> PyResult<()> {
    let Some(data) = data.filter(|data| !data.is_none()) else { return Ok(()) };
    if data.is_instance_of::<PyString>() || data.hasattr("__fspath__")? {
        options.data = Some(name_or_path("data", data)?);
    } else if let Ok(samples) = data.cast::<Samples>() {
        options.given = Some(Arc::clone(&samples.get().given));
        options.folders.bin_us = samples.get().bin_us;
    } else if let Ok(pair) = data.cast::<PyTuple>() {
        if pair.len() != 2 {
            return Err(PyTypeError::new_err(format!("data: a tuple of {}, expected samples and labels", pair.len())));
        }
        options.given = Some(Arc::new(given(&pair.get_item(0)?, &pair.get_item(1)?)?));
    } else {
        return Err(expected("data", "a name, a path, or a pair of arrays: samples and labels", data));
    }
    Ok(())
}

fn given(x: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<GivenData> {
    let labels = array_of("labels", y)?;
    let recordings = match x.cast::<PyList>() {
        Ok(list) => list.iter().next().is_some_and(|first| is_events(&first)),
        Err(_) => x.cast::<PyTuple>().is_ok_and(|list| list.iter().next().is_some_and(|first| is_events(&first))),
    };
    let samples = match recordings {
        true => x.try_iter()?.map(|one| array_of("data", &one?)).collect::<PyResult<_>>()?,
        false if is_events(x) => {
            return Err(PyTypeError::new_err(
                "data: one recording of events, expected a list with one for each sample",
            ));
        }
        false => vec![array_of("data", x)?],
    };
    Ok(GivenData { samples, recordings, labels, ..GivenData::default() })
}
