"""QTI files: a single item (.xml), or a content package (.zip) with a manifest.

Places are the question's number in a package, and the line of its element in a single file. Two items that we wrote as
the two languages of one question become one again; an item of others has one language, and a translation is missing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from core.i18n import lazy_gettext as _l
from core.pictures import PictureRefused, picture
from question_bank.exchange import archive
from question_bank.exchange.drafts import (
    ID_LENGTH,
    ItemDraft,
    Medium,
    OptionDraft,
    PlaceKind,
    Problem,
    Reading,
    check_draft,
)
from question_bank.exchange.qti.item_reading import Side, language_of, side
from question_bank.exchange.qti.joining import joined
from question_bank.exchange.qti.manifest_reading import (
    NOTHING_KNOWN,
    Known,
    Manifest,
    Resource,
    read_manifest,
    resolved,
)
from question_bank.exchange.qti.names import common, other_version
from question_bank.exchange.qti.writing import MANIFEST
from question_bank.exchange.reading import (
    NOTHING_GIVEN,
    STANDARD,
    Finding,
    Given,
    Limits,
    Refused,
    Unreadable,
    check_duplicates,
    file_problem,
    merge,
    reading,
    refused,
    too_many,
)
from question_bank.exchange.xml import Element, parse
from question_bank.kinds.choice import TRUE_FALSE
from question_bank.rules import ItemKind

_MANIFEST = 2  # times the elements of another file: it tells of every question, in small elements
_ROOT = re.compile(rb"<(?:\w+:)?(?:qti-assessment-|assessment[A-Z]|manifest\b)")
_DATA = re.compile(r"data:image/[a-z+]+;base64,", re.IGNORECASE)


@dataclass
class Question:
    """The files of one question: one, or two that we wrote in the two languages."""

    place: int
    place_kind: PlaceKind
    external_id: str
    known: Known = NOTHING_KNOWN
    sides: list[Side] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def say(self, finding: Finding, path: str = "") -> None:
        """Note something of the question, and the file in the package where it stands."""
        message = finding.message
        if path and finding.severity == "error":
            message = _l("%(reason)s File in the package: %(file)s", reason=message, file=path[:100])
        self.problems.append(
            Problem(
                self.place, self.place_kind, self.external_id or None, finding.code, message, finding.column,
                finding.severity,
            )
        )  # fmt: skip


def looks(data: bytes) -> bool:
    """Whether a file looks like QTI rather than another format of questions in XML."""
    return data[:2] == b"PK" or _ROOT.search(data[:8192]) is not None


def read(data: bytes, given: Given = NOTHING_GIVEN, *, limits: Limits = STANDARD) -> Reading:
    """Read the questions of an item or a package, and everything that is wrong with them."""
    try:
        if data[:2] == b"PK":
            questions, notes = _package(data, given, limits)
        else:
            questions, notes = [_single(parse(data, limits), given)], []
    except Unreadable as refusal:
        return refused(refusal.problem)
    drafts: list[ItemDraft] = []
    problems: list[Problem] = list(notes)
    for number, question in enumerate(questions, start=1):
        draft = _draft(question, given, number)
        if draft is not None:
            drafts.append(draft)
            question.problems = merge(question.problems, check_draft(draft))
        problems += question.problems
    if not questions:
        problems.append(file_problem("no_items", _l("There are no questions in the file.")))
    return reading(drafts, [*problems, *check_duplicates(drafts)], len(questions))


def _single(root: Element, given: Given) -> Question:
    """The one question of a file; its pictures can only stand in it."""
    question = Question(root.line, "line", root.get("identifier", "")[:ID_LENGTH])
    _read_side(question, root, given, _pictures({}, ""))
    return question


def _package(data: bytes, given: Given, limits: Limits) -> tuple[list[Question], list[Problem]]:
    files = archive.files(data, limits, _REFUSALS)
    if MANIFEST not in files:
        raise Unreadable(
            "no_manifest",
            _l(
                "This package has no imsmanifest.xml at its top. Export the questions as a QTI package and import that."
            ),
        )
    manifest = read_manifest(parse(files[MANIFEST], replace(limits, tree_elements=_MANIFEST * limits.tree_elements)))
    if len(manifest.resources) > limits.items * 2:
        raise too_many(limits)
    questions: list[Question] = []
    ours: dict[tuple[str, str], Question] = {}
    for resource in manifest.resources:
        question = _question_of(resource, ours, len(questions) + 1)
        path = resource.path
        try:
            if not resource.is_known_version:
                raise other_version(resource.type)
            path = resolved(resource.path)
            if path not in files:
                raise Refused("file_missing", _l("The package does not hold this file of the manifest."))
            pictures = _pictures(files, path.rpartition("/")[0])
            _read_side(question, parse(files[path], limits), given, pictures, resource.known, path)
        except Refused as refusal:
            question.say(refusal.finding, path)
        except Unreadable as refusal:
            question.say(Finding(refusal.problem.code, refusal.problem.message), path)
        if not questions or question.place > questions[-1].place:
            questions.append(question)
    if len(questions) > limits.items:
        raise too_many(limits)
    return questions, _notes(manifest)


def _question_of(resource: Resource, ours: dict[tuple[str, str], Question], place: int) -> Question:
    """The question of an item file: a new one, or that which the file in its other language has begun.

    Of a question that stands in the package twice the second begins anew: two with one id are refused later.
    """
    known = resource.known
    begun = ours.pop((known.external_id, known.language), None) if known.mark else None
    if begun is not None:
        return begun
    question = Question(place, "question", known.external_id or _id(resource.identifier), known)
    if known.mark and known.language:
        ours[known.external_id, "ru" if known.language == "ky" else "ky"] = question
    return question


def _notes(manifest: Manifest) -> list[Problem]:
    if not manifest.has_tests:
        return []
    message = _l("The package holds a test too. Its questions are taken, its order and its rules are left out.")
    return [file_problem("test_dropped", message, severity="warning")]


def _read_side(
    question: Question,
    root: Element,
    given: Given,
    pictures: Callable[[str], Medium],
    known: Known = NOTHING_KNOWN,
    path: str = "",
) -> None:
    try:
        found = side(common(root), language_of(root, known.language or given.language), pictures, known.mark)
    except Refused as refusal:
        question.say(refusal.finding, path)
        return
    question.sides.append(found)
    if not known.external_id:
        question.external_id = _id(root.get("identifier", "")) or question.external_id
    for finding in found.findings:
        question.say(finding)


def _id(identifier: str) -> str:
    """The identifier of an item as an id of the bank, which has no spaces, commas or semicolons."""
    return re.sub(r"[\s,;]+", "-", identifier.strip())[:ID_LENGTH]


def _pictures(files: dict[str, bytes], folder: str) -> Callable[[str], Medium]:
    """Gives the picture that a ``src`` names, from the package or from the ``src`` itself."""

    def found(src: str) -> Medium:
        try:
            image = picture(_bytes_of(src))
        except PictureRefused as refusal:
            raise Refused(
                refusal.code, _l("%(reason)s Picture: %(name)s", reason=str(refusal), name=src[:100])
            ) from refusal
        return Medium(image.name, image.media_type, image.content)

    def _bytes_of(src: str) -> bytes:
        if start := _DATA.match(src):
            try:
                return base64.b64decode(re.sub(r"\s+", "", src[start.end() :]), validate=True)
            except (binascii.Error, ValueError):
                return b""
        path = resolved(src, folder)
        if path not in files:
            raise Refused(
                "picture_missing",
                _l("A picture of the question is not in the file. Import the whole package. Picture: %(name)s",
                   name=src[:100]),
            )  # fmt: skip
        return files[path]

    return found


def _draft(question: Question, given: Given, number: int) -> ItemDraft | None:
    """The draft of a question, or None where no file of it could be read."""
    if not question.sides or any(problem.severity == "error" for problem in question.problems):
        return None
    try:
        first, second = joined(question.sides)
    except Refused as refusal:
        question.say(refusal.finding)
        return None
    known = question.known
    external_id = question.external_id or (f"{given.prefix}-{number:03d}" if given.prefix else "")
    one = first or second
    assert one is not None

    def wordings(kind: str) -> tuple[OptionDraft, ...]:
        pairs = [getattr(here, kind) if here else ("",) * len(getattr(one, kind)) for here in (first, second)]
        return tuple(OptionDraft(ky, ru) for ky, ru in zip(*pairs, strict=True))

    media = {medium.name: medium for here in question.sides for medium in here.media}
    return ItemDraft(
        external_id=external_id,
        subject_area=known.subject_area or given.subject_area,
        sub_topic=known.sub_topic if known.subject_area else given.sub_topic,
        difficulty=known.difficulty or given.difficulty,
        stem_ky=first.stem if first else "",
        stem_ru=second.stem if second else "",
        options=TRUE_FALSE if one.kind == ItemKind.TRUE_FALSE else wordings("options"),
        targets=wordings("targets"),
        key=one.answers.key,
        source=known.source,
        author=known.author,
        enemies=known.enemies,
        kind=one.kind,
        is_partial=one.answers.is_partial,
        is_rich=one.is_rich,
        media=tuple(media[name] for name in sorted(media)),
        place=question.place,
        place_kind=question.place_kind,
    )


def _corrupt() -> Unreadable:
    return Unreadable(
        "corrupt_file",
        _l("The package is damaged and cannot be read. Export the questions again and import that file."),
    )


def _bomb() -> Unreadable:
    return Unreadable(
        "zip_bomb",
        _l(
            "The package unpacks to far more data than a question bank needs. It was not opened: split it into several."
        ),
    )


def _encrypted() -> Unreadable:
    return Unreadable(
        "encrypted_file",
        _l("The package is protected with a password. Make it without the password and import that file."),
    )


_REFUSALS = archive.Refusals(_corrupt, _bomb, _encrypted)
