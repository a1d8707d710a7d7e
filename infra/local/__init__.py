"""Local AWS: the emulator, the deployed template and its bootstrap."""
