#!/usr/bin/env python3
"""How the cost of an epoch and the memory grow with the pictures, the code's length and the widths.

  scaling.py BENCH_EPOCH [--svg FILE] [--threads 2] [--most 1000000]

Runs `bench_epoch` once for each point, in its own process, prints a table and draws it. The figures
of a row are divided by what should be proportional to them: pictures, weights times pictures.
"""

import argparse
import json
import math
import subprocess

WIDTHS = ["128,64", "256,128", "512,256", "1024,512", "2048,1024"]
LATENTS = [2, 8, 32, 128, 512]
IMAGES = [10_000, 30_000, 100_000, 300_000, 1_000_000]


def measure(arguments, **options):
    command = [arguments.program, "--threads", str(arguments.threads)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def panel(x, title, unit, points, value, proportional=False):
    """One log-log plot as SVG: measured points, and the line of what is proportional, dashed."""
    width, height, left, bottom = 230, 190, 46, 34
    xs = [math.log10(point[0]) for point in points]
    ys = [math.log10(value(point[1])) for point in points]
    low_x, high_x = min(xs), max(xs)
    low_y, high_y = math.floor(min(ys)), math.ceil(max(ys) + 1e-9)

    def place(a, b):
        return (x + left + (width - left - 10) * (a - low_x) / (high_x - low_x),
                24 + (height - 24 - bottom) * (1 - (b - low_y) / (high_y - low_y)))

    parts = [f'<text x="{x + left}" y="14" class="title">{title}</text>']
    for decade in range(low_y, high_y + 1):
        _, y = place(low_x, decade)
        parts.append(f'<line x1="{x + left}" y1="{y:.1f}" x2="{x + width - 10}" y2="{y:.1f}" '
                     'class="grid"/>'
                     f'<text x="{x + left - 4}" y="{y + 3:.1f}" text-anchor="end">'
                     f'{10.0 ** decade:g}</text>')
    for point, a in zip(points, xs):
        at, _ = place(a, low_y)
        label = f"{point[0] / 1e6:.3g}M" if point[0] >= 1e6 else (
            f"{point[0] / 1e3:.3g}k" if point[0] >= 1000 else f"{point[0]:g}")
        parts.append(f'<text x="{at:.1f}" y="{height - bottom + 14}" text-anchor="middle">'
                     f'{label}</text>')
    if proportional:
        # Slope 1 through the last point, as far as the plot goes.
        begin = max(low_x, xs[-1] - (ys[-1] - low_y))
        x1, y1 = place(begin, ys[-1] - (xs[-1] - begin))
        x2, y2 = place(xs[-1], ys[-1])
        parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="ideal"/>')
    where = [place(a, b) for a, b in zip(xs, ys)]
    parts.append('<polyline class="measured" points="'
                 + " ".join(f"{a:.1f},{b:.1f}" for a, b in where) + '"/>')
    parts += [f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in where]
    parts.append(f'<text x="{x + left}" y="{height - 4}">{unit}</text>')
    return "\n".join(parts)


def draw(path, images, latents, widths):
    panels = [
        panel(0, "Seconds an epoch", "pictures (dashed: proportional)",
              [(r["images"], r) for r in images], lambda r: r["seconds"], proportional=True),
        panel(240, "Resident memory, MiB", "pictures", [(r["images"], r) for r in images],
              lambda r: r["resident_mib"]),
        panel(480, "Seconds, 10 000 pictures", "length of the code",
              [(r["latent"], r) for r in latents], lambda r: r["seconds"]),
        panel(720, "Seconds, 10 000 pictures", "weights, 128-64 … 2048-1024",
              [(r["weights"], r) for r in widths], lambda r: r["seconds"], proportional=True),
    ]
    style = ("text{font:10px sans-serif;fill:#444}.title{font-size:12px;fill:#111}"
             ".grid{stroke:#ddd}.ideal{stroke:#999;stroke-dasharray:4 3}"
             ".measured{fill:none;stroke:#2463a8;stroke-width:2}circle{fill:#2463a8}")
    with open(path, "w", encoding="utf-8") as file:
        file.write('<svg xmlns="http://www.w3.org/2000/svg" width="960" height="190" '
                   f'viewBox="0 0 960 190"><style>{style}</style>'
                   '<rect width="960" height="190" fill="white"/>\n' + "\n".join(panels)
                   + "\n</svg>\n")


def table(rows):
    print("| pictures | code | weights | s an epoch | µs a picture | ns a picture and 1000 weights "
          "| processor s | MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        each = row["seconds"] / row["images"]
        print(f"| {row['images']} | {row['latent']} | {row['weights']} | {row['seconds']:.2f} "
              f"| {1e6 * each:.1f} | {1e12 * each / row['weights']:.1f} "
              f"| {row['processor_seconds']:.2f} | {row['resident_mib']:.0f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--svg", help="draws the plots into this file")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--most", type=int, default=IMAGES[-1], help="pictures")
    arguments = parser.parse_args()
    images = [measure(arguments, images=n) for n in IMAGES if n <= arguments.most]
    latents = [measure(arguments, latent=n) for n in LATENTS]
    widths = [measure(arguments, widths=w) for w in WIDTHS]
    table(images + latents + widths)
    if arguments.svg:
        draw(arguments.svg, images, latents, widths)


if __name__ == "__main__":
    main()
