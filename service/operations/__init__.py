"""What the service does, one verb per module: a plain function on a session, by an actor."""
