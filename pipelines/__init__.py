"""Journeys: extract to lake to indicators to bundle to scores, the same for every face of Belong."""
