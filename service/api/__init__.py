"""The address space of the service, one router per noun."""
