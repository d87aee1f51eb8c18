#!/usr/bin/env python3
"""Kills a small bake-off again and again, and looks whether its table is none the worse.

Once undisturbed, then once more into another folder with `kill -9` at random moments, the same
command started again each time, until the kills are used up; the last start runs to its end. All
figures but times, and every picture, must be the same bit for bit. Takes some minutes.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time

TIMES = {"training_seconds", "samples_per_second"}


def figures(folder):
    """Each result's figures, what is missing and the ROC, without times."""
    results = json.loads((folder / "results.json").read_text())["results"]
    for result in results:
        for name in TIMES:
            result["figures"].pop(name, None)
    return results


def pictures(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "pictures").iterdir())}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("latent", type=pathlib.Path, help="the headless program")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the moments")
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as scratch:
        whole, cut = pathlib.Path(scratch, "whole"), pathlib.Path(scratch, "cut")

        def command(folder):
            return [arguments.latent, "bakeoff", "--data", "mnist-10k", "--models",
                    "stacked-ae,vae,vq-vae,gan", "--seeds", "2", "--epochs", str(arguments.epochs),
                    "--latent", "8", "--widths", "128,64", "--threads", "1", "--out", folder]

        begun = time.monotonic()
        subprocess.run(command(whole), check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - begun
        print(f"undisturbed: {seconds:.1f} s", flush=True)

        moments = random.Random(arguments.seed)
        for kill in range(1, arguments.kills + 1):
            patience = moments.uniform(0.05, 4.0 * seconds / arguments.kills)
            process = subprocess.Popen(command(cut), stdout=subprocess.DEVNULL)
            try:
                process.wait(timeout=patience)
                print(f"kill {kill}: had come to its end before {patience:.2f} s", flush=True)
                if process.returncode != 0:
                    sys.exit(f"killed_bakeoff: ended with {process.returncode} instead.")
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                done = len(list((cut / "results").glob("*.json"))) if cut.exists() else 0
                print(f"kill {kill}: after {patience:.2f} s, {done} results there", flush=True)
        subprocess.run(command(cut), check=True, stdout=subprocess.DEVNULL)

        if figures(cut) != figures(whole):
            sys.exit("killed_bakeoff: the table is another one.")
        if pictures(cut) != pictures(whole):
            sys.exit("killed_bakeoff: a picture is another one.")
        print(f"{len(figures(whole))} rows and {len(pictures(whole))} pictures are the same.")


if __name__ == "__main__":
    main()
