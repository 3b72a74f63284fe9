"""Arguments drawn at random for every public function and method: likely ones by the parameter's name, and wild ones."""

import concurrent.futures
import contextlib
import copy
import inspect
import io
import math
import pickle
import random
from collections.abc import Callable

import examples
import numpy as np

import spikemesh as sm

Draw = random.Random
# The call that was made last, as a failure shows it.
_LAST: dict[str, object] = {}


def described() -> str:
    """The arguments of the last call."""
    return ", ".join(f"{key}={shortened(value)}" for key, value in _LAST.items()) or "no arguments"


def shortened(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"array({value.dtype}, {value.shape}, {'owned' if value.flags.owndata else 'view'})"
    with contextlib.suppress(Exception):
        text = repr(value)
        return text if len(text) < 200 else f"{text[:200]}… ({len(text)} characters)"
    return f"a {type(value).__name__}"


DTYPES = ["?", "u1", "i1", "i2", ">i2", "u4", "i4", "i8", "u8", "f2", "f4", ">f4", "f8", "c8", "O", "U3", "S2", "M8[s]"]
EVENTS = np.dtype([("t", "i8"), ("x", "i2"), ("y", "i2"), ("p", "i1")])
NUMBERS = [0, 1, -1, 2, 3, 7, 255, 2**31, 2**32, -(2**31), 2**63, -(2**63), 2**64, 2**70, 0.0, -0.0, 0.5, 1e-9, 1e300]
NUMBERS += [math.nan, math.inf, -math.inf, True, False, None]
TEXTS = ["", " ", "loihi", "lohi", "digits", "digits-mlp", "../x", ".", "a/b", "\0", "é", "\ud800", "x" * 5000, "%s%n"]
TEXTS += ["layers", "inferences", "units", "cores", "links", "event", "ideal", "silicon_fit", "davies2018", "core.max_neurons"]
TEXTS += ["{", "[1, 2", "NaN", "random:", "random:seed=1,neurons=0", "random:seed=-1", "random:neurons=x,cores=2"]
# What a call may take minutes without: always given, and never wild.
BOUNDS = {"samples", "threads", "epochs", "max_seconds", "cycles", "warmup", "max_events", "budget", "width", "height", "name"}
SETTINGS = ["core.max_neurons", "core.weight_bits", "mesh.width", "steps", "core.nothing", "", "core", "mesh.height"]


def number(draw: Draw) -> object:
    return draw.choice([draw.choice(NUMBERS), draw.randint(-3, 40), draw.random() * 10])


def text(draw: Draw) -> str:
    if draw.random() < 0.7:
        return draw.choice(TEXTS)
    return "".join(chr(draw.choice([draw.randrange(1, 128), draw.randrange(0xD800)])) for _ in range(draw.randrange(8)))


def array(draw: Draw) -> np.ndarray:
    """Any dtype, up to three dimensions, sometimes a view that is not contiguous."""
    shape = tuple(draw.choice([0, 1, 2, 3, 10, 64]) for _ in range(draw.randrange(4)))
    seed = draw.randrange(2**32)
    if draw.random() < 0.1:
        return events(draw)
    values = np.random.default_rng(seed).integers(-3, 4, shape)
    with np.errstate(all="ignore"):
        made = np.asarray(values).astype(draw.choice(DTYPES))
    if draw.random() < 0.2 and made.ndim > 1:
        made = made.T
    if draw.random() < 0.2 and made.ndim:
        made = made[::-1]
    if draw.random() < 0.1:
        made = made.copy()
        made.flags.writeable = False
    return made


def events(draw: Draw) -> np.ndarray:
    made = np.zeros(draw.randrange(20), EVENTS)
    for field, most in [("t", 10**6), ("x", 8), ("y", 8), ("p", 2)]:
        made[field] = [draw.randrange(-1 if draw.random() < 0.01 else 0, most) for _ in made]
    return made


def raster(draw: Draw) -> np.ndarray:
    shape = draw.randrange(1, 12), draw.choice([4, 10, 64, 64])
    return (np.random.default_rng(draw.randrange(2**32)).random(shape) < 0.2).astype(draw.choice(["?", "u1"]))


def samples_with_labels(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    count = draw.randrange(1, 4)
    random_numbers = np.random.default_rng(draw.randrange(2**32))
    x = random_numbers.random((count, draw.choice([64, 64, 64, 63]))).astype(draw.choice(["f4", "f8"]))
    y = random_numbers.integers(0, draw.choice([10, 10, 11]), count if draw.random() < 0.9 else count + 1)
    return x, y


def damaged(draw: Draw, whole: bytes) -> bytes:
    """Bytes with some of them changed, left out, doubled or cut off."""
    changed = bytearray(whole)
    for _ in range(draw.randrange(1, 4)):
        at = draw.randrange(len(changed) + 1)
        length = draw.choice([1, 1, 2, 16, 300])
        kind = draw.randrange(5)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del changed[at : at + length]
        elif kind == 2:
            changed[at:at] = changed[at : at + length]
        elif kind == 3:
            changed[at : at + length] = bytes(draw.randrange(256) for _ in range(length))
        else:
            del changed[at:]
    return bytes(changed)


class Odd:
    """An object that fails wherever it is touched."""

    def __getattr__(self, name: str) -> object:
        raise ValueError(f"no {name}")

    def __len__(self) -> int:
        raise ValueError("no length")

    def __call__(self, *_: object) -> None:
        raise ValueError("not to be called")


class Pool:
    """Sound objects, made once, which calls take as arguments and whose methods are called."""

    def __init__(self) -> None:
        self.chips = [sm.Chip("loihi"), sm.Chip("sram_mesh"), sm.Chip("odin")]
        weights = np.array([3, -2, 5, 1], dtype=np.int16)
        ring = np.arange(4)
        self.graph = sm.Network("digits-mlp").to_nir()
        self.networks = [sm.Network("digits-mlp"), sm.Network.sparse(ring, (ring + 1) % 4, weights, neurons=4)]
        self.runs = [sm.run("digits-mlp", chip="loihi", samples=2, threads=1)]
        self.runs.append(sm.run(self.networks[1], chip="loihi", spikes=np.eye(4, dtype=bool), threads=1))
        self.others = self.more()
        self.threads = concurrent.futures.ThreadPoolExecutor(1)

    def more(self) -> list[object]:
        """An object of every other class."""
        mapping = sm.map("digits-mlp", "loihi")
        traced = sm.run("digits-mlp", chip="loihi", samples=1, threads=1, trace="spikes")
        table = sm.compare("digits-mlp", chips=["loihi"], axes={"core.max_neurons": [64, 128]}, samples=1, threads=1)
        history = sm.train("digits-mlp", epochs=1, threads=1).history
        of_links = sm.noc(topology="mesh", width=2, height=2, rate=0.1, cycles=200)
        others = [mapping, mapping.traffic, table, history, of_links, traced.trace, sm.diff(self.runs[0], traced)]
        x = np.zeros((2, 64), np.float32)
        others += [sm.Samples(x, np.arange(2)), sm.validate("odin"), self.runs[0].energy_pj, traced.table("layers")]
        return [*others, self.chips[0].constants[0], sm.fit("digits-mlp", self.chips[0].set({"core.max_axons_in": 8}))[0]]

    def all(self) -> list[object]:
        return [*self.chips, *self.networks, *self.runs, *self.others]

    def wild(self, draw: Draw) -> object:
        kind = draw.randrange(12)
        if kind < 5:
            return [number, text, array, events, raster][kind](draw)
        makers: list[Callable[[], object]] = [
            lambda: draw.choice(self.all()),
            lambda: {text(draw): number(draw) for _ in range(draw.randrange(3))},
            lambda: [self.wild(draw) for _ in range(draw.randrange(3))],
            lambda: (self.wild(draw), self.wild(draw)),
            lambda: damaged(draw, text(draw).encode(errors="replace") + b"\x00{}"),
            Odd,
            lambda: draw.choice([print, int, type, ValueError, range(3), io.BytesIO(), io.StringIO(), Ellipsis]),
        ]
        return makers[kind - 5]()

    def likely(self, draw: Draw, name: str) -> object:
        """What a parameter of this name is likely to be given."""
        makers = self.for_runs(draw) | self.for_others(draw)
        return makers[name]() if name in makers else self.wild(draw)

    def for_runs(self, draw: Draw) -> dict[str, Callable[[], object]]:
        return {
            "network": lambda: draw.choice(["digits-mlp", "digits-mlp-loihi", *self.networks]),
            "architecture": lambda: "digits-mlp",
            "chip": lambda: draw.choice(["loihi", "sram_mesh", "truenorth", *self.chips]),
            "chips": lambda: draw.choice([["loihi"], ["loihi", "sram_mesh"], self.chips[:1], []]),
            "axes": lambda: draw.choice([{}, {"core.max_neurons": [64]}, {draw.choice(SETTINGS): [1, 64]}]),
            "set": lambda: {draw.choice(SETTINGS): draw.choice([1, 64, 8, number(draw)])},
            "changes": lambda: {draw.choice(SETTINGS): draw.choice([1, 64, 8, number(draw)])},
            "data": lambda: draw.choice([None, "digits", samples_with_labels(draw), events(draw)]),
            "spikes": lambda: draw.choice([raster(draw), raster(draw), events(draw)]),
            "samples": lambda: draw.randrange(4),
            "steps": lambda: draw.randrange(12),
            "epochs": lambda: draw.randrange(2),
            "threads": lambda: draw.randrange(3),
            "seed": lambda: draw.randrange(100),
            "timing": lambda: draw.choice(["event", "ideal"]),
            "calibration": lambda: draw.choice(["silicon_fit", "davies2018", text(draw)]),
            "progress": lambda: draw.choice([None, False, lambda done, of: None, Odd()]),
            "max_seconds": lambda: draw.choice([0, 0.001, 1, -1]),
            "executor": lambda: draw.choice([None, self.threads, Odd()]),
        }

    def for_others(self, draw: Draw) -> dict[str, Callable[[], object]]:
        return {
            "mapping": lambda: draw.choice([None, self.others[0], "a.json"]),
            "trace": lambda: draw.choice([None, True, "spikes", ["layer=dense2"], text(draw)]),
            "encode": lambda: draw.choice([None, "direct", "rate", text(draw)]),
            "before": lambda: draw.choice([*self.runs, "a.json"]),
            "after": lambda: draw.choice([*self.runs, "a.json"]),
            "graph": lambda: self.graph,
            "x": lambda: samples_with_labels(draw)[0],
            "y": lambda: np.arange(draw.randrange(4)),
            "events": lambda: events(draw),
            "sensor": lambda: draw.choice([(8, 8), (4, 2, 2), (0, 1), (8,)]),
            "bin_us": lambda: draw.choice([None, 1, 1000, 0]),
            "full_scale": lambda: draw.choice([None, 1, 255, 0]),
            "rate": lambda: draw.choice([0.1, [0.05, 0.2], "0.02..0.4:3", 0, 2.0, text(draw)]),
            "topology": lambda: draw.choice(["mesh", "torus", "ring", "tree", text(draw)]),
            "traffic": lambda: draw.choice(["uniform", "transpose", text(draw)]),
            "width": lambda: draw.randrange(6),
            "height": lambda: draw.randrange(6),
            "cycles": lambda: draw.randrange(300),
            "warmup": lambda: draw.randrange(50),
            "max_events": lambda: 10_000,
            "limits": lambda: draw.choice(["enforce", "report", text(draw)]),
            "name": lambda: draw.choice(["odin", "neurram", "layers", "units", "links", "loihi", "findings", text(draw)]),
            "partitioner": lambda: draw.choice(["sequential", "greedy", text(draw)]),
            "placer": lambda: draw.choice(["linear", "greedy", text(draw)]),
            "budget": lambda: draw.randrange(1000),
            "profile": lambda: draw.randrange(3),
            "columns": lambda: [],
            "folder": lambda: "f",
            "overwrite": lambda: draw.random() < 0.5,
            "out": lambda: draw.choice([None, None, "trained"]),
            "run": lambda: draw.choice(self.runs),
            "other": lambda: draw.choice(self.runs),
            "what": lambda: draw.choice(["layers", "inferences", "units", "cores", "links", text(draw)]),
            "pre": lambda: np.arange(draw.randrange(5)),
            "post": lambda: np.arange(draw.randrange(5)),
            "weight": lambda: np.ones(draw.randrange(5), draw.choice(["i2", "f4"])),
            "delay": lambda: np.ones(draw.randrange(5), "u1"),
            "neurons": lambda: draw.randrange(6),
            "path": lambda: draw.choice(["a.json", "b.html", "a", "c.npz", text(draw).replace("/", "_")]),
        }


def arguments(draw: Draw, pool: Pool, signature: inspect.Signature) -> tuple[list[object], dict[str, object]]:
    """Arguments by a signature: those that it asks for nearly always, the others now and then."""
    wildness = draw.choice([0.0, 0.0, 0.15, 0.6])
    positional: list[object] = []
    named: dict[str, object] = {}
    for name, parameter in signature.parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        needed = parameter.default is parameter.empty
        if name not in BOUNDS and draw.random() > (0.98 if needed else 0.25):
            continue
        is_wild = draw.random() < wildness and name not in BOUNDS
        value = pool.wild(draw) if is_wild else pool.likely(draw, name)
        if parameter.kind is parameter.KEYWORD_ONLY or draw.random() < 0.2 and parameter.kind is not parameter.POSITIONAL_ONLY:
            named[name] = value
        elif not named:
            positional.append(value)
    if draw.random() < 0.02:
        named[draw.choice(["nothing", "self", "chip"])] = pool.wild(draw)
    return positional, named


def called(function: Callable[..., object], pool: Pool) -> Callable[[Draw], object]:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        signature = inspect.signature(lambda a=None, b=None, c=None: None)

    def call(draw: Draw) -> object:
        positional, named = arguments(draw, pool, signature)
        _LAST.clear()
        _LAST.update({str(i): value for i, value in enumerate(positional)} | named)
        return function(*positional, **named)

    return call


def method(values: list[object], name: str, pool: Pool) -> Callable[[Draw], object]:
    """A method, or a property, of one of the objects of a class."""

    def call(draw: Draw) -> object:
        value = draw.choice(values)
        _LAST.clear()
        found = getattr(value, name)
        if not callable(found):
            return found
        return called(found, pool)(draw)

    return call


def restored(value: object) -> Callable[[Draw], object]:
    """An object made again of its own bytes, damaged: as from a pickle of another hand."""
    make, given = value.__reduce__()[:2]  # type: ignore[misc,index]

    def call(draw: Draw) -> object:
        changed = [damaged(draw, one) if isinstance(one, bytes) else one for one in given]
        changed = [damaged(draw, one.encode()).decode(errors="replace") if isinstance(one, str) else one for one in changed]
        _LAST.clear()
        _LAST.update({str(i): one for i, one in enumerate(changed)})
        return make(*changed)  # type: ignore[operator]

    return call


def file_of(value: object, read: Callable[[str], object], name: str) -> Callable[[Draw], object]:
    """A file of ours, damaged, and read again."""
    whole = value if isinstance(value, bytes) else str(value).encode()

    def call(draw: Draw) -> object:
        made = damaged(draw, whole)
        _LAST.clear()
        _LAST["file"] = made
        with open(name, "wb") as file:
            file.write(made)
        return read(name)

    return call


def targets(pool: Pool) -> dict[str, Callable[[Draw], object]]:
    """All that is called, by name."""
    found: dict[str, Callable[[Draw], object]] = {}
    for name, value in examples.public():
        if callable(value):
            found[name] = called(value, pool)
    by_class: dict[type, list[object]] = {}
    for value in pool.all():
        by_class.setdefault(type(value), []).append(value)
    special = ["__repr__", "__eq__", "__hash__", "__len__", "__getitem__", "__iter__", "_repr_html_", "__arrow_c_stream__"]
    for kind, values in by_class.items():
        names = [name for name, _ in examples.members(kind)] + [name for name in special if name in vars(kind)]
        for name in names:
            found[f"{kind.__name__}.{name}"] = method(values, name, pool)
        found[f"copy {kind.__name__}"] = lambda draw, values=values: copy.deepcopy(draw.choice(values))
        found[f"pickle {kind.__name__}"] = lambda draw, values=values: pickle.loads(pickle.dumps(draw.choice(values)))
        # The others cannot be pickled.
        if "__reduce__" in vars(kind):
            found[f"restore {kind.__name__}"] = restored(values[0])
    run = pool.runs[0]
    found["damaged run"] = file_of(run.json(), sm.load, "damaged.json")
    return found
