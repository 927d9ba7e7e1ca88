"""Keeping a deployment healthy: readiness, logs, metrics, doctor, backup, restore, decommission."""
