"""Columns that hold values sealed under the key ring say so themselves: by that a rotation finds each value."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Column

from core.db import Base


class Sealed(NamedTuple):
    """What a column holds: values sealed under ``purpose``, in the context ``(kind, id of the row, *rest)``."""

    purpose: str
    kind: str
    rest: tuple[str, ...]

    def context(self, row_id: object) -> tuple[str, ...]:
        """The context of the value in this row."""
        return (self.kind, str(row_id), *self.rest)


def sealed_under(purpose: str, kind: str, *rest: str) -> dict[str, Sealed]:
    """``info`` of a column whose values are sealed under this key of the ring."""
    return {"sealed": Sealed(purpose, kind, rest)}


def columns_under(purpose: str) -> list[Column[Any]]:
    """All columns whose values are sealed under this key."""
    every = (column for table in Base.metadata.sorted_tables for column in table.columns)
    return [column for column in every if "sealed" in column.info and column.info["sealed"].purpose == purpose]
