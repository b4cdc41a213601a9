"""A page of a long list, however its rows are found; what a person typed into the address never shows an empty one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask_sqlalchemy.pagination import Pagination

PAGE = 25
Read = Callable[[int, int], Sequence[Any]]  # rows after so many, at most so many


class Page(Pagination):
    """A page of a list of ``total`` rows; beyond the last page it is the last one, which an act may have emptied."""

    def __init__(self, total: int, page: int, read: Read, *, per_page: int = PAGE) -> None:
        self.total, self.per_page, self.max_per_page = total, per_page, per_page
        self._query_args: dict[str, Any] = {}
        self.page = max(1, min(page, -(-total // per_page)))
        self.items = list(read((self.page - 1) * per_page, per_page)) if total else []
