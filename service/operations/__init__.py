"""Keeping a deployment healthy: readiness, metrics, doctor, backup, restore, decommission."""
