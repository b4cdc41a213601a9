"""What people fill in about files and about the parts of the test's content."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Regexp, StopValidation

from core.i18n import gettext as _
from core.i18n import lazy_gettext as _l
from question_bank.exchange.formats import Format, UnknownFormat, by_content, by_name
from question_bank.exchange.reading import Given
from question_bank.forms.fields import FILLED, at_most, clean, options, text_field
from question_bank.forms.items import DIFFICULTY_NAMES

CODE_SIGNS = _l("Small Latin letters, digits, '-' only.")


class _Chosen:
    """A file is chosen now, or was before."""

    field_flags: ClassVar = {"required": True}

    def __call__(self, form: UploadForm, _field: FileField) -> None:
        if form.chosen is None:
            raise StopValidation(_("Choose a file."))


class UploadForm(FlaskForm):
    """A file of questions, and what its format cannot say itself (``Format.asks``)."""

    file = FileField(_l("File"), [_Chosen()])
    kept = HiddenField()  # a file that was chosen before, where something else was missing
    format = SelectField(_l("Format"), validate_choice=False)
    language = SelectField(
        _l("Language of the file"), choices=options([("ky", "Кыргызча"), ("ru", "Русский")]), validate_choice=False
    )
    sub_topic = SelectField(_l("Subject area and sub-topic"), validate_choice=False)
    difficulty = SelectField(
        _l("Difficulty"), choices=options(DIFFICULTY_NAMES.items()), default="3", validate_choice=False
    )
    prefix = text_field(
        _l("Identifiers begin with"), 40, needed=False, autocomplete="off",
        hint=_l("For example LAW: questions without an identifier become LAW-001, LAW-002 …"),
    )  # fmt: skip

    held: tuple[str, bytes] | None = None  # name and bytes of a kept file

    @cached_property
    def chosen(self) -> tuple[str, bytes] | None:
        """Name and bytes of the file: the one chosen now, else the one that is kept."""
        return (self.file.data.filename, self.file.data.read()) if self.file.data else self.held

    def kind(self) -> Format:
        """The format chosen, else the one that the file's name and content tell; refuses an unknown one."""
        if self.format.data:
            return by_name(self.format.data)
        return by_content(*(self.chosen or ("", b"")))

    @property
    def may_be_kept(self) -> bool:
        """Whether the file is all right and something else is not."""
        return self.chosen is not None and bool(self.errors) and "file" not in self.errors

    def given(self) -> Given:
        """What the person says about the file."""
        area, _slash, topic = (self.sub_topic.data or "").partition("/")
        level = self.difficulty.data or ""
        return Given(
            language="ru" if self.language.data == "ru" else "ky", subject_area=area, sub_topic=topic,
            difficulty=int(level) if level in set("12345") else 3, prefix=self.prefix.data or "",
        )  # fmt: skip

    def validate_file(self, field: FileField) -> None:
        """Of a known format."""
        try:
            self.kind()
        except UnknownFormat as refusal:
            raise ValidationError(str(refusal)) from refusal

    def validate_sub_topic(self, field: SelectField) -> None:
        """Where the format has none."""
        if not field.data and self._needs("subject_area"):
            raise ValidationError(_("Say the subject area of the questions: the file has none."))

    def validate_prefix(self, field: StringField) -> None:
        """Where the questions have no ids."""
        if not field.data and self._needs("prefix"):
            raise ValidationError(_("Say how the ids of the questions begin: the file has none. Example: LAW"))

    def _needs(self, name: str) -> bool:
        try:
            return self.chosen is not None and name in self.kind().needs
        except UnknownFormat:
            return False


class ImportForm(FlaskForm):
    """What to do with a file after its dry run."""

    keep_good = BooleanField(_l("Import the good questions and leave out those with faults"))
    submit_at_once = BooleanField(_l("Submit the questions for approval at once"))


class KeyExportForm(FlaskForm):
    """For what the keys are needed, and in which format."""

    format = SelectField(_l("Format"))
    reason = text_field(_l("What the keys are needed for"), 500)


class SubjectForm(FlaskForm):
    """A subject area or a sub-topic; the code is given once."""

    code = StringField(
        _l("Code"),
        [DataRequired(FILLED), at_most(32), Regexp(r"[a-z0-9][a-z0-9.-]*\Z", message=CODE_SIGNS)],
        filters=[clean], description=_l("Stands in files, for example law or budget-and-staff. It never changes."),
        render_kw={"maxlength": "32", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip
    name_ky = text_field(_l("Name in Kyrgyz"), 200)
    name_ru = text_field(_l("Name in Russian"), 200)
    name_en = text_field(_l("Name in English"), 200)
