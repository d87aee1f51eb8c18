"""What the benchmarks share: how programs are run and measured in turns, and the one table."""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

# What each figure was meant to reach, by its name: the bound, on the value or on the ratio beside it.
GOALS = {
    "VAE 784-512-256-20, batch 128, beside PyTorch, eager": ("ratio", ">=", 2.5),
    "VAE 784-512-256-20, batch 128, beside PyTorch, fused Adam": ("ratio", ">=", 1.8),
    "VAE 784-512-256-20, batch 128, beside PyTorch, compiled, fused Adam": ("ratio", ">=", 1.3),
    "VAE 784-512-256-20, batch 256, beside PyTorch, eager": ("ratio", ">=", 2.0),
    "VAE 784-512-256-20, batch 256, beside PyTorch, fused Adam": ("ratio", ">=", 1.6),
    "VAE 784-512-256-20, batch 256, beside PyTorch, compiled, fused Adam": ("ratio", ">=", 1.25),
    "products of a step, over the whole step": ("ratio", ">=", 0.85),
    "training while the mouse moves in the map": ("ratio", ">=", 0.85),
    "mouse move to painted picture while a VAE trains, p99": ("value", "<=", 8.0),
    "stalls of the window's thread while a VAE trains, p99.9": ("value", "<=", 33.0),
    "start: window painted and answering": ("ratio", ">=", 10.0),
    "map of 70000 points, idle, panned": ("value", "<=", 4.0),
    "map of 70000 points, while a VAE trains, panned": ("value", "<=", 4.0),
    "map of 1000000 points, idle, panned": ("value", "<=", 16.0),
    "map of 1000000 points, while a VAE trains, panned": ("value", "<=", 16.0),
    "deep AE beside the other run": ("ratio", ">=", 0.8),
    "VAE beside the other run": ("ratio", ">=", 0.8),
    "100 epochs on mnist: resident memory": ("value", "<=", 600.0),
    "bake-off of nine systems, 60 epochs, MNIST": ("value", "<=", 20.0),
    "the other build, batch 128": ("ratio", ">=", 0.9),
    "the other build, batch 256": ("ratio", ">=", 0.9),
}


@dataclass
class Row:
    """A figure measured once or several times, each time perhaps beside another one."""

    what: str
    values: list
    unit: str
    beside: str = ""  # read after the ratio: "as fast as QCustomPlot's scatter"
    ratios: list = field(default_factory=list)

    def reaches(self):
        """Whether the goal is reached; None where there is none or nothing to hold against it."""
        on, sign, bound = GOALS.get(self.what, ("value", ">=", None))
        measured = self.values if on == "value" else self.ratios
        if bound is None or not measured:
            return None
        middle = statistics.median(measured)
        return middle >= bound if sign == ">=" else middle <= bound


def digits(value):
    """Three that count, and no exponent."""
    if value == 0:
        return "0"
    places = max(0, 2 - int(f"{abs(value):e}".split("e")[1]))
    return f"{value:.{places}f}"


def spread(values, suffix=""):
    text = digits(statistics.median(values)) + suffix
    if len(values) > 1:
        text += f" ({digits(min(values))} – {digits(max(values))})"
    return text


def goal(row):
    reached = row.reaches()
    if reached is None:
        return ""
    on, sign, bound = GOALS[row.what]
    text = f"{'≥' if sign == '>=' else '≤'} {bound:g}{'×' if on == 'ratio' else ''}"
    return text if reached else text + ", **missed**"


HEAD = "| what | median (range) | unit | beside | goal |\n| --- | ---: | --- | --- | --- |"


def line(row):
    beside = f"{spread(row.ratios, '×')} {row.beside}" if row.ratios else ""
    return f"| {row.what} | {spread(row.values)} | {row.unit} | {beside} | {goal(row)} |"


def clean_environment(**more):
    """Nobody's libraries are tuned by hand: each side decides for itself."""
    tuned = ("OMP_", "GOMP_", "KMP_", "MKL_", "OPENBLAS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(tuned)}
    return {**kept, **more}


def figures(command, rounds=1):
    """Runs a program so many times; the rows of the figures that it prints, in their order."""
    rows = {}
    for _ in range(rounds):
        done = subprocess.run(command, env=clean_environment(LATENT_BENCH_FIGURES="1"), text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{done.stderr}bench: {' '.join(map(str, command))} ended with "
                     f"{done.returncode}.")
        for line in done.stdout.splitlines():
            if not line.startswith('{"figure"'):
                continue
            found = json.loads(line)
            row = rows.setdefault(found["figure"], Row(found["figure"], [], found["unit"]))
            row.values.append(found["value"])
            if "beside" in found:
                row.beside = found["beside"]
                row.ratios.append(found["times"])
    return list(rows.values())


class Side:
    """A program that trains for as long as the line says, and answers with its rate."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        env=environment or clean_environment(), text=True)
        self.version = json.loads(self.answer())["ready"]

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {' '.join(map(str, self.process.args))} ended before it answered.")
        return line

    def rate(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return json.loads(self.answer())["samples_per_second"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def in_turns(sides, rounds, seconds):
    """samples/s of each side, so many turns of so many seconds after one to warm."""
    for side in sides:
        side.rate(seconds)
    rates = [[side.rate(seconds) for side in sides] for _ in range(rounds)]
    for side in sides:
        side.close()
    return list(zip(*rates))


def against(what, ours, theirs, beside, unit="samples/s"):
    return Row(what, list(ours), unit, beside, [a / b for a, b in zip(ours, theirs)])
