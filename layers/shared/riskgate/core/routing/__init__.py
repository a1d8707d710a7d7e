"""An order on its way to the venue."""
