"""What every room stands on: database, settings, homes, callers, permissions, the audit log. Imports no room."""
