"""Measures packaging and pip, as the wheel of pip that is the second argument carries them, on the workloads of
Anchorage.Packaging.Bench. Prints one line for each: its name and the nanoseconds of one operation (the best of several
rounds: the reference is measured at its kindest). Pages are written as an index in Python at its quickest would: json.dumps
of what is there already, and text put together without a template engine."""

import html
import json
import pathlib
import random
import sys
import time
import zipfile

root = pathlib.Path(sys.argv[1])
sys.path.insert(0, sys.argv[2])

from pip._internal.index.collector import IndexContent, parse_links  # noqa: E402
from pip._vendor.packaging import markers, metadata, requirements, specifiers, utils, version  # noqa: E402

html_page = (root / "micropip/pypi_response/numpy_simple.html").read_bytes()
page = (root / "micropip/pypi_response/numpy_simple.json").read_bytes()
texts = json.loads((root / "packaging-vectors/oracle_versions.json").read_bytes())["ordered"] + json.loads(page)["versions"]
versions = [version.Version(text) for text in texts]
random.Random(1).shuffle(versions)
spec = specifiers.SpecifierSet(">=1.9, !=1.20.*, <2, ~=1.0")
written = json.loads(page)
wheels = [file["filename"] for file in written["files"] if file["filename"].endswith(".whl")]
oracle = json.loads((root / "artifact-oracle.json").read_bytes())
requirement_texts = [
    text for artifact in oracle for text in artifact.get("metadata", {}).get("requires_dist", []) if not text.startswith("invalid-")
]
marker_texts = [text.split(";", 1)[1].strip() for text in requirement_texts if ";" in text]
parsed_markers = [markers.Marker(text) for text in marker_texts]
environment = {**markers.default_environment(), "extra": "test"}


def read_metadata(wheel, member):
    with zipfile.ZipFile(root / wheel) as archive:
        return archive.read(member)


# The largest of the shared data, and the one with the most fields. Read as Metadata-Version 2.4 the largest is valid, which
# spares the reference an exception.
core_metadata = read_metadata("rip/wheels/miniblack-23.1.0-py3-none-any.whl", "miniblack-23.1.0.dist-info/METADATA")
valid_metadata = core_metadata.replace(b"Metadata-Version: 2.1", b"Metadata-Version: 2.4")
many_fields = read_metadata("virtualenv-embed/setuptools-83.0.0-py3-none-any.whl", "setuptools-83.0.0.dist-info/METADATA")


def read_page(content, content_type):
    return parse_links(IndexContent(content, content_type, "utf-8", "https://index.example/simple/numpy/", cache_link_parsing=False))


def write_link(file):
    parts = [f'<a href="{html.escape(file["url"])}#sha256={file["hashes"]["sha256"]}"']
    if file["requires-python"]:
        parts.append(f' data-requires-python="{html.escape(file["requires-python"])}"')
    if file["yanked"]:
        parts.append(f' data-yanked="{html.escape("" if file["yanked"] is True else file["yanked"])}"')
    if core := file["core-metadata"]:
        digest = "true" if core is True else f"sha256={core['sha256']}"
        parts.append(f' data-dist-info-metadata="{digest}" data-core-metadata="{digest}"')
    parts.append(f">{html.escape(file['filename'])}</a><br />\n")
    return "".join(parts)


def write_html():
    links = "".join([write_link(file) for file in written["files"]])
    return f"<!DOCTYPE html>\n<html><head><title>Links for numpy</title></head><body>\n{links}</body></html>\n".encode()


cases = {
    "ParseVersions": lambda: [version.Version(text) for text in texts],
    "CompareVersions": lambda: [left < right for left, right in zip(versions, versions[1:])],
    "SortVersions": lambda: sorted(versions),
    "JudgeSpecifiers": lambda: [spec.contains(v, prereleases=True) for v in versions],
    "ParseRequirements": lambda: [requirements.Requirement(text) for text in requirement_texts],
    "ParseMarkers": lambda: [markers.Marker(text) for text in marker_texts],
    "EvaluateMarkers": lambda: [marker.evaluate(environment) for marker in parsed_markers],
    "ParseWheelNames": lambda: [utils.parse_wheel_filename(name) for name in wheels],
    "ReadMetadata": lambda: metadata.parse_email(core_metadata),
    "CheckMetadata": lambda: metadata.Metadata.from_email(valid_metadata),
    "CheckManyFields": lambda: metadata.Metadata.from_email(many_fields),
    "ReadJsonPage": lambda: list(read_page(page, "application/vnd.pypi.simple.v1+json")),
    "ReadHtmlPage": lambda: list(read_page(html_page, "text/html")),
    "WriteJsonPage": lambda: json.dumps(written, separators=(",", ":")).encode(),
    "WriteHtmlPage": write_html,
}
for name, run in cases.items():
    best, until = float("inf"), time.perf_counter() + 1
    while time.perf_counter() < until:
        started = time.perf_counter_ns()
        run()
        best = min(best, time.perf_counter_ns() - started)
    print(name, best)
