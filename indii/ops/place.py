"""Where an embedded server keeps its files, and as whom it runs.

Postgres refuses to run as root. When we are root it runs as a system user of its own
(`indii-db`; never as a user that other services share, unless none can be made), and that user
must be able to reach its folder. A checkout under `/root` (mode 0700) is out of its reach; opening
the parents up is not ours to decide, so then the database lives in `/var/lib/indii/<id>` and
`var/postgres` is a link to it. The id is stored in `var/`, so moving the checkout keeps its data
and deleting `var/` starts afresh.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from indii.ops.errors import OpsError
from indii.ops.processes import Identity, working_in

USER = "indii-db"
OUTSIDE = (Path("/var/lib/indii"), Path("/var/tmp/indii"))
LONGEST_SOCKET = 100
"""Bytes that a Unix socket's path may have; the kernel's limit is 107."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of mode 0700 that belongs to `identity`."""

    root: Path
    identity: Identity

    @property
    def is_foreign(self) -> bool:
        """Whether files here belong to another user than the one who runs this."""
        return self.identity.uid != os.geteuid()

    def own(self, path: Path) -> None:
        """Give a file or folder (not what lies in it) to the identity."""
        if self.is_foreign:
            os.chown(path, self.identity.uid, self.identity.gid)


def postgres_place(state_dir: Path) -> Place:
    """Return the database's folder for this state folder, made when it is missing.

    Raises: OpsError when the folder cannot be reached or belongs to somebody else.
    """
    link = state_dir / "postgres"
    if link.exists():
        return _existing(link)
    if link.is_symlink():
        raise OpsError(
            f"The database folder {link.readlink()} is gone ({link} points to it). "
            f"Restore it, or remove {link} to start with an empty database."
        )
    if os.geteuid() != 0:
        return _made(link, Identity.mine())
    identity = _database_user()
    if _reaches(identity, state_dir):
        return _made(link, identity)
    root = _outside(state_dir, identity)
    link.symlink_to(root)
    return Place(root, identity)


def _existing(link: Path) -> Place:
    root = link.resolve()
    if link.is_symlink():
        _check_owner(link.parent, root)
    stat = root.stat()
    identity = Identity(stat.st_uid, stat.st_gid)
    if os.geteuid() == 0:
        if identity.uid == 0:
            raise OpsError(f"{root} belongs to root, but Postgres refuses to run as root.")
        if not _reaches(identity, root):
            raise OpsError(
                f"The database user {identity.name} cannot reach {root} any more: allow it to "
                f"pass through the folders above (chmod o+x), as it could before."
            )
    elif identity.uid != os.geteuid():
        raise OpsError(
            f"{root} belongs to {identity.name}: run this as {identity.name} or as root."
        )
    return Place(root, identity)


def _made(root: Path, identity: Identity) -> Place:
    place = Place(root, identity)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    place.own(root)
    root.chmod(0o700)
    return place


def _outside(state_dir: Path, identity: Identity) -> Path:
    """Return a folder outside the checkout, known by the id that `var/` keeps."""
    name = _instance(state_dir)
    for base in OUTSIDE:
        with contextlib.suppress(OSError):
            base.mkdir(mode=0o711, parents=True, exist_ok=True)
            if base.stat().st_uid != 0:
                continue
            root = base / name
            _made(root, identity)
            if _reaches(identity, root):
                (base / f"{name}.owner").write_text(f"{state_dir.resolve()}\n")
                return root
    raise OpsError(
        f"The database user {identity.name} can reach neither {state_dir} nor any of "
        f"{', '.join(map(str, OUTSIDE))}; set INDII_DATABASE_URL to a Postgres of your own."
    )


def _check_owner(state_dir: Path, root: Path) -> None:
    """Refuse to share a database with the checkout that this one was copied from."""
    note = root.with_name(f"{root.name}.owner")
    if not note.exists():
        return
    here = state_dir.resolve()
    owner = Path(note.read_text().strip())
    if owner == here:
        return
    if (owner / "postgres").is_symlink() and (owner / "postgres").resolve() == root:
        raise OpsError(
            f"{state_dir} is a copy of {owner} and would share its database. "
            f"Delete {state_dir} to start with an empty one."
        )
    note.write_text(f"{here}\n")  # the checkout was moved


def discard(state_dir: Path) -> None:
    """Remove a throw-away database and its folder, wherever it lies."""
    link = state_dir / "postgres"
    root = link.resolve()
    shutil.rmtree(root, ignore_errors=True)
    if link.is_symlink():
        link.unlink()
        for suffix in (".owner", ".throwaway"):
            root.with_name(f"{root.name}{suffix}").unlink(missing_ok=True)


def mark_throwaway(place: Place) -> None:
    """Note that a database outside its checkout may be removed once its checkout is gone."""
    if place.root.parent in OUTSIDE:
        place.root.with_name(f"{place.root.name}.throwaway").touch()


def prune_throwaways() -> None:
    """Remove throw-away databases whose state folder no longer exists (a killed test run)."""
    for base in OUTSIDE:
        for note in base.glob("*.throwaway") if os.access(base, os.W_OK) else ():
            root = note.with_suffix("")
            owner = note.with_suffix(".owner")
            if owner.exists() and Path(owner.read_text().strip()).exists():
                continue
            if any(working_in(root / "data", "postgres")):
                continue
            shutil.rmtree(root, ignore_errors=True)
            owner.unlink(missing_ok=True)
            note.unlink(missing_ok=True)


def _instance(state_dir: Path) -> str:
    file = state_dir / "instance"
    if not file.exists():
        file.write_text(f"{uuid.uuid4().hex[:12]}\n")
    return file.read_text().strip()


def _database_user() -> Identity:
    """Return the database's system user, made when missing; `nobody` when it cannot be made."""
    with contextlib.suppress(KeyError):
        return _named(USER)
    maker = shutil.which("useradd") or "/usr/sbin/useradd"
    arguments = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    with contextlib.suppress(OSError):
        subprocess.run(
            [maker, *arguments, "--shell", "/usr/sbin/nologin", USER],
            check=False,
            capture_output=True,
            timeout=30,
        )
    for name in (USER, "nobody"):
        with contextlib.suppress(KeyError):
            return _named(name)
    raise OpsError(
        "Postgres refuses to run as root and no other user could be made here; "
        "run this as a normal user, or set INDII_DATABASE_URL."
    )


def _named(name: str) -> Identity:
    entry = pwd.getpwnam(name)
    return Identity(entry.pw_uid, entry.pw_gid)


def _reaches(identity: Identity, folder: Path) -> bool:
    """Whether the user may enter a folder; asked of the kernel, in a process of that user."""
    return _succeeds(identity, "/bin/sh", "-c", 'cd "$1"', "sh", str(folder.resolve()))


def runs(identity: Identity, program: Path) -> bool:
    """Whether the user may start a program that lies there."""
    if identity.uid == os.geteuid():
        return True
    return _succeeds(identity, str(program), "--version")


def _succeeds(identity: Identity, *command: str) -> bool:
    """Whether a command of this user ends well."""
    try:
        asked = subprocess.run(
            command,
            user=identity.uid,
            group=identity.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return asked.returncode == 0


def socket_dir(place: Place, socket_name: str) -> Path:
    """Return a private folder whose path is short enough for a Unix socket called `socket_name`."""
    inside = place.root / "run"
    if len(os.fsencode(inside / socket_name)) <= LONGEST_SOCKET:
        return _made(inside, place.identity).root
    note = place.root / "run.path"
    if note.exists():
        kept = Path(note.read_text().strip())
        with contextlib.suppress(OSError):
            stat = kept.lstat()
            if kept.is_dir() and stat.st_uid == place.identity.uid and not stat.st_mode & 0o077:
                return kept
    made = Path(tempfile.mkdtemp(prefix="indii-", dir="/tmp"))
    place.own(made)
    note.write_text(f"{made}\n")
    return made
