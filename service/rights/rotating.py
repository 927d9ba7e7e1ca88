"""A new alias key: every alias gets its hash under it, and no pupil_id changes.

The database is changed first, in one transaction, with the new key lying beside the old one; then the new
key takes its place. `finish` tells from the database which of the two holds, so a crash leaves no doubt.
"""

import secrets

from data_contracts.errors import Held, Refused
from pipelines.identity import alias_hash
from service.core.audit import Event
from service.core.callers import Caller
from service.core.engine import Transaction
from service.core.homes import ALIAS_KEY
from service.core.permissions import check
from service.core.secret_files import write_secret
from service.rights import life_store

NEXT_KEY = ALIAS_KEY + ".next"


def rotate(caller: Caller) -> dict[str, int]:
    """Rotate the key: {aliases, dropped}. Held while an upload is in work.

    An alias whose text no roll entry holds (a former UPN seen once, in a file) can't be hashed again and is
    dropped; the pupil keeps the others.
    """
    check(caller.reader, "subject.erase")
    finish(caller)
    home, old, new = caller.deployment.home, caller.deployment.home.alias_key(), secrets.token_hex(32)
    with caller.writing() as tx:
        if life_store.open_uploads(tx, caller.reader.schools):
            raise Held("An upload is in work.", hint="Try again when it is done, with the worker stopped.")
        hashes = _hashes(tx, caller, old, bytes.fromhex(new))
        write_secret(home.keys / NEXT_KEY, new)
        told = caller.record(tx, Event.KEY_ROTATED, aliases=len(hashes))
        dropped = told.detail["dropped"] = life_store.rehash_aliases(told, hashes, caller.reader.schools)
    finish(caller)
    return {"aliases": len(hashes), "dropped": dropped}


def finish(caller: Caller) -> bool:
    """Settle a rotation that was cut off; True where there was one."""
    home = caller.deployment.home
    waiting = home.keys / NEXT_KEY
    if not waiting.exists():
        return False
    key = bytes.fromhex(waiting.read_text("utf-8").strip())
    with caller.reading() as tx:
        known = {row.hash for row in life_store.aliases(tx, caller.reader.schools)}
        texts = life_store.identifiers(tx, caller.reader.schools)
    if any(alias_hash(key, kind, school, text) in known for school, kind, text in texts):
        waiting.replace(home.keys / ALIAS_KEY)
    else:
        waiting.unlink()
    return True


def _hashes(tx: Transaction, caller: Caller, old: bytes, new: bytes) -> dict[str, str]:
    """Old hash to new hash, of every identifier that a roll entry holds."""
    texts = life_store.identifiers(tx, caller.reader.schools)
    hashes = {alias_hash(old, *named): alias_hash(new, *named) for named in _named(texts)}
    known = {row.hash for row in life_store.aliases(tx, caller.reader.schools)}
    if known and not known & hashes.keys():
        raise Refused("The present key fits none of the aliases.", hint="Restore keys/alias.key first.")
    return {before: after for before, after in hashes.items() if before in known}


def _named(texts: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    return [(kind, school, text) for school, kind, text in texts]
