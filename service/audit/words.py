"""The audit log in everyday words: what each kind of event was, who can have done it, and what it was about."""

import re

from service.core.audit import Event
from service.shell.messages import N_

TERM = re.compile(r"20[0-9]{2}-(autumn|spring|summer)")
EVENT_WORDS: dict[str, str] = {
    Event.PUPIL_READ: N_("Opened a pupil’s card or records"),
    Event.FLAGS_READ: N_("Read a list of suggestions"),
    Event.NOTE_READ: N_("Read a restricted note"),
    Event.SETTING_READ: N_("Read a school’s overall figures"),
    Event.SETTING_CHANGED: N_("Recorded or removed a dated change in a school"),
    Event.UPLOAD_READ: N_("Looked at an upload"),
    Event.UPLOAD_VALUES_READ: N_("Downloaded rows of an upload to correct them"),
    Event.PACK_PRINTED: N_("Opened a meeting pack"),
    Event.EXPORT_MADE: N_("Downloaded a list or figures"),
    Event.AUDIT_READ: N_("Searched this log"),
    Event.VIEW_RECORDED: N_("Recorded a view about a pupil"),
    Event.DECISION_RECORDED: N_("Recorded a decision about a pupil"),
    Event.SUPPORT_CHANGED: N_("Started or changed support"),
    Event.REVIEW_KEPT: N_("Recorded a review of support"),
    Event.NOTE_WRITTEN: N_("Wrote a note"),
    Event.VOICE_RECORDED: N_("Recorded a pupil’s own words"),
    Event.VOICE_WITHDRAWN: N_("Removed a pupil’s own words at their request"),
    Event.REQUEST_RECORDED: N_("Recorded a request"),
    Event.REQUEST_EXTENDED: N_("Extended the deadline of a request"),
    Event.REQUEST_CLOSED: N_("Closed a request"),
    Event.SUBJECT_EXPORT_PREPARED: N_("Prepared a copy of a pupil’s data"),
    Event.SUBJECT_EXPORTED: N_("Released a copy of a pupil’s data"),
    Event.DO_NOT_SCORE_SET: N_("Stopped figures about a pupil"),
    Event.DO_NOT_SCORE_ENDED: N_("Allowed figures about a pupil again"),
    Event.PUPIL_ERASED: N_("Erased a pupil"),
    Event.UPLOAD_RECEIVED: N_("Uploaded files"),
    Event.UPLOAD_HELD: N_("Upload needed approval"),
    Event.UPLOAD_APPROVED: N_("Approved an upload"),
    Event.UPLOAD_REFUSED: N_("Upload could not be used"),
    Event.MAPPING_CONFIRMED: N_("Identified a file’s columns"),
    Event.MAPPING_REMOVED: N_("Removed a file layout"),
    Event.LOAD_COMMITTED: N_("Loaded a term’s data"),
    Event.LOAD_UNDONE: N_("Undid a load"),
    Event.SUGGESTIONS_WAIT: N_("Held back a term’s suggestions until a person has looked"),
    Event.SUGGESTIONS_RELEASED: N_("Released suggestions that waited for a person"),
    Event.SCORES_PUBLISHED: N_("Published a term’s suggestions"),
    Event.PLACES_CHANGED: N_("Changed the support places"),
    Event.MENU_CHANGED: N_("Changed the support menu"),
    Event.SCHOOL_REGISTERED: N_("Added a school"),
    Event.SCHOOL_PAUSED: N_("Paused a school"),
    Event.SCHOOL_RESUMED: N_("Resumed a paused school"),
    Event.MODEL_TRAINED: N_("Trained a model"),
    Event.MODEL_PROMOTED: N_("Put a model into use"),
    Event.MODEL_ROLLED_BACK: N_("Withdrew a model"),
    Event.SIGNED_IN: N_("Signed in"),
    Event.SIGN_IN_FAILED: N_("Failed to sign in"),
    Event.SIGNED_OUT: N_("Signed out"),
    Event.ACCOUNT_INVITED: N_("Invited a person"),
    Event.INVITATION_VOUCHED: N_("Viewed the code of an invitation"),
    Event.INVITATION_WITHDRAWN: N_("Withdrew an invitation"),
    Event.CHANGE_ASKED: N_("Asked to change what an account may see"),
    Event.RESET_MADE: N_("Made a link for a new password"),
    Event.ACCOUNT_ADDED: N_("Added an account"),
    Event.ACCOUNT_CHANGED: N_("Changed an account"),
    Event.ACCOUNT_CLOSED: N_("Closed an account"),
    Event.IDENTITY_LINKED: N_("Linked an account to another sign-in"),
    Event.SECOND_FACTOR_SET: N_("Set up one-time codes"),
    Event.SECOND_FACTOR_ENDED: N_("Turned one-time codes off"),
    Event.TOKEN_ISSUED: N_("Created a token for a program"),
    Event.TOKEN_ENDED: N_("Revoked a token for a program"),
    Event.RECORDS_CORRECTED: N_("Took sentences and unmapped types out of stored records"),
    Event.RETENTION_KEPT: N_("Deleted data whose retention period had ended"),
    Event.RETENTION_WAITS: N_("Held back deleting until a person has looked"),
    Event.RETENTION_CONFIRMED: N_("Confirmed deleting that had been held back"),
    Event.RETENTION_REFUSED: N_("Refused deleting that had been held back"),
    Event.KEY_ROTATED: N_("Changed the identifier key"),
    Event.BACKUP_KEY_ADDED: N_("Made a new key for backups"),
    Event.BACKUP_MADE: N_("Made a backup"),
    Event.RESTORED: N_("Restored a backup"),
    Event.DECOMMISSIONED: N_("Decommissioned Belong here"),
}
"""In the order of the list to choose from: reading first, then what was written, then the machinery."""
ACTOR_WORDS = {
    "command": N_("System administrator (command line)"),
    "worker": N_("Belong (automatic)"),
    "nobody": N_("Not signed in"),
}
"""Who acts without an account."""
VIA_WORDS = {
    "token": N_("through a program"),
    "command": N_("from the command line"),
    "job": N_("done by Belong at their request"),
}
"""How, where it was not in a browser."""
PART_WORDS = {
    "views": N_("colleagues’ views"),
    "notes": N_("notes"),
    "voice": N_("the pupil’s own words"),
    "known_by": N_("key adults"),
    "supports": N_("support"),
    "panel": N_("for the review meeting"),
    "governors": N_("for governors"),
    "family": N_("for the family"),
}
"""Which part of a pupil's records was read, or which pack."""
