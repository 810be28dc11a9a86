"""`qcredit deliveries`: mounted from the module of `qcredit intake`, which it belongs to."""

from service.commands.intake import deliveries as app

__all__ = ["app"]
