"""Files that nobody would write: seeded mutations of good ones, and what must be true of any reading of them.

A mutation is told by the name of the format, a seed and its number, and is the same on every machine. ``Fault`` says
how to have the same one again.
"""

from __future__ import annotations

import re
import time
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from random import Random
from xml.sax.saxutils import escape

from question_bank.exchange.drafts import Reading, check_draft, tidied

MEMORY = 128 * 1024  # KiB that the process may need more of while it reads one such file
SECONDS = 2.0  # of processor time for one file of a few kilobytes: more is a file that can stop the server
_LARGEST = 400_000  # bytes of a mutated file: mutations may not grow without end

_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
_NUMBER = re.compile(rb"[0-9]+")
_TEXT = re.compile(rb">([^<>]+)<")
_VALUE = re.compile(rb"=\"([^\"<>]*)\"")
_PEAK = re.compile(rb"^VmHWM:\s*(\d+) kB", re.MULTILINE)
_ELEMENT = re.compile(rb"<([\w:.-]+)[^<>]*>(?:[^<>]*</\1>)?")
_WORDS = [
    b'<!DOCTYPE a [<!ENTITY x "y">]>', b"&x;", b"&#0;", b"&#xFFFF;", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<a>",
    b"</question>", b"{mlang ky}", b"{mlang}", b"\\{mlang ru\\}", b"{", b"}", b"\\", b"%%", b"~%50%", b"->", b"::",
    b"####", b"$CATEGORY: ", b"ANSWER: ", b"\r\n\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"..", b"/../",
    b"@@PLUGINFILE@@/x.png", b"data:image/png;base64,", b"<img src=x>", b"http://x/y", b"file:///etc/passwd", b"NaN",
    b"-Infinity", b"1e999999", b"=cmd()", b"%(x)s", b"\xd0\x90) ", b"*", b"\xe2\x80\xae", b'r="1"', b"true", b"A1:ZZ99",
]  # fmt: skip

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]


class Fault(AssertionError):
    """A file that broke a promise of the readers; says how to have it again."""


def _flip(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice([1, 1, 2, 8])):
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _cut(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    start = random.randrange(len(data))
    return data[:start] + data[start + random.choice([1, 4, 50, len(data)]) :]


def _splice(data: bytes, random: Random, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    start, at = random.randrange(len(other)), random.randrange(len(data))
    return data[:at] + other[start : start + random.randrange(1, 400)] + data[at + random.choice([0, 20]) :]


def _swap(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    tokens = _TOKEN.findall(data)
    for _ in range(random.choice([1, 2, 5])):
        one, other = random.randrange(len(tokens)), random.randrange(len(tokens))
        tokens[one], tokens[other] = tokens[other], tokens[one]
    return b"".join(tokens)


def _repeat(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    start = random.randrange(len(data))
    block = data[start : start + random.randrange(1, 200)]
    return data[:start] + block * random.choice([2, 3, 10, 300]) + data[start:]


def _nest(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    at, depth = random.randrange(len(data)), random.choice([3, 60, 2_000])
    opening, closing = random.choice(
        [(b"<a>", b"</a>"), (b"<p>", b"</p>"), (b"<table>", b""), (b"{", b"}"), (b"(", b")"), (b"<sup>", b"</sup>")]
    )
    return data[:at] + opening * depth + data[at : at + 10] + closing * depth + data[at + 10 :]


def _numbers(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    found = list(_NUMBER.finditer(data))
    if not found:
        return data + b"9" * 30
    one = random.choice(found)
    huge = random.choice(
        [b"0", b"-1", b"9" * 20, b"9" * 5_000, b"1e9", b"00000000007", b"0.00000000000001", b"4294967296"]
    )
    return data[: one.start()] + huge + data[one.end() :]


def _insert(data: bytes, random: Random, _seeds: Sequence[bytes]) -> bytes:
    at = random.randrange(len(data))
    return data[:at] + random.choice(_WORDS) + data[at:]


_MUTATIONS: list[Mutation] = [_flip, _cut, _splice, _swap, _repeat, _nest, _numbers, _insert, _insert]


def _of_xml(data: bytes, random: Random, seeds: Sequence[bytes]) -> bytes:
    """XML that is still whole: a text or a value of an attribute changed, an element dropped, doubled or renamed."""
    elements = list(_ELEMENT.finditer(data))
    for _ in range(random.choice([1, 1, 2])):
        act = random.randrange(8)
        inner = list((_VALUE if act == 0 else _TEXT).finditer(data))
        if act < 5 and inner:
            one = random.choice(inner)
            changed = escape(_of_bytes(one.group(1) or b"0", random, seeds).decode("utf-8", "ignore"), {'"': "&quot;"})
            data = data[: one.start(1)] + changed.encode() + data[one.end(1) :]
        elif elements:
            one = random.choice(elements)
            twice = random.choice([b"", one.group() * 2, one.group() * 40, b"<unknown>" + one.group() + b"</unknown>"])
            data = data.replace(one.group(), twice, 1)
    return data


def _of_bytes(data: bytes, random: Random, seeds: Sequence[bytes]) -> bytes:
    for _ in range(random.choice([1, 1, 2, 4])):
        data = random.choice(_MUTATIONS)(data[:_LARGEST] or b"0", random, seeds)[:_LARGEST]
    return data


def _of_zip(data: bytes, random: Random) -> bytes:
    """A package whose members were changed, dropped, doubled or renamed, and packed again."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        members = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    seeds = [content for _name, content in members if content] or [b"0"]
    for _ in range(random.choice([1, 1, 2])):
        index = random.randrange(len(members))
        name, content = members[index]
        act = random.randrange(10)
        if act == 0 and len(members) > 1:
            del members[index]
        elif act == 1:
            members.append(
                (random.choice(["../evil.xml", "/etc/x", "a\\b", name, name.upper(), "vbaProject.bin"]), content)
            )
        elif act == 2:
            members[index] = (random.choice(members)[0] + random.choice(["", "x"]), content)
        elif act == 3:
            members[index] = (name, content + b"\0" * random.choice([10, 3_000_000]))
        else:
            is_xml = content.startswith(b"<") and random.random() < 0.7
            members[index] = (name, (_of_xml if is_xml else _of_bytes)(content, random, seeds))
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def mutated(name: str, seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """The file of this number: a good one changed in one to some places."""
    random = Random(f"{name}:{seed}:{number}")
    data = random.choice(seeds)
    if data.startswith(b"PK") and random.random() < 0.8:
        return _of_zip(data, random)
    if data.startswith(b"<") and random.random() < 0.6:
        return _of_xml(data, random, seeds)
    return _of_bytes(data, random, seeds)


def check(name: str, read: Callable[[bytes], Reading], data: bytes, seed: int, number: int) -> Reading:
    """Read a file and judge the reading.

    Raises:
        Fault: it raised, took too long or too much memory, gave a question with a fault, or nothing and no reason.
    """
    again = f"FUZZ_FORMAT={name} FUZZ_SEED={seed} FUZZ_FROM={number} FUZZ_COUNT=1 make fuzz"
    before, began = _forget_peak(), time.process_time()
    try:
        reading = read(data)
        spent, grown = time.process_time() - began, _peak() - before
        wrong = _wrong(reading)
    except Exception as error:
        raise Fault(f"{name}: a file raised {type(error).__name__}: {error}. Again: {again}") from error
    if spent > SECONDS:
        raise Fault(f"{name}: a file of {len(data)} bytes took {spent:.1f} s. Again: {again}")
    if grown > MEMORY:
        raise Fault(f"{name}: a file of {len(data)} bytes took {grown // 1024} MiB of memory. Again: {again}")
    if wrong:
        raise Fault(f"{name}: {wrong}. Again: {again}")
    return reading


def _forget_peak() -> int:
    """KiB that the process holds now, from which on the most that it holds is counted anew (Linux, proc(5)).

    So one file is judged by itself, whatever was held before it; the libraries of XML and pictures are counted too.
    Where a system does not let the count begin anew, only a file that needs more than all before it is found.
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _peak() -> int:
    found = _PEAK.search(Path("/proc/self/status").read_bytes())
    assert found, "proc(5) without VmHWM"
    return int(found[1])


def _wrong(reading: Reading) -> str | None:
    """What no reading may be."""
    if not reading.items and not reading.problems:
        return "neither a question nor a reason"
    if len(reading.items) > reading.seen:
        return "more questions than were seen"
    ids = [item.external_id for item in reading.items]
    if len(set(ids)) != len(ids):
        return "one id twice"
    refused = {problem.place for problem in reading.errors}
    if None in refused and reading.items:
        return "questions of a file that is refused"
    for item in reading.items:
        faults = [problem.code for problem in check_draft(item) if problem.severity == "error"]
        if faults:
            return f"a question with faults came through: {item.external_id} {faults}"
        if item.place in refused:
            return "a question that was refused came through"
        tidied(item)
    if not all(str(problem.message).strip() for problem in reading.problems):
        return "a problem without a sentence"
    return None
