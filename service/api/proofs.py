"""What proves the log: the newest checkpoint, proofs for an entry, a line and the growth of the log, its epochs, its emptied lines."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from data.stores import checkpoints
from models.checkpoints import told_in
from service.access import Caller
from service.answers import respond_json
from service.house import ReadSessionDep, house_of
from service.operations import prove
from service.problems import problems
from service.proof_answers import CheckpointSigned, ConsistencyProof, EntryProof, Epochs, EpochShown, ForgottenPage, LineProof

router = APIRouter(prefix="/v1", tags=["proofs"])
Number = Annotated[int, Query(ge=0, le=2**63 - 1)]
Size = Annotated[int | None, Query(ge=0, le=2**63 - 1, description="How many lines; all that have a root, unless given.")]


@router.get("/checkpoint", response_model=CheckpointSigned, responses=problems(401, 404))
def read_checkpoint(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Give the newest signed checkpoint: nothing new up to its line at its instant. It is signed anew at least every minute."""
    kept = prove.latest_checkpoint(session)
    told = told_in(kept.token)
    return respond_json(request, {"checkpoint": told, "token": kept.token}, headers={"Cache-Control": "no-store"})


@router.get("/proofs/entry", response_model=EntryProof, responses=problems(401, 403, 422))
async def prove_entry(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    list_name: Annotated[str, Query(alias="list", pattern=r"^[a-z][a-z0-9_]*$", max_length=63)],
    value: Annotated[str, Query(max_length=64)],
    scheme: Annotated[str, Query(max_length=63)] = "cn-uscc",
) -> Response:
    """Prove that an enterprise stands on a list, or that it does not."""
    async with house_of(request).pool.connection() as connection:
        proof = await prove.prove_entry(connection, list_name, scheme=scheme, value=value)
    return respond_json(request, proof)


@router.get("/proofs/lines/{seq}", response_model=LineProof, responses=problems(401, 403, 409, 422))
def prove_line(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    seq: Annotated[int, Path(ge=1, le=2**63 - 1)],
    size: Size = None,
) -> Response:
    """Prove that a line stands in the log of so many lines."""
    return respond_json(request, prove.prove_line(session, seq, size=size))


@router.get("/proofs/consistency", response_model=ConsistencyProof, responses=problems(401, 403, 409, 422))
def prove_growth(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    old: Annotated[int, Query(alias="from", ge=0, le=2**63 - 1)],
    size: Annotated[int | None, Query(alias="to", ge=0, le=2**63 - 1)] = None,
) -> Response:
    """Prove that the log of `to` lines begins with the log of `from` lines: nothing was altered or taken away, only added."""
    return respond_json(request, prove.prove_growth(session, old, size=size))


@router.get("/epochs", response_model=Epochs, responses=problems(401))
def read_epochs(request: Request, caller: Caller, session: ReadSessionDep) -> Response:  # noqa: ARG001  # admitted
    """Name the epochs of the log: one begins where a backup was restored behind its consumers."""
    told = [{name: row[name] for name in EpochShown.model_fields} for row in checkpoints.list_epochs(session)]
    return respond_json(request, {"epochs": told})


@router.get("/forgotten", response_model=ForgottenPage, responses=problems(401, 403, 422))
def read_forgotten(
    *,
    request: Request,
    caller: Caller,  # noqa: ARG001  # admitted
    session: ReadSessionDep,
    after: Number = 0,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> Response:
    """Give the lines that were emptied after a number, in the order of emptying: whoever holds a copy empties them too."""
    rows = checkpoints.forgotten_after(session, after, limit=limit)
    return respond_json(request, {"forgotten": rows, "next": rows[-1]["number"] if rows else after})
