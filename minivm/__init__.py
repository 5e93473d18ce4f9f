"""minivm: a small stack-based language, its adaptive interpreter and its copy-and-patch JIT."""

__version__ = "0.1.0"
