"""`qcredit serve`: the API and the pages, on loopback unless told otherwise."""

import json
from typing import Annotated

import typer
import uvicorn

from service.app import create_app, description
from service.cli import version_of_service
from service.commands.opening import opened
from service.settings import read_settings

app = typer.Typer()


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; loopback unless QCREDIT_HOST says otherwise.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.", min=0, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that answer.", min=1, max=64)] = None,
) -> None:
    """Serve the API and the pages until interrupted.

    Example: qcredit serve --port 8000 --workers 2
    """
    settings = read_settings()
    host, port, workers = host or settings.host, settings.port if port is None else port, workers or settings.workers
    found = opened()
    typer.echo(f"qcredit {version_of_service()}")
    typer.echo(f"Database: {found.describe()}")
    typer.echo(f"Serving on http://{host}:{port} ({workers} worker{'s' if workers > 1 else ''}); stop with Ctrl+C")
    uvicorn.run(
        "service.app:create_app",
        factory=True,
        host=host,
        port=port,
        workers=workers if workers > 1 else None,
        access_log=settings.access_log,
        log_level="info" if settings.access_log else "warning",
        server_header=False,
        timeout_graceful_shutdown=20,
    )


@app.command()
def openapi() -> None:
    """Print the description of the API (OpenAPI 3.1).

    Example: qcredit openapi > openapi.json
    """
    typer.echo(json.dumps(description(create_app()), ensure_ascii=False, indent=1))
