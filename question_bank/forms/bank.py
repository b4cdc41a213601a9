"""What people fill in about files and about the parts of the test's content."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, SelectField, StringField, ValidationError
from wtforms.validators import DataRequired, Regexp

from core.i18n import lazy_gettext as _l
from question_bank.exchange.formats import Format, UnknownFormat, by_filename, by_name
from question_bank.forms.fields import FILLED, at_most, clean, text_field

CODE_SIGNS = _l("Small Latin letters, digits, '-' only.")


class UploadForm(FlaskForm):
    """A file of questions."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
    format = SelectField(_l("Format"), validate_choice=False)

    def kind(self) -> Format:
        """The format chosen, else the one that the file's name tells; refuses an unknown one."""
        return by_name(self.format.data) if self.format.data else by_filename(self.file.data.filename)

    def validate_file(self, field: FileField) -> None:
        """Of a known format."""
        try:
            self.kind()
        except UnknownFormat as refusal:
            raise ValidationError(str(refusal)) from refusal


class ImportForm(FlaskForm):
    """What to do with a file after its dry run."""

    keep_good = BooleanField(_l("Import the good questions and leave out those with faults"))
    submit_at_once = BooleanField(_l("Submit the questions for approval at once"))


class ExportForm(FlaskForm):
    """In which format the bank is written."""

    format = SelectField(_l("Format"))


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
