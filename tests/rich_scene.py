"""Rich questions: formatting, a table, a formula, pictures with their words."""

from __future__ import annotations

import io

from PIL import Image

from core import markup, pictures
from question_bank.exchange.drafts import ItemDraft, Medium
from question_bank.kinds.base import Wording
from question_bank.rules import ItemKind


def png(colour: str = "red", size: tuple[int, int] = (8, 8)) -> bytes:
    """A picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, "PNG")
    return buffer.getvalue()


SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 80" width="120" height="80">'
    '<polygon fill="#1c4668" points="10,70 60,10 110,70"/><text x="52" y="62" fill="#fff">α</text></svg>'
).encode()


def medium(data: bytes) -> Medium:
    """A picture as drafts have it."""
    found = pictures.picture(data)
    return Medium(found.name, found.media_type, found.content)


RED, TRIANGLE = medium(png()), medium(SVG)
FORMULA = "<math><msup><mi>x</mi><mn>2</mn></msup><mo>=</mo><mfrac><mn>9</mn><mn>4</mn></mfrac></math>"
TABLE = "<table><tbody><tr><th>Ай</th><th>Балл</th></tr><tr><td>Май</td><td>12</td></tr></tbody></table>"


def image(picture: Medium, words: str) -> str:
    """A picture in a text."""
    return markup.image(picture.name, words)


def rich(external_id: str = "RICH-001", **changed: object) -> ItemDraft:
    """A rich question that may be taken, with something changed."""
    fields: dict[str, object] = {
        "external_id": external_id, "subject_area": "law", "sub_topic": "documents", "difficulty": 3,
        "stem_ky": f"<p>{external_id}: <b>кайсы</b> бурч?</p>{image(TRIANGLE, 'Көк үч бурчтук')}{FORMULA}{TABLE}",
        "stem_ru": f"<p>{external_id}: <b>какой</b> угол?</p>{image(TRIANGLE, 'Синий треугольник')}{FORMULA}{TABLE}",
        "options": (
            Wording("H<sub>2</sub>O", "H<sub>2</sub>O"), Wording("<i>α</i>", "<i>α</i>"),
            Wording(image(RED, "Кызыл чарчы"), image(RED, "Красный квадрат")),
        ),
        "key": (1,), "source": "Окуу китеби, 12-бет", "author": "Ж. Үсөнова", "is_rich": True,
        "media": tuple(sorted((RED, TRIANGLE), key=lambda one: one.name)), "kind": ItemKind.SINGLE_CHOICE,
    }  # fmt: skip
    return ItemDraft(**(fields | changed))  # type: ignore[arg-type]
