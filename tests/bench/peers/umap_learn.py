#!/usr/bin/env python3
"""UMAP in turns with umap-learn (Debian 12: umap-learn, without recommendations) on the first 20
principal components of MNIST: seconds, processor seconds, trustworthiness of 15 neighbours, and the
ratios of neighbouring turns.

    umap_learn.py BENCH_UMAP MNIST_FOLDER [--turns 3] [--all] [--seeded]

--all takes all 70 000 images instead of the 10 000 of the test part, --seeded gives umap-learn a
seed too, which Latent Studio always has."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy as np

warnings.filterwarnings("ignore")


def images(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return np.frombuffer(file.read(), dtype=np.uint8, offset=16).reshape(-1, 784) / 255.0


def principal(pixels, count):
    centred = pixels - pixels.mean(0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return np.ascontiguousarray((centred @ vectors[:, ::-1][:, :count]).astype(np.float32))


def figures(*command):
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    return {line.split()[0]: float(line.split()[1]) for line in lines if line and line[0] != "{"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("mnist")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seeded", action="store_true")
    options = parser.parse_args()
    pixels = images(options.mnist, "t10k-images-idx3-ubyte")
    if options.all:
        pixels = np.concatenate([images(options.mnist, "train-images-idx3-ubyte"), pixels])
    codes = principal(pixels, 20)

    begin = time.time()
    import umap
    umap.UMAP(n_epochs=11).fit(codes[:4200])  # compiles both searches and the layout
    print(f"umap-learn {umap.__version__}: imported and compiled in {time.time() - begin:.0f} s")
    seed = {"random_state": 1} if options.seeded else {}

    with tempfile.TemporaryDirectory() as folder:
        file, places = os.path.join(folder, "codes"), os.path.join(folder, "places")
        codes.tofile(file)
        print("| what | seconds | processor seconds | trustworthiness | faster by |")
        print("| --- | --- | --- | --- | --- |")
        ratios, work, taken = [], [], []
        for turn in range(options.turns):
            ours = figures(options.bench, file, "--dim", "20")
            wall, processor = time.time(), time.process_time()
            made = umap.UMAP(n_neighbors=15, min_dist=0.1, **seed).fit_transform(codes)
            wall, processor = time.time() - wall, time.process_time() - processor
            made.astype(np.float32).tofile(places)
            trust = figures(options.bench, file, "--dim", "20", "--places", places)
            taken.append(ours["seconds"])
            ratios.append(wall / ours["seconds"])
            work.append(processor / ours["processor"])
            print(f"| Latent Studio | {ours['seconds']:.2f} | {ours['processor']:.2f} "
                  f"| {ours['trustworthiness']:.4f} | |", flush=True)
            print(f"| umap-learn | {wall:.2f} | {processor:.2f} | {trust['trustworthiness']:.4f} "
                  f"| {ratios[-1]:.1f}× ({work[-1]:.1f}× less work) |", flush=True)
        if "LATENT_BENCH_FIGURES" in os.environ:
            for seconds, ratio in zip(taken, ratios):
                print(json.dumps({"figure": f"UMAP of {len(codes)} codes of 20, MNIST's PCA",
                                  "value": seconds, "unit": "s", "times": ratio,
                                  "beside": f"as fast as umap-learn {umap.__version__}"}))
        print(f"{len(codes)} codes: faster by {statistics.median(ratios):.1f}× "
              f"({min(ratios):.1f} – {max(ratios):.1f}), {statistics.median(work):.1f}× less work")


if __name__ == "__main__":
    main()
