"""Detectors as plug-ins, and the rules on top of them: people, masks, hats, phones.

    catalogue.toml | a description of one's own -> Models -> Detector (one a process) -> RulesWatcher -> Sighting

No model comes with the project: `shian edge model install` fetches one by name and sha256, or takes a file.
"""
