"""searches: the words of every question in an order that tells nothing of its key

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AT_ONCE = 1000
UNTYPED = str.maketrans({"\u00ad": "", "\u0300": "", "\u0301": "", "ѐ": "е", "ѝ": "и"})
MATH = frozenset(
    str.split(
        "math merror mfrac mi mmultiscripts mn mo mover mprescripts mroot mrow ms mspace msqrt mstyle msub msubsup "
        "msup mtable mtd mtext mtr munder munderover"
    )
)
SMALL = {
    "sup": ("^", str.maketrans("0123456789+-−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ")),
    "sub": ("_", str.maketrans("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")),
}


def upgrade() -> None:
    """What earlier versions stored had the options in their author's order, the right one often first."""
    bind = op.get_bind()
    for rows in batches(
        bind,
        "SELECT id, stem_ky, stem_ru, options, targets, is_rich, search_text FROM item_version {after} ORDER BY id",
    ):
        changed = [{"id": row["id"], "text": text} for row in rows if (text := folded(row)) != row["search_text"]]
        if changed:
            bind.execute(sa.text("UPDATE item_version SET search_text = :text WHERE id = :id"), changed)
    for rows in batches(
        bind,
        "SELECT e.id, i.external_id, v.search_text, t.words FROM bank_entry e"
        " JOIN bank_text t ON t.entry_id = e.id JOIN item_version v ON v.id = e.version_id"
        " JOIN item i ON i.id = e.item_id {after} ORDER BY e.id",
        column="e.id",
    ):
        wanted = [(row, f"{words(row['external_id'])} {row['search_text']}") for row in rows]
        changed = [{"id": row["id"], "text": text} for row, text in wanted if text != row["words"]]
        if changed:  # the index of the database follows by its triggers (0016)
            bind.execute(sa.text("UPDATE bank_text SET words = :text WHERE entry_id = :id"), changed)


def downgrade() -> None:
    """The words stay: searches find by them in either revision."""


def batches(bind: sa.Connection, query: str, column: str = "id") -> Iterator[list[sa.RowMapping]]:
    """The rows of a query in the order of their ids, a thousand at a time."""
    after = ""
    given: dict[str, object] = {}
    while rows := list(bind.execute(sa.text(f"{query.format(after=after)} LIMIT {AT_ONCE}"), given).mappings()):
        yield rows
        after, given = f"WHERE {column} > :after", {"after": rows[-1]["id"]}


def folded(row: sa.RowMapping) -> str:
    """As ``question_bank.entries.fold_search_text`` writes it in this revision."""
    options, targets = (
        json.loads(row[name]) if isinstance(row[name], str) else row[name] or [] for name in ("options", "targets")
    )
    texts = [row["stem_ky"], row["stem_ru"]]
    texts += [text[language] for text in (*options, *(targets or [])) for language in ("ky", "ru")]
    if row["is_rich"]:
        texts = [plain(text) for text in texts]
    return words(" ".join([*texts[:2], *sorted(texts[2:])]))


def words(text: str) -> str:
    form = unicodedata.normalize("NFC", text).casefold().replace("ё", "е").translate(UNTYPED)
    return " ".join(re.findall(r"[^\W_]+", " ".join(form.split())))


def plain(html: str) -> str:
    """As ``core.markup.plain`` reads a stored, and therefore cleaned, text in this revision."""
    lines = (" ".join(line.split()) for line in read(html).split("\n"))
    return "\n".join(line.strip(" |") for line in lines if line.strip(" |"))


class Reader(HTMLParser):
    """The words of each element that is open: its name, the words of a picture, what stands in it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, list[str]]] = [("", [])]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.open[-1][1].append("\n")
        elif tag == "img":
            alternative = dict(attrs).get("alt")
            self.open[-1][1].append(f"[{alternative}]" if alternative else "")
        else:
            self.open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1][0] == tag:
            name, parts = self.open.pop()
            self.open[-1][1].append(said(name, parts))

    def handle_data(self, data: str) -> None:
        self.open[-1][1].append(data)


def read(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    reader.close()
    while len(reader.open) > 1:
        reader.handle_endtag(reader.open[-1][0])
    return "".join(reader.open[0][1])


def said(tag: str, parts: list[str]) -> str:
    whole = "".join(parts)
    if tag in MATH:
        return formula(tag, [part.strip() for part in parts if part.strip()])
    if tag in SMALL and whole.strip():
        return small(tag, whole)
    if tag in {"td", "th"}:
        return " | " + whole.replace("\n", " ")
    return f"\n{whole}\n" if tag in {"p", "li", "ul", "ol", "table", "caption", "tr"} else whole


def small(tag: str, text: str) -> str:
    sign, table = SMALL[tag]
    made = text.strip().translate(table)
    return made if not any(letter in text for letter in made) else sign + grouped(text.strip())


def grouped(text: str) -> str:
    return text if text.isalnum() else f"({text})"


def formula(tag: str, parts: list[str]) -> str:
    whole = " ".join(parts)
    match tag, parts:
        case "mfrac", [above, below]:
            return f"{grouped(above)}/{grouped(below)}"
        case "msup" | "mover", [base, above]:
            return base + small("sup", above)
        case "msub" | "munder", [base, below]:
            return base + small("sub", below)
        case "msubsup" | "munderover", [base, below, above]:
            return base + small("sub", below) + small("sup", above)
        case "msqrt", [_, *_]:
            return f"√({whole})"
        case "mroot", [base, degree]:
            return f"{small('sup', degree)}√({base})"
        case "mtr", _:
            return whole + ";"
        case "mtable", _:
            return f"[{whole.rstrip(';')}]"
        case "mspace" | "mprescripts", _:
            return ""
    return whole
