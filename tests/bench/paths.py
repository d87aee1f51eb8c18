#!/usr/bin/env python3
"""The fast path in turns with LibTorch's own operators (`--plain`), dense and convolutional.

  paths.py BENCH_TRAINING_STEP [--networks dense conv] [--threads 1 2] [--batch 128] [--turns 7]
           [--seconds 0.6] [--prefix 'chrt -r 10']
"""

import argparse
import json
import statistics
import subprocess


class Side:
    def __init__(self, command):
        self.process = subprocess.Popen(command + ["--serve"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()

    def rate(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())["samples_per_second"]

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--networks", nargs="+", default=["dense", "conv"])
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--turns", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6)
    parser.add_argument("--prefix", type=str.split, default=[])
    arguments = parser.parse_args()
    print("| network | threads | fast path, samples/s | `--plain` | faster by (median, range) |")
    print("| --- | --- | --- | --- | --- |")
    for network in arguments.networks:
        for threads in arguments.threads:
            command = arguments.prefix + [arguments.program, "--network", network, "--threads",
                                          str(threads), "--batch", str(arguments.batch)]
            fast, plain = Side(command), Side(command + ["--plain"])
            pairs = [(fast.rate(arguments.seconds), plain.rate(arguments.seconds))
                     for _ in range(arguments.turns + 1)][1:]
            ratios = [a / b for a, b in pairs]
            print(f"| {network} | {threads} | {statistics.median(a for a, _ in pairs):.0f} "
                  f"| {statistics.median(b for _, b in pairs):.0f} "
                  f"| {statistics.median(ratios):.2f}× ({min(ratios):.2f} – {max(ratios):.2f}) |",
                  flush=True)
            fast.close()
            plain.close()


if __name__ == "__main__":
    main()
