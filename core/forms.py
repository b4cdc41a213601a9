"""Fields that forms share: days and times as people here write them, whatever the browser's own language."""

from __future__ import annotations

from typing import Any

from wtforms import DateField, TimeField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import TextInput

from core.i18n import DATE_FORMATS
from core.i18n import lazy_gettext as _l

DAY_EXAMPLE, TIME_EXAMPLE = _l("Example: 21.11.2026"), _l("Example: 09:30")
LAST_YEAR = 2100
FILLED = _l("Fill in this field.")
DAY = _l("Wrong date. Example: 21.11.2026")
TIME = _l("Wrong time. Example: 09:30")


class DayField(DateField):  # type: ignore[misc]  # WTForms has no types
    """A day, typed as ``21.11.2026`` (ISO is understood too); required unless ``required`` is false.

    Its year is between ``since`` and 2100: a slip of the finger is said, and the next day is still in the calendar.
    """

    widget = TextInput()
    data: Any

    def __init__(
        self, label: Any, *, description: Any = DAY_EXAMPLE, required: bool = True, since: int = 2000, **kwargs: Any
    ) -> None:  # fmt: skip
        self.since = since
        super().__init__(
            label, [InputRequired(FILLED) if required else Optional()], format=list(DATE_FORMATS),
            invalid_value_message=DAY, description=description,
            render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "10"}, **kwargs,
        )  # fmt: skip

    def process_formdata(self, valuelist: list[str]) -> None:
        """The day as it was typed; one of another century is as wrong as one that does not exist."""
        super().process_formdata(valuelist)
        if self.data is not None and not self.since <= self.data.year <= LAST_YEAR:
            self.data = None
            text = _l("The year must be between %(first)s and %(last)s.", first=self.since, last=LAST_YEAR)
            raise ValueError(str(text))


class ClockField(TimeField):  # type: ignore[misc]
    """A required time of day on the 24-hour clock, typed as ``09:30``."""

    widget = TextInput()

    def __init__(self, label: Any, *, description: Any = TIME_EXAMPLE, **kwargs: Any) -> None:
        super().__init__(
            label, [InputRequired(FILLED)], format="%H:%M", invalid_value_message=TIME, description=description,
            render_kw={"inputmode": "numeric", "autocomplete": "off", "maxlength": "5"}, **kwargs,
        )  # fmt: skip
