"""Files that pages need, over the wire."""

from __future__ import annotations

import gzip
import re

PAGE_LIMIT = 60 * 1024


def files_of(page: str) -> list[str]:
    """Addresses of the style sheets, scripts and drawings of a page; fonts are not counted."""
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    return [path.replace("&amp;", "&") for path in found if ".woff2" not in path]


def test_text_is_compressed_where_the_browser_can_unpack_it_and_is_the_same_text(client):
    plain = client.get("/static/css/components.css")
    packed = client.get("/static/css/components.css", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers and packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert gzip.decompress(packed.data) == plain.data and len(packed.data) < len(plain.data) / 3


def test_a_browser_that_refuses_gzip_gets_the_plain_text(client):
    answer = client.get("/static/css/components.css", headers={"Accept-Encoding": "gzip;q=0, identity"})
    assert "Content-Encoding" not in answer.headers


def test_the_address_of_a_file_names_its_content_and_is_kept_for_a_year(client):
    files = files_of(client.get("/exam/").text)
    assert files and all(re.search(r"\?v=[0-9a-f]{12}$", path) for path in files)
    assert "immutable" in client.get(files[0]).headers["Cache-Control"]


def test_pages_are_never_compressed_and_never_kept(client):
    answer = client.get("/exam/", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers and answer.headers["Cache-Control"] == "no-store"


def test_an_exam_page_of_sixty_questions_with_all_its_files_is_under_sixty_kilobytes(client, make, clock):
    code = make.codes(make.sitting(people=1, items=60, cut_score=36))[0]
    token = client.post("/api/v1/entry", json={"code": code}).json["csrf_token"]
    client.post("/api/v1/attempt", headers={"X-CSRF-Token": token})
    page = client.get("/exam/questions/30")
    files = [client.get(path, headers={"Accept-Encoding": "gzip"}) for path in files_of(page.text)]
    assert page.status_code == 200 and len(files) >= 5
    weight = len(page.data) + sum(len(answer.data) for answer in files)
    assert weight < PAGE_LIMIT, weight
