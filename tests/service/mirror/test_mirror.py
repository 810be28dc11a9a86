"""A mirror against the real service over HTTP: what it keeps, what it proves, and what it refuses to believe."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from data.database import Engine, WriteSession, make_engine, write_session
from data.stores import changes
from data.stores.listings import Step
from models.access import Role
from models.changes import canonical, digest
from models.errors import CreditError
from models.listings import Cause
from service.mirror.folder import Folder, State
from service.mirror.follow import Mirror, check_folder
from service.mirror.remote import Remote
from tests.entries import add_enterprise, add_policy, add_run, black, enter, move
from tests.service.serving import bearing, make_keys, serving, wait_for_checkpoint

END = date(2026, 4, 1)


@dataclass
class House:
    """A running service, and a hand on its database."""

    url: str
    key: str
    engine: Engine
    client: httpx.Client

    def write(self, act: Callable[[WriteSession], Any]) -> Any:
        """Do something, and wait until it is signed."""
        with write_session(self.engine) as session:
            done = act(session)
            session.commit()
        wait_for_checkpoint(self.client, bearing(self.key))
        return done

    def forget(self, *seqs: int) -> None:
        self.write(lambda session: changes.empty_details(session, seqs, why="over"))
        for _ in range(200):
            if self.client.get("/v1/checkpoint").json()["checkpoint"]["forgotten"] >= len(seqs):
                return
            time.sleep(0.05)

    def remote(self) -> Remote:
        return Remote(self.url, key=self.key)


@contextmanager
def founded(database: str) -> Iterator[House]:
    engine = make_engine(database, size=2)
    keys = make_keys(database)
    with serving(database) as client:
        made = House(str(client.base_url), keys[Role.PLATFORM], engine, client)
        with write_session(engine) as session:
            run_id = add_run(session, add_policy(session))
            for key in range(1, 9):
                add_enterprise(session, key)
            session.commit()
        made.write(lambda session: enter(session, *(black(key, run_id=run_id) for key in range(1, 7))))
        made.write(lambda session: move(session, Step(1, Cause.REMOVED, END), Step(2, Cause.REPAIRED, END)))
        yield made
    engine.dispose()


@pytest.fixture
def house(database: str) -> Iterator[House]:
    with founded(database) as made:
        yield made


@pytest.fixture(scope="module")
def still(clone: Callable[[], str]) -> Iterator[House]:
    """A house for tests that write nothing."""
    with founded(clone()) as made:
        yield made


def remove(session: WriteSession, *, listing_id: int) -> None:
    move(session, Step(listing_id, Cause.REMOVED, END))


def follow(house: House, path: Path, **given: Any) -> Any:
    with Folder(path, log="changes") as folder, house.remote() as remote:
        return Mirror(remote, folder).follow(acknowledges=False, **given)


def state_of(path: Path) -> State:
    return State.model_validate_json((path / "state.json").read_bytes())


def lists_of(path: Path) -> list[str]:
    return [json.loads(line)["enterprise"]["value"] for line in (path / "lists.ndjson").read_text().splitlines()]


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(CreditError) as told:
        act()
    return told.value.code


@pytest.mark.parametrize("from_snapshot", [False, True])
def test_a_mirror_holds_what_the_lists_hold_from_wherever_it_began(house: House, tmp_path: Path, from_snapshot: bool) -> None:
    first = follow(house, tmp_path, from_snapshot=from_snapshot)
    assert first.checkpoint.seq == 8
    assert lists_of(tmp_path) == ["E3", "E4", "E5", "E6"]
    house.write(lambda session: move(session, Step(1, Cause.ANNULLED, END), Step(3, Cause.REMOVED, END)))
    again = follow(house, tmp_path)
    assert (again.read, again.checkpoint.entries) == (2, 3)
    assert lists_of(tmp_path) == ["E4", "E5", "E6"]
    with Folder(tmp_path, log="changes") as folder:
        proved = check_folder(folder)
    assert proved == again.checkpoint


def test_a_round_without_news_keeps_the_heartbeat_only(still: House, tmp_path: Path) -> None:
    follow(still, tmp_path)
    lines = (tmp_path / state_of(tmp_path).file).stat().st_mtime_ns
    assert follow(still, tmp_path).read == 0
    assert (tmp_path / state_of(tmp_path).file).stat().st_mtime_ns == lines


def test_a_mirror_forgets_what_the_law_had_forgotten_and_stays_equal(house: House, tmp_path: Path) -> None:
    follow(house, tmp_path)
    house.forget(1, 7)
    done = follow(house, tmp_path)
    assert done.forgotten == 2
    kept = [json.loads(line) for line in (tmp_path / state_of(tmp_path).file).read_text().splitlines()]
    assert [line["seq"] for line in kept if line["body"] is None] == [1, 7]
    assert [line["salt"] for line in kept if line["body"] is None] == [None, None]
    assert '"E1"' not in "".join(file.read_text() for file in tmp_path.iterdir() if file.is_file())
    fresh = tmp_path / "fresh"
    assert follow(house, fresh).forgotten == 0
    assert lists_of(fresh) == lists_of(tmp_path)


def test_a_killed_mirror_goes_on_where_it_was(house: House, tmp_path: Path) -> None:
    """What a killed process wrote beyond its state is cut off; a half-written state is never in its place."""
    follow(house, tmp_path)
    file = tmp_path / state_of(tmp_path).file
    with file.open("ab") as held:
        held.write(b'{"seq": 9, "half')
    (tmp_path / ".state.json.new").write_bytes(b'{"seq"')
    house.write(lambda session: move(session, Step(3, Cause.REMOVED, END)))
    assert follow(house, tmp_path).read == 1
    assert lists_of(tmp_path) == ["E4", "E5", "E6"]


@pytest.mark.slow
def test_a_mirror_killed_at_any_instant_is_equal_after_its_next_round(house: House, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service.cli", "mirror", house.url, "--dir", str(tmp_path), "--follow", "--every", "1", "--silent"]
    for number in range(6):
        process = subprocess.Popen(command, env={"QCREDIT_MIRROR_KEY": house.key, "PATH": "", "PYTHONPATH": ":".join(sys.path)})
        time.sleep(0.6 + 0.13 * number)
        process.send_signal(signal.SIGKILL)
        process.wait()
        if number < 4:
            house.write(partial(remove, listing_id=3 + number))
    assert follow(house, tmp_path).checkpoint.seq == 12
    assert lists_of(tmp_path) == []


def test_two_mirrors_do_not_share_a_folder_and_no_folder_of_others_is_taken(tmp_path: Path) -> None:
    with Folder(tmp_path, log="changes"):
        assert refused(lambda: Folder(tmp_path, log="changes")) == "mirror.folder"
    other = tmp_path / "other"
    other.mkdir()
    (other / "letters.txt").write_text("mine")
    assert refused(lambda: Folder(other, log="changes")) == "mirror.folder"


class Altering(httpx.HTTPTransport):
    """The way to the real service, with some answers altered, as whoever stands between would."""

    def __init__(self, alter: Callable[[str, bytes], bytes]) -> None:
        super().__init__()
        self.alter = alter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        try:
            return httpx.Response(answer.status_code, content=self.alter(request.url.path, answer.read()))
        finally:
            answer.close()


@contextmanager
def lying(house: House, path: Path, alter: Callable[[str, bytes], bytes]) -> Iterator[Mirror]:
    with Folder(path, log="changes") as folder, house.remote() as remote:
        remote._client.close()
        remote._client = httpx.Client(headers=bearing(house.key), transport=Altering(alter))
        yield Mirror(remote, folder)


def lied(house: House, path: Path, at: str, alter: Callable[[Any], Any]) -> str:
    """The code with which a mirror refuses altered lines, or an altered answer, of one address."""

    def change(address: str, content: bytes) -> bytes:
        if not address.endswith(at):
            return content
        if at.endswith(".ndjson"):
            return "".join(f"{json.dumps(line)}\n" for line in alter([json.loads(line) for line in content.splitlines()])).encode()
        return json.dumps(alter(json.loads(content))).encode()

    with lying(house, path, change) as mirror:
        return refused(lambda: mirror.follow(acknowledges=False))


def forged(line: dict[str, Any]) -> dict[str, Any]:
    """A line about somebody else that fits in itself."""
    body = line["body"] | {"name": "somebody else"}
    made = line | {"body": body, "commitment": digest(line["salt"] + canonical(body))}
    chained = {name: made[name] for name in made if name not in {"hash", "salt", "body"}}
    return made | {"hash": digest(canonical(chained))}


@pytest.mark.parametrize(
    ("alter", "code"),
    [
        (lambda lines: lines[::-1], "changes.broken_chain"),
        (lambda lines: lines[:3] + lines[4:], "changes.broken_chain"),
        (lambda lines: lines[:3] + lines[2:], "changes.broken_chain"),
        (lambda lines: lines[:-1], "mirror.tampered"),
        (lambda lines: [], "mirror.tampered"),
        (lambda lines: [*lines[:4], lines[4] | {"cause": "annulled"}, *lines[5:]], "changes.broken_chain"),
        (lambda lines: [*lines[:4], lines[4] | {"body": lines[5]["body"]}, *lines[5:]], "changes.broken_chain"),
        (lambda lines: [*lines[:4], forged(lines[4]), *lines[5:]], "changes.broken_chain"),
        (lambda lines: [*lines[:-1], forged(lines[-1])], "changes.copy_differs"),
        (lambda lines: [*lines[:4], lines[4] | {"body": None, "salt": None}, *lines[5:]], "changes.copy_differs"),
        (lambda lines: [line | {"epoch": 0} for line in lines], "changes.broken_chain"),
    ],
    ids=["reordered", "missing", "doubled", "cut short", "empty", "altered", "another's body", "forged", "forged last", "hidden", "epoch"],
)
def test_lines_that_are_not_what_was_written_are_refused(still: House, tmp_path: Path, alter: Callable[[Any], Any], code: str) -> None:
    assert lied(still, tmp_path, "changes.ndjson", alter) == code
    assert follow(still, tmp_path / "honest").checkpoint.seq == 8


def test_a_forged_checkpoint_and_one_of_another_log_are_refused(still: House, tmp_path: Path) -> None:
    token = still.client.get("/v1/checkpoint").json()["token"]
    head, body, signature = token.split(".")
    # The last letters of base64 carry few bits, and another one may say the same: an altered token differs in its middle.
    body_altered, signature_altered = (part[:20] + ("B" if part[20] == "A" else "A") + part[21:] for part in (body, signature))
    for altered in (f"{head}.{body_altered}.{signature}", f"{head}.{body}.{signature_altered}", f"{head}.{body}", ""):
        code = lied(still, tmp_path, "/checkpoint", {"token": altered}.__ror__)
        assert code in {"signature.forged", "signature.malformed"}
    assert lied(still, tmp_path, "/jwks.json", lambda told: {"keys": []}) == "signature.unknown_key"


def test_a_checkpoint_shown_before_is_not_believed_again(house: House, tmp_path: Path) -> None:
    old = house.client.get("/v1/checkpoint").json()
    house.write(lambda session: move(session, Step(3, Cause.REMOVED, END)))
    follow(house, tmp_path)
    assert lied(house, tmp_path, "/checkpoint", lambda told: old) == "mirror.rolled_back"
    assert lists_of(tmp_path) == ["E4", "E5", "E6"]


def test_a_copy_altered_on_disk_is_noticed_before_anything_is_added_to_it(still: House, tmp_path: Path) -> None:
    follow(still, tmp_path)
    file = tmp_path / state_of(tmp_path).file
    whole = file.read_text()
    file.write_text(whole.replace("E3", "E9"))
    assert refused(lambda: follow(still, tmp_path)) == "changes.broken_chain"
    file.write_text(whole[: len(whole) // 2])
    assert refused(lambda: follow(still, tmp_path)) == "mirror.tampered"


def test_a_snapshot_that_lacks_an_entry_or_has_one_more_is_no_beginning(still: House, tmp_path: Path) -> None:
    def begun(alter: Callable[[Any], Any]) -> str:
        def change(address: str, content: bytes) -> bytes:
            lines = alter(content.splitlines()) if address.endswith("snapshot.ndjson") else [content]
            return b"\n".join(lines)

        with lying(still, tmp_path, change) as mirror:
            return refused(lambda: mirror.follow(from_snapshot=True, acknowledges=False))

    assert begun(lambda lines: [lines[0], *lines[2:]]) == "changes.copy_differs"
    assert begun(lambda lines: lines[:1]) == "changes.copy_differs"
    assert not (tmp_path / "state.json").exists()


def test_nothing_is_forgotten_that_has_not_ended(house: House, tmp_path: Path) -> None:
    follow(house, tmp_path)
    house.forget(7)
    code = lied(house, tmp_path, "/forgotten", lambda told: told | {"forgotten": [one | {"seq": 4} for one in told["forgotten"]]})
    assert code == "mirror.tampered"
    assert lists_of(tmp_path) == ["E3", "E4", "E5", "E6"]
    assert follow(house, tmp_path).forgotten == 1


def test_a_service_that_does_not_answer_or_refuses_is_told_apart(still: House, tmp_path: Path) -> None:
    assert refused(lambda: follow(replace(still, key="qck_none_none"), tmp_path)) == "mirror.declined"
    with Folder(tmp_path, log="changes") as folder, Remote("http://127.0.0.1:9", key=None) as remote:
        assert refused(Mirror(remote, folder).follow) == "mirror.unreachable"


def test_the_command_says_what_it_did_and_verifies_without_the_service(still: House, tmp_path: Path) -> None:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        env = {"QCREDIT_MIRROR_KEY": still.key, "PATH": "", "PYTHONPATH": ":".join(sys.path)}
        command = [sys.executable, "-m", "service.cli", "mirror", *words, "--dir", str(tmp_path)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    done = call(still.url, "--silent")
    assert "8 lines read. The copy is equal: line 8 of epoch 1, 4 entries" in done.stdout, done.stderr
    assert "The copy is whole: line 8 of epoch 1" in call("--verify").stdout
    (tmp_path / state_of(tmp_path).file).write_text("{}\n")
    broken = call("--verify")
    assert (broken.returncode, "[mirror.tampered]" in broken.stderr) == (1, True)
