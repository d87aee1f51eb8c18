"""The training step: in turns with PyTorch's, the fast path with LibTorch's own operators, and this
build with another one."""

import pathlib
import shutil

from table import Row, Side, against, clean_environment, figures, in_turns

VARIANTS = {"eager": "eager", "fused": "fused Adam", "compiled": "compiled, fused Adam"}
HERE = pathlib.Path(__file__).resolve().parent


def ours(bench, threads, *options):
    return Side(bench.prefix + [str(bench.programs / "bench_training_step"), "--serve",
                                "--threads", str(threads), *options])


def pytorch(bench, variant, batch):
    place = pathlib.Path(bench.peer_root) / "opt" / "latent-bench"
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "peers" / "torch_vae.py", place)
    shutil.copy(bench.images, place / "images")
    environment = clean_environment(TORCHINDUCTOR_CACHE_DIR="/opt/latent-bench/cache")
    command = ["chroot", bench.peer_root, "env"]
    if variant == "compiled":  # without it Debian's Inductor silently builds scalar code
        command.append("LD_PRELOAD=libsleef.so.3")
    command += ["python3", "/opt/latent-bench/torch_vae.py", "--images", "/opt/latent-bench/images",
                "--serve", "--variant", variant, "--batch", str(batch),
                "--threads", str(bench.threads)]
    return Side(bench.prefix + command, environment)


def beside_pytorch(bench, batch):
    sides = [ours(bench, bench.threads, "--batch", str(batch))]
    if bench.peer_root:
        sides += [pytorch(bench, variant, batch) for variant in VARIANTS]
    versions = [side.version for side in sides]
    rates = in_turns(sides, bench.rounds, bench.seconds)
    name = f"VAE 784-512-256-20, batch {batch}"
    if not bench.peer_root:
        return [Row(name, list(rates[0]), "samples/s")]
    return [against(f"{name}, beside PyTorch, {title}", rates[0], theirs,
                    f"as fast as PyTorch {version}, {title}")
            for title, version, theirs in zip(VARIANTS.values(), versions[1:], rates[1:])]


def beside_plain(bench, network, threads):
    sides = [ours(bench, threads, "--network", network),
             ours(bench, threads, "--network", network, "--plain")]
    mine, plain = in_turns(sides, bench.rounds, bench.seconds)
    return against(f"{network} VAE, {threads} thread{'s' if threads > 1 else ''}", mine, plain,
                   "as fast as LibTorch's operators (`--plain`)")


def beside_other_build(bench, batch):
    options = ["--serve", "--threads", str(bench.threads), "--batch", str(batch)]
    sides = [ours(bench, bench.threads, "--batch", str(batch)), Side(bench.prefix + bench.other + options)]
    mine, other = in_turns(sides, bench.rounds, bench.seconds)
    return against(f"the other build, batch {batch}", other, mine, "as fast as this one")


def rows(bench):
    found = []
    for batch in (128, 256):
        found += beside_pytorch(bench, batch)
    found += figures(bench.prefix + [str(bench.programs / "bench_training_step"), "--threads",
                                     str(bench.threads)])
    for network in ("dense", "conv"):
        for threads in sorted({1, bench.threads}):
            found.append(beside_plain(bench, network, threads))
    if bench.other:
        found += [beside_other_build(bench, batch) for batch in (128, 256)]
    return found
