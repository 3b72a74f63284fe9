"""Modules of PyTorch, snnTorch, Norse, Sinabs and SpikingJelly as nodes of NIR."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy

#: Time step (s) of the graphs of frameworks whose time constants are counted in steps.
_DT = 1e-4
#: Spikes that a neuron of Sinabs may have in a step.
_MANY = 255

#: By framework: the modules that can be converted.
MODULES = {
    "snntorch": ("Leaky", "Synaptic", "RLeaky", "RSynaptic"),
    "norse": ("LIFCell", "LIFBoxCell", "IAFCell", "LIBoxCell"),
    "sinabs": ("IAF", "IAFSqueeze", "LIF", "LIFSqueeze", "ExpLeak", "ExpLeakSqueeze", "SumPool2d"),
    "spikingjelly": ("IFNode", "LIFNode", "ParametricLIFNode", "CUBALIFNode"),
}
COMMON = ("Linear", "Conv1d", "Conv2d", "AvgPool2d", "Flatten", "BatchNorm1d", "BatchNorm2d")
#: Modules that hand on what they get when a model is not trained.
TRANSPARENT = ("Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout")


def array_of(value: Any) -> numpy.ndarray:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return numpy.asarray(value, dtype=numpy.float64 if isinstance(value, (int, float)) else None)


def _pair(value: Any) -> tuple[int, int]:
    return (int(value), int(value)) if isinstance(value, int) else (int(value[0]), int(value[1]))


class Unit:
    """A module that becomes a node."""

    def __init__(self, name: str, module: Any, kind: str):
        self.name, self.module, self.kind = name, module, kind
        self.sources: list[str] = []
        self.made: tuple[int, ...] = ()
        self.given: tuple[int, ...] = ()


class Modules:
    """Makes nodes of the modules of a framework, and finds the options that all neurons of a graph share."""

    def __init__(self, framework: str):
        self.framework = framework
        self.options: dict[str, Any] = {"framework": framework}
        #: What differs from the model, for the reports of all runs.
        self.notes: list[str] = []

    def nodes(self, nir: Any, unit: Unit, given: tuple[int, ...], shape: tuple[int, ...]) -> dict[str, Any]:
        if unit.kind not in MODULES[self.framework]:
            return {"": _layer(nir, unit, given)}
        convert: Callable[..., dict[str, Any]] = getattr(self, self.framework)
        return convert(nir, unit, lambda value: numpy.broadcast_to(array_of(value), shape).copy(), shape)

    def set(self, name: str, value: Any) -> None:
        """An option that all neurons of a graph share."""
        if self.options.setdefault(name, value) != value:
            other = self.options[name]
            raise ValueError(f"needs {name} = {value!r} and others {other!r}: a graph has one")

    def refuse(self, what: str) -> None:
        raise ValueError(f"{what} cannot be converted")

    def note(self, unit: Unit, what: str) -> None:
        """Something that is not as in the model: a warning here, and a note in reports."""
        text = f'module "{unit.name}": {what}'
        self.notes.append(text)
        warnings.warn(text, stacklevel=2)

    def snntorch(self, nir: Any, unit: Unit, full: Any, shape: tuple[int, ...]) -> dict[str, Any]:
        module = unit.module
        mechanism, delayed = str(module.reset_mechanism), bool(getattr(module, "reset_delay", True))
        if mechanism == "none":
            self.refuse('reset_mechanism="none"')
        for name in ("inhibition", "state_quant"):
            if getattr(module, name, False):
                self.refuse(name)
        if float(array_of(getattr(module, "graded_spikes_factor", 1.0)).max()) != 1.0:
            self.refuse("graded_spikes_factor")
        late = mechanism == "subtract" and delayed
        if mechanism == "subtract" and not delayed:
            self.note(
                unit,
                'reset_delay=False with reset_mechanism="subtract": snnTorch subtracts the threshold once more where a '
                "membrane is still above it after a reset, and neurons here do not: spikes differ after such steps",
            )
        self.set("reset", "snntorch" if late else mechanism)
        self.set("dt", _DT)
        with numpy.errstate(divide="ignore"):
            left = numpy.clip(full(module.beta), 0, 1)
            r = 1 / (1 - left)
            common = {"r": r, "v_leak": full(0.0), "v_threshold": full(module.threshold), "v_reset": full(0.0)}
            if unit.kind.endswith("Synaptic"):
                kept = 1 / (1 - numpy.clip(full(module.alpha), 0, 1))
                node = nir.CubaLIF(tau_syn=_DT * kept, tau_mem=_DT * r, w_in=kept, **common)
            else:
                node = nir.LIF(tau=_DT * r, **common)
        if not unit.kind.startswith("R"):
            return {"": node}
        if not module.all_to_all:
            vector = numpy.broadcast_to(array_of(module.recurrent.V), shape)
            return {"": node, "_back": nir.Linear(weight=numpy.diag(vector).copy())}
        if type(module.recurrent).__name__ != "Linear":
            self.refuse("recurrence by a convolution")
        return {"": node, "_back": _dense(nir, module.recurrent)}

    def norse(self, nir: Any, unit: Unit, full: Any, shape: tuple[int, ...]) -> dict[str, Any]:
        del shape
        p, dt = unit.module.p, float(getattr(unit.module, "dt", 1e-3))
        # As its exporter writes time constants: in units of its step.
        self.set("dt", float(numpy.format_float_positional(dt * dt, precision=6, fractional=False)))
        ends = {"v_threshold": full(p.v_th), "v_reset": full(p.v_reset)} if hasattr(p, "v_th") else {}
        if unit.kind == "IAFCell":
            return {"": nir.IF(r=full(1.0), **ends)}
        common = {"r": full(1.0), "v_leak": full(p.v_leak), **ends}
        tau = dt / full(p.tau_mem_inv)
        if unit.kind == "LIFCell":
            return {"": nir.CubaLIF(tau_mem=tau, tau_syn=dt / full(p.tau_syn_inv), **common)}
        return {"": (nir.LI if unit.kind == "LIBoxCell" else nir.LIF)(tau=tau, **common)}

    def sinabs(self, nir: Any, unit: Unit, full: Any, shape: tuple[int, ...]) -> dict[str, Any]:
        del shape
        module, kind = unit.module, unit.kind.removesuffix("Squeeze")
        if kind == "SumPool2d":
            size = _pair(module.kernel_size)
            stride = size if module.stride is None else _pair(module.stride)
            return {"": nir.SumPool2d(numpy.array(size), numpy.array(stride), numpy.array((0, 0)))}
        if getattr(module, "min_v_mem", None) is not None:
            self.note(unit, "its lowest potential (min_v_mem) is left out")
        if getattr(module, "tau_syn", None) is not None:
            self.refuse("tau_syn")
        if kind != "IAF":
            self.set("lif_input", "defined" if module.norm_input else "impulse")
            left = module.alpha_mem if module.train_alphas else None
            tau = full(module.tau_mem) if left is None else -1 / numpy.log(full(left))
        if kind == "ExpLeak":
            return {"": nir.LI(tau=tau, r=full(1.0), v_leak=full(0.0))}
        self.set("max_spikes", 1 if "SingleSpike" in repr(module.spike_fn) else _MANY)
        reset = module.reset_fn
        if type(reset).__name__ == "MembraneReset":
            self.set("reset", "zero")
        elif getattr(reset, "subtract_value", None) is None:
            self.set("reset", "subtract")
        else:
            self.refuse("a subtract_value")
        ends = {"r": full(1.0), "v_threshold": full(module.spike_threshold)}
        ends["v_reset"] = full(getattr(reset, "reset_value", 0.0))
        return {"": nir.IF(**ends) if kind == "IAF" else nir.LIF(tau=tau, v_leak=full(0.0), **ends)}

    def spikingjelly(self, nir: Any, unit: Unit, full: Any, shape: tuple[int, ...]) -> dict[str, Any]:
        del shape
        module = unit.module
        soft = module.v_reset is None
        rest = 0.0 if soft else float(module.v_reset)
        self.set("reset", "subtract" if soft else "zero")
        self.set("dt", _DT)
        ends = {"v_threshold": full(module.v_threshold), "v_reset": full(rest)}
        if unit.kind == "IFNode":
            return {"": nir.IF(r=full(1 / _DT), **ends)}
        if unit.kind == "CUBALIFNode":
            syn, mem = 1 / (1 - module.c_decay), 1 / (1 - module.v_decay)
            more = {"tau_syn": full(_DT * syn), "tau_mem": full(_DT * mem), "r": full(mem), "w_in": full(syn)}
            return {"": nir.CubaLIF(v_leak=full(0.0), **more, **ends)}
        tau = float(module.tau) if unit.kind == "LIFNode" else 1 / float(module.w.sigmoid().item())
        r = full(1.0 if module.decay_input else tau)
        return {"": nir.LIF(tau=full(tau * _DT), r=r, v_leak=full(rest), **ends)}


def _dense(nir: Any, module: Any) -> Any:
    weight = array_of(module.weight)
    return nir.Linear(weight) if module.bias is None else nir.Affine(weight, array_of(module.bias))


def _layer(nir: Any, unit: Unit, given: tuple[int, ...]) -> Any:
    module = unit.module
    if unit.kind == "Linear":
        return _dense(nir, module)
    if unit.kind == "Flatten":
        return nir.Flatten(numpy.array(given), 0, -1)
    if unit.kind == "AvgPool2d":
        if module.ceil_mode or module.divisor_override is not None:
            raise ValueError("ceil_mode and divisor_override cannot be converted")
        size = _pair(module.kernel_size)
        stride = size if module.stride is None else _pair(module.stride)
        return nir.AvgPool2d(numpy.array(size), numpy.array(stride), numpy.array(_pair(module.padding)))
    if getattr(module, "padding_mode", "zeros") != "zeros":
        raise ValueError("padding_mode cannot be converted")
    weight = array_of(module.weight)
    bias = numpy.zeros(len(weight), numpy.float32) if module.bias is None else array_of(module.bias)
    if unit.kind == "Conv1d":
        padding = module.padding if isinstance(module.padding, str) else module.padding[0]
        return nir.Conv1d(given[-1], weight, module.stride[0], padding, module.dilation[0], module.groups, bias)
    return nir.Conv2d(given[-2:], weight, module.stride, module.padding, module.dilation, module.groups, bias)
