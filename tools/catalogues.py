"""Message catalogues: extract, update, compile, check.

English sentences are the message ids, so English needs no catalogue. The ``.po`` files are written without dates and
places and in alphabetical order: two branches that add messages merge quietly. The ``.mo`` files are built, not kept.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ky", "ru")
PACKAGES = (
    "core", "regulation", "accounts", "question_bank", "competitions", "testing_center", "appeals", "ranking",
    "archive", "demo",
)  # fmt: skip
METHODS = [("templates/**.html", "jinja2"), ("wsgi.py", "python"), *((f"{name}/**.py", "python") for name in PACKAGES)]
OPTIONS = {"templates/**.html": {"trimmed": "true", "silent": "false"}}
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
VOLATILE = re.compile(
    rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team'
    rb'|Generated-By):.*\n|^#(?: .*)?\n|^#, fuzzy\n(?=msgid ""\nmsgstr ""\n"MIME)',
    re.MULTILINE,
)
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[a-zA-Z]|%%")


def extract(root: Path) -> Catalog:
    """Every message of the sources under ``root``, without places."""
    template = Catalog(charset="utf-8", fuzzy=False)

    def is_wanted(folder: str) -> bool:
        """Whether the walk enters a folder: nothing hidden, nothing installed, nothing produced."""
        path = Path(folder)
        return path.parent != root or path.name in {*PACKAGES, "templates"}

    found = extract_from_dir(
        str(root),
        METHODS,
        OPTIONS,
        keywords=KEYWORDS,
        comment_tags=("i18n:",),
        strip_comment_tags=True,
        directory_filter=is_wanted,
    )
    for _file, _line, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def po_file(root: Path, language: str) -> Path:
    """Where the catalogue of a language lives."""
    return root / "translations" / language / "LC_MESSAGES" / "messages.po"


def read(path: Path, language: str) -> Catalog:
    """A catalogue from its file; an empty one where there is no file yet."""
    if not path.exists():
        return Catalog(locale=language, charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def write(path: Path, catalog: Catalog) -> bool:
    """Write a catalogue the quiet way; says whether the file changed."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    content = VOLATILE.sub(b"", buffer.getvalue()).strip() + b"\n"
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def update(root: Path) -> None:
    """Bring each catalogue to the messages of the sources: new ones empty, vanished ones gone, nothing guessed."""
    template = extract(root)
    for language in LANGUAGES:
        path = po_file(root, language)
        old, new = read(path, language), Catalog(locale=language, charset="utf-8", fuzzy=False)
        for message in _messages(template):
            known = old.get(message.id, message.context)
            same = known is not None and _is_plural(known) == _is_plural(message) and known.id == message.id
            new.add(
                message.id,
                known.string if known is not None and same else ("",) * new.num_plurals if _is_plural(message) else "",
                flags=message.flags | ({"fuzzy"} if known is not None and same and known.fuzzy else set()),
                user_comments=known.user_comments if known is not None else (),
                auto_comments=message.auto_comments,
                context=message.context,
            )
        changed = write(path, new)
        empty = sum(not _is_translated(message) for message in _messages(new))
        print(f"{language}: {len(new)} messages, {empty} untranslated{'' if changed else ', unchanged'}")


def compile_catalogues(paths: list[Path]) -> None:
    """Write the ``.mo`` beside each ``.po``."""
    for path in paths:
        catalog = read(path, path.parent.parent.name)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog, use_fuzzy=False)


def check(root: Path) -> list[str]:
    """Everything that keeps the catalogues from being complete, one line each."""
    template, faults = extract(root), []
    wanted = {(message.context, message.id): message for message in _messages(template)}
    for language in LANGUAGES:
        catalog = read(po_file(root, language), language)
        have = {(message.context, message.id): message for message in _messages(catalog)}
        faults += [f"{language}: missing: {_name(wanted[key])!r}" for key in wanted if key not in have]
        faults += [f"{language}: no longer used: {_name(have[key])!r}" for key in have if key not in wanted]
        faults += [f"{language}: obsolete: {_name(message)!r}" for message in catalog.obsolete.values()]
        for key in wanted.keys() & have.keys():
            faults += [f"{language}: {fault}: {_name(have[key])!r}" for fault in _faults(have[key])]
    return sorted(faults)


def _faults(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    if not _is_translated(message):
        yield "untranslated"
        return
    expected = _placeholders(_ids(message)[-1])
    for string in _strings(message):
        if _placeholders(string) != expected:
            yield f"placeholders differ ({', '.join(sorted(expected ^ _placeholders(string)))})"
            return
    if any(string != string.strip() for string in _strings(message)) and _name(message) == _name(message).strip():
        yield "blank at an end"


def _placeholders(text: str) -> set[str]:
    names = {match[1] for match in PLACEHOLDER.finditer(text) if match[1]}
    loose = PLACEHOLDER.sub("", text)
    # Jinja formats every message, so a bare % where the English has none breaks the page.
    return names | {"bare %"} if "%" in loose else names


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _is_plural(message: Message) -> bool:
    return isinstance(message.id, (list, tuple))


def _is_translated(message: Message) -> bool:
    return all(_strings(message))


def _ids(message: Message) -> list[str]:
    """The English sentence; the singular and the plural where there are two."""
    return list(message.id) if isinstance(message.id, (list, tuple)) else [message.id]


def _strings(message: Message) -> list[str]:
    """The translation; one for each plural form of the language where there are several."""
    found = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return [str(string or "") for string in found] or [""]


def _name(message: Message) -> str:
    return _ids(message)[0]


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; 0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the sources (default: this project)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("extract", help="write translations/messages.pot for translators")
    commands.add_parser("update", help="bring the catalogues to the messages of the sources")
    compiling = commands.add_parser("compile", help="write .mo files")
    compiling.add_argument("files", nargs="*", type=Path, help=".po files (default: all)")
    commands.add_parser("check", help="fail on a missing, untranslated, fuzzy or left-over message")
    options = parser.parse_args(arguments)
    root = options.root.resolve()
    if options.command == "extract":
        template = extract(root)
        write(root / "translations" / "messages.pot", template)
        print(f"{len(template)} messages")
    elif options.command == "update":
        update(root)
    elif options.command == "compile":
        compile_catalogues(options.files or sorted(root.glob("translations/*/LC_MESSAGES/*.po")))
    else:
        faults = check(root)
        print("\n".join([*faults, f"{len(faults)} faults in the catalogues"]) if faults else "Catalogues are complete.")
        return 1 if faults else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
