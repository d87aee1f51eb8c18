"""How the cost of an epoch and the memory grow with the pictures, the code's length and the widths.

`bench_epoch` runs once for each point, in its own process. A ratio of 1 says: proportional.
"""

import json
import math
import subprocess

from table import Row, clean_environment

WIDTHS = ["128,64", "256,128", "512,256", "1024,512", "2048,1024"]
LATENTS = [2, 8, 32, 128, 512]
IMAGES = [10_000, 30_000, 100_000, 300_000, 1_000_000]


def measure(bench, **options):
    command = bench.prefix + [str(bench.programs / "bench_epoch"), "--threads", str(bench.threads)]
    for name, value in options.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE,
                          env=clean_environment())
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


def row(what, point, beside, ratio):
    return Row(what, [point["seconds"]], "s", beside, [ratio])


def rows(bench):
    images = [measure(bench, images=n) for n in IMAGES]
    latents = [measure(bench, latent=n) for n in LATENTS]
    widths = [measure(bench, widths=w) for w in WIDTHS]
    if bench.svg:
        draw(bench.svg, images, latents, widths)

    def growth(point, first, by):
        return point["seconds"] / first["seconds"] / (point[by] / first[by])

    found = [row(f"an epoch of {r['images']} pictures", r,
                 f"as long for a picture as with {IMAGES[0]}", growth(r, images[0], "images"))
             for r in images]
    found.append(Row(f"resident with {images[-1]['images']} pictures",
                     [images[-1]["resident_mib"]], "MiB", f"as much as with {IMAGES[0]}",
                     [images[-1]["resident_mib"] / images[0]["resident_mib"]]))
    found += [row(f"an epoch of 10 000 with a code of {r['latent']}", r,
                  f"as long for a weight as with a code of {LATENTS[0]}",
                  growth(r, latents[0], "weights")) for r in latents]
    found += [row(f"an epoch of 10 000 with {r['weights']} weights", r,
                  f"as long for a weight as with {widths[0]['weights']}",
                  growth(r, widths[0], "weights")) for r in widths]
    return found
