"""Sections of the table whose figures the programs print themselves, and what is held against them."""

import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import time

from table import Row, Side, clean_environment, figures

HERE = pathlib.Path(__file__).resolve().parent


def program(bench, name, *arguments):
    return bench.prefix + [str(bench.programs / name), *map(str, arguments)]


def decode(bench):
    return figures(program(bench, "bench_decode_one"), bench.rounds)


def window(bench):
    """The answer to the mouse, and what training keeps meanwhile of one thread without a window."""
    side = Side(program(bench, "bench_training_step", "--serve", "--threads", 1))
    side.rate(bench.seconds)
    alone = side.rate(3 * bench.seconds)
    found = figures(program(bench, "bench_window_response", 16, bench.data))
    alone = (alone + side.rate(3 * bench.seconds)) / 2.0
    side.close()
    for row in found:
        if row.what == "training while the mouse moves in the map":
            row.beside = "as fast as one thread without a window"
            row.ratios = [value / alone for value in row.values]
    return found


def runs(bench):
    return figures(program(bench, "bench_two_runs", 3, 3, bench.data))


def map_frame(bench):
    return figures(program(bench, "bench_map_frame", "--frames", 150))


def explore(bench):
    return figures(program(bench, "bench_explore", "--points", 70000))


def history(bench):
    return figures(program(bench, "bench_history", 100, bench.data))


def umap(bench):
    """In turns with umap-learn where this Python has it (Debian 12: umap-learn)."""
    own = str(bench.programs / "bench_umap")
    if bench.images and importlib.util.find_spec("umap"):
        return figures(bench.prefix + [sys.executable, str(HERE / "peers" / "umap_learn.py"), own,
                                       str(pathlib.Path(bench.images).parent)])
    return figures(program(bench, "bench_umap", "--made", 10000, "--no-trust"), bench.rounds)


def bakeoff(bench):
    with tempfile.TemporaryDirectory() as folder:
        command = bench.prefix + [str(bench.programs.parent / "bin" / "latent"), "bakeoff", "--data",
                                  bench.data, "--models", "all", "--seeds", "1", "--epochs", "60",
                                  "--tasks", "none", "--out", folder]
        begin = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       env=clean_environment())
        minutes = (time.monotonic() - begin) / 60.0
    name = "MNIST" if bench.data == "mnist" else bench.data
    return [Row(f"bake-off of nine systems, 60 epochs, {name}", [minutes], "min")]
