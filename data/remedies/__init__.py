"""What repair asks for and what false material costs, as data: `repair.yaml`, and its reader."""
