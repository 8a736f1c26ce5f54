"""The OpenAPI 3.1 document of the API, written from the tables that its views are made from."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from zdt_core.access.fields import Field
from zdt_core.access.idempotency import HEADER, REPLAYED
from zdt_deploy.deployments.api import schemas
from zdt_deploy.deployments.api.endpoint import Endpoint
from zdt_deploy.deployments.api.endpoints import ENDPOINTS

VERSION = "1"
_ABOUT = (
    "Starts, follows and steers deployments, as `manage.py zdt_deployment` does. Every refusal is "
    "a problem of RFC 9457 with a `code`, and nothing was changed then."
)
_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The deployment.",
    "schema": {"type": "string", "maxLength": 100},
}
_KEY = {
    "name": HEADER,
    "in": "header",
    "description": "Names what is asked: the same request with the same key is done once, and gets "
    "the same answer for two days. Another request with it is refused.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}
_REPLAYED = {
    "description": "“true” where the request was done before, and this is the answer of that time.",
    "schema": {"type": "string"},
}


def document(root: str) -> dict[str, Any]:
    """The document for an API whose paths begin at ``root``, such as "/zdt/api/"."""
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(f"/{endpoint.path}", {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "zdt", "version": VERSION, "description": _ABOUT},
        "servers": [{"url": root.removesuffix("/")}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.ALL,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token of `manage.py zdt_token create`.",
                }
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    status, schema = endpoint.gives
    made: dict[str, Any] = {
        "operationId": endpoint.name,
        "summary": endpoint.meaning,
        "description": f"Needs the scope `{endpoint.scope}`.",
        "parameters": _parameters(endpoint),
        "responses": {
            str(status): _success(status, schema, endpoint),
            **{str(each): _problem(each) for each in endpoint.problems},
        },
    }
    if endpoint.method == "POST":
        needed = any(field.required for field in endpoint.body)
        made["requestBody"] = {
            "required": needed,
            "content": {"application/json": {"schema": _body(endpoint.body)}},
        }
    return made


def _parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    found = [_ID] if "{id}" in endpoint.path else []
    found += [
        {
            "name": field.name,
            "in": "query",
            "description": field.meaning,
            "schema": {k: v for k, v in field.schema.items() if k != "description"},
        }
        for field in endpoint.query
    ]
    return [*found, _KEY] if endpoint.method == "POST" else found


def _body(fields: tuple[Field, ...]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: _nullable(field) for field in fields},
    }


def _nullable(field: Field) -> dict[str, Any]:
    """null is as good as leaving an optional field out."""
    schema = field.schema
    if field.required:
        return schema
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    more = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [*kinds, "null"], **more}


def _success(status: int, schema: str, endpoint: Endpoint) -> dict[str, Any]:
    headers: dict[str, Any] = {REPLAYED: _REPLAYED} if endpoint.method == "POST" else {}
    if status == HTTPStatus.CREATED:
        headers["Location"] = {"description": "Its path.", "schema": {"type": "string"}}
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/json": {"schema": _reference(schema)}},
        **({"headers": headers} if headers else {}),
    }


def _problem(status: int) -> dict[str, Any]:
    return {
        "description": schemas.MEANINGS[status],
        "content": {"application/problem+json": {"schema": _reference("Problem")}},
    }


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}
