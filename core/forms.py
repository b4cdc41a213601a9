"""Fields that forms share: days and times as people here write them, whatever the browser's own language."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import TextInput

from core.i18n import DATE_FORMATS
from core.i18n import lazy_gettext as _l

DAY_EXAMPLE, TIME_EXAMPLE = _l("Example: 21.11.2026"), _l("Example: 09:30")
FILLED = _l("Fill in this field.")
DAY = _l("Wrong date. Example: 21.11.2026")
TIME = _l("Wrong time. Example: 09:30")


class DayField(DateField):  # type: ignore[misc]  # WTForms has no types
    """A day, typed as ``21.11.2026`` (ISO is understood too); required unless ``required`` is false."""

    widget = TextInput()

    def __init__(self, label: Any, *, description: Any = DAY_EXAMPLE, required: bool = True, **kwargs: Any) -> None:
        super().__init__(
            label, [InputRequired(FILLED) if required else Optional()], format=list(DATE_FORMATS),
            invalid_value_message=DAY, description=description,
            render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "10"}, **kwargs,
        )  # fmt: skip


class ClockField(TimeField):  # type: ignore[misc]
    """A required time of day on the 24-hour clock, typed as ``09:30``."""

    widget = TextInput()

    def __init__(self, label: Any, *, description: Any = TIME_EXAMPLE, **kwargs: Any) -> None:
        super().__init__(
            label, [InputRequired(FILLED)], format="%H:%M", invalid_value_message=TIME, description=description,
            render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "5"}, **kwargs,
        )  # fmt: skip
