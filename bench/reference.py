"""Measures packaging and pip, as the wheel of pip that is the second argument carries them, on the workloads of
Anchorage.Packaging.Bench. Prints one line for each: its name and the nanoseconds of one operation (the best of several
rounds: the reference is measured at its kindest)."""

import json
import pathlib
import random
import sys
import time
import zipfile

root = pathlib.Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])

from pip._internal.index.collector import IndexContent, parse_links  # noqa: E402
from pip._vendor.packaging import metadata, specifiers, version  # noqa: E402

html = (root / "micropip/pypi_response/numpy_simple.html").read_bytes()
page = (root / "micropip/pypi_response/numpy_simple.json").read_bytes()
texts = json.loads((root / "packaging-vectors/oracle_versions.json").read_bytes())["ordered"] + json.loads(page)["versions"]
versions = [version.Version(text) for text in texts]
random.Random(1).shuffle(versions)
spec = specifiers.SpecifierSet(">=1.9, !=1.20.*, <2, ~=1.0")
with zipfile.ZipFile(root / "rip/wheels/miniblack-23.1.0-py3-none-any.whl") as wheel:
    core_metadata = wheel.read("miniblack-23.1.0.dist-info/METADATA")


def read_page(content, content_type):
    return parse_links(IndexContent(content, content_type, "utf-8", "https://index.example/simple/numpy/", cache_link_parsing=False))


cases = {
    "ParseVersions": lambda: [version.Version(text) for text in texts],
    "SortVersions": lambda: sorted(versions),
    "JudgeSpecifiers": lambda: [spec.contains(v, prereleases=True) for v in versions],
    "ReadMetadata": lambda: metadata.parse_email(core_metadata),
    "ReadJsonPage": lambda: list(read_page(page, "application/vnd.pypi.simple.v1+json")),
    "ReadHtmlPage": lambda: list(read_page(html, "text/html")),
}
for name, run in cases.items():
    best, until = float("inf"), time.perf_counter() + 1
    while time.perf_counter() < until:
        started = time.perf_counter_ns()
        run()
        best = min(best, time.perf_counter_ns() - started)
    print(name, best)
