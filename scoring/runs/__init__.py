"""Questions asked of an engine and their answers kept: live answers, standings, whole runs."""
