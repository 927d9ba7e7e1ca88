"""Commands for the system administrator: doctor, backup, restore, retention, keys, one pupil's rights, the end."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from service.app.cli.options import DEFAULT_HOME, HomeOption, JsonOption
from service.app.cli.output import emit, plain

retention = typer.Typer(help="How long data is stored.", no_args_is_help=True)
keys = typer.Typer(help="The keys: of pseudonyms, and of backups.", no_args_is_help=True)
subject = typer.Typer(help="One pupil's rights: marks, erasure, a copy of their data.", no_args_is_help=True)
requests = typer.Typer(help="Complaints and objections, with their deadlines.", no_args_is_help=True)

SchoolOption = Annotated[str, typer.Option("--school", help="The school's URN, six digits.")]
Identifier = Annotated[str, typer.Argument(help="UPN, admission number, MIS id or pupil id.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands and groups to the command line."""
    for command in (doctor, migrate, backup, restore, decommission, correct_records):
        app.command()(command)
    for name, group in (
        ("retention", retention),
        ("keys", keys),
        ("subject", subject),
        ("requests", requests),
    ):
        app.add_typer(group, name=name)


def _said(result: dict[str, Any], *, as_json: bool) -> None:
    emit(result, [f"{name}: {value}" for name, value in result.items()], as_json=as_json)


def doctor(
    home: HomeOption = DEFAULT_HOME,
    deep: Annotated[
        bool,
        typer.Option("--deep", help="Also read every lake file: its hash, and texts that may not be stored."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check a deployment and say how to correct what is wrong."""
    from service.operations import doctor as room

    found = room.doctor(home, deep=deep)
    told = room.as_dict(found)
    emit(told, room.lines(found), as_json=as_json)
    raise typer.Exit(0 if told["ok"] else 1)


def correct_records(
    home: HomeOption = DEFAULT_HOME,
    drop_unanswered: Annotated[
        bool,
        typer.Option(
            "--drop-unanswered",
            help="Also take out records of types nobody has answered for; they come back with an answer and a load.",
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask; for scripts.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take sentences and safeguarding concerns out of stored records, and give types the school's answers."""
    from service.operations import correcting

    found = correcting.to_correct(home)
    lines = correcting.lines(found)
    if found and not yes:
        for line in lines:
            typer.echo(line, err=True)
        typer.confirm(
            "Rewrite the lake, timelines and quarantine? Make a backup first.", abort=True, err=True
        )
    done = correcting.correct(home, drop_unanswered=drop_unanswered) if found else {}
    told = ["Rewritten.", *lines] if done else ["Nothing to correct."]
    emit({"schools": correcting.as_dict(found)}, told, as_json=as_json)


def migrate(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Bring database, models and keys to this version of Belong."""
    from service.operations import commands

    _said(commands.migrate(home), as_json=as_json)


def backup(
    to: Annotated[Path, typer.Argument(help="Folder for the backup.")],
    keys_to: Annotated[
        Path | None, typer.Option(help="Another folder, for the keys, looked after by someone else.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Copy database, lake and registry, sealed under the backup key; keys go apart or not at all."""
    from service.operations import commands

    _said(commands.make_backup(home, to, keys_to=keys_to), as_json=as_json)


def restore(
    backup_folder: Annotated[Path, typer.Argument(help="A backup made by `belong backup`.")],
    keys_from: Annotated[Path, typer.Option("--keys", help="The folder that holds its keys.")],
    erased: Annotated[
        Path | None, typer.Option(help="The list of erasures saved from the lost home (erased.jsonl).")
    ] = None,
    unauthenticated: Annotated[
        bool,
        typer.Option(
            "--unauthenticated-old-backup",
            help="Restore a backup of the first release although nothing shows whether somebody changed it.",
        ),
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make a home again from a backup; pupils erased since then are erased again."""
    from service.operations import restore as room

    done = room.restore(backup_folder, home, keys=keys_from, erased=erased, unauthenticated=unauthenticated)
    _said(done, as_json=as_json)


def decommission(
    keep_at: Annotated[Path, typer.Argument(help="Where the record of the end is written.")],
    reason: Annotated[str, typer.Option(help="Why; recorded.")],
    confirm: Annotated[str, typer.Option(help="The home folder's name, to confirm.")],
    by: Annotated[str, typer.Option("--by", help="Who decides.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """End a deployment: delete its data and leave a record that it happened."""
    from service.operations import decommission as room

    _said(room.decommission(home, keep_at, by=by, reason=reason, confirm=confirm), as_json=as_json)


@retention.command("run")
def run_retention(
    home: HomeOption = DEFAULT_HOME,
    yes_delete: Annotated[
        bool, typer.Option("--yes-delete", help="You have looked at why it waits: delete all the same.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete data whose retention period has ended. What looks wrong waits for --yes-delete."""
    from service.operations import commands

    _said(commands.run_retention(home, confirmed=yes_delete), as_json=as_json)


@keys.command("rotate")
def rotate(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Make a new alias key; no pupil is split and nothing in the lake changes."""
    from service.rights import from_machine

    _said(from_machine.rotate_key(home), as_json=as_json)


@keys.command("rotate-backup")
def rotate_backup(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """Make a new version of the backup key; backups made before stay readable with the versions before it."""
    from service.operations import commands

    _said(commands.rotate_backup_key(home), as_json=as_json)


@subject.command("mark")
def mark(
    identifier: Identifier,
    school: SchoolOption,
    reason: Annotated[str, typer.Option(help="objection, restricted or other; never shown to staff.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Don't score this pupil and don't train on their records. They can still receive support."""
    from service.rights import from_machine

    _said(from_machine.mark_subject(home, school, identifier, reason), as_json=as_json)


@subject.command("unmark")
def unmark(
    identifier: Identifier, school: SchoolOption, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Remove a do-not-score mark."""
    from service.rights import from_machine

    _said(from_machine.unmark_subject(home, school, identifier), as_json=as_json)


@subject.command("erase")
def erase(
    identifier: Identifier,
    school: SchoolOption,
    confirm: Annotated[str, typer.Option(help="The same identifier again, to confirm.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Erase one pupil everywhere; the audit log records that it happened."""
    from service.rights import from_machine

    _said(from_machine.erase_subject(home, school, identifier, confirm=confirm), as_json=as_json)


@subject.command("export")
def export(
    identifier: Identifier, school: SchoolOption, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Prepare a copy of all data about one pupil; a person reads it before it is released."""
    from service.rights import from_machine

    _said(from_machine.prepare_export(home, school, identifier), as_json=as_json)


@subject.command("release")
def release(
    export_id: Annotated[str, typer.Argument(help="From `belong subject export`.")],
    out: Annotated[Path, typer.Option(help="File to write: .zip for tables (CSV) and JSON, else JSON.")],
    withhold: Annotated[
        list[str] | None, typer.Option(help="A section or a record's id to leave out; repeat for several.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Release a prepared copy, without what a person withheld. The pages for the family are printed in a browser."""
    from service.rights import copy_files, from_machine

    released = from_machine.release_export(home, export_id, withhold=tuple(withhold or ()))
    text = json.dumps(released, default=plain, indent=2, ensure_ascii=False)
    out.touch(mode=0o600)
    out.write_bytes(copy_files.zipped(released) if out.suffix == ".zip" else text.encode())
    typer.echo(f"wrote {out}")


@requests.command("list")
def list_requests(home: HomeOption = DEFAULT_HOME) -> None:
    """List open complaints and objections, with the day each is due."""
    from service.rights import from_machine

    for row in from_machine.list_requests(home):
        typer.echo("  ".join(f"{name}={value}" for name, value in row.items()))
