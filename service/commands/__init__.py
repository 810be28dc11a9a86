"""The commands of `qcredit`, one module per area; `service.cli` mounts them and loads a module only when its command is called."""
