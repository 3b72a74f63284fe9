"""Networks of snnTorch, Norse, Sinabs and SpikingJelly as NIR graphs.

A model is run once on a sample, and what its modules do with their inputs gives the edges: a model may be a sequence,
or any class whose `forward` passes values from module to module, in a loop over time too. No framework is imported
that the model does not use already.

The graphs are those that the frameworks' own exporters write, node by node (tests/python/frameworks compares them), for
more models: scalar parameters, batch normalisation, models that are no sequence. One thing differs: what exporters leave
out of a file is known here, from the modules themselves, and given to the import as options.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy

from ._spikemesh import Network
from .modules import COMMON, MODULES, TRANSPARENT, Modules, Unit, array_of

__all__ = ["ModelError", "from_torch"]

#: Classes of which neurons are: those that are not converted themselves are no containers either.
_NEURONS = {
    "snntorch": ("SpikingNeuron",),
    "norse": ("SNN", "SNNCell", "SNNRecurrent", "SNNRecurrentCell"),
    "sinabs": ("StatefulLayer",),
    "spikingjelly": ("BaseNode",),
}
_ADVICE = {
    "MaxPool2d": "pool by averages: AvgPool2d",
    "Lapicque": "Leaky",
    "ReLU": "neurons of the framework",
    "LIFRecurrentCell": "LIFCell",
    "ALIF": "LIF",
}


class ModelError(ValueError):
    """A model cannot be converted: ``problems`` has a pair of a module's path and a message for each problem.

    >>> error = sm.ModelError([("0.1", "a module of the kind ReLU, which cannot be converted")])
    >>> print(error)
    0.1: a module of the kind ReLU, which cannot be converted
    """

    def __init__(self, problems: Sequence[tuple[str, str]]):
        self.problems = list(problems)
        super().__init__("\n".join(f"{path}: {message}" if path else message for path, message in self.problems))

    def __reduce__(self) -> tuple[type[ModelError], tuple[list[tuple[str, str]]]]:
        return type(self), (self.problems,)


def from_torch(
    model: Any,
    sample: Any = None,
    *,
    sample_shape: Sequence[int] | None = None,
    name: str | None = None,
    bits: tuple[int, int] = (8, 24),
    steps: int | None = None,
    strict: bool = False,
    spikes: Any = None,
    dt: float | None = None,
    integrator: str | None = None,
    reset: str | None = None,
    fires: str | None = None,
    max_spikes: int | None = None,
    if_input: str | None = None,
    lif_input: str | None = None,
    cuba_input: str | None = None,
) -> Network:
    """A trained model of snnTorch, Norse, SpikingJelly or Sinabs as a network.

    ``sample`` is an input as the model takes it in one call, with its batch; only its shape matters. ``sample_shape`` is the
    shape of one sample without batch and time, instead. The model is run on it once, and is not changed.

    ``bits`` are those of weights and of membranes. ``spikes`` (a raster of steps and inputs, or a text such as
    ``"random:rate=0.1,steps=100"``) are those on which ``Network.deviation`` compares the integers with the model, and for
    which membranes have room. The other options are those of ``Network.from_nir``; they are known from the model, and only
    have to be given where it should be read in another way.

    Raises ``ModelError``, with all modules that cannot be converted by their paths.
    """
    if (sample is None) == (sample_shape is None):
        raise TypeError("give a sample, or sample_shape, the shape of one without batch and time")
    framework = framework_of(model)
    if sample is None:
        sample = _sample_of(model, framework, sample_shape)
    trace = _Trace(model, framework, sample)
    graph, options = trace.graph()
    asked = {
        "dt": dt,
        "integrator": integrator,
        "reset": reset,
        "fires": fires,
        "max_spikes": max_spikes,
        "if_input": if_input,
        "lif_input": lif_input,
        "cuba_input": cuba_input,
    }
    options |= {key: value for key, value in asked.items() if value is not None}
    name = type(model).__name__.lower() if name is None else name
    notes = trace.modules.notes
    return Network.from_nir(
        graph, name=name, bits=bits, steps=steps, strict=strict, spikes=spikes, notes=notes, **options
    )


def _sample_of(model: Any, framework: str, shape: Any) -> Any:
    """A sample of that shape, with a batch of one, and with time where the model takes it at once."""
    shape = tuple(int(side) for side in shape)
    if not shape or min(shape) < 1:
        raise ValueError(f"sample_shape: found {shape}, expected sides of at least 1")
    ahead: tuple[int, ...] = (1,)
    modules = [module for module in model.modules() if _kind(module, framework) is not None]
    if framework == "sinabs":
        steps = max((int(getattr(module, "num_timesteps", None) or 1) for module in modules), default=1)
        squeezed = any(type(module).__name__.endswith("Squeeze") for module in modules)
        ahead = (steps,) if squeezed else (1, steps)
    elif framework == "spikingjelly" and any(getattr(module, "step_mode", "s") == "m" for module in modules):
        ahead = (1, 1)
    return sys.modules["torch"].zeros(*ahead, *shape)


def framework_of(model: Any) -> str:
    """The framework whose neurons a model has: "snntorch", "norse", "sinabs" or "spikingjelly"."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        raise TypeError(f"found {type(model).__name__}, expected a torch.nn.Module")
    found = sorted({name for module in model.modules() if (name := _origin(module)) is not None})
    if len(found) == 1:
        return found[0]
    known = ", ".join(MODULES)
    if found:
        raise ModelError([("", f"the model has modules of {' and of '.join(found)}, expected those of one of {known}")])
    raise ModelError([("", f"the model has no spiking neurons of {known}")])


def graph_of(model: Any, sample: Any) -> tuple[Any, dict[str, Any]]:
    """The NIR graph of a model, and the options of `Network.from_nir` with which it means the same.

    `sample` is an input as the model takes it, with its batch dimension (and its steps where a module takes those at
    once): only its shape matters. The model is run on it once; its states are as before afterwards.
    """
    framework = framework_of(model)
    return _Trace(model, framework, sample).graph()


def _origin(module: Any) -> str | None:
    for kind in type(module).__mro__:
        top = kind.__module__.partition(".")[0]
        # Containers and PyTorch's own layers under other names are no neurons.
        if top in MODULES and kind.__name__ in MODULES[top] + _NEURONS[top]:
            return top
    return None


def _kind(module: Any, framework: str) -> str | None:
    """The name by which a module is converted; subclasses that change it are not."""
    kind = type(module)
    top = kind.__module__.partition(".")[0]
    if top == framework and kind.__name__ in MODULES[framework]:
        return kind.__name__
    if top in ("torch", framework) and kind.__name__ in COMMON + TRANSPARENT:
        return kind.__name__
    return None


class _Trace:
    """What a model does with a sample."""

    def __init__(self, model: Any, framework: str, sample: Any):
        self.torch: Any = sys.modules["torch"]
        self.framework, self.model = framework, model
        self.sample = sample if isinstance(sample, self.torch.Tensor) else self.torch.as_tensor(numpy.asarray(sample))
        if not self.sample.is_floating_point():
            self.sample = self.sample.to(self.torch.float32)
        self.given = self.sample.clone().requires_grad_(False)
        self.units: dict[int, Unit] = {}
        self.order: list[Unit] = []
        self.made: dict[tuple[int, int, int], str] = {}
        # What is alive is not overwritten by other values.
        self.alive: list[Any] = []
        self.modules = Modules(framework)
        self.problems: list[tuple[str, str]] = []
        self.find(model, "")
        # What a model does whose modules are not known says nothing.
        self.check()
        self.run()
        self.check()

    def check(self) -> None:
        if self.problems:
            raise ModelError(list(dict.fromkeys(self.problems)))

    def find(self, module: Any, name: str) -> None:
        kind = _kind(module, self.framework)
        if kind in TRANSPARENT:
            return
        if kind is not None:
            self.units[id(module)] = Unit(name or "module", module, kind)
            return
        children = list(module.named_children())
        if not children or _origin(module) is not None:
            own = type(module).__name__
            if own in MODULES[self.framework] + COMMON:
                own = f"{own}, defined in {type(module).__module__}"
            advice = f"; use {_ADVICE[own]}" if own in _ADVICE else ""
            known = ", ".join(MODULES[self.framework] + COMMON)
            message = f"a module of the kind {own}, which cannot be converted{advice}; known: {known}"
            self.problems.append((name or "module", message))
            return
        for child, inner in children:
            self.find(inner, f"{name}.{child}" if name else child)

    def run(self) -> None:
        modules = list(self.model.modules())
        kept = [(module, dict(module.__dict__), dict(module._buffers), module.training) for module in modules]
        memories = [(module, dict(module._memories)) for module in modules if hasattr(module, "_memories")]
        hooks = [unit.module.register_forward_hook(self.note) for unit in self.units.values()]
        try:
            self.model.eval()
            if self.framework == "spikingjelly":
                for module in modules:
                    if hasattr(module, "_memories"):
                        module.reset()
            with self.torch.no_grad():
                self.alive.append(self.model(self.given))
        except (RuntimeError, TypeError, IndexError) as error:
            shape = tuple(self.sample.shape)
            raise ModelError([("", f"the model does not take a sample of shape {shape}: {error}")]) from error
        finally:
            for hook in hooks:
                hook.remove()
            for module, own, buffers, training in kept:
                module.__dict__.update(own)
                module._buffers.clear()
                module._buffers.update(buffers)
                module.training = training
            for module, memory in memories:
                module._memories.clear()
                module._memories.update(memory)
        if not self.order:
            self.problems.append(("", "none of the model's modules was called with the sample"))

    def note(self, module: Any, given: tuple[Any, ...], made: Any) -> None:
        unit, value = self.units[id(module)], given[0]
        source = self.made.get(_key(value))
        if source is None and (self.is_sample(value) or not self.order or unit is self.order[0]):
            source = "input"
        if source is None:
            message = (
                "its input comes from no module: something in `forward` changes or adds values, and only modules are converted. "
                "A weight or a scale belongs into a Linear or Conv, a change of shape into Flatten. For a sum, as in a residual "
                "block, write the graph by hand, as a nir.NIRGraph for Network.from_nir: edges into one of its nodes add up"
            )
            self.problems.append((unit.name, message))
            source = "input" if not self.order else self.order[-1].name
        if unit not in self.order:
            self.order.append(unit)
            unit.given = tuple(value.shape)
        if source not in unit.sources:
            unit.sources.append(source)
        output = made[0] if isinstance(made, tuple) else made
        unit.made = tuple(output.shape)
        self.alive += [value, made]
        self.made[_key(output)] = unit.name

    def is_sample(self, value: Any) -> bool:
        """Whether a value is the sample, or a step of it."""
        return bool(value.untyped_storage().data_ptr() == self.given.untyped_storage().data_ptr())

    def graph(self) -> tuple[Any, dict[str, Any]]:
        import nir

        nodes: dict[str, Any] = {}
        edges: list[tuple[str, str]] = []
        others: list[tuple[str, str]] = []
        shapes: dict[str, tuple[int, ...]] = {}
        ends: dict[str, str] = {}
        first = self.order[0]
        shapes["input"] = _features(first, None)
        nodes["input"] = nir.Input(input_type=numpy.array(shapes["input"]))
        ends["input"] = "input"
        named = {unit.name: unit for unit in self.order}
        used = {source for unit in self.order for source in unit.sources}
        for unit in self.order:
            before = unit.sources[0]
            name = _safe(unit.name)
            if unit.kind.startswith("BatchNorm"):
                with self.about(unit):
                    self.fold(unit, named, nodes, ends)
                shapes[unit.name], ends[unit.name] = shapes[before], ends[before]
                continue
            shape, source = shapes[before], ends[before]
            if unit.kind == "Linear" and len(shape) > 1:
                nodes[f"{name}_flatten"] = nir.Flatten(numpy.array(shape), 0, -1)
                edges.append((source, f"{name}_flatten"))
                source, shape = f"{name}_flatten", (int(numpy.prod(shape)),)
            shapes[unit.name] = _features(unit, shape)
            made: dict[str, Any] = {}
            with self.about(unit):
                made = self.modules.nodes(nir, unit, shape, shapes[unit.name])
            nodes |= {f"{name}{end}": node for end, node in made.items()}
            if "_back" in made:
                edges += [(name, f"{name}_back"), (f"{name}_back", name)]
            ends[unit.name] = name
            edges += [(source, name)]
            # Some come back from modules that follow.
            others += [(other, name) for other in unit.sources[1:]]
        self.check()
        edges += [(ends[other], name) for other, name in others]
        last = [unit.name for unit in self.order if unit.name not in used]
        for index, end in enumerate(last):
            name = "output" if len(last) == 1 else f"output_{index}"
            nodes[name] = nir.Output(output_type=numpy.array(shapes[end]))
            edges.append((ends[end], name))
        return nir.NIRGraph(nodes=nodes, edges=edges, type_check=False), self.modules.options

    @contextmanager
    def about(self, unit: Unit) -> Iterator[None]:
        """Collects what is wrong with a unit, so that all is said at once."""
        try:
            yield
        except (ValueError, AttributeError, TypeError) as error:
            self.problems.append((unit.name, f"{unit.kind}: {error}"))

    def fold(self, unit: Unit, named: dict[str, Unit], nodes: dict[str, Any], ends: dict[str, str]) -> None:
        """Takes a normalisation into the weights before it."""
        import nir

        before, norm = named.get(unit.sources[0]), unit.module
        others = [one for one in self.order if unit.sources[0] in one.sources and one is not unit]
        if before is None or before.kind not in ("Linear", "Conv1d", "Conv2d") or others:
            raise ValueError("follows no Linear or Conv of which it is the only reader")
        node = nodes.get(ends[before.name])
        if node is None:
            return
        scale = 1 / numpy.sqrt(array_of(norm.running_var) + norm.eps)
        if norm.affine:
            scale = scale * array_of(norm.weight)
        bias = (array_of(getattr(node, "bias", 0.0)) - array_of(norm.running_mean)) * scale
        if norm.affine:
            bias = bias + array_of(norm.bias)
        weight = array_of(node.weight)
        weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
        if before.kind == "Linear":
            nodes[ends[before.name]] = nir.Affine(weight, bias)
        else:
            node.weight, node.bias = weight, bias

def _key(value: Any) -> tuple[int, int, int]:
    """The memory of a value: views of it have the same."""
    return value.untyped_storage().data_ptr(), value.storage_offset(), value.numel()


def _safe(name: str) -> str:
    return name.replace(".", "_") if not name[:1].isdigit() else "n" + name.replace(".", "_")


def _features(unit: Unit, given: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape of what a unit gives (of what it gets, if nothing is known before it), without batch and time."""
    sides = {"Linear": 1, "Conv1d": 2, "Conv2d": 3, "AvgPool2d": 3, "SumPool2d": 3}.get(unit.kind)
    if given is None:
        return unit.given[-sides:] if sides else unit.given[1:]
    if sides:
        return unit.made[-sides:]
    return (int(numpy.prod(given)),) if unit.kind == "Flatten" else given
