"""The handing-over file (¶27): copies of documents and protocols for the authority, with a manifest of digests.

A zip: the files, ``manifest.json`` for programs, ``SHA256SUMS`` for ``sha256sum -c``, and ``manifest.pdf`` to sign the
receipt on (the originals stay with the department, ¶39).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo
from zoneinfo import ZoneInfo

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from core.crypto import sha256
from core.pdf.blocks import Column, Digest, Fact, Pair, facts, grid, signatures
from core.pdf.page import render
from core.pdf.style import para
from ranking.documents import wording as words
from testing_center.documents import wording
from testing_center.documents.wording import Content

FORMAT = "handing-over/1"
MANIFEST, SUMS, RECEIPT = "manifest.json", "SHA256SUMS", "manifest.pdf"
TITLE: Pair = ("Документтерди өткөрүп берүү тизмеси", "Опись передаваемых документов")
FILES: Pair = ("Өткөрүлүп берилген документтер жана протоколдор", "Передаваемые документы и протоколы")
NOTHING: Pair = ("Өткөрүлүп бериле турган документ жок.", "Передавать нечего.")
LEGAL: Pair = (
    "Жобонун 27-пунктуна ылайык квалификациялык талаптарга жооп берген талапкерлердин документтери жана балл "
    "көрсөтүлгөн протоколдору ыйгарым укуктуу органга өткөрүлүп берилет. Түп нускалар ведомствого караштуу мекемеде "
    "сакталат (39-пункт).",
    "В соответствии с пунктом 27 Положения документы кандидатов, соответствующих квалификационным требованиям, и "
    "протоколы с баллами передаются уполномоченному органу. Подлинники хранятся в подведомственном учреждении (п. 39).",
)
NOT_SIGNED: Pair = ("кол коё элек", "ещё не подписали")
MANIFEST_DIGEST: Pair = ("manifest.json файлынын контролдук суммасы", "Контрольная сумма файла manifest.json")
SIGNERS: list[Pair] = [
    ("Тапшырды (ведомствого караштуу мекеме)", "Передал(а) (подведомственное учреждение)"),
    ("Кабыл алды (ыйгарым укуктуу орган)", "Принял(а) (уполномоченный орган)"),
]
COLUMNS = [
    Column(("№", "№"), 9 * mm, "right"),
    Column(("Файл", "Файл")),
    Column(("Көлөмү, байт", "Размер, байт"), 22 * mm, "right"),
    Column(("Контролдук сумма (SHA-256)", "Контрольная сумма (SHA-256)"), Digest.WIDTH + 8),
]


def archive(files: Mapping[str, bytes], content: Content) -> bytes:
    """The file as a zip; the same files and content give the same bytes.

    ``files`` by their path in the zip. ``content``: ``number``, ``made_at`` (RFC 3339), ``competition`` and
    ``organisation`` as in the ranking protocol, ``zone``, ``law``, ``demo``, and by choice ``titles``: what each file
    is, as ``{path: {"ky": …, "ru": …}}``, and ``summaries``: for each sitting ``sitting``, ``signed``, ``of`` and
    ``missing``, the names of proctors who have not signed its summary protocol.

    Raises:
        ValueError: a path that leads out of the zip or has the name of a manifest.
    """
    for path in files:
        _check(path)
    listed = [{"path": path, "bytes": len(files[path]), "sha256": sha256(files[path]).hex()} for path in sorted(files)]
    keys = ("number", "made_at", "competition", "law", "demo", "summaries")
    told = {key: content[key] for key in keys if key in content}
    manifest = _json({"format": FORMAT, **told, "files": listed})
    sums = "".join(f"{one['sha256']}  {one['path']}\n" for one in listed).encode()
    parts = {MANIFEST: manifest, SUMS: sums, RECEIPT: draw(listed, content, sha256(manifest).hex())}
    at = wording.as_datetime(content["made_at"]).astimezone(ZoneInfo(words.zone_of(content)))
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as zipped:
        for path, data in [*parts.items(), *((path, files[path]) for path in sorted(files))]:
            entry = ZipInfo(path, (at.year, at.month, at.day, at.hour, at.minute, at.second // 2 * 2))
            entry.external_attr = 0o600 << 16
            zipped.writestr(entry, data)
    return out.getvalue()


def draw(listed: list[dict[str, Any]], content: Content, digest: str) -> bytes:
    """The manifest as an A4 PDF with the lines of the receipt; ``digest`` is that of ``manifest.json`` in hex."""
    issued = {"demo": False, **content, "issued_at": content["made_at"]}
    at = wording.moment(content["made_at"], words.zone_of(content), seconds=False)
    particulars = [
        *words.contest_facts(content),
        Fact(("Файлдардын саны", "Количество файлов"), len(listed), "strong"),
        *(_signed(one) for one in content.get("summaries", ())),
        *wording.law_facts(content),
    ]
    story = [
        *wording.opening_lines(issued, TITLE, [f"Түзүлдү / Составлена: {at}"]),
        facts(particulars),
        Spacer(0, 6),
        para(LEGAL[0], "note"),
        Spacer(0, 2),
        para(LEGAL[1], "note"),
        *wording.section(FILES),
        _files(listed, content.get("titles", {})),
        KeepTogether(
            [
                Spacer(0, 8),
                words.proof_of({**content, "verification": None}, digest, MANIFEST_DIGEST),
                Spacer(0, 16),
                signatures(SIGNERS, wording.SIGN, per_row=2),
            ]
        ),
    ]
    return render(wording.paper(issued, TITLE), story)


def _signed(one: Content) -> Fact:
    """Signatures of the proctors under the summary protocol of a sitting; who has not signed is named."""
    label = (
        f"{one['sitting']}: жыйынтык протоколдогу кол тамгалар",
        f"{one['sitting']}: подписи под сводным протоколом",
    )
    missing = f". {NOT_SIGNED[0]} / {NOT_SIGNED[1]}: {', '.join(one['missing'])}" if one["missing"] else ""
    return Fact(label, f"{one['signed']} / {one['of']}{missing}")


def _files(listed: list[dict[str, Any]], titles: Content) -> Any:
    if not listed:
        return para(" / ".join(NOTHING), "body")
    rows = []
    for index, one in enumerate(listed, start=1):
        title = titles.get(one["path"])
        named = [para(one["path"], "cell"), *([para(f"{title['ky']} / {title['ru']}", "cell-2")] if title else [])]
        rows.append([index, named, one["bytes"], [Digest(one["sha256"])]])
    return grid(COLUMNS, rows)


def _check(path: str) -> None:
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or "\\" in path or ".." in parts or path in {MANIFEST, SUMS, RECEIPT}:
        raise ValueError(f"not a path for the handing-over file: {path!r}")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode()
