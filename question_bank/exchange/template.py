"""The empty xlsx bank that authors fill in: drop-downs, a frozen header, and a guide in Kyrgyz and Russian.

The guide is part of the file and always in both languages, so its sentences stand here and not in the catalogues.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from question_bank.exchange.drafts import DIFFICULTIES
from question_bank.exchange.reading import STANDARD
from question_bank.exchange.sheet import COLUMNS, OPTION_COLUMNS, SHEET
from question_bank.exchange.sheet_keys import PARTIAL, RICH, TARGET_COLUMNS
from question_bank.kinds.base import LETTERS
from question_bank.rules import ItemKind

WIDTHS = {
    "external_id": 14.0, "subject_area": 18.0, "sub_topic": 24.0, "difficulty": 11.0, "stem_ky": 48.0, "stem_ru": 48.0,
    **dict.fromkeys(OPTION_COLUMNS, 30.0), **dict.fromkeys(TARGET_COLUMNS, 30.0), "kind": 20.0, "partial": 10.0,
    "text": 10.0, "correct": 10.0, "source": 32.0, "author": 20.0, "enemies": 20.0,
}  # fmt: skip

_LAST_ROW = STANDARD.items + 1
_GUIDE_HEADER = ("column", "Кыргызча", "Русский")
_GUIDE = {
    "external_id": (
        "Суроонун номери, мисалы LAW-001. Боштуксуз, үтүрсүз, 64 белгиге чейин. Файлда кайталанбайт.",
        "Номер вопроса, например LAW-001. Без пробелов и запятых, до 64 знаков. В файле не повторяется.",
    ),
    "subject_area": (
        "Тематикалык бөлүмдүн коду. Тизмеден тандаңыз.",
        "Код тематического раздела. Выберите из списка.",
    ),
    "sub_topic": (
        "Чакан теманын коду. Адегенде бөлүмдү тандаңыз, андан кийин тизмеден чакан теманы тандаңыз.",
        "Код подтемы. Сначала выберите раздел, затем подтему из списка.",
    ),
    "difficulty": (
        "Татаалдык деңгээли: 1 (эң жеңил) – 5 (эң татаал).",
        "Уровень сложности: от 1 (самый лёгкий) до 5 (самый сложный).",
    ),
    "stem_ky": ("Суроонун кыргызча тексти.", "Текст вопроса на кыргызском языке."),
    "stem_ru": ("Суроонун орусча тексти.", "Текст вопроса на русском языке."),
    "option_a_ky … option_f_ky": (
        "Жооптун варианттары кыргызча: 2ден 6га чейин, ортосунда бош калтырбаңыз.",
        "Варианты ответа на кыргызском языке: от 2 до 6, без пропусков.",
    ),
    "option_a_ru … option_f_ru": (
        "Ошол эле варианттар орусча, ошол эле тартипте.",
        "Те же варианты на русском языке, в том же порядке.",
    ),
    "correct": (
        "Туура жооптун латын тамгасы: A, B, C, D, E же F. Бир нече туура жооп болсо, баары: A, C. Туура же туура эмес "
        "суроодо: A – туура, B – туура эмес. Иретке келтирүүдө саптар туура иретинде жазылса, бош калтырылат. "
        "Дал келтирүүдө: A2, B1, C3. Сан үчүн: 12,5 же 12,5 ± 0,5. Кириллица тамгасын жазбаңыз.",
        "Латинская буква верного ответа: A, B, C, D, E или F. Если верных несколько, все: A, C. В вопросе «верно или "
        "неверно»: A – верно, B – неверно. В упорядочении остаётся пустым, если строки записаны в верном порядке. "
        "В сопоставлении: A2, B1, C3. Для числа: 12,5 или 12,5 ± 0,5. Буквы кириллицы не пишите.",
    ),
    "source": (
        "Суроонун булагы, мисалы мыйзамдын беренеси.",
        "Источник вопроса, например статья закона.",
    ),
    "author": ("Суроонун автору.", "Автор вопроса."),
    "enemies": (
        "Бул суроо менен бир вариантта турбашы керек болгон суроолордун номерлери, үтүр аркылуу.",
        "Номера вопросов, которые не должны стоять с этим в одном варианте теста, через запятую.",
    ),
    "kind": (
        "Суроонун түрү, тизмеден: single_choice – бир туура жооп, multiple_response – бир нече туура жооп, "
        "true_false – туура же туура эмес, ordering – иретке келтирүү, matching – дал келтирүү, numeric – сан. "
        "Бош болсо – single_choice.",
        "Вид вопроса, из списка: single_choice – один верный ответ, multiple_response – несколько верных, true_false – "
        "верно или неверно, ordering – упорядочение, matching – сопоставление, numeric – число. Пусто – single_choice.",
    ),
    "partial": (
        "multiple_response жана matching үчүн: yes – жарым-жартылай туура жоопко баллдын бир бөлүгү берилет.",
        "Для multiple_response и matching: yes – за частично верный ответ даётся часть баллов.",
    ),
    "target_1_ky … target_6_ky": (
        "Дал келтирүү үчүн: саптарга дал келе турган тексттер кыргызча: 2ден 6га чейин, ортосунда бош калтырбаңыз.",
        "Для сопоставления: соответствия на кыргызском языке, от 2 до 6, без пропусков.",
    ),
    "target_1_ru … target_6_ru": (
        "Ошол эле тексттер орусча, ошол эле тартипте.",
        "Те же соответствия на русском языке, в том же порядке.",
    ),
    "text": (
        "rich – тексттер HTML түрүндө (индекс, таблица, формула); бош болсо – жөнөкөй текст.",
        "rich – тексты записаны в HTML (индексы, таблицы, формулы); пусто – простой текст.",
    ),
}
_GUIDE_NOTES = (
    (
        "Суроолор «items» барагына жазылат: бир сап — бир суроо. Биринчи сапты өзгөртпөңүз.",
        "Вопросы записываются на листе «items»: одна строка — один вопрос. Первую строку не изменяйте.",
    ),
    (
        "Формулаларды жана бириктирилген уячаларды колдонбоңуз.",
        "Не используйте формулы и объединённые ячейки.",
    ),
)


def write_template(subject_areas: Sequence[tuple[str, Sequence[str]]]) -> bytes:
    """A workbook with no questions; ``subject_areas`` are codes, each with the codes of its sub-topics.

    Sheets: `items` (the bank), `guide` (what each column holds), `lists` (hidden: what the drop-downs show).
    """
    workbook = Workbook()
    sheet = workbook.active
    sheet.title = SHEET
    _write_header(sheet)
    _write_guide(workbook.create_sheet("guide"))
    _write_lists(workbook.create_sheet("lists"), subject_areas)
    _add_choices(sheet, subject_areas)
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _write_header(sheet: Any) -> None:
    sheet.append(COLUMNS)
    sheet.freeze_panes = "B2"
    for index, name in enumerate(COLUMNS, start=1):
        heading = sheet.cell(row=1, column=index)
        heading.font = Font(bold=True)
        heading.fill = PatternFill("solid", fgColor="E7EEF5")
        column = sheet.column_dimensions[get_column_letter(index)]
        column.width = WIDTHS[name]
        if name != "difficulty":
            column.number_format = "@"  # what is typed stays text: 007, 1-2, =x
        column.alignment = Alignment(wrap_text=True, vertical="top")


def _write_guide(guide: Any) -> None:
    guide.append(_GUIDE_HEADER)
    for cell in guide[1]:
        cell.font = Font(bold=True)
    for name, (ky, ru) in _GUIDE.items():
        guide.append((name, ky, ru))
    for ky, ru in _GUIDE_NOTES:
        guide.append(("", ky, ru))
    for column, width in (("A", 28), ("B", 70), ("C", 70)):
        guide.column_dimensions[column].width = width
    for row in guide.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    guide.freeze_panes = "A2"


def _write_lists(lists: Any, subject_areas: Sequence[tuple[str, Sequence[str]]]) -> None:
    """Columns A and B: area and sub-topic, a pair a row, areas together; column D: each area once."""
    pairs = [(area, sub_topic) for area, sub_topics in subject_areas for sub_topic in sub_topics]
    for row, pair in enumerate(pairs, start=1):
        for column, code in enumerate(pair, start=1):
            lists.cell(row=row, column=column, value=code).data_type = "s"
    for row, (area, _) in enumerate(subject_areas, start=1):
        lists.cell(row=row, column=4, value=area).data_type = "s"
    lists.sheet_state = "hidden"


def _add_choices(sheet: Any, subject_areas: Sequence[tuple[str, Sequence[str]]]) -> None:
    area_cell = f"${_column('subject_area')}2"
    _choices(sheet, "difficulty", _inline(str(level) for level in DIFFICULTIES))
    _choices(sheet, "correct", _inline(LETTERS), only=False)
    _choices(sheet, "kind", _inline(ItemKind))
    _choices(sheet, "partial", _inline(PARTIAL))
    _choices(sheet, "text", _inline([RICH]))
    if subject_areas:
        _choices(sheet, "subject_area", f"lists!$D$1:$D${len(subject_areas)}")
    if any(sub_topics for _, sub_topics in subject_areas):
        # The sub-topics of the area chosen in the same row: they stand together in column B of `lists`.
        first = f"MATCH({area_cell},lists!$A:$A,0)-1"
        count = f"COUNTIF(lists!$A:$A,{area_cell})"
        _choices(sheet, "sub_topic", f"OFFSET(lists!$B$1,{first},0,{count},1)")


def _choices(sheet: Any, name: str, formula: str, *, only: bool = True) -> None:
    """A drop-down over a whole column; not ``only``: other words may be typed too."""
    choices = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=only)
    choices.errorTitle = name
    choices.error = "Тизмеден тандаңыз. / Выберите из списка."
    column = _column(name)
    choices.add(f"{column}2:{column}{_LAST_ROW}")
    sheet.add_data_validation(choices)


def _inline(values: Iterable[str]) -> str:
    return '"' + ",".join(values) + '"'


def _column(name: str) -> str:
    return str(get_column_letter(COLUMNS.index(name) + 1))
