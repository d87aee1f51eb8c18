#!/usr/bin/env python3
"""Runs exported networks in Python and compares them with what `latent` computes.

  latent encode RUN --posterior --out codes.npz
  latent export RUN --decoder decoder.pt --encoder encoder.pt
  load_torch_script.py decoder.pt encoder.pt codes.npz DATA_FOLDER

DATA_FOLDER holds MNIST's t10k-images-idx3-ubyte.gz, in whose order the codes are.
"""
import gzip
import sys

import numpy
import torch


def main() -> int:
    decoder_path, encoder_path, codes_path, folder = sys.argv[1:]
    codes = numpy.load(codes_path)
    with gzip.open(f"{folder}/t10k-images-idx3-ubyte.gz") as file:
        images = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 1, 28, 28)
    x = torch.tensor(images[codes["index"]]).float() / 255
    with torch.inference_mode():
        mean, log_var = torch.jit.load(encoder_path)(x)
        pixels = torch.jit.load(decoder_path)(torch.tensor(codes["z"]))
    print(f"torch {torch.__version__}, {len(x)} images")
    worst = max(
        (mean - torch.tensor(codes["z"])).abs().max().item(),
        (log_var - torch.tensor(codes["log_var"])).abs().max().item(),
    )
    print(f"largest difference of a code or log-variance: {worst:.2e}")
    loss = torch.nn.functional.binary_cross_entropy(pixels, x, reduction="sum") / len(x)
    print(f"reconstruction at the mean: {loss.item():.3f} nats per image")
    return 0 if worst < 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
