"""How long records are published, as data: `regimes.yaml`, and its reader."""
