"""The empty xlsx list of candidates: drop-downs, and a guide in Kyrgyz and Russian that is part of the file."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from sqlalchemy import select

from competitions.models import Competition
from core.db import db
from testing_center.models.sittings import Sitting
from testing_center.rules.sittings import SittingStatus
from testing_center.services.participants_sheet import COLUMNS, LIMITS, SHEET

_WIDTHS = dict.fromkeys(COLUMNS, 20.0) | {"language": 10.0, "centre": 44.0, "email": 28.0, "competition": 16.0}
_GUIDE = (
    ("surname", "Фамилиясы", "Фамилия"),
    ("given_name", "Аты", "Имя"),
    ("patronymic", "Атасынын аты, болсо", "Отчество, если есть"),
    ("personal_number", "ПИН: 14 сан, текст түрүндө", "ПИН: 14 цифр, как текст"),
    ("email", "Электрондук дареги", "Адрес электронной почты"),
    ("phone", "Телефону", "Телефон"),
    ("language", "Тесттин тили: ky же ru", "Язык теста: ky или ru"),
    ("competition", "Конкурстун номери. Тизмеден тандаңыз.", "Номер конкурса. Выберите из списка."),
    ("centre", "Тестирлөө борбору. Бош калса да болот.", "Центр тестирования. Можно не заполнять."),
    ("sitting", "Сеанстын номери. Тизмеден тандаңыз.", "Номер сеанса. Выберите из списка."),
    ("", "Бир сап — бир талапкер. Формула жана бириктирилген уяча колдонбоңуз.",
     "Одна строка — один кандидат. Не используйте формулы и объединённые ячейки."),
)  # fmt: skip


def write_template() -> bytes:
    """The workbook: sheets `candidates`, `guide`, and hidden `lists` with competitions, centres and sittings."""
    planned = list(
        db.session.scalars(select(Sitting).where(Sitting.status == SittingStatus.PLANNED).order_by(Sitting.number))
    )
    lists = {
        "competition": list(db.session.scalars(select(Competition.number).order_by(Competition.number))),
        "centre": sorted({sitting.centre.name_ky for sitting in planned}),
        "sitting": [sitting.number for sitting in planned],
    }
    workbook = Workbook()
    sheet: Any = workbook.active
    sheet.title = SHEET
    _header(sheet)
    guide = workbook.create_sheet("guide")
    for line in (("column", "Кыргызча", "Русский"), *_GUIDE):
        guide.append(line)
    for column, width in (("A", 20), ("B", 60), ("C", 60)):
        guide.column_dimensions[column].width = width
    hidden = workbook.create_sheet("lists")
    hidden.sheet_state = "hidden"
    _choices(sheet, "language", '"ky,ru"')
    for index, (name, values) in enumerate(lists.items(), start=1):
        _list(hidden, index, values)
        if values:
            letter = get_column_letter(index)
            _choices(sheet, name, f"lists!${letter}$1:${letter}${len(values)}")
    target = BytesIO()
    workbook.save(target)
    return target.getvalue()


def _header(sheet: Any) -> None:
    sheet.append(COLUMNS)
    sheet.freeze_panes = "A2"
    for index, name in enumerate(COLUMNS, start=1):
        heading = sheet.cell(row=1, column=index)
        heading.font, heading.fill = Font(bold=True), PatternFill("solid", fgColor="E7EEF5")
        column = sheet.column_dimensions[get_column_letter(index)]
        column.width, column.number_format = _WIDTHS[name], "@"
        column.alignment = Alignment(vertical="top")


def _list(sheet: Any, column: int, values: Sequence[str]) -> None:
    for row, value in enumerate(values, start=1):
        sheet.cell(row=row, column=column, value=value).data_type = "s"  # text, even where it begins with =


def _choices(sheet: Any, name: str, formula: str) -> None:
    choices = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
    choices.errorTitle, choices.error = name, "Тизмеден тандаңыз. / Выберите из списка."
    column = get_column_letter(COLUMNS.index(name) + 1)
    choices.add(f"{column}2:{column}{LIMITS.items + 1}")
    sheet.add_data_validation(choices)
