"""The start of the window in turns with `import torch` and a first plot in Python."""

import json
import pathlib
import shutil
import subprocess

from table import Row, clean_environment

PEER = pathlib.Path(__file__).resolve().parent / "peers" / "first_plot.py"


def milliseconds(command):
    lines = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL, env=clean_environment()).stdout.splitlines()
    return json.loads(next(line for line in lines if line.startswith("{")))


def rows(bench):
    commands = [[str(bench.programs / "bench_start")]]
    if bench.peer_root:
        place = pathlib.Path(bench.peer_root) / "opt" / "latent-bench"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEER, place)
        commands.append(["chroot", bench.peer_root, "python3", "/opt/latent-bench/first_plot.py"])
    times = {}
    for turn in range(bench.rounds + 1):
        for command in commands:
            for name, value in milliseconds(command).items():
                if turn > 0:  # the first one warms the page cache
                    times.setdefault(name, []).append(value)
    window = Row("start: window painted and answering", times["window_ms"], "ms")
    if bench.peer_root:
        window.beside = "as soon as Python's first plot"
        window.ratios = [b / a for a, b in zip(times["window_ms"], times["plot_ms"])]
    return [window, Row("start: engine loaded", times["engine_ms"], "ms")]
