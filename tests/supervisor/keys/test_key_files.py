"""Key files: made, listed, refused when others could read them, and never shown."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.bench.access import Role
from pilotage.errors import KeyFileError
from pilotage.wire import key as client_keys
from supervisor.configuration import check_whole
from supervisor.keys import files, folder
from tests.e2e.daemon import command
from tests.supervisor.cli.conftest import Run, run

__all__ = ["run"]
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")
CONFIG = "SENSORS_CONFIG = {}\nACTUATORS_CONFIG = []\nCURVE = {'port': 7000}\n"


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """A folder with a `config.py`, a key of the daemon, one that may drive and one that may read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.py").write_text(CONFIG, encoding="utf-8")
    assert run("keygen", "laptop", "--role", "drive").code == 0
    assert run("keygen", "screen", "--role", "read", "--output", "elsewhere").code == 0
    return tmp_path


def secrets(bench: Path) -> list[str]:
    """Return every key there is."""
    paths = [bench / "laptop.key_secret", bench / "elsewhere", *sorted((bench / "keys").iterdir())]
    return [line.split('"')[1] for path in paths for line in path.read_text().splitlines() if "-key" in line and '"' in line]


def test_keygen_makes_a_pair_for_each_client_and_one_key_for_the_daemon(bench: Path) -> None:
    assert sorted(path.name for path in (bench / "keys").iterdir()) == ["laptop.key", "screen.key", "server.key_secret"]
    keyring, problems = folder.load(bench / "keys")
    assert problems == []
    assert [(key.name, key.role) for key in keyring.clients] == [("laptop", Role.DRIVE), ("screen", Role.READ)]
    laptop = client_keys.read(bench / "laptop.key_secret")
    assert folder.public_bytes(laptop.public) == keyring.clients[0].public
    assert laptop.port == 7000
    assert laptop.server == client_keys.entries_of(bench / "keys" / "server.key_secret")["public-key"]
    assert client_keys.read(bench / "elsewhere").server == laptop.server


def test_no_key_is_ever_printed_or_in_a_repr(bench: Path, run: Run) -> None:
    found = secrets(bench)
    assert len(found) == 2 * 3 + 2 + 2
    said = [
        *run("keygen", "third", "--role", "read"),
        *run("keygen", "--list"),
        *run("check-config"),
        repr(check_whole(bench / "config.py")),
        repr(client_keys.read(bench / "laptop.key_secret")),
    ]
    assert not [key for key in found for text in said if key in str(text)]


def test_a_key_is_never_overwritten(bench: Path, run: Run) -> None:
    before = (bench / "laptop.key_secret").read_text()
    again = run("keygen", "laptop", "--role", "read", "--output", "other")
    assert again.code == 73
    assert "laptop.key exists already" in again.err
    assert not (bench / "other").exists()
    (bench / "keys" / "laptop.key").unlink()
    kept = run("keygen", "laptop", "--role", "read")
    assert kept.code == 73
    assert "laptop.key_secret exists already; a key is never overwritten" in kept.err
    assert not (bench / "keys" / "laptop.key").exists(), "nobody is let in whose file was not made"
    assert (bench / "laptop.key_secret").read_text() == before
    assert "nothing was made" in run("keygen").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["laptop2"], "say what the client may do: --role read or --role drive"),
        (["--role", "read"], "name the client that gets the role"),
        (["a b", "--role", "read"], "'a b' is no name for a client"),
        (["../x", "--role", "read"], "'../x' is no name for a client"),
        (["server", "--role", "read"], "'server' is no name for a client"),
        ([".hidden", "--role", "read"], "'.hidden' is no name for a client"),
        (["x", "--role", "own"], "invalid choice: 'own'"),
    ],
)
def test_a_wrong_command_line_is_said(bench: Path, run: Run, arguments: list[str], said: str) -> None:
    ended = run("keygen", *arguments)
    assert ended.code == 64
    assert said in ended.err
    assert len(list((bench / "keys").iterdir())) == 3


@posix
def test_a_server_key_that_others_can_read_is_refused(bench: Path, run: Run) -> None:
    path = bench / "keys" / "server.key_secret"
    path.chmod(0o640)
    ended = run("check-config")
    assert ended.code == 78
    assert f"CURVE: {path}: others than its owner may use it (its mode is 0640); chmod 600 {path}" in ended.err
    started = command(bench, "run", "--simulate", "--port", "0")
    assert started.returncode == 78
    assert f"chmod 600 {path}" in started.stderr


@pytest.mark.parametrize("damage", ["missing", "empty", "binary", "large", "no key", "short key", "a folder"])
def test_a_server_key_that_is_none_is_refused_in_words(bench: Path, run: Run, damage: str) -> None:
    path = bench / "keys" / "server.key_secret"
    text = path.read_text()
    path.unlink()
    contents = {
        "empty": b"",
        "binary": bytes(range(256)),
        "large": text.encode() + b"#" * 5000,
        "no key": b'curve\n    public-key = "x"\n',
        "short key": text.replace('secret-key = "', 'secret-key = "x').encode(),
    }
    if damage in contents:
        path.touch(0o600)
        path.write_bytes(contents[damage])
    elif damage == "a folder":
        path.mkdir(0o700)
    ended = run("check-config")
    assert ended.code == 78
    assert "server.key_secret" in ended.err
    assert "Error" not in ended.err


@posix
@pytest.mark.parametrize("damage", ["mode", "role", "key", "same key"])
def test_a_clients_file_that_cannot_be_used_lets_that_client_out_and_nobody_else(bench: Path, run: Run, damage: str) -> None:
    path, other = bench / "keys" / "laptop.key", bench / "keys" / "screen.key"
    text = path.read_text()
    match damage:
        case "mode":
            path.chmod(0o644)
        case "role":
            path.write_text(text.replace('role = "drive"', 'role = "root"'))
        case "key":
            path.write_text(text.replace('public-key = "', 'public-key = " '))
        case "same key":
            path.write_text(other.read_text())
    keyring, problems = folder.load(bench / "keys")
    (problem,) = problems
    assert problem.endswith("; this client is not let in")
    assert len(keyring.clients) == 1
    assert keyring.clients[0].name == ("laptop" if damage == "same key" else "screen")
    ended = run("check-config")
    assert ended.code == 0
    assert "this client is not let in" in ended.err


@posix
def test_a_user_who_may_not_read_the_keys_is_told_so(bench: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    ended = run("check-config")
    assert ended.code == 78
    assert "this user may not read it" in ended.err
    for words in (["keygen", "third", "--role", "read"], ["keygen", "--list"], ["keygen"]):
        ended = run(*words)
        assert ended.code == 73
        assert "sudo may read it" in ended.err
    assert run("pymodaq-config", "--config", "config.py").code == 0, "what needs no key reads none"


@posix
def test_a_client_refuses_a_key_of_its_own_that_others_can_read(bench: Path, run: Run) -> None:
    path = bench / "laptop.key_secret"
    path.chmod(0o644)
    ended = run("status", "--curve", str(path))
    assert ended.code == 64
    assert f"chmod 600 {path}" in ended.err


@posix
def test_root_gives_new_files_to_the_owner_of_the_folder_and_to_whoever_called_sudo(
    bench: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(bench / "keys", 4321, 4322)
    monkeypatch.setenv("SUDO_UID", "1234")
    monkeypatch.setenv("SUDO_GID", "1235")
    assert run("keygen", "third", "--role", "read").code == 0
    known, own = (bench / "keys" / "third.key").stat(), (bench / "third.key_secret").stat()
    assert (known.st_uid, known.st_gid, own.st_uid, own.st_gid) == (4321, 4322, 1234, 1235)


@given(st.text(max_size=80))
def test_any_text_is_a_name_of_one_file_or_none(text: str) -> None:
    if files.is_name(text):
        assert Path(text).name == text
        assert not text.startswith(".")


@given(st.binary(max_size=300))
def test_any_bytes_are_entries_or_an_error_in_words(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("keys") / "any.key"
    path.touch(0o600)
    path.write_bytes(content)
    said = ""
    try:
        said = str(path) if client_keys.entries_of(path) else ""
    except KeyFileError as error:
        said = str(error)
    assert said.startswith(str(path))
