"""Asks the reference implementation (`packaging`, as pip carries it) what it thinks of each case.

Reads one case a line as JSON from stdin and writes one verdict a line to stdout. The wheel of pip that holds
`packaging` is the first argument. A verdict of null means: refused. {"fault": ...} means: the reference itself failed.
"""

import base64
import json
import sys

sys.path.insert(0, sys.argv[1])

from pip._vendor.packaging import licenses, markers, metadata, requirements, specifiers, utils, version  # noqa: E402


def judge_version(case):
    try:
        v = version.Version(case["text"])
    except version.InvalidVersion:
        return None
    return {
        "text": str(v),
        "canonical": utils.canonicalize_version(v),
        "public": v.public,
        "base": v.base_version,
        "local": v.local,
        "pre": v.is_prerelease,
        "post": v.is_postrelease,
        "dev": v.is_devrelease,
    }


def judge_order(case):
    left, right = version.Version(case["left"]), version.Version(case["right"])
    return (left > right) - (left < right)


def judge_specifiers(case):
    try:
        s = specifiers.SpecifierSet(case["specifiers"])
    except specifiers.InvalidSpecifier:
        return None
    text = case["version"]
    verdict = {"text": str(s), "asks": bool(s.prereleases), "spelled": s.contains(text, prereleases=True)}
    try:
        v = version.Version(text)
    except version.InvalidVersion:
        return verdict
    verdict["contains"] = [s.contains(v, prereleases=p) for p in (True, False, None)]
    return verdict


def judge_name(case):
    try:
        return utils.canonicalize_name(case["text"], validate=True)
    except utils.InvalidName:
        return None


def judge_wheel(case):
    try:
        name, v, build, tags = utils.parse_wheel_filename(case["text"])
    except utils.InvalidWheelFilename:
        return None
    return {"name": name, "version": str(v), "build": [str(part).lstrip("0") for part in build[:1]] + list(build[1:]), "tags": sorted(str(tag) for tag in tags)}


def judge_sdist(case):
    try:
        name, v = utils.parse_sdist_filename(case["text"])
    except utils.InvalidSdistFilename:
        return None
    return {"name": name, "version": str(v)}


def judge_metadata(case):
    content = base64.b64decode(case["content"])
    raw, unparsed = metadata.parse_email(content)
    try:
        metadata.Metadata.from_email(content)
        faults = []
    except metadata.ExceptionGroup as group:
        faults = sorted({fault.field.lower() for fault in group.exceptions})
    # What cannot be told in JSON (a payload of bytes that are no text) is a fault anyway.
    unparsed = {name: [v for v in values if isinstance(v, str)] for name, values in unparsed.items()}
    return {"raw": raw, "unparsed": unparsed, "faults": faults}


def marker_text(marker):
    # The reference normalises the value of an extra in some places of a marker and not in others.
    return None if "extra" in str(marker) else str(marker)


def judge_marker(case):
    try:
        marker = markers.Marker(case["text"])
    except markers.InvalidMarker:
        return None

    def holds(environment):
        try:
            return marker.evaluate(environment)
        except (markers.UndefinedComparison, version.InvalidVersion):
            return "undefined"

    return {"text": marker_text(marker), "holds": [holds(environment) for environment in case["environments"]]}


def judge_requirement(case):
    try:
        r = requirements.Requirement(case["text"])
    except requirements.InvalidRequirement:
        return None
    return {
        "name": r.name,
        "extras": sorted({utils.canonicalize_name(extra) for extra in r.extras}),
        "specifier": ",".join(sorted(str(r.specifier).split(","))),
        "url": r.url,
        "marker": marker_text(r.marker) if r.marker else None,
    }


def judge_license(case):
    try:
        return licenses.canonicalize_license_expression(case["text"])
    except licenses.InvalidLicenseExpression:
        return None


judges = {name[6:]: judge for name, judge in globals().items() if name.startswith("judge_")}
for line in sys.stdin.buffer:
    case = json.loads(line)
    try:
        verdict = judges[case["kind"]](case)
    except Exception as fault:  # The case is hostile: whatever the reference does with it is worth knowing.
        verdict = {"fault": type(fault).__name__}
    sys.stdout.write(json.dumps(verdict) + "\n")
