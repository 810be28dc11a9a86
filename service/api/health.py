"""Is the process alive, and can it answer."""

from fastapi import APIRouter, Request, Response
from pydantic_core import to_json

from service.house import house_of
from service.problems import problems

router = APIRouter(tags=["health"])


@router.get("/healthz", response_model=dict[str, str])
async def healthz() -> Response:
    """Say that the process answers; asks nobody else."""
    return Response(b'{"status":"alive"}', media_type="application/json")


@router.get("/readyz", response_model=dict[str, str], responses=problems(503))
async def readyz(request: Request) -> Response:
    """Say that the database answers and holds the schema this version needs; 503 until then."""
    house = house_of(request)
    async with house.pool.connection(timeout=3) as connection:
        row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
    body = to_json({"status": "ready", "schema": row["version_num"] if row else "none"})
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
