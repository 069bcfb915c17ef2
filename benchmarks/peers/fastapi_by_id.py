"""The peer of the hot path: FastAPI with a pydantic response model.

Both answer from memory, so neither a look-up nor a database is measured.
"""

import json
import os
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field


class SchemaBody(BaseModel):
    """A schema by id, with the same fields in the same order as ours."""

    subject: str
    version: int
    guid: str
    schema_type: str = Field(alias="schemaType")
    text: str = Field(alias="schema")
    ts: int
    deleted: bool


_ROW: dict[str, Any] = json.loads(Path(os.environ["BENCH_BODY"]).read_bytes())
_MADE_BEFORE = SchemaBody(**_ROW)

app = FastAPI()


@app.get("/schemas/ids/{schema_id}", response_model=SchemaBody)
def get_by_id(schema_id: int) -> SchemaBody:
    """Answer as a handler does that reads through a synchronous driver: in a thread."""
    return SchemaBody(**_ROW)


@app.get("/made-before/{schema_id}", response_model=SchemaBody)
async def get_made_before(schema_id: int) -> SchemaBody:
    """Answer as fast as the framework can: on the loop, the model made at the start."""
    return _MADE_BEFORE
