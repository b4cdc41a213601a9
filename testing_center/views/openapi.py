"""The OpenAPI document of the delivery API."""

from __future__ import annotations

from typing import Any

from core.pictures import MEDIA_TYPES
from question_bank.rules import ItemKind


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties, "additionalProperties": False}


def _problems(**codes: str) -> dict[str, Any]:
    """Responses by status: ``s409="stale_revision, attempt_closed"`` names the stable codes."""
    return {
        status[1:]: {
            "description": f"problem+json; code: {names}",
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status, names in codes.items()
    }


INTEGER, STRING, BOOLEAN = {"type": "integer"}, {"type": "string"}, {"type": "boolean"}
MOMENT = {"type": "string", "format": "date-time", "description": "RFC 3339, UTC"}
HTML = {
    "type": "string",
    "description": "Only of rich questions: HTML and MathML of a short allow-list, safe to put into a page as it is; "
    "addresses of pictures are those of `media`.",
}
IDS = {"type": "array", "items": STRING}
STATUS = {"type": "string", "enum": ["ready", "in_progress", "paused", "ended"]}
TOKEN_HEADER = {
    "name": "X-CSRF-Token", "in": "header", "required": True, "schema": STRING,
    "description": "The token that `entry` and `GET attempt` return.",
}  # fmt: skip
SESSION: list[dict[str, list[str]]] = [{"session": []}]

SCHEMAS: dict[str, Any] = {
    "Problem": {
        "type": "object",
        "required": ["type", "status", "code", "detail"],
        "properties": {
            "type": STRING, "status": INTEGER, "code": STRING, "detail": STRING, "request": STRING,
            "retry_after": INTEGER, "response": IDS, "revision": INTEGER, "flagged": BOOLEAN, "kept": BOOLEAN,
        },
    },
    "Entry": _object(
        "csrf_token candidate sitting attempt",
        csrf_token=STRING,
        candidate=_object("name", name=STRING),
        sitting=_object("title starts_at place", title=STRING, starts_at=MOMENT, place=STRING),
        attempt=_object(
            "status items duration_seconds form_digest",
            status=STATUS, items=INTEGER, duration_seconds=INTEGER, form_digest=STRING,
        ),
    ),
    "Attempt": _object(
        "csrf_token status server_time deadline_at remaining_seconds form_digest language items",
        csrf_token=STRING, status=STATUS, server_time=MOMENT,
        deadline_at={**MOMENT, "type": ["string", "null"]}, remaining_seconds={"type": ["integer", "null"]},
        form_digest=STRING, language={"type": "string", "enum": ["ky", "ru"]},
        items={"type": "array", "items": _ref("Question")},
    ),
    "Question": _object(
        "position stem media kind options response revision flagged",
        position=INTEGER, stem={**STRING, "description": "In plain words, whatever the question."}, stem_html=HTML,
        media={"type": "array", "items": _ref("Medium"), "description": "Every picture of a rich question."},
        kind={"type": "string", "enum": [*ItemKind]},
        options={"type": "array", "items": _object("option text", option=STRING, text=STRING, html=HTML)},
        response=IDS, revision=INTEGER, flagged=BOOLEAN,
        targets={
            "type": "array", "items": _object("target text", target=STRING, text=STRING, html=HTML),
            "description": "What the options are matched to; only where there is something to match.",
        },
    ),
    "Medium": _object(
        "name url alt media_type",
        name={**STRING, "description": "SHA-256 of the picture in hex, and its ending."},
        url={**STRING, "description": "Where this candidate, while signed in, gets the picture."},
        alt={**STRING, "description": "What it shows, in words, in the language of the attempt."},
        media_type={"type": "string", "enum": sorted(MEDIA_TYPES.values())},
    ),
    "Save": _object(
        "response revision",
        response=IDS, revision={"type": "integer", "minimum": 1, "description": "One more than the last one saved."},
        flagged=BOOLEAN,
    ),
    "Saved": _object(
        "position response revision flagged saved_at receipt remaining_seconds",
        position=INTEGER, response=IDS, revision=INTEGER, flagged=BOOLEAN, saved_at=MOMENT, receipt=STRING,
        remaining_seconds=INTEGER,
    ),
    "Gap": _object("seconds", seconds={"type": "integer", "minimum": 1}),
    "Seen": {
        "type": "object",
        "properties": {"seen": {**IDS, "description": "What the candidate has read: messages, and time given."}},
    },
    "Pulse": _object(
        "status remaining_seconds may_start given_seconds given messages",
        status=STATUS, remaining_seconds={"type": ["integer", "null"], "description": "It stands while paused."},
        may_start={**BOOLEAN, "description": "False while the proctor does not let this candidate start."},
        given_seconds={**INTEGER, "description": "All the time beyond the form's: granted, given, given back."},
        given={
            "type": "array", "description": "What staff gave that the candidate has not read of yet.",
            "items": _object("id seconds", id=STRING, seconds=INTEGER),
        },
        messages={"type": "array", "items": _object("id text", id=STRING, text=STRING)},
    ),
    "Result": _object(
        "score maximum cut_score outcome statement submitted_at ended_by appeal_until protocol_url",
        score=INTEGER, maximum=INTEGER, cut_score=INTEGER,
        outcome={"type": "string", "enum": ["meets", "does_not_meet"]},
        statement=_object("ky ru", ky=STRING, ru=STRING), submitted_at=MOMENT,
        ended_by={"type": "string", "enum": ["candidate", "deadline", "staff"]},
        appeal_until={**MOMENT, "description": "At least until then; it moves on while the sitting runs (¶33)."},
        protocol_url=STRING,
    ),
}  # fmt: skip

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Delivery API",
        "version": "1",
        "description": "What the exam page uses. The session is a cookie set by `entry`. No key and no correctness is "
        "in "
        "any answer before the attempt has ended, and no key ever.",
    },
    "servers": [{"url": "/api/v1"}],
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "session",
                "description": "Over TLS the name is `__Host-session`: a browser takes it from this host alone.",
            }
        },
    },
    "paths": {
        "/entry": {
            "post": {
                "summary": "Enter with a candidate code; `resume` goes on at another workstation.",
                "requestBody": {"required": True, "content": _json(_object("code", code=STRING, resume=STRING))},
                "responses": {
                    "200": {"description": "Entered.", "content": _json(_ref("Entry"))},
                    **_problems(
                        s400="bad_request", s401="invalid_code", s409="presence_not_confirmed, sitting_not_open",
                        s413="too_large", s415="unsupported_media_type", s429="too_many_tries (with Retry-After)",
                    ),
                },
            }
        },
        "/attempt": {
            "post": {
                "summary": "Start the test; idempotent.",
                "security": SESSION, "parameters": [TOKEN_HEADER],
                "responses": {
                    "200": {"description": "Running.", "content": _json(_ref("Attempt"))},
                    **_problems(
                        s400="csrf", s401="not_entered",
                        s409="sitting_not_open, not_authorised, attempt_closed, continued_elsewhere",
                    ),
                },
            },
            "get": {
                "summary": "The attempt as the server has it; questions while it runs.",
                "security": SESSION,
                "responses": {
                    "200": {"description": "As it is now.", "content": _json(_ref("Attempt"))},
                    **_problems(s401="not_entered", s409="continued_elsewhere"),
                },
            },
        },
        "/attempt/responses/{position}": {
            "put": {
                "summary": "Save an answer: one option id for single choice, empty withdraws. 200 only once durable.",
                "security": SESSION,
                "parameters": [{"name": "position", "in": "path", "required": True, "schema": INTEGER}, TOKEN_HEADER],
                "requestBody": {"required": True, "content": _json(_ref("Save"))},
                "responses": {
                    "200": {"description": "On disk.", "content": _json(_ref("Saved"))},
                    **_problems(
                        s400="bad_request, csrf", s401="not_entered", s404="no_such_position",
                        s409="stale_revision, continued_elsewhere, attempt_closed, attempt_not_started, "
                        "attempt_paused, no_way_back",
                        s413="too_large", s415="unsupported_media_type", s422="invalid_response",
                    ),
                },
            }
        },
        "/attempt/gaps": {
            "post": {
                "summary": "The page could not reach the server for so many seconds, and now can; for the key review.",
                "security": SESSION, "parameters": [TOKEN_HEADER],
                "requestBody": {"required": True, "content": _json(_ref("Gap"))},
                "responses": {
                    "204": {"description": "Heard."},
                    **_problems(
                        s400="bad_request, csrf", s401="not_entered", s409="continued_elsewhere", s413="too_large",
                        s415="unsupported_media_type",
                    ),
                },
            }
        },
        "/attempt/pulse": {
            "post": {
                "summary": "The page is there; where the test stands, and what the staff say. Every five seconds.",
                "security": SESSION, "parameters": [TOKEN_HEADER],
                "requestBody": {"required": True, "content": _json(_ref("Seen"))},
                "responses": {
                    "200": {"description": "As it is now.", "content": _json(_ref("Pulse"))},
                    **_problems(
                        s400="bad_request, csrf", s401="not_entered", s409="continued_elsewhere", s413="too_large",
                        s415="unsupported_media_type",
                    ),
                },
            }
        },
        "/attempt/submit": {
            "post": {
                "summary": "End the test; idempotent.",
                "security": SESSION, "parameters": [TOKEN_HEADER],
                "responses": {
                    "200": {"description": "Ended.", "content": _json(_ref("Result"))},
                    **_problems(
                        s400="csrf", s401="not_entered", s409="attempt_not_started, attempt_paused, continued_elsewhere"
                    ),
                },
            }
        },
        "/attempt/result": {
            "get": {
                "summary": "The result, after the end.",
                "security": SESSION,
                "responses": {
                    "200": {"description": "Ended.", "content": _json(_ref("Result"))},
                    **_problems(s401="not_entered", s409="attempt_open, continued_elsewhere"),
                },
            }
        },
    },
}  # fmt: skip
