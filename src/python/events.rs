//! Recordings of events, and spikes of inputs.

use crate::arguments::{array_of, expected, is_events, pair};
use crate::arrays::{Array, rows, whole};
use crate::errors::{to_py, wrong};
use numpy::{PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use spikemesh::data::EventGrid;
use spikemesh::net::spikes::RandomSpikes;
use spikemesh::{InputSpikes, Stimulus};

/// Spikes of a recording of events, such as one of tonic: an array of records with the fields x, y, t (us) and p. Its time
/// is cut into ``steps`` of ``bin_us`` each, or of equal time; ``sensor`` is its width and height, and a third number as in
/// tonic's ``sensor_size`` is allowed. Gives truth values of steps x inputs: first OFF, row by row, then ON.
///
/// >>> import numpy as np
/// >>> events = np.array([(0, 0, 0, 1), (2, 1, 500, 0)], dtype=[("x", "<i2"), ("y", "<i2"), ("t", "<i8"), ("p", "<i8")])
/// >>> spikes = sm.raster(events, sensor=(3, 2), steps=4)
/// >>> spikes.shape, np.argwhere(spikes).tolist()
/// ((4, 12), [[0, 6], [3, 5]])
///
/// >>> events = np.array([(0, 1, 0, 1), (900, 2, 1, 0)], dtype=[("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")])
/// >>> sm.raster(events, sensor=(4, 2), steps=2).shape
/// (2, 16)
#[pyfunction]
#[pyo3(signature = (events, *, sensor, steps, bin_us=None))]
pub fn raster<'py>(
    py: Python<'py>,
    events: &Bound<'py, PyAny>,
    sensor: &Bound<'py, PyAny>,
    steps: &Bound<'py, PyAny>,
    bin_us: Option<&Bound<'py, PyAny>>,
) -> PyResult<Array<'py, bool>> {
    let steps = whole("steps", Some(steps), 1..=1 << 20)?.unwrap_or(1) as u32;
    let bin_us = whole("bin_us", bin_us, 1..=u64::from(u32::MAX))?;
    let how = EventGrid { sensor: sensor_of(sensor)?, steps, bin_us };
    let array = array_of("events", events)?;
    let spikes = py.detach(|| InputSpikes::from_recording(array.named("events"), how));
    let spikes = spikes.map_err(|error| to_py(error.into()))?;
    let neurons = spikes.neurons().unwrap_or(0);
    let train = spikes.train(0, ("events", neurons)).map_err(|error| wrong("events", error))?;
    let mut values = vec![false; steps as usize * neurons as usize];
    for (step, neuron) in train {
        values[(step as usize - 1) * neurons as usize + neuron as usize] = true;
    }
    rows(py, values, steps as usize).map(Array::from)
}

/// Width and height of a sensor; tonic adds the number of polarities.
pub(crate) fn sensor_of(value: &Bound<'_, PyAny>) -> PyResult<[u32; 2]> {
    match value.extract::<(u32, u32, u32)>() {
        Ok((width, height, 2)) => Ok([width, height]),
        _ => pair("sensor", value),
    }
}

/// Spikes for the inputs of a network: a raster, a text, or a dictionary of those by the names of inputs.
pub(crate) fn stimulus_of(value: &Bound<'_, PyAny>) -> PyResult<Stimulus> {
    let Ok(by_name) = value.cast::<PyDict>() else { return Ok(spikes_of("spikes", value)?.into()) };
    let mut stimulus = Stimulus::default();
    for (name, spikes) in by_name {
        let name: String = name.extract().map_err(|_| PyTypeError::new_err("spikes: a name of an input is a text"))?;
        stimulus = stimulus.with(name.clone(), spikes_of(&format!("spikes[{name:?}]"), &spikes)?);
    }
    Ok(stimulus)
}

fn spikes_of(name: &str, value: &Bound<'_, PyAny>) -> PyResult<InputSpikes> {
    if value.is_instance_of::<PyString>() || value.hasattr("__fspath__")? {
        let text: String = value.py().import("os")?.call_method1("fspath", (value,))?.extract()?;
        return match RandomSpikes::parse(&text) {
            Some(random) => random.map(InputSpikes::random).map_err(|why| wrong(name, why)),
            None => InputSpikes::from_file(text.as_ref()).map_err(|error| to_py(error.into())),
        };
    }
    if is_events(value) {
        return Err(wrong(
            name,
            "a recording of events; spikemesh.raster(events, sensor=(width, height), steps=...) cuts it into steps",
        ));
    }
    if let Some(spikes) = plain(name, value)? {
        return Ok(spikes);
    }
    if value.hasattr("__array__")? || value.hasattr("__len__")? {
        let array = array_of(name, value)?;
        let read = InputSpikes::from_array(array.named(name));
        return read.map_err(|error| to_py(error.into()));
    }
    Err(expected(name, "an array of steps x inputs, or a text such as \"random:rate=0.1,steps=100\"", value))
}

/// Spikes of an array of truth values or bytes, which is read where it is.
fn plain(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Option<InputSpikes>> {
    let bytes = value.py().import("numpy")?;
    let is_truth = value.extract::<PyReadonlyArrayDyn<'_, bool>>().is_ok();
    let view = match is_truth {
        true => value.call_method1("view", (bytes.getattr("uint8")?,))?,
        false => value.clone(),
    };
    let Ok(array) = view.extract::<PyReadonlyArrayDyn<'_, u8>>() else { return Ok(None) };
    let shape = array.shape().to_vec();
    let Ok(values) = array.as_slice() else { return Ok(None) };
    if !array.is_c_contiguous() || shape.len() < 2 || values.is_empty() {
        return Ok(None);
    }
    let sides = [shape[0], shape[1..].iter().product()];
    InputSpikes::from_bytes(values, sides).map(Some).map_err(|error| wrong(name, error))
}
