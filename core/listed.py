"""Pages of a list that is made in Python, as the pages of a query look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_sqlalchemy.pagination import Pagination

PAGE = 25


class Listed(Pagination):
    """One page of a sequence."""

    def __init__(self, rows: Sequence[Any], *, page: int) -> None:
        super().__init__(page=page, per_page=PAGE, max_per_page=PAGE, error_out=False, rows=rows)

    def _query_items(self) -> list[Any]:
        rows: Sequence[Any] = self._query_args["rows"]
        return list(rows[self._query_offset : self._query_offset + self.per_page])

    def _query_count(self) -> int:
        return len(self._query_args["rows"])
