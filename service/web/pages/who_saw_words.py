"""The audit log in plain words: what each kind of event was, who can have done it, and what it was about."""

import re

from service.audit import Event
from service.web.messages import N_

TERM = re.compile(r"20[0-9]{2}-(autumn|spring|summer)")
EVENT_WORDS: dict[str, str] = {
    Event.PUPIL_READ: N_("Opened a pupil’s card or records"),
    Event.FLAGS_READ: N_("Read a list of suggestions"),
    Event.NOTE_READ: N_("Read a restricted note"),
    Event.SETTING_READ: N_("Read a school’s figures as a whole"),
    Event.UPLOAD_READ: N_("Looked at an upload"),
    Event.UPLOAD_VALUES_READ: N_("Took rows of an upload away to mend them"),
    Event.PACK_PRINTED: N_("Opened a meeting pack"),
    Event.EXPORT_MADE: N_("Took a list or a figure away as a file"),
    Event.AUDIT_READ: N_("Searched this log"),
    Event.VIEW_RECORDED: N_("Wrote down a view about a pupil"),
    Event.DECISION_RECORDED: N_("Decided about a pupil"),
    Event.SUPPORT_CHANGED: N_("Began or changed a support"),
    Event.REVIEW_KEPT: N_("Wrote down a review of a support"),
    Event.NOTE_WRITTEN: N_("Wrote a note"),
    Event.VOICE_RECORDED: N_("Wrote down a pupil’s own words"),
    Event.VOICE_WITHDRAWN: N_("Took back a pupil’s own words"),
    Event.REQUEST_RECORDED: N_("Noted a request"),
    Event.REQUEST_EXTENDED: N_("Gave a request more time"),
    Event.REQUEST_CLOSED: N_("Closed a request"),
    Event.SUBJECT_EXPORT_PREPARED: N_("Prepared a copy of a pupil’s data"),
    Event.SUBJECT_EXPORTED: N_("Released a copy of a pupil’s data"),
    Event.DO_NOT_SCORE_SET: N_("Stopped figures about a pupil"),
    Event.DO_NOT_SCORE_ENDED: N_("Let figures about a pupil be made again"),
    Event.PUPIL_ERASED: N_("Erased a pupil"),
    Event.UPLOAD_RECEIVED: N_("Handed files in"),
    Event.UPLOAD_HELD: N_("Held an upload until a person says yes"),
    Event.UPLOAD_APPROVED: N_("Said yes to an upload that was held"),
    Event.UPLOAD_REFUSED: N_("Refused an upload"),
    Event.MAPPING_CONFIRMED: N_("Said what a file’s columns mean"),
    Event.MAPPING_REMOVED: N_("Forgot what a file’s columns mean"),
    Event.LOAD_COMMITTED: N_("Loaded a term’s files"),
    Event.LOAD_UNDONE: N_("Undid a load"),
    Event.SCORES_PUBLISHED: N_("Published a term’s suggestions"),
    Event.PLACES_CHANGED: N_("Changed the support places"),
    Event.MENU_CHANGED: N_("Changed the menu of support"),
    Event.SCHOOL_REGISTERED: N_("Added a school"),
    Event.SCHOOL_PAUSED: N_("Paused a school"),
    Event.SCHOOL_RESUMED: N_("Let a paused school go on"),
    Event.MODEL_TRAINED: N_("Trained a model"),
    Event.MODEL_PROMOTED: N_("Let a model serve"),
    Event.MODEL_ROLLED_BACK: N_("Took a model back"),
    Event.SIGNED_IN: N_("Signed in"),
    Event.SIGN_IN_FAILED: N_("Could not sign in"),
    Event.SIGNED_OUT: N_("Signed out"),
    Event.ACCOUNT_INVITED: N_("Invited a person"),
    Event.INVITATION_VOUCHED: N_("Looked at the code of an invitation"),
    Event.INVITATION_WITHDRAWN: N_("Withdrew an invitation"),
    Event.CHANGE_ASKED: N_("Asked to change what an account may see"),
    Event.RESET_MADE: N_("Made a link for a new password"),
    Event.ACCOUNT_ADDED: N_("Opened an account"),
    Event.ACCOUNT_CHANGED: N_("Changed an account"),
    Event.ACCOUNT_CLOSED: N_("Closed an account"),
    Event.IDENTITY_LINKED: N_("Tied an account to another sign-in"),
    Event.SECOND_FACTOR_SET: N_("Set up one-time codes"),
    Event.SECOND_FACTOR_ENDED: N_("Turned one-time codes off"),
    Event.TOKEN_ISSUED: N_("Made a token for a program"),
    Event.TOKEN_ENDED: N_("Ended a token for a program"),
    Event.RETENTION_KEPT: N_("Deleted what was kept long enough"),
    Event.KEY_ROTATED: N_("Changed the key of identifiers"),
    Event.BACKUP_MADE: N_("Made a backup"),
    Event.RESTORED: N_("Brought a backup back"),
    Event.DECOMMISSIONED: N_("Ended this deployment"),
}
"""In the order of the list to choose from: reading first, then what was written, then the machinery."""
ACTOR_WORDS = {
    "command": N_("Whoever runs the machine"),
    "worker": N_("Belong itself"),
    "nobody": N_("Somebody not signed in"),
}
"""Who acts without an account."""
VIA_WORDS = {"token": N_("by a program"), "command": N_("by command")}
"""How, where it was not in a browser."""
PART_WORDS = {
    "views": N_("colleagues’ views"),
    "notes": N_("notes"),
    "voice": N_("the pupil’s own words"),
    "known_by": N_("who knows them"),
    "supports": N_("supports"),
    "panel": N_("for the review meeting"),
    "governors": N_("for governors"),
    "family": N_("for the family"),
}
"""Which part of a pupil's records was read, or which pack."""
