#!/usr/bin/env python3
"""What a user of Python waits for before the first picture: PyTorch imported, a plot drawn.

Prints one line of JSON: milliseconds from the start of the process to `import torch` done, and to a
scatter plot of 5000 points rendered by matplotlib.
"""

import json
import os
import time


def since_start():
    with open("/proc/self/stat", encoding="ascii") as file:
        began = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return 1e3 * (time.clock_gettime(time.CLOCK_BOOTTIME) - began)


import torch  # noqa: E402  (its time is the measurement)

imported = since_start()

import matplotlib  # noqa: E402

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

points = torch.randn(5000, 2)
figure, axes = pyplot.subplots()
axes.scatter(points[:, 0], points[:, 1], s=2)
figure.canvas.draw()
print(json.dumps({"import_ms": round(imported), "plot_ms": round(since_start())}))
