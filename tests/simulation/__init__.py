"""The whole gateway in one process under one seeded clock: real use cases, modelled services, every fault they document."""
