#!/usr/bin/env python3
"""The start of the window in turns with `import torch` and a first plot in Python.

  start.py BENCH_START [--peer-root DEBIAN-13] [--turns 9]

DEBIAN-13 is a folder as for scripts/bench, with python3-matplotlib.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import subprocess

PEER = pathlib.Path(__file__).resolve().parent / "peers" / "first_plot.py"


def run(command):
    lines = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                           stderr=subprocess.DEVNULL).stdout.splitlines()
    return json.loads(next(line for line in lines if line.startswith("{")))


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--peer-root", type=pathlib.Path)
    parser.add_argument("--turns", type=int, default=9)
    arguments = parser.parse_args()
    commands = [[arguments.program]]
    if arguments.peer_root:
        place = arguments.peer_root / "opt" / "latent-bench"
        place.mkdir(parents=True, exist_ok=True)
        shutil.copy(PEER, place)
        commands.append(["chroot", str(arguments.peer_root), "python3",
                         "/opt/latent-bench/first_plot.py"])
    times = {}
    for turn in range(arguments.turns + 1):
        for command in commands:
            for name, value in run(command).items():
                if turn > 0:  # the first one warms the page cache
                    times.setdefault(name, []).append(value)
    for name, values in times.items():
        print(f"{name:10} median {statistics.median(values):6.0f} ms "
              f"({min(values):.0f} - {max(values):.0f})")


if __name__ == "__main__":
    main()
