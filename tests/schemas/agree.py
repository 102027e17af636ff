#!/usr/bin/env python3
"""Do the schemas of config/schema judge documents as `musubi check` does?

    agree.py MUSUBI CONFIG_FOLDER

Every example, and a document with every key, must be good for both. From these each key is made
wrong in every way that its schema knows: another type, beyond its bounds, at its bounds, left out,
misspelt. What is wrong must be wrong for both, at that place; what is right must be right for both.
What a schema cannot say, contradictions between values, is left out of the comparison.
"""
import copy
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema

KINDS = {
    "config": ["config.json"],
    "hwConfig": ["hwConfig.json"],
    "policy": ["policy.json"],
    "scenario": ["scenario.json"],
    "community": ["community.json", "village.json"],
}
# A value where bounds, enum and default type do not give one.
TEXTS = {
    "timeZone": "+09:00",
    "from": "2025-07-01T00:00:00+09:00",
    "to": "2025-07-02T00:00",
    "id": "E001",
}
# Wrong texts by key, beyond those of the wrong type.
WRONG_TEXTS = {
    "timeZone": ["Europe/Berlin", "+09:10", "+15:00", "9", "+14:15"],
    "from": ["yesterday", "2025-07-01", "2025-07-01T00:00+9"],
    "to": ["01.07.2025 00:00"],
    "id": ["", "seventeen-bytes-x"],
    "unitId": ["", "seventeen-bytes-x"],
    "name": [""],
    "hwConfigFile": [""],
}
LINE = re.compile(
    r"^[^:]*:(?P<line>\d+): (?P<warning>warning: )?((?P<pointer>/.*?): )?found (?P<rest>.*)$")
FORM = re.compile(r"an unknown key|is used$|allowed: (a |an |at least |one of|the name|true or|\d)")


def strip_comments(text):
    token = re.compile(r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/', re.S)
    return token.sub(lambda m: m.group(0) if m.group(0).startswith('"') else " ", text)


class Reader:
    """`musubi check` on documents."""

    def __init__(self, musubi, folder):
        self.musubi = musubi
        self.file = pathlib.Path(folder) / "document.json"
        self.calls = 0

    def findings(self, document):
        """(pointer, text) of each finding about the form of a document."""
        self.calls += 1
        self.file.write_text(json.dumps(document, indent=1))
        run = subprocess.run([self.musubi, "check", str(self.file)], capture_output=True, text=True)
        found = []
        for line in (run.stdout + run.stderr).splitlines():
            match = LINE.match(line[len(str(self.file.parent)):])
            if match is None:
                continue
            rest = match["rest"]
            counts = not match["warning"] or "an unknown key" in rest or (
                rest.endswith("\" is used"))
            if counts:
                found.append((match["pointer"] or "", rest))
        return found


def at(document, path):
    for step in path:
        document = document[step]
    return document


def changed(document, path, value):
    """A copy with another value at `path`; `None` leaves the key out."""
    copied = copy.deepcopy(document)
    parent = at(copied, path[:-1])
    if value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return copied


def pointer(path):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def resolve(schema, root):
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def walk(document, schema, root, path=()):
    """Every place that both the document and the schema know."""
    schema = resolve(schema, root)
    yield path, schema
    if isinstance(document, dict):
        for key, value in document.items():
            below = schema.get("properties", {}).get(key)
            if below is None:
                for pattern, candidate in schema.get("patternProperties", {}).items():
                    if candidate and re.search(pattern, key):
                        below = candidate
            if below is None and isinstance(schema.get("additionalProperties"), dict):
                below = schema["additionalProperties"]
            if below:
                yield from walk(value, below, root, path + (key,))
    elif isinstance(document, list) and "items" in schema:
        for index, value in enumerate(document[:2]):
            yield from walk(value, schema["items"], root, path + (index,))


def fill(schema, root, key=""):
    """A value with every key that the schema knows."""
    schema = resolve(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {k: fill(s, root, k) for k, s in schema.get("properties", {}).items()
                if s.get("description") != "no effect" or "type" in s}
    if kind == "array":
        return [fill(schema["items"], root, key)] if key in ("slices", "outages") else []
    if kind == "number":
        return (schema["minimum"] + schema["maximum"]) / 2
    if kind == "boolean":
        return True
    return TEXTS.get(key, "E001")


def merged(base, extra):
    """`base` with the keys of `extra` that it lacks, at every depth."""
    if not isinstance(base, dict) or not isinstance(extra, dict):
        return base
    result = dict(base)
    for key, value in extra.items():
        result[key] = merged(base[key], value) if key in base else value
    return result


def wrong_and_right(document, schema, root):
    """(what, path of the place, document): each with one change."""
    for path, place in walk(document, schema, root):
        value = at(document, path)
        kind = place.get("type")
        if path:
            for other in (5, "text", True, [5], {"zzz": 5}):
                if isinstance(other, type(value)) and not isinstance(value, bool):
                    continue
                if isinstance(value, (int, float)) and type(other) in (int, float):
                    continue
                if type(other) is not type(value):
                    yield f"{other!r}", path, changed(document, path, other)
        if kind == "number":
            for bound in (place["minimum"] - 1e-4 * max(1, abs(place["minimum"])) - 1,
                          place["minimum"], place["maximum"], place["maximum"] * 1.01 + 1):
                yield f"{bound}", path, changed(document, path, bound)
        if "enum" in place:
            yield "a word", path, changed(document, path, "nonsense")
            for word in place["enum"]:
                yield word, path, changed(document, path, word)
        if kind == "string" or "pattern" in place:
            for text in WRONG_TEXTS.get(path[-1], []):
                yield repr(text), path, changed(document, path, text)
        if isinstance(value, dict) and "properties" in place:
            yield "a key more", path + ("zzz",), changed(document, path + ("zzz",), 1)
            yield "a comment", path + ("#zzz",), changed(document, path + ("#zzz",), 1)
            for key in list(value):
                if key in place["properties"]:
                    yield "left out", path + (key,), changed(document, path + (key,), None)


def compare(reader, validator, what, path, document, failures):
    schema_says = not validator.is_valid(document)
    place = pointer(path)
    findings = reader.findings(document)
    # About this place or one below it; a key that is left out may be told for its keys.
    here = [text for p, text in findings
            if (p == place or p.startswith(place + "/")) and FORM.search(text)]
    # Leaving one thing out or switching it on may make another one necessary.
    elsewhere = [text for p, text in findings if text.startswith("nothing")]
    reader_says = bool(here) or (schema_says and bool(elsewhere))
    contradiction = not schema_says and not any("a number" in t or "unknown key" in t or "nothing" in t
                                                for t in here)
    if schema_says != reader_says and not contradiction:
        failures.append(f"{validator.schema['title']}: {place}: {what}: schema "
                        f"{'refuses' if schema_says else 'takes'} it, reader says {findings}")


def main():
    musubi, config = sys.argv[1], pathlib.Path(sys.argv[2])
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(musubi, folder)
        for kind, examples in KINDS.items():
            schema = json.loads((config / "schema" / f"{kind}.json").read_text())
            jsonschema.Draft7Validator.check_schema(schema)
            validator = jsonschema.Draft7Validator(schema)
            documents = []
            for name in examples:
                document = json.loads(strip_comments((config / "examples" / name).read_text()))
                if kind == "community":
                    document.pop("files", None)  # relative to the example's folder
                documents.append(document)
            full = merged(documents[0], fill(schema, schema))
            if kind == "community":
                unit = resolve(schema["properties"]["units"]["items"], schema)
                full["units"][0] = merged(full["units"][0], fill(unit, schema))
                full.pop("files", None)
                full["units"][0].pop("files", None)
            documents.append(full)
            for number, document in enumerate(documents):
                for error in validator.iter_errors(document):
                    failures.append(f"{kind} {number}: schema: {error.message}")
                unknown = [f for f in reader.findings(document) if "an unknown key" in f[1]]
                failures += [f"{kind} {number}: reader: {f}" for f in unknown]
            base = documents[0]
            for what, path, document in wrong_and_right(base, schema, schema):
                compare(reader, validator, what, path, document, failures)
            for what, path, document in wrong_and_right(full, schema, schema):
                if path and path[0] in base and at_or_none(base, path) is None:
                    compare(reader, validator, what, path, document, failures)
        print(f"{reader.calls} documents, {len(failures)} judged differently")
    for failure in failures[:40]:
        print(failure)
    return 1 if failures else 0


def at_or_none(document, path):
    try:
        return at(document, path)
    except (KeyError, IndexError, TypeError):
        return None


if __name__ == "__main__":
    sys.exit(main())
