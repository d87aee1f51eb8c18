#!/usr/bin/env python3
"""The same network in PyTorch: speed in turns with ours, and the losses it reaches.

784-512-256-L, BatchNorm + ReLU after each hidden layer (Linear without bias), Adam 1e-3; binary
cross-entropy summed over the pixels + KL, averaged over the batch. The images stay uint8 and a batch
is gathered and scaled, as ours is.

  torch_vae.py --images train-images-idx3-ubyte --serve      one line of seconds in, samples/s out
  torch_vae.py --images … --test t10k-images-idx3-ubyte --epochs 10 --train 55000
"""

import argparse
import gzip
import json
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


def read_images(path):
    opener = gzip.open if path.endswith(".gz") else open
    with opener(path, "rb") as file:
        raw = bytearray(file.read())
    count, height, width = (int.from_bytes(raw[i:i + 4], "big") for i in (4, 8, 12))
    return torch.frombuffer(raw, dtype=torch.uint8, offset=16).view(count, height * width)


def block(inputs, outputs):
    return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.ReLU()]


class Network(nn.Module):
    def __init__(self, pixels, latent, variational):
        super().__init__()
        self.variational = variational
        outputs = 2 * latent if variational else latent
        self.encoder = nn.Sequential(*block(pixels, 512), *block(512, 256),
                                     nn.Linear(256, outputs))
        self.decoder = nn.Sequential(*block(latent, 256), *block(256, 512),
                                     nn.Linear(512, pixels))

    def forward(self, x):
        """Reconstruction and KL, nats per image."""
        code = self.encoder(x)
        kl = x.new_zeros(())
        if self.variational:
            mean, log_var = code.chunk(2, dim=1)
            code = mean + torch.exp(0.5 * log_var) * torch.randn_like(mean)
            kl = 0.5 * (log_var.exp() + mean.square() - 1.0 - log_var).sum(1).mean()
        logits = self.decoder(code)
        reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
        return reconstruction, kl


class Training:
    def __init__(self, arguments, images):
        torch.manual_seed(arguments.seed)
        self.images = images
        self.batch = arguments.batch
        self.model = Network(images.shape[1], arguments.latent, arguments.model == "vae")
        self.forward = self.model
        if arguments.variant == "compiled":
            self.forward = torch.compile(self.model)
        self.adam = torch.optim.Adam(self.model.parameters(), lr=1e-3,
                                     fused=arguments.variant != "eager")
        self.order = torch.empty(0, dtype=torch.long)
        self.position = 0

    def step(self):
        if self.position + self.batch > len(self.order):
            self.order = torch.randperm(len(self.images))
            self.position = 0
        rows = self.order[self.position:self.position + self.batch]
        self.position += self.batch
        self.train_on(rows)
        return len(rows)

    def train_on(self, rows):
        x = self.images[rows].float() / 255
        self.adam.zero_grad()
        reconstruction, kl = self.forward(x)
        loss = reconstruction + kl
        loss.backward()
        self.adam.step()
        loss.item()

    def epoch(self):
        for rows in torch.randperm(len(self.images)).split(self.batch):
            self.train_on(rows)

    @torch.no_grad()
    def evaluate(self, images):
        self.model.eval()
        total = torch.zeros(2, dtype=torch.float64)
        for part in images.split(1000):
            total += torch.stack(self.model(part.float() / 255)).double() * len(part)
        self.model.train()
        return (total / len(images)).tolist()


def serve(training):
    for _ in range(50):
        training.step()
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        end = begin + float(line)
        samples = 0
        while time.perf_counter() < end:
            samples += training.step()
        print(json.dumps({"samples_per_second": samples / (time.perf_counter() - begin)}),
              flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True, help="IDX file of the training images")
    parser.add_argument("--test", help="IDX file of the test images")
    parser.add_argument("--train", type=int, default=55000, help="how many images are trained on")
    parser.add_argument("--model", choices=["vae", "ae"], default="vae")
    parser.add_argument("--latent", type=int, default=20)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--variant", choices=["eager", "fused", "compiled"], default="eager")
    parser.add_argument("--serve", action="store_true")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    images = read_images(arguments.images)
    training = Training(arguments, images[torch.randperm(len(images))[:arguments.train]])
    if arguments.serve:
        serve(training)
        return
    test = read_images(arguments.test) if arguments.test else None
    for epoch in range(1, arguments.epochs + 1):
        begin = time.perf_counter()
        training.epoch()
        line = {"epoch": epoch, "seconds": round(time.perf_counter() - begin, 2)}
        if test is not None:
            line["reconstruction"], line["kl"] = training.evaluate(test)
            line["total"] = line["reconstruction"] + line["kl"]
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
