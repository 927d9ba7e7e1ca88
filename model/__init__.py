"""Mathematics: indicators' meaning, the additive model, its calibration, explanation and measures."""
